//! What a call brings, as bytes that no generated client would send.

use super::*;

impl Bench {
    /// What a call with this body, frame and all, is refused with.
    async fn raw(&self, body: Vec<u8>) -> Status {
        let token = self
            .keys
            .request("")
            .metadata()
            .get("authorization")
            .cloned();
        let request = HttpRequest::post(UNARY)
            .version(http::Version::HTTP_2)
            .header("content-type", "application/grpc")
            .header("authorization", token.unwrap().as_bytes())
            .body(Body::from(body))
            .unwrap();
        let response = self.routes.clone().oneshot(request).await.unwrap();
        Status::from_header_map(response.headers()).expect("a refusal is headers alone")
    }
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused() {
    let bench = Bench::with(|settings| settings.max_request_bytes = 1000).await;
    // The message is two or three bytes longer than its text.
    assert_eq!(bench.say(&"x".repeat(997)).await.unwrap().len(), 997);
    let refused = bench.say(&"x".repeat(998)).await.unwrap_err();
    assert_eq!(
        reason(&refused),
        (Code::ResourceExhausted, "REQUEST_TOO_LARGE".to_owned())
    );
}

#[tokio::test]
async fn a_request_that_claims_to_be_too_large_is_refused_unread() {
    let bench = Bench::with(|settings| settings.max_request_bytes = usize::MAX).await;
    let mut body = vec![0];
    body.extend((8_u32 << 20).to_be_bytes());
    let refused = bench.raw(body).await;
    assert_eq!(
        reason(&refused),
        (Code::ResourceExhausted, "REQUEST_TOO_LARGE".to_owned())
    );
}

#[tokio::test]
async fn what_is_not_one_message_of_the_method_is_the_callers_mistake() {
    let bench = Bench::new().await;
    let cases: [(&str, &[u8]); 8] = [
        ("nothing", b""),
        ("half a header", b"\0\0\0"),
        ("a short frame", b"\0\0\0\0\x09\x0a\x01a"),
        ("more than a frame", b"\0\0\0\0\x03\x0a\x01a\0"),
        (
            "two messages",
            b"\0\0\0\0\x03\x0a\x01a\0\0\0\0\x03\x0a\x01a",
        ),
        ("a truncated field", b"\0\0\0\0\x03\x0a\x09a"),
        ("another wire type", b"\0\0\0\0\x02\x08\x01"),
        ("no UTF-8", b"\0\0\0\0\x03\x0a\x01\xff"),
    ];
    for (what, body) in cases {
        let refused = bench.raw(body.to_vec()).await;
        let expected = (Code::InvalidArgument, "INVALID_FIELDS".to_owned());
        assert_eq!(reason(&refused), expected, "{what}: {refused:?}");
    }
    assert_eq!(bench.ran(), 0);
}

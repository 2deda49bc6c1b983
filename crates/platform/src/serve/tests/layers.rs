//! Each layer by what it lets through, what it answers instead, and what it never lets run.

mod message;

use http::StatusCode;
use tonic::Code;
use tonic::client::Grpc as Client;
use tonic_types::StatusExt;
use tower::ServiceExt;

use super::*;
use crate::identity::SERVICE_AUTHORIZATION;
use crate::telemetry::observed;

/// The service behind its layers, without a network.
struct Bench {
    subject: Arc<Subject>,
    keys: Keys,
    cut: CancellationToken,
    routes: Routes,
}

impl Bench {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(adjust: impl FnOnce(&mut Settings)) -> Self {
        let (subject, keys, cut) = (
            Arc::<Subject>::default(),
            Keys::new(),
            CancellationToken::new(),
        );
        let mut settings = keys.settings();
        adjust(&mut settings);
        let reporter = health::Reporter::start(
            Arc::new(|| Box::pin(async { true })),
            CancellationToken::new(),
        )
        .await;
        let routes = routes(service(&subject), &settings, &reporter, &cut).unwrap();
        Self {
            subject,
            keys,
            cut,
            routes,
        }
    }

    async fn send(&self, path: &'static str, request: Request<String>) -> Result<String, Status> {
        let path = http::uri::PathAndQuery::from_static(path);
        let codec = ProstCodec::<String, String>::default();
        Client::new(self.routes.clone())
            .unary(request, path, codec)
            .await
            .map(Response::into_inner)
    }

    async fn say(&self, message: &str) -> Result<String, Status> {
        self.send(UNARY, self.keys.request(message)).await
    }

    async fn stream(&self, message: &str) -> tonic::Streaming<String> {
        let path = http::uri::PathAndQuery::from_static(STREAM);
        let codec = ProstCodec::<String, String>::default();
        let mut client = Client::new(self.routes.clone());
        client
            .server_streaming(self.keys.request(message), path, codec)
            .await
            .unwrap()
            .into_inner()
    }

    fn ran(&self) -> usize {
        self.subject.ran.load(Ordering::SeqCst)
    }
}

/// The reason in a status, which every refusal of a layer has.
fn reason(status: &Status) -> (Code, String) {
    (
        status.code(),
        status
            .get_details_error_info()
            .map(|info| info.reason)
            .unwrap_or_default(),
    )
}

#[tokio::test]
async fn a_handler_finds_the_verified_identity() {
    let bench = Bench::new().await;
    assert_eq!(bench.say("who").await.unwrap(), "ana");
}

#[tokio::test]
async fn a_token_is_needed_exactly_once() {
    let bench = Bench::new().await;
    let none = bench
        .send(UNARY, Request::new("who".to_owned()))
        .await
        .unwrap_err();
    assert_eq!(
        reason(&none),
        (Code::Unauthenticated, "TOKEN_MISSING".to_owned())
    );

    let mut twice = bench.keys.request("who");
    let token = twice.metadata().get("authorization").unwrap().clone();
    twice.metadata_mut().append("authorization", token);
    let twice = bench.send(UNARY, twice).await.unwrap_err();
    assert_eq!(
        reason(&twice),
        (Code::Unauthenticated, "TOKEN_INVALID".to_owned())
    );
    assert_eq!(bench.ran(), 0);
}

#[tokio::test]
async fn an_internal_method_needs_the_right_service() {
    let bench = Bench::new().await;
    let user = bench
        .send(INTERNAL, bench.keys.request("peer"))
        .await
        .unwrap_err();
    assert_eq!(
        reason(&user),
        (Code::PermissionDenied, "PEER_NOT_ALLOWED".to_owned())
    );
    assert_eq!(bench.ran(), 0);

    let mut request = Request::new("peer".to_owned());
    let header = bench
        .keys
        .services
        .signer(Peer::Gateway)
        .header(Peer::Invitation);
    request.metadata_mut().insert(
        SERVICE_AUTHORIZATION,
        header.to_str().unwrap().parse().unwrap(),
    );
    assert_eq!(bench.send(INTERNAL, request).await.unwrap(), "gateway");
}

#[tokio::test]
async fn whoever_proves_no_service_is_told_so() {
    let bench = Bench::new().await;
    for garbage in ["Bearer garbage", "Bearer a.b.c", "garbage"] {
        // the user's own token is good, and is not what is wrong
        let mut request = bench.keys.request("peer");
        let value = garbage.parse().unwrap();
        request.metadata_mut().insert(SERVICE_AUTHORIZATION, value);
        let refused = bench.send(INTERNAL, request).await.unwrap_err();
        assert_eq!(
            reason(&refused),
            (Code::Unauthenticated, "PEER_TOKEN_INVALID".to_owned()),
            "{garbage}"
        );
    }
    assert_eq!(bench.ran(), 0);
}

#[tokio::test]
async fn a_method_without_a_row_never_runs() {
    let bench = Bench::new().await;
    for path in [UNLISTED, "/test.Service/Absent", "/absent.Service/Absent"] {
        let refused = bench.send(path, bench.keys.request("")).await.unwrap_err();
        assert_eq!(
            reason(&refused),
            (Code::Unimplemented, "METHOD_UNKNOWN".to_owned()),
            "{path}"
        );
    }
    assert_eq!(bench.ran(), 0);
}

#[tokio::test]
async fn what_is_no_grpc_call_is_not_found() {
    let bench = Bench::new().await;
    for request in [
        HttpRequest::get(UNARY).body(Body::empty()),
        HttpRequest::get("/").body(Body::empty()),
        HttpRequest::post(UNARY)
            .header("content-type", "application/json")
            .body(Body::from("{}")),
        HttpRequest::post(UNARY)
            .header("content-type", "application/grpc-web")
            .body(Body::empty()),
        HttpRequest::get(UNARY)
            .header("content-type", "application/grpc")
            .body(Body::empty()),
    ] {
        let response = bench
            .routes
            .clone()
            .oneshot(request.unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(bench.ran(), 0);
}

#[tokio::test]
async fn an_expired_deadline_is_deadline_exceeded() {
    let bench = Bench::with(|settings| settings.default_deadline = Duration::from_millis(20)).await;
    let expired = bench.say("hang").await.unwrap_err();
    assert_eq!(
        reason(&expired),
        (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".to_owned())
    );

    let bench = Bench::with(|settings| settings.max_deadline = Duration::from_millis(20)).await;
    let mut capped = bench.keys.request("hang");
    capped.set_timeout(Duration::from_secs(3600));
    assert_eq!(
        bench.send(UNARY, capped).await.unwrap_err().code(),
        Code::DeadlineExceeded
    );
}

/// A busy machine tells timers late, and an answer takes its way: a caller that gives its calls a
/// second learns the reason a tenth of it before its own timer, one that gives them more a quarter
/// of a second.
#[tokio::test(start_paused = true)]
async fn a_deadline_is_told_before_its_caller_gives_up() {
    let bench = Bench::new().await;
    for (asked, told) in [(100, 90), (1_000, 900), (10_000, 9_750)] {
        let mut request = bench.keys.request("hang");
        request.set_timeout(Duration::from_millis(asked));
        #[allow(clippy::disallowed_methods)] // a duration is measured, no time of day is read
        let began = tokio::time::Instant::now();
        let expired = bench.send(UNARY, request).await.unwrap_err();
        let reason = reason(&expired).1;
        assert_eq!(reason, "DEADLINE_EXCEEDED");
        let after = began.elapsed().as_millis();
        assert!((told..told + 5).contains(&after), "{asked} ms: {after}");
    }
}

#[tokio::test]
async fn a_handler_knows_the_time_it_has_left() {
    let bench = Bench::new().await;
    let mut request = bench.keys.request("time left");
    request.set_timeout(Duration::from_secs(5));
    let left: u128 = bench.send(UNARY, request).await.unwrap().parse().unwrap();
    assert!((1..5000).contains(&left), "{left} ms");
    let left: u128 = bench.say("time left").await.unwrap().parse().unwrap();
    assert!((5000..10_000).contains(&left), "{left} ms");
}

#[tokio::test]
async fn a_malformed_timeout_is_refused() {
    let bench = Bench::new().await;
    for malformed in ["", "5", "S", "-1S", "1.5S", "123456789S", "5x", "5 S", "५S"] {
        let mut request = bench.keys.request("");
        let value = http::HeaderValue::from_bytes(malformed.as_bytes()).unwrap();
        request.metadata_mut().as_mut().insert(GRPC_TIMEOUT, value);
        let refused = bench.send(UNARY, request).await.unwrap_err();
        assert_eq!(
            reason(&refused),
            (Code::InvalidArgument, "INVALID_FIELDS".to_owned()),
            "{malformed}"
        );
    }
    assert_eq!(bench.ran(), 0);
}

#[test]
fn a_timeout_is_written_as_it_is_read() {
    for time in [0, 1, 999_999, 99_999_999, 100_000_000, 3_600_000_000].map(Duration::from_micros) {
        assert_eq!(timeout_of(&timeout_header(time)), Some(time));
    }
}

#[tokio::test]
async fn a_panic_becomes_internal() {
    let bench = Bench::new().await;
    let panicked = bench.say("panic").await.unwrap_err();
    assert_eq!(reason(&panicked), (Code::Internal, "INTERNAL".to_owned()));
    assert_eq!(panicked.message(), "internal error");

    let mut stream = bench.stream("panic").await;
    let panicked = loop {
        match stream.message().await {
            Ok(message) => assert_eq!(message.as_deref(), Some("first")),
            Err(status) => break status,
        }
    };
    assert_eq!(reason(&panicked), (Code::Internal, "INTERNAL".to_owned()));
    assert_eq!(bench.say("still here").await.unwrap(), "still here");
}

#[tokio::test]
async fn unknown_never_leaves() {
    let bench = Bench::new().await;
    let unknown = bench.say("unknown").await.unwrap_err();
    assert_eq!(
        (unknown.code(), unknown.message()),
        (Code::Internal, "internal error")
    );

    let mut stream = bench.stream("unknown").await;
    stream.message().await.unwrap().unwrap();
    let unknown = stream.message().await.unwrap_err();
    assert_eq!(
        (unknown.code(), unknown.message()),
        (Code::Internal, "internal error")
    );
}

#[tokio::test]
async fn an_open_stream_is_cut() {
    let bench = Bench::new().await;
    let mut stream = bench.stream("hang").await;
    stream.message().await.unwrap().unwrap();
    bench.cut.cancel();
    assert_eq!(
        reason(&stream.message().await.unwrap_err()),
        (Code::Unavailable, "UNAVAILABLE".to_owned())
    );
    assert_eq!(
        bench.say("hang").await.unwrap_err().code(),
        Code::Unavailable
    );
}

#[tokio::test]
async fn more_than_the_process_takes_on_is_refused_at_once() {
    let bench = Bench::with(|settings| settings.max_in_flight = 1).await;
    let (first, ()) = tokio::join!(bench.say("wait"), async {
        bench.subject.entered.notified().await;
        let refused = bench.say("").await.unwrap_err();
        assert_eq!(
            reason(&refused),
            (Code::ResourceExhausted, "OVERLOADED".to_owned())
        );
        assert!(
            refused
                .get_details_retry_info()
                .unwrap()
                .retry_delay
                .is_some()
        );
        let path = http::uri::PathAndQuery::from_static("/grpc.health.v1.Health/Check");
        let health = bench.send_open(path).await;
        assert!(health.is_ok(), "health is always admitted: {health:?}");
        bench.subject.release.notify_one();
    });
    assert_eq!(first.unwrap(), "wait");
    assert_eq!(bench.say("again").await.unwrap(), "again");
}

impl Bench {
    /// A call without a token; the empty message is every message with nothing in it.
    async fn send_open(&self, path: http::uri::PathAndQuery) -> Result<(), Status> {
        let codec = ProstCodec::<(), ()>::default();
        Client::new(self.routes.clone())
            .unary(Request::new(()), path, codec)
            .await
            .map(Response::into_inner)
    }
}

#[tokio::test]
async fn a_call_counts_by_the_status_it_really_ended_with() {
    observed::subscribe();
    observed::take_statuses();
    let bench = Bench::new().await;

    bench.say("").await.unwrap();
    bench.say("panic").await.unwrap_err();
    bench
        .send(UNARY, Request::new(String::new()))
        .await
        .unwrap_err();
    let mut stream = bench.stream("refuse").await;
    stream.message().await.unwrap().unwrap();
    stream.message().await.unwrap_err();
    let mut stream = bench.stream("hang").await;
    stream.message().await.unwrap().unwrap();
    drop(stream);
    let dropped = tokio::time::timeout(Duration::from_millis(10), bench.say("hang")).await;
    assert!(dropped.is_err());

    let expected = [
        "OK",
        "INTERNAL",
        "UNAUTHENTICATED",
        "NOT_FOUND",
        "CANCELLED",
        "CANCELLED",
    ];
    assert_eq!(observed::take_statuses(), expected);
}

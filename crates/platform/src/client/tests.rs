//! What a caller is told when a connection goes wrong, by what really happened to it.
#![allow(
    clippy::disallowed_methods,
    reason = "durations are measured, no time of day is read"
)]

use std::future::pending;
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tonic::Code;
use tonic_types::StatusExt;

use super::*;

/// The time that each call here has: none but the slow ones may need it.
const TIME: Duration = Duration::from_secs(2);

type Answer = h2::server::SendResponse<Bytes>;
type Connection = h2::server::Connection<TcpStream, Bytes>;

/// A listener that does this with each connection that is made to it.
async fn peer<F>(does: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(does(stream));
        }
    });
    address
}

/// The same for a peer that speaks HTTP/2: it does this with the first call, and goes on with the
/// connection meanwhile.
async fn http2<F>(does: impl Fn(Answer, Connection) -> F + Send + Sync + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let does = Arc::new(does);
    peer(move |stream| {
        let does = does.clone();
        async move {
            let mut connection = h2::server::handshake(stream).await.unwrap();
            if let Some(Ok((_, answer))) = connection.accept().await {
                does(answer, connection).await;
            }
        }
    })
    .await
}

/// Keeps a connection going until its client has gone.
async fn goes_on(mut connection: Connection) {
    while connection.accept().await.is_some() {}
}

async fn call(address: SocketAddr) -> Status {
    let url = format!("http://{address}");
    let upstream = Upstream::new(&url, Peer::Invitation, None).unwrap();
    let mut request = Request::post(format!("{url}/any.Service/Method"))
        .body(Body::empty())
        .unwrap();
    request
        .headers_mut()
        .insert(GRPC_TIMEOUT, timeout_header(TIME));
    let Ok(response) = upstream.oneshot(request).await;
    assert_eq!(response.status(), StatusCode::OK);
    Status::from_header_map(response.headers()).expect("a refusal is headers alone")
}

/// A connection that cannot be made, breaks or says something else is UNAVAILABLE, and at once.
#[tokio::test]
async fn what_becomes_of_a_connection_is_unavailable() {
    let gone = peer(|_| async {}).await;
    let refuses = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let resets = peer(|mut stream| async move {
        let mut begun = [0; 64];
        let _ = stream.read(&mut begun).await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    let closes = http2(|answer, connection| async move { drop((answer, connection)) }).await;
    let goes_away = http2(|_answer, mut connection| async move {
        connection.abrupt_shutdown(h2::Reason::ENHANCE_YOUR_CALM);
        goes_on(connection).await;
    })
    .await;
    let cancels = http2(|mut answer, connection| async move {
        answer.send_reset(h2::Reason::CANCEL);
        goes_on(connection).await;
    })
    .await;
    let refuses_stream = http2(|mut answer, connection| async move {
        answer.send_reset(h2::Reason::REFUSED_STREAM);
        goes_on(connection).await;
    })
    .await;
    let tls = peer(|mut stream| async move {
        // an alert of TLS 1.2: fatal, unexpected message
        let _ = stream.write_all(b"\x15\x03\x03\x00\x02\x02\x0a").await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let http1 = peer(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    for (what, address) in [
        ("closed", gone),
        ("refused", refuses),
        ("reset", resets),
        ("closed in mid-call", closes),
        ("GOAWAY", goes_away),
        ("the call is cancelled", cancels),
        ("the call is refused", refuses_stream),
        ("TLS", tls),
        ("HTTP/1.1", http1),
    ] {
        let started = Instant::now();
        let status = call(address).await;
        assert_eq!(status.code(), Code::Unavailable, "{what}: {status:?}");
        assert!(started.elapsed() < TIME, "{what}");
    }
}

/// DEADLINE_EXCEEDED is the answer only when the time is over.
#[tokio::test]
async fn what_takes_too_long_is_deadline_exceeded() {
    let says_nothing = peer(|stream| async move {
        let _open = stream;
        pending().await
    })
    .await;
    let never_answers = http2(|_answer, connection| goes_on(connection)).await;
    let cases = [("TCP", says_nothing), ("HTTP/2", never_answers)];
    let calls = cases.map(|(what, address)| async move {
        let started = Instant::now();
        let status = call(address).await;
        assert_eq!(status.code(), Code::DeadlineExceeded, "{what}: {status:?}");
        assert!(started.elapsed() >= TIME, "{what}");
    });
    let [first, second] = calls;
    tokio::join!(first, second);
}

/// What is no answer of a gRPC service is not passed on, whoever gave it.
#[tokio::test]
async fn an_answer_that_is_not_grpc_is_unavailable() {
    for (code, content_type) in [
        (431, None),
        (502, Some("text/html")),
        (200, Some("text/html")),
        (200, None),
        (404, Some("application/grpc")),
    ] {
        let address = http2(move |mut answer, connection| async move {
            let mut response = Response::builder().status(code);
            if let Some(content_type) = content_type {
                response = response.header(CONTENT_TYPE, content_type);
            }
            let response = response.header("x-secret", "internal").body(()).unwrap();
            let mut body = answer.send_response(response, false).unwrap();
            body.send_data(Bytes::from_static(b"a proxy's page"), true)
                .unwrap();
            goes_on(connection).await;
        })
        .await;
        let status = call(address).await;
        assert_eq!(status.code(), Code::Unavailable, "{code} {content_type:?}");
        let info = status.get_details_error_info().unwrap();
        assert_eq!(info.reason, "UNAVAILABLE");
        assert!(!status.metadata().contains_key("x-secret"));
    }
}

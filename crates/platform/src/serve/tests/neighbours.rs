//! A neighbour that takes and does not give: calls without messages, answers that are not read,
//! calls cancelled at once, silent connections, questions without a token. Whoever calls beside it
//! gets its answers, and what the neighbour holds is bounded and ends.

use std::future::poll_fn;
use std::io::ErrorKind;

use bytes::Bytes;
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tonic::Code;

use super::loopback::{PATIENCE, Running};
use super::*;

const CHECK: &str = "/grpc.health.v1.Health/Check";
const WATCH: &str = "/grpc.health.v1.Health/Watch";
const REFLECTION: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

/// A client that does what no library does.
struct Neighbour {
    calls: SendRequest<Bytes>,
    bearer: Option<String>,
}

/// A call of a neighbour, its message not sent yet.
struct Begun {
    answer: ResponseFuture,
    message: SendStream<Bytes>,
}

impl Neighbour {
    /// A connection on which each answer may send `window` bytes before it is read.
    async fn connect(running: &Running, tenant: Option<&str>, window: u32) -> Self {
        let stream = TcpStream::connect(running.address).await.unwrap();
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(window);
        let (calls, connection) = builder.handshake(stream).await.unwrap();
        tokio::spawn(connection);
        Self {
            calls,
            bearer: tenant.map(|tenant| running.keys.bearer(tenant)),
        }
    }

    async fn begin(&mut self, path: &str) -> Begun {
        let mut request = HttpRequest::post(format!("http://localhost{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        if let Some(bearer) = &self.bearer {
            request = request.header("authorization", bearer);
        }
        let mut ready = self.calls.clone().ready().await.unwrap();
        let (answer, message) = ready
            .send_request(request.body(()).unwrap(), false)
            .unwrap();
        Begun { answer, message }
    }

    async fn call(&mut self, path: &str, message: &str) -> http::Response<RecvStream> {
        let mut begun = self.begin(path).await;
        begun.message.send_data(frame(message), true).unwrap();
        begun.answer().await
    }
}

impl Begun {
    async fn answer(self) -> http::Response<RecvStream> {
        let answer = tokio::time::timeout(PATIENCE, self.answer).await;
        answer.expect("every call is answered").unwrap()
    }
}

/// A message of the service under test, as a frame.
fn frame(text: &str) -> Bytes {
    let message = prost::Message::encode_to_vec(&text.to_owned());
    let length = u32::try_from(message.len()).unwrap();
    [&[0][..], &length.to_be_bytes(), &message].concat().into()
}

/// The beginning of a message that claims this length and never comes.
fn beginning(length: u32) -> Bytes {
    [&[0][..], &length.to_be_bytes(), &[b'x'; 8]]
        .concat()
        .into()
}

fn code(answer: &http::Response<RecvStream>) -> Option<Code> {
    crate::telemetry::rpc::code_in(answer.headers())
}

/// Asks again until the call is answered so: what a neighbour held is given back in its own time.
async fn becomes(neighbour: &mut Neighbour, expected: Option<Code>) {
    let asking = async {
        while code(&neighbour.call(UNARY, "").await) != expected {
            tokio::task::yield_now().await;
        }
    };
    let asked = tokio::time::timeout(PATIENCE, asking).await;
    asked.unwrap_or_else(|_| panic!("never became {expected:?}"));
}

/// A call takes a place when its message is there, and it has not for ever to send it.
#[tokio::test]
async fn a_call_without_its_message_holds_no_place() {
    let running = Running::start(
        |service| service,
        |settings| {
            (settings.max_in_flight, settings.max_in_flight_per_caller) = (8, 8);
            settings.message_time = Duration::from_secs(2);
        },
    )
    .await;
    let mut neighbour = Neighbour::connect(&running, Some("fabrikam"), 65_535).await;
    let mut begun = Vec::new();
    for _ in 0..8 {
        let mut call = neighbour.begin(UNARY).await;
        call.message.send_data(beginning(1000), false).unwrap();
        begun.push(call);
    }
    let more = neighbour.call(UNARY, "").await;
    assert_eq!(
        code(&more),
        Some(Code::ResourceExhausted),
        "it has begun enough"
    );
    assert_eq!(running.say("beside it").await.unwrap(), "beside it");
    for call in begun {
        assert_eq!(code(&call.answer().await), Some(Code::Unavailable));
    }
    assert_eq!(running.subject.ran.load(Ordering::SeqCst), 1);
    becomes(&mut neighbour, None).await;
}

/// Of the memory for messages that are still coming, a caller has its share.
#[tokio::test]
async fn messages_that_are_coming_are_bounded_for_a_caller() {
    let running = Running::start(
        |service| service,
        |settings| settings.max_request_bytes = 2 * 1024 * 1024,
    )
    .await;
    let mut neighbour = Neighbour::connect(&running, Some("fabrikam"), 65_535).await;
    let mut begun = Vec::new();
    for _ in 0..3 {
        let mut call = neighbour.begin(UNARY).await;
        call.message.send_data(beginning(1_900_000), false).unwrap();
        call.message
            .send_data(Bytes::from(vec![0; 8192]), false)
            .unwrap();
        begun.push(call);
    }
    let third = begun.pop().unwrap().answer().await;
    assert_eq!(code(&third), Some(Code::ResourceExhausted));
    let large = "x".repeat(1_000_000);
    assert_eq!(running.say(&large).await.unwrap().len(), large.len());
}

/// An answer that is not read keeps its place until its time is over, and only its caller misses
/// it.
#[tokio::test]
async fn an_answer_that_is_not_read_costs_its_caller_alone() {
    let running = Running::start(
        |service| service,
        |settings| {
            (settings.max_in_flight, settings.max_in_flight_per_caller) = (8, 2);
            settings.default_deadline = Duration::from_secs(2);
        },
    )
    .await;
    let mut neighbour = Neighbour::connect(&running, Some("fabrikam"), 0).await;
    let mut unread = Vec::new();
    for _ in 0..2 {
        unread.push(neighbour.call(UNARY, "not read").await.into_body());
    }
    let third = neighbour.call(UNARY, "").await;
    assert_eq!(code(&third), Some(Code::ResourceExhausted));
    assert_eq!(running.say("beside it").await.unwrap(), "beside it");
    for mut answer in unread {
        let ended = tokio::time::timeout(PATIENCE, answer.data()).await;
        let error = ended.expect("it is ended").unwrap().unwrap_err();
        assert!(error.is_reset(), "{error}");
    }
    let mut reader = Neighbour::connect(&running, Some("fabrikam"), 65_535).await;
    becomes(&mut reader, None).await;
}

/// Large answers wait for their own caller's reading: the next is not even worked for. A window of
/// one byte is none.
#[tokio::test]
async fn large_answers_are_bounded_before_they_are_made() {
    for window in [0, 1] {
        let running = Running::start(
            |service| service,
            |settings| settings.max_in_flight_per_caller = 32,
        )
        .await;
        let mut neighbour = Neighbour::connect(&running, Some("fabrikam"), window).await;
        let mut unread = Vec::new();
        for _ in 0..4 {
            unread.push(neighbour.call(UNARY, "large").await.into_body());
        }
        let waiting = neighbour.call(UNARY, "large");
        let mut waiting = std::pin::pin!(waiting);
        tokio::select! {
            _ = &mut waiting => panic!("a fifth turn of four, with a window of {window}"),
            said = running.say("beside it") => assert_eq!(said.unwrap(), "beside it"),
        }
        assert_eq!(running.subject.ran.load(Ordering::SeqCst), 5);
        drop(unread.pop());
        waiting.await;
        assert_eq!(running.subject.ran.load(Ordering::SeqCst), 6);
    }
}

/// What an answer holds, it holds to its last byte: a window of one byte takes none of it whole.
#[tokio::test]
async fn an_answer_keeps_its_place_to_its_last_byte() {
    let running = Running::start(
        |service| service,
        |settings| settings.max_in_flight_per_caller = 1,
    )
    .await;
    let mut neighbour = Neighbour::connect(&running, Some("fabrikam"), 1).await;
    let unread = neighbour.call(UNARY, &"x".repeat(10_000)).await;
    let mut other = Neighbour::connect(&running, Some("fabrikam"), 65_535).await;
    for _ in 0..10 {
        let refused = other.call(UNARY, "").await;
        assert_eq!(code(&refused), Some(Code::ResourceExhausted));
    }
    drop(unread);
    becomes(&mut other, None).await;
}

/// Messages that wait for a turn have their share of memory, as those that are coming have.
#[tokio::test]
async fn messages_that_wait_are_bounded_for_a_caller() {
    let large = frame(&"x".repeat(2_000_000 - 16));
    let running = Running::start(
        |service| service,
        |settings| {
            settings.max_request_bytes = 2_000_000;
            settings.max_in_flight_per_caller = 8;
        },
    )
    .await;
    let mut neighbour = Neighbour::connect(&running, Some("fabrikam"), 65_535).await;
    let mut holder = neighbour.begin(UNARY).await;
    holder.message.send_data(frame("wait"), true).unwrap();
    running.subject.entered.notified().await;
    let mut waiting = Vec::new();
    for _ in 0..2 {
        let mut call = neighbour.begin(UNARY).await;
        call.message.send_data(large.clone(), false).unwrap();
        // There is room for more when what was sent has been read.
        call.message.reserve_capacity(1);
        let room = poll_fn(|cx| call.message.poll_capacity(cx));
        let room = tokio::time::timeout(PATIENCE, room).await;
        room.expect("it is read").unwrap().unwrap();
        call.message.send_data(Bytes::new(), true).unwrap();
        waiting.push(call);
    }
    // The first of these may meet the end of the one before it while it is read, the last ones
    // cannot.
    for _ in 0..5 {
        let mut call = neighbour.begin(UNARY).await;
        call.message.send_data(large.clone(), true).unwrap();
        assert_eq!(code(&call.answer().await), Some(Code::ResourceExhausted));
    }
    assert_eq!(running.say("beside it").await.unwrap(), "beside it");
}

/// A page that nobody reads has its time too.
#[tokio::test]
async fn a_page_that_is_not_read_is_ended() {
    let text = "a page ".repeat(1_000);
    let pages = axum::Router::new().route("/page", axum::routing::get(|| async { text }));
    let running = Running::start(
        |service| service.pages(pages),
        |settings| settings.default_deadline = Duration::from_millis(100),
    )
    .await;
    let neighbour = Neighbour::connect(&running, None, 0).await;
    let request = HttpRequest::get("http://localhost/page").body(()).unwrap();
    let mut ready = neighbour.calls.clone().ready().await.unwrap();
    let (answer, _) = ready.send_request(request, true).unwrap();
    let mut unread = answer.await.unwrap().into_body();
    let ended = tokio::time::timeout(PATIENCE, unread.data()).await;
    let error = ended.expect("it is ended").unwrap().unwrap_err();
    assert!(error.is_reset(), "{error}");
}

/// A caller is worked for by turns: what it asks meanwhile waits, what others ask does not.
#[tokio::test]
async fn a_caller_is_worked_for_by_turns() {
    let running = Running::start(
        |service| service,
        |settings| settings.max_in_flight_per_caller = 8,
    )
    .await;
    let mut neighbour = Neighbour::connect(&running, Some("fabrikam"), 65_535).await;
    let mut second = Neighbour::connect(&running, Some("fabrikam"), 65_535).await;
    let first = tokio::spawn(async move { code(&neighbour.call(UNARY, "wait").await) });
    running.subject.entered.notified().await;
    let second = tokio::spawn(async move { code(&second.call(UNARY, "second").await) });
    assert_eq!(running.say("beside it").await.unwrap(), "beside it");
    assert!(!second.is_finished());
    assert_eq!(running.subject.ran.load(Ordering::SeqCst), 2);
    running.subject.release.notify_one();
    assert_eq!((first.await.unwrap(), second.await.unwrap()), (None, None));
}

/// Calls that are cancelled before they were looked at do not end the connection for the others on
/// it.
#[tokio::test]
async fn cancelled_calls_do_not_end_a_shared_connection() {
    let running = Running::start(|service| service, |_| {}).await;
    let mut neighbour = Neighbour::connect(&running, Some("fabrikam"), 65_535).await;
    for _ in 0..5 {
        let mut begun = Vec::new();
        for _ in 0..80 {
            begun.push(neighbour.begin(UNARY).await);
        }
        drop(begun);
    }
    let answer = neighbour.call(UNARY, "still here").await;
    assert_eq!(code(&answer), None);
}

/// A connection that says nothing makes room for one that does, and ends by itself.
#[tokio::test]
async fn a_silent_connection_is_in_nobodys_way() {
    let running = Running::start(
        |service| service,
        |settings| {
            settings.connections = Connections {
                most: 16,
                of_one_address: 8,
            }
        },
    )
    .await;
    let mut silent = Vec::new();
    for _ in 0..64 {
        silent.push(TcpStream::connect(running.address).await.unwrap());
    }
    for _ in 0..8 {
        assert_eq!(running.say("beside them").await.unwrap(), "beside them");
    }
    for mut stream in silent {
        let mut said = Vec::new();
        let ended = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut said)).await;
        if let Err(error) = ended.expect("a silent connection is ended") {
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        }
    }
}

/// What needs no token is small, and what is no message of health is the caller's mistake.
#[tokio::test]
async fn health_takes_small_messages_only() {
    let running = Running::start(|service| service, |_| {}).await;
    let mut neighbour = Neighbour::connect(&running, None, 65_535).await;
    let mut begun = neighbour.begin(CHECK).await;
    begun
        .message
        .send_data(beginning(2_000_000), false)
        .unwrap();
    assert_eq!(code(&begun.answer().await), Some(Code::ResourceExhausted));
    let garbage = Bytes::from_static(b"\0\0\0\0\x03\x0a\x09a");
    for path in [CHECK, WATCH] {
        let mut begun = neighbour.begin(path).await;
        begun.message.send_data(garbage.clone(), true).unwrap();
        let answer = begun.answer().await;
        assert_eq!(code(&answer), Some(Code::InvalidArgument), "{path}");
        let said = answer.headers()["grpc-message"].to_str().unwrap();
        assert!(!said.contains("decode"), "{said}");
    }
}

/// Streams that need no token are bounded for a connection.
#[tokio::test]
async fn streams_without_a_token_are_bounded_for_a_connection() {
    let running = Running::start(
        |service| service.descriptors(tonic_health::pb::FILE_DESCRIPTOR_SET),
        |_| {},
    )
    .await;
    let mut neighbour = Neighbour::connect(&running, None, 65_535).await;
    let mut watching = Vec::new();
    for _ in 0..8 {
        let answer = neighbour.call(WATCH, "").await;
        assert_eq!(code(&answer), None);
        watching.push(answer);
    }
    let mut asking = Vec::new();
    for _ in 0..8 {
        asking.push(neighbour.begin(REFLECTION).await);
    }
    for begun in &mut asking {
        let answer = tokio::time::timeout(PATIENCE, &mut begun.answer).await;
        assert_eq!(code(&answer.unwrap().unwrap()), None);
    }
    for path in [WATCH, REFLECTION] {
        let refused = neighbour.call(path, "").await;
        assert_eq!(code(&refused), Some(Code::ResourceExhausted), "{path}");
    }
    let mut other = Neighbour::connect(&running, None, 65_535).await;
    assert_eq!(code(&other.call(WATCH, "").await), None);
    drop((watching, asking));
}

//! A real server on loopback: health on both ports, pages, drain, background tasks, and calls
//! between services.

use std::net::SocketAddr;
use std::sync::atomic::AtomicBool;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tonic::Code;
use tonic::client::Grpc as Client;
use tonic::transport::{Channel, Endpoint};
use tonic_health::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt;
use tower::ServiceExt;

use super::*;
use crate::client::Upstream;

/// Longer than anything here takes.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct Running {
    pub(super) subject: Arc<Subject>,
    pub(super) keys: Keys,
    pub(super) address: SocketAddr,
    health: SocketAddr,
    shutdown: CancellationToken,
    served: JoinHandle<Result<(), Error>>,
}

impl Running {
    pub(super) async fn start(
        build: impl FnOnce(Service) -> Service,
        adjust: impl FnOnce(&mut Settings),
    ) -> Self {
        let (subject, keys, shutdown) = (
            Arc::<Subject>::default(),
            Keys::new(),
            CancellationToken::new(),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let health = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addresses = (listener.local_addr().unwrap(), health.local_addr().unwrap());
        let mut settings = keys.settings();
        adjust(&mut settings);
        let service = build(service(&subject));
        let served = tokio::spawn(serve(
            service,
            listener,
            Some(health),
            settings,
            shutdown.clone(),
        ));
        Self {
            subject,
            keys,
            address: addresses.0,
            health: addresses.1,
            shutdown,
            served,
        }
    }

    fn upstream(&self, signer: Option<Peer>) -> Upstream {
        let signer = signer.map(|peer| self.keys.services.signer(peer));
        Upstream::new(
            &format!("http://{}", self.address),
            Peer::Invitation,
            signer,
        )
        .unwrap()
    }

    pub(super) async fn say(&self, message: &str) -> Result<String, Status> {
        send(self.upstream(None), UNARY, self.keys.request(message)).await
    }

    async fn ended(self) -> Result<(), Error> {
        tokio::time::timeout(PATIENCE, self.served)
            .await
            .expect("the drain is bounded")
            .unwrap()
    }
}

async fn send(
    upstream: Upstream,
    path: &'static str,
    request: Request<String>,
) -> Result<String, Status> {
    let path = http::uri::PathAndQuery::from_static(path);
    let codec = ProstCodec::<String, String>::default();
    Client::new(upstream)
        .unary(request, path, codec)
        .await
        .map(Response::into_inner)
}

fn channel(address: SocketAddr) -> Channel {
    Endpoint::new(format!("http://{address}"))
        .unwrap()
        .connect_lazy()
}

/// Waits until the health service says this of itself.
async fn healthy(address: SocketAddr, service: &str, expected: ServingStatus) {
    let mut client = HealthClient::new(channel(address));
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    let mut watch = client.watch(request).await.unwrap().into_inner();
    let seen = async {
        while let Some(answer) = watch.message().await.unwrap() {
            if answer.status == expected as i32 {
                return;
            }
        }
        panic!("health ended");
    };
    tokio::time::timeout(PATIENCE, seen)
        .await
        .unwrap_or_else(|_| panic!("\"{service}\" never was {expected:?}"));
}

#[tokio::test]
async fn health_follows_readiness_on_both_ports() {
    let ready = Arc::new(AtomicBool::new(true));
    let asked = ready.clone();
    let running = Running::start(
        move |service| {
            service.ready(move || {
                let asked = asked.clone();
                async move { asked.load(Ordering::SeqCst) }
            })
        },
        |_| {},
    )
    .await;
    for address in [running.address, running.health] {
        healthy(address, "", ServingStatus::Serving).await;
        healthy(address, "readiness", ServingStatus::Serving).await;
    }
    ready.store(false, Ordering::SeqCst);
    healthy(running.address, "", ServingStatus::NotServing).await;
    healthy(running.health, "readiness", ServingStatus::NotServing).await;
    healthy(running.health, "liveness", ServingStatus::Serving).await;
}

#[tokio::test]
async fn a_drain_lets_calls_end_and_cuts_streams() {
    let running = Running::start(
        |service| service,
        |settings| settings.drain = Duration::from_millis(300),
    )
    .await;
    healthy(running.health, "", ServingStatus::Serving).await;
    let path = http::uri::PathAndQuery::from_static(STREAM);
    let codec = ProstCodec::<String, String>::default();
    let mut client = Client::new(running.upstream(None));
    let mut stream = client
        .server_streaming(running.keys.request("hang"), path, codec)
        .await
        .unwrap()
        .into_inner();
    stream.message().await.unwrap().unwrap();

    let (waiting, ()) = tokio::join!(running.say("wait"), async {
        running.subject.entered.notified().await;
        running.shutdown.cancel();
        healthy(running.health, "", ServingStatus::NotServing).await;
        running.subject.release.notify_one();
    });
    assert_eq!(waiting.unwrap(), "wait");
    assert_eq!(
        stream.message().await.unwrap_err().code(),
        Code::Unavailable
    );
    let address = running.address;
    running.ended().await.unwrap();
    assert!(
        TcpStream::connect(address).await.is_err(),
        "the port is free"
    );
}

#[tokio::test]
async fn a_task_stops_after_the_last_call() {
    let stopped = Arc::new(AtomicBool::new(false));
    let noted = stopped.clone();
    let running = Running::start(
        move |service| {
            service.task("relay", move |stop| async move {
                stop.cancelled().await;
                noted.store(true, Ordering::SeqCst);
            })
        },
        |_| {},
    )
    .await;
    let (waiting, ()) = tokio::join!(running.say("wait"), async {
        running.subject.entered.notified().await;
        running.shutdown.cancel();
        healthy(running.health, "", ServingStatus::NotServing).await;
        assert!(!stopped.load(Ordering::SeqCst), "a call is still open");
        running.subject.release.notify_one();
    });
    waiting.unwrap();
    running.ended().await.unwrap();
    assert!(stopped.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_task_has_time_to_end_what_it_is_doing() {
    let ended = Arc::new(AtomicBool::new(false));
    let noted = ended.clone();
    let running = Running::start(
        move |service| {
            service.task("relay", move |stop| async move {
                stop.cancelled().await;
                // An ordinary delivery to a receiver that is slow.
                tokio::time::sleep(Duration::from_secs(3)).await;
                noted.store(true, Ordering::SeqCst);
            })
        },
        |_| {},
    )
    .await;
    running.shutdown.cancel();
    running.ended().await.unwrap();
    assert!(ended.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_task_that_ends_unasked_ends_the_service() {
    let running = Running::start(
        |service| service.task("relay", |_| async { panic!("as asked") }),
        |_| {},
    )
    .await;
    assert!(matches!(running.ended().await, Err(Error::Task("relay"))));
}

#[tokio::test]
async fn pages_are_served_over_http_1_without_a_token() {
    let pages = axum::Router::new().route("/i/{link}", axum::routing::get(|| async { "a page" }));
    let running = Running::start(|service| service.pages(pages), |_| {}).await;
    for (path, expected) in [
        ("/i/x", "HTTP/1.1 200"),
        ("/x", "HTTP/1.1 404"),
        (UNARY, "HTTP/1.1 404"),
    ] {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(expected), "{path}: {answer}");
    }
    assert_eq!(running.say("over HTTP/2").await.unwrap(), "over HTTP/2");
}

#[tokio::test]
async fn a_service_calls_another_by_its_own_name() {
    let running = Running::start(|service| service, |_| {}).await;
    let peer = |signer| {
        send(
            running.upstream(signer),
            INTERNAL,
            Request::new("peer".to_owned()),
        )
    };
    assert_eq!(peer(Some(Peer::Gateway)).await.unwrap(), "gateway");
    assert_eq!(
        peer(Some(Peer::Notification)).await.unwrap_err().code(),
        Code::PermissionDenied
    );
    assert_eq!(peer(None).await.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_call_fails_in_words_that_say_why() {
    let running = Running::start(|service| service, |_| {}).await;
    let mut slow = running.keys.request("hang");
    slow.set_timeout(Duration::from_millis(50));
    assert_eq!(
        send(running.upstream(None), UNARY, slow)
            .await
            .unwrap_err()
            .code(),
        Code::DeadlineExceeded
    );

    let nobody = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let gone = Upstream::new(&format!("http://{nobody}"), Peer::Invitation, None).unwrap();
    assert_eq!(
        send(gone, UNARY, running.keys.request(""))
            .await
            .unwrap_err()
            .code(),
        Code::Unavailable
    );
}

/// A token as large as identity providers make them passes, also beside what a gateway adds; more
/// is refused in words.
#[tokio::test]
async fn metadata_that_is_too_large_is_refused_in_words() {
    let running = Running::start(|service| service, |_| {}).await;
    let padded = |bytes: usize| {
        let mut request = running.keys.request("large metadata");
        let padding = "x".repeat(bytes).parse().unwrap();
        request.metadata_mut().insert("x-padding", padding);
        send(running.upstream(Some(Peer::Gateway)), UNARY, request)
    };
    assert_eq!(padded(15_500).await.unwrap(), "large metadata");
    for bytes in [16 * 1024, 40 * 1024] {
        let refused = padded(bytes).await.unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
        let info = refused.get_details_error_info().unwrap();
        assert_eq!(info.reason, "METADATA_TOO_LARGE");
        assert_eq!(info.metadata["most_bytes"], "16384");
    }
}

/// What nobody reads of one service's answers leaves the connections to it usable for everybody
/// else.
#[tokio::test]
async fn unread_answers_leave_room_for_others() {
    let running = Running::start(
        |service| service,
        |settings| {
            settings.max_in_flight_per_caller = 1024;
        },
    )
    .await;
    let upstream = running.upstream(None);
    let mut unread = Vec::new();
    for _ in 0..60 {
        let message = prost::Message::encode_to_vec(&"large".to_owned());
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        let frame = [&[0][..], &length, &message].concat();
        let request = HttpRequest::post(format!("http://{}{UNARY}", running.address))
            .header("content-type", "application/grpc")
            .header("authorization", running.keys.bearer("fabrikam"))
            .body(tonic::body::Body::new(http_body_util::Full::from(frame)))
            .unwrap();
        let Ok(answer) = upstream.clone().oneshot(request).await;
        unread.push(answer);
    }
    for _ in 0..8 {
        let request = running.keys.request("beside them");
        let said = send(upstream.clone(), UNARY, request).await;
        assert_eq!(said.unwrap(), "beside them");
    }
}

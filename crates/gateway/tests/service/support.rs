//! A running gateway, raw calls to it, and something that stands in for a service behind it.

use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use platform::identity::{Peer, ServiceSigner, Verifier};
use platform::keys::{Grant, LocalIssuer, ServiceKeys};
use platform::serve::{self, Service, Settings};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;
use tonic::transport::{Channel, Endpoint};
use tower::ServiceExt;

/// The keys of a system whose services run in this process.
pub(crate) struct Keys {
    issuer: LocalIssuer,
    services: ServiceKeys,
    /// The time of a call that names none.
    pub(crate) deadline: Duration,
}

impl Keys {
    pub(crate) fn generate() -> Self {
        Self {
            issuer: LocalIssuer::generate(),
            services: ServiceKeys::generate(),
            deadline: Duration::from_secs(10),
        }
    }

    pub(crate) fn token(&self, grant: &Grant) -> String {
        self.issuer.mint(grant, Duration::from_secs(600))
    }

    /// What `peer` proves itself with.
    pub(crate) fn signer(&self, peer: Peer) -> ServiceSigner {
        self.services.signer(peer)
    }

    fn settings(&self, peer: Peer) -> Settings {
        Settings {
            default_deadline: self.deadline,
            ..Settings::new(Verifier::local(&self.issuer), self.services.verifier(peer))
        }
    }

    /// Serves as `peer`, until the guard is dropped.
    pub(crate) async fn serve(&self, peer: Peer, service: Service) -> (SocketAddr, DropGuard) {
        let (listener, address) = socket().await;
        let stop = CancellationToken::new();
        tokio::spawn(serve::serve(
            service,
            listener,
            None,
            self.settings(peer),
            stop.clone(),
        ));
        (address, stop.drop_guard())
    }
}

/// A gateway that serves until it is dropped.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    pub(crate) keys: Keys,
    _stop: DropGuard,
}

impl Gateway {
    /// A gateway in front of these addresses.
    pub(crate) async fn start(
        invitation: SocketAddr,
        relationship: SocketAddr,
        notification: SocketAddr,
    ) -> Self {
        Self::with_keys(Keys::generate(), invitation, relationship, notification).await
    }

    /// The same, in a system with these keys.
    pub(crate) async fn with_keys(
        keys: Keys,
        invitation: SocketAddr,
        relationship: SocketAddr,
        notification: SocketAddr,
    ) -> Self {
        Self::before(keys, [invitation, relationship, notification, gone()]).await
    }

    /// A gateway before the invitation, relationship, notification and directory services at these
    /// addresses.
    pub(crate) async fn before(keys: Keys, services: [SocketAddr; 4]) -> Self {
        let [
            invitation_url,
            relationship_url,
            notification_url,
            directory_url,
        ] = services.map(|address| format!("http://{address}"));
        let config = gateway::Config {
            invitation_url,
            relationship_url,
            notification_url,
            directory_url,
        };
        let service = gateway::service(&config, keys.signer(Peer::Gateway)).unwrap();
        let (address, stop) = keys.serve(Peer::Gateway, service).await;
        Self {
            address,
            keys,
            _stop: stop,
        }
    }

    /// A gateway with nothing behind it.
    pub(crate) async fn alone() -> Self {
        let [invitation, relationship, notification] = [gone(), gone(), gone()];
        Self::start(invitation, relationship, notification).await
    }

    pub(crate) fn channel(&self) -> Channel {
        Endpoint::new(format!("http://{}", self.address))
            .unwrap()
            .connect_lazy()
    }

    pub(crate) fn token(&self, grant: &Grant) -> String {
        self.keys.token(grant)
    }

    /// The token of contoso's Admin agent.
    pub(crate) fn agent(&self) -> String {
        self.token(&Grant::tenant("contoso").role("admin-agent"))
    }

    /// Sends one call as it is and reads its whole answer.
    pub(crate) async fn send(
        &self,
        call: http::request::Builder,
        body: impl Into<Bytes>,
    ) -> Answer {
        let body = tonic::body::Body::new(http_body_util::Full::new(body.into()));
        let response = self
            .channel()
            .oneshot(call.body(body).unwrap())
            .await
            .unwrap();
        Answer::read(response).await
    }

    /// A call of this method with the token of contoso's Admin agent.
    pub(crate) fn call(&self, path: &str) -> http::request::Builder {
        self.anonymous(path)
            .header("authorization", format!("Bearer {}", self.agent()))
    }

    /// A call of this method without a token.
    pub(crate) fn anonymous(&self, path: &str) -> http::request::Builder {
        http::Request::post(format!("http://{}{path}", self.address))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
    }
}

/// A whole answer, trailers included.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) trailers: HeaderMap,
}

impl Answer {
    async fn read(response: http::Response<tonic::body::Body>) -> Self {
        let (parts, body) = response.into_parts();
        let collected = body.collect().await.unwrap();
        let trailers = collected.trailers().cloned().unwrap_or_default();
        Self {
            headers: parts.headers,
            body: collected.to_bytes(),
            trailers,
        }
    }

    /// The status, wherever it stands.
    pub(crate) fn status(&self) -> Status {
        let found = Status::from_header_map(&self.trailers)
            .or_else(|| Status::from_header_map(&self.headers));
        found.expect("an answer has a status")
    }
}

/// A message as gRPC frames it.
pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[0], &length[..], message].concat()
}

/// Stands in for a service: keeps what reaches it, and answers what it is told to.
pub(crate) struct StandIn {
    pub(crate) address: SocketAddr,
    received: UnboundedReceiver<Received>,
}

/// What reached a stand-in.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What a stand-in does with a call.
#[derive(Clone)]
pub(crate) enum Does {
    /// Answers with headers, a body and trailers.
    Answers(Box<(HeaderMap, Bytes, HeaderMap)>),
    /// Keeps the call open, and says when the caller has gone.
    Hangs(Arc<Notify>),
}

impl Does {
    /// Answers these headers, this body and these trailers.
    pub(crate) fn answers(headers: HeaderMap, body: impl Into<Bytes>, trailers: HeaderMap) -> Self {
        Self::Answers(Box::new((headers, body.into(), trailers)))
    }
}

impl StandIn {
    /// Answers every call alike.
    pub(crate) async fn start(does: Does) -> Self {
        let (listener, address) = socket().await;
        Self::on(listener, address, does)
    }

    /// Answers every call with an empty message.
    pub(crate) async fn content() -> Self {
        let ok = HeaderMap::from_iter([(
            HeaderName::from_static("grpc-status"),
            HeaderValue::from_static("0"),
        )]);
        Self::start(Does::answers(HeaderMap::new(), framed(b""), ok)).await
    }

    /// The same on a socket that is open already.
    pub(crate) fn on(listener: TcpListener, address: SocketAddr, does: Does) -> Self {
        let (sender, received) = unbounded_channel();
        let router = Router::new().fallback(stand_in).with_state((sender, does));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, received }
    }

    /// The next call that reached it.
    pub(crate) async fn received(&mut self) -> Received {
        let received = tokio::time::timeout(Duration::from_secs(10), self.received.recv()).await;
        received
            .expect("a call is passed on")
            .expect("the stand-in runs")
    }

    /// Whether nothing has reached it, or nothing more.
    pub(crate) fn is_untouched(&mut self) -> bool {
        self.received.try_recv().is_err()
    }
}

async fn stand_in(
    State((sender, does)): State<(UnboundedSender<Received>, Does)>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    let _ = sender.send(Received {
        path: parts.uri.path().to_owned(),
        headers: parts.headers,
        body,
    });
    match does {
        Does::Answers(answer) => {
            let (headers, body, trailers) = *answer;
            let frames = [
                Ok::<_, Infallible>(Frame::data(body)),
                Ok(Frame::trailers(trailers)),
            ];
            let mut response =
                Response::new(Body::new(StreamBody::new(tokio_stream::iter(frames))));
            *response.headers_mut() = headers;
            response
                .headers_mut()
                .insert("content-type", HeaderValue::from_static("application/grpc"));
            response
        }
        Does::Hangs(gone) => {
            let _notify = NotifyOnDrop(gone);
            pending().await
        }
    }
}

/// Tells when it is dropped.
struct NotifyOnDrop(Arc<Notify>);

impl Drop for NotifyOnDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// An open socket of loopback.
pub(crate) async fn socket() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// An address at which nobody answers; no socket of these tests is given it by chance.
pub(crate) fn gone() -> SocketAddr {
    tests::free_address()
}

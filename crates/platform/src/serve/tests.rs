//! The layers, called as a client calls them; health, drain and tasks over a real server on
//! loopback.

mod layers;
mod loopback;
mod neighbours;

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use http::Request as HttpRequest;
use tokio::sync::Notify;
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status, server::Grpc};
use tonic_prost::ProstCodec;
use tower::service_fn;

use super::*;
use crate::identity::{self, Answers, CallerKind, Peer};
use crate::keys::{Grant, LocalIssuer, ServiceKeys};

const UNARY: &str = "/test.Service/Unary";
const STREAM: &str = "/test.Service/Stream";
const INTERNAL: &str = "/test.Internal/Unary";
/// Routed, but nobody may call it.
const UNLISTED: &str = "/test.Service/Unlisted";

fn policies() -> Vec<MethodPolicy> {
    let policy = |method: &str, callers: &[CallerKind], peers: &[Peer], answers| MethodPolicy {
        method: method.to_owned(),
        callers: callers.to_vec(),
        peers: peers.to_vec(),
        answers,
    };
    vec![
        policy(UNARY, &[CallerKind::AnyTenant], &[], Answers::One),
        policy(STREAM, &[CallerKind::AnyTenant], &[], Answers::Many),
        policy(INTERNAL, &[], &[Peer::Gateway], Answers::One),
    ]
}

/// The length of the answer to "large".
const LARGE: usize = 400 * 1024;

type Messages = Pin<Box<dyn Stream<Item = Result<String, Status>> + Send>>;

/// What a call asks of the service is its message; the service notes what happened to it.
#[derive(Default)]
struct Subject {
    ran: AtomicUsize,
    entered: Notify,
    release: Notify,
}

impl Subject {
    async fn unary(&self, request: Request<String>) -> Result<Response<String>, Status> {
        self.ran.fetch_add(1, Ordering::SeqCst);
        self.entered.notify_one();
        let identity = identity::of(&request);
        match request.get_ref().as_str() {
            "panic" => panic!("as asked"),
            "unknown" => return Err(Status::unknown("something secret")),
            "wait" => self.release.notified().await,
            "hang" => std::future::pending().await,
            _ => {}
        }
        let answer = match request.get_ref().as_str() {
            "who" => identity
                .caller()
                .map(|caller| caller.subject.clone())
                .unwrap_or_default(),
            "peer" => identity
                .peer()
                .map(|peer| peer.to_string())
                .unwrap_or_default(),
            "time left" => time_left()
                .map(|time| time.as_millis().to_string())
                .unwrap_or_default(),
            "large" => "x".repeat(LARGE),
            message => message.to_owned(),
        };
        Ok(Response::new(answer))
    }

    fn stream(&self, request: Request<String>) -> Messages {
        let first = tokio_stream::iter([Ok("first".to_owned())]);
        match request.get_ref().as_str() {
            "panic" => Box::pin(first.chain(tokio_stream::iter([()]).map(|()| panic!("as asked")))),
            "unknown" => Box::pin(first.chain(tokio_stream::iter([Err(Status::unknown(
                "something secret",
            ))]))),
            "refuse" => Box::pin(first.chain(tokio_stream::iter([Err(Status::not_found("gone"))]))),
            "hang" => Box::pin(first.chain(tokio_stream::pending())),
            _ => Box::pin(first),
        }
    }
}

/// The service under test, with routes made by hand.
fn service(subject: &Arc<Subject>) -> Service {
    let unary = service_fn({
        let subject = subject.clone();
        move |request: HttpRequest<Body>| {
            let subject = subject.clone();
            async move {
                let handler = service_fn(move |request| {
                    let subject = subject.clone();
                    async move { subject.unary(request).await }
                });
                Ok::<_, Infallible>(
                    Grpc::new(ProstCodec::<String, String>::default())
                        .unary(handler, request)
                        .await,
                )
            }
        }
    });
    let stream = service_fn({
        let subject = subject.clone();
        move |request: HttpRequest<Body>| {
            let subject = subject.clone();
            async move {
                let handler = service_fn(move |request| {
                    let stream = subject.stream(request);
                    async move { Ok::<_, Status>(Response::new(stream)) }
                });
                let mut grpc = Grpc::new(ProstCodec::<String, String>::default());
                Ok::<_, Infallible>(grpc.server_streaming(handler, request).await)
            }
        }
    });
    let router = axum::Router::new()
        .route_service(UNARY, unary.clone())
        .route_service(INTERNAL, unary.clone())
        .route_service(UNLISTED, unary)
        .route_service(STREAM, stream);
    Service::with_policies("test", Routes::from(router), policies())
}

/// Everything that may sign.
struct Keys {
    issuer: LocalIssuer,
    services: ServiceKeys,
}

impl Keys {
    fn new() -> Self {
        Self {
            issuer: LocalIssuer::generate(),
            services: ServiceKeys::generate(),
        }
    }

    fn settings(&self) -> Settings {
        Settings::new(
            Verifier::local(&self.issuer),
            self.services.verifier(Peer::Invitation),
        )
    }

    /// A request with a good user's token.
    fn request(&self, message: &str) -> Request<String> {
        let mut request = Request::new(message.to_owned());
        let bearer = self.bearer("contoso").parse().unwrap();
        request.metadata_mut().insert("authorization", bearer);
        request
    }

    /// A good token of a user of this organisation, as a header.
    fn bearer(&self, tenant: &str) -> String {
        let grant = Grant::tenant(tenant).subject("ana");
        let token = self.issuer.mint(&grant, Duration::from_secs(60));
        format!("Bearer {token}")
    }
}

//! Calls to another service: connected when first needed, signed for the called service, in the
//! caller's trace, never longer than the time the caller has left, and over several connections
//! whose limits fit together. Nothing is retried here: who calls knows whether repeating is safe.

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderName, Request, Response, StatusCode, Version};
use tonic::transport::{Channel, Endpoint};
use tonic::{Status, TimeoutExpired, body::Body};
use tower::{Service, ServiceExt};

use crate::error::SharedRefusal;
use crate::identity::{Peer, SERVICE_AUTHORIZATION, ServiceSigner};
use crate::serve::{GRPC_TIMEOUT, MAX_STREAMS, time_left, timeout_header, timeout_of};
use crate::telemetry::rpc::Call;

/// The time of a call that has no deadline of its own.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection on which no ping is answered is given up after their sum.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(8);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(4);

/// Connections to one service: what becomes of one is not everybody's fate.
const CONNECTIONS: usize = 4;
/// What an answer may send before somebody reads it, and what all of one connection may. An answer
/// that nobody reads holds its own window and no more, so that as many of them as a connection has
/// calls leave room for the next.
const STREAM_WINDOW: u32 = 32 * 1024;
const CONNECTION_WINDOW: u32 = 2 * STREAM_WINDOW * MAX_STREAMS;

/// A service that this one calls. Give it to a generated client, or whole requests to forward.
/// Cheap to clone.
#[derive(Clone)]
pub struct Upstream {
    peer: Peer,
    channels: Arc<[Channel]>,
    next: Arc<AtomicUsize>,
    signer: Option<ServiceSigner>,
}

impl Upstream {
    /// The service `peer` at `url`, such as "http://relationship:8080". Without a signer the calls
    /// carry no identity of this service. Only an address that cannot be used is an error:
    /// connections are made when they are needed.
    pub fn new(
        url: &str,
        peer: Peer,
        signer: Option<ServiceSigner>,
    ) -> Result<Self, tonic::transport::Error> {
        let endpoint = Endpoint::new(url.to_owned())?
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT)
            .keep_alive_while_idle(true)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .tcp_nodelay(true);
        Ok(Self {
            peer,
            channels: (0..CONNECTIONS).map(|_| endpoint.connect_lazy()).collect(),
            next: Arc::default(),
            signer,
        })
    }

    /// The same service over the same connections, called without an identity of this one.
    pub fn unsigned(&self) -> Self {
        Self {
            signer: None,
            ..self.clone()
        }
    }

    /// The connection whose turn it is.
    fn channel(&self) -> Channel {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        self.channels[turn % self.channels.len()].clone()
    }

    fn sign(&self, request: &mut Request<Body>) {
        let name = HeaderName::from_static(SERVICE_AUTHORIZATION);
        match &self.signer {
            Some(signer) => request.headers_mut().insert(name, signer.header(self.peer)),
            None => request.headers_mut().remove(name),
        };
    }
}

impl Service<Request<Body>> for Upstream {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future =
        std::pin::Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        *request.version_mut() = Version::HTTP_2;
        self.sign(&mut request);
        let asked = request.headers().get(GRPC_TIMEOUT).and_then(timeout_of);
        let timeout = asked
            .into_iter()
            .chain(time_left())
            .min()
            .unwrap_or(DEFAULT_TIMEOUT);
        request
            .headers_mut()
            .insert(GRPC_TIMEOUT, timeout_header(timeout));

        let method = request.uri().path().trim_start_matches('/').to_owned();
        let call = Call::sent(&method, request.headers_mut());
        let (peer, channel) = (self.peer, self.channel());
        Box::pin(call.observe(async move {
            let answer = tokio::time::timeout(timeout, channel.oneshot(request)).await;
            Ok(match answer {
                Ok(Ok(response)) if is_grpc(&response) => response,
                Ok(Ok(response)) => no_grpc(peer, &response).into_http(),
                Ok(Err(error)) => unanswered(peer, error).into_http(),
                Err(_) => Status::from(SharedRefusal::DeadlineExceeded).into_http(),
            })
        }))
    }
}

/// The status of a call that got no answer: its time is over, or the service is away. Which of many
/// things became of the connection is in the log.
fn unanswered(peer: Peer, error: tonic::transport::Error) -> Status {
    // The channel keeps the time as well.
    if causes(&error).any(|cause| cause.is::<TimeoutExpired>()) {
        return SharedRefusal::DeadlineExceeded.into();
    }
    let chain: Vec<_> = causes(&error).map(ToString::to_string).collect();
    tracing::warn!(
        peer = peer.name(),
        error = chain.join(": "),
        "the service does not answer"
    );
    SharedRefusal::Unavailable.into()
}

/// An error and what it was caused by.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn is_grpc(response: &Response<Body>) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE);
    response.status() == StatusCode::OK
        && content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

/// The status of a call that something else than a gRPC service has answered, such as a proxy. What
/// it says is nobody's who calls us.
fn no_grpc(peer: Peer, response: &Response<Body>) -> Status {
    tracing::warn!(
        peer = peer.name(),
        status = response.status().as_u16(),
        "what answers is no gRPC service"
    );
    SharedRefusal::Unavailable.into()
}

#[cfg(test)]
mod tests;

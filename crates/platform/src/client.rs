//! Calls to another service: connected when first needed, signed for the called service, in the caller's trace, never
//! longer than the time the caller has left. Nothing is retried here: who calls knows whether repeating is safe.

use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderName, Request, Response, Version};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status, body::Body};
use tower::{Service, ServiceExt};

use crate::error::Common;
use crate::identity::{Peer, SERVICE_AUTHORIZATION, ServiceSigner};
use crate::serve::{GRPC_TIMEOUT, time_left, timeout_header, timeout_of};
use crate::telemetry::rpc::Call;

/// The time of a call that has no deadline of its own.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection on which no ping is answered is given up after their sum.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(8);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(4);

/// A service that this one calls. Give it to a generated client, or whole requests to forward. Cheap to clone.
#[derive(Clone)]
pub struct Upstream {
    peer: Peer,
    channel: Channel,
    signer: Option<ServiceSigner>,
}

impl Upstream {
    /// The service `peer` at `url`, such as "http://relationship:8080". Without a signer the calls carry no identity of
    /// this service. Only an address that cannot be used is an error: the connection is made when it is needed.
    pub fn new(
        url: &str,
        peer: Peer,
        signer: Option<ServiceSigner>,
    ) -> Result<Self, tonic::transport::Error> {
        let channel = Endpoint::new(url.to_owned())?
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT)
            .keep_alive_while_idle(true)
            .tcp_nodelay(true)
            .connect_lazy();
        Ok(Self {
            peer,
            channel,
            signer,
        })
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
        let (peer, channel) = (self.peer, self.channel.clone());
        Box::pin(call.observe(async move {
            let answer = tokio::time::timeout(timeout, channel.oneshot(request)).await;
            Ok(match answer {
                Ok(Ok(response)) => response,
                Ok(Err(error)) => unanswered(peer, error).into_http(),
                Err(_) => Status::from(Common::DeadlineExceeded).into_http(),
            })
        }))
    }
}

/// The status of a call that got no answer.
fn unanswered(peer: Peer, error: tonic::transport::Error) -> Status {
    let status = Status::from_error(error.into());
    // The channel keeps time as well, and calls it cancelled.
    if status.code() == Code::Cancelled {
        return Common::DeadlineExceeded.into();
    }
    tracing::warn!(
        peer = peer.name(),
        error = status.message(),
        "the service does not answer"
    );
    Common::Unavailable.into()
}

//! Forwards the calls of one service to whoever owns it, without decoding them.
//!
//! Headers, body, trailers and cancellation pass as they are; only what belongs to one hop is the
//! client's: the deadline, which it shortens, the trace context, and the identity of a service,
//! which it takes away. Nothing is tried twice. A stream that would last longer ends with
//! UNAVAILABLE when this server drains, so that its listener goes elsewhere.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use platform::client::Upstream;
use platform::identity::Answers;
use platform::serve;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tower::ServiceExt;

use crate::public::PublicService;

/// Where the calls of a service go.
#[derive(Clone)]
struct Forwarded {
    upstream: Upstream,
    streams: Arc<HashSet<String>>,
    draining: CancellationToken,
}

/// Sends every call of a service to `upstream`, its streams until `draining`.
pub(crate) fn add(
    router: &mut Router,
    service: &PublicService,
    upstream: Upstream,
    draining: &CancellationToken,
) {
    let path = format!("/{}/{{*method}}", service.name);
    let streams = service
        .methods
        .iter()
        .filter(|(_, answers)| *answers == Answers::Many);
    let streams = streams.map(|(path, _)| path);
    let forwarded = Forwarded {
        upstream,
        streams: Arc::new(streams.cloned().collect()),
        draining: draining.clone(),
    };
    *router = std::mem::take(router).route(&path, post(forward).with_state(forwarded));
}

async fn forward(State(to): State<Forwarded>, request: Request) -> Response {
    let streamed = to.streams.contains(request.uri().path());
    let (mut parts, body) = request.into_parts();
    // They are this server's notes on its own connection.
    parts.extensions.clear();
    let Ok(response) = to
        .upstream
        .oneshot(Request::from_parts(parts, Body::new(body)))
        .await;
    response.map(|body| match streamed {
        true => axum::body::Body::new(serve::until(body, &to.draining)),
        false => axum::body::Body::new(body),
    })
}

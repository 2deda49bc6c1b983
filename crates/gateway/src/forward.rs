//! Forwards the calls of one service to whoever owns it, without decoding them.
//!
//! Headers, body, trailers and cancellation pass as they are; only what belongs to one hop is the client's: the deadline,
//! which it shortens, the trace context, and the identity of a service, which it takes away. Nothing is tried twice.

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use platform::client::Upstream;
use tonic::body::Body;
use tower::ServiceExt;

/// Sends every call of the service `name` ("package.Service") to `upstream`.
pub(crate) fn add(router: &mut Router, name: &str, upstream: Upstream) {
    let path = format!("/{name}/{{*method}}");
    *router = std::mem::take(router).route(&path, post(forward).with_state(upstream));
}

async fn forward(State(upstream): State<Upstream>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    // They are this server's notes on its own connection.
    parts.extensions.clear();
    let Ok(response) = upstream
        .oneshot(Request::from_parts(parts, Body::new(body)))
        .await;
    response.map(axum::body::Body::new)
}

//! The outermost layer: one span and one measurement for each call, and a plain 404 for what is no
//! gRPC call. It stands in front of the panic guard, so that a panic is counted as the INTERNAL
//! that the caller gets.

use std::{convert::Infallible, sync::Arc};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, Version, header::CONTENT_TYPE};
use tonic::body::Body;

use super::Layers;
use crate::telemetry::rpc::{Call, OTHER_METHOD};

pub(super) async fn observe(
    State(layers): State<Arc<Layers>>,
    request: Request,
    next: Next,
) -> Response {
    if !is_grpc(&request) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let path = request.uri().path();
    let method = match layers.methods.access(path) {
        Some(_) => path.trim_start_matches('/'),
        None => OTHER_METHOD,
    };
    let call = Call::received(method, request.headers());
    let Ok(response) = call
        .observe(async { Ok::<_, Infallible>(next.run(request).await.map(Body::new)) })
        .await;
    response.map(axum::body::Body::new)
}

fn is_grpc(request: &Request) -> bool {
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = content_type.and_then(|content_type| content_type.strip_prefix("application/grpc"));
    let grpc = kind.is_some_and(|kind| kind.is_empty() || kind.starts_with(['+', ';']));
    grpc && request.method() == Method::POST && request.version() == Version::HTTP_2
}

//! How much metadata a call may bring: more is refused here in words, before HTTP/2 refuses it in
//! its own. What services add for each other does not count, so that what the first server takes,
//! the last takes too.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use tonic::Code;

use super::{GRPC_TIMEOUT, Layers, refuse};
use crate::error;
use crate::identity::SERVICE_AUTHORIZATION;

/// What HTTP/2 counts for each header beside its name and value (RFC 9113, 6.5.2).
const OVERHEAD: usize = 32;
/// What HTTP/2 reads beside what services add; a larger limit would let it refuse in its own words.
const READABLE: usize = 32 * 1024;
/// What belongs to one hop, and is set anew for the next.
const OF_ONE_HOP: [&str; 3] = [SERVICE_AUTHORIZATION, GRPC_TIMEOUT, "traceparent"];

pub(super) async fn metadata(
    State(layers): State<Arc<Layers>>,
    request: Request,
    next: Next,
) -> Response {
    let most = layers.settings.max_metadata_bytes.min(READABLE);
    if size(request.headers()) <= most {
        return next.run(request).await;
    }
    refuse(error::status(
        Code::ResourceExhausted,
        error::DOMAIN,
        "METADATA_TOO_LARGE",
        "the metadata is too large: send a smaller token or fewer headers",
        &[("most_bytes", most.to_string())],
    ))
}

/// The size of the caller's metadata in bytes, uncompressed.
fn size(headers: &HeaderMap) -> usize {
    headers
        .iter()
        .filter(|(name, _)| !OF_ONE_HOP.contains(&name.as_str()))
        .map(|(name, value)| name.as_str().len() + value.len() + OVERHEAD)
        .sum()
}

//! What a call brings: one whole message, no larger than allowed, judged while it is read, so that nothing larger is ever
//! held in memory. What cannot be read as the method's message is the caller's mistake, not a failure.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use axum::RequestExt;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tonic::{Code, Status};

use super::{Layers, refuse};
use crate::error::{self, Common};
use crate::identity::Access;
use crate::telemetry::rpc::code_in;

/// What gRPC puts before a message: whether it is compressed, and its length in four bytes.
const FRAME_HEADER: usize = 5;
/// What the decoders behind take at most; a larger limit would let them refuse in their own words.
const DECODABLE: usize = 4 * 1024 * 1024;

pub(super) async fn message(
    State(layers): State<Arc<Layers>>,
    request: Request,
    next: Next,
) -> Response {
    let access = request.extensions().get().copied();
    if let Some(Access::Open) = access {
        // Reflection asks as often as it likes.
        return next.run(request.with_limited_body()).await;
    }
    let limit = layers.settings.max_request_bytes.min(DECODABLE);
    let (parts, body) = request.into_parts();
    let frame = match whole(body, limit).await {
        Ok(frame) => frame,
        Err(refusal) => return refuse(refusal),
    };
    let response = next.run(Request::from_parts(parts, frame.into())).await;
    // Every handler here says why in its details: an INTERNAL without any is its decoder's.
    let undecoded = matches!(access, Some(Access::Row(_)))
        && code_in(response.headers()) == Some(Code::Internal)
        && !response.headers().contains_key(Status::GRPC_STATUS_DETAILS);
    if undecoded {
        return refuse(malformed("must be the method's message"));
    }
    response
}

/// Reads the one frame that a body has to be.
async fn whole(mut body: Body, limit: usize) -> Result<Vec<u8>, Status> {
    let mut read = Vec::new();
    while let Some(part) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        // Only a caller that has gone breaks off.
        let part = part.map_err(|_| Common::Unavailable)?;
        read.extend_from_slice(part.data_ref().map_or(&[], |data| data));
        let length = length(&read).unwrap_or_default();
        if length > limit {
            return Err(too_large());
        }
        if read.len() > FRAME_HEADER + length {
            return Err(malformed("must be one message"));
        }
    }
    match length(&read) {
        Some(length) if read.len() == FRAME_HEADER + length => Ok(read),
        _ => Err(malformed("must be a whole message")),
    }
}

/// The length of the message in a frame, once its header has arrived.
fn length(frame: &[u8]) -> Option<usize> {
    match frame {
        &[_, a, b, c, d, ..] => Some(u32::from_be_bytes([a, b, c, d]) as usize),
        _ => None,
    }
}

fn malformed(what: &str) -> Status {
    Common::invalid("request", what).into()
}

fn too_large() -> Status {
    let message = "the request is too large";
    let code = Code::ResourceExhausted;
    error::status(code, error::DOMAIN, "REQUEST_TOO_LARGE", message, &[])
}

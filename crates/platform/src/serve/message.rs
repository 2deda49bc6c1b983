//! What a call brings: one whole message, no larger than allowed and no slower, judged while it is
//! read, so that nothing larger is ever held in memory and who does not send it keeps nobody else
//! waiting. What cannot be read as the method's message is the caller's mistake, not a failure.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::Limited;
use tokio::sync::OwnedSemaphorePermit;
use tonic::{Code, Status};

use super::callers::{Caller, Held, Shared};
use super::connection::Connection;
use super::{Layers, RETRY_AFTER, busy, refuse};
use crate::error::{self, SharedRefusal, internal};
use crate::identity::{Access, Answers, Identity};
use crate::telemetry::rpc::code_in;

/// What gRPC puts before a message: whether it is compressed, and its length in four bytes.
const FRAME_HEADER: usize = 5;
/// A message that anybody may send: of health, and the beginning of any other.
const SMALL: usize = 4 * 1024;
/// What one stream of reflection may ask, all its questions together.
const QUESTIONS: usize = 64 * 1024;
/// What the decoders behind take at most; a larger limit would let them refuse in their own words.
const DECODABLE: usize = 4 * 1024 * 1024;

pub(super) async fn message(
    State(layers): State<Arc<Layers>>,
    mut request: Request,
    next: Next,
) -> Response {
    let extensions = request.extensions();
    let (Some(access), Some(identity)) = (extensions.get::<Access>(), extensions.get::<Identity>())
    else {
        return refuse(internal());
    };
    let access = access.clone();
    let connection = extensions.get::<Arc<Connection>>().cloned();
    let caller = Caller::of(identity, connection.as_deref());
    let callers = match access {
        Access::Health(_) => &layers.watches,
        Access::Reflection => &layers.reflections,
        Access::Forwarded(_) | Access::Policy(_) => &layers.callers,
    };
    let shared = callers.share(caller);
    request.extensions_mut().insert(shared.clone());
    let limit = match access {
        // Its questions come as long as it lasts.
        Access::Reflection => {
            let request = request.map(|body| Body::new(Limited::new(body, QUESTIONS)));
            return next.run(request).await;
        }
        Access::Health(_) => SMALL,
        Access::Forwarded(_) | Access::Policy(_) => {
            layers.settings.max_request_bytes.min(DECODABLE)
        }
    };
    let (parts, body) = request.into_parts();
    let Ok(coming) = leave(&access, connection.as_deref(), &shared) else {
        return busy();
    };
    let read = whole(body, limit, &shared);
    let (frame, room) = match tokio::time::timeout(layers.settings.message_time, read).await {
        Ok(Ok(read)) => read,
        Ok(Err(refusal)) => return refuse(refusal),
        Err(_) => return refuse(too_slow()),
    };
    drop(coming);
    let response = next.run(Request::from_parts(parts, frame.into())).await;
    drop(room);
    // Every handler here says why in its details: an INTERNAL without any is its decoder's.
    let undecoded = !matches!(access, Access::Forwarded(_))
        && code_in(response.headers()) == Some(Code::Internal)
        && !response.headers().contains_key(Status::GRPC_STATUS_DETAILS);
    if undecoded {
        return refuse(malformed("must be the method's message"));
    }
    response
}

/// Leave to send a message: of the caller, or for a question after health, which nobody at the same
/// address is to be without, of the connection.
fn leave(
    access: &Access,
    connection: Option<&Connection>,
    shared: &Arc<Shared>,
) -> Result<(Option<Held>, Option<OwnedSemaphorePermit>), Full> {
    let of_connection = match (access, connection) {
        (Access::Health(Answers::One), Some(connection)) => {
            Some(connection.open_question().ok_or(Full)?)
        }
        _ => None,
    };
    let of_caller = match access {
        Access::Health(_) => None,
        _ => Some(shared.message().ok_or(Full)?),
    };
    Ok((of_caller, of_connection))
}

/// As many messages are coming as may.
struct Full;

/// Reads the one frame that a body has to be. What it takes of memory is of the caller's share.
async fn whole(
    mut body: Body,
    limit: usize,
    shared: &Arc<Shared>,
) -> Result<(Vec<u8>, Option<Held>), Status> {
    let (mut read, mut room) = (Vec::new(), None);
    while let Some(part) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        // Only a caller that has gone breaks off.
        let part = part.map_err(|_| SharedRefusal::Unavailable)?;
        read.extend_from_slice(part.data_ref().map_or(&[], |data| data));
        let length = length(&read).unwrap_or_default();
        if length > limit {
            return Err(too_large());
        }
        if read.len() > FRAME_HEADER + length {
            return Err(malformed("must be one message"));
        }
        if read.len() > SMALL && room.is_none() {
            let taken = shared.coming(length);
            room = Some(taken.ok_or(SharedRefusal::Overloaded(RETRY_AFTER))?);
            read.reserve_exact(FRAME_HEADER + length - read.len());
        }
    }
    match length(&read) {
        Some(length) if read.len() == FRAME_HEADER + length => Ok((read, room)),
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
    SharedRefusal::invalid("request", what).into()
}

fn too_large() -> Status {
    let message = "the request is too large";
    let code = Code::ResourceExhausted;
    error::status(code, error::DOMAIN, "REQUEST_TOO_LARGE", message, &[])
}

fn too_slow() -> Status {
    let message = "the request did not arrive in time: send it again";
    error::status(
        Code::Unavailable,
        error::DOMAIN,
        "REQUEST_TOO_SLOW",
        message,
        &[],
    )
}

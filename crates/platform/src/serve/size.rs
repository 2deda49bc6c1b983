//! How large a request may be, counted while it is read: nothing larger is ever held in memory.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Frame, SizeHint};
use tonic::{Code, Status};

use super::{Layers, refuse};
use crate::error;

/// What gRPC puts before a message.
const FRAME_HEADER: usize = 5;

pub(super) async fn size(
    State(layers): State<Arc<Layers>>,
    request: Request,
    next: Next,
) -> Response {
    let left = layers.settings.max_request_bytes + FRAME_HEADER;
    let exceeded = Arc::new(AtomicBool::new(false));
    let limited = |inner| Limited {
        inner,
        left,
        exceeded: exceeded.clone(),
    };
    let response = next
        .run(request.map(|inner| Body::new(limited(inner))))
        .await;
    // Who read the body may have made something else of its error, as one does that passes the call on.
    if exceeded.load(Ordering::Relaxed) {
        return refuse(too_large());
    }
    response
}

fn too_large() -> Status {
    let message = "the request is too large";
    let code = Code::ResourceExhausted;
    error::status(code, error::DOMAIN, "REQUEST_TOO_LARGE", message, &[])
}

struct Limited {
    inner: Body,
    left: usize,
    exceeded: Arc<AtomicBool>,
}

impl http_body::Body for Limited {
    type Data = <Body as http_body::Body>::Data;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Status>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        let Poll::Ready(Some(Ok(frame))) = &polled else {
            return polled.map_err(|error| Status::from_error(error.into()));
        };
        match self
            .left
            .checked_sub(frame.data_ref().map_or(0, |data| data.len()))
        {
            Some(left) => {
                self.left = left;
                polled.map_err(|error| Status::from_error(error.into()))
            }
            None => {
                self.exceeded.store(true, Ordering::Relaxed);
                Poll::Ready(Some(Err(too_large())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

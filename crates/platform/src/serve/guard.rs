//! What may leave: a panic becomes INTERNAL, so does a status UNKNOWN; a forwarded stream that
//! breaks off, and what is still open when the drain ends, becomes UNAVAILABLE; in a handler and in
//! the middle of a stream alike. (A panic is logged where it happens, by the process's panic hook.)

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::{Code, Status, body::Body};

use super::{Layers, refuse};
use crate::error::{SharedRefusal, internal};
use crate::telemetry::rpc::code_in;

pub(super) async fn guard(
    State(layers): State<Arc<Layers>>,
    request: Request,
    next: Next,
) -> Response {
    let mut call = pin!(next.run(request));
    let handled = poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(cx))) {
            Ok(polled) => polled.map(Some),
            Err(_) => Poll::Ready(None),
        },
    );
    let response = tokio::select! {
        response = handled => response,
        () = layers.cut.cancelled() => return refuse(SharedRefusal::Unavailable),
    };
    match response {
        Some(response) if code_in(response.headers()) != Some(Code::Unknown) => {
            response.map(|body| axum::body::Body::new(until(Body::new(body), &layers.cut)))
        }
        _ => refuse(internal()),
    }
}

/// A body that ends with UNAVAILABLE at `cut`, unless it has ended by then.
pub fn until(body: Body, cut: &CancellationToken) -> Body {
    Body::new(Guarded {
        inner: Some(body),
        cut: Box::pin(cut.clone().cancelled_owned()),
    })
}

type NextFrame = Option<Result<Frame<<Body as http_body::Body>::Data>, Status>>;

/// The body of a response; `inner` is gone once it has ended, well or badly.
struct Guarded {
    inner: Option<Body>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Guarded {
    fn end(&mut self, status: Status) -> Poll<NextFrame> {
        self.inner = None;
        Poll::Ready(Some(Ok(Frame::trailers(trailers(status)))))
    }
}

impl http_body::Body for Guarded {
    type Data = <Body as http_body::Body>::Data;
    type Error = Status;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<NextFrame> {
        let Some(inner) = &mut self.inner else {
            return Poll::Ready(None);
        };
        match catch_unwind(AssertUnwindSafe(|| Pin::new(inner).poll_frame(cx))) {
            Err(_) => self.end(internal()),
            Ok(Poll::Ready(Some(Ok(frame))))
                if frame.trailers_ref().and_then(code_in) == Some(Code::Unknown) =>
            {
                self.end(internal())
            }
            // Our own handlers end their streams with a status: only one that comes from elsewhere
            // breaks off.
            Ok(Poll::Ready(Some(Err(_)))) => self.end(SharedRefusal::Unavailable.into()),
            Ok(Poll::Pending) if self.cut.as_mut().poll(cx).is_ready() => {
                self.end(SharedRefusal::Unavailable.into())
            }
            Ok(polled) => polled,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

pub(super) fn trailers(status: Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    if status.add_header(&mut trailers).is_err() {
        // Only a message that is no header value fails, and every message here is a fixed sentence.
        trailers.insert(Status::GRPC_STATUS, (Code::Internal as i32).into());
    }
    trailers
}

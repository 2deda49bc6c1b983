//! An answer on its way to its caller: in small parts, so that no more of it is handed to the
//! connection than is taken, with what it holds of the process until the last of them has gone, and
//! no longer than its time.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use http_body::Frame;
use tokio::time::{Instant, Sleep, sleep_until};

use super::guard::trailers;
use crate::error::SharedRefusal;

/// The most bytes that are handed on at once.
const PART: usize = 16 * 1024;
/// An answer of so few bytes may be handed on whole.
const SMALL: usize = 1024;

/// The body of a response.
pub(super) struct Leaving<H> {
    inner: Body,
    /// What is left of the frame that was read last.
    rest: Bytes,
    /// Whether more than a small answer has been read.
    was_large: bool,
    end: Option<Instant>,
    alarm: Option<Pin<Box<Sleep>>>,
    ended: bool,
    _held: H,
}

impl<H> Leaving<H> {
    /// `inner`, until `end`; `held` is given back with the last part.
    pub(super) fn new(inner: Body, end: Option<Instant>, held: H) -> Self {
        Self {
            inner,
            rest: Bytes::new(),
            was_large: false,
            end,
            alarm: None,
            ended: false,
            _held: held,
        }
    }

    /// The next part. A part is taken as soon as there is room for one byte of it; the last byte of
    /// a larger answer therefore goes by itself, when there was room for all the others.
    fn part(&mut self) -> Frame<Bytes> {
        let left = self.rest.len();
        let part = match left > SMALL {
            true => PART.min(left - 1),
            false if self.was_large && left > 1 => left - 1,
            false => left,
        };
        self.was_large |= left > SMALL;
        Frame::data(self.rest.split_to(part))
    }

    fn is_over(&self) -> bool {
        self.end.is_some_and(|end| !end.elapsed().is_zero())
    }

    /// Whether its time runs out while nothing comes; if it has not yet, the task is woken when it
    /// has.
    fn runs_out(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(end) = self.end else {
            return false;
        };
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(end)));
        alarm.as_mut().poll(cx).is_ready()
    }

    fn end_late(&mut self) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.ended = true;
        let late = trailers(SharedRefusal::DeadlineExceeded.into());
        Poll::Ready(Some(Ok(Frame::trailers(late))))
    }
}

impl<H: Unpin> http_body::Body for Leaving<H> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if self.is_over() {
            return self.end_late();
        }
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(self.part())));
        }
        match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Pending if self.runs_out(cx) => self.end_late(),
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) => {
                    self.rest = data;
                    Poll::Ready(Some(Ok(self.part())))
                }
                Err(trailers) => Poll::Ready(Some(Ok(trailers))),
            },
            polled => polled,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.rest.is_empty() && self.inner.is_end_stream()
    }
}

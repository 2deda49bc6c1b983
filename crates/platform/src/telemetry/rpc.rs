//! One call seen from the server's or the client's side: its span, its duration, the status it
//! really ended with. The status is read from the trailers, so an error in mid-stream is not taken
//! for OK; a call that is dropped before its end counts as cancelled.

use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};
use std::time::Instant;

use http::{HeaderMap, HeaderName, HeaderValue, Response};
use http_body::{Frame, SizeHint};
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::{KeyValue, metrics::Histogram, trace::TraceContextExt};
use tonic::{Code, Status, body::Body};
use tracing::{Instrument, Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{meter, names};

pub(crate) use super::names::OTHER_METHOD;

/// The side from which a call is observed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Server,
    Client,
}

/// A call under observation; reports when it is dropped.
pub(crate) struct Call {
    side: Side,
    method: String,
    span: Span,
    started: Instant,
    code: Option<Code>,
}

impl Call {
    /// A call that came in. `method` is "package.Service/Method", or [`OTHER_METHOD`].
    pub(crate) fn received(method: &str, headers: &HeaderMap) -> Self {
        let span = tracing::info_span!(
            "rpc",
            otel.name = method,
            otel.kind = "server",
            rpc.system.name = "grpc",
            rpc.method = method,
            rpc.response.status_code = Empty,
            error.r#type = Empty,
            otel.status_code = Empty,
            trace_id = Empty,
        );
        // Without a tracing layer (as in unit tests) there is no parent to set.
        let _ = span.set_parent(super::extract(&Headers(headers)));
        let context = span.context();
        let context = context.span().span_context().clone();
        if context.is_valid() {
            span.record("trace_id", tracing::field::display(context.trace_id()));
        }
        Self::new(Side::Server, method, span)
    }

    /// A call that goes out: its trace context is added to `headers`.
    pub(crate) fn sent(method: &str, headers: &mut HeaderMap) -> Self {
        let span = tracing::info_span!(
            "rpc call",
            otel.name = method,
            otel.kind = "client",
            rpc.system.name = "grpc",
            rpc.method = method,
            rpc.response.status_code = Empty,
            error.r#type = Empty,
            otel.status_code = Empty,
        );
        super::inject(&span, &mut HeadersMut(headers));
        Self::new(Side::Client, method, span)
    }

    #[allow(clippy::disallowed_methods)] // a duration is measured, no time of day is read
    fn new(side: Side, method: &str, span: Span) -> Self {
        Self {
            side,
            method: method.to_owned(),
            span,
            started: Instant::now(),
            code: None,
        }
    }

    #[cfg(test)]
    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// Runs the call to the end of its response's body.
    pub(crate) async fn observe<E>(
        mut self,
        call: impl Future<Output = Result<Response<Body>, E>>,
    ) -> Result<Response<Body>, E> {
        let response = call.instrument(self.span.clone()).await?;
        self.code = code_in(response.headers());
        Ok(match self.code {
            Some(_) => response,
            None => response.map(|inner| {
                Body::new(Observed {
                    inner,
                    call: Some(self),
                })
            }),
        })
    }

    fn is_error(&self, code: Code) -> bool {
        match self.side {
            Side::Client => code != Code::Ok,
            Side::Server => matches!(
                code,
                Code::Unknown
                    | Code::DeadlineExceeded
                    | Code::Unimplemented
                    | Code::Internal
                    | Code::Unavailable
                    | Code::DataLoss
            ),
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let code = self.code.unwrap_or(Code::Cancelled);
        let name = code_name(code);
        let mut attributes = vec![
            KeyValue::new(names::SYSTEM, "grpc"),
            KeyValue::new(names::METHOD, std::mem::take(&mut self.method)),
            KeyValue::new(names::STATUS_CODE, name),
        ];
        self.span.record(names::STATUS_CODE, name);
        if self.is_error(code) {
            attributes.push(KeyValue::new(names::ERROR_TYPE, name));
            self.span.record(names::ERROR_TYPE, name);
            self.span.record("otel.status_code", "ERROR");
        }
        let histogram = match self.side {
            Side::Server => &SERVER_DURATION,
            Side::Client => &CLIENT_DURATION,
        };
        histogram.record(self.started.elapsed().as_secs_f64(), &attributes);
    }
}

static SERVER_DURATION: LazyLock<Histogram<f64>> =
    LazyLock::new(|| duration(names::SERVER_DURATION));
static CLIENT_DURATION: LazyLock<Histogram<f64>> =
    LazyLock::new(|| duration(names::CLIENT_DURATION));

fn duration(name: &'static str) -> Histogram<f64> {
    meter()
        .f64_histogram(name)
        .with_unit("s")
        .with_boundaries(names::DURATION_BOUNDS.to_vec())
        .build()
}

/// The body of a response, watched for the status in its trailers.
struct Observed {
    inner: Body,
    call: Option<Call>,
}

impl Observed {
    fn finish(&mut self, code: Code) {
        if let Some(mut call) = self.call.take() {
            call.code = Some(code);
        }
    }
}

impl http_body::Body for Observed {
    type Data = <Body as http_body::Body>::Data;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Status>>> {
        let span = self
            .call
            .as_ref()
            .map_or_else(Span::none, |call| call.span.clone());
        let polled = span.in_scope(|| Pin::new(&mut self.inner).poll_frame(cx));
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    self.finish(code_in(trailers).unwrap_or(Code::Unknown));
                }
            }
            Poll::Ready(Some(Err(status))) => self.finish(status.code()),
            Poll::Ready(None) => self.finish(Code::Unknown),
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The gRPC status among headers or trailers, if there is one.
pub(crate) fn code_in(headers: &HeaderMap) -> Option<Code> {
    headers
        .get("grpc-status")
        .map(|value| Code::from_bytes(value.as_bytes()))
}

fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct HeadersMut<'a>(&'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

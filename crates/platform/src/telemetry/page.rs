//! One page as it is asked for: its span and its duration, by its route, never by its path.

use std::sync::LazyLock;
use std::time::Instant;

use http::{Method, StatusCode};
use opentelemetry::trace::TraceContextExt;
use opentelemetry::{KeyValue, metrics::Histogram};
use tracing::{Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::meter;

/// What a page counts as that has no route.
const NO_ROUTE: &str = "(none)";
/// A method that is nobody's.
const OTHER_METHOD: &str = "_OTHER";

static DURATION: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    meter()
        .f64_histogram("http.server.request.duration")
        .with_unit("s")
        .with_description("How long a page took to be made")
        .build()
});

/// A page under observation.
pub(crate) struct Page {
    method: &'static str,
    route: String,
    span: Span,
    started: Instant,
}

impl Page {
    /// A page that was asked for by this method on this route, such as "/i/{token}".
    #[allow(clippy::disallowed_methods)] // a duration is measured, no time of day is read
    pub(crate) fn asked(method: &Method, route: Option<&str>) -> Self {
        let method = match method.as_str() {
            "GET" => "GET",
            "HEAD" => "HEAD",
            "POST" => "POST",
            _ => OTHER_METHOD,
        };
        let route = route.unwrap_or(NO_ROUTE).to_owned();
        let span = tracing::info_span!(
            "page",
            otel.name = format!("{method} {route}"),
            otel.kind = "server",
            http.request.method = method,
            http.route = route,
            http.response.status_code = Empty,
            otel.status_code = Empty,
            trace_id = Empty,
        );
        if let Some(id) = trace_id_of(&span) {
            span.record("trace_id", id);
        }
        Self {
            method,
            route,
            span,
            started: Instant::now(),
        }
    }

    /// Everything that is done for the page belongs in it.
    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// The page is made.
    pub(crate) fn answered(self, status: StatusCode) {
        let status_code = status.as_u16();
        self.span.record("http.response.status_code", status_code);
        if status.is_server_error() {
            self.span.record("otel.status_code", "ERROR");
        }
        let attributes = [
            KeyValue::new("http.request.method", self.method),
            KeyValue::new("http.route", self.route),
            KeyValue::new("http.response.status_code", i64::from(status_code)),
        ];
        DURATION.record(self.started.elapsed().as_secs_f64(), &attributes);
    }
}

/// The id under which what happens now is found in traces and logs, where they are kept.
pub fn trace_id() -> Option<String> {
    trace_id_of(&Span::current())
}

fn trace_id_of(span: &Span) -> Option<String> {
    let context = span.context();
    let context = context.span().span_context().clone();
    context.is_valid().then(|| context.trace_id().to_string())
}

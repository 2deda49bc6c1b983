//! Traces, metrics and logs: how a process starts and ends them, and how context crosses a wire or
//! a store. Without a collector only the local log is written, and nothing waits for a collector
//! that is away. No token, link, mail or identifier of a person is ever a field here.

mod filter;
pub(crate) mod names;
#[cfg(test)]
pub(crate) mod observed;
pub(crate) mod page;
pub(crate) mod rpc;

use std::io::IsTerminal;
use std::time::Duration;

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry::{Context, global, metrics::Meter};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource, error::OTelSdkResult, logs::SdkLoggerProvider, metrics::SdkMeterProvider,
    propagation::TraceContextPropagator, trace::SdkTracerProvider,
};
use tokio::sync::mpsc;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, layer::SubscriberExt, util::SubscriberInitExt,
};

pub use filter::{Unreadable, log_filter};
pub use page::trace_id;

/// The longest that one exporter may hold up the end of the process, or one export its successor.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(3);

/// What is never exported: the exporter's own transport would otherwise report on itself for ever.
const QUIET: &str = "h2=off,hyper=off,hyper_util=off,tonic=off,tower=off,opentelemetry=off,opentelemetry_sdk=off,opentelemetry-otlp=off";

/// How a process reports on itself.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// The `service.name` of the resource, such as "invitation".
    pub service_name: String,
    /// Where a collector listens for OTLP over gRPC, such as "http://collector:4317"; nothing is
    /// exported without.
    pub otlp_endpoint: Option<String>,
    /// How a line of the local log looks.
    pub log_format: LogFormat,
    /// Which events are written and exported, as [`log_filter`] reads it.
    pub log_filter: String,
}

/// How a line of the local log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// Why telemetry did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log filter cannot be read.
    #[error("the log filter is not valid: {0}")]
    Filter(#[from] Unreadable),
    /// The collector's address cannot be used; that it does not answer is no error.
    #[error("the address of the collector is not usable: {0}")]
    Endpoint(#[from] opentelemetry_otlp::ExporterBuildError),
    /// Telemetry was started before in this process.
    #[error("telemetry is running already: {0}")]
    Running(#[from] tracing_subscriber::util::TryInitError),
}

/// Holds what must be flushed before the process ends.
#[derive(Debug)]
#[must_use = "telemetry is flushed through this guard"]
pub struct Guard {
    tracer: SdkTracerProvider,
    exporting: Option<(SdkMeterProvider, SdkLoggerProvider)>,
}

/// Starts telemetry for the whole process. Call it once, inside the runtime, before anything else.
pub fn init(telemetry: Telemetry) -> Result<Guard, Error> {
    let filter = log_filter(&telemetry.log_filter)?;
    global::set_text_map_propagator(TraceContextPropagator::new());
    let resource = Resource::builder()
        .with_service_name(telemetry.service_name)
        .build();
    let endpoint = telemetry.otlp_endpoint.as_deref();

    let mut tracer = SdkTracerProvider::builder().with_resource(resource.clone());
    if let Some(endpoint) = endpoint {
        tracer = tracer.with_batch_exporter(
            SpanExporter::builder()
                .with_tonic()
                .with_endpoint(endpoint)
                .with_timeout(EXPORT_TIMEOUT)
                .build()?,
        );
    }
    let tracer = tracer.build();
    let exporting = endpoint
        .map(|endpoint| metrics_and_logs(endpoint, resource))
        .transpose()?;
    if let Some((meter, _)) = &exporting {
        global::set_meter_provider(meter.clone());
    }

    // every directive has been read: none is left out
    let written = EnvFilter::new(format!("opentelemetry=error,{filter}"));
    let exported = EnvFilter::new(format!("{filter},{QUIET}"));
    let traced = EnvFilter::new(format!("info,{QUIET}"));
    tracing_subscriber::registry()
        .with(local_log(telemetry.log_format).with_filter(written))
        .with(
            tracing_opentelemetry::layer()
                .with_tracer(tracer.tracer("partner-connect"))
                .with_filter(traced),
        )
        .with(
            exporting
                .as_ref()
                .map(|(_, logger)| OpenTelemetryTracingBridge::new(logger).with_filter(exported)),
        )
        .try_init()?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(Guard { tracer, exporting })
}

/// A panic is logged where it happens, within its span. What it says is logged only where it is a
/// literal: a formatted message may hold anything.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let message = panic
        .payload()
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or("(not a literal)");
    let location = panic.location().map(tracing::field::display);
    tracing::error!(message, location, "panic");
}

fn metrics_and_logs(
    endpoint: &str,
    resource: Resource,
) -> Result<(SdkMeterProvider, SdkLoggerProvider), Error> {
    let metrics = MetricExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(EXPORT_TIMEOUT)
        .build()?;
    let logs = LogExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(EXPORT_TIMEOUT)
        .build()?;
    Ok((
        SdkMeterProvider::builder()
            .with_resource(resource.clone())
            .with_periodic_exporter(metrics)
            .build(),
        SdkLoggerProvider::builder()
            .with_resource(resource)
            .with_batch_exporter(logs)
            .build(),
    ))
}

/// Lines go to standard error: standard output belongs to what a command prints.
fn local_log(format: LogFormat) -> Box<dyn Layer<Registry> + Send + Sync> {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(!plain && std::io::stderr().is_terminal())
        // it would say on standard error that nothing can be said there, and panic
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => layer.boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    }
}

impl Guard {
    /// Flushes what has not been exported, for a bounded time: a collector that is away loses it.
    pub async fn shutdown(self) {
        // On threads of their own: the runtime would wait at its end for blocking tasks that hang.
        let (done, mut flushed) = mpsc::unbounded_channel();
        let flush = |shutdown: Box<dyn FnOnce() -> OTelSdkResult + Send>| {
            let done = done.clone();
            std::thread::spawn(move || done.send(shutdown()));
        };
        flush(Box::new(move || {
            self.tracer.shutdown_with_timeout(EXPORT_TIMEOUT)
        }));
        if let Some((meter, logger)) = self.exporting {
            flush(Box::new(move || {
                meter.shutdown_with_timeout(EXPORT_TIMEOUT)
            }));
            flush(Box::new(move || {
                logger.shutdown_with_timeout(EXPORT_TIMEOUT)
            }));
        }
        drop(done);
        let all = async {
            while let Some(result) = flushed.recv().await {
                if let Err(error) = result {
                    tracing::warn!(%error, "telemetry was not flushed");
                }
            }
        };
        if tokio::time::timeout(EXPORT_TIMEOUT, all).await.is_err() {
            tracing::warn!("telemetry was not flushed in time");
        }
    }
}

/// The meter for the measurements of this program.
pub fn meter() -> Meter {
    global::meter("partner-connect")
}

/// The current span as a W3C `traceparent`, to be kept beside what is done later on its behalf.
pub fn traceparent() -> Option<String> {
    let mut carried = Traceparent(None);
    inject(&Span::current(), &mut carried);
    carried.0
}

/// Links a span to the origin kept by [`traceparent`]; a malformed one is ignored.
pub fn link(span: &Span, traceparent: &str) {
    let origin = extract(&Traceparent(Some(traceparent.to_owned())));
    span.add_link(origin.span().span_context().clone());
}

fn inject(span: &Span, carrier: &mut dyn Injector) {
    global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&span.context(), carrier)
    });
}

fn extract(carrier: &dyn Extractor) -> Context {
    global::get_text_map_propagator(|propagator| propagator.extract(carrier))
}

struct Traceparent(Option<String>);

impl Injector for Traceparent {
    fn set(&mut self, key: &str, value: String) {
        if key == "traceparent" {
            self.0 = Some(value);
        }
    }
}

impl Extractor for Traceparent {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.as_deref().filter(|_| key == "traceparent")
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}

#[cfg(test)]
mod tests;

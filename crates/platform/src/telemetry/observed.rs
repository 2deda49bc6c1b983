//! What the tests see of their own spans. One subscriber for the whole test process: with one for
//! each thread, a span that another thread met first, without a subscriber, would be silenced
//! everywhere.

use std::cell::RefCell;
use std::sync::Once;

use opentelemetry::{global, trace::TracerProvider};
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, registry, util::SubscriberInitExt};

thread_local! {
    static STATUSES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static EVENTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static STORES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Traces every test from now on.
pub(crate) fn subscribe() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        global::set_text_map_propagator(TraceContextPropagator::new());
        let tracer = SdkTracerProvider::builder().build().tracer("test");
        let traced = tracing_opentelemetry::layer().with_tracer(tracer);
        registry().with(traced).with(Statuses).init();
    });
}

/// The statuses that calls ended with on this thread since this was last asked.
pub(crate) fn take_statuses() -> Vec<String> {
    STATUSES.take()
}

/// What was logged on this thread since this was last asked: the level, the message and the texts
/// beside it.
pub(crate) fn take_events() -> Vec<String> {
    EVENTS.take()
}

/// The spans of stores that were opened on this thread since this was last asked, at the level that
/// is exported: their operation, system and namespace, in one line.
pub(crate) fn take_stores() -> Vec<String> {
    STORES.take()
}

struct Statuses;

/// What an event says, its texts one after the other.
struct Said {
    message: String,
    texts: String,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.texts = format!("{} {field}={value}", self.texts);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        }
    }
}

/// The fields of a store's span, one after the other.
struct Store(String);

impl Visit for Store {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name().starts_with("db.") {
            self.0 = format!("{} {value}", self.0);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl<S: tracing::Subscriber> Layer<S> for Statuses {
    fn on_new_span(&self, span: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        if span.metadata().name() == "store" && *span.metadata().level() <= Level::INFO {
            let mut store = Store(String::new());
            span.record(&mut store);
            STORES.with_borrow_mut(|stores| stores.push(store.0));
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() <= Level::INFO {
            let (message, texts) = (String::new(), String::new());
            let mut said = Said { message, texts };
            event.record(&mut said);
            let line = format!(
                "{} {}{}",
                event.metadata().level(),
                said.message,
                said.texts
            );
            EVENTS.with_borrow_mut(|events| events.push(line));
        }
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        values.record(&mut Statuses);
    }
}

impl Visit for Statuses {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "rpc.response.status_code" {
            STATUSES.with_borrow_mut(|statuses| statuses.push(value.to_owned()));
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

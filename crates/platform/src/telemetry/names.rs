//! The names of the OpenTelemetry semantic conventions for RPC and databases that this program
//! uses, in one place. They are a release candidate: when they change, they change here. (Names of
//! span fields must be literals: those of RPC stand in `rpc.rs`, those of databases in `store_span`
//! below.)

use tracing::{Span, field::Empty};

pub(super) const SYSTEM: &str = "rpc.system.name";
pub(super) const METHOD: &str = "rpc.method";
pub(super) const STATUS_CODE: &str = "rpc.response.status_code";
pub(super) const ERROR_TYPE: &str = "error.type";
pub(super) const SERVER_DURATION: &str = "rpc.server.call.duration";
pub(super) const CLIENT_DURATION: &str = "rpc.client.call.duration";
/// Stands for every method that is not ours, so that strangers cannot multiply the time series.
pub(crate) const OTHER_METHOD: &str = "_OTHER";
/// Upper bounds of the duration histogram's buckets, in seconds, as the conventions advise.
pub(super) const DURATION_BOUNDS: [f64; 14] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0,
];

/// The span of one transaction (`operation`) of the store `namespace`, kept in a database of the
/// kind `system`.
pub(crate) fn store_span(operation: &'static str, system: &'static str, namespace: &str) -> Span {
    tracing::info_span!(
        "store",
        otel.name = operation,
        otel.kind = "client",
        db.system.name = system,
        db.namespace = namespace,
        db.operation.name = operation,
        error.r#type = Empty,
        otel.status_code = Empty,
    )
}

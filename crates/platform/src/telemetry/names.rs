//! The names of the OpenTelemetry semantic conventions for RPC that this program uses, in one place.
//! They are a release candidate: when they change, they change here. (Names of span fields must be
//! literals and stand in `rpc.rs`, spelled the same.)

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

//! Telemetry as configured, once a process; services that share a process share it.

use platform::telemetry::{Error, Guard, LogFormat, Telemetry};

use crate::config::{self, Misconfigured};

/// What is logged unless configured otherwise: of a role by itself, of all of them on a laptop, and
/// of the demo.
pub(crate) const ROLE_LOG: &str = "info";
pub(crate) const ALL_LOG: &str = "warn";
pub(crate) const DEMO_LOG: &str = "error";

/// Starts it. Must run inside the runtime.
pub(crate) fn start(
    name: &str,
    config: &config::Telemetry,
    default_log: &str,
) -> anyhow::Result<Guard> {
    let telemetry = Telemetry {
        service_name: name.to_owned(),
        otlp_endpoint: config.otlp_endpoint.clone(),
        log_format: match config.log_format {
            config::LogFormat::Text => LogFormat::Text,
            config::LogFormat::Json => LogFormat::Json,
        },
        log_filter: config.log.clone().unwrap_or_else(|| default_log.to_owned()),
    };
    platform::telemetry::init(telemetry).map_err(|error| match error {
        Error::Filter(_) | Error::Endpoint(_) => Misconfigured::new(error).into(),
        Error::Running(_) => error.into(),
    })
}

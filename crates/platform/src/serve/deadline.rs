//! The deadline of a call: from `grpc-timeout`, shorter so that DEADLINE_EXCEEDED reaches the
//! caller before it gives up, never longer than the server allows. One answer has to leave within
//! it; a stream has to begin, and may last longer.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderValue};
use tokio::time::Instant;

use super::{Layers, refuse};
use crate::error::SharedRefusal;

pub(crate) const GRPC_TIMEOUT: &str = "grpc-timeout";

/// How much earlier than the caller the server gives up, at most; a tenth of a short time. What a
/// busy machine takes to tell a timer, and the answer its way, goes off it.
const SHAVED: Duration = Duration::from_millis(250);

tokio::task_local! {
    static DEADLINE: Instant;
}

/// The time that the call being served has left; none outside of one, and in a task that it
/// spawned.
pub fn time_left() -> Option<Duration> {
    #[allow(clippy::disallowed_methods)] // a duration is measured, no time of day is read
    DEADLINE
        .try_with(|deadline| deadline.saturating_duration_since(Instant::now()))
        .ok()
}

/// When the answer of the call being served has to be there.
pub(super) fn end() -> Option<Instant> {
    DEADLINE.try_with(|deadline| *deadline).ok()
}

pub(super) async fn deadline(
    State(layers): State<Arc<Layers>>,
    mut request: Request,
    next: Next,
) -> Response {
    let asked = match read(request.headers()) {
        Ok(asked) => asked,
        Err(refusal) => return refuse(refusal),
    };
    let settings = &layers.settings;
    let time = asked
        .unwrap_or(settings.default_deadline)
        .min(settings.max_deadline);
    let time = time - SHAVED.min(time / 10);
    request.headers_mut().insert(GRPC_TIMEOUT, header(time));
    #[allow(clippy::disallowed_methods)] // a duration is measured, no time of day is read
    let deadline = Instant::now() + time;
    match tokio::time::timeout_at(deadline, DEADLINE.scope(deadline, next.run(request))).await {
        Ok(response) => response,
        Err(_) => refuse(SharedRefusal::DeadlineExceeded),
    }
}

fn read(headers: &HeaderMap) -> Result<Option<Duration>, SharedRefusal> {
    let mut values = headers.get_all(GRPC_TIMEOUT).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) if let Some(time) = parse(value) => Ok(Some(time)),
        _ => Err(SharedRefusal::invalid(
            GRPC_TIMEOUT,
            "must be 1 to 8 digits and one of H M S m u n",
        )),
    }
}

/// Reads a `grpc-timeout`: 1 to 8 digits and a unit.
pub(crate) fn parse(value: &HeaderValue) -> Option<Duration> {
    let (digits, unit) = value
        .to_str()
        .ok()?
        .split_at_checked(value.len().checked_sub(1)?)?;
    if !(1..=8).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

/// Writes a `grpc-timeout`, in microseconds while they fit into its 8 digits.
pub(crate) fn header(time: Duration) -> HeaderValue {
    let text = match time.as_micros() {
        micros @ 0..100_000_000 => format!("{micros}u"),
        micros => format!("{}m", (micros / 1000).min(99_999_999)),
    };
    HeaderValue::try_from(text).expect("digits and a letter are a header value")
}

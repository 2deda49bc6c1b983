//! Calls with a token, refusals taken apart, and waiting for a condition instead of sleeping.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use platform::clock::Clock;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

/// A request that carries `token` as its bearer.
pub fn with<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {token}");
    request
        .metadata_mut()
        .insert("authorization", bearer.parse().expect("a token is ASCII"));
    request
}

/// What a refusal says to a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The gRPC code.
    pub code: Code,
    /// Package of the `ErrorReason`, empty where the status carries none.
    pub domain: String,
    /// The reason, without its prefix.
    pub reason: String,
    /// The state found, and the like.
    pub metadata: HashMap<String, String>,
    /// Fields named by `google.rpc.BadRequest`.
    pub fields: Vec<String>,
}

/// Takes a status apart.
pub fn refused(status: &Status) -> Refused {
    let details = status.get_error_details();
    let info = details.error_info();
    Refused {
        code: status.code(),
        domain: info.map(|info| info.domain.clone()).unwrap_or_default(),
        reason: info.map(|info| info.reason.clone()).unwrap_or_default(),
        metadata: info.map(|info| info.metadata.clone()).unwrap_or_default(),
        fields: details
            .bad_request()
            .map(|bad| {
                bad.field_violations
                    .iter()
                    .map(|violation| violation.field.clone())
                    .collect()
            })
            .unwrap_or_default(),
    }
}

/// Of a call that was refused because it was made too often, for this reason: after what time it is
/// worth trying again.
#[track_caller]
pub fn exhausted(status: &Status, reason: &str) -> Duration {
    let refusal = refused(status);
    let found = (refusal.code, refusal.reason.as_str());
    assert_eq!(found, (Code::ResourceExhausted, reason), "{status:?}");
    let retry = status.get_error_details().retry_info().cloned();
    let delay = retry.and_then(|retry| retry.retry_delay);
    delay.expect("a time to try again")
}

/// Moves a clock to the next noon (UTC), so that no day ends while something is tried.
pub fn to_noon(clock: &Clock) {
    let day = 24 * 60 * 60 * 1_000_000;
    let wait = (day / 2 - clock.now().micros()).rem_euclid(day);
    clock.advance(Duration::from_micros(wait.unsigned_abs()));
}

/// Asks every 20 ms until there is an answer; fails the test after `limit`, naming `what` it waited
/// for.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    limit: Duration,
    mut ask: impl FnMut() -> F,
) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    match tokio::time::timeout(limit, asking).await {
        Ok(answer) => answer,
        Err(_) => panic!("waited {limit:?} in vain for {what}"),
    }
}

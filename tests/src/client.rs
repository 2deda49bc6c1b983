//! Calls with a token, refusals taken apart, and waiting for a condition instead of sleeping.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

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

/// Asks every 20 ms until there is an answer; fails the test after `limit`, naming `what` it waited for.
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

//! What the service does beside its calls: records expiries, forgets old requests, and measures how
//! long claims wait.

use std::time::Duration;

use platform::background::{Left, every, repeat};
use platform::telemetry;
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::store::Store;

/// A claim that is not decided after this needs a person's attention.
const OVERDUE: Duration = Duration::from_secs(60);

/// Records expiries and forgets old requests, every `interval`, until `stop`.
pub(crate) async fn expire_and_forget(store: Store, interval: Duration, stop: CancellationToken) {
    let round = || async {
        while store.expire_invitations().await? > 0 {}
        while store.forget_requests().await? > 0 {}
        Ok::<_, Error>(Left::Nothing)
    };
    repeat("recording expiries", every(interval), stop, round).await;
}

/// Counts overdue claims for a metric, every `interval`, until `stop`.
pub(crate) async fn count_overdue(store: Store, interval: Duration, stop: CancellationToken) {
    let overdue = telemetry::meter()
        .u64_gauge("invitation.claims.overdue")
        .with_description("Claims that have waited for their decision for more than a minute.")
        .build();
    let round = || async {
        overdue.record(store.claims_older_than(OVERDUE).await?, &[]);
        Ok::<_, Error>(Left::Nothing)
    };
    repeat("counting claims", every(interval), stop, round).await;
}

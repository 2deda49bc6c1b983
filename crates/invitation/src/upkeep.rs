//! What the service does beside its calls: records expiries, forgets old requests, measures how
//! long claims wait.

use std::time::Duration;

use platform::telemetry;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::store::Store;

/// A claim that is not decided after this needs a person's attention.
const OVERDUE: Duration = Duration::from_secs(60);

/// Does so every `every`, until `stop`.
pub(crate) async fn run(store: Store, every: Duration, stop: CancellationToken) {
    let overdue = telemetry::meter()
        .u64_gauge("invitation.claims.overdue")
        .with_description("Claims that have waited for their decision for more than a minute.")
        .build();
    let mut tick = interval(every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        if let Err(error) = sweep(&store).await {
            tracing::warn!(error = crate::chain(error), "upkeep failed");
        }
        match store.claims_older_than(OVERDUE).await {
            Ok(claims) => overdue.record(claims, &[]),
            Err(error) => tracing::warn!(error = crate::chain(error), "claims not counted"),
        }
    }
}

async fn sweep(store: &Store) -> Result<(), Error> {
    while store.expire_invitations().await? > 0 {}
    while store.forget_requests().await? > 0 {}
    Ok(())
}

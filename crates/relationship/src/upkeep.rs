//! What the service does beside its calls: numbers changes for watchers, tells them of privileges whose time is over,
//! and forgets what has been kept long enough. One that fails is logged, and the next does its work.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use crate::store::Store;

/// Numbers what was committed, and says in `head` up to which number there is something to tell, until `stop`.
///
/// What this process commits it numbers at once; every `every` it looks for what others have committed and numbered.
pub(crate) async fn number(
    store: Store,
    head: watch::Sender<i64>,
    every: Duration,
    stop: CancellationToken,
) {
    let numbering = async {
        loop {
            match store.number_changes().await {
                Ok(found) => {
                    head.send_if_modified(|head| {
                        let moved = *head < found.last;
                        *head = found.last.max(*head);
                        moved
                    });
                    if found.waiting {
                        continue;
                    }
                }
                Err(error) => tracing::warn!(%error, "changes not numbered"),
            }
            tokio::select! {
                () = store.until_changed() => {}
                () = sleep(every) => {}
            }
        }
    };
    stop.run_until_cancelled(numbering).await;
}

/// Tells of privileges whose time is over, every `every`, until `stop`.
pub(crate) async fn tell_expired(store: Store, every: Duration, stop: CancellationToken) {
    let telling = async {
        let mut tick = interval(every);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            loop {
                match store.tell_expired().await {
                    Ok(1..) => continue,
                    Ok(0) => {}
                    Err(error) => tracing::warn!(%error, "expiries not told"),
                }
                break;
            }
        }
    };
    stop.run_until_cancelled(telling).await;
}

/// Forgets requests that need not be remembered any more, and changes that were kept for `changes_kept`, every `every`,
/// until `stop`.
pub(crate) async fn sweep(
    store: Store,
    every: Duration,
    changes_kept: Duration,
    stop: CancellationToken,
) {
    let sweeping = async {
        loop {
            match store.forget(changes_kept).await {
                // a batch may have left some over
                Ok(1..) => continue,
                Ok(0) => {}
                Err(error) => tracing::warn!(%error, "sweep failed"),
            }
            sleep(every).await;
        }
    };
    stop.run_until_cancelled(sweeping).await;
}

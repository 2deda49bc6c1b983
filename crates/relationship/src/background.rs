//! What the service does beside its calls: numbers changes for watchers, tells them of privileges
//! whose time is over, and forgets what has been kept long enough.

use std::time::Duration;

use platform::background::{Left, every, repeat};
use sea_orm::DbErr;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::store::Store;

/// Numbers what was committed, and says in `head` up to which number there is something to tell,
/// until `stop`.
///
/// What this process commits it numbers at once; every `interval` it looks for what others have
/// committed and numbered.
pub(crate) async fn number_changes(
    store: Store,
    head: watch::Sender<i64>,
    interval: Duration,
    stop: CancellationToken,
) {
    let pause = || timeout(interval, store.until_changed());
    let round = || async {
        let found = store.number_changes().await?;
        head.send_if_modified(|head| {
            let moved = *head < found.last;
            *head = found.last.max(*head);
            moved
        });
        Ok::<_, DbErr>(match found.waiting {
            true => Left::More,
            false => Left::Nothing,
        })
    };
    repeat("numbering changes", pause, stop, round).await;
}

/// Tells of privileges whose time is over, every `interval`, until `stop`.
pub(crate) async fn tell_expired(store: Store, interval: Duration, stop: CancellationToken) {
    let round = || async { store.tell_expired().await.map(left) };
    repeat("telling of expiries", every(interval), stop, round).await;
}

/// Forgets requests that need not be remembered any more, and changes that were kept for
/// `changes_kept`, every `interval`, until `stop`.
pub(crate) async fn forget(
    store: Store,
    interval: Duration,
    changes_kept: Duration,
    stop: CancellationToken,
) {
    let round = || async { store.forget(changes_kept).await.map(left) };
    repeat("forgetting", every(interval), stop, round).await;
}

/// A batch of so many may have left some over, unless there were none.
fn left(batch: u64) -> Left {
    match batch {
        0 => Left::Nothing,
        _ => Left::More,
    }
}

//! Forgets what has been kept long enough: notices, and facts that are not expected again.
//!
//! Edits of drafts stay: an invitation can be sent again at any time.

use platform::store::db::BATCH;
use sea_orm::{ColumnTrait, DbErr};
use tokio_util::sync::CancellationToken;

use super::Store;
use super::entity::{inbox, notice};
use crate::Config;

/// Sweeps now and then until told to stop. A sweep that fails is logged, and the next one does its work.
pub(crate) async fn sweep_until(stop: CancellationToken, store: Store, config: Config) {
    let sweeping = async {
        loop {
            if let Err(error) = sweep(&store, &config).await {
                tracing::warn!(%error, "sweep failed");
            }
            tokio::time::sleep(config.sweep_every).await;
        }
    };
    stop.run_until_cancelled(sweeping).await;
}

async fn sweep(store: &Store, config: &Config) -> Result<(), DbErr> {
    let (db, now) = (&store.db, store.clock.now());
    let facts = || inbox::Column::ReceiveTime.lt(now - config.inbox_kept);
    while db.forget_batch([inbox::Column::FactId], facts()).await? == BATCH {}
    let notices = || notice::Column::CreateTime.lt(now - config.notices_kept);
    while db.forget_batch([notice::Column::Id], notices()).await? == BATCH {}
    Ok(())
}

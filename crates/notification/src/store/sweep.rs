//! Forgets what has been kept long enough: notices, and facts that are not expected again.
//!
//! Edits of drafts stay: an invitation can be sent again at any time.

use platform::clock::Time;
use platform::db::Db;
use sea_orm::sea_query::{ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait};
use tokio_util::sync::CancellationToken;

use super::Store;
use super::entity::{inbox, notice};
use crate::Config;

/// Rows that one transaction deletes at most, so that nobody waits long for it.
const BATCH: u64 = 500;

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
    let facts_before = now - config.inbox_kept;
    let notices_before = now - config.notices_kept;
    forget(
        db,
        inbox::Column::FactId,
        inbox::Column::ReceiveTime,
        facts_before,
    )
    .await?;
    forget(
        db,
        notice::Column::Id,
        notice::Column::CreateTime,
        notices_before,
    )
    .await
}

/// Deletes every row whose time is before `before`, batch by batch.
async fn forget<C: ColumnTrait>(db: &Db, id: C, time: C, before: Time) -> Result<(), DbErr>
where
    C::EntityName: EntityTrait,
{
    while forget_batch(db, id, time, before).await? == BATCH {}
    Ok(())
}

async fn forget_batch<C: ColumnTrait>(db: &Db, id: C, time: C, before: Time) -> Result<u64, DbErr>
where
    C::EntityName: EntityTrait,
{
    db.transaction(move |tx| {
        Box::pin(async move {
            let table = C::EntityName::default();
            let old = Query::select()
                .column(id)
                .from(table)
                .and_where(time.lt(before))
                .limit(BATCH)
                .to_owned();
            let delete = Query::delete()
                .from_table(table)
                .and_where(id.into_expr().in_subquery(old))
                .to_owned();
            Ok(tx.execute(&delete).await?.rows_affected())
        })
    })
    .await
}

//! Deleting what has been kept long enough, a batch at a time, so that nobody waits long for it.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait};

use super::Db;

/// Rows that one transaction deletes at most: one that deletes fewer has deleted the last.
pub const BATCH: u64 = 500;

impl Db {
    /// Deletes at most one [`BATCH`] of the rows that are `old`, by their primary key; answers how
    /// many.
    pub async fn forget_batch<C: ColumnTrait, const N: usize>(
        &self,
        key: [C; N],
        old: Expr,
    ) -> Result<u64, DbErr>
    where
        C::EntityName: EntityTrait,
    {
        let table = C::EntityName::default();
        let old = Query::select()
            .columns(key)
            .from(table)
            .and_where(old)
            .limit(BATCH)
            .to_owned();
        let delete = Query::delete()
            .from_table(table)
            .and_where(Expr::tuple(key.map(Expr::col)).in_subquery(old))
            .to_owned();
        self.transaction(move |tx| {
            Box::pin(async move { Ok(tx.execute(&delete).await?.rows_affected()) })
        })
        .await
    }
}

//! The facts that were taken, so that one that comes again is recognised.

use std::time::Duration;

use platform::store::db::BATCH;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, DbErr, EntityTrait};

use super::entity::{inbox, notice};
use super::{Error, Store};
use crate::domain::Fact;

impl Store {
    /// Takes a fact and makes its notices, unless a fact with its id was taken before.
    pub(crate) async fn deliver(&self, fact: Fact) -> Result<(), Error> {
        let now = self.clock.now();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let received = inbox::ActiveModel {
                        fact_id: Set(fact.id),
                        receive_time: Set(now),
                    };
                    let first = inbox::Entity::insert(received)
                        .on_conflict(OnConflict::new().do_nothing().to_owned())
                        .exec_without_returning(tx)
                        .await?;
                    if first == 1 {
                        let rows = fact
                            .notices()
                            .into_iter()
                            .map(|notice| notice::ActiveModel::new(notice, now));
                        // a notice outlives the inbox row: a fact delivered later than that finds
                        // it here
                        notice::Entity::insert_many(rows)
                            .on_conflict(OnConflict::new().do_nothing().to_owned())
                            .exec_without_returning(tx)
                            .await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Forgets facts that were received longer ago than `kept`.
    pub(crate) async fn forget_facts(&self, kept: Duration) -> Result<(), DbErr> {
        let old = || inbox::Column::ReceiveTime.lt(self.clock.now() - kept);
        let key = [inbox::Column::FactId];
        while self.db.forget_batch(key, old()).await? == BATCH {}
        Ok(())
    }
}

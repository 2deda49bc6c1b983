//! What a store needs beside its calls: recording expiries, forgetting requests, and watching for
//! what is wrong.

use std::time::Duration;

use platform::clock::Time;
use platform::store::{idempotency, outbox};
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

use super::entity::invitation::{Column, Entity};
use super::{Store, in_state, read, save};
use crate::Error;
use crate::domain::StateKind;
use crate::outbox::following;

/// How many rows one round changes in one transaction.
const BATCH: u64 = 100;

impl Store {
    /// Records the expiry of at most one batch of invitations whose time is over, and tells their
    /// inviters; answers how many.
    pub(crate) async fn expire_invitations(&self) -> Result<usize, Error> {
        let now = self.clock.now();
        let expire = self.db.transaction(move |tx| Box::pin(expire(tx, now)));
        expire.await
    }

    /// The ids of the keys that the links of open invitations are signed with.
    pub(crate) async fn keys_in_use(&self) -> Result<Vec<String>, DbErr> {
        let open = Entity::find()
            .select_only()
            .column(Column::KeyId)
            .filter(in_state(StateKind::Open));
        open.distinct().into_tuple().all(self.db.reader()).await
    }

    /// How many claims have waited for their decision for longer than this.
    pub(crate) async fn claims_older_than(&self, age: Duration) -> Result<u64, Error> {
        let before = self.clock.now() - age;
        Ok(claimed_before(before).count(self.db.reader()).await?)
    }

    /// Forgets at most one batch of requests that nobody may repeat any more; answers how many.
    pub(crate) async fn forget_requests(&self) -> Result<u64, Error> {
        Ok(idempotency::forget(&self.db, self.clock.now() - idempotency::REMEMBERED).await?)
    }
}

async fn expire(tx: &DatabaseTransaction, now: Time) -> Result<usize, Error> {
    let due = due(now).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let mut facts = Vec::new();
    for row in due.all(tx).await? {
        let open = read(row)?;
        let expired = open.clone().seen_at(now);
        save(tx, &open, &expired).await?;
        facts.extend(following(&expired));
    }
    let expired = facts.len();
    outbox::append_many(tx, facts, now).await?;
    Ok(expired)
}

/// The next batch of rows that say OPEN although their time is over.
pub(super) fn due(now: Time) -> Select<Entity> {
    Entity::find()
        .filter(in_state(StateKind::Open))
        .filter(Column::ExpireTime.lte(now))
        .order_by_asc(Column::ExpireTime)
        .limit(BATCH)
}

/// The claims from before a moment that are still not decided.
pub(super) fn claimed_before(time: Time) -> Select<Entity> {
    Entity::find()
        .filter(in_state(StateKind::Claimed))
        .filter(Column::StateTime.lt(time))
}

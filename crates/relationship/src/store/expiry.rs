//! Privileges whose time is over: watchers are told, once. Of the privilege itself nothing changes.

use platform::clock::{Clock, Time};
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};
use vocabulary::id::PartnerId;

use super::entity::partner;
use super::entity::privilege::{Column, Entity};
use super::{Store, change, literal};
use crate::domain::change::Changes;
use crate::domain::privilege::{Privilege, State};

/// How many privileges are told of in one transaction.
const BATCH: u64 = 500;

impl Store {
    /// Tells watchers of at most one batch of privileges whose time is over; answers how many.
    pub(crate) async fn tell_expired(&self) -> Result<u64, DbErr> {
        // without a transaction where there is nothing, which is nearly always
        let first = expired(self.clock.now(), 1).one(self.db.reader()).await?;
        if first.is_none() {
            return Ok(0);
        }
        let clock = self.clock.clone();
        let told = self
            .db
            .transaction(move |tx| Box::pin(tell(tx, clock)))
            .await?;
        self.changed();
        Ok(told)
    }
}

async fn tell(tx: &DatabaseTransaction, clock: Clock) -> Result<u64, DbErr> {
    let now = clock.now();
    let rows = expired(now, BATCH)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx)
        .await?;
    if rows.is_empty() {
        return Ok(0);
    }
    Entity::update_many()
        .col_expr(Column::ExpiryToldTime, Expr::value(now))
        .filter(Column::Id.is_in(rows.iter().map(|row| row.id)))
        .exec(tx)
        .await?;
    let visible: Vec<PartnerId> = partner::Entity::find()
        .select_only()
        .column(partner::Column::Id)
        .filter(partner::Column::Id.is_in(rows.iter().map(|row| row.partner.clone())))
        .filter(partner::Column::ActivateTime.is_not_null())
        .into_tuple()
        .all(tx)
        .await?;
    let told = rows.len() as u64;
    let privileges = rows.into_iter().map(Privilege::from);
    let privileges: Vec<_> = privileges
        .filter(|one| visible.contains(&one.partner))
        .collect();
    change::append(tx, &Changes::expired(&privileges, now), &clock).await?;
    Ok(told)
}

/// The privileges whose time is over, of which nobody was told.
pub(super) fn expired(now: Time, limit: u64) -> Select<Entity> {
    Entity::find()
        .filter(Expr::col((Entity, Column::State)).eq(literal(State::Active.into())))
        .filter(Column::ExpireTime.lte(now))
        .filter(Column::ExpiryToldTime.is_null())
        .order_by_asc(Column::ExpireTime)
        .limit(limit)
}

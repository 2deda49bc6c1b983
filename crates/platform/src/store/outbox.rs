//! Messages that leave a service after the transaction that wrote them, at least once and in no
//! order.
//!
//! A row is appended in the transaction of the change it tells of; the [`Relay`] delivers it. Each
//! row carries its own state and lease, so that no commit order can hide one: there is never a
//! high-water mark. What a message means, and who gets it, is the service's.

mod delivery;
mod relay;

use std::fmt::Display;
use std::time::Duration;

use sea_orm::sea_query::{ColumnDef, Expr, ExprTrait, Index, OnConflict, Table};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QuerySelect,
};
use uuid::Uuid;

use crate::clock::Time;
use crate::store::db::{self, Db};
use crate::store::schema::NewTable;
use crate::telemetry;
pub use delivery::{Delivered, Delivery, Undelivered};
use entity::{ActiveModel, Column, Entity, State};
pub use relay::Relay;

/// How long a delivered row is kept.
pub const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// The longest lease of a row: of whoever appended it, or of the relay that took it.
const LONGEST_LEASE: Duration = Duration::from_secs(8);

/// The namespace of derived ids; any UUID that nobody else uses would do.
const NAMESPACE: Uuid = Uuid::from_u128(0x5b2c_7f0e_3d1a_4c84_9e55_0a6d_c1f2_8b37);

/// A message to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What a repeat is recognised by, here and where it is delivered; see [`derived_id`].
    pub id: Uuid,
    /// Which kind of message it is.
    pub kind: &'static str,
    /// What the receiver gets.
    pub payload: Vec<u8>,
    /// How long the caller will see to the delivery itself, before the relay takes over; 8 seconds
    /// at most.
    pub lease: Option<Duration>,
}

/// The id of what happened to a resource: the same kind and occurrence (a generation, a decision)
/// give the same id.
pub fn derived_id(resource: &str, kind: &str, occurrence: impl Display) -> Uuid {
    // no name of a resource or a kind has a line break
    Uuid::new_v5(
        &NAMESPACE,
        format!("{resource}\n{kind}\n{occurrence}").as_bytes(),
    )
}

/// Appends a message in the transaction of what it tells of. One whose id is there already is left
/// as it is.
pub async fn append(tx: &DatabaseTransaction, message: Message, now: Time) -> Result<(), DbErr> {
    append_many(tx, vec![message], now).await
}

/// Appends several messages with one statement.
pub async fn append_many(
    tx: &DatabaseTransaction,
    messages: Vec<Message>,
    now: Time,
) -> Result<(), DbErr> {
    if messages.is_empty() {
        return Ok(());
    }
    if messages.iter().any(|message| message.lease.is_none()) {
        db::wake_on_commit();
    }
    let traceparent = telemetry::traceparent();
    let rows = messages.into_iter().map(|message| ActiveModel {
        id: Set(message.id),
        kind: Set(message.kind.to_owned()),
        payload: Set(message.payload),
        traceparent: Set(traceparent.clone()),
        state: Set(State::Pending),
        attempts: Set(0),
        faults: Set(0),
        due_time: Set(now + message.lease.unwrap_or_default().min(LONGEST_LEASE)),
        create_time: Set(now),
        last_error: Set(None),
    });
    Entity::insert_many(rows)
        .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await
        .map(drop)
}

/// Marks a message as delivered, in the transaction of its effect.
pub async fn delivered(tx: &DatabaseTransaction, id: Uuid, now: Time) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Delivered))
        .col_expr(Column::DueTime, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(State::Pending))
        .exec(tx)
        .await
        .map(drop)
}

/// Gives a message that was appended with a lease to the relay before this ends, in a transaction:
/// whoever has it does not get on. `until` is when it ends; nothing where the relay has the message
/// by now.
pub async fn give_back(
    tx: &DatabaseTransaction,
    id: Uuid,
    until: Time,
    now: Time,
) -> Result<(), DbErr> {
    db::wake_on_commit();
    Entity::update_many()
        .col_expr(Column::DueTime, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(State::Pending))
        // a relay that took it leases it for longer
        .filter(Column::DueTime.lte(until))
        .exec(tx)
        .await
        .map(drop)
}

/// Whether nothing is waiting to be delivered.
pub async fn idle(db: &Db) -> Result<bool, DbErr> {
    let pending: Option<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::State.eq(State::Pending))
        .into_tuple()
        .one(db.reader())
        .await?;
    Ok(pending.is_none())
}

/// Removes at most one batch of the rows delivered before `before`; answers how many. Parked rows
/// stay.
pub async fn forget(db: &Db, before: Time) -> Result<u64, DbErr> {
    let old = Column::State
        .eq(State::Delivered)
        .and(Column::DueTime.lt(before));
    db.forget_batch([Column::Id], old).await
}

/// The table, for a service's first migration.
pub fn table() -> NewTable {
    NewTable::new(
        Table::create()
            .table(Entity)
            .col(ColumnDef::new(Column::Id).uuid().not_null().primary_key())
            .col(ColumnDef::new(Column::Kind).text().not_null())
            .col(ColumnDef::new(Column::Payload).binary().not_null())
            .col(ColumnDef::new(Column::Traceparent).text())
            .col(ColumnDef::new(Column::State).text().not_null())
            .col(ColumnDef::new(Column::Attempts).integer().not_null())
            .col(ColumnDef::new(Column::Faults).integer().not_null())
            .col(ColumnDef::new(Column::DueTime).big_integer().not_null())
            .col(ColumnDef::new(Column::CreateTime).big_integer().not_null())
            .col(ColumnDef::new(Column::LastError).text()),
    )
    .index(
        Index::create()
            .name("outbox_state_due_time")
            .table(Entity)
            .col(Column::State)
            .col(Column::DueTime),
    )
}

#[allow(
    unreachable_pub,
    reason = "the derived items are public within this private module"
)]
mod entity {
    use sea_orm::entity::prelude::*;

    use crate::clock::Time;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "outbox")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: String,
        pub payload: Vec<u8>,
        /// Where the message comes from, for the link of its delivery.
        pub traceparent: Option<String>,
        pub state: State,
        /// How often it was tried.
        pub attempts: i32,
        /// How many of the tries count towards parking.
        pub faults: i32,
        /// Pending: not to be taken before, which is also the lease of whoever took it. Otherwise:
        /// since when it is so.
        pub due_time: Time,
        pub create_time: Time,
        pub last_error: Option<String>,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Text")]
    pub enum State {
        #[sea_orm(string_value = "PENDING")]
        Pending,
        #[sea_orm(string_value = "DELIVERED")]
        Delivered,
        /// Given up; only a person can do something about it.
        #[sea_orm(string_value = "PARKED")]
        Parked,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[cfg(test)]
mod tests;

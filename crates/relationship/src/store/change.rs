//! Changes on their way to watchers: appended in the transaction of what they tell, numbered after
//! its commit, read in the order of their numbers, forgotten after a while.
//!
//! Whoever numbers holds the counter's row, and so numbers become visible one batch after the
//! other, each after the commits that it numbers: behind a number that was seen no lower one ever
//! appears.

use platform::clock::{Clock, Time};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{
    Expr, ExprTrait, IntoIden, Query, SelectStatement, TableRef, UpdateStatement, ValueTuple,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;
use vocabulary::id::PartnerId;

use super::entity::change::{ActiveModel, Column, Entity};
use super::entity::change_counter as counter;
use super::{Error, Store, broken, padded};
use crate::domain::Refusal;
use crate::domain::change::Changes;
use crate::outbox;

/// How many commits are numbered in one transaction: so few that their rows are found one by one in
/// the largest table.
const NUMBERED: u64 = 100;
/// How many commits a watcher reads at once.
pub(super) const READ: i64 = 200;
/// How many rows one transaction looks at to forget.
const FORGOTTEN: u64 = 500;
/// The one row of the counter.
const COUNTER: i32 = 1;

/// What a watcher is told of one commit.
pub(crate) struct Numbered {
    pub(crate) number: i64,
    /// For each partner concerned an encoded `Change`, which has no number.
    pub(crate) changes: Vec<Vec<u8>>,
}

/// What is known behind a number.
pub(crate) struct Behind {
    /// In the order of their numbers.
    pub(crate) commits: Vec<Numbered>,
    /// There is nothing else up to this number.
    pub(crate) until: i64,
}

/// Where the numbers stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The last number given.
    pub(crate) last: i64,
    /// Whether there may be commits that have none yet.
    pub(crate) waiting: bool,
}

/// Appends what the running transaction changes, if it changes anything.
pub(super) async fn append(
    tx: &DatabaseTransaction,
    changes: &Changes,
    clock: &Clock,
) -> Result<(), DbErr> {
    if changes.events.is_empty() {
        return Ok(());
    }
    let id = clock.id();
    let rows = changes.events.iter().map(|(partner, events)| ActiveModel {
        id: Set(id),
        partner: Set(partner.clone()),
        number: Set(None),
        number_time: Set(None),
        change_time: Set(changes.time),
        events: Set(outbox::encoded_change(partner, events, changes.time)),
    });
    Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await
        .map(drop)
}

impl Store {
    /// Says that this process has committed a change: it is numbered without delay.
    pub(crate) fn changed(&self) {
        self.changed.notify_one();
    }

    /// Waits until this process has committed a change.
    pub(crate) async fn until_changed(&self) {
        self.changed.notified().await;
    }

    /// Numbers what was committed and has no number yet, at most one batch.
    pub(crate) async fn number_changes(&self) -> Result<Head, DbErr> {
        let head = self.head().await?;
        if !head.waiting {
            return Ok(head);
        }
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| Box::pin(number(tx, clock)))
            .await
    }

    async fn head(&self) -> Result<Head, DbErr> {
        let row = self.db.reader().query_one(&head()).await?;
        let row = row.ok_or_else(|| broken("change_counter", COUNTER))?;
        Ok(Head {
            last: row.try_get("", "last_number")?,
            waiting: row.try_get("", WAITING)?,
        })
    }

    /// The number of the last change; refused where a watcher cannot go on behind `resumed`.
    pub(crate) async fn watch_from(&self, resumed: Option<i64>) -> Result<i64, Error> {
        let row = counter::Entity::find_by_id(COUNTER).one(self.db.reader());
        let row = row
            .await?
            .ok_or_else(|| broken("change_counter", COUNTER))?;
        match resumed {
            None => Ok(row.last_number),
            Some(number) if (row.trimmed_number..=row.last_number).contains(&number) => Ok(number),
            Some(_) => Err(Refusal::ResumeTokenExpired.into()),
        }
    }

    /// What comes behind a number, of one partner or of all: a bounded part of it.
    ///
    /// Refused where some of it is forgotten already.
    pub(crate) async fn changes_behind(
        &self,
        partner: Option<PartnerId>,
        number: i64,
    ) -> Result<Behind, Error> {
        self.db
            .snapshot(move |tx| Box::pin(async move { behind(tx, partner.as_ref(), number).await }))
            .await
    }

    /// Forgets the first changes, at most one batch of those numbered before a moment; answers how
    /// many numbers.
    pub(super) async fn forget_changes(&self, before: Time) -> Result<u64, DbErr> {
        self.db
            .transaction(move |tx| Box::pin(async move { forget(tx, before).await }))
            .await
    }
}

async fn number(tx: &DatabaseTransaction, clock: Clock) -> Result<Head, DbErr> {
    let found = lock(tx).await?;
    let commits: Vec<(Time, Uuid)> = unnumbered().into_tuple().all(tx).await?;
    if commits.is_empty() {
        return Ok(Head {
            last: found.last_number,
            waiting: false,
        });
    }
    let count = commits.len() as u64;
    let ids = commits.into_iter().map(|(_, id)| id);
    let numbers: Vec<_> = ids.zip(found.last_number + 1..).collect();
    let last = numbers.last().map_or(found.last_number, |(_, last)| *last);
    tx.execute(&give(numbers, clock.now())).await?;
    set(tx, counter::Column::LastNumber, last).await?;
    Ok(Head {
        last,
        waiting: count == NUMBERED,
    })
}

async fn behind(
    tx: &DatabaseTransaction,
    partner: Option<&PartnerId>,
    number: i64,
) -> Result<Behind, Error> {
    let counter = counter::Entity::find_by_id(COUNTER).one(tx).await?;
    let counter = counter.ok_or_else(|| broken("change_counter", COUNTER))?;
    if number < counter.trimmed_number {
        return Err(Refusal::ResumeTokenExpired.into());
    }
    let rows: Vec<(i64, Vec<u8>)> = numbered(partner, number).into_tuple().all(tx).await?;
    let cut = match partner {
        // of one partner a number has one row
        Some(_) if rows.len() as i64 == READ => rows.last().map(|(last, _)| *last),
        Some(_) => None,
        None => Some(number.saturating_add(READ)),
    };
    let mut commits: Vec<Numbered> = Vec::new();
    for (number, change) in rows {
        match commits.last_mut() {
            Some(last) if last.number == number => last.changes.push(change),
            _ => commits.push(Numbered {
                number,
                changes: vec![change],
            }),
        }
    }
    Ok(Behind {
        commits,
        until: cut.map_or(counter.last_number, |cut| {
            std::cmp::min(cut, counter.last_number)
        }),
    })
}

async fn forget(tx: &DatabaseTransaction, before: Time) -> Result<u64, DbErr> {
    let trimmed = lock(tx).await?.trimmed_number;
    let oldest = oldest(trimmed).into_tuple::<(i64, Option<Time>)>();
    let rows = oldest.all(tx).await?;
    let old = rows
        .iter()
        .take_while(|(_, time)| time.is_some_and(|time| time < before));
    let Some((last, _)) = old.last() else {
        return Ok(0);
    };
    Entity::delete_many()
        .filter(Column::Number.gt(trimmed))
        .filter(Column::Number.lte(*last))
        .exec(tx)
        .await?;
    set(tx, counter::Column::TrimmedNumber, *last).await?;
    Ok(last.abs_diff(trimmed))
}

async fn lock(tx: &DatabaseTransaction) -> Result<counter::Model, DbErr> {
    let row = counter::Entity::find_by_id(COUNTER)
        .lock_exclusive()
        .one(tx)
        .await?;
    row.ok_or_else(|| broken("change_counter", COUNTER))
}

async fn set(tx: &DatabaseTransaction, column: counter::Column, number: i64) -> Result<(), DbErr> {
    counter::Entity::update_many()
        .col_expr(column, Expr::value(number))
        .filter(counter::Column::Id.eq(COUNTER))
        .exec(tx)
        .await
        .map(drop)
}

const WAITING: &str = "waiting";

/// Where the numbers stand, with one look into an index.
pub(super) fn head() -> SelectStatement {
    let waiting = Query::select()
        .expr(Expr::value(1))
        .from(Entity)
        .and_where(Column::Number.is_null())
        .to_owned();
    Query::select()
        .column(counter::Column::LastNumber)
        .expr_as(Expr::exists(waiting), WAITING)
        .from(counter::Entity)
        .and_where(counter::Column::Id.eq(COUNTER))
        .to_owned()
}

/// The commits that have no number yet, the first first.
pub(super) fn unnumbered() -> Select<Entity> {
    Entity::find()
        .select_only()
        .column(Column::ChangeTime)
        .column(Column::Id)
        .distinct()
        .filter(Column::Number.is_null())
        .order_by_asc(Column::ChangeTime)
        .order_by_asc(Column::Id)
        .limit(NUMBERED)
}

/// Gives all rows of these commits their numbers. They have none: who numbers is alone, and a
/// commit's rows come together.
pub(super) fn give(numbers: Vec<(Uuid, i64)>, now: Time) -> UpdateStatement {
    const GIVEN: &str = "given";
    let values = padded(numbers)
        .into_iter()
        .map(|(id, number)| ValueTuple::Two(id.into(), number.into()));
    let given = TableRef::ValuesList(values.collect(), GIVEN.into_iden());
    Query::update()
        .table(Entity)
        .value(Column::Number, Expr::col((GIVEN, "column2")))
        .value(Column::NumberTime, now)
        .from(given)
        .and_where(Expr::col((Entity, Column::Id)).eq(Expr::col((GIVEN, "column1"))))
        .to_owned()
}

/// What comes behind a number: of all partners by a range of numbers, so that none is cut in half.
pub(super) fn numbered(partner: Option<&PartnerId>, number: i64) -> Select<Entity> {
    let select = Entity::find()
        .select_only()
        .column(Column::Number)
        .column(Column::Events)
        .filter(Column::Number.gt(number))
        .order_by_asc(Column::Number);
    match partner {
        Some(partner) => select
            .filter(Column::Partner.eq(partner.clone()))
            .limit(READ as u64),
        None => select
            .filter(Column::Number.lte(number.saturating_add(READ)))
            .order_by_asc(Column::Partner),
    }
}

/// The first changes that are not forgotten.
pub(super) fn oldest(trimmed: i64) -> Select<Entity> {
    Entity::find()
        .select_only()
        .column(Column::Number)
        .column(Column::NumberTime)
        .filter(Column::Number.gt(trimmed))
        .order_by_asc(Column::Number)
        .limit(FORGOTTEN)
}

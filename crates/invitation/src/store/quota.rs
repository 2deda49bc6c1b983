//! Counting a partner's invitations, so that its limits can be kept. What the limits are is the
//! domain's.

use platform::clock::{Day, Time};
use platform::error::Failure;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait};
use vocabulary::id::PartnerId;

use super::entity::{invitation, quota};
use super::in_state;
use crate::Error;
use crate::domain::{Limits, StateKind};

/// Counts `more` invitations of a partner into today's, locks the count until the transaction ends,
/// and answers it.
pub(super) async fn count(
    tx: &DatabaseTransaction,
    partner: &PartnerId,
    more: i64,
    now: Time,
) -> Result<i64, Error> {
    use quota::Column::{Day as OnDay, Partner, Used};
    let (counted, asked) = (
        || Expr::col((quota::Entity, OnDay)),
        || Expr::col(("excluded", OnDay)),
    );
    // a clock that is a little behind, or waited past midnight, counts into the day that has begun
    let begun = || counted().between(asked(), asked().add(1_i64));
    let day: Expr = Expr::case(begun(), counted()).finally(asked()).into();
    let so_far: Expr = Expr::case(begun(), Expr::col((quota::Entity, Used)))
        .finally(0_i64)
        .into();
    let mut upsert = Query::insert();
    upsert
        .into_table(quota::Entity)
        .columns([Partner, OnDay, Used])
        .values_panic([
            partner.clone().into(),
            Day::of(now).number().into(),
            more.into(),
        ])
        .on_conflict(
            OnConflict::column(Partner)
                .value(OnDay, day)
                .value(Used, so_far.add(Expr::col(("excluded", Used))))
                .to_owned(),
        )
        .returning_col(Used);
    let row = tx.query_one(&upsert).await?;
    let row = row.ok_or_else(|| Failure::other("the quota's upsert answered no row"))?;
    Ok(row.try_get("", "used")?)
}

/// How many invitations a partner has made today, counted as [`count`] would.
pub(super) async fn used(
    connection: &impl ConnectionTrait,
    partner: &PartnerId,
    now: Time,
) -> Result<i64, Error> {
    let row = quota::Entity::find_by_id(partner.clone());
    let row = row.one(connection).await?;
    let today = Day::of(now);
    // a clock that is a little behind counts into the day that has begun
    let begun = |day: i64| day == today.number() || day == Day::of(today.end()).number();
    let counted = row.filter(|row| begun(row.day));
    Ok(counted.map_or(0, |row| row.used))
}

/// How many open invitations a partner has, counted no further than its limit.
pub(super) async fn open(
    connection: &impl ConnectionTrait,
    partner: &PartnerId,
    limits: Limits,
    now: Time,
) -> Result<u64, Error> {
    use invitation::{Column, Entity};
    let some = Query::select()
        .expr(Expr::Constant(1.into()))
        .from(Entity)
        .and_where(Column::Partner.eq(partner.clone()))
        .and_where(in_state(StateKind::Open))
        .and_where(Column::ExpireTime.gt(now))
        .limit(u64::from(limits.open))
        .to_owned();
    let count = Query::select()
        .expr(Expr::col(Asterisk).count())
        .from_subquery(some, "some")
        .to_owned();
    let row = connection.query_one(&count).await?;
    let row = row.ok_or_else(|| Failure::other("a count answered no row"))?;
    let open: i64 = row.try_get_by_index(0)?;
    Ok(open.unsigned_abs())
}

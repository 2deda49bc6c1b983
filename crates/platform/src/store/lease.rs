//! Work that is in somebody's hands until a time that stands with it: when another may take it up.
//!
//! A lease only saves work: whoever takes something up must be able to do so beside somebody who
//! has it still.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter};

use crate::clock::Time;

/// How much further ahead than the longest lease a time may be because the clock that gave it is
/// not quite this one.
const APART: Duration = Duration::from_secs(2);

/// Whether work is due so far ahead that the clock which said so was wrong: nobody leases it, or
/// puts it off, for more than `longest`. See [`bound`].
pub fn is_astray(due: impl ColumnTrait, now: Time, longest: Duration) -> Expr {
    due.gt(furthest(now, longest))
}

/// Lets none of the rows that are `waiting` wait for longer than it may, whatever the clock said of
/// who took it up or put it off. None is due at once: where this clock is the wrong one, somebody
/// has it.
pub async fn bound<E: EntityTrait>(
    tx: &DatabaseTransaction,
    due: E::Column,
    waiting: Expr,
    now: Time,
    longest: Duration,
) -> Result<(), DbErr> {
    E::update_many()
        .col_expr(due, Expr::value(furthest(now, longest)))
        .filter(waiting)
        .filter(is_astray(due, now, longest))
        .exec(tx)
        .await
        .map(drop)
}

/// When work may be due at the latest that nobody leases, or puts off, for more than `longest`.
fn furthest(now: Time, longest: Duration) -> Time {
    now + longest + APART
}

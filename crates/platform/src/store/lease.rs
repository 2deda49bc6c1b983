//! Work that is in somebody's hands until a time that stands with it: when another may take it up.
//!
//! A lease only saves work: whoever takes something up must be able to do so beside somebody who has it still.

use std::time::Duration;

use sea_orm::ColumnTrait;
use sea_orm::sea_query::Expr;

use crate::clock::Time;

/// How much further ahead than the longest lease a time may be because the clock that gave it is not quite this one.
const APART: Duration = Duration::from_secs(2);

/// Whether work is due so far ahead that the clock which said so was wrong: nobody leases it, or puts it off, for more than
/// `longest`. It is then to be due at [`furthest`]. It is not due yet: where this clock is the wrong one, somebody has it.
pub fn is_astray(time: impl ColumnTrait, now: Time, longest: Duration) -> Expr {
    time.gt(furthest(now, longest))
}

/// When work may be due at the latest that nobody leases, or puts off, for more than `longest`.
pub fn furthest(now: Time, longest: Duration) -> Time {
    now + longest + APART
}

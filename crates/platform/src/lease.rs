//! Work that is in somebody's hands until a time that stands with it: when another may take it up.
//!
//! A lease only saves work: whoever takes something up must be able to do so beside somebody who has it still.

use std::time::Duration;

use sea_orm::ColumnTrait;
use sea_orm::sea_query::{Expr, ExprTrait};

use crate::clock::Time;

/// How far the clocks of processes that share a store may be apart without taking each other's work.
const APART: Duration = Duration::from_secs(2);

/// Whether the work that is due at `time` may be taken up, where nobody leases it, or puts it off, for more than
/// `longest`: it is due, or so far ahead that only a clock which was wrong can have said so.
pub fn is_due(time: impl ColumnTrait, now: Time, longest: Duration) -> Expr {
    let (due, wrong) = (time.lte(now), time.gt(now + longest + APART));
    due.or(wrong)
}

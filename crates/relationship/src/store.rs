//! What is there, and how it changes: load, apply a rule, save, append what follows from it, in one
//! transaction.
//!
//! The rules come as closures and stand in the domain. Rows are locked in one order everywhere: the
//! request's row, the partnership, partners by id, the import, the account, relationships,
//! privileges. The clock is read after the locks are held.

mod access;
mod account;
mod change;
mod customer;
mod decision;
mod entity;
mod expiry;
mod import;
mod migration;
mod names;
mod partner;
mod partnership;
mod party;
#[doc(hidden)]
pub mod plan;
mod privilege;
mod reach;
mod relationship;

use std::sync::Arc;
use std::time::Duration;

use platform::clock::{Clock, Time};
use platform::store::db::Db;
use platform::store::idempotency;
use platform::store::outbox;
use sea_orm::sea_query::Expr;
use sea_orm::{DatabaseTransaction, DbErr};
use tokio::sync::Notify;

pub(crate) use self::access::Pair;
pub(crate) use self::change::Numbered;
pub(crate) use self::customer::SearchBy;
pub use self::migration::Migrator;
use crate::domain::Refusal;
use crate::domain::fact::Fact;
pub(crate) use import::LONGEST_WAIT;

/// Why a request was not done.
pub(crate) type Error = platform::error::Error<Refusal>;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The store of this service. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    db: Db,
    clock: Clock,
    /// Rung when this process has committed a change that watchers are told.
    changed: Arc<Notify>,
}

impl Store {
    /// The store in this database, which is migrated.
    pub(crate) fn new(db: Db, clock: Clock) -> Self {
        Self {
            db,
            clock,
            changed: Arc::default(),
        }
    }

    /// The time of day, for rules about what was read.
    pub(crate) fn now(&self) -> Time {
        self.clock.now()
    }

    /// Forgets at most one batch of requests that need not be remembered any more, and one of
    /// changes that were kept for so long; answers how much.
    pub(crate) async fn forget(&self, changes_kept: Duration) -> Result<u64, DbErr> {
        let now = self.clock.now();
        let requests = idempotency::forget(&self.db, now - idempotency::REMEMBERED).await?;
        Ok(requests + self.forget_changes(now - changes_kept).await?)
    }
}

/// Appends a fact to the outbox, in the transaction of what it tells of.
async fn tell(tx: &DatabaseTransaction, fact: &Fact, now: Time) -> Result<(), DbErr> {
    outbox::append(tx, crate::outbox::fact(fact, now), now).await
}

/// A value that stands in the text of a statement instead of being bound to it.
///
/// A planner that does not see the value cannot tell that a partial index has the rows. Only names
/// from this program.
fn literal(name: &'static str) -> Expr {
    Expr::Constant(name.into())
}

/// The same values, some of them twice: as many as a power of two, so that there are few statements
/// to prepare.
fn padded<T: Clone>(values: Vec<T>) -> Vec<T> {
    let size = values.len().next_power_of_two();
    let first = values.first().cloned();
    let more = first.into_iter().cycle().take(size - values.len());
    values.iter().cloned().chain(more).collect()
}

/// The error of a row that breaks a rule of the domain, which no program of ours has written.
fn broken(table: &str, id: impl std::fmt::Display) -> DbErr {
    DbErr::Type(format!("{table} {id} is not as it was written"))
}

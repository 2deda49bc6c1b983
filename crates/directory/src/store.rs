//! What is there, and how it changes: load, apply a rule, save, in one transaction with the row
//! that says who did it.
//!
//! The rules come as closures and stand in the domain. Rows are locked in one order everywhere: the
//! command, the user, subscriptions by id, licences. The clock is read after the locks are held.

mod business;
mod command;
mod entity;
mod license;
mod migration;
mod order;
#[doc(hidden)]
pub mod plan;
mod subscription;
pub(crate) mod transfer;
mod user;

use platform::clock::Clock;
use platform::store::db::Db;
use sea_orm::DbErr;

pub(crate) use self::business::BusinessCursor;
pub(crate) use self::command::Command;
pub use self::migration::Migrator;
use crate::domain::Refusal;

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
}

impl Store {
    /// The store in this database, which is migrated.
    pub(crate) fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }
}

/// The error of a row that breaks a rule of the domain, which no program of ours has written.
fn broken(table: &str, id: impl std::fmt::Display) -> DbErr {
    DbErr::Type(format!("{table} {id} is not as it was written"))
}

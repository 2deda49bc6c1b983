//! What this service keeps: partners' edits of drafts, notices, and the facts they came from.
//!
//! A kept draft has a placeholder where the link stands. Rules are the domain's; a transaction
//! takes what they need and keeps what they say.

mod draft;
mod entity;
mod fact;
mod migration;
mod notice;
#[doc(hidden)]
pub mod plan;

use platform::clock::Clock;
use platform::store::db::Db;

use crate::domain::Refusal;
pub use migration::Migrator;
pub(crate) use notice::NoticeCursor;

/// Why the store did not do what was asked.
pub(crate) type Error = platform::error::Error<Refusal>;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// The store of this service. Clones share it.
#[derive(Clone)]
pub(crate) struct Store {
    db: Db,
    clock: Clock,
}

impl Store {
    /// A store that is migrated.
    pub(crate) fn new(db: Db, clock: Clock) -> Self {
        Self { db, clock }
    }
}

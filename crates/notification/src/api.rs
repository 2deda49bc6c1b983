//! The two gRPC services of notification: requests become domain types here, once, and refusals
//! become statuses.
//!
//! Who may call which method stands with its declaration; whose partner it is, each handler asks.
//! No rule is here.

mod convert;
mod draft;
mod fact;
mod internal;
mod notice;
mod refusal;

use platform::clock::Time;
use platform::error::Violation;
use prost_types::Timestamp;

use crate::domain::Limits;
use crate::store::Store;

/// Both services. Clones share the store.
#[derive(Clone)]
pub(crate) struct Api {
    store: Store,
    limits: Limits,
}

impl Api {
    /// The services on a store.
    pub(crate) fn new(store: Store, limits: Limits) -> Self {
        Self { store, limits }
    }
}

/// A time that a message must have.
fn required_time(field: &str, time: Option<&Timestamp>) -> Result<Time, Violation> {
    let time = time.ok_or_else(|| Violation::new(field, "must be given"))?;
    Time::from_timestamp(time).map_err(|error| Violation::new(field, error))
}

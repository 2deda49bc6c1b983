//! What every process needs and no domain owns: stores, outbox, errors, ids, paging, time, wording.
//!
//! A leaf of the workspace: it knows nothing of the programme's own protobuf messages and depends
//! on no service.

pub mod background;
pub mod backoff;
pub mod client;
pub mod clock;
pub mod error;
pub mod field;
pub mod file;
pub mod identity;
pub mod keys;
pub mod page;
pub mod seal;
pub mod serve;
pub mod store;
pub mod telemetry;
pub mod wording;

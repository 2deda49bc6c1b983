//! What every process needs and no domain owns: stores, outbox, errors, ids, paging, time, wording.
//!
//! A leaf of the workspace: it knows nothing of the programme's own protobuf messages and depends on no service.

pub mod audit;
pub mod client;
pub mod clock;
pub mod db;
pub mod error;
pub mod field;
pub mod file;
pub mod id;
pub mod identity;
pub mod keys;
pub mod lease;
pub mod link;
pub mod named;
pub mod outbox;
pub mod page;
pub mod request;
pub mod schema;
pub mod serve;
pub mod telemetry;
pub mod text;
pub mod wording;

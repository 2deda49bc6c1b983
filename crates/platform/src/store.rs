//! What every service's store is made of: its engine, its schema, and the tables that each service
//! has for itself alike.
//!
//! Nothing here knows a noun of a service; what a row of its own means, the service says.

pub mod audit;
pub mod column;
pub mod command;
pub mod db;
pub mod idempotency;
pub mod lease;
pub mod outbox;
pub mod schema;

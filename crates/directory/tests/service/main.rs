//! The directory service as a black box, over gRPC, on both stores; and its imports and exports
//! beside it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod acts;
mod bad_lines;
mod business;
mod callers;
mod drain;
mod fields;
mod licenses;
mod lists;
mod orders;
mod plan;
mod races;
mod repeats;
mod schema;
mod subscriptions;
mod support;
mod transfer;
mod users;
mod world;

//! The invitation service as a black box, over gRPC, on both stores, beside the real relationship
//! and notification services.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "service/accepting.rs"]
mod accepting;
#[path = "service/answering.rs"]
mod answering;
#[path = "service/callers.rs"]
mod callers;
#[path = "service/deciding.rs"]
mod deciding;
#[path = "service/inviting.rs"]
mod inviting;
#[path = "service/ledger.rs"]
mod ledger;
#[path = "service/links.rs"]
mod links;
#[path = "service/others.rs"]
mod others;
#[path = "service/repeating.rs"]
mod repeating;
#[path = "service/world.rs"]
mod world;

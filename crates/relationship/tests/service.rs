//! The relationship service as a black box, over gRPC, on both stores.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "service/decisions.rs"]
mod decisions;
#[path = "service/notification.rs"]
mod notification;
#[path = "service/support.rs"]
mod support;
#[path = "service/world.rs"]
mod world;

//! The invitation service as a black box, over gRPC, on both stores, beside the real relationship
//! and notification services.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod accepting;
mod again;
mod answering;
mod bound;
mod callers;
mod correcting;
mod deciding;
mod evidence;
mod inviting;
mod limits;
mod links;
mod list;
mod others;
mod repeating;
mod warning;
mod wording;
mod world;

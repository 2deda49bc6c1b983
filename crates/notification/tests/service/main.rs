//! The notification service as a black box, over gRPC, on both stores.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod drafts;
mod edits;
mod facts;
mod notices;
mod plan;
mod retention;
mod sample;
mod support;

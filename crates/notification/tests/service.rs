//! The notification service as a black box, over gRPC, on both stores.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "service/access.rs"]
mod access;
#[path = "service/drafts.rs"]
mod drafts;
#[path = "service/edits.rs"]
mod edits;
#[path = "service/facts.rs"]
mod facts;
#[path = "service/notices.rs"]
mod notices;
#[path = "service/plan.rs"]
mod plan;
#[path = "service/retention.rs"]
mod retention;
#[path = "service/sample.rs"]
mod sample;
#[path = "service/support.rs"]
mod support;

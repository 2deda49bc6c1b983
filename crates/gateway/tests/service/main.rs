//! The gateway as a black box, over gRPC and HTTP, in front of services that are stood in for by
//! the test.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod act;
mod acting;
mod behind;
mod compose;
mod forward;
mod lists;
mod pages;
mod portals;
mod programme;
mod record;
mod reflection;
mod refusals;
mod support;
mod undone;

//! The gateway as a black box, over gRPC and HTTP, in front of services that are stood in for by the test.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "service/behind.rs"]
mod behind;
#[path = "service/compose.rs"]
mod compose;
#[path = "service/forward.rs"]
mod forward;
#[path = "service/pages.rs"]
mod pages;
#[path = "service/reflection.rs"]
mod reflection;
#[path = "service/support.rs"]
mod support;

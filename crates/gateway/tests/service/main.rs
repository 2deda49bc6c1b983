//! The gateway as a black box, over gRPC and HTTP, in front of services that are stood in for by the test.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod behind;
mod compose;
mod forward;
mod pages;
mod reflection;
mod support;

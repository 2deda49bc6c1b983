//! The relationship service as a black box, over gRPC, on both stores.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod acceptances;
mod access;
mod accounts;
mod attestation;
mod callers;
mod customers;
mod decisions;
mod enrolment;
mod fields;
mod history;
mod lists;
mod locks;
mod notification;
mod paging;
mod parties;
mod partnerships;
mod peers;
mod plan;
mod privileges;
mod races;
mod removal;
mod repeats;
mod support;
mod world;

//! The words that all services share, each once: ids, the names of resources, what an organisation
//! is called and where it is, what a partner is and may do, what a link looks like, how long texts
//! may be.
//!
//! The ground of the workspace: it depends on no other crate of it. A value that exists was parsed,
//! when it came or, where a store has it, by the program that kept it. No I/O, no clock, nothing
//! asynchronous, no message of the wire; what a store needs to keep a word stands behind the
//! feature `store`.

pub mod acting_user;
pub mod country;
pub mod domain;
pub mod email;
pub mod id;
pub mod limits;
pub mod link;
pub mod name;
pub mod partner_kind;
pub mod permission;
pub mod portal;
pub mod text;
pub mod void_reason;

/// A text that is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {0}")]
pub struct Malformed(pub &'static str);

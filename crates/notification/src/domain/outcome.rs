//! How an enrolment was decided, by others.

/// How an enrolment was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The partner is enrolled.
    Approved,
    /// It is not.
    Rejected,
}

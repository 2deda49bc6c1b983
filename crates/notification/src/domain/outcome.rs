//! How others have decided: why an acceptance was refused, what became of an enrolment.

/// How an enrolment was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The partner is enrolled.
    Approved,
    /// It is not.
    Rejected,
}

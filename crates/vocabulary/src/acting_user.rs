//! The person who did something.

/// The person behind a command, as kept of it: whom the token says that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActingUser {
    /// Who issued the token.
    pub issuer: String,
    /// The person, unique within the issuer.
    pub subject: String,
}

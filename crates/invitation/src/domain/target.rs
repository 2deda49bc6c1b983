//! Which invitation somebody answers, and how it was found.

use vocabulary::id::{InvitationId, PartnerId};

use super::{Generation, VerifiedLink};

/// How somebody who answers an invitation has found it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// By a genuine link, which is of this generation.
    ByLink(Generation),
    /// By its name: only among those that are bound to whoever answers.
    ByName,
}

/// The invitation that somebody answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Which one.
    pub invitation: InvitationId,
    /// Whose it must be; none where a link has said which one it is.
    pub partner: Option<PartnerId>,
    /// How it was found.
    pub found: Found,
}

impl From<VerifiedLink> for Target {
    fn from(verified: VerifiedLink) -> Self {
        Self {
            invitation: verified.invitation,
            partner: None,
            found: Found::ByLink(verified.generation),
        }
    }
}

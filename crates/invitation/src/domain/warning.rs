//! What an inviter is told of what is there already. Nothing is refused for it.

use vocabulary::name::InvitationName;

/// Something that the inviter may not know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The customer that it is bound to has an active relationship with the inviter.
    CustomerRelated,
    /// An open invitation of the same parties is bound to the same customer, address or domain.
    OpenInvitation(InvitationName),
}

impl Warning {
    /// The same in a sentence, for whoever has no text of its own for it.
    pub fn explanation(&self) -> &'static str {
        match self {
            Self::CustomerRelated => "the customer has a relationship with the inviting partner",
            Self::OpenInvitation(_) => {
                "an open invitation of the same parties is bound to the same customer, address or \
                 domain"
            }
        }
    }
}

//! Which of a partner's invitations a list shows. Nothing ever drops out of the list but by these
//! filters.

use platform::clock::Time;
use vocabulary::id::{CustomerId, PartnerId};

use super::{Invitation, StateKind};

/// What a list is narrowed to; everything where nothing is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those in this state.
    pub state_kind: Option<StateKind>,
    /// Only joint ones with this provider.
    pub provider: Option<PartnerId>,
    /// Only those bound to, claimed or declined by this customer.
    pub customer: Option<CustomerId>,
    /// Only those with just this reference of the inviter's.
    pub correlation_id: Option<String>,
    /// Only those made then or later.
    pub created_from: Option<Time>,
    /// Only those made earlier.
    pub created_before: Option<Time>,
}

impl Filter {
    /// Whether the list shows this invitation, taken [as of](Invitation::seen_at) the moment of the
    /// list.
    pub fn admits(&self, invitation: &Invitation) -> bool {
        let provider = invitation.parties.provider().map(|party| &party.partner);
        self.state_kind
            .is_none_or(|state_kind| state_kind == invitation.state_kind())
            && self
                .provider
                .as_ref()
                .is_none_or(|wanted| Some(wanted) == provider)
            && self
                .customer
                .as_ref()
                .is_none_or(|wanted| Some(wanted) == invitation.customer())
            && self
                .correlation_id
                .as_ref()
                .is_none_or(|wanted| *wanted == invitation.terms.correlation_id)
            && self
                .created_from
                .is_none_or(|from| invitation.create_time >= from)
            && self
                .created_before
                .is_none_or(|before| invitation.create_time < before)
    }
}

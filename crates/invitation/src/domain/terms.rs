//! What an invitation says: who asks, for what, for how long. Fixed when it is made.

use vocabulary::id::{CustomerId, PartnerId, PartnershipId};
use vocabulary::permission::Permission;

use super::BoundTo;

/// Days that a link may live.
pub const LIFETIME_DAYS: std::ops::RangeInclusive<u16> = 1..=90;
/// Days that the reseller's privilege may last.
pub const PRIVILEGE_DAYS: std::ops::RangeInclusive<u16> = 1..=730;

/// What the inviter set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Who alone may accept.
    pub bound_to: BoundTo,
    /// The inviter's own reference; empty when it gave none. Never shown to the customer.
    pub correlation_id: String,
    /// How the customer was won; empty when not said.
    pub acquisition: String,
    /// Language of the draft.
    pub language: String,
    /// A personal message for the draft; empty when there is none.
    pub message: String,
    /// Days that a link lives, each time that one is made.
    pub lifetime_days: u16,
    /// Days that the reseller's privilege lasts from the decision; none: no end.
    pub privilege_days: Option<u16>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parties {
    /// The indirect reseller, which invites.
    pub reseller: Party,
    /// With whom it invites, when the invitation is joint.
    pub joint: Option<Joint>,
}

/// One partner that an invitation names, as it was when the invitation was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    pub partner: PartnerId,
    /// Its display name.
    pub display_name: String,
    /// What it may do for the customer once accepted.
    pub permissions: Vec<Permission>,
}

/// The second party, and the partnership without which the invitation would not have been made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joint {
    /// The indirect provider.
    pub provider: Party,
    /// Exactly this partnership must still be active when the acceptance is decided.
    pub partnership: PartnershipId,
}

impl Parties {
    /// The parties in the order in which they are shown: the reseller, then the provider if joint.
    pub fn all(&self) -> impl Iterator<Item = &Party> {
        std::iter::once(&self.reseller).chain(self.provider())
    }

    /// The provider of a joint invitation.
    pub fn provider(&self) -> Option<&Party> {
        self.joint.as_ref().map(|joint| &joint.provider)
    }

    /// Whether this customer is, as an organisation, one of the parties.
    pub fn include(&self, customer: &CustomerId) -> bool {
        self.all()
            .any(|party| party.partner.as_customer() == *customer)
    }

    /// What the delegated admin privilege will contain that an acceptance gives the reseller.
    pub fn privilege(&self) -> impl Iterator<Item = Permission> {
        let permissions = self.reseller.permissions.iter().copied();
        permissions.filter(|permission| permission.area().is_some())
    }
}

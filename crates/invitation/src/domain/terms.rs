//! What an invitation says: who asks, for what, for how long. Fixed when it is made.

use vocabulary::id::{CustomerId, PartnerId, PartnershipId};

use super::Binding;

/// Days that a link may live.
pub const LIFETIME_DAYS: std::ops::RangeInclusive<u16> = 1..=90;
/// Days that the reseller's privilege may last.
pub const PRIVILEGE_DAYS: std::ops::RangeInclusive<u16> = 1..=730;

/// What the inviter set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Who alone may accept.
    pub binding: Binding,
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
    /// The partner.
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

/// What a partner may do for a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Manage the account.
    ManageAccount,
    /// Manage services (subscriptions).
    ManageSubscriptions,
    /// Manage licences.
    ManageLicenses,
    /// Manage users.
    ManageUsers,
    /// Order new subscriptions, or more licences on existing ones.
    SubmitOrders,
    /// View the customer's record.
    ViewRecord,
}

impl Permission {
    /// Every permission, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::ManageAccount,
        Self::ManageSubscriptions,
        Self::ManageLicenses,
        Self::ManageUsers,
        Self::SubmitOrders,
        Self::ViewRecord,
    ];

    /// Its name in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::ManageAccount => "MANAGE_ACCOUNT",
            Self::ManageSubscriptions => "MANAGE_SUBSCRIPTIONS",
            Self::ManageLicenses => "MANAGE_LICENSES",
            Self::ManageUsers => "MANAGE_USERS",
            Self::SubmitOrders => "SUBMIT_ORDERS",
            Self::ViewRecord => "VIEW_RECORD",
        }
    }

    /// Whether it needs a delegated admin privilege beside the relationship.
    pub fn needs_privilege(self) -> bool {
        match self {
            Self::ManageAccount
            | Self::ManageSubscriptions
            | Self::ManageLicenses
            | Self::ManageUsers => true,
            Self::SubmitOrders | Self::ViewRecord => false,
        }
    }
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
        permissions.filter(|permission| permission.needs_privilege())
    }
}

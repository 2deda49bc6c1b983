//! A customer's acceptance: what it claimed and consented to, and how the relationship service
//! decided.
//!
//! A claim is a customer's word, a decision is the relationship service's; neither is ever made up
//! here.

use platform::clock::Time;
use vocabulary::acting_user::ActingUser;
use vocabulary::country::Country;
use vocabulary::domain::Domain;
use vocabulary::id::{AcceptanceId, CustomerId, RelationshipId};
use vocabulary::name::AcceptanceName;
use vocabulary::void_reason::VoidReason;

/// That a customer accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// For whom.
    pub customer: CustomerId,
    /// When it was received.
    pub time: Time,
    /// What it consented to. None where the decision turned out to be another customer's, whose
    /// consent was lost together with the claim that this store once held: see
    /// [`Invitation::confirm`](super::Invitation::confirm).
    pub consent: Option<Consent>,
    /// What it was called when the claim was decided; none before that, nor where it has no
    /// account.
    pub customer_name: Option<String>,
}

/// What a customer consented to, and who did it for the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Who accepted.
    pub user: ActingUser,
    /// Which wording was shown.
    pub wording_id: String,
    /// In which language.
    pub language: String,
    /// SHA-256 of the text as it was shown.
    pub text_sha256: [u8; 32],
    /// With what an account is opened if the customer has none.
    pub account: Option<AccountData>,
}

/// With what a customer's account is opened. Display data, never evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountData {
    /// The customer's name.
    pub display_name: String,
    /// Where it is.
    pub country: Country,
    /// Its primary domain.
    pub domain: Domain,
}

/// How the relationship service decided an acceptance, once and for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whom it was taken for.
    pub customer: CustomerId,
    /// What it is called, where it has an account.
    pub customer_name: Option<String>,
    /// What was decided.
    pub outcome: Outcome,
}

/// What a decision says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every relationship that was asked for exists.
    Established(Relationships),
    /// None was established.
    Refused(VoidReason),
}

/// The relationships that an acceptance established, one for each party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relationships {
    /// The reseller's.
    pub reseller: RelationshipId,
    /// The provider's, where the invitation is joint.
    pub provider: Option<RelationshipId>,
}

/// A customer's acceptance as it stands: a view of the invitation that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acceptance<'a> {
    /// Which one.
    pub id: AcceptanceId,
    /// What was claimed.
    pub claim: &'a Claim,
    /// How far it is.
    pub state: AcceptanceState,
}

impl Acceptance<'_> {
    /// The acceptance's name, among the customer's.
    pub fn name(&self) -> AcceptanceName {
        AcceptanceName::new(&self.claim.customer, self.id)
    }
}

/// How far an acceptance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptanceState {
    /// Received, not decided yet.
    Claimed,
    /// Every relationship is established.
    Established {
        /// When the decision was recorded here.
        time: Time,
        /// What it established.
        relationships: Relationships,
    },
    /// Nothing is established.
    Void {
        /// When the decision was recorded here.
        time: Time,
        /// Why.
        reason: VoidReason,
    },
}

//! A customer's acceptance: what it claimed and consented to, and how the relationship service
//! decided.
//!
//! A claim is a customer's word, a decision is the relationship service's; neither is ever made up
//! here.

use platform::clock::Time;
use platform::id::CustomerId;
use uuid::Uuid;

use super::{Domain, InvitationId};

platform::uuid_id! {
    /// Names the acceptance of an invitation, and the decision about it.
    pub struct AcceptanceId;
}

platform::uuid_id! {
    /// Names a reseller relationship.
    pub struct RelationshipId;
}

impl AcceptanceId {
    /// The one acceptance that an invitation can have: the same id whoever accepts, however often
    /// it is tried.
    pub fn of(invitation: InvitationId) -> Self {
        Self::from(Uuid::new_v5(&invitation.uuid(), b"acceptance"))
    }
}

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
}

/// What a customer consented to, and who did it for the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Who accepted.
    pub user: User,
    /// Which wording was shown.
    pub wording_id: String,
    /// In which language.
    pub language: String,
    /// SHA-256 of the text as it was shown.
    pub text_sha256: [u8; 32],
    /// With what an account is opened if the customer has none.
    pub account: Option<AccountData>,
}

/// The person behind an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Issuer of the token.
    pub issuer: String,
    /// Subject of the token, unique within the issuer.
    pub subject: String,
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

/// A country, as in ISO 3166-1 alpha-2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Country(String);

impl Country {
    /// Reads two upper-case letters. Whether such a country exists is not asked.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let two_letters = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        two_letters
            .then(|| Self(text.to_owned()))
            .ok_or("must be two upper-case letters (ISO 3166-1 alpha-2)")
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How the relationship service decided an acceptance, once and for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whom it was taken for.
    pub customer: CustomerId,
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

/// Why a decision refused an acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoidReason {
    /// The partnership that the invitation was made under has ended.
    PartnershipEnded,
    /// The reseller's enrolment is not active.
    ResellerNotActive,
    /// The provider's enrolment is not active.
    ProviderNotActive,
}

impl VoidReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [
        Self::PartnershipEnded,
        Self::ResellerNotActive,
        Self::ProviderNotActive,
    ];

    /// Its name in answers and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::PartnershipEnded => "PARTNERSHIP_ENDED",
            Self::ResellerNotActive => "RESELLER_NOT_ACTIVE",
            Self::ProviderNotActive => "PROVIDER_NOT_ACTIVE",
        }
    }

    /// What it means, for the message of a refusal.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::PartnershipEnded => {
                "the partnership that the invitation was made under has ended"
            }
            Self::ResellerNotActive => "the reseller's enrolment is not active",
            Self::ProviderNotActive => "the provider's enrolment is not active",
        }
    }
}

/// A customer's acceptance as it stands: a view of the invitation that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acceptance<'a> {
    /// Its name.
    pub id: AcceptanceId,
    /// What was claimed.
    pub claim: &'a Claim,
    /// How far it is.
    pub standing: Standing,
}

/// How far an acceptance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The id is the key of the decision in another store: changing how it is derived would decide
    /// twice.
    #[test]
    fn the_acceptance_id_never_changes() {
        let invitation = InvitationId::parse("0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b").unwrap();
        let pinned = "b0d97343-601c-54c5-a9b4-8c73ffd00598";
        assert_eq!(AcceptanceId::of(invitation).to_string(), pinned);
    }

    #[test]
    fn countries_are_two_letters() {
        assert_eq!(Country::parse("BR").unwrap().as_str(), "BR");
        for bad in ["", "B", "br", "BRA", "B1", "ÄÖ", "B\0"] {
            assert!(Country::parse(bad).is_err(), "{bad:?}");
        }
    }
}

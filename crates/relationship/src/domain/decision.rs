//! The decision about an acceptance: every relationship or none (R36), once and for good.
//!
//! Which outcome, what is established, and what tells a repeat from another acceptance. Whoever
//! asks again is answered the decision as it was taken; nothing here ever takes one back.

use std::str::FromStr;
use std::time::Duration;

use platform::clock::Time;
use sha2::{Digest, Sha256};
use vocabulary::acting_user::ActingUser;
use vocabulary::id::{
    AcceptanceId, CustomerId, InvitationId, PartnerId, PartnershipId, PrivilegeId, RelationshipId,
};
use vocabulary::name::RelationshipName;
use vocabulary::partner_kind::PartnerKind;
use vocabulary::permission::Areas;
use vocabulary::void_reason::VoidReason;

use super::account::Profile;
use super::partner::{self, Partner};
use super::partnership::{self, Partnership};
use super::privilege::Privilege;
use super::relationship::{self, Relationship};

/// How an acceptance was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every relationship is established.
    Established,
    /// None is.
    Refused(VoidReason),
}

impl Outcome {
    const ESTABLISHED: &str = "ESTABLISHED";
}

/// The name of the reason is the name of the outcome.
impl From<Outcome> for &'static str {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Established => Outcome::ESTABLISHED,
            Outcome::Refused(reason) => reason.into(),
        }
    }
}

impl FromStr for Outcome {
    type Err = strum::ParseError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            Self::ESTABLISHED => Ok(Self::Established),
            reason => reason.parse().map(Self::Refused),
        }
    }
}

/// What a customer accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// The key of the decision, derived from the invitation.
    pub id: AcceptanceId,
    /// The invitation accepted.
    pub invitation: InvitationId,
    /// Who accepted.
    pub customer: CustomerId,
    /// The inviting reseller.
    pub reseller: PartnerId,
    /// The provider of a joint invitation, with the partnership that it is tied to.
    pub joint: Option<(PartnerId, PartnershipId)>,
    /// How long the reseller's privilege lasts from the decision; `None`: without end.
    pub privilege_lifetime: Option<Duration>,
    /// What an account is opened with where there is none.
    pub profile: Option<Profile>,
    /// The person who accepted.
    pub user: ActingUser,
    /// The inviter's own reference; may be empty. It decides nothing: a repeat may lack it.
    pub correlation_id: String,
}

/// A decision, as it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The acceptance decided.
    pub acceptance: AcceptanceId,
    /// What was decided about; see [`Acceptance::fingerprint`].
    pub fingerprint: Vec<u8>,
    pub invitation: InvitationId,
    /// Whom it was taken for.
    pub customer: CustomerId,
    pub reseller: PartnerId,
    /// The provider of a joint invitation.
    pub provider: Option<PartnerId>,
    /// How it was decided.
    pub outcome: Outcome,
    /// Where established: the reseller's relationship.
    pub reseller_relationship: Option<RelationshipId>,
    /// Where established and joint: the provider's.
    pub provider_relationship: Option<RelationshipId>,
    /// When.
    pub decide_time: Time,
    /// The person who accepted.
    pub user: ActingUser,
}

/// What there is between the parties and the customer when an acceptance is decided.
#[derive(Clone, Debug, Default)]
pub struct ExistingGrants {
    /// The active relationships of the parties with the customer.
    pub relationships: Vec<Relationship>,
    /// The reseller's privileges on the customer that nobody has ended.
    pub privileges: Vec<Privilege>,
}

/// What a decision establishes beside itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Established {
    /// The relationships that there were not yet.
    pub relationships: Vec<Relationship>,
    /// The reseller's privilege, unless one gives as much already.
    pub privilege: Option<Privilege>,
}

impl Acceptance {
    /// What makes two acceptances the same: SHA-256 of invitation, customer, reseller, provider or
    /// none, partnership.
    pub fn fingerprint(&self) -> Vec<u8> {
        let (provider, partnership) = match &self.joint {
            Some((provider, partnership)) => (provider.as_str(), partnership.to_string()),
            None => ("", String::new()),
        };
        let invitation = self.invitation.to_string();
        let mut hash = Sha256::new();
        for part in [
            &invitation,
            self.customer.as_str(),
            self.reseller.as_str(),
            provider,
            &partnership,
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().to_vec()
    }

    /// Who would be authorised: the reseller, then the provider.
    pub fn parties(&self) -> impl Iterator<Item = &PartnerId> {
        let provider = self.joint.as_ref().map(|(provider, _)| provider);
        std::iter::once(&self.reseller).chain(provider)
    }

    /// The outcome, from what is there now of the pinned partnership and the parties. Where several
    /// reasons refuse it, the first in their order.
    pub fn outcome(&self, partnership: Option<&Partnership>, parties: &[Partner]) -> Outcome {
        let takes_part = |id: &PartnerId, kind| {
            parties.iter().any(|partner| {
                partner.id == *id && partner.kind == kind && partner.state == partner::State::Active
            })
        };
        let connected = |provider: &PartnerId, pinned| {
            partnership.is_some_and(|found| {
                found.id == pinned
                    && found.reseller == self.reseller
                    && found.provider == *provider
                    && found.state_kind() == partnership::StateKind::Active
            })
        };
        match &self.joint {
            Some((provider, pinned)) if !connected(provider, *pinned) => {
                Outcome::Refused(VoidReason::PartnershipEnded)
            }
            _ if !takes_part(&self.reseller, PartnerKind::IndirectReseller) => {
                Outcome::Refused(VoidReason::ResellerNotActive)
            }
            Some((provider, _)) if !takes_part(provider, PartnerKind::IndirectProvider) => {
                Outcome::Refused(VoidReason::ProviderNotActive)
            }
            _ => Outcome::Established,
        }
    }

    /// Decides against it: nothing is established.
    pub fn refuse(&self, reason: VoidReason, now: Time) -> Decision {
        self.decided(Outcome::Refused(reason), now)
    }

    /// Decides for it: each party keeps its relationship or gets one, and the reseller its
    /// privilege.
    ///
    /// The provider gets no privilege: it orders, and administers nothing (R35). `new_id` makes
    /// ids.
    pub fn establish(
        &self,
        standing: &ExistingGrants,
        new_id: impl Fn() -> uuid::Uuid,
        now: Time,
    ) -> (Decision, Established) {
        let mut established = Established::default();
        let mut keep_or_make = |partner: &PartnerId, kind: PartnerKind| -> RelationshipId {
            if let Some(kept) = standing
                .relationships
                .iter()
                .find(|kept| kept.partner == *partner)
            {
                return kept.id;
            }
            let id = RelationshipId::from(new_id());
            established
                .relationships
                .push(self.relationship(id, partner, kind, now));
            id
        };
        let reseller_relationship =
            Some(keep_or_make(&self.reseller, PartnerKind::IndirectReseller));
        let provider_relationship = self
            .joint
            .as_ref()
            .map(|(provider, _)| keep_or_make(provider, PartnerKind::IndirectProvider));

        let expire_time = self.privilege_lifetime.map(|lifetime| now + lifetime);
        if !standing
            .privileges
            .iter()
            .any(|privilege| privilege.covers(expire_time, now))
        {
            established.privilege =
                Some(self.privilege(PrivilegeId::from(new_id()), expire_time, now));
        }
        let decision = Decision {
            reseller_relationship,
            provider_relationship,
            ..self.decided(Outcome::Established, now)
        };
        (decision, established)
    }

    fn decided(&self, outcome: Outcome, now: Time) -> Decision {
        Decision {
            acceptance: self.id,
            fingerprint: self.fingerprint(),
            invitation: self.invitation,
            customer: self.customer.clone(),
            reseller: self.reseller.clone(),
            provider: self.joint.as_ref().map(|(provider, _)| provider.clone()),
            outcome,
            reseller_relationship: None,
            provider_relationship: None,
            decide_time: now,
            user: self.user.clone(),
        }
    }

    fn relationship(
        &self,
        id: RelationshipId,
        partner: &PartnerId,
        partner_kind: PartnerKind,
        now: Time,
    ) -> Relationship {
        Relationship {
            id,
            partner: partner.clone(),
            partner_kind,
            customer: self.customer.clone(),
            origin: relationship::BY_INVITATION.to_owned(),
            portal: None,
            acceptance: Some(self.id),
            establish_time: now,
            correlation_id: match partner_kind {
                PartnerKind::IndirectReseller => self.correlation_id.clone(),
                PartnerKind::IndirectProvider => String::new(),
            },
            end: None,
            version: 1,
        }
    }

    fn privilege(&self, id: PrivilegeId, expire_time: Option<Time>, now: Time) -> Privilege {
        Privilege {
            id,
            partner: self.reseller.clone(),
            customer: self.customer.clone(),
            areas: Areas::all(),
            grant_time: now,
            expire_time,
            terminate_time: None,
            version: 1,
        }
    }
}

impl Decision {
    /// The names of the relationships: the reseller's, then the provider's. Empty where it was
    /// refused.
    pub fn relationships(&self) -> Vec<String> {
        let reseller = self
            .reseller_relationship
            .map(|id| RelationshipName::new(&self.reseller, id).to_string());
        let provider = self.provider.as_ref().zip(self.provider_relationship);
        let provider =
            provider.map(|(provider, id)| RelationshipName::new(provider, id).to_string());
        reseller.into_iter().chain(provider).collect()
    }
}

#[cfg(test)]
mod tests;

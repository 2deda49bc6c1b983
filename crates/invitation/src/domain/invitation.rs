//! The life of an invitation: every transition from state to state.
//!
//! A transition takes the value and the time and gives the next value, or says why not. It never
//! keeps half of a change, and it never asks whether a relationship exists.

use std::time::Duration;

use platform::clock::Time;
use vocabulary::acting_user::ActingUser;
use vocabulary::email::AsciiEmailAddress;
use vocabulary::id::{AcceptanceId, CustomerId, InvitationId};
use vocabulary::name::InvitationName;

use super::{
    Acceptance, AcceptanceState, BoundTo, Claim, Consent, Decision, Found, Generation, LinkHolder,
    Outcome, Parties, Refusal, State, StateKind, Tally, Terms,
};

/// How many addresses are remembered that an invitation was bound to before.
pub const FORMER_EMAILS: usize = 10;

/// A partner's request for a relationship with a customer, alone or together with its provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    /// Who asks.
    pub parties: Parties,
    /// What the inviter set.
    pub terms: Terms,
    /// When it was made.
    pub create_time: Time,
    /// Its present link.
    pub link: LinkIssue,
    /// The addresses that earlier links were bound to instead, the last one first; at most
    /// [`FORMER_EMAILS`].
    pub former_emails: Vec<AsciiEmailAddress>,
    /// How often it was sent again on the last day that it was.
    pub resends: Tally,
    /// Where it stands.
    pub state: State,
    /// One more with every change, so that an equal version means: nothing has changed.
    pub version: i64,
}

/// One link of an invitation with its draft; a resend begins the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkIssue {
    /// Which link it is.
    pub generation: Generation,
    /// The key that signs it.
    pub key_id: String,
    /// When it ends.
    pub expire_time: Time,
    /// When its drafting was finished (Done).
    pub finish_time: Option<Time>,
}

/// What somebody finds who may answer the invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkView {
    /// It can be answered.
    Open(Invitation),
    /// The holder's own organisation has accepted it already, and may see what became of that.
    Own(Invitation),
}

impl Invitation {
    /// The invitation's name, among the reseller's.
    pub fn name(&self) -> InvitationName {
        InvitationName::new(&self.parties.reseller.partner, self.id)
    }

    /// A new invitation, open, whose first link is signed by this key.
    pub fn create(
        id: InvitationId,
        parties: Parties,
        terms: Terms,
        key_id: &str,
        now: Time,
    ) -> Self {
        let link = LinkIssue::begin(Generation::FIRST, key_id, &terms, now);
        let state = State::Open { since: now };
        Self {
            id,
            parties,
            terms,
            create_time: now,
            link,
            former_emails: Vec::new(),
            resends: Tally::NONE,
            state,
            version: 1,
        }
    }

    /// The invitation as it is at this moment: an open one whose time is over has expired, recorded
    /// or not.
    pub fn seen_at(self, now: Time) -> Self {
        match self.state {
            State::Open { .. } if self.link.expire_time <= now => self.enter(State::Expired),
            _ => self,
        }
    }

    /// Ends drafting (Done). Once is enough: again changes nothing.
    pub fn finish(self, now: Time) -> Result<Self, Refusal> {
        let mut open = self.open(now)?;
        if open.link.finish_time.is_none() {
            open.link.finish_time = Some(now);
            open.version += 1;
        }
        Ok(open)
    }

    /// Whether its draft can be edited: while it is open and drafting is not finished.
    pub fn edit(self, now: Time) -> Result<Self, Refusal> {
        let open = self.open(now)?;
        if open.link.finish_time.is_some() {
            Err(Refusal::Finished)
        } else {
            Ok(open)
        }
    }

    /// Makes a new link with its full lifetime, of an invitation that is open or has expired, bound
    /// to the corrected address if there is one. The link before is superseded, and drafting begins
    /// again. Whether it may be once more today is the limits' to say.
    pub fn resend(
        self,
        key_id: &str,
        corrected: Option<AsciiEmailAddress>,
        now: Time,
    ) -> Result<Self, Refusal> {
        let seen = self.seen_at(now);
        match seen.state {
            State::Open { .. } | State::Expired => {
                let seen = match corrected {
                    None => seen,
                    Some(email) => seen.corrected(email)?,
                };
                let next = seen.link.generation.next();
                let link = LinkIssue::begin(next, key_id, &seen.terms, now);
                Ok(Self {
                    link,
                    resends: seen.resends.another(now),
                    ..seen.enter(State::Open { since: now })
                })
            }
            _ => Err(Refusal::WrongState(seen.state_kind())),
        }
    }

    /// Takes it back, on the inviter's word.
    pub fn revoke(self, now: Time) -> Result<Self, Refusal> {
        Ok(self.open(now)?.enter(State::Revoked { time: now }))
    }

    /// What somebody finds who holds one of its links, or to whom it is bound.
    ///
    /// The customer that accepted finds its acceptance, whichever link it holds. Nobody else learns
    /// anything of an invitation that is bound to another, nor by its name of one that is not
    /// bound. Then the truth, the age of the link first.
    pub fn present(
        self,
        found: Found,
        holder: Option<&LinkHolder>,
        now: Time,
    ) -> Result<LinkView, Refusal> {
        let seen = self.found(found, holder)?.seen_at(now);
        if let (Some(acceptance), Some(holder)) = (seen.acceptance(), holder)
            && acceptance.claim.customer == holder.customer
        {
            return Ok(LinkView::Own(seen));
        }
        if let Found::ByLink(link) = found {
            let superseded = link < seen.link.generation;
            let admitted = seen.terms.bound_to.admits(holder);
            // a link newer than the invitation is of a time that this store does not remember
            let unknown = link > seen.link.generation;
            if unknown || !(admitted || superseded && seen.was_bound_to(holder)) {
                return Err(Refusal::NotFound);
            }
            if superseded {
                return Err(Refusal::Superseded);
            }
        }
        match seen.state {
            State::Open { .. } => Ok(LinkView::Open(seen)),
            State::Claimed(_) | State::Accepted { .. } => Err(Refusal::AlreadyUsed),
            State::Void { .. } => Err(Refusal::Void(None)),
            State::Declined { .. } => Err(Refusal::Declined),
            State::Revoked { .. } => Err(Refusal::Revoked),
            State::Expired => Err(Refusal::Expired),
        }
    }

    /// Accepts for a customer: claims the invitation. The customer that has claimed it gets it back
    /// unchanged. `consent` says what the customer consents to in the invitation as it is shown, or
    /// that this is not what it read.
    pub fn accept(
        self,
        found: Found,
        holder: LinkHolder,
        consent: impl FnOnce(&Self) -> Result<Consent, Refusal>,
        now: Time,
    ) -> Result<Self, Refusal> {
        match self.present(found, Some(&holder), now)? {
            LinkView::Own(claimed) => Ok(claimed),
            LinkView::Open(open) => {
                let customer = open.not_a_party(holder)?;
                let claim = Claim {
                    customer,
                    time: now,
                    consent: Some(consent(&open)?),
                    customer_name: None,
                };
                Ok(open.enter(State::Claimed(claim)))
            }
        }
    }

    /// Declines for a customer. The customer that has declined it gets it back unchanged.
    pub fn decline(
        self,
        found: Found,
        holder: LinkHolder,
        user: ActingUser,
        reason: String,
        now: Time,
    ) -> Result<Self, Refusal> {
        let seen = self.found(found, Some(&holder))?;
        if matches!(&seen.state, State::Declined { customer, .. } if *customer == holder.customer) {
            return Ok(seen);
        }
        match seen.present(found, Some(&holder), now)? {
            LinkView::Own(Self {
                state: State::Void { reason, .. },
                ..
            }) => Err(Refusal::Void(Some(reason))),
            LinkView::Own(accepted) => Err(Refusal::WrongState(accepted.state_kind())),
            LinkView::Open(open) => {
                let customer = open.not_a_party(holder)?;
                Ok(open.enter(State::Declined {
                    customer,
                    user: Some(user),
                    time: now,
                    reason,
                }))
            }
        }
    }

    /// Records the decision about the claim, whatever it says.
    ///
    /// It may name another customer than the claim: then this store was restored to a moment before
    /// that customer's claim. The decision stands, and the consent kept with the later claim is not
    /// that customer's, so it goes.
    pub fn confirm(self, decision: Decision, now: Time) -> Result<Self, Refusal> {
        let State::Claimed(claim) = &self.state else {
            return Err(Refusal::WrongState(self.state_kind()));
        };
        let own = claim.customer == decision.customer;
        let claim = Claim {
            customer: decision.customer,
            time: claim.time,
            consent: claim.consent.clone().filter(|_| own),
            customer_name: decision.customer_name,
        };
        Ok(self.enter(match decision.outcome {
            Outcome::Established(relationships) => State::Accepted {
                claim,
                decide_time: now,
                relationships,
            },
            Outcome::Refused(reason) => State::Void {
                claim,
                decide_time: now,
                reason,
            },
        }))
    }

    /// Where it stands.
    pub fn state_kind(&self) -> StateKind {
        self.state.state_kind()
    }

    /// What a caller sends back to act on just this version.
    pub fn etag(&self) -> String {
        self.version.to_string()
    }

    /// When it reached the state that it is in.
    pub fn state_time(&self) -> Time {
        match &self.state {
            State::Open { since } => *since,
            State::Claimed(claim) => claim.time,
            State::Accepted { decide_time, .. } | State::Void { decide_time, .. } => *decide_time,
            State::Declined { time, .. } | State::Revoked { time } => *time,
            State::Expired => self.link.expire_time,
        }
    }

    /// The customer that claimed or declined it, or else the one that it is bound to.
    pub fn customer(&self) -> Option<&CustomerId> {
        match &self.state {
            State::Claimed(claim) | State::Accepted { claim, .. } | State::Void { claim, .. } => {
                Some(&claim.customer)
            }
            State::Declined { customer, .. } => Some(customer),
            State::Open { .. } | State::Revoked { .. } | State::Expired => {
                self.terms.bound_to.customer()
            }
        }
    }

    /// The acceptance of the customer that claimed it.
    pub fn acceptance(&self) -> Option<Acceptance<'_>> {
        let (claim, state) = match &self.state {
            State::Claimed(claim) => (claim, AcceptanceState::Claimed),
            State::Accepted {
                claim,
                decide_time,
                relationships,
            } => (
                claim,
                AcceptanceState::Established {
                    time: *decide_time,
                    relationships: *relationships,
                },
            ),
            State::Void {
                claim,
                decide_time,
                reason,
            } => (
                claim,
                AcceptanceState::Void {
                    time: *decide_time,
                    reason: *reason,
                },
            ),
            State::Open { .. }
            | State::Declined { .. }
            | State::Revoked { .. }
            | State::Expired => {
                return None;
            }
        };
        Some(Acceptance {
            id: AcceptanceId::of(self.id),
            claim,
            state,
        })
    }

    /// The invitation if it is open at this moment.
    pub fn open(self, now: Time) -> Result<Self, Refusal> {
        let seen = self.seen_at(now);
        match seen.state_kind() {
            StateKind::Open => Ok(seen),
            other => Err(Refusal::WrongState(other)),
        }
    }

    /// The invitation, bound to another address than before.
    fn corrected(mut self, email: AsciiEmailAddress) -> Result<Self, Refusal> {
        let BoundTo::Email(bound) = &mut self.terms.bound_to else {
            return Err(Refusal::NotBoundToAddress);
        };
        if *bound != email {
            let former = std::mem::replace(bound, email.clone());
            self.former_emails.insert(0, former);
            self.former_emails.retain(|former| *former != email);
            self.former_emails.truncate(FORMER_EMAILS);
        }
        Ok(self)
    }

    /// Whether a link before the present one was bound to an address that this holder proves.
    fn was_bound_to(&self, holder: Option<&LinkHolder>) -> bool {
        let email = holder.and_then(|holder| holder.email.as_ref());
        let mut former = self.former_emails.iter();
        email.is_some_and(|email| former.any(|former| former.as_str() == email.as_str()))
    }

    /// The invitation if it is there for whoever found it so: by its name only where it is bound to
    /// them, as if it did not exist otherwise.
    fn found(self, found: Found, holder: Option<&LinkHolder>) -> Result<Self, Refusal> {
        match found {
            Found::ByName if !self.terms.bound_to.binds(holder) => Err(Refusal::NotFound),
            Found::ByName | Found::ByLink(_) => Ok(self),
        }
    }

    fn not_a_party(&self, holder: LinkHolder) -> Result<CustomerId, Refusal> {
        if self.parties.include(&holder.customer) {
            return Err(Refusal::PartyCannotAccept);
        }
        Ok(holder.customer)
    }

    fn enter(self, state: State) -> Self {
        Self {
            state,
            version: self.version + 1,
            ..self
        }
    }
}

impl LinkIssue {
    fn begin(generation: Generation, key_id: &str, terms: &Terms, now: Time) -> Self {
        let lifetime = Duration::from_secs(u64::from(terms.lifetime_days) * 24 * 60 * 60);
        let expire_time = now + lifetime;
        Self {
            generation,
            key_id: key_id.to_owned(),
            expire_time,
            finish_time: None,
        }
    }
}

#[cfg(test)]
mod tests;

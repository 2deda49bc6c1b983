//! Reseller relationships: a customer's authorisation of one partner, the only ground for acting on
//! that customer.
//!
//! One is established by a decision. It is over when its partner removes it, with an attestation,
//! or when its customer ends it, and never comes back.

use platform::clock::Time;
use vocabulary::acting_user::ActingUser;
use vocabulary::id::{AcceptanceId, CustomerId, PartnerId, RelationshipId};
use vocabulary::name::RelationshipName;

use super::fact::Fact;
use super::{PartnerKind, Refusal};

/// Where a relationship stands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// The partner may act, as the rules of access say.
    Active,
    /// Its partner has removed it, or its customer has ended it, for good.
    Removed,
}

/// How a relationship came about when a customer accepted an invitation. The set of origins is
/// open.
pub const BY_INVITATION: &str = "invitation";
/// How it came about when it was imported from a portal at the partner's enrolment (R6).
pub const BY_IMPORT: &str = "import";

/// A customer's authorisation of one partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relationship {
    /// Its id; inviting again makes a new one.
    pub id: RelationshipId,
    /// The partner authorised.
    pub partner: PartnerId,
    /// What the partner is in it.
    pub partner_kind: PartnerKind,
    /// Who has authorised the partner.
    pub customer: CustomerId,
    /// How it came about.
    pub origin: String,
    /// The portal that knew it, where it was imported. The set of portals is open (R7).
    pub portal: Option<String>,
    /// The acceptance that established it, if one did.
    pub acceptance: Option<AcceptanceId>,
    /// When it was established.
    pub establish_time: Time,
    /// The inviter's own reference, in its own relationship; empty where there is none.
    pub correlation_id: String,
    /// How it ended; `None` while it is active.
    pub end: Option<End>,
    /// Counts its changes, the first included.
    pub version: i64,
}

/// How a relationship ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Its partner removed it.
    Removed(Removal),
    /// Its customer ended it.
    Ended(Ending),
}

impl End {
    /// When.
    pub fn time(&self) -> Time {
        match self {
            Self::Removed(removal) => removal.time,
            Self::Ended(ending) => ending.time,
        }
    }

    /// Who did it.
    pub fn by(&self) -> &ActingUser {
        match self {
            Self::Removed(removal) => &removal.by,
            Self::Ended(ending) => &ending.by,
        }
    }
}

/// What is kept where a customer ended its relationship, for good (P4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// When it was ended.
    pub time: Time,
    /// Who ended it for the customer.
    pub by: ActingUser,
    /// The customer's words, for its own history; empty where there are none.
    pub reason: String,
}

/// What is kept of a removal, for good (R40).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// When it was attested, and the relationship removed.
    pub time: Time,
    /// Who attested.
    pub by: ActingUser,
    /// What was attested.
    pub wording: Wording,
}

/// A text that is attested: which one, in which language, and the SHA-256 of what was read, in
/// hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    /// The id of the wording; a changed text has a new one.
    pub id: String,
    /// In which it was read.
    pub language: String,
    /// The hash of the text.
    pub text_sha256: String,
}

/// What a partner attests when it removes a relationship (R40).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// The id of the wording that was read.
    pub wording_id: String,
    /// The language in which it was read.
    pub language: String,
    /// The points attested.
    pub points: Points,
}

/// The four points of an attestation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Points {
    /// The removal is made in good faith.
    pub good_faith: bool,
    /// It has a legitimate business purpose.
    pub legitimate_business_purpose: bool,
    /// It is in line with the partner's agreement.
    pub in_line_with_agreement: bool,
    /// The partner will defend and hold harmless the programme against third-party claims.
    pub hold_harmless: bool,
}

impl Relationship {
    /// Removes it, for good. `current` is the wording attested now in the attestation's language,
    /// if there is one.
    ///
    /// Nothing else changes, and nobody is told (R39, R42).
    pub fn remove(
        self,
        attestation: &Attestation,
        current: Option<Wording>,
        by: ActingUser,
        now: Time,
    ) -> Result<Self, Refusal> {
        self.check_active()?;
        let wording = attestation.confirm(current)?;
        Ok(Self {
            end: Some(End::Removed(Removal {
                time: now,
                by,
                wording,
            })),
            version: self.version + 1,
            ..self
        })
    }

    /// Ends it for its customer, for good. The partner is told, who has lost access, and nobody
    /// else (P4).
    pub fn end(
        self,
        reason: String,
        by: ActingUser,
        customer_name: String,
        now: Time,
    ) -> Result<(Self, Fact), Refusal> {
        self.check_active()?;
        let ended = Self {
            end: Some(End::Ended(Ending {
                time: now,
                by,
                reason,
            })),
            version: self.version + 1,
            ..self
        };
        let fact = Fact::RelationshipEnded {
            partner: ended.partner.clone(),
            relationship: ended.id,
            customer: ended.customer.clone(),
            customer_name,
            correlation_id: ended.correlation_id.clone(),
        };
        Ok((ended, fact))
    }

    /// Refuses what only an active relationship allows.
    pub fn check_active(&self) -> Result<(), Refusal> {
        match self.state() {
            State::Active => Ok(()),
            state => Err(Refusal::RelationshipState { state }),
        }
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        if self.end.is_some() {
            State::Removed
        } else {
            State::Active
        }
    }

    /// The resource name.
    pub fn name(&self) -> String {
        RelationshipName::new(&self.partner, self.id).to_string()
    }
}

impl Attestation {
    fn confirm(&self, current: Option<Wording>) -> Result<Wording, Refusal> {
        if !self.points.all() {
            return Err(Refusal::AttestationIncomplete);
        }
        current
            .filter(|current| current.id == self.wording_id && current.language == self.language)
            .ok_or(Refusal::WordingNotCurrent)
    }
}

impl Points {
    fn all(self) -> bool {
        self.good_faith
            && self.legitimate_business_purpose
            && self.in_line_with_agreement
            && self.hold_harmless
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use uuid::Uuid;

    use super::*;

    const ESTABLISHED: Time = Time::from_micros(1_000_000);
    const LATER: Time = Time::from_micros(2_000_000);

    /// A relationship with adatum, for the tests of other rules.
    pub(crate) fn relationship(
        partner: &str,
        partner_kind: PartnerKind,
        state: State,
    ) -> Relationship {
        let removal = Removal {
            time: ESTABLISHED,
            by: user(),
            wording: wording(),
        };
        Relationship {
            id: RelationshipId::from(Uuid::from_u128(u128::from(partner.as_bytes()[0]))),
            partner: PartnerId::parse(partner).unwrap(),
            partner_kind,
            customer: CustomerId::parse("adatum").unwrap(),
            origin: BY_INVITATION.to_owned(),
            portal: None,
            acceptance: None,
            establish_time: ESTABLISHED,
            correlation_id: "crm-7".to_owned(),
            end: (state == State::Removed).then_some(End::Removed(removal)),
            version: 1,
        }
    }

    fn user() -> ActingUser {
        ActingUser {
            issuer: "issuer".into(),
            subject: "ana".into(),
        }
    }

    fn wording() -> Wording {
        Wording {
            id: "removal-2".into(),
            language: "pt-BR".into(),
            text_sha256: "ab".into(),
        }
    }

    fn attestation() -> Attestation {
        let points = Points {
            good_faith: true,
            legitimate_business_purpose: true,
            in_line_with_agreement: true,
            hold_harmless: true,
        };
        Attestation {
            wording_id: "removal-2".into(),
            language: "pt-BR".into(),
            points,
        }
    }

    fn contoso(state: State) -> Relationship {
        relationship("contoso", PartnerKind::IndirectReseller, state)
    }

    /// R37, R40, P4: either verb, in each state.
    #[test]
    fn every_state_and_verb() {
        let (ended, fact) = contoso(State::Active)
            .end("enough".to_owned(), user(), "Adatum".to_owned(), LATER)
            .unwrap();
        assert_eq!((ended.state(), ended.version), (State::Removed, 2));
        let ending = Ending {
            time: LATER,
            by: user(),
            reason: "enough".to_owned(),
        };
        assert_eq!(ended.end, Some(End::Ended(ending)));
        let told = Fact::RelationshipEnded {
            partner: ended.partner.clone(),
            relationship: ended.id,
            customer: ended.customer.clone(),
            customer_name: "Adatum".to_owned(),
            correlation_id: "crm-7".to_owned(),
        };
        assert_eq!(fact, told);

        let removed = contoso(State::Active)
            .remove(&attestation(), Some(wording()), user(), LATER)
            .unwrap();
        assert_eq!((removed.state(), removed.version), (State::Removed, 2));
        assert_eq!(
            removed.end,
            Some(End::Removed(Removal {
                time: LATER,
                by: user(),
                wording: wording()
            }))
        );

        let over = Refusal::RelationshipState {
            state: State::Removed,
        };
        for done in [removed, ended] {
            let again = done
                .clone()
                .remove(&attestation(), Some(wording()), user(), LATER);
            assert_eq!(again, Err(over.clone()));
            let again = done.end(String::new(), user(), String::new(), LATER);
            assert_eq!(again, Err(over.clone()));
        }
    }

    /// R40: nothing short of all four points, and only the wording that is current, in the language
    /// that was read.
    #[test]
    fn a_removal_needs_the_whole_attestation_of_the_current_wording() {
        let remove = |attestation: &Attestation, current| {
            contoso(State::Active)
                .remove(attestation, current, user(), LATER)
                .map(|_| ())
        };
        let without: [fn(&mut Points); 4] = [
            |points| points.good_faith = false,
            |points| points.legitimate_business_purpose = false,
            |points| points.in_line_with_agreement = false,
            |points| points.hold_harmless = false,
        ];
        for take in without {
            let mut attestation = attestation();
            take(&mut attestation.points);
            assert_eq!(
                remove(&attestation, Some(wording())),
                Err(Refusal::AttestationIncomplete)
            );
        }
        let old = Attestation {
            wording_id: "removal-0".into(),
            ..attestation()
        };
        assert_eq!(
            remove(&old, Some(wording())),
            Err(Refusal::WordingNotCurrent)
        );
        let other = Attestation {
            language: "en".into(),
            ..attestation()
        };
        assert_eq!(
            remove(&other, Some(wording())),
            Err(Refusal::WordingNotCurrent)
        );
        assert_eq!(
            remove(&attestation(), None),
            Err(Refusal::WordingNotCurrent)
        );
    }
}

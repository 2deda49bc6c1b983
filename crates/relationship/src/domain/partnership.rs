//! Partnerships: which reseller and which provider work together. They say nothing about customers
//! (R9).

use platform::clock::Time;
use vocabulary::id::{PartnerId, PartnershipId};
use vocabulary::name::PartnershipName;
use vocabulary::partner_kind::PartnerKind;

use super::Refusal;
use super::fact::{Between, Fact};
use super::partner::Partner;

/// Where a partnership stands.
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
pub enum StateKind {
    /// One side has proposed it.
    Proposed,
    /// Both agree.
    Active,
    /// One side has ended it, for good.
    Ended,
}

/// Where a partnership stands, with what is known from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// One side has proposed it.
    Proposed,
    /// Both agree.
    Active {
        /// When the other side accepted.
        accept_time: Time,
    },
    /// Over, for good.
    Ended {
        /// When it was accepted, if it ever was.
        accept_time: Option<Time>,
        /// When it ended.
        end_time: Time,
        /// Which of the two ended it.
        by: PartnerId,
    },
}

/// One reseller and one provider that are connected, or were, or are asked to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partnership {
    /// Its id; connecting again makes a new one.
    pub id: PartnershipId,
    /// The indirect reseller.
    pub reseller: PartnerId,
    /// The indirect provider.
    pub provider: PartnerId,
    /// Which of the two proposed it.
    pub proposed_by: PartnerId,
    /// Where it stands.
    pub state: State,
    /// When it was proposed.
    pub create_time: Time,
    /// Counts its changes, the first included.
    pub version: i64,
}

/// What the two partners of a partnership are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The indirect reseller's display name.
    pub reseller: String,
    /// The indirect provider's display name.
    pub provider: String,
}

impl Partnership {
    /// Proposes a partnership; `partners` are those of the two that there are.
    ///
    /// A partner that does not take part is not for others to know of: proposing to it is proposing
    /// to nobody.
    pub fn propose(
        id: PartnershipId,
        by: &PartnerId,
        other: &PartnerId,
        partners: &[Partner],
        now: Time,
    ) -> Result<(Self, Fact), Refusal> {
        let by = active(by, partners)?;
        let other = active(other, partners).map_err(|_| Refusal::NotFound)?;
        let (reseller, provider) = match (by.kind, other.kind) {
            (PartnerKind::IndirectReseller, PartnerKind::IndirectProvider) => (by, other),
            (PartnerKind::IndirectProvider, PartnerKind::IndirectReseller) => (other, by),
            _ => return Err(Refusal::SameKind),
        };
        let partnership = Self {
            id,
            reseller: reseller.id.clone(),
            provider: provider.id.clone(),
            proposed_by: by.id.clone(),
            state: State::Proposed,
            create_time: now,
            version: 1,
        };
        let fact =
            Fact::PartnershipProposed(partnership.told_by(by.id.clone(), by.display_name.clone()));
        Ok((partnership, fact))
    }

    /// Accepts what the other side proposed; both have to take part.
    pub fn accept(
        self,
        by: &PartnerId,
        partners: &[Partner],
        now: Time,
    ) -> Result<(Self, Fact), Refusal> {
        if self.state != State::Proposed {
            return Err(Refusal::PartnershipState {
                state: self.state_kind(),
            });
        }
        if *by == self.proposed_by {
            return Err(Refusal::OwnProposal);
        }
        let names = Names {
            reseller: active(&self.reseller, partners)?.display_name.clone(),
            provider: active(&self.provider, partners)?.display_name.clone(),
        };
        let fact = Fact::PartnershipAccepted(self.told_by(by.clone(), self.name_of(by, &names)));
        Ok((
            Self {
                state: State::Active { accept_time: now },
                version: self.version + 1,
                ..self
            },
            fact,
        ))
    }

    /// Ends it, or withdraws or turns down what is only proposed. Either side may, at any time.
    pub fn end(self, by: &PartnerId, names: &Names, now: Time) -> Result<(Self, Fact), Refusal> {
        let accept_time = match self.state {
            State::Proposed => None,
            State::Active { accept_time } => Some(accept_time),
            State::Ended { .. } => {
                return Err(Refusal::PartnershipState {
                    state: StateKind::Ended,
                });
            }
        };
        let fact = Fact::PartnershipEnded(self.told_by(by.clone(), self.name_of(by, names)));
        let state = State::Ended {
            accept_time,
            end_time: now,
            by: by.clone(),
        };
        Ok((
            Self {
                state,
                version: self.version + 1,
                ..self
            },
            fact,
        ))
    }

    /// The resource name.
    pub fn name(&self) -> String {
        PartnershipName::new(self.id).to_string()
    }

    /// Where it stands.
    pub fn state_kind(&self) -> StateKind {
        match self.state {
            State::Proposed => StateKind::Proposed,
            State::Active { .. } => StateKind::Active,
            State::Ended { .. } => StateKind::Ended,
        }
    }

    fn name_of(&self, side: &PartnerId, names: &Names) -> String {
        if *side == self.reseller {
            names.reseller.clone()
        } else {
            names.provider.clone()
        }
    }

    fn told_by(&self, by: PartnerId, by_name: String) -> Between {
        let other = if by == self.reseller {
            &self.provider
        } else {
            &self.reseller
        };
        Between {
            partnership: self.id,
            by,
            by_name,
            other: other.clone(),
        }
    }
}

/// The partner of this id among those there are, if it takes part.
fn active<'a>(id: &PartnerId, partners: &'a [Partner]) -> Result<&'a Partner, Refusal> {
    let partner = partners.iter().find(|partner| partner.id == *id);
    let partner = partner.ok_or_else(|| Refusal::PartnerNotActive {
        partner: id.clone(),
        state: None,
    })?;
    partner.check_active()?;
    Ok(partner)
}

#[cfg(test)]
pub(crate) mod tests {
    use strum::VariantArray;
    use uuid::Uuid;

    use super::super::partner::{self, tests::partner};
    use super::*;

    const PROPOSED: Time = Time::from_micros(1_000_000);
    const LATER: Time = Time::from_micros(2_000_000);

    fn id(text: &str) -> PartnerId {
        PartnerId::parse(text).unwrap()
    }

    fn reseller(state: partner::State) -> Partner {
        partner("contoso", PartnerKind::IndirectReseller, state)
    }

    fn provider(state: partner::State) -> Partner {
        partner("fabrikam", PartnerKind::IndirectProvider, state)
    }

    /// A partnership of contoso and fabrikam, proposed by contoso, for the tests of other rules.
    pub(crate) fn partnership(state: StateKind) -> Partnership {
        let state = match state {
            StateKind::Proposed => State::Proposed,
            StateKind::Active => State::Active {
                accept_time: PROPOSED,
            },
            StateKind::Ended => State::Ended {
                accept_time: None,
                end_time: PROPOSED,
                by: id("contoso"),
            },
        };
        Partnership {
            id: PartnershipId::from(Uuid::from_u128(1)),
            reseller: id("contoso"),
            provider: id("fabrikam"),
            proposed_by: id("contoso"),
            state,
            create_time: PROPOSED,
            version: 3,
        }
    }

    fn names() -> Names {
        Names {
            reseller: "contoso".to_owned(),
            provider: "fabrikam".to_owned(),
        }
    }

    /// What each verb of each side makes of each state; `Err`: refused with this.
    #[test]
    fn every_state_and_verb() {
        use StateKind::{Active, Ended, Proposed};
        type Verb = fn(Partnership) -> Result<(Partnership, Fact), Refusal>;
        let both = || {
            [
                reseller(partner::State::Active),
                provider(partner::State::Active),
            ]
        };
        let verbs: [(&str, Verb); 4] = [
            ("accept by the other", |p| {
                let both = [
                    reseller(partner::State::Active),
                    provider(partner::State::Active),
                ];
                p.accept(&id("fabrikam"), &both, LATER)
            }),
            ("accept by the proposer", |p| {
                let both = [
                    reseller(partner::State::Active),
                    provider(partner::State::Active),
                ];
                p.accept(&id("contoso"), &both, LATER)
            }),
            ("end by the other", |p| {
                p.end(&id("fabrikam"), &names(), LATER)
            }),
            ("end by the proposer", |p| {
                p.end(&id("contoso"), &names(), LATER)
            }),
        ];
        let found = |state| Err(Refusal::PartnershipState { state });
        let table = [
            (
                Proposed,
                [Ok(Active), Err(Refusal::OwnProposal), Ok(Ended), Ok(Ended)],
            ),
            (Active, [found(Active), found(Active), Ok(Ended), Ok(Ended)]),
            (
                Ended,
                [found(Ended), found(Ended), found(Ended), found(Ended)],
            ),
        ];
        assert_eq!(table.len(), StateKind::VARIANTS.len());
        for (state, expected) in table {
            for ((verb, act), expected) in verbs.iter().zip(expected) {
                let outcome = act(partnership(state)).map(|(after, _)| {
                    assert_eq!(after.version, 4, "{state} {verb}");
                    after.state_kind()
                });
                assert_eq!(outcome, expected, "{state} {verb}");
            }
        }
        let (accepted, fact) = partnership(Proposed)
            .accept(&id("fabrikam"), &both(), LATER)
            .unwrap();
        assert_eq!(accepted.state, State::Active { accept_time: LATER });
        assert!(
            matches!(fact, Fact::PartnershipAccepted(Between { by, other, .. })
            if by == id("fabrikam") && other == id("contoso"))
        );
    }

    #[test]
    fn who_ended_it_and_when_it_was_accepted_are_kept() {
        let (ended, fact) = partnership(StateKind::Active)
            .end(&id("fabrikam"), &names(), LATER)
            .unwrap();
        let state = State::Ended {
            accept_time: Some(PROPOSED),
            end_time: LATER,
            by: id("fabrikam"),
        };
        assert_eq!(ended.state, state);
        assert!(
            matches!(fact, Fact::PartnershipEnded(Between { other, .. }) if other == id("contoso"))
        );
        let (withdrawn, _) = partnership(StateKind::Proposed)
            .end(&id("contoso"), &names(), LATER)
            .unwrap();
        assert!(matches!(
            withdrawn.state,
            State::Ended {
                accept_time: None,
                ..
            }
        ));
    }

    fn propose(
        by: &str,
        other: &str,
        partners: &[Partner],
    ) -> Result<(Partnership, Fact), Refusal> {
        let number = PartnershipId::from(Uuid::from_u128(1));
        Partnership::propose(number, &id(by), &id(other), partners, LATER)
    }

    #[test]
    fn either_kind_may_propose_to_the_other() {
        let both = [
            reseller(partner::State::Active),
            provider(partner::State::Active),
        ];
        for (by, other) in [("contoso", "fabrikam"), ("fabrikam", "contoso")] {
            let (proposed, fact) = propose(by, other, &both).unwrap();
            assert_eq!(proposed.reseller, id("contoso"));
            assert_eq!(proposed.provider, id("fabrikam"));
            assert_eq!(
                (&proposed.proposed_by, proposed.state_kind()),
                (&id(by), StateKind::Proposed)
            );
            let Fact::PartnershipProposed(told) = fact else {
                panic!("{fact:?}")
            };
            assert_eq!((told.by, told.other), (id(by), id(other)));
        }
    }

    #[test]
    fn only_partners_that_take_part_propose_are_found_and_accept() {
        use partner::State::Active;
        let not_active = |partner, state| Refusal::PartnerNotActive {
            partner: id(partner),
            state,
        };
        let accept = |partners: &[Partner]| {
            partnership(StateKind::Proposed)
                .accept(&id("fabrikam"), partners, LATER)
                .unwrap_err()
        };
        let states = partner::State::VARIANTS.iter().copied();
        for state in states.filter(|state| *state != Active) {
            let ours = [reseller(state), provider(Active)];
            let inactive = not_active("contoso", Some(state));
            assert_eq!(propose("contoso", "fabrikam", &ours).unwrap_err(), inactive);
            assert_eq!(accept(&ours), inactive);
            let theirs = [reseller(Active), provider(state)];
            assert_eq!(
                propose("contoso", "fabrikam", &theirs).unwrap_err(),
                Refusal::NotFound
            );
            assert_eq!(accept(&theirs), not_active("fabrikam", Some(state)));
        }
        let alone = [reseller(Active)];
        let unknown = not_active("fabrikam", None);
        assert_eq!(propose("fabrikam", "contoso", &alone).unwrap_err(), unknown);
        assert_eq!(
            propose("contoso", "fabrikam", &alone).unwrap_err(),
            Refusal::NotFound
        );
        assert_eq!(
            propose("contoso", "contoso", &alone).unwrap_err(),
            Refusal::SameKind
        );
        assert_eq!(accept(&alone), unknown);
    }

    #[test]
    fn two_of_a_kind_are_no_partnership() {
        let another = |kind| partner("northwind", kind, partner::State::Active);
        for (by, kind) in [
            (
                reseller(partner::State::Active),
                PartnerKind::IndirectReseller,
            ),
            (
                provider(partner::State::Active),
                PartnerKind::IndirectProvider,
            ),
        ] {
            let both = [by.clone(), another(kind)];
            let outcome = propose(by.id.as_str(), "northwind", &both);
            assert_eq!(outcome.unwrap_err(), Refusal::SameKind);
        }
    }
}

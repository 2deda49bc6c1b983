//! Partnerships: which reseller and which provider work together. They say nothing about customers (R9).

use platform::clock::Time;

use super::fact::{Between, Fact};
use super::partner::{self, Kind, Partner};
use super::{PartnerId, PartnershipId, Refusal, name};

named! {
    /// Where a partnership stands.
    pub enum State {
        /// One side has proposed it.
        Proposed = "PROPOSED",
        /// Both agree.
        Active = "ACTIVE",
        /// One side has ended it, for good.
        Ended = "ENDED",
    }
}

/// Where a partnership stands, with what is known from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
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
    pub stage: Stage,
    /// When it was proposed.
    pub create_time: Time,
    /// Counts its changes, the first included.
    pub version: i64,
}

impl Partnership {
    /// Proposes a partnership. `other` is `None` where there is no such partner.
    ///
    /// A partner that does not take part is not for others to know of: proposing to it is proposing to nobody.
    pub fn propose(
        id: PartnershipId,
        by: &Partner,
        other: Option<&Partner>,
        now: Time,
    ) -> Result<(Self, Fact), Refusal> {
        by.check_active()?;
        let other = other
            .filter(|other| other.state == partner::State::Active)
            .ok_or(Refusal::NotFound)?;
        let (reseller, provider) = match (by.kind, other.kind) {
            (Kind::IndirectReseller, Kind::IndirectProvider) => (by, other),
            (Kind::IndirectProvider, Kind::IndirectReseller) => (other, by),
            _ => return Err(Refusal::SameKind),
        };
        let partnership = Self {
            id,
            reseller: reseller.id.clone(),
            provider: provider.id.clone(),
            proposed_by: by.id.clone(),
            stage: Stage::Proposed,
            create_time: now,
            version: 1,
        };
        let fact = Fact::PartnershipProposed(partnership.told_by(&by.id));
        Ok((partnership, fact))
    }

    /// Accepts what the other side proposed; both have to take part.
    pub fn accept(
        self,
        by: &PartnerId,
        parties: &[Partner],
        now: Time,
    ) -> Result<(Self, Fact), Refusal> {
        if self.stage != Stage::Proposed {
            return Err(Refusal::PartnershipState {
                state: self.state(),
            });
        }
        if *by == self.proposed_by {
            return Err(Refusal::OwnProposal);
        }
        for id in [&self.reseller, &self.provider] {
            match parties.iter().find(|partner| partner.id == *id) {
                Some(partner) => partner.check_active()?,
                None => {
                    return Err(Refusal::PartnerNotActive {
                        partner: id.clone(),
                        state: None,
                    });
                }
            }
        }
        let fact = Fact::PartnershipAccepted(self.told_by(by));
        Ok((
            Self {
                stage: Stage::Active { accept_time: now },
                version: self.version + 1,
                ..self
            },
            fact,
        ))
    }

    /// Ends it, or withdraws or turns down what is only proposed. Either side may, at any time.
    pub fn end(self, by: &PartnerId, now: Time) -> Result<(Self, Fact), Refusal> {
        let accept_time = match self.stage {
            Stage::Proposed => None,
            Stage::Active { accept_time } => Some(accept_time),
            Stage::Ended { .. } => {
                return Err(Refusal::PartnershipState {
                    state: State::Ended,
                });
            }
        };
        let fact = Fact::PartnershipEnded(self.told_by(by));
        let stage = Stage::Ended {
            accept_time,
            end_time: now,
            by: by.clone(),
        };
        Ok((
            Self {
                stage,
                version: self.version + 1,
                ..self
            },
            fact,
        ))
    }

    /// The resource name.
    pub fn name(&self) -> String {
        name::partnership(self.id)
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        match self.stage {
            Stage::Proposed => State::Proposed,
            Stage::Active { .. } => State::Active,
            Stage::Ended { .. } => State::Ended,
        }
    }

    fn told_by(&self, by: &PartnerId) -> Between {
        let other = if *by == self.reseller {
            &self.provider
        } else {
            &self.reseller
        };
        Between {
            partnership: self.id,
            by: by.clone(),
            other: other.clone(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use uuid::Uuid;

    use super::partner::tests::partner;
    use super::*;

    const PROPOSED: Time = Time::from_micros(1_000_000);
    const LATER: Time = Time::from_micros(2_000_000);

    fn id(text: &str) -> PartnerId {
        PartnerId::parse(text).unwrap()
    }

    fn reseller(state: partner::State) -> Partner {
        partner("contoso", Kind::IndirectReseller, state)
    }

    fn provider(state: partner::State) -> Partner {
        partner("fabrikam", Kind::IndirectProvider, state)
    }

    /// A partnership of contoso and fabrikam, proposed by contoso, for the tests of other rules.
    pub(crate) fn partnership(state: State) -> Partnership {
        let stage = match state {
            State::Proposed => Stage::Proposed,
            State::Active => Stage::Active {
                accept_time: PROPOSED,
            },
            State::Ended => Stage::Ended {
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
            stage,
            create_time: PROPOSED,
            version: 3,
        }
    }

    /// What each verb of each side makes of each state; `Err`: refused with this.
    #[test]
    fn every_state_and_verb() {
        use State::{Active, Ended, Proposed};
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
            ("end by the other", |p| p.end(&id("fabrikam"), LATER)),
            ("end by the proposer", |p| p.end(&id("contoso"), LATER)),
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
        assert_eq!(table.len(), State::ALL.len());
        for (state, expected) in table {
            for ((verb, act), expected) in verbs.iter().zip(expected) {
                let outcome = act(partnership(state)).map(|(after, _)| {
                    assert_eq!(after.version, 4, "{state} {verb}");
                    after.state()
                });
                assert_eq!(outcome, expected, "{state} {verb}");
            }
        }
        let (accepted, fact) = partnership(Proposed)
            .accept(&id("fabrikam"), &both(), LATER)
            .unwrap();
        assert_eq!(accepted.stage, Stage::Active { accept_time: LATER });
        assert!(
            matches!(fact, Fact::PartnershipAccepted(Between { by, other, .. })
            if by == id("fabrikam") && other == id("contoso"))
        );
    }

    #[test]
    fn who_ended_it_and_when_it_was_accepted_are_kept() {
        let (ended, fact) = partnership(State::Active)
            .end(&id("fabrikam"), LATER)
            .unwrap();
        let stage = Stage::Ended {
            accept_time: Some(PROPOSED),
            end_time: LATER,
            by: id("fabrikam"),
        };
        assert_eq!(ended.stage, stage);
        assert!(
            matches!(fact, Fact::PartnershipEnded(Between { other, .. }) if other == id("contoso"))
        );
        let (withdrawn, _) = partnership(State::Proposed)
            .end(&id("contoso"), LATER)
            .unwrap();
        assert!(matches!(
            withdrawn.stage,
            Stage::Ended {
                accept_time: None,
                ..
            }
        ));
    }

    #[test]
    fn either_kind_may_propose_to_the_other() {
        use partner::State::Active;
        for (by, other) in [
            (reseller(Active), provider(Active)),
            (provider(Active), reseller(Active)),
        ] {
            let number = PartnershipId::from(Uuid::from_u128(1));
            let (proposed, fact) = Partnership::propose(number, &by, Some(&other), LATER).unwrap();
            assert_eq!(
                (proposed.reseller.as_str(), proposed.provider.as_str()),
                ("contoso", "fabrikam")
            );
            assert_eq!(
                (&proposed.proposed_by, proposed.state()),
                (&by.id, State::Proposed)
            );
            assert!(
                matches!(fact, Fact::PartnershipProposed(Between { other: told, .. }) if told == other.id)
            );
        }
    }

    #[test]
    fn only_partners_that_take_part_propose_are_found_and_accept() {
        use partner::State::Active;
        let number = PartnershipId::from(Uuid::from_u128(1));
        let propose =
            |by: &Partner, other: Option<&Partner>| Partnership::propose(number, by, other, LATER);
        for state in partner::State::ALL
            .iter()
            .copied()
            .filter(|state| *state != Active)
        {
            let inactive = |partner| {
                Err(Refusal::PartnerNotActive {
                    partner: id(partner),
                    state: Some(state),
                })
            };
            assert_eq!(
                propose(&reseller(state), Some(&provider(Active))),
                inactive("contoso")
            );
            assert_eq!(
                propose(&reseller(Active), Some(&provider(state))),
                Err(Refusal::NotFound)
            );
            let accept = |parties: &[Partner]| {
                partnership(State::Proposed).accept(&id("fabrikam"), parties, LATER)
            };
            assert_eq!(
                accept(&[reseller(state), provider(Active)]),
                inactive("contoso")
            );
            assert_eq!(
                accept(&[reseller(Active), provider(state)]),
                inactive("fabrikam")
            );
        }
        assert_eq!(propose(&reseller(Active), None), Err(Refusal::NotFound));
        assert_eq!(
            propose(&reseller(Active), Some(&reseller(Active))),
            Err(Refusal::SameKind)
        );
        assert_eq!(
            propose(&provider(Active), Some(&provider(Active))),
            Err(Refusal::SameKind)
        );
    }
}

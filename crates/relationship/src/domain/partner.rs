//! Enrolment: how an organisation comes to take part in the programme, and is stopped.

use platform::clock::Time;

use super::fact::Fact;
use super::{PartnerId, Refusal, name};

named! {
    /// What a partner is in the programme, for good.
    pub enum Kind {
        /// Sells to customers; buys from an indirect provider.
        IndirectReseller = "INDIRECT_RESELLER",
        /// Supplies resellers, and orders for their customers on its own relationships.
        IndirectProvider = "INDIRECT_PROVIDER",
    }
}

named! {
    /// Where an enrolment stands.
    pub enum State {
        /// Asked for, not decided.
        Pending = "PENDING",
        /// Takes part.
        Active = "ACTIVE",
        /// Rejected; may be asked for again.
        Failed = "FAILED",
        /// Stopped by an operator; everything it has stays and works again when it is reinstated.
        Suspended = "SUSPENDED",
    }
}

/// Who decides an enrolment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Enrollment {
    /// An operator, some time later.
    #[default]
    Operator,
    /// Nobody: whoever asks takes part at once.
    AtOnce,
}

/// What an operator decides about an enrolment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The partner takes part.
    Approve,
    /// It does not.
    Reject,
}

/// An organisation that takes part, or asked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partner {
    /// The organisation.
    pub id: PartnerId,
    /// Reseller or provider, never both.
    pub kind: Kind,
    /// What customers and other partners read.
    pub display_name: String,
    /// Where its enrolment stands.
    pub state: State,
    /// What the operator said of the last decision or suspension; stays until the next.
    pub state_reason: String,
    /// When enrolment was first asked for.
    pub create_time: Time,
    /// When it last changed.
    pub update_time: Time,
    /// When it first became ACTIVE. What it has is visible from then on, also while it is suspended.
    pub activate_time: Option<Time>,
    /// Counts its changes, the first included.
    pub version: i64,
}

impl Partner {
    /// The resource name.
    pub fn name(&self) -> String {
        name::partner(&self.id)
    }

    /// Asks for the enrolment of an organisation that never asked before.
    pub fn enroll(
        id: PartnerId,
        kind: Kind,
        display_name: String,
        by: Enrollment,
        now: Time,
    ) -> Result<(Self, Option<Fact>), Refusal> {
        Self {
            id,
            kind,
            display_name,
            state: State::Pending,
            state_reason: String::new(),
            create_time: now,
            update_time: now,
            activate_time: None,
            version: 1,
        }
        .asked(by, now)
    }

    /// Asks again after the enrolment has failed, perhaps under another display name.
    pub fn enroll_again(
        self,
        kind: Kind,
        display_name: String,
        by: Enrollment,
        now: Time,
    ) -> Result<(Self, Option<Fact>), Refusal> {
        if self.kind != kind {
            return Err(Refusal::KindFixed { kind: self.kind });
        }
        match self.state {
            State::Failed => Self {
                display_name,
                ..self.moved(State::Pending, now)
            }
            .asked(by, now),
            state => Err(Refusal::EnrollmentState { state }),
        }
    }

    /// Approves or rejects an enrolment that is asked for.
    pub fn decide(
        self,
        decision: Decision,
        reason: String,
        now: Time,
    ) -> Result<(Self, Fact), Refusal> {
        if self.state != State::Pending {
            return Err(Refusal::EnrollmentState { state: self.state });
        }
        let decided = match decision {
            Decision::Approve => Self {
                activate_time: self.activate_time.or(Some(now)),
                ..self.moved(State::Active, now)
            },
            Decision::Reject => self.moved(State::Failed, now),
        };
        let decided = Self {
            state_reason: reason,
            ..decided
        };
        let fact = Fact::EnrollmentDecided {
            partner: decided.id.clone(),
            approved: decided.state == State::Active,
            reason: decided.state_reason.clone(),
            version: decided.version,
        };
        Ok((decided, fact))
    }

    /// Stops a partner that takes part.
    pub fn suspend(self, reason: String, now: Time) -> Result<Self, Refusal> {
        match self.state {
            State::Active => Ok(Self {
                state_reason: reason,
                ..self.moved(State::Suspended, now)
            }),
            state => Err(Refusal::EnrollmentState { state }),
        }
    }

    /// Lets a suspended partner take part again, with all that it had.
    pub fn reinstate(self, now: Time) -> Result<Self, Refusal> {
        match self.state {
            // why it was suspended does not hold any more; the audit keeps it
            State::Suspended => Ok(Self {
                state_reason: String::new(),
                ..self.moved(State::Active, now)
            }),
            state => Err(Refusal::EnrollmentState { state }),
        }
    }

    /// Refuses what only a partner that takes part may do.
    pub fn check_active(&self) -> Result<(), Refusal> {
        match self.state {
            State::Active => Ok(()),
            state => Err(Refusal::PartnerNotActive {
                partner: self.id.clone(),
                state: Some(state),
            }),
        }
    }

    fn asked(self, by: Enrollment, now: Time) -> Result<(Self, Option<Fact>), Refusal> {
        match by {
            Enrollment::Operator => Ok((self, None)),
            Enrollment::AtOnce => {
                let (partner, fact) = self.decide(Decision::Approve, String::new(), now)?;
                Ok((partner, Some(fact)))
            }
        }
    }

    fn moved(self, state: State, now: Time) -> Self {
        Self {
            state,
            update_time: now,
            version: self.version + 1,
            ..self
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use super::*;

    const ASKED: Time = Time::from_micros(1_000_000);
    const LATER: Time = Time::from_micros(2_000_000);

    /// A partner for the tests of other rules.
    pub(crate) fn partner(id: &str, kind: Kind, state: State) -> Partner {
        Partner {
            id: PartnerId::parse(id).unwrap(),
            kind,
            display_name: id.to_owned(),
            state,
            state_reason: "as before".to_owned(),
            create_time: ASKED,
            update_time: ASKED,
            activate_time: matches!(state, State::Active | State::Suspended).then_some(ASKED),
            version: 7,
        }
    }

    /// What each verb makes of each state; `None`: refused with the state found.
    #[test]
    fn every_state_and_verb() {
        use State::{Active, Failed, Pending, Suspended};
        type Verb = fn(Partner) -> Result<Partner, Refusal>;
        let verbs: [(&str, Verb); 5] = [
            ("enroll_again", |p| {
                let kind = p.kind;
                p.enroll_again(kind, "New".into(), Enrollment::Operator, LATER)
                    .map(|(p, _)| p)
            }),
            ("approve", |p| {
                p.decide(Decision::Approve, "fine".into(), LATER)
                    .map(|(p, _)| p)
            }),
            ("reject", |p| {
                p.decide(Decision::Reject, "no".into(), LATER)
                    .map(|(p, _)| p)
            }),
            ("suspend", |p| p.suspend("overdue".into(), LATER)),
            ("reinstate", |p| p.reinstate(LATER)),
        ];
        let table = [
            // enroll_again,  approve,       reject,       suspend,         reinstate
            (Pending, [None, Some(Active), Some(Failed), None, None]),
            (Active, [None, None, None, Some(Suspended), None]),
            (Failed, [Some(Pending), None, None, None, None]),
            (Suspended, [None, None, None, None, Some(Active)]),
        ];
        assert_eq!(table.len(), State::ALL.len());
        for (state, expected) in table {
            for ((verb, act), expected) in verbs.iter().zip(expected) {
                let before = partner("contoso", Kind::IndirectReseller, state);
                match (act(before.clone()), expected) {
                    (Ok(after), Some(expected)) => {
                        assert_eq!(after.state, expected, "{state} {verb}");
                        assert_eq!(
                            (after.version, after.update_time),
                            (8, LATER),
                            "{state} {verb}"
                        );
                        assert_eq!(after.create_time, before.create_time);
                    }
                    (Err(refusal), None) => {
                        assert_eq!(refusal, Refusal::EnrollmentState { state }, "{verb}")
                    }
                    (outcome, _) => panic!("{state} {verb}: {outcome:?}"),
                }
            }
        }
    }

    /// R5: nobody takes part by asking, unless the programme is set so.
    #[test]
    fn asking_is_pending_or_decided_at_once() {
        let ask = |by| {
            let id = PartnerId::parse("contoso").unwrap();
            Partner::enroll(id, Kind::IndirectReseller, "Contoso".into(), by, ASKED).unwrap()
        };
        let (pending, fact) = ask(Enrollment::Operator);
        assert_eq!(
            (pending.state, pending.activate_time, fact),
            (State::Pending, None, None)
        );
        assert!(matches!(
            pending.check_active(),
            Err(Refusal::PartnerNotActive {
                state: Some(State::Pending),
                ..
            })
        ));

        let (active, fact) = ask(Enrollment::AtOnce);
        assert_eq!(
            (active.state, active.activate_time),
            (State::Active, Some(ASKED))
        );
        assert!(matches!(
            fact,
            Some(Fact::EnrollmentDecided {
                approved: true,
                version: 2,
                ..
            })
        ));
        assert_eq!(active.check_active(), Ok(()));
    }

    #[test]
    fn the_kind_is_fixed_also_after_a_failure() {
        for state in State::ALL {
            let other = Kind::IndirectProvider;
            let asked = partner("contoso", Kind::IndirectReseller, *state).enroll_again(
                other,
                "New".into(),
                Enrollment::AtOnce,
                LATER,
            );
            assert_eq!(
                asked.unwrap_err(),
                Refusal::KindFixed {
                    kind: Kind::IndirectReseller
                }
            );
        }
    }

    #[test]
    fn the_reason_of_a_decision_or_suspension_stays_while_it_holds() {
        let rejected = partner("contoso", Kind::IndirectReseller, State::Pending)
            .decide(Decision::Reject, "no papers".into(), LATER)
            .unwrap();
        assert!(
            matches!(&rejected.1, Fact::EnrollmentDecided { approved: false, reason, .. } if reason == "no papers")
        );
        let (again, _) = rejected
            .0
            .enroll_again(
                Kind::IndirectReseller,
                "New".into(),
                Enrollment::Operator,
                LATER,
            )
            .unwrap();
        assert_eq!(
            (again.state_reason.as_str(), again.display_name.as_str()),
            ("no papers", "New")
        );
        let (active, _) = again
            .decide(Decision::Approve, String::new(), LATER)
            .unwrap();
        assert_eq!(active.state_reason, "");
        let back = active
            .suspend("overdue".into(), LATER)
            .unwrap()
            .reinstate(LATER)
            .unwrap();
        assert_eq!(back.state_reason, "");
    }

    #[test]
    fn visibility_begins_once() {
        let (active, _) = partner("contoso", Kind::IndirectReseller, State::Pending)
            .decide(Decision::Approve, String::new(), LATER)
            .unwrap();
        let later = LATER + Duration::from_secs(9);
        let back = active
            .suspend("overdue".into(), later)
            .unwrap()
            .reinstate(later)
            .unwrap();
        assert_eq!(back.activate_time, Some(LATER));
    }
}

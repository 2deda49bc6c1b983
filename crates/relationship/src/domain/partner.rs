//! Enrolment: how an organisation comes to take part in the programme, and is stopped.

use platform::clock::Time;
use vocabulary::id::PartnerId;
use vocabulary::name::PartnerName;
use vocabulary::partner_kind::PartnerKind;

use super::Refusal;
use super::fact::Fact;

/// Where an enrolment stands.
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
    /// Asked for, not decided.
    Pending,
    /// Takes part.
    Active,
    /// Rejected; may be asked for again.
    Failed,
    /// Stopped by an operator; everything it has stays and works again when it is reinstated.
    Suspended,
}

/// The reason of an enrolment that has FAILED because its partner took it back.
const WITHDRAWN: &str = "withdrawn by the partner";

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
    /// The organisation that takes part.
    pub id: PartnerId,
    /// Reseller or provider, never both.
    pub kind: PartnerKind,
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
    /// When the enrolment was approved, while it imports and from then on.
    pub approve_time: Option<Time>,
    /// When it first became ACTIVE. What it has is visible from then on, also while it is
    /// suspended.
    pub activate_time: Option<Time>,
    /// Counts its changes, the first included.
    pub version: i64,
}

impl Partner {
    /// The resource name.
    pub fn name(&self) -> String {
        PartnerName::new(&self.id).to_string()
    }

    /// Asks for the enrolment of an organisation that never asked before.
    pub fn enroll(
        id: PartnerId,
        kind: PartnerKind,
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
            approve_time: None,
            activate_time: None,
            version: 1,
        }
        .asked(by, now)
    }

    /// Asks again after the enrolment has failed, perhaps under another display name.
    pub fn enroll_again(
        self,
        kind: PartnerKind,
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
    ///
    /// A provider that is approved takes part; a reseller once its existing customers are imported.
    /// Rejecting also ends an import that runs.
    pub fn decide(
        self,
        decision: Decision,
        reason: String,
        now: Time,
    ) -> Result<(Self, Option<Fact>), Refusal> {
        if self.state != State::Pending {
            return Err(Refusal::EnrollmentState { state: self.state });
        }
        let reasoned = Self {
            state_reason: reason,
            ..self
        };
        match (decision, reasoned.kind) {
            (Decision::Reject, _) => Ok(reasoned.failed(now)),
            (Decision::Approve, _) if reasoned.imports() => Err(Refusal::EnrollmentImporting),
            (Decision::Approve, PartnerKind::IndirectProvider) => Ok(reasoned.active(now)),
            (Decision::Approve, PartnerKind::IndirectReseller) => {
                let approved = Self {
                    approve_time: Some(now),
                    ..reasoned.moved(State::Pending, now)
                };
                Ok((approved, None))
            }
        }
    }

    /// Whether the enrolment is approved, and its existing customers are being imported.
    pub fn imports(&self) -> bool {
        self.state == State::Pending && self.approve_time.is_some()
    }

    /// Takes part, now that everything is imported: what it has becomes visible with this (R6).
    pub fn imported(self, now: Time) -> Result<(Self, Option<Fact>), Refusal> {
        self.check_imports()?;
        Ok(self.active(now))
    }

    /// Does not take part: the portals have refused it, for this reason.
    pub fn refused(self, reason: String, now: Time) -> Result<(Self, Option<Fact>), Refusal> {
        self.check_imports()?;
        let reasoned = Self {
            state_reason: reason,
            ..self
        };
        Ok(reasoned.failed(now))
    }

    /// Is called otherwise from now on.
    pub fn rename(self, display_name: String, now: Time) -> Self {
        let state = self.state;
        Self {
            display_name,
            ..self.moved(state, now)
        }
    }

    /// Takes back an enrolment that is asked for, also while it imports. Nobody is told: the
    /// partner did it itself.
    pub fn withdraw(self, now: Time) -> Result<Self, Refusal> {
        match self.state {
            State::Pending => Ok(Self {
                approve_time: None,
                state_reason: WITHDRAWN.to_owned(),
                ..self.moved(State::Failed, now)
            }),
            state => Err(Refusal::EnrollmentState { state }),
        }
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
            Enrollment::AtOnce => self.decide(Decision::Approve, String::new(), now),
        }
    }

    fn check_imports(&self) -> Result<(), Refusal> {
        if self.imports() {
            Ok(())
        } else {
            Err(Refusal::EnrollmentState { state: self.state })
        }
    }

    fn active(self, now: Time) -> (Self, Option<Fact>) {
        Self {
            approve_time: self.approve_time.or(Some(now)),
            activate_time: self.activate_time.or(Some(now)),
            ..self.moved(State::Active, now)
        }
        .decided()
    }

    fn failed(self, now: Time) -> (Self, Option<Fact>) {
        Self {
            approve_time: None,
            ..self.moved(State::Failed, now)
        }
        .decided()
    }

    fn decided(self) -> (Self, Option<Fact>) {
        let fact = Fact::EnrollmentDecided {
            partner: self.id.clone(),
            approved: self.state == State::Active,
            reason: self.state_reason.clone(),
            version: self.version,
        };
        (self, Some(fact))
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
pub(crate) mod tests;

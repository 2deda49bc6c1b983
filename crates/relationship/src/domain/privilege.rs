//! Delegated admin privileges: grants to administer a customer. A record of its own, which outlives
//! the relationship.
//!
//! Nothing here looks at a relationship: only its partner, its customer, or its expiry ends a
//! privilege (R39).

use platform::clock::Time;
use vocabulary::id::{CustomerId, PartnerId, PrivilegeId};
use vocabulary::name::PrivilegeName;
use vocabulary::permission::Areas;

use super::Refusal;

/// Where a privilege stands.
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
    /// It stands in the customer's tenant.
    Active,
    /// Its partner or its customer has ended it.
    Terminated,
    /// Its time is over.
    Expired,
}

/// A grant to administer a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Privilege {
    /// Tells it from the other privileges of the two.
    pub id: PrivilegeId,
    /// Who may administer.
    pub partner: PartnerId,
    /// Whom.
    pub customer: CustomerId,
    /// What.
    pub areas: Areas,
    /// When it was granted.
    pub grant_time: Time,
    /// When it ends by itself; `None`: never.
    pub expire_time: Option<Time>,
    /// When its partner or its customer ended it.
    pub terminate_time: Option<Time>,
    /// Counts its changes, the first included.
    pub version: i64,
}

impl Privilege {
    /// Ends it. Its partner or its customer may; a relationship, if there is one, stays.
    pub fn terminate(self, now: Time) -> Result<Self, Refusal> {
        match self.state(now) {
            State::Active => Ok(Self {
                terminate_time: Some(now),
                version: self.version + 1,
                ..self
            }),
            state => Err(Refusal::PrivilegeState { state }),
        }
    }

    /// Where it stands at a moment: nothing records that its time is over.
    pub fn state(&self, now: Time) -> State {
        if self.terminate_time.is_some() {
            State::Terminated
        } else if self.expire_time.is_some_and(|end| end <= now) {
            State::Expired
        } else {
            State::Active
        }
    }

    /// Whether it already gives what a new grant of all areas until `end` would.
    pub fn covers(&self, end: Option<Time>, now: Time) -> bool {
        let as_long = match (self.expire_time, end) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(mine), Some(end)) => mine >= end,
        };
        self.state(now) == State::Active && self.areas == Areas::all() && as_long
    }

    /// The resource name.
    pub fn name(&self) -> String {
        PrivilegeName::new(&self.partner, self.id).to_string()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    const GRANTED: Time = Time::from_micros(1_000_000);
    const END: Time = Time::from_micros(2_000_000);

    /// A privilege of contoso on adatum, for the tests of other rules.
    pub(crate) fn privilege(areas: Areas, expire_time: Option<Time>) -> Privilege {
        Privilege {
            id: PrivilegeId::from(Uuid::from_u128(1)),
            partner: PartnerId::parse("contoso").unwrap(),
            customer: CustomerId::parse("adatum").unwrap(),
            areas,
            grant_time: GRANTED,
            expire_time,
            terminate_time: None,
            version: 1,
        }
    }

    /// R39: the one verb there is, in each state.
    #[test]
    fn every_state_and_verb() {
        let active = privilege(Areas::all(), Some(END));
        let before_end = END - Duration::from_micros(1);
        assert_eq!(active.state(before_end), State::Active);
        assert_eq!(active.state(END), State::Expired);
        assert_eq!(
            active.clone().terminate(END),
            Err(Refusal::PrivilegeState {
                state: State::Expired
            })
        );

        let terminated = active.terminate(before_end).unwrap();
        assert_eq!(
            (terminated.terminate_time, terminated.version),
            (Some(before_end), 2)
        );
        for moment in [before_end, END] {
            assert_eq!(terminated.state(moment), State::Terminated);
            let again = terminated.clone().terminate(moment);
            assert_eq!(
                again,
                Err(Refusal::PrivilegeState {
                    state: State::Terminated
                })
            );
        }
    }

    #[test]
    fn only_one_that_gives_as_much_for_as_long_makes_another_needless() {
        let later = END + Duration::from_secs(1);
        let lasting = privilege(Areas::all(), None);
        let ending = privilege(Areas::all(), Some(END));
        let lesser = privilege(Areas::all() - Areas::USERS, None);
        assert!(lasting.covers(None, GRANTED) && lasting.covers(Some(END), GRANTED));
        assert!(ending.covers(Some(END), GRANTED));
        assert!(!ending.covers(Some(later), GRANTED) && !ending.covers(None, GRANTED));
        assert!(!ending.covers(Some(END), END), "it has expired");
        assert!(!lesser.covers(Some(END), GRANTED));
        assert!(!lasting.terminate(GRANTED).unwrap().covers(None, GRANTED));
    }
}

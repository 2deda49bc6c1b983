//! Subscriptions: ordered, raised, changed, and how many of their licences are assigned.
//!
//! Only an order raises a quantity (R29). A suspended subscription keeps its licences, and gets no
//! more.

use platform::clock::Time;
use vocabulary::id::{CustomerId, SubscriptionId};

use super::Refusal;
use super::field::Quantity;

/// Where a subscription stands.
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
    /// Its licences work.
    Active,
    /// Its licences rest until it is resumed.
    Suspended,
}

/// What happens at the end of a subscription's term.
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
pub enum Renewal {
    /// It goes on.
    Automatic,
    /// It ends.
    Off,
}

/// What is done to a subscription's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transition {
    /// ACTIVE to SUSPENDED.
    Suspend,
    /// SUSPENDED to ACTIVE.
    Resume,
}

/// A subscription as it is ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// The offer in the portals' catalogue.
    pub offer: String,
    /// What people will call it.
    pub display_name: String,
    /// How many licences.
    pub quantity: Quantity,
    /// What happens at the end of its term.
    pub renewal: Renewal,
}

/// What of a subscription is changed; `None`: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Its new display name.
    pub display_name: Option<String>,
    /// What happens at the end of its term from now on.
    pub renewal: Option<Renewal>,
    /// Suspended or resumed.
    pub transition: Option<Transition>,
}

/// A service that a customer subscribes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    pub id: SubscriptionId,
    /// Whose it is.
    pub customer: CustomerId,
    /// The offer in the portals' catalogue.
    pub offer: String,
    /// What people call it.
    pub display_name: String,
    /// Where it stands.
    pub state: State,
    /// What happens at the end of its term.
    pub renewal: Renewal,
    /// How many licences it has.
    pub quantity: Quantity,
    /// How many of them are assigned; never more than it has.
    pub assigned: i32,
    /// When it was ordered.
    pub create_time: Time,
    /// When it last changed.
    pub update_time: Time,
    /// Counts its changes, the first included.
    pub version: i64,
}

impl Subscription {
    /// Begins a subscription.
    pub fn begin(id: SubscriptionId, customer: CustomerId, offered: Offered, now: Time) -> Self {
        Self {
            id,
            customer,
            offer: offered.offer,
            display_name: offered.display_name,
            state: State::Active,
            renewal: offered.renewal,
            quantity: offered.quantity,
            assigned: 0,
            create_time: now,
            update_time: now,
            version: 1,
        }
    }

    /// Adds licences. See [`Order::raise`](super::order::Order::raise).
    pub(super) fn raise(self, more: Quantity, now: Time) -> Result<Self, Refusal> {
        self.check_active()?;
        let quantity = self.quantity.plus(more).ok_or(Refusal::QuantityLimit {
            quantity: self.quantity.get(),
        })?;
        Ok(Self { quantity, ..self }.changed(now))
    }

    /// Changes name, renewal and state.
    pub fn change(self, change: Change, now: Time) -> Result<Self, Refusal> {
        let state = match (change.transition, self.state) {
            (None, state) => state,
            (Some(Transition::Suspend), State::Active) => State::Suspended,
            (Some(Transition::Resume), State::Suspended) => State::Active,
            (Some(Transition::Suspend), State::Suspended)
            | (Some(Transition::Resume), State::Active) => {
                return Err(Refusal::SubscriptionState { state: self.state });
            }
        };
        let changed = Self {
            display_name: change.display_name.unwrap_or(self.display_name),
            renewal: change.renewal.unwrap_or(self.renewal),
            state,
            ..self
        };
        Ok(changed.changed(now))
    }

    /// Takes one of its licences for a user. See
    /// [`License::assign`](super::license::License::assign).
    pub(super) fn take_license(self, now: Time) -> Result<Self, Refusal> {
        if self.is_exhausted() {
            return Err(Refusal::LicensesExhausted {
                quantity: self.quantity.get(),
            });
        }
        let assigned = self.assigned + 1;
        Ok(Self { assigned, ..self }.changed(now))
    }

    /// Takes one of its licences back. Where it stands does not matter.
    pub(super) fn return_license(self, now: Time) -> Self {
        let assigned = self.assigned - 1;
        Self { assigned, ..self }.changed(now)
    }

    /// Whether every licence is assigned.
    pub fn is_exhausted(&self) -> bool {
        self.assigned >= self.quantity.get()
    }

    pub(super) fn check_active(&self) -> Result<(), Refusal> {
        match self.state {
            State::Active => Ok(()),
            State::Suspended => Err(Refusal::SubscriptionState { state: self.state }),
        }
    }

    fn changed(self, now: Time) -> Self {
        let version = self.version + 1;
        Self {
            update_time: now,
            version,
            ..self
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use strum::VariantArray;
    use uuid::Uuid;

    use super::*;

    const ORDERED: Time = Time::from_micros(1_000_000);
    const LATER: Time = Time::from_micros(2_000_000);

    /// A subscription of adatum with one licence of two assigned, for the tests of other rules.
    pub(crate) fn subscription(state: State) -> Subscription {
        Subscription {
            id: Uuid::from_u128(1).into(),
            customer: CustomerId::parse("adatum").unwrap(),
            offer: "office-365-e3".to_owned(),
            display_name: "Office".to_owned(),
            state,
            renewal: Renewal::Automatic,
            quantity: quantity(2),
            assigned: 1,
            create_time: ORDERED,
            update_time: ORDERED,
            version: 3,
        }
    }

    pub(crate) fn quantity(number: i64) -> Quantity {
        Quantity::parse(number).unwrap()
    }

    fn transition(transition: Transition) -> Change {
        Change {
            transition: Some(transition),
            ..Change::default()
        }
    }

    /// What each verb makes of each state; `Err`: refused with this.
    #[test]
    fn every_state_and_verb() {
        use State::{Active, Suspended};
        type Verb = fn(Subscription) -> Result<Subscription, Refusal>;
        let verbs: [(&str, Verb); 7] = [
            ("raise", |s| s.raise(quantity(1), LATER)),
            ("suspend", |s| {
                s.change(transition(Transition::Suspend), LATER)
            }),
            ("resume", |s| {
                s.change(transition(Transition::Resume), LATER)
            }),
            ("rename", |s| {
                let display_name = Some("New".to_owned());
                s.change(
                    Change {
                        display_name,
                        ..Change::default()
                    },
                    LATER,
                )
            }),
            ("renew", |s| {
                let renewal = Some(Renewal::Off);
                s.change(
                    Change {
                        renewal,
                        ..Change::default()
                    },
                    LATER,
                )
            }),
            ("take a licence", |s| {
                s.check_active()?;
                s.take_license(LATER)
            }),
            ("return a licence", |s| Ok(s.return_license(LATER))),
        ];
        let found = |state| Err(Refusal::SubscriptionState { state });
        let table = [
            (
                Active,
                [
                    Ok(Active),
                    Ok(Suspended),
                    found(Active),
                    Ok(Active),
                    Ok(Active),
                    Ok(Active),
                    Ok(Active),
                ],
            ),
            (
                Suspended,
                [
                    found(Suspended),
                    found(Suspended),
                    Ok(Active),
                    Ok(Suspended),
                    Ok(Suspended),
                    found(Suspended),
                    Ok(Suspended),
                ],
            ),
        ];
        assert_eq!(table.len(), State::VARIANTS.len());
        for (state, expected) in table {
            for ((verb, act), expected) in verbs.iter().zip(expected) {
                let outcome = act(subscription(state)).map(|after| {
                    assert_eq!(
                        (after.version, after.update_time),
                        (4, LATER),
                        "{state} {verb}"
                    );
                    assert_eq!(after.create_time, ORDERED, "{state} {verb}");
                    after.state
                });
                assert_eq!(outcome, expected, "{state} {verb}");
            }
        }
    }

    #[test]
    fn a_change_changes_what_it_names() {
        let change = Change {
            display_name: Some("New".to_owned()),
            renewal: Some(Renewal::Off),
            transition: Some(Transition::Suspend),
        };
        let after = subscription(State::Active).change(change, LATER).unwrap();
        assert_eq!(
            (after.display_name.as_str(), after.renewal, after.state),
            ("New", Renewal::Off, State::Suspended)
        );
        assert_eq!((after.quantity, after.assigned), (quantity(2), 1));
    }

    #[test]
    fn quantities_have_a_limit_and_licences_an_end() {
        let raised = subscription(State::Active)
            .raise(quantity(999_998), LATER)
            .unwrap();
        assert_eq!(raised.quantity, quantity(1_000_000));
        let limit = Refusal::QuantityLimit {
            quantity: 1_000_000,
        };
        assert_eq!(raised.raise(quantity(1), LATER).unwrap_err(), limit);

        let all = subscription(State::Active).take_license(LATER).unwrap();
        assert_eq!(all.assigned, 2);
        let exhausted = Refusal::LicensesExhausted { quantity: 2 };
        assert_eq!(all.clone().take_license(LATER).unwrap_err(), exhausted);
        assert_eq!(all.return_license(LATER).assigned, 1);
    }
}

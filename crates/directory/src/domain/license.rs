//! Licences: one of a subscription's, assigned to a user, until it is withdrawn for good.

use platform::clock::Time;
use vocabulary::id::{CustomerId, LicenseId, SubscriptionId, UserId};

use super::Refusal;
use super::subscription::Subscription;
use super::user::User;

/// A licence of a subscription, assigned to a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct License {
    /// Its id. Assigning again makes another.
    pub id: LicenseId,
    /// Whose subscription and user they are.
    pub customer: CustomerId,
    /// Of which subscription.
    pub subscription: SubscriptionId,
    /// Which user has it.
    pub user: UserId,
    /// When it was assigned.
    pub assign_time: Time,
    /// When it was withdrawn.
    pub withdraw_time: Option<Time>,
}

impl License {
    /// Assigns a licence to a user of the subscription's customer; `held` is the one that the user
    /// has already.
    pub fn assign(
        id: LicenseId,
        subscription: Subscription,
        user: &User,
        held: Option<LicenseId>,
        now: Time,
    ) -> Result<(Self, Subscription), Refusal> {
        user.check_present()?;
        subscription.check_active()?;
        if let Some(license) = held {
            let customer = subscription.customer;
            return Err(Refusal::LicenseAssigned { customer, license });
        }
        let subscription = subscription.take_license(now)?;
        let license = Self {
            id,
            customer: subscription.customer.clone(),
            subscription: subscription.id,
            user: user.id,
            assign_time: now,
            withdraw_time: None,
        };
        Ok((license, subscription))
    }

    /// Withdraws the licence from its user, wherever its subscription stands.
    pub fn withdraw(
        self,
        subscription: Subscription,
        now: Time,
    ) -> Result<(Self, Subscription), Refusal> {
        if self.withdraw_time.is_some() {
            return Err(Refusal::LicenseWithdrawn);
        }
        let license = Self {
            withdraw_time: Some(now),
            ..self
        };
        Ok((license, subscription.return_license(now)))
    }
}

#[cfg(test)]
mod tests {
    use strum::VariantArray;
    use uuid::Uuid;

    use super::super::subscription::State::{self, Active, Suspended};
    use super::super::subscription::tests::subscription;
    use super::super::user::tests::user;
    use super::*;

    const NOW: Time = Time::from_micros(5);

    fn id(number: u128) -> LicenseId {
        Uuid::from_u128(number).into()
    }

    /// Where the subscription is, whether the user is there and has a licence, and what becomes of
    /// assigning one.
    #[test]
    fn every_state_of_what_is_assigned() {
        let removed = Some(Time::from_micros(4));
        let held = || Some(id(9));
        let customer = subscription(Active).customer;
        let assigned = || Refusal::LicenseAssigned {
            customer: customer.clone(),
            license: id(9),
        };
        let suspended = || Refusal::SubscriptionState { state: Suspended };
        let table = [
            (Active, None, None, Ok(2)),
            (Active, None, held(), Err(assigned())),
            (Active, removed, None, Err(Refusal::UserRemoved)),
            (Active, removed, held(), Err(Refusal::UserRemoved)),
            (Suspended, None, None, Err(suspended())),
            (Suspended, None, held(), Err(suspended())),
            (Suspended, removed, None, Err(Refusal::UserRemoved)),
            (Suspended, removed, held(), Err(Refusal::UserRemoved)),
        ];
        for (state, remove_time, held, expected) in table {
            let outcome =
                License::assign(id(1), subscription(state), &user(remove_time), held, NOW);
            let outcome = outcome.map(|(license, subscription)| {
                assert_eq!((license.assign_time, license.withdraw_time), (NOW, None));
                subscription.assigned
            });
            assert_eq!(outcome, expected, "{state} {remove_time:?} {held:?}");
        }
    }

    #[test]
    fn a_licence_is_withdrawn_once_and_wherever_its_subscription_stands() {
        let (license, _) =
            License::assign(id(1), subscription(Active), &user(None), None, NOW).unwrap();
        for state in State::VARIANTS {
            let (withdrawn, after) = license.clone().withdraw(subscription(*state), NOW).unwrap();
            assert_eq!((withdrawn.withdraw_time, after.assigned), (Some(NOW), 0));
            let again = withdrawn.withdraw(after, NOW);
            assert_eq!(again.unwrap_err(), Refusal::LicenseWithdrawn);
        }
    }

    #[test]
    fn no_more_are_assigned_than_there_are() {
        let all = Subscription {
            assigned: 2,
            ..subscription(Active)
        };
        let outcome = License::assign(id(1), all, &user(None), None, NOW);
        assert_eq!(
            outcome.unwrap_err(),
            Refusal::LicensesExhausted { quantity: 2 }
        );
    }
}

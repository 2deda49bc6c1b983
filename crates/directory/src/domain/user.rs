//! Users of customers: added and removed. One that was removed does not come back; another may have
//! its sign-in name.

use platform::clock::Time;
use vocabulary::id::{CustomerId, UserId};

use super::Refusal;
use super::field::SignInName;

/// A person in a customer's tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    /// Whose user it is.
    pub customer: CustomerId,
    /// The person's name.
    pub display_name: String,
    /// With what the person signs in.
    pub sign_in_name: SignInName,
    /// When it was added.
    pub create_time: Time,
    /// When it was removed.
    pub remove_time: Option<Time>,
}

/// A user that is not there yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// The person's name.
    pub display_name: String,
    /// With what the person will sign in.
    pub sign_in_name: SignInName,
}

impl User {
    /// Adds one.
    pub fn add(id: UserId, customer: CustomerId, new: NewUser, now: Time) -> Self {
        Self {
            id,
            customer,
            display_name: new.display_name,
            sign_in_name: new.sign_in_name,
            create_time: now,
            remove_time: None,
        }
    }

    /// Removes the user. Its licences are withdrawn with it.
    pub fn remove(self, now: Time) -> Result<Self, Refusal> {
        self.check_present()?;
        Ok(Self {
            remove_time: Some(now),
            ..self
        })
    }

    pub(super) fn check_present(&self) -> Result<(), Refusal> {
        match self.remove_time {
            None => Ok(()),
            Some(_) => Err(Refusal::UserRemoved),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use uuid::Uuid;

    use super::*;

    /// A user of adatum, for the tests of other rules.
    pub(crate) fn user(remove_time: Option<Time>) -> User {
        User {
            id: Uuid::from_u128(2).into(),
            customer: CustomerId::parse("adatum").unwrap(),
            display_name: "Ana".to_owned(),
            sign_in_name: SignInName::parse("ana@adatum.example").unwrap(),
            create_time: Time::from_micros(1),
            remove_time,
        }
    }

    #[test]
    fn a_user_is_removed_once() {
        let now = Time::from_micros(2);
        let removed = user(None).remove(now).unwrap();
        assert_eq!(removed.remove_time, Some(now));
        assert_eq!(
            removed.remove(Time::from_micros(3)),
            Err(Refusal::UserRemoved)
        );
    }
}

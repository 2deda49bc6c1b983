//! What a line of an import says, and the rules by which it becomes part of what is there.
//!
//! Lines are taken in their order: a later one finds what an earlier one brought. A line that
//! cannot be taken leaves everything as it was. How a line is written is not known here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use platform::clock::Time;
use vocabulary::id::{CustomerId, LicenseId, PartnerId, SubscriptionId, UserId};

use super::business::Business;
use super::field::{Quantity, SignInName};
use super::license::License;
use super::subscription::{Renewal, State, Subscription};
use super::user::User;

/// What one line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A partner has this customer.
    Business(Business),
    /// The portals refuse to tell of a partner.
    Refused(Refused),
    /// A customer has this subscription.
    Subscription(SubscriptionRecord),
    /// A customer has this user.
    User(UserRecord),
    /// A user has this licence.
    License(LicenseRecord),
}

/// Of which partner the portals refuse to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub partner: PartnerId,
    /// Why; `None`: they do not refuse any more.
    pub reason: Option<String>,
}

/// A subscription as a line has it. A time that is not given stays, or is the time of the import.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of Subscription")]
pub struct SubscriptionRecord {
    pub id: SubscriptionId,
    pub customer: CustomerId,
    pub offer: String,
    pub display_name: String,
    pub quantity: Quantity,
    pub renewal: Renewal,
    pub state: State,
    pub create_time: Option<Time>,
    pub update_time: Option<Time>,
}

/// A user as a line has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of User")]
pub struct UserRecord {
    pub id: UserId,
    pub customer: CustomerId,
    pub display_name: String,
    pub sign_in_name: SignInName,
    pub create_time: Option<Time>,
}

/// A licence as a line has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of License")]
pub struct LicenseRecord {
    pub id: LicenseId,
    pub customer: CustomerId,
    pub subscription: SubscriptionId,
    pub user: UserId,
    pub assign_time: Option<Time>,
}

/// Why a line is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The id names something of another customer.
    #[error("id is another customer's")]
    ForeignId,
    /// More licences are assigned than the subscription would have.
    #[error("quantity is less than the {0} licences that are assigned")]
    QuantityBelowAssigned(i32),
    /// The user was removed, and does not come back.
    #[error("the user was removed")]
    UserRemoved,
    /// Another user of the customer has this name.
    #[error("sign_in_name is another user's")]
    SignInNameTaken,
    /// The customer has no such subscription, and no earlier line brings it.
    #[error("subscription is not there, nor in an earlier line")]
    SubscriptionUnknown,
    /// The customer has no such user, and no earlier line brings it.
    #[error("user is not there, nor in an earlier line")]
    UserUnknown,
    /// The id names a licence of another subscription or user.
    #[error("id is another licence's")]
    OtherLicense,
    /// The licence was withdrawn, and does not come back.
    #[error("the licence was withdrawn")]
    LicenseWithdrawn,
    /// The user has another licence of the subscription.
    #[error("the user has another licence of this subscription")]
    LicenseAssigned,
    /// Every licence of the subscription is assigned.
    #[error("all {0} licences of the subscription are assigned")]
    LicensesExhausted(i32),
}

/// What is there of all that some lines are about, and what they make of it.
#[derive(Debug, Default)]
pub struct Holdings {
    subscriptions: BTreeMap<SubscriptionId, Subscription>,
    users: BTreeMap<UserId, User>,
    licenses: BTreeMap<LicenseId, License>,
    /// Who has a sign-in name.
    names: HashMap<(CustomerId, String), UserId>,
    /// The assigned licence of a user.
    held: HashMap<(SubscriptionId, UserId), LicenseId>,
    changed: Changed,
}

#[derive(Debug, Default)]
struct Changed {
    subscriptions: BTreeSet<SubscriptionId>,
    users: BTreeSet<UserId>,
    licenses: BTreeSet<LicenseId>,
    renamed: BTreeSet<UserId>,
}

impl Holdings {
    /// What the store holds before the lines are read: the rows that they name, the users that have
    /// their sign-in names, and the assigned licences of their users.
    pub fn new(subscriptions: Vec<Subscription>, users: Vec<User>, licenses: Vec<License>) -> Self {
        let present = users.iter().filter(|user| user.remove_time.is_none());
        let assigned = licenses.iter().filter(|one| one.withdraw_time.is_none());
        Self {
            names: present.map(|user| (name_of(user), user.id)).collect(),
            held: assigned
                .map(|one| ((one.subscription, one.user), one.id))
                .collect(),
            subscriptions: subscriptions.into_iter().map(|one| (one.id, one)).collect(),
            users: users.into_iter().map(|one| (one.id, one)).collect(),
            licenses: licenses.into_iter().map(|one| (one.id, one)).collect(),
            changed: Changed::default(),
        }
    }

    /// Takes a subscription, as a new one or in place of what it was.
    pub fn take_subscription(
        &mut self,
        says: SubscriptionRecord,
        now: Time,
    ) -> Result<(), Rejection> {
        let earlier = self.subscriptions.get(&says.id);
        if earlier.is_some_and(|earlier| earlier.customer != says.customer) {
            return Err(Rejection::ForeignId);
        }
        let assigned = earlier.map_or(0, |earlier| earlier.assigned);
        if assigned > says.quantity.get() {
            return Err(Rejection::QuantityBelowAssigned(assigned));
        }
        let kept = |time: fn(&Subscription) -> Time| earlier.map(time);
        let create_time = says
            .create_time
            .or(kept(|one| one.create_time))
            .unwrap_or(now);
        let mut taken = Subscription {
            id: says.id,
            customer: says.customer,
            offer: says.offer,
            display_name: says.display_name,
            state: says.state,
            renewal: says.renewal,
            quantity: says.quantity,
            assigned,
            create_time,
            update_time: says
                .update_time
                .or(kept(|one| one.update_time))
                .unwrap_or(create_time),
            version: earlier.map_or(1, |earlier| earlier.version),
        };
        if earlier == Some(&taken) {
            return Ok(());
        }
        if earlier.is_some() {
            taken.update_time = says.update_time.unwrap_or(now);
            taken.version += 1;
        }
        self.changed.subscriptions.insert(taken.id);
        self.subscriptions.insert(taken.id, taken);
        Ok(())
    }

    /// Takes a user, as a new one or in place of what it was.
    pub fn take_user(&mut self, says: UserRecord, now: Time) -> Result<(), Rejection> {
        let earlier = self.users.get(&says.id);
        if earlier.is_some_and(|earlier| earlier.customer != says.customer) {
            return Err(Rejection::ForeignId);
        }
        if earlier.is_some_and(|earlier| earlier.remove_time.is_some()) {
            return Err(Rejection::UserRemoved);
        }
        let kept = earlier.map(|earlier| earlier.create_time);
        let taken = User {
            id: says.id,
            customer: says.customer,
            display_name: says.display_name,
            sign_in_name: says.sign_in_name,
            create_time: says.create_time.or(kept).unwrap_or(now),
            remove_time: None,
        };
        if earlier == Some(&taken) {
            return Ok(());
        }
        let (before, after) = (earlier.map(name_of), name_of(&taken));
        if self.names.get(&after).is_some_and(|user| *user != taken.id) {
            return Err(Rejection::SignInNameTaken);
        }
        if let Some(before) = before.filter(|before| *before != after) {
            self.names.remove(&before);
            self.changed.renamed.insert(taken.id);
        }
        self.names.insert(after, taken.id);
        self.changed.users.insert(taken.id);
        self.users.insert(taken.id, taken);
        Ok(())
    }

    /// Takes an assigned licence, as a new one or in place of what it was. When its subscription
    /// changed, its line says.
    pub fn take_license(&mut self, says: LicenseRecord, now: Time) -> Result<(), Rejection> {
        let subscription = self
            .subscriptions
            .get_mut(&says.subscription)
            .filter(|subscription| subscription.customer == says.customer)
            .ok_or(Rejection::SubscriptionUnknown)?;
        let user = self
            .users
            .get(&says.user)
            .filter(|user| user.customer == says.customer);
        let user = user.ok_or(Rejection::UserUnknown)?;
        if user.remove_time.is_some() {
            return Err(Rejection::UserRemoved);
        }
        if let Some(earlier) = self.licenses.get_mut(&says.id) {
            let same = earlier.subscription == says.subscription && earlier.user == says.user;
            if !same {
                return Err(Rejection::OtherLicense);
            }
            if earlier.withdraw_time.is_some() {
                return Err(Rejection::LicenseWithdrawn);
            }
            if let Some(time) = says.assign_time.filter(|time| *time != earlier.assign_time) {
                earlier.assign_time = time;
                self.changed.licenses.insert(says.id);
            }
            return Ok(());
        }
        let pair = (says.subscription, says.user);
        if self.held.contains_key(&pair) {
            return Err(Rejection::LicenseAssigned);
        }
        if subscription.is_exhausted() {
            return Err(Rejection::LicensesExhausted(subscription.quantity.get()));
        }
        subscription.assigned += 1;
        subscription.version += 1;
        self.changed.subscriptions.insert(says.subscription);
        self.changed.licenses.insert(says.id);
        self.held.insert(pair, says.id);
        let license = License {
            id: says.id,
            customer: says.customer,
            subscription: says.subscription,
            user: says.user,
            assign_time: says.assign_time.unwrap_or(now),
            withdraw_time: None,
        };
        self.licenses.insert(license.id, license);
        Ok(())
    }

    /// The subscriptions that are new or another than before.
    pub fn changed_subscriptions(&self) -> Vec<Subscription> {
        of(&self.subscriptions, &self.changed.subscriptions)
    }

    /// The users that are new or another than before.
    pub fn changed_users(&self) -> Vec<User> {
        of(&self.users, &self.changed.users)
    }

    /// The licences that are new or another than before.
    pub fn changed_licenses(&self) -> Vec<License> {
        of(&self.licenses, &self.changed.licenses)
    }

    /// The users that had another sign-in name in between, which somebody else may have now.
    pub fn renamed_users(&self) -> Vec<UserId> {
        self.changed.renamed.iter().copied().collect()
    }
}

fn of<Id: Ord, T: Clone>(all: &BTreeMap<Id, T>, ids: &BTreeSet<Id>) -> Vec<T> {
    ids.iter().filter_map(|id| all.get(id)).cloned().collect()
}

fn name_of(user: &User) -> (CustomerId, String) {
    (user.customer.clone(), user.sign_in_name.key())
}

impl From<Subscription> for SubscriptionRecord {
    fn from(subscription: Subscription) -> Self {
        Self {
            id: subscription.id,
            customer: subscription.customer,
            offer: subscription.offer,
            display_name: subscription.display_name,
            quantity: subscription.quantity,
            renewal: subscription.renewal,
            state: subscription.state,
            create_time: Some(subscription.create_time),
            update_time: Some(subscription.update_time),
        }
    }
}

impl From<User> for UserRecord {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            customer: user.customer,
            display_name: user.display_name,
            sign_in_name: user.sign_in_name,
            create_time: Some(user.create_time),
        }
    }
}

impl From<License> for LicenseRecord {
    fn from(license: License) -> Self {
        Self {
            id: license.id,
            customer: license.customer,
            subscription: license.subscription,
            user: license.user,
            assign_time: Some(license.assign_time),
        }
    }
}

#[cfg(test)]
mod tests;

//! The statements that have to stay cheap, for the tests that ask a store how it carries them out.

use platform::clock::Time;
use platform::page::PageRequest;
use sea_orm::{DbBackend, QueryTrait, Statement};
use vocabulary::id::{CustomerId, LicenseId, OrderId, PartnerId, SubscriptionId, UserId};

use super::business::{BusinessCursor, business_of};
use super::license::{held, licenses_newest};
use super::order::orders_newest;
use super::subscription::subscriptions_newest;
use super::user::users_newest;
pub use crate::domain::subscription::State;

/// A page of a list in the order of time.
pub type Newest<Id> = PageRequest<(Time, Id)>;

/// StreamExistingBusiness, from its beginning or behind a customer at a portal.
pub fn business(
    backend: DbBackend,
    partner: &PartnerId,
    after: Option<&BusinessCursor>,
) -> Statement {
    business_of(partner, after, 1_001).build(backend)
}

/// ListSubscriptions.
pub fn subscriptions(
    backend: DbBackend,
    customer: &CustomerId,
    state: Option<State>,
    page: &Newest<SubscriptionId>,
) -> Statement {
    subscriptions_newest(customer, state, page.after(), page.limit()).build(backend)
}

/// ListOrders.
pub fn orders(
    backend: DbBackend,
    customer: &CustomerId,
    partner: &PartnerId,
    page: &Newest<OrderId>,
) -> Statement {
    orders_newest(customer, partner, page.after(), page.limit()).build(backend)
}

/// ListUsers.
pub fn users(backend: DbBackend, customer: &CustomerId, page: &Newest<UserId>) -> Statement {
    users_newest(customer, page.after(), page.limit()).build(backend)
}

/// ListLicenses.
pub fn licenses(backend: DbBackend, customer: &CustomerId, page: &Newest<LicenseId>) -> Statement {
    licenses_newest(customer, page.after(), page.limit()).build(backend)
}

/// Whether a user has a licence of a subscription.
pub fn license_held(backend: DbBackend, user: UserId, subscription: SubscriptionId) -> Statement {
    held(user, subscription).build(backend)
}

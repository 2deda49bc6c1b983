//! The domain in messages of the wire, and the enums of requests read into the domain. Nothing
//! is decided here.

use platform::clock::Time;
use platform::error::Violation;
use platform::field::known;
use prost_types::Timestamp;
use proto::customer::v1 as customer;
use proto::customer::v1::Permission;
use proto::directory::v1;
use vocabulary::name::{
    CustomerName, LicenseName, OrderName, PartnerName, SubscriptionName, UserName,
};

use crate::domain::business::{Business, KnownPrivilege};
use crate::domain::license::License;
use crate::domain::order::{Kind, Order};
use crate::domain::subscription::{Renewal, State, Subscription, Transition};
use crate::domain::user::User;

pub(super) fn etag(version: i64) -> String {
    version.to_string()
}

pub(super) fn business(business: Business) -> v1::ExistingBusiness {
    v1::ExistingBusiness {
        portal: business.portal.as_str().to_owned(),
        customer: CustomerName::new(&business.customer).to_string(),
        display_name: business.display_name,
        country: business.country.as_str().to_owned(),
        domain: business.domain.as_str().to_owned(),
        privileges: business.privileges.into_iter().map(privilege).collect(),
    }
}

fn privilege(privilege: KnownPrivilege) -> v1::KnownPrivilege {
    let permissions = privilege.areas.permissions();
    let permissions = permissions.map(|one| Permission::from(one).into());
    v1::KnownPrivilege {
        permissions: permissions.collect(),
        expire_time: privilege.expire_time.and_then(time),
    }
}

pub(super) fn subscription(subscription: Subscription) -> customer::Subscription {
    customer::Subscription {
        name: SubscriptionName::new(&subscription.customer, subscription.id).to_string(),
        offer: subscription.offer,
        display_name: subscription.display_name,
        state: match subscription.state {
            State::Active => customer::SubscriptionState::Active,
            State::Suspended => customer::SubscriptionState::Suspended,
        }
        .into(),
        renewal: match subscription.renewal {
            Renewal::Automatic => customer::Renewal::Automatic,
            Renewal::Off => customer::Renewal::Off,
        }
        .into(),
        quantity: subscription.quantity.get(),
        assigned_quantity: subscription.assigned,
        create_time: time(subscription.create_time),
        update_time: time(subscription.update_time),
        etag: etag(subscription.version),
    }
}

pub(super) fn user(user: User) -> customer::User {
    customer::User {
        name: UserName::new(&user.customer, user.id).to_string(),
        display_name: user.display_name,
        sign_in_name: user.sign_in_name.as_str().to_owned(),
        create_time: time(user.create_time),
        remove_time: user.remove_time.and_then(time),
    }
}

pub(super) fn license(license: License) -> customer::License {
    customer::License {
        name: LicenseName::new(&license.customer, license.id).to_string(),
        subscription: SubscriptionName::new(&license.customer, license.subscription).to_string(),
        user: UserName::new(&license.customer, license.user).to_string(),
        assign_time: time(license.assign_time),
        withdraw_time: license.withdraw_time.and_then(time),
    }
}

pub(super) fn order(order: Order) -> customer::Order {
    customer::Order {
        name: OrderName::new(&order.customer, order.id).to_string(),
        partner: PartnerName::new(&order.partner).to_string(),
        kind: match order.kind {
            Kind::NewSubscription => customer::OrderKind::NewSubscription,
            Kind::MoreLicenses => customer::OrderKind::MoreLicenses,
        }
        .into(),
        subscription: SubscriptionName::new(&order.customer, order.subscription).to_string(),
        quantity: order.quantity.get(),
        create_time: time(order.create_time),
    }
}

/// Reads where a subscription stands; `None`: not given.
pub(super) fn read_state(field: &str, number: i32) -> Result<Option<State>, Violation> {
    Ok(match known(field, number)? {
        customer::SubscriptionState::Unspecified => None,
        customer::SubscriptionState::Active => Some(State::Active),
        customer::SubscriptionState::Suspended => Some(State::Suspended),
    })
}

/// Reads what happens at the end of a term; `None`: not given.
pub(super) fn read_renewal(field: &str, number: i32) -> Result<Option<Renewal>, Violation> {
    Ok(match known(field, number)? {
        customer::Renewal::Unspecified => None,
        customer::Renewal::Automatic => Some(Renewal::Automatic),
        customer::Renewal::Off => Some(Renewal::Off),
    })
}

/// Reads what is done to a subscription's state; `None`: nothing.
pub(super) fn read_transition(field: &str, number: i32) -> Result<Option<Transition>, Violation> {
    Ok(match known(field, number)? {
        customer::SubscriptionTransition::Unspecified => None,
        customer::SubscriptionTransition::Suspend => Some(Transition::Suspend),
        customer::SubscriptionTransition::Resume => Some(Transition::Resume),
    })
}

fn time(time: Time) -> Option<Timestamp> {
    Some(time.into())
}

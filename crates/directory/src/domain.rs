//! The rules: what customers have, what may become of it, and what a line of an import may say.
//!
//! Pure and synchronous: a rule gets what is there and the time, and answers what becomes of it, or
//! a [`Refusal`]. Never a store, a message of the wire, a clock, or who may do something: that was
//! decided before.

pub mod business;
pub mod field;
pub mod license;
pub mod mandate;
pub mod order;
pub mod record;
pub mod subscription;
pub mod user;

use vocabulary::id::{CustomerId, LicenseId};

/// Why something was not done. An answer, not an incident.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Absent, or another customer's.
    #[error("not found, or not yours to see")]
    NotFound,
    /// The subscription is not where this verb needs it.
    #[error("the subscription is {state}")]
    SubscriptionState {
        /// Where it is.
        state: subscription::State,
    },
    /// With what is ordered the subscription would have too many licences.
    #[error(
        "a subscription has at most {} licences, this one has {quantity}",
        field::QUANTITY_MAX
    )]
    QuantityLimit {
        /// How many it has.
        quantity: i32,
    },
    /// Every licence of the subscription is assigned.
    #[error(
        "all {quantity} licences of the subscription are assigned: order more, or withdraw one"
    )]
    LicensesExhausted {
        /// How many it has.
        quantity: i32,
    },
    /// The user has a licence of this subscription.
    #[error("the user has a licence of this subscription already")]
    LicenseAssigned {
        /// Whose it is.
        customer: CustomerId,
        /// Which one.
        license: LicenseId,
    },
    /// The licence is not assigned any more.
    #[error("the licence was withdrawn before")]
    LicenseWithdrawn,
    /// Another user of the customer has this name.
    #[error("another user of the customer signs in with this name")]
    SignInNameTaken,
    /// The user is not there any more.
    #[error("the user was removed before")]
    UserRemoved,
    /// The portals do not tell of this partner.
    #[error("{reason}")]
    PartnerRefused {
        /// Why, as the portals say it.
        reason: String,
    },
}

//! Orders: what a partner ordered for a customer. An order is taken whole or not at all, and never
//! changes.

use platform::clock::Time;
use vocabulary::id::{CustomerId, OrderId, PartnerId, SubscriptionId};

use super::Refusal;
use super::field::Quantity;
use super::subscription::{Offered, Subscription};

/// What an order asks for.
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
pub enum Kind {
    /// A subscription that was not there before.
    NewSubscription,
    /// More licences on one that was.
    MoreLicenses,
}

/// What is ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A subscription that is not there yet.
    New(Offered),
    /// More licences on one that is.
    More {
        /// Which one.
        subscription: SubscriptionId,
        /// How many more.
        quantity: Quantity,
    },
}

/// An order that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    /// For whom.
    pub customer: CustomerId,
    /// Who ordered.
    pub partner: PartnerId,
    /// What it asked for.
    pub kind: Kind,
    /// The subscription that it made or raised.
    pub subscription: SubscriptionId,
    /// How many licences it brought.
    pub quantity: Quantity,
    /// When it was taken.
    pub create_time: Time,
}

impl Order {
    /// Takes an order of a new subscription, which gets this id.
    pub fn begin(
        (id, subscription): (OrderId, SubscriptionId),
        customer: CustomerId,
        partner: PartnerId,
        offered: Offered,
        now: Time,
    ) -> (Self, Subscription) {
        let subscription = Subscription::begin(subscription, customer, offered, now);
        let quantity = subscription.quantity;
        (
            Self::of(
                id,
                partner,
                Kind::NewSubscription,
                &subscription,
                quantity,
                now,
            ),
            subscription,
        )
    }

    /// Takes an order of more licences on an existing subscription.
    pub fn raise(
        id: OrderId,
        partner: PartnerId,
        subscription: Subscription,
        quantity: Quantity,
        now: Time,
    ) -> Result<(Self, Subscription), Refusal> {
        let raised = subscription.raise(quantity, now)?;
        Ok((
            Self::of(id, partner, Kind::MoreLicenses, &raised, quantity, now),
            raised,
        ))
    }

    fn of(
        id: OrderId,
        partner: PartnerId,
        kind: Kind,
        subscription: &Subscription,
        quantity: Quantity,
        now: Time,
    ) -> Self {
        Self {
            id,
            customer: subscription.customer.clone(),
            partner,
            kind,
            subscription: subscription.id,
            quantity,
            create_time: now,
        }
    }
}

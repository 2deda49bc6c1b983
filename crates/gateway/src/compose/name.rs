//! The names that the gateway itself reads: who acts for whom, and what belongs to whom. Every other id in a name is its
//! owner's to read.

use platform::error::{Common, Failure};
use platform::id::{CustomerId, Malformed, PartnerId, segments};

/// What a subscription is called.
pub(super) const SUBSCRIPTION: Shape = Shape {
    template: "customers/{}/subscriptions/{}",
    shown: "customers/{customer}/subscriptions/{subscription}",
};
/// What a user is called.
pub(super) const USER: Shape = Shape {
    template: "customers/{}/users/{}",
    shown: "customers/{customer}/users/{user}",
};
/// What a licence is called.
pub(super) const LICENSE: Shape = Shape {
    template: "customers/{}/licenses/{}",
    shown: "customers/{customer}/licenses/{license}",
};

/// The shape of the names of things that customers have.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    template: &'static str,
    shown: &'static str,
}

impl Shape {
    /// Whose thing this is the name of.
    pub(super) fn owner(self, name: &str) -> Result<CustomerId, Malformed> {
        let [customer, _] = segments(self.template, name).ok_or(Malformed(self.shown))?;
        CustomerId::parse(customer)
    }
}

/// A partner, and a customer that it acts for or looks at.
pub(super) struct Pair {
    pub(super) partner: PartnerId,
    pub(super) customer: CustomerId,
}

impl Pair {
    /// Reads `partners/{partner}/customers/{customer}`.
    pub(super) fn parse(name: &str) -> Result<Self, Malformed> {
        let [partner, customer] = segments("partners/{}/customers/{}", name)
            .ok_or(Malformed("partners/{partner}/customers/{customer}"))?;
        Ok(Self {
            partner: PartnerId::parse(partner)?,
            customer: CustomerId::parse(customer)?,
        })
    }

    pub(super) fn partner(&self) -> String {
        format!("partners/{}", self.partner)
    }

    pub(super) fn customer(&self) -> String {
        format!("customers/{}", self.customer)
    }

    /// Refuses what another customer has: it is NOT_FOUND, whether there is such a thing or not.
    pub(super) fn has(&self, owner: &CustomerId) -> Result<(), Common> {
        if *owner == self.customer {
            Ok(())
        } else {
            Err(Common::NotFound)
        }
    }

    /// Holds an answer of the portals against the customer they were asked for: what is another's is never shown.
    pub(super) fn answered_with<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), Failure> {
        let own = |name: &str| {
            name.strip_prefix("customers/")
                .and_then(|rest| rest.split_once('/'))
                .is_some_and(|(customer, _)| customer == self.customer.as_str())
        };
        if names.into_iter().all(own) {
            Ok(())
        } else {
            Err(Failure::other(
                "the portals answered with what another customer has",
            ))
        }
    }
}

//! Existing business: which customers a partner already works for, as a portal knows it.

use platform::clock::Time;
use vocabulary::country::Country;
use vocabulary::domain::Domain;
use vocabulary::id::{CustomerId, PartnerId};
use vocabulary::permission::Areas;
use vocabulary::portal::Portal;

/// The most privileges that one portal knows of one customer.
pub const PRIVILEGES_MAX: usize = 10;

/// A delegated admin privilege that a portal knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownPrivilege {
    /// What may be managed, at least one area.
    pub areas: Areas,
    /// When it ends by itself; `None`: never.
    pub expire_time: Option<Time>,
}

/// One customer of a partner, as one portal knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Business {
    /// Whose customer it is.
    pub partner: PartnerId,
    pub customer: CustomerId,
    /// Which portal knows it. Another may know the same customer.
    pub portal: Portal,
    /// The customer's display name.
    pub display_name: String,
    /// Where the customer is.
    pub country: Country,
    /// The customer's primary domain.
    pub domain: Domain,
    /// The privileges that the portal knows.
    pub privileges: Vec<KnownPrivilege>,
}

//! Whose something is: a partner acts on what its customer has, and is shown nothing else.

use platform::error::{Failure, SharedRefusal};
use vocabulary::id::CustomerId;
use vocabulary::name::PartnerCustomerName;

/// Refuses what another customer has: it is NOT_FOUND, whether there is such a thing or not.
pub(super) fn has(pair: &PartnerCustomerName, owner: &CustomerId) -> Result<(), SharedRefusal> {
    if *owner == pair.customer {
        Ok(())
    } else {
        Err(SharedRefusal::NotFound)
    }
}

/// Holds an answer of the portals against the customer they were asked for: what is another's is
/// never shown.
pub(super) fn answered_with<'a>(
    pair: &PartnerCustomerName,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<(), Failure> {
    let own = |name: &str| {
        name.strip_prefix("customers/")
            .and_then(|rest| rest.split_once('/'))
            .is_some_and(|(customer, _)| customer == pair.customer.as_str())
    };
    if names.into_iter().all(own) {
        Ok(())
    } else {
        Err(Failure::other(
            "the portals answered with what another customer has",
        ))
    }
}

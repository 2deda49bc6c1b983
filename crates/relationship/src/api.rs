//! The gRPC services of relationship: requests become domain types here, once, and refusals become
//! statuses.
//!
//! Who may call which method stands with its declaration; whose partner or customer it is, each
//! handler asks. No rule is here.

mod access;
mod convert;
mod internal;
mod partner;
mod reach;
mod refusal;
mod relationship;
mod watch;

use platform::client::Upstream;
use platform::error::{SharedRefusal, Violation};
use platform::field::{self, Presence, Violations};
use platform::identity::{Caller, Identity};
use vocabulary::Malformed;
use vocabulary::id::{CustomerId, PartnerId};
use vocabulary::limits::{DISPLAY_NAME_MAX, REASON_MAX};
use vocabulary::name::{CustomerName, Parent, PartnerName};

pub(crate) use self::watch::Watchers;
use crate::domain::{Programme, Scope};
use crate::importer::Importer;
use crate::store::Store;

/// All four services. Clones share the store.
#[derive(Clone)]
pub(crate) struct Api {
    store: Store,
    programme: Programme,
    watchers: Watchers,
    importer: Importer,
    directory: Upstream,
}

impl Api {
    /// The services on a store, with the watchers of its changes, who imports what they approve,
    /// and the portals.
    pub(crate) fn new(
        store: Store,
        programme: Programme,
        watchers: Watchers,
        importer: Importer,
        directory: Upstream,
    ) -> Self {
        Self {
            store,
            programme,
            watchers,
            importer,
            directory,
        }
    }
}

/// The version of a resource that the caller has read; empty where any will do.
struct Etag(String);

impl Etag {
    fn check(&self, version: i64) -> Result<(), SharedRefusal> {
        let matches = self.0.is_empty() || self.0 == convert::etag(version);
        if matches {
            Ok(())
        } else {
            Err(SharedRefusal::EtagMismatch)
        }
    }
}

/// The caller as the partner, or else as the customer, of what is between the two.
fn as_either<'a>(
    identity: &'a Identity,
    partner: &PartnerId,
    customer: &CustomerId,
) -> Result<&'a Caller, SharedRefusal> {
    match identity.as_partner(partner) {
        Err(SharedRefusal::NotFound) => identity.as_customer(customer),
        outcome => outcome,
    }
}

/// The caller as the partner or the customer whose list it is.
fn as_parent<'a>(identity: &'a Identity, parent: &Parent) -> Result<&'a Caller, SharedRefusal> {
    match parent {
        Parent::Partner(partner) => identity.as_partner(partner),
        Parent::Customer(customer) => identity.as_customer(customer),
    }
}

/// The parent of a list, and what of it is listed: everything, or what it has with one counterpart.
fn read_scope(v: &mut Violations, parent: &str, counterpart: &str) -> Option<(Parent, Scope)> {
    let parent = v.check("parent", Parent::parse(parent))?;
    let scope: Result<Scope, Malformed> = match (&parent, counterpart) {
        (Parent::Partner(partner), "") => Ok(Scope::Partner(partner.clone())),
        (Parent::Customer(customer), "") => Ok(Scope::Customer(customer.clone())),
        (Parent::Partner(partner), customer) => {
            CustomerName::ids_of(customer).map(|customer| Scope::Both(partner.clone(), customer))
        }
        (Parent::Customer(customer), partner) => {
            PartnerName::ids_of(partner).map(|partner| Scope::Both(partner, customer.clone()))
        }
    };
    let scope = v.check("counterpart", scope)?;
    Some((parent, scope))
}

/// The tenant that a page token is good for.
fn tenant(caller: &Caller) -> &str {
    caller.tenant().unwrap_or_default()
}

fn read_display_name(field: &str, text: &str) -> Result<String, Violation> {
    field::line(field, text, DISPLAY_NAME_MAX, Presence::Required)
}

fn read_reason(text: &str, presence: Presence) -> Result<String, Violation> {
    field::lines("reason", text, REASON_MAX, presence)
}

/// Refuses an enum field that is not given.
fn required<T>(field: &str) -> impl FnOnce(Option<T>) -> Result<T, Violation> {
    move |value| value.ok_or_else(|| Violation::new(field, "must be given"))
}

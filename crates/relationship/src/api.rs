//! The gRPC services of relationship: requests become domain types here, once, and refusals become statuses.
//!
//! Who may call which method stands with its declaration; whose partner or customer it is, each handler asks. No rule is here.

mod access;
mod internal;
mod partner;
mod reach;
mod relationship;
mod watch;
mod wire;

use std::time::Duration;

use platform::client::Upstream;
use platform::error::{SharedRefusal, Violation, exhausted, precondition, status};
use platform::field::{self, Presence, Violations};
use platform::identity::{Caller, Identity};
use proto::relationship::v1::ErrorReason;
use tonic::{Code, Status};
use vocabulary::Malformed;
use vocabulary::id::{CustomerId, PartnerId};
use vocabulary::name::{CustomerName, Parent, PartnerName, PartnershipName};

pub(crate) use self::watch::Watchers;
use crate::domain::access::Denial;
use crate::domain::{Programme, Refusal, Scope};
use crate::importer::Importer;
use crate::store::Store;

/// The package that lists the reasons of our own refusals.
const DOMAIN: &str = "partnerconnect.relationship";

/// The longest display name, and the beginning of one that is searched, in characters.
const DISPLAY_NAME: usize = 100;
/// The longest reason that an operator gives, in characters.
const REASON: usize = 256;
/// When a watcher that found no place may find one.
const WATCH_AGAIN: Duration = Duration::from_secs(10);

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
    /// The services on a store, with the watchers of its changes, who imports what they approve, and the portals.
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
        let matches = self.0.is_empty() || self.0 == wire::etag(version);
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
        (Parent::Partner(partner), customer) => CustomerName::parse(customer)
            .map(CustomerName::ids)
            .map(|customer| Scope::Both(partner.clone(), customer)),
        (Parent::Customer(customer), partner) => PartnerName::parse(partner)
            .map(PartnerName::ids)
            .map(|partner| Scope::Both(partner, customer.clone())),
    };
    let scope = v.check("counterpart", scope)?;
    Some((parent, scope))
}

/// The tenant that a page token is good for.
fn tenant(caller: &Caller) -> &str {
    caller.tenant().unwrap_or_default()
}

fn read_display_name(field: &str, text: &str) -> Result<String, Violation> {
    field::line(field, text, DISPLAY_NAME, Presence::Required)
}

fn read_reason(text: &str, presence: Presence) -> Result<String, Violation> {
    field::line("reason", text, REASON, presence)
}

/// The value of an enum field; a number that no value has is refused.
fn known<E: TryFrom<i32>>(field: &str, number: i32) -> Result<E, Violation> {
    E::try_from(number).map_err(|_| Violation::new(field, "must be a value of this enum"))
}

/// Refuses an enum field that is not given.
fn required<T>(field: &str) -> impl FnOnce(Option<T>) -> Result<T, Violation> {
    move |value| value.ok_or_else(|| Violation::new(field, "must be given"))
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        use ErrorReason as Reason;

        let message = refusal.to_string();
        let state = |state: &dyn std::fmt::Display| ("state", state.to_string());
        let failed = |reason: Reason, subject, metadata: &[(&str, String)]| {
            precondition(
                DOMAIN,
                reason_name(reason),
                subject,
                message.clone(),
                metadata,
            )
        };
        match &refusal {
            Refusal::NotFound => SharedRefusal::NotFound.into(),
            Refusal::AccountRequired => {
                SharedRefusal::invalid("account", "must be given: the customer has no account")
                    .into()
            }
            Refusal::EnrollmentState { state: found } => {
                failed(Reason::EnrollmentState, "partner", &[state(found)])
            }
            Refusal::EnrollmentImporting => {
                failed(Reason::EnrollmentState, "partner", &[state(&"IMPORTING")])
            }
            Refusal::AccessDenied(denial) => {
                let reason = reason_name(denied(*denial));
                status(Code::PermissionDenied, DOMAIN, reason, message, &[])
            }
            Refusal::KindFixed { kind } => {
                failed(Reason::KindFixed, "partner", &[("kind", kind.to_string())])
            }
            Refusal::PartnerNotActive {
                partner,
                state: found,
            } => {
                let found = found.map_or("NOT_ENROLLED", Into::into);
                let partner = ("partner", PartnerName::new(partner).to_string());
                failed(
                    Reason::PartnerNotActive,
                    "partner",
                    &[partner, state(&found)],
                )
            }
            Refusal::PartnershipExists {
                partnership,
                state: found,
            } => {
                let partnership = (
                    "partnership",
                    PartnershipName::new(*partnership).to_string(),
                );
                failed(
                    Reason::PartnershipExists,
                    "partnership",
                    &[partnership, state(found)],
                )
            }
            Refusal::SameKind => failed(Reason::SameKind, "partner", &[]),
            Refusal::PartnershipState { state: found } => {
                failed(Reason::PartnershipState, "partnership", &[state(found)])
            }
            Refusal::OwnProposal => failed(Reason::OwnProposal, "partnership", &[]),
            Refusal::ResellerRequired => failed(Reason::ResellerRequired, "reseller", &[]),
            Refusal::PartnershipRequired => failed(Reason::PartnershipRequired, "provider", &[]),
            Refusal::RelationshipState { state: found } => {
                failed(Reason::RelationshipState, "relationship", &[state(found)])
            }
            Refusal::PrivilegeState { state: found } => {
                failed(Reason::PrivilegeState, "privilege", &[state(found)])
            }
            Refusal::AttestationIncomplete => {
                let reason = reason_name(Reason::AttestationIncomplete);
                status(Code::InvalidArgument, DOMAIN, reason, message, &[])
            }
            Refusal::WordingNotCurrent => {
                failed(Reason::WordingNotCurrent, "attestation.wording_id", &[])
            }
            Refusal::ResumeTokenExpired => failed(Reason::ResumeTokenExpired, "resume_token", &[]),
            Refusal::ProposalQuota { retry_after } => {
                let reason = reason_name(Reason::ProposalQuota);
                exhausted(DOMAIN, reason, message, *retry_after, &[])
            }
            Refusal::WatchersLimit => {
                let reason = reason_name(Reason::WatchersLimit);
                exhausted(DOMAIN, reason, message, WATCH_AGAIN, &[])
            }
        }
    }
}

/// The reason of a call that is refused because access is denied.
fn denied(denial: Denial) -> ErrorReason {
    match denial {
        Denial::PartnerNotEnrolled => ErrorReason::PartnerNotEnrolled,
        Denial::PartnerSuspended => ErrorReason::PartnerSuspended,
        Denial::CustomerUnknown => ErrorReason::CustomerUnknown,
        Denial::RelationshipRequired => ErrorReason::RelationshipRequired,
        Denial::NotForThisKind => ErrorReason::NotForThisKind,
        Denial::PrivilegeRequired => ErrorReason::PrivilegeRequired,
    }
}

/// The reason as an ErrorInfo has it.
fn reason_name(reason: ErrorReason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix("ERROR_REASON_").unwrap_or(name)
}

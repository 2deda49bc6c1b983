//! The gRPC services of invitation: requests become domain types here, once, and refusals become
//! statuses.
//!
//! Who may call which method stands with its declaration; whose partner or customer it is, each
//! handler asks. No rule is here, and no statement.

mod acceptance;
mod convert;
mod creation;
mod guesses;
mod internal;
mod invitation;
mod list;
mod refusal;
mod wording;

use std::sync::Arc;

use platform::client::Upstream;
use platform::error::{Failure, SharedRefusal};
use platform::field::{self, Violations};
use platform::identity::Caller;
use proto::relationship::internal::v1::relationship_internal_service_client::RelationshipInternalServiceClient;
use vocabulary::Malformed;
use vocabulary::id::{CustomerId, InvitationId, PartnerId};
use vocabulary::name::InvitationName;

use crate::Error;
use crate::domain::{Found, Invitation, Limits, LinkHolder, LinkKeys, Refusal, StateKind, Target};
use crate::saga::Saga;
use crate::store::Store;
pub(crate) use guesses::Guesses;

/// Both services. Clones share the store.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) store: Store,
    pub(crate) saga: Saga,
    pub(crate) links: Arc<LinkKeys>,
    pub(crate) limits: Limits,
    pub(crate) guesses: Guesses,
    pub(crate) relationship: RelationshipInternalServiceClient<Upstream>,
}

impl Api {
    /// The invitation that a request answers. A link says which one, if it is one of ours and its
    /// caller has not shown too many others.
    fn target(&self, named: Named, caller: &Caller) -> Result<Target, Refusal> {
        match named {
            Named::Link(link) => {
                let now = self.store.now();
                let verified = self.guesses.verify(&link, &self.links, caller, now)?;
                Ok(verified.into())
            }
            Named::Name(partner, invitation) => Ok(Target {
                invitation,
                partner: Some(partner),
                found: Found::ByName,
            }),
        }
    }

    /// The present link of an open invitation; none of any other.
    fn link(&self, invitation: &Invitation) -> Result<String, Error> {
        if invitation.state_kind() != StateKind::Open {
            return Ok(String::new());
        }
        let link = self.links.link(invitation.id, &invitation.link);
        let missing = || Failure::other("an open invitation's link key is not configured");
        Ok(link.ok_or_else(missing)?.reveal())
    }
}

/// Who holds a link; nobody, where the caller belongs to no organisation.
fn holder(caller: &Caller) -> Option<LinkHolder> {
    let customer = CustomerId::parse(caller.tenant()?).ok()?;
    Some(link_holder(customer, caller))
}

/// A customer, with what its user's token proves.
fn link_holder(customer: CustomerId, caller: &Caller) -> LinkHolder {
    let email = caller.email.clone();
    LinkHolder { customer, email }
}

/// Whose invitation is named in `name`, and which.
fn read_invitation_name(name: &str) -> Result<(PartnerId, InvitationId), SharedRefusal> {
    field::only("name", InvitationName::ids_of(name))
}

/// A name that may be left out.
fn optional<T>(
    name: &str,
    parse: impl FnOnce(&str) -> Result<T, Malformed>,
) -> Result<Option<T>, Malformed> {
    (!name.is_empty()).then(|| parse(name)).transpose()
}

/// By what a request names the invitation that it answers.
enum Named {
    /// By a link; whether it is ours is not a question of form.
    Link(String),
    /// By its name.
    Name(PartnerId, InvitationId),
}

/// Reads the link or the name of the invitation that is answered: one of the two.
fn read_named(v: &mut Violations, link: &str, name: &str) -> Option<Named> {
    match (link, name) {
        ("", "") => {
            let rule = "must be the link as it was received, unless `name` is given";
            v.add("link", rule);
            None
        }
        (link, "") => Some(Named::Link(link.to_owned())),
        ("", name) => {
            let (partner, id) = v.check("name", InvitationName::ids_of(name))?;
            Some(Named::Name(partner, id))
        }
        _ => {
            v.add("name", "must be left out where `link` is given");
            None
        }
    }
}

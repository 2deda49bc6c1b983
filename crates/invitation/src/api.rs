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
use crate::domain::{Invitation, Limits, LinkHolder, LinkKeys, Refusal, StateKind, VerifiedLink};
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
    /// What a link says, if it is one of ours and its caller has not shown too many others.
    fn verified(&self, link: &str, caller: &Caller) -> Result<VerifiedLink, Refusal> {
        let now = self.store.now();
        self.guesses.verify(link, &self.links, caller, now)
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

/// That there is a link; whether it is ours is not a question of form.
fn read_link(v: &mut Violations, link: &str) {
    if link.is_empty() {
        v.add("link", "must be the link as it was received");
    }
}

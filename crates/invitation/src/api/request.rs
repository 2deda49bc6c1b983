//! Requests, read into the domain once: every field that breaks a rule is named in one answer.

mod creation;
mod response;

use platform::clock::Time;
use platform::error::SharedRefusal;
use platform::field::Violations;
use platform::identity::{Caller, Identity};
use platform::page::{PageRequest, Query};
use platform::store::idempotency::IdempotencyKey;
use platform::wording::Language;
use proto::invitation::v1::{InspectInvitationRequest, InvitationState, ListInvitationsRequest};
use vocabulary::Malformed;
use vocabulary::id::{AcceptanceId, CustomerId, InvitationId, PartnerId};
use vocabulary::name::{AcceptanceName, CustomerName, InvitationName, PartnerName};

use super::answer;
use crate::Error;
use crate::domain::{Filter, LinkHolder, StateKind};
use crate::store::{Act, Position, Update};
use crate::wording::WORDING;

pub(super) use creation::creation;
pub(super) use response::{Acceptance, Declination, acceptance, declination};

/// The change that a partner's admin asks for of one of its invitations, by its name, etag and
/// request_id.
pub(super) fn change(
    identity: &Identity,
    action: &'static str,
    [name, etag, request_id]: [&str; 3],
    message: &impl prost::Message,
) -> Result<Update, Error> {
    let (partner, invitation) = invitation_name(name)?;
    let actor = identity.as_partner(&partner)?.actor();
    let request = IdempotencyKey::new(partner.tenant(), action, request_id, message)?;
    let etag = (!etag.is_empty()).then(|| etag.to_owned());
    let audit = Some(Act { actor, action });
    Ok(Update {
        invitation,
        partner: Some(partner),
        etag,
        request,
        audit,
    })
}

/// Whose ledger is listed, by which filter, and which page of it.
pub(super) fn listing(
    message: &ListInvitationsRequest,
) -> Result<(PartnerId, Filter, PageRequest<Position>), SharedRefusal> {
    let mut v = Violations::new();
    let parent = v.check(
        "parent",
        PartnerName::parse(&message.parent).map(PartnerName::ids),
    );
    let state_kind = v.check("state", state_kind(message.state));
    let provider = v.check("provider", optional(&message.provider, PartnerName::parse));
    let customer = v.check("customer", optional(&message.customer, CustomerName::parse));
    let mut time = |field, time: &Option<prost_types::Timestamp>| {
        v.check(field, time.as_ref().map(Time::from_timestamp).transpose())
    };
    let from = time("created_from", &message.created_from);
    let before = time("created_before", &message.created_before);
    let (parent, filter) = v.build(|| {
        let filter = Filter {
            state_kind: state_kind?,
            provider: provider?.map(PartnerName::ids),
            customer: customer?.map(CustomerName::ids),
            created_from: from?,
            created_before: before?,
        };
        Some((parent?, filter))
    })?;
    let rest = ListInvitationsRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let query = Query::new(parent.tenant(), "ListInvitations", &rest);
    let page = PageRequest::parse(message.page_size, &message.page_token, query)?;
    Ok((parent, filter, page))
}

fn state_kind(state: i32) -> Result<Option<StateKind>, &'static str> {
    match InvitationState::try_from(state) {
        Ok(InvitationState::Unspecified) => Ok(None),
        Ok(wanted) => {
            let same = |state_kind: &StateKind| answer::state(*state_kind) == wanted;
            Ok(StateKind::ALL.into_iter().find(same))
        }
        Err(_) => Err("must be one of the states, or unspecified for any"),
    }
}

/// The language in which an invitation is inspected, where the request names one.
pub(super) fn inspection(
    message: &InspectInvitationRequest,
) -> Result<Option<Language>, SharedRefusal> {
    let mut v = Violations::new();
    link(&mut v, &message.link);
    let named = (!message.language.is_empty()).then(|| WORDING.choose(&message.language));
    let language = v.check("language", named.transpose());
    v.build(|| language)
}

/// Who holds a link; nobody, where the caller belongs to no organisation.
pub(super) fn holder(caller: &Caller) -> Option<LinkHolder> {
    let customer = CustomerId::parse(caller.tenant()?).ok()?;
    Some(link_holder(customer, caller))
}

/// A customer, with what its user's token proves.
fn link_holder(customer: CustomerId, caller: &Caller) -> LinkHolder {
    let email = caller.email.clone();
    LinkHolder { customer, email }
}

/// Whose invitation is named in `name`, and which.
pub(super) fn invitation_name(name: &str) -> Result<(PartnerId, InvitationId), SharedRefusal> {
    let named = InvitationName::parse(name).map(InvitationName::ids);
    named.map_err(|error| SharedRefusal::invalid("name", error))
}

/// Whose acceptance is named in `name`, and which.
pub(super) fn acceptance_name(name: &str) -> Result<(CustomerId, AcceptanceId), SharedRefusal> {
    let named = AcceptanceName::parse(name).map(AcceptanceName::ids);
    named.map_err(|error| SharedRefusal::invalid("name", error))
}

/// A name that may be left out.
fn optional<T>(
    name: &str,
    parse: impl FnOnce(&str) -> Result<T, Malformed>,
) -> Result<Option<T>, Malformed> {
    (!name.is_empty()).then(|| parse(name)).transpose()
}

/// That there is a link; whether it is ours is not a question of form.
fn link(v: &mut Violations, link: &str) {
    if link.is_empty() {
        v.add("link", "must be the link as it was received");
    }
}

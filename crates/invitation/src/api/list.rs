//! What is listed: whose invitations or answers, by which filter, and which page of them.

use platform::clock::Time;
use platform::error::SharedRefusal;
use platform::field::{self, Presence, Violations};
use platform::page::{PageRequest, Query};
use proto::invitation::v1::{InvitationState, ListInvitationsRequest};
use strum::VariantArray;
use vocabulary::id::CustomerId;
use vocabulary::name::{CustomerName, Parent, PartnerName};

use super::{convert, optional};
use crate::domain::{Filter, StateKind};
use crate::store::Position;

/// Whose invitations are listed, by which filter, and which page of it.
pub(super) struct Listing {
    /// A partner, which lists its own, or a customer, which lists what is bound to it.
    pub(super) parent: Parent,
    /// What the list is narrowed to.
    pub(super) filter: Filter,
    /// Which page.
    pub(super) page: PageRequest<Position>,
}

/// Reads which invitations are listed. A customer's list is narrowed by state and time alone.
pub(super) fn read_list(message: &ListInvitationsRequest) -> Result<Listing, SharedRefusal> {
    let mut v = Violations::new();
    let parent = v.check("parent", Parent::parse(&message.parent));
    if let Some(Parent::Customer(_)) = parent {
        let partners = [
            ("provider", &message.provider),
            ("customer", &message.customer),
            ("correlation_id", &message.correlation_id),
        ];
        for (field, _) in partners.into_iter().filter(|(_, value)| !value.is_empty()) {
            v.add(field, "must be left out of a customer's list");
        }
    }
    let state_kind = v.check("state", read_state(message.state));
    let provider = v.check("provider", optional(&message.provider, PartnerName::parse));
    let customer = v.check("customer", optional(&message.customer, CustomerName::parse));
    let reference = &message.correlation_id;
    let reference = field::line("correlation_id", reference, 100, Presence::Optional);
    let reference = v.take(reference);
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
            correlation_id: reference.filter(|reference| !reference.is_empty()),
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
    let tenant = match &parent {
        Parent::Partner(partner) => partner.tenant(),
        Parent::Customer(customer) => customer.tenant(),
    };
    let query = Query::new(tenant, "ListInvitations", &rest);
    let page = PageRequest::parse(message.page_size, &message.page_token, query)?;
    Ok(Listing {
        parent,
        filter,
        page,
    })
}

fn read_state(state: i32) -> Result<Option<StateKind>, &'static str> {
    match InvitationState::try_from(state) {
        Ok(InvitationState::Unspecified) => Ok(None),
        Ok(wanted) => {
            let same = |state_kind: &StateKind| convert::state(*state_kind) == wanted;
            Ok(StateKind::VARIANTS.iter().copied().find(same))
        }
        Err(_) => Err("must be one of the states, or unspecified for any"),
    }
}

/// Whose answers are listed, and which page of them. There is no filter.
pub(super) fn read_answers(
    method: &'static str,
    parent: &str,
    (size, token): (i32, &str),
) -> Result<(CustomerId, PageRequest<Position>), SharedRefusal> {
    let customer = field::only("parent", CustomerName::ids_of(parent))?;
    let query = Query::new(customer.tenant(), method, &());
    let page = PageRequest::parse(size, token, query)?;
    Ok((customer, page))
}

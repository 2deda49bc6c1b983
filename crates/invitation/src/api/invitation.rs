//! InvitationService: invitations read, listed, finished, sent again, revoked, inspected, accepted
//! and declined; what customers have answered; the wording of consents.

use platform::clock::Time;
use platform::error::SharedRefusal;
use platform::field::{self, Violations};
use platform::identity::{self, Identity};
use platform::page::{PageRequest, Query};
use platform::store::command::Command;
use platform::wording::Language;
use proto::invitation::v1::invitation_service_server::InvitationService;
use proto::invitation::v1::{
    AcceptInvitationRequest, AcceptInvitationResponse, DeclineInvitationRequest,
    DeclineInvitationResponse, FinishInvitationRequest, FinishInvitationResponse,
    GetAcceptanceRequest, GetAcceptanceResponse, GetInvitationRequest, GetInvitationResponse,
    GetWordingRequest, GetWordingResponse, InspectInvitationRequest, InspectInvitationResponse,
    InvitationState, ListAcceptancesRequest, ListAcceptancesResponse, ListDeclinationsRequest,
    ListDeclinationsResponse, ListInvitationsRequest, ListInvitationsResponse,
    ResendInvitationRequest, ResendInvitationResponse, RevokeInvitationRequest,
    RevokeInvitationResponse,
};
use strum::VariantArray;
use tonic::{Request, Response, Status};
use vocabulary::id::{CustomerId, PartnerId};
use vocabulary::name::{CustomerName, PartnerName};

use super::acceptance::{self, Declination};
use super::wording::read_wording;
use super::{Api, convert, holder, optional, read_invitation_name, read_link};
use crate::Error;
use crate::domain::{Filter, Invitation, LinkView, StateKind};
use crate::store::{Position, Update};
use crate::wording::{self, WORDING};

#[tonic::async_trait]
impl InvitationService for Api {
    async fn get_invitation(
        &self,
        request: Request<GetInvitationRequest>,
    ) -> Result<Response<GetInvitationResponse>, Status> {
        let identity = identity::of(&request);
        let (partner, id) = read_invitation_name(&request.get_ref().name)?;
        identity.as_partner(&partner)?;
        let invitation = self.store.invitation_of(&partner, id).await?;
        let invitation = Some(convert::invitation(&invitation));
        Ok(Response::new(GetInvitationResponse { invitation }))
    }

    async fn list_invitations(
        &self,
        request: Request<ListInvitationsRequest>,
    ) -> Result<Response<ListInvitationsResponse>, Status> {
        let identity = identity::of(&request);
        let (partner, filter, page) = read_list(request.get_ref())?;
        identity.as_partner(&partner)?;
        let page = self.store.list_invitations(partner, filter, page).await?;
        let page = page.map(|invitation| convert::invitation(&invitation));
        Ok(Response::new(ListInvitationsResponse {
            invitations: page.items,
            next_page_token: page.next_page_token,
        }))
    }

    async fn finish_invitation(
        &self,
        request: Request<FinishInvitationRequest>,
    ) -> Result<Response<FinishInvitationResponse>, Status> {
        let identity = identity::of(&request);
        let asked = request.get_ref();
        let fields = [asked.name.as_str(), &asked.etag, &asked.request_id];
        let update = read_update(&identity, "FinishInvitation", fields, asked)?;
        let changed = self.store.update(update, Invitation::finish).await?;
        let invitation = Some(convert::invitation(&changed.invitation));
        Ok(Response::new(FinishInvitationResponse { invitation }))
    }

    async fn resend_invitation(
        &self,
        request: Request<ResendInvitationRequest>,
    ) -> Result<Response<ResendInvitationResponse>, Status> {
        let identity = identity::of(&request);
        let asked = request.get_ref();
        let fields = [asked.name.as_str(), &asked.etag, &asked.request_id];
        let update = read_update(&identity, "ResendInvitation", fields, asked)?;
        let key_id = self.links.signing().to_owned();
        let limits = self.limits;
        let resend = move |invitation: Invitation, now| {
            let next = invitation.resend(&key_id, now)?;
            limits.admit_resend(next.resends, now)?;
            Ok(next)
        };
        let changed = self.store.update(update, resend).await?;
        let link = self.link(&changed.invitation)?;
        let invitation = Some(convert::invitation(&changed.invitation));
        Ok(Response::new(ResendInvitationResponse { invitation, link }))
    }

    async fn revoke_invitation(
        &self,
        request: Request<RevokeInvitationRequest>,
    ) -> Result<Response<RevokeInvitationResponse>, Status> {
        let identity = identity::of(&request);
        let asked = request.get_ref();
        let fields = [asked.name.as_str(), &asked.etag, &asked.request_id];
        let update = read_update(&identity, "RevokeInvitation", fields, asked)?;
        let changed = self.store.update(update, Invitation::revoke).await?;
        let invitation = Some(convert::invitation(&changed.invitation));
        Ok(Response::new(RevokeInvitationResponse { invitation }))
    }

    async fn inspect_invitation(
        &self,
        request: Request<InspectInvitationRequest>,
    ) -> Result<Response<InspectInvitationResponse>, Status> {
        let identity = identity::of(&request);
        let asked = request.into_inner();
        let language = read_inspection(&asked)?;
        let caller = identity.caller()?;
        let holder = holder(caller);

        let verified = self.verified(&asked.link, caller)?;
        let seen = self.store.invitation(verified.invitation).await?;
        let view = seen.present(verified.generation, holder.as_ref(), self.store.now())?;
        let invitation = match view {
            LinkView::Open(invitation) | LinkView::Own(invitation) => invitation,
        };
        let language = language.unwrap_or_else(|| wording::kept(&invitation.terms.language));
        Ok(Response::new(convert::inspection(&invitation, &language)))
    }

    async fn get_wording(
        &self,
        request: Request<GetWordingRequest>,
    ) -> Result<Response<GetWordingResponse>, Status> {
        let reading = read_wording(request.get_ref())?;
        Ok(Response::new(reading.answer()))
    }

    async fn accept_invitation(
        &self,
        request: Request<AcceptInvitationRequest>,
    ) -> Result<Response<AcceptInvitationResponse>, Status> {
        let identity = identity::of(&request);
        let asked = request.into_inner();
        let accepting = acceptance::read_acceptance(&asked, &identity)?;
        let customer = accepting.holder.customer.clone();
        let verified = self.verified(&asked.link, identity.caller()?)?;
        let invitation = self.claim(verified, accepting, &identity).await?;
        let acceptance = Some(acceptance::own_acceptance(&invitation, &customer)?);
        Ok(Response::new(AcceptInvitationResponse { acceptance }))
    }

    async fn decline_invitation(
        &self,
        request: Request<DeclineInvitationRequest>,
    ) -> Result<Response<DeclineInvitationResponse>, Status> {
        let identity = identity::of(&request);
        let asked = request.into_inner();
        let Declination {
            holder,
            user,
            reason,
            command,
        } = acceptance::read_declination(&asked, &identity)?;
        let verified = self.verified(&asked.link, identity.caller()?)?;
        let update = Update::through_link(verified.invitation, command);
        let decline = move |seen: Invitation, now| {
            seen.decline(verified.generation, holder, user, reason, now)
        };
        self.store.update(update, decline).await?;
        Ok(Response::new(DeclineInvitationResponse {}))
    }

    async fn get_acceptance(
        &self,
        request: Request<GetAcceptanceRequest>,
    ) -> Result<Response<GetAcceptanceResponse>, Status> {
        let identity = identity::of(&request);
        let (customer, id) = acceptance::read_name(&request.get_ref().name)?;
        identity.as_customer(&customer)?;
        let invitation = self.store.accepted_by(&customer, id).await?;
        let acceptance = invitation
            .acceptance()
            .map(|it| convert::acceptance(&invitation, it));
        Ok(Response::new(GetAcceptanceResponse { acceptance }))
    }

    async fn list_acceptances(
        &self,
        request: Request<ListAcceptancesRequest>,
    ) -> Result<Response<ListAcceptancesResponse>, Status> {
        let identity = identity::of(&request);
        let asked = request.get_ref();
        let paging = (asked.page_size, asked.page_token.as_str());
        let (customer, page) = read_answers("ListAcceptances", &asked.parent, paging)?;
        identity.as_customer(&customer)?;
        let page = self.store.list_acceptances(&customer, page).await?;
        let acceptances = page.items.iter().filter_map(|invitation| {
            let acceptance = invitation.acceptance()?;
            Some(convert::acceptance(invitation, acceptance))
        });
        Ok(Response::new(ListAcceptancesResponse {
            acceptances: acceptances.collect(),
            next_page_token: page.next_page_token,
        }))
    }

    async fn list_declinations(
        &self,
        request: Request<ListDeclinationsRequest>,
    ) -> Result<Response<ListDeclinationsResponse>, Status> {
        let identity = identity::of(&request);
        let asked = request.get_ref();
        let paging = (asked.page_size, asked.page_token.as_str());
        let (customer, page) = read_answers("ListDeclinations", &asked.parent, paging)?;
        identity.as_customer(&customer)?;
        let page = self.store.list_declinations(&customer, page).await?;
        let declinations = page.items.iter().filter_map(convert::declination);
        Ok(Response::new(ListDeclinationsResponse {
            declinations: declinations.collect(),
            next_page_token: page.next_page_token,
        }))
    }
}

/// Whose answers are listed, and which page of them. There is no filter.
fn read_answers(
    method: &'static str,
    parent: &str,
    (size, token): (i32, &str),
) -> Result<(CustomerId, PageRequest<Position>), SharedRefusal> {
    let customer = field::only("parent", CustomerName::ids_of(parent))?;
    let query = Query::new(customer.tenant(), method, &());
    let page = PageRequest::parse(size, token, query)?;
    Ok((customer, page))
}

/// The change that a partner's admin asks for of one of its invitations, by its name, etag and
/// request_id.
fn read_update(
    identity: &Identity,
    verb: &'static str,
    [name, etag, request_id]: [&str; 3],
    message: &impl prost::Message,
) -> Result<Update, Error> {
    let (partner, invitation) = read_invitation_name(name)?;
    let caller = identity.as_partner(&partner)?;
    let command = Command::new(caller, verb, request_id, message)?;
    let etag = (!etag.is_empty()).then(|| etag.to_owned());
    Ok(Update {
        invitation,
        partner: Some(partner),
        etag,
        command,
        audited: true,
    })
}

/// Whose invitations are listed, by which filter, and which page of it.
fn read_list(
    message: &ListInvitationsRequest,
) -> Result<(PartnerId, Filter, PageRequest<Position>), SharedRefusal> {
    let mut v = Violations::new();
    let parent = v.check("parent", PartnerName::ids_of(&message.parent));
    let state_kind = v.check("state", read_state(message.state));
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

/// The language in which an invitation is inspected, where the request names one.
fn read_inspection(message: &InspectInvitationRequest) -> Result<Option<Language>, SharedRefusal> {
    let mut v = Violations::new();
    read_link(&mut v, &message.link);
    let named = (!message.language.is_empty()).then(|| WORDING.choose(&message.language));
    let language = v.check("language", named.transpose());
    v.build(|| language)
}

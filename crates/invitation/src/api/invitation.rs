//! InvitationService: invitations read, listed, finished, sent again, revoked, inspected, accepted
//! and declined; what customers have answered; the wording of consents.

use platform::error::SharedRefusal;
use platform::field::{self, Violations};
use platform::identity::{self, Identity};
use platform::store::command::Command;
use platform::wording::Language;
use proto::invitation::v1::invitation_service_server::InvitationService;
use proto::invitation::v1::{
    AcceptInvitationRequest, AcceptInvitationResponse, DeclineInvitationRequest,
    DeclineInvitationResponse, FinishInvitationRequest, FinishInvitationResponse,
    GetAcceptanceRequest, GetAcceptanceResponse, GetInvitationRequest, GetInvitationResponse,
    GetWordingRequest, GetWordingResponse, InspectInvitationRequest, InspectInvitationResponse,
    ListAcceptancesRequest, ListAcceptancesResponse, ListDeclinationsRequest,
    ListDeclinationsResponse, ListInvitationsRequest, ListInvitationsResponse,
    ResendInvitationRequest, ResendInvitationResponse, RevokeInvitationRequest,
    RevokeInvitationResponse,
};
use tonic::{Request, Response, Status};
use vocabulary::email::AsciiEmailAddress;
use vocabulary::name::Parent;

use super::acceptance::{self, Declination};
use super::list::{Listing, read_answers, read_list};
use super::wording::read_wording;
use super::{Api, Named, convert, holder, optional, read_invitation_name, read_named};
use crate::Error;
use crate::domain::{Invitation, LinkHolder, LinkView};
use crate::store::Update;
use crate::wording::{self, WORDING};

#[tonic::async_trait]
impl InvitationService for Api {
    async fn get_invitation(
        &self,
        request: Request<GetInvitationRequest>,
    ) -> Result<Response<GetInvitationResponse>, Status> {
        let identity = identity::of(&request);
        let (partner, id) = read_invitation_name(&request.get_ref().name)?;
        let invitation = match identity.as_partner(&partner) {
            // the caller belongs to another organisation: the provider, perhaps
            Err(SharedRefusal::NotFound) => {
                let provider = identity.as_own_partner()?;
                let named = self
                    .store
                    .invitation_naming(&provider, &partner, id)
                    .await?;
                convert::invitation_for_provider(&named)
            }
            inviter => {
                inviter?;
                convert::invitation(&self.store.invitation_of(&partner, id).await?)
            }
        };
        let invitation = Some(invitation);
        Ok(Response::new(GetInvitationResponse { invitation }))
    }

    async fn list_invitations(
        &self,
        request: Request<ListInvitationsRequest>,
    ) -> Result<Response<ListInvitationsResponse>, Status> {
        let identity = identity::of(&request);
        let Listing {
            parent,
            filter,
            page,
        } = read_list(request.get_ref())?;
        let page = match parent {
            Parent::Partner(partner) => {
                identity.as_partner(&partner)?;
                let page = self.store.list_invitations(partner, filter, page).await?;
                page.map(|invitation| convert::invitation(&invitation))
            }
            Parent::Customer(customer) => {
                let caller = identity.as_customer(&customer)?;
                // an operator's own address binds nothing to the customer that it asks about
                let email = caller.tenant().and(caller.email.clone());
                let holder = LinkHolder { customer, email };
                let page = self.store.list_bound(holder, filter, page).await?;
                page.map(|invitation| convert::bound_invitation(&invitation))
            }
        };
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
        let corrected = optional(&asked.bound_email, AsciiEmailAddress::parse);
        let corrected = field::only("bound_email", corrected)?;
        let key_id = self.links.signing().to_owned();
        let limits = self.limits;
        let resend = move |invitation: Invitation, now| {
            let next = invitation.resend(&key_id, corrected, now)?;
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
        let (named, language) = read_inspection(&asked)?;
        let caller = identity.caller()?;
        let holder = holder(caller);

        let target = self.target(named, caller)?;
        let seen = self.store.target(&target).await?;
        let view = seen.present(target.found, holder.as_ref(), self.store.now())?;
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
        let invitation = self.claim(accepting, &identity).await?;
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
            named,
            holder,
            user,
            reason,
            command,
        } = acceptance::read_declination(&asked, &identity)?;
        let target = self.target(named, identity.caller()?)?;
        let found = target.found;
        let update = Update::of(target, command);
        let decline = move |seen: Invitation, now| seen.decline(found, holder, user, reason, now);
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

/// Which invitation is inspected, and in which language, where the request names one.
fn read_inspection(
    message: &InspectInvitationRequest,
) -> Result<(Named, Option<Language>), SharedRefusal> {
    let mut v = Violations::new();
    let named = read_named(&mut v, &message.link, &message.name);
    let language = (!message.language.is_empty()).then(|| WORDING.choose(&message.language));
    let language = v.check("language", language.transpose());
    v.build(|| Some((named?, language?)))
}

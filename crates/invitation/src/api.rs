//! The RPCs of this service: each reads its request into the domain, asks who calls, acts, and
//! answers.
//!
//! Who may call which method stands with its declaration. No rule of the domain is here, and no statement.

mod answer;
mod guesses;
mod internal;
mod refusal;
mod request;

use std::sync::Arc;

use platform::client::Upstream;
use platform::error::Failure;
use platform::identity::{self, Caller, Identity};
use proto::customer::v1::Permission as WirePermission;
use proto::invitation::v1::invitation_service_server::InvitationService;
use proto::invitation::v1::{
    AcceptInvitationRequest, AcceptInvitationResponse, DeclineInvitationRequest,
    DeclineInvitationResponse, FinishInvitationRequest, FinishInvitationResponse,
    GetAcceptanceRequest, GetAcceptanceResponse, GetInvitationRequest, GetInvitationResponse,
    InspectInvitationRequest, InspectInvitationResponse, ListInvitationsRequest,
    ListInvitationsResponse, ResendInvitationRequest, ResendInvitationResponse,
    RevokeInvitationRequest, RevokeInvitationResponse,
};
use proto::relationship::internal::v1::HasAccountRequest;
use proto::relationship::internal::v1::relationship_internal_service_client::RelationshipInternalServiceClient;
use tonic::{Request, Response, Status};
use vocabulary::id::CustomerId;
use vocabulary::name::CustomerName;

use crate::Error;
use crate::domain::{
    AcceptanceState, Invitation, Limits, LinkHolder, LinkKeys, LinkView, Refusal, StateKind,
    VerifiedLink,
};
use crate::saga::Saga;
use crate::store::{Act, Store, Update};
use crate::wording::{self, GivenConsent};
pub(crate) use guesses::Guesses;

/// What the handlers of both services act with.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) store: Store,
    pub(crate) saga: Saga,
    pub(crate) links: Arc<LinkKeys>,
    pub(crate) limits: Limits,
    pub(crate) guesses: Guesses,
    pub(crate) relationship: RelationshipInternalServiceClient<Upstream>,
}

#[tonic::async_trait]
impl InvitationService for Api {
    async fn get_invitation(
        &self,
        request: Request<GetInvitationRequest>,
    ) -> Result<Response<GetInvitationResponse>, Status> {
        let identity = identity::of(&request);
        let (partner, id) = request::invitation_name(&request.get_ref().name)?;
        identity.as_partner(&partner)?;
        let invitation = self.store.invitation_of(&partner, id).await?;
        let invitation = Some(answer::invitation(&invitation));
        Ok(Response::new(GetInvitationResponse { invitation }))
    }

    async fn list_invitations(
        &self,
        request: Request<ListInvitationsRequest>,
    ) -> Result<Response<ListInvitationsResponse>, Status> {
        let identity = identity::of(&request);
        let (partner, filter, page) = request::listing(request.get_ref())?;
        identity.as_partner(&partner)?;
        let page = self.store.list_invitations(partner, filter, page).await?;
        let page = page.map(|invitation| answer::invitation(&invitation));
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
        let change = request::change(&identity, "FinishInvitation", fields, asked)?;
        let changed = self.store.update(change, Invitation::finish).await?;
        let invitation = Some(answer::invitation(&changed.invitation));
        Ok(Response::new(FinishInvitationResponse { invitation }))
    }

    async fn resend_invitation(
        &self,
        request: Request<ResendInvitationRequest>,
    ) -> Result<Response<ResendInvitationResponse>, Status> {
        let identity = identity::of(&request);
        let asked = request.get_ref();
        let fields = [asked.name.as_str(), &asked.etag, &asked.request_id];
        let change = request::change(&identity, "ResendInvitation", fields, asked)?;
        let key_id = self.links.signing().to_owned();
        let limits = self.limits;
        let resend = move |invitation: Invitation, now| {
            let next = invitation.resend(&key_id, now)?;
            limits.admit_resend(next.resends, now)?;
            Ok(next)
        };
        let changed = self.store.update(change, resend).await?;
        let link = self.link(&changed.invitation)?;
        let invitation = Some(answer::invitation(&changed.invitation));
        Ok(Response::new(ResendInvitationResponse { invitation, link }))
    }

    async fn revoke_invitation(
        &self,
        request: Request<RevokeInvitationRequest>,
    ) -> Result<Response<RevokeInvitationResponse>, Status> {
        let identity = identity::of(&request);
        let asked = request.get_ref();
        let fields = [asked.name.as_str(), &asked.etag, &asked.request_id];
        let change = request::change(&identity, "RevokeInvitation", fields, asked)?;
        let changed = self.store.update(change, Invitation::revoke).await?;
        let invitation = Some(answer::invitation(&changed.invitation));
        Ok(Response::new(RevokeInvitationResponse { invitation }))
    }

    async fn inspect_invitation(
        &self,
        request: Request<InspectInvitationRequest>,
    ) -> Result<Response<InspectInvitationResponse>, Status> {
        let identity = identity::of(&request);
        let asked = request.into_inner();
        let language = request::inspection(&asked)?;
        let caller = identity.caller()?;
        let holder = request::holder(caller);

        let verified = self.verified(&asked.link, caller)?;
        let seen = self.store.invitation(verified.invitation).await?;
        let view = seen.present(verified.generation, holder.as_ref(), self.store.now())?;
        let invitation = match view {
            LinkView::Open(invitation) | LinkView::Own(invitation) => invitation,
        };
        let language = language.unwrap_or_else(|| wording::kept(&invitation.terms.language));
        Ok(Response::new(inspected(&invitation, &language)))
    }

    async fn accept_invitation(
        &self,
        request: Request<AcceptInvitationRequest>,
    ) -> Result<Response<AcceptInvitationResponse>, Status> {
        let identity = identity::of(&request);
        let asked = request.into_inner();
        let accepting = request::acceptance(&asked, &identity)?;
        let customer = accepting.holder.customer.clone();
        let verified = self.verified(&asked.link, identity.caller()?)?;
        let invitation = self.accept(verified, accepting, &identity).await?;
        let acceptance = Some(own_acceptance(&invitation, &customer)?);
        Ok(Response::new(AcceptInvitationResponse { acceptance }))
    }

    async fn decline_invitation(
        &self,
        request: Request<DeclineInvitationRequest>,
    ) -> Result<Response<DeclineInvitationResponse>, Status> {
        let identity = identity::of(&request);
        let asked = request.into_inner();
        let request::Declination {
            holder,
            reason,
            actor,
            request,
        } = request::declination(&asked, &identity)?;
        let verified = self.verified(&asked.link, identity.caller()?)?;
        let action = "DeclineInvitation";
        let change = Update {
            audit: Some(Act { actor, action }),
            ..Update::through_link(verified.invitation, request)
        };
        let decline =
            move |seen: Invitation, now| seen.decline(verified.generation, holder, reason, now);
        self.store.update(change, decline).await?;
        Ok(Response::new(DeclineInvitationResponse {}))
    }

    async fn get_acceptance(
        &self,
        request: Request<GetAcceptanceRequest>,
    ) -> Result<Response<GetAcceptanceResponse>, Status> {
        let identity = identity::of(&request);
        let (customer, id) = request::acceptance_name(&request.get_ref().name)?;
        identity.as_customer(&customer)?;
        let invitation = self.store.accepted_by(&customer, id).await?;
        let acceptance = invitation
            .acceptance()
            .map(|it| answer::acceptance(&invitation, it));
        Ok(Response::new(GetAcceptanceResponse { acceptance }))
    }
}

impl Api {
    /// What a link says, if it is one of ours and its caller has not shown too many others.
    fn verified(&self, link: &str, caller: &Caller) -> Result<VerifiedLink, Refusal> {
        let now = self.store.now();
        self.guesses.verify(link, &self.links, caller, now)
    }

    /// Claims for a customer and waits for the decision, or for the one that an earlier call of
    /// that customer brought on.
    async fn accept(
        &self,
        verified: VerifiedLink,
        accepting: request::Acceptance,
        identity: &Identity,
    ) -> Result<Invitation, Error> {
        let request::Acceptance {
            holder,
            given,
            request,
        } = accepting;
        if let Some(request) = &request
            && self.store.earlier(request).await?.is_some()
        {
            let claimed = self.store.invitation(verified.invitation).await?;
            return Ok(self.saga.settled(claimed).await);
        }
        if given.account.is_none()
            && let Some(claimed) = self
                .look_ahead(verified, &holder, given.clone(), identity)
                .await?
        {
            return Ok(self.saga.settled(claimed).await);
        }
        let change = Update::through_link(verified.invitation, request);
        let consent = |seen: &Invitation| given.consent_to(seen);
        let accept =
            move |seen: Invitation, now| seen.accept(verified.generation, holder, consent, now);
        self.saga.accept(change, accept).await
    }

    /// Where an acceptance brings no account: makes sure that there is one, before anything is
    /// claimed. Nobody is asked for a customer that would be refused; one that has claimed already
    /// is answered its claim.
    async fn look_ahead(
        &self,
        verified: VerifiedLink,
        holder: &LinkHolder,
        given: GivenConsent,
        identity: &Identity,
    ) -> Result<Option<Invitation>, Error> {
        let seen = self.store.invitation(verified.invitation).await?;
        let version = seen.version;
        let consent = |seen: &Invitation| given.consent_to(seen);
        let would_be = seen.accept(
            verified.generation,
            holder.clone(),
            consent,
            self.store.now(),
        )?;
        if would_be.version == version {
            return Ok(Some(would_be));
        }
        let question = HasAccountRequest {
            customer: CustomerName::new(&holder.customer).to_string(),
        };
        let mut relationship = self.relationship.clone();
        let found = relationship
            .has_account(identity.on_behalf(question))
            .await?
            .into_inner();
        if found.exists {
            Ok(None)
        } else {
            Err(Refusal::AccountRequired.into())
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

/// A customer's own acceptance, unless it was refused, or decided for another customer.
fn own_acceptance(
    invitation: &Invitation,
    customer: &CustomerId,
) -> Result<proto::invitation::v1::Acceptance, Refusal> {
    match invitation.acceptance() {
        Some(acceptance) if acceptance.claim.customer == *customer => match acceptance.state {
            AcceptanceState::Void { reason, .. } => Err(Refusal::Refused(reason)),
            AcceptanceState::Claimed | AcceptanceState::Established { .. } => {
                Ok(answer::acceptance(invitation, acceptance))
            }
        },
        _ => Err(Refusal::AlreadyUsed),
    }
}

fn inspected(
    invitation: &Invitation,
    language: &platform::wording::Language,
) -> InspectInvitationResponse {
    let wording = wording::consent(invitation, language);
    let privilege = invitation.parties.privilege();
    InspectInvitationResponse {
        state: answer::state(invitation.state_kind()).into(),
        parties: answer::parties(&invitation.parties),
        privilege_permissions: privilege
            .map(|it| WirePermission::from(it).into())
            .collect(),
        privilege_lifetime_days: invitation.terms.privilege_days.unwrap_or_default().into(),
        expire_time: Some(invitation.link.expire_time.into()),
        consent_wording_id: wording.id,
        consent_language: language.to_string(),
        consent_text: wording.text,
        acceptance: invitation
            .acceptance()
            .map(|it| it.name().to_string())
            .unwrap_or_default(),
    }
}

//! What crosses services: an invitation is the invitation service's, how its draft reads the notification service's.
//!
//! Each RPC is two calls, the second of which can be repeated from the first; nothing is kept here between them, so a
//! crash leaves nothing half.

use platform::client::Upstream;
use platform::error::{Common, Failure};
use platform::identity::{self, Identity, Row, Who};
use proto::gateway::v1::connection_service_server::ConnectionService;
use proto::gateway::v1::{
    GetDraftRequest, GetDraftResponse, InviteCustomerRequest, InviteCustomerResponse,
    SaveDraftRequest, SaveDraftResponse,
};
use proto::invitation::internal::v1::invitation_internal_service_client::InvitationInternalServiceClient;
use proto::invitation::internal::v1::{
    CreateInvitationRequest, DescribeInvitationRequest, Description, DraftAccess,
};
use proto::notification::internal::v1::notification_internal_service_client::NotificationInternalServiceClient;
use proto::notification::internal::v1::{KeepDraftRequest, RenderDraftRequest};
use proto::notification::v1::Draft;
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt;

/// Who may call what is composed here: a partner's admins. Whose partner, the invitation service decides.
pub const ROWS: &[Row] = &[
    Row::public(
        "/partnerconnect.gateway.v1.ConnectionService/InviteCustomer",
        &[Who::PartnerAdmin],
    ),
    Row::public(
        "/partnerconnect.gateway.v1.ConnectionService/GetDraft",
        &[Who::PartnerAdmin],
    ),
    Row::public(
        "/partnerconnect.gateway.v1.ConnectionService/SaveDraft",
        &[Who::PartnerAdmin],
    ),
];

/// The composed service, with the two services that it is made of.
pub(crate) struct Connections {
    pub(crate) invitation: Upstream,
    pub(crate) notification: Upstream,
}

#[tonic::async_trait]
impl ConnectionService for Connections {
    async fn invite_customer(
        &self,
        request: Request<InviteCustomerRequest>,
    ) -> Result<Response<InviteCustomerResponse>, Status> {
        let caller = identity::of(&request);
        let InviteCustomerRequest {
            parent,
            invitation,
            request_id,
        } = request.into_inner();
        let description = self
            .create(
                &caller,
                CreateInvitationRequest {
                    parent,
                    invitation,
                    request_id,
                },
            )
            .await?;
        let Description { invitation, link } = description.clone();
        // A repeat of what is not open any more: there is no link, so there is nothing to draft.
        let draft = match link.as_str() {
            "" => None,
            _ => Some(self.render(&caller, description).await.map_err(undrafted)?),
        };
        Ok(Response::new(InviteCustomerResponse {
            invitation,
            link,
            draft,
        }))
    }

    async fn get_draft(
        &self,
        request: Request<GetDraftRequest>,
    ) -> Result<Response<GetDraftResponse>, Status> {
        let caller = identity::of(&request);
        let description = self
            .describe(&caller, request.into_inner().name, DraftAccess::Read)
            .await?;
        let link = description.link.clone();
        let draft = Some(self.render(&caller, description).await?);
        Ok(Response::new(GetDraftResponse { draft, link }))
    }

    async fn save_draft(
        &self,
        request: Request<SaveDraftRequest>,
    ) -> Result<Response<SaveDraftResponse>, Status> {
        let caller = identity::of(&request);
        let SaveDraftRequest {
            name,
            subject,
            text,
            etag,
        } = request.into_inner();
        let Description { invitation, link } =
            self.describe(&caller, name, DraftAccess::Edit).await?;
        let keep = KeepDraftRequest {
            invitation,
            link: link.clone(),
            subject,
            text,
            etag,
        };
        let mut notification = NotificationInternalServiceClient::new(self.notification.clone());
        let kept = notification
            .keep_draft(caller.on_behalf(keep))
            .await
            .map_err(|status| not_drafted(status, &["subject", "text"]))?;
        let draft = Some(whole(kept.into_inner().draft)?);
        Ok(Response::new(SaveDraftResponse { draft, link }))
    }
}

impl Connections {
    async fn create(
        &self,
        caller: &Identity,
        create: CreateInvitationRequest,
    ) -> Result<Description, Status> {
        let mut invitation = InvitationInternalServiceClient::new(self.invitation.clone());
        let created = invitation
            .create_invitation(caller.on_behalf(create))
            .await
            .map_err(answered)?;
        Ok(whole(created.into_inner().description)?)
    }

    async fn describe(
        &self,
        caller: &Identity,
        name: String,
        access: DraftAccess,
    ) -> Result<Description, Status> {
        let describe = DescribeInvitationRequest {
            name,
            access: access.into(),
        };
        let mut invitation = InvitationInternalServiceClient::new(self.invitation.clone());
        let described = invitation
            .describe_invitation(caller.on_behalf(describe))
            .await
            .map_err(answered)?;
        Ok(whole(described.into_inner().description)?)
    }

    async fn render(&self, caller: &Identity, description: Description) -> Result<Draft, Failure> {
        let Description { invitation, link } = description;
        let mut notification = NotificationInternalServiceClient::new(self.notification.clone());
        let rendered = notification
            .render_draft(caller.on_behalf(RenderDraftRequest { invitation, link }))
            .await
            .map_err(|status| not_drafted(status, &[]))?;
        whole(rendered.into_inner().draft)
    }
}

/// What a service that was called answered instead: a refusal goes to the caller as it is, a failure is one of ours.
fn answered(status: Status) -> Status {
    Failure::Upstream(Box::new(status)).into()
}

/// What the notification service answered instead of a draft. Of what it is handed only these fields are the caller's: where
/// it refuses another, we described the invitation wrongly, which no caller can mend.
fn not_drafted(status: Status, callers: &[&str]) -> Failure {
    let details = status.get_error_details();
    let refused = details
        .bad_request()
        .map_or(&[][..], |bad| &bad.field_violations);
    let is_callers = |field: &str| callers.contains(&field);
    let answerable = !refused.is_empty() && refused.iter().all(|it| is_callers(&it.field));
    if status.code() == Code::InvalidArgument && !answerable {
        return Failure::other(status);
    }
    Failure::Upstream(Box::new(status))
}

/// Why there is an invitation and no draft of it. Where the notification service failed, the caller repeats, and gets both;
/// where the two cannot understand each other, repeating is of no use.
fn undrafted(failure: Failure) -> Status {
    match (&failure, failure.code()) {
        (Failure::Other(_), _) | (_, Code::DeadlineExceeded) => failure.into(),
        (_, code) => {
            tracing::error!(error = failure.chain(), %code, "a draft was not rendered");
            Common::Unavailable.into()
        }
    }
}

/// A part that an answer of ours never lacks.
fn whole<T>(part: Option<T>) -> Result<T, Failure> {
    part.ok_or_else(|| Failure::other("a service answered without what was asked for"))
}

//! Inviting and drafting: an invitation is the invitation service's, how its draft reads the
//! notification service's.
//!
//! Each RPC is two calls, the second of which can be repeated from the first.

use platform::error::{Failure, SharedRefusal};
use platform::identity::Identity;
use proto::gateway::v1::{
    GetDraftRequest, GetDraftResponse, InviteCustomerRequest, InviteCustomerResponse,
    SaveDraftRequest, SaveDraftResponse,
};
use proto::invitation::internal::v1::invitation_internal_service_client::InvitationInternalServiceClient;
use proto::invitation::internal::v1::{
    CreateInvitationRequest, DescribeInvitationRequest, Description, DraftAccess,
};
use proto::invitation::v1::InvitationWarning;
use proto::notification::internal::v1::notification_internal_service_client::NotificationInternalServiceClient;
use proto::notification::internal::v1::{self as notification, RenderDraftRequest};
use proto::notification::v1::Draft;
use tonic::{Code, Status};

use super::{Connections, answered, answered_of, whole};

pub(super) async fn invite_customer(
    on: &Connections,
    caller: &Identity,
    message: InviteCustomerRequest,
) -> Result<InviteCustomerResponse, Status> {
    let InviteCustomerRequest {
        parent,
        invitation,
        request_id,
        validate_only,
    } = message;
    let create = CreateInvitationRequest {
        parent,
        invitation,
        request_id,
        validate_only,
    };
    let (description, warnings) = created(on, caller, create).await?;
    let Description { invitation, link } = description.clone();
    // What was only checked, or a repeat of what is not open any more: there is no link, so there
    // is nothing to draft.
    let draft = match link.as_str() {
        "" => None,
        _ => Some(
            rendered(on, caller, description)
                .await
                .map_err(not_rendered)?,
        ),
    };
    Ok(InviteCustomerResponse {
        invitation,
        link,
        draft,
        warnings,
    })
}

pub(super) async fn get_draft(
    on: &Connections,
    caller: &Identity,
    message: GetDraftRequest,
) -> Result<GetDraftResponse, Status> {
    let description = described(on, caller, message.name, DraftAccess::Read).await?;
    let link = description.link.clone();
    let draft = Some(rendered(on, caller, description).await?);
    Ok(GetDraftResponse { draft, link })
}

pub(super) async fn save_draft(
    on: &Connections,
    caller: &Identity,
    message: SaveDraftRequest,
) -> Result<SaveDraftResponse, Status> {
    let SaveDraftRequest {
        name,
        subject,
        text,
        etag,
    } = message;
    let Description { invitation, link } = described(on, caller, name, DraftAccess::Edit).await?;
    let save = notification::SaveDraftRequest {
        invitation,
        link: link.clone(),
        subject,
        text,
        etag,
    };
    let mut client = NotificationInternalServiceClient::new(on.notification.clone());
    let saved = client
        .save_draft(caller.on_behalf(save))
        .await
        .map_err(|status| answered_of(status, &["subject", "text"]))?;
    let draft = Some(whole(saved.into_inner().draft)?);
    Ok(SaveDraftResponse { draft, link })
}

async fn created(
    on: &Connections,
    caller: &Identity,
    create: CreateInvitationRequest,
) -> Result<(Description, Vec<InvitationWarning>), Status> {
    let mut invitation = InvitationInternalServiceClient::new(on.invitation.clone());
    let created = invitation
        .create_invitation(caller.on_behalf(create))
        .await
        .map_err(answered)?
        .into_inner();
    Ok((whole(created.description)?, created.warnings))
}

async fn described(
    on: &Connections,
    caller: &Identity,
    name: String,
    access: DraftAccess,
) -> Result<Description, Status> {
    let describe = DescribeInvitationRequest {
        name,
        access: access.into(),
    };
    let mut invitation = InvitationInternalServiceClient::new(on.invitation.clone());
    let described = invitation
        .describe_invitation(caller.on_behalf(describe))
        .await
        .map_err(answered)?;
    Ok(whole(described.into_inner().description)?)
}

async fn rendered(
    on: &Connections,
    caller: &Identity,
    description: Description,
) -> Result<Draft, Failure> {
    let Description { invitation, link } = description;
    let mut notification = NotificationInternalServiceClient::new(on.notification.clone());
    let rendered = notification
        .render_draft(caller.on_behalf(RenderDraftRequest { invitation, link }))
        .await
        .map_err(|status| answered_of(status, &[]))?;
    whole(rendered.into_inner().draft)
}

/// Why there is an invitation and no draft of it. Where the notification service failed, the caller
/// repeats, and gets both; where the two cannot understand each other, repeating is of no use.
fn not_rendered(failure: Failure) -> Status {
    match (&failure, failure.code()) {
        (Failure::Other(_), _) | (_, Code::DeadlineExceeded) => failure.into(),
        (_, code) => {
            tracing::error!(error = failure.chain(), %code, "a draft was not rendered");
            SharedRefusal::Unavailable.into()
        }
    }
}

//! NotificationInternalService: drafts for the gateway, facts from the services that own them.

use platform::error::SharedRefusal;
use platform::identity;
use platform::store::command::Command;
use proto::notification::internal::v1 as internal;
use proto::notification::internal::v1::notification_internal_service_server::NotificationInternalService;
use proto::notification::v1 as public;
use tonic::{Request, Response, Status};

use super::draft::{Render, Save, read_render, read_save};
use super::fact::{owner, read_fact};
use super::{Api, convert};
use crate::domain::{Draft, Edit, Invitation, Letter, Link};

#[tonic::async_trait]
impl NotificationInternalService for Api {
    async fn render_draft(
        &self,
        request: Request<internal::RenderDraftRequest>,
    ) -> Result<Response<internal::RenderDraftResponse>, Status> {
        let identity = identity::of(&request);
        let Render { invitation, link } = read_render(request.into_inner())?;
        identity.as_partner(&invitation.name.partner)?;

        let edit = self.store.edit(&invitation.name).await?;
        let draft = self.draft(&invitation, &link, edit.as_ref());
        Ok(Response::new(internal::RenderDraftResponse {
            draft: Some(draft),
        }))
    }

    async fn save_draft(
        &self,
        request: Request<internal::SaveDraftRequest>,
    ) -> Result<Response<internal::SaveDraftResponse>, Status> {
        let identity = identity::of(&request);
        let Save {
            invitation,
            link,
            subject,
            text,
            etag,
        } = read_save(request.into_inner(), &self.limits)?;
        let actor = identity.as_partner(&invitation.name.partner)?.actor();
        // the same text saved again changes nothing: no repeat has to be recognised
        let command = Command::keyed(actor, "SaveDraft", None);

        let letter = Letter::edited(subject, &text, &link)?;
        let edit = self
            .store
            .keep(invitation.name.clone(), letter, etag, command)
            .await?;
        let draft = self.draft(&invitation, &link, Some(&edit));
        Ok(Response::new(internal::SaveDraftResponse {
            draft: Some(draft),
        }))
    }

    async fn deliver_fact(
        &self,
        request: Request<internal::DeliverFactRequest>,
    ) -> Result<Response<internal::DeliverFactResponse>, Status> {
        let identity = identity::of(&request);
        let fact = read_fact(request.into_inner())?;
        if identity.peer() != Some(owner(&fact.event)) {
            return Err(SharedRefusal::PeerNotAllowed.into());
        }
        self.store.deliver(fact).await?;
        Ok(Response::new(internal::DeliverFactResponse {}))
    }
}

impl Api {
    /// The draft as it stands: the partner's edit, or what we wrote.
    fn draft(&self, invitation: &Invitation, link: &Link, edit: Option<&Edit>) -> public::Draft {
        let letter = match edit {
            Some(edit) => edit.letter.clone(),
            None => Letter::compose(invitation, &self.limits),
        };
        convert::draft(
            Draft::render(&letter, invitation, link, &self.limits),
            invitation,
            edit,
        )
    }
}

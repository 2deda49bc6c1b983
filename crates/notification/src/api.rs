//! The two gRPC services of notification: requests become domain types here, once, and refusals become statuses.
//!
//! Who may call which method stands with its declaration; whose partner it is, each handler asks.

mod draft;
mod fact;
mod notice;

use platform::clock::Time;
use platform::error::{self, SharedRefusal, Violation};
use platform::field::Violations;
use platform::identity::{self};
use platform::page::{PageRequest, Query};
use prost_types::Timestamp;
use proto::notification::internal::v1 as internal;
use proto::notification::internal::v1::notification_internal_service_server::NotificationInternalService;
use proto::notification::v1 as public;
use proto::notification::v1::notification_service_server::NotificationService;
use tonic::{Request, Response, Status};
use vocabulary::name::PartnerName;

use crate::domain::{Draft, DraftField, Edit, Invitation, Letter, Limits, Link, Refusal};
use crate::store::{NoticeCursor, Store};
use crate::wording::WORDING;

/// The package that lists the reasons of our own refusals.
const DOMAIN: &str = "partnerconnect.notification";

/// Both services. Clones share the store.
#[derive(Clone)]
pub(crate) struct Api {
    store: Store,
    limits: Limits,
}

impl Api {
    /// The services on a store.
    pub(crate) fn new(store: Store, limits: Limits) -> Self {
        Self { store, limits }
    }

    /// The draft as it stands: the partner's edit, or what we wrote.
    fn draft(&self, invitation: &Invitation, link: &Link, edit: Option<&Edit>) -> public::Draft {
        let letter = match edit {
            Some(edit) => edit.letter.clone(),
            None => Letter::compose(invitation, &self.limits),
        };
        draft::message(
            Draft::render(&letter, invitation, link, &self.limits),
            invitation,
            edit,
        )
    }
}

#[tonic::async_trait]
impl NotificationService for Api {
    async fn list_notices(
        &self,
        request: Request<public::ListNoticesRequest>,
    ) -> Result<Response<public::ListNoticesResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let mut violations = Violations::new();
        let partner = violations.check(
            "parent",
            PartnerName::parse(&message.parent).map(PartnerName::ids),
        );
        let language = violations.check("language", WORDING.choose(&message.language));
        let (partner, language) = violations.build(|| Some((partner?, language?)))?;
        let caller = identity.as_partner(&partner)?;

        // a page in another language is a page of the same list
        let of = public::ListNoticesRequest {
            parent: message.parent,
            ..Default::default()
        };
        let query = Query::new(caller.tenant().unwrap_or_default(), "ListNotices", &of);
        let page =
            PageRequest::<NoticeCursor>::parse(message.page_size, &message.page_token, query)?;
        let page = self.store.notices(&partner, &page).await?;
        Ok(Response::new(public::ListNoticesResponse {
            notices: page
                .items
                .iter()
                .map(|notice| notice::message(notice, &language))
                .collect(),
            next_page_token: page.next_page_token,
        }))
    }
}

#[tonic::async_trait]
impl NotificationInternalService for Api {
    async fn render_draft(
        &self,
        request: Request<internal::RenderDraftRequest>,
    ) -> Result<Response<internal::RenderDraftResponse>, Status> {
        let identity = identity::of(&request);
        let draft::Render { invitation, link } = draft::render(request.into_inner())?;
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
        let draft::Keep {
            invitation,
            link,
            subject,
            text,
            etag,
        } = draft::keep(request.into_inner(), &self.limits)?;
        let actor = identity.as_partner(&invitation.name.partner)?.actor();

        let letter = Letter::edited(subject, &text, &link)?;
        let edit = self
            .store
            .keep(invitation.name.clone(), letter, etag, actor)
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
        let fact = fact::parse(request.into_inner())?;
        if identity.peer() != Some(fact::owner(&fact.event)) {
            return Err(SharedRefusal::PeerNotAllowed.into());
        }
        self.store.deliver(fact).await?;
        Ok(Response::new(internal::DeliverFactResponse {}))
    }
}

/// A time that a message must have.
fn required_time(field: &str, time: Option<&Timestamp>) -> Result<Time, Violation> {
    let time = time.ok_or_else(|| Violation::new(field, "must be given"))?;
    Time::from_timestamp(time).map_err(|error| Violation::new(field, error))
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            Refusal::LinkMissing(missing) => {
                let metadata = [("missing", missing.name().to_owned())];
                let field = DraftField::Text.name();
                error::invalid(DOMAIN, "LINK_MISSING", field, message, &metadata)
            }
            Refusal::ForeignLink(place) => {
                error::invalid(DOMAIN, "FOREIGN_LINK", place.name(), message, &[])
            }
            Refusal::Stale => SharedRefusal::EtagMismatch.into(),
        }
    }
}

//! NotificationService: notices.

use platform::field::Violations;
use platform::identity;
use platform::page::{PageRequest, Query};
use proto::notification::v1 as public;
use proto::notification::v1::notification_service_server::NotificationService;
use tonic::{Request, Response, Status};
use vocabulary::name::PartnerName;

use super::{Api, convert};
use crate::store::NoticeCursor;
use crate::wording::WORDING;

#[tonic::async_trait]
impl NotificationService for Api {
    async fn list_notices(
        &self,
        request: Request<public::ListNoticesRequest>,
    ) -> Result<Response<public::ListNoticesResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let mut v = Violations::new();
        let partner = v.check("parent", PartnerName::ids_of(&message.parent));
        let language = v.check("language", WORDING.choose(&message.language));
        let (partner, language) = v.build(|| Some((partner?, language?)))?;
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
                .map(|notice| convert::notice(notice, &language))
                .collect(),
            next_page_token: page.next_page_token,
        }))
    }
}

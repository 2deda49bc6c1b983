//! PartnerService: enrolments and partnerships.

use std::mem::take;
use std::time::Duration;

use platform::error::SharedRefusal;
use platform::field::{self, Presence, Violations};
use platform::identity;
use platform::page::{PageRequest, Query};
use platform::serve::time_left;
use platform::store::command::Command;
use proto::relationship::v1::{self, partner_service_server::PartnerService};
use tokio::time::{interval, timeout};
use tonic::{Request, Response, Status};
use vocabulary::id::PartnerId;
use vocabulary::name::{PartnerName, PartnershipName};

use super::{Api, Etag, convert, read_display_name, read_reason, required, tenant};
use crate::domain::partner::Partner;
use crate::domain::partnership::{Names, Partnership};
use crate::store::Error;

#[tonic::async_trait]
impl PartnerService for Api {
    async fn enroll_partner(
        &self,
        request: Request<v1::EnrollPartnerRequest>,
    ) -> Result<Response<v1::EnrollPartnerResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let mut v = Violations::new();
        let id = v.check("name", PartnerName::ids_of(&message.name));
        let kind = v.take(convert::read_kind("kind", message.kind).and_then(required("kind")));
        let display_name = v.take(read_display_name("display_name", &message.display_name));
        let (id, kind, display_name) = v.build(|| Some((id?, kind?, display_name?)))?;
        let caller = identity.as_partner(&id)?;
        let command = Command::new(caller, "EnrollPartner", &message.request_id, &message)?;

        let by = self.programme.enrollment;
        let new = (id.clone(), display_name.clone());
        let first = move |now| Ok(Partner::enroll(new.0, kind, new.1, by, now)?);
        let again =
            move |found: Partner, now| Ok(found.enroll_again(kind, display_name, by, now)?);
        let partner = self.store.enroll_partner(id, command, first, again).await?;
        let partner = self.settled(partner).await?;
        Ok(Response::new(v1::EnrollPartnerResponse {
            partner: Some(convert::partner(partner)),
        }))
    }

    async fn get_partner(
        &self,
        request: Request<v1::GetPartnerRequest>,
    ) -> Result<Response<v1::GetPartnerResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let id = field::only("name", PartnerName::ids_of(&message.name))?;
        identity.as_partner(&id)?;

        let (partner, import) = self.store.partner_with_import(id).await?;
        Ok(Response::new(v1::GetPartnerResponse {
            partner: Some(convert::partner(partner)),
            customer_import: import.map(convert::import),
        }))
    }

    async fn list_partners(
        &self,
        request: Request<v1::ListPartnersRequest>,
    ) -> Result<Response<v1::ListPartnersResponse>, Status> {
        let identity = identity::of(&request);
        let mut message = request.into_inner();
        let (size, token) = (take(&mut message.page_size), take(&mut message.page_token));
        let mut v = Violations::new();
        let kind = v.take(convert::read_kind("kind", message.kind));
        let state = v.take(convert::read_partner_state("state", message.state));
        let (kind, state) = v.build(|| Some((kind?, state?)))?;
        let query = Query::new(tenant(identity.caller()?), "ListPartners", &message);
        let page = PageRequest::parse(size, &token, query)?;

        let page = self
            .store
            .list_partners(kind, state, &page)
            .await?
            .map(convert::partner);
        Ok(Response::new(v1::ListPartnersResponse {
            partners: page.items,
            next_page_token: page.next_page_token,
        }))
    }

    async fn decide_enrollment(
        &self,
        request: Request<v1::DecideEnrollmentRequest>,
    ) -> Result<Response<v1::DecideEnrollmentResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let mut v = Violations::new();
        let id = v.check("name", PartnerName::ids_of(&message.name));
        let decision = convert::read_decision("decision", message.decision);
        let decision = v.take(decision.and_then(required("decision")));
        let reason = v.take(read_reason(&message.reason, Presence::Optional));
        let (id, decision, reason) = v.build(|| Some((id?, decision?, reason?)))?;
        let caller = identity.as_partner(&id)?;
        let command = Command::new(caller, "DecideEnrollment", &message.request_id, &message)?;

        let etag = Etag(message.etag);
        let rule = move |partner: Partner, now| {
            etag.check(partner.version)?;
            Ok(partner.decide(decision, reason, now)?)
        };
        let partner = self.store.change_partner(id, command, rule).await?;
        let partner = self.settled(partner).await?;
        Ok(Response::new(v1::DecideEnrollmentResponse {
            partner: Some(convert::partner(partner)),
        }))
    }

    async fn update_partner(
        &self,
        request: Request<v1::UpdatePartnerRequest>,
    ) -> Result<Response<v1::UpdatePartnerResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let (id, display_name, etag) = read_update(&message)?;
        let caller = identity.as_partner(&id)?;
        let command = Command::new(caller, "UpdatePartner", &message.request_id, &message)?;

        let rule = move |partner: Partner, now| {
            etag.check(partner.version)?;
            Ok((partner.rename(display_name, now), None))
        };
        let partner = self.store.change_partner(id, command, rule).await?;
        Ok(Response::new(v1::UpdatePartnerResponse {
            partner: Some(convert::partner(partner)),
        }))
    }

    async fn withdraw_enrollment(
        &self,
        request: Request<v1::WithdrawEnrollmentRequest>,
    ) -> Result<Response<v1::WithdrawEnrollmentResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let id = field::only("name", PartnerName::ids_of(&message.name))?;
        let caller = identity.as_partner(&id)?;
        let command = Command::new(caller, "WithdrawEnrollment", &message.request_id, &message)?;

        let etag = Etag(message.etag);
        let rule = move |partner: Partner, now| {
            etag.check(partner.version)?;
            Ok((partner.withdraw(now)?, None))
        };
        let partner = self.store.change_partner(id, command, rule).await?;
        Ok(Response::new(v1::WithdrawEnrollmentResponse {
            partner: Some(convert::partner(partner)),
        }))
    }

    async fn suspend_partner(
        &self,
        request: Request<v1::SuspendPartnerRequest>,
    ) -> Result<Response<v1::SuspendPartnerResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let mut v = Violations::new();
        let id = v.check("name", PartnerName::ids_of(&message.name));
        let reason = v.take(read_reason(&message.reason, Presence::Required));
        let (id, reason) = v.build(|| Some((id?, reason?)))?;
        let caller = identity.as_partner(&id)?;
        let command = Command::new(caller, "SuspendPartner", &message.request_id, &message)?;

        let etag = Etag(message.etag);
        let rule = move |partner: Partner, now| {
            etag.check(partner.version)?;
            Ok((partner.suspend(reason, now)?, None))
        };
        let partner = self.store.change_partner(id, command, rule).await?;
        Ok(Response::new(v1::SuspendPartnerResponse {
            partner: Some(convert::partner(partner)),
        }))
    }

    async fn reinstate_partner(
        &self,
        request: Request<v1::ReinstatePartnerRequest>,
    ) -> Result<Response<v1::ReinstatePartnerResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let id = field::only("name", PartnerName::ids_of(&message.name))?;
        let caller = identity.as_partner(&id)?;
        let command = Command::new(caller, "ReinstatePartner", &message.request_id, &message)?;

        let etag = Etag(message.etag);
        let rule = move |partner: Partner, now| {
            etag.check(partner.version)?;
            Ok((partner.reinstate(now)?, None))
        };
        let partner = self.store.change_partner(id, command, rule).await?;
        Ok(Response::new(v1::ReinstatePartnerResponse {
            partner: Some(convert::partner(partner)),
        }))
    }

    async fn propose_partnership(
        &self,
        request: Request<v1::ProposePartnershipRequest>,
    ) -> Result<Response<v1::ProposePartnershipResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let mut v = Violations::new();
        let by = v.check("parent", PartnerName::ids_of(&message.parent));
        let other = v.check("partner", PartnerName::ids_of(&message.partner));
        let (by, other) = v.build(|| Some((by?, other?)))?;
        let caller = identity.as_partner(&by)?;
        let command = Command::new(caller, "ProposePartnership", &message.request_id, &message)?;

        let (sides, limits) = ((by.clone(), other.clone()), self.programme.proposals);
        let rule = move |id, partners: Vec<Partner>, today, now| {
            let (by, other) = &sides;
            let proposed = Partnership::propose(id, by, other, &partners, now)?;
            limits.admit(today, now)?;
            Ok(proposed)
        };
        let partnership = self
            .store
            .propose_partnership(by, other, command, rule)
            .await?;
        Ok(Response::new(v1::ProposePartnershipResponse {
            partnership: Some(convert::partnership(partnership)),
        }))
    }

    async fn accept_partnership(
        &self,
        request: Request<v1::AcceptPartnershipRequest>,
    ) -> Result<Response<v1::AcceptPartnershipResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let id = field::only("name", PartnershipName::ids_of(&message.name))?;
        let side = identity.as_own_partner()?;
        let caller = identity.caller()?;
        let command = Command::new(caller, "AcceptPartnership", &message.request_id, &message)?;

        let (by, etag) = (side.clone(), Etag(message.etag));
        let rule = move |partnership: Partnership, partners: Vec<Partner>, now| {
            etag.check(partnership.version)?;
            Ok(partnership.accept(&by, &partners, now)?)
        };
        let partnership = self
            .store
            .accept_partnership(id, side, command, rule)
            .await?;
        Ok(Response::new(v1::AcceptPartnershipResponse {
            partnership: Some(convert::partnership(partnership)),
        }))
    }

    async fn end_partnership(
        &self,
        request: Request<v1::EndPartnershipRequest>,
    ) -> Result<Response<v1::EndPartnershipResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let id = field::only("name", PartnershipName::ids_of(&message.name))?;
        let side = identity.as_own_partner()?;
        let caller = identity.caller()?;
        let command = Command::new(caller, "EndPartnership", &message.request_id, &message)?;

        let (by, etag) = (side.clone(), Etag(message.etag));
        let rule = move |partnership: Partnership, names: &Names, now| {
            etag.check(partnership.version)?;
            Ok(partnership.end(&by, names, now)?)
        };
        let partnership = self.store.end_partnership(id, side, command, rule).await?;
        Ok(Response::new(v1::EndPartnershipResponse {
            partnership: Some(convert::partnership(partnership)),
        }))
    }

    async fn get_partnership(
        &self,
        request: Request<v1::GetPartnershipRequest>,
    ) -> Result<Response<v1::GetPartnershipResponse>, Status> {
        let identity = identity::of(&request);
        let message = request.into_inner();
        let id = field::only("name", PartnershipName::ids_of(&message.name))?;

        let found = self.store.partnership(id).await?;
        match identity.as_partner(&found.0.reseller) {
            Err(SharedRefusal::NotFound) => identity.as_partner(&found.0.provider)?,
            outcome => outcome?,
        };
        Ok(Response::new(v1::GetPartnershipResponse {
            partnership: Some(convert::partnership(found)),
        }))
    }

    async fn list_partnerships(
        &self,
        request: Request<v1::ListPartnershipsRequest>,
    ) -> Result<Response<v1::ListPartnershipsResponse>, Status> {
        let identity = identity::of(&request);
        let mut message = request.into_inner();
        let (size, token) = (take(&mut message.page_size), take(&mut message.page_token));
        let mut v = Violations::new();
        let partner = v.check("parent", PartnerName::ids_of(&message.parent));
        let state = v.take(convert::read_partnership_state("state", message.state));
        let (partner, state) = v.build(|| Some((partner?, state?)))?;
        let caller = identity.as_partner(&partner)?;
        let query = Query::new(tenant(caller), "ListPartnerships", &message);
        let page = PageRequest::parse(size, &token, query)?;

        let page = self.store.list_partnerships(&partner, state, &page).await?;
        let page = page.map(convert::partnership);
        Ok(Response::new(v1::ListPartnershipsResponse {
            partnerships: page.items,
            next_page_token: page.next_page_token,
        }))
    }
}

/// Which partner is called otherwise, how, and which version of it.
fn read_update(
    message: &v1::UpdatePartnerRequest,
) -> Result<(PartnerId, String, Etag), SharedRefusal> {
    let mut v = Violations::new();
    let partner = message.partner.clone().unwrap_or_default();
    let id = v.check("partner.name", PartnerName::ids_of(&partner.name));
    let display_name = read_display_name("partner.display_name", &partner.display_name);
    let display_name = v.take(display_name);
    let paths = message.update_mask.as_ref().map(|mask| &mask.paths);
    if paths.is_some_and(|paths| paths.iter().ne(["display_name"])) {
        v.add("update_mask", "must be display_name alone, or absent");
    }
    v.build(|| Some((id?, display_name?, Etag(partner.etag))))
}

/// How long an answer waits for a short import, and how often it looks.
const SETTLED: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(40);

impl Api {
    /// The partner once its import has ended, or as it is when that takes longer than anybody
    /// should wait for.
    async fn settled(&self, partner: Partner) -> Result<Partner, Error> {
        if !partner.imports() {
            return Ok(partner);
        }
        self.importer.wake();
        let (id, mut looks) = (partner.id.clone(), interval(LOOK));
        let wait = time_left().map_or(SETTLED, |left| SETTLED.min(left / 2));
        let ended = async {
            loop {
                looks.tick().await;
                match self.store.partner(&id).await {
                    Ok(partner) if partner.imports() => {}
                    outcome => return outcome,
                }
            }
        };
        timeout(wait, ended).await.unwrap_or(Ok(partner))
    }
}

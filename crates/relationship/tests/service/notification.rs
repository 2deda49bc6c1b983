//! A notification service that only remembers: the facts that the relationship service tells, as
//! they arrive.

use std::sync::{Arc, Mutex};

use platform::serve::Service;
use proto::notification::internal::v1::deliver_fact_request::Fact;
use proto::notification::internal::v1::notification_internal_service_server::{
    NotificationInternalService, NotificationInternalServiceServer,
};
use proto::notification::internal::v1::*;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

/// Facts that have arrived, each with its id. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Arrived(Arc<Mutex<Vec<DeliverFactRequest>>>);

impl Arrived {
    /// What has arrived so far, in words: the kind, who is told, and what of it matters.
    pub(crate) fn told(&self) -> Vec<String> {
        let facts = self.0.lock().unwrap();
        let mut told: Vec<_> = facts
            .iter()
            .map(|request| told(request.fact.as_ref().unwrap()))
            .collect();
        told.sort();
        told
    }

    /// The ids of what has arrived, in the order of arrival.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap()
            .iter()
            .map(|request| request.fact_id.clone())
            .collect()
    }

    /// The service, which takes facts from relationship alone.
    pub(crate) fn service(&self) -> Service {
        let routes = Routes::new(NotificationInternalServiceServer::new(self.clone()));
        Service::new("notification", routes, proto::descriptors())
    }
}

fn told(fact: &Fact) -> String {
    match fact {
        Fact::PartnershipProposed(fact) => {
            format!("{} is told that {} proposed", fact.other, fact.by)
        }
        Fact::PartnershipAccepted(fact) => {
            format!("{} is told that {} accepted", fact.other, fact.by)
        }
        Fact::PartnershipEnded(fact) => format!("{} is told that {} ended", fact.other, fact.by),
        Fact::EnrollmentDecided(fact) if fact.approved => format!("{} is approved", fact.partner),
        Fact::EnrollmentDecided(fact) => format!("{} is rejected: {}", fact.partner, fact.reason),
        Fact::RelationshipEnded(fact) => {
            format!(
                "of {} is told that {} ended it",
                fact.relationship, fact.customer
            )
        }
        other => panic!("not this service's to tell: {other:?}"),
    }
}

#[tonic::async_trait]
impl NotificationInternalService for Arrived {
    async fn render_draft(
        &self,
        _: Request<RenderDraftRequest>,
    ) -> Result<Response<RenderDraftResponse>, Status> {
        Err(Status::unimplemented("relationship knows no drafts"))
    }

    async fn save_draft(
        &self,
        _: Request<SaveDraftRequest>,
    ) -> Result<Response<SaveDraftResponse>, Status> {
        Err(Status::unimplemented("relationship knows no drafts"))
    }

    async fn deliver_fact(
        &self,
        request: Request<DeliverFactRequest>,
    ) -> Result<Response<DeliverFactResponse>, Status> {
        self.0.lock().unwrap().push(request.into_inner());
        Ok(Response::new(DeliverFactResponse {}))
    }
}

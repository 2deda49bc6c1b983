//! The relationship service, stood in for: it keeps what it is asked, and says of access what it is
//! told to. Who may ask is decided as in the real one.

use std::sync::{Arc, Mutex};

use platform::serve::Service;
use proto::relationship::internal::v1::relationship_internal_service_server::{
    RelationshipInternalService, RelationshipInternalServiceServer,
};
use proto::relationship::internal::v1::{
    DecideAcceptanceRequest, DecideAcceptanceResponse, DescribeCustomerRequest,
    DescribeCustomerResponse, HasAccountRequest, HasAccountResponse, ResolvePartiesRequest,
    ResolvePartiesResponse,
};
use proto::relationship::v1::access_service_server::{AccessService, AccessServiceServer};
use proto::relationship::v1::{
    AccessDecision, Account, BatchCheckAccessRequest, BatchCheckAccessResponse, CheckAccessRequest,
    CheckAccessResponse, DenialReason, ListAccessRequest, ListAccessResponse,
    WatchRelationshipsRequest, WatchRelationshipsResponse,
};
use tonic::service::Routes;
use tonic::{Request, Response, Status};

/// The relationship and the privilege by which contoso acts for adatum.
pub(crate) const RELATIONSHIP: &str =
    "partners/contoso/relationships/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a01";
pub(crate) const PRIVILEGE: &str =
    "partners/contoso/privileges/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a02";

/// What the relationship service was asked, and what it answers next.
#[derive(Clone, Default)]
pub(crate) struct Programme(Arc<Mutex<State>>);

/// What it received, in its order, and what it is told to answer.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) checked: Vec<CheckAccessRequest>,
    pub(crate) described: Vec<DescribeCustomerRequest>,
    /// What it decides; where nothing is told, that contoso may.
    pub(crate) decision: Option<AccessDecision>,
    /// The answers have nothing in them.
    pub(crate) empty: bool,
    /// How it answers instead.
    pub(crate) status: Option<Status>,
}

impl Programme {
    pub(crate) fn service(&self) -> Service {
        let mut routes = Routes::new(AccessServiceServer::new(self.clone()));
        routes = routes.add_service(RelationshipInternalServiceServer::new(self.clone()));
        Service::new("relationship", routes, proto::descriptors())
    }

    /// Changes what it answers.
    pub(crate) fn is(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap());
    }

    /// Denies from now on, for this reason.
    pub(crate) fn denies(&self, reason: DenialReason) {
        self.is(|state| {
            state.decision = Some(AccessDecision {
                reason: reason.into(),
                ..Default::default()
            });
        });
    }

    /// Looks at what it received.
    pub(crate) fn was<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.0.lock().unwrap())
    }
}

impl State {
    fn decision(&self) -> Result<Option<AccessDecision>, Status> {
        match &self.status {
            Some(status) => Err(status.clone()),
            None if self.empty => Ok(None),
            None => Ok(Some(self.decision.clone().unwrap_or_else(granted))),
        }
    }
}

fn granted() -> AccessDecision {
    AccessDecision {
        allowed: true,
        relationship: RELATIONSHIP.to_owned(),
        privilege: PRIVILEGE.to_owned(),
        reason: DenialReason::Unspecified.into(),
    }
}

/// The account that adatum has.
pub(crate) fn account() -> Account {
    Account {
        name: "customers/adatum".to_owned(),
        display_name: "Adatum".to_owned(),
        country: "PT".to_owned(),
        domain: "adatum.example".to_owned(),
        etag: "1".to_owned(),
        ..Default::default()
    }
}

#[tonic::async_trait]
impl AccessService for Programme {
    async fn check_access(
        &self,
        request: Request<CheckAccessRequest>,
    ) -> Result<Response<CheckAccessResponse>, Status> {
        let mut state = self.0.lock().unwrap();
        state.checked.push(request.into_inner());
        let decision = state.decision()?;
        Ok(Response::new(CheckAccessResponse { decision }))
    }

    async fn batch_check_access(
        &self,
        _: Request<BatchCheckAccessRequest>,
    ) -> Result<Response<BatchCheckAccessResponse>, Status> {
        Err(never())
    }

    async fn list_access(
        &self,
        _: Request<ListAccessRequest>,
    ) -> Result<Response<ListAccessResponse>, Status> {
        Err(never())
    }

    type WatchRelationshipsStream = tokio_stream::Empty<Result<WatchRelationshipsResponse, Status>>;

    async fn watch_relationships(
        &self,
        _: Request<WatchRelationshipsRequest>,
    ) -> Result<Response<Self::WatchRelationshipsStream>, Status> {
        Err(never())
    }
}

#[tonic::async_trait]
impl RelationshipInternalService for Programme {
    async fn describe_customer(
        &self,
        request: Request<DescribeCustomerRequest>,
    ) -> Result<Response<DescribeCustomerResponse>, Status> {
        let mut state = self.0.lock().unwrap();
        state.described.push(request.into_inner());
        let decision = state.decision()?;
        let account = decision
            .as_ref()
            .filter(|decision| decision.allowed)
            .map(|_| account());
        Ok(Response::new(DescribeCustomerResponse {
            decision,
            account,
        }))
    }

    async fn resolve_parties(
        &self,
        _: Request<ResolvePartiesRequest>,
    ) -> Result<Response<ResolvePartiesResponse>, Status> {
        Err(never())
    }

    async fn has_account(
        &self,
        _: Request<HasAccountRequest>,
    ) -> Result<Response<HasAccountResponse>, Status> {
        Err(never())
    }

    async fn decide_acceptance(
        &self,
        _: Request<DecideAcceptanceRequest>,
    ) -> Result<Response<DecideAcceptanceResponse>, Status> {
        Err(never())
    }
}

fn never() -> Status {
    Status::unimplemented("the gateway does not ask this")
}

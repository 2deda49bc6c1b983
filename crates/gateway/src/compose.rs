//! What crosses services: inviting and drafting, a customer's record, and acting for the customer.
//!
//! Each RPC is a few calls to those who own the data, every one of which can be repeated; nothing
//! is kept here between them, so a crash leaves nothing half.

mod access;
mod act;
mod draft;
mod list;
mod owner;
mod record;

use platform::client::Upstream;
use platform::error::Failure;
use platform::identity::{self};
use proto::directory::v1::directory_service_client::DirectoryServiceClient;
use proto::gateway::v1::connection_service_server::ConnectionService;
use proto::gateway::v1::{
    AddUserRequest, AddUserResponse, AssignLicenseRequest, AssignLicenseResponse,
    ChangeSubscriptionRequest, ChangeSubscriptionResponse, GetCustomerRecordRequest,
    GetCustomerRecordResponse, GetDraftRequest, GetDraftResponse, InviteCustomerRequest,
    InviteCustomerResponse, ListLicensesRequest, ListLicensesResponse, ListOrdersRequest,
    ListOrdersResponse, ListSubscriptionsRequest, ListSubscriptionsResponse, ListUsersRequest,
    ListUsersResponse, RemoveUserRequest, RemoveUserResponse, SaveDraftRequest, SaveDraftResponse,
    SubmitOrderRequest, SubmitOrderResponse, WithdrawLicenseRequest, WithdrawLicenseResponse,
};
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt;

/// The composed service, with the services that it is made of.
pub(crate) struct Connections {
    pub(crate) invitation: Upstream,
    pub(crate) relationship: Upstream,
    pub(crate) notification: Upstream,
    pub(crate) directory: Upstream,
}

#[tonic::async_trait]
impl ConnectionService for Connections {
    async fn invite_customer(
        &self,
        request: Request<InviteCustomerRequest>,
    ) -> Result<Response<InviteCustomerResponse>, Status> {
        let caller = identity::of(&request);
        let answer = draft::invite_customer(self, &caller, request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn get_draft(
        &self,
        request: Request<GetDraftRequest>,
    ) -> Result<Response<GetDraftResponse>, Status> {
        let caller = identity::of(&request);
        let answer = draft::get_draft(self, &caller, request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn save_draft(
        &self,
        request: Request<SaveDraftRequest>,
    ) -> Result<Response<SaveDraftResponse>, Status> {
        let caller = identity::of(&request);
        let answer = draft::save_draft(self, &caller, request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn get_customer_record(
        &self,
        request: Request<GetCustomerRecordRequest>,
    ) -> Result<Response<GetCustomerRecordResponse>, Status> {
        let caller = identity::of(&request);
        let answer = record::get_customer_record(self, &caller, request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn list_subscriptions(
        &self,
        request: Request<ListSubscriptionsRequest>,
    ) -> Result<Response<ListSubscriptionsResponse>, Status> {
        let caller = identity::of(&request);
        let answer = list::list_subscriptions(self, &caller, request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        let caller = identity::of(&request);
        let answer = list::list_users(self, &caller, request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn list_licenses(
        &self,
        request: Request<ListLicensesRequest>,
    ) -> Result<Response<ListLicensesResponse>, Status> {
        let caller = identity::of(&request);
        let answer = list::list_licenses(self, &caller, request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn list_orders(
        &self,
        request: Request<ListOrdersRequest>,
    ) -> Result<Response<ListOrdersResponse>, Status> {
        let caller = identity::of(&request);
        let answer = list::list_orders(self, &caller, request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn submit_order(
        &self,
        request: Request<SubmitOrderRequest>,
    ) -> Result<Response<SubmitOrderResponse>, Status> {
        let caller = identity::of(&request);
        let answer = act::submit_order(self, &caller, request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn change_subscription(
        &self,
        request: Request<ChangeSubscriptionRequest>,
    ) -> Result<Response<ChangeSubscriptionResponse>, Status> {
        let caller = identity::of(&request);
        let answer = act::change_subscription(self, &caller, request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn add_user(
        &self,
        request: Request<AddUserRequest>,
    ) -> Result<Response<AddUserResponse>, Status> {
        let caller = identity::of(&request);
        let answer = act::add_user(self, &caller, request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn remove_user(
        &self,
        request: Request<RemoveUserRequest>,
    ) -> Result<Response<RemoveUserResponse>, Status> {
        let caller = identity::of(&request);
        let answer = act::remove_user(self, &caller, request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn assign_license(
        &self,
        request: Request<AssignLicenseRequest>,
    ) -> Result<Response<AssignLicenseResponse>, Status> {
        let caller = identity::of(&request);
        let answer = act::assign_license(self, &caller, request.into_inner()).await?;
        Ok(Response::new(answer))
    }

    async fn withdraw_license(
        &self,
        request: Request<WithdrawLicenseRequest>,
    ) -> Result<Response<WithdrawLicenseResponse>, Status> {
        let caller = identity::of(&request);
        let answer = act::withdraw_license(self, &caller, request.into_inner()).await?;
        Ok(Response::new(answer))
    }
}

impl Connections {
    /// The other portals. They are asked in our own name: no user's token ever goes there.
    fn portals(&self) -> DirectoryServiceClient<Upstream> {
        DirectoryServiceClient::new(self.directory.clone())
    }
}

/// What a service that was called answered instead: a refusal goes to the caller as it is, a
/// failure is one of ours.
fn answered(status: Status) -> Status {
    Failure::Upstream(Box::new(status)).into()
}

/// What a service answered instead that was handed more than the caller's own words. Of the fields
/// only these are the caller's, with all that is in them: where another is refused, we asked
/// wrongly, which no caller can mend.
fn answered_of(status: Status, callers: &[&str]) -> Failure {
    let details = status.get_error_details();
    let refused = details
        .bad_request()
        .map_or(&[][..], |bad| &bad.field_violations);
    let is_callers = |field: &str| {
        let outer = field.split(['.', '[']).next().unwrap_or(field);
        callers.contains(&outer)
    };
    let answerable = !refused.is_empty() && refused.iter().all(|it| is_callers(&it.field));
    if status.code() == Code::InvalidArgument && !answerable {
        return Failure::other(status);
    }
    Failure::Upstream(Box::new(status))
}

/// A part that an answer of ours never lacks.
fn whole<T>(part: Option<T>) -> Result<T, Failure> {
    part.ok_or_else(|| Failure::other("a service answered without what was asked for"))
}

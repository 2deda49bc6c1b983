//! The directory service, stood in for: it keeps what it is asked, and answers well, badly or
//! never, as it is told. Who may ask is decided as in the real one.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex};

use platform::serve::Service;
use proto::customer::v1::{License, Order, Subscription, User};
use proto::directory::v1::directory_service_server::{DirectoryService, DirectoryServiceServer};
use proto::directory::v1::{
    AddUserRequest, AddUserResponse, AssignLicenseRequest, AssignLicenseResponse,
    ChangeSubscriptionRequest, ChangeSubscriptionResponse, ListLicensesRequest,
    ListLicensesResponse, ListOrdersRequest, ListOrdersResponse, ListSubscriptionsRequest,
    ListSubscriptionsResponse, ListUsersRequest, ListUsersResponse, RemoveUserRequest,
    RemoveUserResponse, StreamExistingBusinessRequest, StreamExistingBusinessResponse,
    SubmitOrderRequest, SubmitOrderResponse, WithdrawLicenseRequest, WithdrawLicenseResponse,
};
use tonic::service::Routes;
use tonic::{Request, Response, Status};

/// What the portals were asked, and what they answer next.
#[derive(Clone, Default)]
pub(crate) struct Portals(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    asked: Vec<Asked>,
    /// How many calls carried a user's token.
    tokens: usize,
    answers: BTreeMap<&'static str, Answer>,
}

/// A call as it came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Asked {
    Order(SubmitOrderRequest),
    Change(ChangeSubscriptionRequest),
    AddUser(AddUserRequest),
    RemoveUser(RemoveUserRequest),
    Assign(AssignLicenseRequest),
    Withdraw(WithdrawLicenseRequest),
    Subscriptions(ListSubscriptionsRequest),
    Users(ListUsersRequest),
    Licenses(ListLicensesRequest),
    Orders(ListOrdersRequest),
}

/// How a method is answered.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// As it should be.
    Well,
    /// With this status.
    Says(Status),
    /// With a message that has nothing in it.
    Nothing,
    /// With what another customer has.
    Anothers,
    /// Not at all.
    Never,
}

/// The methods that act, as their names are.
pub(crate) const ACTS: [&str; 6] = [
    "SubmitOrder",
    "ChangeSubscription",
    "AddUser",
    "RemoveUser",
    "AssignLicense",
    "WithdrawLicense",
];
/// The methods that a record is read with.
pub(crate) const LISTS: [&str; 3] = ["ListSubscriptions", "ListUsers", "ListLicenses"];

impl Portals {
    pub(crate) fn service(&self) -> Service {
        let routes = Routes::new(DirectoryServiceServer::new(self.clone()));
        Service::new("directory", routes, proto::descriptors())
    }

    /// Answers these methods so from now on.
    pub(crate) fn answer(&self, methods: &[&'static str], answer: &Answer) {
        let mut state = self.0.lock().unwrap();
        let told = methods.iter().map(|method| (*method, answer.clone()));
        state.answers.extend(told);
    }

    /// What they were asked, in its order.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.0.lock().unwrap().asked.clone()
    }

    /// How many calls carried a user's token.
    pub(crate) fn tokens(&self) -> usize {
        self.0.lock().unwrap().tokens
    }

    async fn told<M, T: Default>(
        &self,
        method: &'static str,
        request: Request<M>,
        asked: impl FnOnce(M) -> Asked,
        well: impl FnOnce(&str) -> T,
    ) -> Result<Response<T>, Status> {
        let answer = {
            let mut state = self.0.lock().unwrap();
            state.tokens += usize::from(request.metadata().contains_key("authorization"));
            state.asked.push(asked(request.into_inner()));
            state.answers.get(method).cloned().unwrap_or(Answer::Well)
        };
        match answer {
            Answer::Well => Ok(Response::new(well("adatum"))),
            Answer::Says(status) => Err(status),
            Answer::Nothing => Ok(Response::new(T::default())),
            Answer::Anothers => Ok(Response::new(well("northwind"))),
            Answer::Never => pending().await,
        }
    }
}

/// The subscription that a customer has.
pub(crate) fn subscription(customer: &str) -> Subscription {
    Subscription {
        name: format!("customers/{customer}/subscriptions/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a11"),
        offer: "office-365-e3".to_owned(),
        quantity: 10,
        ..Default::default()
    }
}

/// Its user.
pub(crate) fn user(customer: &str) -> User {
    User {
        name: format!("customers/{customer}/users/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a12"),
        display_name: "Ana Lima".to_owned(),
        ..Default::default()
    }
}

/// The user's licence.
pub(crate) fn license(customer: &str) -> License {
    License {
        name: format!("customers/{customer}/licenses/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a13"),
        subscription: subscription(customer).name,
        user: user(customer).name,
        ..Default::default()
    }
}

/// What was ordered.
pub(crate) fn order(customer: &str) -> Order {
    Order {
        name: format!("customers/{customer}/orders/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a14"),
        subscription: subscription(customer).name,
        quantity: 10,
        ..Default::default()
    }
}

#[tonic::async_trait]
impl DirectoryService for Portals {
    type StreamExistingBusinessStream =
        tokio_stream::Empty<Result<StreamExistingBusinessResponse, Status>>;

    async fn stream_existing_business(
        &self,
        _: Request<StreamExistingBusinessRequest>,
    ) -> Result<Response<Self::StreamExistingBusinessStream>, Status> {
        Err(Status::unimplemented("the gateway imports nothing"))
    }

    async fn list_subscriptions(
        &self,
        request: Request<ListSubscriptionsRequest>,
    ) -> Result<Response<ListSubscriptionsResponse>, Status> {
        let well = |customer: &str| ListSubscriptionsResponse {
            subscriptions: vec![subscription(customer)],
            next_page_token: "more subscriptions".to_owned(),
        };
        self.told("ListSubscriptions", request, Asked::Subscriptions, well)
            .await
    }

    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        let well = |customer: &str| ListUsersResponse {
            users: vec![user(customer)],
            next_page_token: "more users".to_owned(),
        };
        self.told("ListUsers", request, Asked::Users, well).await
    }

    async fn list_licenses(
        &self,
        request: Request<ListLicensesRequest>,
    ) -> Result<Response<ListLicensesResponse>, Status> {
        let well = |customer: &str| ListLicensesResponse {
            licenses: vec![license(customer)],
            next_page_token: "more licences".to_owned(),
        };
        self.told("ListLicenses", request, Asked::Licenses, well)
            .await
    }

    async fn list_orders(
        &self,
        request: Request<ListOrdersRequest>,
    ) -> Result<Response<ListOrdersResponse>, Status> {
        let well = |customer: &str| ListOrdersResponse {
            orders: vec![order(customer)],
            next_page_token: "more orders".to_owned(),
        };
        self.told("ListOrders", request, Asked::Orders, well).await
    }

    async fn submit_order(
        &self,
        request: Request<SubmitOrderRequest>,
    ) -> Result<Response<SubmitOrderResponse>, Status> {
        let well = |customer: &str| SubmitOrderResponse {
            order: Some(order(customer)),
            subscription: Some(subscription(customer)),
        };
        self.told("SubmitOrder", request, Asked::Order, well).await
    }

    async fn change_subscription(
        &self,
        request: Request<ChangeSubscriptionRequest>,
    ) -> Result<Response<ChangeSubscriptionResponse>, Status> {
        let well = |customer: &str| ChangeSubscriptionResponse {
            subscription: Some(subscription(customer)),
        };
        self.told("ChangeSubscription", request, Asked::Change, well)
            .await
    }

    async fn add_user(
        &self,
        request: Request<AddUserRequest>,
    ) -> Result<Response<AddUserResponse>, Status> {
        let well = |customer: &str| AddUserResponse {
            user: Some(user(customer)),
        };
        self.told("AddUser", request, Asked::AddUser, well).await
    }

    async fn remove_user(
        &self,
        request: Request<RemoveUserRequest>,
    ) -> Result<Response<RemoveUserResponse>, Status> {
        let well = |customer: &str| RemoveUserResponse {
            user: Some(user(customer)),
        };
        self.told("RemoveUser", request, Asked::RemoveUser, well)
            .await
    }

    async fn assign_license(
        &self,
        request: Request<AssignLicenseRequest>,
    ) -> Result<Response<AssignLicenseResponse>, Status> {
        let well = |customer: &str| AssignLicenseResponse {
            license: Some(license(customer)),
        };
        self.told("AssignLicense", request, Asked::Assign, well)
            .await
    }

    async fn withdraw_license(
        &self,
        request: Request<WithdrawLicenseRequest>,
    ) -> Result<Response<WithdrawLicenseResponse>, Status> {
        let well = |customer: &str| WithdrawLicenseResponse {
            license: Some(license(customer)),
        };
        self.told("WithdrawLicense", request, Asked::Withdraw, well)
            .await
    }
}

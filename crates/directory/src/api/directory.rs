//! DirectoryService: business streamed, lists, orders, subscriptions, users and licences.

use platform::error::SharedRefusal;
use proto::directory::v1::directory_service_server::DirectoryService;
use proto::directory::v1::{
    AddUserRequest, AddUserResponse, AssignLicenseRequest, AssignLicenseResponse,
    ChangeSubscriptionRequest, ChangeSubscriptionResponse, ListLicensesRequest,
    ListLicensesResponse, ListOrdersRequest, ListOrdersResponse, ListSubscriptionsRequest,
    ListSubscriptionsResponse, ListUsersRequest, ListUsersResponse, RemoveUserRequest,
    RemoveUserResponse, StreamExistingBusinessRequest, SubmitOrderRequest, SubmitOrderResponse,
    WithdrawLicenseRequest, WithdrawLicenseResponse,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::business::{Answer, Telling};
use super::order::Ordering;
use super::subscription::Changing;
use super::{Api, business, convert, license, order, subscription, user};
use crate::domain::license::License;
use crate::domain::order::{Order, Wish};
use crate::domain::subscription::Subscription;
use crate::domain::user::User;

#[tonic::async_trait]
impl DirectoryService for Api {
    type StreamExistingBusinessStream = ReceiverStream<Answer>;

    async fn stream_existing_business(
        &self,
        request: Request<StreamExistingBusinessRequest>,
    ) -> Result<Response<Self::StreamExistingBusinessStream>, Status> {
        let (partner, query, after) = business::read_stream(request.into_inner())?;
        self.store.check_told(&partner).await?;
        let telling = Telling {
            api: self.clone(),
            partner,
            query,
            after,
        };
        Ok(Response::new(telling.begin()))
    }

    async fn list_subscriptions(
        &self,
        request: Request<ListSubscriptionsRequest>,
    ) -> Result<Response<ListSubscriptionsResponse>, Status> {
        let (customer, state, page) = subscription::read_list(request.into_inner())?;
        let page = self.store.list_subscriptions(&customer, state, &page);
        let page = page.await?.map(convert::subscription);
        Ok(Response::new(ListSubscriptionsResponse {
            subscriptions: page.items,
            next_page_token: page.next_page_token,
        }))
    }

    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        let (customer, page) = user::read_list(request.into_inner())?;
        let page = self.store.list_users(&customer, &page).await?;
        let page = page.map(convert::user);
        Ok(Response::new(ListUsersResponse {
            users: page.items,
            next_page_token: page.next_page_token,
        }))
    }

    async fn list_licenses(
        &self,
        request: Request<ListLicensesRequest>,
    ) -> Result<Response<ListLicensesResponse>, Status> {
        let (customer, page) = license::read_list(request.into_inner())?;
        let page = self.store.list_licenses(&customer, &page).await?;
        let page = page.map(convert::license);
        Ok(Response::new(ListLicensesResponse {
            licenses: page.items,
            next_page_token: page.next_page_token,
        }))
    }

    async fn list_orders(
        &self,
        request: Request<ListOrdersRequest>,
    ) -> Result<Response<ListOrdersResponse>, Status> {
        let (customer, partner, page) = order::read_list(request.into_inner())?;
        let page = self.store.list_orders(&customer, &partner, &page).await?;
        let page = page.map(convert::order);
        Ok(Response::new(ListOrdersResponse {
            orders: page.items,
            next_page_token: page.next_page_token,
        }))
    }

    async fn submit_order(
        &self,
        request: Request<SubmitOrderRequest>,
    ) -> Result<Response<SubmitOrderResponse>, Status> {
        let Ordering {
            customer,
            partner,
            wish,
            command,
        } = order::read_order(request.into_inner())?;
        let (order, subscription) = match wish {
            Wish::New(offered) => {
                let whose = customer.clone();
                let rule = |ids, now| Order::begin(ids, whose, partner, offered, now);
                self.store.order_new(customer, command, rule).await?
            }
            Wish::More {
                subscription,
                quantity,
            } => {
                let rule = move |id, found, now| Order::raise(id, partner, found, quantity, now);
                let store = &self.store;
                let ordered = store.order_more(customer, subscription, command, rule);
                ordered.await?
            }
        };
        Ok(Response::new(SubmitOrderResponse {
            order: Some(convert::order(order)),
            subscription: Some(convert::subscription(subscription)),
        }))
    }

    async fn change_subscription(
        &self,
        request: Request<ChangeSubscriptionRequest>,
    ) -> Result<Response<ChangeSubscriptionResponse>, Status> {
        let Changing {
            customer,
            subscription,
            change,
            etag,
            command,
        } = subscription::read_change(request.into_inner())?;
        let rule = move |subscription: Subscription, now| {
            if !etag.is_empty() && etag != convert::etag(subscription.version) {
                return Err(SharedRefusal::EtagMismatch.into());
            }
            Ok(subscription.change(change, now)?)
        };
        let store = &self.store;
        let changed = store.change_subscription(customer, subscription, command, rule);
        let subscription = Some(convert::subscription(changed.await?));
        Ok(Response::new(ChangeSubscriptionResponse { subscription }))
    }

    async fn add_user(
        &self,
        request: Request<AddUserRequest>,
    ) -> Result<Response<AddUserResponse>, Status> {
        let (customer, new, command) = user::read_addition(request.into_inner())?;
        let whose = customer.clone();
        let rule = |id, now| User::add(id, whose, new, now);
        let user = self.store.add_user(customer, command, rule).await?;
        let user = Some(convert::user(user));
        Ok(Response::new(AddUserResponse { user }))
    }

    async fn remove_user(
        &self,
        request: Request<RemoveUserRequest>,
    ) -> Result<Response<RemoveUserResponse>, Status> {
        let (customer, id, command) = user::read_removal(request.into_inner())?;
        let removed = self.store.remove_user(customer, id, command, User::remove);
        let user = Some(convert::user(removed.await?));
        Ok(Response::new(RemoveUserResponse { user }))
    }

    async fn assign_license(
        &self,
        request: Request<AssignLicenseRequest>,
    ) -> Result<Response<AssignLicenseResponse>, Status> {
        let (customer, what, command) = license::read_assignment(request.into_inner())?;
        let store = &self.store;
        let assigned = store.assign_license(customer, what, command, License::assign);
        let license = Some(convert::license(assigned.await?));
        Ok(Response::new(AssignLicenseResponse { license }))
    }

    async fn withdraw_license(
        &self,
        request: Request<WithdrawLicenseRequest>,
    ) -> Result<Response<WithdrawLicenseResponse>, Status> {
        let (customer, id, command) = license::read_withdrawal(request.into_inner())?;
        let store = &self.store;
        let withdrawn = store.withdraw_license(customer, id, command, License::withdraw);
        let license = Some(convert::license(withdrawn.await?));
        Ok(Response::new(WithdrawLicenseResponse { license }))
    }
}

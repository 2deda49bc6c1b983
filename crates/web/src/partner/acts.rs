//! What a partner does for a customer, sent by the forms of the account page (`manage`). Whether it
//! may is the API's to say.

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use proto::customer::v1::{MoreLicenses, NewSubscription, SubscriptionTransition};
use proto::gateway::v1::submit_order_request::Order as Ordered;
use proto::gateway::v1::{
    AddUserRequest, AssignLicenseRequest, ChangeSubscriptionRequest, RemoveUserRequest,
    SubmitOrderRequest, WithdrawLicenseRequest,
};
use proto::relationship::v1::ChangeAccountRequest;

use super::Partner;
use crate::Web;
use crate::form::Form;
use crate::problem::Problem;

pub(crate) fn routes() -> Router<Web> {
    let at = |rest: &str| format!("/partner/customers/{{customer}}{rest}");
    Router::new()
        .route(&at("/account"), post(change_account))
        .route(&at("/orders"), post(order))
        .route(&at("/subscriptions"), post(change_subscription))
        .route(&at("/users"), post(add_user))
        .route(&at("/users/remove"), post(remove_user))
        .route(&at("/licenses"), post(assign_license))
        .route(&at("/licenses/withdraw"), post(withdraw_license))
}

/// Back to the account page, which says what was done.
fn back(customer: &str, what: &str) -> Response {
    Redirect::to(&format!("/partner/customers/{customer}?done={what}")).into_response()
}

async fn change_account(
    partner: Partner,
    Path(customer): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let request = ChangeAccountRequest {
        name: format!("{}/customers/{customer}", partner.name),
        display_name: sent.text("display_name").to_owned(),
        country: sent.text("country").to_owned(),
        domain: sent.text("domain").to_owned(),
        etag: sent.text("etag").to_owned(),
        request_id: sent.text("request").to_owned(),
    };
    partner
        .person
        .relationships()
        .change_account(request)
        .await?;
    Ok(back(&customer, "saved"))
}

async fn order(
    partner: Partner,
    Path(customer): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let order = match sent.text("more_of") {
        "" => Ordered::NewSubscription(NewSubscription {
            offer: sent.text("offer").to_owned(),
            display_name: sent.text("new_name").to_owned(),
            quantity: sent.number("new_quantity"),
            renewal: sent.number("new_renewal"),
        }),
        subscription => Ordered::MoreLicenses(MoreLicenses {
            subscription: subscription.to_owned(),
            quantity: sent.number("more_quantity"),
        }),
    };
    let request = SubmitOrderRequest {
        parent: format!("{}/customers/{customer}", partner.name),
        request_id: sent.text("request").to_owned(),
        order: Some(order),
    };
    partner.person.connections().submit_order(request).await?;
    Ok(back(&customer, "ordered"))
}

async fn change_subscription(
    partner: Partner,
    Path(customer): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let transition = SubscriptionTransition::try_from(sent.number("transition"));
    let request = ChangeSubscriptionRequest {
        parent: format!("{}/customers/{customer}", partner.name),
        subscription: sent.text("subscription").to_owned(),
        display_name: sent.text("subscription_name").to_owned(),
        renewal: sent.number("renewal"),
        transition: transition.unwrap_or_default().into(),
        etag: sent.text("etag").to_owned(),
        request_id: sent.text("request").to_owned(),
    };
    partner
        .person
        .connections()
        .change_subscription(request)
        .await?;
    Ok(back(&customer, "saved"))
}

async fn add_user(
    partner: Partner,
    Path(customer): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let request = AddUserRequest {
        parent: format!("{}/customers/{customer}", partner.name),
        display_name: sent.text("user_name").to_owned(),
        sign_in_name: sent.text("sign_in_name").to_owned(),
        request_id: sent.text("request").to_owned(),
    };
    partner.person.connections().add_user(request).await?;
    Ok(back(&customer, "user-added"))
}

async fn remove_user(
    partner: Partner,
    Path(customer): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let request = RemoveUserRequest {
        parent: format!("{}/customers/{customer}", partner.name),
        user: sent.text("user").to_owned(),
        request_id: sent.text("request").to_owned(),
    };
    partner.person.connections().remove_user(request).await?;
    Ok(back(&customer, "user-removed"))
}

async fn assign_license(
    partner: Partner,
    Path(customer): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let request = AssignLicenseRequest {
        parent: format!("{}/customers/{customer}", partner.name),
        subscription: sent.text("license_subscription").to_owned(),
        user: sent.text("license_user").to_owned(),
        request_id: sent.text("request").to_owned(),
    };
    partner.person.connections().assign_license(request).await?;
    Ok(back(&customer, "license-assigned"))
}

async fn withdraw_license(
    partner: Partner,
    Path(customer): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let request = WithdrawLicenseRequest {
        parent: format!("{}/customers/{customer}", partner.name),
        license: sent.text("license").to_owned(),
        request_id: sent.text("request").to_owned(),
    };
    partner
        .person
        .connections()
        .withdraw_license(request)
        .await?;
    Ok(back(&customer, "license-withdrawn"))
}

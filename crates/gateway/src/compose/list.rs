//! Lists of what a customer has, for a partner that may view its record. The portals answer them;
//! what another customer has is never shown.

use platform::field::Violations;
use platform::identity::Identity;
use proto::customer::v1::Permission;
use proto::directory::v1 as directory;
use proto::gateway::v1::{
    ListLicensesRequest, ListLicensesResponse, ListOrdersRequest, ListOrdersResponse,
    ListSubscriptionsRequest, ListSubscriptionsResponse, ListUsersRequest, ListUsersResponse,
};
use tonic::{Response, Status};
use vocabulary::name::{CustomerName, PartnerCustomerName, PartnerName};

use super::owner::answered_with;
use super::{Connections, access, answered_of};

pub(super) async fn list_subscriptions(
    on: &Connections,
    caller: &Identity,
    message: ListSubscriptionsRequest,
) -> Result<ListSubscriptionsResponse, Status> {
    let pair = viewed(on, caller, &message.parent).await?;
    let request = directory::ListSubscriptionsRequest {
        parent: customer(&pair),
        state: message.state,
        page_size: message.page_size,
        page_token: message.page_token,
    };
    let page = told(on.portals().list_subscriptions(request).await)?;
    answered_with(&pair, page.subscriptions.iter().map(|it| it.name.as_str()))?;
    Ok(ListSubscriptionsResponse {
        subscriptions: page.subscriptions,
        next_page_token: page.next_page_token,
    })
}

pub(super) async fn list_users(
    on: &Connections,
    caller: &Identity,
    message: ListUsersRequest,
) -> Result<ListUsersResponse, Status> {
    let pair = viewed(on, caller, &message.parent).await?;
    let request = directory::ListUsersRequest {
        parent: customer(&pair),
        page_size: message.page_size,
        page_token: message.page_token,
    };
    let page = told(on.portals().list_users(request).await)?;
    answered_with(&pair, page.users.iter().map(|it| it.name.as_str()))?;
    Ok(ListUsersResponse {
        users: page.users,
        next_page_token: page.next_page_token,
    })
}

pub(super) async fn list_licenses(
    on: &Connections,
    caller: &Identity,
    message: ListLicensesRequest,
) -> Result<ListLicensesResponse, Status> {
    let pair = viewed(on, caller, &message.parent).await?;
    let request = directory::ListLicensesRequest {
        parent: customer(&pair),
        page_size: message.page_size,
        page_token: message.page_token,
    };
    let page = told(on.portals().list_licenses(request).await)?;
    answered_with(&pair, page.licenses.iter().map(|it| it.name.as_str()))?;
    Ok(ListLicensesResponse {
        licenses: page.licenses,
        next_page_token: page.next_page_token,
    })
}

pub(super) async fn list_orders(
    on: &Connections,
    caller: &Identity,
    message: ListOrdersRequest,
) -> Result<ListOrdersResponse, Status> {
    let pair = viewed(on, caller, &message.parent).await?;
    let request = directory::ListOrdersRequest {
        parent: customer(&pair),
        partner: PartnerName::new(&pair.partner).to_string(),
        page_size: message.page_size,
        page_token: message.page_token,
    };
    let page = told(on.portals().list_orders(request).await)?;
    answered_with(&pair, page.orders.iter().map(|it| it.name.as_str()))?;
    Ok(ListOrdersResponse {
        orders: page.orders,
        next_page_token: page.next_page_token,
    })
}

/// The partner and the customer that a list names, where the one may view the other's record.
async fn viewed(
    on: &Connections,
    caller: &Identity,
    parent: &str,
) -> Result<PartnerCustomerName, Status> {
    let mut v = Violations::new();
    let pair = v.check("parent", PartnerCustomerName::parse(parent));
    let pair = v.build(|| pair)?;
    caller.as_partner(&pair.partner)?;
    access::granted(on, caller, &pair, Permission::ViewRecord).await?;
    Ok(pair)
}

fn customer(pair: &PartnerCustomerName) -> String {
    CustomerName::new(&pair.customer).to_string()
}

/// What the portals told. Which page is asked for, and of which state, are the caller's own words.
fn told<T>(answer: Result<Response<T>, Status>) -> Result<T, Status> {
    let answer =
        answer.map_err(|status| answered_of(status, &["state", "page_size", "page_token"]))?;
    Ok(answer.into_inner())
}

//! Acting for a customer: the relationship service says whether the partner may, the portals do it.
//!
//! The portals recognise a repeat by its `request_id` and keep in whose name it was done. Here
//! nothing is kept, and nothing is tried twice: a repeat is asked for access again.

use platform::error::Failure;
use platform::field::Violations;
use platform::identity::Identity;
use proto::customer::v1::Permission;
use proto::directory::v1::{self as directory, Mandate};
use proto::gateway::v1::submit_order_request::Order;
use proto::gateway::v1::{
    AddUserRequest, AddUserResponse, AssignLicenseRequest, AssignLicenseResponse,
    ChangeSubscriptionRequest, ChangeSubscriptionResponse, RemoveUserRequest, RemoveUserResponse,
    SubmitOrderRequest, SubmitOrderResponse, WithdrawLicenseRequest, WithdrawLicenseResponse,
};
use tonic::{Code, Status};
use vocabulary::Malformed;
use vocabulary::id::{CustomerId, foreign_uuid};
use vocabulary::name::{
    CustomerName, LicenseName, PartnerCustomerName, PartnerName, SubscriptionName, UserName,
};

use super::owner::{answered_with, has};
use super::{Connections, access, answered_of, whole};

pub(super) async fn submit_order(
    on: &Connections,
    caller: &Identity,
    message: SubmitOrderRequest,
) -> Result<SubmitOrderResponse, Status> {
    let SubmitOrderRequest {
        parent,
        order,
        request_id,
    } = message;
    let mut asked = Asked::read(&parent, &request_id);
    if let Some(Order::MoreLicenses(more)) = &order {
        let subscription = SubscriptionName::parse(&more.subscription);
        asked.owned(
            "more_licenses.subscription",
            subscription.map(|name| name.customer),
        );
    }
    let (pair, mandate) = asked.mandate(on, caller, Permission::SubmitOrders).await?;
    let order = order.map(|order| match order {
        Order::NewSubscription(new) => directory::submit_order_request::Order::NewSubscription(new),
        Order::MoreLicenses(more) => directory::submit_order_request::Order::MoreLicenses(more),
    });
    let submit = directory::SubmitOrderRequest {
        customer: CustomerName::new(&pair.customer).to_string(),
        order,
        mandate: Some(mandate),
        request_id,
    };
    let fields = ["order", "new_subscription", "more_licenses", "request_id"];
    let answer = on.portals().submit_order(submit).await;
    let answer = answer.map_err(|status| not_done(status, &fields))?;
    let directory::SubmitOrderResponse {
        order,
        subscription,
    } = answer.into_inner();
    let (order, subscription) = (whole(order)?, whole(subscription)?);
    answered_with(&pair, [order.name.as_str(), &subscription.name])?;
    Ok(SubmitOrderResponse {
        order: Some(order),
        subscription: Some(subscription),
    })
}

pub(super) async fn change_subscription(
    on: &Connections,
    caller: &Identity,
    message: ChangeSubscriptionRequest,
) -> Result<ChangeSubscriptionResponse, Status> {
    let ChangeSubscriptionRequest {
        parent,
        subscription,
        display_name,
        renewal,
        transition,
        etag,
        request_id,
    } = message;
    let mut asked = Asked::read(&parent, &request_id);
    asked.owned(
        "subscription",
        SubscriptionName::parse(&subscription).map(|name| name.customer),
    );
    let needed = Permission::ManageSubscriptions;
    let (pair, mandate) = asked.mandate(on, caller, needed).await?;
    let change = directory::ChangeSubscriptionRequest {
        subscription,
        display_name,
        renewal,
        transition,
        etag,
        mandate: Some(mandate),
        request_id,
    };
    let fields = [
        "subscription",
        "display_name",
        "renewal",
        "transition",
        "etag",
        "request_id",
    ];
    let answer = on.portals().change_subscription(change).await;
    let answer = answer.map_err(|status| not_done(status, &fields))?;
    let subscription = whole(answer.into_inner().subscription)?;
    answered_with(&pair, [subscription.name.as_str()])?;
    Ok(ChangeSubscriptionResponse {
        subscription: Some(subscription),
    })
}

pub(super) async fn add_user(
    on: &Connections,
    caller: &Identity,
    message: AddUserRequest,
) -> Result<AddUserResponse, Status> {
    let AddUserRequest {
        parent,
        display_name,
        sign_in_name,
        request_id,
    } = message;
    let asked = Asked::read(&parent, &request_id);
    let (pair, mandate) = asked.mandate(on, caller, Permission::ManageUsers).await?;
    let add = directory::AddUserRequest {
        customer: CustomerName::new(&pair.customer).to_string(),
        display_name,
        sign_in_name,
        mandate: Some(mandate),
        request_id,
    };
    let fields = ["display_name", "sign_in_name", "request_id"];
    let answer = on.portals().add_user(add).await;
    let answer = answer.map_err(|status| not_done(status, &fields))?;
    let user = whole(answer.into_inner().user)?;
    answered_with(&pair, [user.name.as_str()])?;
    Ok(AddUserResponse { user: Some(user) })
}

pub(super) async fn remove_user(
    on: &Connections,
    caller: &Identity,
    message: RemoveUserRequest,
) -> Result<RemoveUserResponse, Status> {
    let RemoveUserRequest {
        parent,
        user,
        request_id,
    } = message;
    let mut asked = Asked::read(&parent, &request_id);
    asked.owned("user", UserName::parse(&user).map(|name| name.customer));
    let (pair, mandate) = asked.mandate(on, caller, Permission::ManageUsers).await?;
    let remove = directory::RemoveUserRequest {
        user,
        mandate: Some(mandate),
        request_id,
    };
    let answer = on.portals().remove_user(remove).await;
    let answer = answer.map_err(|status| not_done(status, &["user", "request_id"]))?;
    let user = whole(answer.into_inner().user)?;
    answered_with(&pair, [user.name.as_str()])?;
    Ok(RemoveUserResponse { user: Some(user) })
}

pub(super) async fn assign_license(
    on: &Connections,
    caller: &Identity,
    message: AssignLicenseRequest,
) -> Result<AssignLicenseResponse, Status> {
    let AssignLicenseRequest {
        parent,
        subscription,
        user,
        request_id,
    } = message;
    let mut asked = Asked::read(&parent, &request_id);
    asked.owned(
        "subscription",
        SubscriptionName::parse(&subscription).map(|name| name.customer),
    );
    asked.owned("user", UserName::parse(&user).map(|name| name.customer));
    let needed = Permission::ManageLicenses;
    let (pair, mandate) = asked.mandate(on, caller, needed).await?;
    let assign = directory::AssignLicenseRequest {
        subscription,
        user,
        mandate: Some(mandate),
        request_id,
    };
    let fields = ["subscription", "user", "request_id"];
    let answer = on.portals().assign_license(assign).await;
    let answer = answer.map_err(|status| not_done(status, &fields))?;
    let license = whole(answer.into_inner().license)?;
    answered_with(&pair, [license.name.as_str()])?;
    Ok(AssignLicenseResponse {
        license: Some(license),
    })
}

pub(super) async fn withdraw_license(
    on: &Connections,
    caller: &Identity,
    message: WithdrawLicenseRequest,
) -> Result<WithdrawLicenseResponse, Status> {
    let WithdrawLicenseRequest {
        parent,
        license,
        request_id,
    } = message;
    let mut asked = Asked::read(&parent, &request_id);
    asked.owned(
        "license",
        LicenseName::parse(&license).map(|name| name.customer),
    );
    let needed = Permission::ManageLicenses;
    let (pair, mandate) = asked.mandate(on, caller, needed).await?;
    let withdraw = directory::WithdrawLicenseRequest {
        license,
        mandate: Some(mandate),
        request_id,
    };
    let answer = on.portals().withdraw_license(withdraw).await;
    let answer = answer.map_err(|status| not_done(status, &["license", "request_id"]))?;
    let license = whole(answer.into_inner().license)?;
    answered_with(&pair, [license.name.as_str()])?;
    Ok(WithdrawLicenseResponse {
        license: Some(license),
    })
}

/// What every act names besides what is to be done, as far as it could be read.
struct Asked {
    violations: Violations,
    pair: Option<PartnerCustomerName>,
    owners: Vec<CustomerId>,
}

impl Asked {
    fn read(parent: &str, request_id: &str) -> Self {
        let mut violations = Violations::new();
        let pair = violations.check("parent", PartnerCustomerName::parse(parent));
        match request_id {
            "" => violations.add("request_id", "must be a UUID of the caller's making"),
            given => {
                violations.check("request_id", foreign_uuid(given));
            }
        }
        Self {
            violations,
            pair,
            owners: Vec::new(),
        }
    }

    /// Adds whose a thing is that must be the customer's.
    fn owned(&mut self, field: &str, owner: Result<CustomerId, Malformed>) {
        let owner = self.violations.check(field, owner);
        self.owners.extend(owner);
    }

    /// Asks whether the caller's partner may now, and answers in whose name it does.
    async fn mandate(
        self,
        on: &Connections,
        caller: &Identity,
        permission: Permission,
    ) -> Result<(PartnerCustomerName, Mandate), Status> {
        let pair = self.violations.build(|| self.pair)?;
        let actor = caller.as_partner(&pair.partner)?.actor();
        for owner in &self.owners {
            has(&pair, owner)?;
        }
        let decision = access::granted(on, caller, &pair, permission).await?;
        let mandate = Mandate {
            partner: PartnerName::new(&pair.partner).to_string(),
            relationship: decision.relationship,
            privilege: decision.privilege,
            issuer: actor.issuer,
            subject: actor.subject,
        };
        Ok((pair, mandate))
    }
}

/// What the portals answered instead of doing it; of the fields only these are the caller's. They
/// do not know who calls: where they say that somebody may not, they mean us.
fn not_done(status: Status, callers: &[&str]) -> Failure {
    match status.code() {
        Code::Unauthenticated | Code::PermissionDenied => Failure::Stranger(Box::new(status)),
        _ => answered_of(status, callers),
    }
}

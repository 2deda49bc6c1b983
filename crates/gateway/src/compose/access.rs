//! Asking the relationship service whether a partner may, and what its "no" is to the caller.
//! Nothing is decided here.

use platform::error::{Failure, reason_name, status};
use platform::identity::Identity;
use proto::customer::v1::Permission;
use proto::relationship::internal::v1::relationship_internal_service_client::RelationshipInternalServiceClient;
use proto::relationship::internal::v1::{DescribeCustomerRequest, DescribeCustomerResponse};
use proto::relationship::v1::access_service_client::AccessServiceClient;
use proto::relationship::v1::{
    AccessDecision, Account, CheckAccessRequest, DenialReason, ErrorReason,
};
use tonic::{Code, Status};
use vocabulary::name::{CustomerName, PartnerCustomerName, PartnerName};

use super::{Connections, answered_of, whole};

/// The package that lists the reasons of denials.
const DOMAIN: &str = "partnerconnect.relationship";

/// What grants the partner a permission, as of now; PERMISSION_DENIED with the reason where nothing
/// does.
pub(super) async fn granted(
    on: &Connections,
    caller: &Identity,
    pair: &PartnerCustomerName,
    permission: Permission,
) -> Result<AccessDecision, Status> {
    let question = CheckAccessRequest {
        partner: PartnerName::new(&pair.partner).to_string(),
        customer: CustomerName::new(&pair.customer).to_string(),
        permission: permission.into(),
    };
    let mut relationship = AccessServiceClient::new(on.relationship.clone());
    let answer = relationship
        .check_access(caller.on_behalf(question))
        .await
        .map_err(|status| answered_of(status, &[]))?;
    allowed(whole(answer.into_inner().decision)?)
}

/// What lets the partner view a customer's record, and the account in it, as of one moment.
pub(super) async fn viewed(
    on: &Connections,
    caller: &Identity,
    name: String,
) -> Result<(AccessDecision, Account), Status> {
    let mut relationship = RelationshipInternalServiceClient::new(on.relationship.clone());
    let DescribeCustomerResponse { decision, account } = relationship
        .describe_customer(caller.on_behalf(DescribeCustomerRequest { name }))
        .await
        .map_err(|status| answered_of(status, &["name"]))?
        .into_inner();
    Ok((allowed(whole(decision)?)?, whole(account)?))
}

fn allowed(decision: AccessDecision) -> Result<AccessDecision, Status> {
    if decision.allowed {
        return Ok(decision);
    }
    let (reason, message) = denial(decision.reason())
        .ok_or_else(|| Failure::other("access was denied without a reason that is known here"))?;
    let name = reason_name(reason.as_str_name());
    Err(status(Code::PermissionDenied, DOMAIN, name, message, &[]))
}

fn denial(reason: DenialReason) -> Option<(ErrorReason, &'static str)> {
    Some(match reason {
        DenialReason::Unspecified => return None,
        DenialReason::RelationshipRequired => (
            ErrorReason::RelationshipRequired,
            "there is no active relationship between the two: invite the customer",
        ),
        DenialReason::PrivilegeRequired => (
            ErrorReason::PrivilegeRequired,
            "no active privilege gives this permission",
        ),
        DenialReason::PartnerSuspended => (
            ErrorReason::PartnerSuspended,
            "the partner's enrolment is suspended",
        ),
        DenialReason::PartnerNotEnrolled => (
            ErrorReason::PartnerNotEnrolled,
            "the partner is not enrolled, or not yet",
        ),
        DenialReason::NotForThisKind => (
            ErrorReason::NotForThisKind,
            "partners of this kind do not have this permission",
        ),
        DenialReason::CustomerUnknown => {
            (ErrorReason::CustomerUnknown, "there is no such customer")
        }
    })
}

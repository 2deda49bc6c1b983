//! A well-formed request of every method, naming what contoso and adatum have.

use platform::clock::Clock;
use prost::Message;
use proto::customer::v1 as customer;
use proto::gateway::v1 as gateway;
use proto::invitation::v1 as invitation;
use proto::notification::v1 as notification;
use proto::relationship::v1 as relationship;

use super::Names;
use super::table::As;

const PARTNER: &str = "partners/contoso";
const CUSTOMER: &str = "customers/adatum";

/// A request that names contoso's or adatum's own, encoded. For a method that both
/// sides may call, the customer's side is named to the customer.
pub(super) fn request(method: &str, caller: As, names: &Names) -> Vec<u8> {
    let (service, verb) = method.split_once('/').expect("service/method");
    let message = match service {
        "invitation.v1.InvitationService" => of_invitations(verb, caller, names),
        "relationship.v1.PartnerService" => of_partners(verb, names),
        "relationship.v1.RelationshipService" | "relationship.v1.AccessService" => {
            of_relationships(verb, caller, names)
        }
        _ => of_acts(verb, names).or_else(|| of_drafts_and_notices(verb, names)),
    };
    message.unwrap_or_else(|| panic!("{method} has no request in this test"))
}

fn of_drafts_and_notices(verb: &str, names: &Names) -> Option<Vec<u8>> {
    Some(match verb {
        "InviteCustomer" => gateway::InviteCustomerRequest {
            parent: PARTNER.into(),
            invitation: Some(Default::default()),
            request_id: Clock::system().id().to_string(),
            ..Default::default()
        }
        .encode_to_vec(),
        "GetDraft" => gateway::GetDraftRequest {
            name: names.invitation.clone(),
        }
        .encode_to_vec(),
        "SaveDraft" => gateway::SaveDraftRequest {
            name: names.invitation.clone(),
            subject: "s".into(),
            text: names.link.clone(),
            ..Default::default()
        }
        .encode_to_vec(),
        "ListNotices" => notification::ListNoticesRequest {
            parent: PARTNER.into(),
            ..Default::default()
        }
        .encode_to_vec(),
        _ => return None,
    })
}

/// What is done for a customer: asked for in a way that the portals refuse, where access would
/// allow it.
fn of_acts(verb: &str, names: &Names) -> Option<Vec<u8>> {
    let parent = || format!("{PARTNER}/{CUSTOMER}");
    let request_id = Clock::system().id().to_string();
    Some(match verb {
        "GetCustomerRecord" => gateway::GetCustomerRecordRequest {
            name: parent(),
            ..Default::default()
        }
        .encode_to_vec(),
        "ListSubscriptions" => gateway::ListSubscriptionsRequest {
            parent: parent(),
            ..Default::default()
        }
        .encode_to_vec(),
        "ListUsers" => gateway::ListUsersRequest {
            parent: parent(),
            ..Default::default()
        }
        .encode_to_vec(),
        "ListLicenses" => gateway::ListLicensesRequest {
            parent: parent(),
            ..Default::default()
        }
        .encode_to_vec(),
        "ListOrders" => gateway::ListOrdersRequest {
            parent: parent(),
            ..Default::default()
        }
        .encode_to_vec(),
        "SubmitOrder" => gateway::SubmitOrderRequest {
            parent: parent(),
            request_id,
            ..Default::default()
        }
        .encode_to_vec(),
        "ChangeSubscription" => gateway::ChangeSubscriptionRequest {
            parent: parent(),
            subscription: names.subscription.clone(),
            request_id,
            ..Default::default()
        }
        .encode_to_vec(),
        "AddUser" => gateway::AddUserRequest {
            parent: parent(),
            request_id,
            ..Default::default()
        }
        .encode_to_vec(),
        "RemoveUser" => gateway::RemoveUserRequest {
            parent: parent(),
            user: names.user.clone(),
            request_id,
        }
        .encode_to_vec(),
        "AssignLicense" => gateway::AssignLicenseRequest {
            parent: parent(),
            subscription: names.subscription.clone(),
            user: names.user.clone(),
            request_id,
        }
        .encode_to_vec(),
        "WithdrawLicense" => gateway::WithdrawLicenseRequest {
            parent: parent(),
            license: names.license.clone(),
            request_id,
        }
        .encode_to_vec(),
        _ => return None,
    })
}

fn of_invitations(verb: &str, caller: As, names: &Names) -> Option<Vec<u8>> {
    Some(match verb {
        "GetInvitation" => invitation::GetInvitationRequest {
            name: names.invitation.clone(),
        }
        .encode_to_vec(),
        "ListInvitations" => invitation::ListInvitationsRequest {
            parent: parent_for(caller),
            ..Default::default()
        }
        .encode_to_vec(),
        "FinishInvitation" => invitation::FinishInvitationRequest {
            name: names.invitation.clone(),
            ..Default::default()
        }
        .encode_to_vec(),
        // a wrong etag: past the door, and the link stays what it is
        "ResendInvitation" => invitation::ResendInvitationRequest {
            name: names.invitation.clone(),
            etag: "other".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "RevokeInvitation" => invitation::RevokeInvitationRequest {
            name: names.invitation.clone(),
            etag: "other".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "InspectInvitation" => invitation::InspectInvitationRequest {
            link: names.link.clone(),
            ..Default::default()
        }
        .encode_to_vec(),
        "GetWording" => invitation::GetWordingRequest {
            wording_id: "consent-1".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "AcceptInvitation" => invitation::AcceptInvitationRequest {
            parent: CUSTOMER.into(),
            link: names.link.clone(),
            consent: Some(no_such_consent()),
            ..Default::default()
        }
        .encode_to_vec(),
        "DeclineInvitation" => invitation::DeclineInvitationRequest {
            parent: CUSTOMER.into(),
            link: names.link.clone(),
            ..Default::default()
        }
        .encode_to_vec(),
        "GetAcceptance" => invitation::GetAcceptanceRequest {
            name: names.acceptance.clone(),
        }
        .encode_to_vec(),
        "ListAcceptances" => invitation::ListAcceptancesRequest {
            parent: CUSTOMER.into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "ListDeclinations" => invitation::ListDeclinationsRequest {
            parent: CUSTOMER.into(),
            ..Default::default()
        }
        .encode_to_vec(),
        _ => return None,
    })
}

fn of_partners(verb: &str, names: &Names) -> Option<Vec<u8>> {
    Some(match verb {
        "EnrollPartner" => relationship::EnrollPartnerRequest {
            name: PARTNER.into(),
            kind: relationship::PartnerKind::IndirectReseller.into(),
            display_name: "Contoso".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "GetPartner" => relationship::GetPartnerRequest {
            name: PARTNER.into(),
        }
        .encode_to_vec(),
        "ListPartners" => relationship::ListPartnersRequest::default().encode_to_vec(),
        "DecideEnrollment" => relationship::DecideEnrollmentRequest {
            name: PARTNER.into(),
            decision: relationship::EnrollmentDecision::Approve.into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "UpdatePartner" => relationship::UpdatePartnerRequest {
            partner: Some(relationship::Partner {
                name: PARTNER.into(),
                display_name: "Contoso".into(),
                etag: "other".into(),
                ..Default::default()
            }),
            ..Default::default()
        }
        .encode_to_vec(),
        "WithdrawEnrollment" => relationship::WithdrawEnrollmentRequest {
            name: PARTNER.into(),
            etag: "other".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "SuspendPartner" => relationship::SuspendPartnerRequest {
            name: PARTNER.into(),
            reason: "r".into(),
            etag: "other".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "ReinstatePartner" => relationship::ReinstatePartnerRequest {
            name: PARTNER.into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "ProposePartnership" => relationship::ProposePartnershipRequest {
            parent: PARTNER.into(),
            partner: "partners/fabrikam".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "AcceptPartnership" => relationship::AcceptPartnershipRequest {
            name: names.partnership.clone(),
            ..Default::default()
        }
        .encode_to_vec(),
        "EndPartnership" => relationship::EndPartnershipRequest {
            name: names.partnership.clone(),
            etag: "other".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "GetPartnership" => relationship::GetPartnershipRequest {
            name: names.partnership.clone(),
        }
        .encode_to_vec(),
        "ListPartnerships" => relationship::ListPartnershipsRequest {
            parent: PARTNER.into(),
            ..Default::default()
        }
        .encode_to_vec(),
        _ => return None,
    })
}

fn of_relationships(verb: &str, caller: As, names: &Names) -> Option<Vec<u8>> {
    Some(match verb {
        "ListCustomers" => relationship::ListCustomersRequest {
            parent: PARTNER.into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "GetAccount" => relationship::GetAccountRequest {
            name: CUSTOMER.into(),
        }
        .encode_to_vec(),
        "ChangeAccount" => relationship::ChangeAccountRequest {
            name: format!("{PARTNER}/{CUSTOMER}"),
            country: "BR".into(),
            etag: "other".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "ListAccess" => relationship::ListAccessRequest {
            parent: parent_for(caller),
            ..Default::default()
        }
        .encode_to_vec(),
        "WatchRelationships" => relationship::WatchRelationshipsRequest {
            parent: PARTNER.into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "GetRelationship" => relationship::GetRelationshipRequest {
            name: names.relationship.clone(),
        }
        .encode_to_vec(),
        "ListRelationships" => relationship::ListRelationshipsRequest {
            parent: parent_for(caller),
            ..Default::default()
        }
        .encode_to_vec(),
        "PreviewRemoval" => relationship::PreviewRemovalRequest {
            name: names.relationship.clone(),
            ..Default::default()
        }
        .encode_to_vec(),
        "GetWording" => relationship::GetWordingRequest {
            wording_id: "removal-1".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "RemoveRelationship" => relationship::RemoveRelationshipRequest {
            name: names.relationship.clone(),
            attestation: Some(no_such_attestation()),
            ..Default::default()
        }
        .encode_to_vec(),
        "EndRelationship" => relationship::EndRelationshipRequest {
            name: names.relationship.clone(),
            etag: "other".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "GetDelegatedPrivilege" => relationship::GetDelegatedPrivilegeRequest {
            name: names.privilege.clone(),
        }
        .encode_to_vec(),
        "ListDelegatedPrivileges" => relationship::ListDelegatedPrivilegesRequest {
            parent: parent_for(caller),
            ..Default::default()
        }
        .encode_to_vec(),
        "TerminateDelegatedPrivilege" => relationship::TerminateDelegatedPrivilegeRequest {
            name: names.privilege.clone(),
            etag: "other".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "CheckAccess" => question().encode_to_vec(),
        "BatchCheckAccess" => relationship::BatchCheckAccessRequest {
            questions: vec![question()],
        }
        .encode_to_vec(),
        _ => return None,
    })
}

/// The side that a caller asks about where both may ask.
fn parent_for(caller: As) -> String {
    match caller {
        As::CustomerGlobalAdmin | As::CustomerAdminAgent | As::OtherCustomer => CUSTOMER.into(),
        _ => PARTNER.into(),
    }
}

fn question() -> relationship::CheckAccessRequest {
    relationship::CheckAccessRequest {
        partner: PARTNER.into(),
        customer: CUSTOMER.into(),
        permission: customer::Permission::ViewRecord.into(),
    }
}

/// Well-formed, and refused behind the door.
fn no_such_consent() -> invitation::Consent {
    invitation::Consent {
        wording_id: "none".into(),
        language: "en".into(),
    }
}

/// Well-formed, and refused behind the door.
fn no_such_attestation() -> relationship::RemovalAttestation {
    relationship::RemovalAttestation {
        wording_id: "none".into(),
        language: "en".into(),
        good_faith: true,
        legitimate_business_purpose: true,
        in_line_with_agreement: true,
        hold_harmless: true,
    }
}

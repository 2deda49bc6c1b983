//! A well-formed request of every method, naming what contoso and adatum have.

use platform::clock::Clock;
use prost::Message;
use proto::gateway::v1 as gateway;
use proto::invitation::v1 as invitation;
use proto::notification::v1 as notification;
use proto::relationship::v1 as relationship;

use super::Names;
use super::table::As;

/// A request that names contoso's or adatum's own, encoded. For a method that both
/// sides may call, the customer's side is named to the customer.
pub(super) fn request(method: &str, caller: As, names: &Names) -> Vec<u8> {
    let partner = || "partners/contoso".to_owned();
    let customer = || "customers/adatum".to_owned();
    let invitation = || names.invitation.clone();
    let relationship_name = || names.relationship.clone();
    let parent = || match caller {
        As::CustomerGlobalAdmin | As::CustomerAdminAgent | As::OtherCustomer => customer(),
        _ => partner(),
    };
    let (_, verb) = method.split_once('/').expect("service/method");
    let question = || relationship::CheckAccessRequest {
        partner: partner(),
        customer: customer(),
        permission: relationship::Permission::ViewRecord.into(),
    };
    // well-formed, and refused behind the door
    let no_such_consent = invitation::Consent {
        wording_id: "none".into(),
        language: "en".into(),
    };
    let no_such_attestation = relationship::RemovalAttestation {
        wording_id: "none".into(),
        language: "en".into(),
        good_faith: true,
        legitimate_business_purpose: true,
        in_line_with_agreement: true,
        hold_harmless: true,
    };
    match verb {
        "InviteCustomer" => gateway::InviteCustomerRequest {
            parent: partner(),
            invitation: Some(Default::default()),
            request_id: Clock::system().id().to_string(),
        }
        .encode_to_vec(),
        "GetDraft" => gateway::GetDraftRequest { name: invitation() }.encode_to_vec(),
        "SaveDraft" => gateway::SaveDraftRequest {
            name: invitation(),
            subject: "s".into(),
            text: names.link.clone(),
            ..Default::default()
        }
        .encode_to_vec(),
        "GetInvitation" => invitation::GetInvitationRequest { name: invitation() }.encode_to_vec(),
        "ListInvitations" => invitation::ListInvitationsRequest {
            parent: partner(),
            ..Default::default()
        }
        .encode_to_vec(),
        "FinishInvitation" => invitation::FinishInvitationRequest {
            name: invitation(),
            ..Default::default()
        }
        .encode_to_vec(),
        // a wrong etag: past the door, and the link stays what it is
        "ResendInvitation" => invitation::ResendInvitationRequest {
            name: invitation(),
            etag: "other".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "RevokeInvitation" => invitation::RevokeInvitationRequest {
            name: invitation(),
            etag: "other".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "InspectInvitation" => invitation::InspectInvitationRequest {
            link: names.link.clone(),
            ..Default::default()
        }
        .encode_to_vec(),
        "AcceptInvitation" => invitation::AcceptInvitationRequest {
            parent: customer(),
            link: names.link.clone(),
            consent: Some(no_such_consent),
            ..Default::default()
        }
        .encode_to_vec(),
        "DeclineInvitation" => invitation::DeclineInvitationRequest {
            parent: customer(),
            link: names.link.clone(),
            ..Default::default()
        }
        .encode_to_vec(),
        "GetAcceptance" => invitation::GetAcceptanceRequest {
            name: names.acceptance.clone(),
        }
        .encode_to_vec(),
        "ListNotices" => notification::ListNoticesRequest {
            parent: partner(),
            ..Default::default()
        }
        .encode_to_vec(),
        "EnrollPartner" => relationship::EnrollPartnerRequest {
            name: partner(),
            kind: relationship::PartnerKind::IndirectReseller.into(),
            display_name: "Contoso".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "GetPartner" => relationship::GetPartnerRequest { name: partner() }.encode_to_vec(),
        "ListPartners" => relationship::ListPartnersRequest::default().encode_to_vec(),
        "DecideEnrollment" => relationship::DecideEnrollmentRequest {
            name: partner(),
            decision: relationship::EnrollmentDecision::Approve.into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "SuspendPartner" => relationship::SuspendPartnerRequest {
            name: partner(),
            reason: "r".into(),
            etag: "other".into(),
            ..Default::default()
        }
        .encode_to_vec(),
        "ReinstatePartner" => relationship::ReinstatePartnerRequest {
            name: partner(),
            ..Default::default()
        }
        .encode_to_vec(),
        "ProposePartnership" => relationship::ProposePartnershipRequest {
            parent: partner(),
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
        "ListPartnerships" => relationship::ListPartnershipsRequest {
            parent: partner(),
            ..Default::default()
        }
        .encode_to_vec(),
        "ListCustomers" => relationship::ListCustomersRequest {
            parent: partner(),
            ..Default::default()
        }
        .encode_to_vec(),
        "GetRelationship" => relationship::GetRelationshipRequest {
            name: relationship_name(),
        }
        .encode_to_vec(),
        "ListRelationships" => relationship::ListRelationshipsRequest {
            parent: parent(),
            ..Default::default()
        }
        .encode_to_vec(),
        "PreviewRemoval" => relationship::PreviewRemovalRequest {
            name: relationship_name(),
            ..Default::default()
        }
        .encode_to_vec(),
        "RemoveRelationship" => relationship::RemoveRelationshipRequest {
            name: relationship_name(),
            attestation: Some(no_such_attestation),
            ..Default::default()
        }
        .encode_to_vec(),
        "ListDelegatedPrivileges" => relationship::ListDelegatedPrivilegesRequest {
            parent: parent(),
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
        _ => panic!("{method} has no request in this test"),
    }
}

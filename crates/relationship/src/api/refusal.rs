//! Refusals of this service as statuses: one code and one reason for each, in one place.

use std::time::Duration;

use platform::error::{SharedRefusal, exhausted, precondition, reason_name, status};
use proto::relationship::v1::ErrorReason;
use tonic::{Code, Status};
use vocabulary::name::{PartnerName, PartnershipName};

use crate::domain::Refusal;
use crate::domain::access::Denial;

/// The package whose `ErrorReason` lists the reasons, without its version.
const DOMAIN: &str = "partnerconnect.relationship";

/// When it is worth trying again for a watcher that was refused.
const WATCH_AGAIN: Duration = Duration::from_secs(10);

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        use ErrorReason as Reason;

        let message = refusal.to_string();
        let state = |state: &dyn std::fmt::Display| ("state", state.to_string());
        let failed = |reason: Reason, subject, metadata: &[(&str, String)]| {
            precondition(
                DOMAIN,
                reason_name(reason.as_str_name()),
                subject,
                message.clone(),
                metadata,
            )
        };
        match &refusal {
            Refusal::NotFound => SharedRefusal::NotFound.into(),
            Refusal::AccountRequired => {
                SharedRefusal::invalid("account", "must be given: the customer has no account")
                    .into()
            }
            Refusal::EnrollmentState { state: found } => {
                failed(Reason::EnrollmentState, "partner", &[state(found)])
            }
            Refusal::EnrollmentImporting => {
                failed(Reason::EnrollmentState, "partner", &[state(&"IMPORTING")])
            }
            Refusal::AccessDenied(denial) => {
                let reason = reason_name(denied(*denial).as_str_name());
                status(Code::PermissionDenied, DOMAIN, reason, message, &[])
            }
            Refusal::KindFixed { kind } => {
                failed(Reason::KindFixed, "partner", &[("kind", kind.to_string())])
            }
            Refusal::PartnerNotActive {
                partner,
                state: found,
            } => {
                let found = found.map_or("NOT_ENROLLED", Into::into);
                let partner = ("partner", PartnerName::new(partner).to_string());
                failed(
                    Reason::PartnerNotActive,
                    "partner",
                    &[partner, state(&found)],
                )
            }
            Refusal::PartnershipExists {
                partnership,
                state: found,
            } => {
                let partnership = (
                    "partnership",
                    PartnershipName::new(*partnership).to_string(),
                );
                failed(
                    Reason::PartnershipExists,
                    "partnership",
                    &[partnership, state(found)],
                )
            }
            Refusal::SameKind => failed(Reason::SameKind, "partner", &[]),
            Refusal::PartnershipState { state: found } => {
                failed(Reason::PartnershipState, "partnership", &[state(found)])
            }
            Refusal::OwnProposal => failed(Reason::OwnProposal, "partnership", &[]),
            Refusal::ResellerRequired => failed(Reason::ResellerRequired, "reseller", &[]),
            Refusal::PartnershipRequired => failed(Reason::PartnershipRequired, "provider", &[]),
            Refusal::RelationshipState { state: found } => {
                failed(Reason::RelationshipState, "relationship", &[state(found)])
            }
            Refusal::PrivilegeState { state: found } => {
                failed(Reason::PrivilegeState, "privilege", &[state(found)])
            }
            Refusal::AttestationIncomplete => {
                let reason = reason_name(Reason::AttestationIncomplete.as_str_name());
                status(Code::InvalidArgument, DOMAIN, reason, message, &[])
            }
            Refusal::WordingNotCurrent => {
                failed(Reason::WordingNotCurrent, "attestation.wording_id", &[])
            }
            Refusal::ResumeTokenExpired => failed(Reason::ResumeTokenExpired, "resume_token", &[]),
            Refusal::ProposalQuota { retry_after } => {
                let reason = reason_name(Reason::ProposalQuota.as_str_name());
                exhausted(DOMAIN, reason, message, *retry_after, &[])
            }
            Refusal::WatchersLimit => {
                let reason = reason_name(Reason::WatchersLimit.as_str_name());
                exhausted(DOMAIN, reason, message, WATCH_AGAIN, &[])
            }
        }
    }
}

/// The reason of a call that is refused because access is denied.
fn denied(denial: Denial) -> ErrorReason {
    match denial {
        Denial::PartnerNotEnrolled => ErrorReason::PartnerNotEnrolled,
        Denial::PartnerSuspended => ErrorReason::PartnerSuspended,
        Denial::CustomerUnknown => ErrorReason::CustomerUnknown,
        Denial::RelationshipRequired => ErrorReason::RelationshipRequired,
        Denial::NotForThisKind => ErrorReason::NotForThisKind,
        Denial::PrivilegeRequired => ErrorReason::PrivilegeRequired,
    }
}

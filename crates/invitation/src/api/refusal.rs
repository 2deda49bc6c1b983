//! Refusals of this service as statuses: one code and one reason for each, in one place.

use std::time::Duration;

use platform::error::{self, SharedRefusal};
use tonic::Status;
use vocabulary::void_reason::VoidReason;

use crate::domain::{Refusal, StateKind};

/// The package whose `ErrorReason` lists the reasons.
const DOMAIN: &str = "partnerconnect.invitation";

/// When it is worth trying again where a partner has too many open invitations: the next of them
/// may have been answered.
const OPEN_QUOTA_RETRY: Duration = Duration::from_secs(60 * 60);

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        let link = |reason| error::precondition(DOMAIN, reason, "link", &message, &[]);
        let state = |state_kind: StateKind| ("state", state_kind.to_string());
        match &refusal {
            Refusal::NotFound => SharedRefusal::NotFound.into(),
            Refusal::LinkAltered => SharedRefusal::invalid("link", message).into(),
            Refusal::WrongState(state_kind) => {
                let found = [state(*state_kind)];
                error::precondition(DOMAIN, "INVITATION_STATE", "invitation", &message, &found)
            }
            Refusal::Finished => {
                let found = [state(StateKind::Open), ("finished", "true".to_owned())];
                error::precondition(DOMAIN, "INVITATION_STATE", "invitation", &message, &found)
            }
            Refusal::NotBoundToAddress => {
                error::precondition(DOMAIN, "NOT_BOUND_TO_ADDRESS", "invitation", &message, &[])
            }
            Refusal::Superseded => link("SUPERSEDED"),
            Refusal::Expired => link("EXPIRED"),
            Refusal::Revoked => link("REVOKED"),
            Refusal::Declined => link("DECLINED"),
            Refusal::AlreadyUsed => link("ALREADY_USED"),
            Refusal::Void(None) => link("VOID"),
            Refusal::Void(Some(reason)) => {
                let why = [("void_reason", reason.to_string())];
                error::precondition(DOMAIN, "VOID", "link", &message, &why)
            }
            Refusal::Refused(reason) => decided(*reason, &message),
            Refusal::PartyCannotAccept => {
                error::precondition(DOMAIN, "PARTY_CANNOT_ACCEPT", "parent", &message, &[])
            }
            Refusal::AccountRequired => {
                error::precondition(DOMAIN, "ACCOUNT_REQUIRED", "account", &message, &[])
            }
            Refusal::WordingNotCurrent => {
                error::precondition(DOMAIN, "WORDING_NOT_CURRENT", "consent", &message, &[])
            }
            Refusal::DailyQuota { retry_after } => {
                error::exhausted(DOMAIN, "DAILY_QUOTA", &message, *retry_after, &[])
            }
            Refusal::ResendQuota { retry_after } => {
                error::exhausted(DOMAIN, "RESEND_QUOTA", &message, *retry_after, &[])
            }
            Refusal::WrongLinks { retry_after } => {
                error::exhausted(DOMAIN, "WRONG_LINKS", &message, *retry_after, &[])
            }
            Refusal::OpenQuota => {
                error::exhausted(DOMAIN, "OPEN_QUOTA", &message, OPEN_QUOTA_RETRY, &[])
            }
        }
    }
}

/// The same on every repeat: the decision is for good.
fn decided(reason: VoidReason, message: &str) -> Status {
    error::precondition(DOMAIN, reason.into(), "invitation", message, &[])
}

#[cfg(test)]
mod tests {
    use proto::invitation::v1::ErrorReason;
    use tonic::Code;
    use tonic_types::StatusExt;

    use super::*;

    /// Every reason of the protobuf is the reason of a refusal, and the other way round, with the
    /// code that stands there.
    #[test]
    fn reasons_and_refusals_match() {
        let mut answered: Vec<String> = Vec::new();
        let minute = Duration::from_secs(60);
        let mut refusals = vec![
            Refusal::WrongState(StateKind::Revoked),
            Refusal::Finished,
            Refusal::NotBoundToAddress,
            Refusal::Superseded,
            Refusal::Expired,
            Refusal::Revoked,
            Refusal::Declined,
            Refusal::AlreadyUsed,
            Refusal::Void(None),
            Refusal::Void(Some(VoidReason::PartnershipEnded)),
            Refusal::PartyCannotAccept,
            Refusal::AccountRequired,
            Refusal::WordingNotCurrent,
        ];
        refusals.extend(VoidReason::ALL.iter().copied().map(Refusal::Refused));
        let exhausted = [
            Refusal::DailyQuota {
                retry_after: minute,
            },
            Refusal::ResendQuota {
                retry_after: minute,
            },
            Refusal::WrongLinks {
                retry_after: minute,
            },
            Refusal::OpenQuota,
        ];
        refusals.extend(exhausted.clone());
        for refusal in refusals {
            let quota = exhausted.contains(&refusal);
            let status = Status::from(refusal);
            let details = status.get_error_details();
            let info = details.error_info().unwrap();
            assert_eq!(info.domain, DOMAIN);
            assert!(ErrorReason::from_str_name(&format!("ERROR_REASON_{}", info.reason)).is_some());
            assert_eq!(status.code() == Code::ResourceExhausted, quota);
            assert_eq!(details.retry_info().is_some(), quota);
            assert_eq!(details.precondition_failure().is_some(), !quota);
            answered.push(info.reason.clone());
        }
        for number in 1..=18 {
            let name = ErrorReason::try_from(number).unwrap().as_str_name();
            let reason = name.strip_prefix("ERROR_REASON_").unwrap();
            assert!(
                answered.iter().any(|answered| answered == reason),
                "{reason} is never answered"
            );
        }
        assert!(ErrorReason::try_from(19).is_err());
        assert_eq!(
            Status::from(Refusal::NotFound).message(),
            Status::from(SharedRefusal::NotFound).message()
        );
    }
}

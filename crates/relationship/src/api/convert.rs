//! The domain in messages of the wire, and the enums of requests read into the domain. Nothing
//! is decided here.

use platform::clock::Time;
use platform::error::Violation;
use platform::field::known;
use prost_types::Timestamp;
use proto::customer::v1 as customer;
use proto::relationship::internal::v1 as internal;
use proto::relationship::v1;
use vocabulary::id::PartnerId;
use vocabulary::name::{
    AcceptanceName, CustomerName, PartnerCustomerName, PartnerName, PrivilegeName, RelationshipName,
};
use vocabulary::partner_kind::PartnerKind;
use vocabulary::permission::Permission;
use vocabulary::void_reason::VoidReason;

use crate::domain::Names;
use crate::domain::access::{Access, Denial, Viewer};
use crate::domain::account::Account;
use crate::domain::decision::Outcome;
use crate::domain::import::{self, Import, SkipReason, Skipped};
use crate::domain::partner::{self, Decision, Partner};
use crate::domain::partnership::{self, Partnership};
use crate::domain::party::Party;
use crate::domain::privilege::{self, Privilege};
use crate::domain::relationship::{self, End, Ending, Relationship, Removal};

pub(super) fn etag(version: i64) -> String {
    version.to_string()
}

pub(super) fn partner(partner: Partner) -> v1::Partner {
    v1::Partner {
        name: partner.name(),
        kind: v1::PartnerKind::from(partner.kind).into(),
        display_name: partner.display_name,
        state: partner_state(partner.state).into(),
        state_reason: partner.state_reason,
        create_time: time(partner.create_time),
        update_time: time(partner.update_time),
        activate_time: partner.activate_time.and_then(time),
        etag: etag(partner.version),
    }
}

pub(super) fn import((import, skipped): (Import, Vec<Skipped>)) -> v1::EnrollmentImport {
    let state = match import.state {
        import::State::Running => v1::ImportState::Running,
        import::State::Waiting => v1::ImportState::Waiting,
        import::State::Complete => v1::ImportState::Complete,
        import::State::Failed => v1::ImportState::Failed,
    };
    v1::EnrollmentImport {
        state: state.into(),
        start_time: time(import.start_time),
        update_time: time(import.update_time),
        end_time: import.end_time.and_then(time),
        imported_count: import.counts.imported,
        kept_count: import.counts.kept,
        skipped_count: import.counts.skipped,
        skipped: skipped.into_iter().map(skipped_record).collect(),
        detail: import.detail,
    }
}

fn skipped_record(skipped: Skipped) -> v1::SkippedRecord {
    let reason = match skipped.reason {
        SkipReason::Invalid => v1::SkipReason::Invalid,
        SkipReason::Duplicate => v1::SkipReason::Duplicate,
        SkipReason::PartnerItself => v1::SkipReason::PartnerItself,
        SkipReason::RemovedBefore => v1::SkipReason::RemovedBefore,
    };
    v1::SkippedRecord {
        number: skipped.number,
        portal: skipped.portal,
        customer: skipped.customer,
        reason: reason.into(),
        detail: skipped.detail,
    }
}

pub(super) fn account(account: Account) -> v1::Account {
    v1::Account {
        name: CustomerName::new(&account.id).to_string(),
        display_name: account.profile.display_name,
        country: account.profile.country.as_str().to_owned(),
        domain: account.profile.domain.as_str().to_owned(),
        create_time: time(account.create_time),
        update_time: time(account.update_time),
        etag: etag(account.version),
    }
}

pub(super) fn partnership(
    (partnership, names): (Partnership, partnership::Names),
) -> v1::Partnership {
    let state = match partnership.state_kind() {
        partnership::StateKind::Proposed => v1::PartnershipState::Proposed,
        partnership::StateKind::Active => v1::PartnershipState::Active,
        partnership::StateKind::Ended => v1::PartnershipState::Ended,
    };
    let (accept_time, end_time, ended_by) = match &partnership.state {
        partnership::State::Proposed => (None, None, None),
        partnership::State::Active { accept_time } => (Some(*accept_time), None, None),
        partnership::State::Ended {
            accept_time,
            end_time,
            by,
        } => (*accept_time, Some(*end_time), Some(by)),
    };
    v1::Partnership {
        name: partnership.name(),
        reseller: PartnerName::new(&partnership.reseller).to_string(),
        provider: PartnerName::new(&partnership.provider).to_string(),
        proposed_by: PartnerName::new(&partnership.proposed_by).to_string(),
        state: state.into(),
        create_time: time(partnership.create_time),
        accept_time: accept_time.and_then(time),
        end_time: end_time.and_then(time),
        ended_by: ended_by
            .map(|id| PartnerName::new(id).to_string())
            .unwrap_or_default(),
        etag: etag(partnership.version),
        reseller_display_name: names.reseller,
        provider_display_name: names.provider,
    }
}

pub(super) fn customer((relationship, account): (Relationship, Account)) -> v1::Customer {
    v1::Customer {
        name: PartnerCustomerName::new(&relationship.partner, &account.id).to_string(),
        customer: CustomerName::new(&account.id).to_string(),
        display_name: account.profile.display_name,
        country: account.profile.country.as_str().to_owned(),
        domain: account.profile.domain.as_str().to_owned(),
        relationship: relationship.name(),
        establish_time: time(relationship.establish_time),
        correlation_id: relationship.correlation_id,
    }
}

pub(super) fn relationship(
    (relationship, names): (Relationship, Names),
    viewer: Viewer,
) -> v1::Relationship {
    let state = match relationship.state() {
        relationship::State::Active => v1::RelationshipState::Active,
        relationship::State::Removed => v1::RelationshipState::Removed,
    };
    let acceptance = relationship
        .acceptance
        .map(|id| AcceptanceName::new(&relationship.customer, id).to_string());
    let remove_time = relationship.end.as_ref().map(End::time);
    let (removed, ended) = match relationship.end.clone() {
        None => (None, None),
        Some(End::Removed(removed)) => (Some(removed), None),
        Some(End::Ended(ended)) => (None, Some(ended)),
    };
    v1::Relationship {
        name: relationship.name(),
        customer: CustomerName::new(&relationship.customer).to_string(),
        customer_display_name: names.customer,
        partner_display_name: names.partner,
        partner_kind: v1::PartnerKind::from(relationship.partner_kind).into(),
        state: state.into(),
        acceptance: acceptance.unwrap_or_default(),
        establish_time: time(relationship.establish_time),
        remove_time: remove_time.and_then(time),
        etag: etag(relationship.version),
        origin: relationship.origin,
        portal: relationship.portal.unwrap_or_default(),
        removal: removed.filter(|_| viewer != Viewer::Customer).map(removal),
        ending: ended.map(|ended| ending(ended, viewer)),
        correlation_id: match viewer {
            Viewer::Customer => String::new(),
            Viewer::Partner | Viewer::Trusted => relationship.correlation_id,
        },
    }
}

/// Who and why is the customer's own: the partner learns that and when.
fn ending(ending: Ending, viewer: Viewer) -> v1::EndingRecord {
    let end_time = time(ending.time);
    match viewer {
        Viewer::Partner => v1::EndingRecord {
            end_time,
            ..Default::default()
        },
        Viewer::Customer | Viewer::Trusted => v1::EndingRecord {
            end_time,
            issuer: ending.by.issuer,
            subject: ending.by.subject,
            reason: ending.reason,
        },
    }
}

fn removal(removal: Removal) -> v1::RemovalRecord {
    v1::RemovalRecord {
        issuer: removal.by.issuer,
        subject: removal.by.subject,
        wording_id: removal.wording.id,
        language: removal.wording.language,
        text_sha256: removal.wording.text_sha256,
        attest_time: time(removal.time),
    }
}

pub(super) fn privilege(
    (privilege, names): (Privilege, Names),
    now: Time,
) -> v1::DelegatedPrivilege {
    let state = match privilege.state(now) {
        privilege::State::Active => v1::PrivilegeState::Active,
        privilege::State::Terminated => v1::PrivilegeState::Terminated,
        privilege::State::Expired => v1::PrivilegeState::Expired,
    };
    let permissions = privilege
        .areas
        .permissions()
        .map(|one| customer::Permission::from(one).into());
    v1::DelegatedPrivilege {
        name: privilege.name(),
        customer: CustomerName::new(&privilege.customer).to_string(),
        permissions: permissions.collect(),
        state: state.into(),
        grant_time: time(privilege.grant_time),
        expire_time: privilege.expire_time.and_then(time),
        terminate_time: privilege.terminate_time.and_then(time),
        etag: etag(privilege.version),
        partner_display_name: names.partner,
        customer_display_name: names.customer,
    }
}

pub(super) fn access(access: Access, partner: &PartnerId) -> v1::AccessDecision {
    let relationship = access
        .relationship
        .map(|id| RelationshipName::new(partner, id).to_string());
    let privilege = access
        .privilege
        .map(|id| PrivilegeName::new(partner, id).to_string());
    v1::AccessDecision {
        allowed: access.denial.is_none(),
        relationship: relationship.unwrap_or_default(),
        privilege: privilege.unwrap_or_default(),
        reason: access
            .denial
            .map_or(v1::DenialReason::Unspecified, denial)
            .into(),
    }
}

pub(super) fn party(party: Party) -> internal::ResolvedParty {
    let permissions = party
        .permissions
        .into_iter()
        .map(|one| customer::Permission::from(one).into());
    internal::ResolvedParty {
        partner: PartnerName::new(&party.id).to_string(),
        display_name: party.display_name,
        permissions: permissions.collect(),
    }
}

pub(super) fn outcome(outcome: Outcome) -> internal::Outcome {
    match outcome {
        Outcome::Established => internal::Outcome::Established,
        Outcome::Refused(VoidReason::PartnershipEnded) => internal::Outcome::PartnershipEnded,
        Outcome::Refused(VoidReason::ResellerNotActive) => internal::Outcome::ResellerNotActive,
        Outcome::Refused(VoidReason::ProviderNotActive) => internal::Outcome::ProviderNotActive,
    }
}

/// Reads a partner's kind; `None`: not given.
pub(super) fn read_kind(field: &str, number: i32) -> Result<Option<PartnerKind>, Violation> {
    Ok(known::<v1::PartnerKind>(field, number)?.into())
}

/// Reads where an enrolment stands; `None`: not given.
pub(super) fn read_partner_state(
    field: &str,
    number: i32,
) -> Result<Option<partner::State>, Violation> {
    Ok(match known(field, number)? {
        v1::PartnerState::Unspecified => None,
        v1::PartnerState::Pending => Some(partner::State::Pending),
        v1::PartnerState::Active => Some(partner::State::Active),
        v1::PartnerState::Failed => Some(partner::State::Failed),
        v1::PartnerState::Suspended => Some(partner::State::Suspended),
    })
}

/// Reads what an operator decides; `None`: not given.
pub(super) fn read_decision(field: &str, number: i32) -> Result<Option<Decision>, Violation> {
    Ok(match known(field, number)? {
        v1::EnrollmentDecision::Unspecified => None,
        v1::EnrollmentDecision::Approve => Some(Decision::Approve),
        v1::EnrollmentDecision::Reject => Some(Decision::Reject),
    })
}

/// Reads where a partnership stands; `None`: not given.
pub(super) fn read_partnership_state(
    field: &str,
    number: i32,
) -> Result<Option<partnership::StateKind>, Violation> {
    Ok(match known(field, number)? {
        v1::PartnershipState::Unspecified => None,
        v1::PartnershipState::Proposed => Some(partnership::StateKind::Proposed),
        v1::PartnershipState::Active => Some(partnership::StateKind::Active),
        v1::PartnershipState::Ended => Some(partnership::StateKind::Ended),
    })
}

/// Reads where a relationship stands; `None`: not given.
pub(super) fn read_relationship_state(
    field: &str,
    number: i32,
) -> Result<Option<relationship::State>, Violation> {
    Ok(match known(field, number)? {
        v1::RelationshipState::Unspecified => None,
        v1::RelationshipState::Active => Some(relationship::State::Active),
        v1::RelationshipState::Removed => Some(relationship::State::Removed),
    })
}

/// Reads where a privilege stands; `None`: not given.
pub(super) fn read_privilege_state(
    field: &str,
    number: i32,
) -> Result<Option<privilege::State>, Violation> {
    Ok(match known(field, number)? {
        v1::PrivilegeState::Unspecified => None,
        v1::PrivilegeState::Active => Some(privilege::State::Active),
        v1::PrivilegeState::Terminated => Some(privilege::State::Terminated),
        v1::PrivilegeState::Expired => Some(privilege::State::Expired),
    })
}

/// Reads a permission; `None`: not given.
pub(super) fn read_permission(field: &str, number: i32) -> Result<Option<Permission>, Violation> {
    Ok(known::<customer::Permission>(field, number)?.into())
}

fn denial(denial: Denial) -> v1::DenialReason {
    match denial {
        Denial::PartnerNotEnrolled => v1::DenialReason::PartnerNotEnrolled,
        Denial::PartnerSuspended => v1::DenialReason::PartnerSuspended,
        Denial::CustomerUnknown => v1::DenialReason::CustomerUnknown,
        Denial::RelationshipRequired => v1::DenialReason::RelationshipRequired,
        Denial::NotForThisKind => v1::DenialReason::NotForThisKind,
        Denial::PrivilegeRequired => v1::DenialReason::PrivilegeRequired,
    }
}

fn partner_state(state: partner::State) -> v1::PartnerState {
    match state {
        partner::State::Pending => v1::PartnerState::Pending,
        partner::State::Active => v1::PartnerState::Active,
        partner::State::Failed => v1::PartnerState::Failed,
        partner::State::Suspended => v1::PartnerState::Suspended,
    }
}

pub(super) fn time(time: Time) -> Option<Timestamp> {
    Some(time.into())
}

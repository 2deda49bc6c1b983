//! Notices on the wire.

use platform::wording::Language;
use proto::invitation::v1::VoidReason;
use proto::notification::v1 as public;
use vocabulary::name::{CustomerName, NoticeName};

use crate::domain::{Kind, Notice};

/// A notice as its partner gets it.
pub(super) fn message(notice: &Notice, language: &Language) -> public::Notice {
    public::Notice {
        name: NoticeName::new(&notice.partner, notice.id).to_string(),
        kind: kind(notice.kind).into(),
        subject: notice.subject.clone(),
        text: notice.text(language),
        customer: notice
            .customer
            .as_ref()
            .map(|customer| CustomerName::new(customer).to_string())
            .unwrap_or_default(),
        reason: notice.remark.clone(),
        void_reason: void_reason(notice.kind).into(),
        occur_time: Some(notice.occur_time.into()),
    }
}

fn void_reason(kind: Kind) -> VoidReason {
    match kind {
        Kind::InvitationVoid(reason) => reason.into(),
        _ => VoidReason::Unspecified,
    }
}

fn kind(kind: Kind) -> public::NoticeKind {
    match kind {
        Kind::InvitationAccepted => public::NoticeKind::InvitationAccepted,
        Kind::InvitationDeclined => public::NoticeKind::InvitationDeclined,
        Kind::InvitationExpired => public::NoticeKind::InvitationExpired,
        Kind::InvitationVoid(_) => public::NoticeKind::InvitationVoid,
        Kind::PartnershipProposed => public::NoticeKind::PartnershipProposed,
        Kind::PartnershipAccepted => public::NoticeKind::PartnershipAccepted,
        Kind::PartnershipEnded => public::NoticeKind::PartnershipEnded,
        Kind::EnrollmentDecided(_) => public::NoticeKind::EnrollmentDecided,
    }
}

//! The domain in messages of the wire.

use platform::wording::Language;
use proto::invitation::v1::VoidReason;
use proto::notification::v1 as public;
use vocabulary::name::{CustomerName, NoticeName, PartnerName};

use crate::domain::{Draft, Edit, Invitation, Kind, Notice};

/// A draft as callers get it.
pub(super) fn draft(draft: Draft, invitation: &Invitation, edit: Option<&Edit>) -> public::Draft {
    public::Draft {
        invitation: invitation.name.to_string(),
        language: invitation.language.to_string(),
        subject: draft.subject,
        text: draft.text,
        html: draft.html,
        mailto: draft.mailto,
        mailto_shortened: draft.mailto_shortened,
        eml: draft.eml.into(),
        edited: edit.is_some(),
        etag: Edit::etag(edit),
    }
}

/// A notice as its partner gets it.
pub(super) fn notice(notice: &Notice, language: &Language) -> public::Notice {
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
        customer_display_name: notice.customer_name.clone(),
        partner: notice
            .counterpart
            .as_ref()
            .map(|partner| PartnerName::new(partner).to_string())
            .unwrap_or_default(),
        partner_display_name: notice.counterpart_name.clone(),
        correlation_id: notice.correlation_id.clone(),
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
        Kind::RelationshipEnded => public::NoticeKind::RelationshipEnded,
    }
}

//! Drafts on the wire. What the gateway hands in was checked by the service that owns invitations; what could do harm in a
//! text or a header is checked again.

use platform::error::{SharedRefusal, Violation};
use platform::field::{self, Presence, Violations};
use proto::invitation::v1::{self as invitation, PartyRole, invitation::BoundTo};
use proto::notification::internal::v1::{RenderDraftRequest, SaveDraftRequest};
use proto::notification::v1 as public;
use vocabulary::name::InvitationName;

use super::required_time;
use crate::domain::{Draft, Edit, Invitation, Limits, Link, Party, Recipient};
use crate::wording::WORDING;

/// Characters of a partner's display name, and of an inviter's message, at most. Whoever owns them takes no longer ones; they
/// do not change with the limits of what a partner may write here.
const DISPLAY_NAME: usize = 100;
const MESSAGE: usize = 1_000;

/// A request to render a draft.
pub(super) struct Render {
    pub(super) invitation: Invitation,
    pub(super) link: Link,
}

/// A request to keep an edit.
pub(super) struct Keep {
    pub(super) invitation: Invitation,
    pub(super) link: Link,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) etag: String,
}

/// Reads a request to render a draft.
pub(super) fn render(message: RenderDraftRequest) -> Result<Render, SharedRefusal> {
    let mut violations = Violations::new();
    let invitation = invitation_of(&mut violations, message.invitation);
    let link = violations.check("link", Link::parse(&message.link));
    violations.build(|| {
        Some(Render {
            invitation: invitation?,
            link: link?,
        })
    })
}

/// Reads a request to keep an edit. Whether the text has its link is not asked here.
pub(super) fn keep(message: SaveDraftRequest, limits: &Limits) -> Result<Keep, SharedRefusal> {
    let mut violations = Violations::new();
    let invitation = invitation_of(&mut violations, message.invitation);
    let link = violations.check("link", Link::parse(&message.link));
    let subject = violations.take(field::line(
        "subject",
        &message.subject,
        limits.subject,
        Presence::Required,
    ));
    let text = violations.take(field::lines(
        "text",
        &message.text,
        limits.text,
        Presence::Required,
    ));
    violations.build(|| {
        Some(Keep {
            invitation: invitation?,
            link: link?,
            subject: subject?,
            text: text?,
            etag: message.etag,
        })
    })
}

/// A draft as callers get it.
pub(super) fn message(draft: Draft, invitation: &Invitation, edit: Option<&Edit>) -> public::Draft {
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

fn invitation_of(
    violations: &mut Violations,
    message: Option<invitation::Invitation>,
) -> Option<Invitation> {
    let Some(message) = message else {
        violations.add("invitation", "must be given");
        return None;
    };
    let name = violations.check("invitation.name", InvitationName::parse(&message.name));
    let language = violations.check("invitation.language", WORDING.choose(&message.language));
    let parties = violations.take(parties(&message.parties));
    let personal = violations.take(field::lines(
        "invitation.message",
        &message.message,
        MESSAGE,
        Presence::Optional,
    ));
    let expire_time = violations.take(required_time(
        "invitation.expire_time",
        message.expire_time.as_ref(),
    ));
    let privilege_days = violations.check(
        "invitation.privilege_lifetime_days",
        u16::try_from(message.privilege_lifetime_days),
    );
    let recipient = match &message.bound_to {
        Some(BoundTo::BoundEmail(address)) => Recipient::of(address),
        Some(BoundTo::BoundCustomer(_) | BoundTo::BoundEmailDomain(_)) | None => None,
    };
    let (reseller, provider) = parties?;
    Some(Invitation {
        name: name?,
        language: language?,
        reseller,
        provider,
        message: personal?.replace("\r\n", "\n"),
        recipient,
        expire_time: expire_time?,
        privilege_days: privilege_days?,
    })
}

/// The reseller, and the provider of a joint invitation.
fn parties(parties: &[invitation::Party]) -> Result<(Party, Option<Party>), Violation> {
    use PartyRole::{IndirectProvider, IndirectReseller};
    let party = |at: usize| party(&format!("invitation.parties[{at}]"), &parties[at]);
    match parties
        .iter()
        .map(invitation::Party::role)
        .collect::<Vec<_>>()[..]
    {
        [IndirectReseller] => Ok((party(0)?, None)),
        [IndirectReseller, IndirectProvider] => Ok((party(0)?, Some(party(1)?))),
        _ => Err(Violation::new(
            "invitation.parties",
            "must be the reseller, then the provider if joint",
        )),
    }
}

fn party(field: &str, message: &invitation::Party) -> Result<Party, Violation> {
    let name = field::line(
        &format!("{field}.display_name"),
        &message.display_name,
        DISPLAY_NAME,
        Presence::Required,
    )?;
    let permissions: Option<Vec<_>> = message.permissions().map(Into::into).collect();
    match permissions {
        Some(permissions)
            if permissions.len() == message.permissions.len() && !permissions.is_empty() =>
        {
            Ok(Party { name, permissions })
        }
        _ => Err(Violation::new(
            format!("{field}.permissions"),
            "must be known permissions, at least one",
        )),
    }
}

//! Requests for drafts, read into the domain. What the gateway hands in was checked by the service
//! that owns invitations; what could do harm in a text or a header is checked again.

use platform::error::{SharedRefusal, Violation};
use platform::field::{self, Presence, Violations};
use proto::invitation::v1::{self as invitation, PartyRole, invitation::BoundTo};
use proto::notification::internal::v1::{RenderDraftRequest, SaveDraftRequest};
use vocabulary::limits::{DISPLAY_NAME_MAX, MESSAGE_MAX};
use vocabulary::name::InvitationName;

use super::required_time;
use crate::domain::{Invitation, Limits, Link, Party, Recipient};
use crate::wording::WORDING;

/// A request to render a draft.
pub(super) struct Render {
    pub(super) invitation: Invitation,
    pub(super) link: Link,
}

/// A request to save an edit.
pub(super) struct Save {
    pub(super) invitation: Invitation,
    pub(super) link: Link,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) etag: String,
}

/// Reads a request to render a draft.
pub(super) fn read_render(message: RenderDraftRequest) -> Result<Render, SharedRefusal> {
    let mut v = Violations::new();
    let invitation = invitation_of(&mut v, message.invitation);
    let link = v.check("link", Link::parse(&message.link));
    v.build(|| {
        Some(Render {
            invitation: invitation?,
            link: link?,
        })
    })
}

/// Reads a request to save an edit. Whether the text has its link is not asked here.
pub(super) fn read_save(message: SaveDraftRequest, limits: &Limits) -> Result<Save, SharedRefusal> {
    let mut v = Violations::new();
    let invitation = invitation_of(&mut v, message.invitation);
    let link = v.check("link", Link::parse(&message.link));
    let subject = v.take(field::line(
        "subject",
        &message.subject,
        limits.subject,
        Presence::Required,
    ));
    let text = v.take(field::lines(
        "text",
        &message.text,
        limits.text,
        Presence::Required,
    ));
    v.build(|| {
        Some(Save {
            invitation: invitation?,
            link: link?,
            subject: subject?,
            text: text?,
            etag: message.etag,
        })
    })
}

fn invitation_of(
    v: &mut Violations,
    message: Option<invitation::Invitation>,
) -> Option<Invitation> {
    let Some(message) = message else {
        v.add("invitation", "must be given");
        return None;
    };
    let name = v.check("invitation.name", InvitationName::parse(&message.name));
    let language = v.check("invitation.language", WORDING.choose(&message.language));
    let parties = v.take(parties(&message.parties));
    let personal = v.take(field::lines(
        "invitation.message",
        &message.message,
        MESSAGE_MAX,
        Presence::Optional,
    ));
    let expire_time = v.take(required_time(
        "invitation.expire_time",
        message.expire_time.as_ref(),
    ));
    let privilege_days = v.check(
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
        DISPLAY_NAME_MAX,
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

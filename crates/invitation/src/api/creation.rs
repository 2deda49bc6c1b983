//! What an inviter may set, field by field.

use platform::error::{SharedRefusal, Violation};
use platform::field::{self, Presence, Violations};
use platform::store::idempotency::IdempotencyKey;
use proto::invitation::internal::v1::CreateInvitationRequest;
use proto::invitation::v1::Invitation;
use proto::invitation::v1::invitation::BoundTo as WireBoundTo;
use vocabulary::domain::Domain;
use vocabulary::email::AsciiEmailAddress;
use vocabulary::id::PartnerId;
use vocabulary::limits::{CORRELATION_ID_MAX, MESSAGE_MAX};
use vocabulary::name::{CustomerName, PartnerName};

use super::{convert, optional};
use crate::domain::{BoundTo, LIFETIME_DAYS, LinkKeys, PRIVILEGE_DAYS, Terms};
use crate::wording::WORDING;

/// Days that a link lives where the invitation says nothing.
const DEFAULT_LIFETIME_DAYS: u16 = 30;

/// A request to create an invitation. Whether its parties exist is still to be asked.
pub(super) struct Creation {
    /// Who invites.
    pub(super) reseller: PartnerId,
    /// With whom, where the invitation is to be joint.
    pub(super) provider: Option<PartnerId>,
    /// What the inviter sets.
    pub(super) terms: Terms,
    /// What the request is recognised by.
    pub(super) request: IdempotencyKey,
    /// What is wanted of it.
    pub(super) intent: Intent,
}

/// What a request to create an invitation wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// The invitation.
    Create,
    /// To know whether it could be made, and of what its inviter would be warned.
    Check,
}

/// Reads a request to create an invitation; what only this service sets is not looked at.
///
/// It is recognised again by what was read of it: a caller that repeats with the defaults written
/// out, or sends back the invitation that it was answered, asks for the same.
pub(super) fn read_creation(
    message: &CreateInvitationRequest,
    links: &LinkKeys,
) -> Result<Creation, SharedRefusal> {
    let mut v = Violations::new();
    let reseller = v.check("parent", PartnerName::ids_of(&message.parent));
    let nothing_set = Invitation::default();
    let invitation = message.invitation.as_ref().unwrap_or(&nothing_set);
    let provider =
        optional(&invitation.provider, PartnerName::parse).map(|name| name.map(PartnerName::ids));
    let provider = v.check("invitation.provider", provider);
    let terms = terms(&mut v, invitation, links);
    if let (Some(reseller), Some(provider), Some(terms)) = (&reseller, &provider, &terms) {
        distinct(&mut v, reseller, provider.as_ref(), &terms.bound_to);
    }
    let tenant = reseller.as_ref().map(PartnerId::tenant).unwrap_or_default();
    let content = Invitation {
        provider: invitation.provider.clone(),
        ..terms.as_ref().map(convert::terms).unwrap_or_default()
    };
    let request =
        IdempotencyKey::required(tenant, "CreateInvitation", &message.request_id, &content);
    let request = request.map_err(|_| "must be a UUID of the caller's making");
    let request = v.check("request_id", request);
    v.build(|| {
        Some(Creation {
            reseller: reseller?,
            provider: provider?,
            terms: terms?,
            request: request?,
            intent: match message.validate_only {
                true => Intent::Check,
                false => Intent::Create,
            },
        })
    })
}

/// Nobody invites with, or for, itself.
fn distinct(
    v: &mut Violations,
    reseller: &PartnerId,
    provider: Option<&PartnerId>,
    bound_to: &BoundTo,
) {
    if provider == Some(reseller) {
        let rule = "must be another partner than the one that invites";
        v.add("invitation.provider", rule);
    }
    let mut parties = [Some(reseller), provider].into_iter().flatten();
    if parties.any(|party| bound_to.customer() == Some(&party.as_customer())) {
        let rule = "must not be a party to the invitation";
        v.add("invitation.bound_customer", rule);
    }
}

fn terms(v: &mut Violations, invitation: &Invitation, links: &LinkKeys) -> Option<Terms> {
    let bound_to = bound_to(v, invitation.bound_to.as_ref());
    let text = &invitation.correlation_id;
    let correlation_id = field::line(
        "invitation.correlation_id",
        text,
        CORRELATION_ID_MAX,
        Presence::Optional,
    );
    let correlation_id = v.take(correlation_id);
    let acquisition = v.check("invitation.acquisition", word(&invitation.acquisition));
    let language = v.check("invitation.language", WORDING.choose(&invitation.language));
    let message = v.take(personal(&invitation.message, links));
    let lifetime = days(invitation.lifetime_days, LIFETIME_DAYS);
    let lifetime = v.check("invitation.lifetime_days", lifetime);
    let privilege = days(invitation.privilege_lifetime_days, PRIVILEGE_DAYS);
    let privilege = v.check("invitation.privilege_lifetime_days", privilege);
    Some(Terms {
        bound_to: bound_to?,
        correlation_id: correlation_id?,
        acquisition: acquisition?,
        language: language?.to_string(),
        message: message?,
        lifetime_days: lifetime?.unwrap_or(DEFAULT_LIFETIME_DAYS),
        privilege_days: privilege?,
    })
}

fn bound_to(v: &mut Violations, bound_to: Option<&WireBoundTo>) -> Option<BoundTo> {
    match bound_to {
        None => Some(BoundTo::Anybody),
        Some(WireBoundTo::BoundCustomer(name)) => v
            .check("invitation.bound_customer", CustomerName::ids_of(name))
            .map(BoundTo::Customer),
        Some(WireBoundTo::BoundEmail(email)) => v
            .check("invitation.bound_email", AsciiEmailAddress::parse(email))
            .map(BoundTo::Email),
        Some(WireBoundTo::BoundEmailDomain(domain)) => v
            .check("invitation.bound_email_domain", Domain::parse(domain))
            .map(BoundTo::EmailDomain),
    }
}

/// The inviter's message. The draft has the invitation's own link, and is refused with any other of
/// ours beside it, so a message that brings one is refused before there is a draft.
fn personal(text: &str, links: &LinkKeys) -> Result<String, Violation> {
    const FIELD: &str = "invitation.message";
    let message = field::lines(FIELD, text, MESSAGE_MAX, Presence::Optional)?;
    if links.resembled_in(&message) {
        let rule = "must not hold a link of an invitation, or a text like one";
        return Err(Violation::new(FIELD, rule));
    }
    Ok(message)
}

/// A number of days within a range; 0 where nothing is said.
pub(super) fn days(days: i32, range: std::ops::RangeInclusive<u16>) -> Result<Option<u16>, String> {
    let (first, last) = (range.start(), range.end());
    match u16::try_from(days) {
        Ok(0) => Ok(None),
        Ok(days) if range.contains(&days) => Ok(Some(days)),
        _ => Err(format!("must be {first} to {last}, or 0 for the default")),
    }
}

/// A lower-case word with hyphens; empty where nothing is said.
fn word(text: &str) -> Result<String, &'static str> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if text.len() > 63 || !text.bytes().all(allowed) || text.starts_with('-') {
        return Err("must be a lower-case word with hyphens, of at most 63 characters");
    }
    Ok(text.to_owned())
}

//! Requests, read into the domain once: every field that breaks a rule is named in one answer.

use platform::clock::Time;
use platform::error::Common;
use platform::field::{self, Presence, Violation, Violations};
use platform::id::{CustomerId, Malformed, PartnerId, segments};
use platform::identity::{Caller, Identity};
use platform::page::{PageRequest, Query};
use platform::request::RequestKey;
use proto::invitation::internal::v1::CreateInvitationRequest;
use proto::invitation::v1::invitation::BoundTo;
use proto::invitation::v1::{
    self as wire, AcceptInvitationRequest, DeclineInvitationRequest, InvitationState,
    ListInvitationsRequest,
};

use crate::Error;
use crate::domain::{
    AcceptanceId, AccountData, Binding, Country, Domain, Email, Filter, Holder, InvitationId,
    LIFETIME_DAYS, PRIVILEGE_DAYS, Phase, Terms, User,
};
use crate::store::{Act, Change, Position};
use crate::wording::{Read, WORDING};

/// Days that a link lives where the invitation says nothing.
const DEFAULT_LIFETIME_DAYS: u16 = 30;

/// A request to create an invitation.
pub(super) struct Creation {
    pub(super) reseller: PartnerId,
    pub(super) provider: Option<PartnerId>,
    pub(super) terms: Terms,
    pub(super) request: RequestKey,
}

/// A customer's answer to an invitation, before its link is looked at.
pub(super) struct Acceptance {
    pub(super) customer: CustomerId,
    pub(super) read: Read,
    pub(super) request: Option<RequestKey>,
}

/// A customer's refusal of an invitation, before its link is looked at.
pub(super) struct Declination {
    pub(super) customer: CustomerId,
    pub(super) reason: String,
    pub(super) request: Option<RequestKey>,
}

pub(super) fn creation(message: &CreateInvitationRequest) -> Result<Creation, Common> {
    let mut v = Violations::new();
    let reseller = v.check("parent", partner(&message.parent));
    let missing = wire::Invitation::default();
    let invitation = message.invitation.as_ref().unwrap_or(&missing);
    let provider = optional(&invitation.provider, partner);
    let provider = v.check("invitation.provider", provider);
    let terms = terms(&mut v, invitation);
    if let (Some(reseller), Some(provider), Some(terms)) = (&reseller, &provider, &terms) {
        if provider.as_ref() == Some(reseller) {
            v.add(
                "invitation.provider",
                "must be another partner than the one that invites",
            );
        }
        let parties = [Some(reseller), provider.as_ref()].into_iter().flatten();
        if parties
            .map(PartnerId::as_customer)
            .any(|party| terms.binding.customer() == Some(&party))
        {
            v.add(
                "invitation.bound_customer",
                "must not be a party to the invitation",
            );
        }
    }
    let tenant = reseller.as_ref().map(PartnerId::tenant).unwrap_or_default();
    let request = RequestKey::required(tenant, "CreateInvitation", &message.request_id, message);
    let request = v.check(
        "request_id",
        request.map_err(|_| "must be a UUID of the caller's making"),
    );
    v.build(|| {
        Some(Creation {
            reseller: reseller?,
            provider: provider?,
            terms: terms?,
            request: request?,
        })
    })
}

fn terms(v: &mut Violations, invitation: &wire::Invitation) -> Option<Terms> {
    let binding = match &invitation.bound_to {
        None => Some(Binding::Anybody),
        Some(BoundTo::BoundCustomer(name)) => v
            .check("invitation.bound_customer", customer(name))
            .map(Binding::Customer),
        Some(BoundTo::BoundEmail(email)) => v
            .check("invitation.bound_email", Email::parse(email))
            .map(Binding::Email),
        Some(BoundTo::BoundEmailDomain(domain)) => v
            .check("invitation.bound_email_domain", Domain::parse(domain))
            .map(Binding::EmailDomain),
    };
    let correlation_id = field::line(
        "invitation.correlation_id",
        &invitation.correlation_id,
        100,
        Presence::Optional,
    );
    let correlation_id = v.take(correlation_id);
    let acquisition = v.check("invitation.acquisition", word(&invitation.acquisition));
    let language = v.check("invitation.language", WORDING.choose(&invitation.language));
    let message = field::lines(
        "invitation.message",
        &invitation.message,
        1_000,
        Presence::Optional,
    );
    let message = v.take(message);
    let lifetime = days(invitation.lifetime_days, LIFETIME_DAYS);
    let lifetime = v.check("invitation.lifetime_days", lifetime);
    let privilege = days(invitation.privilege_lifetime_days, PRIVILEGE_DAYS);
    let privilege = v.check("invitation.privilege_lifetime_days", privilege);
    Some(Terms {
        binding: binding?,
        correlation_id: correlation_id?,
        acquisition: acquisition?,
        language: language?.to_string(),
        message: message?,
        lifetime_days: lifetime?.unwrap_or(DEFAULT_LIFETIME_DAYS),
        privilege_days: privilege?,
    })
}

/// A number of days within a range; 0 where nothing is said.
fn days(days: i32, range: std::ops::RangeInclusive<u16>) -> Result<Option<u16>, String> {
    match u16::try_from(days) {
        Ok(0) => Ok(None),
        Ok(days) if range.contains(&days) => Ok(Some(days)),
        _ => Err(format!(
            "must be {} to {}, or 0 for the default",
            range.start(),
            range.end()
        )),
    }
}

/// A lower-case word with hyphens; empty where nothing is said.
fn word(text: &str) -> Result<String, &'static str> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let good = text.len() <= 63 && text.bytes().all(allowed) && !text.starts_with('-');
    good.then(|| text.to_owned())
        .ok_or("must be a lower-case word with hyphens, of at most 63 characters")
}

pub(super) fn acceptance(
    message: &AcceptInvitationRequest,
    identity: &Identity,
) -> Result<Acceptance, Common> {
    let mut v = Violations::new();
    let customer = v.check("parent", customer(&message.parent));
    link(&mut v, &message.link);
    let consent = message.consent.clone().unwrap_or_default();
    let line = |field, value: &str| field::line(field, value, 100, Presence::Required);
    let wording_id = v.take(line("consent.wording_id", &consent.wording_id));
    let language = v.take(line("consent.language", &consent.language));
    let account = match &message.account {
        None => Some(None),
        Some(data) => account(&mut v, data).map(Some),
    };
    let (customer, wording_id, language, account) =
        v.build(|| Some((customer?, wording_id?, language?, account?)))?;
    let caller = identity.as_customer(&customer)?;
    let request = RequestKey::new(
        customer.tenant(),
        "AcceptInvitation",
        &message.request_id,
        message,
    )?;
    let read = Read {
        wording_id,
        language,
        user: user(caller),
        account,
    };
    Ok(Acceptance {
        customer,
        read,
        request,
    })
}

fn account(v: &mut Violations, data: &wire::AccountData) -> Option<AccountData> {
    let name = field::line(
        "account.display_name",
        &data.display_name,
        100,
        Presence::Required,
    );
    let display_name = v.take(name);
    let country = v.check("account.country", Country::parse(&data.country));
    let domain = v.check("account.domain", Domain::parse(&data.domain));
    Some(AccountData {
        display_name: display_name?,
        country: country?,
        domain: domain?,
    })
}

pub(super) fn declination(message: &DeclineInvitationRequest) -> Result<Declination, Common> {
    let mut v = Violations::new();
    let customer = v.check("parent", customer(&message.parent));
    link(&mut v, &message.link);
    let reason = v.take(field::lines(
        "reason",
        &message.reason,
        256,
        Presence::Optional,
    ));
    let (customer, reason) = v.build(|| Some((customer?, reason?)))?;
    let request = RequestKey::new(
        customer.tenant(),
        "DeclineInvitation",
        &message.request_id,
        message,
    )?;
    Ok(Declination {
        customer,
        reason,
        request,
    })
}

/// A filter and a page of the ledger.
pub(super) fn listing(
    message: &ListInvitationsRequest,
) -> Result<(PartnerId, Filter, PageRequest<Position>), Common> {
    let mut v = Violations::new();
    let parent = v.check("parent", partner(&message.parent));
    let phase = v.check("state", phase(message.state));
    let provider = v.check("provider", optional(&message.provider, partner));
    let customer = v.check("customer", optional(&message.customer, customer));
    let mut time = |field, time: &Option<prost_types::Timestamp>| {
        v.check(field, time.as_ref().map(Time::from_timestamp).transpose())
    };
    let from = time("created_from", &message.created_from);
    let before = time("created_before", &message.created_before);
    let (parent, filter) = v.build(|| {
        let filter = Filter {
            phase: phase?,
            provider: provider?,
            customer: customer?,
            created_from: from?,
            created_before: before?,
        };
        Some((parent?, filter))
    })?;
    let rest = ListInvitationsRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let query = Query::new(parent.tenant(), "ListInvitations", &rest);
    let page = PageRequest::parse(message.page_size, &message.page_token, query)?;
    Ok((parent, filter, page))
}

fn phase(state: i32) -> Result<Option<Phase>, &'static str> {
    match InvitationState::try_from(state) {
        Ok(InvitationState::Unspecified) => Ok(None),
        Ok(state) => Ok(Phase::ALL
            .into_iter()
            .find(|phase| super::answer::state(*phase) == state)),
        Err(_) => Err("must be one of the states, or unspecified for any"),
    }
}

/// The change that a partner's admin asks for of one of its invitations.
pub(super) fn change(
    identity: &Identity,
    action: &'static str,
    [name, etag, request_id]: [&str; 3],
    message: &impl prost::Message,
) -> Result<Change, Error> {
    let (partner, invitation) = invitation_name(name)?;
    let actor = identity.as_partner(&partner)?.actor();
    let request = RequestKey::new(partner.tenant(), action, request_id, message)?;
    let etag = Some(etag)
        .filter(|etag| !etag.is_empty())
        .map(str::to_owned);
    let audit = Some(Act { actor, action });
    Ok(Change {
        invitation,
        partner: Some(partner),
        etag,
        request,
        audit,
    })
}

/// `partners/{partner}/invitations/{invitation}`
pub(super) fn invitation_name(name: &str) -> Result<(PartnerId, InvitationId), Violation> {
    let parts = segments("partners/{}/invitations/{}", name).and_then(|[partner, id]| {
        Some((
            PartnerId::parse(partner).ok()?,
            InvitationId::parse(id).ok()?,
        ))
    });
    parts.ok_or_else(|| {
        Violation::new(
            "name",
            "must be partners/{partner}/invitations/{invitation}",
        )
    })
}

/// `customers/{customer}/acceptances/{acceptance}`
pub(super) fn acceptance_name(name: &str) -> Result<(CustomerId, AcceptanceId), Violation> {
    let parts = segments("customers/{}/acceptances/{}", name).and_then(|[customer, id]| {
        Some((
            CustomerId::parse(customer).ok()?,
            AcceptanceId::parse(id).ok()?,
        ))
    });
    parts.ok_or_else(|| {
        Violation::new(
            "name",
            "must be customers/{customer}/acceptances/{acceptance}",
        )
    })
}

/// Who holds a link; nobody, where the caller belongs to no organisation.
pub(super) fn holder(caller: &Caller) -> Option<Holder> {
    let customer = CustomerId::parse(caller.tenant()?).ok()?;
    Some(Holder {
        customer,
        email: caller.email.clone(),
    })
}

fn user(caller: &Caller) -> User {
    User {
        issuer: caller.issuer.clone(),
        subject: caller.subject.clone(),
    }
}

/// That there is one; whether it is ours is not a question of form.
pub(super) fn link(v: &mut Violations, link: &str) {
    if link.is_empty() {
        v.add("link", "must be the link as it was received");
    }
}

fn partner(name: &str) -> Result<PartnerId, Malformed> {
    let [id] = segments("partners/{}", name).ok_or(Malformed("partners/{partner}"))?;
    PartnerId::parse(id)
}

fn customer(name: &str) -> Result<CustomerId, Malformed> {
    let [id] = segments("customers/{}", name).ok_or(Malformed("customers/{customer}"))?;
    CustomerId::parse(id)
}

fn optional<T>(
    name: &str,
    parse: impl FnOnce(&str) -> Result<T, Malformed>,
) -> Result<Option<T>, Malformed> {
    if name.is_empty() {
        Ok(None)
    } else {
        parse(name).map(Some)
    }
}

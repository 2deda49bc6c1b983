//! What a customer may say to an invitation. Whose its link is, and what became of it, is still to
//! be looked at.

use platform::error::SharedRefusal;
use platform::field::{self, Presence, Violations};
use platform::identity::{Actor, Identity};
use platform::store::idempotency::IdempotencyKey;
use proto::invitation::v1::{AcceptInvitationRequest, DeclineInvitationRequest};
use vocabulary::country::Country;
use vocabulary::domain::Domain;
use vocabulary::id::CustomerId;
use vocabulary::name::CustomerName;

use super::{link, link_holder};
use crate::domain::{AccountData, LinkHolder, User};
use crate::wording::GivenConsent;

/// A customer accepts.
pub(in crate::api) struct Acceptance {
    /// Who, with what its token proves.
    pub(in crate::api) holder: LinkHolder,
    /// What it has read, and the data of its account.
    pub(in crate::api) given: GivenConsent,
    /// What the request is recognised by, when it has an id.
    pub(in crate::api) request: Option<IdempotencyKey>,
}

/// A customer declines.
pub(in crate::api) struct Declination {
    /// Who, with what its token proves.
    pub(in crate::api) holder: LinkHolder,
    /// Its words for the inviter; empty when there are none.
    pub(in crate::api) reason: String,
    /// Who declines for it.
    pub(in crate::api) actor: Actor,
    /// What the request is recognised by, when it has an id.
    pub(in crate::api) request: Option<IdempotencyKey>,
}

/// Reads a customer's acceptance, by an admin of it.
pub(in crate::api) fn acceptance(
    message: &AcceptInvitationRequest,
    identity: &Identity,
) -> Result<Acceptance, SharedRefusal> {
    let mut v = Violations::new();
    let customer = v.check(
        "parent",
        CustomerName::parse(&message.parent).map(CustomerName::ids),
    );
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
    let user = User {
        issuer: caller.issuer.clone(),
        subject: caller.subject.clone(),
    };
    let given = GivenConsent {
        wording_id,
        language,
        user,
        account,
    };
    let request = key("AcceptInvitation", &customer, &message.request_id, message)?;
    let holder = link_holder(customer, caller);
    Ok(Acceptance {
        holder,
        given,
        request,
    })
}

fn account(v: &mut Violations, data: &proto::invitation::v1::AccountData) -> Option<AccountData> {
    let name = &data.display_name;
    let name = field::line("account.display_name", name, 100, Presence::Required);
    let display_name = v.take(name);
    let country = v.check("account.country", Country::parse(&data.country));
    let domain = v.check("account.domain", Domain::parse(&data.domain));
    Some(AccountData {
        display_name: display_name?,
        country: country?,
        domain: domain?,
    })
}

/// Reads that a customer declines, by an admin of it.
pub(in crate::api) fn declination(
    message: &DeclineInvitationRequest,
    identity: &Identity,
) -> Result<Declination, SharedRefusal> {
    let mut v = Violations::new();
    let customer = v.check(
        "parent",
        CustomerName::parse(&message.parent).map(CustomerName::ids),
    );
    link(&mut v, &message.link);
    let reason = field::lines("reason", &message.reason, 256, Presence::Optional);
    let reason = v.take(reason);
    let (customer, reason) = v.build(|| Some((customer?, reason?)))?;

    let caller = identity.as_customer(&customer)?;
    let actor = caller.actor();
    let request = key("DeclineInvitation", &customer, &message.request_id, message)?;
    let holder = link_holder(customer, caller);
    Ok(Declination {
        holder,
        reason,
        actor,
        request,
    })
}

fn key(
    method: &'static str,
    customer: &CustomerId,
    request_id: &str,
    message: &impl prost::Message,
) -> Result<Option<IdempotencyKey>, SharedRefusal> {
    IdempotencyKey::new(customer.tenant(), method, request_id, message)
}

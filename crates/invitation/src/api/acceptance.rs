//! What a customer says with an acceptance or a declination, and its claim until it is decided.

use platform::error::SharedRefusal;
use platform::field::{self, Presence, Violations};
use platform::identity::{Caller, Identity};
use platform::store::command::Command;
use proto::invitation::v1::{self as wire, AcceptInvitationRequest, DeclineInvitationRequest};
use proto::relationship::internal::v1::HasAccountRequest;
use vocabulary::acting_user::ActingUser;
use vocabulary::country::Country;
use vocabulary::domain::Domain;
use vocabulary::id::{AcceptanceId, CustomerId};
use vocabulary::limits::{DISPLAY_NAME_MAX, REASON_MAX};
use vocabulary::name::{AcceptanceName, CustomerName};

use super::{Api, Named, convert, link_holder, read_named};
use crate::Error;
use crate::domain::{AcceptanceState, AccountData, Invitation, LinkHolder, Refusal, Target};
use crate::store::Update;
use crate::wording::GivenConsent;

impl Api {
    /// Claims for a customer and waits for the decision, or for the one that an earlier call of
    /// that customer brought on.
    pub(super) async fn claim(
        &self,
        accepting: Acceptance,
        identity: &Identity,
    ) -> Result<Invitation, Error> {
        let Acceptance {
            named,
            holder,
            given,
            command,
        } = accepting;
        let target = self.target(named, identity.caller()?)?;
        if let Some(key) = command.key()
            && self.store.earlier(key).await?.is_some()
        {
            let claimed = self.store.target(&target).await?;
            return Ok(self.saga.settled(claimed).await);
        }
        if given.account.is_none()
            && let Some(claimed) = self
                .look_ahead(&target, &holder, given.clone(), identity)
                .await?
        {
            return Ok(self.saga.settled(claimed).await);
        }
        let found = target.found;
        let update = Update {
            audited: false,
            ..Update::of(target, command)
        };
        let consent = |seen: &Invitation| given.consent_to(seen);
        let accept = move |seen: Invitation, now| seen.accept(found, holder, consent, now);
        self.saga.accept(update, accept).await
    }

    /// Where an acceptance brings no account: makes sure that there is one, before anything is
    /// claimed. Nobody is asked for a customer that would be refused; one that has claimed already
    /// is answered its claim.
    async fn look_ahead(
        &self,
        target: &Target,
        holder: &LinkHolder,
        given: GivenConsent,
        identity: &Identity,
    ) -> Result<Option<Invitation>, Error> {
        let seen = self.store.target(target).await?;
        let version = seen.version;
        let consent = |seen: &Invitation| given.consent_to(seen);
        let now = self.store.now();
        let would_be = seen.accept(target.found, holder.clone(), consent, now)?;
        if would_be.version == version {
            return Ok(Some(would_be));
        }
        let question = HasAccountRequest {
            customer: CustomerName::new(&holder.customer).to_string(),
        };
        let mut relationship = self.relationship.clone();
        let found = relationship
            .has_account(identity.on_behalf(question))
            .await?
            .into_inner();
        if found.exists {
            Ok(None)
        } else {
            Err(Refusal::AccountRequired.into())
        }
    }
}

/// A customer's own acceptance, unless it was refused, or decided for another customer.
pub(super) fn own_acceptance(
    invitation: &Invitation,
    customer: &CustomerId,
) -> Result<wire::Acceptance, Refusal> {
    match invitation.acceptance() {
        Some(acceptance) if acceptance.claim.customer == *customer => match acceptance.state {
            AcceptanceState::Void { reason, .. } => Err(Refusal::Refused(reason)),
            AcceptanceState::Claimed | AcceptanceState::Established { .. } => {
                Ok(convert::acceptance(invitation, acceptance))
            }
        },
        _ => Err(Refusal::AlreadyUsed),
    }
}

/// A customer accepts.
pub(super) struct Acceptance {
    /// Which invitation.
    pub(super) named: Named,
    /// Who, with what its token proves.
    pub(super) holder: LinkHolder,
    /// What it has read, and the data of its account.
    pub(super) given: GivenConsent,
    /// Who accepts, and how a repeat is recognised.
    pub(super) command: Command,
}

/// A customer declines.
pub(super) struct Declination {
    /// Which invitation.
    pub(super) named: Named,
    /// Who, with what its token proves.
    pub(super) holder: LinkHolder,
    /// Who declines for it.
    pub(super) user: ActingUser,
    /// Its words for the inviter; empty when there are none.
    pub(super) reason: String,
    /// How a repeat is recognised.
    pub(super) command: Command,
}

/// Reads a customer's acceptance, by an admin of it.
pub(super) fn read_acceptance(
    message: &AcceptInvitationRequest,
    identity: &Identity,
) -> Result<Acceptance, SharedRefusal> {
    let mut v = Violations::new();
    let customer = v.check("parent", CustomerName::ids_of(&message.parent));
    let named = read_named(&mut v, &message.link, &message.name);
    let consent = message.consent.clone().unwrap_or_default();
    let line = |field, value: &str| field::line(field, value, 100, Presence::Required);
    let wording_id = v.take(line("consent.wording_id", &consent.wording_id));
    let language = v.take(line("consent.language", &consent.language));
    let account = match &message.account {
        None => Some(None),
        Some(data) => read_account(&mut v, data).map(Some),
    };
    let (customer, named, wording_id, language, account) =
        v.build(|| Some((customer?, named?, wording_id?, language?, account?)))?;

    let caller = identity.as_customer(&customer)?;
    let given = GivenConsent {
        wording_id,
        language,
        user: acting_user(caller),
        account,
    };
    let command = Command::new(caller, "AcceptInvitation", &message.request_id, message)?;
    let holder = link_holder(customer, caller);
    Ok(Acceptance {
        named,
        holder,
        given,
        command,
    })
}

fn read_account(v: &mut Violations, data: &wire::AccountData) -> Option<AccountData> {
    let name = &data.display_name;
    let name = field::line(
        "account.display_name",
        name,
        DISPLAY_NAME_MAX,
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

/// Reads that a customer declines, by an admin of it.
pub(super) fn read_declination(
    message: &DeclineInvitationRequest,
    identity: &Identity,
) -> Result<Declination, SharedRefusal> {
    let mut v = Violations::new();
    let customer = v.check("parent", CustomerName::ids_of(&message.parent));
    let named = read_named(&mut v, &message.link, &message.name);
    let reason = field::lines("reason", &message.reason, REASON_MAX, Presence::Optional);
    let reason = v.take(reason);
    let (customer, named, reason) = v.build(|| Some((customer?, named?, reason?)))?;

    let caller = identity.as_customer(&customer)?;
    let command = Command::new(caller, "DeclineInvitation", &message.request_id, message)?;
    let holder = link_holder(customer, caller);
    Ok(Declination {
        named,
        holder,
        user: acting_user(caller),
        reason,
        command,
    })
}

fn acting_user(caller: &Caller) -> ActingUser {
    ActingUser {
        issuer: caller.issuer.clone(),
        subject: caller.subject.clone(),
    }
}

/// Whose acceptance is named in `name`, and which.
pub(super) fn read_name(name: &str) -> Result<(CustomerId, AcceptanceId), SharedRefusal> {
    field::only("name", AcceptanceName::ids_of(name))
}

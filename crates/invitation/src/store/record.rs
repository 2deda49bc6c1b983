//! An invitation as a row, and back. A row that cannot be read back was not written by this
//! program: that is a failure, never a refusal.

use platform::clock::Day;
use sea_orm::ActiveValue::Set;
use vocabulary::acting_user::ActingUser;
use vocabulary::country::Country;
use vocabulary::domain::Domain;
use vocabulary::email::AsciiEmailAddress;
use vocabulary::id::AcceptanceId;
use vocabulary::permission::Permission;

use super::entity::invitation::{ActiveModel, Model};
use crate::domain::{
    AccountData, BoundTo, Claim, Consent, Generation, Invitation, Joint, LinkIssue, Parties, Party,
    Relationships, State, StateKind, Tally, Terms,
};

/// A row that this program did not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an invitation's row cannot be read: {0}")]
pub(super) struct CorruptRow(&'static str);

/// A new invitation.
pub(super) fn added(invitation: &Invitation) -> ActiveModel {
    row(invitation).into()
}

/// The whole row of an invitation.
fn row(invitation: &Invitation) -> Model {
    let Invitation {
        id,
        parties,
        terms,
        create_time,
        link,
        former_emails,
        resends,
        state,
        version,
    } = invitation;
    let provider = parties.provider();
    let mut row = Model {
        id: *id,
        acceptance: AcceptanceId::of(*id),
        partner: parties.reseller.partner.clone(),
        partner_name: parties.reseller.display_name.clone(),
        partner_permissions: names(&parties.reseller),
        provider: provider.map(|party| party.partner.clone()),
        provider_name: provider.map(|party| party.display_name.clone()),
        provider_permissions: provider.map(names),
        partnership: parties.joint.as_ref().map(|joint| joint.partnership),
        bound_customer: None,
        bound_email: None,
        bound_email_domain: None,
        correlation_id: terms.correlation_id.clone(),
        acquisition: terms.acquisition.clone(),
        language: terms.language.clone(),
        message: terms.message.clone(),
        lifetime_days: terms.lifetime_days.into(),
        privilege_days: terms.privilege_days.map(Into::into),
        create_time: *create_time,
        generation: link.generation.number(),
        key_id: link.key_id.clone(),
        expire_time: link.expire_time,
        finish_time: link.finish_time,
        state: state.state_kind().to_string(),
        state_time: invitation.state_time(),
        customer: invitation.customer().cloned(),
        claim_time: None,
        user_issuer: None,
        user_subject: None,
        wording_id: None,
        wording_language: None,
        wording_sha256: None,
        account_name: None,
        account_country: None,
        account_domain: None,
        reseller_relationship: None,
        provider_relationship: None,
        void_reason: None,
        decline_reason: None,
        version: *version,
        resend_day: resends.day.number(),
        resend_count: resends.count,
        former_emails: (!former_emails.is_empty()).then(|| {
            let emails: Vec<_> = former_emails
                .iter()
                .map(AsciiEmailAddress::as_str)
                .collect();
            emails.join(" ")
        }),
        customer_name: None,
    };
    match &terms.bound_to {
        BoundTo::Anybody => {}
        BoundTo::Customer(customer) => row.bound_customer = Some(customer.clone()),
        BoundTo::Email(email) => row.bound_email = Some(email.as_str().to_owned()),
        BoundTo::EmailDomain(domain) => row.bound_email_domain = Some(domain.as_str().to_owned()),
    }
    match state {
        State::Open { .. } | State::Revoked { .. } | State::Expired => {}
        State::Claimed(claim) => put_claim(&mut row, claim),
        State::Accepted {
            claim,
            relationships,
            ..
        } => {
            put_claim(&mut row, claim);
            row.reseller_relationship = Some(relationships.reseller);
            row.provider_relationship = relationships.provider;
        }
        State::Void { claim, reason, .. } => {
            put_claim(&mut row, claim);
            row.void_reason = Some(*reason);
        }
        State::Declined { user, reason, .. } => {
            row.decline_reason = Some(reason.clone());
            if let Some(user) = user {
                put_user(&mut row, user);
            }
        }
    }
    row
}

fn put_claim(row: &mut Model, claim: &Claim) {
    row.claim_time = Some(claim.time);
    row.customer_name = claim.customer_name.clone();
    let Some(consent) = &claim.consent else {
        return;
    };
    put_user(row, &consent.user);
    row.wording_id = Some(consent.wording_id.clone());
    row.wording_language = Some(consent.language.clone());
    row.wording_sha256 = Some(consent.text_sha256.to_vec());
    let Some(account) = &consent.account else {
        return;
    };
    row.account_name = Some(account.display_name.clone());
    row.account_country = Some(account.country.as_str().to_owned());
    row.account_domain = Some(account.domain.as_str().to_owned());
}

fn put_user(row: &mut Model, user: &ActingUser) {
    row.user_issuer = Some(user.issuer.clone());
    row.user_subject = Some(user.subject.clone());
}

/// What a transition may have changed: always the same columns, so that the statement is always the
/// same.
pub(super) fn changes(invitation: &Invitation) -> ActiveModel {
    let row = row(invitation);
    ActiveModel {
        bound_email: Set(row.bound_email),
        generation: Set(row.generation),
        key_id: Set(row.key_id),
        expire_time: Set(row.expire_time),
        finish_time: Set(row.finish_time),
        state: Set(row.state),
        state_time: Set(row.state_time),
        customer: Set(row.customer),
        claim_time: Set(row.claim_time),
        user_issuer: Set(row.user_issuer),
        user_subject: Set(row.user_subject),
        wording_id: Set(row.wording_id),
        wording_language: Set(row.wording_language),
        wording_sha256: Set(row.wording_sha256),
        account_name: Set(row.account_name),
        account_country: Set(row.account_country),
        account_domain: Set(row.account_domain),
        reseller_relationship: Set(row.reseller_relationship),
        provider_relationship: Set(row.provider_relationship),
        void_reason: Set(row.void_reason),
        decline_reason: Set(row.decline_reason),
        version: Set(row.version),
        resend_day: Set(row.resend_day),
        resend_count: Set(row.resend_count),
        former_emails: Set(row.former_emails),
        customer_name: Set(row.customer_name),
        ..ActiveModel::default()
    }
}

/// The invitation that a row tells of, as it was saved.
pub(super) fn invitation(row: &Model) -> Result<Invitation, CorruptRow> {
    Ok(Invitation {
        id: row.id,
        parties: parties(row)?,
        terms: terms(row)?,
        create_time: row.create_time,
        link: LinkIssue {
            generation: Generation::kept(row.generation),
            key_id: row.key_id.clone(),
            expire_time: row.expire_time,
            finish_time: row.finish_time,
        },
        former_emails: former_emails(row.former_emails.as_deref().unwrap_or_default())?,
        resends: Tally {
            day: Day::kept(row.resend_day),
            count: row.resend_count,
        },
        state: state(row)?,
        version: row.version,
    })
}

fn former_emails(emails: &str) -> Result<Vec<AsciiEmailAddress>, CorruptRow> {
    let read = |email| AsciiEmailAddress::parse(email).map_err(|_| CorruptRow("former_emails"));
    emails.split_whitespace().map(read).collect()
}

fn parties(row: &Model) -> Result<Parties, CorruptRow> {
    let reseller = Party {
        partner: row.partner.clone(),
        display_name: row.partner_name.clone(),
        permissions: permissions(&row.partner_permissions)?,
    };
    let joint = match (&row.provider, row.partnership) {
        (None, None) => None,
        (Some(provider), Some(partnership)) => {
            let provider = Party {
                partner: provider.clone(),
                display_name: row
                    .provider_name
                    .clone()
                    .ok_or(CorruptRow("provider_name"))?,
                permissions: permissions(row.provider_permissions.as_deref().unwrap_or_default())?,
            };
            Some(Joint {
                provider,
                partnership,
            })
        }
        _ => return Err(CorruptRow("partnership")),
    };
    Ok(Parties { reseller, joint })
}

fn terms(row: &Model) -> Result<Terms, CorruptRow> {
    let bound_to = match (
        &row.bound_customer,
        &row.bound_email,
        &row.bound_email_domain,
    ) {
        (None, None, None) => BoundTo::Anybody,
        (Some(customer), None, None) => BoundTo::Customer(customer.clone()),
        (None, Some(email), None) => {
            BoundTo::Email(AsciiEmailAddress::parse(email).map_err(|_| CorruptRow("bound_email"))?)
        }
        (None, None, Some(domain)) => BoundTo::EmailDomain(
            Domain::parse(domain).map_err(|_| CorruptRow("bound_email_domain"))?,
        ),
        _ => return Err(CorruptRow("bound to several")),
    };
    let days = |days: i32, column| u16::try_from(days).map_err(|_| CorruptRow(column));
    Ok(Terms {
        bound_to,
        correlation_id: row.correlation_id.clone(),
        acquisition: row.acquisition.clone(),
        language: row.language.clone(),
        message: row.message.clone(),
        lifetime_days: days(row.lifetime_days, "lifetime_days")?,
        privilege_days: row
            .privilege_days
            .map(|it| days(it, "privilege_days"))
            .transpose()?,
    })
}

fn state(row: &Model) -> Result<State, CorruptRow> {
    let time = row.state_time;
    let state_kind = row.state.parse().map_err(|_| CorruptRow("state"))?;
    Ok(match state_kind {
        StateKind::Open => State::Open { since: time },
        StateKind::Claimed => State::Claimed(claim(row)?),
        StateKind::Accepted => State::Accepted {
            claim: claim(row)?,
            decide_time: time,
            relationships: Relationships {
                reseller: row
                    .reseller_relationship
                    .ok_or(CorruptRow("reseller_relationship"))?,
                provider: row.provider_relationship,
            },
        },
        StateKind::Void => {
            let reason = row.void_reason.ok_or(CorruptRow("void_reason"))?;
            State::Void {
                claim: claim(row)?,
                decide_time: time,
                reason,
            }
        }
        StateKind::Declined => State::Declined {
            customer: row.customer.clone().ok_or(CorruptRow("customer"))?,
            user: match (&row.user_issuer, &row.user_subject) {
                (Some(issuer), Some(subject)) => Some(ActingUser {
                    issuer: issuer.clone(),
                    subject: subject.clone(),
                }),
                _ => None,
            },
            time,
            reason: row.decline_reason.clone().unwrap_or_default(),
        },
        StateKind::Revoked => State::Revoked { time },
        StateKind::Expired => State::Expired,
    })
}

fn claim(row: &Model) -> Result<Claim, CorruptRow> {
    Ok(Claim {
        customer: row.customer.clone().ok_or(CorruptRow("customer"))?,
        time: row.claim_time.ok_or(CorruptRow("claim_time"))?,
        consent: consent(row)?,
        customer_name: row.customer_name.clone(),
    })
}

fn consent(row: &Model) -> Result<Option<Consent>, CorruptRow> {
    let Some(wording_id) = row.wording_id.clone() else {
        return Ok(None);
    };
    let user = ActingUser {
        issuer: row.user_issuer.clone().ok_or(CorruptRow("user_issuer"))?,
        subject: row.user_subject.clone().ok_or(CorruptRow("user_subject"))?,
    };
    let sha256 = row
        .wording_sha256
        .as_deref()
        .and_then(|hash| hash.try_into().ok());
    Ok(Some(Consent {
        user,
        wording_id,
        language: row
            .wording_language
            .clone()
            .ok_or(CorruptRow("wording_language"))?,
        text_sha256: sha256.ok_or(CorruptRow("wording_sha256"))?,
        account: account(row)?,
    }))
}

fn account(row: &Model) -> Result<Option<AccountData>, CorruptRow> {
    match (&row.account_name, &row.account_country, &row.account_domain) {
        (None, None, None) => Ok(None),
        (Some(name), Some(country), Some(domain)) => Ok(Some(AccountData {
            display_name: name.clone(),
            country: Country::parse(country).map_err(|_| CorruptRow("account_country"))?,
            domain: Domain::parse(domain).map_err(|_| CorruptRow("account_domain"))?,
        })),
        _ => Err(CorruptRow("account")),
    }
}

fn names(party: &Party) -> String {
    let names: Vec<_> = party
        .permissions
        .iter()
        .map(|permission| <&str>::from(*permission))
        .collect();
    names.join(" ")
}

fn permissions(names: &str) -> Result<Vec<Permission>, CorruptRow> {
    let names = names.split_whitespace();
    names
        .map(|name| name.parse().map_err(|_| CorruptRow("permissions")))
        .collect()
}

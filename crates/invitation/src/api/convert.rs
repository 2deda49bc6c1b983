//! The domain in messages of the wire. Never a link: that is a field of the few answers that
//! have one.

use platform::wording::Language;
use proto::customer::v1::Permission;
use proto::invitation::v1::{self as wire, InvitationState, PartyRole, VoidReason, WarningReason};
use vocabulary::id::CustomerId;
use vocabulary::name::{CustomerName, PartnerName};

use crate::domain::{
    Acceptance, AcceptanceState, AccountData, BoundTo, Claim, Consent, Invitation, Parties, Party,
    State, StateKind, Terms, Warning,
};
use crate::relationship::relationships;
use crate::wording;

pub(super) fn invitation(invitation: &Invitation) -> wire::Invitation {
    let Invitation {
        parties,
        terms,
        link,
        ..
    } = invitation;
    let acceptance = invitation.acceptance();
    wire::Invitation {
        name: invitation.name().to_string(),
        provider: parties.provider().map(partner_name).unwrap_or_default(),
        parties: self::parties(parties),
        state: state(invitation.state_kind()).into(),
        create_time: Some(invitation.create_time.into()),
        expire_time: Some(link.expire_time.into()),
        finish_time: link.finish_time.map(Into::into),
        generation: link.generation.number(),
        customer: invitation.customer().map(customer_name).unwrap_or_default(),
        claim_time: acceptance.map(|acceptance| acceptance.claim.time.into()),
        state_time: Some(invitation.state_time().into()),
        void_reason: acceptance.map_or(VoidReason::Unspecified, why_void).into(),
        decline_reason: match &invitation.state {
            State::Declined { reason, .. } => reason.clone(),
            _ => String::new(),
        },
        etag: invitation.etag(),
        consented_wording: acceptance
            .and_then(|acceptance| acceptance.claim.consent.as_ref())
            .map(consented_wording),
        customer_display_name: acceptance
            .and_then(|acceptance| acceptance.claim.customer_name.clone())
            .unwrap_or_default(),
        ..self::terms(terms)
    }
}

/// What the provider that an invitation names reads of it: all but what is for the inviter alone,
/// its reference, whom it invited, how it won the customer, what it wrote to it, and who declined
/// and why.
pub(super) fn invitation_for_provider(invitation: &Invitation) -> wire::Invitation {
    let mut whole = self::invitation(invitation);
    if matches!(invitation.state, State::Declined { .. }) {
        whole.customer = String::new();
    }
    wire::Invitation {
        correlation_id: String::new(),
        acquisition: String::new(),
        message: String::new(),
        decline_reason: String::new(),
        bound_to: None,
        ..whole
    }
}

/// What a customer reads of an invitation that is bound to it: what it is shown before it answers,
/// what binds it, and its own answer. Nothing of the inviter's own is in it.
pub(super) fn bound_invitation(invitation: &Invitation) -> wire::Invitation {
    let whole = self::invitation(invitation);
    wire::Invitation {
        name: whole.name,
        provider: whole.provider,
        parties: whole.parties,
        state: whole.state,
        bound_to: whole.bound_to,
        language: whole.language,
        privilege_lifetime_days: whole.privilege_lifetime_days,
        create_time: whole.create_time,
        expire_time: whole.expire_time,
        customer: whole.customer,
        claim_time: whole.claim_time,
        void_reason: whole.void_reason,
        decline_reason: whole.decline_reason,
        consented_wording: whole.consented_wording,
        ..wire::Invitation::default()
    }
}

/// What the inviter set, its defaults written out; every other field is left empty.
pub(super) fn terms(terms: &Terms) -> wire::Invitation {
    let Terms {
        bound_to,
        correlation_id,
        acquisition,
        language,
        message,
        lifetime_days,
        privilege_days,
    } = terms;
    wire::Invitation {
        bound_to: match bound_to {
            BoundTo::Anybody => None,
            BoundTo::Customer(bound) => Some(wire::invitation::BoundTo::BoundCustomer(
                customer_name(bound),
            )),
            BoundTo::Email(email) => Some(wire::invitation::BoundTo::BoundEmail(
                email.as_str().to_owned(),
            )),
            BoundTo::EmailDomain(domain) => Some(wire::invitation::BoundTo::BoundEmailDomain(
                domain.as_str().to_owned(),
            )),
        },
        correlation_id: correlation_id.clone(),
        acquisition: acquisition.clone(),
        language: language.clone(),
        message: message.clone(),
        lifetime_days: i32::from(*lifetime_days),
        privilege_lifetime_days: privilege_days.unwrap_or_default().into(),
        ..wire::Invitation::default()
    }
}

/// What an invitation would say that was only checked: it has no name, and is in no state.
pub(super) fn uncreated(parties: &Parties, terms: &Terms) -> wire::Invitation {
    wire::Invitation {
        provider: parties.provider().map(partner_name).unwrap_or_default(),
        parties: self::parties(parties),
        ..self::terms(terms)
    }
}

/// What an inviter is warned of.
pub(super) fn warning(warning: &Warning) -> wire::InvitationWarning {
    let (reason, invitation) = match warning {
        Warning::CustomerRelated => (WarningReason::CustomerRelated, String::new()),
        Warning::OpenInvitation(name) => (WarningReason::OpenInvitation, name.to_string()),
    };
    wire::InvitationWarning {
        reason: reason.into(),
        message: warning.explanation().to_owned(),
        invitation,
    }
}

/// The acceptance of an invitation, told in the language in which the customer consented.
pub(super) fn acceptance(invitation: &Invitation, acceptance: Acceptance<'_>) -> wire::Acceptance {
    let consented = acceptance
        .claim
        .consent
        .as_ref()
        .map(|consent| consent.language.as_str());
    let language = wording::kept(consented.unwrap_or(&invitation.terms.language));
    let (state, decide_time, established) = match &acceptance.state {
        AcceptanceState::Claimed => (wire::AcceptanceState::Claimed, None, Vec::new()),
        AcceptanceState::Established {
            time,
            relationships: established,
        } => {
            let names = relationships(&invitation.parties, established);
            (wire::AcceptanceState::Established, Some(*time), names)
        }
        AcceptanceState::Void { time, .. } => {
            (wire::AcceptanceState::Void, Some(*time), Vec::new())
        }
    };
    wire::Acceptance {
        name: acceptance.name().to_string(),
        state: state.into(),
        parties: parties(&invitation.parties),
        relationships: established,
        void_reason: why_void(acceptance).into(),
        message: wording::state(&acceptance.state, &language),
        claim_time: Some(acceptance.claim.time.into()),
        decide_time: decide_time.map(Into::into),
        invitation: invitation.name().to_string(),
        consent: consent_record(invitation, acceptance.claim),
    }
}

/// What is kept of the consent of a claim, for the customer itself and for operators.
fn consent_record(invitation: &Invitation, claim: &Claim) -> Option<wire::ConsentRecord> {
    let consent = claim.consent.as_ref()?;
    let wire::ConsentedWording {
        wording_id,
        language,
        text_sha256,
    } = consented_wording(consent);
    Some(wire::ConsentRecord {
        issuer: consent.user.issuer.clone(),
        subject: consent.user.subject.clone(),
        consent_time: Some(claim.time.into()),
        wording_id,
        language,
        text_sha256,
        account: consent.account.as_ref().map(account),
        terms: Some(consent_terms(invitation)),
    })
}

/// What the consent to an invitation names.
fn consent_terms(invitation: &Invitation) -> wire::ConsentTerms {
    let mut parties = parties(&invitation.parties).into_iter();
    let mut next = || parties.next().unwrap_or_default();
    let (reseller, provider) = (next(), next());
    wire::ConsentTerms {
        reseller_display_name: reseller.display_name,
        reseller_permissions: reseller.permissions,
        provider_display_name: provider.display_name,
        provider_permissions: provider.permissions,
        privilege_lifetime_days: self::terms(&invitation.terms).privilege_lifetime_days,
    }
}

/// Which text was consented to: what the parties read of a consent.
fn consented_wording(consent: &Consent) -> wire::ConsentedWording {
    let bytes = consent.text_sha256.iter();
    wire::ConsentedWording {
        wording_id: consent.wording_id.clone(),
        language: consent.language.clone(),
        text_sha256: bytes.map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn account(data: &AccountData) -> wire::AccountData {
    wire::AccountData {
        display_name: data.display_name.clone(),
        country: data.country.as_str().to_owned(),
        domain: data.domain.as_str().to_owned(),
    }
}

/// What is kept of a declination, for the customer itself and for operators; none of an invitation
/// that was not declined.
pub(super) fn declination(invitation: &Invitation) -> Option<wire::Declination> {
    let State::Declined {
        user, time, reason, ..
    } = &invitation.state
    else {
        return None;
    };
    let (issuer, subject) = user
        .as_ref()
        .map(|user| (user.issuer.clone(), user.subject.clone()))
        .unwrap_or_default();
    Some(wire::Declination {
        invitation: invitation.name().to_string(),
        parties: parties(&invitation.parties),
        issuer,
        subject,
        decline_time: Some((*time).into()),
        reason: reason.clone(),
    })
}

fn why_void(acceptance: Acceptance<'_>) -> VoidReason {
    match acceptance.state {
        AcceptanceState::Void { reason, .. } => reason.into(),
        AcceptanceState::Claimed | AcceptanceState::Established { .. } => VoidReason::Unspecified,
    }
}

/// What the holder of a link reads of an invitation before it answers.
pub(super) fn inspection(
    invitation: &Invitation,
    language: &Language,
) -> wire::InspectInvitationResponse {
    let wording = wording::consent(invitation, language);
    let privilege = invitation.parties.privilege();
    wire::InspectInvitationResponse {
        state: state(invitation.state_kind()).into(),
        parties: parties(&invitation.parties),
        privilege_permissions: privilege.map(|it| Permission::from(it).into()).collect(),
        privilege_lifetime_days: invitation.terms.privilege_days.unwrap_or_default().into(),
        expire_time: Some(invitation.link.expire_time.into()),
        consent_wording_id: wording.id.to_owned(),
        consent_language: language.to_string(),
        consent_text: wording.text,
        acceptance: invitation
            .acceptance()
            .map(|it| it.name().to_string())
            .unwrap_or_default(),
    }
}

pub(super) fn parties(parties: &Parties) -> Vec<wire::Party> {
    let reseller = party(&parties.reseller, PartyRole::IndirectReseller);
    let provider = parties
        .provider()
        .map(|it| party(it, PartyRole::IndirectProvider));
    [Some(reseller), provider].into_iter().flatten().collect()
}

fn party(party: &Party, role: PartyRole) -> wire::Party {
    wire::Party {
        partner: partner_name(party),
        role: role.into(),
        display_name: party.display_name.clone(),
        permissions: party
            .permissions
            .iter()
            .map(|it| Permission::from(*it).into())
            .collect(),
    }
}

pub(super) fn state(state_kind: StateKind) -> InvitationState {
    match state_kind {
        StateKind::Open => InvitationState::Open,
        StateKind::Claimed => InvitationState::Claimed,
        StateKind::Accepted => InvitationState::Accepted,
        StateKind::Void => InvitationState::Void,
        StateKind::Declined => InvitationState::Declined,
        StateKind::Revoked => InvitationState::Revoked,
        StateKind::Expired => InvitationState::Expired,
    }
}

fn partner_name(party: &Party) -> String {
    PartnerName::new(&party.partner).to_string()
}

fn customer_name(customer: &CustomerId) -> String {
    CustomerName::new(customer).to_string()
}

//! What leaves this service through its outbox: the command to establish, and the facts. An outbox row holds the message
//! as the wire has it. Nothing is sent from here.

use std::time::Duration;

use platform::outbox::{Message, derived_id};
use prost::Message as _;
use proto::notification::internal::v1::{self as notification, DeliverFactRequest};
use proto::relationship::internal::v1::{ActingUser, EstablishRequest, NewAccount};

use crate::domain::{AcceptanceId, Fact, Invitation, State};
use crate::wire::{customer, name, partner, void_reason};

/// The kind of the command that has a claim decided. It is never given up.
pub(crate) const ESTABLISH: &str = "establish";
/// The kind of a fact for the notification service.
pub(crate) const FACT: &str = "fact";

/// How long whoever claims sees to the decision itself, before the relay takes over.
pub(crate) const LEASE: Duration = Duration::from_secs(5);

/// What must be sent because an invitation is in the state that it is in.
pub(crate) fn following(invitation: &Invitation) -> Option<Message> {
    if let Some(request) = establish(invitation) {
        return Some(Message {
            id: command_id(invitation),
            kind: ESTABLISH,
            payload: request.encode_to_vec(),
            lease: Some(LEASE),
        });
    }
    let fact = invitation.state.fact()?;
    let generation = invitation.sending.generation;
    let id = derived_id(&name(invitation), fact.name(), generation);
    let request = DeliverFactRequest {
        fact_id: id.to_string(),
        occur_time: Some(invitation.state_time().into()),
        fact: Some(wire_fact(invitation, fact)),
    };
    Some(Message {
        id,
        kind: FACT,
        payload: request.encode_to_vec(),
        lease: None,
    })
}

/// The id of the command in the outbox: an invitation has one acceptance, and its acceptance one decision.
pub(crate) fn command_id(invitation: &Invitation) -> uuid::Uuid {
    AcceptanceId::of(invitation.id).uuid()
}

/// The command that has a claim decided; none for an invitation that is not claimed.
pub(crate) fn establish(invitation: &Invitation) -> Option<EstablishRequest> {
    let State::Claimed(claim) = &invitation.state else {
        return None;
    };
    let consent = claim.consent.as_ref()?;
    let joint = invitation.parties.joint.as_ref();
    Some(EstablishRequest {
        acceptance_id: AcceptanceId::of(invitation.id).to_string(),
        invitation: name(invitation),
        customer: customer(&claim.customer),
        reseller: partner(&invitation.parties.reseller),
        provider: joint
            .map(|joint| partner(&joint.provider))
            .unwrap_or_default(),
        partnership: joint
            .map(|joint| format!("partnerships/{}", joint.partnership))
            .unwrap_or_default(),
        privilege_lifetime_days: invitation.terms.privilege_days.unwrap_or_default().into(),
        account: consent.account.as_ref().map(|account| NewAccount {
            display_name: account.display_name.clone(),
            country: account.country.as_str().to_owned(),
            domain: account.domain.as_str().to_owned(),
        }),
        user: Some(ActingUser {
            issuer: consent.user.issuer.clone(),
            subject: consent.user.subject.clone(),
        }),
    })
}

fn wire_fact(invitation: &Invitation, fact: Fact) -> notification::deliver_fact_request::Fact {
    use notification::deliver_fact_request::Fact as Wire;
    let invitation_name = name(invitation);
    match fact {
        Fact::InvitationAccepted { customer: by } => {
            Wire::InvitationAccepted(notification::InvitationAccepted {
                invitation: invitation_name,
                parties: invitation.parties.all().map(partner).collect(),
                customer: customer(&by),
            })
        }
        Fact::InvitationDeclined {
            customer: by,
            reason,
        } => Wire::InvitationDeclined(notification::InvitationDeclined {
            invitation: invitation_name,
            customer: customer(&by),
            reason,
        }),
        Fact::InvitationExpired => Wire::InvitationExpired(notification::InvitationExpired {
            invitation: invitation_name,
        }),
        Fact::InvitationVoided {
            customer: by,
            reason,
        } => Wire::InvitationVoided(notification::InvitationVoided {
            invitation: invitation_name,
            reason: void_reason(reason).into(),
            customer: customer(&by),
        }),
    }
}

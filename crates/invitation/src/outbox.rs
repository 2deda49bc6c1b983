//! What is sent, and how it is delivered: the command that has a claim decided, and the facts.
//!
//! A row of the outbox holds the message as the wire has it.

use std::time::Duration;

use platform::client::Upstream;
use platform::store::outbox::{Delivered, Delivery, Message, Undelivered, derived_id};
use prost::Message as _;
use proto::invitation::v1::VoidReason;
use proto::notification::internal::v1::notification_internal_service_client::NotificationInternalServiceClient;
use proto::notification::internal::v1::{self as notification, DeliverFactRequest};
use proto::relationship::internal::v1::{ActingUser, DecideAcceptanceRequest, NewAccount};
use vocabulary::id::AcceptanceId;
use vocabulary::name::{CustomerName, PartnerName, PartnershipName};

use crate::domain::{Fact, Invitation, State};

/// The kind of the command that has a claim decided. It is never given up.
pub(crate) const ESTABLISH: &str = "establish";
/// The kind of a fact for the notification service.
pub(crate) const FACT: &str = "fact";

/// How long whoever claims sees to the decision itself, before the relay takes over.
pub(crate) const LEASE: Duration = Duration::from_secs(5);

/// Delivers one message: the command is decided by whoever carries it out, a fact goes to the
/// notification service.
pub(crate) async fn deliver<D>(
    delivery: Delivery,
    mut notification: NotificationInternalServiceClient<Upstream>,
    decide: impl FnOnce(DecideAcceptanceRequest) -> D,
) -> Result<Delivered, Undelivered>
where
    D: Future<Output = Result<Delivered, Undelivered>>,
{
    let unreadable = |error: prost::DecodeError| Undelivered::Failed(error.to_string());
    let payload = delivery.payload.as_slice();
    match delivery.kind.as_str() {
        ESTABLISH => {
            let command = DecideAcceptanceRequest::decode(payload).map_err(unreadable)?;
            decide(command).await
        }
        FACT => {
            let fact = DeliverFactRequest::decode(payload).map_err(unreadable)?;
            notification.deliver_fact(fact).await?;
            Ok(Delivered::Unmarked)
        }
        other => {
            let unknown = format!("not a kind of message: {other}");
            Err(Undelivered::Failed(unknown))
        }
    }
}

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
    let generation = invitation.link.generation;
    let id = derived_id(&invitation.name().to_string(), fact.name(), generation);
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

/// The id of the command in the outbox: an invitation has one acceptance, and its acceptance one
/// decision.
pub(crate) fn command_id(invitation: &Invitation) -> uuid::Uuid {
    AcceptanceId::of(invitation.id).uuid()
}

/// The command that has a claim decided; none for an invitation that is not claimed.
pub(crate) fn establish(invitation: &Invitation) -> Option<DecideAcceptanceRequest> {
    let State::Claimed(claim) = &invitation.state else {
        return None;
    };
    let consent = claim.consent.as_ref()?;
    let joint = invitation.parties.joint.as_ref();
    Some(DecideAcceptanceRequest {
        acceptance_id: AcceptanceId::of(invitation.id).to_string(),
        invitation: invitation.name().to_string(),
        customer: CustomerName::new(&claim.customer).to_string(),
        reseller: PartnerName::new(&invitation.parties.reseller.partner).to_string(),
        provider: joint
            .map(|joint| PartnerName::new(&joint.provider.partner).to_string())
            .unwrap_or_default(),
        partnership: joint
            .map(|joint| PartnershipName::new(joint.partnership).to_string())
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
        correlation_id: invitation.terms.correlation_id.clone(),
    })
}

fn wire_fact(invitation: &Invitation, fact: Fact) -> notification::deliver_fact_request::Fact {
    use notification::deliver_fact_request::Fact as Wire;
    let invitation_name = invitation.name().to_string();
    let correlation_id = invitation.terms.correlation_id.clone();
    match fact {
        Fact::Accepted {
            customer: by,
            customer_name,
        } => Wire::InvitationAccepted(notification::InvitationAccepted {
            invitation: invitation_name,
            parties: invitation
                .parties
                .all()
                .map(|party| PartnerName::new(&party.partner).to_string())
                .collect(),
            customer: CustomerName::new(&by).to_string(),
            customer_display_name: customer_name.unwrap_or_default(),
            inviter_display_name: invitation.parties.reseller.display_name.clone(),
            correlation_id,
        }),
        Fact::Declined {
            customer: by,
            reason,
        } => Wire::InvitationDeclined(notification::InvitationDeclined {
            invitation: invitation_name,
            customer: CustomerName::new(&by).to_string(),
            reason,
            correlation_id,
        }),
        Fact::Expired => Wire::InvitationExpired(notification::InvitationExpired {
            invitation: invitation_name,
            correlation_id,
        }),
        Fact::Voided {
            customer: by,
            customer_name,
            reason,
        } => Wire::InvitationVoided(notification::InvitationVoided {
            invitation: invitation_name,
            reason: VoidReason::from(reason).into(),
            customer: CustomerName::new(&by).to_string(),
            customer_display_name: customer_name.unwrap_or_default(),
            correlation_id,
        }),
    }
}

#[cfg(test)]
mod tests {
    use vocabulary::void_reason::VoidReason;

    use super::*;
    use crate::domain::samples::{
        at, customer, decision, established, given, holder, parties, terms,
    };
    use crate::domain::{BoundTo, Found, Generation, Outcome};
    use vocabulary::id::InvitationId;

    const NAME: &str = "partners/contoso/invitations/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b";

    fn open() -> Invitation {
        let id = InvitationId::parse("0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b").unwrap();
        Invitation::create(id, parties(), terms(BoundTo::Anybody), "k1", at(0))
    }

    fn claimed() -> Invitation {
        open()
            .accept(
                Found::ByLink(Generation::FIRST),
                holder("adatum"),
                given,
                at(1),
            )
            .unwrap()
    }

    /// R27, R31, R36: the command names exactly the parties, the partnership and the customer of
    /// the claim.
    #[test]
    fn a_claim_is_followed_by_the_command_to_establish() {
        let command = following(&claimed()).unwrap();
        assert_eq!((command.kind, command.lease), (ESTABLISH, Some(LEASE)));
        assert_eq!(
            command.id.to_string(),
            "b0d97343-601c-54c5-a9b4-8c73ffd00598"
        );
        let request = DecideAcceptanceRequest::decode(&command.payload[..]).unwrap();
        let expected = DecideAcceptanceRequest {
            acceptance_id: command.id.to_string(),
            invitation: NAME.to_owned(),
            customer: "customers/adatum".to_owned(),
            reseller: "partners/contoso".to_owned(),
            provider: "partners/fabrikam".to_owned(),
            partnership: "partnerships/00000000-0000-0000-0000-000000000007".to_owned(),
            privilege_lifetime_days: 0,
            account: None,
            user: Some(ActingUser {
                issuer: "https://issuer.example".to_owned(),
                subject: "ana".to_owned(),
            }),
            correlation_id: open().terms.correlation_id,
        };
        assert_eq!(request, expected);
    }

    /// P3: facts are recognised by what happened: the same once for each link, another one for the
    /// next.
    #[test]
    fn a_fact_has_an_id_of_its_own() {
        let first = open().seen_at(at(30));
        let second = first
            .clone()
            .resend("k1", None, at(31))
            .unwrap()
            .seen_at(at(90));
        let void = Outcome::Refused(VoidReason::PartnershipEnded);
        let voided = claimed().confirm(decision("adatum", void), at(2)).unwrap();
        let accepted = Outcome::Established(established());
        let accepted = claimed()
            .confirm(decision("adatum", accepted), at(2))
            .unwrap();
        let told = [&first, &second, &voided, &accepted].map(|it| following(it).unwrap());
        let ids: std::collections::BTreeSet<_> = told.iter().map(|message| message.id).collect();
        assert_eq!(ids.len(), 4);
        assert_eq!(following(&first).unwrap(), told[0]);
        for message in &told {
            assert_eq!((message.kind, message.lease), (FACT, None));
            let request = DeliverFactRequest::decode(&message.payload[..]).unwrap();
            assert_eq!(request.fact_id, message.id.to_string());
        }
        let request = DeliverFactRequest::decode(&told[3].payload[..]).unwrap();
        let expected = notification::InvitationAccepted {
            invitation: NAME.to_owned(),
            parties: vec![
                "partners/contoso".to_owned(),
                "partners/fabrikam".to_owned(),
            ],
            customer: CustomerName::new(customer("adatum")).to_string(),
            customer_display_name: "adatum Ltda".to_owned(),
            inviter_display_name: open().parties.reseller.display_name,
            correlation_id: open().terms.correlation_id,
        };
        let fact = notification::deliver_fact_request::Fact::InvitationAccepted(expected);
        assert_eq!(
            (request.fact, request.occur_time),
            (Some(fact), Some(at(2).into()))
        );
        assert!(following(&open()).is_none());
        assert!(following(&open().revoke(at(1)).unwrap()).is_none());
    }
}

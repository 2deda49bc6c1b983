//! What is sent, and how it is delivered: facts for the notification service, and what watchers are
//! told.
//!
//! A row holds the message as the wire has it.

use platform::client::Upstream;
use platform::clock::Time;
use platform::error::Failure;
use platform::store::outbox::{Delivered, Delivery, Message, Undelivered, derived_id};
use prost::Message as _;
use proto::notification::internal::v1::notification_internal_service_client::NotificationInternalServiceClient;
use proto::notification::internal::v1::{self as notification, DeliverFactRequest};
use proto::relationship::v1;
use vocabulary::id::{CustomerId, PartnerId};
use vocabulary::name::{
    CustomerName, PartnerName, PartnershipName, PrivilegeName, RelationshipName,
};

use crate::domain::change::{self, Event};
use crate::domain::fact::{Between, Fact};

/// Delivers one fact. No user's token goes with it: whoever caused it may be gone by now.
pub(crate) async fn deliver(
    notification: Upstream,
    delivery: Delivery,
) -> Result<Delivered, Undelivered> {
    let fact = DeliverFactRequest::decode(&*delivery.payload).map_err(Failure::other)?;
    NotificationInternalServiceClient::new(notification)
        .deliver_fact(fact)
        .await?;
    Ok(Delivered::Unmarked)
}

/// A fact as it is sent, told once however often it is delivered.
pub(crate) fn fact(fact: &Fact, now: Time) -> Message {
    let id = derived_id(&resource(fact), fact.kind(), fact.occurrence());
    let message = DeliverFactRequest {
        fact_id: id.to_string(),
        occur_time: Some(now.into()),
        fact: Some(encode(fact)),
    };
    Message {
        id,
        kind: fact.kind(),
        payload: message.encode_to_vec(),
        lease: None,
    }
}

fn resource(fact: &Fact) -> String {
    match fact {
        Fact::PartnershipProposed(between)
        | Fact::PartnershipAccepted(between)
        | Fact::PartnershipEnded(between) => PartnershipName::new(between.partnership).to_string(),
        Fact::EnrollmentDecided { partner, .. } => PartnerName::new(partner).to_string(),
        Fact::RelationshipEnded {
            partner,
            relationship,
            ..
        } => RelationshipName::new(partner, *relationship).to_string(),
    }
}

fn encode(fact: &Fact) -> notification::deliver_fact_request::Fact {
    use notification::deliver_fact_request::Fact as WireFact;

    let names = |between: &Between| {
        (
            PartnershipName::new(between.partnership).to_string(),
            PartnerName::new(&between.by).to_string(),
            PartnerName::new(&between.other).to_string(),
            between.by_name.clone(),
        )
    };
    match fact {
        Fact::PartnershipProposed(between) => {
            let (partnership, by, other, by_display_name) = names(between);
            WireFact::PartnershipProposed(notification::PartnershipProposed {
                partnership,
                by,
                other,
                by_display_name,
            })
        }
        Fact::PartnershipAccepted(between) => {
            let (partnership, by, other, by_display_name) = names(between);
            WireFact::PartnershipAccepted(notification::PartnershipAccepted {
                partnership,
                by,
                other,
                by_display_name,
            })
        }
        Fact::PartnershipEnded(between) => {
            let (partnership, by, other, by_display_name) = names(between);
            WireFact::PartnershipEnded(notification::PartnershipEnded {
                partnership,
                by,
                other,
                by_display_name,
            })
        }
        Fact::EnrollmentDecided {
            partner,
            approved,
            reason,
            ..
        } => WireFact::EnrollmentDecided(notification::EnrollmentDecided {
            partner: PartnerName::new(partner).to_string(),
            approved: *approved,
            reason: reason.clone(),
        }),
        Fact::RelationshipEnded {
            partner,
            relationship,
            customer,
            customer_name,
            correlation_id,
        } => WireFact::RelationshipEnded(notification::RelationshipEnded {
            relationship: RelationshipName::new(partner, *relationship).to_string(),
            customer: CustomerName::new(customer).to_string(),
            customer_display_name: customer_name.clone(),
            correlation_id: correlation_id.clone(),
        }),
    }
}

/// What a partner's watchers are told of one commit; its number is added when they are.
pub(crate) fn encoded_change(partner: &PartnerId, events: &[Event], time: Time) -> Vec<u8> {
    let change = v1::Change {
        number: 0,
        change_time: Some(time.into()),
        events: events
            .iter()
            .map(|event| self::event(partner, event))
            .collect(),
    };
    change.encode_to_vec()
}

fn event(partner: &PartnerId, event: &Event) -> v1::ChangeEvent {
    use v1::ChangeKind as Kind;

    let of = |kind: Kind, customer: &CustomerId, relationship: Option<_>, privilege: Option<_>| {
        v1::ChangeEvent {
            kind: kind.into(),
            partner: PartnerName::new(partner).to_string(),
            customer: CustomerName::new(customer).to_string(),
            relationship: relationship
                .map(|id| RelationshipName::new(partner, id).to_string())
                .unwrap_or_default(),
            privilege: privilege
                .map(|id| PrivilegeName::new(partner, id).to_string())
                .unwrap_or_default(),
            imported_count: 0,
            correlation_id: String::new(),
        }
    };
    let between = |kind, it: &change::Between| v1::ChangeEvent {
        correlation_id: it.correlation_id.clone(),
        ..of(kind, &it.customer, Some(it.relationship), None)
    };
    match event {
        Event::RelationshipEstablished(it) => between(Kind::RelationshipEstablished, it),
        Event::RelationshipEnded(it) => between(Kind::RelationshipEnded, it),
        Event::CustomersImported(count) => v1::ChangeEvent {
            kind: Kind::CustomersImported.into(),
            partner: PartnerName::new(partner).to_string(),
            imported_count: *count,
            ..Default::default()
        },
        Event::PrivilegeGranted(customer, id) => {
            of(Kind::PrivilegeGranted, customer, None, Some(*id))
        }
        Event::PrivilegeExpired(customer, id) => {
            of(Kind::PrivilegeExpired, customer, None, Some(*id))
        }
        Event::PrivilegeTerminated(customer, id) => {
            of(Kind::PrivilegeTerminated, customer, None, Some(*id))
        }
    }
}

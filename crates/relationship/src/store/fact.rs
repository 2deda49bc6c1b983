//! Facts on their way out: appended in the transaction of what they tell of, as the message that notification takes.

use platform::clock::Time;
use platform::store::outbox::{self, Message};
use prost::Message as _;
use proto::notification::internal::v1 as wire;
use sea_orm::{DatabaseTransaction, DbErr};
use vocabulary::name::{PartnerName, PartnershipName};

use crate::domain::fact::{Between, Fact};

/// Appends a fact about the resource, told once however often it is delivered.
pub(super) async fn append(tx: &DatabaseTransaction, fact: &Fact, now: Time) -> Result<(), DbErr> {
    let id = outbox::derived_id(&resource(fact), fact.kind(), fact.occurrence());
    let message = wire::DeliverFactRequest {
        fact_id: id.to_string(),
        occur_time: Some(now.into()),
        fact: Some(encode(fact)),
    };
    let message = Message {
        id,
        kind: fact.kind(),
        payload: message.encode_to_vec(),
        lease: None,
    };
    outbox::append(tx, message, now).await
}

fn resource(fact: &Fact) -> String {
    match fact {
        Fact::PartnershipProposed(between)
        | Fact::PartnershipAccepted(between)
        | Fact::PartnershipEnded(between) => PartnershipName::new(between.partnership).to_string(),
        Fact::EnrollmentDecided { partner, .. } => PartnerName::new(partner).to_string(),
    }
}

fn encode(fact: &Fact) -> wire::deliver_fact_request::Fact {
    use wire::deliver_fact_request::Fact as Wire;

    let names = |between: &Between| {
        (
            PartnershipName::new(between.partnership).to_string(),
            PartnerName::new(&between.by).to_string(),
            PartnerName::new(&between.other).to_string(),
        )
    };
    match fact {
        Fact::PartnershipProposed(between) => {
            let (partnership, by, other) = names(between);
            Wire::PartnershipProposed(wire::PartnershipProposed {
                partnership,
                by,
                other,
            })
        }
        Fact::PartnershipAccepted(between) => {
            let (partnership, by, other) = names(between);
            Wire::PartnershipAccepted(wire::PartnershipAccepted {
                partnership,
                by,
                other,
            })
        }
        Fact::PartnershipEnded(between) => {
            let (partnership, by, other) = names(between);
            Wire::PartnershipEnded(wire::PartnershipEnded {
                partnership,
                by,
                other,
            })
        }
        Fact::EnrollmentDecided {
            partner,
            approved,
            reason,
            ..
        } => Wire::EnrollmentDecided(wire::EnrollmentDecided {
            partner: PartnerName::new(partner).to_string(),
            approved: *approved,
            reason: reason.clone(),
        }),
    }
}

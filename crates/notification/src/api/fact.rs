//! Facts on the wire: what another service reports, and which service may report it.

use platform::error::SharedRefusal;
use platform::field::{self, Presence, Violations};
use platform::identity::Peer;
use proto::notification::internal::v1 as internal;
use proto::notification::internal::v1::deliver_fact_request::Fact as Message;
use vocabulary::id::{FactId, PartnerId};
use vocabulary::limits::REASON_MAX;
use vocabulary::name::{
    CustomerName, InvitationName, PartnerName, PartnershipName, RelationshipName,
};
use vocabulary::void_reason::VoidReason;

use super::required_time;
use crate::domain::{Decision, Event, Fact, Partnership};

/// The one service that owns what happened.
pub(super) fn owner(event: &Event) -> Peer {
    match event {
        Event::InvitationAccepted { .. }
        | Event::InvitationDeclined { .. }
        | Event::InvitationExpired { .. }
        | Event::InvitationVoided { .. } => Peer::Invitation,
        Event::PartnershipProposed(_)
        | Event::PartnershipAccepted(_)
        | Event::PartnershipEnded(_)
        | Event::EnrollmentDecided { .. }
        | Event::RelationshipEnded { .. } => Peer::Relationship,
    }
}

/// Reads a fact.
pub(super) fn read_fact(message: internal::DeliverFactRequest) -> Result<Fact, SharedRefusal> {
    let mut v = Violations::new();
    let id = v.check("fact_id", FactId::parse(&message.fact_id));
    let occur_time = v.take(required_time("occur_time", message.occur_time.as_ref()));
    let event = match message.fact {
        None => {
            v.add("fact", "must be given");
            None
        }
        Some(Message::InvitationAccepted(fact)) => accepted(&mut v, fact),
        Some(Message::InvitationDeclined(fact)) => declined(&mut v, fact),
        Some(Message::InvitationExpired(fact)) => expired(&mut v, fact),
        Some(Message::InvitationVoided(fact)) => voided(&mut v, fact),
        Some(Message::PartnershipProposed(internal::PartnershipProposed {
            partnership,
            by,
            other,
        })) => self::partnership(&mut v, &partnership, &by, &other).map(Event::PartnershipProposed),
        Some(Message::PartnershipAccepted(internal::PartnershipAccepted {
            partnership,
            by,
            other,
        })) => self::partnership(&mut v, &partnership, &by, &other).map(Event::PartnershipAccepted),
        Some(Message::PartnershipEnded(internal::PartnershipEnded {
            partnership,
            by,
            other,
        })) => self::partnership(&mut v, &partnership, &by, &other).map(Event::PartnershipEnded),
        Some(Message::EnrollmentDecided(fact)) => decided(&mut v, fact),
        Some(Message::RelationshipEnded(fact)) => ended(&mut v, fact),
    };
    v.build(|| {
        Some(Fact {
            id: id?,
            occur_time: occur_time?,
            event: event?,
        })
    })
}

fn accepted(v: &mut Violations, fact: internal::InvitationAccepted) -> Option<Event> {
    let invitation = v.check("invitation", InvitationName::parse(&fact.invitation));
    let customer = v.check("customer", CustomerName::ids_of(&fact.customer));
    let parties: Result<Vec<PartnerId>, _> = fact
        .parties
        .iter()
        .map(|party| PartnerName::ids_of(party))
        .collect();
    let (invitation, parties) = (invitation?, v.check("parties", parties)?);
    let named_once = (1..parties.len()).all(|at| !parties[..at].contains(&parties[at]));
    if parties.first() != Some(&invitation.partner) || !named_once {
        v.add("parties", "must be the inviter, then the others, each once");
    }
    Some(Event::InvitationAccepted {
        invitation,
        parties,
        customer: customer?,
    })
}

fn declined(v: &mut Violations, fact: internal::InvitationDeclined) -> Option<Event> {
    let invitation = v.check("invitation", InvitationName::parse(&fact.invitation));
    let customer = v.check("customer", CustomerName::ids_of(&fact.customer));
    let reason = v.take(field::lines(
        "reason",
        &fact.reason,
        REASON_MAX,
        Presence::Optional,
    ));
    Some(Event::InvitationDeclined {
        invitation: invitation?,
        customer: customer?,
        reason: reason?,
    })
}

fn expired(v: &mut Violations, fact: internal::InvitationExpired) -> Option<Event> {
    let invitation = v.check("invitation", InvitationName::parse(&fact.invitation));
    Some(Event::InvitationExpired {
        invitation: invitation?,
    })
}

fn voided(v: &mut Violations, fact: internal::InvitationVoided) -> Option<Event> {
    let invitation = v.check("invitation", InvitationName::parse(&fact.invitation));
    let customer = v.check("customer", CustomerName::ids_of(&fact.customer));
    let reason = Option::<VoidReason>::from(fact.reason());
    let reason = reason.ok_or("must be a reason for which a decision refuses an acceptance");
    let reason = v.check("reason", reason);
    Some(Event::InvitationVoided {
        invitation: invitation?,
        reason: reason?,
        customer: customer?,
    })
}

fn partnership(v: &mut Violations, name: &str, by: &str, other: &str) -> Option<Partnership> {
    let name = v.check("partnership", PartnershipName::parse(name));
    let by = v.check("by", PartnerName::ids_of(by));
    let other = v.check("other", PartnerName::ids_of(other));
    Some(Partnership {
        name: name?,
        by: by?,
        other: other?,
    })
}

fn decided(v: &mut Violations, fact: internal::EnrollmentDecided) -> Option<Event> {
    let partner = v.check("partner", PartnerName::ids_of(&fact.partner));
    let reason = v.take(field::lines(
        "reason",
        &fact.reason,
        REASON_MAX,
        Presence::Optional,
    ));
    let decision = if fact.approved {
        Decision::Approved
    } else {
        Decision::Rejected
    };
    Some(Event::EnrollmentDecided {
        partner: partner?,
        decision,
        reason: reason?,
    })
}

fn ended(v: &mut Violations, fact: internal::RelationshipEnded) -> Option<Event> {
    let relationship = v.check("relationship", RelationshipName::parse(&fact.relationship));
    let customer = v.check("customer", CustomerName::ids_of(&fact.customer));
    Some(Event::RelationshipEnded {
        relationship: relationship?,
        customer: customer?,
    })
}

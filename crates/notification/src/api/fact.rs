//! Facts on the wire: what another service reports, and which service may report it.

use platform::error::SharedRefusal;
use platform::field::{self, Presence, Violations};
use platform::identity::Peer;
use proto::notification::internal::v1 as internal;
use proto::notification::internal::v1::deliver_fact_request::Fact as Message;
use vocabulary::id::{FactId, PartnerId};
use vocabulary::limits::{CORRELATION_ID_MAX, DISPLAY_NAME_MAX, REASON_MAX};
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
            by_display_name,
        })) => self::partnership(&mut v, &partnership, (&by, &by_display_name), &other)
            .map(Event::PartnershipProposed),
        Some(Message::PartnershipAccepted(internal::PartnershipAccepted {
            partnership,
            by,
            other,
            by_display_name,
        })) => self::partnership(&mut v, &partnership, (&by, &by_display_name), &other)
            .map(Event::PartnershipAccepted),
        Some(Message::PartnershipEnded(internal::PartnershipEnded {
            partnership,
            by,
            other,
            by_display_name,
        })) => self::partnership(&mut v, &partnership, (&by, &by_display_name), &other)
            .map(Event::PartnershipEnded),
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
    let customer_name = read_name(v, "customer_display_name", &fact.customer_display_name);
    let inviter_name = read_name(v, "inviter_display_name", &fact.inviter_display_name);
    let correlation_id = read_reference(v, &fact.correlation_id);
    if parties.first() != Some(&invitation.partner) || !named_once {
        v.add("parties", "must be the inviter, then the others, each once");
    }
    Some(Event::InvitationAccepted {
        invitation,
        parties,
        customer: customer?,
        customer_name: customer_name?,
        inviter_name: inviter_name?,
        correlation_id: correlation_id?,
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
    let correlation_id = read_reference(v, &fact.correlation_id);
    Some(Event::InvitationDeclined {
        invitation: invitation?,
        customer: customer?,
        reason: reason?,
        correlation_id: correlation_id?,
    })
}

fn expired(v: &mut Violations, fact: internal::InvitationExpired) -> Option<Event> {
    let invitation = v.check("invitation", InvitationName::parse(&fact.invitation));
    let correlation_id = read_reference(v, &fact.correlation_id);
    Some(Event::InvitationExpired {
        invitation: invitation?,
        correlation_id: correlation_id?,
    })
}

fn voided(v: &mut Violations, fact: internal::InvitationVoided) -> Option<Event> {
    let invitation = v.check("invitation", InvitationName::parse(&fact.invitation));
    let customer = v.check("customer", CustomerName::ids_of(&fact.customer));
    let reason = Option::<VoidReason>::from(fact.reason());
    let reason = reason.ok_or("must be a reason for which a decision refuses an acceptance");
    let reason = v.check("reason", reason);
    let customer_name = read_name(v, "customer_display_name", &fact.customer_display_name);
    let correlation_id = read_reference(v, &fact.correlation_id);
    Some(Event::InvitationVoided {
        invitation: invitation?,
        reason: reason?,
        customer: customer?,
        customer_name: customer_name?,
        correlation_id: correlation_id?,
    })
}

fn partnership(
    v: &mut Violations,
    name: &str,
    (by, by_name): (&str, &str),
    other: &str,
) -> Option<Partnership> {
    let name = v.check("partnership", PartnershipName::parse(name));
    let by_name = read_name(v, "by_display_name", by_name);
    let by = v.check("by", PartnerName::ids_of(by));
    let other = v.check("other", PartnerName::ids_of(other));
    Some(Partnership {
        name: name?,
        by: by?,
        by_name: by_name?,
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
    let customer_name = read_name(v, "customer_display_name", &fact.customer_display_name);
    let correlation_id = read_reference(v, &fact.correlation_id);
    Some(Event::RelationshipEnded {
        relationship: relationship?,
        customer: customer?,
        customer_name: customer_name?,
        correlation_id: correlation_id?,
    })
}

/// What somebody is called; empty in a fact of an earlier program.
fn read_name(v: &mut Violations, field: &str, text: &str) -> Option<String> {
    v.take(field::line(
        field,
        text,
        DISPLAY_NAME_MAX,
        Presence::Optional,
    ))
}

fn read_reference(v: &mut Violations, text: &str) -> Option<String> {
    let field = "correlation_id";
    v.take(field::line(
        field,
        text,
        CORRELATION_ID_MAX,
        Presence::Optional,
    ))
}

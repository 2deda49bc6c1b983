//! Facts that other services report, and the table of who gets which notice.
//!
//! A partner's removal, revoking, resending, Done and the end of a privilege are no facts at all:
//! nobody is told.

use platform::clock::Time;
use uuid::Uuid;
use vocabulary::id::{CustomerId, FactId, PartnerId};
use vocabulary::name::{InvitationName, PartnerName, PartnershipName, RelationshipName};
use vocabulary::void_reason::VoidReason;

use super::notice::{Kind, Notice};
use super::outcome::Decision;

/// Something that happened, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// By what it is recognised when it is reported again.
    pub id: FactId,
    /// When it happened.
    pub occur_time: Time,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A decision established the relationships.
    InvitationAccepted {
        /// Which invitation.
        invitation: InvitationName,
        /// Every partner that it names, the inviter included.
        parties: Vec<PartnerId>,
        /// Who accepted.
        customer: CustomerId,
        /// What it is called.
        customer_name: String,
        /// What the inviter is called.
        inviter_name: String,
        /// The inviter's own reference.
        correlation_id: String,
    },
    /// A customer declined.
    InvitationDeclined {
        /// Which invitation.
        invitation: InvitationName,
        /// Who declined.
        customer: CustomerId,
        /// The customer's words; may be empty.
        reason: String,
        /// The inviter's own reference.
        correlation_id: String,
    },
    /// The time of an invitation's link is over.
    InvitationExpired {
        /// Which invitation.
        invitation: InvitationName,
        /// The inviter's own reference.
        correlation_id: String,
    },
    /// A decision refused an acceptance.
    InvitationVoided {
        /// Which invitation.
        invitation: InvitationName,
        /// Why.
        reason: VoidReason,
        /// Who had accepted.
        customer: CustomerId,
        /// What it is called.
        customer_name: String,
        /// The inviter's own reference.
        correlation_id: String,
    },
    /// A partner proposed a partnership.
    PartnershipProposed(Partnership),
    /// The other partner accepted it.
    PartnershipAccepted(Partnership),
    /// Either partner ended it.
    PartnershipEnded(Partnership),
    /// An operator decided on an enrolment, or it was decided at once.
    EnrollmentDecided {
        /// Whose enrolment.
        partner: PartnerId,
        /// How.
        decision: Decision,
        /// The operator's words; may be empty.
        reason: String,
    },
    /// A customer ended its relationship with a partner.
    RelationshipEnded {
        /// Which one; its partner is told.
        relationship: RelationshipName,
        /// Who ended it.
        customer: CustomerId,
        /// What it is called.
        customer_name: String,
        /// The partner's own reference.
        correlation_id: String,
    },
}

/// A partnership, seen from what one of its partners did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partnership {
    /// Which one.
    pub name: PartnershipName,
    /// Who did it.
    pub by: PartnerId,
    /// What it is called.
    pub by_name: String,
    /// Who is told.
    pub other: PartnerId,
}

impl Fact {
    /// The notices that follow, by the table of who gets which: an acceptance for every party;
    /// another end of an invitation for the inviter; what a partner does to a partnership for the
    /// other; a decision for the partner; a relationship that its customer ended for its partner.
    pub fn notices(self) -> Vec<Notice> {
        match &self.event {
            Event::InvitationAccepted {
                invitation,
                parties,
                customer,
                customer_name,
                inviter_name,
                correlation_id,
            } => parties
                .iter()
                .map(|party| {
                    let notice = Notice {
                        customer: Some(customer.clone()),
                        customer_name: customer_name.clone(),
                        ..self.notice(party, Kind::InvitationAccepted, invitation.to_string())
                    };
                    if *party == invitation.partner {
                        Notice {
                            correlation_id: correlation_id.clone(),
                            ..notice
                        }
                    } else {
                        Notice {
                            counterpart: Some(invitation.partner.clone()),
                            counterpart_name: inviter_name.clone(),
                            ..notice
                        }
                    }
                })
                .collect(),
            Event::InvitationDeclined {
                invitation,
                customer,
                reason,
                correlation_id,
            } => vec![Notice {
                customer: Some(customer.clone()),
                remark: reason.clone(),
                correlation_id: correlation_id.clone(),
                ..self.notice(
                    &invitation.partner,
                    Kind::InvitationDeclined,
                    invitation.to_string(),
                )
            }],
            Event::InvitationExpired {
                invitation,
                correlation_id,
            } => vec![Notice {
                correlation_id: correlation_id.clone(),
                ..self.notice(
                    &invitation.partner,
                    Kind::InvitationExpired,
                    invitation.to_string(),
                )
            }],
            Event::InvitationVoided {
                invitation,
                reason,
                customer,
                customer_name,
                correlation_id,
            } => vec![Notice {
                customer: Some(customer.clone()),
                customer_name: customer_name.clone(),
                correlation_id: correlation_id.clone(),
                ..self.notice(
                    &invitation.partner,
                    Kind::InvitationVoid(*reason),
                    invitation.to_string(),
                )
            }],
            Event::PartnershipProposed(partnership) => {
                vec![self.to_other(partnership, Kind::PartnershipProposed)]
            }
            Event::PartnershipAccepted(partnership) => {
                vec![self.to_other(partnership, Kind::PartnershipAccepted)]
            }
            Event::PartnershipEnded(partnership) => {
                vec![self.to_other(partnership, Kind::PartnershipEnded)]
            }
            Event::EnrollmentDecided {
                partner,
                decision,
                reason,
            } => vec![Notice {
                remark: reason.clone(),
                ..self.notice(
                    partner,
                    Kind::EnrollmentDecided(*decision),
                    PartnerName::new(partner).to_string(),
                )
            }],
            Event::RelationshipEnded {
                relationship,
                customer,
                customer_name,
                correlation_id,
            } => vec![Notice {
                customer: Some(customer.clone()),
                customer_name: customer_name.clone(),
                correlation_id: correlation_id.clone(),
                ..self.notice(
                    &relationship.partner,
                    Kind::RelationshipEnded,
                    relationship.to_string(),
                )
            }],
        }
    }

    fn to_other(&self, partnership: &Partnership, kind: Kind) -> Notice {
        Notice {
            counterpart: Some(partnership.by.clone()),
            counterpart_name: partnership.by_name.clone(),
            ..self.notice(&partnership.other, kind, partnership.name.to_string())
        }
    }

    fn notice(&self, partner: &PartnerId, kind: Kind, subject: String) -> Notice {
        Notice {
            id: Uuid::new_v5(&self.id.uuid(), partner.as_str().as_bytes()).into(),
            partner: partner.clone(),
            kind,
            subject,
            customer: None,
            customer_name: String::new(),
            counterpart: None,
            counterpart_name: String::new(),
            correlation_id: String::new(),
            remark: String::new(),
            occur_time: self.occur_time,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITATION: &str = "partners/contoso/invitations/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b";
    const RELATIONSHIP: &str =
        "partners/fabrikam/relationships/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5d";
    const PARTNERSHIP: &str = "partnerships/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5c";

    fn partner(id: &str) -> PartnerId {
        PartnerId::parse(id).unwrap()
    }

    fn notices(event: Event) -> Vec<Notice> {
        let id = FactId::from(Uuid::from_u128(1));
        Fact {
            id,
            occur_time: Time::from_micros(7),
            event,
        }
        .notices()
    }

    fn told(event: Event) -> Vec<(String, Kind)> {
        notices(event)
            .into_iter()
            .map(|notice| (notice.partner.to_string(), notice.kind))
            .collect()
    }

    /// R20, R42, P4: only the partners of the table are told, and of a partner's removal there is
    /// not even a fact.
    #[test]
    fn who_gets_which_notice() {
        let invitation = InvitationName::parse(INVITATION).unwrap();
        let customer = CustomerId::parse("adatum").unwrap();
        let partnership = Partnership {
            name: PartnershipName::parse(PARTNERSHIP).unwrap(),
            by: partner("contoso"),
            by_name: "Contoso".to_owned(),
            other: partner("fabrikam"),
        };
        let only = |who: &str, kind| vec![(who.to_owned(), kind)];
        let accepted = Event::InvitationAccepted {
            invitation: invitation.clone(),
            parties: vec![partner("contoso"), partner("fabrikam")],
            customer: customer.clone(),
            customer_name: String::new(),
            inviter_name: String::new(),
            correlation_id: String::new(),
        };
        let both = [
            only("contoso", Kind::InvitationAccepted),
            only("fabrikam", Kind::InvitationAccepted),
        ]
        .concat();
        assert_eq!(told(accepted), both);
        let declined = Event::InvitationDeclined {
            invitation: invitation.clone(),
            customer: customer.clone(),
            reason: "no".to_owned(),
            correlation_id: String::new(),
        };
        assert_eq!(told(declined), only("contoso", Kind::InvitationDeclined));
        let expired = Event::InvitationExpired {
            invitation: invitation.clone(),
            correlation_id: String::new(),
        };
        assert_eq!(told(expired), only("contoso", Kind::InvitationExpired));
        for reason in [
            VoidReason::PartnershipEnded,
            VoidReason::ResellerNotActive,
            VoidReason::ProviderNotActive,
        ] {
            let (invitation, customer) = (invitation.clone(), customer.clone());
            let voided = Event::InvitationVoided {
                invitation,
                reason,
                customer,
                customer_name: String::new(),
                correlation_id: String::new(),
            };
            assert_eq!(told(voided), only("contoso", Kind::InvitationVoid(reason)));
        }
        for (event, kind) in [
            (
                Event::PartnershipProposed(partnership.clone()),
                Kind::PartnershipProposed,
            ),
            (
                Event::PartnershipAccepted(partnership.clone()),
                Kind::PartnershipAccepted,
            ),
            (Event::PartnershipEnded(partnership), Kind::PartnershipEnded),
        ] {
            assert_eq!(told(event), only("fabrikam", kind));
        }
        let ended = Event::RelationshipEnded {
            relationship: RelationshipName::parse(RELATIONSHIP).unwrap(),
            customer,
            customer_name: String::new(),
            correlation_id: String::new(),
        };
        assert_eq!(told(ended), only("fabrikam", Kind::RelationshipEnded));
        for decision in [Decision::Approved, Decision::Rejected] {
            let decided = Event::EnrollmentDecided {
                partner: partner("contoso"),
                decision,
                reason: String::new(),
            };
            assert_eq!(
                told(decided),
                only("contoso", Kind::EnrollmentDecided(decision))
            );
        }
    }

    #[test]
    fn the_same_fact_makes_the_same_notices_and_each_partner_its_own() {
        let accepted = || Event::InvitationAccepted {
            invitation: InvitationName::parse(INVITATION).unwrap(),
            parties: vec![partner("contoso"), partner("fabrikam")],
            customer: CustomerId::parse("adatum").unwrap(),
            customer_name: "Adatum".to_owned(),
            inviter_name: "Contoso".to_owned(),
            correlation_id: "crm-7".to_owned(),
        };
        assert_eq!(notices(accepted()), notices(accepted()));
        let [inviter, other] = notices(accepted()).try_into().unwrap();
        assert_ne!(inviter.id, other.id);
        assert_eq!(
            (inviter.counterpart, other.counterpart),
            (None, Some(partner("contoso")))
        );
    }
    /// P3, P8: everybody who is told of it reads the names, and the inviter alone its own
    /// reference.
    #[test]
    fn names_are_for_all_and_the_reference_for_the_inviter() {
        let accepted = Event::InvitationAccepted {
            invitation: InvitationName::parse(INVITATION).unwrap(),
            parties: vec![partner("contoso"), partner("fabrikam")],
            customer: CustomerId::parse("adatum").unwrap(),
            customer_name: "Adatum".to_owned(),
            inviter_name: "Contoso".to_owned(),
            correlation_id: "crm-7".to_owned(),
        };
        let read = notices(accepted).into_iter().map(|notice| {
            [
                notice.customer_name,
                notice.counterpart_name,
                notice.correlation_id,
            ]
        });
        let expected = [["Adatum", "", "crm-7"], ["Adatum", "Contoso", ""]];
        assert!(read.eq(expected.map(|one| one.map(str::to_owned))));
    }
}

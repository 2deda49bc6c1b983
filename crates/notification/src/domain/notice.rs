//! A notice: what one partner is told, and how it reads. Never mail, and never a customer's.

use platform::clock::Time;
use platform::wording::Language;
use vocabulary::id::{CustomerId, NoticeId, PartnerId};
use vocabulary::void_reason::VoidReason;

use super::outcome::Decision;
use crate::wording::WORDING;

/// What a partner is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Derived from fact and partner: the same fact makes the same notices.
    pub id: NoticeId,
    /// Who is told.
    pub partner: PartnerId,
    /// What happened.
    pub kind: Kind,
    /// The name of the resource that it happened to.
    pub subject: String,
    /// The customer concerned.
    pub customer: Option<CustomerId>,
    /// What it was called then; empty where that was not known.
    pub customer_name: String,
    /// The other partner concerned: the inviter, where that is not the one who is told, or who
    /// acted.
    pub counterpart: Option<PartnerId>,
    /// What it was called then; empty where that was not known.
    pub counterpart_name: String,
    /// The reference of the partner that is told, from its invitation; empty where there is none.
    pub correlation_id: String,
    /// Somebody's words; empty where there are none.
    pub remark: String,
    /// When it happened.
    pub occur_time: Time,
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An invitation was accepted.
    InvitationAccepted,
    /// A customer declined an invitation.
    InvitationDeclined,
    /// An invitation's time is over.
    InvitationExpired,
    /// An acceptance was refused.
    InvitationVoid(VoidReason),
    /// Another partner proposed a partnership.
    PartnershipProposed,
    /// The other partner accepted one.
    PartnershipAccepted,
    /// The other partner ended one.
    PartnershipEnded,
    /// The partner's enrolment was decided.
    EnrollmentDecided(Decision),
    /// A customer ended its relationship with the partner.
    RelationshipEnded,
}

impl Kind {
    /// Every kind; one that is missing here cannot be read back from the store.
    const ALL: [Self; 12] = [
        Self::InvitationAccepted,
        Self::InvitationDeclined,
        Self::InvitationExpired,
        Self::InvitationVoid(VoidReason::PartnershipEnded),
        Self::InvitationVoid(VoidReason::ResellerNotActive),
        Self::InvitationVoid(VoidReason::ProviderNotActive),
        Self::PartnershipProposed,
        Self::PartnershipAccepted,
        Self::PartnershipEnded,
        Self::EnrollmentDecided(Decision::Approved),
        Self::EnrollmentDecided(Decision::Rejected),
        Self::RelationshipEnded,
    ];

    /// Its name, as the store keeps it and as the texts begin.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvitationAccepted => "invitation-accepted",
            Self::InvitationDeclined => "invitation-declined",
            Self::InvitationExpired => "invitation-expired",
            Self::InvitationVoid(VoidReason::PartnershipEnded) => {
                "invitation-void-partnership-ended"
            }
            Self::InvitationVoid(VoidReason::ResellerNotActive) => {
                "invitation-void-reseller-not-active"
            }
            Self::InvitationVoid(VoidReason::ProviderNotActive) => {
                "invitation-void-provider-not-active"
            }
            Self::PartnershipProposed => "partnership-proposed",
            Self::PartnershipAccepted => "partnership-accepted",
            Self::PartnershipEnded => "partnership-ended",
            Self::EnrollmentDecided(Decision::Approved) => "enrollment-approved",
            Self::EnrollmentDecided(Decision::Rejected) => "enrollment-rejected",
            Self::RelationshipEnded => "relationship-ended",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl Notice {
    /// The notice in a sentence or two.
    pub fn text(&self, language: &Language) -> String {
        let customer = self.customer.as_ref().map_or("", CustomerId::as_str);
        let counterpart = self.counterpart.as_ref().map_or("", PartnerId::as_str);
        let customer = called(customer, &self.customer_name);
        let counterpart = called(counterpart, &self.counterpart_name);
        let variant = match self.kind {
            Kind::InvitationAccepted if self.counterpart.is_some() => "-provider",
            Kind::InvitationDeclined | Kind::EnrollmentDecided(_) if !self.remark.is_empty() => {
                "-reason"
            }
            _ => "",
        };
        let key = format!("notice-{}{variant}", self.kind.name());
        let args = [
            ("customer", customer.into()),
            ("partner", counterpart.into()),
            ("reason", self.remark.as_str().into()),
        ];
        WORDING.text(language, &key, &args)
    }
}

/// How somebody is written in a sentence: by its name, where that is known, and its id.
fn called(id: &str, name: &str) -> String {
    if name.is_empty() {
        id.to_owned()
    } else {
        format!("{name} ({id})")
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn notice(kind: Kind) -> Notice {
        Notice {
            id: NoticeId::from(Uuid::from_u128(1)),
            partner: PartnerId::parse("contoso").unwrap(),
            kind,
            subject: String::new(),
            customer: Some(CustomerId::parse("adatum").unwrap()),
            customer_name: String::new(),
            counterpart: None,
            counterpart_name: String::new(),
            correlation_id: String::new(),
            remark: String::new(),
            occur_time: Time::from_micros(0),
        }
    }

    fn texts(notice: &Notice) -> [String; 2] {
        ["en", "pt-BR"].map(|language| notice.text(&WORDING.choose(language).unwrap()))
    }

    /// R44: every kind reads well in both languages.
    #[test]
    fn how_notices_read() {
        let [en, pt] = texts(&notice(Kind::InvitationAccepted));
        assert_eq!(
            en,
            "Customer adatum accepted your invitation. Your relationship with this customer is established."
        );
        assert_eq!(
            pt,
            "O cliente adatum aceitou o seu convite. A sua relação com esse cliente está estabelecida."
        );

        let provider = PartnerId::parse("fabrikam").unwrap();
        let [en, pt] = texts(&Notice {
            counterpart: Some(provider),
            ..notice(Kind::InvitationAccepted)
        });
        assert!(
            en.starts_with("Customer adatum accepted the joint invitation of partner fabrikam. "),
            "{en}"
        );
        assert!(
            pt.starts_with("O cliente adatum aceitou o convite conjunto do parceiro fabrikam. "),
            "{pt}"
        );

        let [en, pt] = texts(&notice(Kind::InvitationVoid(VoidReason::PartnershipEnded)));
        assert!(
            en.contains("because the partnership behind the invitation has ended"),
            "{en}"
        );
        assert!(
            pt.contains("porque a parceria vinculada ao convite foi encerrada"),
            "{pt}"
        );

        for kind in Kind::ALL {
            for text in texts(&notice(kind)) {
                assert!(
                    text.ends_with('.') && !text.contains(['{', '}', '$']),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn somebodys_words_are_quoted_as_they_are() {
        let words = "{{7*7}} { $customer } <b>";
        for kind in [
            Kind::InvitationDeclined,
            Kind::EnrollmentDecided(Decision::Rejected),
        ] {
            let said = Notice {
                remark: words.to_owned(),
                ..notice(kind)
            };
            for text in texts(&said) {
                assert!(text.ends_with(&format!(": {words}")), "{text}");
            }
        }
    }

    #[test]
    fn kinds_are_read_back_by_name() {
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.name()), Some(kind));
        }
        assert_eq!(Kind::named("removed"), None);
    }
}

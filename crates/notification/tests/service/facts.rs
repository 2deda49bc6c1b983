//! Facts from other services: who is told what, and once.

use std::sync::Arc;

use platform::identity::Peer;
use proto::invitation::v1::VoidReason;
use proto::notification::internal::v1::{
    DeliverFactRequest, InvitationExpired, PartnershipEnded, deliver_fact_request::Fact,
};
use proto::notification::v1::{Notice, NoticeKind};
use tests::{Store, on_both_stores, refused};
use tokio::task::JoinSet;
use tonic::Code;

use crate::sample::{
    INVITATION, PARTNERSHIP, RELATIONSHIP, accepted, decided, declined, expired, fact, partnership,
    relationship_ended, voided,
};
use crate::support::Service;

on_both_stores!(
    each_kind_tells_exactly_whom_the_table_names,
    names_and_the_inviters_reference_are_told,
    a_fact_delivered_again_changes_nothing,
    sixty_four_deliveries_at_once_make_one_notice_each,
    a_service_reports_only_what_it_owns,
    malformed_facts_are_refused,
);

/// R20: accepted: every party. Declined, expired, void: the inviter. Partnerships: the other.
/// Enrolment: that partner. A relationship that its customer ended (P4): its partner.
async fn each_kind_tells_exactly_whom_the_table_names(store: Store) {
    use NoticeKind as Kind;
    let service = Service::start(&store).await;
    let [proposed, accepted_partnership, ended] = partnership();
    let (contoso, both, fabrikam) = (
        &["contoso"][..],
        &["contoso", "fabrikam"][..],
        &["fabrikam"][..],
    );
    let (about_invitation, customer) = (INVITATION, "customers/adatum");
    let table = [
        (
            accepted(&["contoso", "fabrikam"]),
            both,
            Kind::InvitationAccepted,
            about_invitation,
            customer,
            "",
        ),
        (
            accepted(&["contoso"]),
            contoso,
            Kind::InvitationAccepted,
            about_invitation,
            customer,
            "",
        ),
        (
            declined(""),
            contoso,
            Kind::InvitationDeclined,
            about_invitation,
            customer,
            "",
        ),
        (
            declined("too\nearly"),
            contoso,
            Kind::InvitationDeclined,
            about_invitation,
            customer,
            "too\nearly",
        ),
        (
            expired(),
            contoso,
            Kind::InvitationExpired,
            about_invitation,
            "",
            "",
        ),
        (
            voided(VoidReason::PartnershipEnded),
            contoso,
            Kind::InvitationVoid,
            about_invitation,
            customer,
            "PARTNERSHIP_ENDED",
        ),
        (
            voided(VoidReason::ResellerNotActive),
            contoso,
            Kind::InvitationVoid,
            about_invitation,
            customer,
            "RESELLER_NOT_ACTIVE",
        ),
        (
            voided(VoidReason::ProviderNotActive),
            contoso,
            Kind::InvitationVoid,
            about_invitation,
            customer,
            "PROVIDER_NOT_ACTIVE",
        ),
        (
            proposed,
            fabrikam,
            Kind::PartnershipProposed,
            PARTNERSHIP,
            "",
            "",
        ),
        (
            accepted_partnership,
            fabrikam,
            Kind::PartnershipAccepted,
            PARTNERSHIP,
            "",
            "",
        ),
        (ended, fabrikam, Kind::PartnershipEnded, PARTNERSHIP, "", ""),
        (
            relationship_ended(),
            fabrikam,
            Kind::RelationshipEnded,
            RELATIONSHIP,
            customer,
            "",
        ),
        (
            decided("contoso", true, ""),
            contoso,
            Kind::EnrollmentDecided,
            "partners/contoso",
            "",
            "",
        ),
        (
            decided("contoso", false, "documents missing"),
            contoso,
            Kind::EnrollmentDecided,
            "partners/contoso",
            "",
            "documents missing",
        ),
    ];
    for (number, (event, told, kind, subject, customer, reason)) in (1..).zip(table) {
        let request = fact(number, event);
        service.deliver(request.clone()).await.unwrap();
        // contoso's own tenant as a customer, the customer of the invitation, and a stranger are
        // told nothing
        for partner in ["contoso", "fabrikam", "adatum", "northwind"] {
            let new = about(&service, partner, &request).await;
            assert_eq!(
                new.len(),
                usize::from(told.contains(&partner)),
                "{kind:?} to {partner}"
            );
            for notice in new {
                let found = (
                    notice.kind(),
                    notice.subject.as_str(),
                    notice.customer.as_str(),
                    why(&notice),
                );
                assert_eq!(found, (kind, subject, customer, reason));
                assert!(
                    notice
                        .name
                        .starts_with(&format!("partners/{partner}/notices/"))
                );
                assert!(!notice.text.is_empty());
            }
        }
    }
}

/// Why, of one notice: somebody's words, or why the acceptance was refused; never both.
fn why(notice: &Notice) -> &str {
    match notice.void_reason() {
        VoidReason::Unspecified => &notice.reason,
        refused => {
            assert_eq!(notice.reason, "");
            refused.as_str_name().trim_start_matches("VOID_REASON_")
        }
    }
}

/// The notices of a partner that came of this fact, by its time.
async fn about(service: &Service, partner: &str, request: &DeliverFactRequest) -> Vec<Notice> {
    let mut notices = service.notices(partner).await;
    notices.retain(|notice| notice.occur_time == request.occur_time);
    notices
}

/// P3, P8: a notice has the names of whom it is about, in its fields and in its sentence; the
/// inviter alone reads its own reference.
async fn names_and_the_inviters_reference_are_told(store: Store) {
    let service = Service::start(&store).await;
    let facts = [
        accepted(&["contoso", "fabrikam"]),
        partnership()[0].clone(),
        relationship_ended(),
    ];
    for (number, event) in (1..).zip(facts) {
        service.deliver(fact(number, event)).await.unwrap();
    }
    let shown = |notices: Vec<Notice>| -> Vec<[String; 4]> {
        let shown = |one: Notice| {
            [
                one.customer_display_name,
                one.partner,
                one.partner_display_name,
                one.correlation_id,
            ]
        };
        notices.into_iter().map(shown).collect()
    };
    assert_eq!(
        shown(service.notices("contoso").await),
        [["Adatum", "", "", "crm-7"]]
    );
    let fabrikam = service.notices("fabrikam").await;
    assert!(
        fabrikam[0].text.contains("Adatum (adatum)"),
        "{}",
        fabrikam[0].text
    );
    assert!(
        fabrikam[1].text.contains("Contoso (contoso)"),
        "{}",
        fabrikam[1].text
    );
    assert_eq!(
        shown(fabrikam),
        [
            ["Adatum", "", "", "crm-7"],
            ["", "partners/contoso", "Contoso", ""],
            ["Adatum", "partners/contoso", "Contoso", ""],
        ]
    );
}

/// A fact is recognised by its id: told again, even in other words, it makes nothing and changes
/// nothing.
async fn a_fact_delivered_again_changes_nothing(store: Store) {
    let service = Service::start(&store).await;
    service
        .deliver(fact(1, accepted(&["contoso"])))
        .await
        .unwrap();
    let first = service.notices("contoso").await;
    assert_eq!(first.len(), 1);
    for again in [
        accepted(&["contoso"]),
        accepted(&["contoso", "fabrikam"]),
        declined("no"),
    ] {
        service.deliver(fact(1, again)).await.unwrap();
        assert_eq!(service.notices("contoso").await, first);
        assert_eq!(service.notices("fabrikam").await, []);
    }
    service
        .deliver(fact(2, accepted(&["contoso"])))
        .await
        .unwrap();
    assert_eq!(service.notices("contoso").await.len(), 2);
}

/// However many relays deliver a fact at once, each party is told once, and every relay that it is
/// done.
async fn sixty_four_deliveries_at_once_make_one_notice_each(store: Store) {
    let service = Arc::new(Service::start(&store).await);
    let mut relays = JoinSet::new();
    for _ in 0..64 {
        let service = service.clone();
        relays.spawn(async move {
            service
                .deliver(fact(1, accepted(&["contoso", "fabrikam"])))
                .await
        });
    }
    assert!(relays.join_all().await.iter().all(Result::is_ok));
    for partner in ["contoso", "fabrikam"] {
        assert_eq!(service.notices(partner).await.len(), 1);
    }
}

/// About invitations the invitation service alone reports, about partnerships and enrolments
/// relationship.
async fn a_service_reports_only_what_it_owns(store: Store) {
    let service = Service::start(&store).await;
    let [proposed, accepted_partnership, ended] = partnership();
    let invitations = [
        accepted(&["contoso"]),
        declined(""),
        expired(),
        voided(VoidReason::PartnershipEnded),
    ];
    let others = [
        proposed,
        accepted_partnership,
        ended,
        decided("contoso", true, ""),
    ];
    for (peer, facts) in [
        (Peer::Relationship, invitations),
        (Peer::Invitation, others),
    ] {
        for event in facts {
            let refused = refused(
                &service
                    .internal(Some(peer))
                    .deliver_fact(fact(1, event))
                    .await
                    .unwrap_err(),
            );
            assert_eq!(
                (refused.code, refused.reason.as_str()),
                (Code::PermissionDenied, "PEER_NOT_ALLOWED")
            );
        }
    }
    assert_eq!(
        (
            service.notices("contoso").await,
            service.notices("fabrikam").await
        ),
        (vec![], vec![])
    );
}

/// What cannot be a fact is refused by field, and makes nothing.
async fn malformed_facts_are_refused(store: Store) {
    let service = Service::start(&store).await;
    let valid = || fact(1, accepted(&["contoso"]));
    let stranger = Fact::InvitationExpired(InvitationExpired {
        invitation: "partners/contoso".to_owned(),
        ..Default::default()
    });
    let third = Fact::PartnershipEnded(PartnershipEnded {
        partnership: "partnerships/1".to_owned(),
        by: "contoso".to_owned(),
        other: "customers/fabrikam".to_owned(),
        ..Default::default()
    });
    let long = "é".repeat(257);
    for (request, fields) in [
        (
            DeliverFactRequest {
                fact_id: String::new(),
                ..valid()
            },
            vec!["fact_id"],
        ),
        (
            DeliverFactRequest {
                fact_id: "1".to_owned(),
                ..valid()
            },
            vec!["fact_id"],
        ),
        (
            DeliverFactRequest {
                occur_time: None,
                ..valid()
            },
            vec!["occur_time"],
        ),
        (
            DeliverFactRequest {
                fact: None,
                ..valid()
            },
            vec!["fact"],
        ),
        (
            DeliverFactRequest::default(),
            vec!["fact_id", "occur_time", "fact"],
        ),
        (fact(1, accepted(&[])), vec!["parties"]),
        (fact(1, accepted(&["fabrikam", "contoso"])), vec!["parties"]),
        (
            fact(1, accepted(&["contoso", "fabrikam", "fabrikam"])),
            vec!["parties"],
        ),
        (fact(1, accepted(&["contoso", "Fabrikam"])), vec!["parties"]),
        (fact(1, stranger), vec!["invitation"]),
        (fact(1, third), vec!["partnership", "by", "other"]),
        (fact(1, declined(&long)), vec!["reason"]),
        (fact(1, declined("a\0")), vec!["reason"]),
        (fact(1, voided(VoidReason::Unspecified)), vec!["reason"]),
        (fact(1, voided(3)), vec!["reason"]),
    ] {
        let refused = refused(&service.deliver(request.clone()).await.unwrap_err());
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::InvalidArgument, "INVALID_FIELDS"),
            "{request:?}"
        );
        assert_eq!(refused.fields, fields, "{request:?}");
    }
    assert_eq!(service.notices("contoso").await, []);
    service.deliver(valid()).await.unwrap();
}

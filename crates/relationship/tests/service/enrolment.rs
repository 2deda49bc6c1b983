//! Enrolment: asked for, decided, suspended, reinstated, read and listed.

use platform::clock::Time;
use proto::customer::v1::Permission;
use proto::relationship::v1::*;
use relationship::{Config, Enrollment};
use tests::{Store, on_both_stores, refused, with};

use crate::support::{Service, outcome, reason};
use crate::world::{PROVIDER, RESELLER};

on_both_stores!(
    an_operator_decides,
    or_it_is_decided_at_once,
    a_rejected_partner_may_ask_again_as_the_same_kind,
    every_verb_in_every_state,
    a_suspended_partner_keeps_what_it_has,
    an_etag_must_be_the_present_one,
    a_decision_is_told_once_to_the_partner_alone,
    of_64_first_enrolments_one_counts,
    a_withdrawn_enrolment_tells_nobody_and_may_be_asked_for_again,
    operators_list_partners,
);

/// R5: a partner that asked is PENDING and takes no part until an operator decides.
async fn an_operator_decides(store: Store) {
    let service = Service::start(&store).await;
    let pending = service.enroll("contoso", RESELLER).await.unwrap();
    assert_eq!(
        (pending.name.as_str(), pending.kind()),
        ("partners/contoso", RESELLER)
    );
    assert_eq!(
        (pending.state(), pending.display_name.as_str()),
        (PartnerState::Pending, "contoso Ltd")
    );
    assert_eq!(
        (pending.activate_time, pending.create_time),
        (None, pending.update_time)
    );
    assert_eq!(service.customers("contoso").await, [""; 0]);

    let active = service
        .decide("contoso", EnrollmentDecision::Approve)
        .await
        .unwrap();
    assert_eq!(
        (active.state(), active.state_reason.as_str()),
        (PartnerState::Active, "as the papers say")
    );
    assert_eq!(
        (active.activate_time, active.create_time),
        (active.update_time, pending.create_time)
    );
    assert_ne!(active.etag, pending.etag);

    let message = GetPartnerRequest {
        name: "partners/contoso".to_owned(),
    };
    for token in [service.agent("contoso"), service.operator()] {
        let read = service
            .partners()
            .get_partner(with(&token, message.clone()))
            .await
            .unwrap();
        assert_eq!(read.into_inner().partner, Some(active.clone()));
    }
}

/// R5: where the programme is set so, whoever asks takes part at once.
async fn or_it_is_decided_at_once(store: Store) {
    let config = Config {
        enrollment: Enrollment::AtOnce,
        ..Config::default()
    };
    let service = Service::configured(&store, config).await;
    let active = service.enroll("contoso", RESELLER).await.unwrap();
    assert_eq!(active.state(), PartnerState::Active);
    assert!(active.activate_time.is_some(), "its import was waited for");
    let provider = service.enroll("fabrikam", PROVIDER).await.unwrap();
    assert_eq!(
        (provider.state(), provider.activate_time),
        (PartnerState::Active, provider.create_time)
    );
    let again = service
        .decide("contoso", EnrollmentDecision::Approve)
        .await
        .unwrap_err();
    assert_eq!(reason(&again), "ENROLLMENT_STATE ACTIVE");
    service.idle().await;
    assert_eq!(
        service.arrived.told(),
        [
            "partners/contoso is approved",
            "partners/fabrikam is approved"
        ]
    );
}

/// R5: FAILED is not the end, but a partner never becomes the other kind.
async fn a_rejected_partner_may_ask_again_as_the_same_kind(store: Store) {
    let service = Service::start(&store).await;
    let first = service.enroll("contoso", RESELLER).await.unwrap();
    let failed = service
        .decide("contoso", EnrollmentDecision::Reject)
        .await
        .unwrap();
    assert_eq!(
        (failed.state(), failed.activate_time),
        (PartnerState::Failed, None)
    );

    let other = service.enroll("contoso", PROVIDER).await.unwrap_err();
    assert_eq!(reason(&other), "KIND_FIXED");
    assert_eq!(refused(&other).metadata["kind"], "INDIRECT_RESELLER");

    let message = EnrollPartnerRequest {
        name: "partners/contoso".to_owned(),
        kind: RESELLER.into(),
        display_name: "Contoso, renamed".to_owned(),
        ..Default::default()
    };
    let again = service
        .partners()
        .enroll_partner(with(&service.agent("contoso"), message))
        .await;
    let again = again.unwrap().into_inner().partner.unwrap();
    assert_eq!(
        (again.state(), again.create_time),
        (PartnerState::Pending, first.create_time)
    );
    assert_eq!(again.display_name, "Contoso, renamed");
    service
        .decide("contoso", EnrollmentDecision::Approve)
        .await
        .unwrap();

    service.idle().await;
    let told = [
        "partners/contoso is approved",
        "partners/contoso is rejected: as the papers say",
    ];
    assert_eq!(service.arrived.told(), told);
}

/// R5: what each verb answers in each state.
async fn every_verb_in_every_state(store: Store) {
    let service = Service::start(&store).await;
    for (number, (state, expected)) in [
        //                enroll, decide, withdraw, suspend, reinstate
        (PartnerState::Pending, [false, true, true, false, false]),
        (PartnerState::Active, [false, false, false, true, false]),
        (PartnerState::Failed, [true, false, false, false, false]),
        (PartnerState::Suspended, [false, false, false, false, true]),
    ]
    .into_iter()
    .enumerate()
    {
        for (verb, allowed) in expected.into_iter().enumerate() {
            let partner = format!("p{number}-{verb}");
            bring_to(&service, &partner, state).await;
            let answer = match verb {
                0 => service.enroll(&partner, RESELLER).await,
                1 => service.decide(&partner, EnrollmentDecision::Reject).await,
                2 => service.withdraw(&partner).await,
                3 => service.suspend(&partner).await,
                _ => service.reinstate(&partner).await,
            };
            let found = state.as_str_name().trim_start_matches("PARTNER_STATE_");
            let told = answer.map_or_else(|status| reason(&status), |_| "OK".to_owned());
            let expected = if allowed {
                "OK".to_owned()
            } else {
                format!("ENROLLMENT_STATE {found}")
            };
            assert_eq!(told, expected, "{found}, verb {verb}");
        }
    }
    for answer in [
        service.decide("nobody", EnrollmentDecision::Approve).await,
        service.withdraw("nobody").await,
        service.suspend("nobody").await,
        service.reinstate("nobody").await,
    ] {
        assert_eq!(reason(&answer.unwrap_err()), "NOT_FOUND");
    }
}

async fn bring_to(service: &Service, partner: &str, state: PartnerState) {
    service.enroll(partner, RESELLER).await.unwrap();
    match state {
        PartnerState::Failed => {
            service
                .decide(partner, EnrollmentDecision::Reject)
                .await
                .unwrap();
        }
        PartnerState::Active | PartnerState::Suspended => {
            service
                .decide(partner, EnrollmentDecision::Approve)
                .await
                .unwrap();
        }
        _ => {}
    }
    if state == PartnerState::Suspended {
        service.suspend(partner).await.unwrap();
    }
}

/// A suspended partner reads, removes, terminates and ends; it proposes, accepts and is given
/// nothing; all works again.
async fn a_suspended_partner_keeps_what_it_has(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let relationships = service
        .established(&service.joint("adatum", &partnership))
        .await;
    service.established(&service.solo("tailspin")).await;
    service.enrolled("northwind", PROVIDER).await;
    let proposed = service.propose("northwind", "contoso").await.unwrap();

    let suspended = service.suspend("contoso").await.unwrap();
    assert_eq!(suspended.state_reason, "payment overdue");
    assert_eq!(
        service.customers("contoso").await,
        ["customers/tailspin", "customers/adatum"]
    );
    let access = service
        .check("contoso", "adatum", Permission::ViewRecord)
        .await;
    assert_eq!(access.reason(), DenialReason::PartnerSuspended);
    assert_eq!(access.relationship, relationships[0]);
    let theirs = service
        .check("fabrikam", "adatum", Permission::SubmitOrders)
        .await;
    assert!(
        theirs.allowed,
        "the other partner's own relationship is its own"
    );

    let accept = service.accept("contoso", &proposed.name).await.unwrap_err();
    assert_eq!(reason(&accept), "PARTNER_NOT_ACTIVE SUSPENDED");
    assert_eq!(refused(&accept).metadata["partner"], "partners/contoso");
    service.end("contoso", &proposed.name).await.unwrap();
    let propose = service.propose("contoso", "northwind").await.unwrap_err();
    assert_eq!(reason(&propose), "PARTNER_NOT_ACTIVE SUSPENDED");
    let to_suspended = service.propose("northwind", "contoso").await.unwrap_err();
    assert_eq!(reason(&to_suspended), "NOT_FOUND");

    service.remove(&relationships[0]).await.unwrap();
    let privileges = service.privileges("contoso").await;
    service
        .terminate(&service.agent("contoso"), &privileges[0].name)
        .await
        .unwrap();
    service.end("contoso", &partnership).await.unwrap();

    let back = service.reinstate("contoso").await.unwrap();
    assert_eq!(
        (back.state(), back.activate_time),
        (PartnerState::Active, suspended.activate_time)
    );
    assert!(
        service
            .check("contoso", "tailspin", Permission::ViewRecord)
            .await
            .allowed
    );
}

async fn an_etag_must_be_the_present_one(store: Store) {
    let service = Service::start(&store).await;
    let pending = service.enroll("contoso", RESELLER).await.unwrap();
    let decide = async |etag: &str| {
        let message = DecideEnrollmentRequest {
            name: "partners/contoso".to_owned(),
            decision: EnrollmentDecision::Approve.into(),
            etag: etag.to_owned(),
            ..Default::default()
        };
        outcome(
            &service
                .partners()
                .decide_enrollment(with(&service.operator(), message))
                .await,
        )
    };
    assert_eq!(decide("stale").await, "ETAG_MISMATCH");
    assert_eq!(decide(&pending.etag).await, "OK");
    let suspend = SuspendPartnerRequest {
        name: "partners/contoso".to_owned(),
        reason: "overdue".to_owned(),
        etag: pending.etag.clone(),
        ..Default::default()
    };
    let answer = service
        .partners()
        .suspend_partner(with(&service.operator(), suspend))
        .await;
    assert_eq!(outcome(&answer), "ETAG_MISMATCH");
    service.suspend("contoso").await.unwrap();
    let reinstate = ReinstatePartnerRequest {
        name: "partners/contoso".to_owned(),
        etag: pending.etag,
        ..Default::default()
    };
    let answer = service
        .partners()
        .reinstate_partner(with(&service.operator(), reinstate))
        .await;
    assert_eq!(outcome(&answer), "ETAG_MISMATCH");
}

/// Every decision is a fact of its own with an id of its own; suspending and reinstating are told
/// to nobody.
async fn a_decision_is_told_once_to_the_partner_alone(store: Store) {
    let service = Service::start(&store).await;
    for _ in 0..2 {
        service.enroll("contoso", RESELLER).await.unwrap();
        service
            .decide("contoso", EnrollmentDecision::Reject)
            .await
            .unwrap();
    }
    service.enrolled("contoso", RESELLER).await;
    service.suspend("contoso").await.unwrap();
    service.reinstate("contoso").await.unwrap();
    service.idle().await;
    let rejected = "partners/contoso is rejected: as the papers say";
    assert_eq!(
        service.arrived.told(),
        ["partners/contoso is approved", rejected, rejected]
    );
    let mut ids = service.arrived.ids();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

/// Two admins who ask at the same time ask once; whoever is later is told that it is PENDING.
async fn of_64_first_enrolments_one_counts(store: Store) {
    let service = Service::start(&store).await;
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let mut client = service.partners();
        let message = EnrollPartnerRequest {
            name: "partners/contoso".to_owned(),
            kind: RESELLER.into(),
            display_name: "Contoso".to_owned(),
            ..Default::default()
        };
        let request = with(&service.agent("contoso"), message);
        racers.spawn(async move { outcome(&client.enroll_partner(request).await) });
    }
    let mut outcomes = racers.join_all().await;
    outcomes.sort();
    assert_eq!(outcomes.pop().as_deref(), Some("OK"));
    assert!(
        outcomes.iter().all(|one| one == "ENROLLMENT_STATE PENDING"),
        "{outcomes:?}"
    );
}

/// Newest first, by state, by kind and by both, page by page; nothing is left out and nothing comes
/// twice.
async fn operators_list_partners(store: Store) {
    let service = Service::start(&store).await;
    for number in 0..6 {
        let (partner, kind) = (format!("p{number}"), [RESELLER, PROVIDER][number % 2]);
        service.enroll(&partner, kind).await.unwrap();
        if number < 4 {
            service
                .decide(&partner, EnrollmentDecision::Approve)
                .await
                .unwrap();
        }
    }
    let list = async |state: PartnerState, kind: PartnerKind| {
        let (mut names, mut times, mut page_token) = (Vec::new(), Vec::new(), String::new());
        loop {
            let message = ListPartnersRequest {
                state: state.into(),
                kind: kind.into(),
                page_size: 2,
                page_token,
            };
            let page = service
                .partners()
                .list_partners(with(&service.operator(), message))
                .await;
            let page = page.unwrap().into_inner();
            assert!(page.partners.len() <= 2);
            for partner in page.partners {
                names.push(partner.name.trim_start_matches("partners/").to_owned());
                times.push(Time::from_timestamp(&partner.create_time.unwrap()).unwrap());
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                assert!(times.is_sorted_by(|newer, older| newer >= older));
                return names.join(" ");
            }
        }
    };
    let (any_state, any_kind) = (PartnerState::Unspecified, PartnerKind::Unspecified);
    assert_eq!(list(any_state, any_kind).await, "p5 p4 p3 p2 p1 p0");
    assert_eq!(list(PartnerState::Pending, any_kind).await, "p5 p4");
    assert_eq!(list(any_state, RESELLER).await, "p4 p2 p0");
    assert_eq!(list(PartnerState::Active, PROVIDER).await, "p3 p1");
    assert_eq!(list(PartnerState::Failed, any_kind).await, "");
}

/// P9: whoever has asked takes it back, is told nothing of it, and may ask again.
async fn a_withdrawn_enrolment_tells_nobody_and_may_be_asked_for_again(store: Store) {
    let service = Service::start(&store).await;
    service.enroll("contoso", RESELLER).await.unwrap();
    let withdrawn = service.withdraw("contoso").await.unwrap();
    assert_eq!(
        (withdrawn.state(), withdrawn.state_reason.as_str()),
        (PartnerState::Failed, "withdrawn by the partner")
    );
    service.idle().await;
    assert_eq!(service.arrived.told(), [""; 0]);
    let again = service.enrolled("contoso", RESELLER).await;
    assert_eq!(again.state(), PartnerState::Active);
}

//! Partnerships: proposed by either side, accepted by the other, ended by either, listed.

use proto::customer::v1::Permission;
use proto::relationship::v1::*;
use tests::{Store, on_both_stores, refused, with};
use tokio::task::JoinSet;

use crate::support::{Service, outcome, reason};
use crate::world::{PROVIDER, RESELLER};

on_both_stores!(
    either_side_proposes_the_other_accepts,
    an_ended_partnership_never_returns,
    it_brings_no_customers,
    every_verb_of_every_side_in_every_state,
    it_takes_two_of_different_kinds_that_take_part,
    of_64_proposals_one_counts,
    both_propose_at_once,
    an_etag_must_be_the_present_one,
    the_other_is_told,
    a_partner_lists_its_own,
    either_side_and_operators_read_it_in_every_state,
);

/// R28: connected is who was proposed by one side and accepted by the other.
async fn either_side_proposes_the_other_accepts(store: Store) {
    let service = Service::start(&store).await;
    service.enrolled("contoso", RESELLER).await;
    service.enrolled("fabrikam", PROVIDER).await;
    for (by, other) in [("contoso", "fabrikam"), ("fabrikam", "contoso")] {
        let proposed = service.propose(by, other).await.unwrap();
        assert_eq!(proposed.state(), PartnershipState::Proposed);
        assert_eq!(
            (proposed.reseller.as_str(), proposed.provider.as_str()),
            ("partners/contoso", "partners/fabrikam")
        );
        assert_eq!(proposed.proposed_by, format!("partners/{by}"));
        assert_eq!(
            (
                &proposed.accept_time,
                &proposed.end_time,
                proposed.ended_by.as_str()
            ),
            (&None, &None, "")
        );

        let active = service.accept(other, &proposed.name).await.unwrap();
        assert_eq!(
            (active.state(), &active.create_time),
            (PartnershipState::Active, &proposed.create_time)
        );
        assert!(active.accept_time.is_some() && active.end_time.is_none());

        let ended = service.end(by, &proposed.name).await.unwrap();
        assert_eq!(
            (ended.state(), ended.ended_by),
            (PartnershipState::Ended, format!("partners/{by}"))
        );
        assert_eq!(ended.accept_time, active.accept_time);
        assert!(ended.end_time.is_some());
    }
}

/// R28: what either side reads is what was answered last; a third finds nothing, nor does anybody
/// where nothing is.
async fn either_side_and_operators_read_it_in_every_state(store: Store) {
    let service = Service::start(&store).await;
    service.enrolled("contoso", RESELLER).await;
    service.enrolled("fabrikam", PROVIDER).await;
    service.enrolled("northwind", RESELLER).await;
    let read = async |token: String, name: &str| {
        let message = GetPartnershipRequest {
            name: name.to_owned(),
        };
        let answer = service
            .partners()
            .get_partnership(with(&token, message))
            .await;
        answer.map(|answer| answer.into_inner().partnership.unwrap())
    };
    let mut last = service.propose("contoso", "fabrikam").await.unwrap();
    let name = last.name.clone();
    for state in [
        PartnershipState::Proposed,
        PartnershipState::Active,
        PartnershipState::Ended,
    ] {
        assert_eq!(last.state(), state);
        for token in [
            service.agent("contoso"),
            service.admin("fabrikam"),
            service.operator(),
        ] {
            assert_eq!(read(token, &name).await.unwrap(), last);
        }
        last = match state {
            PartnershipState::Proposed => service.accept("fabrikam", &name).await.unwrap(),
            _ => service.end("contoso", &name).await.unwrap_or(last),
        };
    }
    let third = read(service.agent("northwind"), &name).await.unwrap_err();
    let absent = "partnerships/00000000-0000-0000-0000-000000000009";
    for token in [service.agent("contoso"), service.operator()] {
        let nothing = read(token, absent).await.unwrap_err();
        assert_eq!(refused(&nothing), refused(&third));
    }
    assert_eq!(reason(&third), "NOT_FOUND");
    for bad in ["", "partnerships/7", "partners/contoso"] {
        let refusal = read(service.operator(), bad).await.unwrap_err();
        assert_eq!(reason(&refusal), "INVALID_FIELDS", "{bad:?}");
    }
}

/// R28: connecting again makes a new partnership.
async fn an_ended_partnership_never_returns(store: Store) {
    let service = Service::start(&store).await;
    let first = service.connected().await;
    service.end("contoso", &first).await.unwrap();
    for answer in [
        service.accept("fabrikam", &first).await,
        service.end("fabrikam", &first).await,
    ] {
        assert_eq!(reason(&answer.unwrap_err()), "PARTNERSHIP_STATE ENDED");
    }
    let second = service.connect("contoso", "fabrikam").await;
    assert_ne!(first, second);
}

/// R9: connecting with a partner brings none of its customers, in neither direction, and ending
/// takes none away.
async fn it_brings_no_customers(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    service.established(&service.solo("adatum")).await;
    assert_eq!(service.customers("fabrikam").await, [""; 0]);
    service
        .established(&service.joint("tailspin", &partnership))
        .await;
    service.enrolled("northwind", RESELLER).await;
    service.connect("northwind", "fabrikam").await;
    assert_eq!(service.customers("northwind").await, [""; 0]);
    service.end("contoso", &partnership).await.unwrap();
    assert_eq!(
        service.customers("contoso").await,
        ["customers/tailspin", "customers/adatum"]
    );
    assert_eq!(service.customers("fabrikam").await, ["customers/tailspin"]);
    assert!(
        service
            .check("fabrikam", "tailspin", Permission::SubmitOrders)
            .await
            .allowed
    );
}

/// What each verb of each side answers in each state; who is no side finds nothing.
async fn every_verb_of_every_side_in_every_state(store: Store) {
    let service = Service::without_quota(&store).await;
    service.enrolled("northwind", PROVIDER).await;
    service.enrolled("contoso", RESELLER).await;
    service.enrolled("fabrikam", PROVIDER).await;
    let found = |state: &str| format!("PARTNERSHIP_STATE {state}");
    let table = [
        (
            "PROPOSED",
            [
                "OWN_PROPOSAL".to_owned(),
                "OK".to_owned(),
                "OK".to_owned(),
                "OK".to_owned(),
            ],
        ),
        (
            "ACTIVE",
            [
                found("ACTIVE"),
                found("ACTIVE"),
                "OK".to_owned(),
                "OK".to_owned(),
            ],
        ),
        (
            "ENDED",
            [
                found("ENDED"),
                found("ENDED"),
                found("ENDED"),
                found("ENDED"),
            ],
        ),
    ];
    for (state, expected) in table {
        for (verb, expected) in expected.into_iter().enumerate() {
            let name = service.propose("contoso", "fabrikam").await.unwrap().name;
            if state != "PROPOSED" {
                service.accept("fabrikam", &name).await.unwrap();
            }
            if state == "ENDED" {
                service.end("contoso", &name).await.unwrap();
            }
            for stranger in [
                service.accept("northwind", &name).await,
                service.end("northwind", &name).await,
            ] {
                assert_eq!(reason(&stranger.unwrap_err()), "NOT_FOUND");
            }
            let answer = match verb {
                0 => service.accept("contoso", &name).await,
                1 => service.accept("fabrikam", &name).await,
                2 => service.end("contoso", &name).await,
                _ => service.end("fabrikam", &name).await,
            };
            let told = answer.map_or_else(|status| reason(&status), |_| "OK".to_owned());
            assert_eq!(told, expected, "{state}, verb {verb}");
            let _ = service.end("contoso", &name).await;
        }
    }
    let unknown = format!("partnerships/{}", service.uuid());
    assert_eq!(
        reason(&service.accept("contoso", &unknown).await.unwrap_err()),
        "NOT_FOUND"
    );
}

/// R5: a partner that does not take part neither proposes nor is found; two of a kind are no
/// partnership.
async fn it_takes_two_of_different_kinds_that_take_part(store: Store) {
    let service = Service::start(&store).await;
    service.enroll("pending", PROVIDER).await.unwrap();
    let propose = async |by: &str, other: &str| {
        service
            .propose(by, other)
            .await
            .map_or_else(|status| reason(&status), |_| "OK".to_owned())
    };
    assert_eq!(
        propose("nobody", "pending").await,
        "PARTNER_NOT_ACTIVE NOT_ENROLLED"
    );
    service.enrolled("contoso", RESELLER).await;
    service.enrolled("wingtip", RESELLER).await;
    service.enrolled("fabrikam", PROVIDER).await;
    assert_eq!(
        propose("pending", "contoso").await,
        "PARTNER_NOT_ACTIVE PENDING"
    );
    assert_eq!(propose("contoso", "pending").await, "NOT_FOUND");
    assert_eq!(propose("contoso", "nobody").await, "NOT_FOUND");
    assert_eq!(propose("contoso", "wingtip").await, "SAME_KIND");
    assert_eq!(propose("contoso", "contoso").await, "SAME_KIND");
    assert_eq!(propose("contoso", "fabrikam").await, "OK");

    let exists = service.propose("fabrikam", "contoso").await.unwrap_err();
    assert_eq!(reason(&exists), "PARTNERSHIP_EXISTS PROPOSED");
    let named = &refused(&exists).metadata["partnership"];
    service.suspend("contoso").await.unwrap();
    let accept = service.accept("fabrikam", named).await.unwrap_err();
    assert_eq!(reason(&accept), "PARTNER_NOT_ACTIVE SUSPENDED");
    assert_eq!(refused(&accept).metadata["partner"], "partners/contoso");
    service.reinstate("contoso").await.unwrap();
    service.accept("fabrikam", named).await.unwrap();
    assert_eq!(
        propose("contoso", "fabrikam").await,
        "PARTNERSHIP_EXISTS ACTIVE"
    );
}

async fn of_64_proposals_one_counts(store: Store) {
    let service = Service::start(&store).await;
    service.enrolled("contoso", RESELLER).await;
    service.enrolled("fabrikam", PROVIDER).await;
    let mut outcomes = propose_at_once(&service, 64).await;
    assert_eq!(outcomes.pop().as_deref(), Some("OK"));
    assert!(
        outcomes
            .iter()
            .all(|one| one == "PARTNERSHIP_EXISTS PROPOSED"),
        "{outcomes:?}"
    );
    assert_eq!(service.count("partnership").await, 1);
}

async fn both_propose_at_once(store: Store) {
    let service = Service::without_quota(&store).await;
    service.enrolled("contoso", RESELLER).await;
    service.enrolled("fabrikam", PROVIDER).await;
    for round in 1..=20 {
        let outcomes = propose_at_once(&service, 2).await;
        assert_eq!(outcomes, ["PARTNERSHIP_EXISTS PROPOSED", "OK"]);
        assert_eq!(service.count("partnership").await, round);
        let open = "SELECT proposed_by FROM partnership WHERE state = 'PROPOSED'";
        let [by] = service.lines(open).await.try_into().unwrap();
        let list = ListPartnershipsRequest {
            parent: format!("partners/{by}"),
            ..Default::default()
        };
        let list = service
            .partners()
            .list_partnerships(with(&service.agent(&by), list))
            .await;
        service
            .end(&by, &list.unwrap().into_inner().partnerships[0].name)
            .await
            .unwrap();
    }
}

/// As many proposals at once, of either side in turn; what they were told, in order, OK last.
async fn propose_at_once(service: &Service, count: usize) -> Vec<String> {
    let mut racers = JoinSet::new();
    for number in 0..count {
        let sides = ["contoso", "fabrikam"];
        let (by, other) = (sides[number % 2], sides[(number + 1) % 2]);
        let mut client = service.partners();
        let message = ProposePartnershipRequest {
            parent: format!("partners/{by}"),
            partner: format!("partners/{other}"),
            ..Default::default()
        };
        let request = with(&service.agent(by), message);
        racers.spawn(async move { outcome(&client.propose_partnership(request).await) });
    }
    let mut outcomes = racers.join_all().await;
    outcomes.sort_by_key(|one| one == "OK");
    outcomes
}

async fn an_etag_must_be_the_present_one(store: Store) {
    let service = Service::start(&store).await;
    service.enrolled("contoso", RESELLER).await;
    service.enrolled("fabrikam", PROVIDER).await;
    let proposed = service.propose("contoso", "fabrikam").await.unwrap();
    let accept = async |etag: &str| {
        let (name, etag) = (proposed.name.clone(), etag.to_owned());
        let message = AcceptPartnershipRequest {
            name,
            etag,
            ..Default::default()
        };
        let token = service.agent("fabrikam");
        outcome(
            &service
                .partners()
                .accept_partnership(with(&token, message))
                .await,
        )
    };
    assert_eq!(accept("stale").await, "ETAG_MISMATCH");
    assert_eq!(accept(&proposed.etag).await, "OK");
    let message = EndPartnershipRequest {
        name: proposed.name,
        etag: proposed.etag,
        ..Default::default()
    };
    let answer = service
        .partners()
        .end_partnership(with(&service.agent("contoso"), message))
        .await;
    assert_eq!(outcome(&answer), "ETAG_MISMATCH");
}

/// Proposed, accepted and ended are told to the other partner, once each, and to nobody else.
async fn the_other_is_told(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    service.end("fabrikam", &partnership).await.unwrap();
    service.idle().await;
    let told = [
        "partners/contoso is approved",
        "partners/contoso is told that partners/fabrikam accepted",
        "partners/contoso is told that partners/fabrikam ended",
        "partners/fabrikam is approved",
        "partners/fabrikam is told that partners/contoso proposed",
    ];
    assert_eq!(service.arrived.told(), told);
}

/// R8: newest first, ended ones included, by state, page by page; each partner its own.
async fn a_partner_lists_its_own(store: Store) {
    let service = Service::start(&store).await;
    service.enrolled("contoso", RESELLER).await;
    let mut names = Vec::new();
    for number in 0..5 {
        let provider = format!("provider-{number}");
        service.enrolled(&provider, PROVIDER).await;
        names.push(service.connect("contoso", &provider).await);
    }
    service.end("contoso", &names[2]).await.unwrap();
    let list = async |token: &str, parent: &str, state: PartnershipState| {
        let (mut listed, mut page_token) = (Vec::new(), String::new());
        loop {
            let message = ListPartnershipsRequest {
                parent: format!("partners/{parent}"),
                state: state.into(),
                page_size: 2,
                page_token,
            };
            let page = service
                .partners()
                .list_partnerships(with(token, message))
                .await
                .unwrap();
            let page = page.into_inner();
            listed.extend(page.partnerships.into_iter().map(|one| one.name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return listed;
            }
        }
    };
    let contoso = service.agent("contoso");
    let newest: Vec<_> = names.iter().rev().cloned().collect();
    assert_eq!(
        list(&contoso, "contoso", PartnershipState::Unspecified).await,
        newest
    );
    assert_eq!(
        list(
            &service.operator(),
            "contoso",
            PartnershipState::Unspecified
        )
        .await,
        newest
    );
    assert_eq!(
        list(&contoso, "contoso", PartnershipState::Ended).await,
        [names[2].clone()]
    );
    assert_eq!(
        list(&contoso, "contoso", PartnershipState::Active)
            .await
            .len(),
        4
    );
    let theirs = list(
        &service.agent("provider-2"),
        "provider-2",
        PartnershipState::Unspecified,
    )
    .await;
    assert_eq!(theirs, [names[2].clone()]);
    let none = list(
        &service.agent("nobody"),
        "nobody",
        PartnershipState::Unspecified,
    )
    .await;
    assert_eq!(none, [""; 0]);
}

//! WatchRelationships: what is told, to whom, and that between the state and the changes nothing is
//! lost.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proto::relationship::v1::*;
use relationship::Config;
use tests::{Store, eventually, on_both_stores};

use crate::directory::{EVERYTHING, business};
use crate::reach::{MANY, execute, fill};
use crate::support::{SOON, Service};
use crate::watching::lines;
use crate::world::RESELLER;

on_both_stores!(
    every_kind_of_change_is_told,
    a_joint_acceptance_is_one_message,
    a_partner_is_told_its_own_only,
    an_import_is_one_event,
    an_expiry_is_told_once,
    an_expiry_that_nobody_may_see_is_not_told,
    nothing_is_lost_between_the_state_and_the_changes,
    who_is_told_nothing_gets_a_token,
);

/// R37, R39: established, granted, ended, terminated, each behind the other; what is kept is no
/// change.
async fn every_kind_of_change_is_told(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let mut all = service.watch_all().await;
    let [ours] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    let privilege = service.privileges("contoso").await[0].name.clone();
    let first = all.change().await;
    assert_eq!(
        lines(&first),
        [
            format!("RELATIONSHIP_ESTABLISHED {ours} customers/adatum"),
            format!("PRIVILEGE_GRANTED {privilege} customers/adatum"),
        ]
    );
    let relationship = crate::removal::get(&service, &service.operator(), &ours).await;
    assert_eq!(first.change_time, relationship.unwrap().establish_time);

    // accepted again: the relationship and the privilege are kept
    let kept = service.established(&service.solo("adatum")).await;
    assert_eq!(kept, [&*ours]);
    service.remove(&ours).await.unwrap();
    let second = all.change().await;
    assert_eq!(
        lines(&second),
        [format!("RELATIONSHIP_ENDED {ours} customers/adatum")]
    );
    let adatum = service.admin("adatum");
    service.terminate(&adatum, &privilege).await.unwrap();
    let third = all.change().await;
    assert_eq!(
        lines(&third),
        [format!("PRIVILEGE_TERMINATED {privilege} customers/adatum")]
    );
    assert!(first.number < second.number && second.number < third.number);
}

/// R36: both relationships of a joint invitation are told with one message and one number, to each
/// partner its own.
async fn a_joint_acceptance_is_one_message(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let mut all = service.watch_all().await;
    let mut contoso = service.watch_own("contoso").await;
    let mut fabrikam = service.watch_own("fabrikam").await;
    let [ours, theirs] = service
        .established(&service.joint("adatum", &partnership))
        .await
        .try_into()
        .unwrap();
    let privilege = service.privileges("contoso").await[0].name.clone();
    let of_contoso = [
        format!("RELATIONSHIP_ESTABLISHED {ours} customers/adatum"),
        format!("PRIVILEGE_GRANTED {privilege} customers/adatum"),
    ];
    let of_fabrikam = [format!(
        "RELATIONSHIP_ESTABLISHED {theirs} customers/adatum"
    )];
    let whole = all.change().await;
    assert_eq!(lines(&whole), [&of_contoso[..], &of_fabrikam[..]].concat());
    let (half, other_half) = (contoso.change().await, fabrikam.change().await);
    assert_eq!(lines(&half), of_contoso);
    assert_eq!(lines(&other_half), of_fabrikam);
    assert_eq!([half.number, other_half.number], [whole.number; 2]);

    // one of the two is kept: only the other one is new
    service.remove(&theirs).await.unwrap();
    all.change().await;
    let [_, again] = service
        .established(&service.joint("adatum", &partnership))
        .await
        .try_into()
        .unwrap();
    assert_eq!(
        all.told().await,
        [format!("RELATIONSHIP_ESTABLISHED {again} customers/adatum")]
    );
}

/// R42: what one partner removes or loses, no other partner is told, nor that it happened.
async fn a_partner_is_told_its_own_only(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let [ours, theirs] = service
        .established(&service.joint("adatum", &partnership))
        .await
        .try_into()
        .unwrap();
    service.numbered().await;
    let parent = "partners/fabrikam";
    let mut fabrikam = service
        .watch(&service.agent("fabrikam"), parent, "")
        .await
        .unwrap();
    let state = fabrikam.present().await;
    let state: Vec<_> = state.into_iter().map(|one| one.relationship).collect();
    assert_eq!(state, [&*theirs]);

    service.remove(&ours).await.unwrap();
    let privilege = &service.privileges("contoso").await[0].name;
    let contoso = service.agent("contoso");
    service.terminate(&contoso, privilege).await.unwrap();
    service.established(&service.solo("tailspin")).await;
    service.remove(&theirs).await.unwrap();
    let ended = format!("RELATIONSHIP_ENDED {theirs} customers/adatum");
    assert_eq!(fabrikam.told().await, [&*ended]);
    // an operator and a service may look at one partner as well
    for token in [service.operator(), service.outside()] {
        let mut watch = service.watch(&token, parent, "").await.unwrap();
        assert!(watch.present().await.is_empty(), "nothing is left");
    }
}

/// R6: an import is one event with how many, when its partner takes part; until then there is
/// nothing to tell.
async fn an_import_is_one_event(store: Store) {
    let service = Service::start(&store).await;
    let known = ["wingtip", "tailspin", "adatum"];
    let known = known.map(|customer| business("cloud-portal", customer, &EVERYTHING));
    service.portals.know("contoso", known.to_vec());
    let mut all = service.watch_all().await;
    let mut own = service.watch_own("contoso").await;
    service.enrolled("contoso", RESELLER).await;
    for watch in [&mut all, &mut own] {
        assert_eq!(
            watch.told().await,
            ["CUSTOMERS_IMPORTED partners/contoso 3"]
        );
    }
    let [later] = service
        .established(&service.solo("northwind"))
        .await
        .try_into()
        .unwrap();
    let told = all.told().await;
    assert_eq!(
        told[0],
        format!("RELATIONSHIP_ESTABLISHED {later} customers/northwind")
    );
}

/// R39: the end of a privilege's time is told once, by however many processes; and of the privilege
/// nothing changes.
async fn an_expiry_is_told_once(store: Store) {
    let often = || Config {
        expiry_every: Duration::from_millis(10),
        ..Config::default()
    };
    let service = Service::configured(&store, often()).await;
    let beside = Service::configured(&store, often()).await;
    service.connected().await;
    let mut all = service.watch_all().await;
    let mut lasting = service.solo("adatum");
    lasting.privilege_lifetime_days = 2;
    let [ours] = service.established(&lasting).await.try_into().unwrap();
    let privilege = service.privileges("contoso").await.remove(0);
    assert_eq!(all.told().await.len(), 2);
    service.remove(&ours).await.unwrap();
    all.change().await;

    service.clock.advance(Duration::from_secs(2 * 24 * 3600));
    beside.clock.advance(Duration::from_secs(2 * 24 * 3600));
    let expired = format!("PRIVILEGE_EXPIRED {} customers/adatum", privilege.name);
    assert_eq!(all.told().await, [expired]);
    service.established(&service.solo("tailspin")).await;
    let next = all.told().await;
    assert!(next[0].ends_with("customers/tailspin"), "{next:?}");
    let read = service.privileges("contoso").await.remove(1);
    assert_eq!(
        (read.expire_time, &read.etag, read.state()),
        (
            privilege.expire_time,
            &privilege.etag,
            PrivilegeState::Expired
        )
    );
}

/// R6: of a partner that never took part no expiry is told, and it is not looked for again.
async fn an_expiry_that_nobody_may_see_is_not_told(store: Store) {
    let often = Config {
        expiry_every: Duration::from_millis(10),
        ..Config::default()
    };
    let service = Service::configured(&store, often).await;
    service.connected().await;
    let mut ending = service.solo("adatum");
    ending.privilege_lifetime_days = 1;
    service.established(&ending).await;
    execute(&service, "UPDATE partner SET activate_time = NULL").await;
    service.clock.advance(Duration::from_secs(24 * 3600));
    eventually("the expiry to be noticed", SOON, async || {
        let noticed = service.count("privilege WHERE expiry_told_time IS NOT NULL");
        (noticed.await == 1).then_some(())
    })
    .await;
    assert_eq!(service.count("change").await, 1, "the acceptance alone");
}

/// Every change made while the state is told is in the state, in the changes, or in both.
async fn nothing_is_lost_between_the_state_and_the_changes(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    fill(&service, MANY).await;
    for (token, parent) in [
        (service.agent("contoso"), "partners/contoso"),
        (service.outside(), ""),
    ] {
        let mut watch = service.watch(&token, parent, "").await.unwrap();
        let first = watch.state().await;
        assert!(!first.complete && !first.entries.is_empty());
        // the newest, told by now, the oldest, which is not, and new ones
        let listed = service.active("contoso").await;
        for relationship in [listed.first(), listed.last(), listed.get(listed.len() / 2)] {
            service.remove(relationship.unwrap()).await.unwrap();
        }
        let new = format!("new-{}", parent.len());
        service.established(&service.solo(&new)).await;
        let expected: BTreeSet<_> = service.active("contoso").await.into_iter().collect();

        let mut state = first.entries;
        state.extend(watch.present().await);
        let mut seen: BTreeMap<String, bool> = BTreeMap::new();
        for entry in state {
            let active = entry.basis() == AccessBasis::Relationship;
            assert!(
                seen.insert(entry.relationship, active).is_none(),
                "told twice"
            );
        }
        // the new one comes last, and is told by both perhaps
        loop {
            let change = watch.change().await;
            for event in &change.events {
                match event.kind() {
                    ChangeKind::RelationshipEstablished => {
                        seen.insert(event.relationship.clone(), true);
                    }
                    ChangeKind::RelationshipEnded => {
                        seen.insert(event.relationship.clone(), false);
                    }
                    _ => {}
                }
            }
            if change.events[0].customer == format!("customers/{new}") {
                break;
            }
        }
        let active = seen.into_iter().filter(|(_, active)| *active);
        let active: BTreeSet<_> = active.map(|(name, _)| name).collect();
        assert_eq!(active, expected);
    }
}

/// Whose token would grow old gets another one, which says nothing else, and goes on behind what
/// was not for it.
async fn who_is_told_nothing_gets_a_token(store: Store) {
    let config = Config {
        watch_quiet: Duration::from_millis(20),
        ..Config::default()
    };
    let service = Service::configured(&store, config).await;
    let partnership = service.connected().await;
    let mut fabrikam = service.watch_own("fabrikam").await;
    let begun = fabrikam.token.clone();
    service.established(&service.solo("adatum")).await;
    let message = fabrikam.message().await.unwrap();
    assert_eq!(message.content, None);
    assert_ne!(message.resume_token, begun);

    let agent = service.agent("fabrikam");
    let mut resumed = service
        .watch(&agent, "partners/fabrikam", &message.resume_token)
        .await
        .unwrap();
    let [_, theirs] = service
        .established(&service.joint("tailspin", &partnership))
        .await
        .try_into()
        .unwrap();
    let told = format!("RELATIONSHIP_ESTABLISHED {theirs} customers/tailspin");
    // without another token in between: there was nothing else
    for watch in [&mut fabrikam, &mut resumed] {
        assert_eq!(watch.told().await, [&*told]);
    }
}

//! Watching over processes: a joint acceptance is one message, and nothing is lost while processes
//! are killed.

use std::time::Duration;

use platform::keys::Grant;
use proto::customer::v1::Permission;
use proto::relationship::v1::ChangeKind;
use tests::{Programme, Role, Store, System, Watcher, eventually, on_both_stores, refused};
use tonic::Code;

on_both_stores!(a_joint_acceptance_is_one_message_whatever_is_killed);

const SOON: Duration = Duration::from_secs(30);
const ROUNDS: usize = 6;

/// R36, R42: a service is told both relationships of a joint acceptance at once, each partner its
/// own, over kills of the relationship service and restarts of the gateway; a removal is told to
/// its partner and to services, and a customer may not watch at all.
async fn a_joint_acceptance_is_one_message_whatever_is_killed(store: Store) {
    let mut system = System::started(store).await;
    let programme = Programme::of(&system);
    programme.connect().await;
    let service = system.token(&Grant::service());
    let mut all = Watcher::of_nothing(&programme, &service, "").await;
    let (token, parent) = (&programme.fabrikam, "partners/fabrikam");
    let mut provider = Watcher::of_nothing(&programme, token, parent).await;
    let mut first = None;
    let mut number = 0;
    for round in 0..ROUNDS {
        let customer = format!("customer{round}");
        let token = system.token(&Grant::tenant(&customer).role("global-admin"));
        let invited = programme.invite().await;
        let accepted = programme.accept(&token, &customer, &invited.link).await;
        let accepted = accepted.expect("accepted").relationships;
        first.get_or_insert(accepted.clone());
        if let Some(role) = [Some(Role::Relationship), Some(Role::Gateway), None][round % 3] {
            system.kill(role);
            system.start(role).await;
        }
        let change = all.change().await;
        assert!(change.number > number, "{} after {number}", change.number);
        number = change.number;
        let mut told: Vec<_> = change
            .events
            .iter()
            .filter(|event| event.kind() == ChangeKind::RelationshipEstablished)
            .map(|event| event.relationship.clone())
            .collect();
        told.sort();
        assert_eq!(told, accepted, "both in one message, and in their order");
        assert_eq!(change.events.len(), 3, "and the reseller's privilege");
        let change = provider.change().await;
        let [event] = &change.events[..] else {
            panic!("a partner is told its own alone: {change:?}");
        };
        assert_eq!(event.relationship, accepted[1]);
        ready(&programme).await;
    }

    // R42: a removal is its partner's; the other one is told what comes next, and not that
    let first = first.expect("a round");
    programme.remove(&programme.contoso, &first[0]).await;
    programme.remove(&programme.fabrikam, &first[1]).await;
    for expected in &first {
        let change = all.change().await;
        assert_eq!(change.events[0].kind(), ChangeKind::RelationshipEnded);
        assert_eq!(&change.events[0].relationship, expected);
    }
    let change = provider.change().await;
    let told = &change.events[0].relationship;
    assert_eq!(told, &first[1], "its own, not contoso's");
    let customer = Watcher::of(&programme, &programme.adatum, "partners/contoso");
    let refusal = customer.open().await.map(drop).expect_err("refused");
    assert_eq!(refused(&refusal).code, Code::NotFound);
}

/// Waits until the gateway passes calls on again.
async fn ready(programme: &Programme) {
    eventually("the gateway to answer", SOON, || async {
        let token = &programme.contoso;
        let asked = programme.try_check(token, "contoso", Permission::ViewRecord);
        asked.await.ok()
    })
    .await;
}

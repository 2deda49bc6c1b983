//! Repeated requests: one `request_id` of a partner is one act, however often, late or at once it
//! comes.

use std::time::Duration;

use proto::customer::v1::NewSubscription;
use proto::directory::v1::submit_order_request::Order as Asked;
use proto::directory::v1::*;
use tests::{Store, on_both_stores};
use tokio::task::JoinSet;
use tonic::Code;

use crate::support::{Service, reason};
use crate::world::{Act, Stage, mandate};

on_both_stores!(
    sixty_four_at_once_are_one,
    an_id_in_capitals_is_the_same_id,
    another_admin_on_another_ground_repeats_it,
    a_repeat_answers_what_is_there_now,
    it_is_remembered_for_good,
    other_content_is_refused,
    another_partner_and_another_method_have_ids_of_their_own,
);

const OTHER_GROUND: &str = "0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4aff";

/// R29, R34: every method, and both kinds of order: 64 at once act once, and every caller gets the
/// same answer.
async fn sixty_four_at_once_are_one(store: Store) {
    let stage = Stage::set(Service::start(&store).await).await;
    let service = &stage.service;
    let orders = service.count("customer_order").await;
    for act in stage.acts() {
        let acts = service.count("act").await;
        let mut racers = JoinSet::new();
        for _ in 0..64 {
            racers.spawn(act.clone().send(service.directory()));
        }
        let answers = racers.join_all().await;
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        let first = &answers[0];
        assert!(answers.iter().all(|one| one == first), "{answers:#?}");
        assert_eq!(service.count("act").await, acts + 1, "{act:?}");
    }
    assert_eq!(service.count("customer_order").await, orders + 2);
    let quantities: Vec<_> = service.subscriptions("adatum").await;
    let quantities: Vec<_> = quantities.iter().map(|one| one.quantity).collect();
    assert_eq!(quantities, [5, 15]);
}

/// RFC 9562: a UUID is the same UUID in capitals.
async fn an_id_in_capitals_is_the_same_id(store: Store) {
    let stage = Stage::set(Service::start(&store).await).await;
    let service = &stage.service;
    for act in stage.acts() {
        let request_id = service.uuid();
        let first = service
            .act(act.clone().known_as(&request_id))
            .await
            .unwrap();
        let acts = service.count("act").await;
        let capitals = act.known_as(&request_id.to_ascii_uppercase());
        assert_eq!(service.act(capitals).await.unwrap(), first);
        assert_eq!(service.count("act").await, acts);
    }
}

/// Whoever repeats it for the partner: another person, under another relationship and privilege.
/// The first one is kept.
async fn another_admin_on_another_ground_repeats_it(store: Store) {
    let stage = Stage::set(Service::start(&store).await).await;
    let service = &stage.service;
    for act in stage.acts() {
        let first = service.act(act.clone()).await.unwrap();
        let acts = service.count("act").await;
        let other = Mandate {
            relationship: format!("partners/contoso/relationships/{OTHER_GROUND}"),
            privilege: String::new(),
            issuer: "https://other.example".into(),
            subject: "bob".into(),
            ..mandate("contoso")
        };
        let again = service.act(act.under(other)).await.unwrap();
        assert_eq!(again, first);
        assert_eq!(service.count("act").await, acts);
    }
    assert_eq!(service.count("act WHERE subject = 'bob'").await, 0);
}

/// What was done since is in the answer to a repeat.
async fn a_repeat_answers_what_is_there_now(store: Store) {
    let service = Service::start(&store).await;
    let order = service.order_message("adatum", 5);
    let mut client = service.directory();
    let first = client.submit_order(order.clone()).await.unwrap();
    let first = first.into_inner();
    let subscription = first.subscription.unwrap();
    let more = service.order_more(&subscription.name, 2);
    service.act(more).await.unwrap();
    let again = client.submit_order(order).await.unwrap().into_inner();
    assert_eq!(again.order, first.order);
    assert_eq!(again.subscription.unwrap().quantity, 7);

    let add = service.add_message("adatum", "bo@adatum.example");
    let user = client.add_user(add.clone()).await.unwrap().into_inner();
    let user = user.user.unwrap();
    let assign = service.assign(&subscription.name, &user.name);
    let (license, _) = service.act(assign.clone()).await.unwrap();
    service.act(service.remove(&user.name)).await.unwrap();
    let again = client.add_user(add).await.unwrap().into_inner();
    let again = again.user.unwrap();
    assert_eq!(again.name, user.name);
    assert!(again.remove_time.is_some());
    let (same, told) = service.act(assign).await.unwrap();
    assert_eq!(same, license);
    assert!(told.contains("withdraw_time: Some"), "{told}");
}

/// A retry of years ago orders nothing again.
async fn it_is_remembered_for_good(store: Store) {
    let service = Service::start(&store).await;
    let order = service.order("adatum", 5);
    let first = service.act(order.clone()).await.unwrap();
    service
        .clock
        .advance(Duration::from_secs(5 * 366 * 24 * 3_600));
    // also for a process that has just begun
    let beside = Service::start(&store).await;
    for service in [&service, &beside] {
        assert_eq!(service.act(order.clone()).await.unwrap(), first);
    }
    assert_eq!(service.count("customer_order").await, 1);
}

async fn other_content_is_refused(store: Store) {
    let stage = Stage::set(Service::start(&store).await).await;
    let (service, id) = (&stage.service, stage.service.uuid());
    let (subscription, user) = (&stage.subscription, &stage.user);
    let asked = |change: fn(&mut NewSubscription)| {
        let mut offered = NewSubscription {
            offer: "office-365-e3".into(),
            quantity: 5,
            ..Default::default()
        };
        change(&mut offered);
        Act::Order(service.ordering("adatum", Some(Asked::NewSubscription(offered))))
    };
    let pairs: Vec<(Act, Vec<Act>)> = vec![
        (
            asked(|_| {}),
            vec![
                asked(|offered| offered.quantity = 6),
                asked(|offered| offered.offer = "office-365-e5".into()),
                asked(|offered| offered.display_name = "Office".into()),
                asked(|offered| offered.renewal = 2),
                service.order("wingtip", 5),
                service.order_more(subscription, 5),
            ],
        ),
        (
            service.change(subscription, |change| change.display_name = "A".into()),
            vec![
                service.change(subscription, |change| change.display_name = "B".into()),
                service.change(subscription, |change| change.renewal = 2),
            ],
        ),
        (
            service.add("adatum", "dee@adatum.example"),
            vec![
                service.add("adatum", "Dee@adatum.example"),
                service.add("wingtip", "dee@adatum.example"),
            ],
        ),
        (
            service.assign(subscription, &stage.other_user),
            vec![service.assign(subscription, user)],
        ),
        (
            service.withdraw(&stage.license),
            vec![service.withdraw(&stage.license.replace("adatum", "wingtip"))],
        ),
        (
            service.remove(user),
            vec![service.remove(&stage.other_user)],
        ),
    ];
    for (act, others) in pairs {
        service.act(act.known_as(&id)).await.unwrap();
        let acts = service.count("act").await;
        for other in others {
            let told = format!("{other:?}");
            let refusal = service.act(other.known_as(&id)).await.unwrap_err();
            let refusal = (refusal.code(), reason(&refusal));
            let expected = (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned());
            assert_eq!(refusal, expected, "{told}");
        }
        assert_eq!(service.count("act").await, acts);
    }
    assert_eq!(service.subscriptions("wingtip").await, []);
}

async fn another_partner_and_another_method_have_ids_of_their_own(store: Store) {
    let stage = Stage::set(Service::start(&store).await).await;
    let (service, id) = (&stage.service, stage.service.uuid());
    let order = service.order("adatum", 5).known_as(&id);
    let ours = service.act(order.clone()).await.unwrap();
    let theirs = service.act(order.under(mandate("fabrikam"))).await.unwrap();
    assert_ne!(ours.0, theirs.0);
    assert!(theirs.1.contains("partners/fabrikam"));
    // nor does an id that others have used tell anything of theirs
    let other = service.order("wingtip", 1).under(mandate("litware"));
    let (_, told) = service.act(other.known_as(&id)).await.unwrap();
    assert!(told.contains("customers/wingtip"));
    let add = service.add("adatum", "dee@adatum.example").known_as(&id);
    service.act(add).await.unwrap();
    assert_eq!(service.count("customer_order").await, 4);
}

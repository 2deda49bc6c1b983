//! Acts on the same user, subscription and licence at once: each is done whole or refused, and
//! licences stay counted.

use proto::customer::v1::SubscriptionTransition::{Resume, Suspend};
use tests::{Store, on_both_stores};
use tokio::task::JoinSet;

use crate::support::{Service, outcome};

on_both_stores!(
    whoever_wins_licences_stay_counted,
    of_many_twins_one_is_added,
    orders_at_once_all_count,
);

const ROUNDS: usize = 15;

/// A user is removed while one of its licences is withdrawn, another is assigned, and the
/// subscription is suspended.
async fn whoever_wins_licences_stay_counted(store: Store) {
    let service = Service::start(&store).await;
    let [first, second] = [
        service.subscription("adatum", 3).await.name,
        service.subscription("adatum", 3).await.name,
    ];
    for round in 0..ROUNDS {
        let sign_in_name = format!("u{round}@adatum.example");
        let user = service.user("adatum", &sign_in_name).await.name;
        let license = service.assigned(&first, &user).await.name;
        let acts = [
            service.remove(&user),
            service.withdraw(&license),
            service.assign(&second, &user),
            service.assign(&first, &user),
            service.order_more(&second, 1),
            service.transition(&second, Suspend),
        ];
        let mut racers = JoinSet::new();
        for act in acts {
            racers.spawn(act.send(service.directory()));
        }
        for answer in racers.join_all().await {
            let expected = [
                "OK",
                "USER_REMOVED",
                "LICENSE_ASSIGNED",
                "LICENSE_WITHDRAWN",
                "SUBSCRIPTION_STATE SUSPENDED",
            ];
            assert!(expected.contains(&&*outcome(&answer)), "{answer:?}");
        }
        // the removal wins in the end, whatever came before it
        assert_eq!(service.users("adatum").await, []);
        assert_eq!(service.licenses("adatum").await, []);
        for subscription in service.subscriptions("adatum").await {
            assert_eq!(subscription.assigned_quantity, 0);
        }
        service
            .act(service.transition(&second, Resume))
            .await
            .unwrap();
    }
}

async fn of_many_twins_one_is_added(store: Store) {
    let service = Service::start(&store).await;
    let mut racers = JoinSet::new();
    for number in 0..32 {
        let name = ["Ana@Adatum.example", "ana@adatum.example"][number % 2];
        racers.spawn(service.add("adatum", name).send(service.directory()));
    }
    let told: Vec<_> = racers.join_all().await.iter().map(outcome).collect();
    let added = told.iter().filter(|told| *told == "OK").count();
    let taken = told.iter().filter(|told| *told == "SIGN_IN_NAME_TAKEN");
    assert_eq!((added, taken.count()), (1, 31));
    assert_eq!(service.count("act").await, 1);
}

/// R29: thirty-two orders of one licence each raise the subscription by thirty-two.
async fn orders_at_once_all_count(store: Store) {
    let service = Service::start(&store).await;
    let subscription = service.subscription("adatum", 1).await.name;
    let mut racers = JoinSet::new();
    for _ in 0..32 {
        let order = service.order_more(&subscription, 1);
        racers.spawn(order.send(service.directory()));
    }
    for answer in racers.join_all().await {
        answer.unwrap();
    }
    assert_eq!(service.subscriptions("adatum").await[0].quantity, 33);
    assert_eq!(service.count("customer_order").await, 33);
}

//! ChangeSubscription: every state and verb, what a change names, and on which version.

use proto::customer::v1::*;
use proto::directory::v1::*;
use tests::{Store, on_both_stores};

use crate::support::{Service, fields, outcome};
use crate::world::{Act, Stage};

on_both_stores!(
    every_state_and_verb,
    a_change_changes_what_it_names,
    an_empty_change_is_refused,
    a_change_of_another_version_is_refused,
    one_of_another_customer_is_not_found,
);

type Verb = fn(&Stage) -> Act;

/// R22, R33: what each verb makes of a subscription in each state; what is refused changes nothing.
async fn every_state_and_verb(store: Store) {
    let verbs: [(&str, Verb); 7] = [
        ("order more", |at| {
            at.service.order_more(&at.subscription, 1)
        }),
        ("suspend", |at| {
            let suspend = SubscriptionTransition::Suspend;
            at.service.transition(&at.subscription, suspend)
        }),
        ("resume", |at| {
            let resume = SubscriptionTransition::Resume;
            at.service.transition(&at.subscription, resume)
        }),
        ("rename", |at| {
            let rename = |change: &mut ChangeSubscriptionRequest| change.display_name = "N".into();
            at.service.change(&at.subscription, rename)
        }),
        ("renew", |at| {
            let off = |change: &mut ChangeSubscriptionRequest| change.renewal = 2;
            at.service.change(&at.subscription, off)
        }),
        ("assign", |at| {
            at.service.assign(&at.subscription, &at.other_user)
        }),
        ("withdraw", |at| at.service.withdraw(&at.license)),
    ];
    let (active, suspended) = ("SUBSCRIPTION_STATE ACTIVE", "SUBSCRIPTION_STATE SUSPENDED");
    let table = [
        (
            SubscriptionState::Active,
            ["OK", "OK", active, "OK", "OK", "OK", "OK"],
        ),
        (
            SubscriptionState::Suspended,
            [suspended, suspended, "OK", "OK", "OK", suspended, "OK"],
        ),
    ];
    for (state, expected) in table {
        for ((name, verb), expected) in verbs.into_iter().zip(expected) {
            let stage = Stage::set(Service::start(&store).await).await;
            let find = async || {
                let all = stage.service.subscriptions("adatum").await;
                let mut found = all.into_iter();
                found.find(|one| one.name == stage.subscription).unwrap()
            };
            if state == SubscriptionState::Suspended {
                let suspend = SubscriptionTransition::Suspend;
                let act = stage.service.transition(&stage.subscription, suspend);
                stage.service.act(act).await.unwrap();
            }
            let before = find().await;
            assert_eq!(before.state(), state);
            let answer = stage.service.act(verb(&stage)).await;
            assert_eq!(outcome(&answer), expected, "{name} {state:?}");
            let after = find().await;
            assert_eq!(after == before, answer.is_err(), "{name} {state:?}");
            assert_eq!(after.etag == before.etag, answer.is_err());
            // the next stage brings the same users to the same store
            for user in stage.service.users("adatum").await {
                stage
                    .service
                    .act(stage.service.remove(&user.name))
                    .await
                    .unwrap();
            }
        }
    }
}

/// One change may say several things at once; a quantity is never among them.
async fn a_change_changes_what_it_names(store: Store) {
    let service = Service::start(&store).await;
    let made = service.subscription("adatum", 10).await;
    let message = ChangeSubscriptionRequest {
        display_name: "x".repeat(100),
        renewal: Renewal::Off.into(),
        transition: SubscriptionTransition::Suspend.into(),
        etag: made.etag.clone(),
        ..service.change_message(&made.name)
    };
    let mut client = service.directory();
    let changed = client.change_subscription(message).await.unwrap();
    let changed = changed.into_inner().subscription.unwrap();
    let expected = Subscription {
        display_name: "x".repeat(100),
        renewal: Renewal::Off.into(),
        state: SubscriptionState::Suspended.into(),
        update_time: changed.update_time,
        etag: changed.etag.clone(),
        ..made.clone()
    };
    assert_eq!(changed, expected);
    assert_ne!(changed.etag, made.etag);
    let message = ChangeSubscriptionRequest {
        renewal: Renewal::Automatic.into(),
        ..service.change_message(&made.name)
    };
    let again = client.change_subscription(message).await.unwrap();
    let again = again.into_inner().subscription.unwrap();
    assert_eq!(again.renewal(), Renewal::Automatic);
    assert_eq!(again.display_name, changed.display_name);
    assert_eq!(again.state(), SubscriptionState::Suspended);
}

/// A change that says nothing is refused on what it could have said, the name first.
async fn an_empty_change_is_refused(store: Store) {
    let service = Service::start(&store).await;
    let made = service.subscription("adatum", 10).await;
    let empty = service.change_message(&made.name);
    let mut client = service.directory();
    let answer = client.change_subscription(empty).await;
    assert_eq!(fields(answer), ["display_name", "renewal", "transition"]);
    for (field, spoil) in [
        (
            "display_name",
            (|change| change.display_name = "  ".into()) as Spoil,
        ),
        ("display_name", |change| {
            change.display_name = "x".repeat(101)
        }),
        ("display_name", |change| {
            change.display_name = "a\r\nb".into()
        }),
        ("renewal", |change| change.renewal = 3),
        ("transition", |change| change.transition = -1),
    ] {
        let mut message = service.change_message(&made.name);
        spoil(&mut message);
        assert_eq!(fields(client.change_subscription(message).await), [field]);
    }
    assert_eq!(service.subscriptions("adatum").await, [made]);
}

type Spoil = fn(&mut ChangeSubscriptionRequest);

async fn a_change_of_another_version_is_refused(store: Store) {
    let service = Service::start(&store).await;
    let made = service.subscription("adatum", 10).await;
    let rename = |etag: &str| {
        service.change(&made.name, |change| {
            change.display_name = "New".into();
            change.etag = etag.into();
        })
    };
    let first = rename(&made.etag);
    service.act(first.clone()).await.unwrap();
    for stale in [made.etag.as_str(), "0", "-1", "x", "\"*\""] {
        let answer = service.act(rename(stale)).await;
        assert_eq!(outcome(&answer), "ETAG_MISMATCH", "{stale}");
    }
    // a repeat of what was done on that version is no conflict
    service.act(first).await.unwrap();
    let now = service.subscriptions("adatum").await[0].etag.clone();
    service.act(rename(&now)).await.unwrap();
    // licences count as well: whoever saw none assigned has seen another version
    let now = service.subscriptions("adatum").await[0].etag.clone();
    let user = service.user("adatum", "bo@adatum.example").await;
    service.assigned(&made.name, &user.name).await;
    assert_eq!(outcome(&service.act(rename(&now)).await), "ETAG_MISMATCH");
}

async fn one_of_another_customer_is_not_found(store: Store) {
    let service = Service::start(&store).await;
    let made = service.subscription("adatum", 10).await;
    let absent = format!("customers/adatum/subscriptions/{}", service.uuid());
    for name in [made.name.replace("adatum", "wingtip"), absent] {
        let suspend = service.transition(&name, SubscriptionTransition::Suspend);
        assert_eq!(outcome(&service.act(suspend).await), "NOT_FOUND");
    }
    assert_eq!(service.subscriptions("adatum").await, [made]);
}

//! Tests of the outbox and its relay: time is moved by the clock, nothing waits for it.

mod kinds;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use sea_orm::PaginatorTrait;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::*;
use crate::clock::Clock;
use crate::error::SharedRefusal;
use crate::store::db::tests::{TempDb, on_both_stores};

const LONGER_THAN_ANY_WAIT: Duration = Duration::from_secs(30);

on_both_stores! {
    a_message_is_delivered_once_and_an_id_appended_once,
    a_message_of_a_rolled_back_transaction_never_was,
    a_commit_wakes_the_relay_unless_the_message_is_leased,
    a_failed_try_waits_and_after_ten_the_message_is_parked,
    a_receiver_that_is_away_is_waited_for,
    a_kind_may_never_be_parked,
    a_panic_is_a_failed_try_and_hurts_no_other_message,
    what_a_dead_relay_took_is_taken_again_when_its_lease_ends,
    a_leased_message_is_left_to_its_owner_and_marked_by_it,
    a_late_failure_does_not_touch_the_lease_of_another_relay,
    a_clock_set_back_by_a_day_stalls_nothing,
    a_lease_of_a_clock_that_was_ahead_stalls_nothing,
    relays_whose_clocks_are_apart_leave_each_other_alone,
    what_is_given_back_is_delivered_at_once,
    four_relays_deliver_every_message_and_stop_when_told,
    what_was_delivered_long_ago_is_forgotten_and_nothing_else,
}

async fn store(temp: TempDb) -> TempDb {
    temp.create(table()).await;
    temp
}

fn message(kind: &'static str, occurrence: u32) -> Message {
    Message {
        id: derived_id("things/1", kind, occurrence),
        kind,
        payload: vec![1],
        lease: None,
    }
}

async fn appended(db: &Db, message: Message, now: Time) {
    db.transaction(move |tx| Box::pin(append(tx, message, now)))
        .await
        .unwrap();
}

async fn count(db: &Db, state: State) -> u64 {
    Entity::find()
        .filter(Column::State.eq(state))
        .count(db.reader())
        .await
        .unwrap()
}

/// Counts the deliveries and answers each alike.
fn answering(
    outcome: Result<Delivered, Undelivered>,
) -> (
    Arc<AtomicUsize>,
    impl Fn(Delivery) -> std::future::Ready<Result<Delivered, Undelivered>>,
) {
    let calls = Arc::new(AtomicUsize::new(0));
    let deliver = {
        let calls = calls.clone();
        move |_| {
            calls.fetch_add(1, Ordering::Relaxed);
            std::future::ready(outcome.clone())
        }
    };
    (calls, deliver)
}

fn failed() -> Undelivered {
    Undelivered::Failed("poison".to_owned())
}

async fn a_message_is_delivered_once_and_an_id_appended_once(temp: TempDb) {
    let (temp, clock) = (store(temp).await, Clock::system());
    let (calls, deliver) = answering(Ok(Delivered::Unmarked));
    let relay = Arc::new(Relay::new("test", temp.db.clone(), clock.clone(), deliver));
    appended(&temp.db, message("fact", 1), clock.now()).await;
    appended(&temp.db, message("fact", 1), clock.now()).await;
    assert!(!idle(&temp.db).await.unwrap());
    assert_eq!(relay.round().await, 1);
    clock.advance(LONGER_THAN_ANY_WAIT);
    appended(&temp.db, message("fact", 1), clock.now()).await;
    assert_eq!(relay.round().await, 0);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert!(idle(&temp.db).await.unwrap());
}

async fn a_message_of_a_rolled_back_transaction_never_was(temp: TempDb) {
    let temp = store(temp).await;
    let now = Clock::system().now();
    let rolled_back: Result<(), DbErr> = temp
        .db
        .transaction(move |tx| {
            Box::pin(async move {
                append(tx, message("fact", 1), now).await?;
                Err(DbErr::Custom("no".to_owned()))
            })
        })
        .await;
    assert!(rolled_back.is_err());
    assert!(idle(&temp.db).await.unwrap());
    let wake = timeout(Duration::ZERO, temp.db.appended().notified()).await;
    assert!(wake.is_err());
}

async fn a_commit_wakes_the_relay_unless_the_message_is_leased(temp: TempDb) {
    let temp = store(temp).await;
    let now = Clock::system().now();
    let leased = Message {
        lease: Some(Duration::from_secs(2)),
        ..message("command", 1)
    };
    appended(&temp.db, leased, now).await;
    assert!(
        timeout(Duration::ZERO, temp.db.appended().notified())
            .await
            .is_err()
    );
    appended(&temp.db, message("fact", 1), now).await;
    assert!(
        timeout(Duration::ZERO, temp.db.appended().notified())
            .await
            .is_ok()
    );
}

async fn a_failed_try_waits_and_after_ten_the_message_is_parked(temp: TempDb) {
    let (temp, clock) = (store(temp).await, Clock::system());
    let (calls, deliver) = answering(Err(failed()));
    let relay = Arc::new(Relay::new("test", temp.db.clone(), clock.clone(), deliver));
    appended(&temp.db, message("fact", 1), clock.now()).await;
    for tried in 1..=10 {
        assert_eq!(relay.parked().await, 0);
        assert_eq!(relay.round().await, 1);
        assert_eq!(
            relay.round().await,
            0,
            "a failed try is due again only later"
        );
        assert_eq!(calls.load(Ordering::Relaxed), tried);
        clock.advance(LONGER_THAN_ANY_WAIT);
    }
    assert_eq!(relay.parked().await, 1);
    assert_eq!(relay.round().await, 0);
    let row = Entity::find().one(temp.db.reader()).await.unwrap().unwrap();
    assert_eq!((row.state, row.attempts), (State::Parked, 10));
    assert_eq!(row.last_error.as_deref(), Some("failed: poison"));
}

async fn a_receiver_that_is_away_is_waited_for(temp: TempDb) {
    let (temp, clock) = (store(temp).await, Clock::system());
    for status in [
        Status::unavailable(""),
        Status::deadline_exceeded(""),
        Status::resource_exhausted(""),
        Status::unauthenticated(""),
        SharedRefusal::PeerNotAllowed.into(),
    ] {
        assert!(matches!(Undelivered::from(status), Undelivered::Away(_)));
    }
    assert!(matches!(
        Undelivered::from(Status::invalid_argument("")),
        Undelivered::Failed(_)
    ));
    let (_, deliver) = answering(Err(Status::unavailable("gone").into()));
    let relay = Arc::new(Relay::new("test", temp.db.clone(), clock.clone(), deliver));
    appended(&temp.db, message("fact", 1), clock.now()).await;
    for _ in 0..20 {
        assert_eq!(relay.round().await, 1);
        clock.advance(LONGER_THAN_ANY_WAIT);
    }
    assert_eq!(count(&temp.db, State::Pending).await, 1);
    assert!(relay.oldest().await >= 20 * LONGER_THAN_ANY_WAIT);
}

async fn a_kind_may_never_be_parked(temp: TempDb) {
    let (temp, clock) = (store(temp).await, Clock::system());
    let (calls, deliver) = answering(Err(failed()));
    let relay =
        Relay::new("test", temp.db.clone(), clock.clone(), deliver).never_park(&["establish"]);
    let relay = Arc::new(relay);
    appended(&temp.db, message("establish", 1), clock.now()).await;
    appended(&temp.db, message("fact", 1), clock.now()).await;
    for _ in 0..15 {
        relay.round().await;
        clock.advance(LONGER_THAN_ANY_WAIT);
    }
    assert_eq!(calls.load(Ordering::Relaxed), 15 + 10);
    assert_eq!(
        (count(&temp.db, State::Pending).await, relay.parked().await),
        (1, 1)
    );
}

async fn a_panic_is_a_failed_try_and_hurts_no_other_message(temp: TempDb) {
    let (temp, clock) = (store(temp).await, Clock::system());
    let deliver = async |delivery: Delivery| {
        assert_ne!(delivery.kind, "poison", "a panic on purpose");
        Ok(Delivered::Unmarked)
    };
    let relay = Arc::new(Relay::new("test", temp.db.clone(), clock.clone(), deliver));
    appended(&temp.db, message("poison", 1), clock.now()).await;
    appended(&temp.db, message("fact", 1), clock.now()).await;
    for _ in 0..10 {
        relay.round().await;
        clock.advance(LONGER_THAN_ANY_WAIT);
    }
    assert_eq!(
        (
            count(&temp.db, State::Delivered).await,
            relay.parked().await
        ),
        (1, 1)
    );
}

async fn what_a_dead_relay_took_is_taken_again_when_its_lease_ends(temp: TempDb) {
    let (temp, clock) = (store(temp).await, Clock::system());
    let (_, deliver) = answering(Ok(Delivered::Unmarked));
    let relay = Arc::new(Relay::new("test", temp.db.clone(), clock.clone(), deliver));
    appended(&temp.db, message("fact", 1), clock.now()).await;
    assert_eq!(relay.take_only().await, 1);
    assert_eq!(relay.round().await, 0);
    clock.advance(Duration::from_secs(9));
    assert_eq!(relay.round().await, 1);
}

async fn a_leased_message_is_left_to_its_owner_and_marked_by_it(temp: TempDb) {
    let (temp, clock) = (store(temp).await, Clock::system());
    let (calls, deliver) = answering(Ok(Delivered::Unmarked));
    let relay = Arc::new(Relay::new("test", temp.db.clone(), clock.clone(), deliver));
    let leased = |n| Message {
        lease: Some(Duration::from_secs(5)),
        ..message("command", n)
    };
    appended(&temp.db, leased(1), clock.now()).await;
    appended(&temp.db, leased(2), clock.now()).await;
    assert_eq!(relay.round().await, 0);
    let (id, now) = (leased(1).id, clock.now());
    temp.db
        .transaction(move |tx| Box::pin(delivered(tx, id, now)))
        .await
        .unwrap();
    clock.advance(Duration::from_secs(6));
    assert_eq!(relay.round().await, 1);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert_eq!(count(&temp.db, State::Delivered).await, 2);
}

async fn a_late_failure_does_not_touch_the_lease_of_another_relay(temp: TempDb) {
    let (temp, clock) = (store(temp).await, Clock::system());
    let (_, deliver) = answering(Ok(Delivered::Unmarked));
    let other = Arc::new(Relay::new("other", temp.db.clone(), clock.clone(), deliver));
    let late = {
        let (clock, other) = (clock.clone(), other.clone());
        Relay::new("late", temp.db.clone(), clock.clone(), move |_| {
            let (clock, other) = (clock.clone(), other.clone());
            async move {
                clock.advance(Duration::from_secs(9));
                assert_eq!(other.take_only().await, 1);
                Err(failed())
            }
        })
    };
    appended(&temp.db, message("fact", 1), clock.now()).await;
    assert_eq!(Arc::new(late).round().await, 1);
    let row = Entity::find().one(temp.db.reader()).await.unwrap().unwrap();
    assert_eq!((row.attempts, row.last_error), (0, None));
}

async fn a_clock_set_back_by_a_day_stalls_nothing(temp: TempDb) {
    let (temp, clock) = (store(temp).await, Clock::system());
    let (_, deliver) = answering(Ok(Delivered::Unmarked));
    let relay = Arc::new(Relay::new("test", temp.db.clone(), clock.clone(), deliver));
    appended(&temp.db, message("fact", 1), clock.now()).await;
    clock.step_back(Duration::from_secs(86_400));
    assert_eq!(relay.round().await, 0, "it may be somebody's");
    clock.advance(LONGEST_LEASE + Duration::from_secs(3));
    assert_eq!(relay.round().await, 1);
    assert!(idle(&temp.db).await.unwrap());
}

/// A lease is never further ahead than the longest there is, by however much the clock was ahead
/// that gave it.
async fn a_lease_of_a_clock_that_was_ahead_stalls_nothing(temp: TempDb) {
    let (temp, clock) = (store(temp).await, Clock::system());
    let (_, deliver) = answering(Ok(Delivered::Unmarked));
    let relay = Arc::new(Relay::new("test", temp.db.clone(), clock.clone(), deliver));
    appended(&temp.db, message("fact", 1), clock.now()).await;
    assert_eq!(relay.take_only().await, 1);
    assert_eq!(relay.take_only().await, 0, "leased");
    for ahead in [15, 60, 600].map(Duration::from_secs) {
        clock.advance(ahead);
        assert_eq!(relay.take_only().await, 1);
        clock.step_back(ahead);
        assert_eq!(relay.take_only().await, 0, "it may be somebody's");
        clock.advance(LONGEST_LEASE + Duration::from_secs(3));
        assert_eq!(relay.take_only().await, 1, "{ahead:?} ahead");
        assert_eq!(relay.take_only().await, 0, "leased again");
    }
}

/// Neither takes what the other delivers, and a try that failed counts, and is put off, although
/// the other clock finds the lease too long.
async fn relays_whose_clocks_are_apart_leave_each_other_alone(temp: TempDb) {
    let (temp, clock, ahead) = (store(temp).await, Clock::system(), Clock::system());
    ahead.advance(Duration::from_secs(6));
    let (_, deliver) = answering(Ok(Delivered::Unmarked));
    let behind = Arc::new(Relay::new(
        "behind",
        temp.db.clone(),
        clock.clone(),
        deliver,
    ));
    let taken = Arc::new(AtomicUsize::new(0));
    let (other, by_other) = (behind.clone(), taken.clone());
    let ahead = Relay::new("ahead", temp.db.clone(), ahead, move |_| {
        let (other, by_other) = (other.clone(), by_other.clone());
        async move {
            by_other.store(other.take_only().await, Ordering::Relaxed);
            Err(failed())
        }
    });
    let ahead = Arc::new(ahead);
    appended(&temp.db, message("fact", 1), clock.now()).await;
    assert_eq!(ahead.round().await, 1);
    assert_eq!(taken.load(Ordering::Relaxed), 0, "it is being delivered");
    assert_eq!(ahead.take_only().await, 0, "put off");
    let row = Entity::find().one(temp.db.reader()).await.unwrap().unwrap();
    assert_eq!((row.attempts, row.faults), (1, 1));

    appended(&temp.db, message("fact", 2), clock.now()).await;
    assert_eq!(behind.take_only().await, 1);
    assert_eq!(ahead.take_only().await, 0, "leased by the one behind");
}

async fn what_is_given_back_is_delivered_at_once(temp: TempDb) {
    let (temp, clock) = (store(temp).await, Clock::system());
    let (_, deliver) = answering(Ok(Delivered::Unmarked));
    let relay = Arc::new(Relay::new("test", temp.db.clone(), clock.clone(), deliver));
    let leased = Message {
        lease: Some(Duration::from_secs(5)),
        ..message("fact", 1)
    };
    let (id, now) = (leased.id, clock.now());
    let until = now + Duration::from_secs(5);
    appended(&temp.db, leased, now).await;
    assert_eq!(relay.round().await, 0);
    let given_back = async || {
        let given_back = temp
            .db
            .transaction(move |tx| Box::pin(give_back(tx, id, until, now)));
        given_back.await.unwrap();
    };
    given_back().await;
    let rung = timeout(Duration::from_secs(5), temp.db.appended().notified());
    rung.await.unwrap();
    assert_eq!(relay.take_only().await, 1);
    given_back().await;
    assert_eq!(relay.round().await, 0, "it is the relay's now");
    clock.advance(LONGER_THAN_ANY_WAIT);
    assert_eq!(relay.round().await, 1);
    assert!(idle(&temp.db).await.unwrap());
}

async fn four_relays_deliver_every_message_and_stop_when_told(temp: TempDb) {
    let (temp, clock) = (store(temp).await, Clock::system());
    let (sent, mut received) = tokio::sync::mpsc::unbounded_channel();
    let shutdown = CancellationToken::new();
    let mut relays = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let sent = sent.clone();
        let relay = Relay::new(
            "test",
            temp.db.clone(),
            clock.clone(),
            move |delivery: Delivery| {
                let sent = sent.clone();
                async move {
                    sent.send(delivery.id).unwrap();
                    Ok(Delivered::Unmarked)
                }
            },
        );
        relays.spawn(relay.run(shutdown.clone()));
    }
    for occurrence in 0..100 {
        appended(&temp.db, message("fact", occurrence), clock.now()).await;
    }
    let mut seen = std::collections::HashSet::new();
    for _ in 0..100 {
        seen.insert(
            timeout(LONGER_THAN_ANY_WAIT, received.recv())
                .await
                .unwrap()
                .unwrap(),
        );
    }
    assert_eq!(seen.len(), 100);
    shutdown.cancel();
    timeout(LONGER_THAN_ANY_WAIT, relays.join_all())
        .await
        .unwrap();
    assert!(
        idle(&temp.db).await.unwrap(),
        "what was under way is marked before the relay ends"
    );
}

async fn what_was_delivered_long_ago_is_forgotten_and_nothing_else(temp: TempDb) {
    let (temp, clock) = (store(temp).await, Clock::system());
    let kinds = Arc::new(Mutex::new(Vec::new()));
    let deliver = {
        let kinds = kinds.clone();
        move |delivery: Delivery| {
            kinds.lock().unwrap().push(delivery.kind.clone());
            std::future::ready(if delivery.kind == "fact" {
                Ok(Delivered::Unmarked)
            } else {
                Err(failed())
            })
        }
    };
    let relay = Arc::new(Relay::new("test", temp.db.clone(), clock.clone(), deliver));
    appended(&temp.db, message("fact", 1), clock.now()).await;
    appended(&temp.db, message("other", 1), clock.now()).await;
    relay.round().await;
    assert_eq!(kinds.lock().unwrap().len(), 2);
    assert_eq!(forget(&temp.db, clock.now() - KEPT).await.unwrap(), 0);
    clock.advance(KEPT + LONGER_THAN_ANY_WAIT);
    assert_eq!(forget(&temp.db, clock.now() - KEPT).await.unwrap(), 1);
    assert_eq!(count(&temp.db, State::Pending).await, 1);
}

#[test]
fn ids_are_derived_from_resource_kind_and_occurrence() {
    let id = derived_id("things/1", "Expired", 2);
    assert_eq!(id, derived_id("things/1", "Expired", 2));
    assert_eq!(id.get_version_num(), 5);
    for other in [
        derived_id("things/2", "Expired", 2),
        derived_id("things/1", "Revoked", 2),
        derived_id("things/1", "Expired", 3),
    ] {
        assert_ne!(id, other);
    }
}

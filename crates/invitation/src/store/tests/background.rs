//! What happens beside the calls, on both stores.

use ::tests::{Store as TestStore, on_both_stores};

use super::*;

on_both_stores!(
    expiries_are_recorded_and_told_once_each,
    what_is_amiss_can_be_seen,
);

/// An expiry is recorded and told once; the next link's expiry is another one, recorded by
/// whoever comes first.
async fn expiries_are_recorded_and_told_once_each(on: TestStore) {
    let (store, clock) = fresh(&on, LIMITS).await;
    for _ in 0..3 {
        create(&store, BoundTo::Anybody).await;
    }
    let one = create(&store, BoundTo::Anybody).await;
    let accepted = create(&store, BoundTo::Anybody).await;
    accept(&store, accepted.id, "adatum").await.unwrap();
    assert_eq!(store.expire_invitations().await.unwrap(), 0);
    clock.advance(30 * DAY);
    let (a, b) = tokio::join!(store.expire_invitations(), store.expire_invitations());
    assert_eq!(a.unwrap() + b.unwrap(), 4);
    assert_eq!(store.expire_invitations().await.unwrap(), 0);
    assert_eq!(count(&store, "outbox WHERE kind = 'fact'").await, 4);

    let resent = resend(&store, one.id).await.unwrap().invitation;
    assert_eq!((resent.state_kind(), resent.version), (StateKind::Open, 3));
    clock.advance(30 * DAY);
    assert_eq!(
        refusal(accept(&store, one.id, "adatum").await.map(drop)),
        Refusal::Superseded
    );
    let again = resend(&store, one.id).await.unwrap().invitation;
    assert_eq!((again.version, again.link.generation.number()), (5, 3));
    assert_eq!(
        count(&store, "outbox WHERE kind = 'fact'").await,
        5,
        "the second expiry was told, but never recorded by the background"
    );
}

/// R36: what operators must notice: links that cannot be made again, and claims that nobody
/// decides.
async fn what_is_amiss_can_be_seen(on: TestStore) {
    let (store, clock) = fresh(&on, LIMITS).await;
    let one = create(&store, BoundTo::Anybody).await;
    let two = create(&store, BoundTo::Anybody).await;
    resend(&store, two.id).await.unwrap();
    let mut keys = store.keys_in_use().await.unwrap();
    keys.sort();
    assert_eq!(keys, ["k1", "k2"]);
    accept(&store, one.id, "adatum").await.unwrap();
    assert_eq!(store.keys_in_use().await.unwrap(), ["k2"]);
    let minute = Duration::from_secs(60);
    assert_eq!(store.claims_older_than(minute).await.unwrap(), 0);
    clock.advance(minute + Duration::from_millis(1));
    assert_eq!(store.claims_older_than(minute).await.unwrap(), 1);
    assert_eq!(count(&store, "request").await, 2);
    clock.advance(2 * DAY);
    assert_eq!(store.forget_requests().await.unwrap(), 2);
}

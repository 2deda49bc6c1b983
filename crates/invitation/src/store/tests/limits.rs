//! How many invitations a partner may make and have open, on both stores.

use ::tests::{Store as TestStore, on_both_stores};
use tokio::task::JoinSet;

use super::*;

on_both_stores!(
    limits_refuse_and_leave_nothing_behind,
    a_clock_behind_does_not_begin_the_day_anew,
);

/// R12: as many a day and as many open as configured; also where they are made at once, and by
/// sending again.
async fn limits_refuse_and_leave_nothing_behind(on: TestStore) {
    let (store, clock) = fresh(
        &on,
        Limits {
            per_day: 3,
            open: 2,
            ..LIMITS
        },
    )
    .await;
    to_noon(&clock);

    let attempt = || {
        let new = new(request(&clock, ""), terms(BoundTo::Anybody));
        let store = store.clone();
        async move { Ok(store.create_invitation(new).await?.invitation) }
    };
    let mut racers = JoinSet::new();
    for _ in 0..8 {
        racers.spawn(attempt());
    }
    let racers = racers.join_all().await;
    assert_eq!(racers.iter().filter(|made| made.is_ok()).count(), 2);
    let first = racers.into_iter().find_map(Result::ok).unwrap();
    assert_eq!(refusal(attempt().await), Refusal::OpenQuota);
    assert_eq!(
        numbers(&store.db, "SELECT used FROM quota").await,
        [2],
        "what was refused does not count"
    );
    assert_eq!(
        count(&store, "request").await,
        2,
        "and may be tried again with the same request_id"
    );

    revoke(&store, first.id).await.unwrap();
    attempt().await.unwrap();
    let Refusal::DailyQuota { retry_after } = refusal(attempt().await) else {
        panic!("a day has three")
    };
    assert!(retry_after > DAY / 3 && retry_after <= DAY / 2);
    clock.advance(retry_after);
    assert_eq!(refusal(attempt().await), Refusal::OpenQuota);

    clock.advance(31 * DAY);
    let expired = numbers(
        &store.db,
        "SELECT count(*) FROM invitation WHERE state = 'OPEN'",
    )
    .await;
    assert_eq!(expired, [2], "not recorded yet, but not open");
    let a = attempt().await.unwrap();
    attempt().await.unwrap();
    assert_eq!(
        refusal(resend(&store, first.id).await),
        Refusal::WrongState(StateKind::Revoked)
    );
    let old = all(&store)
        .await
        .into_iter()
        .find(|i| i.state_kind() == StateKind::Expired)
        .unwrap();
    assert_eq!(refusal(resend(&store, old.id).await), Refusal::OpenQuota);
    assert_eq!(
        resend(&store, a.id).await.unwrap().invitation.state_kind(),
        StateKind::Open,
        "was open before"
    );
    revoke(&store, a.id).await.unwrap();
    assert_eq!(
        resend(&store, old.id)
            .await
            .unwrap()
            .invitation
            .state_kind(),
        StateKind::Open
    );
}

/// R12: of two processes the one whose clock is still on the day before counts into the same day;
/// what a clock years ahead counted is forgotten.
async fn a_clock_behind_does_not_begin_the_day_anew(on: TestStore) {
    let limits = Limits {
        per_day: 3,
        ..LIMITS
    };
    let (behind, clock) = fresh(&on, limits).await;
    to_noon(&clock);
    let with_clock = |days: u32| {
        let clock = Clock::system();
        clock.advance(behind.now().since(clock.now()) + days * DAY);
        Store::new(behind.db.clone(), clock, limits)
    };
    let (ahead, far) = (with_clock(1), with_clock(5_000));
    let attempt = |store: &Store| {
        let new = new(request(&clock, ""), terms(BoundTo::Anybody));
        let store = store.clone();
        async move { Ok(store.create_invitation(new).await?.invitation) }
    };
    attempt(&far).await.unwrap();
    for store in [&ahead, &behind, &ahead] {
        attempt(store).await.unwrap();
    }
    for store in [&behind, &ahead] {
        let refused = refusal(attempt(store).await.map(drop));
        assert!(matches!(refused, Refusal::DailyQuota { .. }), "{refused:?}");
    }
}

/// Away from midnight, where a test's day would end under its hands.
fn to_noon(clock: &Clock) {
    let noon = DAY.as_micros() as i64 / 2;
    let since_midnight = clock.now().micros().rem_euclid(DAY.as_micros() as i64);
    clock.advance(Duration::from_micros(
        (noon - since_midnight).rem_euclid(DAY.as_micros() as i64) as u64,
    ));
}

async fn all(store: &Store) -> Vec<Invitation> {
    let rows = Entity::find().all(store.db.reader()).await.unwrap();
    rows.into_iter()
        .map(|row| read(row).unwrap().seen_at(store.now()))
        .collect()
}

//! What is left when many come at once, on both stores.

use ::tests::{Store as TestStore, eventually, on_both_stores};
use sea_orm::DbBackend;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::*;

on_both_stores!(
    of_64_requests_at_once_one_makes_the_invitation,
    of_64_acceptances_one_claims,
    the_first_transition_wins,
    an_acceptance_that_waited_past_the_expiry_is_refused,
    an_acceptance_that_waited_for_its_request_id_is_refused,
);

/// R12: 64 requests with one id at once make one invitation, which all of them are answered.
async fn of_64_requests_at_once_one_makes_the_invitation(on: TestStore) {
    let (store, clock) = fresh(&on, LIMITS).await;
    let request = request(&clock, "");
    let mut racers = JoinSet::new();
    for _ in 0..64 {
        let (store, request) = (store.clone(), request.clone());
        racers.spawn(async move {
            store
                .create_invitation(new(request, terms(BoundTo::Anybody)))
                .await
                .unwrap()
                .invitation
        });
    }
    let made = racers.join_all().await;
    assert!(made.iter().all(|invitation| *invitation == made[0]));
    assert_eq!(count(&store, "invitation").await, 1);
    assert_eq!(numbers(&store.db, "SELECT used FROM quota").await, [1]);
}

/// R36: 64 acceptances at once, of one customer and of many: one claim, one command.
async fn of_64_acceptances_one_claims(on: TestStore) {
    let (store, _) = fresh(&on, LIMITS).await;
    let made = create(&store, BoundTo::Anybody).await;
    let mut racers = JoinSet::new();
    for number in 0..64 {
        let store = store.clone();
        let who = format!("customer-{}", number % 4);
        racers.spawn(async move { accept(&store, made.id, &who).await });
    }
    let outcomes = racers.join_all().await;
    let claims = outcomes
        .iter()
        .flatten()
        .filter(|changed| changed.by_this)
        .count();
    assert_eq!((claims, outcomes.iter().flatten().count()), (1, 16));
    for lost in outcomes.into_iter().filter(Result::is_err) {
        assert_eq!(refusal(lost.map(drop)), Refusal::AlreadyUsed);
    }
    assert_eq!(count(&store, "outbox").await, 1);
}

/// Of an acceptance, a revocation and a resend at once, whoever commits first decides; nobody
/// undoes another.
async fn the_first_transition_wins(on: TestStore) {
    let (store, _) = fresh(&on, LIMITS).await;
    for _ in 0..20 {
        let made = create(&store, BoundTo::Anybody).await;
        let (accepted, revoked) =
            tokio::join!(accept(&store, made.id, "adatum"), revoke(&store, made.id));
        match (accepted, revoked) {
            (Ok(_), lost) => {
                assert_eq!(
                    refusal(lost.map(drop)),
                    Refusal::WrongState(StateKind::Claimed)
                )
            }
            (lost, Ok(_)) => assert_eq!(refusal(lost.map(drop)), Refusal::Revoked),
            (Err(a), Err(b)) => panic!("{a:?} {b:?}"),
        }
        let made = create(&store, BoundTo::Anybody).await;
        let (accepted, resent) =
            tokio::join!(accept(&store, made.id, "adatum"), resend(&store, made.id));
        match (accepted, resent) {
            (Ok(_), lost) => {
                assert_eq!(
                    refusal(lost.map(drop)),
                    Refusal::WrongState(StateKind::Claimed)
                )
            }
            (lost, Ok(_)) => assert_eq!(refusal(lost.map(drop)), Refusal::Superseded),
            (Err(a), Err(b)) => panic!("{a:?} {b:?}"),
        }
    }
}

/// What counts is the time after the row's lock was granted: an acceptance that came in time,
/// and had to wait until it was too late, is too late.
async fn an_acceptance_that_waited_past_the_expiry_is_refused(on: TestStore) {
    a_late_acceptance(on, Held::Row).await;
}

/// The same where it waited for another request with its own id, which then was not done.
async fn an_acceptance_that_waited_for_its_request_id_is_refused(on: TestStore) {
    a_late_acceptance(on, Held::RequestId).await;
}

/// What somebody else's transaction holds while the acceptance waits.
#[derive(Clone, Copy)]
enum Held {
    Row,
    RequestId,
}

async fn a_late_acceptance(on: TestStore, held: Held) {
    let (store, clock) = fresh(&on, LIMITS).await;
    let id = create(&store, BoundTo::Anybody).await.id;
    let request = request(&clock, "");
    let change = Update {
        command: Command::keyed(actor(), "CreateInvitation", Some(request.clone())),
        ..plain(id)
    };
    let (lock, locked) = oneshot::channel();
    let (release, released) = oneshot::channel::<()>();
    let (holder, now) = (store.db.clone(), clock.now());
    let holder = tokio::spawn(async move {
        let hold = holder.transaction(move |tx| {
            Box::pin(async move {
                match held {
                    Held::Row => {
                        Entity::find_by_id(id).lock_exclusive().one(tx).await?;
                    }
                    Held::RequestId => {
                        idempotency::claim(tx, &request, "another", now).await?;
                    }
                }
                lock.send(connection(tx).await?).unwrap();
                released.await.unwrap();
                Err::<(), Error>(SharedRefusal::NotFound.into())
            })
        });
        assert_eq!(shared(hold.await), SharedRefusal::NotFound);
    });
    let holding = locked.await.unwrap();
    let waiter = store.clone();
    let waiting = tokio::spawn(async move {
        let accept = |i: Invitation, now| {
            i.accept(
                Found::ByLink(Generation::FIRST),
                super::holder("adatum"),
                given,
                now,
            )
        };
        waiter.update(change, accept).await.map(drop)
    });
    if let Some(holding) = holding {
        let waiting = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE {holding} = ANY(pg_blocking_pids(pid))"
        );
        eventually("a waiting acceptance", DAY, || async {
            (numbers(&store.db, &waiting).await == [1]).then_some(())
        })
        .await;
    }
    clock.advance(30 * DAY);
    release.send(()).unwrap();
    assert_eq!(refusal(waiting.await.unwrap()), Refusal::Expired);
    holder.await.unwrap();
}

/// PostgreSQL's number of a transaction's connection. SQLite has one writer, which nobody else gets
/// meanwhile.
async fn connection(tx: &DatabaseTransaction) -> Result<Option<i32>, DbErr> {
    if tx.get_database_backend() == DbBackend::Sqlite {
        return Ok(None);
    }
    let pid = Statement::from_string(DbBackend::Postgres, "SELECT pg_backend_pid()");
    let row = tx.query_one_raw(pid).await?;
    row.map(|row| row.try_get_by_index(0)).transpose()
}

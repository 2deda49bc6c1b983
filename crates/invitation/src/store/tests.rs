//! The store on SQLite and PostgreSQL: what is read is what was saved, and a transaction does all
//! or nothing.

mod background;
mod limits;
pub(super) mod many;
mod races;
mod states;

use std::time::Duration;

use ::tests::{Store as TestStore, on_both_stores};
use platform::error::Error as StoreError;
use platform::identity::Actor;
use platform::store::db::Db;
use platform::store::schema;
use sea_orm::{ConnectionTrait, Statement};
use vocabulary::country::Country;
use vocabulary::domain::Domain;
use vocabulary::email::AsciiEmailAddress;

use super::*;
use crate::domain::samples::{
    consent, customer, decision, established, given, holder, parties, partner, terms, user,
};
use crate::domain::{
    Acceptance, AcceptanceState, AccountData, BoundTo, Claim, Consent, Found, Generation, Outcome,
    State,
};

on_both_stores!(
    a_repeated_request_makes_one_invitation,
    a_change_is_made_once_or_not_at_all,
    an_acceptance_goes_with_its_command_and_its_fact,
    a_decision_for_another_customer_is_recorded_and_audited,
);

const LIMITS: Limits = Limits {
    per_day: 1000,
    open: 1000,
    resends: 1000,
};
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A migrated store of this test's own, and the clock that it runs by.
pub(super) async fn fresh(on: &TestStore, limits: Limits) -> (Store, Clock) {
    let db = on.open("invitation").await;
    schema::migrate::<Migrator>(&db).await.unwrap();
    let clock = Clock::system();
    (Store::new(db, clock.clone(), limits), clock)
}

fn actor() -> Actor {
    Actor {
        issuer: "https://issuer".into(),
        subject: "rui".into(),
        tenant: "contoso".into(),
    }
}

fn request(clock: &Clock, content: &str) -> IdempotencyKey {
    let message = prost_types::Option {
        name: content.to_owned(),
        value: None,
    };
    let id = clock.id().to_string();
    IdempotencyKey::required("contoso", "CreateInvitation", &id, &message).unwrap()
}

fn new(request: IdempotencyKey, terms: Terms) -> New {
    New {
        parties: parties(),
        terms,
        key_id: "k1".to_owned(),
        command: Command::keyed(actor(), "CreateInvitation", Some(request)),
    }
}

pub(super) async fn create(store: &Store, bound_to: BoundTo) -> Invitation {
    let new = new(request(&store.clock, ""), terms(bound_to));
    store.create_invitation(new).await.unwrap().invitation
}

fn plain(invitation: InvitationId) -> Update {
    Update {
        invitation,
        partner: None,
        etag: None,
        command: Command::keyed(actor(), "Test", None),
        audited: false,
    }
}

async fn accept(store: &Store, id: InvitationId, who: &str) -> Result<Updated, Error> {
    let holder = holder(who);
    let rule =
        move |i: Invitation, now| i.accept(Found::ByLink(Generation::FIRST), holder, given, now);
    store.update(plain(id), rule).await
}

async fn revoke(store: &Store, id: InvitationId) -> Result<Updated, Error> {
    store.update(plain(id), Invitation::revoke).await
}

async fn resend(store: &Store, id: InvitationId) -> Result<Updated, Error> {
    store
        .update(plain(id), |i, now| i.resend("k2", None, now))
        .await
}

/// The numbers that a statement answers.
async fn numbers(db: &Db, sql: &str) -> Vec<i64> {
    let statement = Statement::from_string(db.backend(), sql);
    let rows = db.reader().query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}

async fn count(store: &Store, what: &str) -> i64 {
    numbers(&store.db, &format!("SELECT count(*) FROM {what}")).await[0]
}

#[track_caller]
fn refusal<T>(result: Result<T, Error>) -> Refusal {
    match result {
        Err(StoreError::Refused(refusal)) => refusal,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("not refused"),
    }
}

#[track_caller]
fn shared<T>(result: Result<T, Error>) -> SharedRefusal {
    match result {
        Err(StoreError::SharedRefusal(refusal)) => refusal,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("not refused"),
    }
}

/// R12: a repeat makes nothing, counts towards no limit, and answers the invitation as it is by
/// then.
async fn a_repeated_request_makes_one_invitation(on: TestStore) {
    let (store, clock) = fresh(
        &on,
        Limits {
            per_day: 1,
            open: 1,
            ..LIMITS
        },
    )
    .await;
    let request = request(&clock, "");
    let made = store
        .create_invitation(new(request.clone(), terms(BoundTo::Anybody)))
        .await
        .unwrap()
        .invitation;
    let revoked = revoke(&store, made.id).await.unwrap().invitation;
    let again = store
        .create_invitation(new(request.clone(), terms(BoundTo::Anybody)))
        .await
        .unwrap()
        .invitation;
    assert_eq!(again, revoked);
    assert_eq!(
        store.earlier(&request).await.unwrap(),
        Some(made.name().to_string())
    );
    assert_eq!(count(&store, "invitation").await, 1);
    assert_eq!(numbers(&store.db, "SELECT used FROM quota").await, [1]);
    assert_eq!(
        count(&store, "audit WHERE action = 'CreateInvitation'").await,
        1
    );
}

/// R19, R32: a change needs its partner and its etag, leaves nothing when refused, and is not made
/// twice.
async fn a_change_is_made_once_or_not_at_all(on: TestStore) {
    let (store, clock) = fresh(&on, LIMITS).await;
    let made = create(&store, BoundTo::Anybody).await;
    let id = clock.id().to_string();
    let update = |content: &str| {
        let message = prost_types::Option {
            name: content.to_owned(),
            value: None,
        };
        let request = IdempotencyKey::new("contoso", "RevokeInvitation", &id, &message).unwrap();
        let partner = Some(partner("contoso"));
        Update {
            partner,
            command: Command::keyed(actor(), "RevokeInvitation", request),
            audited: true,
            ..plain(made.id)
        }
    };
    let anothers = Update {
        partner: Some(partner("fabrikam")),
        ..update("")
    };
    assert_eq!(
        shared(store.update(anothers, Invitation::revoke).await.map(drop)),
        SharedRefusal::NotFound
    );
    let stale = Update {
        etag: Some("0".to_owned()),
        ..update("")
    };
    assert_eq!(
        shared(store.update(stale, Invitation::revoke).await.map(drop)),
        SharedRefusal::EtagMismatch
    );
    let refused = store.update(update(""), |i, now| {
        i.accept(Found::ByLink(Generation::kept(2)), holder("a"), given, now)
    });
    assert_eq!(refusal(refused.await.map(drop)), Refusal::NotFound);
    assert_eq!(store.invitation(made.id).await.unwrap(), made);
    assert_eq!(
        count(&store, "request WHERE method = 'RevokeInvitation'").await,
        0
    );

    let current = Update {
        etag: Some(made.etag()),
        ..update("")
    };
    let revoked = store.update(current, Invitation::revoke).await.unwrap();
    assert!(revoked.by_this && revoked.invitation.state_kind() == StateKind::Revoked);
    let again = store.update(update(""), Invitation::revoke).await.unwrap();
    assert!(!again.by_this && again.invitation == revoked.invitation);
    let reused = store.update(update("other"), Invitation::revoke).await;
    assert_eq!(shared(reused.map(drop)), SharedRefusal::RequestIdReused);
    assert_eq!(
        count(&store, "audit WHERE action = 'RevokeInvitation'").await,
        1
    );
    assert_eq!(
        count(&store, "outbox").await,
        0,
        "nobody is told of a revocation"
    );
}

/// R27, R36: claim and command in one transaction, decision and fact in another; each once, whoever
/// comes later.
async fn an_acceptance_goes_with_its_command_and_its_fact(on: TestStore) {
    let (store, _) = fresh(&on, LIMITS).await;
    let made = create(&store, BoundTo::Anybody).await;
    let claimed = accept(&store, made.id, "adatum").await.unwrap();
    let again = accept(&store, made.id, "adatum").await.unwrap();
    assert!(claimed.by_this && !again.by_this && again.invitation == claimed.invitation);
    assert_eq!(
        count(
            &store,
            "outbox WHERE kind = 'establish' AND state = 'PENDING'"
        )
        .await,
        1
    );

    let decided = || decision("adatum", Outcome::Established(established()));
    let first = store
        .confirm(claimed.invitation.clone(), decided())
        .await
        .unwrap();
    let late = store.confirm(claimed.invitation, decided()).await.unwrap();
    assert!(first.by_this && !late.by_this && late.invitation == first.invitation);
    let Some(Acceptance { state, .. }) = first.invitation.acceptance() else {
        panic!("accepted")
    };
    assert!(
        matches!(state, AcceptanceState::Established { relationships, .. } if relationships == established())
    );
    assert_eq!(
        count(
            &store,
            "outbox WHERE kind = 'establish' AND state = 'DELIVERED'"
        )
        .await,
        1
    );
    assert_eq!(
        count(&store, "outbox WHERE kind = 'fact' AND state = 'PENDING'").await,
        1
    );
    assert_eq!(count(&store, "outbox").await, 2);
    assert_eq!(
        count(&store, "audit").await,
        1,
        "the row itself says who accepted"
    );
}

/// R36: what was decided is recorded, also where it was decided for another customer; the lost
/// claim is kept in the audit.
async fn a_decision_for_another_customer_is_recorded_and_audited(on: TestStore) {
    let (store, _) = fresh(&on, LIMITS).await;
    let made = create(&store, BoundTo::Anybody).await;
    let claimed = accept(&store, made.id, "adatum").await.unwrap().invitation;
    let others = decision("woodgrove", Outcome::Established(established()));
    let confirmed = store.confirm(claimed, others).await.unwrap().invitation;
    let State::Accepted {
        claim:
            Claim {
                customer: who,
                consent: None,
                ..
            },
        ..
    } = &confirmed.state
    else {
        panic!("{:?}", confirmed.state)
    };
    assert_eq!(*who, customer("woodgrove"));
    assert_eq!(store.invitation(made.id).await.unwrap(), confirmed);
    assert_eq!(
        refusal(accept(&store, made.id, "adatum").await.map(drop)),
        Refusal::AlreadyUsed
    );
    assert_eq!(
        count(&store, "audit WHERE tenant = 'adatum' AND subject = 'ana'").await,
        1
    );
}

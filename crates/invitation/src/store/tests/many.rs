//! Many invitations at once, and what a statement reads of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::{DbBackend, DbErr, QueryTrait, Select, Statement};

use super::*;

pub(in crate::store) const MANY: Limits = Limits {
    per_day: 1_000_000,
    open: 1_000_000,
    resends: 1000,
};
const SECOND: i64 = 1_000_000;
const PART: u32 = 10_000;

/// Makes `count` more invitations, a second apart from each other, of every state, some joint with
/// fabrikam, some with proseware, most of them of one of 50 customers, some bound to one of 50
/// customers, addresses or domains. `open_until` says when the open ones expire.
pub(in crate::store) async fn seed(store: &Store, count: u32, open_until: &str) {
    let template = create(store, crate::domain::BoundTo::Anybody).await;
    let uuid = template.id.uuid();
    let (id, only) = match store.db.backend() {
        DbBackend::Postgres => ("gen_random_uuid()", format!("'{uuid}'")),
        _ => ("randomblob(16)", format!("x'{}'", uuid.simple())),
    };
    let state = "CASE i % 8 WHEN 0 THEN 'OPEN' WHEN 1 THEN 'CLAIMED' WHEN 2 THEN 'ACCEPTED' WHEN 3 THEN 'VOID' \
                 WHEN 4 THEN 'DECLINED' WHEN 5 THEN 'REVOKED' WHEN 6 THEN 'EXPIRED' ELSE 'OPEN' END";
    let solo = "i % 5 = 0";
    let answered = "i % 8 IN (1, 2, 3, 4)";
    let claimed = "i % 8 IN (1, 2, 3)";
    let time = format!("create_time + (i / 2) * CAST({SECOND} AS bigint)");
    let part = |first: u32, last: u32| {
        format!(
        "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last})
         INSERT INTO invitation (
           id, acceptance, partner, partner_name, partner_permissions,
           provider, provider_name, provider_permissions, partnership,
           bound_customer, bound_email, bound_email_domain,
           correlation_id, acquisition, language, message, lifetime_days, create_time,
           generation, key_id, expire_time, state, state_time, customer, claim_time,
           reseller_relationship, void_reason, version)
         SELECT {id}, {id}, partner, partner_name, partner_permissions,
           CASE WHEN {solo} THEN NULL WHEN i % 3 = 0 THEN 'proseware' ELSE provider END,
           CASE WHEN {solo} THEN NULL ELSE provider_name END,
           CASE WHEN {solo} THEN NULL ELSE provider_permissions END,
           CASE WHEN {solo} THEN NULL ELSE partnership END,
           CASE WHEN i % 16 = 0 THEN 'customer-' || (i % 50) ELSE NULL END,
           CASE WHEN i % 16 IN (7, 8, 10) THEN 'user@domain-' || (i % 50) || '.example' ELSE NULL END,
           CASE WHEN i % 16 IN (2, 15) THEN 'domain-' || (i % 50) || '.example' ELSE NULL END,
           CASE WHEN i % 3 = 0 THEN '' ELSE 'CRM ' || (i % 50) END,
           acquisition, language, message, lifetime_days, {time},
           generation, key_id, {open_until}, {state}, {time} + 1,
           CASE WHEN {answered} OR i % 16 = 0 THEN 'customer-' || (i % 50) ELSE NULL END,
           CASE WHEN {claimed} THEN {time} ELSE NULL END,
           CASE WHEN i % 8 = 2 THEN id ELSE NULL END,
           CASE WHEN i % 8 = 3 THEN 'PARTNERSHIP_ENDED' ELSE NULL END, 1
         FROM invitation, n WHERE invitation.id = {only}"
    )
    };
    assert_eq!(template.version, 1);
    // in parts, each in the time that a statement may take on a busy machine
    for first in (1..=count).step_by(PART as usize) {
        run(store, part(first, std::cmp::min(count, first + PART - 1))).await;
    }
    if store.db.backend() == DbBackend::Postgres {
        run(store, "ANALYZE invitation".to_owned()).await;
    }
}

async fn run(store: &Store, sql: String) {
    let run = store.db.transaction(move |tx| {
        Box::pin(async move { tx.execute_unprepared(&sql).await.map(drop) })
    });
    let ran: Result<(), DbErr> = run.await;
    ran.unwrap();
}

/// What a statement reads: rows on PostgreSQL, steps of the virtual machine on SQLite. Fails where
/// it does not go along `index`, or sorts.
pub(in crate::store) async fn cost(store: &Store, select: Select<Entity>, index: &str) -> u64 {
    let statement = select.build(store.db.backend());
    match store.db.backend() {
        DbBackend::Postgres => rows_read(store, statement, index).await,
        _ => steps(store, statement, index).await,
    }
}

async fn rows_read(store: &Store, mut statement: Statement, index: &str) -> u64 {
    statement.sql = format!("EXPLAIN (ANALYZE, TIMING OFF) {}", statement.sql);
    let rows = store.db.reader().query_all_raw(statement).await.unwrap();
    let plan: Vec<String> = rows
        .iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect();
    let text = plan.join("\n");
    assert!(
        text.contains(&format!("using {index} on invitation")),
        "{text}"
    );
    assert!(
        !text.contains("Sort") && !text.contains("Seq Scan"),
        "{text}"
    );
    let scan = plan.iter().find(|line| line.contains(index)).unwrap();
    let read = scan
        .split("actual rows=")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap();
    let removed = plan
        .iter()
        .filter_map(|line| line.split("Rows Removed by Filter: ").nth(1));
    read.parse::<u64>().unwrap()
        + removed
            .map(|rows| rows.trim().parse::<u64>().unwrap())
            .sum::<u64>()
}

async fn steps(store: &Store, statement: Statement, index: &str) -> u64 {
    let explain = Statement {
        sql: format!("EXPLAIN QUERY PLAN {}", statement.sql),
        ..statement.clone()
    };
    let rows = store.db.reader().query_all_raw(explain).await.unwrap();
    let plan: Vec<String> = rows
        .iter()
        .map(|row| row.try_get("", "detail").unwrap())
        .collect();
    assert!(
        plan.len() == 1 && plan[0].contains(&format!("USING INDEX {index}")),
        "{plan:?}"
    );

    // every connection counts its steps: which of them the statement will run on is the pool's
    // choice
    let counted = Arc::new(AtomicU64::new(0));
    let readers = store.db.reader().pool();
    let pool = readers.get_sqlite_connection_pool();
    let mut connections = Vec::new();
    for _ in 0..pool.options().get_max_connections() {
        let mut connection = pool.acquire().await.unwrap();
        let counted = counted.clone();
        connection
            .lock_handle()
            .await
            .unwrap()
            .set_progress_handler(1, move || {
                counted.fetch_add(1, Ordering::Relaxed);
                true
            });
        connections.push(connection);
    }
    drop(connections);
    store.db.reader().query_all_raw(statement).await.unwrap();
    let steps = counted.load(Ordering::Relaxed);
    assert!(steps > 0, "steps are counted");
    steps
}

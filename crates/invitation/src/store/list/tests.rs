//! The list on SQLite and PostgreSQL: every filter and combination against the rule itself, and
//! what a page costs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::tests::{Store as TestStore, on_both_stores};
use platform::page::Query;
use proto::invitation::v1::ListInvitationsRequest;
use sea_orm::{DbBackend, DbErr, QueryTrait, Statement};
use strum::VariantArray;

use super::*;
use crate::domain::Limits;
use crate::domain::samples::{customer, partner};
use crate::store::background;
use crate::store::tests::{create, fresh};

on_both_stores!(
    every_filter_and_combination_shows_what_the_rule_admits,
    the_last_page_costs_what_the_first_does,
);

const LIMITS: Limits = Limits {
    per_day: 1_000_000,
    open: 1_000_000,
    resends: 1000,
};
const SECOND: i64 = 1_000_000;

/// Makes `count` more invitations, a second apart from each other, of every state, some joint with
/// fabrikam, some with proseware, most of them of one of 50 customers. `open_until` says when the
/// open ones expire.
async fn seed(store: &Store, count: u32, open_until: &str) {
    let template = create(store, crate::domain::BoundTo::Anybody).await;
    let id = match store.db.backend() {
        DbBackend::Postgres => "gen_random_uuid()",
        _ => "randomblob(16)",
    };
    let state = "CASE i % 8 WHEN 0 THEN 'OPEN' WHEN 1 THEN 'CLAIMED' WHEN 2 THEN 'ACCEPTED' WHEN 3 THEN 'VOID' \
                 WHEN 4 THEN 'DECLINED' WHEN 5 THEN 'REVOKED' WHEN 6 THEN 'EXPIRED' ELSE 'OPEN' END";
    let solo = "i % 5 = 0";
    let answered = "i % 8 IN (1, 2, 3, 4)";
    let seed = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO invitation (
           id, acceptance, partner, partner_name, partner_permissions,
           provider, provider_name, provider_permissions, partnership,
           correlation_id, acquisition, language, message, lifetime_days, create_time,
           generation, key_id, expire_time, state, state_time, customer, claim_time,
           reseller_relationship, void_reason, version)
         SELECT {id}, {id}, partner, partner_name, partner_permissions,
           CASE WHEN {solo} THEN NULL WHEN i % 3 = 0 THEN 'proseware' ELSE provider END,
           CASE WHEN {solo} THEN NULL ELSE provider_name END,
           CASE WHEN {solo} THEN NULL ELSE provider_permissions END,
           CASE WHEN {solo} THEN NULL ELSE partnership END,
           correlation_id, acquisition, language, message, lifetime_days, create_time + (i / 2) * CAST({SECOND} AS bigint),
           generation, key_id, {open_until}, {state}, state_time,
           CASE WHEN {answered} OR i % 16 = 0 THEN 'customer-' || (i % 50) ELSE NULL END,
           CASE WHEN {answered} THEN create_time ELSE NULL END,
           CASE WHEN i % 8 = 2 THEN id ELSE NULL END,
           CASE WHEN i % 8 = 3 THEN 'PARTNERSHIP_ENDED' ELSE NULL END, 1
         FROM invitation, n"
    );
    let sql = match store.db.backend() {
        DbBackend::Postgres => format!("{seed}; ANALYZE invitation"),
        _ => seed,
    };
    assert_eq!(template.version, 1);
    let run = store.db.transaction(move |tx| {
        Box::pin(async move { tx.execute_unprepared(&sql).await.map(drop) })
    });
    let seeded: Result<(), DbErr> = run.await;
    seeded.unwrap();
}

/// The pages of a list, one after the other; the list must come to an end.
async fn pages(store: &Store, filter: &Filter, size: i32) -> Vec<Vec<InvitationId>> {
    let request = ListInvitationsRequest {
        parent: format!("{filter:?}"),
        ..Default::default()
    };
    let query = Query::new("contoso", "ListInvitations", &request);
    let mut pages = Vec::new();
    let mut token = String::new();
    loop {
        let page = PageRequest::parse(size, &token, query).unwrap();
        let page = store
            .list_invitations(partner("contoso"), filter.clone(), page)
            .await
            .unwrap();
        pages.push(page.items.iter().map(|invitation| invitation.id).collect());
        token = page.next_page_token;
        assert!(pages.len() < 1000, "a list without an end: {filter:?}");
        if token.is_empty() {
            return pages;
        }
    }
}

/// The list holds every state; filters, alone and together, show exactly what they say,
/// newest first, on pages of any size, also where an expiry is not recorded yet.
async fn every_filter_and_combination_shows_what_the_rule_admits(on: TestStore) {
    let (store, clock) = fresh(&on, LIMITS).await;
    let start = clock.now();
    // every third of the open ones has expired, unrecorded
    let soon = (start + Duration::from_secs(3600)).micros();
    let open_until = format!(
        "CASE WHEN i % 3 = 0 THEN {} ELSE {soon} END",
        start.micros()
    );
    seed(&store, 320, &open_until).await;
    let rows = Entity::find().all(store.db.reader()).await.unwrap();
    let mut all: Vec<Invitation> = rows
        .into_iter()
        .map(|row| read(row).unwrap().seen_at(clock.now()))
        .collect();
    all.sort_by_key(|invitation| std::cmp::Reverse(position(invitation)));
    for state_kind in StateKind::VARIANTS {
        assert!(
            all.iter()
                .any(|invitation| invitation.state_kind() == *state_kind)
        );
    }

    let early = Some(all[250].create_time);
    let late = Some(all[60].create_time);
    let mut shown = 0;
    for state_kind in [None]
        .into_iter()
        .chain(StateKind::VARIANTS.iter().copied().map(Some))
    {
        for provider in [None, Some("fabrikam"), Some("nobody")] {
            for by in [None, Some("customer-2"), Some("customer-16")] {
                for (created_from, created_before) in [
                    (None, None),
                    (early, None),
                    (None, late),
                    (early, late),
                    (late, early),
                ] {
                    let (provider, customer) = (provider.map(partner), by.map(customer));
                    let filter = Filter {
                        state_kind,
                        provider,
                        customer,
                        created_from,
                        created_before,
                    };
                    let admitted = all.iter().filter(|invitation| filter.admits(invitation));
                    let expected: Vec<_> = admitted.map(|invitation| invitation.id).collect();
                    for size in [7, 500] {
                        let pages = pages(&store, &filter, size).await;
                        assert!(pages.iter().all(|page| page.len() <= size as usize));
                        assert_eq!(pages.concat(), expected, "{filter:?} by {size}");
                    }
                    shown += expected.len();
                }
            }
        }
    }
    assert!(shown > 3000, "the filters show something: {shown}");
}

/// At 100,000 invitations a page is a stretch of one index, in its order, at the end of the
/// list as at its beginning; a combination of filters looks at a bounded number of rows.
async fn the_last_page_costs_what_the_first_does(on: TestStore) {
    let (store, clock) = fresh(&on, LIMITS).await;
    let start = clock.now();
    let later = (start + Duration::from_secs(30 * 86_400)).micros();
    seed(&store, 100_000, &later.to_string()).await;
    let contoso = partner("contoso");
    let everything = Filter::default();
    let open = Filter {
        state_kind: Some(StateKind::Open),
        ..everything.clone()
    };
    let joint = Filter {
        provider: Some(partner("fabrikam")),
        ..everything.clone()
    };
    let one = Filter {
        customer: Some(customer("customer-2")),
        ..everything.clone()
    };
    for (filter, index) in [
        (&everything, "invitation_ledger"),
        (&open, "invitation_by_state"),
        (&joint, "invitation_by_provider"),
        (&one, "invitation_by_customer"),
    ] {
        let oldest = Filter {
            created_before: Some(start + Duration::from_secs(4000)),
            ..filter.clone()
        };
        let tail = along(&contoso, &oldest, None, 100_000)
            .all(store.db.reader())
            .await
            .unwrap();
        let end = &tail[tail.len() - 52];
        let end = (end.create_time, end.id);
        let first = cost(&store, along(&contoso, filter, None, 51), index).await;
        let last = cost(&store, along(&contoso, filter, Some(&end), 51), index).await;
        assert!(
            first.abs_diff(last) * 4 <= first,
            "{index}: {first} at the beginning, {last} at the end"
        );
    }
    // what looks only at the rows of one state goes along an index of just these
    for (few, index) in [
        (due_of(&contoso, start), "invitation_open_of_partner"),
        (background::due(start), "invitation_open"),
        (background::claimed_before(start), "invitation_claimed"),
    ] {
        // as a parameter, the state would leave a prepared statement's plan without such an index
        let sql = few.build(store.db.backend()).sql;
        assert!(sql.contains("\"state\" = '"), "{sql}");
        let read = cost(&store, few, index).await;
        assert!(read <= 50, "{index}: there is none, but {read} were read");
    }

    let rare = Filter {
        state_kind: Some(StateKind::Revoked),
        provider: Some(partner("fabrikam")),
        customer: Some(customer("customer-1")),
        ..everything
    };
    let pages = pages(&store, &rare, 50).await;
    assert!(
        pages.concat().is_empty() && pages.len() == 1000 / BUDGET,
        "{} pages",
        pages.len()
    );
}

/// What a statement reads: rows on PostgreSQL, steps of the virtual machine on SQLite. Fails where
/// it does not go along `index`, or sorts.
async fn cost(store: &Store, select: Select<Entity>, index: &str) -> u64 {
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

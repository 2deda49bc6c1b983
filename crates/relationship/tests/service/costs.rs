//! What ListAccess, a watcher and the work beside them cost at 100,000 relationships and as many
//! changes: a bounded number of rows a statement, by an index, wherever they are.

use std::collections::BTreeSet;
use std::time::Duration;

use platform::clock::Time;
use platform::page::{PageRequest, Query};
use sea_orm::{DbBackend, Statement};
use tests::{Probe, Store, on_both_stores};
use uuid::Uuid;
use vocabulary::id::{CustomerId, PartnerId};

use ::relationship::plan::Scope;
use ::relationship::{Config, plan};
use vocabulary::id::RelationshipId;

use crate::reach::fill;
use crate::support::Service;
use crate::world::RESELLER;

on_both_stores!(a_page_costs_the_same_wherever_it_is);

const ROWS: u32 = 100_000;
/// How many relationships one statement looks at, and how many numbers a watcher reads at once.
const CHUNK: u64 = 100;
const READ: u64 = 200;
/// How many commits are numbered at once.
const WAITING: u64 = 100;

/// R39: of 100,000 relationships a chunk of entries reads what is in it, and of 100,000 changes a
/// watcher what it tells.
async fn a_page_costs_the_same_wherever_it_is(store: Store) {
    // who numbers is not to take away what is to be looked at
    let config = Config {
        changes_every: Duration::from_secs(3_600),
        ..Config::default()
    };
    let service = Service::configured(&store, config).await;
    service.enrolled("contoso", RESELLER).await;
    fill(&service, ROWS).await;
    let probe = Probe::open(&store, "relationship").await;
    fill_changes(&probe, store.backend()).await;
    let tables = ["partner", "account", "relationship", "privilege", "change"];
    probe.analyze(&tables).await;

    let backend = store.backend();
    let waiting = (1..=WAITING).map(|n| {
        let number = i64::from(ROWS) + n as i64;
        (Uuid::from_u128(number as u128), number)
    });
    let give = plan::give(backend, waiting.collect());
    let contoso = PartnerId::parse("contoso").unwrap();
    let scope = Scope::Partner(contoso.clone());
    let customer = Scope::Customer(CustomerId::parse("c7").unwrap());
    let id = |number: u32| RelationshipId::from(Uuid::from_u128(u128::from(number)));
    for number in [1, ROWS / 2, ROWS - 200] {
        let rows = number..number + CHUNK as u32;
        let pairs: BTreeSet<_> = rows
            .clone()
            .map(|n| {
                (
                    contoso.clone(),
                    CustomerId::parse(&format!("c{n}")).unwrap(),
                )
            })
            .collect();
        let page = behind(Time::from_micros(i64::from(number + 200) * 1_000_000));
        let at = i64::from(number);
        let last = id(number + CHUNK as u32);
        let [ids, present] = plan::present(backend, Some(id(number)), last);
        for (what, rows, statement) in [
            (
                "relationships",
                CHUNK,
                plan::relationships(backend, &scope, None, &page),
            ),
            (
                "of a customer",
                CHUNK,
                plan::relationships(backend, &customer, None, &page),
            ),
            (
                "privileges beside them",
                CHUNK,
                plan::standing(backend, &pairs),
            ),
            (
                "later ones",
                CHUNK,
                plan::followed(backend, rows.map(id).collect()),
            ),
            ("present state, its ids", CHUNK, ids),
            ("present state", CHUNK, present),
            ("changes of all", READ, plan::changes(backend, None, at)),
            (
                "changes of one",
                READ,
                plan::changes(backend, Some(&contoso), at),
            ),
            ("head", 1, plan::head(backend)),
            ("unnumbered", WAITING, plan::unnumbered(backend)),
            ("to forget", 500, plan::oldest_changes(backend)),
            ("expired", 1, plan::expired(backend, Time::from_micros(at))),
        ] {
            bounded(&probe, backend, what, rows, &statement).await;
        }
    }
    bounded(&probe, backend, "numbering", WAITING, &give).await;
}

/// No table is read from its beginning, and no more rows than these, with a few beside each.
async fn bounded(probe: &Probe, backend: DbBackend, what: &str, rows: u64, statement: &Statement) {
    let plan = probe.plan(statement).await;
    for table in ["relationship", "privilege", "change"] {
        for scan in [format!("Seq Scan on {table}"), format!("SCAN {table}")] {
            let reads_all = plan.lines().any(|line| {
                let whole = line.trim_end().ends_with(&scan) || line.contains(&format!("{scan} "));
                whole && !line.contains("USING")
            });
            assert!(!reads_all, "{what}:\n{plan}");
        }
    }
    let work = probe.work(statement).await;
    let bound = match backend {
        DbBackend::Postgres => 5 * rows + 50,
        // a step of SQLite's machine is less than a row
        _ => 100 * rows + 2_000,
    };
    assert!(
        work <= bound,
        "{what} reads {work}, {bound} at most:\n{plan}"
    );
}

/// A page of a chunk that begins behind this moment.
fn behind(time: Time) -> PageRequest<(Time, RelationshipId)> {
    let page = |token: &str| {
        let query = Query::new("contoso", "ListAccess", &prost_types::Option::default());
        PageRequest::parse(CHUNK as i32 - 1, token, query).unwrap()
    };
    let first = page("");
    let last = (time, RelationshipId::from(Uuid::nil()));
    let rows = vec![(); CHUNK as usize];
    page(&first.page(rows, |()| last).next_page_token)
}

/// As many changes, numbered, of every third one two rows.
async fn fill_changes(probe: &Probe, backend: DbBackend) {
    let (id, bytes) = match backend {
        DbBackend::Postgres => ("lpad(to_hex(n), 32, '0')::uuid", "''::bytea"),
        _ => ("unhex(printf('%032x', n))", "x''"),
    };
    let all = u64::from(ROWS) + WAITING;
    for (partner, of) in [("contoso", 1), ("fabrikam", 3)] {
        probe
            .run(&format!(
                "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {all})
                 INSERT INTO change (id, partner, number, number_time, change_time, events)
                 SELECT {id}, '{partner}', n, n, n, {bytes} FROM numbers WHERE n % {of} = 0"
            ))
            .await;
    }
    let waiting = format!(
        "UPDATE change SET number = NULL, number_time = NULL WHERE number > {}",
        u64::from(ROWS)
    );
    probe.run(&waiting).await;
    let counter = format!("UPDATE change_counter SET last_number = {ROWS}");
    probe.run(&counter).await;
}

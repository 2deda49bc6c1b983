//! What a page costs at 100,000 customers of one partner: the last like the first.

use platform::clock::Time;
use platform::page::{Cursor, PageRequest, Query};
use sea_orm::{DbBackend, Statement};
use tests::{Probe, Store, on_both_stores};
use uuid::Uuid;
use vocabulary::id::PartnerId;

use ::relationship::plan;
use ::relationship::plan::Prefix;

use crate::support::Service;

on_both_stores!(the_last_page_of_100_000_customers_costs_what_the_first_does);

const CUSTOMERS: u32 = 100_000;
/// Rows a page, and the one more that says whether another follows.
const PAGE: u64 = 50 + 1;

/// R8: a page reads what is on it, by the index alone, wherever it is in the list: rows that scans
/// touch on PostgreSQL, steps of the virtual machine on SQLite.
async fn the_last_page_of_100_000_customers_costs_what_the_first_does(store: Store) {
    let _service = Service::start(&store).await;
    let probe = Probe::open(&store, "relationship").await;
    fill(&probe, store.backend()).await;
    let contoso = PartnerId::parse("contoso").unwrap();
    let every = Prefix::of("name").unwrap();
    let backend = store.backend();

    // the first customer is the oldest and the first by its name; 25 rows remain behind each of
    // these
    let newest = pages((Time::from_micros(26), Uuid::nil().into()));
    let by_key = pages((b"name 000099975".to_vec(), Uuid::max().into()));
    for (what, index, [first, last]) in [
        (
            "newest first",
            // or the one without the state: here every relationship is active
            "establish_time_id",
            newest.map(|page| plan::customers(backend, &contoso, &page)),
        ),
        (
            "by name",
            "name_key_id",
            by_key
                .each_ref()
                .map(|page| plan::customers_by_name(backend, &contoso, &every, page)),
        ),
        (
            "by domain",
            "domain_key_id",
            by_key.map(|page| plan::customers_by_domain(backend, &contoso, &every, &page)),
        ),
    ] {
        for page in [&first, &last] {
            in_order_of(&probe, index, page).await;
        }
        let (first, last) = (probe.work(&first).await, probe.work(&last).await);
        assert!(first > 0 && last > 0, "{what}: something is read");
        assert!(
            last <= first,
            "{what}: {last} at the end, {first} at the beginning"
        );
        // a row of the list, its account, and the partner; a step of SQLite's machine is less than
        // a row
        let bound = match backend {
            DbBackend::Postgres => 3 * PAGE,
            _ => 100 * PAGE,
        };
        assert!(first <= bound, "{what}: {first} for a page of {PAGE}");
    }
}

/// The page is read along an index of the relationships that ends so, neither sorted nor counted
/// off.
pub(crate) async fn in_order_of(probe: &Probe, index: &str, page: &Statement) {
    let plan = probe.plan(page).await;
    let along = |word: &str| word.starts_with("relationship_partner_") && word.ends_with(index);
    assert!(
        plan.split_whitespace().any(along),
        "{index} is not used:\n{plan}"
    );
    for costly in ["Sort", "TEMP B-TREE", "Seq Scan", "OFFSET"] {
        assert!(
            !plan.contains(costly) && !page.sql.contains(costly),
            "{costly} in:\n{plan}"
        );
    }
}

/// The first page, and one that begins behind this row.
pub(crate) fn pages<C: Cursor + Clone>(behind: C) -> [PageRequest<C>; 2] {
    let page = |token: &str| {
        let query = Query::new("contoso", "ListCustomers", &prost_types::Option::default());
        PageRequest::<C>::parse(50, token, query).unwrap()
    };
    let first = page("");
    let token = first
        .page(vec![(); 51], |()| behind.clone())
        .next_page_token;
    [first, page(&token)]
}

/// One partner with its customers, and as many relationships of others between them.
async fn fill(probe: &Probe, backend: DbBackend) {
    let (id, key) = match backend {
        DbBackend::Postgres => (
            "lpad(to_hex(n), 32, '0')::uuid",
            "convert_to('name ' || lpad((n / 2)::text, 9, '0'), 'UTF8')",
        ),
        _ => (
            "unhex(printf('%032x', n))",
            "CAST('name ' || printf('%09d', n / 2) AS BLOB)",
        ),
    };
    let rows = 2 * CUSTOMERS;
    let numbers = format!(
        "WITH RECURSIVE numbers(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n <= {rows})"
    );
    probe
        .run(
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)
             INSERT INTO partner
               (id, kind, display_name, state, state_reason, create_time, update_time, activate_time, version)
             SELECT CASE n WHEN 1 THEN 'contoso' ELSE 'other' || n END,
               'INDIRECT_RESELLER', 'P', 'ACTIVE', '', 0, 0, 0, 1 FROM numbers",
        )
        .await;
    probe
        .run(&format!(
            "{numbers} INSERT INTO account (id, display_name, country, domain, opened_by, create_time)
             SELECT 'c' || n, 'C', 'BR', 'c.example', {id}, n FROM numbers"
        ))
        .await;
    probe
        .run(&format!(
            "{numbers} INSERT INTO relationship
               (id, partner, partner_kind, customer, state, origin, establish_time, name_key, domain_key, version)
             SELECT {id}, CASE WHEN n % 2 = 0 THEN 'contoso' ELSE 'other2' END, 'INDIRECT_RESELLER', 'c' || n,
               'ACTIVE', 'invitation', n / 2, {key}, {key}, 1 FROM numbers"
        ))
        .await;
    probe.analyze(&["partner", "account", "relationship"]).await;
}

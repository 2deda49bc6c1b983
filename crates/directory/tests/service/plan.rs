//! How the stores carry out lists and streams: each by its index, in its order, and with no more
//! work for more rows.

use directory::plan::{self, State};
use platform::clock::Time;
use platform::page::{Cursor, PageRequest, Query};
use sea_orm::{DbBackend, Statement};
use tests::{Probe, Store, on_both_stores};
use uuid::Uuid;
use vocabulary::id::{CustomerId, PartnerId};

use crate::support::Service;

on_both_stores!(
    lists_are_read_from_their_index,
    business_is_read_from_its_key,
    a_held_licence_is_looked_up,
);

/// Rows of each table; half of them are adatum's, and half of the business is contoso's.
const ROWS: u32 = 20_000;

/// R23: the first page of each list, and one far behind it.
async fn lists_are_read_from_their_index(store: Store) {
    let probe = filled(&store).await;
    let backend = store.backend();
    let adatum = CustomerId::parse("adatum").unwrap();
    let far = Time::from_micros(9_001);
    for page in pages((far, Uuid::max().into())) {
        for (state, index) in [
            (None, "subscription_customer_create_time_id"),
            (
                Some(State::Suspended),
                "subscription_customer_state_create_time_id",
            ),
        ] {
            let list = plan::subscriptions(backend, &adatum, state, &page);
            check(&probe, &list, index).await;
        }
    }
    let contoso = PartnerId::parse("contoso").unwrap();
    for page in pages((far, Uuid::max().into())) {
        let list = plan::orders(backend, &adatum, &contoso, &page);
        let index = "customer_order_customer_partner_create_time_id";
        check(&probe, &list, index).await;
    }
    for page in pages((far, Uuid::max().into())) {
        let list = plan::users(backend, &adatum, &page);
        check(&probe, &list, "person_customer_create_time_id").await;
    }
    for page in pages((far, Uuid::max().into())) {
        let list = plan::licenses(backend, &adatum, &page);
        check(&probe, &list, "license_customer_assign_time_id").await;
    }
}

/// R6: a batch of a stream costs the same wherever it begins.
async fn business_is_read_from_its_key(store: Store) {
    let probe = filled(&store).await;
    let backend = store.backend();
    let contoso = PartnerId::parse("contoso").unwrap();
    let far = (CustomerId::parse("c19000").unwrap(), "p".to_owned());
    let index = match backend {
        DbBackend::Sqlite => "sqlite_autoindex_business_1",
        _ => "business_pkey",
    };
    let mut work = Vec::new();
    for after in [None, Some(&far)] {
        let batch = plan::business(backend, &contoso, after);
        let plan = ordered(&probe, &batch).await;
        assert!(plan.contains(index), "{index} is not used:\n{plan}");
        work.push(probe.work(&batch).await);
    }
    assert!(work.iter().all(|work| *work < 40_000), "{work:?}");
    assert!(work[1] < 2 * work[0], "{work:?}");
}

async fn a_held_licence_is_looked_up(store: Store) {
    let probe = filled(&store).await;
    let id = |number: u128| Uuid::from_u128(number);
    let held = plan::license_held(store.backend(), id(7).into(), id(7).into());
    let plan = probe.plan(&held).await;
    assert!(plan.contains("license_person"), "{plan}");
    assert!(probe.work(&held).await < 100);
}

/// The first page of a list, and one far behind it.
fn pages<C: Cursor + Clone>(far: C) -> [PageRequest<C>; 2] {
    let page = |token: &str| {
        let query = Query::new("", "List", &());
        PageRequest::<C>::parse(50, token, query).unwrap()
    };
    let first = page("");
    let token = first.page(vec![(); 51], |()| far.clone()).next_page_token;
    [first, page(&token)]
}

/// The list is read from this index, in its order, and little more of it than a page.
async fn check(probe: &Probe, list: &Statement, index: &str) {
    let plan = ordered(probe, list).await;
    let used = plan.split_whitespace().any(|word| word == index);
    assert!(used, "{index} is not used:\n{plan}");
    let work = probe.work(list).await;
    assert!(work < 2_500, "{work}:\n{plan}");
}

/// The plan, which sorts nothing and never reads a whole table.
async fn ordered(probe: &Probe, list: &Statement) -> String {
    let plan = probe.plan(list).await;
    for bad in ["Sort", "TEMP B-TREE", "Seq Scan", "SCAN "] {
        assert!(!plan.contains(bad), "{plan}");
    }
    plan
}

async fn filled(store: &Store) -> Probe {
    Service::start(store).await;
    let probe = Probe::open(store, "directory").await;
    let id_of = |number: &str| match store.backend() {
        DbBackend::Sqlite => format!("unhex(printf('%032x', {number}))"),
        _ => format!("lpad(to_hex({number}), 32, '0')::uuid"),
    };
    // a subscription has many licences
    let (id, subscription) = (id_of("n"), id_of("n % 100 + 1"));
    let customer = "CASE WHEN n % 2 = 0 THEN 'adatum' ELSE 'c' || n END";
    let partner = "CASE WHEN n % 2 = 0 THEN 'contoso' ELSE 'p' || n END";
    let ended = "CASE WHEN n % 10 = 0 THEN n END";
    for (table, columns, values) in [
        (
            "business",
            "partner, customer, portal, display_name, country, domain, privileges",
            format!("{partner}, 'c' || n, 'p', 'C', 'BR', 'c.example', ''"),
        ),
        (
            "subscription",
            "id, customer, offer, display_name, state, renewal, quantity, assigned_quantity, create_time, update_time, version",
            format!(
                "{id}, {customer}, 'x', 'X', CASE WHEN n % 50 = 0 THEN 'SUSPENDED' ELSE 'ACTIVE' END, 'OFF', 9, 1, n, n, 1"
            ),
        ),
        (
            "customer_order",
            "id, customer, partner, kind, subscription, quantity, create_time",
            format!("{id}, {customer}, {partner}, 'MORE_LICENSES', {subscription}, 1, n"),
        ),
        (
            "person",
            "id, customer, display_name, sign_in_name, sign_in_key, create_time, remove_time",
            format!("{id}, {customer}, 'U', 'u' || n || '@a.b', 'u' || n || '@a.b', n, {ended}"),
        ),
        (
            "license",
            "id, customer, subscription, person, assign_time, withdraw_time",
            format!("{id}, {customer}, {subscription}, {id}, n, {ended}"),
        ),
    ] {
        let numbers = format!(
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {ROWS})"
        );
        let insert =
            format!("INSERT INTO {table} ({columns}) {numbers} SELECT {values} FROM numbers");
        probe.run(&insert).await;
        probe.analyze(&[table]).await;
    }
    probe
}

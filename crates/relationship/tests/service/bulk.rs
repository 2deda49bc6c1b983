//! A reseller with 50,000 existing customers: imported exactly, and then listed at the cost of a
//! page.

use std::time::Duration;

use platform::clock::Time;
use proto::relationship::v1::*;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tests::{Probe, Store, eventually, on_both_stores, with};
use uuid::Uuid;
use vocabulary::id::{PartnerId, RelationshipId};

use ::relationship::plan;
use ::relationship::plan::Prefix;

use crate::directory::customers;
use crate::lists::{in_order_of, pages};
use crate::support::Service;
use crate::world::RESELLER;

on_both_stores!(fifty_thousand_existing_customers_are_imported_and_listed);

const CUSTOMERS: usize = 50_000;
/// Rows a page, and the one more that says whether another follows.
const PAGE: u64 = 50 + 1;

/// R6, R8: every customer is in the list, once; and a page costs what is on it, straight after the
/// import: first and last, by time, by the beginning of the name and of the domain.
async fn fifty_thousand_existing_customers_are_imported_and_listed(store: Store) {
    let service = Service::start(&store).await;
    service.portals.know("contoso", customers(CUSTOMERS));
    service.portals.are(|told| told.batch = 1_000);
    service.enroll("contoso", RESELLER).await.unwrap();
    service.approved("contoso").await.unwrap();
    let limit = Duration::from_secs(180);
    eventually("50,000 customers", limit, async || {
        let (partner, import) = service.import_of("contoso").await;
        let import = import?;
        assert_ne!(import.state(), ImportState::Waiting, "{}", import.detail);
        (partner.state() == PartnerState::Active).then_some(())
    })
    .await;
    let all = CUSTOMERS as i64;
    assert_eq!(service.count("relationship").await, all);
    assert_eq!(service.count("privilege").await, all);
    assert_eq!(every_customer(&service).await, CUSTOMERS);

    let probe = Probe::open(&store, "relationship").await;
    let contoso = PartnerId::parse("contoso").unwrap();
    let (names, domains) = (Prefix::of("c00").unwrap(), Prefix::of("c00").unwrap());
    let backend = store.backend();
    let newest = pages(behind_newest(&service).await);
    let by_name = pages((b"c0049974 of the portals".to_vec(), Uuid::max().into()));
    let by_domain = pages((b"c0049974.example".to_vec(), Uuid::max().into()));
    for (what, index, [first, last]) in [
        (
            "newest first",
            "establish_time_id",
            newest.map(|page| plan::customers(backend, &contoso, &page)),
        ),
        (
            "by name",
            "name_key_id",
            by_name.map(|page| plan::customers_by_name(backend, &contoso, &names, &page)),
        ),
        (
            "by domain",
            "domain_key_id",
            by_domain.map(|page| plan::customers_by_domain(backend, &contoso, &domains, &page)),
        ),
    ] {
        for page in [&first, &last] {
            in_order_of(&probe, index, page).await;
        }
        let (first, last) = (probe.work(&first).await, probe.work(&last).await);
        // a row of the list, its account, and the partner; a step of SQLite's machine is less than
        // a row
        let bound = match backend {
            DbBackend::Postgres => 3 * PAGE,
            _ => 100 * PAGE,
        };
        assert!(0 < first && first <= bound, "{what}: {first} for a page");
        assert!(
            0 < last && last <= bound,
            "{what}: {last} for the last page"
        );
    }
}

/// How many different customers the pages of the list show, from the first to the last.
async fn every_customer(service: &Service) -> usize {
    let (mut seen, mut page_token) = (std::collections::BTreeSet::new(), String::new());
    loop {
        let message = ListCustomersRequest {
            parent: "partners/contoso".to_owned(),
            page_size: 500,
            page_token,
            ..Default::default()
        };
        let mut client = service.relationships();
        let answer = client
            .list_customers(with(&service.agent("contoso"), message))
            .await;
        let page = answer.unwrap().into_inner();
        let before = seen.len();
        let listed = page.customers.len();
        seen.extend(page.customers.into_iter().map(|one| one.customer));
        assert_eq!(seen.len(), before + listed, "a customer is listed twice");
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return seen.len();
        }
    }
}

/// The position behind which 25 of the relationships remain, newest first.
async fn behind_newest(service: &Service) -> (Time, RelationshipId) {
    let sql =
        "SELECT establish_time, id FROM relationship ORDER BY establish_time, id LIMIT 1 OFFSET 25";
    let statement = Statement::from_string(service.db.backend(), sql);
    let row = service.db.reader().query_one_raw(statement).await.unwrap();
    let row = row.unwrap();
    (
        row.try_get_by_index(0).unwrap(),
        row.try_get_by_index(1).unwrap(),
    )
}

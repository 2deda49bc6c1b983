//! How the stores carry out the lists that are not of customers: each by its index, without
//! sorting.

use platform::clock::{Day, Time};
use platform::page::{Cursor, PageRequest, Query};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use tests::{Store, on_both_stores};
use uuid::Uuid;
use vocabulary::id::{CustomerId, PartnerId};
use vocabulary::partner_kind::PartnerKind;

use ::relationship::plan;
use ::relationship::plan::{Scope, partner, partnership, privilege, relationship};

use crate::support::Service;

on_both_stores!(
    relationships_and_privileges_are_read_from_their_index,
    partners_and_partnerships_are_read_from_their_index,
    access_is_looked_up_pair_by_pair,
);

/// Rows of each table; half of the relationships and privileges are contoso's.
const ROWS: u32 = 20_000;

/// R8: the history and the privileges of a partner, of a customer, and between the two, in any
/// state.
async fn relationships_and_privileges_are_read_from_their_index(store: Store) {
    let service = filled(&store).await;
    let backend = store.backend();
    let contoso = PartnerId::parse("contoso").unwrap();
    let adatum = CustomerId::parse("adatum").unwrap();
    let newest = || pages((Time::from_micros(9_000), Uuid::max().into()));
    for (scope, owner) in [
        (Scope::Partner(contoso.clone()), "partner"),
        (Scope::Customer(adatum.clone()), "customer"),
    ] {
        for page in newest() {
            let list = plan::relationships(backend, &scope, None, &page);
            check(
                &service,
                list,
                &format!("relationship_{owner}_establish_time_id"),
            )
            .await;
        }
        for page in pages((Time::from_micros(9_000), Uuid::max().into())) {
            let list = plan::privileges(backend, &scope, None, &page);
            check(&service, list, &format!("privilege_{owner}_grant_time_id")).await;
        }
    }
    let partner = Scope::Partner(contoso.clone());
    let removed = Some(relationship::State::Removed);
    for page in newest() {
        let list = plan::relationships(backend, &partner, removed, &page);
        check(
            &service,
            list,
            "relationship_partner_state_establish_time_id",
        )
        .await;
    }
    let ended = Some(privilege::State::Terminated);
    for page in pages((Time::from_micros(9_000), Uuid::max().into())) {
        let list = plan::privileges(backend, &partner, ended, &page);
        check(&service, list, "privilege_partner_state_grant_time_id").await;
    }
    // what two have with each other is little, in whatever order it is read
    let both = Scope::Both(contoso, adatum);
    let [first, _] = newest();
    let plan = explain(&service, plan::relationships(backend, &both, None, &first)).await;
    assert!(plan.contains("customer"), "{plan}");
}

/// Operators page through partners, partners through their partnerships, by whatever they ask for.
async fn partners_and_partnerships_are_read_from_their_index(store: Store) {
    let service = filled(&store).await;
    let backend = store.backend();
    let contoso = PartnerId::parse("contoso").unwrap();
    let reseller = Some(PartnerKind::IndirectReseller);
    let failed = Some(partner::State::Failed);
    for page in pages((Time::from_micros(9_000), contoso.clone())) {
        for (kind, state, index) in [
            (None, None, "partner_create_time_id"),
            (reseller, None, "partner_kind_create_time_id"),
            (None, failed, "partner_state_create_time_id"),
            (reseller, failed, "partner_kind_state_create_time_id"),
        ] {
            check(&service, plan::partners(backend, kind, state, &page), index).await;
        }
    }
    let fabrikam = PartnerId::parse("fabrikam").unwrap();
    let today = plan::proposals(backend, &contoso, &fabrikam, Day::kept(19_000));
    check(&service, today, "partnership_proposed_by_create_time").await;
    for page in pages((Time::from_micros(9_000), Uuid::max().into())) {
        for (kind, side) in [
            (PartnerKind::IndirectReseller, "reseller"),
            (PartnerKind::IndirectProvider, "provider"),
        ] {
            let list = plan::partnerships(backend, (kind, &contoso), None, &page);
            check(
                &service,
                list,
                &format!("partnership_{side}_create_time_id"),
            )
            .await;
            let ended = Some(partnership::StateKind::Ended);
            let list = plan::partnerships(backend, (kind, &contoso), ended, &page);
            check(
                &service,
                list,
                &format!("partnership_{side}_state_create_time_id"),
            )
            .await;
        }
    }
}

/// R3: however many questions are asked, and of however many customers, each is a handful of
/// look-ups.
async fn access_is_looked_up_pair_by_pair(store: Store) {
    let service = filled(&store).await;
    for count in [1, 10] {
        let pairs = (0..count).map(|number| {
            let customer = format!("c{}", 2 * number + 2);
            (
                PartnerId::parse("contoso").unwrap(),
                CustomerId::parse(&customer).unwrap(),
            )
        });
        let plan = explain(&service, plan::access(store.backend(), &pairs.collect())).await;
        for index in [
            "relationship_partner_customer",
            "privilege_partner_customer_grant_time_id",
        ] {
            assert!(
                plan.split_whitespace().any(|word| word == index),
                "{index} is not used:\n{plan}"
            );
        }
    }
}

/// The first page of a list, and one far behind it.
fn pages<C: Cursor + Clone>(far: C) -> [PageRequest<C>; 2] {
    let page = |token: &str| {
        let query = Query::new("contoso", "List", &prost_types::Option::default());
        PageRequest::<C>::parse(50, token, query).unwrap()
    };
    let first = page("");
    let token = first.page(vec![(); 51], |()| far.clone()).next_page_token;
    [first, page(&token)]
}

/// The list is read from this index, and in its order.
async fn check(service: &Service, list: Statement, index: &str) {
    let plan = explain(service, list).await;
    assert!(
        plan.split_whitespace().any(|word| word == index),
        "{index} is not used:\n{plan}"
    );
    assert!(
        !plan.contains("Sort") && !plan.contains("TEMP B-TREE"),
        "{plan}"
    );
}

/// What the store says that it would do, which never is reading a whole table.
async fn explain(service: &Service, list: Statement) -> String {
    let (explain, column) = match service.db.backend() {
        DbBackend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
        _ => ("EXPLAIN", "QUERY PLAN"),
    };
    let explained = Statement {
        sql: format!("{explain} {}", list.sql),
        ..list
    };
    let lines = service.db.reader().query_all_raw(explained).await.unwrap();
    let lines: Vec<String> = lines
        .iter()
        .map(|line| line.try_get("", column).unwrap())
        .collect();
    // the questions that a statement brings with it are no table
    let fine = ["USING INDEX", "ROW", "SCAN asked"];
    for line in &lines {
        let scans = line.contains("Seq Scan") || line.contains("SCAN ");
        let reads_all = scans && !fine.iter().any(|fine| line.contains(fine));
        assert!(!reads_all, "{}", lines.join("\n"));
    }
    lines.join("\n")
}

async fn filled(store: &Store) -> Service {
    let service = Service::start(store).await;
    let sqlite = store.backend() == DbBackend::Sqlite;
    let (id, key) = if sqlite {
        (
            "unhex(printf('%032x', n))",
            "CAST('name ' || printf('%09d', n) AS BLOB)",
        )
    } else {
        (
            "lpad(to_hex(n), 32, '0')::uuid",
            "convert_to('name ' || lpad(n::text, 9, '0'), 'UTF8')",
        )
    };
    let partner = "CASE WHEN n % 2 = 0 THEN 'contoso' ELSE 'p' || (n % 200) END";
    let customer = "CASE WHEN n % 100 = 0 THEN 'adatum' ELSE 'c' || n END";
    let state = "CASE WHEN n % 10 = 0 THEN 'REMOVED' ELSE 'ACTIVE' END";
    let rows = format!(
        "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {ROWS})"
    );
    let of_row = |table: &str, columns: &str, values: &str| {
        format!("{rows} INSERT INTO {table} ({columns}) SELECT {values} FROM numbers")
    };
    let partner_columns = "id, kind, display_name, state, state_reason, create_time, update_time, activate_time, version";
    let partner_rest = "CASE WHEN n % 50 = 0 THEN 'INDIRECT_RESELLER' ELSE 'INDIRECT_PROVIDER' END, 'P', \
         CASE WHEN n % 70 = 0 THEN 'FAILED' ELSE 'ACTIVE' END, '', n, n, n, 1";
    let statements = [
        of_row(
            "partner",
            partner_columns,
            &format!("'p' || n, {partner_rest}"),
        ),
        format!(
            "INSERT INTO partner ({partner_columns}) SELECT 'contoso', kind, 'C', state, '', 0, 0, 0, 1 FROM partner WHERE id = 'p2'"
        ),
        of_row(
            "account",
            "id, display_name, country, domain, opened_by, create_time",
            &format!("'c' || n, 'C', 'BR', 'c.example', {id}, n"),
        ),
        "INSERT INTO account (id, display_name, country, domain, opened_by, create_time) SELECT 'adatum', display_name, country, domain, opened_by, 0 FROM account WHERE id = 'c1'".to_owned(),
        of_row(
            "partnership",
            "id, reseller, provider, proposed_by, state, create_time, version",
            &format!(
                "{id}, CASE WHEN n % 2 = 0 THEN 'contoso' ELSE 'p' || n END, \
                 CASE WHEN n % 2 = 1 THEN 'contoso' ELSE 'p' || n END, 'contoso', \
                 CASE WHEN n % 35 = 0 THEN 'ENDED' ELSE 'PROPOSED' END, n, 1"
            ),
        ),
        of_row(
            "relationship",
            "id, partner, partner_kind, customer, state, origin, establish_time, name_key, domain_key, version",
            &format!(
                "{id}, {partner}, 'INDIRECT_RESELLER', {customer}, \
                 {state}, 'invitation', n, {key}, {key}, 1"
            ),
        ),
        of_row(
            "privilege",
            "id, partner, customer, areas, state, grant_time, version",
            &format!(
                "{id}, {partner}, {customer}, 15, CASE WHEN n % 10 = 0 THEN 'TERMINATED' ELSE 'ACTIVE' END, n, 1"
            ),
        ),
        // each by its name: without one, PostgreSQL looks at the other tests' tables as well
        "ANALYZE partner".to_owned(),
        "ANALYZE account".to_owned(),
        "ANALYZE partnership".to_owned(),
        "ANALYZE relationship".to_owned(),
        "ANALYZE privilege".to_owned(),
    ];
    let filled: Result<(), DbErr> = service
        .db
        .transaction(move |tx| {
            Box::pin(async move {
                for statement in statements {
                    tx.execute_unprepared(&statement).await?;
                }
                Ok(())
            })
        })
        .await;
    filled.unwrap();
    service
}

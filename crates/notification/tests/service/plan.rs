//! How the stores carry out a list: by its index, without sorting, the last page like the first.

use platform::clock::Time;
use platform::page::{PageRequest, Query};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tests::{Store, on_both_stores};
use uuid::Uuid;
use vocabulary::id::NoticeId;
use vocabulary::id::PartnerId;

use crate::support::{Service, rows_of};

on_both_stores!(a_page_of_notices_is_read_from_its_index);

/// Of two partners, half each.
const NOTICES: u32 = 10_000;

/// R8: a partner's page costs what is on it, however many notices there are, on the first page and
/// far behind it.
async fn a_page_of_notices_is_read_from_its_index(store: Store) {
    let _service = Service::start(&store).await;
    fill(&store).await;
    let first = page("");
    let rows: Vec<u32> = (0..=50).collect();
    let next = first.page(rows, |_| {
        (Time::from_micros(5_000), NoticeId::from(Uuid::max()))
    });
    for page in [first, page(&next.next_page_token)] {
        let partner = PartnerId::parse("p1").unwrap();
        let list = notification::plan::notices(store.backend(), &partner, &page);
        let plan = explain(&store, list).await;
        assert!(plan.contains("notice_partner_occur_time"), "{plan}");
        assert!(
            !plan.contains("Sort") && !plan.contains("TEMP B-TREE"),
            "{plan}"
        );
    }
}

fn page(token: &str) -> PageRequest<(Time, NoticeId)> {
    let query = Query::new("p1", "ListNotices", &prost_types::Option::default());
    PageRequest::parse(50, token, query).unwrap()
}

/// What the store says that it would do.
async fn explain(store: &Store, statement: Statement) -> String {
    let (explain, column) = match store.backend() {
        DbBackend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
        _ => ("EXPLAIN", "QUERY PLAN"),
    };
    let explained = Statement {
        sql: format!("{explain} {}", statement.sql),
        ..statement
    };
    let lines = rows_of(store, explained).await;
    let lines: Vec<String> = lines
        .iter()
        .map(|line| line.try_get("", column).unwrap())
        .collect();
    lines.join("\n")
}

async fn fill(store: &Store) {
    let values: Vec<String> = (0..NOTICES)
        .map(|number| {
            let id = match store.backend() {
                DbBackend::Sqlite => format!("x'{number:032x}'"),
                _ => format!("'{number:032x}'"),
            };
            format!(
                "({id}, 'p{}', 'invitation-expired', '', '', {number}, 0)",
                number % 2
            )
        })
        .collect();
    let columns = "id, partner, kind, subject, remark, occur_time, create_time";
    let insert = format!(
        "INSERT INTO notice ({columns}) VALUES {}",
        values.join(", ")
    );
    let db = store.open("notification").await;
    db.transaction(move |tx| {
        Box::pin(async move {
            tx.execute_unprepared(&insert).await?;
            tx.execute_unprepared("ANALYZE notice").await.map(drop)
        })
    })
    .await
    .unwrap();
    db.close().await.unwrap();
}

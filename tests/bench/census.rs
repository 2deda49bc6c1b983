//! The rows of a store from outside: counted by table and state, copied, and made known to
//! PostgreSQL's planner.
//!
//! Both sides of a ratio must have written the same for every call. Nothing here is part of what is
//! measured.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use platform::store::db::{Db, DbOptions};
use sea_orm::{ConnectionTrait, Database, DbBackend, DbErr, QueryResult, Statement};
use tests::{Role, Store};

/// Rows by service, table and state.
pub(crate) type Census = BTreeMap<(Role, String, String), i64>;

/// The services that have a store.
pub(crate) const OWNERS: [Role; 4] = [
    Role::Invitation,
    Role::Relationship,
    Role::Notification,
    Role::Directory,
];

/// Counts every row of every service.
pub(crate) async fn count(store: &Store) -> Census {
    let mut census = Census::new();
    for service in OWNERS {
        let db = store.open(service.name()).await;
        let tables = rows(
            &db,
            match db.backend() {
                DbBackend::Sqlite => "SELECT name AS word FROM sqlite_master WHERE type = 'table'",
                _ => {
                    "SELECT table_name::text AS word FROM information_schema.tables WHERE table_schema = current_schema()"
                }
            },
        );
        for table in words(tables.await) {
            let state = match columns(&db, &table)
                .await
                .iter()
                .any(|column| column == "state")
            {
                true => "state",
                false => "''",
            };
            let counted =
                format!("SELECT {state} AS word, COUNT(*) AS number FROM \"{table}\" GROUP BY 1");
            for row in rows(&db, &counted).await {
                let key = (service, table.clone(), word(&row));
                census.insert(key, row.try_get("", "number").expect("a count"));
            }
        }
        db.close().await.expect("the store closes");
    }
    census
}

/// What was written between two counts, where that is not nothing.
pub(crate) fn between(before: &Census, after: &Census) -> Census {
    let number = |census: &Census, key| census.get(key).copied().unwrap_or_default();
    let keys = before.keys().chain(after.keys());
    keys.map(|key| (key.clone(), number(after, key) - number(before, key)))
        .filter(|(_, written)| *written != 0)
        .collect()
}

/// So many times the same.
pub(crate) fn times(census: &Census, calls: usize) -> Census {
    let calls = i64::try_from(calls).expect("not that many");
    census
        .iter()
        .map(|(key, written)| (key.clone(), written * calls))
        .collect()
}

/// Copies an open invitation once for every number: each copy's id and acceptance begin with these
/// prefixes.
pub(crate) async fn copy_invitation(
    store: &Store,
    template: &str,
    prefixes: [String; 2],
    numbers: Range<u64>,
) {
    let db = store.open(Role::Invitation.name()).await;
    let sqlite = db.backend() == DbBackend::Sqlite;
    let columns = columns(&db, "invitation").await;
    let id = |text: &str| match sqlite {
        true => format!("unhex(replace({text}, '-', ''))"),
        false => format!("({text})::uuid"),
    };
    let [own, acceptance] =
        prefixes.map(|prefix| id(&format!("'{prefix}' || CAST(number AS text)")));
    let copied: Vec<String> = columns
        .iter()
        .map(|column| match column.as_str() {
            "id" => own.clone(),
            "acceptance" => acceptance.clone(),
            other => format!("\"{other}\""),
        })
        .collect();
    let insert = format!(
        "INSERT INTO \"invitation\" (\"{}\") WITH RECURSIVE numbers(number) AS (SELECT CAST({} AS bigint) UNION ALL \
         SELECT number + 1 FROM numbers WHERE number < {}) SELECT {} FROM \"invitation\", numbers WHERE \"id\" = {}",
        columns.join("\", \""),
        numbers.start,
        numbers.end - 1,
        copied.join(", "),
        id(&format!("'{template}'")),
    );
    let copies = db
        .transaction(move |tx| Box::pin(async move { tx.execute_unprepared(&insert).await }))
        .await
        .map_err(|error: DbErr| error)
        .expect("copies are made");
    assert_eq!(
        copies.rows_affected(),
        numbers.end - numbers.start,
        "one copy for each number"
    );
    db.close().await.expect("the store closes");
}

/// Tells the planner of the rows that a preparation made, and writes them out, lest that happen
/// while something is measured. The whole server's, so for both sides. Production has its
/// statistics from autovacuum.
pub(crate) async fn settle(store: &Store) {
    command(store, "ANALYZE").await;
    write_out(store).await;
}

/// Writes out what a preparation made, and tells the planner nothing: where that is the concern of
/// what is measured.
pub(crate) async fn write_out(store: &Store) {
    command(store, "CHECKPOINT").await;
}

async fn command(store: &Store, command: &str) {
    if store.backend() == DbBackend::Postgres {
        let url = store.url(Role::Invitation.name());
        let server = Database::connect(url).await.expect("PostgreSQL answers");
        let done = server.execute_unprepared(command).await;
        done.expect("the server obeys");
        server.close().await.expect("the connection closes");
    }
}

/// The number that a statement answers, which may take long.
pub(crate) async fn number(store: &Store, service: Role, sql: &str) -> i64 {
    let options = DbOptions {
        max_connections: 1,
        statement_timeout: Duration::from_secs(600),
        schema: store.schema(service.name()),
        ..DbOptions::default()
    };
    let db = Db::open(&store.address(service.name()), options).await;
    let db = db.expect("the store opens");
    let row = rows(&db, sql).await.pop().expect("a row");
    db.close().await.expect("the store closes");
    row.try_get_by_index(0).expect("a number")
}

/// The columns of a table, in their order.
pub(crate) async fn columns(db: &Db, table: &str) -> Vec<String> {
    let sql = match db.backend() {
        DbBackend::Sqlite => {
            format!("SELECT name AS word FROM pragma_table_info('{table}') ORDER BY cid")
        }
        _ => format!(
            "SELECT column_name::text AS word FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = '{table}' ORDER BY ordinal_position"
        ),
    };
    words(rows(db, &sql).await)
}

async fn rows(db: &Db, sql: &str) -> Vec<QueryResult> {
    let statement = Statement::from_string(db.backend(), sql.to_owned());
    db.reader()
        .query_all_raw(statement)
        .await
        .expect("the store answers")
}

fn words(rows: Vec<QueryResult>) -> Vec<String> {
    rows.iter().map(word).collect()
}

fn word(row: &QueryResult) -> String {
    row.try_get("", "word").expect("a word")
}

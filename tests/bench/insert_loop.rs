//! The measure of an import on SQLite: prepared inserts of the rows that it wrote into the same
//! tables, in a bare loop.
//!
//! The file is opened as platform opens its own: WAL, `synchronous=FULL`, foreign keys. A
//! transaction has as many customers as a batch of an import; the rows are read from the imported
//! file in between, which is not timed.

use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Row, TypeInfo, ValueRef};
use tests::{Role, Store};

use crate::copy_in::TABLES;
use crate::{existing, load};

/// Customers of a transaction, as of an import's.
const BATCH: usize = 1_000;

/// Inserts what was imported into `from` into a new file; answers how long that took.
pub(crate) async fn run(from: &Store, customers: usize) -> Duration {
    let to = Store::sqlite();
    existing::migrate(&to, Role::Relationship.name());
    let (mut source, mut target) = (open(from).await, open(&to).await);
    let mut partners = Table::of(&mut source, "partner").await;
    for row in partners.next(&mut source).await {
        insert(&mut target, row).await;
    }

    let mut tables = Vec::new();
    for name in TABLES {
        tables.push(Table::of(&mut source, name).await);
    }
    let (mut elapsed, mut count) = (Duration::ZERO, 0);
    loop {
        let mut rows = Vec::new();
        for table in &mut tables {
            rows.extend(table.next(&mut source).await);
        }
        if rows.is_empty() {
            break;
        }
        count += rows.len();
        let start = load::now();
        run_alone(&mut target, "BEGIN IMMEDIATE").await;
        for row in rows {
            insert(&mut target, row).await;
        }
        run_alone(&mut target, "COMMIT").await;
        elapsed += start.elapsed();
    }
    assert_eq!(count, TABLES.len() * customers, "rows inserted");
    elapsed
}

/// A table that is read in the order in which it was filled.
struct Table {
    select: String,
    insert: Arc<str>,
    behind: i64,
}

/// A row, and the statement that inserts it.
struct Cells {
    insert: Arc<str>,
    values: Vec<Cell>,
}

enum Cell {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Table {
    async fn of(source: &mut SqliteConnection, name: &str) -> Table {
        let columns = "SELECT name FROM pragma_table_info(?) ORDER BY cid";
        let columns: Vec<String> = sqlx::query_scalar(columns)
            .bind(name)
            .fetch_all(source)
            .await
            .expect("the columns are listed");
        let names = format!("\"{}\"", columns.join("\", \""));
        let values = vec!["?"; columns.len()].join(", ");
        Table {
            select: format!(
                "SELECT {names}, rowid FROM \"{name}\" WHERE rowid > ? ORDER BY rowid LIMIT ?"
            ),
            insert: format!("INSERT INTO \"{name}\" ({names}) VALUES ({values})").into(),
            behind: 0,
        }
    }

    async fn next(&mut self, source: &mut SqliteConnection) -> Vec<Cells> {
        let rows = sqlx::query(AssertSqlSafe(self.select.clone()))
            .bind(self.behind)
            .bind(BATCH as i64)
            .fetch_all(source)
            .await
            .expect("the rows are read");
        if let Some(last) = rows.last() {
            self.behind = last.get(last.len() - 1);
        }
        let cells = |row: &SqliteRow| Cells {
            insert: self.insert.clone(),
            values: (0..row.len() - 1).map(|at| cell(row, at)).collect(),
        };
        rows.iter().map(cells).collect()
    }
}

fn cell(row: &SqliteRow, at: usize) -> Cell {
    let raw = row.try_get_raw(at).expect("a column");
    let kind = raw.type_info().name().to_owned();
    match kind.as_str() {
        _ if raw.is_null() => Cell::Null,
        "INTEGER" => Cell::Number(row.get_unchecked(at)),
        "TEXT" => Cell::Text(row.get_unchecked(at)),
        "BLOB" => Cell::Bytes(row.get_unchecked(at)),
        other => panic!("no column of a service was a {other} before"),
    }
}

async fn insert(target: &mut SqliteConnection, row: Cells) {
    let query = sqlx::query(AssertSqlSafe(row.insert));
    let values = row.values.into_iter();
    let query = values.fold(query, |query, value| match value {
        Cell::Null => query.bind(None::<i64>),
        Cell::Number(number) => query.bind(number),
        Cell::Text(text) => query.bind(text),
        Cell::Bytes(bytes) => query.bind(bytes),
    });
    let done = query.execute(target).await.expect("the row is inserted");
    assert_eq!(done.rows_affected(), 1);
}

async fn run_alone(target: &mut SqliteConnection, sql: &'static str) {
    let done = sqlx::query(sql).execute(target).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

async fn open(store: &Store) -> SqliteConnection {
    let url = store.url(Role::Relationship.name());
    let options: SqliteConnectOptions = url.parse().expect("the URL of a store");
    options
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
        .connect()
        .await
        .expect("the file opens")
}

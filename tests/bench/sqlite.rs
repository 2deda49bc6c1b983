//! The database alone on SQLite: a captured call in a loop of bare sqlx, as many at once as
//! elsewhere.
//!
//! Files are opened as platform opens them: WAL, `synchronous=FULL`, one writer a file with BEGIN
//! IMMEDIATE, readers beside it. Every statement must read and write as many rows as it did for the
//! services.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Sqlite, SqliteConnection, SqlitePool, query::Query};
use tests::{Role, Store};
use uuid::Uuid;

use crate::call::{Call, Piece, Statement, Step, Value, bytes};
use crate::census::OWNERS;
use crate::load::{self, Load};

/// The call and the open files.
#[derive(Clone)]
pub(crate) struct Loop {
    call: Arc<Call>,
    writers: BTreeMap<Role, SqlitePool>,
    readers: BTreeMap<Role, SqlitePool>,
    callers: usize,
}

impl Loop {
    pub(crate) async fn new(call: Call, store: &Store, callers: usize) -> Loop {
        let (mut writers, mut readers) = (BTreeMap::new(), BTreeMap::new());
        for service in OWNERS {
            let url = store.url(service.name());
            let options: SqliteConnectOptions = url.parse().expect("the URL of a store");
            let options = options
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(5));
            let pool = |connections| {
                SqlitePoolOptions::new()
                    .max_connections(connections)
                    .test_before_acquire(false)
            };
            let writer = pool(1)
                .connect_with(options.clone())
                .await
                .expect("the file opens");
            let reader = pool(16)
                .connect_with(options.read_only(true))
                .await
                .expect("the file opens");
            writers.insert(service, writer);
            readers.insert(service, reader);
        }
        Loop {
            call: Arc::new(call),
            writers,
            readers,
            callers,
        }
    }

    /// Runs the calls with these numbers.
    pub(crate) async fn run(&self, first: u64, calls: usize) -> Load {
        let (this, next) = (self.clone(), Arc::new(AtomicU64::new(first)));
        load::run(self.callers, move |_| {
            let (this, number) = (this.clone(), next.fetch_add(1, Ordering::Relaxed));
            (number < first + calls as u64).then_some(async move {
                for step in &this.call.steps {
                    this.step(step, number).await.expect("the statement runs");
                }
            })
        })
        .await
    }

    async fn step(&self, step: &Step, number: u64) -> Result<(), sqlx::Error> {
        let writes = step
            .statements
            .iter()
            .any(|statement| !statement.logged.sql.starts_with("SELECT "));
        let pool = if writes {
            &self.writers[&step.service]
        } else {
            &self.readers[&step.service]
        };
        let mut connection = pool.acquire().await?;
        if step.transaction {
            let begin = if writes { "BEGIN IMMEDIATE" } else { "BEGIN" };
            sqlx::query(begin).execute(&mut *connection).await?;
        }
        for statement in &step.statements {
            run(statement, number, &mut connection).await?;
        }
        if step.transaction {
            sqlx::query("COMMIT").execute(&mut *connection).await?;
        }
        Ok(())
    }
}

async fn run(
    statement: &Statement,
    number: u64,
    connection: &mut SqliteConnection,
) -> Result<(), sqlx::Error> {
    let logged = &statement.logged;
    let query = sqlx::query(AssertSqlSafe(logged.sql.clone()));
    let query = statement
        .values
        .iter()
        .fold(query, |query, value| bind(query, value, number));
    if logged.sql.starts_with("SELECT ") || logged.sql.contains(" RETURNING ") {
        let rows = query.fetch_all(connection).await?;
        assert_eq!(
            rows.len() as u64,
            logged.returned,
            "rows read by {}",
            logged.sql
        );
    } else {
        let done = query.execute(connection).await?;
        assert_eq!(
            done.rows_affected(),
            logged.affected,
            "rows written by {}",
            logged.sql
        );
    }
    Ok(())
}

fn bind<'q>(
    query: Query<'q, Sqlite, SqliteArguments>,
    value: &Value,
    number: u64,
) -> Query<'q, Sqlite, SqliteArguments> {
    let Some(pieces) = &value.pieces else {
        return query.bind(None::<i64>);
    };
    let text: String = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Same(text) => text.clone(),
            Piece::Number => number.to_string(),
        })
        .collect();
    match value.kind.as_str() {
        "BYTEA" if value.utf8 => query.bind(text.into_bytes()),
        "BYTEA" => query.bind(bytes(&text).expect("hexadecimal digits")),
        "INT2" | "INT4" | "INT8" => query.bind(text.parse::<i64>().expect("a number")),
        "BOOL" => query.bind(text == "t"),
        "UUID" => query.bind(text.parse::<Uuid>().expect("an id").into_bytes().to_vec()),
        "TEXT" | "VARCHAR" => query.bind(text),
        other => panic!("no parameter of a service was a {other} before"),
    }
}

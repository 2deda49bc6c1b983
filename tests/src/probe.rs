//! How a store carries out one statement: its plan, and how much it reads to answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use platform::store::db::{Db, DbOptions};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, SqlxSqliteConnector, Statement};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use crate::Store;

/// A connection of its own that counts what its statements cost.
pub struct Probe {
    connection: DatabaseConnection,
    /// Steps of SQLite's virtual machine so far.
    steps: Arc<AtomicU64>,
}

impl Probe {
    /// Beside the service that owns this store. Statements may take long here: tables are filled
    /// with them.
    pub async fn open(store: &Store, service: &str) -> Probe {
        let steps = Arc::new(AtomicU64::new(0));
        let connection = match store.backend() {
            DbBackend::Postgres => {
                let options = DbOptions {
                    max_connections: 1,
                    statement_timeout: Duration::from_secs(300),
                    schema: store.schema(service),
                    ..DbOptions::default()
                };
                let db = Db::open(&store.address(service), options).await;
                (*db.expect("the store opens").reader().pool()).clone()
            }
            _ => counting(&store.url(service), steps.clone()).await,
        };
        Probe { connection, steps }
    }

    /// Lets the store look at what these tables hold, as a database does by itself in time.
    pub async fn analyze(&self, tables: &[&str]) {
        for table in tables {
            let statement = match self.connection.get_database_backend() {
                DbBackend::Postgres => format!("VACUUM ANALYZE {table}"),
                _ => format!("ANALYZE {table}"),
            };
            self.run(&statement).await;
        }
    }

    /// Runs statements without values.
    pub async fn run(&self, sql: &str) {
        let ran = self.connection.execute_unprepared(sql).await;
        ran.unwrap_or_else(|error| panic!("{error} in {sql}"));
    }

    /// The plan, a line for each step. On PostgreSQL of the statement as it is prepared, its values
    /// unknown.
    pub async fn plan(&self, statement: &Statement) -> String {
        let explain = match self.connection.get_database_backend() {
            DbBackend::Postgres => "EXPLAIN (COSTS OFF) ",
            _ => "EXPLAIN QUERY PLAN ",
        };
        let column = match self.connection.get_database_backend() {
            DbBackend::Postgres => 0,
            _ => 3,
        };
        let lines = self.explain(explain, statement).await;
        let lines = lines
            .iter()
            .map(|row| row.try_get_by_index::<String>(column));
        lines.map(|line| line.expect("text") + "\n").collect()
    }

    /// What the statement reads: on PostgreSQL rows that its scans touch, those thrown away
    /// included; on SQLite steps of the virtual machine, the fewer of two runs: one of them may
    /// also read the schema, which a service's first readiness check changes.
    pub async fn work(&self, statement: &Statement) -> u64 {
        if self.connection.get_database_backend() == DbBackend::Postgres {
            let rows = self
                .explain("EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) ", statement)
                .await;
            let lines = rows.iter().map(|row| row.try_get_by_index::<String>(0));
            return lines.map(|line| touched(&line.expect("text"))).sum();
        }
        let first = self.count_steps(statement).await;
        first.min(self.count_steps(statement).await)
    }

    async fn count_steps(&self, statement: &Statement) -> u64 {
        let before = self.steps.load(Ordering::Relaxed);
        let found = self.connection.query_all_raw(statement.clone()).await;
        found.expect("the statement runs");
        self.steps.load(Ordering::Relaxed) - before
    }

    async fn explain(&self, explain: &str, statement: &Statement) -> Vec<sea_orm::QueryResult> {
        let mut explained = statement.clone();
        explained.sql.insert_str(0, explain);
        let found = self.connection.query_all_raw(explained).await;
        found.expect("the statement can be explained")
    }
}

/// Rows that one line of an analysed plan says were touched: what a scan found, or threw away.
fn touched(line: &str) -> u64 {
    let number = |after: &str| {
        let (_, rest) = line.split_once(after)?;
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse::<u64>().ok()
    };
    if line.trim_start().starts_with("Rows Removed by ") {
        return number(": ").unwrap_or_default();
    }
    if !line.contains(" Scan ") {
        return 0;
    }
    let (rows, loops) = (number("actual rows="), number(" loops="));
    rows.zip(loops).map_or(0, |(rows, loops)| rows * loops)
}

async fn counting(url: &str, steps: Arc<AtomicU64>) -> DatabaseConnection {
    let options: SqliteConnectOptions = url.parse().expect("a URL");
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .after_connect(move |connection, _| {
            let steps = steps.clone();
            Box::pin(async move {
                let mut handle = connection.lock_handle().await?;
                handle.set_progress_handler(1, move || {
                    steps.fetch_add(1, Ordering::Relaxed);
                    true
                });
                Ok(())
            })
        })
        .connect_with(options)
        .await
        .expect("the store opens");
    SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)
}

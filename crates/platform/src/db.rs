//! One service's store: an SQLite file or a PostgreSQL database, chosen by URL.
//!
//! SQLite has one writer (`BEGIN IMMEDIATE`) and read-only readers beside it; PostgreSQL has one pool. Everything of more
//! than one statement runs in [`Db::transaction`] or [`Db::snapshot`], on a task that outlives the caller. No rule of a
//! domain is here, and no SQL text of a service.

mod forget;
mod ready;
mod run;

use std::ffi::OsStr;
use std::path::Path;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, RuntimeErr, SqliteTransactionMode, SqlxPostgresConnector, SqlxSqliteConnector,
    TransactionOptions,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, PgConnection};
use tokio::sync::Notify;
use tracing::Instrument;

use crate::telemetry::names::store_span;
pub use forget::BATCH;
use ready::Proof;
pub(crate) use run::wake_on_commit;
use run::{is_clean, observe, on_own_task, run};

/// The future of a closure given to [`Db::transaction`] or [`Db::snapshot`].
pub type TxFuture<'tx, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'tx>>;

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct DbOptions {
    /// The most connections of this process; on SQLite, of its readers.
    pub max_connections: u32,
    /// How long a caller waits for a connection.
    pub acquire_timeout: Duration,
    /// How long PostgreSQL lets one statement run.
    pub statement_timeout: Duration,
    /// How long PostgreSQL lets one statement wait for a lock.
    pub lock_timeout: Duration,
    /// The PostgreSQL schema that holds the tables; the one of the connection's search path when `None`.
    pub schema: Option<String>,
}

impl Default for DbOptions {
    fn default() -> Self {
        Self {
            max_connections: 16,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            lock_timeout: Duration::from_secs(5),
            schema: None,
        }
    }
}

/// Ends a transaction that its process forgot, so that it holds no locks.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(30);
/// A connection that was idle for longer is asked whether it still works before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(10);
/// How long SQLite waits for another process to let go of the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// An open store. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Db {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    schema: Option<Arc<str>>,
    name: Arc<str>,
    signals: Arc<Signals>,
}

/// What the transactions of this process tell others of.
#[derive(Debug, Default)]
struct Signals {
    /// Something was appended to the outbox.
    appended: Notify,
    /// Whether the writer of an SQLite file is known to commit.
    proof: Proof,
}

impl Db {
    /// Opens a store: `sqlite:PATH` or `postgres://…`. An SQLite file that is absent is created, without tables.
    pub async fn open(url: &str, options: DbOptions) -> Result<Self, DbErr> {
        let (writer, reader) = if url.starts_with("sqlite:") {
            open_sqlite(url, &options).await.map_err(connect_error)?
        } else {
            let connection = open_postgres(url, &options).await.map_err(connect_error)?;
            (connection.clone(), connection)
        };
        let schema = options
            .schema
            .filter(|_| writer.get_database_backend() == DbBackend::Postgres);
        let name = schema.clone().unwrap_or_else(|| name_in(url).to_owned());
        Ok(Self {
            writer,
            reader,
            schema: schema.map(Arc::from),
            name: name.into(),
            signals: Arc::default(),
        })
    }

    /// Runs `body` in one read-write transaction: committed when it answers `Ok`, rolled back otherwise.
    ///
    /// READ COMMITTED on PostgreSQL; on SQLite the only writer there is. It runs to its end on a task of its own, in the
    /// caller's tracing span, also when the caller stops waiting; a panic in `body` rolls back and is passed on.
    pub async fn transaction<T, E, F>(&self, body: F) -> Result<T, E>
    where
        F: for<'tx> FnOnce(&'tx DatabaseTransaction) -> TxFuture<'tx, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbErr> + Send + 'static,
    {
        let options = match self.backend() {
            DbBackend::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            },
            // READ COMMITTED by the connection's default, without a round trip to say so
            _ => TransactionOptions::default(),
        };
        let (writer, signals) = (self.writer.clone(), self.signals.clone());
        let span = self.span("transaction");
        on_own_task(async move { run(&writer, options, &signals, body).instrument(span).await })
            .await
    }

    /// Runs `body` in one read-only transaction that sees one moment of the store throughout.
    ///
    /// For every read of more than one statement. REPEATABLE READ on PostgreSQL, one read transaction on SQLite.
    pub async fn snapshot<T, E, F>(&self, body: F) -> Result<T, E>
    where
        F: for<'tx> FnOnce(&'tx DatabaseTransaction) -> TxFuture<'tx, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbErr> + Send + 'static,
    {
        let options = match self.backend() {
            DbBackend::Sqlite => TransactionOptions::default(),
            _ => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                ..TransactionOptions::default()
            },
        };
        let (reader, signals) = (self.reader.clone(), self.signals.clone());
        let span = self.span("snapshot");
        on_own_task(async move { run(&reader, options, &signals, body).instrument(span).await })
            .await
    }

    /// Shows where in a trace this store was used, and tells the statements of one transaction from those of others.
    fn span(&self, operation: &'static str) -> tracing::Span {
        let system = match self.backend() {
            DbBackend::Sqlite => "sqlite",
            _ => "postgresql",
        };
        store_span(operation, system, &self.name)
    }

    /// A connection for reads of a single statement.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Lets PostgreSQL look at what these tables hold, after much was added at once: by itself it does so later, and
    /// plans badly until then. SQLite goes by its schema, and needs no look.
    pub async fn analyze(&self, tables: &[&'static str]) -> Result<(), DbErr> {
        if self.backend() == DbBackend::Postgres {
            for table in tables {
                let statement = format!("ANALYZE {table}");
                self.writer.execute_unprepared(&statement).await?;
            }
        }
        Ok(())
    }

    /// Which kind of store this is.
    pub fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// Closes the connections, once those in use are given back.
    pub async fn close(&self) -> Result<(), DbErr> {
        self.reader.clone().close().await?;
        self.writer.clone().close().await
    }

    /// The PostgreSQL schema that was named when the store was opened.
    pub(crate) fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// Rung after a transaction that appended to the outbox was committed by this process.
    pub(crate) fn appended(&self) -> &Notify {
        &self.signals.appended
    }
}

async fn open_sqlite(
    url: &str,
    options: &DbOptions,
) -> Result<(DatabaseConnection, DatabaseConnection), sqlx::Error> {
    let connect = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT);
    let pool = || {
        SqlitePoolOptions::new()
            .acquire_timeout(options.acquire_timeout)
            .test_before_acquire(false)
            .after_release(|connection, _| Box::pin(is_clean(connection)))
            .idle_timeout(None)
            .max_lifetime(None)
    };
    let writer = pool()
        .max_connections(1)
        .connect_with(connect.clone())
        .await?;
    let reader = pool()
        .max_connections(options.max_connections)
        .connect_with(connect.read_only(true))
        .await?;
    Ok((
        observe(SqlxSqliteConnector::from_sqlx_sqlite_pool(writer)),
        observe(SqlxSqliteConnector::from_sqlx_sqlite_pool(reader)),
    ))
}

async fn open_postgres(url: &str, options: &DbOptions) -> Result<DatabaseConnection, sqlx::Error> {
    let millis = |duration: Duration| duration.as_millis().to_string();
    let mut connect = PgConnectOptions::from_str(url)?.options([
        ("default_transaction_isolation", "read committed".to_owned()),
        ("statement_timeout", millis(options.statement_timeout)),
        ("lock_timeout", millis(options.lock_timeout)),
        (
            "idle_in_transaction_session_timeout",
            millis(IDLE_IN_TRANSACTION),
        ),
    ]);
    if let Some(schema) = &options.schema {
        if !is_schema_name(schema) {
            return Err(sqlx::Error::Configuration(
                "a schema name is 1 to 63 of a-z, 0-9 and _".into(),
            ));
        }
        connect = connect.options([("search_path", schema)]);
    }
    let pool = PgPoolOptions::new()
        .max_connections(options.max_connections)
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(is_clean(connection)))
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for >= TRUSTED_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(connect.clone())
        .await;
    let pool = match pool {
        Ok(pool) => pool,
        Err(sqlx::Error::PoolTimedOut) => return Err(why_away(&connect, options).await),
        Err(error) => return Err(error),
    };
    Ok(observe(SqlxPostgresConnector::from_sqlx_postgres_pool(
        pool,
    )))
}

/// Why PostgreSQL takes no connection: the pool has waited for it and only says so.
async fn why_away(connect: &PgConnectOptions, options: &DbOptions) -> sqlx::Error {
    let attempt = PgConnection::connect_with(connect);
    match tokio::time::timeout(options.acquire_timeout, attempt).await {
        Ok(Err(error)) => error,
        // it has just come back, or does not answer at all
        _ => sqlx::Error::PoolTimedOut,
    }
}

/// What traces call a store that has no schema: its file's name without the ending, or its database's name. Nothing else
/// of the URL, which may hold a password.
fn name_in(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    match path.strip_prefix("sqlite:") {
        Some(file) => Path::new(file).file_stem().and_then(OsStr::to_str),
        None => path
            .split_once("://")
            .and_then(|(_, rest)| rest.rsplit_once('/'))
            .map(|(_, database)| database),
    }
    .unwrap_or_default()
}

fn is_schema_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=63).contains(&name.len()) && name.bytes().all(allowed)
}

fn connect_error(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}

#[cfg(test)]
pub(crate) mod tests;

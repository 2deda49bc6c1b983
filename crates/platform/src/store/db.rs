//! One service's store: an SQLite file or a PostgreSQL database, chosen by its address.
//!
//! SQLite has one writer (`BEGIN IMMEDIATE`) and read-only readers beside it; PostgreSQL has one
//! pool. Everything of more than one statement runs in [`Db::transaction`] or [`Db::snapshot`], on
//! a task that outlives the caller. No rule of a domain is here, and no SQL text of a service.

mod address;
mod connections;
mod forget;
mod postgres;
mod ready;
mod run;
mod sqlite;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, RuntimeErr,
    SqliteTransactionMode, Statement, TransactionOptions,
};
use tokio::sync::Notify;
use tracing::Instrument;

use crate::telemetry::names::store_span;
pub use address::{Address, NoAddress};
pub use connections::Connections;
pub use forget::BATCH;
use ready::Proof;
pub(crate) use run::wake_on_commit;
use run::{on_own_task, run};

/// The future of a closure given to [`Db::transaction`] or [`Db::snapshot`].
pub type TxFuture<'tx, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'tx>>;

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

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
    /// The PostgreSQL schema that holds the tables; the one of the connection's search path when
    /// `None`.
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

/// Why a store does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be used as it is, or not with these options: somebody has to mend it. One line,
    /// which says what.
    #[error("{0}")]
    Unusable(String),
    /// PostgreSQL is starting, recovering or stopping, or nobody answers where it should be: it may
    /// be there soon.
    #[error("the store is not there")]
    Away(#[source] DbErr),
    /// It refused, or failed.
    #[error("the store cannot be opened")]
    Failed(#[from] DbErr),
}

/// An open store. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Db {
    writer: Connections,
    reader: Connections,
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
    /// Opens a store. An SQLite file that is absent is made, without tables, for its owner alone.
    pub async fn open(address: &Address, options: DbOptions) -> Result<Self, OpenError> {
        let (writer, reader) = match address {
            Address::File(file) => sqlite::open(file, &options).await?,
            Address::Postgres(address) => {
                let connection = postgres::open(address, &options).await?;
                (connection.clone(), connection)
            }
        };
        let schema = options
            .schema
            .filter(|_| writer.get_database_backend() == DbBackend::Postgres);
        let name = schema.clone().unwrap_or_else(|| address.name().to_owned());
        Ok(Self {
            writer,
            reader,
            schema: schema.map(Arc::from),
            name: name.into(),
            signals: Arc::default(),
        })
    }

    /// Runs `body` in one read-write transaction: committed when it answers `Ok`, rolled back
    /// otherwise, and also when PostgreSQL leaves one of its statements without an answer. Where
    /// that is the COMMIT nobody knows what became of it.
    ///
    /// `body` waits for nothing but the store, and ends with its first statement that fails.
    ///
    /// READ COMMITTED on PostgreSQL; on SQLite the only writer there is. It runs to its end on a
    /// task of its own, in the caller's tracing span, also when the caller stops waiting; a panic
    /// in `body` rolls back and is passed on.
    pub async fn transaction<T, E, F>(&self, body: F) -> Result<T, E>
    where
        F: for<'tx> FnOnce(&'tx DatabaseTransaction) -> TxFuture<'tx, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbErr> + Send + 'static,
    {
        let (writer, work) = (self.writer.clone(), self.writing(body));
        let span = self.span("transaction");
        on_own_task(async move { writer.heard(work).instrument(span).await }).await
    }

    /// The same for a body that also waits for a slow file or reader, for as long as that takes.
    pub async fn patient_transaction<T, E, F>(&self, body: F) -> Result<T, E>
    where
        F: for<'tx> FnOnce(&'tx DatabaseTransaction) -> TxFuture<'tx, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbErr> + Send + 'static,
    {
        let (writer, work) = (self.writer.clone(), self.writing(patiently(body)));
        let span = self.span("transaction");
        on_own_task(async move { writer.however_long(work).instrument(span).await }).await
    }

    /// The same for a migration, each statement of which takes as long as it needs.
    pub(crate) async fn migration<T, E, F>(&self, body: F) -> Result<T, E>
    where
        F: for<'tx> FnOnce(&'tx DatabaseTransaction) -> TxFuture<'tx, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbErr> + Send + 'static,
    {
        let (writer, work) = (self.writer.clone(), self.writing(body));
        on_own_task(async move { writer.however_long(work).await }).await
    }

    /// Runs `body` in one read-only transaction that sees one moment of the store throughout.
    ///
    /// For every read of more than one statement. REPEATABLE READ on PostgreSQL, one read
    /// transaction on SQLite.
    pub async fn snapshot<T, E, F>(&self, body: F) -> Result<T, E>
    where
        F: for<'tx> FnOnce(&'tx DatabaseTransaction) -> TxFuture<'tx, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbErr> + Send + 'static,
    {
        let (reader, work) = (self.reader.clone(), self.reading(body));
        let span = self.span("snapshot");
        on_own_task(async move { reader.heard(work).instrument(span).await }).await
    }

    /// The same for a body that also waits for a slow reader, for as long as that takes.
    pub async fn patient_snapshot<T, E, F>(&self, body: F) -> Result<T, E>
    where
        F: for<'tx> FnOnce(&'tx DatabaseTransaction) -> TxFuture<'tx, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbErr> + Send + 'static,
    {
        let (reader, work) = (self.reader.clone(), self.reading(patiently(body)));
        let span = self.span("snapshot");
        on_own_task(async move { reader.however_long(work).instrument(span).await }).await
    }

    fn writing<T, E, F>(&self, body: F) -> BoxFuture<Result<T, E>>
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
        Box::pin(async move { run(&writer, options, &signals, body).await })
    }

    fn reading<T, E, F>(&self, body: F) -> BoxFuture<Result<T, E>>
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
        Box::pin(async move { run(&reader, options, &signals, body).await })
    }

    /// Shows where in a trace this store was used, and tells the statements of one transaction from
    /// those of others.
    fn span(&self, operation: &'static str) -> tracing::Span {
        let system = match self.backend() {
            DbBackend::Sqlite => "sqlite",
            _ => "postgresql",
        };
        store_span(operation, system, &self.name)
    }

    /// The connections for reads of a single statement.
    pub fn reader(&self) -> &Connections {
        &self.reader
    }

    /// Lets PostgreSQL look at what these tables hold, after much was added at once: by itself it
    /// does so later, and plans badly until then. SQLite goes by its schema, and needs no look.
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
        self.reader.close().await?;
        self.writer.close().await
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

/// `body`, which PostgreSQL does not end for what it waits for between its statements.
fn patiently<T, E, F>(
    body: F,
) -> impl for<'tx> FnOnce(&'tx DatabaseTransaction) -> TxFuture<'tx, T, E> + Send + 'static
where
    F: for<'tx> FnOnce(&'tx DatabaseTransaction) -> TxFuture<'tx, T, E> + Send + 'static,
    T: Send + 'static,
    E: From<DbErr> + Send + 'static,
{
    |tx| {
        Box::pin(async move {
            if tx.get_database_backend() == DbBackend::Postgres {
                let never = "SET LOCAL idle_in_transaction_session_timeout = 0";
                tx.execute_raw(Statement::from_string(DbBackend::Postgres, never))
                    .await?;
            }
            body(tx).await
        })
    }
}

/// What an error at the beginning says of a store.
fn open_error(error: sqlx::Error) -> OpenError {
    match postgres::is_away(&error) {
        true => OpenError::Away(connect_error(error)),
        false => OpenError::Failed(connect_error(error)),
    }
}

fn connect_error(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}

#[cfg(test)]
pub(crate) mod tests;

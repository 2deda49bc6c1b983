//! One transaction from its BEGIN to its end, and what becomes of its connection.
//!
//! Whoever is told that a transaction was committed finds it in the store. An engine may end a
//! transaction by itself (a full disk, an I/O error, no memory): its body is then to stop, nobody
//! is told of a commit, and the connection is closed unless it is known to be as it was.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sea_orm::{
    ConnAcquireErr, DatabaseConnection, DatabaseTransaction, DbErr, RuntimeErr, TransactionOptions,
    TransactionTrait,
};
use sqlx::Connection;
use tokio::sync::Notify;
use tracing::Instrument;

use super::{Connections, Signals, TxFuture};

tokio::task_local! {
    pub(super) static RUNNING: Running;
}

/// What became so far of the transaction, or the statement by itself, that this task runs.
#[derive(Default)]
pub(super) struct Running {
    /// Whether it appended to the outbox something that is due at once.
    appended: Cell<bool>,
    /// Whether one of its statements failed, or its beginning or end.
    failed: Cell<bool>,
    /// Rung when it has got its connection, and after each statement that ended.
    pub(super) heard: Arc<Notify>,
    /// Whether no connection was free for it in time.
    pub(super) starved: Arc<AtomicBool>,
}

impl Running {
    /// One of its statements ended.
    pub(super) fn ended(&self, failed: bool) {
        self.heard.notify_one();
        if failed {
            self.failed.set(true);
        }
    }
}

/// Notes that the running transaction appended to the outbox, so that its commit wakes the relay.
pub(crate) fn wake_on_commit() {
    // outside of Db::transaction there is nobody to tell; the relay then finds the row when it
    // looks next
    let _ = RUNNING.try_with(|running| running.appended.set(true));
}

/// Notes that the running work has got the connection that it waited for.
pub(super) fn note_connected() {
    let _ = RUNNING.try_with(|running| running.heard.notify_one());
}

/// Whether a connection that is given back is outside of any transaction; else the pool closes it.
///
/// SQLite's driver goes on counting a transaction that the engine has ended, and what follows would
/// be a part of it that is never committed. That count of sqlx is all there is to go by: it knows
/// nothing of a BEGIN that was executed as text, nor of one that is still under way. So
/// transactions begin and end in [`run`] alone, on a task of their own, which no caller drops in
/// mid-statement.
pub(super) async fn is_clean(connection: &mut impl Connection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // a rollback may still be queued
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

/// Runs `body` in a transaction, and signals what came of it.
pub(super) async fn run<T, E, F>(
    connections: &Connections,
    options: TransactionOptions,
    signals: &Signals,
    body: F,
) -> Result<T, E>
where
    F: for<'tx> FnOnce(&'tx DatabaseTransaction) -> TxFuture<'tx, T, E>,
    E: From<DbErr>,
{
    let ended = committed(connections, options, body).await;
    RUNNING.with(|running| {
        if running.failed.get() {
            signals.proof.doubt();
        } else if ended.is_ok() && running.appended.get() {
            signals.appended.notify_one();
        }
    });
    ended
}

/// Notes that no connection was free in time.
pub(super) fn note_starving(error: &DbErr) {
    if matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) {
        let _ = RUNNING.try_with(|running| running.starved.store(true, Ordering::Relaxed));
    }
}

async fn committed<T, E, F>(
    connections: &Connections,
    options: TransactionOptions,
    body: F,
) -> Result<T, E>
where
    F: for<'tx> FnOnce(&'tx DatabaseTransaction) -> TxFuture<'tx, T, E>,
    E: From<DbErr>,
{
    let failed = |error: DbErr| {
        let span = tracing::Span::current();
        span.record("error.type", "store")
            .record("otel.status_code", "ERROR");
        note_starving(&error);
        // who got no connection knows nothing of the store
        let began = !matches!(error, DbErr::ConnectionAcquire(_));
        RUNNING.with(|running| running.failed.set(began));
        error
    };
    let begin =
        |pool: Arc<DatabaseConnection>| async move { pool.begin_with_options(options).await };
    let tx = connections.ask(begin).await.map_err(failed)?;
    note_connected();
    tracing::debug!("begin");
    let ended = body(&tx).await.and_then(whole);
    match ended {
        Ok(value) => {
            tx.commit().await.map_err(failed)?;
            tracing::debug!("commit");
            Ok(value)
        }
        Err(error) => {
            // what the caller needs to know is why `body` gave up, not that the rollback failed as
            // well
            if let Err(rollback) = tx.rollback().await {
                tracing::warn!(error = %rollback, "rollback failed");
            }
            tracing::debug!("rollback");
            Err(error)
        }
    }
}

/// Refuses to commit after a statement that failed, also where `body` went on: PostgreSQL would
/// answer the COMMIT with a rollback, which its driver takes for success.
///
/// On SQLite this comes too late for what the body did afterwards: a full disk or an I/O error has
/// ended the transaction, and the engine commits each later statement by itself. So a body ends
/// with its first statement that fails, by `?`.
fn whole<T, E: From<DbErr>>(value: T) -> Result<T, E> {
    if RUNNING.with(|running| running.failed.get()) {
        let went_on = "a statement failed, and its transaction went on".to_owned();
        return Err(DbErr::Exec(RuntimeErr::Internal(went_on)).into());
    }
    Ok(value)
}

/// Runs `future` to its end, whatever happens to the caller: a future dropped in mid-statement
/// would leave the connection, and an open transaction with its locks, to whoever gets it next.
pub(super) async fn on_own_task<T, E>(
    future: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<DbErr> + Send + 'static,
{
    match tokio::spawn(future.in_current_span()).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => {
            Err(DbErr::Conn(RuntimeErr::Internal("the process is stopping".to_owned())).into())
        }
    }
}

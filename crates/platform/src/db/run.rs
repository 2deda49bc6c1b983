//! One transaction from its BEGIN to its end, and what becomes of its connection.
//!
//! Whoever is told that a transaction was committed finds it in the store. An engine may end a transaction by itself (a
//! full disk, an I/O error, no memory): nothing is committed after that, and the connection is closed unless it is known
//! to be as it was.

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

use super::{Signals, TxFuture};

tokio::task_local! {
    pub(super) static RUNNING: Running;
}

/// What the running transaction, or statement by itself, has come to so far.
#[derive(Default)]
pub(super) struct Running {
    /// Whether it appended to the outbox something that is due at once.
    appended: Cell<bool>,
    /// Whether one of its statements failed, or its beginning or end.
    failed: Cell<bool>,
    /// Rung after each statement that ended.
    pub(super) answered: Arc<Notify>,
    /// Whether it waited for a connection in vain.
    pub(super) starved: Arc<AtomicBool>,
}

impl Running {
    /// One of its statements ended.
    pub(super) fn ended(&self, failed: bool) {
        self.answered.notify_one();
        if failed {
            self.failed.set(true);
        }
    }
}

/// Notes that the running transaction appended to the outbox, so that its commit wakes the relay.
pub(crate) fn wake_on_commit() {
    // outside of Db::transaction there is nobody to tell; the relay then finds the row when it looks next
    let _ = RUNNING.try_with(|running| running.appended.set(true));
}

/// Whether a connection that is given back is outside of any transaction; else the pool closes it.
///
/// SQLite's driver goes on counting a transaction that the engine has ended, and what follows would be a part of it that
/// is never committed.
pub(super) async fn is_clean(connection: &mut impl Connection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // a rollback may still be queued
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

/// Runs `body` in a transaction, and signals what came of it.
pub(super) async fn run<T, E, F>(
    connection: &DatabaseConnection,
    options: TransactionOptions,
    signals: &Signals,
    body: F,
) -> Result<T, E>
where
    F: for<'tx> FnOnce(&'tx DatabaseTransaction) -> TxFuture<'tx, T, E>,
    E: From<DbErr>,
{
    let ended = committed(connection, options, body).await;
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
    connection: &DatabaseConnection,
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
        RUNNING.with(|running| running.failed.set(true));
        note_starving(&error);
        error
    };
    let tx = connection
        .begin_with_options(options)
        .await
        .map_err(failed)?;
    tracing::debug!("begin");
    let ended = body(&tx).await.and_then(whole);
    match ended {
        Ok(value) => {
            tx.commit().await.map_err(failed)?;
            tracing::debug!("commit");
            Ok(value)
        }
        Err(error) => {
            // what the caller needs to know is why `body` gave up, not that the rollback failed as well
            if let Err(rollback) = tx.rollback().await {
                tracing::warn!(error = %rollback, "rollback failed");
            }
            tracing::debug!("rollback");
            Err(error)
        }
    }
}

/// Refuses to commit after a statement that failed, also where `body` went on: PostgreSQL would answer the COMMIT with a
/// rollback, which its driver takes for success, and SQLite may have begun anew.
fn whole<T, E: From<DbErr>>(value: T) -> Result<T, E> {
    if RUNNING.with(|running| running.failed.get()) {
        let went_on = "a statement failed, and its transaction went on".to_owned();
        return Err(DbErr::Exec(RuntimeErr::Internal(went_on)).into());
    }
    Ok(value)
}

/// Runs `future` to its end, whatever happens to the caller: a future dropped in mid-statement would leave the
/// connection, and an open transaction with its locks, to whoever gets it next.
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

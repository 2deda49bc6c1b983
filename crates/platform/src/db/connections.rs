//! The connections of a store, and how long it may be silent on one of them.
//!
//! A PostgreSQL that was frozen, or cut off, takes statements and answers nothing; its connections would be waited for
//! until TCP gives up. So what waits too long for an answer ends, and all connections are left for new ones: those that
//! are still waited for are closed as soon as they are given back, and none is used again.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement,
};
use sea_orm_migration::async_trait::async_trait;

use super::run::{RUNNING, Running, note_starving, on_own_task};

/// Connections to a store; each statement that is run on them has one to itself. Clones share them.
#[derive(Clone)]
pub struct Connections(Arc<Inner>);

struct Inner {
    backend: DbBackend,
    pool: RwLock<Arc<DatabaseConnection>>,
    /// Statements that ended, in all.
    answers: Arc<AtomicU64>,
    silence: Option<Silence>,
}

/// When a store counts as silent, and what is done about it. A file is never silent.
pub(super) struct Silence {
    /// How long an answer may take: longer than the store itself lets a statement run.
    pub(super) limit: Duration,
    /// Makes new connections when they are needed.
    pub(super) renew: Box<dyn Fn() -> DatabaseConnection + Send + Sync>,
}

impl Connections {
    pub(super) fn new(pool: DatabaseConnection, silence: Option<Silence>) -> Self {
        let answers = Arc::default();
        Self(Arc::new(Inner {
            backend: pool.get_database_backend(),
            pool: RwLock::new(Arc::new(observed(pool, &answers))),
            answers,
            silence,
        }))
    }

    /// The connections that there are now, for who measures or obstructs a store: nothing limits what is done with them.
    pub fn pool(&self) -> Arc<DatabaseConnection> {
        let pool = self.0.pool.read();
        pool.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Does `work`, as long as the store answers one statement of it after the other.
    pub(super) async fn heard<T, E, F>(
        &self,
        work: impl FnOnce(Arc<DatabaseConnection>) -> F,
    ) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
        E: From<DbErr>,
    {
        let Some(silence) = &self.0.silence else {
            return self.however_long(work).await;
        };
        let (pool, before) = (self.pool(), self.answers());
        let running = Running::default();
        let (answered, starved) = (running.answered.clone(), running.starved.clone());
        let mut work = std::pin::pin!(RUNNING.scope(running, work(pool.clone())));
        loop {
            tokio::select! {
                biased;
                ended = &mut work => {
                    // nobody got a connection, and nobody who has one got an answer
                    if starved.load(Ordering::Relaxed) && self.answers() == before {
                        self.leave(&pool, silence);
                    }
                    return ended;
                }
                () = answered.notified() => {}
                () = tokio::time::sleep(silence.limit) => {
                    self.leave(&pool, silence);
                    let what = "the store does not answer".to_owned();
                    return Err(DbErr::Conn(RuntimeErr::Internal(what)).into());
                }
            }
        }
    }

    /// The same, however long a statement takes.
    pub(super) async fn however_long<T, F: Future<Output = T>>(
        &self,
        work: impl FnOnce(Arc<DatabaseConnection>) -> F,
    ) -> T {
        RUNNING.scope(Running::default(), work(self.pool())).await
    }

    /// A statement by itself. Where the store may be silent it is waited for also when its caller has gone, who would
    /// leave a connection in mid-statement behind.
    async fn statement<T, F>(
        &self,
        run: impl FnOnce(Arc<DatabaseConnection>) -> F + Send + 'static,
    ) -> Result<T, DbErr>
    where
        F: Future<Output = Result<T, DbErr>> + Send + 'static,
        T: Send + 'static,
    {
        if self.0.silence.is_none() {
            return run(self.pool()).await;
        }
        let connections = self.clone();
        let run = |pool| async move { run(pool).await.inspect_err(note_starving) };
        on_own_task(async move { connections.heard(run).await }).await
    }

    fn answers(&self) -> u64 {
        self.0.answers.load(Ordering::Relaxed)
    }

    /// Leaves silent connections for new ones, unless somebody has already.
    fn leave(&self, silent: &Arc<DatabaseConnection>, silence: &Silence) {
        let mut pool = self.0.pool.write().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&pool, silent) {
            return;
        }
        *pool = Arc::new(observed((silence.renew)(), &self.0.answers));
        drop(pool);
        tracing::warn!("the store does not answer: its connections are left for new ones");
        let (silent, limit) = (silent.clone(), silence.limit);
        let left = silent.get_postgres_connection_pool().clone();
        // from this call on whatever is given back is closed
        drop(left.close());
        tokio::spawn(async move { tokio::time::timeout(limit, left.close()).await });
    }

    /// Closes them, once those in use are given back; those of a silent store are not waited for.
    pub(super) async fn close(&self) -> Result<(), DbErr> {
        let closing = self.pool();
        match &self.0.silence {
            None => closing.close_by_ref().await,
            Some(silence) => tokio::time::timeout(silence.limit, closing.close_by_ref())
                .await
                .unwrap_or(Ok(())),
        }
    }
}

#[async_trait]
impl ConnectionTrait for Connections {
    fn get_database_backend(&self) -> DbBackend {
        self.0.backend
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.statement(|pool| async move { pool.execute_raw(statement).await })
            .await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let sql = sql.to_owned();
        self.statement(|pool| async move { pool.execute_unprepared(&sql).await })
            .await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.statement(|pool| async move { pool.query_one_raw(statement).await })
            .await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.statement(|pool| async move { pool.query_all_raw(statement).await })
            .await
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connections({:?})", self.pool())
    }
}

/// Counts every statement that ends, and tells the work that it belongs to.
fn observed(mut pool: DatabaseConnection, answers: &Arc<AtomicU64>) -> DatabaseConnection {
    let answers = answers.clone();
    pool.set_metric_callback(move |statement| {
        answers.fetch_add(1, Ordering::Relaxed);
        let _ = RUNNING.try_with(|running| running.ended(statement.failed));
    });
    pool
}

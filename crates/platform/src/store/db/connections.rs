//! The connections of a store, and how long it may be silent on one of them.
//!
//! A PostgreSQL that was frozen, or cut off, takes statements and answers nothing; its connections
//! would be waited for until TCP gives up. So what waits too long for an answer ends, and all
//! connections are left for new ones: those that are still waited for are closed as soon as they
//! are given back, and none is used again.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult,
    RuntimeErr, Statement,
};
use sea_orm_migration::async_trait::async_trait;

use super::run::{RUNNING, Running, note_starving, on_own_task};

/// Connections to a store; each statement that is run on them has one to itself. Clones share them.
#[derive(Clone)]
pub struct Connections(Arc<Inner>);

struct Inner {
    backend: DbBackend,
    pool: RwLock<Arc<DatabaseConnection>>,
    unheard: Unheard,
    silence: Option<Silence>,
}

/// When a store counts as silent, and what is done about it. A file is never silent.
pub(super) struct Silence {
    /// How long an answer may take: longer than the store itself lets a statement run.
    pub(super) limit: Duration,
    /// Makes new connections when they are needed.
    pub(super) renew: Box<dyn Fn() -> DatabaseConnection + Send + Sync>,
}

/// Since when somebody has been asking and nobody has got a connection or an answer; nothing while
/// all is well.
#[derive(Default)]
struct Unheard(Mutex<Option<Instant>>);

#[expect(
    clippy::disallowed_methods,
    reason = "how long nobody was heard decides nothing that a simulation could tell apart"
)]
impl Unheard {
    fn asked(&self) {
        self.since().get_or_insert_with(Instant::now);
    }

    fn heard(&self) {
        *self.since() = None;
    }

    fn reaches(&self, limit: Duration) -> bool {
        self.since().is_some_and(|since| since.elapsed() >= limit)
    }

    fn since(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connections {
    pub(super) fn new(pool: DatabaseConnection, silence: Option<Silence>) -> Self {
        Self(Arc::new(Inner {
            backend: pool.get_database_backend(),
            pool: RwLock::new(Arc::new(observed(pool))),
            unheard: Unheard::default(),
            silence,
        }))
    }

    /// The connections that there are now, for who measures or obstructs a store: nothing limits
    /// what is done with them.
    pub fn pool(&self) -> Arc<DatabaseConnection> {
        let pool = self.0.pool.read();
        pool.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Does `work`, which waits for nobody but the store, as long as the store gives it a
    /// connection and then answers one statement after the other.
    pub(super) async fn heard<T, E: From<DbErr>>(
        &self,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let Some(silence) = &self.0.silence else {
            return self.however_long(work).await;
        };
        let (pool, unheard) = (self.pool(), &self.0.unheard);
        unheard.asked();
        let running = Running::default();
        let (heard, starved) = (running.heard.clone(), running.starved.clone());
        let mut work = std::pin::pin!(RUNNING.scope(running, work));
        loop {
            tokio::select! {
                biased;
                ended = &mut work => {
                    match starved.load(Ordering::Relaxed) {
                        false => unheard.heard(),
                        // those who have a connection may be in the midst of a statement that takes
                        // its time
                        true if unheard.reaches(silence.limit) => self.leave(&pool, silence),
                        true => {}
                    }
                    return ended;
                }
                () = heard.notified() => unheard.heard(),
                () = tokio::time::sleep(silence.limit) => {
                    self.leave(&pool, silence);
                    let what = "the store does not answer".to_owned();
                    return Err(DbErr::Conn(RuntimeErr::Internal(what)).into());
                }
            }
        }
    }

    /// The same, however long a statement takes, or whatever else `work` waits for.
    pub(super) async fn however_long<T>(&self, work: impl Future<Output = T>) -> T {
        RUNNING.scope(Running::default(), work).await
    }

    /// Asks for a connection and something of it; once more where the connections were left while
    /// it waited for one.
    pub(super) async fn ask<T, F>(
        &self,
        ask: impl Fn(Arc<DatabaseConnection>) -> F,
    ) -> Result<T, DbErr>
    where
        F: Future<Output = Result<T, DbErr>>,
    {
        let pool = self.pool();
        match ask(pool.clone()).await {
            Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))
                if !Arc::ptr_eq(&pool, &self.pool()) =>
            {
                ask(self.pool()).await
            }
            answer => answer,
        }
    }

    /// A statement by itself. Where the store may be silent it is waited for also when its caller
    /// has gone, who would leave a connection in mid-statement behind.
    async fn statement<T, F>(
        &self,
        run: impl Fn(Arc<DatabaseConnection>) -> F + Send + Sync + 'static,
    ) -> Result<T, DbErr>
    where
        F: Future<Output = Result<T, DbErr>> + Send + 'static,
        T: Send + 'static,
    {
        if self.0.silence.is_none() {
            return run(self.pool()).await;
        }
        let connections = self.clone();
        on_own_task(async move {
            let asked = async { connections.ask(run).await.inspect_err(note_starving) };
            connections.heard(asked).await
        })
        .await
    }

    /// Leaves silent connections for new ones, unless somebody has already.
    fn leave(&self, silent: &Arc<DatabaseConnection>, silence: &Silence) {
        let mut pool = self.0.pool.write().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&pool, silent) {
            return;
        }
        *pool = Arc::new(observed((silence.renew)()));
        drop(pool);
        self.0.unheard.heard();
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
        self.statement(move |pool| {
            let statement = statement.clone();
            async move { pool.execute_raw(statement).await }
        })
        .await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let sql = sql.to_owned();
        self.statement(move |pool| {
            let sql = sql.clone();
            async move { pool.execute_unprepared(&sql).await }
        })
        .await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.statement(move |pool| {
            let statement = statement.clone();
            async move { pool.query_one_raw(statement).await }
        })
        .await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.statement(move |pool| {
            let statement = statement.clone();
            async move { pool.query_all_raw(statement).await }
        })
        .await
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connections({:?})", self.pool())
    }
}

/// Tells the work that a statement belongs to that it ended. Nothing is heard so of BEGIN, COMMIT
/// and what is executed unprepared: bodies of transactions do not do so, but for those that take
/// however long they take.
fn observed(mut pool: DatabaseConnection) -> DatabaseConnection {
    pool.set_metric_callback(|statement| {
        let _ = RUNNING.try_with(|running| running.ended(statement.failed));
    });
    pool
}

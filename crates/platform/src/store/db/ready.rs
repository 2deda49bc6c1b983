//! Whether a store can do its work: answer a question and, on SQLite, commit what is written.
//!
//! A full disk lets an SQLite file be read for as long as it likes. So readiness writes as much as
//! a usual transaction does, after a transaction that failed, at the start, and now and then; while
//! the disk is well, next to never. A writer that is busy says nothing of the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use sea_orm::{ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, Statement};

use super::Db;

/// How many questions a commit answers: about a minute's, at one a second.
const PROVEN: u32 = 60;

/// The bytes of one probe: the sixteen pages of a usual transaction.
const FILLER: u32 = 64 * 1024;

/// How long a question waits for its probe: the file has one writer, which may be busy.
const PATIENCE: Duration = Duration::from_millis(500);

/// How many questions ago a probe was committed last, and what the last one found.
#[derive(Debug)]
pub(super) struct Proof {
    age: AtomicU32,
    commits: AtomicBool,
    /// Held by the probe that is under way.
    probe: Arc<tokio::sync::Mutex<()>>,
}

impl Default for Proof {
    fn default() -> Self {
        Self {
            age: AtomicU32::new(PROVEN),
            commits: AtomicBool::new(false),
            probe: Arc::default(),
        }
    }
}

impl Proof {
    /// A transaction failed: the next question is answered by a probe.
    pub(super) fn doubt(&self) {
        self.age.store(PROVEN, Ordering::Relaxed);
    }

    fn holds(&self) -> bool {
        let aged = |age: u32| (age < PROVEN).then_some(age + 1);
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        self.age.fetch_update(set, fetch, aged).is_ok()
    }

    fn renew(&self) {
        self.commits.store(true, Ordering::Relaxed);
        self.age.store(0, Ordering::Relaxed);
    }
}

impl Db {
    /// Whether the store answers and, on SQLite, commits. To be asked about once a second.
    pub async fn is_ready(&self) -> bool {
        match self.answers().await {
            Ok(()) => self.commits().await,
            Err(error) => {
                tracing::warn!(%error, "the store is not ready");
                false
            }
        }
    }

    async fn answers(&self) -> Result<(), DbErr> {
        let question = match self.backend() {
            // reads the file
            DbBackend::Sqlite => "PRAGMA schema_version",
            _ => "SELECT 1",
        };
        let question = Statement::from_string(self.backend(), question);
        self.reader().query_one_raw(question).await.map(drop)
    }

    /// Whether an SQLite file commits, as a probe finds now, or as the last one that ended has
    /// found.
    async fn commits(&self) -> bool {
        let proof = &self.signals.proof;
        if self.backend() != DbBackend::Sqlite || proof.holds() {
            return true;
        }
        if let Ok(alone) = proof.probe.clone().try_lock_owned() {
            let db = self.clone();
            let probe = tokio::spawn(async move {
                db.probe().await;
                drop(alone);
            });
            // it goes on without whoever asked
            let _ = tokio::time::timeout(PATIENCE, probe).await;
        }
        proof.commits.load(Ordering::Relaxed)
    }

    async fn probe(&self) {
        let committed = self.transaction(|tx| {
            Box::pin(async move {
                tx.execute_raw(statement(
                    "CREATE TABLE IF NOT EXISTS readiness (id INTEGER PRIMARY KEY, filler BLOB)",
                ))
                .await?;
                let row = format!("REPLACE INTO readiness VALUES (1, zeroblob({FILLER}))");
                tx.execute_raw(statement(&row)).await
            })
        });
        match committed.await {
            Ok(_) => self.signals.proof.renew(),
            Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) => {
                tracing::debug!("the store is too busy to be probed");
            }
            Err(error) => {
                tracing::warn!(%error, "the store is not ready");
                self.signals.proof.commits.store(false, Ordering::Relaxed);
            }
        }
    }
}

fn statement(sql: &str) -> Statement {
    Statement::from_string(DbBackend::Sqlite, sql)
}

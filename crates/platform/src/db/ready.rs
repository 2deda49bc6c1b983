//! Whether a store can do its work: answer a question and, on SQLite, commit what is written.
//!
//! A full disk lets an SQLite file be read for as long as it likes. So readiness writes as much as a usual transaction
//! does, after a transaction that failed, at the start, and now and then; while the disk is well, next to never.

use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use super::Db;

/// How many questions a commit answers: about a minute's, at one a second.
const PROVEN: u32 = 60;

/// The bytes of one probe: what some twenty pages of a usual transaction take.
const FILLER: u32 = 64 * 1024;

/// How many questions ago a probe was committed last.
#[derive(Debug)]
pub(super) struct Proof(AtomicU32);

impl Default for Proof {
    fn default() -> Self {
        Self(AtomicU32::new(PROVEN))
    }
}

impl Proof {
    /// A transaction failed: the next question is answered by a probe.
    pub(super) fn doubt(&self) {
        self.0.store(PROVEN, Ordering::Relaxed);
    }

    fn holds(&self) -> bool {
        let aged = |age: u32| (age < PROVEN).then_some(age + 1);
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        self.0.fetch_update(set, fetch, aged).is_ok()
    }

    fn renew(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

impl Db {
    /// Whether the store answers and, on SQLite, commits. To be asked about once a second.
    pub async fn is_ready(&self) -> bool {
        let ready = self.answers().await.and(self.commits().await);
        ready
            .inspect_err(|error| tracing::warn!(%error, "the store is not ready"))
            .is_ok()
    }

    async fn answers(&self) -> Result<(), DbErr> {
        let question = Statement::from_string(self.backend(), "SELECT 1");
        self.reader().query_one_raw(question).await.map(drop)
    }

    async fn commits(&self) -> Result<(), DbErr> {
        if self.backend() != DbBackend::Sqlite || self.signals.proof.holds() {
            return Ok(());
        }
        self.transaction(|tx| {
            Box::pin(async move {
                tx.execute_raw(statement(
                    "CREATE TABLE IF NOT EXISTS readiness (id INTEGER PRIMARY KEY, filler BLOB)",
                ))
                .await?;
                let row = format!("REPLACE INTO readiness VALUES (1, zeroblob({FILLER}))");
                tx.execute_raw(statement(&row)).await
            })
        })
        .await?;
        self.signals.proof.renew();
        Ok(())
    }
}

fn statement(sql: &str) -> Statement {
    Statement::from_string(DbBackend::Sqlite, sql)
}

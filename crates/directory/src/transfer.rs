//! Import and export: what the portals know, as lines of JSON.
//!
//! A file is read and written a line at a time and is never whole in memory. What a line may say
//! stands in the domain; nothing here decides what becomes of it, and no file is opened here.

mod line;
mod lines;

use std::io;

use platform::clock::Clock;
use platform::store::db::Db;
use platform::store::schema::{self, SchemaError};
use sea_orm::{DatabaseTransaction, DbErr};
use tokio::io::{AsyncBufRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

use crate::store::Migrator;
use crate::store::transfer;
use lines::{Batch, Lines};

/// What becomes of the good lines when others are bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// They are kept, a thousand at a time.
    KeepGood,
    /// None is kept: the store stays exactly as it was. All lines are one transaction.
    AllOrNothing,
}

/// What an import tells while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A line that cannot be taken.
    BadLine {
        /// Which line of the file; the first is 1.
        number: u64,
        /// Why, for whoever wrote it.
        reason: String,
    },
    /// A batch was done.
    Progress {
        /// How many lines were read until now.
        lines: u64,
    },
}

/// What came of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// How many lines were read, empty ones not counted.
    pub lines: u64,
    /// How many of them were taken; none where others were bad and all or nothing was asked for.
    pub kept: u64,
    /// How many of them were bad.
    pub bad: u64,
}

/// Why an import ended before the end of its lines. What was kept before in batches stays, and
/// taking it again is safe.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The store is not for this program.
    #[error(transparent)]
    SchemaError(#[from] SchemaError),
    /// The lines could not be read.
    #[error("the lines cannot be read")]
    Read(#[source] io::Error),
    /// The store did not keep them.
    #[error("the store failed")]
    Store(#[from] DbErr),
}

/// Why an export is not complete.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The store is not for this program.
    #[error(transparent)]
    SchemaError(#[from] SchemaError),
    /// The lines could not be written.
    #[error("the lines cannot be written")]
    Write(#[source] io::Error),
    /// The store did not tell them.
    #[error("the store failed")]
    Store(#[from] DbErr),
}

/// Takes lines into the store: what a line says is added, or replaces what the store has under its
/// key.
///
/// Repeating it is safe. `report` hears of bad lines in their order. With [`Mode::AllOrNothing`]
/// every line is read, so that every bad one is reported, and nothing is kept when there is one.
pub async fn import(
    db: &Db,
    clock: &Clock,
    lines: impl AsyncBufRead + Unpin + Send + 'static,
    mode: Mode,
    report: impl FnMut(Event) + Send + 'static,
) -> Result<Imported, ImportError> {
    schema::check::<Migrator>(db).await?;
    match mode {
        Mode::KeepGood => keep_good(db, clock, Lines::new(lines), report).await,
        Mode::AllOrNothing => all_or_nothing(db, clock, Lines::new(lines), report).await,
    }
}

/// Writes everything there is, in an order that depends on nothing else; answers how many lines.
///
/// Imported into an empty store and exported again, the text is the same. Users that were removed
/// and licences that were withdrawn are not there, and neither are orders and what is kept of acts.
pub async fn export(db: &Db, mut out: impl AsyncWrite + Unpin + Send) -> Result<u64, ExportError> {
    schema::check::<Migrator>(db).await?;
    let (to, mut from) = mpsc::channel(1);
    let writing = async move {
        let mut count = 0;
        while let Some(records) = from.recv().await {
            let mut text = String::new();
            for record in records {
                text.push_str(&line::write(record));
                text.push('\n');
                count += 1;
            }
            out.write_all(text.as_bytes()).await?;
        }
        out.flush().await?;
        Ok(count)
    };
    let (told, written) = tokio::join!(transfer::tell(db, to), writing);
    // when writing fails, telling ends for that reason only
    let count = written.map_err(ExportError::Write)?;
    told?;
    Ok(count)
}

async fn keep_good<R: AsyncBufRead + Unpin>(
    db: &Db,
    clock: &Clock,
    mut lines: Lines<R>,
    mut report: impl FnMut(Event),
) -> Result<Imported, ImportError> {
    let mut imported = Imported::default();
    while let Some(batch) = lines
        .batch(transfer::BATCH)
        .await
        .map_err(ImportError::Read)?
    {
        let clock = clock.clone();
        let bad = db
            .transaction(move |tx| Box::pin(async move { take(tx, batch, &clock).await }))
            .await?;
        imported.tell(lines.count(), bad, &mut report);
    }
    Ok(imported)
}

async fn all_or_nothing<R: AsyncBufRead + Unpin + Send + 'static>(
    db: &Db,
    clock: &Clock,
    mut lines: Lines<R>,
    mut report: impl FnMut(Event) + Send + 'static,
) -> Result<Imported, ImportError> {
    let clock = clock.clone();
    let outcome = db.patient_transaction(move |tx| {
        Box::pin(async move {
            let mut imported = Imported::default();
            while let Some(batch) = lines
                .batch(transfer::BATCH)
                .await
                .map_err(ImportError::Read)?
            {
                let bad = take(tx, batch, &clock).await?;
                imported.tell(lines.count(), bad, &mut report);
            }
            match imported.bad {
                0 => Ok(imported),
                _ => Err(RollbackReason::Bad(Imported {
                    kept: 0,
                    ..imported
                })),
            }
        })
    });
    match outcome.await {
        Ok(imported) | Err(RollbackReason::Bad(imported)) => Ok(imported),
        Err(RollbackReason::Failed(error)) => Err(error),
    }
}

/// Why a transaction of all lines is rolled back.
enum RollbackReason {
    Bad(Imported),
    Failed(ImportError),
}

impl<E: Into<ImportError>> From<E> for RollbackReason {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Takes what a batch says; answers its bad lines, each with its number and why, in their order.
async fn take(
    tx: &DatabaseTransaction,
    batch: Batch,
    clock: &Clock,
) -> Result<Vec<(u64, String)>, DbErr> {
    let mut bad = batch.bad;
    let rejected = transfer::take(tx, batch.records, clock).await?;
    bad.extend(
        rejected
            .into_iter()
            .map(|(number, why)| (number, why.to_string())),
    );
    bad.sort();
    Ok(bad)
}

impl Imported {
    /// Counts a batch that was done, and tells of it.
    fn tell(&mut self, lines: u64, bad: Vec<(u64, String)>, report: &mut impl FnMut(Event)) {
        self.lines = lines;
        self.bad += bad.len() as u64;
        self.kept = self.lines - self.bad;
        for (number, reason) in bad {
            report(Event::BadLine { number, reason });
        }
        report(Event::Progress { lines });
    }
}

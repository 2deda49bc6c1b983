//! An SQLite file, opened by its path: one writer, and readers that cannot write.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use sea_orm::SqlxSqliteConnector;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use super::run::is_clean;
use super::{Connections, DbOptions, OpenError, connect_error};

/// How long SQLite waits for another process to let go of the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Who may read and write a file that is made here: its owner. SQLite makes the files beside it
/// alike.
const MODE: u32 = 0o600;

/// The writer and the readers of the file, which is made where it is absent.
pub(super) async fn open(
    file: &Path,
    options: &DbOptions,
) -> Result<(Connections, Connections), OpenError> {
    make(file)?;
    let connect = SqliteConnectOptions::new()
        .filename(file)
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
    let refused = |error| why(error, file);
    let writer = pool()
        .max_connections(1)
        .connect_with(connect.clone())
        .await
        .map_err(refused)?;
    begins(&writer).await.map_err(refused)?;
    let reader = pool()
        .max_connections(options.max_connections)
        .connect_with(connect.read_only(true))
        .await
        .map_err(refused)?;
    Ok((
        Connections::new(SqlxSqliteConnector::from_sqlx_sqlite_pool(writer), None),
        Connections::new(SqlxSqliteConnector::from_sqlx_sqlite_pool(reader), None),
    ))
}

/// Makes the file, for its owner alone, and finds out whether it may be written: SQLite itself
/// would be content to read.
fn make(file: &Path) -> Result<(), OpenError> {
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(MODE)
        .open(file);
    match opened {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::StorageFull => {
            Err(connect_error(error.into()).into())
        }
        Err(error) => Err(unusable(file, &error.to_string())),
    }
}

/// A transaction that writes can begin.
async fn begins(writer: &SqlitePool) -> Result<(), sqlx::Error> {
    let begun = writer.begin_with("BEGIN IMMEDIATE").await?;
    begun.rollback().await
}

/// What an error of a connection says of the file: that it, or its folder, may only be read, or
/// something else.
fn why(error: sqlx::Error, file: &Path) -> OpenError {
    let code = error
        .as_database_error()
        .and_then(|error| error.code())
        .and_then(|code| code.parse::<u32>().ok());
    match code.map(|code| code & 0xff) {
        // READONLY, CANTOPEN
        Some(8 | 14) => unusable(file, &error.to_string()),
        _ => connect_error(error).into(),
    }
}

fn unusable(file: &Path, why: &str) -> OpenError {
    OpenError::Unusable(format!("{}: cannot be written: {why}", file.display()))
}

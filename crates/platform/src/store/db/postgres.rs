//! A PostgreSQL database: what a session is told at its beginning, and whether the database fits.

use std::io::ErrorKind;
use std::time::Duration;

use sea_orm::SqlxPostgresConnector;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, PgConnection};

use super::connections::Silence;
use super::run::{is_clean, note_connected};
use super::{Connections, DbOptions, OpenError, open_error};

/// Ends a transaction that its process forgot, so that it holds no locks.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(30);
/// A connection that was idle for longer is asked whether it still works before it is used.
const TRUSTED_IDLE: Duration = Duration::from_secs(10);
/// How much longer than the statement itself its answer may take to arrive; after that it is not
/// waited for.
const LATE: Duration = Duration::from_secs(2);
/// The only encoding that takes every name.
const ENCODING: &str = "UTF8";

/// The connections of the database.
pub(super) async fn open(
    address: &PgConnectOptions,
    options: &DbOptions,
) -> Result<Connections, OpenError> {
    let connect = session(address, options)?;
    let pooled = pool(options);
    let pool = match pooled.clone().connect_with(connect.clone()).await {
        Ok(pool) => pool,
        Err(sqlx::Error::PoolTimedOut) => {
            return Err(open_error(why_away(&connect, options).await));
        }
        Err(error) => return Err(open_error(error)),
    };
    takes_every_name(&pool, options.acquire_timeout).await?;
    let connector = SqlxPostgresConnector::from_sqlx_postgres_pool;
    let renew = move || connector(pooled.clone().connect_lazy_with(connect.clone()));
    let silence = Silence {
        limit: options.statement_timeout + LATE,
        renew: Box::new(renew),
    };
    Ok(Connections::new(connector(pool), Some(silence)))
}

fn session(address: &PgConnectOptions, options: &DbOptions) -> Result<PgConnectOptions, OpenError> {
    let millis = |duration: Duration| duration.as_millis().to_string();
    let connect = address.clone().options([
        ("default_transaction_isolation", "read committed".to_owned()),
        ("statement_timeout", millis(options.statement_timeout)),
        ("lock_timeout", millis(options.lock_timeout)),
        (
            "idle_in_transaction_session_timeout",
            millis(IDLE_IN_TRANSACTION),
        ),
    ]);
    match &options.schema {
        None => Ok(connect),
        Some(schema) if is_schema_name(schema) => Ok(connect.options([("search_path", schema)])),
        Some(_) => {
            let what = "a schema name is 1 to 63 of a-z, 0-9 and _".to_owned();
            Err(OpenError::Unusable(what))
        }
    }
}

fn pool(options: &DbOptions) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(options.max_connections)
        .acquire_timeout(options.acquire_timeout)
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(is_clean(connection)))
        .after_connect(|_, _| {
            note_connected();
            Box::pin(async { Ok(()) })
        })
        .before_acquire(|connection, about| {
            Box::pin(async move {
                if about.idle_for >= TRUSTED_IDLE {
                    connection.ping().await?;
                }
                note_connected();
                Ok(true)
            })
        })
}

/// Refuses a database in another encoding: it would refuse names in the middle of an acceptance, or
/// take anything.
async fn takes_every_name(pool: &PgPool, limit: Duration) -> Result<(), OpenError> {
    let encoding = sqlx::query_scalar::<_, String>("SHOW server_encoding").fetch_one(pool);
    let encoding = tokio::time::timeout(limit, encoding)
        .await
        .unwrap_or(Err(sqlx::Error::PoolTimedOut))
        .map_err(open_error)?;
    if encoding == ENCODING {
        return Ok(());
    }
    let what = format!(
        "the database is encoded in {encoding}, not {ENCODING}: make another one with \
         `createdb --encoding={ENCODING} --locale=C --template=template0 NAME`, and move what is in this one to it"
    );
    Err(OpenError::Unusable(what))
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

/// Whether an error says that PostgreSQL is not there now, and not that it does not want this
/// program.
pub(super) fn is_away(error: &sqlx::Error) -> bool {
    match error {
        // shut down by somebody, crashed, starting or recovering
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            ["57P01", "57P02", "57P03"].contains(&&*code)
        }
        sqlx::Error::Io(error) => AWAY.contains(&error.kind()),
        sqlx::Error::PoolTimedOut => true,
        _ => false,
    }
}

/// How connecting fails while nobody listens, or listens no longer.
const AWAY: [ErrorKind; 7] = [
    ErrorKind::ConnectionRefused,
    ErrorKind::ConnectionReset,
    ErrorKind::ConnectionAborted,
    ErrorKind::UnexpectedEof,
    ErrorKind::HostUnreachable,
    ErrorKind::NetworkUnreachable,
    ErrorKind::TimedOut,
];

fn is_schema_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=63).contains(&name.len()) && name.bytes().all(allowed)
}

//! Failures: what went wrong, which code the caller gets for it, and what the log says.
//!
//! An answer of another service is told apart here: its refusal is passed on whole, anything else
//! is a failure of ours.

use std::error::Error;
use std::time::Duration;

use sea_orm::{DbErr, RuntimeErr};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::{DOMAIN, PEER_NOT_ALLOWED, PEER_TOKEN_INVALID, SharedRefusal, bound, status};

/// The beginning of the domains of all our reasons: a status that carries one is an answer, any
/// other a failure.
const OUR_DOMAINS: &str = "partnerconnect.";

/// When it is worth repeating what a service was too busy for, where it did not say so itself.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Something that should have worked and did not.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The store of this service.
    #[error("the store failed")]
    Store(#[source] DbErr),
    /// Another service, called by this one.
    #[error("a service that was called failed")]
    Upstream(#[source] Box<Status>),
    /// Another service, which does not take this one for what it is, or answers it no longer.
    #[error("a service that was called refuses this one")]
    Stranger(#[source] Box<Status>),
    /// Anything else.
    #[error("something failed")]
    Other(#[source] Box<dyn Error + Send + Sync>),
}

impl Failure {
    /// A failure of neither the store nor another service.
    pub fn other(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }

    /// The code that callers get.
    ///
    /// UNAVAILABLE where the store or the service is away, or where the services do not trust each
    /// other; ABORTED where the store lost a race, DEADLINE_EXCEEDED where the other service ran
    /// out of time, INTERNAL otherwise; never UNKNOWN.
    pub fn code(&self) -> Code {
        match self {
            Self::Store(error) => store_code(error),
            Self::Upstream(status) => upstream_code(status),
            Self::Stranger(_) => Code::Unavailable,
            Self::Other(_) => Code::Internal,
        }
    }

    /// The error and its causes on one line, for the log.
    pub fn chain(&self) -> String {
        let mut chain = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            chain.push_str(": ");
            chain.push_str(&error.to_string());
            cause = error.source();
        }
        chain
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Store(error)
    }
}

fn store_code(error: &DbErr) -> Code {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Code::Unavailable,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            match error.as_ref() {
                sqlx::Error::Database(error) => database_code(error.as_ref()),
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => Code::Unavailable,
                _ => Code::Internal,
            }
        }
        _ => Code::Internal,
    }
}

fn database_code(error: &dyn sqlx::error::DatabaseError) -> Code {
    let code = error.code().unwrap_or_default();
    if error
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .is_some()
    {
        return match &*code {
            // serialization failure, deadlock, lock timeout
            "40001" | "40P01" | "55P03" => Code::Aborted,
            // read-only, statement timeout, idle in transaction, shut down, crashed, starting
            "25006" | "25P03" | "57014" | "57P01" | "57P02" | "57P03" => Code::Unavailable,
            // connection, authorization, resources such as disk and connections, system
            other
                if ["08", "28", "53", "58"]
                    .iter()
                    .any(|class| other.starts_with(class)) =>
            {
                Code::Unavailable
            }
            _ => Code::Internal,
        };
    }
    // the low byte of SQLite's extended code is the primary one
    match code.parse::<u32>().map(|code| code & 0xff) {
        // BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN
        Ok(5..=8 | 10 | 13 | 14) => Code::Unavailable,
        _ => Code::Internal,
    }
}

fn upstream_code(status: &Status) -> Code {
    let made_here = status.source().is_some();
    match status.code() {
        Code::DeadlineExceeded => Code::DeadlineExceeded,
        Code::Unavailable | Code::Unknown | Code::Cancelled => Code::Unavailable,
        Code::ResourceExhausted => Code::ResourceExhausted,
        // A user's refusal is passed on; this one is of our own token, and comes of keys or clocks
        // that do not fit together.
        Code::Unauthenticated | Code::PermissionDenied => Code::Unavailable,
        _ if made_here => Code::Unavailable,
        _ => Code::Internal,
    }
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        if let Failure::Upstream(status) = &failure
            && is_refusal(status)
        {
            return bound::passed_on(status);
        }
        let code = failure.code();
        tracing::error!(error = failure.chain(), %code, "request failed");
        match code {
            Code::Unavailable => SharedRefusal::Unavailable.into(),
            Code::Aborted => {
                let message = "lost a race with another request: try again";
                status(code, DOMAIN, "TRY_AGAIN", message, &[])
            }
            Code::DeadlineExceeded => SharedRefusal::DeadlineExceeded.into(),
            Code::ResourceExhausted => SharedRefusal::Overloaded(RETRY_AFTER).into(),
            _ => internal(),
        }
    }
}

/// The fixed sentence for what must not happen.
pub(crate) fn internal() -> Status {
    status(Code::Internal, DOMAIN, "INTERNAL", "internal error", &[])
}

/// Whether a service of ours said in its own words why a call was not done: such an answer is
/// passed on as it is.
///
/// Also a failure of that service, which it has logged; not that it does not know this one, which
/// no caller can mend.
fn is_refusal(status: &Status) -> bool {
    const OF_THIS_SERVICE: [&str; 2] = [PEER_NOT_ALLOWED, PEER_TOKEN_INVALID];
    status.get_details_error_info().is_some_and(|info| {
        info.domain.starts_with(OUR_DOMAINS) && !OF_THIS_SERVICE.contains(&info.reason.as_str())
    })
}

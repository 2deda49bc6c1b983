//! What the relay hands to a service, and what the service answers: arrived or not, and whether the
//! try counts.

use sea_orm::DbErr;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::clock::Time;
use crate::error::{Error, Failure, Stop};

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What the receiver recognises a repeat by.
    pub id: Uuid,
    /// Which kind of message it is.
    pub kind: String,
    /// What the receiver gets.
    pub payload: Vec<u8>,
    /// When it was appended.
    pub create_time: Time,
}

/// A message has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// The relay is to mark the row.
    Unmarked,
    /// The row was marked in the transaction of its effect, by [`delivered`](super::delivered).
    Marked,
}

/// Why a message has not arrived; never holds anything secret or personal, since it is kept with
/// the row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// The receiver is away, overloaded or too slow: not a try that counts.
    #[error("away: {0}")]
    Away(String),
    /// The receiver could not take it.
    #[error("failed: {0}")]
    Failed(String),
}

impl Undelivered {
    fn new(code: Code, reason: String) -> Self {
        match code {
            Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted => {
                Self::Away(reason)
            }
            _ => Self::Failed(reason),
        }
    }
}

impl From<Failure> for Undelivered {
    fn from(failure: Failure) -> Self {
        Self::new(failure.code(), failure.chain())
    }
}

impl From<DbErr> for Undelivered {
    fn from(error: DbErr) -> Self {
        Failure::from(error).into()
    }
}

impl From<Status> for Undelivered {
    fn from(status: Status) -> Self {
        Failure::Upstream(Box::new(status)).into()
    }
}

impl<R: Into<Status>> From<Error<R>> for Undelivered {
    fn from(error: Error<R>) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into().into(),
            Error::SharedRefusal(refusal) => Status::from(refusal).into(),
            Error::Failed(failure) => failure.into(),
        }
    }
}

impl From<Stop> for Undelivered {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::SharedRefusal(refusal) => Status::from(refusal).into(),
            Stop::Failed(failure) => failure.into(),
        }
    }
}

//! Refusals and failures: what an RPC answers when it does not do what was asked.
//!
//! A refusal is an answer: it names its reason in a `google.rpc.ErrorInfo` and is never logged. A
//! failure is an incident: it is logged once, when it becomes a status, and the caller gets a fixed
//! sentence. A service declares `pub type Error = platform::error::Error<Refusal>` and maps its own
//! `Refusal` to a status in one exhaustive match.

mod bound;
mod failure;
mod violation;

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::time::Duration;

use sea_orm::DbErr;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, PreconditionViolation};

pub use failure::Failure;
pub(crate) use failure::internal;
pub use violation::Violation;

/// The domain of the reasons that every service shares.
pub const DOMAIN: &str = "partnerconnect.platform";

/// Why something was not done: `R` are the refusals of one service's domain.
#[derive(Debug)]
pub enum Error<R> {
    /// A rule of the service's domain refused it.
    Refused(R),
    /// A rule that all services share refused it.
    SharedRefusal(SharedRefusal),
    /// It could not be tried, or its outcome is not known.
    Failed(Failure),
}

/// As the log says it: a failure with its causes, on one line.
impl<R: Display> Display for Error<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::SharedRefusal(refusal) => refusal.fmt(f),
            Self::Failed(failure) => f.write_str(&failure.chain()),
        }
    }
}

/// Why a function of this crate gave no result; every service's `Error` takes it in with `?`.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// Refused by a rule that all services share.
    #[error(transparent)]
    SharedRefusal(#[from] SharedRefusal),
    /// Failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// The refusals that all services share.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SharedRefusal {
    /// Fields that break their own rules; the first of them are listed, and how many more there
    /// are.
    #[error("the request has invalid fields")]
    InvalidFields(Vec<Violation>),
    /// Absent, or another tenant's: one shape for both, so that the answer tells neither.
    #[error("not found, or not yours to see")]
    NotFound,
    /// A known `request_id` came with other content.
    #[error("this request_id was used for a request with other content")]
    RequestIdReused,
    /// The resource changed since the `etag` was read.
    #[error("the resource has changed since this etag was read: read it again")]
    EtagMismatch,
    /// No token came with the call.
    #[error("this method needs a token: authorization: Bearer …")]
    TokenMissing,
    /// The token that came with the call proves nothing.
    #[error("the token is not valid")]
    TokenInvalid,
    /// The token is of several organisations, and the call does not say for which one it is.
    #[error(
        "the caller is of several organisations: name one of them in the metadata x-organization"
    )]
    OrganizationRequired,
    /// The call is for an organisation that its token does not assert.
    #[error(
        "the metadata x-organization names an organisation that the token does not assert: name one of the caller's own"
    )]
    OrganizationNotAsserted,
    /// A caller of this kind, or in this role, may not call the method.
    #[error("callers of this kind or role may not call this method")]
    CallerNotAllowed,
    /// The method is for other services than the one that called, or for services only.
    #[error("this method may be called by certain services only")]
    PeerNotAllowed,
    /// The service that calls has not proven itself: a matter between services, which no caller of
    /// theirs can mend.
    #[error("the token of the calling service is not valid")]
    PeerTokenInvalid,
    /// More than this process takes on at once, or than a limit allows; worth repeating after this
    /// time.
    #[error("too much at once: try again later")]
    Overloaded(Duration),
    /// The deadline of the call has passed.
    #[error("the deadline has passed")]
    DeadlineExceeded,
    /// Something that the call needs is away; repeating it is safe.
    #[error("temporarily unavailable: try again")]
    Unavailable,
}

impl SharedRefusal {
    /// One field that breaks a rule.
    pub fn invalid(field: impl Into<String>, description: impl ToString) -> Self {
        Violation::new(field, description).into()
    }

    /// The code and the name of the reason that callers get.
    pub fn code(&self) -> (Code, &'static str) {
        match self {
            Self::InvalidFields(_) => (Code::InvalidArgument, "INVALID_FIELDS"),
            Self::NotFound => (Code::NotFound, "NOT_FOUND"),
            Self::RequestIdReused => (Code::AlreadyExists, "REQUEST_ID_REUSED"),
            Self::EtagMismatch => (Code::Aborted, "ETAG_MISMATCH"),
            Self::TokenMissing => (Code::Unauthenticated, "TOKEN_MISSING"),
            Self::TokenInvalid => (Code::Unauthenticated, "TOKEN_INVALID"),
            Self::OrganizationRequired => (Code::InvalidArgument, "ORGANIZATION_REQUIRED"),
            Self::OrganizationNotAsserted => (Code::PermissionDenied, "ORGANIZATION_NOT_ASSERTED"),
            Self::CallerNotAllowed => (Code::PermissionDenied, "CALLER_NOT_ALLOWED"),
            Self::PeerNotAllowed => (Code::PermissionDenied, PEER_NOT_ALLOWED),
            Self::PeerTokenInvalid => (Code::Unauthenticated, PEER_TOKEN_INVALID),
            Self::Overloaded(_) => (Code::ResourceExhausted, "OVERLOADED"),
            Self::DeadlineExceeded => (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
            Self::Unavailable => (Code::Unavailable, "UNAVAILABLE"),
        }
    }
}

const PEER_NOT_ALLOWED: &str = "PEER_NOT_ALLOWED";
const PEER_TOKEN_INVALID: &str = "PEER_TOKEN_INVALID";

impl From<Violation> for SharedRefusal {
    fn from(violation: Violation) -> Self {
        Self::InvalidFields(vec![violation])
    }
}

impl From<SharedRefusal> for Status {
    fn from(refusal: SharedRefusal) -> Self {
        let (code, reason) = refusal.code();
        let mut details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new());
        let message = refusal.to_string();
        match refusal {
            SharedRefusal::InvalidFields(violations) => {
                let violations: Vec<_> = violations
                    .into_iter()
                    .map(|violation| FieldViolation::new(violation.field, violation.description))
                    .collect();
                details.set_bad_request(violations);
            }
            SharedRefusal::Overloaded(retry_after) => {
                details.set_retry_info(Some(retry_after));
            }
            _ => {}
        }
        bound::status(code, &message, &details)
    }
}

/// A refusal as a status: a code, and an ErrorInfo with the reason.
///
/// `domain` is the proto package of the service without its version, `reason` the value of its
/// `ErrorReason` without the prefix. `metadata` says what was found, such as the state; never
/// anything secret or personal.
pub fn status(
    code: Code,
    domain: &str,
    reason: &str,
    message: impl AsRef<str>,
    metadata: &[(&str, String)],
) -> Status {
    bound::status(
        code,
        message.as_ref(),
        &error_info(domain, reason, metadata),
    )
}

/// INVALID_ARGUMENT for a reason of the service's own: `field` is what the caller has to go back
/// to.
pub fn invalid(
    domain: &str,
    reason: &str,
    field: &str,
    message: impl AsRef<str>,
    metadata: &[(&str, String)],
) -> Status {
    let message = message.as_ref();
    let mut details = error_info(domain, reason, metadata);
    details.set_bad_request(vec![FieldViolation::new(field, message)]);
    bound::status(Code::InvalidArgument, message, &details)
}

/// A reason as an ErrorInfo has it: the name of the enum's value without that of the enum.
pub fn reason_name(value: &'static str) -> &'static str {
    value.strip_prefix("ERROR_REASON_").unwrap_or(value)
}

/// FAILED_PRECONDITION: `subject`, a resource name or a field, is not as the verb needs it.
pub fn precondition(
    domain: &str,
    reason: &str,
    subject: &str,
    message: impl AsRef<str>,
    metadata: &[(&str, String)],
) -> Status {
    let message = message.as_ref();
    let mut details = error_info(domain, reason, metadata);
    details.set_precondition_failure(vec![PreconditionViolation::new(reason, subject, message)]);
    bound::status(Code::FailedPrecondition, message, &details)
}

/// RESOURCE_EXHAUSTED: a limit of the service is reached; it is worth trying again after
/// `retry_after`.
pub fn exhausted(
    domain: &str,
    reason: &str,
    message: impl AsRef<str>,
    retry_after: Duration,
    metadata: &[(&str, String)],
) -> Status {
    let mut details = error_info(domain, reason, metadata);
    details.set_retry_info(Some(retry_after));
    bound::status(Code::ResourceExhausted, message.as_ref(), &details)
}

/// The same refusal with its reason said in a language, as a `google.rpc.LocalizedMessage`.
pub(crate) fn localized(status: &Status, locale: &str, text: &str) -> Status {
    bound::localized(status, locale, text)
}

fn error_info(domain: &str, reason: &str, metadata: &[(&str, String)]) -> ErrorDetails {
    let metadata: HashMap<String, String> = metadata
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect();
    ErrorDetails::with_error_info(reason, domain, metadata)
}

impl<R> From<SharedRefusal> for Error<R> {
    fn from(refusal: SharedRefusal) -> Self {
        Self::SharedRefusal(refusal)
    }
}

impl<R> From<Violation> for Error<R> {
    fn from(violation: Violation) -> Self {
        Self::SharedRefusal(violation.into())
    }
}

impl<R> From<Failure> for Error<R> {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl<R> From<Stop> for Error<R> {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::SharedRefusal(refusal) => Self::SharedRefusal(refusal),
            Stop::Failed(failure) => Self::Failed(failure),
        }
    }
}

impl<R> From<DbErr> for Error<R> {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}

impl From<DbErr> for Stop {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}

/// The answer of a service that this one called: a refusal is passed on as it is, anything else is
/// a failure.
impl<R> From<Status> for Error<R> {
    fn from(status: Status) -> Self {
        Self::Failed(Failure::Upstream(Box::new(status)))
    }
}

impl<R: Into<Status>> From<Error<R>> for Status {
    fn from(error: Error<R>) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::SharedRefusal(refusal) => refusal.into(),
            Error::Failed(failure) => failure.into(),
        }
    }
}

impl From<Stop> for Status {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::SharedRefusal(refusal) => refusal.into(),
            Stop::Failed(failure) => failure.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt;

    use super::*;

    #[test]
    fn invalid_fields_are_listed() {
        let refusal = SharedRefusal::InvalidFields(vec![
            Violation::new("a", "must be b"),
            Violation::new("c.d", "must be e"),
        ]);
        let status = Status::from(refusal);
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        assert_eq!(details.error_info().unwrap().reason, "INVALID_FIELDS");
        assert_eq!(
            details.bad_request().unwrap().field_violations[1].field,
            "c.d"
        );
    }

    #[test]
    fn a_refusal_of_an_upstream_is_passed_on_whole() {
        let metadata = [("state", "REVOKED".to_owned())];
        let refusal = precondition(
            "partnerconnect.invitation",
            "REVOKED",
            "link",
            "revoked",
            &metadata,
        );
        let passed = Status::from(Error::<SharedRefusal>::from(refusal));
        assert_eq!(passed.code(), Code::FailedPrecondition);
        assert_eq!(passed.message(), "revoked");
        assert_eq!(
            passed.get_details_error_info().unwrap().metadata["state"],
            "REVOKED"
        );
        assert_eq!(
            passed
                .get_details_precondition_failure()
                .unwrap()
                .violations
                .len(),
            1
        );
    }

    #[test]
    fn what_an_upstream_fails_with_is_not_passed_on() {
        let cases = [
            (Status::internal("secret"), Code::Internal),
            (Status::unknown("secret"), Code::Unavailable),
            (Status::unavailable("secret"), Code::Unavailable),
            (Status::cancelled("Timeout expired"), Code::Unavailable),
            (Status::not_found("secret"), Code::Internal),
            (SharedRefusal::PeerNotAllowed.into(), Code::Unavailable),
            (SharedRefusal::PeerTokenInvalid.into(), Code::Unavailable),
            (Status::unauthenticated("secret"), Code::Unavailable),
            (Status::permission_denied("secret"), Code::Unavailable),
        ];
        for (status, expected) in cases {
            let answer = Status::from(Error::<SharedRefusal>::from(status));
            assert_eq!(answer.code(), expected);
            assert!(!answer.message().contains("secret"));
            assert_eq!(
                answer.get_details_error_info().unwrap().domain,
                DOMAIN,
                "{expected:?}"
            );
        }
    }

    #[test]
    fn a_failure_names_its_reason() {
        let busy = Status::from(Failure::Upstream(Box::new(Status::resource_exhausted(
            "secret",
        ))));
        let info = busy.get_details_error_info().unwrap();
        assert_eq!(
            (info.domain.as_str(), info.reason.as_str()),
            (DOMAIN, "OVERLOADED")
        );
        assert!(busy.get_details_retry_info().unwrap().retry_delay.is_some());
        let bug = Status::from(Failure::other("secret"));
        assert_eq!(bug.get_details_error_info().unwrap().reason, "INTERNAL");
        assert_eq!(bug.message(), "internal error");
    }

    #[test]
    fn a_limit_says_when_to_come_back() {
        let status = Status::from(SharedRefusal::Overloaded(Duration::from_secs(2)));
        let retry = status.get_details_retry_info().unwrap();
        assert_eq!(retry.retry_delay, Some(Duration::from_secs(2)));
        let status = exhausted(
            "partnerconnect.x",
            "TOO_MANY",
            "enough",
            Duration::from_secs(9),
            &[],
        );
        assert_eq!(status.code(), Code::ResourceExhausted);
        assert_eq!(
            status.get_details_retry_info().unwrap().retry_delay,
            Some(Duration::from_secs(9))
        );
    }

    #[test]
    fn a_store_that_is_away_is_unavailable() {
        let away = DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout);
        assert_eq!(Status::from(Stop::from(away)).code(), Code::Unavailable);
        let bug = DbErr::Custom("secret".into());
        let status = Status::from(Stop::from(bug));
        assert_eq!(
            (status.code(), status.message()),
            (Code::Internal, "internal error")
        );
    }
}

//! Why a page cannot be shown, or what was asked cannot be done.
//!
//! A handler answers a [`Problem`]; `explain` makes a page of it.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use maud::{Markup, html};
use platform::identity::Role;
use sea_orm::DbErr;
use tonic::{Code, Status};
use tonic_types::{FieldViolation, StatusExt};

use crate::wording::Text;

/// Why not.
#[derive(Clone, Debug)]
pub(crate) enum Problem {
    /// Nobody is signed in here, or not any more.
    SignInNeeded,
    /// The person belongs to several organisations, and has chosen none.
    OrganizationNeeded,
    /// Operations staff and services act for no organisation.
    NoOrganization,
    /// The person lacks this role.
    RoleNeeded(Role),
    /// The API refuses it.
    Refused(Status),
    /// The organisation is no partner yet.
    NotEnrolled,
    /// There is no such page.
    NotFound,
    /// The form is of another session than the one that this browser has now.
    OtherSession,
    /// Another site sends the form.
    OtherSite,
    /// We are asked under a name that is not ours.
    OtherHost,
    /// The form has too much in it.
    TooLarge,
    /// The form did not arrive in time.
    TooSlow,
    /// The form is none.
    Unreadable,
    /// The provider of sign-ins does not answer.
    ProviderAway,
    /// The sign-in was not begun in this browser, or too long ago, or is over already.
    SignInUnknown,
    /// The provider has not signed the person in.
    SignInRefused,
    /// The store of sessions fails.
    Failed,
}

impl From<Status> for Problem {
    fn from(status: Status) -> Self {
        Self::Refused(status)
    }
}

impl From<DbErr> for Problem {
    fn from(error: DbErr) -> Self {
        tracing::error!(%error, "the store of sessions fails");
        Self::Failed
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl Problem {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::SignInNeeded => StatusCode::UNAUTHORIZED,
            Self::OrganizationNeeded => StatusCode::CONFLICT,
            Self::NoOrganization | Self::RoleNeeded(_) => StatusCode::FORBIDDEN,
            Self::OtherSession | Self::OtherSite => StatusCode::FORBIDDEN,
            Self::Refused(status) => http_status(status.code()),
            Self::NotFound | Self::NotEnrolled => StatusCode::NOT_FOUND,
            Self::OtherHost => StatusCode::MISDIRECTED_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Unreadable | Self::SignInUnknown => StatusCode::BAD_REQUEST,
            Self::SignInRefused => StatusCode::FORBIDDEN,
            Self::ProviderAway | Self::Failed => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What its texts are called: `problem-{key}-title`, and `problem-{key}` with what to do.
    pub(crate) fn key(&self) -> &'static str {
        match self {
            Self::SignInNeeded => "sign-in-needed",
            Self::OrganizationNeeded => "organization-needed",
            Self::NoOrganization => "no-organization",
            Self::RoleNeeded(Role::GlobalAdmin) => "global-admin-needed",
            Self::RoleNeeded(Role::AdminAgent) => "admin-agent-needed",
            Self::Refused(status) => match status.code() {
                Code::NotFound => "not-found",
                Code::Unauthenticated => "sign-in-needed",
                Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted => "away",
                Code::Internal | Code::Unknown | Code::DataLoss => "failed",
                _ => "refused",
            },
            Self::NotFound => "not-found",
            Self::NotEnrolled => "not-enrolled",
            Self::OtherSession => "other-session",
            Self::OtherSite => "other-site",
            Self::OtherHost => "other-host",
            Self::TooLarge => "too-large",
            Self::TooSlow => "too-slow",
            Self::Unreadable => "unreadable",
            Self::ProviderAway => "provider-away",
            Self::SignInUnknown => "sign-in-unknown",
            Self::SignInRefused => "sign-in-refused",
            Self::Failed => "failed",
        }
    }

    pub(crate) fn needs_sign_in(&self) -> bool {
        match self {
            Self::Refused(status) => status.code() == Code::Unauthenticated,
            problem => matches!(
                problem,
                Self::SignInNeeded | Self::SignInUnknown | Self::SignInRefused
            ),
        }
    }

    /// Whom the person could sign in as instead.
    pub(crate) fn is_about_the_person(&self) -> bool {
        match self {
            Self::Refused(status) => status.code() == Code::PermissionDenied,
            problem => matches!(problem, Self::NoOrganization | Self::RoleNeeded(_)),
        }
    }

    /// What the API says, in the reader's language.
    pub(crate) fn said(&self, text: &Text) -> Option<String> {
        match self {
            Self::Refused(status) => Some(said(text, status)),
            _ => None,
        }
    }
}

/// What a refusal of the API says, in the reader's language where it has been put into it.
pub(crate) fn said(text: &Text, status: &Status) -> String {
    let details = status.get_error_details();
    match details.localized_message() {
        Some(localized) => localized.message.clone(),
        None => text.of("problem-unexpected"),
    }
}

/// What is wrong with a form that was filled in, to be shown above it.
pub(crate) fn wrong(text: &Text, status: &Status) -> Markup {
    let details = status.get_error_details();
    let reason = details.error_info().map(|info| info.reason.as_str());
    let is_unspecific = reason == Some("INVALID_FIELDS");
    let fields: Vec<FieldViolation> = details
        .bad_request()
        .map(|wrong| wrong.field_violations.clone())
        .unwrap_or_default();
    html! {
        div.said role="alert" {
            @if !is_unspecific {
                p { (said(text, status)) }
            } @else {
                p { (text.of("wrong-fields")) }
                ul {
                    @for field in fields {
                        @let name = field.field.rsplit('.').next().unwrap_or_default();
                        li { (text.word("field", name)) }
                    }
                }
            }
        }
    }
}

/// Whether somebody can mend this by filling the form in again.
pub(crate) fn is_mendable(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::InvalidArgument | Code::FailedPrecondition | Code::AlreadyExists | Code::Aborted
    )
}

fn http_status(code: Code) -> StatusCode {
    match code {
        Code::InvalidArgument | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::FailedPrecondition | Code::Aborted | Code::AlreadyExists => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

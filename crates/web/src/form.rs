//! What somebody has filled in and sent: one flat list of fields, read as text.
//!
//! What a field must be is the API's to say, once; nothing is checked here but that the form is
//! ours.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::response::IntoResponse;
use http::StatusCode;
use tokio::time::timeout;

use crate::Web;
use crate::problem::Problem;

/// The field that says whose session the form belongs to.
pub(crate) const TOKEN: &str = "token";
/// How long a form may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// The token that the form of this session says; put there by who found the session.
#[derive(Clone)]
pub(crate) struct Expected(pub(crate) String);

/// The fields of a form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form(BTreeMap<String, String>);

impl Form {
    /// What a field says, without space around it; nothing where it is not there.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |value| value.trim())
    }

    /// What a field of several lines says; browsers end lines as mail does.
    pub(crate) fn lines(&self, name: &str) -> String {
        self.0
            .get(name)
            .map(|value| value.replace("\r\n", "\n"))
            .unwrap_or_default()
    }

    /// A number; 0 where the field is empty, and what no API takes where it is none.
    pub(crate) fn number(&self, name: &str) -> i32 {
        match self.text(name) {
            "" => 0,
            text => text.parse().unwrap_or(-1),
        }
    }

    /// Whether a box is ticked.
    pub(crate) fn is_ticked(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The same with one field filled in.
    pub(crate) fn filled(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }
}

impl FromRequest<Web> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        let expected = request.extensions().get::<Expected>().cloned();
        let fields = axum::Form::<Vec<(String, String)>>::from_request(request, web);
        let fields = match timeout(PATIENCE, fields).await {
            Err(_) => return Err(Problem::TooSlow),
            Ok(Err(rejection)) => {
                let status = rejection.into_response().status();
                return Err(match status {
                    StatusCode::PAYLOAD_TOO_LARGE => Problem::TooLarge,
                    _ => Problem::Unreadable,
                });
            }
            Ok(Ok(axum::Form(fields))) => fields,
        };
        let form = Self(fields.into_iter().collect());
        match expected {
            Some(Expected(token)) if form.text(TOKEN) != token => Err(Problem::OtherSession),
            _ => Ok(form),
        }
    }
}

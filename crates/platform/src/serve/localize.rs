//! The reason of a refusal in the language of whoever called: a `google.rpc.LocalizedMessage`
//! beside what the refusal says already, whoever made it.
//!
//! A caller that names no language in `accept-language` gets none. The texts are those of the
//! service that is called from outside, one for each reason; nothing here knows a reason.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use fluent_templates::fluent_bundle::FluentValue;
use http::header::ACCEPT_LANGUAGE;
use http::{HeaderMap, HeaderValue};
use http_body_util::BodyExt;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::Layers;
use crate::error;
use crate::telemetry::rpc::code_in;
use crate::wording::{Language, Wording};

/// What the domains of our reasons begin with, which no key of a text repeats.
const OURS: &str = "partnerconnect.";
/// The key of what is said for a reason that there is no text for yet.
const OTHER: &str = "refusal-other";

pub(super) async fn localize(
    State(layers): State<Arc<Layers>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(wording) = layers.reasons else {
        return next.run(request).await;
    };
    let Some(accepted) = request.headers().get(ACCEPT_LANGUAGE).cloned() else {
        return next.run(request).await;
    };
    let mut response = next.run(request).await;
    say_in(wording, &accepted, response.headers_mut());
    response.map(|body| {
        axum::body::Body::new(body.map_frame(move |mut frame| {
            if let Some(trailers) = frame.trailers_mut() {
                say_in(wording, &accepted, trailers);
            }
            frame
        }))
    })
}

/// Adds the text to the refusal that headers or trailers hold, if they hold one.
fn say_in(wording: &Wording, accepted: &HeaderValue, headers: &mut HeaderMap) {
    if matches!(code_in(headers), None | Some(Code::Ok)) {
        return;
    }
    let Ok(accepted) = accepted.to_str() else {
        return;
    };
    let language = wording.preferred(accepted);
    let Some(status) = Status::from_header_map(headers) else {
        return;
    };
    let details = status.get_error_details();
    let Some(text) = text(wording, &language, &details) else {
        return;
    };
    let status = error::localized(&status, &language.to_string(), &text);
    let mut said = HeaderMap::new();
    // Everything else stays as whoever refused has written it.
    if status.add_header(&mut said).is_ok()
        && let Some(details) = said.remove(Status::GRPC_STATUS_DETAILS)
    {
        headers.insert(Status::GRPC_STATUS_DETAILS, details);
    }
}

/// What is said of a reason of ours. Its text may use what the metadata holds of it; and always
/// `reason`, `fields`, the names of those that are wrong, and `state`, which was found: empty where
/// they do not apply.
fn text(wording: &Wording, language: &Language, details: &ErrorDetails) -> Option<String> {
    let info = details.error_info()?;
    let key = key(&info.domain, &info.reason)?;
    let fields = details.bad_request().map_or_else(String::new, |request| {
        let fields = request.field_violations.iter();
        let fields: Vec<_> = fields
            .map(|violation| violation.field.as_str())
            .filter(|field| !field.is_empty())
            .collect();
        fields.join(", ")
    });
    let mut arguments: HashMap<&str, FluentValue<'_>> = HashMap::from([
        ("reason", info.reason.as_str().into()),
        ("fields", fields.into()),
        ("state", "".into()),
    ]);
    for (name, value) in &info.metadata {
        arguments.insert(name, value.as_str().into());
    }
    let arguments: Vec<_> = arguments.into_iter().collect();
    wording
        .find(language, &key, &arguments)
        .or_else(|| wording.find(language, OTHER, &arguments))
}

/// The key of a reason's text: `invitation-EXPIRED` for EXPIRED of `partnerconnect.invitation`.
pub fn key(domain: &str, reason: &str) -> Option<String> {
    let domain = domain.strip_prefix(OURS)?;
    Some(format!("{}-{reason}", domain.replace('.', "-")))
}

//! The page behind a link: one fixed text per language that says how to accept.
//!
//! Mail scanners follow links, so it changes nothing, looks nothing up, and is the same for every
//! link, ours or not.

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::HeaderMap;
use http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use vocabulary::link::PATH;

use crate::wording::WORDING;

/// GET and HEAD of every path under `/i/`.
pub(crate) fn router() -> Router {
    Router::new().route(&format!("{PATH}{{*token}}"), get(page))
}

async fn page(headers: HeaderMap) -> Response {
    let accepted = headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let language = WORDING.preferred(accepted);
    let headers = [
        (CACHE_CONTROL, "no-store".to_owned()),
        (CONTENT_LANGUAGE, language.to_string()),
        (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (REFERRER_POLICY, "no-referrer".to_owned()),
        (VARY, "accept-language".to_owned()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (
        headers,
        format!("{}\n", WORDING.text(&language, "acceptance-page", &[])),
    )
        .into_response()
}

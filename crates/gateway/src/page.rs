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
use platform::wording::{Language, Wording};
use vocabulary::link::PATH;

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static WORDING: Wording = Wording::new(&LOCALES);

/// Of a longer list of languages the rest is not looked at.
const MAX_LANGUAGES: usize = 20;

/// GET and HEAD of every path under `/i/`.
pub(crate) fn router() -> Router {
    Router::new().route(&format!("{PATH}{{*token}}"), get(page))
}

async fn page(headers: HeaderMap) -> Response {
    let accepted = headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let language = preferred(accepted);
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

/// The language that a reader likes best among those that there are (RFC 9110, 12.5.4); English
/// where there is none.
fn preferred(accepted: &str) -> Language {
    let mut wanted: Vec<(f32, &str)> = accepted
        .split(',')
        .take(MAX_LANGUAGES)
        .filter_map(range)
        .collect();
    // The sort is stable: of two that are liked alike the first stays first.
    wanted.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    wanted
        .into_iter()
        .find_map(|(_, tag)| WORDING.choose(tag).ok())
        .unwrap_or_else(english)
}

fn english() -> Language {
    WORDING
        .choose("")
        .expect("without a wish the language is English, which there is")
}

/// One entry of an Accept-Language header and how much it is liked; none where it is malformed or
/// not liked at all.
fn range(entry: &str) -> Option<(f32, &str)> {
    let (tag, weight) = match entry.split_once(';') {
        Some((tag, parameter)) => (tag, parameter.trim().strip_prefix("q=")?.parse().ok()?),
        None => (entry, 1.0),
    };
    let tag = match tag.trim() {
        "" => return None,
        "*" => "",
        tag => tag,
    };
    (weight > 0.0).then_some((weight, tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_is_complete() {
        let gaps = ::tests::gaps(concat!(env!("CARGO_MANIFEST_DIR"), "/locales"));
        assert_eq!(gaps, [""; 0]);
    }

    #[test]
    fn the_reader_gets_the_language_liked_best() {
        let cases = [
            ("", "en"),
            ("pt-BR", "pt-BR"),
            ("pt", "pt-BR"),
            ("PT-br,en;q=0.9", "pt-BR"),
            ("en;q=0.5, pt-BR;q=0.9", "pt-BR"),
            ("pt-BR;q=0, en", "en"),
            ("xx, pt;q=0.1", "pt-BR"),
            ("xx", "en"),
            ("*, pt;q=0.5", "en"),
            ("../../etc/passwd, ;;;, q=, pt;q=nan", "en"),
        ];
        for (accepted, expected) in cases {
            assert_eq!(preferred(accepted).to_string(), expected, "{accepted}");
        }
    }
}

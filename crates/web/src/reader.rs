//! Who reads a page, signed in or not: the language, and the way back to the page.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, OriginalUri};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::header::ACCEPT_LANGUAGE;
use http::request::Parts;
use http::{HeaderMap, Method};

use crate::Web;
use crate::cookie::Cookie;
use crate::wording::{Text, WORDING};

/// What a way back is sealed for.
const BACK: &str = "back";
/// Who reads.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) text: Text,
    /// The way back to this page, sealed: nobody else can make one.
    pub(crate) back: String,
}

impl Reader {
    /// In the language that was chosen, or else in the one that the browser likes best.
    pub(crate) fn of(web: &Web, headers: &HeaderMap, path: &str) -> Self {
        let chosen = Cookie::Language
            .read(web, headers)
            .and_then(|tag| WORDING.named(&tag));
        let language = chosen.unwrap_or_else(|| {
            let accepted = headers
                .get(ACCEPT_LANGUAGE)
                .and_then(|value| value.to_str().ok());
            WORDING.preferred(accepted.unwrap_or_default())
        });
        Self {
            text: Text { language },
            back: back_to(web, path),
        }
    }
}

impl FromRequestParts<Web> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let path = match parts.extensions.get::<OriginalUri>() {
            // what a form was sent to may not be a page
            Some(OriginalUri(uri)) if parts.method == Method::GET => uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
            _ => "/".to_owned(),
        };
        Ok(Self::of(web, &parts.headers, &path))
    }
}

/// The way back to a path of ours, to be read by [`way_back`] alone.
pub(crate) fn back_to(web: &Web, path: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(web.parts.seal.seal(BACK, path.as_bytes()))
}

/// The path that this way leads back to; the first page where it is none of ours.
pub(crate) fn way_back(web: &Web, sealed: &str) -> String {
    BASE64_URL_SAFE_NO_PAD
        .decode(sealed)
        .ok()
        .and_then(|sealed| web.parts.seal.open(BACK, &sealed))
        .and_then(|path| String::from_utf8(path).ok())
        .filter(|path| stays_here(path))
        .unwrap_or_else(|| "/".to_owned())
}

/// Whether browsers take this for a path of ours, and not for another host.
fn stays_here(path: &str) -> bool {
    let mut bytes = path.bytes();
    bytes.next() == Some(b'/') && !matches!(bytes.next(), Some(b'/' | b'\\'))
}

//! What a browser keeps for us: a session's id, a sign-in that has begun, a language.
//!
//! Over TLS their names begin with `__Host-`, so that nobody else's page, and no page of a
//! neighbouring host, can set one.

use std::time::Duration;

use axum::response::{IntoResponseParts, ResponseParts};
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

use crate::Web;

/// A cookie of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The id of a session, secret.
    Session,
    /// A sign-in that has begun in this browser, sealed.
    SignIn,
    /// The language that the reader has chosen.
    Language,
}

impl Cookie {
    fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-session",
            (Self::SignIn, true) => "__Host-sign-in",
            (Self::Language, true) => "__Host-language",
            (Self::Session, false) => "session",
            (Self::SignIn, false) => "sign-in",
            (Self::Language, false) => "language",
        }
    }

    /// What the browser has kept; nothing where it says so twice.
    pub(crate) fn read(self, web: &Web, headers: &HeaderMap) -> Option<String> {
        let name = self.name(web.secure);
        let lines = headers.get_all(COOKIE).iter();
        let pairs = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split("; "))
            .filter_map(|pair| pair.split_once('='));
        let mut values = pairs.filter_map(|(key, value)| (key == name).then_some(value));
        let value = values.next()?;
        values.next().is_none().then(|| value.to_owned())
    }

    /// Has the browser keep this for so long.
    pub(crate) fn keep(self, web: &Web, value: &str, lifetime: Duration) -> SetCookie {
        SetCookie(self.line(web.secure, value, lifetime.as_secs()))
    }

    /// Has the browser forget it.
    pub(crate) fn forget(self, web: &Web) -> SetCookie {
        SetCookie(self.line(web.secure, "", 0))
    }

    fn line(self, secure: bool, value: &str, seconds: u64) -> String {
        let name = self.name(secure);
        let secure = if secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
    }
}

/// A line for the browser, added to a response.
pub(crate) struct SetCookie(String);

impl IntoResponseParts for SetCookie {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        // what is kept is of our own making, in base64 or a tag of a language
        if let Ok(line) = HeaderValue::from_str(&self.0) {
            parts.headers_mut().append(SET_COOKIE, line);
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Over TLS a cookie is of this host alone, and is sent over TLS alone; no script reads one.
    #[test]
    fn cookies_are_of_this_host_alone() {
        for (cookie, name) in [
            (Cookie::Session, "session"),
            (Cookie::SignIn, "sign-in"),
            (Cookie::Language, "language"),
        ] {
            let rest = "=x; Path=/; Max-Age=5; HttpOnly; SameSite=Lax";
            assert_eq!(cookie.line(false, "x", 5), format!("{name}{rest}"));
            assert_eq!(
                cookie.line(true, "x", 5),
                format!("__Host-{name}{rest}; Secure")
            );
        }
    }
}

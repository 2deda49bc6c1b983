//! What was asked at the development sign-in, and what was issued for it and not used yet: in
//! memory, bounded, and for one use each.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::Uri;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::people::Person;

/// How long a code is good.
const CODE_LIFETIME: Duration = Duration::from_secs(60);
/// How long access can be renewed.
const RENEWAL_LIFETIME: Duration = Duration::from_secs(12 * 3600);
/// More than this of either are not kept: the oldest goes.
const KEPT: usize = 1_000;
/// The longest parameter that is taken, in bytes.
const LONGEST: usize = 2_000;

/// What an application asks for when it sends somebody to sign in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    pub(super) response_type: String,
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) scope: String,
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) code_challenge: String,
    pub(super) code_challenge_method: String,
}

/// Why nobody is sent to an address.
pub(super) const ELSEWHERE: &str = "People are sent back to http://127.0.0.1, http://[::1] or http://localhost alone (redirect_uri).";

/// Whether an address is one of this machine, without a fragment: what is added to one stays in the
/// browser.
pub(super) fn is_here(written: &str) -> bool {
    let Ok(uri) = written.parse::<Uri>() else {
        return false;
    };
    let named = uri.authority().map(|authority| authority.as_str());
    uri.scheme_str() == Some("http")
        && !written.contains('#')
        && matches!(uri.host(), Some("127.0.0.1" | "[::1]" | "localhost"))
        && named.is_some_and(|named| !named.contains('@'))
}

impl Asked {
    /// Its parameters, by their names.
    pub(super) fn parameters(&self) -> [(&'static str, &str); 8] {
        [
            ("response_type", &self.response_type),
            ("client_id", &self.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", &self.scope),
            ("state", &self.state),
            ("nonce", &self.nonce),
            ("code_challenge", &self.code_challenge),
            ("code_challenge_method", &self.code_challenge_method),
        ]
    }

    /// Whether it can be answered, or why not.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let given = [&self.scope, &self.state, &self.nonce, &self.code_challenge];
        let long = given.iter().any(|text| text.len() > LONGEST);
        if self.client_id.is_empty() || self.client_id.len() > LONGEST {
            Err("The application does not say which one it is (client_id).")
        } else if !is_here(&self.redirect_uri) || self.redirect_uri.len() > LONGEST {
            Err(ELSEWHERE)
        } else if self.response_type != "code" {
            Err("Only codes are answered (response_type).")
        } else if self.code_challenge_method != "S256" || self.code_challenge.is_empty() {
            Err("A challenge by S256 is needed (code_challenge).")
        } else if !self.scope.split(' ').any(|scope| scope == "openid") {
            Err("The scope must have openid.")
        } else if long {
            Err("A parameter is too long.")
        } else {
            Ok(())
        }
    }
}

/// What an application shows for its tokens after a sign-in.
#[derive(Deserialize)]
pub(super) struct Redeemed {
    client_id: String,
    redirect_uri: String,
    code: String,
    code_verifier: String,
}

/// Who signed in where, and what the ID token has to repeat.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) person: &'static Person,
    pub(super) client_id: String,
    pub(super) nonce: Option<String>,
}

/// Codes, and tokens that renew.
#[derive(Default)]
pub(super) struct Issued {
    codes: Mutex<VecDeque<Code>>,
    renewals: Mutex<VecDeque<Renewal>>,
}

struct Code {
    hash: Vec<u8>,
    at: Instant,
    person: &'static Person,
    asked: Asked,
}

struct Renewal {
    hash: Vec<u8>,
    at: Instant,
    person: &'static Person,
    client_id: String,
}

impl Issued {
    /// A code for what was asked, as this person.
    pub(super) fn code(&self, asked: &Asked, person: &'static Person) -> String {
        let (secret, hash) = secret();
        let code = Code {
            hash,
            at: now(),
            person,
            asked: asked.clone(),
        };
        keep(&self.codes, code);
        secret
    }

    /// Who has this code, which is used up, whether or not the rest fits it.
    pub(super) fn redeem(&self, redeemed: &Redeemed) -> Option<Given> {
        let hash = digest(&redeemed.code);
        let Code {
            at, person, asked, ..
        } = take(&self.codes, |code| code.hash == hash)?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest(&redeemed.code_verifier));
        let fits = challenge == asked.code_challenge
            && redeemed.client_id == asked.client_id
            && redeemed.redirect_uri == asked.redirect_uri
            && at.elapsed() < CODE_LIFETIME;
        fits.then_some(Given {
            person,
            client_id: asked.client_id,
            nonce: Some(asked.nonce).filter(|nonce| !nonce.is_empty()),
        })
    }

    /// A token that renews the access of this person once.
    pub(super) fn renewal(&self, client_id: &str, person: &'static Person) -> String {
        let (secret, hash) = secret();
        let renewal = Renewal {
            hash,
            at: now(),
            person,
            client_id: client_id.to_owned(),
        };
        keep(&self.renewals, renewal);
        secret
    }

    /// Who has this token, which is used up.
    pub(super) fn renew(&self, client_id: &str, token: &str) -> Option<Given> {
        let hash = digest(token);
        let renewal = take(&self.renewals, |renewal| renewal.hash == hash)?;
        let fits = renewal.client_id == client_id && renewal.at.elapsed() < RENEWAL_LIFETIME;
        fits.then_some(Given {
            person: renewal.person,
            client_id: renewal.client_id,
            nonce: None,
        })
    }
}

fn keep<T>(all: &Mutex<VecDeque<T>>, one: T) {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    if all.len() >= KEPT {
        all.pop_front();
    }
    all.push_back(one);
}

fn take<T>(all: &Mutex<VecDeque<T>>, is_it: impl Fn(&T) -> bool) -> Option<T> {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    let at = all.iter().position(is_it)?;
    all.remove(at)
}

#[expect(
    clippy::disallowed_methods,
    reason = "how old a code is, is a duration"
)]
fn now() -> Instant {
    Instant::now()
}

/// A secret that nobody guesses, and what is kept of it.
#[expect(
    clippy::disallowed_methods,
    reason = "a secret that could be foretold is none"
)]
fn secret() -> (String, Vec<u8>) {
    let secret = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    let hash = digest(&secret);
    (secret, hash)
}

fn digest(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes()).to_vec()
}

/// An address with these parameters, but for those that are empty.
pub(super) fn with_parameters(uri: &str, parameters: &[(&str, &str)]) -> String {
    let mut uri = uri.to_owned();
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        uri.push(if uri.contains('?') { '&' } else { '?' });
        let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
        uri.push_str(&format!("{name}={value}"));
    }
    uri
}

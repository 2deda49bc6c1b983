//! An application at an OpenID provider, where people sign in: an authorization code with PKCE, an
//! ID token that is verified as every token here is, renewal, and the end of the provider's
//! session. Nothing of it is kept here but what the provider says of itself.
#![expect(
    clippy::disallowed_methods,
    reason = "how old a document is, is a duration of this machine"
)]

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use http::{HeaderValue, StatusCode};
use jsonwebtoken::get_current_timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::time::Instant;

use super::algorithm::Algorithm;
use super::fetch::{Address, Fetcher};
use super::issuer::usual_algorithms;
use super::jwt;
use super::published::{Keys, Look, Published, Source};
use super::verifier::{KEYS_AWAY, TIMES};
use crate::seal::chance;

/// How long what a provider says of itself is believed.
const REMEMBERED: Duration = Duration::from_secs(5 * 60);
/// How long an access token is good where the provider does not say, in seconds.
const USUAL_LIFETIME: u64 = 5 * 60;
/// How much of a provider's reason is told, in characters.
const MOST_TOLD: usize = 100;
/// What stands unescaped in a form or a query.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// An application as it is registered at a provider.
#[derive(Clone)]
pub struct Application {
    /// The provider's name, which is its address.
    pub issuer: String,
    /// The application's name there.
    pub client_id: String,
    /// What it proves itself with; without, it is a public client.
    pub client_secret: Option<String>,
    /// Where the browser comes back to.
    pub redirect_uri: String,
    /// What is asked for, separated by spaces; `openid` among it.
    pub scope: String,
    /// For which resource access is asked for (RFC 8707), if the provider wants to know.
    pub resource: Option<String>,
    /// The authorities that vouch for the provider's host, where they are not those of browsers.
    pub authorities: Option<PathBuf>,
}

/// Signs people in at a provider. Clones share what is known of it.
#[derive(Clone)]
pub struct SignIn(Arc<Inner>);

struct Inner {
    application: Application,
    discovery: Address,
    fetcher: Fetcher,
    keys: Arc<Keys>,
    known: RwLock<Option<(Arc<Metadata>, Instant)>>,
}

/// What a provider says of itself, as far as it is asked for.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    end_session_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// A sign-in that begins: where the browser goes, and what must be there when it comes back.
pub struct Begun {
    /// The address at the provider.
    pub address: String,
    /// What belongs to the browser that begins, and to no other.
    pub kept: Kept,
}

/// What a browser keeps while its person signs in. Secret.
#[derive(Serialize, Deserialize)]
pub struct Kept {
    /// What the provider repeats in the address.
    pub state: String,
    /// What the provider repeats in the ID token.
    pub nonce: String,
    /// What shows that the code is redeemed by who asked for it.
    pub verifier: String,
}

/// What a provider gives to who has signed in. Secret.
pub struct SignedIn {
    /// For the API.
    pub access_token: String,
    /// Renews it, where the provider gives one.
    pub refresh_token: Option<String>,
    /// Says who signed in; verified.
    pub id_token: String,
    /// What the person is called, where the provider says.
    pub name: Option<String>,
    /// When the access token ends, in seconds since 1970.
    pub expires: u64,
}

/// What a provider gives for a token that renews. Secret.
pub struct Renewed {
    /// For the API.
    pub access_token: String,
    /// Renews it the next time; the same as before where there is none.
    pub refresh_token: Option<String>,
    /// Verified, where there is one.
    pub id_token: Option<String>,
    /// When the access token ends, in seconds since 1970.
    pub expires: u64,
}

/// Why nobody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInError {
    /// The provider cannot be reached, or fails.
    Away,
    /// The provider refuses, or what it answers does not hold; why, for the log.
    Refused(String),
}

/// What the token endpoint answers.
#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    refresh_token: Option<String>,
    id_token: Option<String>,
    expires_in: Option<f64>,
}

/// Why the token endpoint refuses.
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignIn({})", self.0.application.issuer)
    }
}

impl SignIn {
    /// Signs people in for this application. The provider need not be there yet.
    pub fn new(application: Application) -> Result<Self, String> {
        let issuer = application.issuer.trim_end_matches('/');
        let discovery = Address::parse(&format!("{issuer}/.well-known/openid-configuration"))?;
        let fetcher = Fetcher::new(application.authorities.as_deref())?;
        if !application.scope.split(' ').any(|scope| scope == "openid") {
            return Err("the scope must have openid".to_owned());
        }
        let source = Source {
            issuer: application.issuer.clone(),
            address: Published::Discovery(discovery.clone()),
            fetcher: fetcher.clone(),
        };
        Ok(Self(Arc::new(Inner {
            application,
            discovery,
            fetcher,
            keys: Arc::new(Keys::published(source, TIMES)),
            known: RwLock::new(None),
        })))
    }

    /// The provider's name.
    pub fn issuer(&self) -> &str {
        &self.0.application.issuer
    }

    /// Whether the provider names itself when it sends a browser back (RFC 9207).
    pub async fn requires_iss(&self) -> Result<bool, SignInError> {
        let metadata = self.0.metadata().await?;
        Ok(metadata.authorization_response_iss_parameter_supported)
    }

    /// Where a browser goes to have its person sign in.
    pub async fn begin(&self) -> Result<Begun, SignInError> {
        let metadata = self.0.metadata().await?;
        let [state, nonce, verifier] =
            [(); 3].map(|()| BASE64_URL_SAFE_NO_PAD.encode(chance::<32>()));
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        let application = &self.0.application;
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", &application.client_id),
            ("redirect_uri", &application.redirect_uri),
            ("scope", &application.scope),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        if let Some(resource) = &application.resource {
            parameters.push(("resource", resource));
        }
        Ok(Begun {
            address: with_query(&metadata.authorization_endpoint, &parameters),
            kept: Kept {
                state,
                nonce,
                verifier,
            },
        })
    }

    /// What the provider gives for a code, to whom it was given for what was kept.
    pub async fn finish(&self, code: &str, kept: &Kept) -> Result<SignedIn, SignInError> {
        let application = &self.0.application;
        let asked = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &application.redirect_uri),
            ("code_verifier", &kept.verifier),
        ];
        let tokens = self.0.tokens(&asked).await?;
        let id_token = tokens.id_token.clone();
        let id_token = id_token.ok_or_else(|| refused("there is no ID token"))?;
        let claims = self.0.verified(&id_token).await?;
        let nonce = claims
            .get("nonce")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !bool::from(nonce.as_bytes().ct_eq(kept.nonce.as_bytes())) {
            return Err(refused("the ID token is for another sign-in"));
        }
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        Ok(SignedIn {
            expires: tokens.expires(),
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            id_token,
            name: text("name").or_else(|| text("preferred_username")),
        })
    }

    /// What the provider gives for a token that renews.
    pub async fn renew(&self, refresh_token: &str) -> Result<Renewed, SignInError> {
        let asked = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ];
        let tokens = self.0.tokens(&asked).await?;
        if let Some(id_token) = &tokens.id_token {
            self.0.verified(id_token).await?;
        }
        Ok(Renewed {
            expires: tokens.expires(),
            access_token: tokens.access_token,
            refresh_token: tokens.refresh_token,
            id_token: tokens.id_token,
        })
    }

    /// Where a browser ends its session at the provider, and comes back from to this address;
    /// nothing where the provider has no such place.
    pub async fn end_session(
        &self,
        id_token: &str,
        back_to: &str,
    ) -> Result<Option<String>, SignInError> {
        let metadata = self.0.metadata().await?;
        let parameters = [
            ("id_token_hint", id_token),
            ("client_id", &self.0.application.client_id),
            ("post_logout_redirect_uri", back_to),
        ];
        let place = metadata.end_session_endpoint.as_deref();
        Ok(place.map(|place| with_query(place, &parameters)))
    }
}

impl Inner {
    /// What the provider says of itself, not long ago.
    async fn metadata(&self) -> Result<Arc<Metadata>, SignInError> {
        let known = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.clone()
        };
        if let Some((metadata, at)) = known
            && at.elapsed() < REMEMBERED
        {
            return Ok(metadata);
        }
        let metadata = self.fetched().await.map_err(|what| {
            let issuer = self.application.issuer.as_str();
            tracing::warn!(issuer, what, "the provider of sign-ins is away");
            SignInError::Away
        })?;
        let metadata = Arc::new(metadata);
        let known = (metadata.clone(), Instant::now());
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(metadata)
    }

    async fn fetched(&self) -> Result<Metadata, String> {
        let document = self.fetcher.get(&self.discovery).await?;
        let metadata: Metadata =
            serde_json::from_slice(&document).map_err(|error| error.to_string())?;
        if metadata.issuer != self.application.issuer {
            return Err(format!("says that it is {}", told(&metadata.issuer)));
        }
        let end = metadata.end_session_endpoint.as_ref();
        let addresses = [&metadata.authorization_endpoint, &metadata.token_endpoint];
        for address in addresses.into_iter().chain(end) {
            if self.discovery.is_secure() && !Address::parse(address)?.is_secure() {
                return Err("has an address without https://".to_owned());
            }
        }
        Ok(metadata)
    }

    /// What the provider gives for this.
    async fn tokens(&self, asked: &[(&str, &str)]) -> Result<Tokens, SignInError> {
        let metadata = self.metadata().await?;
        let application = &self.application;
        let mut form = asked.to_vec();
        let mut authorization = None;
        if let Some(resource) = &application.resource {
            form.push(("resource", resource));
        }
        match &application.client_secret {
            None => form.push(("client_id", &application.client_id)),
            Some(secret) if metadata.takes_secrets_in_forms() => {
                form.push(("client_id", &application.client_id));
                form.push(("client_secret", secret));
            }
            Some(secret) => authorization = Some(basic(&application.client_id, secret)),
        }
        let address = Address::parse(&metadata.token_endpoint).map_err(|_| SignInError::Away)?;
        let answer = self
            .fetcher
            .post_form(&address, encoded(&form), authorization);
        let (status, body) = answer.await.map_err(|what| {
            let issuer = application.issuer.as_str();
            tracing::warn!(issuer, what, "the provider of sign-ins is away");
            SignInError::Away
        })?;
        match status {
            StatusCode::OK => {
                serde_json::from_slice(&body).map_err(|_| refused("the answer has no tokens"))
            }
            status if status.is_client_error() => {
                let refusal: Option<Refusal> = serde_json::from_slice(&body).ok();
                let error = refusal.map(|refusal| told(&refusal.error));
                Err(SignInError::Refused(
                    error.unwrap_or_else(|| status.to_string()),
                ))
            }
            _ => Err(SignInError::Away),
        }
    }

    /// The claims of an ID token that is for this application.
    async fn verified(&self, id_token: &str) -> Result<Map<String, Value>, SignInError> {
        let mut used = self.keys.usable();
        let mut judged = self.judged(id_token);
        while let Err(reason) = judged {
            if reason != KEYS_AWAY && !jwt::misses_a_key(id_token, reason) {
                return Err(refused(reason));
            }
            match self.keys.look(used).await {
                Look::Others => {}
                Look::Same => return Err(refused(reason)),
                Look::Away => return Err(SignInError::Away),
            }
            used = self.keys.usable();
            judged = self.judged(id_token);
            if judged == Err(reason) {
                return Err(refused(reason));
            }
        }
        judged.map_err(refused)
    }

    fn judged(&self, id_token: &str) -> Result<Map<String, Value>, &'static str> {
        let keys = self.keys.current().ok_or(KEYS_AWAY)?;
        let algorithms: Vec<Algorithm> = usual_algorithms();
        let Application {
            issuer, client_id, ..
        } = &self.application;
        let token =
            jwt::verify::<Map<String, Value>>(id_token, &keys, &algorithms, issuer, client_id)?;
        let claims = token.claims;
        let is_for_several = claims
            .get("aud")
            .and_then(Value::as_array)
            .is_some_and(|all| all.len() > 1);
        match claims.get("azp").and_then(Value::as_str) {
            Some(party) if party != client_id => Err("the ID token is another application's"),
            None if is_for_several => Err("the ID token does not say whose it is"),
            _ => Ok(claims),
        }
    }
}

impl Metadata {
    /// Whether secrets are taken in forms, and not as providers usually take them.
    fn takes_secrets_in_forms(&self) -> bool {
        let methods = &self.token_endpoint_auth_methods_supported;
        let has = |method: &str| methods.iter().any(|it| it == method);
        has("client_secret_post") && !has("client_secret_basic")
    }
}

impl Tokens {
    /// When the access token ends.
    fn expires(&self) -> u64 {
        let lifetime = self
            .expires_in
            .map_or(USUAL_LIFETIME, |seconds| seconds.max(0.0) as u64);
        get_current_timestamp().saturating_add(lifetime)
    }
}

fn refused(reason: &'static str) -> SignInError {
    SignInError::Refused(reason.to_owned())
}

/// What somebody else says, as far as it is told: visible ASCII, and not much of it.
fn told(text: &str) -> String {
    let visible = text.chars().filter(char::is_ascii_graphic);
    visible.take(MOST_TOLD).collect()
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

fn encoded(fields: &[(&str, &str)]) -> String {
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn with_query(address: &str, parameters: &[(&str, &str)]) -> String {
    let mark = if address.contains('?') { '&' } else { '?' };
    format!("{address}{mark}{}", encoded(parameters))
}

/// The name and the secret of an application, as RFC 6749 wants them.
fn basic(id: &str, secret: &str) -> HeaderValue {
    let pair = BASE64_STANDARD.encode(format!("{}:{}", escaped(id), escaped(secret)));
    HeaderValue::try_from(format!("Basic {pair}")).expect("base64 is visible ASCII")
}

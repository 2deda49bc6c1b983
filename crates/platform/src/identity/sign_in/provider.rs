//! What the provider says of itself, remembered for a while, and what it answers to a grant. Of an
//! answer nothing is told but the name of an error, as whatever else it has is secret or personal.
#![expect(
    clippy::disallowed_methods,
    reason = "how old an answer is, is a duration of this machine"
)]

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::SignInError;
use crate::identity::fetch::{Address, Fetcher};

/// How long is believed what a provider said of itself.
const REMEMBERED: Duration = Duration::from_secs(5 * 60);

/// How long the name of an error may be that is told.
const MOST_TOLD: usize = 40;

/// What a provider says of itself, as it is used.
pub(super) struct Provider {
    pub(super) authorization: Address,
    pub(super) token: Address,
    pub(super) end_session: Option<Address>,
    /// Whether a client's secret is sent by basic authentication; in the form otherwise.
    pub(super) takes_secret_in_header: bool,
    /// Whether its name is in each of its answers.
    pub(super) names_itself: bool,
}

/// The same as it is written.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    end_session_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Finds out what a provider says of itself.
pub(super) struct Discovery {
    issuer: String,
    address: Address,
    fetcher: Fetcher,
    /// Whoever asks holds it.
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    provider: Option<(Arc<Provider>, Instant)>,
    failed: Option<Instant>,
}

impl Discovery {
    pub(super) fn new(issuer: String, address: Address, fetcher: Fetcher) -> Self {
        Self {
            issuer,
            address,
            fetcher,
            told: Mutex::default(),
        }
    }

    /// What the provider says of itself, asked once for all who wait.
    pub(super) async fn provider(&self) -> Result<Arc<Provider>, SignInError> {
        let came = Instant::now();
        let mut told = self.told.lock().await;
        if let Some((provider, at)) = &told.provider
            && at.elapsed() < REMEMBERED
        {
            return Ok(provider.clone());
        }
        // who waited for one that failed does not wait for another
        if told.failed.is_some_and(|at| at >= came) {
            return Err(SignInError::Away);
        }
        match self.ask().await {
            Ok(provider) => {
                let provider = Arc::new(provider);
                told.provider = Some((provider.clone(), Instant::now()));
                Ok(provider)
            }
            Err(what) => {
                told.failed = Some(Instant::now());
                Err(away(&self.issuer, &what))
            }
        }
    }

    async fn ask(&self) -> Result<Provider, String> {
        let found = self.fetcher.get(&self.address).await?;
        let told: Metadata = serde_json::from_slice(&found)
            .map_err(|error| format!("what it says of itself cannot be read: {error}"))?;
        if told.issuer != self.issuer {
            return Err("says that it is another issuer".to_owned());
        }
        let methods = told.token_endpoint_auth_methods_supported;
        let has = |method: &str| {
            let mut all = methods.iter().flatten();
            all.any(|offered| offered == method)
        };
        let form_alone = has("client_secret_post") && !has("client_secret_basic");
        let end_session = told.end_session_endpoint.as_deref();
        let end_session = end_session.map(|end| self.endpoint("end_session_endpoint", end));
        Ok(Provider {
            authorization: self.endpoint("authorization_endpoint", &told.authorization_endpoint)?,
            token: self.endpoint("token_endpoint", &told.token_endpoint)?,
            end_session: end_session.transpose()?,
            takes_secret_in_header: !form_alone,
            names_itself: told.authorization_response_iss_parameter_supported,
        })
    }

    /// An address that is as secure as the provider's own.
    pub(super) fn endpoint(&self, name: &str, address: &str) -> Result<Address, String> {
        let endpoint = Address::parse(address).ok();
        let secure = |endpoint: &Address| endpoint.is_secure() || !self.address.is_secure();
        let odd = || format!("its {name} is no address with https://");
        endpoint.filter(secure).ok_or_else(odd)
    }
}

/// What a provider gives for a grant.
#[derive(Deserialize)]
pub(super) struct Answer {
    pub(super) access_token: String,
    token_type: String,
    expires_in: Option<Value>,
    pub(super) refresh_token: Option<String>,
    pub(super) id_token: Option<String>,
}

/// What it says instead.
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl Answer {
    /// Reads what came back from this issuer.
    pub(super) fn read(
        issuer: &str,
        answered: Result<(StatusCode, Bytes), String>,
    ) -> Result<Self, SignInError> {
        let (status, body) = answered.map_err(|what| away(issuer, &what))?;
        // what is wrong with an answer is not told in serde's words: they have the answer in them
        if status == StatusCode::OK {
            let answer = serde_json::from_slice(&body).ok();
            let usable = |answer: &Self| answer.token_type.eq_ignore_ascii_case("bearer");
            let odd = || away(issuer, "the token endpoint answers no bearer token");
            return answer.filter(usable).ok_or_else(odd);
        }
        let refusal: Option<Refusal> = serde_json::from_slice(&body).ok();
        let error = refusal.map(|refusal| refusal.error).unwrap_or_default();
        let passes = matches!(error.as_str(), "temporarily_unavailable" | "server_error");
        let refuses = status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS;
        if !refuses || passes || error.is_empty() {
            return Err(away(
                issuer,
                &format!("the token endpoint answers {status}"),
            ));
        }
        let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
        let told = error.len() <= MOST_TOLD && error.chars().all(is_name);
        let reason = if told { &error } else { "an unusual error" };
        Err(SignInError::Refused(reason.to_owned()))
    }

    /// For how long the access token is good, in seconds, where the provider says so.
    pub(super) fn lifetime(&self) -> Option<u64> {
        match self.expires_in.as_ref()? {
            Value::String(text) => text.parse().ok(),
            number => number.as_u64(),
        }
    }
}

/// Tells why the provider cannot be asked.
fn away(issuer: &str, what: &str) -> SignInError {
    tracing::warn!(issuer, what, "nobody can sign in");
    SignInError::Away
}

//! People who sign in at an OpenID provider with a browser: the relying party's side of OpenID
//! Connect, by the authorization code flow with PKCE, and nothing else of it.
//!
//! Nothing is kept here between the two halves of a sign-in: what must come back is the browser's
//! to keep, sealed by whoever serves it. No token, no code and nothing of a person is ever told.

mod id_token;
mod provider;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::get_current_timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::fetch::{Address, Fetcher};
use id_token::IdTokens;
use provider::{Answer, Discovery, Provider};

/// How long an access token is used whose provider does not say how long it is good, in seconds.
const USUAL_LIFETIME: u64 = 5 * 60;

/// An application at an OpenID provider, as which people sign in.
pub struct Application {
    /// The provider's name, which is its address: what it says of itself is below it, at
    /// `/.well-known/openid-configuration`.
    pub issuer: String,
    /// The application's id at the provider.
    pub client_id: String,
    /// Its secret. A public client has none, and relies on PKCE alone.
    pub client_secret: Option<String>,
    /// Where the provider sends the browser back to.
    pub redirect_uri: String,
    /// What is asked for, "openid" at least; "offline_access" for a refresh token.
    pub scope: String,
    /// Whose API the access token is for (RFC 8707), where the provider has to be told.
    pub resource: Option<String>,
    /// The authorities that vouch for the provider's host, in PEM form, where they are not those
    /// that browsers know.
    pub authorities: Option<PathBuf>,
}

/// Signs people in at one provider. Clones share what is known of it.
#[derive(Clone)]
pub struct SignIn(Arc<Inner>);

struct Inner {
    application: Application,
    fetcher: Fetcher,
    discovery: Discovery,
    id_tokens: IdTokens,
}

/// A sign-in that was begun.
pub struct Begun {
    /// Where to send the browser.
    pub address: String,
    /// What it has to bring back.
    pub kept: Kept,
}

/// What the browser keeps that began to sign in. Whoever gives it out seals it, and compares the
/// state with the one of the answer before anything else.
#[derive(Clone, Serialize, Deserialize)]
pub struct Kept {
    /// Comes back in the answer.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// Proves to the provider that who began redeems the code.
    pub verifier: String,
}

/// Somebody who has signed in.
pub struct SignedIn {
    /// What the API takes.
    pub access_token: String,
    /// What renews it, if the provider gives one.
    pub refresh_token: Option<String>,
    /// The verified ID token, to end the provider's session with.
    pub id_token: String,
    /// What the person is called, to be shown to the same person and nobody else.
    pub name: Option<String>,
    /// When the access token expires, in seconds since 1970; in 5 minutes where the provider does
    /// not say.
    pub expires: u64,
}

/// A session with a new access token.
pub struct Renewed {
    /// What the API takes.
    pub access_token: String,
    /// The refresh token that replaces the one that was used, if there is another one.
    pub refresh_token: Option<String>,
    /// A verified ID token that replaces the one of the sign-in, if there is one.
    pub id_token: Option<String>,
    /// When the access token expires, in seconds since 1970; in 5 minutes where the provider does
    /// not say.
    pub expires: u64,
}

/// Why nobody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// The provider cannot be reached, cannot answer now, or answers what cannot be understood; the
    /// log says which. The same may succeed later.
    #[error("the identity provider cannot be asked")]
    Away,
    /// The provider refuses, or what it says of the person does not hold; with the reason, which is
    /// for the log.
    #[error("the sign-in is refused: {0}")]
    Refused(String),
}

/// Secret or personal: they are not shown.
macro_rules! not_shown {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

not_shown!(Application SignIn Begun Kept SignedIn Renewed);

impl SignIn {
    /// Signs in as this application. The provider is not asked yet.
    ///
    /// # Errors
    ///
    /// What is wrong with the application's configuration, in a line.
    pub fn new(application: Application) -> Result<Self, String> {
        if let Some(mistake) = application.mistake() {
            return Err(mistake.to_owned());
        }
        Address::parse(&application.redirect_uri)?;
        let issuer = &application.issuer;
        let below = issuer.trim_end_matches('/');
        let address = Address::parse(&format!("{below}/.well-known/openid-configuration"))?;
        let fetcher = Fetcher::new(application.authorities.as_deref())?;
        let discovery = Discovery::new(issuer.clone(), address.clone(), fetcher.clone());
        let id_tokens = IdTokens::new(
            issuer.clone(),
            application.client_id.clone(),
            address,
            fetcher.clone(),
        );
        Ok(Self(Arc::new(Inner {
            application,
            fetcher,
            discovery,
            id_tokens,
        })))
    }

    /// Where to send a browser, and what it must bring back.
    ///
    /// # Errors
    ///
    /// [`SignInError::Away`] alone.
    pub async fn begin(&self) -> Result<Begun, SignInError> {
        let provider = self.0.discovery.provider().await?;
        let kept = Kept {
            state: random(),
            nonce: random(),
            verifier: random(),
        };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(kept.verifier.as_bytes()));
        let application = &self.0.application;
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", &application.client_id),
            ("redirect_uri", &application.redirect_uri),
            ("scope", &application.scope),
            ("state", &kept.state),
            ("nonce", &kept.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        parameters.extend(application.resource());
        let address = provider.authorization.with(&parameters);
        Ok(Begun { address, kept })
    }

    /// Redeems the code that the browser brought back, once its state was found to be the one it
    /// kept. A code is good once: this is not to be repeated.
    ///
    /// # Errors
    ///
    /// [`SignInError::Refused`] where the code is not good or the ID token does not hold.
    pub async fn finish(&self, code: &str, begun: &Kept) -> Result<SignedIn, SignInError> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.0.application.redirect_uri),
            ("code_verifier", &begun.verifier),
        ];
        let answer = self.0.tokens(&form).await?;
        let expires = expires(&answer);
        let missing = || SignInError::Refused("there is no ID token".to_owned());
        let id_token = answer.id_token.ok_or_else(missing)?;
        let person = self.0.id_tokens.verify(&id_token).await?;
        person.answers(&begun.nonce)?;
        Ok(SignedIn {
            access_token: answer.access_token,
            refresh_token: answer.refresh_token,
            id_token,
            name: person.name(),
            expires,
        })
    }

    /// A new access token. Many providers take a refresh token once: this is not to be done twice
    /// at the same time for one session.
    ///
    /// # Errors
    ///
    /// [`SignInError::Refused`] where the session is over: the refresh token is not good any more,
    /// or an ID token that came along does not hold.
    pub async fn renew(&self, refresh_token: &str) -> Result<Renewed, SignInError> {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ];
        let answer = self.0.tokens(&form).await?;
        let expires = expires(&answer);
        let id_token = match answer.id_token {
            None => None,
            Some(id_token) => match self.0.id_tokens.verify(&id_token).await {
                Ok(_) => Some(id_token),
                // the session goes on with the one it has, as its refresh token is spent
                Err(SignInError::Away) => None,
                Err(refused) => return Err(refused),
            },
        };
        Ok(Renewed {
            access_token: answer.access_token,
            refresh_token: answer.refresh_token,
            id_token,
            expires,
        })
    }

    /// Where the browser ends the provider's session and then goes `back_to`, if the provider has
    /// such a place. The address has the ID token in it.
    ///
    /// # Errors
    ///
    /// [`SignInError::Away`] alone.
    pub async fn end_session(
        &self,
        id_token: &str,
        back_to: &str,
    ) -> Result<Option<String>, SignInError> {
        let provider = self.0.discovery.provider().await?;
        let parameters = [
            ("id_token_hint", id_token),
            ("client_id", &self.0.application.client_id),
            ("post_logout_redirect_uri", back_to),
        ];
        let place = provider.end_session.as_ref();
        Ok(place.map(|place| place.with(&parameters)))
    }

    /// The provider's name, to be compared with the parameter "iss" of its answer (RFC 9207).
    pub fn issuer(&self) -> &str {
        &self.0.application.issuer
    }

    /// Whether each answer of the provider has the parameter "iss", so that one without is not the
    /// provider's.
    ///
    /// # Errors
    ///
    /// [`SignInError::Away`] alone.
    pub async fn requires_iss(&self) -> Result<bool, SignInError> {
        let provider = self.0.discovery.provider().await?;
        Ok(provider.names_itself)
    }
}

impl Application {
    /// What is wrong with it beside its addresses, if anything is.
    fn mistake(&self) -> Option<&'static str> {
        let blank = |text: &String| text.trim().is_empty();
        if self.issuer.contains(['?', '#']) {
            return Some("the issuer's address has no parameters and no fragment");
        }
        if blank(&self.client_id) {
            return Some("the client id is missing");
        }
        if self.client_secret.as_ref().is_some_and(blank) {
            return Some("the client secret is empty: leave it out for a public client");
        }
        if self.redirect_uri.contains('#') {
            return Some("the redirect address has no fragment");
        }
        if !self.scope.split(' ').any(|scope| scope == "openid") {
            return Some("the scope lacks \"openid\"");
        }
        let no_resource = |resource: &String| blank(resource) || resource.contains('#');
        if self.resource.as_ref().is_some_and(no_resource) {
            return Some("the resource is an address without a fragment");
        }
        None
    }

    fn resource(&self) -> Option<(&str, &str)> {
        let resource = self.resource.as_deref();
        resource.map(|resource| ("resource", resource))
    }
}

impl Inner {
    /// What the provider gives for a grant to this application.
    async fn tokens(&self, grant: &[(&str, &str)]) -> Result<Answer, SignInError> {
        let provider = self.discovery.provider().await?;
        let Application {
            issuer,
            client_id,
            client_secret,
            ..
        } = &self.application;
        let mut form = grant.to_vec();
        form.extend(self.application.resource());
        let mut basic = None;
        match client_secret {
            Some(secret) if provider.takes_secret_in_header => {
                basic = Some((form_encoded(client_id), form_encoded(secret)));
            }
            Some(secret) => form.extend([
                ("client_id", client_id.as_str()),
                ("client_secret", secret.as_str()),
            ]),
            None => form.push(("client_id", client_id.as_str())),
        }
        let basic = basic.as_ref();
        let basic = basic.map(|(id, secret)| (id.as_str(), secret.as_str()));
        let Provider { token, .. } = &*provider;
        let answered = self.fetcher.post_form(token, &form, basic).await;
        Answer::read(issuer, answered)
    }
}

/// As a client's name and secret are written before basic authentication (RFC 6749, 2.3.1).
fn form_encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// When an access token expires that was given just now.
fn expires(answer: &Answer) -> u64 {
    let lifetime = answer.lifetime().unwrap_or(USUAL_LIFETIME);
    get_current_timestamp().saturating_add(lifetime)
}

/// What nobody guesses: 32 bytes, in 43 characters.
fn random() -> String {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system has randomness");
    URL_SAFE_NO_PAD.encode(bytes)
}

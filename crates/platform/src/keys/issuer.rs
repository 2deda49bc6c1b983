//! The local issuer of user tokens: for the laptop, for tests and for trying a deployment out.
//! It may assert everything, so it exists only where somebody asked for it.

use std::path::Path;
use std::time::Duration;

use jsonwebtoken::{Header, get_current_timestamp};
use serde_json::{Map, Value, json};

use super::{Error, ISSUER_JWKS, ISSUER_KEY, SigningKey};

const NAME: &str = "urn:partner-connect:local-issuer";
const AUDIENCE: &str = "partner-connect";
const KEY_ID: &str = "local";

/// An issuer of user tokens with its private key.
#[derive(Debug)]
pub struct LocalIssuer {
    key: SigningKey,
}

/// What a token says of its bearer.
#[derive(Clone, Debug)]
pub struct Grant(Map<String, Value>);

impl Grant {
    /// A user of this organisation, without a role.
    pub fn tenant(tenant: &str) -> Self {
        let mut grant = Self(Map::new());
        grant.0.insert("tenant".to_owned(), tenant.into());
        grant.0.insert("roles".to_owned(), json!([]));
        grant.subject("local-user")
    }

    /// Operations staff.
    pub fn operator() -> Self {
        Self(Map::from_iter([("roles".to_owned(), json!(["operator"]))])).subject("local-operator")
    }

    /// Another service of the company.
    pub fn service() -> Self {
        Self(Map::from_iter([("roles".to_owned(), json!(["service"]))])).subject("local-service")
    }

    /// One more role in the organisation, such as "global-admin" or "admin-agent".
    pub fn role(mut self, role: &str) -> Self {
        if let Some(Value::Array(roles)) = self.0.get_mut("roles") {
            roles.push(role.into());
        }
        self
    }

    /// The user, unique within the issuer.
    pub fn subject(mut self, subject: &str) -> Self {
        self.0.insert("sub".to_owned(), subject.into());
        self
    }

    /// What the user is called, for applications to show.
    pub fn name(mut self, name: &str) -> Self {
        self.0.insert("name".to_owned(), name.into());
        self
    }

    /// What an application wants to read again in the token.
    pub fn nonce(mut self, nonce: &str) -> Self {
        self.0.insert("nonce".to_owned(), nonce.into());
        self
    }

    /// The user's address, as one that the issuer has verified.
    pub fn email(mut self, email: &str) -> Self {
        self.0.insert("email".to_owned(), email.into());
        self.0.insert("email_verified".to_owned(), true.into());
        self
    }

    /// The user's address, as one that the user merely claims.
    pub fn unverified_email(mut self, email: &str) -> Self {
        self.0.insert("email".to_owned(), email.into());
        self.0.insert("email_verified".to_owned(), false.into());
        self
    }
}

impl LocalIssuer {
    /// An issuer with a new key.
    pub fn generate() -> Self {
        Self {
            key: SigningKey::generate(),
        }
    }

    /// Reads the issuer that [`write_keys`](super::write_keys) made in this folder.
    pub fn read(dir: &Path) -> Result<Self, Error> {
        Ok(Self {
            key: SigningKey::read(&dir.join(ISSUER_KEY))?,
        })
    }

    /// A token that says what was granted, valid from now for this long.
    pub fn mint(&self, grant: &Grant, lifetime: Duration) -> String {
        self.sign(&claims(grant, NAME, AUDIENCE, lifetime))
    }

    /// A token that tells an application who has signed in, and opens nothing: by this name of the
    /// issuer, for the application of this id.
    pub fn id_token(
        &self,
        grant: &Grant,
        name: &str,
        client_id: &str,
        lifetime: Duration,
    ) -> String {
        self.sign_as("JWT", &claims(grant, name, client_id, lifetime))
    }

    pub(crate) fn sign(&self, claims: &Map<String, Value>) -> String {
        self.sign_as("at+jwt", claims)
    }

    fn sign_as(&self, typ: &str, claims: &Map<String, Value>) -> String {
        let mut header = Header::new(jsonwebtoken::Algorithm::EdDSA);
        header.typ = Some(typ.to_owned());
        header.kid = Some(KEY_ID.to_owned());
        self.key.sign(&header, claims)
    }

    pub(crate) fn pem(&self) -> String {
        self.key.pem()
    }

    /// Its public key, as a JWKS.
    pub fn jwks(&self) -> Value {
        json!({ "keys": [self.key.jwk(KEY_ID)] })
    }

    /// This issuer's entry in the issuers file.
    pub(crate) fn config(&self) -> Value {
        json!({
            "issuer": NAME,
            "audience": AUDIENCE,
            "algorithms": ["EdDSA"],
            "jwks_file": ISSUER_JWKS,
            "tenants": ["*"],
            "roles": ["operator", "service"],
        })
    }
}

/// What was granted, from now for this long.
fn claims(grant: &Grant, issuer: &str, audience: &str, lifetime: Duration) -> Map<String, Value> {
    let now = get_current_timestamp();
    let mut claims = grant.0.clone();
    claims.insert("iss".to_owned(), issuer.into());
    claims.insert("aud".to_owned(), audience.into());
    claims.insert("iat".to_owned(), now.into());
    let expires = now.saturating_add(lifetime.as_secs());
    claims.insert("exp".to_owned(), expires.into());
    claims
}

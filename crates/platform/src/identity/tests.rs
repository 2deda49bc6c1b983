//! Tokens that must be refused, each for the one thing that is wrong with it, and who may call by
//! which policy. A bad token here is a good one with one thing wrong, so that nothing else refuses
//! it.

mod access_token;
mod claims;
mod configuration;
mod fetch;
mod peers;
mod policy;
mod providers;
mod published;
mod signature;

use std::fs;
use std::path::Path;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Header, get_current_timestamp};
use serde_json::{Map, Value, json};

use super::{Caller, Verifier};
use crate::keys::SigningKey;

/// Files of an issuer with an Ed25519 key "ed" and everything else as in a real deployment.
struct Trusted {
    folder: tempfile::TempDir,
    key: SigningKey,
    verifier: Verifier,
}

const ISSUER: &str = "https://login.example/";

fn entry(issuer: &str, tenants: &[&str], roles: &[&str]) -> Value {
    json!({
        "issuer": issuer, "audience": "partner-connect", "algorithms": ["EdDSA"], "jwks_file": "jwks.json",
        "tenants": tenants, "roles": roles, "claims": { "tenant": "tid", "roles": "groups" },
    })
}

fn read(folder: &Path, issuers: &[Value]) -> Result<Verifier, String> {
    let file = folder.join("issuers.json");
    fs::write(&file, json!({ "issuers": issuers }).to_string()).unwrap();
    Verifier::read(&file).map_err(|error| error.to_string())
}

impl Trusted {
    fn new() -> Self {
        Self::with(&[entry(ISSUER, &["contoso", "fabrikam"], &[])])
    }

    fn with(issuers: &[Value]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = SigningKey::generate();
        fs::write(
            folder.path().join("jwks.json"),
            json!({ "keys": [key.jwk("ed")] }).to_string(),
        )
        .unwrap();
        let verifier = read(folder.path(), issuers).unwrap();
        Self {
            folder,
            key,
            verifier,
        }
    }

    fn verify(&self, token: &str) -> Result<Caller, &'static str> {
        let bearer = self.verifier.verify(token)?;
        Ok(Caller::clone(bearer.acting_for(None).unwrap()))
    }

    fn verify_claims(
        &self,
        change: impl FnOnce(&mut Map<String, Value>),
    ) -> Result<Caller, &'static str> {
        let mut claims = claims();
        change(&mut claims);
        self.verify(&self.key.sign(&header(), &claims))
    }

    fn verify_header(&self, change: impl FnOnce(&mut Header)) -> Result<Caller, &'static str> {
        let mut header = header();
        change(&mut header);
        self.verify(&self.key.sign(&header, &claims()))
    }
}

/// What comes of something that has nobody to wait for.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

fn header() -> Header {
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some("ed".to_owned());
    header
}

fn claims() -> Map<String, Value> {
    let claims = json!({
        "iss": ISSUER, "aud": "partner-connect", "sub": "ana", "exp": get_current_timestamp() + 300,
        "tid": "contoso", "groups": ["admin-agent", "sales-agent"], "email": "Ana@Contoso.example",
        "email_verified": true,
    });
    let Value::Object(claims) = claims else {
        unreachable!("the literal is an object")
    };
    claims
}

/// A token put together by hand, for what no library would sign.
fn raw(header: &str, claims: &str, signature: &[u8]) -> String {
    let encode = |part: &[u8]| URL_SAFE_NO_PAD.encode(part);
    format!(
        "{}.{}.{}",
        encode(header.as_bytes()),
        encode(claims.as_bytes()),
        encode(signature)
    )
}

//! The ID token: what the provider says of the person who signed in, for this application alone.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::TokenData;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use super::SignInError;
use crate::identity::fetch::{Address, Fetcher};
use crate::identity::issuer::usual_algorithms;
use crate::identity::jwt;
use crate::identity::published::{Keys, Look, Published, Source, Times};
use crate::identity::refusal::Refused;
use crate::identity::verifier::KEYS_AWAY;

/// How long keys are used. Whoever signs in has just been at the provider, so they are not kept for
/// when it is away.
const TIMES: Times = Times {
    fresh: Duration::from_secs(5 * 60),
    again: Duration::from_secs(10),
    kept: Duration::from_secs(5 * 60),
};

/// How often the keys are looked for that one token needs: for those there are, and for a new one.
const LOOKS: usize = 2;

/// Verifies the ID tokens of one provider for one application.
pub(super) struct IdTokens {
    issuer: String,
    client_id: String,
    keys: Arc<Keys>,
}

/// What a verified ID token says.
pub(super) struct Person(Map<String, Value>);

impl IdTokens {
    /// The keys are those that the provider publishes, as it says at this address.
    pub(super) fn new(
        issuer: String,
        client_id: String,
        discovery: Address,
        fetcher: Fetcher,
    ) -> Self {
        let source = Source {
            issuer: issuer.clone(),
            address: Published::Discovery(discovery),
            fetcher,
        };
        Self {
            issuer,
            client_id,
            keys: Arc::new(Keys::published(source, TIMES)),
        }
    }

    /// What the token says, all but its nonce checked. Where it has a key that is not known, the
    /// keys of the provider are fetched again.
    pub(super) async fn verify(&self, token: &str) -> Result<Person, SignInError> {
        let mut looks = 0;
        loop {
            // asked before they are used: others may come meanwhile
            let used = self.keys.usable();
            let reason = match self.judge(token) {
                Ok(person) => return Ok(person),
                Err(reason) => reason,
            };
            let misses = reason == KEYS_AWAY || jwt::misses_a_key(token, reason);
            if !misses || looks == LOOKS {
                return Err(refused(reason));
            }
            looks += 1;
            match self.keys.look(used).await {
                Look::Others => {}
                Look::Same => return Err(refused(reason)),
                Look::Away => return Err(SignInError::Away),
            }
        }
    }

    fn judge(&self, token: &str) -> Result<Person, Refused> {
        let keys = self.keys.current().ok_or(KEYS_AWAY)?;
        let algorithms = usual_algorithms();
        let TokenData { claims, .. } =
            jwt::verify(token, &keys, &algorithms, &self.issuer, &self.client_id)?;
        self.check(&claims)?;
        Ok(Person(claims))
    }

    /// What an ID token has that other tokens need not have (OpenID Connect Core, 3.1.3.7).
    fn check(&self, claims: &Map<String, Value>) -> Result<(), Refused> {
        let subject = claims.get("sub").and_then(Value::as_str);
        if subject.is_none_or(str::is_empty) {
            return Err("the subject is missing");
        }
        if !claims.contains_key("iat") {
            return Err("it does not say when it was made");
        }
        let audiences = claims.get("aud").and_then(Value::as_array);
        let several = audiences.is_some_and(|all| all.len() > 1);
        match claims.get("azp") {
            None if several => Err("for several audiences, and not said for which party"),
            Some(party) if party.as_str() != Some(&self.client_id) => Err("for another party"),
            _ => Ok(()),
        }
    }
}

impl Person {
    /// Whether the token was made for the sign-in that sent this nonce.
    pub(super) fn answers(&self, nonce: &str) -> Result<(), SignInError> {
        let told = self.0.get("nonce").and_then(Value::as_str);
        let told = told.unwrap_or_default().as_bytes();
        if nonce.is_empty() || !bool::from(told.ct_eq(nonce.as_bytes())) {
            return Err(refused("of another sign-in: the nonce differs"));
        }
        Ok(())
    }

    /// What the person is called.
    pub(super) fn name(&self) -> Option<String> {
        let text = |claim| self.0.get(claim).and_then(Value::as_str);
        let named = |claim| text(claim).filter(|text| !text.trim().is_empty());
        let name = named("name").or_else(|| named("preferred_username"));
        name.map(str::to_owned)
    }
}

fn refused(reason: Refused) -> SignInError {
    if reason == KEYS_AWAY {
        return SignInError::Away;
    }
    SignInError::Refused(format!("the ID token does not hold: {reason}"))
}

//! How the services prove themselves to each other: a token of at most a minute, signed by the
//! calling service, made out to the called one, in `x-service-authorization`. Its type is its own,
//! so that no user token passes for one.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderValue;
use jsonwebtoken::{Header, TokenData, get_current_timestamp};
use serde::{Deserialize, Serialize};

use super::algorithm::Algorithm;
use super::jwks::KeySet;
use super::jwt::{self, Cache, LEEWAY, NOT_SIGNED};
use super::policy::Peer;
use super::refusal::{Refusals, Refused, UNKNOWN};
use crate::keys::{self, Error, SigningKey};

/// The header that carries a service's own identity.
pub const SERVICE_AUTHORIZATION: &str = "x-service-authorization";

const TYPE: &str = "service+jwt";
const ALGORITHM: Algorithm = Algorithm::EdDSA;
/// How long a token is valid, and how long it is used, in seconds.
const LIFETIME: u64 = 60;
const USED_FOR: u64 = 30;

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    iat: u64,
    exp: u64,
}

/// A service's own identity: signs for the services it calls.
#[derive(Clone)]
pub struct ServiceSigner {
    peer: Peer,
    key: Arc<SigningKey>,
    tokens: Arc<Mutex<BTreeMap<Peer, Minted>>>,
}

struct Minted {
    header: HeaderValue,
    at: u64,
}

impl ServiceSigner {
    /// The identity of `peer`, with its key.
    pub fn new(peer: Peer, key: SigningKey) -> Self {
        Self {
            peer,
            key: Arc::new(key),
            tokens: Arc::default(),
        }
    }

    /// Reads the key of `peer` from its PEM file.
    pub fn read(peer: Peer, key: &Path) -> Result<Self, Error> {
        Ok(Self::new(peer, SigningKey::read(key)?))
    }

    /// The value of [`SERVICE_AUTHORIZATION`] for a call to `audience`.
    pub(crate) fn header(&self, audience: Peer) -> HeaderValue {
        self.header_at(audience, get_current_timestamp())
    }

    pub(super) fn header_at(&self, audience: Peer, now: u64) -> HeaderValue {
        // A panic elsewhere cannot leave the map half changed.
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        match tokens.get(&audience) {
            // One from before the clock was set back is dated into the future.
            Some(Minted { header, at }) if (*at..at + USED_FOR).contains(&now) => header.clone(),
            _ => {
                let header = self.sign(audience, now);
                tokens.insert(
                    audience,
                    Minted {
                        header: header.clone(),
                        at: now,
                    },
                );
                header
            }
        }
    }

    fn sign(&self, audience: Peer, now: u64) -> HeaderValue {
        let name = self.peer.name().to_owned();
        let mut header = Header::new(ALGORITHM.into());
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(name.clone());
        let aud = audience.name().to_owned();
        let token = self.key.sign(
            &header,
            &Claims {
                iss: name.clone(),
                sub: name,
                aud,
                iat: now,
                exp: now + LIFETIME,
            },
        );
        let mut value = HeaderValue::try_from(format!("Bearer {token}"))
            .expect("a token is base64url and dots");
        value.set_sensitive(true);
        value
    }
}

/// Verifies the identity of calling services, for one called service.
#[derive(Clone)]
pub struct PeerVerifier {
    audience: Peer,
    keys: Arc<KeySet>,
    cache: Cache<Peer>,
    refusals: Refusals,
}

impl PeerVerifier {
    /// Reads the public keys of all services: a JWKS whose key ids are the services' names.
    ///
    /// While a key is replaced, the old and the new one stand together, one of them with a suffix,
    /// such as "gateway.old".
    pub fn read(audience: Peer, services_jwks: &Path) -> Result<Self, Error> {
        Self::parse(audience, &keys::read_file(services_jwks)?)
            .map_err(|what| Error::malformed(services_jwks, what))
    }

    pub(crate) fn parse(audience: Peer, jwks: &[u8]) -> Result<Self, String> {
        let keys = KeySet::parse(jwks)?;
        if let Some(id) = keys.unfit(ALGORITHM) {
            return Err(format!("key \"{id}\": not a key of Ed25519"));
        }
        Ok(Self {
            audience,
            keys: Arc::new(keys),
            cache: Cache::new(),
            refusals: Refusals::default(),
        })
    }

    /// The service that a token proves. Why one is refused stands in the log.
    pub(super) fn verify(&self, token: &str) -> Result<Peer, Refused> {
        let verified = self.cache.verified(
            token,
            |_| true,
            || {
                let issuer = jwt::claimed_issuer(token).and_then(|issuer| {
                    let peer: Result<Peer, _> = issuer.parse();
                    peer.map_err(|_| "the issuer is no service")
                });
                let verified = issuer.and_then(|peer| self.check(peer, token));
                verified
                    .inspect_err(|reason| self.refused(issuer.map_or(UNKNOWN, Peer::name), reason))
            },
        );
        verified.map(|peer| *peer)
    }

    /// Tells why a token was refused.
    pub(super) fn refused(&self, issuer: &str, reason: Refused) {
        if let Some(times) = self.refusals.due(issuer, reason) {
            tracing::warn!(issuer, reason, times, "tokens of a service are refused");
        }
    }

    /// Checks a token that names this service; answers when it expires as well.
    fn check(&self, peer: Peer, token: &str) -> Result<(Peer, u64), Refused> {
        if !jwt::key_id(token)?.is_some_and(|id| is_key_of(peer, &id)) {
            return Err("the key is another service's");
        }
        let TokenData { header, claims } = self.verify_as(peer, token)?;
        if claims.sub != peer.name() {
            return Err("the subject is another service");
        }
        if header.typ.as_deref() != Some(TYPE) {
            return Err("the token is not a service's");
        }
        let left = claims.exp.saturating_sub(get_current_timestamp());
        if claims.exp.saturating_sub(claims.iat) > LIFETIME || left > LIFETIME + LEEWAY {
            return Err("valid for longer than a service's token is");
        }
        Ok((peer, claims.exp))
    }

    /// Tries every key of the service: its token names the service, not which of its keys is in
    /// use.
    fn verify_as(&self, peer: Peer, token: &str) -> Result<TokenData<Claims>, Refused> {
        let (issuer, audience) = (peer.name(), self.audience.name());
        let mut refused = None;
        for id in self.keys.ids().filter(|id| is_key_of(peer, id)) {
            match jwt::verify_by(id, token, &self.keys, &[ALGORITHM], issuer, audience) {
                Ok(verified) => return Ok(verified),
                // what is wrong beside the signature is found by the key that signed
                Err(NOT_SIGNED) => refused = refused.or(Some(NOT_SIGNED)),
                Err(reason) => refused = Some(reason),
            }
        }
        Err(refused.unwrap_or("the key is unknown"))
    }
}

/// Whether a key id is this service's: its name, alone or with a suffix after a dot.
pub(crate) fn is_key_of(peer: Peer, id: &str) -> bool {
    id.strip_prefix(peer.name())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

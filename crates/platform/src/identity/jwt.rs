//! What user tokens and service tokens have in common: one signature check, one bounded cache. Keys
//! come from configuration alone (a token's `jku`, `jwk`, `x5u` and `x5c` are never looked at),
//! only asymmetric algorithms can be configured, and a key id is compared, never interpreted.
//! Tokens live by the system's time, not by the program's clock: they are a matter between
//! machines.

use std::sync::Arc;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{TokenData, Validation, dangerous, get_current_timestamp};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::algorithm::Algorithm;
use super::jwks::KeySet;
use super::refusal::Refused;

/// How far two machines' times may differ, in seconds.
pub(super) const LEEWAY: u64 = 30;
/// A longer token is refused unread.
const MAX_TOKEN: usize = 16 * 1024;
/// How many verified tokens are remembered.
const CACHED: usize = 10_000;

#[derive(Deserialize)]
struct Issued {
    iss: String,
}

/// The issuer that a token names, not yet believed.
pub(super) fn claimed_issuer(token: &str) -> Result<String, Refused> {
    if token.len() > MAX_TOKEN {
        return Err("the token is too long");
    }
    dangerous::insecure_decode_claims::<Issued>(token)
        .map(|claims| claims.iss)
        .map_err(|_| "the token cannot be read")
}

/// A signature by another key than the one it was checked with.
pub(super) const NOT_SIGNED: Refused = "the signature does not hold";
/// A key that is not among those that are known.
pub(super) const KEY_UNKNOWN: Refused = "the key is unknown";
const KEY_UNNAMED: Refused = "no key is named, and there are several";
const OTHER_ALGORITHM: Refused = "the key is for another algorithm";

/// Checks algorithm, key, signature, `exp`, `nbf`, `iat`, `iss` and `aud`, and answers header and
/// claims.
pub(super) fn verify<C: DeserializeOwned>(
    token: &str,
    keys: &KeySet,
    algorithms: &[Algorithm],
    issuer: &str,
    audience: &str,
) -> Result<TokenData<C>, Refused> {
    let named = key_id(token)?;
    let only = || keys.only().ok_or(KEY_UNNAMED);
    let id = named.as_deref().map_or_else(only, Ok)?;
    verify_by(id, token, keys, algorithms, issuer, audience)
}

/// The key that a token names, not yet believed.
pub(super) fn key_id(token: &str) -> Result<Option<String>, Refused> {
    jsonwebtoken::decode_header(token)
        .map(|header| header.kid)
        .map_err(|_| "the header cannot be read")
}

/// Whether a token that was refused for this reason may be good by a key that is not known yet: it
/// names another, or names none.
pub(super) fn misses_a_key(token: &str, reason: Refused) -> bool {
    match reason {
        KEY_UNKNOWN => true,
        NOT_SIGNED | KEY_UNNAMED | OTHER_ALGORITHM => key_id(token) == Ok(None),
        _ => false,
    }
}

/// The same as [`verify`], by this key, whichever the token names.
pub(super) fn verify_by<C: DeserializeOwned>(
    id: &str,
    token: &str,
    keys: &KeySet,
    algorithms: &[Algorithm],
    issuer: &str,
    audience: &str,
) -> Result<TokenData<C>, Refused> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| "the header cannot be read")?;
    if header.crit.is_some() {
        return Err("the header demands an extension");
    }
    let allowed = |&&algorithm: &&Algorithm| jsonwebtoken::Algorithm::from(algorithm) == header.alg;
    let named = algorithms
        .iter()
        .find(allowed)
        .ok_or("the algorithm is not the issuer's")?;
    let key = keys.get(id).ok_or(KEY_UNKNOWN)?;
    let key = key.of(*named).ok_or(OTHER_ALGORITHM)?;
    let mut validation = Validation::new(header.alg);
    validation.leeway = LEEWAY;
    validation.validate_nbf = true;
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    let decoded = jsonwebtoken::decode::<Map<String, Value>>(token, key, &validation);
    let TokenData { header, claims } = decoded.map_err(|error| reason(&error))?;
    refuse_future(&claims)?;
    let claims = serde_json::from_value(Value::Object(claims)).map_err(|_| MALFORMED)?;
    Ok(TokenData { header, claims })
}

const MALFORMED: Refused = "a claim is missing or malformed";

/// Why a token does not hold, for whoever has to mend it.
fn reason(error: &jsonwebtoken::errors::Error) -> Refused {
    match error.kind() {
        ErrorKind::ExpiredSignature => "expired: do the clocks agree?",
        ErrorKind::ImmatureSignature => "not valid yet: do the clocks agree?",
        ErrorKind::InvalidSignature => NOT_SIGNED,
        ErrorKind::InvalidIssuer => "of another issuer",
        ErrorKind::InvalidAudience => "for another audience",
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => MALFORMED,
        _ => "the token cannot be read",
    }
}

/// A token that says when it was made was not made later than now.
fn refuse_future(claims: &Map<String, Value>) -> Result<(), Refused> {
    let Some(made) = claims.get("iat") else {
        return Ok(());
    };
    let made = made.as_f64().ok_or(MALFORMED)?;
    if made > (get_current_timestamp() + LEEWAY) as f64 {
        return Err("dated into the future: do the clocks agree?");
    }
    Ok(())
}

/// Verified tokens, remembered by their hash until they expire. Clones share them.
pub(super) struct Cache<T>(Arc<quick_cache::sync::Cache<Hash, Remembered<T>>>);

type Hash = [u8; 32];
/// What a token says, and the second at which it expires.
type Remembered<T> = (Arc<T>, u64);

impl<T> Clone for Cache<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Cache<T> {
    pub(super) fn new() -> Self {
        Self(Arc::new(quick_cache::sync::Cache::new(CACHED)))
    }

    /// The value remembered for this token, where it still `stands`, or else the one that `verify`
    /// finds, with the second at which it expires.
    pub(super) fn verified<E>(
        &self,
        token: &str,
        stands: impl FnOnce(&T) -> bool,
        verify: impl FnOnce() -> Result<(T, u64), E>,
    ) -> Result<Arc<T>, E> {
        let hash: Hash = Sha256::digest(token.as_bytes()).into();
        if let Some((value, expires)) = self.0.get(&hash) {
            if get_current_timestamp() < expires && stands(&value) {
                return Ok(value);
            }
            self.0.remove(&hash);
        }
        let (value, expires) = verify()?;
        let value = Arc::new(value);
        self.0.insert(hash, (value.clone(), expires));
        Ok(value)
    }
}

//! A set of public keys, by their id. Each one is checked when the set is read, so that a mistake
//! is found at the start and not by the first token: whether it is a key, of which kind, how long,
//! and what it may be used for.

use std::collections::HashMap;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, VerificationAlgorithm,
};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{DecodingKey, DecodingKeyKind};
use serde::Deserialize;
use serde_json::Value;

use super::algorithm::Algorithm;

/// How long an RSA key may be, in bits.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Public keys by their id.
#[derive(Debug)]
pub(super) struct KeySet(HashMap<String, Key>);

/// A public key, and the algorithms that it may be used with.
#[derive(Debug)]
pub(super) struct Key {
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

impl Key {
    /// The key, if it may be used with this algorithm.
    pub(super) fn of(&self, algorithm: Algorithm) -> Option<&DecodingKey> {
        self.algorithms.contains(&algorithm).then_some(&self.key)
    }
}

/// A JWKS, each key still to be read.
#[derive(Deserialize)]
struct Written {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a JWKS. Keys for encryption, of unknown kinds and for algorithms that no issuer can
    /// have are passed over; a key that is none, a short or a symmetric one, an id used twice or a
    /// key without id beside others is a mistake.
    pub(super) fn parse(json: &[u8]) -> Result<Self, String> {
        let (keys, mistakes) = Self::read(json)?;
        if let Some(mistake) = mistakes.into_iter().next() {
            return Err(mistake);
        }
        keys.unless_empty()
    }

    /// Reads a JWKS that an issuer publishes, who knows other readers than us: what is a mistake in
    /// [`parse`](Self::parse) is passed over here, and told.
    pub(super) fn published(json: &[u8]) -> Result<(Self, Vec<String>), String> {
        let (keys, mistakes) = Self::read(json)?;
        Ok((keys.unless_empty()?, mistakes))
    }

    /// The keys that can be used without a doubt, and what is wrong with the others.
    fn read(json: &[u8]) -> Result<(Self, Vec<String>), String> {
        let Written { keys: written } =
            serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let mut keys = HashMap::new();
        let mut mistakes = Vec::new();
        let mut ambiguous = Vec::new();
        for jwk in written {
            let jwk: Jwk = match serde_json::from_value(jwk) {
                Ok(jwk) => jwk,
                Err(error) => {
                    mistakes.push(error.to_string());
                    continue;
                }
            };
            if !verifies(&jwk) {
                continue;
            }
            let id = jwk.common.key_id.as_deref();
            match (usable(&jwk), id) {
                (Ok(None), _) => {}
                (Ok(Some(key)), _) => {
                    let id = id.unwrap_or_default().to_owned();
                    if keys.insert(id.clone(), key).is_some() {
                        mistakes.push(format!("two keys have the id \"{id}\""));
                        ambiguous.push(id);
                    }
                }
                (Err(what), Some(id)) => mistakes.push(format!("key \"{id}\": {what}")),
                (Err(what), None) => mistakes.push(format!("a key without \"kid\": {what}")),
            }
        }
        for id in ambiguous {
            keys.remove(&id);
        }
        if keys.len() > 1 && keys.remove("").is_some() {
            mistakes.push("a key has no \"kid\", and there are others".to_owned());
        }
        Ok((Self(keys), mistakes))
    }

    fn unless_empty(self) -> Result<Self, String> {
        if self.0.is_empty() {
            return Err("there is no usable key".to_owned());
        }
        Ok(self)
    }

    /// The ids of the keys.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The id of the only key, where there are no others to confuse it with.
    pub(super) fn only(&self) -> Option<&str> {
        let mut ids = self.ids();
        let first = ids.next();
        first.filter(|_| ids.next().is_none())
    }

    /// The key of this id.
    pub(super) fn get(&self, id: &str) -> Option<&Key> {
        self.0.get(id)
    }

    /// Whether a key may be used with one of these algorithms.
    pub(super) fn fits(&self, algorithms: &[Algorithm]) -> bool {
        let fits = |key: &Key| {
            algorithms
                .iter()
                .any(|&algorithm| key.of(algorithm).is_some())
        };
        self.0.values().any(fits)
    }

    /// A key that may not be used with this algorithm.
    pub(super) fn unfit(&self, algorithm: Algorithm) -> Option<&str> {
        let mut keys = self.0.iter();
        let unfit = keys.find(|(_, key)| key.of(algorithm).is_none())?;
        Some(unfit.0)
    }
}

/// Whether a key is there to verify signatures, as far as it says what it is for.
fn verifies(jwk: &Jwk) -> bool {
    let verify = |operations: &Vec<KeyOperations>| operations.contains(&KeyOperations::Verify);
    let of_use = jwk.common.public_key_use.as_ref();
    of_use.is_none_or(|of_use| *of_use == PublicKeyUse::Signature)
        && jwk.common.key_operations.as_ref().is_none_or(verify)
}

/// A key with the algorithms of its kind, or with its own where it names one. `None` where we can
/// do nothing with it.
fn usable(jwk: &Jwk) -> Result<Option<Key>, String> {
    let Some(mut algorithms) = algorithms(&jwk.algorithm)? else {
        return Ok(None);
    };
    if let Some(named) = jwk.common.key_algorithm.map(serde_json::to_value) {
        let Ok(named) = named.and_then(serde_json::from_value) else {
            return Ok(None);
        };
        algorithms.retain(|&algorithm| algorithm == named);
        if algorithms.is_empty() {
            return Err("its \"alg\" is for another kind of key".to_owned());
        }
    }
    let key = DecodingKey::from_jwk(jwk).map_err(|error| error.to_string())?;
    check(&jwk.algorithm, key.kind())?;
    Ok(Some(Key { algorithms, key }))
}

/// The algorithms of a kind of key, of which we know at least one.
fn algorithms(parameters: &AlgorithmParameters) -> Result<Option<Vec<Algorithm>>, &'static str> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    Ok(Some(match parameters {
        AlgorithmParameters::RSA(_) => vec![RS256, RS384, RS512, PS256, PS384, PS512],
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => vec![ES256],
            EllipticCurve::P384 => vec![ES384],
            EllipticCurve::Ed25519 => return Err("its curve is of another kind of key"),
            _ => return Ok(None),
        },
        AlgorithmParameters::OctetKeyPair(key) => match key.curve {
            EllipticCurve::Ed25519 => vec![EdDSA],
            _ => return Err("its curve is of another kind of key"),
        },
        AlgorithmParameters::OctetKey(_) => return Err("it is symmetric"),
        AlgorithmParameters::Other(other) => {
            let text = |name: &str| other.fields.get(name).and_then(|value| value.as_str());
            return match (text("kty"), text("crv")) {
                (Some("RSA" | "oct"), _)
                | (Some("EC"), None | Some("P-256" | "P-384"))
                | (Some("OKP"), None | Some("Ed25519")) => Err("a part of it is missing"),
                _ => Ok(None),
            };
        }
        _ => return Ok(None),
    }))
}

/// Whether a key is one: a point of its curve, or a number that is long enough.
fn check(parameters: &AlgorithmParameters, key: &DecodingKeyKind) -> Result<(), String> {
    let point = |curve: &'static dyn VerificationAlgorithm, length, name| match key {
        DecodingKeyKind::SecretOrDer(bytes)
            if bytes.len() == length && ParsedPublicKey::new(curve, bytes).is_ok() =>
        {
            Ok(())
        }
        _ => Err(format!("not a key of {name}")),
    };
    match (parameters, key) {
        (AlgorithmParameters::OctetKeyPair(_), _) => point(&ED25519, 32, "Ed25519"),
        (AlgorithmParameters::EllipticCurve(key), _) => match key.curve {
            EllipticCurve::P384 => point(&ECDSA_P384_SHA384_FIXED, 97, "P-384"),
            _ => point(&ECDSA_P256_SHA256_FIXED, 65, "P-256"),
        },
        (_, DecodingKeyKind::RsaModulusExponent { n, e }) => {
            let first = n.first().map_or(0, |first| first.leading_zeros() as usize);
            let bits = n.len() * 8 - first;
            if !RSA_BITS.contains(&bits) {
                let (least, most) = (RSA_BITS.start(), RSA_BITS.end());
                return Err(format!(
                    "an RSA key of {bits} bits, not of {least} to {most}"
                ));
            }
            let parts = RsaPublicKeyComponents { n, e };
            let parsed = parts.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256);
            parsed.map(drop).map_err(|_| "not an RSA key".to_owned())
        }
        _ => Err("not a public key".to_owned()),
    }
}

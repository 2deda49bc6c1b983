//! What only this system can read again: sealed with the first of its keys, opened with any of
//! them.
//!
//! AES-256-GCM with a nonce of chance, and a purpose that is sealed in: what was sealed for one
//! purpose opens for no other.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};

use crate::keys::SecretKey;

/// How long the nonce is that stands in front of what is sealed, in bytes.
const NONCE: usize = 12;

/// Seals and opens. Clones share its keys.
#[derive(Clone)]
pub struct Seal(Arc<[Key]>);

struct Key {
    id: String,
    key: RandomizedNonceKey,
}

/// Secret: it is not shown.
impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(…)")
    }
}

impl Seal {
    /// Seals with the first of these keys, of which there must be one, and opens with all.
    pub fn new(keys: Vec<SecretKey>) -> Self {
        let keys = keys.into_iter().map(|SecretKey { id, secret }| Key {
            id,
            key: RandomizedNonceKey::new(&AES_256_GCM, &secret)
                .expect("a secret is as long as a key of AES-256"),
        });
        Self(keys.collect())
    }

    /// Seals `text` for this purpose.
    pub fn seal(&self, purpose: &str, text: &[u8]) -> Vec<u8> {
        let Key { id, key } = self.0.first().expect("a list of keys is not empty");
        let mut body = text.to_vec();
        let nonce = key
            .seal_in_place_append_tag(Aad::from(purpose.as_bytes()), &mut body)
            .expect("the system has randomness, and the text is short");
        let length = u8::try_from(id.len()).expect("an id is 32 bytes at most");
        let mut sealed = vec![length];
        sealed.extend_from_slice(id.as_bytes());
        sealed.extend_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&body);
        sealed
    }

    /// What was sealed for this purpose, by one of the keys; nothing where anything differs.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (&length, rest) = sealed.split_first()?;
        let (id, rest) = rest.split_at_checked(usize::from(length))?;
        let (nonce, body) = rest.split_at_checked(NONCE)?;
        let Key { key, .. } = self.0.iter().find(|key| key.id.as_bytes() == id)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut body = body.to_vec();
        let text = key.open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut body);
        text.ok().map(|text| text.to_vec())
    }
}

/// So many bytes of chance.
pub fn chance<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system has randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, byte: u8) -> SecretKey {
        SecretKey {
            id: id.to_owned(),
            secret: [byte; 32],
        }
    }

    #[test]
    fn what_is_sealed_opens_for_its_purpose_alone() {
        let seal = Seal::new(vec![key("k1", 1)]);
        let sealed = seal.seal("session", b"secret");
        assert_ne!(sealed, seal.seal("session", b"secret"), "by chance");
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_eq!(
            seal.open("session", &sealed).as_deref(),
            Some(&b"secret"[..])
        );
        assert_eq!(seal.open("attempt", &sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(seal.open("session", &changed), None, "{at}");
            assert_eq!(seal.open("session", &sealed[..at]), None, "{at}");
        }
    }

    #[test]
    fn an_older_key_still_opens() {
        let sealed = Seal::new(vec![key("k1", 1)]).seal("session", b"secret");
        let rotated = Seal::new(vec![key("k2", 2), key("k1", 1)]);
        assert!(rotated.open("session", &sealed).is_some());
        let later = Seal::new(vec![key("k2", 2)]);
        assert_eq!(later.open("session", &sealed), None);
        let same_name = Seal::new(vec![key("k1", 3)]);
        assert_eq!(same_name.open("session", &sealed), None);
    }
}

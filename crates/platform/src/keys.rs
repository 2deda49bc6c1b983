//! Keys: generated, written where only their owner reads them, read again. No key is ever logged or
//! printed. Secret keys are plain data here: what is signed with those for links belongs to the
//! invitation service, and what is sealed with those for sessions to the pages for people.

mod extend;
mod issuer;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{EncodingKey, Header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vocabulary::link;

pub use extend::extend_keys;
pub use issuer::{Grant, LocalIssuer};

use crate::file;
use crate::identity::{Peer, PeerVerifier, ServiceSigner};
use write::{Visibility, write_set};

/// The file of the keys that sign links.
pub const LINK_KEYS: &str = "link-keys.json";
/// The file of the keys that seal the sessions of people.
pub const SESSION_KEYS: &str = "session-keys.json";
/// The file of the public keys of all services.
pub const SERVICES_JWKS: &str = "services.jwks.json";
/// The file that lists the issuers of user tokens.
pub const ISSUERS: &str = "issuers.json";
/// The file of the development issuer's private key.
pub const ISSUER_KEY: &str = "issuer.key.pem";
/// The file of the development issuer's public key.
pub const ISSUER_JWKS: &str = "issuer.jwks.json";

/// Why keys were not written or read: one line that names the file, never its content.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refused.
    #[error("{}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("{}: {what}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

impl Error {
    pub(crate) fn malformed(path: &Path, what: impl Into<String>) -> Self {
        Self::Malformed {
            path: path.to_owned(),
            what: what.into(),
        }
    }

    fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File {
            path: path.to_owned(),
            source,
        }
    }
}

/// What [`write_keys`] writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// The keys for links and sessions, one key for each service, and the public keys of all.
    Services,
    /// The same, and an issuer of user tokens for development.
    ServicesAndIssuer,
}

/// Generates every key that a deployment needs, in `dir`, which is made if it is not there. Private
/// files are readable by their owner alone. A file that exists is never overwritten: it is an
/// error, and nothing is written. The set appears as a whole: what an earlier call was interrupted
/// in is completed instead.
pub fn write_keys(dir: &Path, contents: Contents) -> Result<(), Error> {
    let services = ServiceKeys::generate();
    let mut files = vec![
        (
            LINK_KEYS.to_owned(),
            Visibility::Private,
            SecretKeysFile::of(&[SecretKey::generate()]),
        ),
        (
            SESSION_KEYS.to_owned(),
            Visibility::Private,
            SecretKeysFile::of(&[SecretKey::generate()]),
        ),
        (
            SERVICES_JWKS.to_owned(),
            Visibility::Public,
            pretty(&services.jwks()),
        ),
    ];
    for (&peer, key) in &services.0 {
        files.push((service_key(peer), Visibility::Private, key.pem()));
    }
    if contents == Contents::ServicesAndIssuer {
        let issuer = LocalIssuer::generate();
        let issuers = json!({ "issuers": [issuer.config()] });
        files.push((ISSUER_KEY.to_owned(), Visibility::Private, issuer.pem()));
        files.push((
            ISSUER_JWKS.to_owned(),
            Visibility::Public,
            pretty(&issuer.jwks()),
        ));
        files.push((ISSUERS.to_owned(), Visibility::Public, pretty(&issuers)));
    }
    write_set(dir, &files)
}

/// Completes what [`write_keys`] was interrupted in, if it was: before it is asked which files are
/// there.
pub fn complete_keys(dir: &Path) -> Result<(), Error> {
    write::complete(dir)
}

/// The name of the file with a service's private key.
pub fn service_key(peer: Peer) -> String {
    format!("{peer}.key.pem")
}

/// Reads a small file whole.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, Error> {
    file::read(path).map_err(Error::file(path))
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// An Ed25519 key that signs tokens.
pub struct SigningKey {
    signer: EncodingKey,
    public: Vec<u8>,
}

impl SigningKey {
    /// A new key.
    pub fn generate() -> Self {
        let pkcs8 = Ed25519KeyPair::generate()
            .and_then(|pair| pair.to_pkcs8v1())
            .expect("the system has randomness");
        Self::from_signer(EncodingKey::from_ed_der(pkcs8.as_ref()))
            .expect("a key just generated is a key")
    }

    /// Reads a PKCS #8 PEM file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        EncodingKey::from_ed_pem(&read_file(path)?)
            .ok()
            .and_then(Self::from_signer)
            .ok_or_else(|| Error::malformed(path, "not an Ed25519 private key in PEM form"))
    }

    fn from_signer(signer: EncodingKey) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(signer.as_bytes()).ok()?;
        Some(Self {
            public: pair.public_key().as_ref().to_vec(),
            signer,
        })
    }

    pub(crate) fn sign(&self, header: &Header, claims: &impl Serialize) -> String {
        jsonwebtoken::encode(header, claims, &self.signer)
            .expect("the key was checked when it was read")
    }

    fn pem(&self) -> String {
        format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(self.signer.as_bytes())
        )
    }

    pub(crate) fn jwk(&self, id: &str) -> Value {
        let x = URL_SAFE_NO_PAD.encode(&self.public);
        json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": id, "alg": "EdDSA", "use": "sig" })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// One key for each service, in memory.
#[derive(Debug)]
pub struct ServiceKeys(BTreeMap<Peer, SigningKey>);

impl ServiceKeys {
    /// New keys for every service.
    pub fn generate() -> Self {
        Self(
            Peer::ALL
                .into_iter()
                .map(|peer| (peer, SigningKey::generate()))
                .collect(),
        )
    }

    /// The identity of one service.
    pub fn signer(&self, peer: Peer) -> ServiceSigner {
        let signer = self.0[&peer].signer.clone();
        let key = SigningKey::from_signer(signer).expect("a key of this set is a key");
        ServiceSigner::new(peer, key)
    }

    /// What one service needs to verify the others.
    pub fn verifier(&self, audience: Peer) -> PeerVerifier {
        PeerVerifier::parse(audience, self.jwks().to_string().as_bytes())
            .expect("this set has one key for each service")
    }

    fn jwks(&self) -> Value {
        json!({ "keys": self.0.iter().map(|(peer, key)| key.jwk(peer.name())).collect::<Vec<_>>() })
    }
}

/// A secret that signs links, or seals sessions: the first of a list signs or seals, all verify or
/// open.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey {
    /// Names the key in what it signed or sealed.
    pub id: String,
    /// The secret itself.
    pub secret: [u8; 32],
}

impl SecretKey {
    /// A new key with an id of its own.
    pub fn generate() -> Self {
        let mut id = [0; 6];
        let mut secret = [0; 32];
        aws_lc_rs::rand::fill(&mut id).expect("the system has randomness");
        aws_lc_rs::rand::fill(&mut secret).expect("the system has randomness");
        Self {
            id: URL_SAFE_NO_PAD.encode(id),
            secret,
        }
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretKeysFile {
    keys: Vec<SecretKeyEntry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretKeyEntry {
    id: String,
    /// 32 bytes, base64url without padding.
    secret: String,
}

impl SecretKeysFile {
    fn of(keys: &[SecretKey]) -> String {
        let entry =
            |key: &SecretKey| json!({ "id": key.id, "secret": URL_SAFE_NO_PAD.encode(key.secret) });
        pretty(&json!({ "keys": keys.iter().map(entry).collect::<Vec<_>>() }))
    }
}

/// Reads the keys that sign links or seal sessions, in their order. Ids are 1 to 32 of `A-Z a-z 0-9
/// _ -`, each used once.
pub fn read_secret_keys(path: &Path) -> Result<Vec<SecretKey>, Error> {
    let malformed = |what: &str| Error::malformed(path, what);
    // What serde says may quote the file, so it is not repeated.
    let file: SecretKeysFile = serde_json::from_slice(&read_file(path)?)
        .map_err(|_| malformed("not of the form {\"keys\": [{\"id\": …, \"secret\": …}]}"))?;
    let mut keys: Vec<SecretKey> = Vec::new();
    for SecretKeyEntry { id, secret } in file.keys {
        if !link::is_key_id(&id) || keys.iter().any(|key| key.id == id) {
            return Err(malformed(
                "an id is not 1 to 32 of A-Z a-z 0-9 _ -, or is used twice",
            ));
        }
        let secret = URL_SAFE_NO_PAD
            .decode(secret)
            .ok()
            .and_then(|secret| secret.try_into().ok());
        keys.push(SecretKey {
            id,
            secret: secret.ok_or_else(|| malformed("a secret is not 32 bytes in base64url"))?,
        });
    }
    if keys.is_empty() {
        Err(malformed("there is no key"))
    } else {
        Ok(keys)
    }
}

#[cfg(test)]
mod tests;

//! A set of keys that an earlier version wrote, extended by those that are new since: of services,
//! and the one that seals sessions.
//!
//! No key of the set is replaced, and none that was lost is made anew: a service whose public key
//! is there is not new.

use std::path::Path;

use serde_json::Value;

use super::write::{self, Visibility};
use super::{
    Error, SERVICES_JWKS, SESSION_KEYS, SecretKey, SecretKeysFile, SigningKey, pretty, read_file,
    service_key,
};
use crate::identity::{Peer, is_key_of};

/// Adds a key for each service that the set in `dir` does not know, and one for sessions where
/// there is none; answers their files. Where there is no set it does nothing. The new keys appear
/// together; what an earlier call was interrupted in, [`super::complete_keys`] completes.
pub fn extend_keys(dir: &Path) -> Result<Vec<String>, Error> {
    let path = dir.join(SERVICES_JWKS);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let malformed = || Error::malformed(&path, "not of the form {\"keys\": […]}");
    let mut jwks: Value = serde_json::from_slice(&read_file(&path)?).map_err(|_| malformed())?;
    let known = jwks["keys"].as_array_mut().ok_or_else(malformed)?;
    let is_known = |known: &[Value], peer: Peer| {
        let mut ids = known.iter().filter_map(|key| key["kid"].as_str());
        ids.any(|id| is_key_of(peer, id))
    };
    let mut new = Vec::new();
    let mut files = Vec::new();
    for peer in Peer::ALL {
        let name = service_key(peer);
        if is_known(known, peer) || dir.join(&name).exists() {
            continue;
        }
        let key = SigningKey::generate();
        known.push(key.jwk(peer.name()));
        files.push((name.clone(), Visibility::Private, key.pem()));
        new.push(name);
    }
    if !new.is_empty() {
        files.push((SERVICES_JWKS.to_owned(), Visibility::Public, pretty(&jwks)));
    }
    if !dir.join(SESSION_KEYS).exists() {
        let keys = SecretKeysFile::of(&[SecretKey::generate()]);
        files.push((SESSION_KEYS.to_owned(), Visibility::Private, keys));
        new.push(SESSION_KEYS.to_owned());
    }
    if !new.is_empty() {
        write::place(dir, &files)?;
    }
    Ok(new)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;
    use crate::identity::{PeerVerifier, ServiceSigner};
    use crate::keys::{Contents, write_keys};

    fn contents(dir: &Path) -> BTreeMap<String, String> {
        let files = fs::read_dir(dir).unwrap().map(Result::unwrap);
        files
            .map(|file| {
                let name = file.file_name().into_string().unwrap();
                (name, fs::read_to_string(file.path()).unwrap())
            })
            .collect()
    }

    /// A set as it was written when there was no directory service.
    fn without_directory(dir: &Path) {
        write_keys(dir, Contents::ServicesAndIssuer).unwrap();
        let path = dir.join(SERVICES_JWKS);
        let mut jwks: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let keys = jwks["keys"].as_array_mut().unwrap();
        keys.retain(|key| key["kid"] != "directory");
        fs::write(path, pretty(&jwks)).unwrap();
        fs::remove_file(dir.join(service_key(Peer::Directory))).unwrap();
    }

    #[test]
    fn a_new_service_gets_a_key_and_no_other_changes() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        without_directory(dir);
        let before = contents(dir);
        assert_eq!(extend_keys(dir).unwrap(), [service_key(Peer::Directory)]);
        let after = contents(dir);
        assert_eq!(after.len(), before.len() + 1);
        for (name, content) in &before {
            assert_eq!(&after[name] == content, name != SERVICES_JWKS, "{name}");
        }
        for peer in Peer::ALL {
            ServiceSigner::read(peer, &dir.join(service_key(peer))).unwrap();
            PeerVerifier::read(peer, &dir.join(SERVICES_JWKS)).unwrap();
        }
        assert_eq!(extend_keys(dir).unwrap(), [""; 0]);
        assert_eq!(contents(dir), after);
    }

    #[test]
    fn a_set_from_before_there_were_sessions_gets_a_key_for_them() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        write_keys(dir, Contents::Services).unwrap();
        fs::remove_file(dir.join(SESSION_KEYS)).unwrap();
        assert_eq!(extend_keys(dir).unwrap(), [SESSION_KEYS]);
        crate::keys::read_secret_keys(&dir.join(SESSION_KEYS)).unwrap();
    }

    #[test]
    fn a_lost_key_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        assert_eq!(extend_keys(dir).unwrap(), [""; 0], "there is no set");
        write_keys(dir, Contents::Services).unwrap();
        fs::remove_file(dir.join(service_key(Peer::Directory))).unwrap();
        let before = contents(dir);
        assert_eq!(extend_keys(dir).unwrap(), [""; 0]);
        assert_eq!(contents(dir), before);
    }
}

//! What is written, is readable by its owner alone, is never overwritten, and works when read
//! again.

use std::fs;

use super::*;
use crate::identity::Verifier;

#[test]
fn every_file_is_written_once_and_readable_again() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    write_keys(dir, Contents::ServicesAndIssuer).unwrap();

    assert_eq!(read_secret_keys(&dir.join(LINK_KEYS)).unwrap().len(), 1);
    Verifier::read(&dir.join(ISSUERS)).unwrap();
    LocalIssuer::read(dir).unwrap();
    for peer in Peer::ALL {
        ServiceSigner::read(peer, &dir.join(service_key(peer))).unwrap();
        PeerVerifier::read(peer, &dir.join(SERVICES_JWKS)).unwrap();
    }
}

/// Every file of a set, saved again by an editor that marks what it writes as UTF-8.
#[test]
fn a_byte_order_mark_is_no_part_of_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    write_keys(dir, Contents::ServicesAndIssuer).unwrap();
    for file in fs::read_dir(dir).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("\u{feff}{text}")).unwrap();
    }
    read_secret_keys(&dir.join(LINK_KEYS)).unwrap();
    Verifier::read(&dir.join(ISSUERS)).unwrap();
    LocalIssuer::read(dir).unwrap();
    for peer in Peer::ALL {
        ServiceSigner::read(peer, &dir.join(service_key(peer))).unwrap();
        PeerVerifier::read(peer, &dir.join(SERVICES_JWKS)).unwrap();
    }
    assert_eq!(extend_keys(dir).unwrap(), [""; 0]);
}

#[test]
#[cfg(unix)]
fn private_files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    write_keys(folder.path(), Contents::ServicesAndIssuer).unwrap();
    for file in fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        let private = name.ends_with(".pem") || [LINK_KEYS, SESSION_KEYS].contains(&name.as_str());
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode & 0o077 == 0, private, "{name} has mode {mode:o}");
    }
}

#[test]
fn nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    write_keys(folder.path(), Contents::Services).unwrap();
    let before = fs::read(folder.path().join(LINK_KEYS)).unwrap();
    let refused = write_keys(folder.path(), Contents::ServicesAndIssuer)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("never overwritten"), "{refused}");
    assert_eq!(fs::read(folder.path().join(LINK_KEYS)).unwrap(), before);
    assert!(
        !folder.path().join(ISSUERS).exists(),
        "a refused call writes nothing"
    );
}

#[test]
fn bad_link_keys_are_refused_without_quoting_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(LINK_KEYS);
    let good = URL_SAFE_NO_PAD.encode([7; 32]);
    let entry = |id: &str, secret: &str| format!("{{\"id\": \"{id}\", \"secret\": \"{secret}\"}}");
    for (content, what) in [
        (String::new(), "empty"),
        ("{\"keys\": []}".to_owned(), "no key"),
        (
            format!("{{\"keys\": [{}]}}", entry("a", "c2hvcnQ")),
            "32 bytes",
        ),
        (format!("{{\"keys\": [{}]}}", entry("a.b", &good)), "an id"),
        (
            format!("{{\"keys\": [{0}, {0}]}}", entry("a", &good)),
            "twice",
        ),
        (format!("{{\"keys\": \"{good}\"}}"), "form"),
    ] {
        fs::write(&path, content).unwrap();
        let refused = read_secret_keys(&path).unwrap_err().to_string();
        assert!(refused.contains(what), "{refused}");
        assert!(!refused.contains(&good), "{refused}");
    }
}

#[test]
fn debug_output_has_no_secret() {
    let key = SecretKey {
        id: "one".to_owned(),
        secret: [200; 32],
    };
    assert!(!format!("{key:?}").contains("200"));
    assert_eq!(format!("{:?}", SigningKey::generate()), "SigningKey(…)");
}

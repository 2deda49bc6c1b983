//! Mistakes in the issuers file and in a key set: found at the start, never at the first token.

use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

use super::*;
use crate::identity::{Peer, PeerVerifier};

#[test]
fn an_issuers_file_with_a_mistake_is_refused() {
    let trusted = Trusted::new();
    let folder = trusted.folder.path();
    let mut symmetric = entry(ISSUER, &["contoso"], &[]);
    symmetric["algorithms"] = json!(["HS256"]);
    let mut none = entry(ISSUER, &["contoso"], &[]);
    none["algorithms"] = json!(["none"]);
    let mut empty = entry(ISSUER, &["contoso"], &[]);
    empty["algorithms"] = json!([]);
    let mut misspelt = entry(ISSUER, &["contoso"], &[]);
    misspelt["tenant"] = json!(["contoso"]);
    let mut unmarked = entry(ISSUER, &["contoso"], &[]);
    unmarked["access_token"] = json!({ "claim": "purpose" });
    let mut mismarked = entry(ISSUER, &["contoso"], &[]);
    mismarked["access_token"] = json!({ "header": "kid", "value": "x" });
    let mut missing = entry(ISSUER, &["contoso"], &[]);
    missing["jwks_file"] = json!("absent.json");
    let changed = |field: &str, value: Value| {
        let mut changed = entry(ISSUER, &["contoso"], &[]);
        changed[field] = value;
        vec![changed]
    };
    for issuers in [
        vec![],
        changed("tenants", json!(["Contoso Ltd"])),
        changed("claims", json!({ "role_names": { "Admin": "admin" } })),
        changed("claims", json!({ "roles": ["realm_access", ""] })),
        changed("claims", json!({ "tenant_names": { "org_1": "fabrikam" } })),
        changed("ca_file", json!("ca.pem")),
        changed("keys_kept_seconds", json!(60)),
        vec![symmetric],
        vec![none],
        vec![empty],
        vec![misspelt],
        vec![unmarked],
        vec![mismarked],
        vec![missing],
        vec![entry("", &["contoso"], &[])],
        vec![
            entry(ISSUER, &["contoso"], &[]),
            entry(ISSUER, &["fabrikam"], &[]),
        ],
        vec![
            entry(ISSUER, &["*"], &[]),
            entry("https://other.example/", &["fabrikam"], &[]),
        ],
        vec![entry(ISSUER, &["contoso"], &["root"])],
    ] {
        assert!(read(folder, &issuers).is_err(), "{issuers:?}");
    }
    let operators = entry("https://other.example/", &[], &["operator"]);
    assert!(read(folder, &[entry(ISSUER, &["*"], &[]), operators]).is_ok());
}

/// What comes of an issuer that has this key set.
fn read_keys(algorithms: &[&str], jwks: &Value) -> Result<Verifier, String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("jwks.json"), jwks.to_string()).unwrap();
    let mut issuer = entry(ISSUER, &["contoso"], &[]);
    issuer["algorithms"] = json!(algorithms);
    read(folder.path(), &[issuer])
}

fn encoded(bytes: &[u8]) -> Value {
    URL_SAFE_NO_PAD.encode(bytes).into()
}

fn rsa(id: &str, modulus: &[u8]) -> Value {
    json!({ "kty": "RSA", "kid": id, "n": encoded(modulus), "e": "AQAB" })
}

/// A new key of P-256.
pub(super) fn p256(id: &str) -> Value {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    let (x, y) = (encoded(&point[1..33]), encoded(&point[33..]));
    json!({ "kty": "EC", "crv": "P-256", "kid": id, "x": x, "y": y })
}

fn with(mut key: Value, name: &str, value: impl Into<Value>) -> Value {
    key[name] = value.into();
    key
}

#[test]
fn a_key_set_with_a_mistake_is_refused() {
    let ed = |id: &str| SigningKey::generate().jwk(id);
    let oct = json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "s", "alg": "HS256" });
    let mut unnamed = ed("ed");
    unnamed.as_object_mut().unwrap().remove("kid");
    for (keys, what) in [
        (json!([]), "no usable key"),
        (json!([oct]), "symmetric"),
        (json!([unnamed, ed("a")]), "no \"kid\""),
        (json!([ed("a"), ed("a")]), "two keys have the id \"a\""),
    ] {
        let refused = read_keys(&["EdDSA"], &json!({ "keys": keys }))
            .err()
            .unwrap();
        assert!(
            refused.contains("jwks.json: ") && refused.contains(what),
            "{refused}"
        );
    }
    let large = Value::String(" ".repeat(2 << 20));
    let refused = read_keys(&["EdDSA"], &large).err().unwrap();
    assert!(refused.contains("larger than 1 MiB"), "{refused}");
}

/// Each key beside a good one, so that nothing but what is wrong with it is found: at the start,
/// with its id.
#[test]
fn every_key_is_checked_when_it_is_read() {
    let ed = || SigningKey::generate().jwk("bad");
    let odd = |bytes: usize| vec![0xff; bytes];
    let elsewhere = encoded(&[7; 32]);
    let mut cut = rsa("bad", &odd(256));
    cut.as_object_mut().unwrap().remove("e");
    let leading_zero = [vec![0], odd(256)].concat();
    for (key, what) in [
        (
            rsa("bad", &[0xff; 3]),
            "an RSA key of 24 bits, not of 2048 to 8192",
        ),
        (rsa("bad", &odd(128)), "of 1024 bits"),
        (
            rsa("bad", &[&[0x7f], &odd(255)[..]].concat()),
            "of 2047 bits",
        ),
        (rsa("bad", &odd(1025)), "of 8200 bits"),
        (rsa("bad", &leading_zero), "an RSA key"),
        (rsa("bad", &[]), "of 0 bits"),
        (with(rsa("bad", &odd(256)), "e", ""), "not an RSA key"),
        (
            with(rsa("bad", &odd(256)), "alg", "ES256"),
            "another kind of key",
        ),
        (cut, "a part of it is missing"),
        (with(ed(), "x", "AQAB"), "not a key of Ed25519"),
        (with(ed(), "crv", "P-256"), "curve"),
        (with(ed(), "alg", "RS256"), "another kind of key"),
        (with(p256("bad"), "x", "AQAB"), "not a key of P-256"),
        (with(p256("bad"), "y", elsewhere), "not a key of P-256"),
        (with(p256("bad"), "crv", "P-384"), "not a key of P-384"),
        (with(p256("bad"), "alg", "ES384"), "another kind of key"),
        (with(p256("bad"), "x", "not base64"), "key \"bad\""),
    ] {
        let keys = json!({ "keys": [SigningKey::generate().jwk("good"), key] });
        let refused = read_keys(&["EdDSA"], &keys).err().expect(what);
        let told = refused.contains("jwks.json: key \"bad\": ") && refused.contains(what);
        assert!(told, "{what}: {refused}");
        let services = PeerVerifier::parse(Peer::Gateway, keys.to_string().as_bytes());
        assert!(services.is_err(), "{what}");
    }
}

/// What is there for something else is no mistake, and no key of ours.
#[test]
fn keys_for_other_purposes_are_passed_over() {
    let others = [
        with(rsa("o", &[0xff; 3]), "use", "enc"),
        with(rsa("o", &[0xff; 3]), "key_ops", json!(["encrypt"])),
        with(rsa("o", &[0xff; 256]), "alg", "RSA-OAEP"),
        json!({ "kty": "EC", "crv": "secp256k1", "kid": "o", "x": "AQAB", "y": "AQAB" }),
        json!({ "kty": "OKP", "crv": "X25519", "kid": "o", "x": "AQAB" }),
        json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AQAB" }),
    ];
    for other in others {
        let beside = json!({ "keys": [SigningKey::generate().jwk("ed"), other] });
        assert!(read_keys(&["EdDSA"], &beside).is_ok(), "{other}");
        let alone = json!({ "keys": [other] });
        let refused = read_keys(&["EdDSA"], &alone).err().unwrap();
        assert!(refused.contains("no usable key"), "{refused}");
    }
}

/// An issuer of whose keys none can ever verify one of its tokens.
#[test]
fn an_issuer_needs_a_key_for_one_of_its_algorithms() {
    let pair = aws_lc_rs::rsa::KeyPair::generate(KeySize::Rsa2048).unwrap();
    let modulus = pair
        .public_key()
        .modulus()
        .big_endian_without_leading_zero();
    let keys = json!({ "keys": [rsa("r", modulus), p256("p")] });
    for algorithms in [&["RS256"][..], &["PS512"], &["ES256"], &["EdDSA", "ES256"]] {
        assert!(read_keys(algorithms, &keys).is_ok(), "{algorithms:?}");
    }
    let named = json!({ "keys": [with(rsa("r", modulus), "alg", "RS256")] });
    for (algorithms, keys) in [(&["EdDSA", "ES384"], &keys), (&["RS512", "PS256"], &named)] {
        let refused = read_keys(algorithms, keys).err().unwrap();
        let what = "no key of jwks.json is for one of its algorithms";
        assert!(refused.contains(what), "{refused}");
    }
}

/// A service proves itself with an Ed25519 key, so none of another kind stands among theirs.
#[test]
fn the_keys_of_services_are_of_one_kind() {
    let keys = json!({ "keys": [SigningKey::generate().jwk("gateway"), p256("invitation")] });
    let refused = PeerVerifier::parse(Peer::Gateway, keys.to_string().as_bytes()).err();
    assert_eq!(
        refused.as_deref(),
        Some("key \"invitation\": not a key of Ed25519")
    );
}

/// What changes in the list, or in a file of keys, is taken up without a restart; a mistake is not,
/// and what was believed before stays so.
#[test]
fn a_changed_list_is_taken_up_and_a_mistake_is_not() {
    let trusted = Trusted::new();
    let (folder, verifier) = (trusted.folder.path(), &trusted.verifier);
    let write = |issuers: &[Value]| {
        let list = json!({ "issuers": issuers }).to_string();
        fs::write(folder.join("issuers.json"), list).unwrap();
        verifier.reread()
    };
    let first = || entry(ISSUER, &["contoso"], &[]);
    let second = || entry("https://second.example/", &["fabrikam"], &[]);
    let token = trusted.key.sign(&header(), &claims());
    let mut of_second = claims();
    of_second.insert("iss".to_owned(), json!("https://second.example/"));
    of_second.insert("tid".to_owned(), json!("fabrikam"));
    let of_second = trusted.key.sign(&header(), &of_second);
    assert!(verifier.verify(&token).is_ok());
    assert!(verifier.verify(&of_second).is_err());

    write(&[first(), second()]).unwrap();
    assert!(verifier.verify(&token).is_ok() && verifier.verify(&of_second).is_ok());
    assert!(write(&[]).is_err());
    fs::write(folder.join("issuers.json"), "{").unwrap();
    assert!(verifier.reread().is_err());
    assert!(verifier.verify(&token).is_ok() && verifier.verify(&of_second).is_ok());

    // out of the list, or without its key, it is believed no more, whatever was remembered
    write(&[second()]).unwrap();
    assert_eq!(
        verifier.verify(&token).unwrap_err(),
        "the issuer is unknown"
    );
    let other = SigningKey::generate();
    let keys = json!({ "keys": [other.jwk("ed")] }).to_string();
    fs::write(folder.join("jwks.json"), keys).unwrap();
    verifier.reread().unwrap();
    assert!(verifier.verify(&of_second).is_err());
}

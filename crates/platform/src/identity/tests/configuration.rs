//! Mistakes in the issuers file and in a key set: found at the start, never at the first token.

use super::*;

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
    let mut missing = entry(ISSUER, &["contoso"], &[]);
    missing["jwks_file"] = json!("absent.json");
    for issuers in [
        vec![],
        vec![symmetric],
        vec![none],
        vec![empty],
        vec![misspelt],
        vec![unmarked],
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

#[test]
fn a_key_set_with_a_mistake_is_refused() {
    let trusted = Trusted::new();
    let folder = trusted.folder.path();
    let oct = json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "s", "alg": "HS256" });
    let mut unnamed = trusted.key.jwk("ed");
    unnamed.as_object_mut().unwrap().remove("kid");
    for keys in [
        json!([]),
        json!([oct]),
        json!([unnamed]),
        json!([trusted.key.jwk("a"), trusted.key.jwk("a")]),
    ] {
        fs::write(
            folder.join("jwks.json"),
            json!({ "keys": keys }).to_string(),
        )
        .unwrap();
        assert!(
            read(folder, &[entry(ISSUER, &["contoso"], &[])]).is_err(),
            "{keys}"
        );
    }
    fs::write(folder.join("jwks.json"), " ".repeat(2 << 20)).unwrap();
    let refused = read(folder, &[entry(ISSUER, &["contoso"], &[])])
        .err()
        .unwrap();
    assert!(refused.contains("larger than 1 MiB"), "{refused}");
}

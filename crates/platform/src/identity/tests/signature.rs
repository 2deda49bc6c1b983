//! The signature, its algorithm and its key, and what is remembered of a token.

use std::time::Duration;

use jsonwebtoken::EncodingKey;
use vocabulary::email::EmailAddress;

use super::configuration::p256;
use super::*;
use crate::identity::jwt::Cache;
use crate::identity::{Kind, Role};
use crate::keys::{Grant, LocalIssuer};

#[test]
fn a_good_token_says_who_calls() {
    let caller = Trusted::new().verify_claims(|_| {}).unwrap();
    let kind = Kind::Tenant {
        tenant: "contoso".to_owned(),
        roles: vec![Role::AdminAgent],
    };
    let email = Some(EmailAddress::parse("ana@contoso.example").unwrap());
    let left = caller.time_left();
    assert!(
        !left.is_zero() && left <= Duration::from_secs(3600),
        "{left:?}"
    );
    assert_eq!(
        caller,
        Caller {
            issuer: ISSUER.to_owned(),
            subject: "ana".to_owned(),
            kind,
            email,
            expires: caller.expires,
        }
    );
}

#[test]
fn no_signature_and_no_other_algorithm_will_do() {
    let trusted = Trusted::new();
    let claims = Value::Object(claims()).to_string();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        assert!(
            trusted
                .verify(&raw(
                    &format!(r#"{{"alg":"{alg}","kid":"ed"}}"#),
                    &claims,
                    b""
                ))
                .is_err(),
            "{alg}"
        );
    }
    // The public key used as a shared secret: as the bytes, and as the text of the JWKS.
    let jwk = trusted.key.jwk("ed");
    let public = URL_SAFE_NO_PAD.decode(jwk["x"].as_str().unwrap()).unwrap();
    for secret in [public, jwk.to_string().into_bytes()] {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some("ed".to_owned());
        let token = jsonwebtoken::encode(
            &header,
            &super::claims(),
            &EncodingKey::from_secret(&secret),
        );
        assert_eq!(
            trusted.verify(&token.unwrap()).unwrap_err(),
            "the algorithm is not the issuer's"
        );
    }
    // A signature by somebody else, under the right key's id.
    let stranger = SigningKey::generate().sign(&header(), &super::claims());
    assert!(trusted.verify(&stranger).is_err());
}

#[test]
fn an_algorithm_that_is_not_the_issuers_is_refused() {
    let trusted = Trusted::new();
    let jwks = json!({ "keys": [trusted.key.jwk("ed"), p256("p256")] });
    fs::write(trusted.folder.path().join("jwks.json"), jwks.to_string()).unwrap();
    let mut es256 = entry(ISSUER, &["contoso"], &[]);
    es256["algorithms"] = json!(["ES256", "RS256"]);
    let verifier = read(trusted.folder.path(), &[es256]).unwrap();
    let refused = verifier.verify(&trusted.key.sign(&header(), &claims()));
    assert_eq!(refused.unwrap_err(), "the algorithm is not the issuer's");
}

#[test]
fn a_key_is_named_exactly_and_never_brought_along() {
    let trusted = Trusted::new();
    for kid in [
        "",
        "ED",
        "ed ",
        "../ed",
        "./jwks.json",
        "/dev/null",
        "ed' OR '1'='1",
        "https://evil.example/jwks",
    ] {
        let refused = trusted
            .verify_header(|header| header.kid = Some(kid.to_owned()))
            .unwrap_err();
        assert_eq!(refused, "the key is unknown", "{kid}");
    }

    // The stranger's own key in the header changes nothing; a good token with such a header is as
    // good as without.
    let stranger = SigningKey::generate();
    let mut header = header();
    header.jku = Some("https://evil.example/jwks".to_owned());
    header.jwk = Some(serde_json::from_value(stranger.jwk("ed")).unwrap());
    assert!(trusted.verify(&stranger.sign(&header, &claims())).is_err());
    assert!(
        trusted
            .verify(&trusted.key.sign(&header, &claims()))
            .is_ok()
    );
    assert!(
        trusted
            .verify_header(|header| header.crit = Some(vec!["b64".to_owned()]))
            .is_err()
    );
}

#[test]
fn what_is_no_token_is_refused() {
    let trusted = Trusted::new();
    let good = trusted.key.sign(&header(), &claims());
    for token in [
        "",
        ".",
        "..",
        "a.b.c",
        &good[1..],
        &good[..good.len() - 1],
        &format!("{good}."),
        &"x".repeat(1 << 20),
    ] {
        assert!(trusted.verify(token).is_err());
    }
    assert!(trusted.verify(&good).is_ok());
}

#[test]
fn a_token_is_verified_once_until_it_expires() {
    let verifications = |expires: u64| {
        let (cache, mut count) = (Cache::new(), 0);
        for _ in 0..3 {
            let verify = || {
                count += 1;
                Ok::<_, &str>(("said by the token", expires))
            };
            assert_eq!(
                *cache.verified("token", |_| true, verify).unwrap(),
                "said by the token"
            );
        }
        assert!(
            cache
                .verified("another token", |_| true, || Err("refused"))
                .is_err()
        );
        count
    };
    assert_eq!(verifications(get_current_timestamp() + 60), 1);
    assert_eq!(
        verifications(get_current_timestamp()),
        3,
        "an expired one is not remembered"
    );
}

#[test]
fn the_local_issuer_is_believed_by_its_own_verifier_alone() {
    let (issuer, other) = (LocalIssuer::generate(), LocalIssuer::generate());
    let token = issuer.mint(&Grant::operator(), Duration::from_secs(60));
    assert_eq!(
        Verifier::local(&issuer)
            .verify(&token)
            .unwrap()
            .acting_for(None)
            .unwrap()
            .kind,
        Kind::Operator
    );
    assert!(Verifier::local(&other).verify(&token).is_err());
    let expired = issuer.mint(&Grant::operator(), Duration::ZERO);
    assert!(
        Verifier::local(&issuer).verify(&expired).is_ok(),
        "within the leeway of 30 s"
    );
}

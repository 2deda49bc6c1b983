//! The tokens of services: how long one lives and when it was made are judged by this machine's
//! time.

use serde_json::json;

use super::*;
use crate::identity::refusal::Refused;
use crate::identity::{Peer, PeerVerifier, ServiceSigner};
use crate::telemetry::observed;

/// How long a service's token lives, and how far two clocks may differ, in seconds.
const LIFETIME: i64 = 60;
const LEEWAY: i64 = 30;

/// The relationship service and the gateway, one of whose two keys signs.
struct Called {
    key: SigningKey,
    verifier: PeerVerifier,
}

impl Called {
    fn new() -> Self {
        let (key, old) = (SigningKey::generate(), SigningKey::generate());
        let jwks = json!({ "keys": [old.jwk("gateway.old"), key.jwk("gateway")] });
        let verifier =
            PeerVerifier::parse(Peer::Relationship, jwks.to_string().as_bytes()).unwrap();
        Self { key, verifier }
    }

    /// What comes of a token that was made and expires so many seconds from now.
    fn verify(&self, made: i64, expires: i64) -> Result<Peer, Refused> {
        let now = get_current_timestamp() as i64;
        self.verify_claims(json!({
            "iss": "gateway", "sub": "gateway", "aud": "relationship",
            "iat": now + made, "exp": now + expires,
        }))
    }

    fn verify_claims(&self, claims: Value) -> Result<Peer, Refused> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("service+jwt".to_owned());
        header.kid = Some("gateway".to_owned());
        self.verifier.verify(&self.key.sign(&header, &claims))
    }
}

/// A second of slack: the time goes on while a test runs.
#[test]
fn a_services_token_lives_for_a_minute_from_now_too() {
    const YEARS: i64 = 30 * 365 * 86_400;
    let called = Called::new();
    for (made, expires) in [
        (0, LIFETIME),
        (LEEWAY - 1, LEEWAY - 1 + LIFETIME),
        (-LIFETIME - LEEWAY + 2, -LEEWAY + 2),
    ] {
        assert_eq!(called.verify(made, expires), Ok(Peer::Gateway), "{made}");
    }
    let (long, future) = (
        "valid for longer than a service's token is",
        "dated into the future",
    );
    for (made, expires, reason) in [
        (0, LIFETIME + 1, long),
        (0, YEARS, long),
        (-YEARS, LIFETIME, long),
        (LEEWAY + 2, LEEWAY + 2, future),
        (YEARS - LIFETIME, YEARS, future),
        (YEARS, YEARS, future),
        (YEARS, LIFETIME, future),
        (
            -LIFETIME - LEEWAY - 2,
            -LEEWAY - 2,
            "expired: do the clocks agree?",
        ),
    ] {
        let refused = called.verify(made, expires).unwrap_err();
        assert!(refused.starts_with(reason), "{made} {expires}: {refused}");
    }
}

/// A token is used for half a minute; one that was made while the clock was ahead is not used on
/// when it is set back.
#[test]
fn a_token_is_made_anew_when_the_clock_is_set_back() {
    let signer = ServiceSigner::new(Peer::Gateway, SigningKey::generate());
    let now = get_current_timestamp();
    let at = |time| signer.header_at(Peer::Relationship, time);
    let ahead = at(now + 600);
    assert_eq!(at(now + 629), ahead);
    let right = at(now);
    assert_ne!(right, ahead);
    assert_eq!(at(now + 29), right);
    assert_ne!(at(now + 30), right);
}

/// Whoever operates the two services reads in the log what is wrong, and not once for every call.
#[test]
fn why_a_services_token_is_refused_stands_in_the_log() {
    observed::subscribe();
    observed::take_events();
    let called = Called::new();
    for _ in 0..3 {
        called.verify(-600, -540).unwrap_err();
    }
    let audience = json!({
        "iss": "gateway", "sub": "gateway", "aud": "invitation",
        "iat": get_current_timestamp(), "exp": get_current_timestamp() + 60,
    });
    called.verify_claims(audience).unwrap_err();
    let told = |reason: &str| {
        format!("WARN tokens of a service are refused issuer=gateway reason={reason}")
    };
    let expected = ["expired: do the clocks agree?", "for another audience"].map(told);
    assert_eq!(observed::take_events(), expected);
}

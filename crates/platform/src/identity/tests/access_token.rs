//! Access tokens and others, as issuers tell them apart; and that whoever operates this learns why
//! one is refused.

use super::*;
use crate::telemetry::observed;

/// What comes of a token with this type in its header and these claims beside the usual ones.
fn verify(trusted: &Trusted, typ: Option<&str>, more: &Value) -> Result<(), &'static str> {
    trusted.verify(&token(trusted, typ, more)).map(drop)
}

fn token(trusted: &Trusted, typ: Option<&str>, more: &Value) -> String {
    let (mut header, mut claims) = (header(), claims());
    header.typ = typ.map(str::to_owned);
    let Value::Object(more) = more.clone() else {
        panic!("claims are an object")
    };
    claims.extend(more);
    trusted.key.sign(&header, &claims)
}

const OTHER: Result<(), &str> = Err("not an access token, by its type");
const LIKE_ID: Result<(), &str> = Err("like an ID token, and not said to be an access token");

/// A token is what its issuer says that it is. A claim that an ID token has as well decides only
/// where nothing is said: Keycloak up to 24 puts the `nonce` of the sign-in into access tokens,
/// too.
#[test]
fn an_id_token_is_no_access_token() {
    let trusted = Trusted::new();
    let (jwt, at_jwt) = (Some("JWT"), Some("at+jwt"));
    for (typ, more, expected) in [
        (jwt, json!({ "typ": "Bearer", "nonce": "n" }), Ok(())),
        (jwt, json!({ "typ": "DPoP", "nonce": "n" }), Ok(())),
        (jwt, json!({ "token_use": "access", "nonce": "n" }), Ok(())),
        (at_jwt, json!({ "nonce": "n", "at_hash": "h" }), Ok(())),
        (Some("application/AT+JWT"), json!({ "c_hash": "h" }), Ok(())),
        (None, json!({}), Ok(())),
        (
            jwt,
            json!({ "typ": "something", "token_use": "other" }),
            Ok(()),
        ),
        (jwt, json!({ "typ": "something", "nonce": "n" }), LIKE_ID),
        (jwt, json!({ "typ": ["Bearer"], "nonce": "n" }), LIKE_ID),
        (jwt, json!({ "typ": "bearer", "nonce": "n" }), LIKE_ID),
        (None, json!({ "nonce": "n" }), LIKE_ID),
        (jwt, json!({ "at_hash": null }), LIKE_ID),
        (jwt, json!({ "c_hash": "h" }), LIKE_ID),
        (jwt, json!({ "typ": "ID", "nonce": "n" }), OTHER),
        (jwt, json!({ "typ": "Refresh" }), OTHER),
        (jwt, json!({ "typ": "Offline" }), OTHER),
        (jwt, json!({ "typ": "Logout" }), OTHER),
        (jwt, json!({ "token_use": "id" }), OTHER),
        // said to be both
        (at_jwt, json!({ "typ": "ID" }), OTHER),
        (jwt, json!({ "typ": "Bearer", "token_use": "id" }), OTHER),
        (Some("id+jwt"), json!({ "typ": "Bearer" }), OTHER),
    ] {
        assert_eq!(verify(&trusted, typ, &more), expected, "{typ:?} {more}");
    }
    for typ in ["id+jwt", "logout+jwt", "service+jwt", "dpop+jwt", "JWE", ""] {
        assert_eq!(verify(&trusted, Some(typ), &json!({})), OTHER, "{typ}");
    }
}

/// An issuer that says it in a way of its own is configured so; then no token goes without.
#[test]
fn an_issuer_may_mark_its_access_tokens() {
    let mut marked = entry(ISSUER, &["contoso"], &[]);
    marked["access_token"] = json!({ "claim": "purpose", "value": "access_token" });
    let trusted = Trusted::with(&[marked]);
    let jwt = Some("JWT");
    let access = json!({ "purpose": "access_token", "nonce": "n" });
    assert_eq!(verify(&trusted, jwt, &access), Ok(()));
    for (typ, more) in [
        (jwt, json!({})),
        (jwt, json!({ "purpose": "id", "typ": "Bearer" })),
        (jwt, json!({ "purpose": ["access_token"] })),
        (Some("at+jwt"), json!({ "purpose": "id" })),
        (jwt, json!({ "purpose": "access_token", "typ": "ID" })),
        (Some("id+jwt"), json!({ "purpose": "access_token" })),
    ] {
        assert!(verify(&trusted, typ, &more).is_err(), "{typ:?} {more}");
    }
}

/// Or by a type of its own in the header.
#[test]
fn an_issuer_may_mark_its_access_tokens_in_the_header() {
    let mut marked = entry(ISSUER, &["contoso"], &[]);
    marked["access_token"] = json!({ "header": "typ", "value": "contoso+jwt" });
    let trusted = Trusted::with(&[marked]);
    let own = Some("contoso+jwt");
    assert_eq!(verify(&trusted, own, &json!({ "nonce": "n" })), Ok(()));
    assert_eq!(verify(&trusted, own, &json!({ "typ": "ID" })), OTHER);
    for typ in [None, Some("JWT"), Some("at+jwt")] {
        assert!(verify(&trusted, typ, &json!({})).is_err(), "{typ:?}");
    }
}

/// Whoever configures an issuer finds in the log why its tokens are refused, once, and nothing that
/// is personal.
#[test]
fn why_tokens_are_refused_stands_in_the_log() {
    observed::subscribe();
    observed::take_events();
    let trusted = Trusted::new();
    let refused = |changed: &Value| {
        let token = token(&trusted, None, changed);
        at_once(trusted.verifier.bearer(&token))
            .map(drop)
            .unwrap_err();
    };
    for _ in 0..3 {
        refused(&json!({ "nonce": "n" }));
        for stranger in ["https://evil.example/", "https://worse.example/"] {
            refused(&json!({ "iss": stranger }));
        }
    }
    let like_id = LIKE_ID.unwrap_err();
    let expected = [
        format!("INFO tokens are refused issuer={ISSUER} reason={like_id}"),
        "INFO tokens are refused issuer=unknown reason=the issuer is unknown".to_owned(),
    ];
    assert_eq!(observed::take_events(), expected);
}

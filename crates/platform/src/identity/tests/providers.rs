//! Access tokens as well-known providers issue them, each taken with the entry that stands in
//! `deploy/README.md`, and refused without it.
//!
//! The shapes are those of the providers' own documentation: the claims that a token has beside
//! those that count are there as well.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use jsonwebtoken::EncodingKey;

use super::*;
use crate::error::SharedRefusal;
use crate::identity::Role;

/// What a token proves without its entry's claims: nobody, or nobody with a role.
const NO_TENANT: &str = "the tenant is missing";
const NO_ROLE: &str = "somebody without a role";

const README: &str = include_str!("../../../../../deploy/README.md");

/// The entry that the README shows for a provider, with the public key of the tests.
fn entry_for(provider: &str) -> Value {
    let (_, rest) = README
        .split_once(&format!("**{provider}**"))
        .unwrap_or_else(|| panic!("no entry for {provider}"));
    let (_, rest) = rest.split_once("```json\n").unwrap();
    let (json, _) = rest.split_once("```").unwrap();
    let mut entry: Value = serde_json::from_str(json).unwrap();
    entry["algorithms"] = json!(["EdDSA"]);
    entry["jwks_file"] = json!("jwks.json");
    entry.as_object_mut().unwrap().remove("jwks_url");
    entry
}

/// The token of a provider: its claims with the times of now.
fn token(trusted: &Trusted, typ: Option<&str>, mut claims: Value) -> String {
    let now = get_current_timestamp();
    claims["iat"] = json!(now);
    claims["exp"] = json!(now + 300);
    let header = Header {
        typ: typ.map(str::to_owned),
        ..header()
    };
    let Value::Object(claims) = claims else {
        unreachable!("claims are an object")
    };
    trusted.key.sign(&header, &claims)
}

/// Whom a token of a provider proves, by its entry in the README. Without the entry's claims it
/// is refused for the reason `without`, or has no role; with another audience it is refused, too.
fn taken(provider: &str, typ: Option<&str>, claims: Value, without: &str) -> Vec<Arc<Caller>> {
    let entry = entry_for(provider);
    let trusted = Trusted::with(std::slice::from_ref(&entry));
    let verified = trusted
        .verifier
        .verify(&token(&trusted, typ, claims.clone()));
    let bearer = verified.unwrap_or_else(|reason| panic!("{provider}: {reason}"));

    let by = |entry: Value| {
        let trusted = Trusted::with(&[entry]);
        let token = token(&trusted, typ, claims.clone());
        trusted.verifier.verify(&token)
    };
    let mut plain = entry.clone();
    plain.as_object_mut().unwrap().remove("claims");
    let proves = match by(plain) {
        Ok(bearer) if bearer.callers.iter().any(|it| it.has(Role::AdminAgent)) => "a role",
        Ok(_) => NO_ROLE,
        Err(reason) => reason,
    };
    assert_eq!(proves, without, "{provider}");
    let mut elsewhere = entry;
    elsewhere["audience"] = json!("another");
    let refused = by(elsewhere).err().unwrap();
    assert_eq!(refused, "for another audience", "{provider}");
    bearer.callers.clone()
}

fn is_agent_of(caller: &Caller, tenant: &str) -> bool {
    caller.tenant() == Some(tenant) && caller.has(Role::AdminAgent)
}

fn keycloak(organization: Value) -> Value {
    json!({
        "jti": "onrtac:2b6c", "iss": "https://keycloak.example/realms/partners",
        "aud": ["partner-connect", "account"], "sub": "6f1c2a0e-8d1b-4c5e-9f3a-2b7d4e6f8a90",
        "typ": "Bearer", "azp": "portal", "sid": "b1b0", "acr": "1",
        "allowed-origins": ["https://portal.example"],
        "realm_access": { "roles": ["offline_access", "admin-agent", "uma_authorization"] },
        "resource_access": { "account": { "roles": ["view-profile"] } },
        "scope": "openid organization profile email", "email_verified": true, "name": "Ana Lima",
        "preferred_username": "ana", "organization": organization, "email": "ana@contoso.example",
    })
}

/// Keycloak with organisations: a list of their names, or an object with what is told of each.
#[test]
fn keycloak_with_organisations() {
    for organization in [
        json!(["contoso"]),
        json!({ "contoso": {} }),
        json!({ "contoso": { "id": "42c3e46f-2477-44d7-a85b-d3b43f6b31fa" } }),
    ] {
        let [ana] = taken("Keycloak", Some("JWT"), keycloak(organization), NO_TENANT)
            .try_into()
            .unwrap();
        assert!(is_agent_of(&ana, "contoso"));
        assert_eq!(ana.email.as_ref().unwrap().as_str(), "ana@contoso.example");
    }
}

/// Keycloak before organisations, up to 24: a claim by a mapper, and the nonce of the sign-in in
/// the access token.
#[test]
fn keycloak_before_organisations() {
    let mut claims = keycloak(json!(null));
    claims["tenant"] = json!("contoso");
    claims["nonce"] = json!("b7c1");
    claims.as_object_mut().unwrap().remove("organization");
    let [ana] = taken("Keycloak up to 24", Some("JWT"), claims, NO_ROLE)
        .try_into()
        .unwrap();
    assert!(is_agent_of(&ana, "contoso"));
}

/// A person of several organisations acts for the one that the call names, of those that the token
/// asserts.
#[test]
fn of_several_organisations_the_call_names_one() {
    let trusted = Trusted::with(&[entry_for("Keycloak")]);
    let several = keycloak(json!(["contoso", "fabrikam", "stranger"]));
    let bearer = trusted
        .verifier
        .verify(&token(&trusted, Some("JWT"), several));
    let bearer = bearer.unwrap();
    for tenant in ["contoso", "fabrikam"] {
        assert!(is_agent_of(
            bearer.acting_for(Some(tenant)).unwrap(),
            tenant
        ));
    }
    let refused = |named| bearer.acting_for(named).unwrap_err();
    assert_eq!(refused(None), SharedRefusal::OrganizationRequired);
    // one that the entry does not let the issuer assert, and one that the token does not
    for named in ["stranger", "northwind", ""] {
        assert_eq!(
            refused(Some(named)),
            SharedRefusal::OrganizationNotAsserted,
            "{named}"
        );
    }
    let one = token(&trusted, Some("JWT"), keycloak(json!(["contoso"])));
    let one = trusted.verifier.verify(&one).unwrap();
    assert!(is_agent_of(
        one.acting_for(Some("contoso")).unwrap(),
        "contoso"
    ));
    let other = one.acting_for(Some("fabrikam")).unwrap_err();
    assert_eq!(other, SharedRefusal::OrganizationNotAsserted);
}

/// Microsoft Entra ID, tokens of version 2 and 1: application roles of a user, scopes of a client
/// for a user.
#[test]
fn entra_id() {
    let tid = "9122040d-6c67-4c5b-b112-36a304b66dad";
    let version_2 = |tid: &str| {
        json!({
            "aud": "6e74172b-be56-4843-9ff4-e66a39bb12e3",
            "iss": format!("https://login.microsoftonline.com/{tid}/v2.0"), "nbf": 1,
            "aio": "AXQAi/8IAAAA", "azp": "2d4d11a2-f814-46a7-890a-274a72a7309e", "azpacr": "0",
            "name": "Ana Lima", "oid": "690222be-ff1a-4d56-abd1-7e4f7d38e474",
            "preferred_username": "ana@contoso.example", "rh": "I", "roles": ["Partner.AdminAgent"],
            "scp": "access_as_user", "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
            "tid": tid, "uti": "fqiBqXLPj0eQa82S-IYFAA", "ver": "2.0",
        })
    };
    for (tid, tenant) in [(tid, "contoso"), (OTHER_DIRECTORY, "fabrikam")] {
        let [ana] = taken(
            "Microsoft Entra ID",
            Some("JWT"),
            version_2(tid),
            "another name of the issuer",
        )
        .try_into()
        .unwrap();
        assert!(is_agent_of(&ana, tenant));
        let issuer = format!("https://login.microsoftonline.com/{tid}/v2.0");
        assert_eq!(ana.issuer, issuer);
    }
    each_directory_speaks_for_itself(tid, version_2);
    let version_1 = json!({
        "aud": "api://partner-connect", "iss": format!("https://sts.windows.net/{tid}/"), "nbf": 1,
        "acr": "1", "aio": "ATQAy/8BAAAA", "amr": ["pwd"], "appid": "2d4d11a2", "appidacr": "0",
        "ipaddr": "192.0.2.7", "name": "Ana Lima", "oid": "690222be", "rh": "0.AQ",
        "scp": "Partner.AdminAgent profile", "sub": "l3roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA",
        "tid": tid, "unique_name": "ana@contoso.example", "uti": "_sSP3AwBY0SucuqqJyjEAA",
        "ver": "1.0",
    });
    let [ana] = taken(
        "Microsoft Entra ID, version 1",
        Some("JWT"),
        version_1,
        NO_TENANT,
    )
    .try_into()
    .unwrap();
    assert!(is_agent_of(&ana, "contoso"));
}

const OTHER_DIRECTORY: &str = "3f6e2b9c-0d7a-4c55-8f0b-7a1d5a0b6c11";

/// A name of the issuer for another directory than the bearer's is refused, and so is a directory
/// that the entry does not know, and whatever else stands in its place.
fn each_directory_speaks_for_itself(tid: &str, token_of: impl Fn(&str) -> Value) {
    let trusted = Trusted::with(&[entry_for("Microsoft Entra ID")]);
    let refused = |iss: &str, tid: &str| {
        let mut claims = token_of(tid);
        claims["iss"] = json!(iss);
        let token = token(&trusted, Some("JWT"), claims);
        trusted.verifier.verify(&token).unwrap_err()
    };
    let name = |id: &str| format!("https://login.microsoftonline.com/{id}/v2.0");
    let others = refused(&name(OTHER_DIRECTORY), tid);
    assert_eq!(others, "another name of the issuer");
    let template = refused(&name("{tenantid}"), "{tenantid}");
    assert_eq!(template, "another name of the issuer");
    let stranger = "00000000-0000-0000-0000-000000000001";
    let stranger = refused(&name(stranger), stranger);
    assert_eq!(stranger, "the tenant has no id here");
    for id in ["", "a/b", "../evil", "evil.example/x"] {
        assert_eq!(refused(&name(id), id), "the issuer is unknown");
    }
}

/// A name for each organisation needs an address for the keys, and nobody is asked there who is an
/// operator.
#[test]
fn a_name_for_each_organisation_is_checked_at_the_start() {
    let entry = entry_for("Microsoft Entra ID");
    let mut keyless = entry.clone();
    keyless.as_object_mut().unwrap().remove("jwks_file");
    let mut operators = entry;
    operators["roles"] = json!(["operator"]);
    let trusted = Trusted::new();
    for (entry, what) in [
        (keyless, "needs jwks_url"),
        (operators, "asserts no operator"),
    ] {
        let refused = read(trusted.folder.path(), &[entry]).err().unwrap();
        assert!(refused.to_string().contains(what), "{refused}");
    }
}

/// Auth0: organisations by an id that is none of ours, permissions of its access control.
#[test]
fn auth0() {
    let claims = json!({
        "iss": "https://contoso.eu.auth0.com/", "sub": "auth0|64b1", "org_id": "org_AbC123xYz",
        "aud": ["https://partner-connect.example/api", "https://contoso.eu.auth0.com/userinfo"],
        "azp": "my_client_id", "scope": "openid profile", "permissions": ["admin-agent"],
    });
    for typ in ["at+jwt", "JWT"] {
        let [ana] = taken("Auth0", Some(typ), claims.clone(), NO_TENANT)
            .try_into()
            .unwrap();
        assert!(is_agent_of(&ana, "contoso"));
    }
}

/// Okta: a custom authorization server, with claims of its own and no type in the header.
#[test]
fn okta() {
    let claims = json!({
        "ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
        "iss": "https://contoso.okta.com/oauth2/default", "aud": "api://partner-connect",
        "cid": "nmdP1fcyvdVO11AL7ECm", "uid": "00ujmkLgagxeRrAg20g3", "auth_time": 1,
        "scp": ["openid", "profile"], "sub": "ana@contoso.example", "organization": "contoso",
        "groups": ["Everyone", "partner-connect:admin-agent"],
    });
    let [ana] = taken("Okta", None, claims, NO_TENANT).try_into().unwrap();
    assert!(is_agent_of(&ana, "contoso"));
}

/// Zitadel: roles as an object that says by which organisation each was granted. One that another
/// organisation granted is no role in the person's own.
#[test]
fn zitadel() {
    let claims = |granting: &str| {
        json!({
            "iss": "https://contoso.zitadel.cloud", "sub": "170086824411201793", "nbf": 1,
            "aud": ["170086774599581953@partners", "170086774599581952"], "jti": "1700",
            "client_id": "170086774599581953@partners",
            "urn:zitadel:iam:user:resourceowner:id": "170086363054473473",
            "urn:zitadel:iam:user:resourceowner:name": "Contoso",
            "urn:zitadel:iam:org:project:roles": {
                "admin-agent": { granting: "contoso.zitadel.cloud" },
                "operator": { granting: "contoso.zitadel.cloud" },
            },
        })
    };
    let own = claims("170086363054473473");
    let [ana] = taken("Zitadel", Some("at+jwt"), own.clone(), NO_TENANT)
        .try_into()
        .unwrap();
    assert!(is_agent_of(&ana, "contoso"));

    let mut entry = entry_for("Zitadel");
    entry["roles"] = json!(["operator"]);
    let trusted = Trusted::with(&[entry]);
    for (claims, has) in [(own, true), (claims("180000000000000001"), false)] {
        let caller = trusted
            .verify(&token(&trusted, Some("at+jwt"), claims))
            .unwrap();
        assert_eq!(caller.tenant(), Some("contoso"), "no operator");
        assert_eq!(caller.has(Role::AdminAgent), has);
    }
}

/// A scope is an application's: it gives roles within an organisation, and makes no operator.
#[test]
fn a_scope_makes_no_operator() {
    let mut entry = entry(ISSUER, &["contoso"], &["operator", "service"]);
    entry["claims"]["scopes"] = json!("scope");
    let trusted = Trusted::with(&[entry]);
    for beyond in ["operator", "service"] {
        let by_scope = trusted.verify_claims(|claims| {
            claims.insert(
                "scope".to_owned(),
                json!(format!("openid {beyond} global-admin")),
            );
        });
        let caller = by_scope.unwrap();
        assert!(caller.has(Role::GlobalAdmin) && caller.tenant() == Some("contoso"));
        let by_role = trusted.verify_claims(|claims| {
            claims.insert("groups".to_owned(), json!([beyond]));
        });
        assert_eq!(by_role.unwrap().tenant(), None);
    }
}

/// What providers sign with by default, each signature checked.
#[test]
fn the_usual_algorithms_are_verified() {
    let folder = tempfile::tempdir().unwrap();
    let rsa = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let rsa_der: Pkcs8V1Der<'_> = rsa.as_der().unwrap();
    // the key itself (PKCS #1) stands behind 26 bytes that say of what kind it is
    let rsa_private = EncodingKey::from_rsa_der(&rsa_der.as_ref()[26..]);
    let document =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    let document = document.unwrap();
    let ec = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).unwrap();
    let ec_private = EncodingKey::from_ec_der(document.as_ref());
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let modulus = rsa.public_key().modulus().big_endian_without_leading_zero();
    let exponent = rsa
        .public_key()
        .exponent()
        .big_endian_without_leading_zero();
    let point = ec.public_key().as_ref();
    let keys = json!({ "keys": [
        { "kty": "RSA", "kid": "rsa", "n": encode(modulus), "e": encode(exponent) },
        { "kty": "EC", "kid": "ec", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..]) },
    ] });
    fs::write(folder.path().join("jwks.json"), keys.to_string()).unwrap();
    let mut entry = entry(ISSUER, &["contoso"], &[]);
    entry.as_object_mut().unwrap().remove("algorithms");
    let verifier = read(folder.path(), &[entry]).unwrap();
    for (algorithm, kid, key) in [
        (Algorithm::RS256, "rsa", &rsa_private),
        (Algorithm::PS256, "rsa", &rsa_private),
        (Algorithm::ES256, "ec", &ec_private),
    ] {
        let mut header = Header::new(algorithm);
        header.kid = Some(kid.to_owned());
        let token = jsonwebtoken::encode(&header, &claims(), key).unwrap();
        assert!(verifier.verify(&token).is_ok(), "{algorithm:?}");
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
        bytes[9] ^= 1;
        let bent = format!("{signed}.{}", encode(&bytes));
        let refused = verifier.verify(&bent).unwrap_err();
        assert_eq!(refused, "the signature does not hold", "{algorithm:?}");
    }
}

/// A provider with one key need not name it, in the token or in its set.
#[test]
fn the_only_key_needs_no_name() {
    let trusted = Trusted::new();
    let mut unnamed = header();
    unnamed.kid = None;
    let by_the_only_key = trusted.key.sign(&unnamed, &claims());
    assert!(trusted.verify(&by_the_only_key).is_ok());

    let key = |id: Option<&str>| {
        let mut key = SigningKey::generate().jwk("other");
        match id {
            Some(id) => key["kid"] = id.into(),
            None => drop(key.as_object_mut().unwrap().remove("kid")),
        }
        key
    };
    let folder = tempfile::tempdir().unwrap();
    let with = |keys: Value| {
        fs::write(
            folder.path().join("jwks.json"),
            json!({ "keys": keys }).to_string(),
        )
        .unwrap();
        read(folder.path(), &[entry(ISSUER, &["contoso"], &[])])
    };
    assert!(with(json!([key(None)])).is_ok());
    assert!(with(json!([key(None), key(Some("other"))])).is_err());
    let two = with(json!([trusted.key.jwk("ed"), key(Some("other"))])).unwrap();
    let refused = two.verify(&by_the_only_key).unwrap_err();
    assert_eq!(refused, "no key is named, and there are several");
}

/// What could be read in two ways, or in none, is refused at the start.
#[test]
fn claims_that_cannot_be_read_are_refused_at_the_start() {
    let trusted = Trusted::new();
    for claims in [
        json!({ "tenant": "" }),
        json!({ "roles": [] }),
        json!({ "tenant": 7 }),
        json!({ "tenants": "tid" }),
        json!({ "tenant_names": { "org_AbC": "Contoso" } }),
    ] {
        let mut issuer = entry(ISSUER, &["contoso"], &[]);
        issuer["claims"] = claims.clone();
        assert!(read(trusted.folder.path(), &[issuer]).is_err(), "{claims}");
    }
}

//! The claims: times, issuer and audience, roles, tenant, subject and address.

use super::*;
use crate::identity::{Kind, Role};

#[test]
fn times_must_be_numbers_and_hold() {
    let trusted = Trusted::new();
    let now = get_current_timestamp();
    for exp in [
        json!("9999999999"),
        json!(-1),
        json!(now - 31),
        json!(0),
        json!(null),
        json!([now + 300]),
        json!(true),
    ] {
        let told = exp.to_string();
        assert!(
            trusted
                .verify_claims(|claims| drop(claims.insert("exp".to_owned(), exp)))
                .is_err(),
            "exp {told}"
        );
    }
    assert!(
        trusted
            .verify_claims(|claims| drop(claims.remove("exp")))
            .is_err()
    );
    assert!(
        trusted
            .verify_claims(|claims| drop(claims.insert("nbf".to_owned(), json!(now + 3600))))
            .is_err()
    );
    assert!(
        trusted
            .verify_claims(|claims| drop(claims.insert("nbf".to_owned(), json!("soon"))))
            .is_err()
    );
    assert!(
        trusted
            .verify_claims(|claims| drop(claims.insert("nbf".to_owned(), json!(now))))
            .is_ok()
    );
    assert!(
        trusted
            .verify(&raw(
                r#"{"alg":"EdDSA","kid":"ed"}"#,
                r#"{"exp":1e400}"#,
                b"x"
            ))
            .is_err()
    );
}

/// A token says when it was made, or does not; one that was made later than now is not believed.
#[test]
fn a_token_dated_into_the_future_is_refused() {
    let trusted = Trusted::new();
    let now = get_current_timestamp();
    let made = |iat: Value| {
        let verified = trusted.verify_claims(|claims| drop(claims.insert("iat".to_owned(), iat)));
        verified.map(drop)
    };
    for good in [
        json!(now),
        json!(now + 29),
        json!(now as f64 + 0.5),
        json!(0),
    ] {
        assert_eq!(made(good), Ok(()));
    }
    for bad in [now + 32, now + 86_400, u64::MAX] {
        let refused = made(json!(bad)).unwrap_err();
        assert_eq!(
            refused, "dated into the future: do the clocks agree?",
            "{bad}"
        );
    }
    for bad in [json!(now.to_string()), json!(null), json!([now])] {
        assert!(made(bad).is_err());
    }
}

#[test]
fn issuer_and_audience_must_be_exactly_ours() {
    let trusted = Trusted::new();
    let look_alikes = [
        ("iss", json!("https://login.example")),
        ("iss", json!("https://login.example/ ")),
        ("iss", json!("HTTPS://login.example/")),
        ("iss", json!("https://login.example/.evil.example/")),
        ("iss", json!([ISSUER])),
        ("iss", json!(null)),
        ("aud", json!("partner-connect2")),
        ("aud", json!("Partner-Connect")),
        ("aud", json!(["partner", "connect"])),
        ("aud", json!([])),
        ("aud", json!(null)),
    ];
    for (claim, value) in look_alikes {
        let told = value.to_string();
        let verified = trusted.verify_claims(|claims| drop(claims.insert(claim.to_owned(), value)));
        assert!(verified.is_err(), "{claim} {told}");
        assert!(
            trusted
                .verify_claims(|claims| drop(claims.remove(claim)))
                .is_err(),
            "no {claim}"
        );
    }
    assert!(
        trusted
            .verify_claims(|claims| drop(
                claims.insert("aud".to_owned(), json!(["other", "partner-connect"]))
            ))
            .is_ok()
    );
}

#[test]
fn roles_are_a_short_list_of_texts() {
    let trusted = Trusted::new();
    let with = |roles: Value| {
        trusted.verify_claims(|claims| drop(claims.insert("groups".to_owned(), roles)))
    };
    for roles in [
        json!("admin-agent"),
        json!({ "admin-agent": true }),
        json!(["admin-agent", 1]),
        json!(null),
    ] {
        let told = roles.to_string();
        assert!(with(roles).is_err(), "{told}");
    }
    assert!(with(json!(vec!["admin-agent"; 10_000])).is_err());
    assert!(with(json!(vec!["r"; 101])).is_err());
    for roles in [
        json!([]),
        json!(["owner", "Global-Admin", "admin-agent ", ""]),
    ] {
        let caller = with(roles).unwrap();
        assert!(!caller.has(Role::AdminAgent) && !caller.has(Role::GlobalAdmin));
    }
    assert!(
        trusted
            .verify_claims(|claims| drop(claims.remove("groups")))
            .is_ok()
    );
}

#[test]
fn an_issuer_asserts_its_own_tenants_alone() {
    let trusted = Trusted::new();
    for tenant in [
        json!("northwind"),
        json!("*"),
        json!("Contoso"),
        json!("contoso "),
        json!(""),
        json!(7),
        json!(null),
    ] {
        let told = tenant.to_string();
        let verified =
            trusted.verify_claims(|claims| drop(claims.insert("tid".to_owned(), tenant)));
        assert!(verified.is_err(), "{told}");
    }
    assert!(
        trusted
            .verify_claims(|claims| drop(claims.remove("tid")))
            .is_err()
    );
    for subject in [
        json!(""),
        json!(" "),
        json!("a\nb"),
        json!("x".repeat(256)),
        json!(7),
    ] {
        let verified =
            trusted.verify_claims(|claims| drop(claims.insert("sub".to_owned(), subject)));
        assert!(verified.is_err());
    }
}

#[test]
fn operator_and_service_are_off_unless_the_issuer_may_assert_them() {
    let with = |trusted: &Trusted, roles: Value| {
        trusted
            .verify_claims(|claims| drop(claims.insert("groups".to_owned(), roles)))
            .map(|caller| caller.kind)
    };
    let tenant = Kind::Tenant {
        tenant: "contoso".to_owned(),
        roles: vec![Role::GlobalAdmin],
    };
    assert_eq!(
        with(
            &Trusted::new(),
            json!(["operator", "service", "global-admin"])
        ),
        Ok(tenant)
    );

    let trusted = Trusted::with(&[entry(ISSUER, &["contoso"], &["operator", "service"])]);
    assert_eq!(
        with(&trusted, json!(["operator", "global-admin"])),
        Ok(Kind::Operator)
    );
    assert_eq!(
        with(&trusted, json!(["service", "global-admin"])),
        Ok(Kind::Service)
    );
    assert!(with(&trusted, json!(["service", "operator"])).is_err());
}

#[test]
fn an_address_counts_only_when_the_issuer_verified_it() {
    let trusted = Trusted::new();
    for verified in [json!(false), json!("true"), json!(1), json!(null)] {
        let caller = trusted
            .verify_claims(|claims| drop(claims.insert("email_verified".to_owned(), verified)));
        assert_eq!(caller.unwrap().email, None);
    }
    assert_eq!(
        trusted
            .verify_claims(|claims| drop(claims.remove("email_verified")))
            .unwrap()
            .email,
        None
    );
}

/// An address that is none counts as absent: the token is good, and proves no address.
#[test]
fn an_address_that_is_none_proves_nothing() {
    let trusted = Trusted::new();
    let email = |value: Value| {
        let verified =
            trusted.verify_claims(|claims| drop(claims.insert("email".to_owned(), value)));
        let email = verified.unwrap().email;
        email.map(|address| address.as_str().to_owned())
    };
    for none in [
        json!("@contoso.example"),
        json!("ana@"),
        json!("x@evil.example@contoso.example"),
        json!("ana"),
        json!(["ana@contoso.example"]),
        json!(null),
    ] {
        let told = none.to_string();
        assert_eq!(email(none), None, "{told}");
    }
    let kelvin = "mi\u{212a}e@contoso.example";
    assert_eq!(email(json!(kelvin)).as_deref(), Some(kelvin));
}

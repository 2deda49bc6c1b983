//! What is believed of a provider, how it is told who asks, and what its refusals come to.

use base64::engine::general_purpose::STANDARD;

use super::*;

/// What the provider says of itself is asked once, and again after five minutes.
#[tokio::test]
async fn discovery_is_remembered_for_a_while() {
    let login = Login::start().await;
    let sign_in = login.sign_in();
    assert!(!sign_in.requires_iss().await.unwrap());
    login
        .does(|does| does.metadata["authorization_response_iss_parameter_supported"] = true.into());
    assert!(!sign_in.requires_iss().await.unwrap());
    assert_eq!(login.does(|does| does.asked), 1);
    pass_five_minutes().await;
    assert!(sign_in.requires_iss().await.unwrap());
    assert_eq!(sign_in.issuer(), login.url);
}

/// Who says that it is another issuer, or has an address that anybody could answer for, is none.
#[tokio::test]
async fn wrong_discovery_is_not_believed() {
    for (name, value) in [
        ("issuer", "https://evil.example"),
        ("token_endpoint", "http://login.example/token"),
        ("authorization_endpoint", "javascript:alert(1)"),
    ] {
        let login = Login::start().await;
        login.does(|does| does.metadata[name] = value.into());
        let begun = login.sign_in().begin().await;
        assert_eq!(begun.unwrap_err(), SignInError::Away, "{name}");
    }
}

/// The endpoints of a provider with TLS have it as well, on this machine too.
#[test]
fn endpoints_are_as_secure_as_the_issuer() {
    let discovery = |issuer: &str| {
        let fetcher = Fetcher::new(None).unwrap();
        Discovery::new(issuer.to_owned(), Address::parse(issuer).unwrap(), fetcher)
    };
    let (plain, secure) = ("http://localhost/token", "https://login.example/token");
    assert!(
        discovery("https://login.example")
            .endpoint("token_endpoint", plain)
            .is_err()
    );
    assert!(
        discovery("https://login.example")
            .endpoint("token_endpoint", secure)
            .is_ok()
    );
    assert!(
        discovery("http://localhost")
            .endpoint("token_endpoint", plain)
            .is_ok()
    );
}

/// What the provider refuses is refused, with the name of the error and nothing else of it.
#[tokio::test]
async fn a_refused_code_is_refused() {
    let login = Login::start().await;
    let sign_in = login.sign_in();
    for (error, reason) in [
        ("invalid_grant", "invalid_grant"),
        ("Ana's code", "an unusual error"),
    ] {
        let answer = json!({ "error": error, "error_description": "the code of Ana" });
        login.does(|does| does.answer = (StatusCode::BAD_REQUEST, answer));
        let refused = SignInError::Refused(reason.to_owned());
        assert_eq!(login.signed_in(&sign_in).await.unwrap_err(), refused);
        assert_eq!(sign_in.renew("refresh").await.unwrap_err(), refused);
    }
}

/// A provider that cannot answer, redirects or talks nonsense is away, and nobody is refused.
#[tokio::test]
async fn a_provider_may_be_away() {
    let login = Login::start().await;
    let sign_in = login.sign_in();
    let error = json!({ "error": "temporarily_unavailable" });
    for answer in [
        (
            StatusCode::SERVICE_UNAVAILABLE,
            json!({ "error": "invalid_grant" }),
        ),
        (
            StatusCode::TOO_MANY_REQUESTS,
            json!({ "error": "slow_down" }),
        ),
        (StatusCode::BAD_REQUEST, error),
        (StatusCode::FORBIDDEN, json!("not for you")),
        (StatusCode::TEMPORARY_REDIRECT, json!({})),
        (StatusCode::OK, json!({ "access_token": "access" })),
        (
            StatusCode::OK,
            json!({ "access_token": "access", "token_type": "DPoP" }),
        ),
    ] {
        login.does(|does| does.answer = answer);
        let refused = login.signed_in(&sign_in).await.unwrap_err();
        assert_eq!(refused, SignInError::Away);
    }
    let mut nobody = login.application();
    nobody.issuer = "http://127.0.0.1:1".to_owned();
    let begun = SignIn::new(nobody).unwrap().begin().await;
    assert_eq!(begun.unwrap_err(), SignInError::Away);
}

/// A secret goes by basic authentication, encoded first, or in the form where only that is taken.
#[tokio::test]
async fn a_secret_is_sent_as_the_provider_takes_it() {
    let login = Login::start().await;
    let mut application = login.application();
    application.client_secret = Some("a:b+c ü".to_owned());
    let sign_in = SignIn::new(application).unwrap();
    login.signed_in(&sign_in).await.unwrap();
    let basic = STANDARD.encode("pages+of+partners:a%3Ab%2Bc+%C3%BC");
    login.does(|does| {
        assert_eq!(does.authorization, Some(format!("Basic {basic}")));
        assert!(!does.form.contains_key("client_secret"));
        does.metadata["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]);
    });
    let mut application = login.application();
    application.client_secret = Some("a:b+c ü".to_owned());
    let sign_in = SignIn::new(application).unwrap();
    login.signed_in(&sign_in).await.unwrap();
    login.does(|does| {
        assert_eq!(does.authorization, None);
        assert_eq!(does.form["client_id"], CLIENT);
        assert_eq!(does.form["client_secret"], "a:b+c ü");
    });
}

//! Signing in at a provider on loopback that says and signs what a test wants: an ID token is
//! believed for the one sign-in that it was made for, and for no other.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;

use super::*;
use crate::identity::{Application, Kept, SignIn, SignInError};

const CLIENT: &str = "web";

/// A provider, and what it was asked.
#[derive(Clone)]
struct Provider {
    issuer: String,
    key: Arc<SigningKey>,
    says: Arc<Mutex<Says>>,
}

/// What differs from what a provider usually says.
#[derive(Default)]
struct Says {
    metadata: Map<String, Value>,
    claims: Map<String, Value>,
    /// Another key than the one that is published.
    other_key: bool,
    /// The status with which it refuses, and why.
    refuses: Option<(u16, &'static str)>,
    nonce: String,
    /// The form that was sent, and what stood in the header beside it.
    asked: String,
    authorization: Option<String>,
}

impl Provider {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Self {
            issuer: format!("http://{}", listener.local_addr().unwrap()),
            key: Arc::new(SigningKey::generate()),
            says: Arc::default(),
        };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(provider.clone());
        tokio::spawn(async { axum::serve(listener, routes).await });
        provider
    }

    fn says(&self, change: impl FnOnce(&mut Says)) {
        change(&mut self.says.lock().unwrap());
    }

    fn sign_in(&self, client_secret: Option<&str>) -> SignIn {
        SignIn::new(Application {
            issuer: self.issuer.clone(),
            client_id: CLIENT.to_owned(),
            client_secret: client_secret.map(str::to_owned),
            redirect_uri: "https://connect.example/sign-in/return".to_owned(),
            scope: "openid email".to_owned(),
            resource: None,
            authorities: None,
        })
        .unwrap()
    }

    /// A sign-in that has begun, of which the provider knows what it has to repeat.
    async fn begun(&self, sign_in: &SignIn) -> Kept {
        let begun = sign_in.begin().await.unwrap();
        self.says(|says| says.nonce = begun.kept.nonce.clone());
        begun.kept
    }

    /// Signs in, where one claim of the ID token is another; none where it is null.
    async fn with_claim(&self, claim: &str, value: Value) -> Result<(), SignInError> {
        self.says(|says| says.claims = Map::from_iter([(claim.to_owned(), value)]));
        let sign_in = self.sign_in(None);
        let kept = self.begun(&sign_in).await;
        sign_in.finish("code", &kept).await.map(drop)
    }
}

async fn metadata(State(provider): State<Provider>) -> String {
    let at = |path: &str| format!("{}/{path}", provider.issuer);
    let mut metadata = json!({
        "issuer": provider.issuer, "authorization_endpoint": at("authorize?theme=calm"),
        "token_endpoint": at("token"), "jwks_uri": at("keys"), "end_session_endpoint": at("end"),
    });
    let others = provider.says.lock().unwrap().metadata.clone();
    metadata.as_object_mut().unwrap().extend(others);
    metadata.to_string()
}

async fn keys(State(provider): State<Provider>) -> String {
    json!({ "keys": [provider.key.jwk("k")] }).to_string()
}

async fn token(State(provider): State<Provider>, headers: HeaderMap, form: String) -> Response {
    let mut says = provider.says.lock().unwrap();
    let authorization = headers.get("authorization");
    says.authorization = authorization.map(|value| value.to_str().unwrap().to_owned());
    says.asked = form;
    if let Some((status, error)) = says.refuses {
        let status = StatusCode::from_u16(status).unwrap();
        return (status, json!({ "error": error }).to_string()).into_response();
    }
    let now = get_current_timestamp();
    let mut claims = json!({
        "iss": provider.issuer, "aud": CLIENT, "sub": "ana", "name": "Ana Lima",
        "nonce": says.nonce, "iat": now, "exp": now + 60,
    });
    let claims = claims.as_object_mut().unwrap();
    claims.extend(says.claims.clone());
    claims.retain(|_, value| !value.is_null());
    let other = SigningKey::generate();
    let key = if says.other_key {
        &other
    } else {
        &*provider.key
    };
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some("k".to_owned());
    let tokens = json!({
        "access_token": "for the API", "refresh_token": "renews", "expires_in": 90,
        "id_token": key.sign(&header, claims), "token_type": "Bearer",
    });
    tokens.to_string().into_response()
}

fn refused(what: Result<(), SignInError>) -> String {
    match what {
        Err(SignInError::Refused(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

/// What is asked for, and what is given: the browser is sent to the provider with a challenge, and
/// the code is redeemed with what the challenge was made of.
#[tokio::test]
async fn a_person_signs_in() {
    let provider = Provider::start().await;
    let sign_in = provider.sign_in(None);
    let begun = sign_in.begin().await.unwrap();
    let address = &begun.address;
    assert!(address.starts_with(&format!("{}/authorize?theme=calm&", provider.issuer)));
    for parameter in [
        "response_type=code",
        "client_id=web",
        "redirect_uri=https%3A%2F%2Fconnect.example%2Fsign-in%2Freturn",
        "scope=openid%20email",
        "code_challenge_method=S256",
        &format!("state={}", begun.kept.state),
        &format!("nonce={}", begun.kept.nonce),
    ] {
        assert!(
            address.split('&').any(|part| part == parameter),
            "{address}"
        );
    }
    assert!(
        !address.contains(&begun.kept.verifier),
        "secret until the end"
    );
    let kept = provider.begun(&sign_in).await;
    let given = sign_in.finish("a code", &kept).await.unwrap();
    assert_eq!(given.access_token, "for the API");
    assert_eq!(given.name.as_deref(), Some("Ana Lima"));
    let left = given.expires - get_current_timestamp();
    assert!((80..=90).contains(&left), "{left}");
    let asked = provider.says.lock().unwrap().asked.clone();
    for field in [
        "grant_type=authorization_code".to_owned(),
        "code=a%20code".to_owned(),
        "client_id=web".to_owned(),
        format!("code_verifier={}", kept.verifier),
    ] {
        assert!(asked.split('&').any(|part| part == field), "{asked}");
    }
    let renewed = sign_in.renew("renews").await.unwrap();
    assert_eq!(renewed.refresh_token.as_deref(), Some("renews"));
    let end = sign_in
        .end_session("the token", "https://connect.example/out")
        .await;
    let end = end.unwrap().unwrap();
    assert!(end.starts_with(&format!(
        "{}/end?id_token_hint=the%20token&",
        provider.issuer
    )));
}

/// An ID token that is another's, of another, old, unsigned or for another sign-in signs nobody in.
#[tokio::test]
async fn an_id_token_is_for_one_sign_in() {
    let provider = Provider::start().await;
    let now = get_current_timestamp();
    for (claim, value, reason) in [
        ("nonce", json!("another"), "another sign-in"),
        ("nonce", Value::Null, "another sign-in"),
        ("aud", json!("another"), "another audience"),
        ("aud", json!(["web", "another"]), "does not say whose"),
        ("azp", json!("another"), "another application's"),
        ("iss", json!("https://another.example"), "another issuer"),
        ("exp", json!(now - 60), "expired"),
        ("iat", json!(now + 600), "future"),
    ] {
        let told = refused(provider.with_claim(claim, value.clone()).await);
        assert!(told.contains(reason), "{claim} {value}: {told}");
    }
    let both = json!(["web", "another"]);
    provider.says(|says| says.claims = Map::from_iter([("azp".to_owned(), json!("web"))]));
    provider.says(|says| drop(says.claims.insert("aud".to_owned(), both)));
    let sign_in = provider.sign_in(None);
    let kept = provider.begun(&sign_in).await;
    assert!(
        sign_in.finish("code", &kept).await.is_ok(),
        "it says that it is ours"
    );
    provider.says(|says| says.other_key = true);
    let told = refused(sign_in.finish("code", &kept).await.map(drop));
    assert!(told.contains("signature"), "{told}");
}

/// What the provider refuses is told to the log by its name; what it cannot answer, or answers for
/// another, is no refusal.
#[tokio::test]
async fn a_provider_refuses_or_is_away() {
    let provider = Provider::start().await;
    let sign_in = provider.sign_in(None);
    let kept = provider.begun(&sign_in).await;
    provider.says(|says| says.refuses = Some((400, "invalid_grant")));
    let told = refused(sign_in.finish("code", &kept).await.map(drop));
    assert_eq!(told, "invalid_grant");
    provider.says(|says| says.refuses = Some((503, "busy")));
    let away = sign_in.renew("renews").await.map(drop);
    assert_eq!(away, Err(SignInError::Away));
    let other = Map::from_iter([("issuer".to_owned(), json!("https://another.example"))]);
    provider.says(|says| says.metadata = other);
    let away = provider.sign_in(None).begin().await.map(drop);
    assert_eq!(away, Err(SignInError::Away), "it is another");
}

/// A secret goes in the header, or in the form where the provider takes it nowhere else.
#[tokio::test]
async fn an_application_proves_itself() {
    let provider = Provider::start().await;
    let sign_in = provider.sign_in(Some("a secret&"));
    let kept = provider.begun(&sign_in).await;
    sign_in.finish("code", &kept).await.unwrap();
    let asked = |provider: &Provider| {
        let says = provider.says.lock().unwrap();
        (
            says.authorization.clone(),
            says.asked.contains("client_secret="),
        )
    };
    // web:a%20secret%26
    assert_eq!(
        asked(&provider),
        (Some("Basic d2ViOmElMjBzZWNyZXQlMjY=".to_owned()), false)
    );
    let methods = json!(["client_secret_post"]);
    let name = "token_endpoint_auth_methods_supported".to_owned();
    provider.says(|says| drop(says.metadata.insert(name, methods)));
    let sign_in = provider.sign_in(Some("a secret&"));
    let kept = provider.begun(&sign_in).await;
    sign_in.finish("code", &kept).await.unwrap();
    assert_eq!(asked(&provider), (None, true));
}

/// An application needs an address of a provider that nobody on the way can answer for.
#[test]
fn an_application_is_checked_at_the_start() {
    let application = |issuer: &str, scope: &str| Application {
        issuer: issuer.to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret: None,
        redirect_uri: "https://connect.example/sign-in/return".to_owned(),
        scope: scope.to_owned(),
        resource: None,
        authorities: None,
    };
    assert!(SignIn::new(application("http://login.example", "openid")).is_err());
    assert!(SignIn::new(application("https://login.example", "email")).is_err());
    assert!(SignIn::new(application("https://login.example", "email openid")).is_ok());
}

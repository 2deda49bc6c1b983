//! Sign-ins at a provider of the test's own. What must be refused is a good answer with one thing
//! wrong with it, so that nothing else refuses it.

mod provider;

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use jsonwebtoken::{Algorithm, Header};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;
use crate::keys::SigningKey;

const CLIENT: &str = "pages of partners";
const BACK: &str = "https://partners.example/signed-in?from=login";

/// The provider, and what it does.
#[derive(Clone)]
struct Login {
    url: String,
    does: Arc<Mutex<Does>>,
}

struct Does {
    /// The key that it publishes, the one that its tokens name, and the one that signs them.
    published: Arc<SigningKey>,
    named: Arc<SigningKey>,
    signs: Arc<SigningKey>,
    /// What it says of itself, and how often it was asked.
    metadata: Value,
    asked: usize,
    /// The claims of its ID tokens, and what its token endpoint answers beside them.
    claims: Value,
    answer: (StatusCode, Value),
    /// The last form, and how its sender named itself.
    form: HashMap<String, String>,
    authorization: Option<String>,
}

impl Login {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let now = get_current_timestamp();
        let key = Arc::new(SigningKey::generate());
        let does = Does {
            published: key.clone(),
            named: key.clone(),
            signs: key,
            metadata: json!({
                "issuer": url, "jwks_uri": format!("{url}/keys"),
                "authorization_endpoint": format!("{url}/authorize?policy=usual"),
                "token_endpoint": format!("{url}/token"),
                "end_session_endpoint": format!("{url}/end"),
            }),
            asked: 0,
            claims: json!({
                "iss": url, "aud": CLIENT, "sub": "ana", "iat": now, "exp": now + 300,
                "name": "Ana", "preferred_username": "ana@contoso.example",
            }),
            answer: (
                StatusCode::OK,
                json!({
                    "access_token": "access", "token_type": "Bearer", "expires_in": 60,
                    "refresh_token": "refresh",
                }),
            ),
            form: HashMap::new(),
            authorization: None,
        };
        let does = Arc::new(Mutex::new(does));
        let login = Self { url, does };
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(jwks))
            .route("/token", post(token))
            .with_state(login.clone());
        tokio::spawn(async { axum::serve(listener, routes).await });
        login
    }

    fn does<T>(&self, change: impl FnOnce(&mut Does) -> T) -> T {
        change(&mut self.does.lock().unwrap())
    }

    fn claim(&self, name: &str, value: impl Into<Value>) {
        self.does(|does| does.claims[name] = value.into());
    }

    fn application(&self) -> Application {
        Application {
            issuer: self.url.clone(),
            client_id: CLIENT.to_owned(),
            client_secret: None,
            redirect_uri: BACK.to_owned(),
            scope: "openid offline_access".to_owned(),
            resource: None,
            authorities: None,
        }
    }

    fn sign_in(&self) -> SignIn {
        SignIn::new(self.application()).unwrap()
    }

    /// Begins, and has the nonce come back in the ID token.
    async fn begun(&self, sign_in: &SignIn) -> Kept {
        let begun = sign_in.begin().await.unwrap();
        self.claim("nonce", parameters(&begun.address)["nonce"].as_str());
        begun.kept
    }

    async fn signed_in(&self, sign_in: &SignIn) -> Result<SignedIn, SignInError> {
        let kept = self.begun(sign_in).await;
        sign_in.finish("the code", &kept).await
    }

    /// Why an ID token does not hold in which this is changed.
    async fn refused(change: impl FnOnce(&Self)) -> String {
        let login = Self::start().await;
        let sign_in = login.sign_in();
        let kept = login.begun(&sign_in).await;
        change(&login);
        match sign_in.finish("the code", &kept).await {
            Err(SignInError::Refused(reason)) => reason,
            other => panic!("{other:?}"),
        }
    }
}

async fn metadata(State(login): State<Login>) -> String {
    login.does(|does| {
        does.asked += 1;
        does.metadata.to_string()
    })
}

async fn jwks(State(login): State<Login>) -> String {
    login.does(|does| json!({ "keys": [does.published.jwk(&id_of(&does.published))] }).to_string())
}

async fn token(
    State(login): State<Login>,
    headers: HeaderMap,
    form: String,
) -> (StatusCode, String) {
    login.does(|does| {
        let authorization = headers.get(AUTHORIZATION);
        does.authorization = authorization.map(|value| value.to_str().unwrap().to_owned());
        does.form = form_urlencoded::parse(form.as_bytes())
            .into_owned()
            .collect();
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(id_of(&does.named));
        let (status, mut answer) = does.answer.clone();
        if status == StatusCode::OK {
            answer["id_token"] = json!(does.signs.sign(&header, &does.claims));
        }
        (status, answer.to_string())
    })
}

/// A key is called by what it is.
fn id_of(key: &SigningKey) -> String {
    key.jwk("")["x"].as_str().unwrap()[..8].to_owned()
}

/// Of this machine's durations, not of the system's time.
async fn pass_five_minutes() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(301)).await;
    tokio::time::resume();
}

fn parameters(address: &str) -> HashMap<String, String> {
    let (_, query) = address.split_once('?').unwrap();
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

/// The whole way: what the browser is sent with, what redeems the code, who has signed in.
#[tokio::test]
async fn somebody_signs_in() {
    let login = Login::start().await;
    let mut application = login.application();
    application.resource = Some("https://api.example/".to_owned());
    let sign_in = SignIn::new(application).unwrap();
    let Begun { address, kept } = sign_in.begin().await.unwrap();
    let place = format!("{}/authorize?policy=usual&", login.url);
    assert!(address.starts_with(&place), "{address}");
    let sent = parameters(&address);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(kept.verifier.as_bytes()));
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", BACK),
        ("scope", "openid offline_access"),
        ("resource", "https://api.example/"),
        ("state", &kept.state),
        ("nonce", &kept.nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(sent[name], value, "{name}");
    }
    login.claim("nonce", kept.nonce.as_str());
    let before = get_current_timestamp();
    let signed_in = sign_in.finish("the code", &kept).await.unwrap();
    let form = login.does(|does| does.form.clone());
    let expected = [
        ("grant_type", "authorization_code"),
        ("code", "the code"),
        ("redirect_uri", BACK),
        ("code_verifier", &kept.verifier),
        ("resource", "https://api.example/"),
        ("client_id", CLIENT),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(form, HashMap::from(expected));
    assert_eq!(signed_in.access_token, "access");
    assert_eq!(signed_in.refresh_token.as_deref(), Some("refresh"));
    assert_eq!(signed_in.name.as_deref(), Some("Ana"));
    assert!((before + 60..=get_current_timestamp() + 60).contains(&signed_in.expires));
}

/// Each sign-in has a state, a nonce and a verifier of its own, which nobody guesses.
#[tokio::test]
async fn nothing_is_used_twice() {
    let sign_in = Login::start().await.sign_in();
    let (one, other) = (sign_in.begin().await, sign_in.begin().await);
    let all = |kept: Kept| [kept.state, kept.nonce, kept.verifier];
    let mut all = [all(one.unwrap().kept), all(other.unwrap().kept)].concat();
    assert!(all.iter().all(|random| random.len() == 43));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 6);
}

/// An ID token holds only for this sign-in, of this issuer, for this application, now.
#[tokio::test]
async fn an_id_token_that_does_not_hold_is_refused() {
    let past = get_current_timestamp() - 3600;
    for (claim, value, reason) in [
        ("nonce", json!("another"), "nonce"),
        ("nonce", Value::Null, "nonce"),
        ("aud", json!("another"), "audience"),
        ("aud", json!([CLIENT, "another"]), "which party"),
        ("azp", json!("another"), "another party"),
        ("iss", json!("https://evil.example"), "issuer"),
        ("exp", json!(past), "expired"),
        ("iat", json!(past + 7200), "future"),
        ("iat", Value::Null, "malformed"),
        ("sub", json!(""), "subject"),
    ] {
        let refused = Login::refused(|login| login.claim(claim, value.clone())).await;
        assert!(refused.contains(reason), "{claim} {value}: {refused}");
    }
    let refused = Login::refused(|login| {
        login.does(|does| does.claims.as_object_mut().unwrap().remove("iat"));
    });
    assert!(refused.await.contains("when it was made"));
}

/// An ID token signed by another key than the one it names is refused.
#[tokio::test]
async fn another_key_is_refused() {
    let change = |login: &Login| login.does(|does| does.signs = SigningKey::generate().into());
    let refused = Login::refused(change).await;
    assert!(refused.contains("signature"), "{refused}");
}

/// A token for several audiences is good where it says that it was made for this party.
#[tokio::test]
async fn several_audiences_are_good_for_their_party() {
    let login = Login::start().await;
    login.claim("aud", json!([CLIENT, "another"]));
    login.claim("azp", CLIENT);
    login.signed_in(&login.sign_in()).await.unwrap();
}

/// A key that replaces the known one is found at once, while the old one is not believed any more.
#[tokio::test]
async fn a_new_key_is_found() {
    let login = Login::start().await;
    let sign_in = login.sign_in();
    login.signed_in(&sign_in).await.unwrap();
    let new = Arc::new(SigningKey::generate());
    let old = login.does(|does| {
        (does.published, does.named) = (new.clone(), new.clone());
        std::mem::replace(&mut does.signs, new)
    });
    login.signed_in(&sign_in).await.unwrap();
    login.does(|does| (does.named, does.signs) = (old.clone(), old));
    let refused = login.signed_in(&sign_in).await.unwrap_err();
    assert!(refused.to_string().contains("the key is unknown"));
}

/// A key that is withdrawn is not believed after five minutes, whether or not another was missed.
#[tokio::test]
async fn a_withdrawn_key_is_forgotten() {
    let login = Login::start().await;
    let sign_in = login.sign_in();
    login.signed_in(&sign_in).await.unwrap();
    login.does(|does| does.published = SigningKey::generate().into());
    login.signed_in(&sign_in).await.unwrap();
    pass_five_minutes().await;
    let refused = login.signed_in(&sign_in).await.unwrap_err();
    assert!(refused.to_string().contains("the key is unknown"));
}

/// A session is renewed without a nonce, and its new ID token is believed only if it holds.
#[tokio::test]
async fn a_session_is_renewed() {
    let login = Login::start().await;
    let sign_in = login.sign_in();
    login.does(|does| does.answer.1["expires_in"] = Value::Null);
    let renewed = sign_in.renew("refresh").await.unwrap();
    login.does(|does| {
        assert_eq!(does.form["grant_type"], "refresh_token");
        assert_eq!(does.form["refresh_token"], "refresh");
    });
    assert!(renewed.id_token.is_some());
    let minutes = renewed.expires.abs_diff(get_current_timestamp() + 300);
    assert!(minutes < 5, "five minutes where nothing is said");
    login.claim("aud", "another");
    let refused = sign_in.renew("refresh").await.unwrap_err();
    assert!(matches!(refused, SignInError::Refused(_)), "{refused:?}");
}

/// The provider's session ends where it says, and nowhere if it has no such place.
#[tokio::test]
async fn a_session_ends_at_the_provider() {
    let login = Login::start().await;
    let ended = login.sign_in().end_session("id", BACK).await.unwrap();
    let sent = parameters(&ended.unwrap());
    assert_eq!(sent["id_token_hint"], "id");
    assert_eq!(sent["client_id"], CLIENT);
    assert_eq!(sent["post_logout_redirect_uri"], BACK);
    login.does(|does| {
        let metadata = does.metadata.as_object_mut().unwrap();
        metadata.remove("end_session_endpoint");
    });
    let ended = login.sign_in().end_session("id", BACK).await.unwrap();
    assert_eq!(ended, None);
}

/// The name is the person's, else how it signs in, else there is none.
#[tokio::test]
async fn a_person_has_a_name() {
    let login = Login::start().await;
    let sign_in = login.sign_in();
    login.claim("name", " ");
    let name = login.signed_in(&sign_in).await.unwrap().name;
    assert_eq!(name.as_deref(), Some("ana@contoso.example"));
    login.claim("preferred_username", Value::Null);
    assert_eq!(login.signed_in(&sign_in).await.unwrap().name, None);
}

/// A wrong configuration is told at the start, in a line.
#[tokio::test]
async fn a_wrong_configuration_is_told() {
    let login = Login::start().await;
    let changes: [fn(&mut Application); 7] = [
        |wrong| wrong.issuer = "http://login.example".to_owned(),
        |wrong| wrong.issuer.push_str("?tenant=contoso"),
        |wrong| wrong.client_id.clear(),
        |wrong| wrong.client_secret = Some(String::new()),
        |wrong| wrong.redirect_uri = "/signed-in".to_owned(),
        |wrong| wrong.scope = "openid_connect".to_owned(),
        |wrong| wrong.authorities = Some("nowhere.pem".into()),
    ];
    for change in changes {
        let mut application = login.application();
        change(&mut application);
        let wrong = SignIn::new(application).unwrap_err();
        assert!(!wrong.is_empty() && !wrong.contains('\n'), "{wrong}");
    }
}

/// Nothing that is secret or personal is shown.
#[tokio::test]
async fn nothing_secret_is_shown() {
    let login = Login::start().await;
    let sign_in = login.sign_in();
    let begun = sign_in.begin().await.unwrap();
    let signed_in = login.signed_in(&sign_in).await.unwrap();
    let shown = format!("{begun:?} {:?} {signed_in:?} {sign_in:?}", begun.kept);
    assert_eq!(shown, "Begun(…) Kept(…) SignedIn(…) SignIn(…)");
}

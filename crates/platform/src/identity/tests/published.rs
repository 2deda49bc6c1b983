//! Keys that an issuer publishes, on a server of its own: found, fetched once for all, changed,
//! dropped, and away.
#![expect(clippy::disallowed_methods, reason = "measures durations")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::*;
use crate::identity::published::Times;
use crate::identity::verifier::KEYS_AWAY;

/// How many tokens were made.
static MADE: AtomicUsize = AtomicUsize::new(0);

const TIMES: Times = Times {
    fresh: Duration::from_secs(3600),
    again: Duration::from_millis(200),
    kept: Duration::from_secs(3600),
};

/// What the server answers, and how often its keys were asked for.
#[derive(Clone, Default)]
struct Published {
    url: String,
    keys: Arc<Mutex<Vec<Value>>>,
    answer: Arc<Mutex<Answer>>,
    asked: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Answer {
    #[default]
    Keys,
    Away,
    Slow,
    Elsewhere,
    Huge,
    Garbage,
    OtherIssuer,
}

impl Published {
    async fn start(keys: &[&SigningKey]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let published = Self {
            url,
            ..Self::default()
        };
        published.publish(keys);
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(jwks))
            .with_state(published.clone());
        tokio::spawn(async { axum::serve(listener, routes).await });
        published
    }

    /// Publishes these keys and no other: "k0", "k1", …
    fn publish(&self, keys: &[&SigningKey]) {
        let named = keys.iter().map(|key| key.jwk(&id_of(key)));
        *self.keys.lock().unwrap() = named.collect();
    }

    fn answer(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn verifier(&self, times: Times) -> Verifier {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("issuers.json");
        let mut entry = entry(&self.url, &["contoso"], &[]);
        entry.as_object_mut().unwrap().remove("jwks_file");
        fs::write(&file, json!({ "issuers": [entry] }).to_string()).unwrap();
        Verifier::read_with(&file, times).unwrap()
    }

    /// A token by this key, another one at each call.
    fn token(&self, key: &SigningKey) -> String {
        let mut claims = claims();
        claims.insert("iss".to_owned(), json!(self.url));
        claims.insert("jti".to_owned(), json!(MADE.fetch_add(1, Ordering::SeqCst)));
        let mut header = header();
        header.kid = Some(id_of(key));
        key.sign(&header, &claims)
    }
}

/// A key is called by what it is.
fn id_of(key: &SigningKey) -> String {
    key.jwk("")["x"].as_str().unwrap()[..8].to_owned()
}

async fn metadata(State(published): State<Published>) -> Json {
    let issuer = match *published.answer.lock().unwrap() {
        Answer::OtherIssuer => "https://evil.example".to_owned(),
        _ => published.url.clone(),
    };
    Json(json!({ "issuer": issuer, "jwks_uri": format!("{}/keys", published.url) }))
}

struct Json(Value);

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        self.0.to_string().into_response()
    }
}

async fn jwks(State(published): State<Published>) -> Response {
    published.asked.fetch_add(1, Ordering::SeqCst);
    let answer = *published.answer.lock().unwrap();
    match answer {
        Answer::Keys | Answer::OtherIssuer => {
            // so that others come while it is under way
            sleep(Duration::from_millis(20)).await;
            let keys = published.keys.lock().unwrap().clone();
            Json(json!({ "keys": keys })).into_response()
        }
        Answer::Away => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Answer::Slow => {
            sleep(Duration::from_secs(60)).await;
            StatusCode::OK.into_response()
        }
        Answer::Elsewhere => Redirect::temporary("https://evil.example/keys").into_response(),
        Answer::Huge => " ".repeat(2 << 20).into_response(),
        Answer::Garbage => "{}".into_response(),
    }
}

/// As a call does it: once, and once more where a key was missed and others were found.
async fn admitted(verifier: &Verifier, token: &str) -> Result<(), &'static str> {
    match verifier.verify(token) {
        Ok(_) => Ok(()),
        Err(_) if verifier.missed_a_key_of(token).await => verifier.verify(token).map(drop),
        Err(reason) => Err(reason),
    }
}

/// Found by the issuer's name alone, once for all who wait.
#[tokio::test]
async fn keys_are_fetched_once_for_all() {
    let key = SigningKey::generate();
    let published = Published::start(&[&key]).await;
    let verifier = published.verifier(TIMES);
    let mut callers = JoinSet::new();
    for _ in 0..50 {
        let (verifier, token) = (verifier.clone(), published.token(&key));
        callers.spawn(async move { admitted(&verifier, &token).await });
    }
    assert!(callers.join_all().await.iter().all(Result::is_ok));
    assert_eq!(published.asked(), 1);
}

/// A new key is known at its first token, and a dropped one is dead with it, also for tokens that
/// were verified before. Under 50 calls a second nothing valid is refused.
#[tokio::test]
async fn a_rotation_refuses_nothing_that_is_valid() {
    let (old, new) = (SigningKey::generate(), SigningKey::generate());
    let published = Published::start(&[&old]).await;
    let verifier = published.verifier(Times {
        fresh: Duration::from_millis(500),
        ..TIMES
    });
    let keeping = tokio::spawn({
        let verifier = verifier.clone();
        async move { verifier.keep_fresh().await }
    });
    let by_old = published.token(&old);
    let begin = Instant::now();
    let (mut refused, mut last_good) = (0, Duration::ZERO);
    while begin.elapsed() < Duration::from_secs(3) {
        let second = begin.elapsed().as_secs();
        match second {
            0 => published.publish(&[&old]),
            1 => published.publish(&[&old, &new]),
            _ => published.publish(&[&new]),
        }
        let valid = if second == 0 { &old } else { &new };
        if admitted(&verifier, &published.token(valid)).await.is_err() {
            refused += 1;
        }
        if admitted(&verifier, &by_old).await.is_ok() {
            last_good = begin.elapsed();
        }
        sleep(Duration::from_millis(20)).await;
    }
    keeping.abort();
    assert_eq!(refused, 0);
    let dead = Duration::from_millis(2_000 + 500 + 500);
    assert!(last_good < dead, "{last_good:?}");
    assert_eq!(verifier.verify(&by_old).unwrap_err(), "the key is unknown");
}

/// Away, the issuer is believed by what it said last, for so long and no longer; back, at once.
#[tokio::test]
async fn an_issuer_that_is_away_is_believed_for_a_while() {
    let key = SigningKey::generate();
    let published = Published::start(&[&key]).await;
    let verifier = published.verifier(Times {
        kept: Duration::from_secs(1),
        ..TIMES
    });
    let token = published.token(&key);
    published.answer(Answer::Away);
    // nobody is called a liar before there are keys
    assert_eq!(admitted(&verifier, &token).await, Err(KEYS_AWAY));
    sleep(TIMES.again).await;
    published.answer(Answer::Keys);
    assert_eq!(admitted(&verifier, &token).await, Ok(()));
    published.answer(Answer::Away);
    sleep(Duration::from_millis(500)).await;
    assert_eq!(admitted(&verifier, &token).await, Ok(()));
    sleep(Duration::from_millis(700)).await;
    assert_eq!(admitted(&verifier, &token).await, Err(KEYS_AWAY));
    sleep(TIMES.again).await;
    published.answer(Answer::Keys);
    assert_eq!(admitted(&verifier, &token).await, Ok(()));
}

/// Keys that nobody has cannot make us ask often.
#[tokio::test]
async fn ten_thousand_unknown_keys_are_asked_for_once() {
    let key = SigningKey::generate();
    let published = Published::start(&[&key]).await;
    let verifier = published.verifier(Times {
        again: Duration::from_secs(10),
        ..TIMES
    });
    let good = published.token(&key);
    assert_eq!(admitted(&verifier, &good).await, Ok(()));
    let begin = Instant::now();
    let mut unknown = header();
    let mut claims = claims();
    claims.insert("iss".to_owned(), json!(published.url));
    for number in 0..10_000 {
        unknown.kid = Some(format!("unknown-{number}"));
        let token = key.sign(&unknown, &claims);
        assert_eq!(admitted(&verifier, &token).await, Err("the key is unknown"));
    }
    let spans = 1 + begin.elapsed().as_secs() / 10;
    assert!(
        published.asked() as u64 <= 1 + spans,
        "{} times",
        published.asked()
    );
    assert_eq!(admitted(&verifier, &good).await, Ok(()));
}

/// What is no key set, or comes from elsewhere, is not taken, and what was known stays.
#[tokio::test]
async fn other_documents_are_not_taken() {
    let (key, other) = (SigningKey::generate(), SigningKey::generate());
    let published = Published::start(&[&key]).await;
    let verifier = published.verifier(Times {
        again: Duration::ZERO,
        ..TIMES
    });
    let token = published.token(&key);
    assert_eq!(admitted(&verifier, &token).await, Ok(()));
    for answer in [
        Answer::Slow,
        Answer::Elsewhere,
        Answer::Huge,
        Answer::Garbage,
        Answer::OtherIssuer,
    ] {
        published.answer(answer);
        published.publish(&[&other]);
        let by_other = published.token(&other);
        assert_eq!(
            admitted(&verifier, &by_other).await,
            Err("the key is unknown")
        );
        assert_eq!(admitted(&verifier, &token).await, Ok(()));
    }
}

/// An address that a stranger on the way could answer for is refused at the start, and so is what
/// can be read in two ways.
#[test]
fn addresses_are_checked_at_the_start() {
    let trusted = Trusted::new();
    for (field, value) in [
        ("issuer", "http://login.example"),
        ("issuer", "urn:issuer"),
        ("jwks_url", "http://login.example/keys"),
        ("jwks_url", "ftp://login.example/keys"),
        ("jwks_url", "login.example"),
        ("ca_file", "absent.pem"),
        // no time to fetch them again meanwhile
        ("keys_kept_seconds", "19"),
    ] {
        let mut issuer = entry("https://login.example", &["contoso"], &[]);
        issuer.as_object_mut().unwrap().remove("jwks_file");
        issuer[field] = value
            .parse()
            .map_or(json!(value), |number: u32| json!(number));
        let refused = read(trusted.folder.path(), &[issuer]);
        assert!(refused.is_err(), "{field} {value}");
    }
    let mut twice = entry(ISSUER, &["contoso"], &[]);
    twice["jwks_url"] = json!("https://login.example/keys");
    assert!(read(trusted.folder.path(), &[twice]).is_err());
}

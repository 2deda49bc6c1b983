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
    /// How often they were taken for an answer, which is sent a while later.
    given: Arc<AtomicUsize>,
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
        self.listed(times).1
    }

    /// A verifier, and the folder of the list that it reads.
    fn listed(&self, times: Times) -> (tempfile::TempDir, Verifier) {
        let folder = tempfile::tempdir().unwrap();
        self.list(folder.path(), &["contoso"]);
        let verifier = Verifier::read_with(&folder.path().join("issuers.json"), times);
        (folder, verifier.unwrap())
    }

    /// Writes the list, in which it may assert these.
    fn list(&self, folder: &Path, tenants: &[&str]) {
        let mut entry = entry(&self.url, tenants, &[]);
        entry.as_object_mut().unwrap().remove("jwks_file");
        let list = json!({ "issuers": [entry] }).to_string();
        fs::write(folder.join("issuers.json"), list).unwrap();
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
            let keys = published.keys.lock().unwrap().clone();
            published.given.fetch_add(1, Ordering::SeqCst);
            // so that others come while it is under way
            sleep(Duration::from_millis(20)).await;
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
    verifier.bearer(token).await.map(drop)
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

/// Whoever asks first may go away: the fetch goes on for all others.
#[tokio::test]
async fn who_goes_away_takes_the_keys_from_nobody() {
    let key = SigningKey::generate();
    let published = Published::start(&[&key]).await;
    let verifier = published.verifier(Times {
        again: Duration::from_secs(3600),
        ..TIMES
    });
    let (first, second) = (published.token(&key), published.token(&key));
    let short = tokio::time::timeout(Duration::from_millis(5), admitted(&verifier, &first));
    short.await.expect_err("the keys take 20 ms");
    assert_eq!(admitted(&verifier, &second).await, Ok(()));
    assert_eq!(published.asked(), 1);
}

/// Others wait for a fetch in a bounded number; who is beyond it is told to try again, and is not
/// called a liar.
#[tokio::test]
async fn who_cannot_be_waited_for_may_try_again() {
    let key = SigningKey::generate();
    let published = Published::start(&[&key]).await;
    let verifier = published.verifier(TIMES);
    let mut callers = JoinSet::new();
    for _ in 0..100 {
        let (verifier, token) = (verifier.clone(), published.token(&key));
        callers.spawn(async move { admitted(&verifier, &token).await });
    }
    let outcomes = callers.join_all().await;
    let good = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!((64..100).contains(&good), "{good}");
    assert!(
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Ok(()) | Err(KEYS_AWAY)))
    );
    assert_eq!(published.asked(), 1);
}

/// A key that is published while the first set is on its way is looked for once more.
#[tokio::test]
async fn a_key_that_the_first_set_lacks_is_looked_for() {
    let (old, new) = (SigningKey::generate(), SigningKey::generate());
    let published = Published::start(&[&old]).await;
    let verifier = published.verifier(Times {
        again: Duration::from_secs(3600),
        ..TIMES
    });
    let (by_old, by_new) = (published.token(&old), published.token(&new));
    // its answer is on its way, with the old key alone
    let first = {
        let verifier = verifier.clone();
        tokio::spawn(async move { admitted(&verifier, &by_old).await })
    };
    let second = {
        let verifier = verifier.clone();
        tokio::spawn(async move { admitted(&verifier, &by_new).await })
    };
    while published.given.load(Ordering::SeqCst) == 0 {
        sleep(Duration::from_millis(1)).await;
    }
    published.publish(&[&old, &new]);
    assert_eq!(first.await.unwrap(), Ok(()));
    assert_eq!(second.await.unwrap(), Ok(()));
    assert_eq!(published.asked(), 2);
}

/// What an issuer publishes keeps no change of the list away: another may still be taken out.
#[tokio::test]
async fn published_keys_keep_no_change_away() {
    let key = SigningKey::generate();
    let published = Published::start(&[&key]).await;
    let (folder, verifier) = published.listed(TIMES);
    let token = published.token(&key);
    assert_eq!(admitted(&verifier, &token).await, Ok(()));
    let other = configuration::p256("p");
    *published.keys.lock().unwrap() = vec![other];
    sleep(TIMES.again).await;
    let by_another = published.token(&SigningKey::generate());
    admitted(&verifier, &by_another).await.unwrap_err();
    published.list(folder.path(), &["fabrikam"]);
    verifier.reread().unwrap();
    assert_eq!(admitted(&verifier, &token).await, Err("the key is unknown"));
}

/// The keys change between the refusal of a token and the look for its key: it is judged again.
#[tokio::test]
async fn keys_that_came_meanwhile_are_used() {
    let (old, new) = (SigningKey::generate(), SigningKey::generate());
    let published = Published::start(&[&old]).await;
    let verifier = published.verifier(TIMES);
    assert_eq!(admitted(&verifier, &published.token(&old)).await, Ok(()));
    published.publish(&[&old, &new]);
    sleep(TIMES.again).await;
    let mut callers = JoinSet::new();
    for _ in 0..20 {
        let (verifier, token) = (verifier.clone(), published.token(&new));
        callers.spawn(async move { admitted(&verifier, &token).await });
    }
    assert!(callers.join_all().await.iter().all(Result::is_ok));
    assert_eq!(published.asked(), 2);
}

/// A key signs at the moment that it is published, right after a fetch that nobody asked for: it is
/// known at its first token, and nothing valid is refused. A dropped one is dead at the next fetch,
/// also for tokens that were verified before.
#[tokio::test]
async fn a_rotation_refuses_nothing_that_is_valid() {
    let (old, new) = (SigningKey::generate(), SigningKey::generate());
    let published = Published::start(&[&old]).await;
    let fresh = Duration::from_millis(500);
    let verifier = published.verifier(Times {
        fresh,
        again: Duration::from_secs(10),
        ..TIMES
    });
    let keeping = tokio::spawn({
        let verifier = verifier.clone();
        async move { verifier.keep_fresh().await }
    });
    while verifier.verify(&published.token(&old)).is_err() {
        sleep(Duration::from_millis(5)).await;
    }
    published.publish(&[&old, &new]);
    let by_old = published.token(&old);
    for _ in 0..50 {
        assert_eq!(admitted(&verifier, &published.token(&new)).await, Ok(()));
        assert_eq!(admitted(&verifier, &by_old).await, Ok(()));
        sleep(Duration::from_millis(20)).await;
    }
    published.publish(&[&new]);
    let dropped = Instant::now();
    let mut last_good = Duration::ZERO;
    while dropped.elapsed() < 6 * fresh {
        assert_eq!(admitted(&verifier, &published.token(&new)).await, Ok(()));
        if admitted(&verifier, &by_old).await.is_ok() {
            last_good = dropped.elapsed();
        }
        sleep(Duration::from_millis(20)).await;
    }
    keeping.abort();
    assert!(last_good < 3 * fresh, "{last_good:?}");
    assert_eq!(verifier.verify(&by_old).unwrap_err(), "the key is unknown");
}

/// A provider that names no key changes it: the signature that does not hold has it looked for.
#[tokio::test]
async fn a_key_without_a_name_is_rotated_too() {
    let (old, new) = (SigningKey::generate(), SigningKey::generate());
    let published = Published::start(&[&old]).await;
    let verifier = published.verifier(TIMES);
    let mut unnamed = header();
    unnamed.kid = None;
    let mut claims = claims();
    claims.insert("iss".to_owned(), json!(published.url));
    for key in [&old, &new] {
        published.publish(&[key]);
        let token = key.sign(&unnamed, &claims);
        assert_eq!(admitted(&verifier, &token).await, Ok(()));
        sleep(TIMES.again).await;
    }
    let by_nobody = SigningKey::generate().sign(&unnamed, &claims);
    let refused = admitted(&verifier, &by_nobody).await;
    assert_eq!(refused, Err("the signature does not hold"));
}

/// What is odd among published keys is passed over, and the others are used.
#[tokio::test]
async fn odd_keys_are_passed_over() {
    let (good, twice) = (SigningKey::generate(), SigningKey::generate());
    let published = Published::start(&[&good]).await;
    published.keys.lock().unwrap().extend([
        json!({ "kty": "RSA", "kid": "short", "n": "AQAB", "e": "AQAB" }),
        json!({ "kty": "oct", "kid": "shared", "k": "c2VjcmV0" }),
        json!("no key"),
        twice.jwk(&id_of(&twice)),
        SigningKey::generate().jwk(&id_of(&twice)),
    ]);
    let verifier = published.verifier(TIMES);
    assert_eq!(admitted(&verifier, &published.token(&good)).await, Ok(()));
    let ambiguous = admitted(&verifier, &published.token(&twice)).await;
    assert_eq!(ambiguous, Err("the key is unknown"));
}

/// An entry that is edited keeps the keys that were fetched.
#[tokio::test]
async fn an_edited_entry_keeps_its_keys() {
    let key = SigningKey::generate();
    let published = Published::start(&[&key]).await;
    let (folder, verifier) = published.listed(TIMES);
    let token = published.token(&key);
    assert_eq!(admitted(&verifier, &token).await, Ok(()));
    published.answer(Answer::Away);
    published.list(folder.path(), &["contoso", "fabrikam"]);
    verifier.reread().unwrap();
    assert_eq!(admitted(&verifier, &token).await, Ok(()));
    published.list(folder.path(), &["fabrikam"]);
    verifier.reread().unwrap();
    let refused = admitted(&verifier, &token).await;
    assert_eq!(refused, Err("the tenant is not this issuer's"));
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
        // nobody can be asked whether it is a key
        assert_eq!(admitted(&verifier, &by_other).await, Err(KEYS_AWAY));
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
        ("keys_kept_seconds", "86401"),
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

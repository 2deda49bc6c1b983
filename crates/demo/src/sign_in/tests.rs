//! The development sign-in, asked as an application does, and asked wrongly.

use axum::body::{Body, to_bytes};
use axum::extract::FromRequest;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

use super::*;

const HERE: &str = "127.0.0.1:1";
const BACK: &str = "http://127.0.0.1:9/signed-in";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn provider() -> Router {
    routes(Provider::new(HERE, LocalIssuer::generate()))
}

/// The parameters of a sign-in, with these instead of the usual ones.
fn asked(changed: &[(&str, &str)]) -> String {
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let usual = [
        ("response_type", "code"),
        ("client_id", "portal"),
        ("redirect_uri", BACK),
        ("scope", "openid"),
        ("state", "\"><script>alert(1)</script>"),
        ("nonce", "n-0S6_WzA2Mj"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    let value = |name: &str, usual| {
        let changed = changed.iter().find(|(changed, _)| *changed == name);
        changed.map_or(usual, |(_, value)| *value)
    };
    let all = usual.map(|(name, usual)| (name, value(name, usual)));
    with_parameters("", &all)[1..].to_owned()
}

async fn get(provider: &Router, path: &str, host: &str) -> Response {
    let request = Request::get(path).header(HOST, host);
    let request = request.body(Body::empty()).unwrap();
    provider.clone().oneshot(request).await.unwrap()
}

async fn post(provider: &Router, path: &str, form: String) -> Response {
    let request = Request::post(path)
        .header(HOST, HERE)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = request.body(Body::from(form)).unwrap();
    provider.clone().oneshot(request).await.unwrap()
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Signs in as adatum's Global admin; the code that the application is given.
async fn code(provider: &Router) -> String {
    let form = format!("{}&person=adatum", asked(&[]));
    let answer = post(provider, "/authorize", form).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let back = answer.headers()[LOCATION].to_str().unwrap().to_owned();
    let (_, rest) = back.split_once(&format!("{BACK}?code=")).unwrap();
    let (code, rest) = rest.split_once("&state=").unwrap();
    assert!(rest.starts_with("%22%3E%3Cscript") && rest.contains("&iss=http%3A%2F%2F127"));
    code.replace("%2D", "-").replace("%5F", "_")
}

fn redeemed(code: &str, changed: &[(&str, &str)]) -> String {
    let usual = [
        ("grant_type", "authorization_code"),
        ("client_id", "portal"),
        ("redirect_uri", BACK),
        ("code", code),
        ("code_verifier", VERIFIER),
    ];
    let value = |name: &str, usual| {
        let changed = changed.iter().find(|(changed, _)| *changed == name);
        changed.map_or(usual, |(_, value)| *value)
    };
    let all = usual.map(|(name, usual)| (name, value(name, usual)));
    with_parameters("", &all)[1..].to_owned()
}

fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

/// Looking decides nothing and shows everybody; what the application said is text in it.
#[tokio::test]
async fn everybody_is_shown_to_choose_from() {
    let provider = provider();
    let answer = get(&provider, &format!("/authorize?{}", asked(&[])), HERE).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let policy = answer.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
    let page = text(answer).await;
    for person in &PEOPLE {
        assert!(page.contains(person.name), "{}", person.name);
    }
    assert!(!page.contains("<script"), "{page}");
}

/// A code is for one use, by who asked for it; access is renewed with a token for one use.
#[tokio::test]
async fn a_code_gives_tokens_once() {
    let provider = provider();
    let code = code(&provider).await;
    let answer = post(&provider, "/token", redeemed(&code, &[])).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let given: Value = serde_json::from_str(&text(answer).await).unwrap();
    let id = claims(given["id_token"].as_str().unwrap());
    assert_eq!(id["iss"], "http://127.0.0.1:1");
    assert_eq!(id["aud"], "portal");
    assert_eq!(id["nonce"], "n-0S6_WzA2Mj");
    assert_eq!(id["name"], "Beto Souza");
    let access = claims(given["access_token"].as_str().unwrap());
    assert_eq!(access["tenant"], "adatum");
    assert_eq!(access["sub"], id["sub"]);
    assert!(access.get("nonce").is_none());

    let again = post(&provider, "/token", redeemed(&code, &[])).await;
    assert_eq!(text(again).await, r#"{"error":"invalid_grant"}"#);

    let renew = |client: &str| {
        let token = given["refresh_token"].as_str().unwrap();
        format!("grant_type=refresh_token&client_id={client}&refresh_token={token}")
    };
    let renewed = post(&provider, "/token", renew("portal")).await;
    assert_eq!(renewed.status(), StatusCode::OK);
    let again = post(&provider, "/token", renew("portal")).await;
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);
}

/// Whoever has the code alone, or is another application, gets nothing, and the code is used up.
#[tokio::test]
async fn a_code_alone_opens_nothing() {
    let provider = provider();
    let refused = async |code: &str, changed: &[(&str, &str)]| {
        let answer = post(&provider, "/token", redeemed(code, changed)).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{changed:?}");
        assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
        let error: Value = serde_json::from_str(&text(answer).await).unwrap();
        error["error"].as_str().unwrap().to_owned()
    };
    for changed in [
        ("code_verifier", "another"),
        ("client_id", "another"),
        ("redirect_uri", "http://127.0.0.1:9/another"),
    ] {
        let code = code(&provider).await;
        assert_eq!(refused(&code, &[changed]).await, "invalid_grant");
        let used_up = refused(&code, &[]).await;
        assert_eq!(used_up, "invalid_grant", "{changed:?}");
    }
    let other_grant = refused("c", &[("grant_type", "password")]).await;
    assert_eq!(other_grant, "unsupported_grant_type");
}

/// A code is good for a minute, and access can be renewed for half a day, by who has it.
#[tokio::test(start_paused = true)]
async fn codes_and_renewals_grow_old() {
    let issued = Issued::default();
    let person = &PEOPLE[0];
    let asked = Asked {
        client_id: "portal".to_owned(),
        redirect_uri: BACK.to_owned(),
        code_challenge: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER)),
        ..Asked::default()
    };
    for (seconds, good) in [(59, true), (60, false)] {
        let form = redeemed(&issued.code(&asked, person), &[]);
        let Form(shown) = form_of(&form).await;
        tokio::time::advance(Duration::from_secs(seconds)).await;
        assert_eq!(issued.redeem(&shown).is_some(), good, "{seconds} s");
    }
    for (hours, client, good) in [(11, "portal", true), (12, "portal", false), (1, "x", false)] {
        let token = issued.renewal("portal", person);
        tokio::time::advance(Duration::from_secs(hours * 3600)).await;
        assert_eq!(issued.renew(client, &token).is_some(), good, "{hours} h");
    }
}

/// A form as an endpoint reads it.
async fn form_of<T: serde::de::DeserializeOwned>(form: &str) -> Form<T> {
    let request = Request::post("/")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .unwrap();
    Form::from_request(request, &()).await.unwrap()
}

/// What cannot be answered is refused before anybody is asked, and nobody is sent away for it.
#[tokio::test]
async fn people_are_sent_nowhere_else() {
    let provider = provider();
    for changed in [
        ("redirect_uri", "https://evil.example/"),
        ("redirect_uri", "http://127.0.0.1.evil.example/"),
        ("redirect_uri", "http://127.0.0.1@evil.example/"),
        ("redirect_uri", "http://evil@127.0.0.1/"),
        ("redirect_uri", "//127.0.0.1/"),
        ("redirect_uri", "javascript:alert(1)"),
        ("redirect_uri", "http://127.0.0.1:9/#/done"),
        ("redirect_uri", "http://127.0.0.1:9/#\n"),
        ("client_id", ""),
        ("response_type", "token"),
        ("code_challenge", ""),
        ("code_challenge_method", "plain"),
        ("scope", "profile"),
        ("state", &"s".repeat(3_000)),
    ] {
        let parameters = asked(&[changed]);
        let looked = get(&provider, &format!("/authorize?{parameters}"), HERE).await;
        assert_eq!(looked.status(), StatusCode::BAD_REQUEST, "{changed:?}");
        let chosen = post(
            &provider,
            "/authorize",
            format!("{parameters}&person=adatum"),
        )
        .await;
        assert_eq!(chosen.status(), StatusCode::BAD_REQUEST, "{changed:?}");
        assert!(chosen.headers().get(LOCATION).is_none());
    }
    let nobody = post(&provider, "/authorize", format!("{}&person=x", asked(&[]))).await;
    assert_eq!(nobody.status(), StatusCode::BAD_REQUEST);
    let after = "/end-session?post_logout_redirect_uri=https%3A%2F%2Fevil.example";
    let signed_out = get(&provider, after, HERE).await;
    assert_eq!(signed_out.status(), StatusCode::BAD_REQUEST);
    let here = "/end-session?post_logout_redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2F&state=s";
    let signed_out = get(&provider, here, HERE).await;
    assert_eq!(
        signed_out.headers()[LOCATION],
        "http://127.0.0.1:9/?state=s"
    );
    // a form on another site
    let form = Request::post("/authorize")
        .header(HOST, HERE)
        .header(ORIGIN, "https://evil.example")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("{}&person=adatum", asked(&[]))))
        .unwrap();
    let foreign = provider.clone().oneshot(form).await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    // a name of somebody else that leads here
    let renamed = get(&provider, "/keys", "evil.example:1").await;
    assert_eq!(renamed.status(), StatusCode::MISDIRECTED_REQUEST);
}

/// Without passwords it is for one machine alone.
#[tokio::test]
async fn it_answers_on_loopback_alone() {
    let socket = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let served = serve(socket, LocalIssuer::generate(), CancellationToken::new());
    let refused = served.await.unwrap_err();
    assert!(refused.to_string().contains("loopback"), "{refused}");
}

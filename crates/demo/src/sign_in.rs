//! The development sign-in: an OpenID provider whose people need no password.
//!
//! Whoever chooses one of its people is that person, so it answers on loopback alone, sends people
//! back to applications on the same machine alone, and exists only in `all`. It gives what a
//! provider gives: a code for one use (with PKCE), an ID token for the application that asked,
//! whichever it is, and an access token of the development issuer, which the services believe
//! already. Nothing of it is kept: after a restart one signs in again.

mod codes;
mod page;
mod people;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use axum::extract::rejection::FormRejection;
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use platform::keys::LocalIssuer;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use codes::{Asked, Given, Issued, Redeemed, is_here, with_parameters};
pub use people::{PEOPLE, Person};

/// How long an access token lives, and the ID token beside it.
const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// What the token endpoint answers is kept nowhere on the way.
const UNKEPT: [(HeaderName, &str); 1] = [(CACHE_CONTROL, "no-store")];
/// The largest form that is read, in bytes.
const LARGEST_FORM: usize = 16 * 1024;

/// The provider.
struct Provider {
    /// Its name, which is its address.
    name: String,
    /// The same without its scheme, as browsers say whom they ask.
    host: String,
    issuer: LocalIssuer,
    issued: Issued,
}

/// Serves it until it is told to stop. The socket must be one of loopback.
pub async fn serve(
    socket: TcpListener,
    issuer: LocalIssuer,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let address = socket.local_addr()?;
    ensure!(
        address.ip().is_loopback(),
        "the development sign-in needs no password, so it answers on loopback alone"
    );
    let served = axum::serve(socket, routes(Provider::new(&address.to_string(), issuer)));
    let served = served.with_graceful_shutdown(stop.cancelled_owned());
    served.await.context("the development sign-in")
}

fn routes(provider: Provider) -> Router {
    let provider = Arc::new(provider);
    Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/keys", get(keys))
        .route("/authorize", get(choose).post(chosen))
        .route("/token", post(token))
        .route("/end-session", get(end_session))
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(from_fn_with_state(provider.clone(), by_its_name))
        .with_state(provider)
}

/// Refuses whoever calls it by another name: a page of somebody else that has its own name lead
/// here.
async fn by_its_name(
    State(provider): State<Arc<Provider>>,
    request: Request,
    next: Next,
) -> Response {
    let named = request.headers().get(HOST);
    if named.is_some_and(|host| host.as_bytes() == provider.host.as_bytes()) {
        return next.run(request).await;
    }
    shown(
        StatusCode::MISDIRECTED_REQUEST,
        page::refusal("It has another address."),
    )
}

async fn metadata(State(provider): State<Arc<Provider>>) -> Json<Value> {
    let at = |path: &str| format!("{}/{path}", provider.name);
    Json(json!({
        "issuer": provider.name,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "jwks_uri": at("keys"),
        "end_session_endpoint": at("end-session"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "scopes_supported": ["openid", "offline_access"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn keys(State(provider): State<Arc<Provider>>) -> Json<Value> {
    Json(provider.issuer.jwks())
}

/// Whom do you want to be? Nothing is decided by looking.
async fn choose(Query(asked): Query<Asked>) -> Response {
    match asked.check() {
        Ok(()) => shown(StatusCode::OK, page::choice(&asked)),
        Err(what) => shown(StatusCode::BAD_REQUEST, page::refusal(what)),
    }
}

/// What the form of the page sends: what was asked, and who was chosen.
#[derive(Deserialize)]
struct Chosen {
    person: String,
    #[serde(flatten)]
    asked: Asked,
}

/// A person has chosen, on the page of this provider: no other may send its form.
async fn chosen(
    State(provider): State<Arc<Provider>>,
    headers: HeaderMap,
    Form(form): Form<Chosen>,
) -> Response {
    let origin = headers.get(ORIGIN);
    if origin.is_some_and(|origin| origin.as_bytes() != provider.name.as_bytes()) {
        let what = "The form is another site's: begin again in the application.";
        return shown(StatusCode::FORBIDDEN, page::refusal(what));
    }
    let Chosen { person, asked } = form;
    if let Err(what) = asked.check() {
        return shown(StatusCode::BAD_REQUEST, page::refusal(what));
    }
    let Some(person) = people::find(&person) else {
        return shown(
            StatusCode::BAD_REQUEST,
            page::refusal("There is no such person."),
        );
    };
    let code = provider.issued.code(&asked, person);
    let back = with_parameters(
        &asked.redirect_uri,
        &[
            ("code", &code),
            ("state", &asked.state),
            ("iss", &provider.name),
        ],
    );
    Redirect::to(&back).into_response()
}

/// What the application asks for, with a code or with a token that renews.
#[derive(Deserialize)]
#[serde(tag = "grant_type", rename_all = "snake_case")]
enum TokenRequest {
    AuthorizationCode(Redeemed),
    RefreshToken {
        client_id: String,
        refresh_token: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Serialize)]
struct Tokens {
    access_token: String,
    id_token: String,
    refresh_token: String,
    token_type: &'static str,
    expires_in: u64,
}

async fn token(
    State(provider): State<Arc<Provider>>,
    asked: Result<Form<TokenRequest>, FormRejection>,
) -> Response {
    let given = match asked {
        Ok(Form(TokenRequest::AuthorizationCode(redeemed))) => provider.issued.redeem(&redeemed),
        Ok(Form(TokenRequest::RefreshToken {
            client_id,
            refresh_token,
        })) => provider.issued.renew(&client_id, &refresh_token),
        Ok(Form(TokenRequest::Other)) => return refused("unsupported_grant_type"),
        Err(_) => return refused("invalid_request"),
    };
    let Some(given) = given else {
        return refused("invalid_grant");
    };
    (UNKEPT, Json(provider.tokens(given))).into_response()
}

impl Provider {
    fn new(host: &str, issuer: LocalIssuer) -> Self {
        Self {
            name: format!("http://{host}"),
            host: host.to_owned(),
            issuer,
            issued: Issued::default(),
        }
    }

    fn tokens(&self, given: Given) -> Tokens {
        let Given {
            person,
            client_id,
            nonce,
        } = given;
        let grant = person.grant();
        let shown = grant.clone().name(person.name);
        let shown = match nonce {
            Some(nonce) => shown.nonce(&nonce),
            None => shown,
        };
        Tokens {
            access_token: self.issuer.mint(&grant, LIFETIME),
            id_token: self
                .issuer
                .id_token(&shown, &self.name, &client_id, LIFETIME),
            refresh_token: self.issued.renewal(&client_id, person),
            token_type: "Bearer",
            expires_in: LIFETIME.as_secs(),
        }
    }
}

/// What ends a session, as the application asks for it.
#[derive(Deserialize)]
struct EndSession {
    post_logout_redirect_uri: Option<String>,
    #[serde(default)]
    state: String,
}

/// There is no session here to end: one chooses anew each time.
async fn end_session(Query(asked): Query<EndSession>) -> Response {
    match asked.post_logout_redirect_uri {
        Some(uri) if is_here(&uri) => {
            Redirect::to(&with_parameters(&uri, &[("state", &asked.state)])).into_response()
        }
        Some(_) => shown(StatusCode::BAD_REQUEST, page::refusal(codes::ELSEWHERE)),
        None => shown(StatusCode::OK, page::signed_out()),
    }
}

fn shown(status: StatusCode, page: String) -> Response {
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, page::POLICY.as_str()),
        // with less than this browsers do not say whose page sends the form
        (REFERRER_POLICY, "same-origin"),
    ];
    (status, headers, Html(page)).into_response()
}

/// A refusal of the token endpoint, by its name in OAuth 2.0.
fn refused(error: &str) -> Response {
    (
        StatusCode::BAD_REQUEST,
        UNKEPT,
        Json(json!({ "error": error })),
    )
        .into_response()
}

#[cfg(test)]
mod tests;

//! Signing in and out: at the provider, by an authorization code with PKCE, and here; and what a
//! reader chooses for the session: an organisation, a language.
//!
//! A sign-in that has begun is kept by the browser that began it, sealed, and nowhere else: no
//! other can end it, and whoever only looks at pages makes us keep nothing.

use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::HeaderMap;
use maud::html;
use platform::clock::Time;
use platform::identity::{Kept, SignInError};
use serde::{Deserialize, Serialize};

use crate::cookie::{Cookie, SetCookie};
use crate::form::Form;
use crate::html::{Page, action, form, hidden, name, submit};
use crate::person::{Known, SignedIn};
use crate::problem::Problem;
use crate::reader::{Reader, back_to, way_back};
use crate::session::{self, Session};
use crate::wording::WORDING;
use crate::{RETURN, Web};

/// What an attempt is sealed for.
const ATTEMPT: &str = "sign-in";
/// A path that is longer than this, in bytes, has no room in a cookie; none of ours is.
const LONGEST_PATH: usize = 2_000;
/// How long a chosen language is remembered.
const REMEMBERED: Duration = Duration::from_secs(400 * 24 * 60 * 60);
/// How long a person may take to sign in at the provider.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/sign-in", get(sign_in))
        .route(RETURN, get(come_back))
        .route("/switch", get(switch))
        .route("/sign-out", post(sign_out))
        .route("/signed-out", get(signed_out))
        .route("/organizations", get(organizations).post(choose))
        .route("/language", post(language))
}

/// A sign-in that has begun in a browser, or is about to.
#[derive(Serialize, Deserialize)]
struct Attempt {
    kept: Option<Kept>,
    /// Where the person goes then.
    path: String,
    /// Until when, in microseconds since 1970.
    until: i64,
}

impl Attempt {
    fn keep(web: &Web, kept: Option<Kept>, path: &str) -> SetCookie {
        let until = (web.clock.now() + LIFETIME).micros();
        let attempt = Self {
            kept,
            path: if path.len() > LONGEST_PATH { "/" } else { path }.to_owned(),
            until,
        };
        let text = serde_json::to_vec(&attempt).expect("an attempt is JSON");
        let sealed = BASE64_URL_SAFE_NO_PAD.encode(web.parts.seal.seal(ATTEMPT, &text));
        Cookie::SignIn.keep(web, &sealed, LIFETIME)
    }

    fn of(web: &Web, headers: &HeaderMap) -> Option<Self> {
        let sealed = Cookie::SignIn.read(web, headers)?;
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let text = web.parts.seal.open(ATTEMPT, &sealed)?;
        let attempt: Self = serde_json::from_slice(&text).ok()?;
        (web.clock.now() < Time::from_micros(attempt.until)).then_some(attempt)
    }
}

/// Where whoever comes back from the provider wanted to go, however the sign-in ended.
pub(crate) fn goal(web: &Web, headers: &HeaderMap) -> String {
    Attempt::of(web, headers).map_or_else(|| "/".to_owned(), |attempt| attempt.path)
}

/// Sends somebody to the provider, and to this path of ours afterwards.
pub(crate) async fn begin(web: &Web, path: &str) -> Result<Response, Problem> {
    let begun = web.parts.sign_in.begin().await.map_err(problem)?;
    let kept = Attempt::keep(web, Some(begun.kept), path);
    Ok((kept, Redirect::to(&begun.address)).into_response())
}

/// Where somebody wants to go afterwards, sealed.
#[derive(Deserialize)]
struct Back {
    #[serde(default)]
    back: String,
}

async fn sign_in(State(web): State<Web>, Query(to): Query<Back>) -> Result<Response, Problem> {
    begin(&web, &way_back(&web, &to.back)).await
}

/// What the provider answers through the browser.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Answer {
    code: String,
    state: String,
    iss: String,
    error: String,
}

/// Ends a sign-in that this browser has begun, once.
async fn come_back(
    State(web): State<Web>,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Result<Response, Problem> {
    let attempt = Attempt::of(&web, &headers).ok_or(Problem::SignInUnknown)?;
    let kept = attempt.kept.ok_or(Problem::SignInUnknown)?;
    if answer.state.is_empty() || answer.state != kept.state {
        return Err(Problem::SignInUnknown);
    }
    if !answer.error.is_empty() || answer.code.is_empty() {
        return Err(Problem::SignInRefused);
    }
    let sign_in = &web.parts.sign_in;
    let names_itself = sign_in.requires_iss().await.map_err(problem)?;
    if (names_itself || !answer.iss.is_empty()) && answer.iss != sign_in.issuer() {
        return Err(Problem::SignInUnknown);
    }
    let signed_in = sign_in.finish(&answer.code, &kept).await.map_err(problem)?;
    // whoever was signed in before in this browser is not any more
    if let Some(earlier) = Cookie::Session.read(&web, &headers)
        && let Some(open) = session::known(&web, &earlier).await?
    {
        open.end(&web).await?;
    }
    let id = session::begin(&web, &Session::begin(signed_in)).await?;
    let kept = Cookie::Session.keep(&web, &id, web.config.lifetime);
    let over = Cookie::SignIn.forget(&web);
    Ok((kept, over, Redirect::to(&attempt.path)).into_response())
}

fn problem(error: SignInError) -> Problem {
    match error {
        SignInError::Away => Problem::ProviderAway,
        SignInError::Refused(reason) => {
            tracing::info!(reason, "a sign-in is refused");
            Problem::SignInRefused
        }
    }
}

/// Who is signed in, and how somebody else does.
async fn switch(
    State(web): State<Web>,
    person: SignedIn,
    Query(to): Query<Back>,
) -> Result<Response, Problem> {
    let text = &person.reader.text;
    let organizations: Vec<_> = person.organizations().collect();
    let fields = html! { (hidden("back", &to.back)) (submit(text.of("sign-out-and-switch"))) };
    let content = html! {
        p {
            (text.of("signed-in-as")) " "
            (name(&person.name()))
            @for organization in organizations { " · " (name(organization)) }
        }
        (form(&person.open.session.token, "/sign-out", fields))
    };
    Ok(Page::new(&web, &person.reader, text.of("switch")).show(content))
}

/// Ends the session here, and has the browser end it at the provider.
async fn sign_out(State(web): State<Web>, person: Known, sent: Form) -> Result<Response, Problem> {
    person.open.end(&web).await?;
    let path = way_back(&web, sent.text("back"));
    let cookies = (
        Cookie::Session.forget(&web),
        Attempt::keep(&web, None, &path),
    );
    let back = format!("{}/signed-out", web.config.public_url);
    let id_token = &person.open.session.id_token;
    let there = web.parts.sign_in.end_session(id_token, &back).await;
    let text = &person.reader.text;
    let page = Page::new(&web, &person.reader, text.of("signing-out"));
    let page = match there {
        Ok(Some(there)) => page.refresh(0, Some(&there)).show(html! {
            p { (text.of("signing-out-at-provider")) }
            p { (action(&there, text.of("go-on"))) }
        }),
        Ok(None) => page.refresh(0, Some("/signed-out")).show(html! {
            p { (action("/signed-out", text.of("go-on"))) }
        }),
        Err(_) => page.show(html! {
            p.said role="alert" { (text.of("provider-keeps-session")) }
            p { (action("/signed-out", text.of("go-on"))) }
        }),
    };
    Ok((cookies, page).into_response())
}

async fn signed_out(State(web): State<Web>, headers: HeaderMap, reader: Reader) -> Response {
    let text = &reader.text;
    let again = format!("/sign-in?back={}", back_to(&web, &goal(&web, &headers)));
    Page::new(&web, &reader, text.of("signed-out")).show(html! {
        p { (text.of("signed-out-here")) }
        p { (action(&again, text.of("sign-in"))) }
    })
}

/// The organisations of who is signed in, to choose one.
async fn organizations(
    State(web): State<Web>,
    person: SignedIn,
    Query(to): Query<Back>,
) -> Response {
    let text = &person.reader.text;
    let all: Vec<_> = person.organizations().collect();
    let fields = html! {
        (hidden("back", &to.back))
        p { (text.of("choose-organization-of")) }
        ul.plain {
            @for organization in all {
                li {
                    button.action type="submit" name="organization" value=(organization) {
                        (name(organization))
                    }
                }
            }
        }
    };
    let content = form(&person.open.session.token, "/organizations", fields);
    Page::new(&web, &person.reader, text.of("organizations")).show(content)
}

async fn choose(
    State(web): State<Web>,
    headers: HeaderMap,
    person: SignedIn,
    sent: Form,
) -> Result<Response, Problem> {
    let chosen = sent.text("organization");
    if !person.organizations().any(|it| it == chosen) {
        return Err(Problem::Unreadable);
    }
    let id = Cookie::Session.read(&web, &headers);
    session::choose(&web, &id.ok_or(Problem::SignInNeeded)?, chosen).await?;
    Ok(Redirect::to(&way_back(&web, sent.text("back"))).into_response())
}

/// Remembers the language that somebody has chosen, and goes back.
async fn language(State(web): State<Web>, form: Form) -> Result<Response, Problem> {
    let language = WORDING.named(form.text("language"));
    let language = language.ok_or(Problem::Unreadable)?;
    let back = way_back(&web, form.text("back"));
    let kept = Cookie::Language.keep(&web, &language.to_string(), REMEMBERED);
    Ok((kept, Redirect::to(&back)).into_response())
}

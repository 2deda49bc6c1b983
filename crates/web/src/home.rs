//! The first page: for whoever is signed in, the way to what concerns that person; for everybody
//! else, what this is.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get};
use http::HeaderMap;
use maud::html;

use crate::Web;
use crate::cookie::Cookie;
use crate::html::{Page, action};
use crate::partner;
use crate::person::Person;
use crate::problem::Problem;
use crate::reader::Reader;

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/", get(home))
        .route("/start", get(start))
        .route("/{*path}", any(nowhere))
}

async fn home(State(web): State<Web>, headers: HeaderMap, reader: Reader) -> Response {
    if Cookie::Session.read(&web, &headers).is_some() {
        return Redirect::to("/start").into_response();
    }
    let text = &reader.text;
    Page::new(&web, &reader, text.of("welcome")).show(html! {
        p { (text.of("welcome-customers")) }
        p { (text.of("welcome-partners")) }
        p { (action("/sign-in", text.of("sign-in"))) }
    })
}

/// To the partner's pages for whoever is a partner, to the customer's for every other Global
/// admin.
async fn start(State(web): State<Web>, person: Person) -> Result<Response, Problem> {
    let to = match partner::area(&web, &person).await {
        Ok(_) => "/partner/customers",
        Err(_) if person.is_global_admin() => "/customer",
        Err(Problem::NotEnrolled) => "/partner/enrollment",
        Err(problem) => return Err(problem),
    };
    Ok(Redirect::to(to).into_response())
}

async fn nowhere() -> Problem {
    Problem::NotFound
}

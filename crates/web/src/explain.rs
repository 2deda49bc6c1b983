//! The pages of problems: what happened, what to do, and where it is found in the logs, in the
//! reader's language.

use axum::extract::{OriginalUri, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;
use maud::html;
use platform::telemetry::trace_id;

use crate::html::{Page, action};
use crate::problem::Problem;
use crate::reader::Reader;
use crate::{RETURN, Web, sign_in};

/// Makes pages of problems; what no route answers is not found.
pub(crate) async fn tell(State(web): State<Web>, request: Request, next: Next) -> Response {
    let path = match request.extensions().get::<OriginalUri>() {
        Some(OriginalUri(uri)) if request.method() == Method::GET => uri.path_and_query(),
        _ => None,
    };
    let path = match path.map_or("/", |path| path.as_str()) {
        // there is no second use of what the provider has answered
        path if path.starts_with(RETURN) => sign_in::goal(&web, request.headers()),
        path => path.to_owned(),
    };
    let reader = Reader::of(&web, request.headers(), &path);
    let response = next.run(request).await;
    match response.extensions().get::<Problem>() {
        Some(problem) => page(problem, &web, &reader),
        None => response,
    }
}

fn page(problem: &Problem, web: &Web, reader: &Reader) -> Response {
    let text = &reader.text;
    let title = text.of(&format!("problem-{}-title", problem.key()));
    let what = problem.said(text);
    let page = Page::new(web, reader, title).status(problem.status());
    page.show(html! {
        @if let Some(said) = what { p.said role="alert" { (said) } }
        p { (text.of(&format!("problem-{}", problem.key()))) }
        p {
            @if problem.needs_sign_in() {
                (action(&format!("/sign-in?back={}", reader.back), text.of("sign-in")))
            } @else if problem.is_about_the_person() {
                (action(&format!("/switch?back={}", reader.back), text.of("sign-in-as-another")))
            } @else if matches!(problem, Problem::NotEnrolled) {
                (action("/partner/enrollment", text.of("to-enrollment")))
            } @else if matches!(problem, Problem::OrganizationNeeded) {
                (action(&format!("/organizations?back={}", reader.back), text.of("choose-organization")))
            } @else {
                (action("/", text.of("to-the-start")))
            }
        }
        @if let Some(id) = trace_id() {
            p.trace { (text.of("trace-id")) " " code { (id) } }
        }
    })
}

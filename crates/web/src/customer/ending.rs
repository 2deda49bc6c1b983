//! How a customer ends a relationship, or a privilege: asked on one page, done by its form.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::html;
use proto::relationship::v1::{
    EndRelationshipRequest, GetDelegatedPrivilegeRequest, GetRelationshipRequest,
    TerminateDelegatedPrivilegeRequest,
};

use crate::Web;
use crate::form::Form;
use crate::html::{Area, Field, Page, facts, form, hidden, named, submit_ending};
use crate::person::Person;
use crate::problem::Problem;

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route(
            "/customer/relationships/{partner}/{relationship}/end",
            get(ask_relationship).post(end_relationship),
        )
        .route(
            "/customer/privileges/{partner}/{privilege}/end",
            get(ask_privilege).post(end_privilege),
        )
}

async fn ask_relationship(
    State(web): State<Web>,
    person: Person,
    Path((partner, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    person.customer()?;
    let name = format!("partners/{partner}/relationships/{id}");
    let answer = person
        .relationships()
        .get_relationship(GetRelationshipRequest { name })
        .await?;
    let relationship = answer.into_inner().relationship.unwrap_or_default();
    let text = person.text();
    let fields = html! {
        (hidden("request", &web.clock.id().to_string()))
        (hidden("etag", &relationship.etag))
        (Field::text(text, "reason", "").lines(3))
        (submit_ending(text.of("end-relationship")))
    };
    let to = format!("/customer/relationships/{partner}/{id}/end");
    let page = Page::of(&web, &person, Area::Customer, text.of("end-relationship"));
    Ok(page.show(html! {
        (facts(&[
            (text.of("partner"), named(&relationship.partner_display_name, &partner)),
            (text.of("since"), text.time(relationship.establish_time.as_ref())),
        ]))
        p { (text.of("end-relationship-means")) }
        (form(&person.token, &to, fields))
        p { a href="/customer" { (text.of("keep-it")) } }
    }))
}

async fn end_relationship(
    person: Person,
    Path((partner, id)): Path<(String, String)>,
    sent: Form,
) -> Result<Response, Problem> {
    person.customer()?;
    let request = EndRelationshipRequest {
        name: format!("partners/{partner}/relationships/{id}"),
        reason: sent.lines("reason"),
        etag: sent.text("etag").to_owned(),
        request_id: sent.text("request").to_owned(),
    };
    person.relationships().end_relationship(request).await?;
    Ok(Redirect::to("/customer?done=relationship-ended").into_response())
}

async fn ask_privilege(
    State(web): State<Web>,
    person: Person,
    Path((partner, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    person.customer()?;
    let name = format!("partners/{partner}/privileges/{id}");
    let answer = person
        .relationships()
        .get_delegated_privilege(GetDelegatedPrivilegeRequest { name })
        .await?;
    let privilege = answer.into_inner().privilege.unwrap_or_default();
    let text = person.text();
    let fields = html! {
        (hidden("request", &web.clock.id().to_string()))
        (hidden("etag", &privilege.etag))
        (submit_ending(text.of("end-privilege")))
    };
    let to = format!("/customer/privileges/{partner}/{id}/end");
    let page = Page::of(&web, &person, Area::Customer, text.of("end-privilege"));
    Ok(page.show(html! {
        (facts(&[(text.of("partner"), named(&privilege.partner_display_name, &partner))]))
        (text.permissions(&privilege.permissions))
        p { (text.of("end-privilege-means")) }
        (form(&person.token, &to, fields))
        p { a href="/customer" { (text.of("keep-it")) } }
    }))
}

async fn end_privilege(
    person: Person,
    Path((partner, id)): Path<(String, String)>,
    sent: Form,
) -> Result<Response, Problem> {
    person.customer()?;
    let request = TerminateDelegatedPrivilegeRequest {
        name: format!("partners/{partner}/privileges/{id}"),
        etag: sent.text("etag").to_owned(),
        request_id: sent.text("request").to_owned(),
    };
    person
        .relationships()
        .terminate_delegated_privilege(request)
        .await?;
    Ok(Redirect::to("/customer?done=privilege-ended").into_response())
}

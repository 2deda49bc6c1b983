//! With whom the partner works together: proposed, accepted and ended here; and, for a reseller,
//! where it invites customers together with its provider.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use proto::relationship::v1::{
    AcceptPartnershipRequest, EndPartnershipRequest, GetPartnershipRequest,
    ListPartnershipsRequest, Partnership, PartnershipState, ProposePartnershipRequest,
};
use serde::Deserialize;

use super::Partner;
use crate::Web;
use crate::customer::done;
use crate::form::Form;
use crate::html::{
    Area, Field, action, card, cards, facts, form, hidden, id_in, more, named, parameter, submit,
    submit_ending,
};
use crate::problem::{Problem, is_mendable, wrong};

pub(crate) fn routes() -> Router<Web> {
    let at = |rest: &str| format!("/partner/partnerships/{{partnership}}{rest}");
    Router::new()
        .route("/partner/partnerships", get(partnerships).post(propose))
        .route(&at("/accept"), post(accept))
        .route(&at("/end"), get(ask_end).post(end))
}

/// Where the list goes on, and what was done just now.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Shown {
    page: String,
    done: String,
}

async fn partnerships(
    State(web): State<Web>,
    partner: Partner,
    Query(shown): Query<Shown>,
) -> Result<Response, Problem> {
    let said = done(partner.person.text(), &shown.done);
    show(&web, &partner, &shown.page, &Form::default(), said).await
}

async fn show(
    web: &Web,
    partner: &Partner,
    page: &str,
    filled: &Form,
    said: Markup,
) -> Result<Response, Problem> {
    let request = ListPartnershipsRequest {
        parent: partner.name.clone(),
        page_token: page.to_owned(),
        ..Default::default()
    };
    let list = partner
        .person
        .partners()
        .list_partnerships(request)
        .await?
        .into_inner();
    let text = partner.person.text();
    let all: Vec<_> = list
        .partnerships
        .iter()
        .map(|it| partnership(web, partner, it))
        .collect();
    let (title, none, proposing) = match partner.area {
        Area::Provider => ("resellers", "no-resellers", "propose-to-reseller"),
        _ => ("providers", "no-providers", "propose-to-provider"),
    };
    let fields = html! {
        (hidden("request", &web.clock.id().to_string()))
        (Field::text(text, "partner", filled.text("partner")).required().input())
        (submit(text.of("propose")))
    };
    Ok(partner.page(web, text.of(title)).show(html! {
        (said)
        (cards(&all, html! { p { (text.of(none)) } }))
        (more(text, "/partner/partnerships?page=", &list.next_page_token))
        section {
            h2 { (text.of(proposing)) }
            (form(&partner.person.token, "/partner/partnerships", fields))
        }
    }))
}

fn partnership(web: &Web, partner: &Partner, it: &Partnership) -> Markup {
    let text = partner.person.text();
    let (called, other) = other(partner, it);
    let id = id_in(&it.name);
    let is_own = it.proposed_by == partner.name;
    let state = it.state();
    let accept = html! {
        (hidden("request", &web.clock.id().to_string()))
        (hidden("etag", &it.etag))
        (submit(text.of("accept-partnership")))
    };
    let content = html! {
        (facts(&[
            (text.of("state"), html! { (text.word("state", state.as_str_name())) }),
            (text.of("since"), text.time(it.accept_time.as_ref().or(it.create_time.as_ref()))),
        ]))
        @if state == PartnershipState::Active && partner.area == Area::Reseller {
            p {
                (action(&format!("/partner/invitations/new?provider={}", parameter(id_in(other))),
                    text.of("invite-new-customers")))
            }
        }
        @if state == PartnershipState::Proposed && !is_own {
            (form(&partner.person.token, &format!("/partner/partnerships/{id}/accept"), accept))
        }
        @if state != PartnershipState::Ended {
            p {
                a href={ "/partner/partnerships/" (id) "/end" } {
                    (text.of(ending(state, is_own)))
                }
            }
        }
    };
    card(named(called, other), content)
}

/// The other side: what it is called, and which partner it is.
fn other<'a>(partner: &Partner, it: &'a Partnership) -> (&'a str, &'a str) {
    match partner.area {
        Area::Provider => (&it.reseller_display_name, &it.reseller),
        _ => (&it.provider_display_name, &it.provider),
    }
}

/// What ending it is called.
fn ending(state: PartnershipState, is_own: bool) -> &'static str {
    match (state, is_own) {
        (PartnershipState::Proposed, true) => "withdraw-proposal",
        (PartnershipState::Proposed, false) => "turn-down-proposal",
        _ => "end-partnership",
    }
}

async fn propose(
    State(web): State<Web>,
    partner: Partner,
    sent: Form,
) -> Result<Response, Problem> {
    let request = ProposePartnershipRequest {
        parent: partner.name.clone(),
        partner: format!("partners/{}", sent.text("partner")),
        request_id: sent.text("request").to_owned(),
    };
    match partner.person.partners().propose_partnership(request).await {
        Ok(_) => Ok(back("proposed")),
        Err(status) if is_mendable(&status) || status.code() == tonic::Code::NotFound => {
            let said = wrong(partner.person.text(), &status);
            show(&web, &partner, "", &sent, said).await
        }
        Err(status) => Err(status.into()),
    }
}

fn back(what: &str) -> Response {
    Redirect::to(&format!("/partner/partnerships?done={what}")).into_response()
}

async fn accept(partner: Partner, Path(id): Path<String>, sent: Form) -> Result<Response, Problem> {
    let request = AcceptPartnershipRequest {
        name: format!("partnerships/{id}"),
        etag: sent.text("etag").to_owned(),
        request_id: sent.text("request").to_owned(),
    };
    partner
        .person
        .partners()
        .accept_partnership(request)
        .await?;
    Ok(back("partnership-accepted"))
}

async fn ask_end(
    State(web): State<Web>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let name = format!("partnerships/{id}");
    let answer = partner
        .person
        .partners()
        .get_partnership(GetPartnershipRequest { name })
        .await?;
    let it = answer.into_inner().partnership.unwrap_or_default();
    let text = partner.person.text();
    let (called, other) = other(&partner, &it);
    let title = ending(it.state(), it.proposed_by == partner.name);
    let fields = html! {
        (hidden("request", &web.clock.id().to_string()))
        (hidden("etag", &it.etag))
        (submit_ending(text.of(title)))
    };
    Ok(partner.page(&web, text.of(title)).show(html! {
        (facts(&[(text.of("partner"), named(called, other))]))
        p { (text.of("end-partnership-means")) }
        (form(&partner.person.token, &format!("/partner/partnerships/{id}/end"), fields))
        p { a href="/partner/partnerships" { (text.of("keep-it")) } }
    }))
}

async fn end(partner: Partner, Path(id): Path<String>, sent: Form) -> Result<Response, Problem> {
    let request = EndPartnershipRequest {
        name: format!("partnerships/{id}"),
        etag: sent.text("etag").to_owned(),
        request_id: sent.text("request").to_owned(),
    };
    partner.person.partners().end_partnership(request).await?;
    Ok(back("partnership-ended"))
}

//! Every invitation that the partner has made, in every state.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use proto::invitation::v1::{Invitation, InvitationState, ListInvitationsRequest};
use serde::Deserialize;

use super::Partner;
use crate::Web;
use crate::html::{
    Field, action, card, cards, facts, id_in, more, name, named, parameter, search, submit,
};
use crate::problem::Problem;
use crate::wording::Text;

/// The states to choose from.
const STATES: [InvitationState; 7] = [
    InvitationState::Open,
    InvitationState::Claimed,
    InvitationState::Accepted,
    InvitationState::Declined,
    InvitationState::Expired,
    InvitationState::Revoked,
    InvitationState::Void,
];

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/partner/invitations", get(invitations))
}

/// Which invitations are shown.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Shown {
    state: String,
    correlation_id: String,
    page: String,
}

async fn invitations(
    State(web): State<Web>,
    partner: Partner,
    Query(shown): Query<Shown>,
) -> Result<Response, Problem> {
    let state = InvitationState::from_str_name(&shown.state).unwrap_or_default();
    let request = ListInvitationsRequest {
        parent: partner.name.clone(),
        state: state.into(),
        correlation_id: shown.correlation_id.trim().to_owned(),
        page_token: shown.page.clone(),
        ..Default::default()
    };
    let list = partner
        .person
        .invitations()
        .list_invitations(request)
        .await?;
    let list = list.into_inner();
    let text = partner.person.text();
    let mut states = vec![("", text.of("every-state"))];
    states.extend(STATES.map(|state| {
        let value = state.as_str_name();
        (value, text.word("state", value))
    }));
    let all: Vec<_> = list.invitations.iter().map(|it| entry(text, it)).collect();
    let next = format!(
        "/partner/invitations?state={}&correlation_id={}&page=",
        parameter(&shown.state),
        parameter(&shown.correlation_id),
    );
    Ok(partner.page(&web, text.of("invitations")).show(html! {
        p { (action("/partner/invitations/new", text.of("request-relationship"))) }
        (search("/partner/invitations", html! {
            (Field::text(text, "state", &shown.state).choice(&states))
            (Field::text(text, "correlation_id", &shown.correlation_id).searching().input())
            (submit(text.of("show")))
        }))
        (cards(&all, html! { p { (text.of("no-invitations")) } }))
        (more(text, &next, &list.next_page_token))
    }))
}

fn entry(text: &Text, invitation: &Invitation) -> Markup {
    let state = invitation.state().as_str_name();
    let title = html! {
        @if invitation.customer.is_empty() {
            (text.of(if invitation.provider.is_empty() { "invitation-alone" } else { "invitation-joint" }))
        } @else {
            (named(&invitation.customer_display_name, &invitation.customer))
        }
    };
    let content = html! {
        (facts(&[
            (text.of("state"), html! { (text.word("state", state)) }),
            (text.of("made-at"), text.time(invitation.create_time.as_ref())),
            (text.of("valid-until"), text.time(invitation.expire_time.as_ref())),
            (text.of("field-correlation_id"), name(&invitation.correlation_id)),
        ]))
        p.hint { (text.word("next", state)) }
        p {
            a href={ "/partner/invitations/" (id_in(&invitation.name)) } {
                (text.of("open-invitation"))
            }
        }
    };
    card(title, content)
}

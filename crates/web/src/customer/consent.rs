//! What a customer has answered, and what became of it: each acceptance with its text, each
//! declination, and each relationship that is over.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use proto::invitation::v1::{
    Acceptance, AcceptanceState, ConsentRecord, Declination, GetAcceptanceRequest,
    GetWordingRequest, ListAcceptancesRequest, ListDeclinationsRequest, Party,
};
use proto::relationship::v1::{ListRelationshipsRequest, Relationship, RelationshipState};
use serde::Deserialize;

use super::invitation::acceptance_path;
use crate::Web;
use crate::html::{Area, Page, action, card, cards, facts, more, name, named, prose};
use crate::person::Person;
use crate::problem::Problem;
use crate::wording::Text;

/// How soon an acceptance that is being established is looked at again, in seconds.
const AGAIN: u32 = 2;
/// How many of each kind are shown at once.
const SHOWN: i32 = 20;

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/customer/consents", get(consents))
        .route("/customer/acceptances/{acceptance}", get(acceptance))
}

/// Where each list goes on.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct From {
    accepted: String,
    declined: String,
    ended: String,
}

async fn consents(
    State(web): State<Web>,
    person: Person,
    Query(from): Query<From>,
) -> Result<Response, Problem> {
    let parent = person.customer()?;
    let (mut invitations, mut relationships) = (person.invitations(), person.relationships());
    let mut declinations = invitations.clone();
    let (accepted, declined, ended) = tokio::try_join!(
        invitations.list_acceptances(ListAcceptancesRequest {
            parent: parent.clone(),
            page_size: SHOWN,
            page_token: from.accepted,
        }),
        declinations.list_declinations(ListDeclinationsRequest {
            parent: parent.clone(),
            page_size: SHOWN,
            page_token: from.declined,
        }),
        relationships.list_relationships(ListRelationshipsRequest {
            parent,
            state: RelationshipState::Removed.into(),
            page_size: SHOWN,
            page_token: from.ended,
            ..Default::default()
        }),
    )?;
    let (accepted, declined, ended) = (
        accepted.into_inner(),
        declined.into_inner(),
        ended.into_inner(),
    );
    let text = person.text();
    let none = |key: &str| html! { p { (text.of(key)) } };
    let list = |all: Vec<Markup>, key: &str| cards(&all, none(key));
    let accepting: Vec<_> = accepted
        .acceptances
        .iter()
        .map(|it| accepted_card(text, it))
        .collect();
    let declining: Vec<_> = declined
        .declinations
        .iter()
        .map(|it| declined_card(text, it))
        .collect();
    let ending: Vec<_> = ended
        .relationships
        .iter()
        .map(|it| ended_card(text, it))
        .collect();
    let to = |list: &str| format!("/customer/consents?{list}=");
    let page = Page::of(&web, &person, Area::Customer, text.of("consents"));
    Ok(page.show(html! {
        section {
            h2 { (text.of("accepted")) }
            (list(accepting, "none-accepted"))
            (more(text, &to("accepted"), &accepted.next_page_token))
        }
        section {
            h2 { (text.of("declined")) }
            (list(declining, "none-declined"))
            (more(text, &to("declined"), &declined.next_page_token))
        }
        section {
            h2 { (text.of("ended")) }
            (list(ending, "none-ended"))
            (more(text, &to("ended"), &ended.next_page_token))
        }
    }))
}

fn parties(parties: &[Party]) -> Markup {
    html! {
        @for (index, party) in parties.iter().enumerate() {
            @if index > 0 { " · " }
            (named(&party.display_name, &party.partner))
        }
    }
}

fn state(text: &Text, acceptance: &Acceptance) -> String {
    text.word("state", acceptance.state().as_str_name())
}

fn accepted_card(text: &Text, acceptance: &Acceptance) -> Markup {
    let content = html! {
        (facts(&[
            (text.of("state"), html! { (state(text, acceptance)) }),
            (text.of("accepted-at"), text.time(acceptance.claim_time.as_ref())),
        ]))
        p { (action(&acceptance_path(&acceptance.name), text.of("read-consent"))) }
    };
    card(parties(&acceptance.parties), content)
}

fn declined_card(text: &Text, declination: &Declination) -> Markup {
    let content = facts(&[
        (
            text.of("declined-at"),
            text.time(declination.decline_time.as_ref()),
        ),
        (text.of("declined-by"), name(&declination.subject)),
        (
            text.of("field-reason"),
            html! { (reason(&declination.reason)) },
        ),
    ]);
    card(parties(&declination.parties), content)
}

fn ended_card(text: &Text, relationship: &Relationship) -> Markup {
    let (by, because) = match &relationship.ending {
        Some(ending) => (name(&ending.subject), ending.reason.as_str()),
        None => (html! { (text.of("by-the-partner")) }, ""),
    };
    let content = facts(&[
        (
            text.of("established-at"),
            text.time(relationship.establish_time.as_ref()),
        ),
        (
            text.of("ended-at"),
            text.time(relationship.remove_time.as_ref()),
        ),
        (text.of("ended-by"), by),
        (text.of("field-reason"), html! { (reason(because)) }),
    ]);
    let partner = relationship.name.split('/').nth(1).unwrap_or_default();
    card(named(&relationship.partner_display_name, partner), content)
}

fn reason(reason: &str) -> Markup {
    match reason {
        "" => html! { "–" },
        reason => prose(reason),
    }
}

/// An acceptance: received and being established, done, or refused; and what was consented to.
async fn acceptance(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let name = format!("{}/acceptances/{id}", person.customer()?);
    let mut invitations = person.invitations();
    let answer = invitations
        .get_acceptance(GetAcceptanceRequest { name })
        .await?;
    let acceptance = answer.into_inner().acceptance.unwrap_or_default();
    let text = person.text();
    let consent = match acceptance.consent.clone() {
        Some(consent) => {
            let wording = GetWordingRequest {
                wording_id: consent.wording_id.clone(),
                language: consent.language.clone(),
                terms: consent.terms.clone(),
            };
            let wording = invitations.get_wording(wording).await?.into_inner();
            consented(text, &consent, &wording.text)
        }
        None => html! {},
    };
    let title = match acceptance.state() {
        AcceptanceState::Claimed => "being-established",
        AcceptanceState::Void => "refused",
        AcceptanceState::Established | AcceptanceState::Unspecified => "established",
    };
    let mut page = Page::of(&web, &person, Area::Customer, text.of(title));
    if acceptance.state() == AcceptanceState::Claimed {
        page = page.refresh(AGAIN, None);
    }
    Ok(page.show(html! {
        p.said role="status" { (text.of(&format!("{title}-said"))) }
        @if !acceptance.relationships.is_empty() {
            p { (action("/customer", text.of("to-reach"))) }
        }
        h2 { (text.of("who")) }
        @for party in &acceptance.parties {
            section.party {
                h3 { (named(&party.display_name, &party.partner)) }
                (text.permissions(&party.permissions))
            }
        }
        (consent)
    }))
}

/// Who consented to which text, and when.
fn consented(text: &Text, consent: &ConsentRecord, wording: &str) -> Markup {
    html! {
        h2 { (text.of("consent")) }
        (facts(&[
            (text.of("consented-at"), text.time(consent.consent_time.as_ref())),
            (text.of("consented-by"), name(&consent.subject)),
            (text.of("wording"), html! { code { (consent.wording_id) } " (" (consent.language) ")" }),
            (text.of("hash"), html! { code.hash { (consent.text_sha256) } }),
        ]))
        (prose(wording))
    }
}

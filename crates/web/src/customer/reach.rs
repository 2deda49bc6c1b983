//! Who can reach the customer, by what and since when; and the invitations that wait for it.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use proto::invitation::v1::{Invitation, InvitationState, ListInvitationsRequest};
use proto::relationship::v1::{
    AccessBasis, AccessEntry, AccessPrivilege, Account, GetAccountRequest, ListAccessRequest,
};
use serde::Deserialize;
use tonic::Code;

use crate::Web;
use crate::html::{Area, Page, action, card, cards, facts, more, name, named};
use crate::person::Person;
use crate::problem::Problem;
use crate::wording::Text;

/// How many invitations that wait are shown at most.
const WAITING: i32 = 20;

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/customer", get(reach))
}

/// Where the list goes on, and what was done just now.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Shown {
    page: String,
    done: String,
}

async fn reach(
    State(web): State<Web>,
    person: Person,
    Query(shown): Query<Shown>,
) -> Result<Response, Problem> {
    let customer = person.customer()?;
    let (mut access, mut invitations) = (person.access(), person.invitations());
    let mut relationships = person.relationships();
    let (access, waiting, account) = tokio::join!(
        access.list_access(ListAccessRequest {
            parent: customer.clone(),
            page_token: shown.page,
            ..Default::default()
        }),
        invitations.list_invitations(ListInvitationsRequest {
            parent: customer.clone(),
            state: InvitationState::Open.into(),
            page_size: WAITING,
            ..Default::default()
        }),
        relationships.get_account(GetAccountRequest { name: customer }),
    );
    let (access, waiting) = (access?.into_inner(), waiting?.into_inner());
    let account = match account {
        Ok(answer) => answer.into_inner().account,
        Err(status) if status.code() == Code::NotFound => None,
        Err(status) => return Err(status.into()),
    };
    let text = person.text();
    let entries: Vec<_> = access
        .entries
        .iter()
        .map(|entry| reaches(text, entry))
        .collect();
    let waits: Vec<_> = waiting
        .invitations
        .iter()
        .map(|it| waits(text, it))
        .collect();
    let page = Page::of(&web, &person, Area::Customer, text.of("reach"));
    Ok(page.show(html! {
        (done(text, &shown.done))
        @if !waits.is_empty() {
            section {
                h2 { (text.of("waiting")) }
                (cards(&waits, html! {}))
            }
        }
        section {
            h2 { (text.of("partners-that-reach")) }
            (cards(&entries, html! { p { (text.of("none-reach")) } }))
            (more(text, "/customer?page=", &access.next_page_token))
        }
        @if let Some(account) = account { (own_account(text, &account)) }
    }))
}

/// What was done just now, if that was something of ours.
pub(crate) fn done(text: &Text, what: &str) -> Markup {
    let known = what.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let said = known.then(|| text.find(&format!("done-{what}"))).flatten();
    html! {
        @if let Some(said) = said { p.said role="status" { (said) } }
    }
}

fn reaches(text: &Text, entry: &AccessEntry) -> Markup {
    let is_over = entry.basis() == AccessBasis::ResidualPrivileges;
    let (partner, relationship) = ids(&entry.relationship);
    let content = html! {
        p { (text.word("basis", entry.basis().as_str_name())) }
        (facts(&[
            (text.of("since"), text.time(entry.establish_time.as_ref())),
            (text.of("origin"), html! { (text.word("origin", &entry.origin)) }),
        ]))
        @for privilege in &entry.privileges { (privileged(text, privilege)) }
        @if !is_over {
            p {
                a href={ "/customer/relationships/" (partner) "/" (relationship) "/end" } {
                    (text.of("end-relationship"))
                }
            }
        }
    };
    card(named(&entry.partner_display_name, &entry.partner), content)
}

fn privileged(text: &Text, privilege: &AccessPrivilege) -> Markup {
    let (partner, id) = ids(&privilege.privilege);
    html! {
        section.privilege {
            h3 { (text.of("privilege")) }
            (text.permissions(&privilege.permissions))
            (facts(&[
                (text.of("since"), text.time(privilege.grant_time.as_ref())),
                (text.of("until"), match &privilege.expire_time {
                    Some(time) => text.time(Some(time)),
                    None => html! { (text.of("no-end")) },
                }),
            ]))
            p {
                a href={ "/customer/privileges/" (partner) "/" (id) "/end" } {
                    (text.of("end-privilege"))
                }
            }
        }
    }
}

fn waits(text: &Text, invitation: &Invitation) -> Markup {
    let (partner, id) = ids(&invitation.name);
    let who = html! {
        @for (index, party) in invitation.parties.iter().enumerate() {
            @if index > 0 { " · " }
            (named(&party.display_name, &party.partner))
        }
    };
    let content = html! {
        (facts(&[(text.of("valid-until"), text.time(invitation.expire_time.as_ref()))]))
        p { (action(&format!("/customer/invitations/{partner}/{id}"), text.of("read-invitation"))) }
    };
    card(who, content)
}

fn own_account(text: &Text, account: &Account) -> Markup {
    html! {
        section {
            h2 { (text.of("your-organization")) }
            (facts(&[
                (text.of("field-display_name"), name(&account.display_name)),
                (text.of("field-country"), html! { (text.country(&account.country)) }),
                (text.of("field-domain"), name(&account.domain)),
            ]))
        }
    }
}

/// The partner and the last part of a name below a partner.
fn ids(resource: &str) -> (&str, &str) {
    let mut parts = resource.split('/').skip(1);
    let partner = parts.next().unwrap_or_default();
    (partner, parts.nth(1).unwrap_or_default())
}

//! An invitation as its customer answers it, by the link or by its name. Nothing is looked up
//! before somebody has signed in, and only a form that is sent changes anything.

use std::collections::HashMap;

use axum::Router;
use axum::extract::{FromRequestParts, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::request::Parts;
use maud::{Markup, html};
use proto::invitation::v1::{
    AcceptInvitationRequest, AccountData, Consent, DeclineInvitationRequest,
    InspectInvitationRequest, InspectInvitationResponse, InvitationState, Party, PartyRole,
};
use proto::relationship::v1::{Account, GetAccountRequest};
use tonic::{Code, Status};
use vocabulary::link::PATH;

use crate::form::Form;
use crate::html::{Area, Field, Page, action, facts, form, hidden, id_in, named, prose, submit};
use crate::person::Person;
use crate::problem::{Problem, is_mendable, said, wrong};
use crate::reader::Reader;
use crate::wording::Text;
use crate::{Web, sign_in};

pub(crate) fn routes() -> Router<Web> {
    let by_link = |rest: &str| format!("{PATH}{{token}}{rest}");
    let by_name = |rest: &str| format!("/customer/invitations/{{partner}}/{{invitation}}{rest}");
    Router::new()
        .route(&by_link(""), get(read_by_link))
        .route(&by_link("/sign-in"), get(sign_in_first))
        .route(&by_link("/accept"), post(accept))
        .route(&by_link("/decline"), post(decline))
        .route(&by_name(""), get(read_by_name))
        .route(&by_name("/accept"), post(accept))
        .route(&by_name("/decline"), post(decline))
}

/// Which invitation somebody answers.
enum Which {
    /// The one of this link, of which this is the secret.
    Link(String),
    /// The one of this name, of a partner.
    Name(String, String),
}

impl FromRequestParts<Web> for Which {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let named = Path::<HashMap<String, String>>::from_request_parts(parts, web).await;
        let Path(mut named) = named.map_err(|_| Problem::NotFound)?;
        let (token, partner, invitation) = (
            named.remove("token"),
            named.remove("partner"),
            named.remove("invitation"),
        );
        match (token, partner, invitation) {
            (Some(token), ..) => Ok(Self::Link(token)),
            (None, Some(partner), Some(invitation)) => Ok(Self::Name(partner, invitation)),
            _ => Err(Problem::NotFound),
        }
    }
}

impl Which {
    fn path(&self) -> String {
        match self {
            Self::Link(token) => format!("{PATH}{token}"),
            Self::Name(partner, invitation) => {
                format!("/customer/invitations/{partner}/{invitation}")
            }
        }
    }

    /// The link and the name, one of which is empty.
    fn link_and_name(&self, web: &Web) -> (String, String) {
        match self {
            Self::Link(_) => (
                format!("{}{}", web.config.public_url, self.path()),
                String::new(),
            ),
            Self::Name(partner, invitation) => (
                String::new(),
                format!("partners/{partner}/invitations/{invitation}"),
            ),
        }
    }
}

/// Before somebody has signed in, every link looks the same.
async fn read_by_link(
    State(web): State<Web>,
    which: Which,
    reader: Reader,
    person: Result<Person, Problem>,
) -> Result<Response, Problem> {
    match person {
        Err(Problem::SignInNeeded) => Ok(before_sign_in(&web, &reader, &which)),
        person => read(&web, &person?, &which, &Form::default(), None).await,
    }
}

fn before_sign_in(web: &Web, reader: &Reader, which: &Which) -> Response {
    let text = &reader.text;
    Page::new(web, reader, text.of("invited")).show(html! {
        p { (text.of("invited-sign-in")) }
        p { (action(&format!("{}/sign-in", which.path()), text.of("sign-in"))) }
        p.hint { (text.of("invited-nothing-yet")) }
    })
}

async fn sign_in_first(State(web): State<Web>, which: Which) -> Result<Response, Problem> {
    sign_in::begin(&web, &which.path()).await
}

async fn read_by_name(
    State(web): State<Web>,
    which: Which,
    person: Person,
) -> Result<Response, Problem> {
    read(&web, &person, &which, &Form::default(), None).await
}

/// Shows who asks for what, above a form that may have been filled in before.
async fn read(
    web: &Web,
    person: &Person,
    which: &Which,
    filled: &Form,
    refused: Option<&Status>,
) -> Result<Response, Problem> {
    let (link, name) = which.link_and_name(web);
    let request = InspectInvitationRequest {
        link,
        name,
        language: person.text().language.to_string(),
    };
    let (mut invitations, mut relationships) = (person.invitations(), person.relationships());
    let (asked, account) = tokio::join!(invitations.inspect_invitation(request), async {
        match person.customer() {
            Ok(name) => relationships.get_account(GetAccountRequest { name }).await,
            Err(_) => Err(Status::permission_denied("nobody to ask for")),
        }
    });
    let account = match account {
        Ok(answer) => answer.into_inner().account,
        Err(status) if status.code() == Code::NotFound => None,
        // whoever cannot accept has no account to be shown
        Err(status) if status.code() == Code::PermissionDenied => None,
        Err(status) => return Err(status.into()),
    };
    let asked = match asked {
        Ok(answer) => answer.into_inner(),
        Err(status) if is_about_the_link(&status) => {
            return Ok(cannot_be_answered(web, person, &status, &which.path()));
        }
        Err(status) => return Err(status.into()),
    };
    if !asked.acceptance.is_empty() {
        return Ok(Redirect::to(&acceptance_path(&asked.acceptance)).into_response());
    }
    if asked.state() != InvitationState::Open {
        return Err(Problem::NotFound);
    }
    let answer = Answer {
        person,
        which,
        asked: &asked,
        account: account.as_ref(),
        filled,
    };
    let text = person.text();
    let page = Page::of(web, person, Area::Customer, text.of("invitation"));
    Ok(page.show(html! {
        @if let Some(status) = refused { (wrong(text, status)) }
        (what_is_asked(text, &asked))
        (answer.forms(web))
    }))
}

/// Whether a refusal says that the link or name cannot be answered, by this person or by anybody.
fn is_about_the_link(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::NotFound | Code::FailedPrecondition | Code::InvalidArgument
    )
}

/// Says why an invitation cannot be answered, who is signed in, and how somebody else does.
fn cannot_be_answered(web: &Web, person: &Person, status: &Status, path: &str) -> Response {
    let text = person.text();
    let back = crate::reader::back_to(web, path);
    let mut page = Page::of(web, person, Area::Customer, text.of("cannot-be-answered"));
    page = page.status(http::StatusCode::CONFLICT);
    let not_found = status.code() != Code::FailedPrecondition;
    page.show(html! {
        p.said role="alert" {
            @if not_found { (text.of("not-for-you")) } @else { (said(text, status)) }
        }
        p {
            (text.of("signed-in-as")) " "
            (named(&person.name, &person.tenant))
        }
        p { (action(&format!("/switch?back={back}"), text.of("sign-in-as-another"))) }
    })
}

/// Who asks for what, and the consent in full.
fn what_is_asked(text: &Text, asked: &InspectInvitationResponse) -> Markup {
    html! {
        p { (text.of(if asked.parties.len() > 1 { "asked-joint" } else { "asked-alone" })) }
        @for party in &asked.parties { (party_asks(text, party)) }
        h2 { (text.of("privileges")) }
        p { (text.with("privileges-last", &[("days", asked.privilege_lifetime_days.into())])) }
        (text.permissions(&asked.privilege_permissions))
        (facts(&[(text.of("valid-until"), text.time(asked.expire_time.as_ref()))]))
        h2 { (text.of("consent")) }
        (prose(&asked.consent_text))
    }
}

fn party_asks(text: &Text, party: &Party) -> Markup {
    let role = match party.role() {
        PartyRole::IndirectProvider => "role-provider",
        PartyRole::IndirectReseller | PartyRole::Unspecified => "role-reseller",
    };
    html! {
        section.party {
            h2 { (named(&party.display_name, &party.partner)) }
            p { (text.of(role)) }
            (text.permissions(&party.permissions))
        }
    }
}

/// What somebody who reads an invitation may answer.
struct Answer<'a> {
    person: &'a Person,
    which: &'a Which,
    asked: &'a InspectInvitationResponse,
    account: Option<&'a Account>,
    filled: &'a Form,
}

impl Answer<'_> {
    fn forms(&self, web: &Web) -> Markup {
        let text = self.person.text();
        if !self.person.is_global_admin() {
            let switch = format!("/switch?back={}", self.person.reader.back);
            return html! {
                p.said role="alert" { (text.of("problem-global-admin-needed")) }
                p { (action(&switch, text.of("sign-in-as-another"))) }
            };
        }
        let (path, token) = (self.which.path(), &self.person.token);
        let once = html! { (hidden("request", &web.clock.id().to_string())) };
        let accept = html! {
            (once)
            (hidden("wording", &self.asked.consent_wording_id))
            (hidden("language", &self.asked.consent_language))
            (self.account())
            (submit(text.of("accept")))
        };
        let decline = html! {
            (once)
            (Field::text(text, "reason", self.filled.text("reason")).input())
            button.quiet type="submit" { (text.of("decline")) }
        };
        html! {
            h2 { (text.of("your-answer")) }
            (form(token, &format!("{path}/accept"), accept))
            details {
                summary { (text.of("decline-instead")) }
                (form(token, &format!("{path}/decline"), decline))
            }
        }
    }

    /// What the account is opened with, where there is none yet.
    fn account(&self) -> Markup {
        let text = self.person.text();
        match self.account {
            Some(account) => html! {
                p { (text.of("accept-as")) " " (named(&account.display_name, &account.name)) }
            },
            None => account_fields(text, self.filled, &self.person.tenant),
        }
    }
}

fn account_fields(text: &Text, filled: &Form, tenant: &str) -> Markup {
    let mut countries = vec![("", text.of("choose-country"))];
    countries.extend(text.countries());
    let (display_name, country, domain) = (
        filled.text("display_name"),
        filled.text("country"),
        filled.text("domain"),
    );
    html! {
        fieldset {
            legend { (text.of("your-organization")) }
            p.hint { (text.of("account-is-opened")) " " (crate::html::name(tenant)) }
            (Field::text(text, "display_name", display_name).required().input())
            (Field::text(text, "country", country).required().choice(&countries))
            (Field::text(text, "domain", domain).required().input())
        }
    }
}

async fn accept(
    State(web): State<Web>,
    which: Which,
    person: Person,
    sent: Form,
) -> Result<Response, Problem> {
    let (link, name) = which.link_and_name(&web);
    let account = !sent.text("display_name").is_empty();
    let request = AcceptInvitationRequest {
        parent: person.customer()?,
        link,
        name,
        consent: Some(Consent {
            wording_id: sent.text("wording").to_owned(),
            language: sent.text("language").to_owned(),
        }),
        account: account.then(|| AccountData {
            display_name: sent.text("display_name").to_owned(),
            country: sent.text("country").to_owned(),
            domain: sent.text("domain").to_owned(),
        }),
        request_id: sent.text("request").to_owned(),
    };
    match person.invitations().accept_invitation(request).await {
        Ok(answer) => {
            let acceptance = answer.into_inner().acceptance.unwrap_or_default();
            Ok(Redirect::to(&acceptance_path(&acceptance.name)).into_response())
        }
        Err(status) if is_mendable(&status) => {
            read(&web, &person, &which, &sent, Some(&status)).await
        }
        Err(status) => Err(status.into()),
    }
}

async fn decline(
    State(web): State<Web>,
    which: Which,
    person: Person,
    sent: Form,
) -> Result<Response, Problem> {
    let (link, name) = which.link_and_name(&web);
    let request = DeclineInvitationRequest {
        parent: person.customer()?,
        link,
        name,
        reason: sent.lines("reason"),
        request_id: sent.text("request").to_owned(),
    };
    match person.invitations().decline_invitation(request).await {
        Ok(_) => Ok(Redirect::to("/customer?done=declined").into_response()),
        Err(status) if is_mendable(&status) => {
            read(&web, &person, &which, &sent, Some(&status)).await
        }
        Err(status) => Err(status.into()),
    }
}

/// Where an acceptance is shown.
pub(super) fn acceptance_path(acceptance: &str) -> String {
    format!("/customer/acceptances/{}", id_in(acceptance))
}

//! The partner's enrolment: asked for, withdrawn, and what became of it; and what the partner is
//! called.

use axum::Router;
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::request::Parts;
use maud::{Markup, html};
use prost_types::FieldMask;
use proto::relationship::v1::{
    EnrollPartnerRequest, EnrollmentImport, GetPartnerRequest, GetPartnerResponse, Partner,
    PartnerState, UpdatePartnerRequest, WithdrawEnrollmentRequest,
};
use tonic::{Code, Status};

use crate::Web;
use crate::form::Form;
use crate::html::{Area, Field, Page, facts, form, hidden, name, prose, submit, submit_ending};
use crate::person::Person;
use crate::problem::{Problem, is_mendable, wrong};
use crate::wording::Text;

/// How soon an import that is under way is looked at again, in seconds.
const AGAIN: u32 = 3;

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/partner/enrollment", get(enrollment).post(enroll))
        .route("/partner/enrollment/rename", post(rename))
        .route("/partner/enrollment/withdraw", post(withdraw))
}

/// Somebody who may act for an organisation as a partner, which it need not be yet.
struct Applicant {
    person: Person,
    name: String,
    area: Area,
}

impl FromRequestParts<Web> for Applicant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let person = Person::from_request_parts(parts, web).await?;
        let area = match super::area(web, &person).await {
            Ok(area) => area,
            Err(Problem::NotEnrolled) => Area::Enrolling,
            Err(problem) => return Err(problem),
        };
        Ok(Self {
            name: person.partner()?,
            person,
            area,
        })
    }
}

async fn enrollment(State(web): State<Web>, applicant: Applicant) -> Result<Response, Problem> {
    show(&web, &applicant, &Form::default(), None).await
}

async fn show(
    web: &Web,
    applicant: &Applicant,
    filled: &Form,
    refused: Option<&Status>,
) -> Result<Response, Problem> {
    let request = GetPartnerRequest {
        name: applicant.name.clone(),
    };
    let known = match applicant.person.partners().get_partner(request).await {
        Ok(answer) => Some(answer.into_inner()),
        Err(status) if status.code() == Code::NotFound => None,
        Err(status) => return Err(status.into()),
    };
    let text = applicant.person.text();
    let state = known
        .as_ref()
        .and_then(|known| known.partner.as_ref())
        .map(Partner::state);
    let may_ask = matches!(state, None | Some(PartnerState::Failed));
    let mut page = Page::of(
        web,
        &applicant.person,
        applicant.area,
        text.of("enrollment"),
    );
    if state == Some(PartnerState::Pending) {
        page = page.refresh(AGAIN, None);
    }
    Ok(page.show(html! {
        @if let Some(status) = refused { (wrong(text, status)) }
        @if let Some(known) = &known { (stands(web, applicant, known)) }
        @if may_ask { (ask(web, applicant, filled)) }
    }))
}

fn ask(web: &Web, applicant: &Applicant, filled: &Form) -> Markup {
    let text = applicant.person.text();
    let kinds = [
        ("1", text.of("role-reseller")),
        ("2", text.of("role-provider")),
    ];
    let fields = html! {
        (hidden("request", &web.clock.id().to_string()))
        (Field::text(text, "kind", filled.text("kind")).choice(&kinds))
        (Field::text(text, "display_name", filled.text("display_name")).required().input())
        (submit(text.of("enroll")))
    };
    html! {
        h2 { (text.of("ask-for-enrollment")) }
        p { (text.of("enrollment-means")) }
        (form(&applicant.person.token, "/partner/enrollment", fields))
    }
}

/// How the enrolment stands, and what can be done about it.
fn stands(web: &Web, applicant: &Applicant, known: &GetPartnerResponse) -> Markup {
    let text = applicant.person.text();
    let partner = known.partner.clone().unwrap_or_default();
    let once = html! {
        (hidden("request", &web.clock.id().to_string()))
        (hidden("etag", &partner.etag))
    };
    let rename = html! {
        (once)
        (Field::text(text, "new_display_name", &partner.display_name).required().input())
        (submit(text.of("rename")))
    };
    let withdraw = html! { (once) (submit_ending(text.of("withdraw-enrollment"))) };
    let token = &applicant.person.token;
    html! {
        (facts(&[
            (text.of("state"), html! { (text.word("state", partner.state().as_str_name())) }),
            (text.of("field-kind"), html! { (text.word("kind", partner.kind().as_str_name())) }),
            (text.of("field-display_name"), name(&partner.display_name)),
            (text.of("since"), text.time(partner.update_time.as_ref())),
        ]))
        @if !partner.state_reason.is_empty() { (prose(&partner.state_reason)) }
        @if let Some(import) = &known.customer_import { (imported(text, import)) }
        details {
            summary { (text.of("rename")) }
            (form(token, "/partner/enrollment/rename", rename))
        }
        @if partner.state() == PartnerState::Pending {
            details {
                summary { (text.of("withdraw-enrollment")) }
                (form(token, "/partner/enrollment/withdraw", withdraw))
            }
        }
    }
}

fn imported(text: &Text, import: &EnrollmentImport) -> Markup {
    let count = |count: i64| html! { (count) };
    html! {
        h2 { (text.of("existing-customers")) }
        (facts(&[
            (text.of("state"), html! { (text.word("state", import.state().as_str_name())) }),
            (text.of("imported"), count(import.imported_count)),
            (text.of("kept"), count(import.kept_count)),
            (text.of("skipped"), count(import.skipped_count)),
        ]))
    }
}

async fn enroll(
    State(web): State<Web>,
    applicant: Applicant,
    sent: Form,
) -> Result<Response, Problem> {
    let request = EnrollPartnerRequest {
        name: applicant.name.clone(),
        kind: sent.number("kind"),
        display_name: sent.text("display_name").to_owned(),
        request_id: sent.text("request").to_owned(),
    };
    let answer = applicant.person.partners().enroll_partner(request).await;
    answered(&web, &applicant, &sent, answer.map(drop)).await
}

async fn rename(
    State(web): State<Web>,
    applicant: Applicant,
    sent: Form,
) -> Result<Response, Problem> {
    let request = UpdatePartnerRequest {
        partner: Some(Partner {
            name: applicant.name.clone(),
            display_name: sent.text("new_display_name").to_owned(),
            etag: sent.text("etag").to_owned(),
            ..Partner::default()
        }),
        update_mask: Some(FieldMask {
            paths: vec!["display_name".to_owned()],
        }),
        request_id: sent.text("request").to_owned(),
    };
    let answer = applicant.person.partners().update_partner(request).await;
    answered(&web, &applicant, &sent, answer.map(drop)).await
}

async fn withdraw(
    State(web): State<Web>,
    applicant: Applicant,
    sent: Form,
) -> Result<Response, Problem> {
    let request = WithdrawEnrollmentRequest {
        name: applicant.name.clone(),
        etag: sent.text("etag").to_owned(),
        request_id: sent.text("request").to_owned(),
    };
    let answer = applicant
        .person
        .partners()
        .withdraw_enrollment(request)
        .await;
    answered(&web, &applicant, &sent, answer.map(drop)).await
}

async fn answered(
    web: &Web,
    applicant: &Applicant,
    sent: &Form,
    answer: Result<(), Status>,
) -> Result<Response, Problem> {
    match answer {
        Ok(()) => Ok(Redirect::to("/partner/enrollment").into_response()),
        Err(status) if is_mendable(&status) => show(web, applicant, sent, Some(&status)).await,
        Err(status) => Err(status.into()),
    }
}

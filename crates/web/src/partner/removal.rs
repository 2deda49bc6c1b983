//! How a partner removes its relationship with a customer: what would follow, four points to
//! attest, and the removal.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::{Markup, html};
use proto::customer::v1::Availability;
use proto::relationship::v1::{
    PreviewRemovalRequest, PreviewRemovalResponse, RemovalAttestation, RemoveRelationshipRequest,
};
use tonic::Status;

use super::{Partner, record};
use crate::Web;
use crate::form::Form;
use crate::html::{facts, form, hidden, name, named, prose, submit_ending, tick};
use crate::problem::{Problem, is_mendable, wrong};
use crate::wording::Text;

/// What is attested, each by a box of its own.
const POINTS: [&str; 4] = [
    "good_faith",
    "legitimate_business_purpose",
    "in_line_with_agreement",
    "hold_harmless",
];

pub(crate) fn routes() -> Router<Web> {
    Router::new().route(
        "/partner/relationships/{relationship}/remove",
        get(preview).post(remove),
    )
}

async fn preview(
    State(web): State<Web>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    show(&web, &partner, &id, &Form::default(), None).await
}

async fn show(
    web: &Web,
    partner: &Partner,
    id: &str,
    filled: &Form,
    refused: Option<&Status>,
) -> Result<Response, Problem> {
    let text = partner.person.text();
    let request = PreviewRemovalRequest {
        name: format!("{}/relationships/{id}", partner.name),
        language: text.language.to_string(),
    };
    let preview = partner
        .person
        .relationships()
        .preview_removal(request)
        .await?;
    let preview = preview.into_inner();
    let relationship = preview.relationship.clone().unwrap_or_default();
    let fields = html! {
        (hidden("request", &web.clock.id().to_string()))
        (hidden("etag", &relationship.etag))
        (hidden("wording", &preview.wording_id))
        (hidden("language", &preview.language))
        fieldset {
            legend { (text.of("attest")) }
            @for point in POINTS {
                (tick(point, text.of(&format!("attest-{point}")), filled.is_ticked(point)))
            }
        }
        (submit_ending(text.of("remove-relationship")))
    };
    let customer = relationship.customer.clone();
    let to = format!("/partner/relationships/{id}/remove");
    let page = partner.page(web, text.of("remove-relationship"));
    Ok(page.show(html! {
        @if let Some(status) = refused { (wrong(text, status)) }
        (facts(&[
            (text.of("customer"), named(&relationship.customer_display_name, &customer)),
            (text.of("since"), text.time(relationship.establish_time.as_ref())),
        ]))
        (what_follows(text, &preview))
        h2 { (text.of("attestation")) }
        (prose(&preview.text))
        (form(&partner.person.token, &to, fields))
        p { a href="/partner/customers" { (text.of("keep-it")) } }
    }))
}

fn what_follows(text: &Text, preview: &PreviewRemovalResponse) -> Markup {
    let known = preview.active_subscriptions_availability() == Availability::Available;
    html! {
        h2 { (text.of("what-follows")) }
        p { (text.of("leaves-the-list")) }
        @if preview.remaining_privileges.is_empty() {
            p { (text.of("no-privileges-stay")) }
        } @else {
            p { (text.of("privileges-stay")) }
            @for privilege in &preview.remaining_privileges {
                (text.permissions(&privilege.permissions))
            }
        }
        @if !known {
            p { (text.of("subscriptions-not-known")) }
        } @else if !preview.active_subscriptions.is_empty() {
            p { (text.of("subscriptions-stay")) }
            ul.items {
                @for subscription in &preview.active_subscriptions {
                    li { (record::subscription(text, subscription)) }
                }
            }
        }
        p { (name(&preview.next_step)) }
    }
}

async fn remove(
    State(web): State<Web>,
    partner: Partner,
    Path(id): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let [
        good_faith,
        legitimate_business_purpose,
        in_line_with_agreement,
        hold_harmless,
    ] = POINTS.map(|point| sent.is_ticked(point));
    let request = RemoveRelationshipRequest {
        name: format!("{}/relationships/{id}", partner.name),
        attestation: Some(RemovalAttestation {
            wording_id: sent.text("wording").to_owned(),
            language: sent.text("language").to_owned(),
            good_faith,
            legitimate_business_purpose,
            in_line_with_agreement,
            hold_harmless,
        }),
        etag: sent.text("etag").to_owned(),
        request_id: sent.text("request").to_owned(),
    };
    match partner
        .person
        .relationships()
        .remove_relationship(request)
        .await
    {
        Ok(_) => Ok(Redirect::to("/partner/customers?done=removed").into_response()),
        Err(status) if is_mendable(&status) => {
            show(&web, &partner, &id, &sent, Some(&status)).await
        }
        Err(status) => Err(status.into()),
    }
}

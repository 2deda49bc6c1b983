//! A new invitation: a short form, warnings of what is there already, and the way to its draft.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use maud::{Markup, html};
use proto::gateway::v1::InviteCustomerRequest;
use proto::invitation::v1::invitation::BoundTo;
use proto::invitation::v1::{Invitation, InvitationWarning};
use proto::relationship::v1::{ListPartnershipsRequest, Partnership, PartnershipState};
use serde::Deserialize;
use tonic::Status;

use super::Partner;
use crate::Web;
use crate::form::Form;
use crate::html::{Field, form, hidden, id_in, submit};
use crate::problem::{Problem, is_mendable, wrong};
use crate::wording::{Text, WORDING};

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/partner/invitations/new", get(ask).post(invite))
}

/// The fields that say whom an invitation is for; one of them at most.
const BINDINGS: [&str; 3] = ["bound_email", "bound_customer", "bound_email_domain"];

/// The provider that an invitation is to name, by its id.
#[derive(Deserialize)]
struct With {
    #[serde(default)]
    provider: String,
}

/// What is said above the form.
enum Said<'a> {
    Nothing,
    /// More than one says whom the invitation is for.
    Several,
    Refused(&'a Status),
    /// What is there already: the form invites all the same when it is sent again.
    Warned(&'a [InvitationWarning]),
}

async fn ask(
    State(web): State<Web>,
    partner: Partner,
    Query(with): Query<With>,
) -> Result<Response, Problem> {
    let language = partner.person.text().language.to_string();
    let filled = Form::default()
        .filled("provider", with.provider)
        .filled("language", language)
        .filled("request", web.clock.id().to_string());
    show(&web, &partner, &filled, Said::Nothing).await
}

async fn show(
    web: &Web,
    partner: &Partner,
    filled: &Form,
    said: Said<'_>,
) -> Result<Response, Problem> {
    let request = ListPartnershipsRequest {
        parent: partner.name.clone(),
        state: PartnershipState::Active.into(),
        page_size: 500,
        ..Default::default()
    };
    let partnerships = partner.person.partners().list_partnerships(request).await?;
    let partnerships = partnerships.into_inner().partnerships;
    let text = partner.person.text();
    let title = match filled.text("provider") {
        "" => "request-relationship",
        _ => "invite-new-customers",
    };
    let warned = matches!(said, Said::Warned(_));
    let whom = whom(filled);
    let fields = html! {
        (hidden("request", filled.text("request")))
        @if warned { (hidden("warned", &whom)) }
        (fields(text, filled, &partnerships))
        (submit(text.of(if warned { "invite-all-the-same" } else { "make-invitation" })))
    };
    Ok(partner.page(web, text.of(title)).show(html! {
        (self::said(text, &said))
        p { (text.of(&format!("{title}-means"))) }
        (form(&partner.person.token, "/partner/invitations/new", fields))
    }))
}

fn said(text: &Text, said: &Said<'_>) -> Markup {
    match said {
        Said::Nothing => html! {},
        Said::Several => html! { p.said role="alert" { (text.of("one-binding")) } },
        Said::Refused(status) => wrong(text, status),
        Said::Warned(warnings) => html! {
            div.said role="alert" {
                @for warning in *warnings {
                    p { (text.word("warning", warning.reason().as_str_name())) }
                    @if !warning.invitation.is_empty() {
                        p {
                            a href={ "/partner/invitations/" (id_in(&warning.invitation)) } {
                                (text.of("to-that-invitation"))
                            }
                        }
                    }
                }
            }
        },
    }
}

fn fields(text: &Text, filled: &Form, partnerships: &[Partnership]) -> Markup {
    let mut providers = vec![("", text.of("no-provider"))];
    providers.extend(partnerships.iter().map(|partnership| {
        let called = &partnership.provider_display_name;
        (id_in(&partnership.provider), called.clone())
    }));
    let languages: Vec<_> = WORDING
        .languages()
        .into_iter()
        .map(|language| (language.to_string(), Text { language }.of("language-name")))
        .collect();
    let languages: Vec<_> = languages
        .iter()
        .map(|(tag, name)| (tag.as_str(), name.clone()))
        .collect();
    let field = |name| Field::text(text, name, filled.text(name));
    html! {
        (field("provider").choice(&providers))
        (field("language").choice(&languages))
        (field("bound_email").input())
        (Field { value: &filled.lines("message"), ..field("message") }.lines(4))
        details {
            summary { (text.of("more-choices")) }
            (field("bound_customer").input())
            (field("bound_email_domain").input())
            (field("lifetime_days").number().input())
            (field("privilege_lifetime_days").number().input())
            (field("correlation_id").input())
        }
    }
}

/// Invites; where there is something to be warned of, only when that has been read.
async fn invite(State(web): State<Web>, partner: Partner, sent: Form) -> Result<Response, Problem> {
    let request = InviteCustomerRequest {
        parent: partner.name.clone(),
        invitation: Some(asked(&sent)),
        request_id: sent.text("request").to_owned(),
        validate_only: true,
    };
    let bindings = BINDINGS.iter().filter(|name| !sent.text(name).is_empty());
    if bindings.count() > 1 {
        return show(&web, &partner, &sent, Said::Several).await;
    }
    let mut connections = partner.person.connections();
    let invited = async {
        if sent.text("warned") != whom(&sent) {
            let tried = connections
                .invite_customer(request.clone())
                .await?
                .into_inner();
            if !tried.warnings.is_empty() {
                return Ok(Err(tried.warnings));
            }
        }
        let request = InviteCustomerRequest {
            validate_only: false,
            ..request.clone()
        };
        let invited = connections.invite_customer(request).await?.into_inner();
        Ok::<_, Status>(Ok(invited.invitation.unwrap_or_default()))
    };
    match invited.await {
        Ok(Ok(invitation)) => {
            let to = format!("/partner/invitations/{}", id_in(&invitation.name));
            Ok(Redirect::to(&to).into_response())
        }
        Ok(Err(warnings)) => show(&web, &partner, &sent, Said::Warned(&warnings)).await,
        Err(status) if is_mendable(&status) => {
            show(&web, &partner, &sent, Said::Refused(&status)).await
        }
        Err(status) => Err(status.into()),
    }
}

/// Whom an invitation would be for: what was read of one customer says nothing of another.
fn whom(sent: &Form) -> String {
    let named = BINDINGS.map(|name| sent.text(name));
    let whom = format!("to {} {}", sent.text("provider"), named.join(" "));
    whom.trim_end().to_owned()
}

fn asked(sent: &Form) -> Invitation {
    let provider = sent.text("provider");
    let bound = |name: &str| Some(sent.text(name).to_owned()).filter(|text| !text.is_empty());
    let bound_to = bound("bound_email")
        .map(BoundTo::BoundEmail)
        .or_else(|| {
            bound("bound_customer").map(|id| BoundTo::BoundCustomer(format!("customers/{id}")))
        })
        .or_else(|| bound("bound_email_domain").map(BoundTo::BoundEmailDomain));
    Invitation {
        provider: match provider {
            "" => String::new(),
            id => format!("partners/{id}"),
        },
        bound_to,
        language: sent.text("language").to_owned(),
        message: sent.lines("message"),
        lifetime_days: sent.number("lifetime_days"),
        privilege_lifetime_days: sent.number("privilege_lifetime_days"),
        correlation_id: sent.text("correlation_id").to_owned(),
        ..Invitation::default()
    }
}

//! One invitation as its inviter has it: the draft of its email while it is open, and what can be
//! done with it in every state.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use maud::{Markup, html};
use proto::gateway::v1::{GetDraftRequest, GetDraftResponse, SaveDraftRequest};
use proto::invitation::v1::invitation::BoundTo;
use proto::invitation::v1::{
    FinishInvitationRequest, GetInvitationRequest, Invitation, InvitationState,
    ResendInvitationRequest, RevokeInvitationRequest,
};
use proto::notification::v1::Draft;
use tonic::Status;

use super::Partner;
use crate::Web;
use crate::form::Form;
use crate::html::{Field, action, facts, form, hidden, name, named, prose, submit, submit_ending};
use crate::problem::{Problem, is_mendable, wrong};
use crate::wording::Text;

/// The button that keeps a draft for good.
const DONE: &str = "done";

pub(crate) fn routes() -> Router<Web> {
    let at = |rest: &str| format!("/partner/invitations/{{invitation}}{rest}");
    Router::new()
        .route(&at(""), get(invitation).post(save))
        .route(&at("/draft.eml"), get(download))
        .route(&at("/resend"), post(resend))
        .route(&at("/revoke"), post(revoke))
}

async fn invitation(
    State(web): State<Web>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    show(&web, &partner, &id, None).await
}

/// What somebody has written, and why it was not kept.
struct Unsaved<'a> {
    sent: &'a Form,
    status: &'a Status,
}

async fn show(
    web: &Web,
    partner: &Partner,
    id: &str,
    unsaved: Option<Unsaved<'_>>,
) -> Result<Response, Problem> {
    let name = format!("{}/invitations/{id}", partner.name);
    let request = GetInvitationRequest { name: name.clone() };
    let invitation = partner.person.invitations().get_invitation(request).await?;
    let invitation = invitation.into_inner().invitation.unwrap_or_default();
    let drafts = invitation.state() == InvitationState::Open && invitation.finish_time.is_none();
    let draft = match drafts {
        true => {
            let request = GetDraftRequest { name };
            Some(
                partner
                    .person
                    .connections()
                    .get_draft(request)
                    .await?
                    .into_inner(),
            )
        }
        false => None,
    };
    let desk = Desk {
        web,
        partner,
        id,
        invitation: &invitation,
    };
    let text = partner.person.text();
    let title = if draft.is_some() {
        "draft"
    } else {
        "invitation"
    };
    Ok(partner.page(web, text.of(title)).show(html! {
        @if let Some(Unsaved { status, .. }) = &unsaved { (wrong(text, status)) }
        (desk.about())
        @if let Some(draft) = draft { (desk.draft(&draft, unsaved.map(|it| it.sent))) }
        (desk.verbs())
    }))
}

/// An invitation on its page.
struct Desk<'a> {
    web: &'a Web,
    partner: &'a Partner,
    id: &'a str,
    invitation: &'a Invitation,
}

impl Desk<'_> {
    fn text(&self) -> &Text {
        self.partner.person.text()
    }

    fn about(&self) -> Markup {
        let (text, invitation) = (self.text(), self.invitation);
        let mut all = vec![
            (
                text.of("state"),
                html! { (text.word("state", invitation.state().as_str_name())) },
            ),
            (
                text.of("made-at"),
                text.time(invitation.create_time.as_ref()),
            ),
            (
                text.of("valid-until"),
                text.time(invitation.expire_time.as_ref()),
            ),
            (text.of("bound-to"), self.bound()),
        ];
        if !invitation.customer.is_empty() {
            let customer = named(&invitation.customer_display_name, &invitation.customer);
            all.push((text.of("customer"), customer));
        }
        if !invitation.decline_reason.is_empty() {
            all.push((text.of("decline-reason"), prose(&invitation.decline_reason)));
        }
        if !invitation.correlation_id.is_empty() {
            all.push((
                text.of("field-correlation_id"),
                name(&invitation.correlation_id),
            ));
        }
        html! {
            p {
                @for (index, party) in invitation.parties.iter().enumerate() {
                    @if index > 0 { " · " }
                    (named(&party.display_name, &party.partner))
                }
            }
            (facts(&all))
            p.hint { (text.word("next", invitation.state().as_str_name())) }
        }
    }

    fn bound(&self) -> Markup {
        match &self.invitation.bound_to {
            None => html! { (self.text().of("bound-to-nobody")) },
            Some(BoundTo::BoundCustomer(customer)) => named("", customer),
            Some(BoundTo::BoundEmail(email)) => name(email),
            Some(BoundTo::BoundEmailDomain(domain)) => name(domain),
        }
    }

    /// The email to be edited, copied, opened and taken away; and the end of drafting.
    fn draft(&self, answer: &GetDraftResponse, unsaved: Option<&Form>) -> Markup {
        let text = self.text();
        let draft = answer.draft.clone().unwrap_or_default();
        let subject = unsaved.map_or(draft.subject.as_str(), |sent| sent.text("subject"));
        let written = unsaved.map(|sent| sent.lines("text"));
        let body = written.as_deref().unwrap_or(&draft.text);
        let fields = html! {
            (hidden("etag", &draft.etag))
            (Field::text(text, "subject", subject).required().input())
            (hidden("request", &self.web.clock.id().to_string()))
            (Field::text(text, "text", body).required().lines(16))
            p.buttons {
                (submit(text.of("save")))
                button.action type="submit" name=(DONE) value="yes" { (text.of("done")) }
                button.quiet type="button" data-copy="text" hidden { (text.of("copy")) }
            }
        };
        html! {
            p { (text.of("draft-means")) }
            (form(&self.partner.person.token, &self.to(""), fields))
            p.hint { (text.of("copy-by-hand")) }
            (self.ways(&draft))
            p.hint { (text.of("done-means")) }
        }
    }

    fn ways(&self, draft: &Draft) -> Markup {
        let text = self.text();
        html! {
            p.buttons {
                (action(&draft.mailto, text.of("open-in-mail")))
                a.action href=(self.to("/draft.eml")) download { (text.of("download-eml")) }
            }
            @if draft.mailto_shortened { p.hint { (text.of("mail-is-shortened")) } }
        }
    }

    /// What else can be done with the invitation as it stands.
    fn verbs(&self) -> Markup {
        let text = self.text();
        let state = self.invitation.state();
        let is_open = state == InvitationState::Open;
        let address = matches!(self.invitation.bound_to, Some(BoundTo::BoundEmail(_)));
        html! {
            @if is_open || state == InvitationState::Expired {
                details {
                    summary { (text.of("resend")) }
                    p { (text.of("resend-means")) }
                    (form(&self.partner.person.token, &self.to("/resend"), html! {
                        (self.once())
                        @if address { (Field::text(text, "corrected_email", "").input()) }
                        (submit(text.of("resend")))
                    }))
                }
            }
            @if is_open {
                details {
                    summary { (text.of("revoke")) }
                    p { (text.of("revoke-means")) }
                    (form(&self.partner.person.token, &self.to("/revoke"), html! {
                        (self.once())
                        (submit_ending(text.of("revoke")))
                    }))
                }
            }
            p { a href="/partner/invitations" { (text.of("all-invitations")) } }
        }
    }

    fn once(&self) -> Markup {
        html! {
            (hidden("request", &self.web.clock.id().to_string()))
            (hidden("etag", &self.invitation.etag))
        }
    }

    fn to(&self, rest: &str) -> String {
        format!("/partner/invitations/{}{rest}", self.id)
    }
}

fn back(id: &str) -> Response {
    Redirect::to(&format!("/partner/invitations/{id}")).into_response()
}

async fn save(
    State(web): State<Web>,
    partner: Partner,
    Path(id): Path<String>,
    sent: Form,
) -> Result<Response, Problem> {
    let request = SaveDraftRequest {
        name: format!("{}/invitations/{id}", partner.name),
        subject: sent.text("subject").to_owned(),
        text: sent.lines("text"),
        etag: sent.text("etag").to_owned(),
    };
    match partner.person.connections().save_draft(request).await {
        Ok(_) if sent.is_ticked(DONE) => finish(&partner, &id, &sent).await,
        Ok(_) => Ok(back(&id)),
        Err(status) if is_mendable(&status) => {
            let unsaved = Unsaved {
                sent: &sent,
                status: &status,
            };
            show(&web, &partner, &id, Some(unsaved)).await
        }
        Err(status) => Err(status.into()),
    }
}

/// The draft as a file that mail programs open.
async fn download(partner: Partner, Path(id): Path<String>) -> Result<Response, Problem> {
    let name = format!("{}/invitations/{id}", partner.name);
    let answer = partner
        .person
        .connections()
        .get_draft(GetDraftRequest { name })
        .await?;
    let draft = answer.into_inner().draft.unwrap_or_default();
    let headers = [
        (CONTENT_TYPE, "message/rfc822"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"invitation.eml\"",
        ),
    ];
    Ok((headers, draft.eml).into_response())
}

/// Ends drafting with the text that has just been kept.
async fn finish(partner: &Partner, id: &str, sent: &Form) -> Result<Response, Problem> {
    let request = FinishInvitationRequest {
        name: format!("{}/invitations/{id}", partner.name),
        etag: String::new(),
        request_id: sent.text("request").to_owned(),
    };
    partner
        .person
        .invitations()
        .finish_invitation(request)
        .await?;
    Ok(back(id))
}

async fn resend(partner: Partner, Path(id): Path<String>, sent: Form) -> Result<Response, Problem> {
    let request = ResendInvitationRequest {
        name: format!("{}/invitations/{id}", partner.name),
        etag: sent.text("etag").to_owned(),
        request_id: sent.text("request").to_owned(),
        bound_email: sent.text("corrected_email").to_owned(),
    };
    partner
        .person
        .invitations()
        .resend_invitation(request)
        .await?;
    Ok(back(&id))
}

async fn revoke(partner: Partner, Path(id): Path<String>, sent: Form) -> Result<Response, Problem> {
    let request = RevokeInvitationRequest {
        name: format!("{}/invitations/{id}", partner.name),
        etag: sent.text("etag").to_owned(),
        request_id: sent.text("request").to_owned(),
    };
    partner
        .person
        .invitations()
        .revoke_invitation(request)
        .await?;
    Ok(back(&id))
}

//! What the partner was told: what became of its invitations, partnerships and relationships.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use maud::{Markup, html};
use proto::notification::v1::{ListNoticesRequest, Notice};
use serde::Deserialize;

use super::Partner;
use crate::Web;
use crate::html::{card, cards, more, prose};
use crate::problem::Problem;
use crate::wording::Text;

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/partner/notices", get(notices))
}

/// Where the list goes on.
#[derive(Deserialize)]
struct Shown {
    #[serde(default)]
    page: String,
}

async fn notices(
    State(web): State<Web>,
    partner: Partner,
    Query(shown): Query<Shown>,
) -> Result<Response, Problem> {
    let text = partner.person.text();
    let request = ListNoticesRequest {
        parent: partner.name.clone(),
        language: text.language.to_string(),
        page_token: shown.page,
        ..Default::default()
    };
    let list = partner
        .person
        .notices()
        .list_notices(request)
        .await?
        .into_inner();
    let all: Vec<_> = list.notices.iter().map(|it| notice(text, it)).collect();
    Ok(partner.page(&web, text.of("notices")).show(html! {
        (cards(&all, html! { p { (text.of("no-notices")) } }))
        (more(text, "/partner/notices?page=", &list.next_page_token))
    }))
}

fn notice(text: &Text, notice: &Notice) -> Markup {
    let content =
        html! { (prose(&notice.text)) p.hint { (text.time(notice.occur_time.as_ref())) } };
    card(
        html! { (text.word("notice", notice.kind().as_str_name())) },
        content,
    )
}

//! The pages of a partner: its customers and their records, invitations from draft to answer,
//! partnerships, removal, enrolment and notices.

mod acts;
mod customers;
mod draft;
mod enrollment;
mod invite;
mod ledger;
mod manage;
mod notices;
mod partnerships;
mod record;
mod removal;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::response::Redirect;
use axum::routing::get;
use http::request::Parts;
use proto::relationship::v1::{GetPartnerRequest, PartnerKind};
use tonic::Code;

use crate::Web;
use crate::html::{Area, Page};
use crate::person::Person;
use crate::problem::Problem;

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route(
            "/partner",
            get(|| async { Redirect::to("/partner/customers") }),
        )
        .merge(customers::routes())
        .merge(manage::routes())
        .merge(acts::routes())
        .merge(removal::routes())
        .merge(invite::routes())
        .merge(draft::routes())
        .merge(ledger::routes())
        .merge(partnerships::routes())
        .merge(enrollment::routes())
        .merge(notices::routes())
}

/// Somebody signed in who acts for a partner.
pub(crate) struct Partner {
    pub(crate) person: Person,
    /// The partner: `partners/{partner}`.
    pub(crate) name: String,
    pub(crate) area: Area,
}

impl Partner {
    /// A page of this partner.
    pub(crate) fn page<'a>(&'a self, web: &'a Web, title: String) -> Page<'a> {
        Page::of(web, &self.person, self.area, title)
    }
}

impl FromRequestParts<Web> for Partner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let person = Person::from_request_parts(parts, web).await?;
        Ok(Self {
            name: person.partner()?,
            area: area(web, &person).await?,
            person,
        })
    }
}

/// What the organisation of this person is, as a partner.
pub(crate) async fn area(web: &Web, person: &Person) -> Result<Area, Problem> {
    let name = person.partner()?;
    if let Some(area) = web.areas.get(&name) {
        return Ok(area);
    }
    let request = GetPartnerRequest { name: name.clone() };
    let partner = match person.partners().get_partner(request).await {
        Ok(answer) => answer.into_inner().partner.unwrap_or_default(),
        Err(status) if status.code() == Code::NotFound => return Err(Problem::NotEnrolled),
        Err(status) => return Err(status.into()),
    };
    let area = match partner.kind() {
        PartnerKind::IndirectProvider => Area::Provider,
        PartnerKind::IndirectReseller | PartnerKind::Unspecified => Area::Reseller,
    };
    web.areas.insert(name, area);
    Ok(area)
}

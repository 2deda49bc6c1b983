//! The pages of a partner: its enrolment.

mod enrollment;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use proto::relationship::v1::{GetPartnerRequest, PartnerKind};
use tonic::Code;

use crate::Web;
use crate::html::Area;
use crate::person::Person;
use crate::problem::Problem;

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route(
            "/partner",
            get(|| async { Redirect::to("/partner/enrollment") }),
        )
        .merge(enrollment::routes())
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

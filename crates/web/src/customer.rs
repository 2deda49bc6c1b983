//! The pages of a customer: the invitation that it answers, who can reach it and how it ends that,
//! and what it has agreed to.

mod consent;
mod ending;
mod invitation;
mod reach;

pub(crate) use reach::done;

use axum::Router;

use crate::Web;

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .merge(invitation::routes())
        .merge(reach::routes())
        .merge(ending::routes())
        .merge(consent::routes())
}

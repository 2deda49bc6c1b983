//! The style sheet and the script of the pages: small, our own, and named by their content, so that
//! browsers keep them for good.

use std::sync::LazyLock;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use platform::wording::text_sha256;

use crate::Web;

const STYLE: &str = include_str!("../assets/style.css");
const SCRIPT: &str = include_str!("../assets/page.js");
/// What is named by its content never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";

static STYLE_PATH: LazyLock<String> = LazyLock::new(|| path("style", "css", STYLE));
static SCRIPT_PATH: LazyLock<String> = LazyLock::new(|| path("page", "js", SCRIPT));

fn path(name: &str, ending: &str, content: &str) -> String {
    format!("/assets/{name}-{}.{ending}", &text_sha256(content)[..12])
}

/// Where the style sheet is.
pub(crate) fn style() -> &'static str {
    &STYLE_PATH
}

/// Where the script is.
pub(crate) fn script() -> &'static str {
    &SCRIPT_PATH
}

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route(style(), get(|| asset("text/css; charset=utf-8", STYLE)))
        .route(
            script(),
            get(|| asset("text/javascript; charset=utf-8", SCRIPT)),
        )
}

async fn asset(kind: &'static str, content: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, FOREVER)], content)
}

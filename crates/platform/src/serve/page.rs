//! Pages: a place for each while it is made and until it has left, a span, and a plain answer where
//! making one panics. Whoever asks for a page needs no token here, and its path is never told: it
//! may hold a secret.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header::CONTENT_LENGTH};
use http_body::Body as _;
use tokio::time::Instant;
use tracing::Instrument;

use super::Layers;
use super::admission::end;
use super::callers::Caller;
use super::connection::Connection;
use super::leave::Leaving;
use crate::telemetry::page::Page;

pub(super) async fn page(
    State(layers): State<Arc<Layers>>,
    request: Request,
    next: Next,
) -> Response {
    let connection = request.extensions().get::<Arc<Connection>>();
    let caller = Caller::at(connection.map(Arc::as_ref));
    let Some(place) = layers.pages.share(Some(caller)).place() else {
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    };
    #[allow(clippy::disallowed_methods)] // a duration is measured, no time of day is read
    let until = end(Some(Instant::now() + layers.settings.default_deadline));
    let route = request.extensions().get::<MatchedPath>();
    let page = Page::asked(request.method(), route.map(MatchedPath::as_str));
    let made = made(next.run(request)).instrument(page.span().clone());
    let mut response = made.await.unwrap_or_else(|| {
        // the panic hook has told where
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    });
    page.answered(response.status());
    if let Some(length) = response.body().size_hint().exact() {
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    response.map(|body| Body::new(Leaving::new(body, until, place)))
}

/// The page, unless making it panics.
async fn made(making: impl Future<Output = Response>) -> Option<Response> {
    let mut making = pin!(making);
    poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| making.as_mut().poll(cx))) {
            Ok(polled) => polled.map(Some),
            Err(_) => Poll::Ready(None),
        },
    )
    .await
}

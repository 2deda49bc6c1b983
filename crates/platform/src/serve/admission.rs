//! How many calls the process works on at once: more are refused at once rather than queued, so that those admitted end
//! in time. Health and reflection are always admitted. A stream holds its place until it is open.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::{Layers, refuse};
use crate::error::Common;
use crate::identity::Access;

/// When a refused call is worth repeating.
const RETRY_AFTER: Duration = Duration::from_secs(1);

pub(super) async fn admission(
    State(layers): State<Arc<Layers>>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(Access::Open) = request.extensions().get() {
        return next.run(request).await;
    }
    match layers.slots.try_acquire() {
        Ok(_slot) => next.run(request).await,
        Err(_) => refuse(Common::Overloaded(RETRY_AFTER)),
    }
}

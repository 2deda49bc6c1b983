//! How many calls the process works on at once, and for whom. A call takes its place when its message
//! is there and keeps it until its answer has left; a stream, until it is open. More than that is
//! refused at once. Of the places one caller has no more than its share, and of that it is worked for
//! by turns. Health and reflection have places of their own, so that a busy process is not a sick one.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http_body::Body as _;
use http_body_util::{BodyExt, Full};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::callers::{Held, Shared};
use super::connection::{self, Connection};
use super::deadline;
use super::leave::Leaving;
use super::{Layers, refuse};
use crate::error::{Common, internal};
use crate::identity::{Access, Answers};

/// When a refused call is worth repeating.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// An answer of more bytes keeps its caller's turn until it has left.
const LARGE: usize = 64 * 1024;
/// How long after its deadline an answer that nobody takes is dropped.
const GRACE: Duration = Duration::from_secs(1);
/// Streams that need no token, in all: of health, which cost little, and of reflection.
const HEALTH_STREAMS: usize = 1024;
const REFLECTION_STREAMS: usize = 128;

/// The streams that may be open without a token.
pub(super) struct OpenStreams {
    health: Arc<Semaphore>,
    reflection: Arc<Semaphore>,
}

impl Default for OpenStreams {
    fn default() -> Self {
        Self {
            health: Arc::new(Semaphore::new(HEALTH_STREAMS)),
            reflection: Arc::new(Semaphore::new(REFLECTION_STREAMS)),
        }
    }
}

pub(super) async fn admission(
    State(layers): State<Arc<Layers>>,
    request: Request,
    next: Next,
) -> Response {
    let extensions = request.extensions();
    let (Some(&access), Some(shared)) = (extensions.get(), extensions.get::<Arc<Shared>>()) else {
        return refuse(internal());
    };
    let shared = shared.clone();
    match access {
        Access::Health(Answers::Many) => {
            let end = end(Answers::Many);
            stream(&layers.streams.health, end, request, next).await
        }
        Access::Reflection => {
            let end = end(Answers::One);
            stream(&layers.streams.reflection, end, request, next).await
        }
        Access::Health(Answers::One) => work(&shared, Answers::One, request, next).await,
        Access::Row(row) => work(&shared, row.answers, request, next).await,
        Access::Forwarded(answers) => pass(&shared, answers, request, next).await,
    }
}

/// A stream that needs no token: it holds one of its connection's places, and one of all, to its end.
async fn stream(
    places: &Arc<Semaphore>,
    end: Option<Instant>,
    request: Request,
    next: Next,
) -> Response {
    let of_connection = match request.extensions().get::<Arc<Connection>>() {
        Some(connection) => match connection.open_stream() {
            Some(place) => Some(place),
            None => return busy(),
        },
        None => None,
    };
    let Ok(of_all) = places.clone().try_acquire_owned() else {
        return busy();
    };
    let held: Vec<OwnedSemaphorePermit> = of_connection.into_iter().chain([of_all]).collect();
    let response = next.run(request).await;
    response.map(|body| Body::new(Leaving::new(body, end, held)))
}

/// A call that is forwarded: whoever works on it gives it its turn.
async fn pass(shared: &Arc<Shared>, answers: Answers, request: Request, next: Next) -> Response {
    let Some(place) = shared.place() else {
        return busy();
    };
    let end = end(answers);
    let response = next.run(request).await;
    let place = (answers == Answers::One).then_some(place);
    response.map(|body| Body::new(Leaving::new(body, end, place)))
}

/// A call that is worked on here.
async fn work(shared: &Arc<Shared>, answers: Answers, request: Request, next: Next) -> Response {
    let Some(place) = shared.place() else {
        return busy();
    };
    let end = end(answers);
    let turn = shared.turn().await;
    let response = next.run(request).await;
    if answers == Answers::Many {
        return response.map(|body| Body::new(Leaving::new(body, end, ())));
    }
    if response.body().is_end_stream() {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(answer) = body.collect().await else {
        return refuse(internal());
    };
    let trailers = answer.trailers().cloned();
    let bytes = answer.to_bytes();
    let Some(room) = room(shared, turn, bytes.len()) else {
        return busy();
    };
    let whole = Full::new(bytes).with_trailers(std::future::ready(trailers.map(Ok)));
    let leaving = Leaving::new(Body::new(whole), end, (place, room));
    Response::from_parts(parts, Body::new(leaving))
}

/// What an answer of so many bytes holds beside its place: nothing, where it is small.
fn room(shared: &Arc<Shared>, turn: Held, bytes: usize) -> Option<Option<(Held, Held)>> {
    if bytes <= LARGE {
        return Some(None);
    }
    let room = shared.leaving(bytes)?;
    Some(Some((turn, room)))
}

/// When the answer of the running call has to have left; never, where a stream may last.
fn end(answers: Answers) -> Option<Instant> {
    let end = match answers {
        Answers::One => deadline::end(),
        Answers::Many => None,
    };
    if let Some(end) = end {
        connection::end_call_at(end + GRACE);
    }
    end
}

fn busy() -> Response {
    refuse(Common::Overloaded(RETRY_AFTER))
}

//! How many calls the process works on at once, and for whom. A call takes its place when its
//! message is there and keeps it until its answer has left; a stream, until it is open. More than
//! that is refused at once. Of the places one caller has no more than its share, and of that it is
//! worked for by turns. Health and reflection have places of their own, so that a busy process is
//! not a sick one.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http_body::Body as _;
use http_body_util::{BodyExt, Full};
use tokio::time::Instant;

use super::callers::Shared;
use super::connection::{self, StreamPlace};
use super::deadline;
use super::leave::Leaving;
use super::{busy, refuse};
use crate::error::{SharedRefusal, internal};
use crate::identity::{Access, Answers, Identity};

/// An answer of more bytes keeps its caller's turn until it has left.
const LARGE: usize = 64 * 1024;
/// How long after its time an answer that nobody takes is dropped.
const GRACE: Duration = Duration::from_secs(1);

pub(super) async fn admission(request: Request, next: Next) -> Response {
    let extensions = request.extensions();
    let (Some(access), Some(shared)) =
        (extensions.get::<Access>(), extensions.get::<Arc<Shared>>())
    else {
        return refuse(internal());
    };
    let (access, shared) = (access.clone(), shared.clone());
    match access {
        Access::Health(Answers::One) => {
            end(deadline::end());
            next.run(request).await
        }
        // Who watches, watches for as long as it likes.
        Access::Health(Answers::Many) => stream(&shared, None, request, next).await,
        Access::Reflection => stream(&shared, deadline::end(), request, next).await,
        Access::Policy(policy) => work(&shared, policy.answers, request, next).await,
        Access::Forwarded(answers) => pass(&shared, answers, request, next).await,
    }
}

/// A stream that needs no token: it holds one of its connection's places, one of its address's and
/// one of all to its end.
async fn stream(
    shared: &Arc<Shared>,
    until: Option<Instant>,
    request: Request,
    next: Next,
) -> Response {
    let of_connection = request.extensions().get::<StreamPlace>().cloned();
    let Some(place) = shared.place() else {
        return busy();
    };
    let until = end(until);
    let response = next.run(request).await;
    response.map(|body| Body::new(Leaving::new(body, until, (of_connection, place))))
}

/// A call that is forwarded: whoever works on it gives it its turn.
async fn pass(shared: &Arc<Shared>, answers: Answers, request: Request, next: Next) -> Response {
    let Some(place) = shared.place() else {
        return busy();
    };
    let (until, place) = match answers {
        Answers::One => (end(deadline::end()), Some(place)),
        Answers::Many => {
            end_with_token(&request);
            (None, None)
        }
    };
    let response = next.run(request).await;
    response.map(|body| Body::new(Leaving::new(body, until, place)))
}

/// A call that is worked on here.
async fn work(shared: &Arc<Shared>, answers: Answers, request: Request, next: Next) -> Response {
    let Some(place) = shared.place() else {
        return busy();
    };
    if answers == Answers::Many {
        end_with_token(&request);
        let response = next.run(request).await;
        return response.map(|body| Body::new(Leaving::new(body, None, ())));
    }
    let until = end(deadline::end());
    let turn = shared.turn().await;
    let response = next.run(request).await;
    if response.body().is_end_stream() {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(answer) = body.collect().await else {
        return refuse(internal());
    };
    let trailers = answer.trailers().cloned();
    let bytes = answer.to_bytes();
    let room = match bytes.len() {
        0..=LARGE => None,
        bytes => match shared.leaving(bytes) {
            Some(room) => Some((turn, room)),
            // What was done is done; repeating it tells.
            None => return refuse(SharedRefusal::Unavailable),
        },
    };
    let whole = Full::new(bytes).with_trailers(std::future::ready(trailers.map(Ok)));
    let leaving = Leaving::new(Body::new(whole), until, (place, room));
    Response::from_parts(parts, Body::new(leaving))
}

/// Ends the running call a little after this time, whether its answer was taken or not.
pub(super) fn end(until: Option<Instant>) -> Option<Instant> {
    if let Some(until) = until {
        connection::end_call_at(until + GRACE);
    }
    until
}

/// A stream ends itself when its caller's token does; if nobody reads that, it is dropped.
fn end_with_token(request: &Request) {
    let identity = request.extensions().get::<Identity>();
    if let Some(caller) = identity.and_then(|identity| identity.caller().ok()) {
        #[allow(clippy::disallowed_methods)] // a duration is measured, no time of day is read
        end(Instant::now().checked_add(caller.time_left()));
    }
}

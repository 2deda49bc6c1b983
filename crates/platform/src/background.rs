//! What a service does beside its calls, round after round: the one loop for all of it.
//!
//! What a round does is the service's own. One that fails is logged, and the next does its work.

use std::fmt::Display;
use std::time::Duration;

use tokio::time::{Sleep, sleep};
use tokio_util::sync::CancellationToken;

/// What a round has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Nothing: the next round comes after the pause.
    Nothing,
    /// Perhaps more: the next round comes at once.
    More,
}

/// Does a round at once and after each pause, until `stop`, which also ends a round under way.
///
/// `what` is what the log says has failed.
pub async fn repeat<R, P, E>(
    what: &'static str,
    pause: impl Fn() -> P,
    stop: CancellationToken,
    round: impl Fn() -> R,
) where
    R: Future<Output = Result<Left, E>>,
    P: Future,
    E: Display,
{
    let rounds = async {
        loop {
            match round().await {
                Ok(Left::More) => continue,
                Ok(Left::Nothing) => {}
                Err(error) => tracing::warn!(what, %error, "background work failed"),
            }
            pause().await;
        }
    };
    stop.run_until_cancelled(rounds).await;
}

/// The pause that is always so long.
pub fn every(interval: Duration) -> impl Fn() -> Sleep {
    move || sleep(interval)
}

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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::time::Instant;

    use super::*;

    const INTERVAL: Duration = Duration::from_secs(10);

    /// How long the rounds take that answer so, one after the other, before the last has begun.
    #[expect(clippy::disallowed_methods, reason = "measures a duration")]
    async fn taken(answers: &[Result<Left, &'static str>]) -> Duration {
        let (begun, done) = (Instant::now(), AtomicUsize::new(0));
        let stop = CancellationToken::new();
        let round = || {
            let answer = answers.get(done.fetch_add(1, Ordering::Relaxed));
            if answer.is_none() {
                stop.cancel();
            }
            async move { answer.copied().unwrap_or(Ok(Left::Nothing)) }
        };
        repeat("test", every(INTERVAL), stop.clone(), round).await;
        assert_eq!(done.into_inner(), answers.len() + 1);
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_left_is_done_at_once_and_a_failure_waits_for_the_next_round() {
        let pauses = async |answers| taken(answers).await.as_secs() / INTERVAL.as_secs();
        assert_eq!(pauses(&[]).await, 0);
        assert_eq!(pauses(&[Ok(Left::More), Ok(Left::More)]).await, 0);
        assert_eq!(pauses(&[Ok(Left::Nothing), Ok(Left::Nothing)]).await, 2);
        assert_eq!(pauses(&[Err("away"), Ok(Left::More)]).await, 1);
    }
}

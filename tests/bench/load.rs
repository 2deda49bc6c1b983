//! The load generator: so many callers at once, each with its next call as soon as its last was
//! answered.
//!
//! It runs on the cores of the machine that also carry what it measures; both sides of a ratio bear
//! that alike.

use std::fmt;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::statistics::{percentile, thousands};

/// What a run came to.
pub(crate) struct Load {
    /// How many calls were answered.
    pub(crate) calls: usize,
    /// From the first call's start to the last one's answer.
    pub(crate) elapsed: Duration,
    median: Duration,
    tail: Duration,
}

impl Load {
    /// Calls per second.
    pub(crate) fn rate(&self) -> f64 {
        self.calls as f64 / self.elapsed.as_secs_f64()
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |latency: Duration| latency.as_secs_f64() * 1e3;
        write!(
            f,
            "{}/s (p50 {:.2} ms, p99 {:.2} ms)",
            thousands(self.rate()),
            millis(self.median),
            millis(self.tail)
        )
    }
}

/// Starts the watch.
#[expect(
    clippy::disallowed_methods,
    reason = "durations are what is measured here"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Each of `callers` makes call after call, until `next` has none for it.
pub(crate) async fn run<F>(
    callers: usize,
    next: impl Fn(usize) -> Option<F> + Clone + Send + 'static,
) -> Load
where
    F: Future<Output = ()> + Send + 'static,
{
    let start = now();
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let next = next.clone();
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            while let Some(call) = next(caller) {
                let start = now();
                call.await;
                latencies.push(start.elapsed());
            }
            latencies
        });
    }
    let mut latencies = tasks.join_all().await.concat();
    let elapsed = start.elapsed();
    latencies.sort_unstable();
    Load {
        calls: latencies.len(),
        elapsed,
        median: percentile(&latencies, 0.5),
        tail: percentile(&latencies, 0.99),
    }
}

//! SIGTERM and SIGINT: the first asks this process to drain, the second ends it at once.

use anyhow::Context;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// What a shell reports for a process that a signal ended, less the signal's number.
const BY_SIGNAL: i32 = 128;

/// Starts to listen. The first signal cancels the token, the second ends the process.
pub(crate) fn stop() -> anyhow::Result<CancellationToken> {
    let mut signals = Signals {
        terminate: signal(SignalKind::terminate()).context("SIGTERM cannot be received")?,
        interrupt: signal(SignalKind::interrupt()).context("SIGINT cannot be received")?,
    };
    let stop = CancellationToken::new();
    let first = stop.clone();
    tokio::spawn(async move {
        signals.next().await;
        first.cancel();
        let number = signals.next().await;
        tracing::warn!("ended at once by a second signal");
        std::process::exit(BY_SIGNAL + number.as_raw_value());
    });
    Ok(stop)
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    async fn next(&mut self) -> SignalKind {
        tokio::select! {
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = self.interrupt.recv() => SignalKind::interrupt(),
        }
    }
}

//! Work beside the calls, each by a name that the log knows it by.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::{self, JoinSet};
use tokio_util::sync::CancellationToken;

use super::BoxFuture;

/// One piece of work, not begun yet.
pub(super) struct Task {
    name: &'static str,
    start: Box<dyn FnOnce(CancellationToken) -> BoxFuture<()> + Send>,
}

impl Task {
    pub(super) fn new<F: Future<Output = ()> + Send + 'static>(
        name: &'static str,
        start: impl FnOnce(CancellationToken) -> F + Send + 'static,
    ) -> Self {
        Self {
            name,
            start: Box::new(move |stop| Box::pin(start(stop))),
        }
    }
}

/// The tasks of a service, by the names they are known by in the log.
pub(super) struct Tasks {
    running: JoinSet<()>,
    names: HashMap<task::Id, &'static str>,
}

impl Tasks {
    pub(super) fn start(tasks: Vec<Task>, stop: &CancellationToken) -> Self {
        let mut running = JoinSet::new();
        let names = tasks
            .into_iter()
            .map(|task| (running.spawn((task.start)(stop.clone())).id(), task.name))
            .collect();
        Self { running, names }
    }

    /// The name of the next task to end; never, where there is none.
    pub(super) async fn ended(&mut self) -> &'static str {
        let id = match self.running.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => error.id(),
            None => std::future::pending().await,
        };
        self.names.get(&id).copied().unwrap_or_default()
    }

    /// Waits for the tasks to end, and drops those that have not after `limit`.
    pub(super) async fn finish(mut self, limit: Duration) {
        let all = async { while self.running.join_next().await.is_some() {} };
        if tokio::time::timeout(limit, all).await.is_err() {
            tracing::warn!("background tasks did not end in time");
        }
    }
}

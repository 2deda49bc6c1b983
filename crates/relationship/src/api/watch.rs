//! Watchers: each is told the present state and then what changes, or goes on where it was, until
//! one of the two ends it.
//!
//! A watcher works on a task of its own with a small buffer; one that does not listen is waited
//! for, and costs nothing else. Which changes there are, and in which order, the store says.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use platform::error::SharedRefusal;
use platform::page::{self, Query};
use prost::Message;
use proto::relationship::v1;
use proto::relationship::v1::watch_relationships_response::Content;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Interval, interval, sleep};
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use vocabulary::id::PartnerId;

use super::reach;
use crate::domain::Refusal;
use crate::store::{Numbered, Store};

/// How many messages wait for a watcher that is slow.
const BUFFER: usize = 4;
/// How many watchers read at once: the others' turn comes, and the store's connections stay free
/// for calls.
const READERS: usize = 4;

/// How many of the slots one organisation may have: the others, and the company's services, have
/// theirs.
const OF_ONE: usize = 10;

/// What a watcher is told. It keeps its slot until this is dropped.
pub(crate) struct WatchStream {
    messages: ReceiverStream<Result<v1::WatchRelationshipsResponse, Status>>,
    _slot: WatcherSlot,
}

impl Stream for WatchStream {
    type Item = Result<v1::WatchRelationshipsResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.messages).poll_next(cx)
    }
}

/// What the watchers of a process share. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Watchers {
    slots: Arc<Semaphore>,
    taken: Arc<Mutex<HashMap<String, usize>>>,
    readers: Arc<Semaphore>,
    head: watch::Receiver<i64>,
    draining: CancellationToken,
    quiet: Duration,
}

impl Watchers {
    /// Takes `most` watchers at once, until `draining`. `head` is the number of the last change;
    /// who is told nothing gets a token every `quiet` all the same.
    pub(crate) fn new(
        most: usize,
        quiet: Duration,
        head: watch::Receiver<i64>,
        draining: CancellationToken,
    ) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(most)),
            taken: Arc::default(),
            readers: Arc::new(Semaphore::new(READERS)),
            head,
            draining,
            quiet,
        }
    }

    /// A slot for one more watcher, counted for its organisation where the caller has one; refused
    /// where all are taken, or this organisation has as many as it may.
    pub(super) fn slot(&self, tenant: Option<&str>) -> Result<WatcherSlot, Refusal> {
        let permit = self.slots.clone().try_acquire_owned();
        let permit = permit.map_err(|_| Refusal::WatchersLimit)?;
        if let Some(tenant) = tenant {
            // a panic elsewhere cannot leave a count half changed
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            let count = taken.entry(tenant.to_owned()).or_default();
            if *count >= OF_ONE {
                return Err(Refusal::WatchersLimit);
            }
            *count += 1;
        }
        Ok(WatcherSlot {
            tenant: tenant.map(str::to_owned),
            taken: self.taken.clone(),
            _permit: permit,
        })
    }

    /// Begins to tell. The stream is there at once, whatever there is to tell.
    pub(super) fn begin(&self, watcher: Watcher, limits: Limits) -> WatchStream {
        let (tell, told) = mpsc::channel(BUFFER + 1);
        // kept free for why it ended, however slow the listener is
        let last_word = tell.clone().try_reserve_owned();
        let (shared, time_left) = (self.clone(), limits.time_left);
        tokio::spawn(async move {
            let Ok(last_word) = last_word else { return };
            let ended = tokio::select! {
                () = tell.closed() => return,
                () = shared.draining.cancelled() => SharedRefusal::Unavailable.into(),
                () = sleep(time_left) => SharedRefusal::TokenInvalid.into(),
                ended = watcher.tell(&shared, &tell) => ended,
            };
            last_word.send(Err(ended));
        });
        WatchStream {
            messages: ReceiverStream::new(told),
            _slot: limits.slot,
        }
    }
}

/// A watcher's slot in this process, given back when it is dropped.
pub(crate) struct WatcherSlot {
    tenant: Option<String>,
    taken: Arc<Mutex<HashMap<String, usize>>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for WatcherSlot {
    fn drop(&mut self) {
        let Some(tenant) = &self.tenant else { return };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(tenant) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                taken.remove(tenant);
            }
        }
    }
}

/// How long a watcher may last.
pub(super) struct Limits {
    pub(super) slot: WatcherSlot,
    /// How long its token is valid.
    pub(super) time_left: Duration,
}

/// One watcher.
pub(super) struct Watcher {
    pub(super) store: Store,
    /// Whose changes; `None`: everybody's.
    pub(super) partner: Option<PartnerId>,
    /// What its tokens are good for.
    pub(super) query: Query,
    /// Behind which number its changes begin.
    pub(super) number: i64,
    pub(super) start: Start,
}

/// How a watcher begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// With the present state.
    Afresh,
    /// Where it was.
    Resumed,
}

type Tell = mpsc::Sender<Result<v1::WatchRelationshipsResponse, Status>>;

impl Watcher {
    /// Tells for as long as it can; answers why it cannot any more.
    async fn tell(self, shared: &Watchers, tell: &Tell) -> Status {
        match self.tell_all(shared, tell).await {
            Ok(never) => match never {},
            Err(ended) => ended,
        }
    }

    async fn tell_all(
        mut self,
        shared: &Watchers,
        tell: &Tell,
    ) -> Result<std::convert::Infallible, Status> {
        if self.start == Start::Afresh {
            self.tell_present(shared, tell).await?;
        }
        let mut head = shared.head.clone();
        let mut quiet = interval(shared.quiet);
        quiet.reset();
        // up to here the listener has a token
        let mut told = self.number;
        loop {
            let here = self.number;
            tokio::select! {
                // the number itself is not kept: nobody could number while it is looked at
                moved = async { head.wait_for(|head| *head > here).await.map(drop) } => {
                    moved.map_err(|_| SharedRefusal::Unavailable)?;
                    self.tell_changes(shared, tell, &mut told, &mut quiet).await?;
                }
                _ = quiet.tick(), if here > told => {
                    send(tell, self.token(here), None).await?;
                    told = here;
                }
            }
        }
    }

    /// Tells what is there. The changes behind `number` were not all seen in it, and none before is
    /// missing.
    async fn tell_present(&self, shared: &Watchers, tell: &Tell) -> Result<(), Status> {
        let mut after = None;
        loop {
            let (now, partner) = (self.store.now(), self.partner.clone());
            let turn = shared.readers.acquire().await;
            let (found, next) = self.store.present_state(partner, after, now).await?;
            drop(turn);
            let complete = next.is_none();
            if complete || !found.is_empty() {
                let entries = found.into_iter().map(|one| reach::entry(one, now));
                let present = v1::PresentState {
                    entries: entries.collect(),
                    complete,
                };
                let token = if complete {
                    self.token(self.number)
                } else {
                    String::new()
                };
                send(tell, token, Some(Content::PresentState(present))).await?;
            }
            if complete {
                return Ok(());
            }
            after = next;
        }
    }

    /// Tells the next changes, and goes on behind them.
    async fn tell_changes(
        &mut self,
        shared: &Watchers,
        tell: &Tell,
        told: &mut i64,
        quiet: &mut Interval,
    ) -> Result<(), Status> {
        let turn = shared.readers.acquire().await;
        let partner = self.partner.clone();
        let behind = self.store.changes_behind(partner, self.number).await?;
        drop(turn);
        for commit in behind.commits {
            let number = commit.number;
            let change = whole(commit)?;
            send(tell, self.token(number), Some(Content::Change(change))).await?;
            *told = number;
            quiet.reset();
        }
        self.number = behind.until;
        Ok(())
    }

    fn token(&self, number: i64) -> String {
        page::seal(&number, self.query)
    }
}

/// Everything of one commit in one message (R36).
fn whole(commit: Numbered) -> Result<v1::Change, Status> {
    let mut whole = v1::Change::default();
    for change in commit.changes {
        whole
            .merge(&*change)
            .map_err(platform::error::Failure::other)?;
    }
    whole.number = commit.number;
    Ok(whole)
}

async fn send(tell: &Tell, token: String, content: Option<Content>) -> Result<(), Status> {
    let message = v1::WatchRelationshipsResponse {
        resume_token: token,
        content,
    };
    // nobody reads why, for nobody is there
    let sent = tell.send(Ok(message)).await;
    sent.map_err(|_| SharedRefusal::Unavailable.into())
}

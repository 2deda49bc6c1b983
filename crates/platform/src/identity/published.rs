//! The keys of an issuer, as they stand: those of a file, or those that the issuer publishes.
//!
//! Published ones are fetched once for all who wait, fetched again before they are old, and kept
//! for a while where the issuer is away; after that nobody is believed by them. A token with a key
//! that is not among them has them fetched again, seldom enough that nobody can make us ask often.
#![expect(
    clippy::disallowed_methods,
    reason = "how old keys are is a duration of this machine, as tokens live by the system's time"
)]

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, sleep};

use super::fetch::{Address, Fetcher};
use super::jwks::KeySet;
use crate::backoff::backoff;

/// How many callers wait for one fetch; more are told at once to try again.
const WAITING: usize = 64;
/// How much of what an issuer says is told, in characters.
const MOST_TOLD: usize = 300;
/// How long a fetch that failed is not repeated by the one who keeps the keys fresh: at first, and
/// at most.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(60);

/// How long keys are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    /// They are fetched again after this time.
    pub(super) fresh: Duration,
    /// For a key that is unknown they are fetched at most once in this time.
    pub(super) again: Duration,
    /// They are used for so long after they were fetched, where the issuer is away.
    pub(super) kept: Duration,
}

/// Where an issuer publishes its keys.
pub(super) struct Source {
    pub(super) issuer: String,
    /// Where its keys are, or where it says so.
    pub(super) address: Published,
    pub(super) fetcher: Fetcher,
}

/// What is published at an address.
#[derive(PartialEq)]
pub(super) enum Published {
    /// The keys.
    Keys(Address),
    /// What the issuer says of itself (OpenID Connect discovery).
    Discovery(Address),
}

/// What an issuer says of itself, as far as it is asked for.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

/// The keys of an issuer.
pub(super) struct Keys {
    source: Option<Source>,
    times: Times,
    known: RwLock<Option<Known>>,
    /// The last look for a key that was missed. Whoever fetches holds it.
    looked: Mutex<Option<Looked>>,
    waiting: Arc<Semaphore>,
    /// Counts the sets of keys there were: what was verified by an earlier one is verified again.
    generation: AtomicU64,
}

/// When somebody missed a key, and whether the issuer could be asked for it.
#[derive(Clone, Copy)]
struct Looked {
    at: Instant,
    well: bool,
}

/// What a look for a missed key comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// There are other keys than those that were used.
    Others,
    /// The issuer has said lately that there are no others.
    Same,
    /// The issuer cannot be asked now.
    Away,
}

#[derive(Clone)]
struct Known {
    keys: Arc<KeySet>,
    /// What was fetched; a set that did not change is the same.
    bytes: Bytes,
    at: Instant,
}

impl Keys {
    /// Those of a file, which are good for as long as the file says so.
    pub(super) fn fixed(bytes: Vec<u8>) -> Result<Self, String> {
        let keys = KeySet::parse(&bytes)?;
        let never = Duration::MAX;
        let times = Times {
            fresh: never,
            again: never,
            kept: never,
        };
        let known = Known {
            keys: Arc::new(keys),
            bytes: bytes.into(),
            at: Instant::now(),
        };
        Ok(Self::of(None, times, Some(known)))
    }

    /// Whether these keys, as they were just read, are the same: those that are published are,
    /// where they come from the same place and its host is believed for the same reason.
    pub(super) fn same(&self, read: &Self) -> bool {
        if let (Some(source), Some(other)) = (&self.source, &read.source) {
            return self.times == read.times
                && source.address == other.address
                && source.fetcher.believes_as(&other.fetcher);
        }
        let bytes = |keys: &Self| {
            let known = keys.known.read().unwrap_or_else(PoisonError::into_inner);
            known.as_ref().map(|known| known.bytes.clone())
        };
        self.source.is_none() && read.source.is_none() && bytes(self) == bytes(read)
    }

    /// Those that are published; none yet.
    pub(super) fn published(source: Source, times: Times) -> Self {
        Self::of(Some(source), times, None)
    }

    fn of(source: Option<Source>, times: Times, known: Option<Known>) -> Self {
        Self {
            source,
            times,
            known: RwLock::new(known),
            looked: Mutex::new(None),
            waiting: Arc::new(Semaphore::new(WAITING)),
            generation: AtomicU64::new(0),
        }
    }

    /// The keys, unless there are none or they are too old.
    pub(super) fn current(&self) -> Option<Arc<KeySet>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref()?;
        (known.at.elapsed() <= self.times.kept).then(|| known.keys.clone())
    }

    /// Which set of keys it is, to be asked before they are used.
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Whether what was verified by this set of keys may still be believed.
    pub(super) fn stands(&self, generation: u64) -> bool {
        self.generation() == generation && self.current().is_some()
    }

    /// Looks for other keys than the set that somebody used, who missed one. Whoever comes while
    /// they are being fetched waits for the same answer, and who goes away takes it from nobody.
    pub(super) async fn look(self: &Arc<Self>, used: Option<u64>) -> Look {
        if self.source.is_none() {
            return Look::Same;
        }
        let Ok(place) = self.waiting.clone().try_acquire_owned() else {
            return Look::Away;
        };
        let keys = self.clone();
        let looking = tokio::spawn(async move {
            let look = keys.look_now(used).await;
            drop(place);
            look
        });
        looking.await.unwrap_or(Look::Away)
    }

    async fn look_now(&self, used: Option<u64>) -> Look {
        let mut looked = self.looked.lock().await;
        let are_others = || self.usable().is_some() && self.usable() != used;
        if are_others() {
            return Look::Others;
        }
        let lately = looked.filter(|looked| looked.at.elapsed() < self.times.again);
        let well = match lately {
            Some(looked) => looked.well,
            None => {
                let at = Instant::now();
                let well = self.fetch().await;
                // nobody has missed a key where there was none to begin with
                if used.is_some() || !well {
                    *looked = Some(Looked { at, well });
                }
                well
            }
        };
        match (are_others(), well) {
            (true, _) => Look::Others,
            (false, true) => Look::Same,
            (false, false) => Look::Away,
        }
    }

    /// Keeps them fresh, for ever.
    pub(super) async fn keep_fresh(&self) {
        if self.source.is_none() {
            return std::future::pending().await;
        }
        let mut failed = 0;
        loop {
            // whoever else keeps them fresh has fetched them meanwhile
            let fetching = self.looked.lock().await;
            let age = self.age();
            let due = age.is_none_or(|age| age >= self.times.fresh);
            let wait = if due {
                if self.fetch().await {
                    failed = 0;
                    self.times.fresh
                } else {
                    failed += 1;
                    backoff(failed, FIRST_RETRY, LAST_RETRY)
                }
            } else {
                self.times.fresh - age.unwrap_or_default()
            };
            drop(fetching);
            sleep(wait).await;
        }
    }

    fn age(&self) -> Option<Duration> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().map(|known| known.at.elapsed())
    }

    /// Which set of keys can be used, if one can.
    pub(super) fn usable(&self) -> Option<u64> {
        let generation = self.generation();
        self.current().map(|_| generation)
    }

    /// Fetches them; whether that went well.
    async fn fetch(&self) -> bool {
        let Some(source) = &self.source else {
            return false;
        };
        match source.fetch().await {
            Ok((keys, odd, bytes)) => {
                if self.know(keys, bytes) && !odd.is_empty() {
                    let odd: String = odd.join("; ").chars().take(MOST_TOLD).collect();
                    let issuer = source.issuer.as_str();
                    tracing::warn!(issuer, odd, "published keys are passed over");
                }
                true
            }
            Err(what) => {
                tracing::warn!(issuer = source.issuer, what, "the keys cannot be fetched");
                false
            }
        }
    }

    /// Whether they are others than before.
    fn know(&self, keys: KeySet, bytes: Bytes) -> bool {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let at = Instant::now();
        match &mut *known {
            Some(known) if known.bytes == bytes => {
                known.at = at;
                false
            }
            known => {
                *known = Some(Known {
                    keys: Arc::new(keys),
                    bytes,
                    at,
                });
                self.generation.fetch_add(1, Ordering::Release);
                true
            }
        }
    }
}

impl Source {
    /// The keys, what is wrong with others among them, and all of it as it was fetched.
    async fn fetch(&self) -> Result<(KeySet, Vec<String>, Bytes), String> {
        let address = match &self.address {
            Published::Keys(address) => address.clone(),
            Published::Discovery(address) => {
                let found = self.fetcher.get(address).await?;
                let told: Metadata =
                    serde_json::from_slice(&found).map_err(|error| error.to_string())?;
                if told.issuer != self.issuer {
                    let told: String = told.issuer.chars().take(MOST_TOLD).collect();
                    return Err(format!("says that it is {told}"));
                }
                let keys = Address::parse(&told.jwks_uri)?;
                if address.is_secure() && !keys.is_secure() {
                    return Err("its keys are at an address without https://".to_owned());
                }
                keys
            }
        };
        let bytes = self.fetcher.get(&address).await?;
        let (keys, odd) = KeySet::published(&bytes)?;
        Ok((keys, odd, bytes))
    }
}

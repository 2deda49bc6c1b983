//! Wrong links, counted for each user: who guesses is soon told nothing any more, and locks out no
//! colleague.
//!
//! In memory, and of this process alone: no number of guesses finds a link, and what is guarded is
//! only that none are worth making.

use std::sync::{Arc, Mutex, PoisonError};

use platform::clock::Time;
use platform::identity::Caller;
use quick_cache::unsync::Cache;
use sha2::{Digest, Sha256};

use crate::domain::{LinkKeys, PerMinute, Refusal, VerifiedLink, WrongLinks};

/// How many callers are remembered; beyond them those not heard of for the longest are forgiven.
const CALLERS: usize = 10_000;

/// A user, as a hash: all are of one size, and nobody is named.
type Guesser = [u8; 32];

/// Who has shown how many wrong links. Clones count together.
#[derive(Clone)]
pub(crate) struct Guesses {
    limit: PerMinute,
    shown: Arc<Mutex<Cache<Guesser, WrongLinks>>>,
}

impl Guesses {
    /// Nobody has shown any.
    pub(crate) fn new(limit: PerMinute) -> Self {
        let shown = Arc::new(Mutex::new(Cache::new(CALLERS)));
        Self { limit, shown }
    }

    /// What a genuine link says; any other is counted.
    ///
    /// Who has shown too many is told nothing about any link, a genuine one included: so the answer
    /// never says whether the last guess was right.
    pub(super) fn verify(
        &self,
        link: &str,
        keys: &LinkKeys,
        caller: &Caller,
        now: Time,
    ) -> Result<VerifiedLink, Refusal> {
        let guesser = guesser(caller);
        // held until it is counted, so that links shown at once are as many as one after the other
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let so_far = shown.get(&guesser).copied();
        let so_far = so_far.unwrap_or_else(|| WrongLinks::none(now));
        so_far.admit(self.limit, now)?;
        keys.verify(link)
            .inspect_err(|_| shown.insert(guesser, so_far.another(self.limit, now)))
    }
}

fn guesser(caller: &Caller) -> Guesser {
    // a byte that no issuer has keeps issuer and subject apart
    let hash = Sha256::new()
        .chain_update(&caller.issuer)
        .chain_update([0])
        .chain_update(&caller.subject);
    hash.finalize().into()
}

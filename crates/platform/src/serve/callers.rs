//! What one caller may have of this process at once: places for its calls, turns to be worked for,
//! and room for messages that are still coming. Who waits, waits for itself alone: a caller that
//! has used up its share is refused or queued, and nobody else notices.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::Connection;
use crate::identity::Identity;

/// A turn for each so many places of a caller: work is short, and an answer may take its time.
const PLACES_PER_TURN: usize = 8;
/// What messages that wait, for their end or to be worked for, may take of memory where they are
/// not small, in bytes: of one caller, and of all.
const COMING_OF_ONE: usize = 4 * 1024 * 1024;
const COMING_OF_ALL: usize = 32 * 1024 * 1024;
/// What answers that were not taken yet may take of memory where they are large, in bytes: of one
/// caller, and of all.
const LEAVING_OF_ONE: usize = 16 * 1024 * 1024;
const LEAVING_OF_ALL: usize = 64 * 1024 * 1024;

/// Who shares what is shared out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Caller {
    /// An organisation, of an issuer.
    Organisation(String),
    /// A user or client of no organisation, of an issuer.
    Client(String),
    /// Whoever calls from an address without a token.
    At(Option<IpAddr>),
}

impl Caller {
    /// The caller of a call; none for a service of ours that calls for nobody.
    pub(super) fn of(identity: &Identity, connection: Option<&Connection>) -> Option<Self> {
        match identity.caller() {
            Ok(caller) => Some(match caller.tenant() {
                Some(tenant) => Self::Organisation(format!("{}\n{tenant}", caller.issuer)),
                None => Self::Client(format!("{}\n{}", caller.issuer, caller.subject)),
            }),
            Err(_) if identity.peer().is_some() => None,
            Err(_) => Some(Self::at(connection)),
        }
    }

    /// Whoever calls on a connection without a token.
    pub(super) fn at(connection: Option<&Connection>) -> Self {
        Self::At(connection.map(Connection::address))
    }
}

/// What is shared out.
pub(super) struct Callers {
    places: Arc<Semaphore>,
    /// As many again for services of ours that call for nobody: what they do was promised to
    /// somebody.
    of_services: Arc<Semaphore>,
    coming: Arc<Semaphore>,
    leaving: Arc<Semaphore>,
    places_of_one: usize,
    shares: Mutex<HashMap<Caller, Arc<Share>>>,
}

/// What one caller has. It is forgotten with the caller's last call.
struct Share {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    messages: Arc<Semaphore>,
    coming: Arc<Semaphore>,
    leaving: Arc<Semaphore>,
}

impl Callers {
    /// So many places in all, and so many of them for one caller.
    pub(super) fn new(places: usize, places_of_one: usize) -> Arc<Self> {
        Arc::new(Self {
            places: Arc::new(Semaphore::new(places)),
            of_services: Arc::new(Semaphore::new(places)),
            coming: Arc::new(Semaphore::new(COMING_OF_ALL)),
            leaving: Arc::new(Semaphore::new(LEAVING_OF_ALL)),
            places_of_one,
            shares: Mutex::default(),
        })
    }

    /// What this caller has; a service of ours has no share, only its place.
    pub(super) fn share(self: &Arc<Self>, caller: Option<Caller>) -> Arc<Shared> {
        let share = caller.map(|caller| {
            let share = self
                .shares()
                .entry(caller.clone())
                .or_insert_with(|| Arc::new(Share::new(self.places_of_one)))
                .clone();
            (caller, share)
        });
        Arc::new(Shared {
            callers: self.clone(),
            share,
        })
    }

    fn shares(&self) -> MutexGuard<'_, HashMap<Caller, Arc<Share>>> {
        // nothing panics while it is half changed
        self.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    fn new(places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            turns: Arc::new(Semaphore::new(places.div_ceil(PLACES_PER_TURN))),
            messages: Arc::new(Semaphore::new(places)),
            coming: Arc::new(Semaphore::new(COMING_OF_ONE)),
            leaving: Arc::new(Semaphore::new(LEAVING_OF_ONE)),
        }
    }
}

/// A caller's share, as one of its calls has it.
pub(super) struct Shared {
    callers: Arc<Callers>,
    share: Option<(Caller, Arc<Share>)>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        let Some((caller, share)) = self.share.take() else {
            return;
        };
        let mut shares = self.callers.shares();
        drop(share);
        if let Entry::Occupied(entry) = shares.entry(caller)
            && Arc::strong_count(entry.get()) == 1
        {
            entry.remove();
        }
    }
}

/// What a call holds of the process: of its caller's share, of the whole, or of both. It is given
/// back when this is dropped, and the share lives as long.
pub(super) struct Held {
    _permits: [Option<OwnedSemaphorePermit>; 2],
    _shared: Arc<Shared>,
}

impl Shared {
    fn share(&self) -> Option<&Share> {
        self.share.as_ref().map(|(_, share)| share.as_ref())
    }

    /// Leave to send a message; none where as many are coming as the caller may have places.
    pub(super) fn message(self: &Arc<Self>) -> Option<Held> {
        self.take(self.share().map(|share| &share.messages), None, 1)
    }

    /// Room for a message of so many bytes.
    pub(super) fn coming(self: &Arc<Self>, bytes: usize) -> Option<Held> {
        let own = self.share().map(|share| &share.coming);
        self.take(own, Some(&self.callers.coming), bytes)
    }

    /// A place for a call whose message is there.
    pub(super) fn place(self: &Arc<Self>) -> Option<Held> {
        match self.share() {
            Some(share) => self.take(Some(&share.places), Some(&self.callers.places), 1),
            None => self.take(None, Some(&self.callers.of_services), 1),
        }
    }

    /// Room for an answer of so many bytes until it has left.
    pub(super) fn leaving(self: &Arc<Self>, bytes: usize) -> Option<Held> {
        let own = self.share().map(|share| &share.leaving);
        self.take(own, Some(&self.callers.leaving), bytes)
    }

    /// The caller's turn to be worked for, waited for in the order of its calls.
    pub(super) async fn turn(self: &Arc<Self>) -> Held {
        let own = match self.share() {
            Some(share) => share.turns.clone().acquire_owned().await.ok(),
            None => None,
        };
        self.held([own, None])
    }

    /// So much of the caller's own and of what all have, or nothing.
    fn take(
        self: &Arc<Self>,
        own: Option<&Arc<Semaphore>>,
        all: Option<&Arc<Semaphore>>,
        amount: usize,
    ) -> Option<Held> {
        let amount = u32::try_from(amount).ok()?;
        let permit = |of: &Arc<Semaphore>| of.clone().try_acquire_many_owned(amount).ok();
        let own = match own {
            Some(own) => Some(permit(own)?),
            None => None,
        };
        let all = match all {
            Some(all) => Some(permit(all)?),
            None => None,
        };
        Some(self.held([own, all]))
    }

    fn held(self: &Arc<Self>, permits: [Option<OwnedSemaphorePermit>; 2]) -> Held {
        Held {
            _permits: permits,
            _shared: self.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organisation(name: &str) -> Option<Caller> {
        Some(Caller::Organisation(name.to_owned()))
    }

    #[test]
    fn a_caller_has_its_share_and_all_have_the_whole() {
        let callers = Callers::new(3, 2);
        let [one, other] = ["one", "other"].map(|name| callers.share(organisation(name)));
        let mut held = vec![one.place().unwrap(), one.place().unwrap()];
        assert!(one.place().is_none(), "the share is two");
        held.push(other.place().unwrap());
        assert!(other.place().is_none(), "the whole is three");
        held.push(callers.share(None).place().unwrap());
        drop(held);
        assert!(other.place().is_some());
    }

    #[test]
    fn memory_is_bounded_for_a_caller_and_in_all() {
        let callers = Callers::new(1, 1);
        let mut held = Vec::new();
        for name in 0..COMING_OF_ALL / COMING_OF_ONE {
            let share = callers.share(organisation(&name.to_string()));
            held.push((share.coming(COMING_OF_ONE).unwrap(), share.clone()));
            assert!(share.coming(1).is_none(), "of one");
        }
        assert!(
            callers.share(organisation("late")).coming(1).is_none(),
            "of all"
        );
        let share = callers.share(organisation("reader"));
        let large = share.leaving(LEAVING_OF_ONE).unwrap();
        assert!(share.leaving(1).is_none());
        drop(large);
        assert!(share.leaving(1).is_some());
    }

    #[test]
    fn a_share_is_kept_while_anything_of_it_is_held_and_forgotten_then() {
        let callers = Callers::new(8, 1);
        let place = callers.share(organisation("one")).place();
        for _ in 0..2 {
            assert!(callers.share(organisation("one")).place().is_none());
        }
        drop(place);
        assert!(callers.shares().is_empty());
    }
}

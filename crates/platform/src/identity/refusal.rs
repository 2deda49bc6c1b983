//! Why tokens are refused, told as often as it helps and no more: a stranger with bad tokens fills
//! no log.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jsonwebtoken::get_current_timestamp;

/// Why a token is refused: one of the fixed texts of this program, for the log and never for the
/// caller.
pub(super) type Refused = &'static str;

/// The issuer of a token that names none which is known.
pub(super) const UNKNOWN: &str = "unknown";

/// After this time the same is told again, in seconds.
const SILENCE: u64 = 60;

/// What was told of whom. There is one entry at most for a reason and a known issuer, or
/// [`UNKNOWN`].
#[derive(Clone, Debug, Default)]
pub(super) struct Refusals(Arc<Mutex<HashMap<(String, Refused), LastTold>>>);

#[derive(Debug)]
struct LastTold {
    at: u64,
    untold: u64,
}

impl Refusals {
    /// Counts a refusal. How many there were since this was told of this issuer, where it is time
    /// to tell it again.
    pub(super) fn due(&self, issuer: &str, reason: Refused) -> Option<u64> {
        self.due_at(issuer, reason, get_current_timestamp())
    }

    fn due_at(&self, issuer: &str, reason: Refused, now: u64) -> Option<u64> {
        // A panic elsewhere cannot leave the map half changed.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told = all.entry((issuer.to_owned(), reason)).or_insert(LastTold {
            at: now.wrapping_sub(SILENCE),
            untold: 0,
        });
        told.untold += 1;
        // also when the time was set back
        if now.abs_diff(told.at) < SILENCE {
            return None;
        }
        let times = told.untold;
        *told = LastTold { at: now, untold: 0 };
        Some(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_told_once_a_minute() {
        let refusals = Refusals::default();
        let now = 1_000_000;
        let due = |reason, at| refusals.due_at("a", reason, at);
        assert_eq!(due("expired", now), Some(1));
        for second in [0, 1, 59] {
            assert_eq!(due("expired", now + second), None);
        }
        assert_eq!(due("no key", now), Some(1), "another reason");
        assert_eq!(
            refusals.due_at("b", "expired", now),
            Some(1),
            "another issuer"
        );
        assert_eq!(due("expired", now + 60), Some(4));
        assert_eq!(due("expired", now + 61), None);
        assert_eq!(
            due("expired", now - 3_600),
            Some(2),
            "the time was set back"
        );
        assert_eq!(refusals.0.lock().unwrap().len(), 3);
    }
}

//! How many links that are none of ours somebody may show before waiting.
//!
//! So many at once; then each is forgiven after its share of a minute.

use std::time::Duration;

use platform::clock::Time;

use super::Refusal;

const MINUTE: Duration = Duration::from_secs(60);

/// The wrong links that somebody has shown: all are forgiven at this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongLinks(Time);

/// How many are forgiven in a minute, and taken at once; at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerMinute(pub u32);

impl WrongLinks {
    /// None, or none that is not forgiven.
    pub fn none(now: Time) -> Self {
        Self(now)
    }

    /// With one more wrong link, shown now.
    pub fn another(self, limit: PerMinute, now: Time) -> Self {
        Self(self.forgiven(now) + limit.share())
    }

    /// Refuses whoever has shown so many that another would be too many.
    pub fn admit(self, limit: PerMinute, now: Time) -> Result<(), Refusal> {
        let retry_after = (self.forgiven(now) + limit.share()).since(now + MINUTE);
        if retry_after.is_zero() {
            Ok(())
        } else {
            Err(Refusal::WrongLinks { retry_after })
        }
    }

    /// When all are forgiven, from now on. A time that is further away than a minute is that of a
    /// clock that has been corrected since, and says nothing.
    fn forgiven(self, now: Time) -> Time {
        if self.0.since(now) <= MINUTE {
            self.0.max(now)
        } else {
            now
        }
    }
}

impl PerMinute {
    /// The time after which one is forgiven.
    fn share(self) -> Duration {
        MINUTE / self.0.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: PerMinute = PerMinute(3);
    const START: Time = Time::from_micros(1_000_000_000);

    fn shown(times: u32, now: Time) -> WrongLinks {
        (0..times).fold(WrongLinks::none(now), |wrong, _| wrong.another(LIMIT, now))
    }

    #[test]
    fn so_many_at_once_then_one_after_its_share_of_a_minute() {
        let share = Duration::from_secs(20);
        for times in 0..3 {
            assert_eq!(shown(times, START).admit(LIMIT, START), Ok(()), "{times}");
        }
        let full = shown(3, START);
        let retry_after = share;
        let refused = Err(Refusal::WrongLinks { retry_after });
        assert_eq!(full.admit(LIMIT, START), refused);
        let later = START + share;
        assert_eq!(full.admit(LIMIT, later), Ok(()));
        assert_eq!(full.another(LIMIT, later).admit(LIMIT, later), refused);
        let forgiven = START + MINUTE;
        assert_eq!(full.another(LIMIT, forgiven), shown(1, forgiven));
    }

    #[test]
    fn a_corrected_clock_locks_nobody_out() {
        let hour = Duration::from_secs(3600);
        assert_eq!(shown(3, START + hour).admit(LIMIT, START), Ok(()));
    }
}

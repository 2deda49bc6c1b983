//! How many invitations a partner may make in a day and have open at one time, and how often it may
//! send one again.

use platform::clock::{Day, Time};

use super::Refusal;

/// The limits of one partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Invitations made in one day (UTC).
    pub per_day: u32,
    /// Invitations open at one time.
    pub open: u32,
    /// Resends of one invitation in one day (UTC).
    pub resends: u32,
}

/// How often something was done on the last day that it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    pub day: Day,
    pub count: i64,
}

impl Tally {
    /// Never yet.
    pub const NONE: Self = Self {
        day: Day::kept(0),
        count: 0,
    };

    /// The tally with one more, made now.
    pub fn another(self, now: Time) -> Self {
        let today = Day::of(now);
        // a clock that is a little behind counts into the day that has begun
        let begun = self.day == today || self.day == Day::of(today.end());
        let (day, so_far) = if begun {
            (self.day, self.count)
        } else {
            (today, 0)
        };
        Self {
            day,
            count: so_far + 1,
        }
    }
}

impl Limits {
    /// Refuses another invitation today. `made` counts those of today, the new one included.
    pub fn admit_today(&self, made: i64, now: Time) -> Result<(), Refusal> {
        if made <= i64::from(self.per_day) {
            return Ok(());
        }
        Err(Refusal::DailyQuota {
            retry_after: Day::of(now).end().since(now),
        })
    }

    /// Refuses to send an invitation again today. `resends` counts those of today, the new one
    /// included.
    pub fn admit_resend(&self, resends: Tally, now: Time) -> Result<(), Refusal> {
        if resends.count <= i64::from(self.resends) {
            return Ok(());
        }
        Err(Refusal::ResendQuota {
            retry_after: Day::of(now).end().since(now),
        })
    }

    /// Refuses another open invitation. `open` counts those that are, without the new one.
    pub fn admit_open(&self, open: u64) -> Result<(), Refusal> {
        if open < u64::from(self.open) {
            Ok(())
        } else {
            Err(Refusal::OpenQuota)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LIMITS: Limits = Limits {
        per_day: 2,
        open: 3,
        resends: 2,
    };

    #[test]
    fn a_day_has_its_quota_and_says_when_it_ends() {
        let evening = Time::from_micros(0) + Duration::from_secs(23 * 3600);
        assert_eq!(LIMITS.admit_today(2, evening), Ok(()));
        let hour = Duration::from_secs(3600);
        assert_eq!(
            LIMITS.admit_today(3, evening),
            Err(Refusal::DailyQuota { retry_after: hour })
        );
    }

    #[test]
    fn a_day_has_its_resends_also_by_a_clock_that_is_behind() {
        let hour = Duration::from_secs(3600);
        let evening = Time::from_micros(0) + 100 * 24 * hour - hour;
        let next = |tally: Tally, now| {
            let tally = tally.another(now);
            LIMITS.admit_resend(tally, now).map(|()| tally)
        };
        let twice = next(next(Tally::NONE, evening).unwrap(), evening).unwrap();
        let refused = Err(Refusal::ResendQuota { retry_after: hour });
        assert_eq!(next(twice, evening), refused);
        let morning = next(twice, evening + hour).unwrap();
        assert_eq!(morning, Tally::NONE.another(evening + hour));
        // the clock of another process is still on the day before
        assert_eq!(next(next(morning, evening).unwrap(), evening), refused);
        // what was counted by a clock far ahead does not count today
        let far = Tally::NONE.another(evening + 9_999 * hour);
        assert_eq!(next(far, evening), next(Tally::NONE, evening));
    }

    #[test]
    fn open_ones_are_limited() {
        assert_eq!(LIMITS.admit_open(2), Ok(()));
        assert_eq!(LIMITS.admit_open(3), Err(Refusal::OpenQuota));
        assert_eq!(
            Limits { open: 0, ..LIMITS }.admit_open(0),
            Err(Refusal::OpenQuota)
        );
    }
}

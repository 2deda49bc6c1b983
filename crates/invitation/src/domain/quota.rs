//! How many invitations a partner may make in a day, and have open at one time.

use platform::clock::{Day, Time};

use super::Refusal;

/// The limits of one partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Invitations made in one day (UTC).
    pub per_day: u32,
    /// Invitations open at one time.
    pub open: u32,
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
    fn open_ones_are_limited() {
        assert_eq!(LIMITS.admit_open(2), Ok(()));
        assert_eq!(LIMITS.admit_open(3), Err(Refusal::OpenQuota));
        assert_eq!(
            Limits {
                per_day: 0,
                open: 0
            }
            .admit_open(0),
            Err(Refusal::OpenQuota)
        );
    }
}

//! How many partnerships a partner may propose in a day: each one writes to the other partner, who
//! was not asked.

use platform::clock::{Day, Time};

use super::Refusal;

/// The limits of one partner. What becomes of a proposal does not matter: a withdrawn one counts as
/// well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Partnerships proposed in one day (UTC), to whomever.
    pub per_day: u32,
    /// Those of them proposed to the same partner.
    pub to_one: u32,
}

/// What a partner has proposed on a day so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// To whomever.
    pub in_all: u64,
    /// To the partner that it proposes to now.
    pub to_this: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_day: 50,
            to_one: 5,
        }
    }
}

impl Limits {
    /// Refuses another proposal today. `today` are those before it.
    pub fn admit(&self, today: Proposed, now: Time) -> Result<(), Refusal> {
        let Proposed { in_all, to_this } = today;
        if in_all < u64::from(self.per_day) && to_this < u64::from(self.to_one) {
            return Ok(());
        }
        Err(Refusal::ProposalQuota {
            retry_after: Day::of(now).end().since(now),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_day_has_its_proposals_in_all_and_to_one() {
        let limits = Limits {
            per_day: 3,
            to_one: 2,
        };
        let hour = Duration::from_secs(3600);
        let evening = Time::from_micros(0) + 23 * hour;
        let admit = |in_all, to_this| limits.admit(Proposed { in_all, to_this }, evening);
        let refused = Err(Refusal::ProposalQuota { retry_after: hour });
        assert_eq!(admit(2, 1), Ok(()));
        assert_eq!(admit(2, 2), refused);
        assert_eq!(admit(3, 0), refused);
    }
}

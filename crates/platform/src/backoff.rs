//! How long to wait before something that failed is tried again.

use std::time::Duration;

/// The wait after so many tries: doubled each time, from the shortest up to the longest, less up to
/// half of it, so that those that failed together do not come back together.
#[expect(
    clippy::disallowed_methods,
    reason = "jitter decides nothing that a simulation could tell apart"
)]
pub fn backoff(tries: i32, shortest: Duration, longest: Duration) -> Duration {
    let doublings = tries.clamp(0, 16).unsigned_abs();
    let wait = (shortest * 2_u32.pow(doublings)).min(longest);
    wait.mul_f64(0.5 + 0.5 * rand::random::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORTEST: Duration = Duration::from_millis(100);
    const LONGEST: Duration = Duration::from_secs(5);

    #[test]
    fn the_wait_doubles_and_ends() {
        for (tries, whole) in [
            (-1, SHORTEST),
            (0, SHORTEST),
            (1, 2 * SHORTEST),
            (3, 8 * SHORTEST),
            (6, LONGEST),
            (i32::MAX, LONGEST),
        ] {
            let wait = backoff(tries, SHORTEST, LONGEST);
            assert!(whole / 2 <= wait && wait <= whole, "{tries}: {wait:?}");
        }
    }

    #[test]
    fn those_that_failed_together_come_back_apart() {
        let first = backoff(6, SHORTEST, LONGEST);
        assert!((0..20).any(|_| backoff(6, SHORTEST, LONGEST) != first));
    }
}

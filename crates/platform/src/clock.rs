//! The time of day and the ids made from it.
//!
//! Every `now` and every new id of a process come from one [`Clock`], so that a test or a
//! simulation can move time. Nothing here measures how long something took: that needs a monotonic
//! clock.

use std::fmt;
use std::ops::{Add, Sub};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prost_types::Timestamp;
use sea_orm::DeriveValueType;
use uuid::{NoContext, Uuid};

/// An instant in UTC, in microseconds since 1970: what both stores keep, order and compare alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct Time(i64);

/// A timestamp that no wire message or store may carry: outside the years 1 to 9999, or with
/// impossible nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a time between the years 1 and 9999")]
pub struct OutOfRange;

/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, in seconds since 1970.
const YEARS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

impl Time {
    /// The instant this many microseconds after the start of 1970.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the start of 1970.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The instant that a protobuf timestamp names, cut to the microsecond.
    pub fn from_timestamp(timestamp: &Timestamp) -> Result<Self, OutOfRange> {
        let in_range =
            YEARS.contains(&timestamp.seconds) && (0..1_000_000_000).contains(&timestamp.nanos);
        if !in_range {
            return Err(OutOfRange);
        }
        Ok(Self(
            timestamp.seconds * 1_000_000 + i64::from(timestamp.nanos) / 1_000,
        ))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        u64::try_from(self.0.saturating_sub(earlier.0))
            .map_or(Duration::ZERO, Duration::from_micros)
    }
}

/// A day in UTC, counted from the start of 1970: what daily limits are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i64);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Day {
    /// The day that this instant is in.
    pub fn of(time: Time) -> Self {
        Self(time.0.div_euclid(micros(DAY)))
    }

    /// The day with this number, as it was kept.
    pub const fn kept(number: i64) -> Self {
        Self(number)
    }

    /// Days since 1970-01-01.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// Its first instant.
    pub fn start(self) -> Time {
        Time(self.0.saturating_mul(micros(DAY)))
    }

    /// The first instant of the next one.
    pub fn end(self) -> Time {
        self.start() + DAY
    }
}

impl From<Time> for Timestamp {
    fn from(time: Time) -> Self {
        Self {
            seconds: time.0.div_euclid(1_000_000),
            // rem_euclid is below a million, so a thousand times it is below a billion
            nanos: time.0.rem_euclid(1_000_000) as i32 * 1_000,
        }
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }
}

impl Sub<Duration> for Time {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros(duration)))
    }
}

/// RFC 3339, as protobuf prints a timestamp.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Timestamp::from(*self).fmt(f)
    }
}

/// The clock of one process: the system's, plus an offset that tests and simulations may move.
/// Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset: Arc<AtomicI64>,
}

impl Clock {
    /// The clock of this machine.
    pub fn system() -> Self {
        Self::default()
    }

    /// The time of day.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the system's clock"
    )]
    pub fn now(&self) -> Time {
        let since_1970 = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Time(micros(since_1970).saturating_add(self.offset.load(Ordering::Relaxed)))
    }

    /// A new id, a UUIDv7 of this clock's time. Ids made later are usually, not always, larger.
    pub fn id(&self) -> Uuid {
        let now = Timestamp::from(self.now());
        // before 1970 there is no UUIDv7; such a clock gets the first one, which is as unique
        let seconds = u64::try_from(now.seconds).unwrap_or_default();
        Uuid::new_v7(uuid::Timestamp::from_unix(
            NoContext,
            seconds,
            now.nanos.unsigned_abs(),
        ))
    }

    /// Moves this clock and all its clones forward.
    pub fn advance(&self, duration: Duration) {
        self.offset.fetch_add(micros(duration), Ordering::Relaxed);
    }

    /// Moves this clock and all its clones back, as a corrected system clock does.
    pub fn step_back(&self, duration: Duration) {
        self.offset.fetch_sub(micros(duration), Ordering::Relaxed);
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_survive_the_round_trip_also_before_1970() {
        for micros in [0, 1, -1, -1_500_000, 1_700_000_000_123_456] {
            let time = Time::from_micros(micros);
            assert_eq!(Time::from_timestamp(&Timestamp::from(time)), Ok(time));
        }
    }

    #[test]
    fn years_0_and_10000_and_odd_nanos_are_refused() {
        let of = |seconds, nanos| Time::from_timestamp(&Timestamp { seconds, nanos });
        assert_eq!(of(-62_135_596_801, 0), Err(OutOfRange));
        assert_eq!(of(253_402_300_800, 0), Err(OutOfRange));
        assert_eq!(of(i64::MAX, 0), Err(OutOfRange));
        assert_eq!(of(0, -1), Err(OutOfRange));
        assert_eq!(of(0, 1_000_000_000), Err(OutOfRange));
        assert!(of(253_402_300_799, 999_999_999).is_ok());
        assert!(of(-62_135_596_800, 0).is_ok());
    }

    #[test]
    fn a_day_begins_and_ends_at_midnight_also_before_1970() {
        let evening = Time::from_micros(0) + Duration::from_secs(23 * 3600);
        let midnight = evening + Duration::from_secs(3600);
        assert_eq!(Day::of(evening), Day(0));
        assert_eq!((Day(0).start(), Day(0).end()), (Time(0), midnight));
        assert_eq!(Day::of(midnight), Day(1));
        assert_eq!(Day::of(Time::from_micros(-1)), Day(-1));
        assert_eq!(Day::kept(Day(-1).number()).end(), Time(0));
    }

    #[test]
    fn clones_share_the_offset_and_ids_carry_the_clocks_time() {
        let clock = Clock::system();
        let other = clock.clone();
        let before = clock.now();
        other.advance(Duration::from_secs(86_400));
        assert!(clock.now().since(before) >= Duration::from_secs(86_400));

        let id = clock.id();
        let (seconds, _) = id.get_timestamp().unwrap().to_unix();
        let made = Time::from_micros(i64::try_from(seconds).unwrap() * 1_000_000);
        assert!(made.since(before) >= Duration::from_secs(86_399));
        assert_ne!(id, clock.id());

        other.step_back(Duration::from_secs(2 * 86_400));
        assert!(clock.now() < before);
    }

    #[test]
    fn a_time_prints_as_rfc_3339_and_since_never_goes_below_zero() {
        let time = Time::from_micros(1_500_000);
        assert_eq!(time.to_string(), "1970-01-01T00:00:01.500Z");
        assert_eq!(time.since(time + Duration::from_secs(1)), Duration::ZERO);
        assert_eq!(
            (time + Duration::from_secs(1)) - Duration::from_secs(1),
            time
        );
    }
}

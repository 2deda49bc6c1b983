//! What became of the calls of a rolling restart, and which of them were told what must not be.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use tonic::Code;

use super::Call;

/// By so much each server ends a call before the time of its caller is over, at most; a tenth of a
/// short time.
const SHAVED: Duration = Duration::from_millis(250);
/// The most servers that a call passes, each behind another.
const HOPS: u32 = 3;
/// What became of the calls.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many were answered with each code.
    pub codes: BTreeMap<i32, usize>,
    /// Those not answered OK, in the order in which they ended.
    pub failures: Vec<Failure>,
}

/// A call that was not answered OK.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which method.
    pub call: Call,
    /// The answer.
    pub code: Code,
    /// What was said with it.
    pub message: String,
    /// After what time.
    pub elapsed: Duration,
    /// What its caller had given it.
    pub deadline: Duration,
}

impl Tally {
    /// How many calls there were.
    pub fn total(&self) -> usize {
        self.codes.values().sum()
    }

    /// How many were answered with this code.
    pub fn count(&self, code: Code) -> usize {
        self.codes.get(&(code as i32)).copied().unwrap_or_default()
    }

    /// The calls that were told what must not be.
    pub fn broken(&self) -> Vec<&Failure> {
        self.failures.iter().filter(|it| it.is_broken()).collect()
    }

    /// One more call, and what became of it if it was not answered OK.
    pub(super) fn add(&mut self, failure: Option<Failure>) {
        let code = failure.as_ref().map_or(Code::Ok, |failure| failure.code);
        *self.codes.entry(code as i32).or_default() += 1;
        self.failures.extend(failure);
    }

    pub(super) fn absorb(&mut self, other: Tally) {
        for (code, count) in other.codes {
            *self.codes.entry(code).or_default() += count;
        }
        self.failures.extend(other.failures);
    }
}

impl Failure {
    fn is_broken(&self) -> bool {
        match self.code {
            Code::Unavailable => false,
            Code::DeadlineExceeded => {
                self.elapsed + SHAVED.min(self.deadline / 10) * HOPS < self.deadline
            }
            _ => true,
        }
    }
}

/// Codes by their names, and how many of each.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} calls", self.total())?;
        for (code, count) in &self.codes {
            write!(f, ", {count} {:?}", Code::from(*code))?;
        }
        Ok(())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            call,
            code,
            message,
            elapsed,
            deadline,
        } = self;
        write!(
            f,
            "{call:?}: {code:?} ({message}) after {elapsed:.1?} of {deadline:?}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_not_be_told_is_found() {
        let told = |code, millis| Failure {
            call: Call::CheckAccess,
            code,
            message: String::new(),
            elapsed: Duration::from_millis(millis),
            deadline: Duration::from_secs(2),
        };
        let mut tally = Tally::default();
        for (failure, broken) in [
            (told(Code::Unavailable, 3), 0),
            (told(Code::DeadlineExceeded, 1_990), 0),
            (told(Code::DeadlineExceeded, 3), 1),
            (told(Code::Internal, 3), 2),
            (told(Code::Cancelled, 1_990), 3),
        ] {
            tally.add(Some(failure));
            assert_eq!(tally.broken().len(), broken, "{tally}");
        }
        tally.add(None);
        assert_eq!((tally.total(), tally.count(Code::DeadlineExceeded)), (6, 2));
    }
}

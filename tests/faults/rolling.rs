//! 200 rolling restarts: no call is told that its time is over before it is.

use clap::Args;
use tests::Store;
use tests::rolling::{Plan, Tally, roll};

use crate::{Verdict, say};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Processes that are ended and started again, one after the other
    #[arg(long, value_name = "N", default_value_t = RESTARTS)]
    restarts: usize,
    /// Calls a second, begun whether earlier ones were answered or not
    #[arg(long, value_name = "N", default_value_t = RATE, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rate: u32,
    /// Calls begun at once beside them, whenever a process is asked to end
    #[arg(long, value_name = "N", default_value_t = BURST)]
    burst: usize,
}

const RESTARTS: usize = 200;
const RATE: u32 = 60;
const BURST: usize = 10;

impl Default for Arguments {
    fn default() -> Self {
        Self {
            restarts: RESTARTS,
            rate: RATE,
            burst: BURST,
        }
    }
}

/// Restarts replicas on PostgreSQL, tells each restart, and judges what the calls were told.
pub(crate) async fn run(arguments: Arguments) -> Verdict {
    let Arguments {
        restarts,
        rate,
        burst,
    } = arguments;
    say(format!(
        "rolling: {restarts} restarts of two replicas each of relationship and invitation, {rate} calls/s, {burst} at once at each"
    ));
    let mut number = 0;
    let plan = Plan {
        restarts,
        rate,
        burst,
    };
    let tally = roll(Store::postgres().await, plan, |step| {
        number += 1;
        say(format!(
            "{number:4}: {} ended after {:.2?}, ready after {:.2?}; {}",
            step.process, step.ended, step.ready, step.calls
        ));
        for failure in step.calls.broken() {
            say(format!("      {failure}"));
        }
    })
    .await;
    judge(&tally)
}

fn judge(tally: &Tally) -> Verdict {
    let broken = tally.broken().len();
    say(format!("rolling: {tally}"));
    if broken == 0 {
        say(
            "rolling: kept: every failed call was told UNAVAILABLE, or that its time was over when it was",
        );
        Verdict::Kept
    } else {
        say(format!("rolling: BROKEN by {broken} calls, see above"));
        Verdict::Broken
    }
}

//! Replicas that are restarted one after the other while callers go on: what each call is told.

use tests::Store;
use tests::rolling::{Plan, roll};
use tonic::Code;

/// Six of the restarts of which `tests/run --faults` does 200, with more calls under way at each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_tells_no_call_that_its_time_is_over() {
    let plan = Plan {
        restarts: 6,
        rate: 60,
        burst: 20,
    };
    let tally = roll(Store::postgres().await, plan, |_| {}).await;
    let failures: Vec<_> = tally.failures.iter().map(ToString::to_string).collect();
    assert!(tally.broken().is_empty(), "{tally}: {failures:#?}");
    // a process that ends takes no more calls, and answers most of those that it has
    assert!(tally.count(Code::Ok) * 2 > tally.total(), "{tally}");
}

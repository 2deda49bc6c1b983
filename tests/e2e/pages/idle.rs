//! What the pages cost while nobody reads them.

use http::Method;
use tests::{Role, Store};

use super::House;

/// How much memory the pages may hold while nobody reads them, in KiB.
const IDLE_KIB: u64 = 25 * 1024;

/// The pages hold little while nobody reads them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_pages_hold_little() {
    let house = House::open(Store::sqlite()).await;
    let beto = house.signed_in("beto", "en").await;
    for _ in 0..50 {
        let answer = beto.ask(Method::GET, "/customer", &[], None).await;
        assert_eq!(answer.status, 200);
    }
    let status = format!("/proc/{}/status", house.system.process(Role::Web));
    let status = std::fs::read_to_string(status).expect("a process has a status");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    let kib: u64 = kib.and_then(|kib| kib.parse().ok()).expect("a number");
    assert!(kib <= IDLE_KIB, "{kib} KiB");
}

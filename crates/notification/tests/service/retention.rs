//! How long facts are recognised and notices kept.

use std::time::Duration;

use notification::Config;
use tests::{Store, eventually, on_both_stores};

use crate::sample::{accepted, fact};
use crate::support::{Service, rows};

on_both_stores!(facts_and_notices_are_kept_as_long_as_they_should);

/// A fact is recognised for 30 days, and a notice outlives that: kept 400 days, it is never
/// doubled, then it goes.
async fn facts_and_notices_are_kept_as_long_as_they_should(store: Store) {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let often = Config {
        forget_every: Duration::from_millis(10),
        ..Config::default()
    };
    let service = Service::configured(&store, often).await;
    for number in 1..=3 {
        service
            .deliver(fact(number, accepted(&["contoso"])))
            .await
            .unwrap();
    }
    service.clock.advance(29 * DAY);
    service
        .deliver(fact(4, accepted(&["contoso"])))
        .await
        .unwrap();

    let count = async |table| {
        rows(&store, &format!("SELECT 1 AS one FROM {table}"))
            .await
            .len()
    };
    assert_eq!(count("inbox").await, 4);
    service.clock.advance(2 * DAY);
    eventually(
        "the older facts to be forgotten",
        Duration::from_secs(10),
        async || (count("inbox").await == 1).then_some(()),
    )
    .await;
    service
        .deliver(fact(1, accepted(&["contoso"])))
        .await
        .unwrap();
    assert_eq!(service.notices("contoso").await.len(), 4);

    service.clock.advance(370 * DAY);
    eventually(
        "the older notices to go",
        Duration::from_secs(10),
        async || (service.notices("contoso").await.len() == 1).then_some(()),
    )
    .await;
    assert_eq!(count("notice").await, 1);
}

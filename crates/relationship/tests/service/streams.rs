//! A watcher's stream: where it goes on, for whom, how many there are, and how it ends.

use std::time::Duration;

use platform::keys::Grant;
use relationship::Config;
use tests::{Store, eventually, on_both_stores, refused};
use tokio::time::timeout;
use tonic::Code;

use crate::support::{SOON, Service, reason};
use crate::world::{PROVIDER, RESELLER};

on_both_stores!(
    a_watcher_goes_on_where_it_was,
    a_token_is_good_for_its_own_stream_only,
    a_token_from_the_future_or_too_old_is_refused,
    a_watcher_of_long_ago_is_told_that_it_missed_something,
    who_may_watch_whom,
    a_stream_ends_with_its_token,
    a_drain_ends_streams_at_once,
    a_process_takes_so_many_watchers,
);

/// Shorter than what a drain waits before it cuts: who is told sooner was told by the stream
/// itself.
const PROMPTLY: Duration = Duration::from_secs(5);

/// Each change behind the token, once, in the order of its number.
async fn a_watcher_goes_on_where_it_was(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let mut watch = service.watch_all().await;
    let mut numbers = Vec::new();
    let mut tokens = vec![watch.token.clone()];
    for customer in ["adatum", "tailspin", "wingtip"] {
        service.established(&service.solo(customer)).await;
        numbers.push(watch.change().await.number);
        tokens.push(watch.token.clone());
    }
    assert!(numbers.is_sorted_by(|a, b| a < b));
    drop(watch);
    service.established(&service.solo("northwind")).await;
    // every token there was, also with a process that has just begun
    let beside = Service::start(&store).await;
    for service in [&service, &beside] {
        for (at, token) in tokens.iter().enumerate() {
            let outside = service.outside();
            let mut resumed = service.watch(&outside, "", token).await.unwrap();
            for number in &numbers[at..] {
                assert_eq!(resumed.change().await.number, *number);
            }
            let last = resumed.change().await;
            assert_eq!(last.events[0].customer, "customers/northwind");
        }
    }
}

/// A token of another tenant, of another parent, or one that was changed is not one.
async fn a_token_is_good_for_its_own_stream_only(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let token = service.watch_own("contoso").await.token;
    let outside = service.watch_all().await.token;
    let agent = service.agent("contoso");
    let contoso = "partners/contoso";
    let mut altered = token.clone().into_bytes();
    altered[20] ^= 1;
    let altered = String::from_utf8(altered).unwrap();
    for (caller, parent, bad) in [
        (&agent, contoso, &*altered),
        (&agent, contoso, "x"),
        (&agent, contoso, &token[1..]),
        (&agent, contoso, &"A".repeat(100_000)),
        (&agent, contoso, &outside),
        (&service.agent("fabrikam"), "partners/fabrikam", &token),
        (&service.operator(), contoso, &token),
        (&service.outside(), contoso, &outside),
        (&service.outside(), "", &token),
    ] {
        let refusal = service.watch(caller, parent, bad).await.err().unwrap();
        assert_eq!(refused(&refusal).fields, ["resume_token"]);
        assert_eq!(reason(&refusal), "INVALID_FIELDS");
    }
    // any admin of the same tenant may go on
    let admin = service.admin("contoso");
    assert!(service.watch(&admin, contoso, &token).await.is_ok());
}

/// What is behind a token must be known: not forgotten, and not of a store that was put back to an
/// earlier moment.
async fn a_token_from_the_future_or_too_old_is_refused(store: Store) {
    let config = Config {
        forget_every: Duration::from_millis(20),
        ..Config::default()
    };
    let service = Service::configured(&store, config).await;
    service.connected().await;
    let mut watch = service.watch_all().await;
    let begun = watch.token.clone();
    service.established(&service.solo("adatum")).await;
    watch.change().await;
    let (outside, seen) = (service.outside(), watch.token.clone());

    let days = |days: u64| Duration::from_secs(days * 24 * 3_600);
    service.clock.advance(days(6));
    service.established(&service.solo("tailspin")).await;
    watch.change().await;
    service.clock.advance(days(2));
    eventually("the first change to be forgotten", SOON, async || {
        (service.count("change").await == 1).then_some(())
    })
    .await;
    let refusal = service.watch(&outside, "", &begun).await.err().unwrap();
    assert_eq!(
        (refusal.code(), reason(&refusal).as_str()),
        (Code::FailedPrecondition, "RESUME_TOKEN_EXPIRED")
    );
    // nothing behind this one is forgotten
    let mut resumed = service.watch(&outside, "", &seen).await.unwrap();
    let next = resumed.change().await;
    assert_eq!(next.events[0].customer, "customers/tailspin");

    crate::reach::execute(&service, "UPDATE change_counter SET last_number = 1").await;
    let future = watch.token;
    let refusal = service.watch(&outside, "", &future).await.err().unwrap();
    assert_eq!(reason(&refusal), "RESUME_TOKEN_EXPIRED");
}

/// A watcher that did not listen until what it was to be told next was forgotten does not go on as
/// if nothing was.
async fn a_watcher_of_long_ago_is_told_that_it_missed_something(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let watch = service.watch_all().await;
    // as forgetting leaves it, with the numbers that another process gave meanwhile
    let forgotten = "UPDATE change_counter SET last_number = 7, trimmed_number = 5";
    crate::reach::execute(&service, forgotten).await;
    assert_eq!(reason(&watch.ended().await), "RESUME_TOKEN_EXPIRED");
}

/// R42: a partner its own, a service or an operator all; a customer nothing.
async fn who_may_watch_whom(store: Store) {
    let service = Service::start(&store).await;
    service.enrolled("contoso", RESELLER).await;
    let watched = async |token: &str, parent: &str| match service.watch(token, parent, "").await {
        Ok(_) => "OK".to_owned(),
        Err(status) => reason(&status),
    };
    let billing = service.token(&Grant::tenant("contoso").role("billing-admin"));
    for (token, parent, expected) in [
        (service.agent("contoso"), "partners/contoso", "OK"),
        (service.admin("contoso"), "partners/contoso", "OK"),
        (service.operator(), "partners/contoso", "OK"),
        (service.outside(), "partners/contoso", "OK"),
        (service.operator(), "", "OK"),
        (service.outside(), "", "OK"),
        (service.agent("contoso"), "", "INVALID_FIELDS"),
        (service.agent("contoso"), "partners/fabrikam", "NOT_FOUND"),
        (
            service.agent("contoso"),
            "customers/contoso",
            "INVALID_FIELDS",
        ),
        (service.admin("adatum"), "partners/contoso", "NOT_FOUND"),
        (
            service.admin("adatum"),
            "customers/adatum",
            "INVALID_FIELDS",
        ),
        (service.admin("adatum"), "", "INVALID_FIELDS"),
        (billing, "partners/contoso", "CALLER_NOT_ALLOWED"),
    ] {
        assert_eq!(watched(&token, parent).await, expected, "{parent:?}");
    }
}

/// A stream lasts no longer than the token that opened it, whether anything is told or not.
async fn a_stream_ends_with_its_token(store: Store) {
    let service = Service::start(&store).await;
    let grant = Grant::tenant("contoso").role("admin-agent");
    let token = service.short_token(&grant, Duration::from_secs(2));
    let watch = service.watch(&token, "partners/contoso", "").await.unwrap();
    let status = watch.ended().await;
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unauthenticated, "TOKEN_INVALID")
    );
}

/// A service that stops ends its streams itself, and its drain waits for none of them.
async fn a_drain_ends_streams_at_once(store: Store) {
    let service = Service::start(&store).await;
    service.enrolled("fabrikam", PROVIDER).await;
    let watch = service.watch_own("fabrikam").await;
    drop(service);
    let status = timeout(PROMPTLY, watch.ended()).await.unwrap();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unavailable, "UNAVAILABLE")
    );
}

/// Who finds no place is told when to try again; who goes, also without a word, leaves its place to
/// others.
async fn a_process_takes_so_many_watchers(store: Store) {
    let config = Config {
        watchers: 2,
        ..Config::default()
    };
    let service = Service::configured(&store, config).await;
    service.connected().await;
    // more than the buffers between the two can take: one that does not listen holds its place, and
    // nothing else
    crate::reach::fill(&service, crate::reach::MANY).await;
    let outside = service.outside();
    let silent = service.watch(&outside, "", "").await.unwrap();
    let mut listening = service.watch_all().await;
    let refusal = service.watch(&outside, "", "").await.err().unwrap();
    assert_eq!(
        (refusal.code(), reason(&refusal).as_str()),
        (Code::ResourceExhausted, "WATCHERS_LIMIT")
    );
    let retry = tonic_types::StatusExt::get_details_retry_info(&refusal).unwrap();
    assert!(retry.retry_delay.unwrap() > Duration::ZERO);
    service.established(&service.solo("adatum")).await;
    assert_eq!(listening.told().await.len(), 2);

    let mut others = Vec::new();
    for gone in [silent, listening] {
        drop(gone);
        let again = eventually("a place to be given back", SOON, async || {
            service.watch(&outside, "", "").await.ok()
        });
        others.push(again.await);
    }
}

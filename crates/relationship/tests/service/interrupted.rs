//! Imports under what a process or a contract allows: portals that begin late, send too much or
//! forget, full messages, and operators that reject in the midst of it.

use std::time::Duration;

use proto::directory::v1::StreamExistingBusinessResponse;
use proto::relationship::v1::*;
use tests::{Store, on_both_stores};
use tonic::Status;

use crate::directory::{Mood, customers};
use crate::support::Service;
use crate::world::RESELLER;

on_both_stores!(
    a_full_message_with_every_privilege_is_taken,
    portals_that_begin_late_are_not_given_up,
    portals_that_send_what_cannot_be_are_shown_and_waited_for,
    portals_that_forget_their_tokens_begin_anew,
    an_operator_rejects_in_the_midst_of_batches,
    a_clock_that_was_ahead_stalls_no_import,
    importers_whose_clocks_are_apart_leave_each_other_alone,
);

/// R6: what the contract allows at most: 1,000 records of a message with 10 privileges each.
async fn a_full_message_with_every_privilege_is_taken(store: Store) {
    let service = Service::start(&store).await;
    let mut known = customers(1_000);
    for record in &mut known {
        record.privileges = vec![record.privileges[0].clone(); 10];
    }
    service.portals.know("contoso", known);
    service.portals.are(|told| told.batch = 1_000);
    service.enroll("contoso", RESELLER).await.unwrap();
    service.approved("contoso").await.unwrap();
    let (_, import) = service
        .import_until("contoso", |import| import.state() == ImportState::Complete)
        .await;
    assert_eq!((import.imported_count, import.skipped_count), (1_000, 0));
    assert_eq!(service.count("privilege").await, 10_000);
}

/// R6: the import is held while the portals take longer to begin than its lease lasts.
async fn portals_that_begin_late_are_not_given_up(store: Store) {
    let service = Service::start(&store).await;
    service.portals.know("contoso", customers(3));
    service
        .portals
        .are(|told| told.mood = Mood::Slow(Duration::from_secs(6)));
    service.enroll("contoso", RESELLER).await.unwrap();
    service.approved("contoso").await.unwrap();
    let (_, import) = service
        .import_until("contoso", |import| import.state() == ImportState::Complete)
        .await;
    assert_eq!(import.imported_count, 3);
    assert_eq!(service.portals.asked(), [""], "by one importer, once");
}

/// R6: a message beyond the contract is not taken, and what is wrong with it is told while the
/// import waits.
async fn portals_that_send_what_cannot_be_are_shown_and_waited_for(store: Store) {
    let service = Service::start(&store).await;
    service.portals.know("contoso", customers(2));
    let message = |records, resume_token: &str| StreamExistingBusinessResponse {
        records: customers(records),
        resume_token: resume_token.to_owned(),
    };
    service
        .portals
        .are(|told| told.mood = Mood::Send(vec![message(1_001, "more")]));
    service.enroll("contoso", RESELLER).await.unwrap();
    service.approved("contoso").await.unwrap();
    for (send, detail) in [
        (message(1_001, "more"), "more than 1,000 records"),
        (message(1, "a\u{0}b"), "resume token"),
        (message(1, &"x".repeat(2_000)), "resume token"),
    ] {
        service
            .portals
            .are(|told| told.mood = Mood::Send(vec![send]));
        let waits = |import: &EnrollmentImport| {
            import.state() == ImportState::Waiting
                && import.detail.replace("1000", "1,000").contains(detail)
        };
        let (partner, import) = service.import_until("contoso", waits).await;
        assert_eq!(partner.state(), PartnerState::Pending);
        assert_eq!(import.imported_count, 0);
    }
    service.portals.are(|told| told.mood = Mood::Fine);
    let (_, import) = service
        .import_until("contoso", |import| import.state() == ImportState::Complete)
        .await;
    assert_eq!((import.imported_count, import.skipped_count), (2, 0));
}

/// R6: portals that do not take their own token any more are asked from the beginning, and nothing
/// is counted twice.
async fn portals_that_forget_their_tokens_begin_anew(store: Store) {
    let service = Service::start(&store).await;
    service.portals.know("contoso", customers(4));
    service.portals.are(|told| {
        told.batch = 1;
        told.mood = Mood::EndEarly(2);
    });
    service.enroll("contoso", RESELLER).await.unwrap();
    service.approved("contoso").await.unwrap();
    service
        .import_until("contoso", |import| import.imported_count >= 2)
        .await;
    service.portals.are(|told| told.mood = Mood::Forgetful);
    let (_, import) = service
        .import_until("contoso", |import| import.state() == ImportState::Complete)
        .await;
    assert_eq!(import.skipped_count, 0);
    assert_eq!(service.count("relationship").await, 4);
    assert_eq!(service.customers("contoso").await.len(), 4);
}

/// R6: a rejection waits for the batch that is being written, and neither of them for the other in
/// turn.
async fn an_operator_rejects_in_the_midst_of_batches(store: Store) {
    let service = Service::start(&store).await;
    service.portals.know("contoso", customers(20_000));
    service.portals.are(|told| told.batch = 200);
    for round in 0..5 {
        service.enroll("contoso", RESELLER).await.unwrap();
        let (approved, ()) = tokio::join!(service.approved("contoso"), async {
            // not the one that the round before has ended
            let under_way = |import: &EnrollmentImport| {
                import.state() == ImportState::Running && import.imported_count > 0
            };
            service.import_until("contoso", under_way).await;
            let rejected = service.decide("contoso", EnrollmentDecision::Reject).await;
            let rejected = rejected.unwrap_or_else(|status| panic!("round {round}: {status:?}"));
            assert_eq!(rejected.state(), PartnerState::Failed);
        });
        approved.unwrap();
        assert_eq!(service.customers("contoso").await, [""; 0]);
    }
}

/// R6: an import that waits since a clock that was five minutes ahead goes on when the others do.
async fn a_clock_that_was_ahead_stalls_no_import(store: Store) {
    let service = Service::start(&store).await;
    let ahead = Duration::from_secs(300);
    service.clock.advance(ahead);
    service.portals.know("contoso", customers(3));
    let away = Status::unavailable("away");
    service.portals.are(|told| told.mood = Mood::Answer(away));
    service.enroll("contoso", RESELLER).await.unwrap();
    service.approved("contoso").await.unwrap();
    service
        .import_until("contoso", |import| import.state() == ImportState::Waiting)
        .await;
    service.clock.step_back(ahead);
    service.portals.are(|told| told.mood = Mood::Fine);
    let (_, import) = service
        .import_until("contoso", |import| import.state() == ImportState::Complete)
        .await;
    assert_eq!(import.imported_count, 3);
}

/// R6: an import is not taken from whoever has it because its clock is ahead by less than a lease.
async fn importers_whose_clocks_are_apart_leave_each_other_alone(store: Store) {
    let ahead = Service::start(&store).await;
    ahead.clock.advance(Duration::from_secs(4));
    let behind = Service::start(&store).await;
    ahead.portals.know("contoso", customers(3));
    ahead
        .portals
        .are(|told| told.mood = Mood::Slow(Duration::from_secs(6)));
    ahead.enroll("contoso", RESELLER).await.unwrap();
    ahead.approved("contoso").await.unwrap();
    let (_, import) = ahead
        .import_until("contoso", |import| import.state() == ImportState::Complete)
        .await;
    assert_eq!(import.imported_count, 3);
    assert_eq!(ahead.portals.asked(), [""], "by one importer, once");
    assert!(behind.portals.asked().is_empty());
}

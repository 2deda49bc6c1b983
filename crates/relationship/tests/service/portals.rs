//! Portals that lie, break off, are silent, away, or refuse; and importers that are interrupted or
//! overtaken.

use std::time::Duration;

use proto::customer::v1::Permission;
use proto::directory::v1::{ExistingBusiness, KnownPrivilege};
use proto::relationship::v1::*;
use tests::{Store, on_both_stores};
use tonic::{Code, Status};

use crate::directory::{EVERYTHING, Mood, business, customers, refusal};
use crate::support::Service;
use crate::world::RESELLER;

on_both_stores!(
    what_cannot_be_is_skipped_counted_and_shown,
    only_the_first_hundred_skipped_records_are_kept,
    portals_that_are_away_are_waited_for,
    a_stream_that_ends_early_is_resumed_where_it_broke_off,
    portals_that_refuse_fail_the_enrolment,
    another_importer_carries_on,
    whoever_is_overtaken_writes_nothing,
    of_two_importers_one_counts,
);

/// R6, R7: whatever the portals send: invalid records, duplicates, the partner itself, a portal
/// that nobody has heard of.
async fn what_cannot_be_is_skipped_counted_and_shown(store: Store) {
    let service = Service::start(&store).await;
    let good = |customer| business("cloud-portal", customer, &EVERYTHING);
    let spoilt = |spoil: fn(&mut ExistingBusiness)| {
        let mut record = good("spoilt");
        spoil(&mut record);
        record
    };
    service.portals.know(
        "contoso",
        vec![
            good("wingtip"),
            good("wingtip"),
            business("portal-of-the-future", "tailspin", &[]),
            good("contoso"),
            spoilt(|record| record.customer = "customers/../../etc/passwd".into()),
            spoilt(|record| record.display_name = "\u{202e}gnp.exe".into()),
            spoilt(|record| record.country = "Atlantis".into()),
            spoilt(|record| record.domain = "x".repeat(1_000)),
            spoilt(|record| record.portal = "<script>".into()),
            spoilt(|record| record.privileges[0].permissions = vec![999]),
            spoilt(|record| record.privileges = vec![KnownPrivilege::default()]),
            spoilt(|record| {
                record.privileges[0].expire_time = Some(prost_types::Timestamp {
                    seconds: i64::MAX,
                    nanos: 0,
                });
            }),
            // the same customer once more, in a later message
            good("tailspin"),
        ],
    );
    service.portals.are(|told| told.batch = 12);
    service.enrolled("contoso", RESELLER).await;
    let (partner, import) = service.import_of("contoso").await;
    let import = import.unwrap();
    assert_eq!(partner.state(), PartnerState::Active);
    assert_eq!(
        (
            import.imported_count,
            import.kept_count,
            import.skipped_count
        ),
        (2, 0, 11)
    );
    let told: Vec<_> = import
        .skipped
        .iter()
        .map(|one| {
            let field = one.detail.split(' ').next().unwrap_or_default();
            (one.number, one.reason(), field)
        })
        .collect();
    let invalid = SkipReason::Invalid;
    assert_eq!(
        told,
        [
            (2, SkipReason::Duplicate, "this"),
            (4, SkipReason::PartnerItself, "a"),
            (5, invalid, "customer"),
            (6, invalid, "display_name"),
            (7, invalid, "country"),
            (8, invalid, "domain"),
            (9, invalid, "portal"),
            (10, invalid, "privileges"),
            (11, invalid, "privileges"),
            (12, invalid, "privileges"),
            (13, SkipReason::Duplicate, "this"),
        ]
    );
    assert_eq!(import.skipped[1].customer, "contoso");
    assert_eq!(import.skipped[6].portal, "<script>");
    let portals = service
        .lines("SELECT portal FROM relationship ORDER BY portal")
        .await;
    assert_eq!(portals, ["cloud-portal", "portal-of-the-future"]);
}

async fn only_the_first_hundred_skipped_records_are_kept(store: Store) {
    let service = Service::start(&store).await;
    let wrong = |number| business("", &format!("c{number}"), &[]);
    let mut known: Vec<_> = (0..250).map(wrong).collect();
    known.extend(customers(1));
    service.portals.know("contoso", known);
    service.portals.are(|told| told.batch = 60);
    service.enrolled("contoso", RESELLER).await;
    let (_, import) = service.import_of("contoso").await;
    let import = import.unwrap();
    assert_eq!((import.imported_count, import.skipped_count), (1, 250));
    let numbers: Vec<_> = import.skipped.iter().map(|one| one.number).collect();
    assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
    assert_eq!(service.count("skipped_record").await, 100);
}

/// R6: portals that are away are waited for; how it stands is told meanwhile, and nothing that they
/// said.
async fn portals_that_are_away_are_waited_for(store: Store) {
    let service = Service::start(&store).await;
    service.portals.know("contoso", customers(6));
    service.portals.are(|told| {
        told.mood = Mood::Answer(Status::unavailable("password=hunter2"));
    });
    service.enroll("contoso", RESELLER).await.unwrap();
    service.approved("contoso").await.unwrap();
    let (partner, import) = service
        .import_until("contoso", |import| import.state() == ImportState::Waiting)
        .await;
    assert_eq!(partner.state(), PartnerState::Pending);
    assert_eq!(import.detail, "the portals do not answer: Unavailable");
    // in mid-stream as well, and by whatever failure
    for code in [
        Code::Internal,
        Code::ResourceExhausted,
        Code::PermissionDenied,
        Code::FailedPrecondition,
    ] {
        service.portals.are(|told| {
            told.batch = 1;
            told.mood = Mood::Fail(1, Status::new(code, "password=hunter2"));
        });
        let before = service.import_of("contoso").await.1.unwrap().imported_count;
        service
            .import_until("contoso", |import| import.imported_count > before)
            .await;
    }
    service.portals.are(|told| told.mood = Mood::Fine);
    let (partner, import) = service
        .import_until("contoso", |import| import.state() == ImportState::Complete)
        .await;
    assert_eq!(partner.state(), PartnerState::Active);
    assert_eq!((import.imported_count, import.detail.as_str()), (6, ""));
}

/// R6: a stream that ends without its last message was cut: it goes on behind what was committed.
async fn a_stream_that_ends_early_is_resumed_where_it_broke_off(store: Store) {
    let service = Service::start(&store).await;
    service.portals.know("contoso", customers(10));
    service.portals.are(|told| {
        told.batch = 2;
        told.mood = Mood::EndEarly(2);
    });
    service.enroll("contoso", RESELLER).await.unwrap();
    service.approved("contoso").await.unwrap();
    // the last message, with which everything ends, is reached all the same
    let (_, import) = service
        .import_until("contoso", |import| import.state() == ImportState::Complete)
        .await;
    assert_eq!((import.imported_count, import.skipped_count), (10, 0));
    assert_eq!(service.portals.asked(), ["", "4", "8"]);
    assert_eq!(service.customers("contoso").await.len(), 10);
}

/// R6: what the portals refuse is FAILED, with their reason; none of it is seen, and asking again
/// begins anew.
async fn portals_that_refuse_fail_the_enrolment(store: Store) {
    let service = Service::start(&store).await;
    service.portals.know("contoso", customers(3));
    service.portals.are(|told| {
        told.batch = 1;
        let refusal = refusal("contoso left\r\nthe programme");
        told.mood = Mood::Fail(2, refusal);
    });
    let failed = service.enrolled("contoso", RESELLER).await;
    assert_eq!(failed.state(), PartnerState::Failed);
    assert_eq!(failed.state_reason, "contoso left  the programme");
    let (_, import) = service.import_of("contoso").await;
    let import = import.unwrap();
    assert_eq!(import.state(), ImportState::Failed);
    assert_eq!(import.detail, failed.state_reason);
    assert!(import.end_time.is_some());
    assert_eq!(service.customers("contoso").await, [""; 0]);
    service.idle().await;
    assert_eq!(
        service.arrived.told(),
        ["partners/contoso is rejected: contoso left  the programme"]
    );

    service.portals.are(|told| told.mood = Mood::Fine);
    let active = service.enrolled("contoso", RESELLER).await;
    assert_eq!(active.state(), PartnerState::Active);
    let (_, import) = service.import_of("contoso").await;
    let import = import.unwrap();
    assert_eq!((import.imported_count, import.kept_count), (3, 0));
}

/// R6: whoever dies in mid-import, another process carries on behind the last batch that was
/// committed.
async fn another_importer_carries_on(store: Store) {
    let first = Service::start(&store).await;
    first.portals.know("contoso", customers(6));
    first.portals.are(|told| {
        told.batch = 2;
        told.gated = true;
    });
    first.enroll("contoso", RESELLER).await.unwrap();
    first.approved("contoso").await.unwrap();
    first.portals.let_through(1);
    first
        .import_until("contoso", |import| import.imported_count == 2)
        .await;
    drop(first);

    let second = Service::start(&store).await;
    second.portals.know("contoso", customers(6));
    second.clock.advance(Duration::from_secs(60));
    let (_, import) = second
        .import_until("contoso", |import| import.state() == ImportState::Complete)
        .await;
    assert_eq!((import.imported_count, import.skipped_count), (6, 0));
    assert_eq!(second.portals.asked(), ["2"]);
    assert_eq!(second.customers("contoso").await.len(), 6);
}

/// R6: an importer that was overtaken writes nothing, so that what a partner has removed since is
/// not revived.
async fn whoever_is_overtaken_writes_nothing(store: Store) {
    let late = Service::start(&store).await;
    late.portals.know("contoso", customers(3));
    late.portals.are(|told| told.gated = true);
    late.enroll("contoso", RESELLER).await.unwrap();
    late.approved("contoso").await.unwrap();

    let early = Service::start(&store).await;
    early.portals.know("contoso", customers(3));
    early.clock.advance(Duration::from_secs(60));
    early
        .import_until("contoso", |import| import.state() == ImportState::Complete)
        .await;
    let first = early
        .lines("SELECT CAST(version AS TEXT) FROM enrollment_import")
        .await;
    let named = early.relationship_with("contoso", "c0000001").await;
    early.remove(&named).await.unwrap();
    late.portals.let_through(9);
    // the late one has read its message, and looked at the import, when it asks for another
    early.portals.know("litware", customers(1));
    late.portals.know("litware", customers(1));
    late.enrolled("litware", RESELLER).await;
    let mut listed = early.customers("contoso").await;
    listed.sort();
    assert_eq!(listed, ["customers/c0000000", "customers/c0000002"]);
    let then = early
        .lines("SELECT CAST(version AS TEXT) FROM enrollment_import WHERE partner = 'contoso'")
        .await;
    assert_eq!(first, then);
}

/// R6: an importer that was overtaken in mid-import counts nothing twice, and does not set the
/// import back.
async fn of_two_importers_one_counts(store: Store) {
    let [late, early] = [Service::start(&store).await, Service::start(&store).await];
    for service in [&late, &early] {
        service.portals.know("contoso", customers(3));
        service.portals.know("litware", Vec::new());
        service.portals.are(|told| {
            told.batch = 1;
            told.gated = true;
        });
    }
    late.enroll("contoso", RESELLER).await.unwrap();
    late.approved("contoso").await.unwrap();
    early.clock.advance(Duration::from_secs(60));
    early.portals.let_through(1);
    early
        .import_until("contoso", |import| import.imported_count == 1)
        .await;
    // the late one gets its first message only now; litware's comes behind it
    late.portals.let_through(2);
    late.enrolled("litware", RESELLER).await;
    early.portals.let_through(9);
    let (_, import) = early
        .import_until("contoso", |import| import.state() == ImportState::Complete)
        .await;
    assert_eq!((import.imported_count, import.skipped_count), (3, 0));
}

impl Service {
    /// The name of the active relationship of the two.
    async fn relationship_with(&self, partner: &str, customer: &str) -> String {
        let decision = self.check(partner, customer, Permission::ViewRecord).await;
        decision.relationship
    }
}

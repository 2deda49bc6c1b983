//! Existing customers at scale: the relationship service is killed in mid-import, and every
//! customer is there once.

use std::fmt::Write;
use std::fs;
use std::time::Duration;

use proto::relationship::v1::{
    AccessBasis, EnrollmentDecision, EnrollmentImport, ImportState, PartnerKind, PartnerState,
    PrivilegeState,
};
use sea_orm::{ConnectionTrait, Statement};
use tests::{Programme, Role, Store, System, eventually, on_both_stores, refused};

on_both_stores!(fifty_thousand_customers_survive_a_kill);

const CUSTOMERS: usize = 50_000;
const LONG: Duration = Duration::from_secs(240);

/// A system whose portals know so many customers of contoso's.
async fn started(store: Store) -> System {
    let mut system = System::new(store);
    let file = system.keys().with_file_name("business.jsonl");
    let mut lines = String::new();
    for number in 0..CUSTOMERS {
        let portal = ["office-admin-center", "cloud-portal"][number % 2];
        writeln!(
            lines,
            r#"{{"type":"business","partner":"contoso","portal":"{portal}","customer":"c{number:06}","display_name":"Customer {number}","country":"BR","domain":"c{number}.example","privileges":[{{"permissions":["manage_account","manage_subscriptions","manage_licenses","manage_users"]}}]}}"#
        )
        .expect("a string takes everything");
    }
    fs::write(&file, lines).expect("the file is written");
    system.import_business(&file);
    for role in Role::ALL {
        system.start(role).await;
    }
    system
}

/// R6, R8: killed in mid-import and started again, the service imports every customer once; until
/// then nobody sees any.
async fn fifty_thousand_customers_survive_a_kill(store: Store) {
    let mut system = started(store.clone()).await;
    let programme = Programme::of(&system);
    let (token, reseller) = (&programme.contoso, PartnerKind::IndirectReseller);
    programme.ask(token, "contoso", reseller).await;
    let approved = programme.decide("contoso", EnrollmentDecision::Approve);
    assert_eq!(approved.await, PartnerState::Pending);
    let before = eventually("a part to be imported", LONG, || async {
        let import = programme.import_of("contoso").await?;
        (import.imported_count > 0).then_some(import.imported_count)
    })
    .await;
    let late = before >= CUSTOMERS as i64;
    assert!(!late, "the kill comes too late: {before}");
    system.kill(Role::Relationship);
    system.start(Role::Relationship).await;
    let import = eventually("the import to be complete", LONG, || {
        still_hidden(&programme, before)
    })
    .await;
    assert_eq!(
        (
            import.imported_count,
            import.kept_count,
            import.skipped_count
        ),
        (CUSTOMERS as i64, 0, 0)
    );
    assert_eq!(
        programme.partner("contoso").await.state(),
        PartnerState::Active
    );
    let mut listed = programme.every_customer(token, "contoso").await;
    listed.sort_unstable();
    let all = (0..CUSTOMERS).map(|number| format!("customers/c{number:06}"));
    assert!(listed.into_iter().eq(all), "every customer, and each once");
    everything_is_there_once(&store).await;
}

/// The import when it is complete. While it is not, none of it is seen, and what was committed
/// before the kill is kept.
async fn still_hidden(programme: &Programme, before: i64) -> Option<EnrollmentImport> {
    // the gateway may have to connect anew first
    programme.import_of("contoso").await?;
    let token = &programme.contoso;
    let listed = programme.customers(token, "contoso").await;
    let reached = programme
        .list_access(token, "partners/contoso", AccessBasis::Unspecified)
        .await;
    let relationships = programme.relationships_of("c000000").await;
    let record = programme.record(token, "contoso", "c000000").await;
    let import = programme.import_of("contoso").await?;
    assert!(import.imported_count >= before, "{import:?}");
    // asked after the others: whatever they saw, they saw it before
    if import.state() == ImportState::Complete {
        return Some(import);
    }
    assert_eq!(listed, [""; 0]);
    assert_eq!(reached.expect("may ask"), []);
    assert_eq!(relationships, []);
    let refusal = refused(&record.expect_err("refused"));
    assert_eq!(refusal.reason, "PARTNER_NOT_ENROLLED");
    None
}

/// One account, one active relationship and one privilege with everything for each customer, and no
/// other row.
async fn everything_is_there_once(store: &Store) {
    let db = store.open("relationship").await;
    let active = PrivilegeState::Active
        .as_str_name()
        .trim_start_matches("PRIVILEGE_STATE_");
    let granted = format!("FROM privilege WHERE state = '{active}' AND areas = 15");
    for what in [
        "COUNT(*) FROM account".to_owned(),
        "COUNT(DISTINCT customer) FROM relationship".to_owned(),
        "COUNT(*) FROM relationship".to_owned(),
        "COUNT(*) FROM privilege".to_owned(),
        format!("COUNT(DISTINCT customer) {granted}"),
    ] {
        let sql = Statement::from_string(db.backend(), format!("SELECT {what}"));
        let row = db.reader().query_one_raw(sql).await;
        let row = row.expect("the table can be read").expect("a row");
        let count: i64 = row.try_get_by_index(0).expect("a count");
        assert_eq!(count, CUSTOMERS as i64, "{what}");
    }
    db.close().await.expect("closed");
}

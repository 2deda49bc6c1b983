//! Existing customers: what an enrolment brings along, what it does not, and how the others come.

use std::fs;
use std::time::Duration;

use platform::keys::Grant;
use proto::relationship::v1::{
    AccessBasis, EnrollmentDecision, ImportState, PartnerKind, PartnerState,
};
use tests::{Programme, Role, Store, System, eventually, on_both_stores, refused};

on_both_stores!(
    existing_customers_come_with_the_enrolment,
    a_partner_that_the_portals_refuse_asks_again,
);

const SOON: Duration = Duration::from_secs(20);

const RESELLER: PartnerKind = PartnerKind::IndirectReseller;

/// What the portals of two kinds know: two customers of contoso's, one of them fabrikam's as well,
/// who has one more.
const BUSINESS: &str = r#"
{"type":"business","partner":"contoso","portal":"office-admin-center","customer":"wingtip","display_name":"Wingtip Toys","country":"US","domain":"wingtip.example","privileges":[{"permissions":["manage_account","manage_users"]}]}
{"type":"business","partner":"contoso","portal":"cloud-portal","customer":"tailspin","display_name":"Tailspin Toys","country":"US","domain":"tailspin.example"}
{"type":"business","partner":"fabrikam","portal":"cloud-portal","customer":"wingtip","display_name":"Wingtip","country":"US","domain":"wingtip.example"}
{"type":"business","partner":"fabrikam","portal":"cloud-portal","customer":"proseware","display_name":"Proseware","country":"US","domain":"proseware.example"}
"#;

/// The whole system, whose portals know this.
async fn started(store: Store, business: &str) -> System {
    let mut system = System::new(store);
    let file = system.keys().with_file_name("business.jsonl");
    fs::write(&file, business).expect("the file is written");
    system.import_business(&file);
    for role in Role::ALL {
        system.start(role).await;
    }
    system
}

/// R5, R6, R7, R8, R9, R10, R11: nothing while pending or rejected, everything when approved, from
/// each portal; a provider brings nothing, a partnership brings nothing, and whoever is served
/// outside the portals is invited.
async fn existing_customers_come_with_the_enrolment(store: Store) {
    let system = started(store, BUSINESS).await;
    let programme = Programme::of(&system);
    programme.ask(&programme.contoso, "contoso", RESELLER).await;
    nothing_is_seen(&programme).await;
    let rejected = programme.decide("contoso", EnrollmentDecision::Reject);
    assert_eq!(rejected.await, PartnerState::Failed);
    nothing_is_seen(&programme).await;

    programme.ask(&programme.contoso, "contoso", RESELLER).await;
    programme
        .decide("contoso", EnrollmentDecision::Approve)
        .await;
    becomes(&programme, "contoso", PartnerState::Active).await;
    let import = programme.import_of("contoso").await.expect("an import");
    assert_eq!(
        (import.state(), import.imported_count, import.skipped_count),
        (ImportState::Complete, 2, 0)
    );
    let mut listed = programme.customers(&programme.contoso, "contoso").await;
    listed.sort();
    assert_eq!(listed, ["customers/tailspin", "customers/wingtip"]);
    for (customer, portal) in [
        ("wingtip", "office-admin-center"),
        ("tailspin", "cloud-portal"),
    ] {
        let relationships = programme.relationships_of(customer).await;
        let [relationship] = &relationships[..] else {
            panic!("{customer} has {} relationships", relationships.len());
        };
        assert_eq!(
            (relationship.origin.as_str(), relationship.portal.as_str()),
            ("import", portal)
        );
    }

    // R9: neither partner gets the other's
    let kind = PartnerKind::IndirectProvider;
    programme
        .enroll(&programme.fabrikam, "fabrikam", kind)
        .await;
    programme.partner_up().await;
    assert!(programme.import_of("fabrikam").await.is_none());
    let listed = programme.customers(&programme.fabrikam, "fabrikam").await;
    assert_eq!(listed, [""; 0]);
    assert!(programme.relationships_of("proseware").await.is_empty());
    let listed = programme.customers(&programme.contoso, "contoso").await;
    assert_eq!(listed.len(), 2, "what it had before, and no more");

    // R10, R11: known to no portal, so invited
    let invited = programme.invite().await;
    let accepted = programme
        .accept(&programme.adatum, "adatum", &invited.link)
        .await;
    assert_eq!(accepted.expect("accepted").relationships.len(), 2);
    let listed = programme.customers(&programme.contoso, "contoso").await;
    assert_eq!((listed.len(), listed[0].as_str()), (3, "customers/adatum"));
    the_record_says_by_what_it_is_seen(&system, &programme).await;
}

/// R23: exactly account, services, users and licences, and by what they are seen; nothing for who
/// is not related.
async fn the_record_says_by_what_it_is_seen(system: &System, programme: &Programme) {
    let record = programme
        .record(&programme.contoso, "contoso", "wingtip")
        .await;
    let record = record.expect("its customer's");
    assert_eq!(
        record.account.expect("an account").display_name,
        "Wingtip Toys"
    );
    assert!(!record.relationship.is_empty() && !record.privilege.is_empty());
    let stranger = programme
        .record(&programme.fabrikam, "fabrikam", "wingtip")
        .await;
    assert_eq!(
        refused(&stranger.expect_err("refused")).reason,
        "RELATIONSHIP_REQUIRED"
    );
    // and wingtip sees who can reach it
    let wingtip = system.token(&Grant::tenant("wingtip").role("global-admin"));
    let any = AccessBasis::Unspecified;
    let listed = programme
        .list_access(&wingtip, "customers/wingtip", any)
        .await;
    let [entry] = &listed.expect("about itself")[..] else {
        panic!("one partner can reach it");
    };
    assert_eq!(entry.partner, "partners/contoso");
    assert_eq!(entry.privileges[0].permissions.len(), 2);
}

/// R6, R10: what the portals refuse is FAILED with their reason and shows nothing; asking again
/// begins anew.
async fn a_partner_that_the_portals_refuse_asks_again(store: Store) {
    let refusal = r#"{"type":"refusal","partner":"contoso","reason":"left the programme"}"#;
    let mut system = started(store, &format!("{BUSINESS}{refusal}\n")).await;
    let programme = Programme::of(&system);
    programme.ask(&programme.contoso, "contoso", RESELLER).await;
    programme
        .decide("contoso", EnrollmentDecision::Approve)
        .await;
    becomes(&programme, "contoso", PartnerState::Failed).await;
    let partner = programme.partner("contoso").await;
    assert!(
        partner.state_reason.contains("left the programme"),
        "{partner:?}"
    );
    nothing_is_seen(&programme).await;

    system.stop(Role::Directory);
    let file = system.keys().with_file_name("business.jsonl");
    let forgotten = r#"{"type":"refusal","partner":"contoso","reason":""}"#;
    fs::write(&file, forgotten).expect("the file is written");
    system.import_business(&file);
    system.start(Role::Directory).await;
    programme.ask(&programme.contoso, "contoso", RESELLER).await;
    programme
        .decide("contoso", EnrollmentDecision::Approve)
        .await;
    becomes(&programme, "contoso", PartnerState::Active).await;
    let listed = programme.customers(&programme.contoso, "contoso").await;
    assert_eq!(listed.len(), 2);
}

async fn becomes(programme: &Programme, id: &str, state: PartnerState) {
    eventually("the enrolment to end", SOON, || async {
        (programme.partner(id).await.state() == state).then_some(())
    })
    .await;
}

/// Nobody sees a customer of contoso's, by any path; and contoso, not being active, cannot invite
/// one either.
async fn nothing_is_seen(programme: &Programme) {
    let (token, any) = (&programme.contoso, AccessBasis::Unspecified);
    let listed = programme.customers(token, "contoso").await;
    assert_eq!(listed, [""; 0]);
    assert!(programme.relationships_of("wingtip").await.is_empty());
    for (token, parent) in [
        (token, "partners/contoso"),
        (&programme.operator, "customers/wingtip"),
    ] {
        let reached = programme.list_access(token, parent, any).await;
        assert_eq!(reached.expect("may ask"), [], "{parent}");
    }
    let record = programme.record(token, "contoso", "wingtip").await;
    let refusal = refused(&record.expect_err("refused"));
    assert_eq!(refusal.reason, "PARTNER_NOT_ENROLLED");
    let invited = programme
        .try_invite(Default::default())
        .await
        .expect_err("refused");
    assert_eq!(refused(&invited).reason, "PARTNER_NOT_ACTIVE");
}

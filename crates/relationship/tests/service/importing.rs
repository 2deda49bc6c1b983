//! The import of existing customers at a reseller's enrolment: what is seen when, and by whom.

use proto::customer::v1::Permission;
use proto::directory::v1::ExistingBusiness;
use proto::relationship::v1::*;
use tests::{Store, eventually, on_both_stores, with};
use tonic::Status;

use crate::directory::{EVERYTHING, business, customers};
use crate::support::{SOON, Service, reason};
use crate::world::{PROVIDER, RESELLER};

on_both_stores!(
    existing_customers_are_seen_at_once_when_the_enrolment_succeeds,
    imported_customers_are_managed_as_their_privileges_say,
    a_provider_imports_nothing,
    rejecting_ends_an_import,
    an_account_that_exists_stays_as_it_is,
    two_resellers_import_the_same_customers_at_once,
);

impl Service {
    /// A partner and its import, as its Admin agent sees them.
    pub(crate) async fn import_of(&self, partner: &str) -> (Partner, Option<EnrollmentImport>) {
        let message = GetPartnerRequest {
            name: format!("partners/{partner}"),
        };
        let mut partners = self.partners();
        let answer = partners
            .get_partner(with(&self.agent(partner), message))
            .await;
        let answer = answer.unwrap().into_inner();
        (answer.partner.unwrap(), answer.customer_import)
    }

    /// Waits until the import of a partner is as it should be, and answers both.
    pub(crate) async fn import_until(
        &self,
        partner: &str,
        is: impl Fn(&EnrollmentImport) -> bool,
    ) -> (Partner, EnrollmentImport) {
        eventually("the import to get there", SOON, async || {
            let (partner, import) = self.import_of(partner).await;
            let import = import?;
            is(&import).then_some((partner, import))
        })
        .await
    }

    /// Approves an enrolment in the background: with portals that wait, the answer takes its time.
    pub(crate) async fn approved(&self, partner: &str) -> Result<Partner, Status> {
        self.decide(partner, EnrollmentDecision::Approve).await
    }

    /// The relationships of a partner or customer, as an operator sees them.
    async fn relationships_of(&self, parent: &str) -> Vec<Relationship> {
        let message = ListRelationshipsRequest {
            parent: parent.to_owned(),
            ..Default::default()
        };
        let mut client = self.relationships();
        let answer = client
            .list_relationships(with(&self.operator(), message))
            .await;
        answer.unwrap().into_inner().relationships
    }
}

/// What the portals of two kinds know of contoso.
fn two_portals() -> Vec<ExistingBusiness> {
    vec![
        business("office-admin-center", "wingtip", &EVERYTHING),
        business("cloud-portal", "tailspin", &[]),
    ]
}

/// R6, R7, R8: while an enrolment is pending nothing of it is seen, by nobody; when it succeeds,
/// everything at once.
async fn existing_customers_are_seen_at_once_when_the_enrolment_succeeds(store: Store) {
    let service = Service::start(&store).await;
    service.portals.know("contoso", two_portals());
    service.portals.are(|told| {
        told.batch = 1;
        told.gated = true;
    });
    service.enroll("contoso", RESELLER).await.unwrap();
    assert!(service.import_of("contoso").await.1.is_none());
    let approved = service.approved("contoso").await.unwrap();
    assert_eq!(
        approved.state(),
        PartnerState::Pending,
        "it waits a moment only"
    );
    assert!(approved.activate_time.is_none());

    service.portals.let_through(1);
    let (partner, import) = service
        .import_until("contoso", |import| import.imported_count == 1)
        .await;
    assert_eq!(partner.state(), PartnerState::Pending);
    assert_eq!(import.state(), ImportState::Running);
    assert!(import.start_time.is_some() && import.end_time.is_none());
    assert_eq!(service.count("relationship").await, 1, "it is there");
    nothing_is_seen(&service).await;
    let again = service.approved("contoso").await.unwrap_err();
    assert_eq!(reason(&again), "ENROLLMENT_STATE IMPORTING");

    service.portals.let_through(1);
    let (partner, import) = service
        .import_until("contoso", |import| import.state() == ImportState::Complete)
        .await;
    assert_eq!(partner.state(), PartnerState::Active);
    assert_eq!(partner.activate_time, import.end_time);
    assert_eq!((import.imported_count, import.skipped_count), (2, 0));
    let mut listed = service.customers("contoso").await;
    listed.sort();
    assert_eq!(listed, ["customers/tailspin", "customers/wingtip"]);
    let relationships = service.relationships_of("partners/contoso").await;
    let mut from: Vec<_> = relationships
        .iter()
        .map(|one| {
            (
                one.customer.as_str(),
                one.origin.as_str(),
                one.portal.as_str(),
            )
        })
        .collect();
    from.sort_unstable();
    assert_eq!(
        from,
        [
            ("customers/tailspin", "import", "cloud-portal"),
            ("customers/wingtip", "import", "office-admin-center"),
        ]
    );
    assert!(relationships.iter().all(|one| one.acceptance.is_empty()));
    service.idle().await;
    assert_eq!(service.arrived.told(), ["partners/contoso is approved"]);
}

async fn nothing_is_seen(service: &Service) {
    assert_eq!(service.customers("contoso").await, [""; 0]);
    assert!(service.privileges("contoso").await.is_empty());
    for parent in ["partners/contoso", "customers/wingtip"] {
        assert!(
            service.relationships_of(parent).await.is_empty(),
            "{parent}"
        );
    }
    let decision = service
        .check("contoso", "wingtip", Permission::ViewRecord)
        .await;
    assert_eq!(decision.reason(), DenialReason::PartnerNotEnrolled);
    assert_eq!(decision.relationship, "");
}

/// R6, R22: what may be done for an imported customer is what the privileges give that the portals
/// know.
async fn imported_customers_are_managed_as_their_privileges_say(store: Store) {
    let service = Service::start(&store).await;
    let mut known = two_portals();
    known.push(business(
        "cloud-portal",
        "litware",
        &[Permission::ManageUsers],
    ));
    service.portals.know("contoso", known);
    let active = service.enrolled("contoso", RESELLER).await;
    assert_eq!(
        active.state(),
        PartnerState::Active,
        "a short import is waited for"
    );
    for (customer, permission, denied) in [
        (
            "wingtip",
            Permission::ManageLicenses,
            DenialReason::Unspecified,
        ),
        ("wingtip", Permission::ViewRecord, DenialReason::Unspecified),
        (
            "wingtip",
            Permission::SubmitOrders,
            DenialReason::NotForThisKind,
        ),
        (
            "litware",
            Permission::ManageUsers,
            DenialReason::Unspecified,
        ),
        (
            "litware",
            Permission::ManageAccount,
            DenialReason::PrivilegeRequired,
        ),
        (
            "tailspin",
            Permission::ManageUsers,
            DenialReason::PrivilegeRequired,
        ),
        (
            "tailspin",
            Permission::ViewRecord,
            DenialReason::Unspecified,
        ),
        // R10: known to no portal, so not there; R11 tells how it comes
        (
            "adatum",
            Permission::ViewRecord,
            DenialReason::CustomerUnknown,
        ),
    ] {
        let decision = service.check("contoso", customer, permission).await;
        assert_eq!(decision.reason(), denied, "{customer} {permission:?}");
    }
    // R11: served outside the portals: invited, accepted, listed
    service.established(&service.solo("adatum")).await;
    let listed = service.customers("contoso").await;
    assert!(listed.contains(&"customers/adatum".to_owned()));
    assert_eq!(listed.len(), 4);
}

/// R9: a provider takes part at once, and connecting with it brings neither partner the other's
/// customers.
async fn a_provider_imports_nothing(store: Store) {
    let service = Service::start(&store).await;
    service.portals.know("fabrikam", two_portals());
    service
        .portals
        .know("contoso", vec![business("cloud-portal", "litware", &[])]);
    service.connected().await;
    assert!(service.import_of("fabrikam").await.1.is_none());
    assert_eq!(service.portals.asked(), [""], "only about the reseller");
    assert_eq!(service.customers("fabrikam").await, [""; 0]);
    assert_eq!(service.customers("contoso").await, ["customers/litware"]);
}

/// R6, R10: an enrolment that is rejected while it imports is FAILED, imports no further, and shows
/// nothing; asking again begins anew, and what the portals name no more is not there.
async fn rejecting_ends_an_import(store: Store) {
    let service = Service::start(&store).await;
    service.portals.know("contoso", customers(3));
    service.portals.are(|told| {
        told.batch = 1;
        told.gated = true;
    });
    service.enroll("contoso", RESELLER).await.unwrap();
    service.approved("contoso").await.unwrap();
    service.portals.let_through(1);
    service
        .import_until("contoso", |import| import.imported_count == 1)
        .await;
    let failed = service
        .decide("contoso", EnrollmentDecision::Reject)
        .await
        .unwrap();
    assert_eq!(failed.state(), PartnerState::Failed);
    let (_, import) = service.import_of("contoso").await;
    assert_eq!(import.unwrap().state(), ImportState::Failed);
    service.portals.let_through(9);
    nothing_is_seen(&service).await;

    service.portals.are(|told| told.gated = false);
    let mut known = customers(3);
    known.remove(0);
    service.portals.know("contoso", known);
    service.enroll("contoso", RESELLER).await.unwrap();
    service.approved("contoso").await.unwrap();
    let (partner, import) = service
        .import_until("contoso", |import| import.state() == ImportState::Complete)
        .await;
    assert_eq!(partner.state(), PartnerState::Active);
    assert_eq!((import.imported_count, import.kept_count), (2, 0));
    assert_eq!(service.customers("contoso").await.len(), 2);
    assert_eq!(service.count("relationship").await, 2);
    assert_eq!(service.count("privilege").await, 2);
    service.idle().await;
    assert_eq!(
        service.arrived.told(),
        [
            "partners/contoso is approved",
            "partners/contoso is rejected: as the papers say",
        ]
    );
}

/// R2: who opened an account first wins; an import finds it and is searched under what it shows.
async fn an_account_that_exists_stays_as_it_is(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    service.established(&service.solo("wingtip")).await;
    service.portals.know("litware", two_portals());
    service.enrolled("litware", RESELLER).await;
    for (prefix, found) in [("wingtip inc", 1), ("wingtip of", 0), ("tailspin of", 1)] {
        let message = ListCustomersRequest {
            parent: "partners/litware".to_owned(),
            name_prefix: prefix.to_owned(),
            ..Default::default()
        };
        let mut client = service.relationships();
        let answer = client
            .list_customers(with(&service.agent("litware"), message))
            .await;
        assert_eq!(
            answer.unwrap().into_inner().customers.len(),
            found,
            "{prefix}"
        );
    }
    assert_eq!(service.count("account").await, 2);
}

/// R6: several resellers of one customer each import it, in whatever order their portals tell it.
async fn two_resellers_import_the_same_customers_at_once(store: Store) {
    let service = Service::start(&store).await;
    let forward = customers(600);
    let mut backward = forward.clone();
    backward.reverse();
    service.portals.know("contoso", forward);
    service.portals.know("litware", backward);
    for partner in ["contoso", "litware"] {
        service.enroll(partner, RESELLER).await.unwrap();
    }
    let (one, other) = tokio::join!(service.approved("contoso"), service.approved("litware"));
    one.and(other).unwrap();
    for partner in ["contoso", "litware"] {
        let (_, import) = service
            .import_until(partner, |import| import.state() == ImportState::Complete)
            .await;
        assert_eq!((import.imported_count, import.skipped_count), (600, 0));
    }
    assert_eq!(service.count("account").await, 600);
    assert_eq!(service.count("relationship").await, 1200);
    // and a provider that comes later has none of them
    let provider = service.enrolled("fabrikam", PROVIDER).await;
    assert_eq!(provider.state(), PartnerState::Active);
}

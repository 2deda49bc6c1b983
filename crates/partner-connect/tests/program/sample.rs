//! The portals' part of what `all` fills an empty folder with: a reader's reseller has customers as
//! soon as it is enrolled.

use std::fs;

use proto::gateway::v1::GetCustomerRecordRequest;
use proto::gateway::v1::connection_service_client::ConnectionServiceClient;
use proto::relationship::v1::relationship_service_client::RelationshipServiceClient;
use proto::relationship::v1::{ListCustomersRequest, PartnerKind};
use tempfile::TempDir;
use tests::with;

use crate::all::Running;
use crate::keys::without_directory;

async fn customers(running: &Running) -> Vec<String> {
    let list = ListCustomersRequest {
        parent: "partners/contoso".to_owned(),
        ..Default::default()
    };
    let mut client = RelationshipServiceClient::new(running.channel());
    let listed = client
        .list_customers(with(running.token("RESELLER_TOKEN"), list))
        .await;
    let customers = listed.unwrap().into_inner().customers;
    let mut names: Vec<_> = customers.into_iter().map(|it| it.customer).collect();
    names.sort_unstable();
    names
}

/// R6, R8, R23: what the portals know of a reseller is there once it is enrolled, and the record
/// shows what they have.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_enrols_and_has_customers() {
    let folder = TempDir::new().unwrap();
    let running = Running::start(folder.path());
    let import = running
        .enroll("RESELLER_TOKEN", "contoso", PartnerKind::IndirectReseller)
        .await;
    assert_eq!((import.imported_count, import.skipped_count), (2, 0));
    assert_eq!(
        customers(&running).await,
        ["customers/tailspin", "customers/wingtip"]
    );
    let request = GetCustomerRecordRequest {
        name: "partners/contoso/customers/wingtip".to_owned(),
        ..Default::default()
    };
    let mut client = ConnectionServiceClient::new(running.channel());
    let record = client
        .get_customer_record(with(running.token("RESELLER_TOKEN"), request))
        .await;
    let record = record.unwrap().into_inner().record.unwrap();
    assert!(!record.privilege.is_empty(), "the portals know of one");
    assert_eq!(record.subscriptions.unwrap().subscriptions.len(), 2);
    assert_eq!(record.users.unwrap().users.len(), 3);
    assert_eq!(record.licenses.unwrap().licenses.len(), 2);
    running.stop();
}

/// A folder that was filled when there was no directory service gets its key and its store, and no
/// business.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_an_earlier_version_is_carried_on_with() {
    let folder = TempDir::new().unwrap();
    Running::start(folder.path()).stop();
    without_directory(&folder.path().join("keys"));
    for name in ["directory.db", "directory.db.lock"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    let running = Running::start(folder.path());
    running
        .enroll("RESELLER_TOKEN", "contoso", PartnerKind::IndirectReseller)
        .await;
    assert!(customers(&running).await.is_empty());
    running.stop();
}

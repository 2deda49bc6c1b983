//! Removal: a partner's own relationship, and nothing else, with nobody told.

use proto::customer::v1::Permission;
use proto::relationship::v1::*;
use tests::{Store, on_both_stores, with};
use tonic::{Code, Status};

use crate::support::{Service, reason};
use crate::world::attestation;

on_both_stores!(
    a_partner_removes_its_own,
    the_customer_leaves_the_list_and_nothing_else_changes,
    a_removal_tells_nobody,
    an_etag_must_be_the_present_one,
    inviting_again_makes_a_new_relationship,
);

pub(crate) async fn remove_with(
    service: &Service,
    relationship: &str,
    attestation: RemovalAttestation,
    etag: &str,
) -> Result<Relationship, Status> {
    let message = RemoveRelationshipRequest {
        name: relationship.to_owned(),
        attestation: Some(attestation),
        etag: etag.to_owned(),
        ..Default::default()
    };
    let token = service.agent("contoso");
    let answer = service
        .relationships()
        .remove_relationship(with(&token, message))
        .await?;
    Ok(answer.into_inner().relationship.unwrap())
}

pub(crate) async fn get(
    service: &Service,
    token: &str,
    relationship: &str,
) -> Result<Relationship, Status> {
    let message = GetRelationshipRequest {
        name: relationship.to_owned(),
    };
    let answer = service
        .relationships()
        .get_relationship(with(token, message))
        .await?;
    Ok(answer.into_inner().relationship.unwrap())
}

/// R37: a partner removes its own relationship with one customer, once; the other partner's stays.
async fn a_partner_removes_its_own(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let [ours, theirs] = service
        .established(&service.joint("adatum", &partnership))
        .await
        .try_into()
        .unwrap();
    let [other] = service
        .established(&service.solo("tailspin"))
        .await
        .try_into()
        .unwrap();

    let removed = service.remove(&ours).await.unwrap();
    assert_eq!(
        (removed.state(), removed.name.as_str()),
        (RelationshipState::Removed, ours.as_str())
    );
    assert_eq!(removed.remove_time, removed.removal.unwrap().attest_time);
    assert_eq!(
        reason(&service.remove(&ours).await.unwrap_err()),
        "RELATIONSHIP_STATE REMOVED"
    );
    for untouched in [&theirs, &other] {
        let read = get(&service, &service.operator(), untouched).await.unwrap();
        assert_eq!(read.state(), RelationshipState::Active);
    }
    // fabrikam's relationship under contoso's name, and the other way round
    for foreign in [
        theirs.replace("fabrikam", "contoso"),
        ours.replace("contoso", "fabrikam"),
    ] {
        assert_eq!(
            reason(&service.remove(&foreign).await.unwrap_err()),
            "NOT_FOUND"
        );
    }
}

/// R38, R39: gone from the list at once, with every permission; the privilege stands exactly as it
/// was.
async fn the_customer_leaves_the_list_and_nothing_else_changes(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let [ours, _] = service
        .established(&service.joint("adatum", &partnership))
        .await
        .try_into()
        .unwrap();
    let privileges = service.privileges("contoso").await;
    assert!(
        service
            .check("contoso", "adatum", Permission::ManageUsers)
            .await
            .allowed
    );

    service.remove(&ours).await.unwrap();
    assert_eq!(service.customers("contoso").await, [""; 0]);
    assert_eq!(service.customers("fabrikam").await, ["customers/adatum"]);
    assert_eq!(service.privileges("contoso").await, privileges);
    for permission in [Permission::ManageUsers, Permission::ViewRecord] {
        let access = service.check("contoso", "adatum", permission).await;
        assert_eq!(access.reason(), DenialReason::RelationshipRequired);
        assert_eq!(
            (access.relationship.as_str(), &access.privilege),
            ("", &privileges[0].name)
        );
    }
    assert!(
        service
            .check("fabrikam", "adatum", Permission::SubmitOrders)
            .await
            .allowed
    );
}

/// R39, R42: over a removal no row of privilege or outbox changes, and no fact is told, events
/// included.
async fn a_removal_tells_nobody(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let [ours, theirs] = service
        .established(&service.joint("adatum", &partnership))
        .await
        .try_into()
        .unwrap();
    service.idle().await;
    let rows = async || {
        let privileges = "SELECT partner || ' ' || customer || ' ' || areas || ' ' || state || ' ' || grant_time \
             || COALESCE(' until ' || expire_time, '') || COALESCE(' ended ' || terminate_time, '') || ' ' || version \
             FROM privilege ORDER BY 1";
        let outbox = "SELECT kind || ' ' || state || ' ' || attempts || ' ' || due_time || ' ' || create_time \
             FROM outbox ORDER BY 1";
        (
            service.lines(privileges).await,
            service.lines(outbox).await,
            service.arrived.ids(),
        )
    };
    let before = rows().await;
    assert_eq!((before.0.len(), before.1.len()), (1, 4));
    service.remove(&ours).await.unwrap();
    let fabrikam = RemoveRelationshipRequest {
        name: theirs,
        attestation: Some(attestation("pt-BR")),
        ..Default::default()
    };
    let token = service.admin("fabrikam");
    service
        .relationships()
        .remove_relationship(with(&token, fabrikam))
        .await
        .unwrap();
    service.idle().await;
    assert_eq!(rows().await, before);
}

async fn an_etag_must_be_the_present_one(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let [ours] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    let etag = get(&service, &service.agent("contoso"), &ours)
        .await
        .unwrap()
        .etag;
    let stale = remove_with(&service, &ours, attestation("en"), "stale")
        .await
        .unwrap_err();
    assert_eq!(
        (stale.code(), reason(&stale).as_str()),
        (Code::Aborted, "ETAG_MISMATCH")
    );
    let removed = remove_with(&service, &ours, attestation("en"), &etag)
        .await
        .unwrap();
    assert_ne!(removed.etag, etag);
}

/// R43, R11: what comes next is inviting again, which makes a new relationship with its own
/// history.
async fn inviting_again_makes_a_new_relationship(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let [first] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    service.remove(&first).await.unwrap();
    let [second] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    assert_ne!(first, second);
    assert_eq!(service.customers("contoso").await, ["customers/adatum"]);
    assert_eq!(
        service.privileges("contoso").await.len(),
        1,
        "the one that stayed gives as much"
    );
    let read = get(&service, &service.agent("contoso"), &first)
        .await
        .unwrap();
    assert_eq!(read.state(), RelationshipState::Removed);
}

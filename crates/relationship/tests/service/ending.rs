//! Ending: a customer's own relationship, with its partner told and nobody else.

use proto::customer::v1::Permission;
use proto::relationship::v1::*;
use tests::{Store, on_both_stores};
use tonic::Code;

use crate::removal::get;
use crate::support::{Service, reason};

on_both_stores!(
    a_customer_ends_its_own,
    the_partner_is_told_and_nobody_else,
    who_and_why_is_the_customers_own,
    an_ended_relationship_is_over,
);

/// Ends this relationship, for no reason.
fn ending(relationship: &str) -> EndRelationshipRequest {
    EndRelationshipRequest {
        name: relationship.to_owned(),
        ..Default::default()
    }
}

/// P4: a customer ends one of its relationships, once; the partner's permissions are gone with the
/// answer, the other partner's and the privilege stay as they were.
async fn a_customer_ends_its_own(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let [ours, theirs] = service
        .established(&service.joint("adatum", &partnership))
        .await
        .try_into()
        .unwrap();
    let privileges = service.privileges("contoso").await;

    let ended = service.end_relationship("adatum", ending(&theirs)).await;
    let ended = ended.unwrap();
    assert_eq!(
        (ended.state(), ended.name.as_str(), ended.removal.as_ref()),
        (RelationshipState::Removed, theirs.as_str(), None)
    );
    assert_eq!(ended.remove_time, ended.ending.unwrap().end_time);
    assert_eq!(service.customers("fabrikam").await, [""; 0]);
    let order = service
        .check("fabrikam", "adatum", Permission::SubmitOrders)
        .await;
    assert_eq!(order.reason(), DenialReason::RelationshipRequired);

    assert_eq!(service.customers("contoso").await, ["customers/adatum"]);
    assert_eq!(service.privileges("contoso").await, privileges);
    let manage = service.check("contoso", "adatum", Permission::ManageUsers);
    assert!(manage.await.allowed);

    for (customer, relationship) in [
        // another customer, and a partner of this one
        ("tailspin", ours.clone()),
        ("contoso", ours.clone()),
        // under the other partner's name
        ("adatum", ours.replace("contoso", "fabrikam")),
    ] {
        let foreign = service.end_relationship(customer, ending(&relationship));
        assert_eq!(reason(&foreign.await.unwrap_err()), "NOT_FOUND");
    }
}

/// P4, R42: the partner that has lost access is told, once, and no other; of a partner's removal
/// still nobody is.
async fn the_partner_is_told_and_nobody_else(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let [ours, theirs] = service
        .established(&service.joint("adatum", &partnership))
        .await
        .try_into()
        .unwrap();
    service.idle().await;
    let before = service.arrived.told();

    let request_id = service.uuid();
    for _ in 0..2 {
        let message = EndRelationshipRequest {
            request_id: request_id.clone(),
            ..ending(&theirs)
        };
        service.end_relationship("adatum", message).await.unwrap();
    }
    service.idle().await;
    let mut told = service.arrived.told();
    told.retain(|fact| !before.contains(fact));
    assert_eq!(
        told,
        [format!(
            "of {theirs} is told that customers/adatum ended it"
        )]
    );

    let before = service.arrived.ids();
    service.remove(&ours).await.unwrap();
    service.idle().await;
    assert_eq!(service.arrived.ids(), before);
}

/// P4, P5: who ended it and why can be read for good by the customer and by operators; the partner
/// reads that it was ended, and when.
async fn who_and_why_is_the_customers_own(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let [ours] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    let message = EndRelationshipRequest {
        reason: "a better offer".to_owned(),
        ..ending(&ours)
    };
    let ended = service.end_relationship("adatum", message).await.unwrap();
    let whole = ended.ending.clone().unwrap();
    assert_eq!(
        (whole.subject.as_str(), whole.reason.as_str()),
        ("bob", "a better offer")
    );
    assert!(!whole.issuer.is_empty());
    let own = get(&service, &service.admin("adatum"), &ours).await;
    assert_eq!(own.unwrap(), ended);
    let operators = get(&service, &service.operator(), &ours).await.unwrap();
    assert_eq!(operators.ending.unwrap(), whole);
    let partners = get(&service, &service.agent("contoso"), &ours)
        .await
        .unwrap();
    let told = EndingRecord {
        end_time: whole.end_time,
        ..Default::default()
    };
    assert_eq!(partners.ending.unwrap(), told);
    let audit = "SELECT action || ' ' || subject || ' ' || tenant || ' ' || detail FROM audit \
                 WHERE action = 'EndRelationship'";
    assert_eq!(
        service.lines(audit).await,
        ["EndRelationship bob adatum REMOVED"]
    );
}

/// P4, R11: whoever comes second finds it over; a stale etag and a reason that is too long change
/// nothing; accepting again makes a new one.
async fn an_ended_relationship_is_over(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let [ours] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    let stale = EndRelationshipRequest {
        etag: "stale".to_owned(),
        ..ending(&ours)
    };
    let stale = service.end_relationship("adatum", stale).await.unwrap_err();
    assert_eq!(
        (stale.code(), reason(&stale).as_str()),
        (Code::Aborted, "ETAG_MISMATCH")
    );
    let wordy = EndRelationshipRequest {
        reason: "a".repeat(257),
        ..ending(&ours)
    };
    let wordy = service.end_relationship("adatum", wordy).await.unwrap_err();
    assert_eq!(tests::refused(&wordy).fields, ["reason"]);

    service
        .end_relationship("adatum", ending(&ours))
        .await
        .unwrap();
    let again = service.end_relationship("adatum", ending(&ours)).await;
    let over = "RELATIONSHIP_STATE REMOVED";
    assert_eq!(reason(&again.unwrap_err()), over);
    assert_eq!(reason(&service.remove(&ours).await.unwrap_err()), over);

    let [second] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    assert_ne!(ours, second);
    assert_eq!(service.customers("contoso").await, ["customers/adatum"]);
}

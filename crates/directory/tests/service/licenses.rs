//! AssignLicense and WithdrawLicense: one for each user, never more than there are.

use proto::directory::v1::*;
use tests::{Store, on_both_stores, refused};
use tokio::task::JoinSet;

use crate::support::{Service, fields, outcome};
use crate::world::{Stage, mandate};

on_both_stores!(
    a_licence_is_assigned_and_withdrawn,
    a_user_has_one_of_a_subscription,
    thirty_two_at_once_get_the_five_there_are,
    what_is_another_customers_is_not_found,
);

/// R22, R33: a licence goes to a user, comes back once, and another one may follow.
async fn a_licence_is_assigned_and_withdrawn(store: Store) {
    let service = Service::start(&store).await;
    let subscription = service.subscription("adatum", 1).await.name;
    let user = service.user("adatum", "bo@adatum.example").await.name;
    let license = service.assigned(&subscription, &user).await;
    assert!(license.name.starts_with("customers/adatum/licenses/"));
    assert_eq!(
        (&license.subscription, &license.user),
        (&subscription, &user)
    );
    assert!(license.assign_time.is_some() && license.withdraw_time.is_none());
    assert_eq!(
        service.subscriptions("adatum").await[0].assigned_quantity,
        1
    );

    let withdraw = WithdrawLicenseRequest {
        license: license.name.clone(),
        mandate: Some(mandate("contoso")),
        request_id: service.uuid(),
    };
    let withdrawn = service
        .directory()
        .withdraw_license(withdraw)
        .await
        .unwrap();
    let withdrawn = withdrawn.into_inner().license.unwrap();
    assert!(withdrawn.withdraw_time.is_some());
    assert_eq!((&withdrawn.name, &withdrawn.user), (&license.name, &user));
    assert_eq!(service.licenses("adatum").await, []);
    assert_eq!(
        service.subscriptions("adatum").await[0].assigned_quantity,
        0
    );
    let again = service.act(service.withdraw(&license.name)).await;
    assert_eq!(outcome(&again), "LICENSE_WITHDRAWN");

    let another = service.assigned(&subscription, &user).await;
    assert_ne!(another.name, license.name);
}

/// The refusal names the licence that the user has.
async fn a_user_has_one_of_a_subscription(store: Store) {
    let stage = Stage::set(Service::start(&store).await).await;
    let service = &stage.service;
    let again = service.assign(&stage.subscription, &stage.user);
    let refusal = refused(&service.act(again).await.unwrap_err());
    assert_eq!(refusal.reason, "LICENSE_ASSIGNED");
    assert_eq!(refusal.domain, "partnerconnect.customer");
    assert_eq!(refusal.metadata["license"], stage.license);
    let other = service.subscription("adatum", 1).await.name;
    service.assigned(&other, &stage.user).await;
}

async fn thirty_two_at_once_get_the_five_there_are(store: Store) {
    let service = Service::start(&store).await;
    let subscription = service.subscription("adatum", 5).await.name;
    let mut acts = Vec::new();
    for number in 0..32 {
        let user = service
            .user("adatum", &format!("u{number}@adatum.example"))
            .await;
        acts.push(service.assign(&subscription, &user.name));
    }
    let mut racers = JoinSet::new();
    for act in acts {
        racers.spawn(act.send(service.directory()));
    }
    let mut told: Vec<_> = racers.join_all().await.iter().map(outcome).collect();
    told.sort();
    let mut expected = vec!["LICENSES_EXHAUSTED 5"; 27];
    expected.extend(["OK"; 5]);
    assert_eq!(told, expected);
    assert_eq!(service.licenses("adatum").await.len(), 5);
    assert_eq!(
        service.subscriptions("adatum").await[0].assigned_quantity,
        5
    );
}

async fn what_is_another_customers_is_not_found(store: Store) {
    let stage = Stage::set(Service::start(&store).await).await;
    let service = &stage.service;
    let theirs = service.subscription("wingtip", 5).await.name;
    let them = service.user("wingtip", "bo@wingtip.example").await.name;
    let claimed = |name: &str| name.replace("adatum", "wingtip");
    for act in [
        service.assign(&claimed(&stage.subscription), &them),
        service.assign(&theirs, &claimed(&stage.other_user)),
        service.withdraw(&claimed(&stage.license)),
    ] {
        assert_eq!(outcome(&service.act(act).await), "NOT_FOUND");
    }
    let mixed = AssignLicenseRequest {
        subscription: stage.subscription.clone(),
        user: them,
        mandate: Some(mandate("contoso")),
        request_id: service.uuid(),
    };
    let answer = service.directory().assign_license(mixed).await;
    assert_eq!(fields(answer), ["user"]);
    assert_eq!(service.licenses("wingtip").await, []);
    assert_eq!(service.licenses("adatum").await.len(), 1);
}

//! Which services may call which method; a user's token opens none.

use platform::identity::Peer::{self, Gateway, Relationship};
use platform::keys::Grant;
use proto::directory::v1::*;
use tests::{Store, on_both_stores, with};
use tonic::{Code, Status};

use crate::support::{Service, reason};
use crate::world::Stage;

on_both_stores!(
    each_method_answers_its_services_only,
    the_token_of_a_user_opens_nothing,
);

/// The expectation for each method, written apart from the declarations that it tests.
fn expected(method: &str) -> &'static [Peer] {
    match method {
        "StreamExistingBusiness" => &[Relationship],
        "ListSubscriptions" => &[Gateway, Relationship],
        _ => &[Gateway],
    }
}

/// R35: whoever is not named for a method is refused, also when it proves to be another service of ours.
async fn each_method_answers_its_services_only(store: Store) {
    let stage = Stage::set(Service::start(&store).await).await;
    let peers = Peer::ALL.into_iter().map(Some).chain([None]);
    for peer in peers {
        let before = everything(&stage.service).await;
        let mut allowed = 0;
        for (method, answer) in ask_everything(&stage, peer).await {
            let admitted = peer.is_some_and(|peer| expected(method).contains(&peer));
            match answer {
                Ok(()) => assert!(admitted, "{method} answers {peer:?}"),
                Err(status) => {
                    // who proves nothing at all is asked for a token first
                    let expected = match peer {
                        Some(_) => (Code::PermissionDenied, "PEER_NOT_ALLOWED"),
                        None => (Code::Unauthenticated, "TOKEN_MISSING"),
                    };
                    let told = reason(&status);
                    assert_eq!((status.code(), &*told), expected, "{method} {peer:?}");
                    assert!(!admitted, "{method} refuses {peer:?}");
                    continue;
                }
            }
            allowed += 1;
        }
        let expected = match peer {
            Some(Gateway) => 10,
            Some(Relationship) => 2,
            Some(Peer::Invitation | Peer::Notification | Peer::Directory) | None => 0,
        };
        assert_eq!(allowed, expected, "{peer:?}");
        if peer != Some(Gateway) {
            assert_eq!(everything(&stage.service).await, before, "{peer:?}");
        }
    }
}

/// What users may do is asked elsewhere: here nobody's token counts, with or without another service's identity.
async fn the_token_of_a_user_opens_nothing(store: Store) {
    let service = Service::start(&store).await;
    let grants = [
        Grant::tenant("contoso").role("admin-agent"),
        Grant::tenant("adatum").role("global-admin"),
        Grant::operator(),
    ];
    for token in grants.map(|grant| service.token(&grant)) {
        for peer in [None, Some(Peer::Invitation)] {
            let mut client = service.directory_as(peer);
            let order = with(&token, service.order_message("adatum", 5));
            let refusal = client.submit_order(order).await.unwrap_err();
            assert_eq!(reason(&refusal), "PEER_NOT_ALLOWED");
            let stream = StreamExistingBusinessRequest {
                partner: "partners/contoso".into(),
                ..Default::default()
            };
            let refusal = client.stream_existing_business(with(&token, stream)).await;
            assert_eq!(reason(&refusal.err().unwrap()), "PEER_NOT_ALLOWED");
        }
    }
    assert_eq!(everything(&service).await, [0; 5]);
}

async fn everything(service: &Service) -> [i64; 5] {
    let mut counts = [0; 5];
    let tables = ["act", "customer_order", "subscription", "person", "license"];
    for (count, table) in counts.iter_mut().zip(tables) {
        *count = service.count(table).await;
    }
    counts
}

/// Every method, and both kinds of order, as this service.
async fn ask_everything(
    stage: &Stage,
    peer: Option<Peer>,
) -> Vec<(&'static str, Result<(), Status>)> {
    let mut client = stage.service.directory_as(peer);
    let partner = "partners/contoso".to_owned();
    let stream = StreamExistingBusinessRequest {
        partner,
        ..Default::default()
    };
    let parent = || "customers/adatum".to_owned();
    let subscriptions = ListSubscriptionsRequest {
        parent: parent(),
        ..Default::default()
    };
    let users = ListUsersRequest {
        parent: parent(),
        ..Default::default()
    };
    let licenses = ListLicensesRequest {
        parent: parent(),
        ..Default::default()
    };
    let mut answers = vec![
        (
            "StreamExistingBusiness",
            client.stream_existing_business(stream).await.map(drop),
        ),
        (
            "ListSubscriptions",
            client.list_subscriptions(subscriptions).await.map(drop),
        ),
        ("ListUsers", client.list_users(users).await.map(drop)),
        (
            "ListLicenses",
            client.list_licenses(licenses).await.map(drop),
        ),
    ];
    for act in stage.acts() {
        answers.push((act.method(), act.send(client.clone()).await.map(drop)));
    }
    answers
}

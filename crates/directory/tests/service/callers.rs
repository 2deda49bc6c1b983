//! Which services may call which method; a user's token opens none.

use platform::identity::Peer;
use platform::keys::Grant;
use proto::directory::v1::*;
use tests::{Store, on_both_stores, with};
use tonic::Code;

use crate::support::{Service, reason};
use crate::world::Stage;

on_both_stores!(
    who_is_refused_changes_nothing,
    the_token_of_a_user_opens_nothing,
);

/// R35: a service that is named for no method is refused each, also when it proves who it is, and
/// changes nothing. Which one a method is for, the end-to-end tests ask of every method.
async fn who_is_refused_changes_nothing(store: Store) {
    let stage = Stage::set(Service::start(&store).await).await;
    let before = everything(&stage.service).await;
    for peer in [
        Some(Peer::Invitation),
        Some(Peer::Notification),
        Some(Peer::Directory),
        None,
    ] {
        // who proves nothing at all is asked for a token first
        let expected = match peer {
            Some(_) => (Code::PermissionDenied, "PEER_NOT_ALLOWED"),
            None => (Code::Unauthenticated, "TOKEN_MISSING"),
        };
        for act in stage.acts() {
            let (method, client) = (act.method(), stage.service.directory_as(peer));
            let status = act.send(client).await.map(drop).unwrap_err();
            let told = reason(&status);
            assert_eq!((status.code(), &*told), expected, "{method} {peer:?}");
        }
    }
    assert_eq!(everything(&stage.service).await, before);
}

/// What users may do is asked elsewhere: here nobody's token counts, with or without another
/// service's identity.
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

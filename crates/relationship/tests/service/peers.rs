//! Which services may call what is internal, and that nothing public is answered without a token.

use platform::identity::Peer;
use proto::customer::v1::Permission;
use proto::relationship::internal::v1::{HasAccountRequest, ResolvePartiesRequest};
use proto::relationship::v1::*;
use tests::{Store, on_both_stores, with};
use tonic::Request;

use crate::support::{Service, outcome};
use crate::world::question;

on_both_stores!(
    internal_methods_are_for_the_invitation_service,
    every_public_method_needs_a_token,
);

/// Internal methods answer the invitation service alone, and where they act for a user, with that
/// user's token.
async fn internal_methods_are_for_the_invitation_service(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let (contoso, adatum) = (service.agent("contoso"), service.admin("adatum"));
    let invitation = Some(Peer::Invitation);
    let token_of = |token: &String| Some(token.clone());
    let cases = [
        // peer, token, ResolveParties, HasAccount, DecideAcceptance
        (
            invitation,
            token_of(&contoso),
            ["OK", "CALLER_NOT_ALLOWED", "OK"],
        ),
        (
            invitation,
            token_of(&service.admin("contoso")),
            ["OK", "NOT_FOUND", "OK"],
        ),
        (invitation, token_of(&adatum), ["NOT_FOUND", "OK", "OK"]),
        (
            invitation,
            token_of(&service.agent("adatum")),
            ["NOT_FOUND", "CALLER_NOT_ALLOWED", "OK"],
        ),
        (
            invitation,
            token_of(&service.operator()),
            ["CALLER_NOT_ALLOWED", "CALLER_NOT_ALLOWED", "OK"],
        ),
        (invitation, None, ["TOKEN_MISSING", "TOKEN_MISSING", "OK"]),
        (
            Some(Peer::Gateway),
            token_of(&contoso),
            ["PEER_NOT_ALLOWED"; 3],
        ),
        (Some(Peer::Notification), None, ["PEER_NOT_ALLOWED"; 3]),
        (None, token_of(&contoso), ["PEER_NOT_ALLOWED"; 3]),
        (None, token_of(&service.operator()), ["PEER_NOT_ALLOWED"; 3]),
        (None, None, ["TOKEN_MISSING"; 3]),
    ];
    for (peer, token, expected) in cases {
        let mut client = service.internal_as(peer);
        let parties = ResolvePartiesRequest {
            reseller: "partners/contoso".to_owned(),
            ..Default::default()
        };
        let account = HasAccountRequest {
            customer: "customers/adatum".to_owned(),
        };
        let told = [
            outcome(&client.resolve_parties(carry(&token, parties)).await),
            outcome(&client.has_account(carry(&token, account)).await),
            outcome(
                &client
                    .decide_acceptance(carry(&token, service.solo("adatum")))
                    .await,
            ),
        ];
        assert_eq!(
            told,
            expected,
            "{peer:?}, with a token: {}",
            token.is_some()
        );
    }
}

fn carry<T>(token: &Option<String>, message: T) -> Request<T> {
    match token {
        Some(token) => with(token, message),
        None => Request::new(message),
    }
}

async fn every_public_method_needs_a_token(store: Store) {
    let service = Service::start(&store).await;
    let missing = "TOKEN_MISSING";
    let get = service
        .partners()
        .get_partner(GetPartnerRequest {
            name: "partners/contoso".to_owned(),
        })
        .await;
    assert_eq!(outcome(&get), missing);
    let list = service
        .relationships()
        .list_customers(ListCustomersRequest::default())
        .await;
    assert_eq!(outcome(&list), missing);
    let check = question("contoso", "adatum", Permission::ViewRecord);
    assert_eq!(
        outcome(&service.access().check_access(check).await),
        missing
    );
    let forged = service.agent("contoso") + "x";
    let get = GetPartnerRequest {
        name: "partners/contoso".to_owned(),
    };
    assert_eq!(
        outcome(&service.partners().get_partner(with(&forged, get)).await),
        "TOKEN_INVALID"
    );
}

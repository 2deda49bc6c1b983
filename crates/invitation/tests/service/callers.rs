//! Whose the resources are that a request names, and who brings whose token.
//!
//! Which kinds of callers a method is for, the end-to-end tests ask of every method.

use platform::identity::Peer;
use platform::keys::Grant;
use proto::invitation::internal::v1::{CreateInvitationRequest, DescribeInvitationRequest};
use proto::invitation::v1::{
    DeclineInvitationRequest, FinishInvitationRequest, GetAcceptanceRequest, GetInvitationRequest,
    ListInvitationsRequest, ResendInvitationRequest, RevokeInvitationRequest,
};
use tests::{Store, on_both_stores, with};
use tonic::{Code, Request};

use crate::world::{World, not_found};

on_both_stores!(
    internal_methods_answer_the_gateway_for_a_partners_admin,
    of_another_tenant_nothing_is_found,
);

/// R1: the internal methods need the gateway's identity and a partner admin's token; neither alone
/// will do.
async fn internal_methods_answer_the_gateway_for_a_partners_admin(store: Store) {
    let world = World::start(&store).await;
    let admin = world.admin("contoso");
    let agent = world
        .system
        .token(&Grant::tenant("contoso").role("admin-agent"));
    let user = world.system.token(&Grant::tenant("contoso"));
    let cases = [
        (Some(Peer::Gateway), Some(&admin), Code::InvalidArgument),
        (Some(Peer::Gateway), Some(&agent), Code::InvalidArgument),
        (Some(Peer::Gateway), Some(&user), Code::PermissionDenied),
        (
            Some(Peer::Gateway),
            Some(&world.operator()),
            Code::PermissionDenied,
        ),
        (Some(Peer::Gateway), None, Code::Unauthenticated),
        (
            Some(Peer::Relationship),
            Some(&admin),
            Code::PermissionDenied,
        ),
        (Some(Peer::Invitation), Some(&admin), Code::PermissionDenied),
        (None, Some(&admin), Code::PermissionDenied),
        (None, None, Code::Unauthenticated),
    ];
    for (peer, token, expected) in cases {
        let mut client = world.internal(peer);
        let (create, describe) = match token {
            Some(token) => (
                with(token, CreateInvitationRequest::default()),
                with(token, DescribeInvitationRequest::default()),
            ),
            None => (
                Request::new(Default::default()),
                Request::new(Default::default()),
            ),
        };
        for answer in [
            client.create_invitation(create).await.map(drop),
            client.describe_invitation(describe).await.map(drop),
        ] {
            assert_eq!(answer.unwrap_err().code(), expected, "{peer:?} {token:?}");
        }
    }
}

/// R8: what is another's looks like what is not there, a partner in the request as well as an
/// invitation's name.
async fn of_another_tenant_nothing_is_found(store: Store) {
    let world = World::start(&store).await;
    let (name, link) = world.invite_jointly().await;
    let accepted = world.accept("adatum", &link).await.unwrap();
    let foreign = world.admin("fabrikam");
    // the provider that it names reads it, and does no more with it
    let stranger = world.admin("proseware");
    let mut client = world.public();
    let own_tenant = name.replace("contoso", "fabrikam");
    for name in [name.clone(), own_tenant] {
        let message = GetInvitationRequest { name: name.clone() };
        not_found(client.get_invitation(with(&stranger, message)).await);
        let message = FinishInvitationRequest {
            name: name.clone(),
            ..Default::default()
        };
        not_found(client.finish_invitation(with(&foreign, message)).await);
        let message = ResendInvitationRequest {
            name: name.clone(),
            ..Default::default()
        };
        not_found(client.resend_invitation(with(&foreign, message)).await);
        let message = RevokeInvitationRequest {
            name: name.clone(),
            ..Default::default()
        };
        not_found(client.revoke_invitation(with(&foreign, message)).await);
    }
    let parent = "partners/contoso".to_owned();
    let message = ListInvitationsRequest {
        parent,
        ..Default::default()
    };
    not_found(client.list_invitations(with(&foreign, message)).await);
    let parent = "customers/adatum".to_owned();
    let message = DeclineInvitationRequest {
        parent,
        link,
        ..Default::default()
    };
    not_found(client.decline_invitation(with(&foreign, message)).await);
    let message = GetAcceptanceRequest {
        name: accepted.name,
    };
    not_found(client.get_acceptance(with(&foreign, message)).await);
    let message = CreateInvitationRequest {
        parent: "partners/contoso".to_owned(),
        invitation: None,
        request_id: world.clock.id().to_string(),
        ..Default::default()
    };
    let mut gateway = world.internal(Some(Peer::Gateway));
    not_found(gateway.create_invitation(with(&foreign, message)).await);
    let read = |name: String| DescribeInvitationRequest { name, access: 1 };
    not_found(
        gateway
            .describe_invitation(with(&foreign, read(name)))
            .await,
    );
}

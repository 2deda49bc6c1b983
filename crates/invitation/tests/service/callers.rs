//! Who may call what. Written from the requirements, not from the declarations.
//!
//! A caller that a method is not for is refused before its request is looked at, so an empty
//! request tells who is let in: it is then refused for its fields.

use platform::identity::Peer;
use platform::keys::Grant;
use proto::invitation::internal::v1::{CreateInvitationRequest, DescribeInvitationRequest};
use proto::invitation::v1::{
    DeclineInvitationRequest, FinishInvitationRequest, GetAcceptanceRequest, GetInvitationRequest,
    ListInvitationsRequest, ResendInvitationRequest, RevokeInvitationRequest,
};
use tests::{Store, on_both_stores, with};
use tonic::{Code, Request, Status};

use crate::world::{World, not_found};

on_both_stores!(
    every_method_is_for_its_callers_alone,
    internal_methods_answer_the_gateway_for_a_partners_admin,
    of_another_tenant_nothing_is_found,
);

/// Calls a method with an empty request.
macro_rules! call {
    ($world:expr, $token:expr, $method:ident) => {{
        let mut request = Request::new(Default::default());
        if let Some(token) = $token {
            let bearer = format!("Bearer {token}").parse().unwrap();
            request.metadata_mut().insert("authorization", bearer);
        }
        $world
            .public()
            .$method(request)
            .await
            .map(drop)
            .unwrap_err()
    }};
}

async fn answers(world: &World, token: Option<&str>) -> [Status; 9] {
    [
        call!(world, token, get_invitation),
        call!(world, token, list_invitations),
        call!(world, token, finish_invitation),
        call!(world, token, resend_invitation),
        call!(world, token, revoke_invitation),
        call!(world, token, inspect_invitation),
        call!(world, token, accept_invitation),
        call!(world, token, decline_invitation),
        call!(world, token, get_acceptance),
    ]
}

/// R1: Global admins and Admin agents act for a partner, Global admins for a customer, operations
/// staff reads; everybody with a token may inspect; another service of the company has no business
/// here.
async fn every_method_is_for_its_callers_alone(store: Store) {
    let world = World::start(&store).await;
    let token = |grant: &Grant| Some(world.system.token(grant));
    let tenant = || Grant::tenant("contoso");
    let callers = [
        (
            "global admin",
            token(&tenant().role("global-admin")),
            [true; 9],
        ),
        (
            "admin agent",
            token(&tenant().role("admin-agent")),
            [true, true, true, true, true, true, false, false, false],
        ),
        (
            "another role",
            token(&tenant().role("billing-admin")),
            [false, false, false, false, false, true, false, false, false],
        ),
        (
            "operator",
            token(&Grant::operator()),
            [true, true, false, false, false, true, false, false, true],
        ),
        ("service", token(&Grant::service()), [false; 9]),
        ("no token", None, [false; 9]),
        ("not a token", Some("e30.e30.e30".to_owned()), [false; 9]),
    ];
    for (caller, token, allowed) in callers {
        for (number, status) in answers(&world, token.as_deref())
            .await
            .into_iter()
            .enumerate()
        {
            let expected = match (caller, allowed[number]) {
                (_, true) => Code::InvalidArgument,
                ("no token" | "not a token", _) => Code::Unauthenticated,
                _ => Code::PermissionDenied,
            };
            assert_eq!(
                status.code(),
                expected,
                "{caller}, method {number}: {status:?}"
            );
        }
    }
}

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
    let mut client = world.public();
    let own_tenant = name.replace("contoso", "fabrikam");
    for name in [name.clone(), own_tenant] {
        let message = GetInvitationRequest { name: name.clone() };
        not_found(client.get_invitation(with(&foreign, message)).await);
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

//! A bound address, corrected by sending the invitation again.

use platform::keys::Grant;
use proto::invitation::v1::invitation::BoundTo;
use proto::invitation::v1::{
    AcceptanceState, Invitation, ListInvitationsRequest, ResendInvitationRequest,
    ResendInvitationResponse,
};
use tests::{Store, on_both_stores, refused, with};
use tonic::Status;

use crate::world::{DAY, World, acceptance, fields, joint, not_found, reason};

on_both_stores!(
    a_bound_address_is_corrected_by_resending,
    only_an_address_is_corrected,
);

async fn resend(
    world: &World,
    message: ResendInvitationRequest,
) -> Result<ResendInvitationResponse, Status> {
    let mut client = world.public();
    let answer = client.resend_invitation(with(&world.admin("contoso"), message));
    answer.await.map(tonic::Response::into_inner)
}

fn corrected(name: &str, email: &str) -> ResendInvitationRequest {
    ResendInvitationRequest {
        name: name.to_owned(),
        bound_email: email.to_owned(),
        ..Default::default()
    }
}

fn bound(bound_to: BoundTo) -> Invitation {
    Invitation {
        bound_to: Some(bound_to),
        ..joint()
    }
}

/// P9: the new link is for the corrected address alone; the old one says that it was superseded, to
/// whoever it was for as well. A repeat answers the same link.
async fn a_bound_address_is_corrected_by_resending(store: Store) {
    let world = World::start(&store).await;
    let of = |email: &str| {
        let grant = Grant::tenant("adatum").role("global-admin").subject("ana");
        world.system.token(&grant.email(email))
    };
    let (wrong, right) = (of("ana@adtum.example"), of("ana@adatum.example"));
    let made = world
        .invite(bound(BoundTo::BoundEmail("ana@adtum.example".into())))
        .await;
    let name = made.invitation.unwrap().name;
    not_found(world.inspect(&right, &made.link).await);

    let message = ResendInvitationRequest {
        request_id: world.clock.id().to_string(),
        ..corrected(&name, "Ana@Adatum.Example")
    };
    let sent = resend(&world, message.clone()).await.unwrap();
    let invitation = sent.invitation.clone().unwrap();
    let expected = BoundTo::BoundEmail("ana@adatum.example".to_owned());
    assert_eq!(invitation.bound_to, Some(expected));
    assert_eq!(world.invitation(&name).await, invitation);
    assert_eq!(resend(&world, message.clone()).await.unwrap(), sent);
    let reused = ResendInvitationRequest {
        bound_email: "rui@adatum.example".to_owned(),
        ..message
    };
    let reused = resend(&world, reused).await.unwrap_err();
    assert_eq!(refused(&reused).reason, "REQUEST_ID_REUSED");

    for token in [&right, &wrong] {
        assert_eq!(reason(world.inspect(token, &made.link).await), "SUPERSEDED");
        let accepted = world
            .accept_as(token, acceptance("adatum", &made.link))
            .await;
        assert_eq!(reason(accepted), "SUPERSEDED");
    }
    not_found(world.inspect(&of("rui@adatum.example"), &made.link).await);
    not_found(world.inspect(&wrong, &sent.link).await);
    not_found(
        world
            .accept_as(&wrong, acceptance("adatum", &sent.link))
            .await,
    );
    let listed = |token: String| {
        let mut client = world.public();
        async move {
            let message = ListInvitationsRequest {
                parent: "customers/adatum".to_owned(),
                ..Default::default()
            };
            let answer = client.list_invitations(with(&token, message)).await;
            answer.unwrap().into_inner().invitations.len()
        }
    };
    assert_eq!((listed(wrong).await, listed(right.clone()).await), (0, 1));
    let accepted = world
        .accept_as(&right, acceptance("adatum", &sent.link))
        .await;
    assert_eq!(accepted.unwrap().state(), AcceptanceState::Established);
}

/// P9: what is bound to a customer or a domain, or to nobody, is told so, and stays as it is; an
/// expired one can be corrected, and what is no address is refused.
async fn only_an_address_is_corrected(store: Store) {
    let world = World::start(&store).await;
    for bound_to in [
        None,
        Some(BoundTo::BoundCustomer("customers/adatum".to_owned())),
        Some(BoundTo::BoundEmailDomain("adtum.example".to_owned())),
    ] {
        let made = world
            .invite(Invitation {
                bound_to,
                ..joint()
            })
            .await;
        let before = made.invitation.unwrap();
        let answer = resend(&world, corrected(&before.name, "ana@adatum.example")).await;
        let message = answer.as_ref().unwrap_err().message().to_owned();
        assert_eq!(reason(answer), "NOT_BOUND_TO_ADDRESS");
        assert!(message.contains("not bound to an address"), "{message}");
        assert_eq!(world.invitation(&before.name).await, before);
    }
    let made = world
        .invite(bound(BoundTo::BoundEmail("ana@adtum.example".into())))
        .await;
    let name = made.invitation.unwrap().name;
    for bad in [
        "ana",
        "Ana <ana@adatum.example>",
        "a@b@adatum.example",
        "ana@adatum.example\n",
    ] {
        let answer = resend(&world, corrected(&name, bad)).await;
        assert_eq!(fields(answer), ["bound_email"]);
    }
    world.clock.advance(31 * DAY);
    let sent = resend(&world, corrected(&name, "ana@adatum.example")).await;
    assert_ne!(sent.unwrap().link, "");
}

//! What an inviter is warned of, and what a request answers that only checks.

use invitation::Config;
use platform::identity::Peer;
use proto::invitation::internal::v1::{CreateInvitationRequest, CreateInvitationResponse};
use proto::invitation::v1::invitation::BoundTo;
use proto::invitation::v1::{
    AcceptInvitationRequest, Consent, Invitation, ListInvitationsRequest, RevokeInvitationRequest,
    WarningReason,
};
use tests::{Store, exhausted, on_both_stores, refused, to_noon, with};
use tonic::Status;

use crate::world::{DAY, World, acceptance, fields, joint};

on_both_stores!(
    a_related_customer_is_warned_of,
    an_open_invitation_like_it_is_warned_of,
    what_is_only_checked_leaves_nothing,
    every_check_is_made_of_what_is_only_checked,
);

async fn ask(
    world: &World,
    invitation: Invitation,
    request_id: &str,
    validate_only: bool,
) -> Result<CreateInvitationResponse, Status> {
    let message = CreateInvitationRequest {
        parent: "partners/contoso".to_owned(),
        invitation: Some(invitation),
        request_id: request_id.to_owned(),
        validate_only,
    };
    let mut gateway = world.internal(Some(Peer::Gateway));
    let answer = gateway.create_invitation(with(&world.admin("contoso"), message));
    answer.await.map(tonic::Response::into_inner)
}

/// What contoso would be warned of.
async fn warned(world: &World, invitation: Invitation) -> Vec<(WarningReason, String)> {
    let id = world.clock.id().to_string();
    let answer = ask(world, invitation, &id, true).await.unwrap();
    let warnings = answer.warnings.into_iter();
    let warnings = warnings.inspect(|it| assert!(!it.message.is_empty()));
    warnings.map(|it| (it.reason(), it.invitation)).collect()
}

fn bound(bound_to: BoundTo) -> Invitation {
    Invitation {
        bound_to: Some(bound_to),
        ..joint()
    }
}

fn to_adatum() -> BoundTo {
    BoundTo::BoundCustomer("customers/adatum".to_owned())
}

/// P7: a customer that is related to the inviter is warned of where it is named, and invited
/// nevertheless; whether it is related to the provider is the provider's.
async fn a_related_customer_is_warned_of(store: Store) {
    let world = World::start(&store).await;
    assert!(warned(&world, bound(to_adatum())).await.is_empty());
    let (_, link) = world.invite_jointly().await;
    world.accept("adatum", &link).await.unwrap();
    let related = [(WarningReason::CustomerRelated, String::new())];
    assert_eq!(warned(&world, bound(to_adatum())).await, related);
    let alone = Invitation {
        bound_to: Some(to_adatum()),
        ..Default::default()
    };
    assert_eq!(warned(&world, alone.clone()).await, related);
    for others in [
        joint(),
        bound(BoundTo::BoundCustomer("customers/woodgrove".to_owned())),
        bound(BoundTo::BoundEmailDomain("adatum.example".to_owned())),
    ] {
        assert!(warned(&world, others).await.is_empty());
    }
    let id = world.clock.id().to_string();
    let made = ask(&world, alone.clone(), &id, false).await.unwrap();
    assert_eq!(made.warnings[0].reason(), WarningReason::CustomerRelated);
    let link = made.description.clone().unwrap().link;
    assert_ne!(link, "");
    // a repeat is answered before anybody is asked
    let again = ask(&world, alone, &id, false).await.unwrap();
    assert_eq!(
        (again.description, again.warnings.len()),
        (made.description, 0)
    );
    let consent = Consent {
        wording_id: "consent-2".to_owned(),
        language: "en".to_owned(),
    };
    let message = AcceptInvitationRequest {
        consent: Some(consent),
        ..acceptance("adatum", &link)
    };
    let accepted = world.accept_as(&world.admin("adatum"), message).await;
    assert_eq!(accepted.unwrap().relationships.len(), 1);
}

/// P7: of an open invitation of the same parties that is bound to the same, by its name; not of one
/// of other parties, bound otherwise or to nobody, or not open any more.
async fn an_open_invitation_like_it_is_warned_of(store: Store) {
    let world = World::start(&store).await;
    let email = |text: &str| BoundTo::BoundEmail(text.to_owned());
    let domain = || BoundTo::BoundEmailDomain("adatum.example".to_owned());
    world.invite(joint()).await;
    assert!(
        warned(&world, joint()).await.is_empty(),
        "it may be for anybody"
    );
    for (bound_to, other) in [
        (
            to_adatum(),
            BoundTo::BoundCustomer("customers/woodgrove".to_owned()),
        ),
        (email("ana@adatum.example"), email("rui@adatum.example")),
        (domain(), email("eva@adatum.example")),
    ] {
        let first = world.invite(bound(bound_to.clone())).await;
        let first = first.invitation.unwrap().name;
        assert!(warned(&world, bound(other)).await.is_empty());
        let alone = Invitation {
            bound_to: Some(bound_to.clone()),
            ..Default::default()
        };
        assert!(warned(&world, alone).await.is_empty(), "of other parties");
        let open = |name: &str| [(WarningReason::OpenInvitation, name.to_owned())];
        assert_eq!(warned(&world, bound(bound_to.clone())).await, open(&first));
        let id = world.clock.id().to_string();
        let second = ask(&world, bound(bound_to.clone()), &id, false)
            .await
            .unwrap();
        assert_eq!(second.warnings[0].invitation, first);
        let second = second.description.unwrap().invitation.unwrap().name;
        assert_eq!(warned(&world, bound(bound_to.clone())).await, open(&second));
        for name in [second, first] {
            let message = RevokeInvitationRequest {
                name,
                ..Default::default()
            };
            let mut client = world.public();
            let revoked = client.revoke_invitation(with(&world.admin("contoso"), message));
            revoked.await.unwrap();
        }
        assert!(warned(&world, bound(bound_to.clone())).await.is_empty());
        world.invite(bound(bound_to.clone())).await;
        world.clock.advance(31 * DAY);
        assert!(warned(&world, bound(bound_to)).await.is_empty(), "expired");
    }
    let mixed = email("ANA@Adatum.Example");
    let made = world.invite(bound(mixed)).await.invitation.unwrap().name;
    let same = warned(&world, bound(email("ana@adatum.example"))).await;
    assert_eq!(same, [(WarningReason::OpenInvitation, made)]);
}

/// P7: what is only checked tells what it would say, and leaves no invitation, no link, no use of a
/// quota and no memory of its request.
async fn what_is_only_checked_leaves_nothing(store: Store) {
    let config = Config {
        invitations_per_day: 1,
        open_invitations: 1,
        ..World::config()
    };
    let world = World::configured(&store, config).await;
    to_noon(&world.clock);
    let asked = Invitation {
        correlation_id: "CRM-77".to_owned(),
        language: "pt".to_owned(),
        ..bound(to_adatum())
    };
    let id = world.clock.id().to_string();
    for _ in 0..3 {
        let checked = ask(&world, asked.clone(), &id, true).await.unwrap();
        let description = checked.description.unwrap();
        let would_be = description.invitation.unwrap();
        let expected = Invitation {
            language: "pt-BR".to_owned(),
            lifetime_days: 30,
            parties: would_be.parties.clone(),
            ..asked.clone()
        };
        assert_eq!((would_be, description.link.as_str()), (expected, ""));
    }
    let everything = || ListInvitationsRequest {
        parent: "partners/contoso".to_owned(),
        ..Default::default()
    };
    let mut client = world.public();
    let admin = world.admin("contoso");
    let listed = client.list_invitations(with(&admin, everything())).await;
    assert!(listed.unwrap().into_inner().invitations.is_empty());

    let made = ask(&world, asked.clone(), &id, false).await.unwrap();
    let name = made.description.unwrap().invitation.unwrap().name;
    // what would be made by then is refused, as it would be
    let another = world.clock.id().to_string();
    let status = ask(&world, asked.clone(), &another, true)
        .await
        .unwrap_err();
    exhausted(&status, "DAILY_QUOTA");
    world.clock.advance(DAY);
    let status = ask(&world, asked.clone(), &another, true)
        .await
        .unwrap_err();
    exhausted(&status, "OPEN_QUOTA");
    let message = RevokeInvitationRequest {
        name,
        ..Default::default()
    };
    client
        .revoke_invitation(with(&admin, message))
        .await
        .unwrap();
    for validate_only in [true, true, false] {
        ask(&world, asked.clone(), &another, validate_only)
            .await
            .unwrap();
    }
    let listed = client.list_invitations(with(&admin, everything())).await;
    assert_eq!(listed.unwrap().into_inner().invitations.len(), 2);
}

/// P7: what could not be created is refused alike: its fields, its parties, its request.
async fn every_check_is_made_of_what_is_only_checked(store: Store) {
    let world = World::start(&store).await;
    let id = || world.clock.id().to_string();
    let malformed = bound(BoundTo::BoundEmail("ana".to_owned()));
    assert_eq!(
        fields(ask(&world, malformed, &id(), true).await),
        ["invitation.bound_email"]
    );
    assert_eq!(fields(ask(&world, joint(), "", true).await), ["request_id"]);
    let unconnected = Invitation {
        provider: "partners/nobody".to_owned(),
        ..Default::default()
    };
    let status = ask(&world, unconnected, &id(), true).await.unwrap_err();
    assert_eq!(refused(&status).reason, "PARTNERSHIP_REQUIRED");
    let used = id();
    ask(&world, bound(to_adatum()), &used, false).await.unwrap();
    let status = ask(&world, joint(), &used, true).await.unwrap_err();
    assert_eq!(refused(&status).reason, "REQUEST_ID_REUSED");
    // the one that it was made with before is like it
    let checked = ask(&world, bound(to_adatum()), &used, true).await.unwrap();
    assert_eq!(checked.warnings[0].reason(), WarningReason::OpenInvitation);
    world.suspend("contoso").await;
    let status = ask(&world, joint(), &id(), true).await.unwrap_err();
    assert_eq!(refused(&status).reason, "PARTNER_NOT_ACTIVE");
}

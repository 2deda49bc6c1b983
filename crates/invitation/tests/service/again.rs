//! Accepting again, or at once: the same customer, another one, the same request.

use platform::keys::Grant;
use proto::invitation::v1::{
    AcceptInvitationRequest, Acceptance, Consent, InvitationState, ResendInvitationRequest,
};
use tests::{Store, on_both_stores, refused, with};
use tokio::task::JoinSet;
use tonic::Code;

use crate::world::{World, acceptance, not_found, reason};

on_both_stores!(
    the_same_customer_gets_the_same_answer_and_others_none,
    of_64_acceptances_at_once_one_customer_wins,
    a_repeated_request_is_recognised,
);

/// R18, R31: the customer that accepted gets its acceptance, whatever it sends and whichever of the
/// links it holds; another one is told that the link is used, and never by whom.
async fn the_same_customer_gets_the_same_answer_and_others_none(store: Store) {
    let world = World::start(&store).await;
    let (name, first) = world.invite_jointly().await;
    let resend = ResendInvitationRequest {
        name,
        ..Default::default()
    };
    let answer = world
        .public()
        .resend_invitation(with(&world.admin("contoso"), resend))
        .await;
    let second = answer.unwrap().into_inner().link;
    let accepted = world.accept("adatum", &second).await.unwrap();

    let stale = AcceptInvitationRequest {
        consent: Some(Consent {
            wording_id: "an-older-one".into(),
            language: "en".into(),
        }),
        account: None,
        ..acceptance("adatum", &first)
    };
    let other_user = world
        .system
        .token(&Grant::tenant("adatum").role("global-admin").subject("rui"));
    for (token, message) in [
        (world.admin("adatum"), acceptance("adatum", &second)),
        (world.admin("adatum"), acceptance("adatum", &first)),
        (world.admin("adatum"), stale),
        (other_user, acceptance("adatum", &second)),
    ] {
        assert_eq!(world.accept_as(&token, message).await.unwrap(), accepted);
    }
    let seen = world
        .inspect(&world.admin("adatum"), &second)
        .await
        .unwrap();
    assert_eq!(
        (seen.state(), seen.acceptance),
        (InvitationState::Accepted, accepted.name.clone())
    );
    let declined = world.decline("adatum", &second).await;
    assert_eq!(
        refused(declined.as_ref().unwrap_err()).metadata["state"],
        "ACCEPTED"
    );
    assert_eq!(reason(declined), "INVITATION_STATE");

    let status = world.accept("woodgrove", &second).await.unwrap_err();
    assert!(!format!("{status:?}").contains("adatum"));
    assert_eq!(refused(&status).reason, "ALREADY_USED");
    assert_eq!(
        reason(world.inspect(&world.admin("woodgrove"), &second).await),
        "ALREADY_USED"
    );
    assert_eq!(
        reason(world.decline("woodgrove", &second).await),
        "ALREADY_USED"
    );
    assert_eq!(
        reason(world.accept("woodgrove", &first).await),
        "SUPERSEDED"
    );
    let foreign = accepted.name.replace("adatum", "woodgrove");
    not_found(world.acceptance("woodgrove", &foreign).await);
    not_found(world.acceptance("woodgrove", &accepted.name).await);
}

/// R21, R36: 64 acceptances of one link at once, of four customers: one of them gets it, each of
/// its callers the same answer.
async fn of_64_acceptances_at_once_one_customer_wins(store: Store) {
    let world = World::start(&store).await;
    let (_, link) = world.invite_jointly().await;
    let mut racers = JoinSet::new();
    for number in 0..64 {
        let customer = format!("customer-{}", number % 4);
        let request = with(&world.admin(&customer), acceptance(&customer, &link));
        let mut client = world.public();
        racers.spawn(async move { client.accept_invitation(request).await });
    }
    let answers = racers.join_all().await;
    let accepted: Vec<Acceptance> = answers
        .iter()
        .flatten()
        .map(|answer| answer.get_ref().acceptance.clone().unwrap())
        .collect();
    assert_eq!(accepted.len(), 16);
    assert!(
        accepted
            .iter()
            .all(|acceptance| acceptance.name == accepted[0].name)
    );
    for status in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert_eq!(refused(status).reason, "ALREADY_USED");
    }
    for partner in ["contoso", "fabrikam"] {
        assert_eq!(world.customers_of(partner).await.len(), 1);
    }
    assert_eq!(world.privileges_of("contoso").await.len(), 1);
}

/// R36: a request_id comes again with the same answer; with other content it is refused before
/// anything else is looked at.
async fn a_repeated_request_is_recognised(store: Store) {
    let world = World::start(&store).await;
    let (_, link) = world.invite_jointly().await;
    let admin = world.admin("adatum");
    let request_id = world.clock.id().to_string();
    let message = AcceptInvitationRequest {
        request_id,
        ..acceptance("adatum", &link)
    };
    let accepted = world.accept_as(&admin, message.clone()).await.unwrap();
    assert_eq!(
        world.accept_as(&admin, message.clone()).await.unwrap(),
        accepted
    );
    let (_, another) = world.invite_jointly().await;
    for other in [
        AcceptInvitationRequest {
            account: None,
            ..message.clone()
        },
        AcceptInvitationRequest {
            link: another,
            ..message
        },
    ] {
        let status = world.accept_as(&admin, other).await.unwrap_err();
        assert_eq!(
            (status.code(), refused(&status).reason.as_str()),
            (Code::AlreadyExists, "REQUEST_ID_REUSED")
        );
    }
}

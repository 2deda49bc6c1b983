//! Inviting again and again: repeats of one request, and more invitations than a partner may make.

use platform::identity::Peer;
use proto::invitation::internal::v1::CreateInvitationRequest;
use proto::invitation::v1::invitation::BoundTo;
use proto::invitation::v1::{Invitation, RevokeInvitationRequest};
use proto::relationship::v1::PartnerKind;
use tests::{Store, exhausted, on_both_stores, refused, to_noon, with};
use tokio::task::JoinSet;
use tonic::Code;

use crate::world::{DAY, World, joint};

on_both_stores!(
    a_repeated_request_answers_the_same_invitation_and_link,
    a_repeat_is_told_by_what_the_caller_may_set,
    limits_refuse_with_the_time_to_come_back,
);

/// R12: repeating a request changes nothing and answers the invitation as it stands now, with its
/// link while it is open.
async fn a_repeated_request_answers_the_same_invitation_and_link(store: Store) {
    let world = World::start(&store).await;
    let request_id = world.clock.id().to_string();
    let mut racers = JoinSet::new();
    for _ in 0..64 {
        let mut gateway = world.internal(Some(Peer::Gateway));
        let message = CreateInvitationRequest {
            parent: "partners/contoso".to_owned(),
            invitation: Some(joint()),
            request_id: request_id.clone(),
            ..Default::default()
        };
        let request = with(&world.admin("contoso"), message);
        racers.spawn(async move {
            gateway
                .create_invitation(request)
                .await
                .unwrap()
                .into_inner()
                .description
                .unwrap()
        });
    }
    let made = racers.join_all().await;
    assert!(made.iter().all(|description| *description == made[0]));

    let other = world
        .create("contoso", Invitation::default(), &request_id)
        .await
        .unwrap_err();
    let refusal = refused(&other);
    assert_eq!(
        (refusal.code, refusal.reason.as_str()),
        (Code::AlreadyExists, "REQUEST_ID_REUSED")
    );
    // also where the act could not be done any more
    world.end_partnership().await;
    world.suspend("contoso").await;
    assert_eq!(
        world.create("contoso", joint(), &request_id).await.unwrap(),
        made[0]
    );
    // another tenant's request_id is another one
    world.enroll("litware", PartnerKind::IndirectReseller).await;
    let litware = world
        .create("litware", Invitation::default(), &request_id)
        .await
        .unwrap();
    assert_ne!(litware.link, made[0].link);

    let name = made[0].invitation.clone().unwrap().name;
    let revoke = RevokeInvitationRequest {
        name,
        ..Default::default()
    };
    let revoked = world
        .public()
        .revoke_invitation(with(&world.admin("contoso"), revoke))
        .await;
    let now = world.create("contoso", joint(), &request_id).await.unwrap();
    assert_eq!(now.invitation, revoked.unwrap().into_inner().invitation);
    assert_eq!(now.link, "");
}

/// R12: a caller that repeats with the defaults written out, or with the invitation that it was
/// answered, repeats; one that asks for anything else does not.
async fn a_repeat_is_told_by_what_the_caller_may_set(store: Store) {
    let world = World::start(&store).await;
    let request_id = world.clock.id().to_string();
    let asked = Invitation {
        bound_to: Some(BoundTo::BoundEmail("Ana@Adatum.Example".to_owned())),
        ..joint()
    };
    let made = world
        .create("contoso", asked.clone(), &request_id)
        .await
        .unwrap();
    let answered = made.invitation.clone().unwrap();
    let written_out = Invitation {
        language: "en".to_owned(),
        lifetime_days: 30,
        ..asked.clone()
    };
    let sent_back = Invitation {
        etag: "77".to_owned(),
        customer: "customers/woodgrove".to_owned(),
        ..answered.clone()
    };
    for repeat in [asked.clone(), written_out, answered, sent_back] {
        let again = world.create("contoso", repeat, &request_id).await;
        assert_eq!(again.unwrap(), made);
    }
    type Change = fn(&mut Invitation);
    let others: [Change; 8] = [
        |asked| asked.provider.clear(),
        |asked| asked.bound_to = None,
        |asked| asked.correlation_id = "7".to_owned(),
        |asked| asked.acquisition = "others".to_owned(),
        |asked| asked.language = "pt-BR".to_owned(),
        |asked| asked.message = "Hello".to_owned(),
        |asked| asked.lifetime_days = 29,
        |asked| asked.privilege_lifetime_days = 1,
    ];
    for (number, change) in others.into_iter().enumerate() {
        let mut other = asked.clone();
        change(&mut other);
        let status = world.create("contoso", other, &request_id).await;
        let refusal = refused(&status.unwrap_err());
        assert_eq!(refusal.reason, "REQUEST_ID_REUSED", "{number}");
    }
}

/// R12: as many a day and as many open as are configured, with the time after which it is worth
/// trying again.
async fn limits_refuse_with_the_time_to_come_back(store: Store) {
    let config = invitation::Config {
        invitations_per_day: 3,
        open_invitations: 2,
        ..World::config()
    };
    let world = World::configured(&store, config).await;
    to_noon(&world.clock);
    let first = world
        .invite(Invitation::default())
        .await
        .invitation
        .unwrap();
    world.invite(Invitation::default()).await;
    let attempt = || async {
        let request_id = world.clock.id().to_string();
        world
            .create("contoso", Invitation::default(), &request_id)
            .await
    };
    let open = attempt().await.unwrap_err();
    exhausted(&open, "OPEN_QUOTA");
    let revoke = RevokeInvitationRequest {
        name: first.name,
        ..Default::default()
    };
    world
        .public()
        .revoke_invitation(with(&world.admin("contoso"), revoke))
        .await
        .unwrap();
    attempt().await.unwrap();
    let today = attempt().await.unwrap_err();
    let retry = exhausted(&today, "DAILY_QUOTA");
    assert!(retry > DAY / 3 && retry <= DAY / 2, "{retry:?}");
    world.clock.advance(retry);
    assert_eq!(refused(&attempt().await.unwrap_err()).reason, "OPEN_QUOTA");
}

//! What is done again and again: only so often, and the answer says when it is worth trying again.

use std::time::Duration;

use invitation::Config;
use platform::keys::Grant;
use proto::invitation::v1::{
    InspectInvitationRequest, ResendInvitationRequest, ResendInvitationResponse,
};
use tests::{Store, exhausted, on_both_stores, to_noon, with};
use tokio::task::JoinSet;
use tonic::{Code, Status};

use crate::world::{DAY, World, acceptance};

on_both_stores!(
    an_invitation_is_sent_again_so_often_a_day,
    who_guesses_at_links_is_told_nothing_any_more,
);

/// One invitation is sent again as often as a day has it, also where it is asked for at once;
/// another one as well.
async fn an_invitation_is_sent_again_so_often_a_day(store: Store) {
    let config = Config {
        resends_per_day: 3,
        ..World::config()
    };
    let world = World::configured(&store, config).await;
    to_noon(&world.clock);
    let (name, _) = world.invite_jointly().await;
    let resend = |name: &str, request_id: &str| {
        let message = ResendInvitationRequest {
            name: name.to_owned(),
            request_id: request_id.to_owned(),
            ..Default::default()
        };
        let (mut client, request) = (world.public(), with(&world.admin("contoso"), message));
        async move { Ok(client.resend_invitation(request).await?.into_inner()) }
    };
    let id = world.clock.id().to_string();
    let first: ResendInvitationResponse = resend(&name, &id).await.unwrap();
    let mut racers = JoinSet::new();
    for _ in 0..8 {
        racers.spawn(resend(&name, ""));
    }
    let sent = racers.join_all().await.into_iter();
    let refusals: Vec<Status> = sent.filter_map(Result::err).collect();
    assert_eq!(refusals.len(), 6, "{refusals:?}");
    for status in &refusals {
        let after = exhausted(status, "RESEND_QUOTA");
        assert!(after > DAY / 3 && after <= DAY / 2, "{after:?}");
    }
    let now = world.invitation(&name).await;
    assert_eq!(now.generation, 4);
    let again = resend(&name, &id).await.unwrap().invitation.unwrap();
    assert_eq!(
        (again.name, again.generation),
        (first.invitation.unwrap().name, 4)
    );

    let (other, _) = world.invite_jointly().await;
    resend(&other, "").await.unwrap();
    world.clock.advance(exhausted(&refusals[0], "RESEND_QUOTA"));
    resend(&name, "").await.unwrap();
}

/// R18: of 100 guesses at once three are told that there is no such link. Then the guesser is told
/// nothing about any link, also not about a genuine one; others are, of the same organisation too.
async fn who_guesses_at_links_is_told_nothing_any_more(store: Store) {
    // so few that none is forgiven while this is tried
    let config = Config {
        wrong_links_per_minute: 3,
        ..World::config()
    };
    let world = World::configured(&store, config).await;
    let (_, link) = world.invite_jointly().await;
    let guesser = || Grant::tenant("woodgrove").subject("eve");
    let stranger = world.system.token(&guesser());
    let mut guesses = JoinSet::new();
    let (signed, mac) = link.rsplit_once('.').unwrap();
    let (named, _) = signed.rsplit_once('.').unwrap();
    for generation in 100..200 {
        let message = InspectInvitationRequest {
            link: format!("{named}.{generation}.{mac}"),
            ..Default::default()
        };
        let (mut client, request) = (world.public(), with(&stranger, message));
        guesses.spawn(async move { client.inspect_invitation(request).await.map(drop) });
    }
    let guesses = guesses.join_all().await.into_iter();
    let (looked_at, refused): (Vec<_>, Vec<_>) = guesses
        .map(Result::unwrap_err)
        .partition(|status| status.code() == Code::NotFound);
    assert_eq!((looked_at.len(), refused.len()), (3, 97));
    for status in &refused {
        assert!(exhausted(status, "WRONG_LINKS") <= Duration::from_secs(20));
    }
    let admin = world.system.token(&guesser().role("global-admin"));
    let accepting = acceptance("woodgrove", &link);
    for answer in [
        world.inspect(&stranger, &link).await.map(drop),
        world.inspect(&admin, &link).await.map(drop),
        world.accept_as(&admin, accepting.clone()).await.map(drop),
    ] {
        exhausted(&answer.unwrap_err(), "WRONG_LINKS");
    }
    world.inspect(&world.admin("adatum"), &link).await.unwrap();
    world.inspect(&world.operator(), &link).await.unwrap();
    let colleague = world.admin("woodgrove");
    world.inspect(&colleague, &link).await.unwrap();
    world.clock.advance(Duration::from_secs(60));
    world.accept_as(&admin, accepting).await.unwrap();
}

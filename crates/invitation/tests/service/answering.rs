//! Done, resend, revoke, decline and expiry: who acts first decides, and whoever comes later is
//! told what it found.

use proto::invitation::v1::{
    DeclineInvitationRequest, FinishInvitationRequest, Invitation, InvitationState,
    ResendInvitationRequest, ResendInvitationResponse, RevokeInvitationRequest,
};
use proto::notification::v1::NoticeKind;
use tests::{Store, eventually, on_both_stores, refused, with};
use tonic::{Code, Status};

use crate::others::seconds_between;
use crate::world::{DAY, PATIENCE, World, acceptance, fields, joint, not_found, reason};

on_both_stores!(
    done_ends_drafting_once,
    a_resend_makes_a_new_link_and_supersedes_the_old,
    a_revoked_invitation_is_over,
    a_declined_invitation_tells_its_inviter_alone,
    an_invitation_expires_for_everybody_at_once,
    an_etag_guards_every_change,
);

async fn finish(world: &World, message: FinishInvitationRequest) -> Result<Invitation, Status> {
    let answer = world
        .public()
        .finish_invitation(with(&world.admin("contoso"), message))
        .await;
    answer.map(|answer| answer.into_inner().invitation.unwrap())
}

async fn resend(
    world: &World,
    message: ResendInvitationRequest,
) -> Result<ResendInvitationResponse, Status> {
    let answer = world
        .public()
        .resend_invitation(with(&world.admin("contoso"), message))
        .await;
    answer.map(tonic::Response::into_inner)
}

async fn revoke(world: &World, message: RevokeInvitationRequest) -> Result<Invitation, Status> {
    let answer = world
        .public()
        .revoke_invitation(with(&world.admin("contoso"), message))
        .await;
    answer.map(|answer| answer.into_inner().invitation.unwrap())
}

fn of<T: Default>(name: &str, set: impl FnOnce(&mut T, String)) -> T {
    let mut message = T::default();
    set(&mut message, name.to_owned());
    message
}

/// R19, R20, R32: Done ends drafting, once; again changes nothing. Nobody is told, and acceptance
/// never waits for it.
async fn done_ends_drafting_once(store: Store) {
    let world = World::start(&store).await;
    let (name, link) = world.invite_jointly().await;
    let done = || of(&name, |m: &mut FinishInvitationRequest, name| m.name = name);
    let finished = finish(&world, done()).await.unwrap();
    assert!(finished.finish_time.is_some());
    assert_eq!(finished.state(), InvitationState::Open);
    world.clock.advance(DAY);
    assert_eq!(finish(&world, done()).await.unwrap(), finished);
    assert_eq!(
        world
            .accept("adatum", &link)
            .await
            .unwrap()
            .relationships
            .len(),
        2
    );
    let late = finish(&world, done()).await;
    assert_eq!(
        refused(late.as_ref().unwrap_err()).metadata["state"],
        "ACCEPTED"
    );
    assert_eq!(reason(late), "INVITATION_STATE");
    assert_eq!(
        world.told("contoso", 1).await[0].0,
        NoticeKind::InvitationAccepted
    );
}

/// A resend makes a new link with the full lifetime; the old one says so. A repeat with the
/// same request_id answers the same link, and none once the invitation is not open any more.
async fn a_resend_makes_a_new_link_and_supersedes_the_old(store: Store) {
    let world = World::start(&store).await;
    let (name, first) = world.invite_jointly().await;
    let done = of(&name, |m: &mut FinishInvitationRequest, name| m.name = name);
    finish(&world, done).await.unwrap();
    world.clock.advance(29 * DAY);
    let request_id = world.clock.id().to_string();
    let again = ResendInvitationRequest {
        name: name.clone(),
        request_id,
        ..Default::default()
    };
    let sent = resend(&world, again.clone()).await.unwrap();
    let invitation = sent.invitation.clone().unwrap();
    assert_eq!((invitation.generation, invitation.finish_time), (2, None));
    assert_eq!(
        seconds_between(invitation.state_time, invitation.expire_time),
        30 * DAY
    );
    assert_ne!(sent.link, first);
    assert_eq!(resend(&world, again.clone()).await.unwrap(), sent);

    let adatum = world.admin("adatum");
    assert_eq!(reason(world.inspect(&adatum, &first).await), "SUPERSEDED");
    assert_eq!(reason(world.accept("adatum", &first).await), "SUPERSEDED");
    assert_eq!(reason(world.decline("adatum", &first).await), "SUPERSEDED");
    world.clock.advance(29 * DAY);
    assert!(
        world.inspect(&adatum, &sent.link).await.is_ok(),
        "past the first link's time"
    );

    world.clock.advance(DAY);
    assert_eq!(reason(world.inspect(&adatum, &sent.link).await), "EXPIRED");
    let request_id = world.clock.id().to_string();
    let again = ResendInvitationRequest {
        name: name.clone(),
        request_id,
        ..Default::default()
    };
    let third = resend(&world, again.clone()).await.unwrap();
    assert_eq!(third.invitation.unwrap().generation, 3);
    let plain = of(&name, |m: &mut ResendInvitationRequest, name| m.name = name);
    let fourth = resend(&world, plain.clone()).await.unwrap();
    assert_eq!(
        resend(&world, again.clone()).await.unwrap(),
        fourth,
        "as it stands now"
    );
    world.accept("adatum", &fourth.link).await.unwrap();
    let accepted = resend(&world, again).await.unwrap();
    assert_eq!(
        (accepted.invitation.unwrap().state(), accepted.link.as_str()),
        (InvitationState::Accepted, "")
    );
    assert_eq!(reason(resend(&world, plain).await), "INVITATION_STATE");
}

/// A revoked invitation cannot be accepted by whoever had its page open; revoking tells
/// nobody.
async fn a_revoked_invitation_is_over(store: Store) {
    let world = World::start(&store).await;
    let (name, link) = world.invite_jointly().await;
    assert!(world.inspect(&world.admin("adatum"), &link).await.is_ok());
    let request_id = world.clock.id().to_string();
    let message = RevokeInvitationRequest {
        name: name.clone(),
        request_id,
        ..Default::default()
    };
    let revoked = revoke(&world, message.clone()).await.unwrap();
    assert_eq!(revoked.state(), InvitationState::Revoked);
    assert_eq!(revoke(&world, message.clone()).await.unwrap(), revoked);
    for answer in [
        world.accept("adatum", &link).await.map(drop),
        world.decline("adatum", &link).await,
        world.inspect(&world.admin("adatum"), &link).await.map(drop),
    ] {
        assert_eq!(reason(answer), "REVOKED");
    }
    let plain = of(&name, |m: &mut RevokeInvitationRequest, name| m.name = name);
    let again = revoke(&world, plain).await;
    assert_eq!(
        refused(again.as_ref().unwrap_err()).metadata["state"],
        "REVOKED"
    );
    assert_eq!(reason(again), "INVITATION_STATE");
    let reused = RevokeInvitationRequest {
        etag: "1".to_owned(),
        ..message
    };
    assert_eq!(
        revoke(&world, reused).await.unwrap_err().code(),
        Code::AlreadyExists
    );
    let others = of(
        &name.replace("contoso", "fabrikam"),
        |m: &mut RevokeInvitationRequest, name| m.name = name,
    );
    not_found(revoke(&world, others).await);
    world.idle().await;
    assert!(world.notices_of("contoso").await.is_empty());
}

/// A customer declines, once, with its reason for the inviter to read.
async fn a_declined_invitation_tells_its_inviter_alone(store: Store) {
    let world = World::start(&store).await;
    let (name, link) = world.invite_jointly().await;
    let long = DeclineInvitationRequest {
        parent: "customers/adatum".to_owned(),
        link: link.clone(),
        reason: "é".repeat(257),
        request_id: String::new(),
        ..Default::default()
    };
    let mut client = world.public();
    assert_eq!(
        fields(
            client
                .decline_invitation(with(&world.admin("adatum"), long))
                .await
        ),
        ["reason"]
    );
    world.decline("adatum", &link).await.unwrap();
    world.decline("adatum", &link).await.unwrap();
    let invitation = world.invitation(&name).await;
    assert_eq!(invitation.state(), InvitationState::Declined);
    assert_eq!(invitation.customer, "customers/adatum");
    assert_eq!(invitation.decline_reason, "we chose another partner");
    assert_eq!(reason(world.accept("adatum", &link).await), "DECLINED");
    assert_eq!(reason(world.decline("woodgrove", &link).await), "DECLINED");
    assert_eq!(
        world.told("contoso", 1).await,
        [(
            NoticeKind::InvitationDeclined,
            "customers/adatum".to_owned()
        )]
    );
    assert!(world.notices_of("fabrikam").await.is_empty());

    let (_, second) = world.invite_jointly().await;
    let declining = |reason: &str| DeclineInvitationRequest {
        parent: "customers/adatum".to_owned(),
        link: second.clone(),
        reason: reason.to_owned(),
        request_id: "0d2d0e2c-3c4f-4b63-9a55-2a1d8f0d9b11".to_owned(),
        ..Default::default()
    };
    let admin = world.admin("adatum");
    client
        .decline_invitation(with(&admin, declining("")))
        .await
        .unwrap();
    client
        .decline_invitation(with(&admin, declining("")))
        .await
        .unwrap();
    let reused = client
        .decline_invitation(with(&admin, declining("other")))
        .await
        .unwrap_err();
    assert_eq!(refused(&reused).reason, "REQUEST_ID_REUSED");
}

/// An invitation has expired from its expire time on, before anybody recorded it; the record
/// and the notice follow, once.
async fn an_invitation_expires_for_everybody_at_once(store: Store) {
    let config = invitation::Config {
        background_interval: 1000 * DAY,
        ..World::config()
    };
    let mut world = World::configured(&store, config).await;
    let made = world
        .invite(Invitation {
            lifetime_days: 1,
            ..joint()
        })
        .await;
    let name = made.invitation.clone().unwrap().name;
    world.clock.advance(DAY);
    let expired = world.invitation(&name).await;
    assert_eq!(expired.state(), InvitationState::Expired);
    assert_eq!(expired.state_time, expired.expire_time);
    assert_ne!(expired.etag, made.invitation.unwrap().etag);
    for answer in [
        world
            .inspect(&world.admin("adatum"), &made.link)
            .await
            .map(drop),
        world
            .accept_as(&world.admin("adatum"), acceptance("adatum", &made.link))
            .await
            .map(drop),
        world.decline("adatum", &made.link).await,
    ] {
        assert_eq!(reason(answer), "EXPIRED");
    }
    assert!(
        world.notices_of("contoso").await.is_empty(),
        "nobody has recorded it"
    );
    world.restart(World::config()).await;
    assert_eq!(
        world.told("contoso", 1).await,
        [(NoticeKind::InvitationExpired, String::new())]
    );
    assert_eq!(
        world.invitation(&name).await,
        expired,
        "recording changes nothing to be seen"
    );
    assert!(world.notices_of("fabrikam").await.is_empty());

    // the next link's expiry is another one
    let message = of(&name, |m: &mut ResendInvitationRequest, name| m.name = name);
    resend(&world, message).await.unwrap();
    world.clock.advance(DAY);
    eventually("the second notice", PATIENCE, || async {
        (world.notices_of("contoso").await.len() == 2).then_some(())
    })
    .await;
}

/// R19: what has changed since it was read is not changed again unseen.
async fn an_etag_guards_every_change(store: Store) {
    let world = World::start(&store).await;
    let made = world.invite(joint()).await.invitation.unwrap();
    let (name, stale) = (made.name.clone(), made.etag.clone());
    let message = FinishInvitationRequest {
        name: name.clone(),
        etag: stale.clone(),
        ..Default::default()
    };
    let finished = finish(&world, message.clone()).await.unwrap();
    assert_ne!(finished.etag, stale);
    let resent = ResendInvitationRequest {
        name: name.clone(),
        etag: stale.clone(),
        ..Default::default()
    };
    let revoked = RevokeInvitationRequest {
        name,
        etag: stale,
        ..Default::default()
    };
    for status in [
        finish(&world, message).await.unwrap_err(),
        resend(&world, resent).await.unwrap_err(),
        revoke(&world, revoked.clone()).await.unwrap_err(),
    ] {
        assert_eq!(
            (status.code(), refused(&status).reason.as_str()),
            (Code::Aborted, "ETAG_MISMATCH")
        );
    }
    let current = RevokeInvitationRequest {
        etag: finished.etag,
        ..revoked
    };
    assert_eq!(
        revoke(&world, current).await.unwrap().state(),
        InvitationState::Revoked
    );
}

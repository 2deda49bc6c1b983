//! From claim to decision: whatever happens to the other services in between, both relationships or
//! neither.

use std::time::Duration;

use proto::invitation::v1::{
    AcceptInvitationRequest, Acceptance, AcceptanceState, InvitationState, VoidReason,
};
use proto::notification::v1::NoticeKind;
use proto::relationship::internal::v1::{ActingUser, DecideAcceptanceRequest, NewAccount, Outcome};
use tests::{Proxy, Role, Store, eventually, on_both_stores, refused, with};
use tokio::time::timeout;
use tonic::Code;

use crate::world::{PATIENCE, World, acceptance, joint, reason};

on_both_stores!(
    an_acceptance_while_decisions_are_away_is_established_later,
    a_claim_outlives_the_service_that_took_it,
    nobody_waits_longer_than_it_can_for_a_late_decision,
    a_first_try_that_fails_is_repeated_while_its_caller_waits,
    an_ended_partnership_voids_the_acceptance,
    a_suspended_party_voids_the_acceptance,
    a_decision_for_another_customer_stands,
    every_party_hears_of_an_acceptance_once,
);

/// The acceptance once it is decided.
async fn decided(world: &World, customer: &str, name: &str) -> Acceptance {
    eventually("a decision", PATIENCE, || async {
        let acceptance = world.acceptance(customer, name).await.unwrap();
        (acceptance.state() != AcceptanceState::Claimed).then_some(acceptance)
    })
    .await
}

/// R36: while nobody can decide, the customer is told that its acceptance is received; once
/// somebody can, both relationships appear without anyone asking. Where it cannot even be asked
/// whether there is an account, nothing is claimed.
async fn an_acceptance_while_decisions_are_away_is_established_later(store: Store) {
    let mut world = World::start(&store).await;
    let (name, link) = world.invite_jointly().await;
    world.system.stop(Role::Relationship);

    let without = AcceptInvitationRequest {
        account: None,
        ..acceptance("adatum", &link)
    };
    let status = world
        .accept_as(&world.admin("adatum"), without)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    assert_eq!(world.invitation(&name).await.state(), InvitationState::Open);

    let claimed = world.accept("adatum", &link).await.unwrap();
    assert_eq!(claimed.state(), AcceptanceState::Claimed);
    assert_eq!(
        claimed.message,
        "Your acceptance has been received and is being established. You need not do anything more."
    );
    assert!(claimed.relationships.is_empty() && claimed.decide_time.is_none());
    // a repeat waits alike, and asks nobody; another customer cannot come between
    assert_eq!(world.accept("adatum", &link).await.unwrap(), claimed);
    let without = AcceptInvitationRequest {
        account: None,
        ..acceptance("adatum", &link)
    };
    assert_eq!(
        world
            .accept_as(&world.admin("adatum"), without)
            .await
            .unwrap(),
        claimed
    );
    assert_eq!(
        reason(world.accept("woodgrove", &link).await),
        "ALREADY_USED"
    );
    let seen = world.inspect(&world.admin("adatum"), &link).await.unwrap();
    assert_eq!(
        (seen.state(), &seen.acceptance),
        (InvitationState::Claimed, &claimed.name)
    );
    let declined = world.decline("adatum", &link).await;
    assert_eq!(refused(&declined.unwrap_err()).metadata["state"], "CLAIMED");

    world.system.start(Role::Relationship).await;
    let established = decided(&world, "adatum", &claimed.name).await;
    assert_eq!(established.state(), AcceptanceState::Established);
    assert_eq!(
        (established.relationships.len(), established.claim_time),
        (2, claimed.claim_time)
    );
    for partner in ["contoso", "fabrikam"] {
        assert_eq!(world.customers_of(partner).await, ["customers/adatum"]);
    }
    assert_eq!(world.accept("adatum", &link).await.unwrap(), established);
}

/// R36: the claim is carried on by whichever process of the service is there.
async fn a_claim_outlives_the_service_that_took_it(store: Store) {
    let mut world = World::start(&store).await;
    let (_, link) = world.invite_jointly().await;
    world.system.stop(Role::Relationship);
    let claimed = world.accept("adatum", &link).await.unwrap();
    world.restart(World::config()).await;
    world.system.start(Role::Relationship).await;
    let established = decided(&world, "adatum", &claimed.name).await;
    assert_eq!(established.state(), AcceptanceState::Established);
}

/// R36: a caller is told within its time, and within 2 seconds, that the decision will come; what
/// was decided before the partnership ended stands, although nobody here had heard of it.
async fn nobody_waits_longer_than_it_can_for_a_late_decision(store: Store) {
    let mut world = World::start(&store).await;
    let proxy = Proxy::to(world.relationship).await;
    world.relationship = proxy.address();
    world.restart(World::config()).await;
    let (_, first) = world.invite_jointly().await;
    let (_, second) = world.invite_jointly().await;
    proxy.hold_answers();

    let mut hurried = with(&world.admin("adatum"), acceptance("adatum", &first));
    hurried.set_timeout(Duration::from_secs(1));
    let answer = world.public().accept_invitation(hurried).await.unwrap();
    let hurried = answer.into_inner().acceptance.unwrap();
    let patient = timeout(Duration::from_secs(3), world.accept("woodgrove", &second));
    let patient = patient.await.unwrap().unwrap();
    for claimed in [&hurried, &patient] {
        assert_eq!(claimed.state(), AcceptanceState::Claimed);
    }
    eventually("both decisions", PATIENCE, || async {
        (world.customers_of("fabrikam").await.len() == 2).then_some(())
    })
    .await;
    world.end_partnership().await;
    proxy.release_answers();
    for (customer, claimed) in [("adatum", hurried), ("woodgrove", patient)] {
        let acceptance = decided(&world, customer, &claimed.name).await;
        assert_eq!(acceptance.state(), AcceptanceState::Established);
    }
}

/// R36: a service that decides and is away for a moment costs the customer that moment, not a
/// lease.
async fn a_first_try_that_fails_is_repeated_while_its_caller_waits(store: Store) {
    let mut world = World::start(&store).await;
    let proxy = Proxy::to(world.relationship).await;
    world.relationship = proxy.address();
    let config = invitation::Config {
        decision_wait: Duration::from_secs(4),
        ..World::config()
    };
    world.restart(config).await;
    let (name, link) = world.invite_jointly().await;
    proxy.close();
    let back = async {
        eventually("the claim", PATIENCE, || async {
            (world.invitation(&name).await.state() == InvitationState::Claimed).then_some(())
        })
        .await;
        proxy.reopen();
    };
    let (accepted, ()) = tokio::join!(world.accept("adatum", &link), back);
    assert_eq!(accepted.unwrap().state(), AcceptanceState::Established);
}

/// R28, R36: where the partnership has ended, the acceptance is refused whole, with the reason, for
/// good; a new partnership of the same two does not bring it back. Nobody's relationship, no
/// account.
async fn an_ended_partnership_voids_the_acceptance(store: Store) {
    let world = World::start(&store).await;
    let (name, link) = world.invite_jointly().await;
    world.end_partnership().await;
    world.connect("contoso", "fabrikam").await;
    for _ in 0..2 {
        assert_eq!(
            reason(world.accept("adatum", &link).await),
            "PARTNERSHIP_ENDED"
        );
    }
    let invitation = world.invitation(&name).await;
    assert_eq!(invitation.state(), InvitationState::Void);
    assert_eq!(invitation.void_reason(), VoidReason::PartnershipEnded);
    assert_eq!(invitation.customer, "customers/adatum");
    for partner in ["contoso", "fabrikam"] {
        assert!(world.customers_of(partner).await.is_empty());
    }
    assert!(world.privileges_of("contoso").await.is_empty());
    assert!(!world.has_account("adatum").await);

    let seen = world.inspect(&world.admin("adatum"), &link).await.unwrap();
    assert_eq!(seen.state(), InvitationState::Void);
    let acceptance = world.acceptance("adatum", &seen.acceptance).await.unwrap();
    assert_eq!(acceptance.state(), AcceptanceState::Void);
    assert_eq!(acceptance.void_reason(), VoidReason::PartnershipEnded);
    assert!(
        acceptance
            .message
            .starts_with("Your acceptance was refused")
    );
    let declined = world.decline("adatum", &link).await;
    assert_eq!(
        refused(declined.as_ref().unwrap_err()).metadata["void_reason"],
        "PARTNERSHIP_ENDED"
    );
    assert_eq!(reason(declined), "VOID");
    let other = world.inspect(&world.admin("woodgrove"), &link).await;
    assert!(refused(other.as_ref().unwrap_err()).metadata.is_empty());
    assert_eq!(reason(other), "VOID");
    assert_eq!(reason(world.accept("woodgrove", &link).await), "VOID");
    assert_eq!(
        world.told("contoso", 1).await,
        [(NoticeKind::InvitationVoid, "customers/adatum".to_owned())]
    );
    assert!(
        world.notices_of("fabrikam").await.is_empty(),
        "only the inviter is told"
    );
}

/// R36: a party that is suspended by then is not established, and neither is the other; reinstating
/// comes too late.
async fn a_suspended_party_voids_the_acceptance(store: Store) {
    let world = World::start(&store).await;
    for (party, expected) in [
        ("contoso", "RESELLER_NOT_ACTIVE"),
        ("fabrikam", "PROVIDER_NOT_ACTIVE"),
    ] {
        let (name, link) = world.invite_jointly().await;
        world.suspend(party).await;
        assert_eq!(reason(world.accept("adatum", &link).await), expected);
        world.reinstate(party).await;
        assert_eq!(reason(world.accept("adatum", &link).await), expected);
        let void_reason = world.invitation(&name).await.void_reason();
        assert_eq!(void_reason.as_str_name(), format!("VOID_REASON_{expected}"));
    }
    assert!(world.customers_of("contoso").await.is_empty());
    assert!(world.customers_of("fabrikam").await.is_empty());
    assert!(!world.has_account("adatum").await);
}

/// R36: a decision that was taken for another customer, before this store was set back say, is
/// recorded as it is: its customer has the acceptance, whoever claimed later is told that the link
/// is used.
async fn a_decision_for_another_customer_stands(store: Store) {
    let world = World::start(&store).await;
    let invitation = world.invite(joint()).await.invitation.unwrap();
    let link = world
        .describe(
            &invitation.name,
            proto::invitation::internal::v1::DraftAccess::Read,
        )
        .await
        .unwrap()
        .link;
    let id = invitation.name.rsplit('/').next().unwrap();
    let acceptance_id = uuid::Uuid::new_v5(&id.parse().unwrap(), b"acceptance").to_string();
    let partnership = world.partnership().await;
    let earlier = DecideAcceptanceRequest {
        acceptance_id: acceptance_id.clone(),
        invitation: invitation.name.clone(),
        customer: "customers/woodgrove".to_owned(),
        reseller: "partners/contoso".to_owned(),
        provider: "partners/fabrikam".to_owned(),
        partnership,
        account: Some(NewAccount {
            display_name: "Woodgrove".to_owned(),
            country: "US".to_owned(),
            domain: "woodgrove.example".to_owned(),
        }),
        user: Some(ActingUser {
            issuer: "https://issuer.example".to_owned(),
            subject: "eve".to_owned(),
        }),
        ..Default::default()
    };
    assert_eq!(
        world.establish(earlier).await.outcome(),
        Outcome::Established
    );

    for _ in 0..2 {
        assert_eq!(reason(world.accept("adatum", &link).await), "ALREADY_USED");
    }
    assert_eq!(
        world.invitation(&invitation.name).await.customer,
        "customers/woodgrove"
    );
    let name = format!("customers/woodgrove/acceptances/{acceptance_id}");
    let acceptance = world.acceptance("woodgrove", &name).await.unwrap();
    assert_eq!(acceptance.state(), AcceptanceState::Established);
    assert_eq!(world.accept("woodgrove", &link).await.unwrap(), acceptance);
    assert_eq!(world.customers_of("contoso").await, ["customers/woodgrove"]);
    assert!(!world.has_account("adatum").await);
}

/// R21: every party is told of the acceptance, once, also where notification was away; what one
/// waits for holds up no answer.
async fn every_party_hears_of_an_acceptance_once(store: Store) {
    let mut world = World::start(&store).await;
    let (_, link) = world.invite_jointly().await;
    world.system.stop(Role::Notification);
    let limit = Duration::from_secs(2);
    let accepted = timeout(limit, world.accept("adatum", &link))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(accepted.state(), AcceptanceState::Established);
    world.system.start(Role::Notification).await;
    for partner in ["contoso", "fabrikam"] {
        let expected = (
            NoticeKind::InvitationAccepted,
            "customers/adatum".to_owned(),
        );
        assert_eq!(world.told(partner, 1).await, [expected]);
    }
    let mut client = world.public();
    let again = with(&world.admin("adatum"), acceptance("adatum", &link));
    client.accept_invitation(again).await.unwrap();
    world.idle().await;
    assert_eq!(world.notices_of("contoso").await.len(), 1);
}

//! What an acceptance survives: processes that are stopped or killed between its steps, and
//! sixty-four at once.

use std::collections::BTreeSet;
use std::time::Duration;

use proto::invitation::v1::{Acceptance, AcceptanceState, Consent, InvitationState, VoidReason};
use tests::{Programme, Proxy, Role, Store, System, eventually, on_both_stores, refused};
use tokio::task::JoinSet;
use tonic::Code;

on_both_stores!(
    sixty_four_at_once_make_one_acceptance,
    a_claim_outlives_a_stopped_relationship_service,
    a_claim_is_void_when_the_partnership_ended_before_the_decision,
    a_claim_outlives_a_killed_invitation_service,
    a_killed_claim_is_void_when_the_partnership_ended_before_the_decision,
    a_decision_outlives_a_killed_invitation_service,
);

const SOON: Duration = Duration::from_secs(20);
const ROUNDS: usize = 200;
const AT_ONCE: usize = 64;

/// R27, R36: 200 rounds of 64 acceptances of one link at once, half for the same
/// customer, half for others: one claim, one pair, one acceptance id.
async fn sixty_four_at_once_make_one_acceptance(store: Store) {
    let mut system = System::new(store);
    system.option(Role::Invitation, "--invitations-per-day=100000");
    system.option(Role::Invitation, "--open-invitations=100000");
    for role in Role::ALL {
        system.start(role).await;
    }
    let programme = Programme::of(&system);
    programme.connect().await;
    for round in 0..ROUNDS {
        race(&system, &programme, round).await;
    }
}

async fn race(system: &System, programme: &Programme, round: usize) {
    let invited = programme.invite().await;
    let shown = programme
        .inspect(&programme.adatum, &invited.link)
        .await
        .expect("the link is open");
    let consent = Consent {
        wording_id: shown.consent_wording_id,
        language: shown.consent_language,
    };
    let mut racers = JoinSet::new();
    for racer in 0..AT_ONCE {
        // the even ones are one customer, each of the odd ones another
        let customer = match racer % 2 {
            0 => format!("round{round}"),
            _ => format!("round{round}-{racer}"),
        };
        let grant = platform::keys::Grant::tenant(&customer).role("global-admin");
        let token = system.token(&grant);
        let (programme, link, consent) = (programme.clone(), invited.link.clone(), consent.clone());
        racers.spawn(async move {
            let answer = programme
                .accept_as_shown(&token, &customer, &link, consent)
                .await;
            (customer, answer)
        });
    }
    let mut acceptances = BTreeSet::new();
    let mut winners = BTreeSet::new();
    let mut losers = BTreeSet::new();
    for (customer, answer) in racers.join_all().await {
        match answer {
            Ok(acceptance) => {
                // established, or received where the decision took longer than a caller waits
                assert_ne!(acceptance.state(), AcceptanceState::Void);
                acceptances.insert(acceptance.name);
                winners.insert(customer);
            }
            Err(status) => {
                let refused = refused(&status);
                assert_eq!(
                    (refused.code, refused.reason.as_str()),
                    (Code::FailedPrecondition, "ALREADY_USED")
                );
                losers.insert(customer);
            }
        }
    }
    assert_eq!(acceptances.len(), 1, "one acceptance: {acceptances:?}");
    assert_eq!(winners.len(), 1, "one customer: {winners:?}");
    assert!(
        losers.is_disjoint(&winners),
        "every caller of one customer is told the same"
    );
    let (winner, acceptance) = (
        winners.first().expect("one"),
        acceptances.first().expect("one"),
    );
    eventually("the acceptance to be established", SOON, || async {
        let found = programme.acceptance(acceptance).await.ok()?;
        (found.state() == AcceptanceState::Established).then_some(())
    })
    .await;
    assert_eq!(programme.relationships_of(winner).await.len(), 2);
    let loser = losers
        .first()
        .expect("sixty-four callers are of thirty-three customers");
    assert!(
        programme.relationships_of(loser).await.is_empty(),
        "{loser} in round {round}"
    );
}

/// R36: the relationship service is away when the customer accepts. It is told
/// CLAIMED; once the service is back, both relationships appear by themselves.
async fn a_claim_outlives_a_stopped_relationship_service(store: Store) {
    let mut system = System::started(store).await;
    let programme = Programme::of(&system);
    programme.connect().await;
    let claimed = claim_without_relationship(&mut system, &programme).await;
    system.start(Role::Relationship).await;
    both_appear(&programme, &claimed).await;
}

/// R36: the partnership ends after the claim and before the decision: VOID with the reason, no
/// relationship.
async fn a_claim_is_void_when_the_partnership_ended_before_the_decision(store: Store) {
    let mut system = System::started(store).await;
    let programme = Programme::of(&system);
    let partnership = programme.connect().await;
    let claimed = claim_without_relationship(&mut system, &programme).await;
    system.stop(Role::Invitation);
    system.start(Role::Relationship).await;
    programme.end(&partnership).await;
    system.start(Role::Invitation).await;
    becomes_void(&programme, &claimed).await;
}

/// R36: killed with -9 after the claim was committed; started again, it carries on by itself.
async fn a_claim_outlives_a_killed_invitation_service(store: Store) {
    let mut system = System::started(store).await;
    let programme = Programme::of(&system);
    programme.connect().await;
    let claimed = claim_without_relationship(&mut system, &programme).await;
    system.kill(Role::Invitation);
    system.start(Role::Relationship).await;
    system.start(Role::Invitation).await;
    both_appear(&programme, &claimed).await;
}

/// R36: killed with -9 after the claim, and the partnership ends before anybody decides.
async fn a_killed_claim_is_void_when_the_partnership_ended_before_the_decision(store: Store) {
    let mut system = System::started(store).await;
    let programme = Programme::of(&system);
    let partnership = programme.connect().await;
    let claimed = claim_without_relationship(&mut system, &programme).await;
    system.kill(Role::Invitation);
    system.start(Role::Relationship).await;
    programme.end(&partnership).await;
    system.start(Role::Invitation).await;
    becomes_void(&programme, &claimed).await;
}

/// R36: killed with -9 between the decision's commit and its record: what was decided holds,
/// although the partnership has ended since.
async fn a_decision_outlives_a_killed_invitation_service(store: Store) {
    let mut system = System::new(store);
    let proxy = Proxy::to(system.address(Role::Relationship)).await;
    system.detour(Role::Invitation, Role::Relationship, proxy.address());
    for role in Role::ALL {
        system.start(role).await;
    }
    let programme = Programme::of(&system);
    let partnership = programme.connect().await;
    let invited = programme.invite().await;
    let shown = programme
        .inspect(&programme.adatum, &invited.link)
        .await
        .expect("the link is open");

    proxy.hold_answers();
    let consent = Consent {
        wording_id: shown.consent_wording_id,
        language: shown.consent_language,
    };
    let claimed = programme
        .accept_as_shown(&programme.adatum, "adatum", &invited.link, consent)
        .await
        .expect("received");
    assert_eq!(claimed.state(), AcceptanceState::Claimed);
    eventually("the decision to be committed", SOON, || async {
        (programme.relationships_of("adatum").await.len() == 2).then_some(())
    })
    .await;
    assert_eq!(
        programme
            .acceptance(&claimed.name)
            .await
            .expect("known")
            .state(),
        AcceptanceState::Claimed,
        "the invitation service has not heard of it"
    );

    system.kill(Role::Invitation);
    proxy.release_answers();
    programme.end(&partnership).await;
    system.start(Role::Invitation).await;
    both_appear(&programme, &claimed).await;
}

/// Adatum accepts while the relationship service is stopped, and is told that it was received.
async fn claim_without_relationship(system: &mut System, programme: &Programme) -> Acceptance {
    let invited = programme.invite().await;
    let shown = programme
        .inspect(&programme.adatum, &invited.link)
        .await
        .expect("the link is open");
    system.stop(Role::Relationship);
    let consent = Consent {
        wording_id: shown.consent_wording_id,
        language: shown.consent_language,
    };
    let claimed = programme
        .accept_as_shown(&programme.adatum, "adatum", &invited.link, consent)
        .await
        .expect("received");
    assert_eq!(claimed.state(), AcceptanceState::Claimed);
    assert!(claimed.message.contains("received"), "{}", claimed.message);
    assert!(claimed.name.starts_with("customers/adatum/acceptances/"));
    assert!(claimed.relationships.is_empty());
    claimed
}

async fn both_appear(programme: &Programme, claimed: &Acceptance) {
    eventually("the acceptance to be established", SOON, || async {
        let acceptance = programme.acceptance(&claimed.name).await.ok()?;
        assert_ne!(acceptance.state(), AcceptanceState::Void);
        (acceptance.state() == AcceptanceState::Established).then_some(())
    })
    .await;
    for (token, partner) in [
        (&programme.contoso, "contoso"),
        (&programme.fabrikam, "fabrikam"),
    ] {
        assert_eq!(
            programme.customers(token, partner).await,
            ["customers/adatum"]
        );
    }
    assert_eq!(programme.relationships_of("adatum").await.len(), 2);
}

async fn becomes_void(programme: &Programme, claimed: &Acceptance) {
    let void = eventually("the acceptance to be refused", SOON, || async {
        let acceptance = programme.acceptance(&claimed.name).await.ok()?;
        assert_ne!(acceptance.state(), AcceptanceState::Established);
        (acceptance.state() == AcceptanceState::Void).then_some(acceptance)
    })
    .await;
    assert_eq!(void.void_reason(), VoidReason::PartnershipEnded);
    assert!(programme.relationships_of("adatum").await.is_empty());
    let invitation = list_one(programme).await;
    assert_eq!(invitation, InvitationState::Void);
}

async fn list_one(programme: &Programme) -> InvitationState {
    use proto::invitation::v1::ListInvitationsRequest;
    let request = ListInvitationsRequest {
        parent: "partners/contoso".into(),
        ..Default::default()
    };
    let mut invitations = programme.invitations.clone();
    let answer = invitations
        .list_invitations(tests::with(&programme.contoso, request))
        .await
        .expect("its own list")
        .into_inner();
    assert_eq!(answer.invitations.len(), 1);
    answer.invitations[0].state()
}

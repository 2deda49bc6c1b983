//! Races of a decision with what may end or suspend its ground, or remove what it keeps: one legal
//! outcome each.
//!
//! The delay between the racers is steered until each outcome was seen; a race that only ever ends
//! one way shows nothing.

use std::time::Duration;

use proto::customer::v1::Permission;
use proto::relationship::internal::v1::{DecideAcceptanceResponse, Outcome};
use proto::relationship::v1::*;
use tests::{Store, on_both_stores};

use crate::support::Service;
use crate::world::{PROVIDER, RESELLER};

on_both_stores!(
    an_ending_partnership,
    a_partner_being_suspended,
    a_removal_of_what_would_be_kept,
    a_privilege_being_terminated,
    two_invitations_of_one_customer,
    opposite_pairs_of_one_customer,
);

/// How often each outcome must be seen, and how many rounds that may take.
const SEEN: u32 = 5;
const ROUNDS: u32 = 300;

/// What is late in a round, and by how much.
struct Delays {
    decision: Duration,
    other: Duration,
}

/// Steers the delays of a race towards the outcome that was seen less, until both were seen often
/// enough.
#[derive(Default)]
struct Race {
    decision_first: u32,
    other_first: u32,
    /// Microseconds by which the decision is late; negative: the other is.
    lateness: i64,
}

impl Race {
    fn undecided(&self) -> bool {
        let rounds = self.decision_first + self.other_first;
        assert!(
            rounds < ROUNDS,
            "{} to {}",
            self.decision_first,
            self.other_first
        );
        self.decision_first.min(self.other_first) < SEEN
    }

    fn delays(&self) -> Delays {
        let micros = |lateness: i64| Duration::from_micros(u64::try_from(lateness).unwrap_or(0));
        Delays {
            decision: micros(self.lateness),
            other: micros(-self.lateness),
        }
    }

    fn decision_was_first(&mut self) {
        self.decision_first += 1;
        self.lateness += 250;
    }

    fn other_was_first(&mut self) {
        self.other_first += 1;
        self.lateness -= 250;
    }
}

async fn late<T>(delay: Duration, act: impl Future<Output = T>) -> T {
    // not waiting for a condition: the delay is what the race is steered by
    tokio::time::sleep(delay).await;
    act.await
}

/// Both relationships or neither, and an account only with them.
async fn check_whole(service: &Service, customer: &str, decision: &DecideAcceptanceResponse) {
    let listed = format!("customers/{customer}");
    let established = decision.outcome() == Outcome::Established;
    for partner in ["contoso", "fabrikam"] {
        let lists = service.customers(partner).await.contains(&listed);
        assert_eq!(lists, established, "{partner} {decision:?}");
    }
    assert_eq!(
        decision.relationships.len(),
        if established { 2 } else { 0 }
    );
    let accounts = service
        .lines(&format!("SELECT id FROM account WHERE id = '{customer}'"))
        .await;
    assert_eq!(!accounts.is_empty(), established);
}

/// R28, R36: ended before the decision refuses it whole; ended after it changes nothing.
async fn an_ending_partnership(store: Store) {
    let service = Service::without_quota(&store).await;
    service.enrolled("contoso", RESELLER).await;
    service.enrolled("fabrikam", PROVIDER).await;
    let mut race = Race::default();
    for round in 0.. {
        if !race.undecided() {
            break;
        }
        let partnership = service.connect("contoso", "fabrikam").await;
        let customer = format!("c{round}");
        let message = service.joint(&customer, &partnership);
        let delays = race.delays();
        let (decision, ended) = tokio::join!(
            late(delays.decision, service.establish(&message)),
            late(delays.other, service.end("contoso", &partnership)),
        );
        ended.unwrap();
        let decision = decision.unwrap();
        match decision.outcome() {
            Outcome::Established => race.decision_was_first(),
            Outcome::PartnershipEnded => race.other_was_first(),
            other => panic!("{other:?}"),
        }
        check_whole(&service, &customer, &decision).await;
        assert_eq!(service.establish(&message).await.unwrap(), decision);
    }
}

/// R36: suspended before the decision refuses it whole; suspended after it keeps what was
/// established.
async fn a_partner_being_suspended(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let mut race = Race::default();
    for round in 0.. {
        if !race.undecided() {
            break;
        }
        let customer = format!("c{round}");
        let message = service.joint(&customer, &partnership);
        let delays = race.delays();
        let (decision, suspended) = tokio::join!(
            late(delays.decision, service.establish(&message)),
            late(delays.other, service.suspend("fabrikam")),
        );
        suspended.unwrap();
        let decision = decision.unwrap();
        match decision.outcome() {
            Outcome::Established => race.decision_was_first(),
            Outcome::ProviderNotActive => race.other_was_first(),
            other => panic!("{other:?}"),
        }
        check_whole(&service, &customer, &decision).await;
        service.reinstate("fabrikam").await.unwrap();
        assert_eq!(service.establish(&message).await.unwrap(), decision);
    }
}

/// R38: removed before the decision is followed by a new relationship; removed after it ends the
/// one that was kept.
async fn a_removal_of_what_would_be_kept(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let mut race = Race::default();
    for round in 0.. {
        if !race.undecided() {
            break;
        }
        let customer = format!("c{round}");
        let [old] = service
            .established(&service.solo(&customer))
            .await
            .try_into()
            .unwrap();
        let message = service.joint(&customer, &partnership);
        let delays = race.delays();
        let (decision, removed) = tokio::join!(
            late(delays.decision, service.establish(&message)),
            late(delays.other, service.remove(&old)),
        );
        assert_eq!(removed.unwrap().state(), RelationshipState::Removed);
        let decision = decision.unwrap();
        assert_eq!(decision.relationships.len(), 2);
        let kept = decision.relationships[0] == old;
        if kept {
            race.decision_was_first()
        } else {
            race.other_was_first()
        }

        let access = service
            .check("contoso", &customer, Permission::ViewRecord)
            .await;
        assert_eq!(access.allowed, !kept);
        let active = if kept {
            ""
        } else {
            decision.relationships[0].as_str()
        };
        assert_eq!(access.relationship, active);
        let theirs = service
            .check("fabrikam", &customer, Permission::ViewRecord)
            .await;
        assert_eq!(theirs.relationship, decision.relationships[1]);
    }
}

/// Whichever is first, the pair has at most one active privilege that gives everything, and none
/// that was ended.
async fn a_privilege_being_terminated(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let mut race = Race::default();
    for round in 0.. {
        if !race.undecided() {
            break;
        }
        let customer = format!("c{round}");
        service.established(&service.solo(&customer)).await;
        let old = service.privileges("contoso").await[0].name.clone();
        let message = service.solo(&customer);
        let (delays, agent) = (race.delays(), service.agent("contoso"));
        let (decision, ended) = tokio::join!(
            late(delays.decision, service.establish(&message)),
            late(delays.other, service.terminate(&agent, &old)),
        );
        assert_eq!(decision.unwrap().outcome(), Outcome::Established);
        assert_eq!(ended.unwrap().state(), PrivilegeState::Terminated);
        let access = service
            .check("contoso", &customer, Permission::ManageUsers)
            .await;
        assert_ne!(access.privilege, old);
        if access.allowed {
            race.other_was_first()
        } else {
            race.decision_was_first()
        }
    }
}

/// R36: two invitations that one customer accepts at once give one account, one pair of
/// relationships, one privilege.
async fn two_invitations_of_one_customer(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    for round in 0..40 {
        let customer = format!("c{round}");
        let (one, other) = (
            service.joint(&customer, &partnership),
            service.joint(&customer, &partnership),
        );
        let (one, other) = tokio::join!(service.establish(&one), service.establish(&other));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one.outcome(), Outcome::Established);
        assert_eq!(one.relationships, other.relationships);
    }
    for (table, rows) in [
        ("decision", 80),
        ("account", 40),
        ("relationship", 80),
        ("privilege", 40),
    ] {
        assert_eq!(service.count(table).await, rows, "{table}");
    }
}

/// Decisions that lock the same partners and customers in whatever order wait for each other, and
/// none is lost.
async fn opposite_pairs_of_one_customer(store: Store) {
    let service = Service::start(&store).await;
    let first = service.connected().await;
    service.enrolled("aaa", PROVIDER).await;
    let second = service.connect("contoso", "aaa").await;
    let mut racers = tokio::task::JoinSet::new();
    for number in 0..64 {
        let customer = format!("c{}", number % 4);
        let mut message = service.joint(&customer, if number % 2 == 0 { &first } else { &second });
        if number % 2 == 1 {
            message.provider = "partners/aaa".to_owned();
        }
        let mut client = service.internal();
        racers.spawn(async move {
            client
                .decide_acceptance(message)
                .await
                .unwrap()
                .into_inner()
        });
    }
    let decisions = racers.join_all().await;
    assert!(
        decisions
            .iter()
            .all(|decision| decision.outcome() == Outcome::Established)
    );
    assert_eq!(service.count("relationship").await, 4 + 2 + 2);
    assert_eq!(service.count("account").await, 4);
}

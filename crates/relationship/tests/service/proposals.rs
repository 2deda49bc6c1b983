//! How many partnerships a partner may propose: each one is a notice to somebody who has not asked
//! for it.

use std::time::Duration;

use proto::relationship::v1::*;
use relationship::{Config, Limits};
use tests::{Store, on_both_stores, to_noon};
use tokio::task::JoinSet;
use tonic::Status;

use crate::support::{Service, outcome};
use crate::world::{PROVIDER, RESELLER};

on_both_stores!(
    withdrawing_gives_no_proposal_back,
    proposals_at_once_keep_the_limit,
);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Proposed and withdrawn again and again: a stranger is told of as many as a day has, in all and
/// to one partner.
async fn withdrawing_gives_no_proposal_back(store: Store) {
    let service = limited(&store, 4, 3).await;
    service.enrolled("contoso", RESELLER).await;
    service.enrolled("fabrikam", PROVIDER).await;
    service.enrolled("northwind", PROVIDER).await;
    let propose = async |by: &str, other: &str| -> Result<(), Status> {
        let proposed = service.propose(by, other).await?;
        service.end(by, &proposed.name).await.map(drop)
    };
    for _ in 0..3 {
        propose("contoso", "fabrikam").await.unwrap();
    }
    let refused = exhausted(propose("contoso", "fabrikam").await);
    assert!(refused > DAY / 3 && refused <= DAY / 2, "{refused:?}");
    propose("contoso", "northwind").await.unwrap();
    exhausted(propose("contoso", "northwind").await);
    assert_eq!(service.count("partnership").await, 4);
    service.idle().await;
    let told = service.arrived.told();
    let notices = told.iter().filter(|one| one.contains("fabrikam is told"));
    assert_eq!(notices.count(), 6, "{told:?}");

    propose("fabrikam", "contoso").await.unwrap();
    service.clock.advance(refused);
    propose("contoso", "fabrikam").await.unwrap();
}

/// Two replicas are asked for many at once: together they let through as many as one would.
async fn proposals_at_once_keep_the_limit(store: Store) {
    let replicas = [limited(&store, 3, 3).await, limited(&store, 3, 3).await];
    replicas[0].enrolled("contoso", RESELLER).await;
    for number in 0..8 {
        let provider = format!("provider-{number}");
        replicas[0].enrolled(&provider, PROVIDER).await;
    }
    let mut racers = JoinSet::new();
    for number in 0..16 {
        let replica = &replicas[number % 2];
        let message = ProposePartnershipRequest {
            parent: "partners/contoso".to_owned(),
            partner: format!("partners/provider-{}", number / 2),
            ..Default::default()
        };
        let request = tests::with(&replica.agent("contoso"), message);
        let mut client = replica.partners();
        racers.spawn(async move { outcome(&client.propose_partnership(request).await) });
    }
    let outcomes = racers.join_all().await;
    let made = outcomes.iter().filter(|one| *one == "OK").count();
    assert_eq!(made, 3, "{outcomes:?}");
    assert_eq!(replicas[1].count("partnership").await, 3);
}

/// A service at noon, which lets so many through.
async fn limited(store: &Store, per_day: u32, to_one: u32) -> Service {
    let proposals = Limits { per_day, to_one };
    let config = Config {
        proposals,
        ..Config::default()
    };
    let service = Service::configured(store, config).await;
    to_noon(&service.clock);
    service
}

/// A refusal by the quota; answers after what time it is worth trying again.
#[track_caller]
fn exhausted(answer: Result<(), Status>) -> Duration {
    tests::exhausted(&answer.unwrap_err(), "PROPOSAL_QUOTA")
}

//! What a decision rests on does not change while it is taken: who wants to change it waits.
//!
//! On PostgreSQL, where transactions run side by side. On SQLite there is one writer at a time, and
//! nothing to show.

use proto::relationship::internal::v1::{
    DecideAcceptanceRequest, DecideAcceptanceResponse, Outcome,
};
use proto::relationship::v1::*;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, TransactionTrait};
use tests::{Store, eventually, with};
use tokio::task::JoinHandle;
use tonic::Status;

use crate::support::{SOON, Service};
use crate::world::{RESELLER, attestation};

/// A decision that has taken all its locks and cannot go on, because somebody seems to take the
/// same one.
struct Held {
    obstacle: DatabaseTransaction,
    decision: JoinHandle<Result<DecideAcceptanceResponse, Status>>,
    /// The decision's backend in PostgreSQL.
    backend: i32,
}

impl Held {
    async fn hold(service: &Service, message: DecideAcceptanceRequest) -> Self {
        let obstacle = service.db.reader().pool().begin().await.unwrap();
        let insert = format!(
            "INSERT INTO decision (acceptance, fingerprint, invitation, customer, reseller, outcome, \
             decide_time, issuer, subject) VALUES ('{0}', '', '{0}', '', '', '', 0, '', '')",
            message.acceptance_id
        );
        obstacle.execute_unprepared(&insert).await.unwrap();
        let pid = Statement::from_string(DbBackend::Postgres, "SELECT pg_backend_pid()");
        let pid = obstacle.query_one_raw(pid).await.unwrap().unwrap();
        let pid = pid.try_get_by_index(0).unwrap();
        let mut client = service.internal();
        let decision =
            tokio::spawn(async move { Ok(client.decide_acceptance(message).await?.into_inner()) });
        let backend = eventually("the decision to be held", SOON, async || {
            waiting_for(service, pid).await
        })
        .await;
        Self {
            obstacle,
            decision,
            backend,
        }
    }

    /// Waits until `act` waits for the decision; it must not get through before.
    async fn makes_wait<T>(&self, service: &Service, act: &JoinHandle<T>) {
        eventually("the act to wait for the decision", SOON, async || {
            assert!(!act.is_finished(), "it did not wait for the decision");
            waiting_for(service, self.backend).await
        })
        .await;
    }

    /// Lets the decision go on, which must be for it.
    async fn release(self) -> DecideAcceptanceResponse {
        self.obstacle.rollback().await.unwrap();
        let decision = self.decision.await.unwrap().unwrap();
        assert_eq!(decision.outcome(), Outcome::Established);
        decision
    }
}

/// The backend that waits for a lock of this one.
async fn waiting_for(service: &Service, backend: i32) -> Option<i32> {
    let sql = format!(
        "SELECT pid FROM pg_stat_activity WHERE {backend} = ANY(pg_blocking_pids(pid)) LIMIT 1"
    );
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let row = service
        .db
        .reader()
        .query_one_raw(statement)
        .await
        .unwrap()?;
    Some(row.try_get_by_index(0).unwrap())
}

async fn connected() -> (Service, String) {
    let service = Service::start(&Store::postgres().await).await;
    let partnership = service.connected().await;
    (service, partnership)
}

/// R28, R36: a partnership ends after the decision that rests on it, not under it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_partnership_waits() {
    let (service, partnership) = connected().await;
    let held = Held::hold(&service, service.joint("adatum", &partnership)).await;
    let (mut client, token) = (service.partners(), service.agent("contoso"));
    let end = EndPartnershipRequest {
        name: partnership,
        ..Default::default()
    };
    let end = tokio::spawn(async move { client.end_partnership(with(&token, end)).await });
    held.makes_wait(&service, &end).await;
    held.release().await;
    end.await.unwrap().unwrap();
    assert_eq!(service.customers("fabrikam").await, ["customers/adatum"]);
}

/// R36: neither party is suspended under the decision.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_suspension_of_either_party_waits() {
    let (service, partnership) = connected().await;
    for (customer, partner) in [("adatum", "contoso"), ("tailspin", "fabrikam")] {
        let held = Held::hold(&service, service.joint(customer, &partnership)).await;
        let (mut client, token) = (service.partners(), service.operator());
        let suspend = SuspendPartnerRequest {
            name: format!("partners/{partner}"),
            reason: "overdue".to_owned(),
            ..Default::default()
        };
        let suspend =
            tokio::spawn(async move { client.suspend_partner(with(&token, suspend)).await });
        held.makes_wait(&service, &suspend).await;
        held.release().await;
        suspend.await.unwrap().unwrap();
        service.reinstate(partner).await.unwrap();
    }
}

/// R38: the relationship that a decision keeps is removed after it, not under it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_removal_of_what_is_kept_waits() {
    let (service, partnership) = connected().await;
    let [kept] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    let held = Held::hold(&service, service.joint("adatum", &partnership)).await;
    let (mut client, token) = (service.relationships(), service.agent("contoso"));
    let remove = RemoveRelationshipRequest {
        name: kept.clone(),
        attestation: Some(attestation("en")),
        ..Default::default()
    };
    let remove =
        tokio::spawn(async move { client.remove_relationship(with(&token, remove)).await });
    held.makes_wait(&service, &remove).await;
    assert_eq!(held.release().await.relationships[0], kept);
    remove.await.unwrap().unwrap();
    assert_eq!(service.customers("contoso").await, [""; 0]);
}

/// R36: of two acceptances of one customer the second waits, and keeps what the first established;
/// also where the customer has an account already, and nothing else here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_acceptance_of_the_customer_waits() {
    let (service, partnership) = connected().await;
    service.enrolled("northwind", RESELLER).await;
    let mut known = service.solo("known");
    known.reseller = "partners/northwind".to_owned();
    known.invitation = known.invitation.replace("contoso", "northwind");
    service.established(&known).await;
    for customer in ["new", "known"] {
        let first = service.joint(customer, &partnership);
        let mut second = service.joint(customer, &partnership);
        if customer == "known" {
            second.account = None;
        }
        let held = Held::hold(&service, first).await;
        let mut client = service.internal();
        let second = tokio::spawn(async move { client.decide_acceptance(second).await });
        held.makes_wait(&service, &second).await;
        let first = held.release().await;
        let second = second.await.unwrap().unwrap().into_inner();
        assert_eq!(first.relationships, second.relationships);
    }
}

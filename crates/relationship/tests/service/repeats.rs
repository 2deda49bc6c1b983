//! Repeated requests: a `request_id` changes things once, and answers the resource as it stands
//! now.

use std::sync::Arc;

use platform::store::idempotency::REMEMBERED;
use proto::relationship::v1::*;
use relationship::Config;
use tests::{Store, eventually, on_both_stores, with};
use tokio::task::JoinSet;
use tonic::{Code, Status};

use crate::support::{SOON, Service, reason};
use crate::world::{PROVIDER, RESELLER, attestation};

on_both_stores!(
    every_mutation_is_done_once,
    an_id_in_capitals_is_the_same_id,
    a_repeat_answers_what_is_there_now,
    other_content_is_refused,
    another_tenant_has_ids_of_its_own,
    what_was_refused_is_not_remembered,
    after_two_days_it_is_forgotten,
);

/// What callers did; an import that follows from it is kept as well.
const ACTS: &str = "audit WHERE action <> 'ImportCustomers'";

/// Every mutation, each with what it is done to: the same request at every call, but for its
/// `request_id`.
#[derive(Clone, Copy, Debug)]
enum Verb {
    Enroll,
    Decide,
    Withdraw,
    Suspend,
    Reinstate,
    Propose,
    Accept,
    End,
    Remove,
    EndRelationship,
    Terminate,
}

impl Verb {
    /// Every verb, in an order in which all can be done.
    const ALL: [Self; 11] = [
        Self::Enroll,
        Self::Decide,
        Self::Withdraw,
        Self::Reinstate,
        Self::Propose,
        Self::Accept,
        Self::End,
        Self::Remove,
        Self::EndRelationship,
        Self::Terminate,
        Self::Suspend,
    ];
}

/// What the verbs are done to.
struct Stage {
    service: Service,
    partnership: String,
    proposed: String,
    relationship: String,
    customers: String,
    privilege: String,
}

impl Stage {
    async fn set(store: &Store) -> Self {
        let service = Service::start(store).await;
        let partnership = service.connected().await;
        let [relationship] = service
            .established(&service.solo("adatum"))
            .await
            .try_into()
            .unwrap();
        let privilege = service.privileges("contoso").await[0].name.clone();
        let [customers] = service
            .established(&service.solo("tailspin"))
            .await
            .try_into()
            .unwrap();
        service.enroll("pending", RESELLER).await.unwrap();
        service.enroll("leaving", RESELLER).await.unwrap();
        service.enrolled("active", PROVIDER).await;
        service.enrolled("suspended", PROVIDER).await;
        service.suspend("suspended").await.unwrap();
        service.enrolled("northwind", PROVIDER).await;
        let proposed = service.propose("northwind", "contoso").await.unwrap().name;
        Self {
            service,
            partnership,
            proposed,
            relationship,
            customers,
            privilege,
        }
    }

    /// Does it; answers the name and etag of the resource.
    async fn act(&self, verb: Verb, request_id: &str) -> Result<(String, String), Status> {
        let service = &self.service;
        let (request_id, etag) = (request_id.to_owned(), String::new());
        let (contoso, operator) = (service.agent("contoso"), service.operator());
        let name = |name: &str| format!("partners/{name}");
        let partner = |partner: Option<Partner>| partner.map(|one| (one.name, one.etag));
        let partnership =
            |partnership: Option<Partnership>| partnership.map(|one| (one.name, one.etag));
        let mut partners = service.partners();
        let mut relationships = service.relationships();
        let done = match verb {
            Verb::Enroll => {
                let (name, display_name) = (name("new"), "New".to_owned());
                let message = EnrollPartnerRequest {
                    name,
                    kind: RESELLER.into(),
                    display_name,
                    request_id,
                };
                let answer = partners
                    .enroll_partner(with(&service.agent("new"), message))
                    .await?;
                partner(answer.into_inner().partner)
            }
            Verb::Decide => {
                let decision = EnrollmentDecision::Approve.into();
                let (name, reason) = (name("pending"), String::new());
                let message = DecideEnrollmentRequest {
                    name,
                    decision,
                    reason,
                    etag,
                    request_id,
                };
                partner(
                    partners
                        .decide_enrollment(with(&operator, message))
                        .await?
                        .into_inner()
                        .partner,
                )
            }
            Verb::Withdraw => {
                let name = name("leaving");
                let message = WithdrawEnrollmentRequest {
                    name,
                    etag,
                    request_id,
                };
                let answer = partners
                    .withdraw_enrollment(with(&service.agent("leaving"), message))
                    .await?;
                partner(answer.into_inner().partner)
            }
            Verb::Suspend => {
                let (name, reason) = (name("active"), "overdue".to_owned());
                let message = SuspendPartnerRequest {
                    name,
                    reason,
                    etag,
                    request_id,
                };
                partner(
                    partners
                        .suspend_partner(with(&operator, message))
                        .await?
                        .into_inner()
                        .partner,
                )
            }
            Verb::Reinstate => {
                let message = ReinstatePartnerRequest {
                    name: name("suspended"),
                    etag,
                    request_id,
                };
                partner(
                    partners
                        .reinstate_partner(with(&operator, message))
                        .await?
                        .into_inner()
                        .partner,
                )
            }
            Verb::Propose => {
                let (parent, partner) = (name("contoso"), name("active"));
                let message = ProposePartnershipRequest {
                    parent,
                    partner,
                    request_id,
                };
                let answer = partners
                    .propose_partnership(with(&contoso, message))
                    .await?;
                partnership(answer.into_inner().partnership)
            }
            Verb::Accept => {
                let message = AcceptPartnershipRequest {
                    name: self.proposed.clone(),
                    etag,
                    request_id,
                };
                let answer = partners.accept_partnership(with(&contoso, message)).await?;
                partnership(answer.into_inner().partnership)
            }
            Verb::End => {
                let message = EndPartnershipRequest {
                    name: self.partnership.clone(),
                    etag,
                    request_id,
                };
                let answer = partners.end_partnership(with(&contoso, message)).await?;
                partnership(answer.into_inner().partnership)
            }
            Verb::Remove => {
                let (name, attestation) = (self.relationship.clone(), Some(attestation("en")));
                let message = RemoveRelationshipRequest {
                    name,
                    attestation,
                    etag,
                    request_id,
                };
                let answer = relationships
                    .remove_relationship(with(&contoso, message))
                    .await?;
                answer
                    .into_inner()
                    .relationship
                    .map(|one| (one.name, one.etag))
            }
            Verb::EndRelationship => {
                let message = EndRelationshipRequest {
                    name: self.customers.clone(),
                    reason: String::new(),
                    etag,
                    request_id,
                };
                let ended = service.end_relationship("tailspin", message).await?;
                Some((ended.name, ended.etag))
            }
            Verb::Terminate => {
                let name = self.privilege.clone();
                let message = TerminateDelegatedPrivilegeRequest {
                    name,
                    etag,
                    request_id,
                };
                let answer = relationships
                    .terminate_delegated_privilege(with(&contoso, message))
                    .await?;
                answer
                    .into_inner()
                    .privilege
                    .map(|one| (one.name, one.etag))
            }
        };
        Ok(done.unwrap())
    }
}

/// Every verb: 64 at once with one `request_id` act once, and every caller gets the same answer.
async fn every_mutation_is_done_once(store: Store) {
    let stage = Arc::new(Stage::set(&store).await);
    for verb in Verb::ALL {
        let audit = stage.service.count(ACTS).await;
        let request_id = stage.service.uuid();
        let mut racers = JoinSet::new();
        for _ in 0..64 {
            let (stage, request_id) = (stage.clone(), request_id.clone());
            racers.spawn(async move { stage.act(verb, &request_id).await.unwrap() });
        }
        let answers = racers.join_all().await;
        assert!(
            answers.iter().all(|answer| *answer == answers[0]),
            "{verb:?} {answers:?}"
        );
        assert_eq!(stage.service.count(ACTS).await, audit + 1, "{verb:?}");
        // without the id it is another request, which finds the work done
        let again = stage.act(verb, "").await.unwrap_err();
        assert_eq!(again.code(), Code::FailedPrecondition, "{verb:?}");
    }
    stage.service.idle().await;
    let told = stage.service.arrived.told();
    assert_eq!(
        told.iter()
            .filter(|fact| fact.contains("fabrikam is told that partners/contoso ended"))
            .count(),
        1
    );
    assert_eq!(
        told.iter()
            .filter(|fact| **fact == "partners/pending is approved")
            .count(),
        1
    );
}

/// RFC 9562: a UUID is the same UUID in capitals. Every verb, whichever spelling came first.
async fn an_id_in_capitals_is_the_same_id(store: Store) {
    let stage = Stage::set(&store).await;
    for verb in Verb::ALL {
        let request_id = stage.service.uuid();
        let capitals = request_id.to_ascii_uppercase();
        let first = stage.act(verb, &capitals).await.unwrap();
        assert_eq!(
            stage.act(verb, &request_id).await.unwrap(),
            first,
            "{verb:?}"
        );
    }
}

/// What was done since is in the answer to a repeat.
async fn a_repeat_answers_what_is_there_now(store: Store) {
    let stage = Stage::set(&store).await;
    let request_id = stage.service.uuid();
    let (name, etag) = stage.act(Verb::Propose, &request_id).await.unwrap();
    stage.service.accept("active", &name).await.unwrap();
    let (again, changed) = stage.act(Verb::Propose, &request_id).await.unwrap();
    assert_eq!(again, name);
    assert_ne!(changed, etag);
    stage.service.end("active", &name).await.unwrap();
    assert_eq!(stage.act(Verb::Propose, &request_id).await.unwrap().0, name);
    assert_eq!(stage.service.count("partnership").await, 3);
}

async fn other_content_is_refused(store: Store) {
    let stage = Stage::set(&store).await;
    let (service, request_id) = (&stage.service, stage.service.uuid());
    stage.act(Verb::Suspend, &request_id).await.unwrap();
    let other = SuspendPartnerRequest {
        name: "partners/contoso".to_owned(),
        reason: "overdue".to_owned(),
        request_id: request_id.clone(),
        ..Default::default()
    };
    let status = service
        .partners()
        .suspend_partner(with(&service.operator(), other))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::AlreadyExists, "REQUEST_ID_REUSED")
    );
    // the same id of another method is another request
    stage.act(Verb::Reinstate, &request_id).await.unwrap();
    let malformed = stage.act(Verb::Enroll, "once").await.unwrap_err();
    assert_eq!(reason(&malformed), "INVALID_FIELDS");
}

async fn another_tenant_has_ids_of_its_own(store: Store) {
    let stage = Stage::set(&store).await;
    let (service, request_id) = (&stage.service, stage.service.uuid());
    stage.act(Verb::Propose, &request_id).await.unwrap();
    service.enrolled("wingtip", RESELLER).await;
    let message = ProposePartnershipRequest {
        parent: "partners/wingtip".to_owned(),
        partner: "partners/active".to_owned(),
        request_id: request_id.clone(),
    };
    let answer = service
        .partners()
        .propose_partnership(with(&service.agent("wingtip"), message))
        .await;
    assert_eq!(
        answer.unwrap().into_inner().partnership.unwrap().reseller,
        "partners/wingtip"
    );
    // nor does an id that others have used tell anything of what is theirs
    let message = TerminateDelegatedPrivilegeRequest {
        name: stage.privilege.clone(),
        request_id: request_id.clone(),
        ..Default::default()
    };
    stage.act(Verb::Terminate, &request_id).await.unwrap();
    let mut client = service.relationships();
    let answer = client
        .terminate_delegated_privilege(with(&service.agent("wingtip"), message))
        .await;
    assert_eq!(reason(&answer.unwrap_err()), "NOT_FOUND");
}

/// A refusal leaves no trace: the same request may succeed later.
async fn what_was_refused_is_not_remembered(store: Store) {
    let stage = Stage::set(&store).await;
    let request_id = stage.service.uuid();
    let requests = stage.service.count("request").await;
    stage.service.suspend("contoso").await.unwrap();
    let refused = stage.act(Verb::Accept, &request_id).await.unwrap_err();
    assert_eq!(reason(&refused), "PARTNER_NOT_ACTIVE SUSPENDED");
    assert_eq!(stage.service.count("request").await, requests);
    stage.service.reinstate("contoso").await.unwrap();
    stage.act(Verb::Accept, &request_id).await.unwrap();
}

async fn after_two_days_it_is_forgotten(store: Store) {
    let config = Config {
        forget_every: std::time::Duration::from_millis(20),
        ..Config::default()
    };
    let service = Service::configured(&store, config).await;
    let enroll = async || {
        let message = EnrollPartnerRequest {
            name: "partners/contoso".to_owned(),
            kind: RESELLER.into(),
            display_name: "Contoso".to_owned(),
            request_id: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
        };
        service
            .partners()
            .enroll_partner(with(&service.agent("contoso"), message))
            .await
    };
    enroll().await.unwrap();
    service.clock.advance(REMEMBERED / 2);
    enroll().await.unwrap();
    service.clock.advance(REMEMBERED);
    eventually("the request to be forgotten", SOON, async || {
        (service.count("request").await == 0).then_some(())
    })
    .await;
    let late = enroll().await.unwrap_err();
    assert_eq!(reason(&late), "ENROLLMENT_STATE PENDING");
}

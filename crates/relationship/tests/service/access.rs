//! CheckAccess and BatchCheckAccess: who may do what for whom, on what ground, as of one moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use platform::keys::Grant;
use proto::customer::v1::Permission;
use proto::relationship::v1::*;
use tests::{Store, on_both_stores, refused, with};

use crate::support::{Service, outcome, reason};
use crate::world::{MANAGING, RESELLER, question};

on_both_stores!(
    what_each_party_may_do,
    a_partnership_is_no_ground,
    an_unknown_customer_looks_unrelated_to_a_partner,
    only_partners_that_take_part,
    everybody_asks_about_itself_only,
    each_question_is_answered_to_who_asks_it,
    many_questions_are_answered_in_order,
    a_joint_acceptance_is_seen_whole,
);

/// R3, R22, R33, R34, R35: the reseller manages, the provider orders, both view; each on its own
/// relationship.
async fn what_each_party_may_do(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let [ours, theirs] = service
        .established(&service.joint("adatum", &partnership))
        .await
        .try_into()
        .unwrap();
    let [privilege] = service.privileges("contoso").await.try_into().unwrap();
    let allowed = |relationship: &str, privilege: &str| AccessDecision {
        allowed: true,
        relationship: relationship.to_owned(),
        privilege: privilege.to_owned(),
        reason: DenialReason::Unspecified.into(),
    };
    let not_for_this_kind = |relationship: &str| AccessDecision {
        allowed: false,
        reason: DenialReason::NotForThisKind.into(),
        ..allowed(relationship, "")
    };
    for permission in MANAGING {
        let reseller = service.check("contoso", "adatum", permission).await;
        assert_eq!(reseller, allowed(&ours, &privilege.name), "{permission:?}");
        let provider = service.check("fabrikam", "adatum", permission).await;
        assert_eq!(provider, not_for_this_kind(&theirs), "{permission:?}");
    }
    let order = Permission::SubmitOrders;
    assert_eq!(
        service.check("contoso", "adatum", order).await,
        not_for_this_kind(&ours)
    );
    assert_eq!(
        service.check("fabrikam", "adatum", order).await,
        allowed(&theirs, "")
    );
    for (partner, relationship) in [("contoso", &ours), ("fabrikam", &theirs)] {
        let view = service
            .check(partner, "adatum", Permission::ViewRecord)
            .await;
        assert_eq!(view, allowed(relationship, ""));
    }
}

/// R4, R29: a provider orders on its own relationship only; the reseller's, and their partnership,
/// are not enough.
async fn a_partnership_is_no_ground(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    service.established(&service.solo("adatum")).await;
    for permission in [Permission::SubmitOrders, Permission::ViewRecord] {
        let access = service.check("fabrikam", "adatum", permission).await;
        assert_eq!(
            access.reason(),
            DenialReason::RelationshipRequired,
            "{permission:?}"
        );
        assert_eq!(
            (access.relationship.as_str(), access.privilege.as_str()),
            ("", "")
        );
    }
}

/// R2, R3: only services and operators are told that there is no such customer.
async fn an_unknown_customer_looks_unrelated_to_a_partner(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    service.enrolled("northwind", RESELLER).await;
    service.established(&service.solo("adatum")).await;
    let northwind = service.agent("northwind");
    let ask = async |token: &str, customer: &str| {
        service
            .check_as(token, "northwind", customer, Permission::ManageUsers)
            .await
            .unwrap()
    };
    let unrelated = ask(&northwind, "adatum").await;
    assert_eq!(unrelated.reason(), DenialReason::RelationshipRequired);
    assert_eq!(ask(&northwind, "nobody").await, unrelated);
    for token in [service.operator(), service.token(&Grant::service())] {
        assert_eq!(
            ask(&token, "nobody").await.reason(),
            DenialReason::CustomerUnknown
        );
        assert_eq!(ask(&token, "adatum").await, unrelated);
    }
}

/// R5: the enrolment comes first, whatever the partner has.
async fn only_partners_that_take_part(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    service.established(&service.solo("adatum")).await;
    service.enroll("pending", RESELLER).await.unwrap();
    service.enroll("failed", RESELLER).await.unwrap();
    service
        .decide("failed", EnrollmentDecision::Reject)
        .await
        .unwrap();
    service.suspend("contoso").await.unwrap();
    for (partner, expected) in [
        ("nobody", DenialReason::PartnerNotEnrolled),
        ("pending", DenialReason::PartnerNotEnrolled),
        ("failed", DenialReason::PartnerNotEnrolled),
        ("contoso", DenialReason::PartnerSuspended),
    ] {
        for permission in [
            Permission::ManageUsers,
            Permission::SubmitOrders,
            Permission::ViewRecord,
        ] {
            let access = service.check(partner, "adatum", permission).await;
            assert_eq!(
                (access.allowed, access.reason()),
                (false, expected),
                "{partner}"
            );
        }
    }
    service.reinstate("contoso").await.unwrap();
    assert!(
        service
            .check("contoso", "adatum", Permission::ManageUsers)
            .await
            .allowed
    );
}

/// R1: a partner about itself, a customer about itself, services and operators about anybody.
async fn everybody_asks_about_itself_only(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    service.established(&service.solo("adatum")).await;
    let roleless = |tenant: &str| service.token(&Grant::tenant(tenant).role("billing"));
    for (token, told) in [
        (service.agent("contoso"), "OK"),
        (service.admin("contoso"), "OK"),
        (service.admin("adatum"), "OK"),
        (service.operator(), "OK"),
        (service.token(&Grant::service()), "OK"),
        (service.agent("adatum"), "CALLER_NOT_ALLOWED"),
        (roleless("contoso"), "CALLER_NOT_ALLOWED"),
        (roleless("adatum"), "CALLER_NOT_ALLOWED"),
        (service.admin("fabrikam"), "NOT_FOUND"),
        (service.agent("tailspin"), "NOT_FOUND"),
    ] {
        let one = question("contoso", "adatum", Permission::ViewRecord);
        let answer = service
            .access()
            .check_access(with(&token, one.clone()))
            .await;
        assert_eq!(outcome(&answer), told);
        let batch = BatchCheckAccessRequest {
            questions: vec![one],
        };
        let answer = service
            .access()
            .batch_check_access(with(&token, batch))
            .await;
        assert_eq!(outcome(&answer), told);
    }
    // one foreign question refuses the whole batch
    let questions = vec![
        question("contoso", "adatum", Permission::ViewRecord),
        question("fabrikam", "adatum", Permission::ViewRecord),
    ];
    let batch = BatchCheckAccessRequest { questions };
    let answer = service
        .access()
        .batch_check_access(with(&service.agent("contoso"), batch.clone()))
        .await;
    assert_eq!(reason(&answer.unwrap_err()), "NOT_FOUND");
    let answer = service
        .access()
        .batch_check_access(with(&service.admin("adatum"), batch))
        .await;
    assert_eq!(outcome(&answer), "OK");
}

/// R3: a company that is a partner asks about its own customer and, in the same batch, about
/// who would serve it: there it is told what a customer is told.
async fn each_question_is_answered_to_who_asks_it(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    service.established(&service.solo("adatum")).await;
    let admin = service.admin("contoso");
    let as_customer = question("nobody", "contoso", Permission::ViewRecord);
    let as_partner = question("contoso", "adatum", Permission::ViewRecord);
    for questions in [
        [as_customer.clone(), as_partner.clone()],
        [as_partner, as_customer],
    ] {
        let mut alone = Vec::new();
        for one in questions.clone() {
            let answer = service.access().check_access(with(&admin, one)).await;
            alone.extend(answer.unwrap().into_inner().decision);
        }
        let batch = BatchCheckAccessRequest {
            questions: questions.to_vec(),
        };
        let answer = service
            .access()
            .batch_check_access(with(&admin, batch))
            .await;
        assert_eq!(answer.unwrap().into_inner().decisions, alone);
    }
}

/// R3: up to 100 questions, answered in the order asked, each as if it had been asked alone.
async fn many_questions_are_answered_in_order(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    service
        .established(&service.joint("adatum", &partnership))
        .await;
    service.established(&service.solo("tailspin")).await;
    let mut questions = Vec::new();
    for permission in MANAGING
        .into_iter()
        .chain([Permission::SubmitOrders, Permission::ViewRecord])
    {
        for partner in ["contoso", "fabrikam", "nobody"] {
            for customer in ["adatum", "tailspin", "unknown"] {
                questions.push(question(partner, customer, permission));
            }
        }
    }
    let operator = service.operator();
    for count in [1, 2, 3, 17, questions.len()] {
        let asked = questions[questions.len() - count..].to_vec();
        let batch = BatchCheckAccessRequest {
            questions: asked.clone(),
        };
        let answer = service
            .access()
            .batch_check_access(with(&operator, batch))
            .await
            .unwrap();
        let decisions = answer.into_inner().decisions;
        assert_eq!(decisions.len(), count);
        for (one, decision) in asked.into_iter().zip(decisions) {
            let alone = service
                .access()
                .check_access(with(&operator, one.clone()))
                .await
                .unwrap();
            assert_eq!(alone.into_inner().decision, Some(decision), "{one:?}");
        }
    }
    for count in [0, 101] {
        let one = question("contoso", "adatum", Permission::ViewRecord);
        let batch = BatchCheckAccessRequest {
            questions: vec![one; count],
        };
        let answer = service
            .access()
            .batch_check_access(with(&operator, batch))
            .await;
        assert_eq!(refused(&answer.unwrap_err()).fields, ["questions"]);
    }
    let hundred = vec![question("contoso", "adatum", Permission::ViewRecord); 100];
    let batch = BatchCheckAccessRequest { questions: hundred };
    let answer = service
        .access()
        .batch_check_access(with(&operator, batch))
        .await
        .unwrap();
    assert!(
        answer
            .into_inner()
            .decisions
            .iter()
            .all(|decision| decision.allowed)
    );
}

/// R36: whoever asks while joint acceptances are decided sees both relationships of a customer or
/// neither.
async fn a_joint_acceptance_is_seen_whole(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let done = Arc::new(AtomicBool::new(false));
    let customers: Vec<_> = (0..50).map(|number| format!("c{number}")).collect();
    let questions: Vec<_> = customers
        .iter()
        .flat_map(|customer| {
            ["contoso", "fabrikam"]
                .map(|partner| question(partner, customer, Permission::ViewRecord))
        })
        .collect();
    let watcher = {
        let (mut access, done) = (service.access(), done.clone());
        let operator = service.operator();
        tokio::spawn(async move {
            let mut partly = 0;
            while !done.load(Ordering::Relaxed) {
                let batch = BatchCheckAccessRequest {
                    questions: questions.clone(),
                };
                let answer = access
                    .batch_check_access(with(&operator, batch))
                    .await
                    .unwrap();
                let decisions = answer.into_inner().decisions;
                let pairs: Vec<_> = decisions
                    .chunks(2)
                    .map(|pair| [pair[0].allowed, pair[1].allowed])
                    .collect();
                assert!(
                    pairs.iter().all(|[ours, theirs]| ours == theirs),
                    "{pairs:?}"
                );
                let allowed = pairs.iter().filter(|[ours, _]| *ours).count();
                partly += usize::from((1..50).contains(&allowed));
            }
            partly
        })
    };
    for customer in &customers {
        service
            .established(&service.joint(customer, &partnership))
            .await;
    }
    done.store(true, Ordering::Relaxed);
    assert!(
        watcher.await.unwrap() > 0,
        "nobody asked while acceptances were decided"
    );
}

//! Acting for a customer: what is asked before, and in whose name the portals are asked then, if at
//! all.

use platform::error::SharedRefusal;
use platform::keys::Grant;
use proto::gateway::v1::connection_service_client::ConnectionServiceClient;
use proto::relationship::v1::{AccessDecision, CheckAccessRequest, DenialReason};
use tests::refused;
use tonic::{Code, Status};

use crate::acting::{Act, Call, Scene, agent};
use crate::portals::Asked;
use crate::support::{Gateway, Keys, StandIn, gone};

/// R2, R3, R22, R29, R33: each act needs exactly its permission, of the acting partner itself, and
/// reaches the portals whole: in the name of who acts, by what granted it, with the caller's
/// `request_id`. Both kinds of order need the same.
#[tokio::test]
async fn an_act_is_asked_for_and_then_done() {
    for act in Act::ALL {
        let scene = Scene::start().await;
        scene.does(act).await.unwrap();
        let question = CheckAccessRequest {
            partner: "partners/contoso".to_owned(),
            customer: "customers/adatum".to_owned(),
            permission: act.permission().into(),
        };
        scene
            .programme
            .was(|state| assert_eq!(state.checked, [question], "{act:?}"));
        assert_eq!(scene.portals.asked(), [act.asked()]);
        assert_eq!(scene.portals.tokens(), 0, "no user's token goes there");
    }
}

/// R4, R34: a provider's order is asked of its own relationship and made in its own name; there is
/// no privilege in it.
#[tokio::test]
async fn a_provider_orders_on_its_own_relationship() {
    let scene = Scene::start().await;
    let own = "partners/fabrikam/relationships/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a03";
    scene.programme.is(|state| {
        state.decision = Some(AccessDecision {
            allowed: true,
            relationship: own.to_owned(),
            ..Default::default()
        });
    });
    let call = Call {
        parent: "partners/fabrikam/customers/adatum".to_owned(),
        ..Call::default()
    };
    let token = agent(&scene.gateway, "fabrikam");
    for act in [Act::OrderNew, Act::OrderMore] {
        scene.does_as(&token, act, &call).await.unwrap();
    }
    scene.programme.was(|state| {
        let asked = |check: &CheckAccessRequest| check.partner == "partners/fabrikam";
        assert!(state.checked.len() == 2 && state.checked.iter().all(asked));
    });
    for asked in scene.portals.asked() {
        let Asked::Order(order) = asked else {
            panic!("{asked:?}")
        };
        let mandate = order.mandate.unwrap();
        assert_eq!(
            (
                mandate.partner.as_str(),
                mandate.relationship.as_str(),
                mandate.privilege.as_str()
            ),
            ("partners/fabrikam", own, "")
        );
    }
}

/// R2, R3, R4, R29, R35: a denial is PERMISSION_DENIED with its reason, whatever the act, and
/// nothing reaches the portals.
#[tokio::test]
async fn a_denied_act_never_reaches_the_portals() {
    let denials = [
        (DenialReason::RelationshipRequired, "RELATIONSHIP_REQUIRED"),
        (DenialReason::PrivilegeRequired, "PRIVILEGE_REQUIRED"),
        (DenialReason::PartnerSuspended, "PARTNER_SUSPENDED"),
        (DenialReason::PartnerNotEnrolled, "PARTNER_NOT_ENROLLED"),
        (DenialReason::NotForThisKind, "NOT_FOR_THIS_KIND"),
        (DenialReason::CustomerUnknown, "CUSTOMER_UNKNOWN"),
    ];
    let scene = Scene::start().await;
    for (reason, name) in denials {
        scene.programme.denies(reason);
        for act in Act::ALL {
            let answer = refused(&scene.does(act).await.unwrap_err());
            assert_eq!(
                (answer.code, answer.domain.as_str(), answer.reason.as_str()),
                (Code::PermissionDenied, "partnerconnect.relationship", name),
                "{act:?}"
            );
        }
    }
    assert_eq!(scene.portals.asked(), []);
}

/// What the relationship service does not say is no permission: neither silence nor a reason that
/// nobody knows.
#[tokio::test]
async fn without_a_decision_nothing_is_done() {
    let scene = Scene::start().await;
    let nameless = |reason| AccessDecision {
        reason,
        ..Default::default()
    };
    for (decision, empty) in [
        (Some(nameless(0)), false),
        (Some(nameless(999)), false),
        (None, true),
    ] {
        scene.programme.is(|state| {
            (state.decision, state.empty) = (decision, empty);
        });
        let status = scene.does(Act::OrderNew).await.unwrap_err();
        assert_eq!(
            (status.code(), status.message()),
            (Code::Internal, "internal error")
        );
    }
    let cases = [
        (Status::data_loss("secret"), Code::Internal),
        (Status::unavailable("secret"), Code::Unavailable),
        (
            SharedRefusal::invalid("partner", "must be known").into(),
            Code::Internal,
        ),
        (SharedRefusal::NotFound.into(), Code::NotFound),
    ];
    for (status, expected) in cases {
        scene.programme.is(|state| state.status = Some(status));
        let status = scene.does(Act::OrderNew).await.unwrap_err();
        assert_eq!(status.code(), expected);
        assert!(!status.message().contains("secret"));
    }
    assert_eq!(scene.portals.asked(), []);
}

/// RFC 9562: a UUID is the same UUID in capitals.
#[tokio::test]
async fn a_request_id_may_be_in_capitals() {
    let scene = Scene::start().await;
    let token = scene.gateway.agent();
    let call = Call {
        request_id: Call::default().request_id.to_ascii_uppercase(),
        ..Call::default()
    };
    for act in Act::ALL {
        scene.does_as(&token, act, &call).await.unwrap();
    }
    assert_eq!(scene.portals.asked().len(), Act::ALL.len());
}

/// A repeat is asked for access again, and goes to the portals with the same `request_id`, which
/// recognise it; after a removal it is denied.
#[tokio::test]
async fn a_repeat_is_asked_for_access_again() {
    let scene = Scene::start().await;
    for _ in 0..2 {
        scene.does(Act::OrderNew).await.unwrap();
    }
    let asked = || Act::OrderNew.asked();
    assert_eq!(scene.portals.asked(), [asked(), asked()]);
    scene.programme.denies(DenialReason::RelationshipRequired);
    let status = scene.does(Act::OrderNew).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert_eq!(scene.programme.was(|state| state.checked.len()), 3);
    assert_eq!(scene.portals.asked().len(), 2);
}

/// R1: only the partner's own admins act. Another organisation, the customer included, finds
/// nothing; neither is asked further.
#[tokio::test]
async fn others_do_not_act() {
    let scene = Scene::start().await;
    let callers = [
        (Grant::operator(), Code::PermissionDenied),
        (Grant::service(), Code::PermissionDenied),
        (Grant::tenant("contoso"), Code::PermissionDenied),
        (
            Grant::tenant("contoso").role("sales-agent"),
            Code::PermissionDenied,
        ),
        (Grant::tenant("adatum"), Code::PermissionDenied),
        (Grant::tenant("adatum").role("global-admin"), Code::NotFound),
        (
            Grant::tenant("fabrikam").role("admin-agent"),
            Code::NotFound,
        ),
    ];
    for (grant, expected) in callers {
        let token = scene.gateway.token(&grant);
        for act in Act::ALL {
            let done = scene.does_as(&token, act, &Call::default()).await;
            assert_eq!(done.unwrap_err().code(), expected, "{act:?} as {grant:?}");
        }
    }
    assert!(scene.programme.was(|state| state.checked.is_empty()));
    assert_eq!(scene.portals.asked(), []);
}

/// A thing of another customer is NOT_FOUND, whether there is one or not: nobody is asked.
#[tokio::test]
async fn what_another_customer_has_is_not_found() {
    let scene = Scene::start().await;
    let call = Call {
        owner: "northwind".to_owned(),
        ..Call::default()
    };
    let token = scene.gateway.agent();
    for act in Act::ALL.into_iter().filter(|act| !act.names().is_empty()) {
        let status = scene.does_as(&token, act, &call).await.unwrap_err();
        let expected = Status::from(SharedRefusal::NotFound);
        assert_eq!(
            (status.code(), status.message(), status.details()),
            (expected.code(), expected.message(), expected.details()),
            "{act:?}"
        );
    }
    assert!(scene.programme.was(|state| state.checked.is_empty()));
    assert_eq!(scene.portals.asked(), []);
}

/// Names and `request_id` are read here; every violation is told at once, and nobody is asked.
#[tokio::test]
async fn malformed_requests_are_refused() {
    let scene = Scene::start().await;
    let token = scene.gateway.agent();
    for request_id in ["", "7", "6F1C2A0E8D1B4C5E9F3A2B7D4E6F8A90"] {
        for parent in [
            "",
            "customers/adatum",
            "partners/contoso/customers/Adatum",
            "partners/contoso/customers/a/b",
        ] {
            for act in Act::ALL {
                let call = Call {
                    parent: parent.to_owned(),
                    request_id: request_id.to_owned(),
                    owner: "..%2f".to_owned(),
                };
                let answer = refused(&scene.does_as(&token, act, &call).await.unwrap_err());
                assert_eq!(
                    (answer.code, answer.reason.as_str()),
                    (Code::InvalidArgument, "INVALID_FIELDS")
                );
                let mut expected = vec!["parent", "request_id"];
                // the subscription of an assignment is well-formed here
                expected.extend(act.names().last());
                assert_eq!(answer.fields, expected, "{act:?}");
            }
        }
        let call = Call {
            request_id: request_id.to_owned(),
            ..Call::default()
        };
        for act in Act::ALL {
            let answer = refused(&scene.does_as(&token, act, &call).await.unwrap_err());
            assert_eq!(answer.fields, ["request_id"], "{act:?}");
        }
    }
    assert!(scene.programme.was(|state| state.checked.is_empty()));
    assert_eq!(scene.portals.asked(), []);
}

/// Without the relationship service nothing is done.
#[tokio::test]
async fn without_the_programme_nothing_is_done() {
    let mut portals = StandIn::content().await;
    let services = [gone(), gone(), gone(), portals.address];
    let gateway = Gateway::before(Keys::generate(), services).await;
    let client = ConnectionServiceClient::new(gateway.channel());
    let (token, call) = (gateway.agent(), Call::default());
    for act in Act::ALL {
        let done = act.call(client.clone(), &token, &call).await;
        assert_eq!(done.unwrap_err().code(), Code::Unavailable);
    }
    assert!(portals.is_untouched());
}

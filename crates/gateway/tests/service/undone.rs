//! Acting for a customer while the portals refuse, fail, answer nonsense, are slow, or are away.

use std::time::Duration;

use platform::error::{SharedRefusal, precondition};
use platform::identity::Peer;
use proto::gateway::v1 as gateway;
use proto::gateway::v1::connection_service_client::ConnectionServiceClient;
use tests::{refused, with};
use tonic::{Code, Status};

use crate::acting::{Act, Call, PARENT, Scene};
use crate::portals::{ACTS, Answer};
use crate::programme::Programme;
use crate::support::{Gateway, Keys, gone};

/// What the portals refuse passes whole, of the caller's own fields too; where they refuse a field
/// that is ours, or us, it is an incident, and their words stay here.
#[tokio::test]
async fn refusals_of_the_portals_pass_and_failures_do_not() {
    let scene = Scene::start().await;
    let metadata = [("state", "SUSPENDED".to_owned())];
    let refusal = precondition(
        "partnerconnect.customer",
        "SUBSCRIPTION_STATE",
        "subscription",
        "it is suspended",
        &metadata,
    );
    for act in Act::ALL {
        for passing in [
            refusal.clone(),
            SharedRefusal::invalid(act.field(), "must be better").into(),
            SharedRefusal::invalid("request_id", "must be better").into(),
            SharedRefusal::NotFound.into(),
            SharedRefusal::RequestIdReused.into(),
            SharedRefusal::EtagMismatch.into(),
            SharedRefusal::Unavailable.into(),
        ] {
            scene.portals.answer(&ACTS, &Answer::Says(passing.clone()));
            let status = scene.does(act).await.unwrap_err();
            assert_eq!(
                (status.code(), status.message(), status.details()),
                (passing.code(), passing.message(), passing.details()),
                "{act:?}"
            );
        }
        let ours = |field: &str| Status::from(SharedRefusal::invalid(field, "secret"));
        let failures = [
            (ours("mandate.subject"), Code::Internal),
            (ours("mandate"), Code::Internal),
            (ours("customer"), Code::Internal),
            (ours("parent"), Code::Internal),
            (Status::invalid_argument("secret"), Code::Internal),
            (Status::permission_denied("secret"), Code::Unavailable),
            (SharedRefusal::CallerNotAllowed.into(), Code::Unavailable),
            (SharedRefusal::TokenMissing.into(), Code::Unavailable),
            (SharedRefusal::PeerNotAllowed.into(), Code::Unavailable),
            (SharedRefusal::PeerTokenInvalid.into(), Code::Unavailable),
            (Status::data_loss("secret"), Code::Internal),
            (Status::unavailable("secret"), Code::Unavailable),
            (Status::cancelled("secret"), Code::Unavailable),
            (
                Status::resource_exhausted("secret"),
                Code::ResourceExhausted,
            ),
        ];
        for (failure, expected) in failures {
            scene.portals.answer(&ACTS, &Answer::Says(failure.clone()));
            let status = scene.does(act).await.unwrap_err();
            assert_eq!(status.code(), expected, "{act:?}: {failure:?}");
            let answer = refused(&status);
            assert_eq!(answer.domain, "partnerconnect.platform");
            assert!(answer.fields.is_empty() && !status.message().contains("secret"));
        }
    }
}

/// An order of nothing is the portals' to refuse, in the caller's words.
#[tokio::test]
async fn an_order_of_nothing_is_refused() {
    let mut scene = Scene::start().await;
    let refusal = SharedRefusal::invalid("order", "must be new_subscription or more_licenses");
    let says = Answer::Says(refusal.into());
    scene.portals.answer(&["SubmitOrder"], &says);
    let request = gateway::SubmitOrderRequest {
        parent: PARENT.to_owned(),
        order: None,
        request_id: Call::default().request_id,
    };
    let token = scene.gateway.agent();
    let answer = scene.client.submit_order(with(&token, request)).await;
    assert_eq!(refused(&answer.unwrap_err()).fields, ["order"]);
}

/// An answer that says nothing, or shows what another customer has, is never passed on.
#[tokio::test]
async fn nonsense_of_the_portals_is_an_incident() {
    let scene = Scene::start().await;
    for answer in [Answer::Nothing, Answer::Anothers] {
        scene.portals.answer(&ACTS, &answer);
        for act in Act::ALL {
            let status = scene.does(act).await.unwrap_err();
            assert_eq!(
                (status.code(), status.message()),
                (Code::Internal, "internal error"),
                "{act:?}: {answer:?}"
            );
        }
    }
}

/// F8: while nobody answers for the portals an act is UNAVAILABLE, is not tried twice, and can be
/// repeated.
#[tokio::test]
async fn portals_that_are_away_are_unavailable() {
    let (keys, programme) = (Keys::generate(), Programme::default());
    let (relationship, _stop) = keys.serve(Peer::Relationship, programme.service()).await;
    let gateway = Gateway::before(keys, [gone(), relationship, gone(), gone()]).await;
    let mut client = ConnectionServiceClient::new(gateway.channel());
    let request = gateway::AddUserRequest {
        parent: PARENT.to_owned(),
        request_id: Call::default().request_id,
        ..Default::default()
    };
    let answer = client.add_user(with(&gateway.agent(), request)).await;
    let answer = refused(&answer.unwrap_err());
    assert_eq!(
        (answer.code, answer.reason.as_str()),
        (Code::Unavailable, "UNAVAILABLE")
    );

    let scene = Scene::start().await;
    let away = Answer::Says(Status::unavailable("away"));
    scene.portals.answer(&ACTS, &away);
    let status = scene.does(Act::OrderNew).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(scene.portals.asked(), [Act::OrderNew.asked()]);
    scene.portals.answer(&ACTS, &Answer::Well);
    scene.does(Act::OrderNew).await.unwrap();
}

/// Whoever does not answer in time, the caller is told that its time is over.
#[tokio::test]
async fn portals_that_are_slow_take_no_longer_than_the_call() {
    let mut keys = Keys::generate();
    keys.deadline = Duration::from_millis(500);
    let scene = Scene::with_keys(keys).await;
    scene.portals.answer(&ACTS, &Answer::Never);
    let answer = refused(&scene.does(Act::OrderNew).await.unwrap_err());
    assert_eq!(
        (answer.code, answer.reason.as_str()),
        (Code::DeadlineExceeded, "DEADLINE_EXCEEDED")
    );
}

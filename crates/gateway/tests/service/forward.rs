//! What is forwarded: to whom, with what, and what becomes of it when things go wrong.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use platform::client::Upstream;
use platform::error;
use platform::identity::{Peer, SERVICE_AUTHORIZATION};
use prost::Message;
use prost_types::FileDescriptorSet;
use tests::refused;
use tokio::sync::Notify;
use tonic::Code;
use tower::ServiceExt;

use crate::support::{Does, Gateway, Keys, StandIn, framed, gone, socket};

const CHECK_ACCESS: &str = "/partnerconnect.relationship.v1.AccessService/CheckAccess";
/// No message of ours: whoever decoded it would refuse it.
const NONSENSE: &[u8] = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";

fn headers<const N: usize>(pairs: [(&'static str, &str); N]) -> HeaderMap {
    let value = |value: &str| HeaderValue::try_from(value).unwrap();
    pairs
        .map(|(name, text)| (HeaderName::from_static(name), value(text)))
        .into_iter()
        .collect()
}

async fn before(relationship: &StandIn) -> Gateway {
    Gateway::start(gone(), relationship.address, gone()).await
}

/// Body, headers, trailers and the details of a refusal pass as they are, neither decoded nor
/// re-encoded.
#[tokio::test]
async fn a_call_passes_undecoded() {
    let mut trailers = headers([("x-last", "2")]);
    let metadata = [("state", "ENDED".to_owned())];
    let refusal = error::precondition("partnerconnect.x", "REASON", "it", "não – nein", &metadata);
    refusal.add_header(&mut trailers).unwrap();
    let answers = Does::answers(headers([("x-first", "1")]), framed(NONSENSE), trailers);
    let mut relationship = StandIn::start(answers).await;
    let gateway = before(&relationship).await;

    let call = gateway
        .call(CHECK_ACCESS)
        .header("x-mine", "a")
        .header("x-mine-bin", "AAEC");
    let answer = gateway.send(call, framed(NONSENSE)).await;

    let received = relationship.received().await;
    assert_eq!(received.path, CHECK_ACCESS);
    assert_eq!(received.body, framed(NONSENSE));
    assert_eq!(
        (&received.headers["x-mine"], &received.headers["x-mine-bin"]),
        (&"a".parse().unwrap(), &"AAEC".parse().unwrap())
    );
    assert!(
        received.headers["authorization"]
            .to_str()
            .unwrap()
            .starts_with("Bearer ey")
    );
    assert_eq!(answer.headers["x-first"], "1");
    assert_eq!(answer.body, framed(NONSENSE));
    assert_eq!(answer.trailers["x-last"], "2");
    let status = answer.status();
    assert_eq!(
        (status.code(), status.message()),
        (Code::FailedPrecondition, "não – nein")
    );
    assert_eq!(status.details(), refusal.details());
    assert_eq!(refused(&status).metadata["state"], "ENDED");
}

/// Every public service reaches its owner and nobody else.
#[tokio::test]
async fn each_service_has_its_owner() {
    let mut owners = [
        StandIn::content().await,
        StandIn::content().await,
        StandIn::content().await,
    ];
    let gateway = Gateway::start(owners[0].address, owners[1].address, owners[2].address).await;
    let methods = [
        (
            "/partnerconnect.invitation.v1.InvitationService/GetInvitation",
            0,
        ),
        (
            "/partnerconnect.relationship.v1.PartnerService/GetPartner",
            1,
        ),
        (
            "/partnerconnect.relationship.v1.RelationshipService/ListCustomers",
            1,
        ),
        (CHECK_ACCESS, 1),
        (
            "/partnerconnect.notification.v1.NotificationService/ListNotices",
            2,
        ),
    ];
    for (method, owner) in methods {
        let answer = gateway.send(gateway.call(method), framed(b"")).await;
        assert_eq!(answer.status().code(), Code::Ok, "{method}");
        assert_eq!(owners[owner].received().await.path, method);
        assert!(owners.iter_mut().all(StandIn::is_untouched), "{method}");
    }
}

/// Whoever calls from outside is no service, whatever it claims.
#[tokio::test]
async fn the_identity_of_a_service_is_taken_away() {
    let mut relationship = StandIn::content().await;
    let gateway = before(&relationship).await;
    let genuine = service_token(
        &gateway,
        &mut relationship,
        Peer::Invitation,
        Peer::Relationship,
    )
    .await;
    for claimed in [genuine, HeaderValue::from_static("Bearer forged")] {
        let call = gateway
            .call(CHECK_ACCESS)
            .header(SERVICE_AUTHORIZATION, &claimed)
            .header(SERVICE_AUTHORIZATION, &claimed);
        assert_eq!(
            gateway.send(call, framed(b"")).await.status().code(),
            Code::Ok
        );
        assert!(
            !relationship
                .received()
                .await
                .headers
                .contains_key(SERVICE_AUTHORIZATION)
        );
    }
}

/// What `from` proves itself with to `to`, as it arrives at a stand-in.
async fn service_token(
    gateway: &Gateway,
    stand_in: &mut StandIn,
    from: Peer,
    to: Peer,
) -> HeaderValue {
    let url = format!("http://{}", stand_in.address);
    let upstream = Upstream::new(&url, to, Some(gateway.keys.signer(from))).unwrap();
    let call = http::Request::post(format!("{url}/any/Method"))
        .body(tonic::body::Body::empty())
        .unwrap();
    let Ok(_) = upstream.oneshot(call).await;
    stand_in.received().await.headers[SERVICE_AUTHORIZATION].clone()
}

/// A deadline is passed on shorter, never longer; a call without one gets one.
#[tokio::test]
async fn a_deadline_gets_shorter() {
    let mut relationship = StandIn::content().await;
    let gateway = before(&relationship).await;
    for (asked, most) in [
        (Some("500m"), 500),
        (Some("2S"), 2_000),
        (Some("99999999H"), 30_000),
        (None, 10_000),
    ] {
        let call = asked
            .into_iter()
            .fold(gateway.call(CHECK_ACCESS), |call, asked| {
                call.header("grpc-timeout", asked)
            });
        gateway.send(call, framed(b"")).await;
        let passed = relationship.received().await.headers["grpc-timeout"]
            .to_str()
            .unwrap()
            .to_owned();
        let micros: u64 = passed.strip_suffix('u').unwrap().parse().unwrap();
        assert!(
            micros < most * 1_000 && micros > most * 500,
            "{asked:?} became {passed}"
        );
    }
}

/// An owner that takes too long is DEADLINE_EXCEEDED, never the CANCELLED of a library.
#[tokio::test]
async fn a_deadline_that_passes_is_said() {
    let relationship = StandIn::start(Does::Hangs(Arc::default())).await;
    // The gateway's own time is short: a client that names one would give up by itself.
    let mut keys = Keys::generate();
    keys.deadline = Duration::from_millis(200);
    let gateway = Gateway::with_keys(keys, gone(), relationship.address, gone()).await;
    let status = gateway
        .send(gateway.call(CHECK_ACCESS), framed(b""))
        .await
        .status();
    assert_eq!(
        (status.code(), refused(&status).reason.as_str()),
        (Code::DeadlineExceeded, "DEADLINE_EXCEEDED")
    );
}

/// F8: an owner that is gone is UNAVAILABLE, asked once and not again; when it is there, calls
/// reach it.
#[tokio::test]
async fn an_owner_that_is_gone_is_unavailable() {
    let address = gone();
    let gateway = Gateway::start(gone(), address, gone()).await;
    let status = gateway
        .send(gateway.call(CHECK_ACCESS), framed(b""))
        .await
        .status();
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(refused(&status).reason, "UNAVAILABLE");

    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let ok = headers([("grpc-status", "0")]);
    let mut relationship = StandIn::on(
        listener,
        address,
        Does::answers(HeaderMap::new(), framed(b""), ok),
    );
    tests::eventually("the owner is reached", Duration::from_secs(10), || async {
        let answer = gateway.send(gateway.call(CHECK_ACCESS), framed(b"")).await;
        (answer.status().code() == Code::Ok).then_some(())
    })
    .await;
    relationship.received().await;
    assert!(relationship.is_untouched(), "one call is passed on once");
}

/// F8: what an owner refuses is not tried again.
#[tokio::test]
async fn nothing_is_tried_twice() {
    let unavailable = headers([("grpc-status", "14")]);
    let mut relationship =
        StandIn::start(Does::answers(HeaderMap::new(), framed(b""), unavailable)).await;
    let gateway = before(&relationship).await;
    assert_eq!(
        gateway
            .send(gateway.call(CHECK_ACCESS), framed(b""))
            .await
            .status()
            .code(),
        Code::Unavailable
    );
    relationship.received().await;
    assert!(relationship.is_untouched());
}

/// F14: a caller that goes away is noticed by the owner.
#[tokio::test]
async fn cancellation_passes() {
    let gone = Arc::new(Notify::new());
    let mut relationship = StandIn::start(Does::Hangs(gone.clone())).await;
    let gateway = Arc::new(before(&relationship).await);
    let calling = tokio::spawn({
        let gateway = gateway.clone();
        async move { gateway.send(gateway.call(CHECK_ACCESS), framed(b"")).await }
    });
    relationship.received().await;
    calling.abort();
    tokio::time::timeout(Duration::from_secs(5), gone.notified())
        .await
        .expect("the owner is told");
}

/// Without a valid token nothing is passed on.
#[tokio::test]
async fn a_token_is_asked_for_here_already() {
    let mut relationship = StandIn::content().await;
    let gateway = before(&relationship).await;
    let nobody = gateway.anonymous(CHECK_ACCESS);
    let forged = gateway
        .anonymous(CHECK_ACCESS)
        .header("authorization", "Bearer ey.ey.ey");
    for call in [nobody, forged] {
        assert_eq!(
            gateway.send(call, framed(b"")).await.status().code(),
            Code::Unauthenticated
        );
    }
    assert!(relationship.is_untouched());
}

/// A request over the limit is refused with RESOURCE_EXHAUSTED, not passed on whole.
#[tokio::test]
async fn a_request_over_the_limit_is_refused() {
    let relationship = StandIn::content().await;
    let gateway = before(&relationship).await;
    let status = gateway
        .send(gateway.call(CHECK_ACCESS), framed(&vec![0; 2 << 20]))
        .await
        .status();
    assert_eq!(status.code(), Code::ResourceExhausted);
}

/// What is no whole message is the caller's mistake, said here: the owner is not blamed for it.
#[tokio::test]
async fn a_request_that_is_not_one_message_is_refused() {
    let mut relationship = StandIn::content().await;
    let gateway = before(&relationship).await;
    let whole = framed(b"abc");
    for body in [whole[..6].to_vec(), [&whole[..], b"d"].concat()] {
        let status = gateway
            .send(gateway.call(CHECK_ACCESS), body)
            .await
            .status();
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
        assert_eq!(refused(&status).reason, "INVALID_FIELDS");
        assert!(relationship.is_untouched());
    }
}

/// Nothing internal, nothing unknown can be called, not even by a service that proves itself.
#[tokio::test]
async fn internal_methods_do_not_exist_here() {
    let mut owners = [
        StandIn::content().await,
        StandIn::content().await,
        StandIn::content().await,
        StandIn::content().await,
    ];
    let addresses = owners.each_ref().map(|owner| owner.address);
    let gateway = Gateway::before(Keys::generate(), addresses).await;
    let genuine = service_token(
        &gateway,
        &mut owners[1],
        Peer::Invitation,
        Peer::Relationship,
    )
    .await;
    let mut paths = vec![
        "/partnerconnect.relationship.v1.AccessService/Unheard".to_owned(),
        "/partnerconnect.relationship.v1.AccessService/CheckAccess/".to_owned(),
    ];
    let set = FileDescriptorSet::decode(proto::FILE_DESCRIPTOR_SET).unwrap();
    let inside =
        |package: &str| package.contains("internal") || package == "partnerconnect.directory.v1";
    for file in set.file.iter().filter(|file| inside(file.package())) {
        for service in &file.service {
            let path = |method: &str| format!("/{}.{}/{method}", file.package(), service.name());
            paths.extend(service.method.iter().map(|method| path(method.name())));
        }
    }
    assert!(
        paths.len() > 15,
        "the internal methods are found: {paths:?}"
    );
    for path in paths {
        let call = gateway.call(&path).header(SERVICE_AUTHORIZATION, &genuine);
        let status = gateway.send(call, framed(b"")).await.status();
        assert_eq!(status.code(), Code::Unimplemented, "{path}");
    }
    assert!(owners.iter_mut().all(StandIn::is_untouched));
}

/// The trace of a caller goes on in the owner.
#[tokio::test]
async fn a_trace_goes_on() {
    let _telemetry = platform::telemetry::init(platform::telemetry::Telemetry {
        service_name: "gateway".to_owned(),
        otlp_endpoint: None,
        log_format: platform::telemetry::LogFormat::Text,
        log_filter: "off".to_owned(),
    })
    .unwrap();
    let mut relationship = StandIn::content().await;
    let gateway = before(&relationship).await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let call = gateway
        .call(CHECK_ACCESS)
        .header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    gateway.send(call, framed(b"")).await;
    let passed = relationship.received().await.headers["traceparent"]
        .to_str()
        .unwrap()
        .to_owned();
    assert_eq!(passed.split('-').nth(1), Some(trace));
    assert!(
        !passed.contains("00f067aa0ba902b7"),
        "the owner's parent is the gateway's own span"
    );
}

/// Something between the gateway and a service, or in its place, answers in its own way: that is
/// never passed on.
#[tokio::test]
async fn an_answer_that_is_not_grpc_is_not_passed_on() {
    let (listener, address) = socket().await;
    let page = || async {
        (
            http::StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "a proxy's page",
        )
    };
    let router = axum::Router::new().fallback(page);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let gateway = Gateway::start(gone(), address, gone()).await;
    let answer = gateway.send(gateway.call(CHECK_ACCESS), framed(b"")).await;
    assert_eq!(answer.status().code(), Code::Unavailable);
    assert_eq!(refused(&answer.status()).reason, "UNAVAILABLE");
    assert!(answer.body.is_empty());
}

//! Why a call was refused, in the language of whoever called, whichever service refused it.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use platform::error::{self, SharedRefusal, Violation};
use tests::refused;
use tonic::{Code, Status};
use tonic_types::{LocalizedMessage, StatusExt};

use crate::support::{Answer, Does, Gateway, StandIn, framed, gone};

const CHECK_ACCESS: &str = "/partnerconnect.relationship.v1.AccessService/CheckAccess";

/// What a refusal says beside its reason: the language and the text; empty where nothing.
fn said(status: &Status) -> (String, String) {
    let LocalizedMessage { locale, message } =
        status.get_details_localized_message().unwrap_or_default();
    (locale, message)
}

/// The answer to a call in this language, where the owner of the method refuses so.
async fn answer(refusal: &Status, accepted: &str) -> Answer {
    let mut trailers =
        HeaderMap::from_iter([("x-last".parse().unwrap(), HeaderValue::from_static("2"))]);
    refusal.add_header(&mut trailers).unwrap();
    let answers = Does::answers(HeaderMap::new(), framed(b""), trailers);
    let relationship = StandIn::start(answers).await;
    let gateway = Gateway::start(gone(), relationship.address, gone()).await;
    let call = gateway
        .call(CHECK_ACCESS)
        .header("accept-language", accepted);
    gateway.send(call, framed(b"")).await
}

/// P16: what a service refuses has its text beside the stable reason, and everything else that it
/// said is as it was.
#[tokio::test]
async fn a_refusal_speaks_the_callers_language() {
    let found = [("state", "PROPOSED".to_owned())];
    let state = error::precondition(
        "partnerconnect.relationship",
        "PARTNERSHIP_STATE",
        "partnership",
        "the partnership is PROPOSED – não",
        &found,
    );
    for (accepted, locale, text) in [
        (
            "pt-BR",
            "pt-BR",
            "A parceria, como está, não permite isto. Ela ainda não foi aceita.",
        ),
        (
            "fr, pt;q=0.9, en;q=0.8",
            "pt-BR",
            "A parceria, como está, não permite isto. Ela ainda não foi aceita.",
        ),
        (
            "en-GB",
            "en",
            "The partnership does not allow this as it stands. It has not been accepted yet.",
        ),
        (
            "tlh",
            "en",
            "The partnership does not allow this as it stands. It has not been accepted yet.",
        ),
    ] {
        let answer = answer(&state, accepted).await;
        assert_eq!(answer.trailers["x-last"], "2");
        let status = answer.status();
        assert_eq!(said(&status), (locale.to_owned(), text.to_owned()));
        assert_eq!(status.message(), state.message());
        assert_eq!(refused(&status), refused(&state));
        let subject = |status: &Status| {
            let failure = status.get_details_precondition_failure().unwrap();
            failure.violations[0].subject.clone()
        };
        assert_eq!(subject(&status), subject(&state));
    }

    let wrong = [
        Violation::new("parent", "must be partners/{partner}"),
        Violation::new("page_size", "must not be negative"),
    ];
    let fields = Status::from(SharedRefusal::InvalidFields(wrong.to_vec()));
    let answered = answer(&fields, "pt").await.status();
    assert_eq!(
        said(&answered).1,
        "Estes campos não estão preenchidos como devem: parent, page_size."
    );
    let busy = Status::from(SharedRefusal::Overloaded(Duration::from_secs(7)));
    let answered = answer(&busy, "pt").await.status();
    assert!(said(&answered).1.starts_with("Há solicitações demais"));
    let retry = answered.get_details_retry_info().unwrap().retry_delay;
    assert_eq!(retry, Some(Duration::from_secs(7)));
}

/// P16: a reason that a newer service answers is told by its name; what is no reason of ours stays
/// as it came.
#[tokio::test]
async fn what_has_no_text_is_told_as_it_is() {
    let newer = error::status(
        Code::FailedPrecondition,
        "partnerconnect.invitation",
        "FULL_MOON",
        "the moon is full",
        &[],
    );
    let status = answer(&newer, "pt-BR").await.status();
    assert_eq!(said(&status).1, "Isto foi recusado (FULL_MOON).");
    let foreign = error::status(Code::Aborted, "example.com", "FULL_MOON", "full", &[]);
    let status = answer(&foreign, "pt-BR").await.status();
    assert_eq!(status.details(), foreign.details());
}

/// P16: what the gateway refuses itself, in whichever layer, is told alike; and nothing to whoever
/// names no language.
#[tokio::test]
async fn the_gateways_own_refusals_do_so_too() {
    let gateway = Gateway::alone().await;
    let unknown = "/partnerconnect.invitation.v1.InvitationService/NoSuchMethod";
    for (call, reason, text) in [
        (
            gateway.anonymous(CHECK_ACCESS),
            "TOKEN_MISSING",
            "Entre com a sua conta primeiro.",
        ),
        (
            gateway.call(unknown),
            "METHOD_UNKNOWN",
            "Essa função não existe.",
        ),
        (
            gateway.call(CHECK_ACCESS),
            "UNAVAILABLE",
            "Isto está fora de alcance no momento. Tente de novo; nada é feito duas vezes.",
        ),
        (
            gateway.call(CHECK_ACCESS).header("grpc-timeout", "soon"),
            "INVALID_FIELDS",
            "Estes campos não estão preenchidos como devem: grpc-timeout.",
        ),
    ] {
        let call = call.header("accept-language", "pt-BR");
        let status = gateway.send(call, framed(b"")).await.status();
        assert_eq!(refused(&status).reason, reason);
        assert_eq!(said(&status), ("pt-BR".to_owned(), text.to_owned()));
    }
    let call = gateway.anonymous(CHECK_ACCESS);
    let status = gateway.send(call, framed(b"")).await.status();
    assert_eq!(refused(&status).reason, "TOKEN_MISSING");
    assert!(status.get_details_localized_message().is_none());
}

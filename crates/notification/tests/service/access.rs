//! Who may call what, as this service answers it.

use platform::identity::Peer;
use platform::keys::Grant;
use proto::notification::internal::v1::{RenderDraftRequest, SaveDraftRequest};
use proto::notification::v1::ListNoticesRequest;
use tests::{Store, on_both_stores, refused, with};
use tonic::{Code, Request, Status};

use crate::sample::{decided, fact, joint, link};
use crate::support::Service;

on_both_stores!(
    notices_of_nobody_are_not_found,
    drafts_are_for_the_gateway_on_behalf_of_the_inviter,
    facts_are_for_services_alone,
);

fn told(answer: Result<(), Status>) -> String {
    answer.map_or_else(|status| refused(&status).reason, |()| "OK".to_owned())
}

/// A partner that is not there looks like another's.
async fn notices_of_nobody_are_not_found(store: Store) {
    let service = Service::start(&store).await;
    let absent = ListNoticesRequest {
        parent: "partners/nobody".to_owned(),
        ..Default::default()
    };
    let refused = refused(
        &service
            .public()
            .list_notices(with(&service.agent("contoso"), absent))
            .await
            .unwrap_err(),
    );
    assert_eq!(
        (refused.code, refused.reason.as_str()),
        (Code::NotFound, "NOT_FOUND")
    );
}

/// R1: a draft is rendered and kept for the inviter's admins, through the gateway only; not even
/// operators read one.
async fn drafts_are_for_the_gateway_on_behalf_of_the_inviter(store: Store) {
    let service = Service::start(&store).await;
    let agent = service.agent("contoso");
    let cases = [
        (Some(Peer::Gateway), Some(agent.clone()), "OK"),
        (None, Some(agent.clone()), "PEER_NOT_ALLOWED"),
        (
            Some(Peer::Invitation),
            Some(agent.clone()),
            "PEER_NOT_ALLOWED",
        ),
        (
            Some(Peer::Relationship),
            Some(agent.clone()),
            "PEER_NOT_ALLOWED",
        ),
        (Some(Peer::Notification), Some(agent), "PEER_NOT_ALLOWED"),
        (Some(Peer::Gateway), None, "TOKEN_MISSING"),
        (
            Some(Peer::Gateway),
            Some(service.agent("fabrikam")),
            "NOT_FOUND",
        ),
        (
            Some(Peer::Gateway),
            Some(service.token(&Grant::tenant("contoso"))),
            "CALLER_NOT_ALLOWED",
        ),
        (
            Some(Peer::Gateway),
            Some(service.token(&Grant::operator())),
            "CALLER_NOT_ALLOWED",
        ),
        (
            Some(Peer::Gateway),
            Some(service.token(&Grant::service())),
            "CALLER_NOT_ALLOWED",
        ),
    ];
    for (peer, token, expected) in cases {
        let render = RenderDraftRequest {
            invitation: Some(joint("en")),
            link: link(1),
        };
        let keep = SaveDraftRequest {
            invitation: Some(joint("en")),
            link: link(1),
            subject: "Hi".to_owned(),
            text: link(1),
            etag: String::new(),
        };
        let mut client = service.internal(peer);
        let rendered = client.render_draft(by(&token, render)).await.map(drop);
        assert_eq!(told(rendered), expected, "RenderDraft by {peer:?}");
        let kept = client.save_draft(by(&token, keep)).await.map(drop);
        assert_eq!(told(kept), expected, "SaveDraft by {peer:?}");
    }
}

fn by<T>(token: &Option<String>, message: T) -> Request<T> {
    match token {
        Some(token) => with(token, message),
        None => Request::new(message),
    }
}

/// A fact comes from the service that owns it, without any user; a user's token opens nothing.
async fn facts_are_for_services_alone(store: Store) {
    let service = Service::start(&store).await;
    let request = || fact(1, decided("contoso", true, ""));
    for (peer, expected) in [
        (None, "TOKEN_MISSING"),
        (Some(Peer::Gateway), "PEER_NOT_ALLOWED"),
        (Some(Peer::Notification), "PEER_NOT_ALLOWED"),
    ] {
        let mut client = service.internal(peer);
        assert_eq!(
            told(client.deliver_fact(request()).await.map(drop)),
            expected,
            "{peer:?}"
        );
        for grant in [
            Grant::tenant("contoso").role("global-admin"),
            Grant::operator(),
            Grant::service(),
        ] {
            let answer = client
                .deliver_fact(with(&service.token(&grant), request()))
                .await;
            assert_eq!(
                answer.unwrap_err().code(),
                Code::PermissionDenied,
                "{peer:?} {grant:?}"
            );
        }
    }
    assert_eq!(service.notices("contoso").await, []);
    service.deliver(request()).await.unwrap();
    assert_eq!(service.notices("contoso").await.len(), 1);
}

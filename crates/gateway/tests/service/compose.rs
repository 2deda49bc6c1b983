//! What is composed: an invitation and its draft, from two services that are stood in for here.

use platform::error::SharedRefusal;
use platform::identity::Peer;
use platform::keys::Grant;
use proto::gateway::v1::connection_service_client::ConnectionServiceClient;
use proto::gateway::v1::{GetDraftRequest, InviteCustomerRequest, SaveDraftRequest};
use proto::invitation::internal::v1::DraftAccess;
use proto::invitation::v1::{InvitationWarning, WarningReason};
use proto::notification::internal::v1 as notification;
use tests::{refused, with};
use tokio_util::sync::DropGuard;
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::behind::{Behind, LINK, NAME, invitation};
use crate::support::{Gateway, Keys, gone};

const REQUEST_ID: &str = "0d2d0e2c-3c4f-4b63-9a55-2a1d8f0d9b11";

struct Scene {
    behind: Behind,
    gateway: Gateway,
    client: ConnectionServiceClient<Channel>,
    _stops: [DropGuard; 2],
}

/// A gateway with both services behind it.
async fn scene() -> Scene {
    let (keys, behind) = (Keys::generate(), Behind::default());
    let (invitation, one) = keys.serve(Peer::Invitation, behind.invitation()).await;
    let (notification, other) = keys.serve(Peer::Notification, behind.notification()).await;
    let gateway = Gateway::with_keys(keys, invitation, gone(), notification).await;
    let client = ConnectionServiceClient::new(gateway.channel());
    Scene {
        behind,
        gateway,
        client,
        _stops: [one, other],
    }
}

fn invite() -> InviteCustomerRequest {
    InviteCustomerRequest {
        parent: "partners/contoso".to_owned(),
        invitation: Some(invitation()),
        request_id: REQUEST_ID.to_owned(),
        ..Default::default()
    }
}

/// R13, R30: an invitation is answered with its draft, which was made with its link.
#[tokio::test]
async fn an_invitation_comes_with_its_draft() {
    let mut scene = scene().await;
    let answer = scene
        .client
        .invite_customer(with(&scene.gateway.agent(), invite()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (answer.invitation.unwrap(), answer.link.as_str()),
        (invitation(), LINK)
    );
    assert_eq!(answer.draft.unwrap().text, "rendered");
    scene.behind.was(|state| {
        let [created] = &state.created[..] else {
            panic!("created {} times", state.created.len())
        };
        assert_eq!(
            (created.parent.as_str(), created.request_id.as_str()),
            ("partners/contoso", REQUEST_ID)
        );
        assert_eq!(created.invitation, Some(invitation()));
        let [rendered] = &state.rendered[..] else {
            panic!("rendered {} times", state.rendered.len())
        };
        assert_eq!(
            (rendered.invitation.clone().unwrap(), rendered.link.as_str()),
            (invitation(), LINK)
        );
    });
}

/// P7: that an invitation is only to be checked is passed on, and so is what its inviter is warned
/// of; where there is no link, no draft is rendered.
#[tokio::test]
async fn what_is_only_checked_has_warnings_and_no_draft() {
    let mut scene = scene().await;
    let warning = InvitationWarning {
        reason: WarningReason::OpenInvitation.into(),
        message: "there is one".to_owned(),
        invitation: NAME.to_owned(),
    };
    scene
        .behind
        .is(|state| state.warnings = vec![warning.clone()]);
    let agent = scene.gateway.agent();
    let invited = scene.client.invite_customer(with(&agent, invite())).await;
    let invited = invited.unwrap().into_inner();
    assert_eq!(invited.warnings, std::slice::from_ref(&warning));
    assert!(invited.draft.is_some());

    scene.behind.is(|state| state.closed = true);
    let check = InviteCustomerRequest {
        validate_only: true,
        ..invite()
    };
    let checked = scene.client.invite_customer(with(&agent, check)).await;
    let checked = checked.unwrap().into_inner();
    assert_eq!(checked.warnings, [warning]);
    assert_eq!((checked.link.as_str(), checked.draft), ("", None));
    scene.behind.was(|state| {
        let asked: Vec<_> = state.created.iter().map(|it| it.validate_only).collect();
        assert_eq!((asked, state.rendered.len()), (vec![false, true], 1));
    });
}

/// A draft that cannot be rendered is UNAVAILABLE whatever went wrong, and repeating gives both.
#[tokio::test]
async fn an_invitation_without_its_draft_is_unavailable_and_repeatable() {
    let mut scene = scene().await;
    let agent = scene.gateway.agent();
    for failure in [
        Status::data_loss("secret"),
        Status::unavailable("secret"),
        Status::not_found("secret"),
    ] {
        scene.behind.is(|state| state.notification = Some(failure));
        let status = scene
            .client
            .invite_customer(with(&agent, invite()))
            .await
            .unwrap_err();
        assert_eq!(
            (status.code(), refused(&status).reason.as_str()),
            (Code::Unavailable, "UNAVAILABLE")
        );
        assert!(!status.message().contains("secret"));
    }
    scene.behind.is(|state| state.notification = None);
    let answer = scene
        .client
        .invite_customer(with(&agent, invite()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((answer.link.as_str(), answer.draft.is_some()), (LINK, true));
    let requests = scene.behind.was(|state| {
        state
            .created
            .iter()
            .map(|create| create.request_id.clone())
            .collect::<Vec<_>>()
    });
    assert_eq!(
        requests, [REQUEST_ID; 4],
        "every repeat is one of the same request"
    );
}

/// Where the notification service refuses what the gateway itself told it, repeating is of no use
/// and the caller is not to blame: an incident. What it refuses of the caller's own text is the
/// caller's.
#[tokio::test]
async fn a_description_that_is_refused_is_an_incident() {
    let mut scene = scene().await;
    let agent = scene.gateway.agent();
    let refusal = |field: &str| {
        Some(SharedRefusal::invalid(field, "must have at most 100 characters").into())
    };
    let described = "invitation.parties[0].display_name";
    scene
        .behind
        .is(|state| state.notification = refusal(described));
    let read = GetDraftRequest {
        name: NAME.to_owned(),
    };
    let edit = SaveDraftRequest {
        name: NAME.to_owned(),
        ..Default::default()
    };
    for status in [
        scene
            .client
            .invite_customer(with(&agent, invite()))
            .await
            .unwrap_err(),
        scene
            .client
            .get_draft(with(&agent, read))
            .await
            .unwrap_err(),
        scene
            .client
            .save_draft(with(&agent, edit.clone()))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(
            (status.code(), status.message()),
            (Code::Internal, "internal error")
        );
    }
    scene
        .behind
        .is(|state| state.notification = refusal("subject"));
    let status = scene
        .client
        .save_draft(with(&agent, edit))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(refused(&status).fields, ["subject"]);
}

/// An invitation whose draft nobody renders is UNAVAILABLE too.
#[tokio::test]
async fn an_invitation_is_unavailable_while_notification_is_gone() {
    let (keys, behind) = (Keys::generate(), Behind::default());
    let (invitation, _stop) = keys.serve(Peer::Invitation, behind.invitation()).await;
    let gateway = Gateway::with_keys(keys, invitation, gone(), gone()).await;
    let mut client = ConnectionServiceClient::new(gateway.channel());
    let status = client
        .invite_customer(with(&gateway.agent(), invite()))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), refused(&status).reason.as_str()),
        (Code::Unavailable, "UNAVAILABLE")
    );
}

/// A repeat of an invitation that is not open any more has neither link nor draft, and asks for
/// none.
#[tokio::test]
async fn what_is_not_open_has_no_draft() {
    let mut scene = scene().await;
    scene.behind.is(|state| state.closed = true);
    let answer = scene
        .client
        .invite_customer(with(&scene.gateway.agent(), invite()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (answer.invitation, answer.link.as_str(), answer.draft),
        (Some(invitation()), "", None)
    );
    assert!(scene.behind.was(|state| state.rendered.is_empty()));
}

/// A refusal passes whole, a failure does not.
#[tokio::test]
async fn refusals_pass_and_failures_do_not() {
    let mut scene = scene().await;
    let agent = scene.gateway.agent();
    let domain = "partnerconnect.invitation";
    let state = [("state", "REVOKED".to_owned())];
    let refusal = platform::error::precondition(
        domain,
        "INVITATION_STATE",
        "invitation",
        "it is revoked",
        &state,
    );
    scene.behind.is(|state| state.invitation = Some(refusal));
    let read = GetDraftRequest {
        name: NAME.to_owned(),
    };
    let status = scene
        .client
        .get_draft(with(&agent, read.clone()))
        .await
        .unwrap_err();
    let answer = refused(&status);
    assert_eq!(
        (answer.code, answer.domain.as_str(), answer.reason.as_str()),
        (Code::FailedPrecondition, domain, "INVITATION_STATE")
    );
    assert_eq!(
        (answer.metadata["state"].as_str(), status.message()),
        ("REVOKED", "it is revoked")
    );

    scene
        .behind
        .is(|state| state.invitation = Some(Status::data_loss("secret")));
    let status = scene
        .client
        .get_draft(with(&agent, read))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::Internal, "internal error")
    );
}

/// R13: the draft is read with the link of the moment.
#[tokio::test]
async fn a_draft_is_read_with_its_link() {
    let mut scene = scene().await;
    let read = GetDraftRequest {
        name: NAME.to_owned(),
    };
    let answer = scene
        .client
        .get_draft(with(&scene.gateway.agent(), read))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (answer.link.as_str(), answer.draft.unwrap().text.as_str()),
        (LINK, "rendered")
    );
    scene.behind.was(|state| {
        assert_eq!(
            (
                state.described[0].name.as_str(),
                state.described[0].access()
            ),
            (NAME, DraftAccess::Read)
        );
        assert_eq!(state.rendered[0].link, LINK);
    });
}

/// R16, R17: an edit is kept by the service that checks it against the link of the moment.
#[tokio::test]
async fn an_edit_is_checked_against_the_link() {
    let mut scene = scene().await;
    let edit = SaveDraftRequest {
        name: NAME.to_owned(),
        subject: "Olá".to_owned(),
        text: format!("Texto\n{LINK}\n"),
        etag: "3".to_owned(),
    };
    let answer = scene
        .client
        .save_draft(with(&scene.gateway.agent(), edit.clone()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (answer.link.as_str(), answer.draft.unwrap().text.as_str()),
        (LINK, "kept")
    );
    scene.behind.was(|state| {
        assert_eq!(
            (
                state.described[0].name.as_str(),
                state.described[0].access()
            ),
            (NAME, DraftAccess::Edit)
        );
        let notification::SaveDraftRequest {
            invitation: kept,
            link,
            subject,
            text,
            etag,
        } = state.kept[0].clone();
        assert_eq!((kept, link.as_str()), (Some(invitation()), LINK));
        assert_eq!((subject, text, etag), (edit.subject, edit.text, edit.etag));
    });
}

/// R1: only a partner's admins invite and draft; nobody else gets any further.
#[tokio::test]
async fn others_neither_invite_nor_draft() {
    let mut scene = scene().await;
    let others = [
        Grant::operator(),
        Grant::service(),
        Grant::tenant("contoso"),
        Grant::tenant("contoso").role("sales-agent"),
    ];
    for grant in others {
        let token = scene.gateway.token(&grant);
        let (read, edit) = (GetDraftRequest::default(), SaveDraftRequest::default());
        for status in [
            scene
                .client
                .invite_customer(with(&token, invite()))
                .await
                .unwrap_err(),
            scene
                .client
                .get_draft(with(&token, read))
                .await
                .unwrap_err(),
            scene
                .client
                .save_draft(with(&token, edit))
                .await
                .unwrap_err(),
        ] {
            assert_eq!(status.code(), Code::PermissionDenied, "{grant:?}");
        }
    }
    assert!(
        scene
            .behind
            .was(|state| state.created.is_empty() && state.described.is_empty())
    );
}

/// A token as large as identity providers make them is taken, or refused, alike by every server
/// that it passes: one that the gateway takes does not stop at a service, which gets the gateway's
/// own beside it.
#[tokio::test]
async fn a_large_token_reaches_every_service() {
    let mut scene = scene().await;
    let token = |other: usize| {
        let grant = Grant::tenant("contoso").role("admin-agent");
        let role_of_something_else = "r".repeat(other);
        scene
            .gateway
            .keys
            .token(&grant.role(&role_of_something_else))
    };
    let (large, too_large) = (token(11_000), token(13_000));
    assert!((15_000..16_000).contains(&large.len()), "{}", large.len());
    let invited = scene.client.invite_customer(with(&large, invite())).await;
    assert_eq!(invited.unwrap().into_inner().link, LINK);
    let status = scene
        .client
        .invite_customer(with(&too_large, invite()))
        .await;
    let reason = refused(&status.unwrap_err()).reason;
    assert_eq!(reason, "METADATA_TOO_LARGE");
}

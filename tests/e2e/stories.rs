//! The programme as it is lived: every service a process of its own, spoken to through the gateway.

use platform::clock::Clock;
use std::time::Duration;

use platform::keys::Grant;
use proto::customer::v1::Permission;
use proto::gateway::v1::InviteCustomerRequest;
use proto::invitation::v1::{AcceptanceState, Invitation, InvitationState, VoidReason};
use proto::notification::v1::NoticeKind;
use proto::relationship::v1::{CheckAccessRequest, DenialReason, PartnerKind};
use tests::{Programme, Store, System, eventually, on_both_stores, refused, with};
use tonic::Code;

mod acting;
mod alone;
mod existing;
mod removal;
mod who;

on_both_stores!(
    a_joint_invitation_from_draft_to_both_relationships,
    a_partnership_that_ended_voids_its_invitation,
    a_suspended_reseller_voids_its_invitation,
    a_suspended_provider_voids_the_joint_invitation,
    a_repeated_request_changes_nothing,
);

const SOON: Duration = Duration::from_secs(20);

/// R11, R13, R15, R20, R21, R24, R27, R28, R30, R31, R32, R33, R34, R35, R36, P3: from the draft to
/// both lists, and what each may do then.
async fn a_joint_invitation_from_draft_to_both_relationships(store: Store) {
    let system = System::started(store).await;
    let programme = Programme::of(&system);
    programme.connect().await;
    let invitation = Invitation {
        provider: "partners/fabrikam".into(),
        language: "pt-BR".into(),
        ..Default::default()
    };
    let invited = programme.try_invite(invitation).await.expect("invited");
    let draft = invited.draft.expect("a draft");
    assert_eq!(draft.language, "pt-BR");
    assert!(draft.text.lines().any(|line| line == invited.link));
    assert!(
        programme
            .customers(&programme.contoso, "contoso")
            .await
            .is_empty()
    );

    let shown = programme
        .inspect(&programme.adatum, &invited.link)
        .await
        .expect("the link is open");
    let partners: Vec<&str> = shown
        .parties
        .iter()
        .map(|party| party.partner.as_str())
        .collect();
    assert_eq!(partners, ["partners/contoso", "partners/fabrikam"]);

    let accepted = programme
        .accept(&programme.adatum, "adatum", &invited.link)
        .await
        .expect("accepted");
    assert_eq!(accepted.state(), AcceptanceState::Established);
    assert_eq!(accepted.relationships.len(), 2);
    // no waiting: a read that starts after the answer sees it
    assert_eq!(
        programme.customers(&programme.contoso, "contoso").await,
        ["customers/adatum"]
    );
    assert_eq!(
        programme.customers(&programme.fabrikam, "fabrikam").await,
        ["customers/adatum"]
    );

    each_may_what_was_accepted(&programme).await;
    notices_are_there(&programme).await;

    // R3, R4: another provider, although connected with the same reseller, has no relationship of
    // its own
    let tailspin = system.token(&Grant::tenant("tailspin").role("global-admin"));
    programme
        .enroll(&tailspin, "tailspin", PartnerKind::IndirectProvider)
        .await;
    let decision = programme
        .check(&tailspin, "tailspin", Permission::SubmitOrders)
        .await;
    assert_eq!(decision.reason(), DenialReason::RelationshipRequired);
    assert!(programme.customers(&tailspin, "tailspin").await.is_empty());
}

/// The reseller administers and the provider orders, each on its own relationship, and nothing
/// beyond.
async fn each_may_what_was_accepted(programme: &Programme) {
    for (token, partner, permission, expected) in [
        (
            &programme.contoso,
            "contoso",
            Permission::ManageAccount,
            DenialReason::Unspecified,
        ),
        (
            &programme.contoso,
            "contoso",
            Permission::ManageSubscriptions,
            DenialReason::Unspecified,
        ),
        (
            &programme.contoso,
            "contoso",
            Permission::ManageLicenses,
            DenialReason::Unspecified,
        ),
        (
            &programme.contoso,
            "contoso",
            Permission::ManageUsers,
            DenialReason::Unspecified,
        ),
        (
            &programme.contoso,
            "contoso",
            Permission::ViewRecord,
            DenialReason::Unspecified,
        ),
        (
            &programme.contoso,
            "contoso",
            Permission::SubmitOrders,
            DenialReason::NotForThisKind,
        ),
        (
            &programme.fabrikam,
            "fabrikam",
            Permission::SubmitOrders,
            DenialReason::Unspecified,
        ),
        (
            &programme.fabrikam,
            "fabrikam",
            Permission::ViewRecord,
            DenialReason::Unspecified,
        ),
        (
            &programme.fabrikam,
            "fabrikam",
            Permission::ManageUsers,
            DenialReason::NotForThisKind,
        ),
        (
            &programme.fabrikam,
            "fabrikam",
            Permission::ManageLicenses,
            DenialReason::NotForThisKind,
        ),
    ] {
        let decision = programme.check(token, partner, permission).await;
        assert_eq!(decision.reason(), expected, "{partner} {permission:?}");
        assert_eq!(decision.allowed, expected == DenialReason::Unspecified);
        assert!(
            decision
                .relationship
                .starts_with(&format!("partners/{partner}/relationships/"))
        );
    }
}

pub(crate) async fn notices_are_there(programme: &Programme) {
    for (token, partner) in [
        (&programme.contoso, "contoso"),
        (&programme.fabrikam, "fabrikam"),
    ] {
        eventually("a notice of the acceptance", SOON, || async {
            let notices = programme.notices(token, partner).await;
            let accepted: Vec<_> = notices
                .iter()
                .filter(|notice| notice.kind() == NoticeKind::InvitationAccepted)
                .collect();
            assert!(accepted.len() <= 1, "one acceptance, one notice each");
            for notice in &accepted {
                assert_eq!(notice.customer_display_name, "adatum Ltda");
            }
            (accepted.len() == 1).then_some(())
        })
        .await;
    }
}

/// R36: the partnership ended between invitation and acceptance: refused whole.
async fn a_partnership_that_ended_voids_its_invitation(store: Store) {
    let system = System::started(store).await;
    let programme = Programme::of(&system);
    let partnership = programme.connect().await;
    let invited = programme.invite().await;
    programme.end(&partnership).await;
    // connecting again makes a new partnership; the invitation is tied to the old one
    programme.partner_up().await;
    refused_whole(&programme, &invited.link, VoidReason::PartnershipEnded).await;
}

/// R5, R36: the reseller suspended between invitation and acceptance.
async fn a_suspended_reseller_voids_its_invitation(store: Store) {
    let system = System::started(store).await;
    let programme = Programme::of(&system);
    programme.connect().await;
    let invited = programme.invite().await;
    programme.suspend("contoso").await;
    refused_whole(&programme, &invited.link, VoidReason::ResellerNotActive).await;
    let refusal = programme.try_invite(Invitation::default()).await;
    assert_eq!(
        refused(&refusal.expect_err("suspended")).reason,
        "PARTNER_NOT_ACTIVE"
    );
}

/// R36: the provider suspended between invitation and acceptance: the reseller gets nothing either.
async fn a_suspended_provider_voids_the_joint_invitation(store: Store) {
    let system = System::started(store).await;
    let programme = Programme::of(&system);
    programme.connect().await;
    let invited = programme.invite().await;
    programme.suspend("fabrikam").await;
    refused_whole(&programme, &invited.link, VoidReason::ProviderNotActive).await;
}

async fn refused_whole(programme: &Programme, link: &str, why: VoidReason) {
    let reason = why.as_str_name().trim_start_matches("VOID_REASON_");
    let shown = programme
        .inspect(&programme.adatum, link)
        .await
        .expect("the link is open");
    let consent = proto::invitation::v1::Consent {
        wording_id: shown.consent_wording_id,
        language: shown.consent_language,
    };
    for _ in 0..2 {
        let status = programme
            .accept_as_shown(&programme.adatum, "adatum", link, consent.clone())
            .await
            .expect_err("refused, the same on every repeat");
        let refusal = refused(&status);
        assert_eq!(
            (refusal.code, refusal.reason.as_str()),
            (Code::FailedPrecondition, reason)
        );
    }
    assert!(programme.relationships_of("adatum").await.is_empty());
    assert!(!has_account(programme).await, "no account was opened");
    eventually("the inviter's notice", SOON, || async {
        let notices = programme.notices(&programme.contoso, "contoso").await;
        let void = notices
            .iter()
            .find(|notice| notice.kind() == NoticeKind::InvitationVoid)?;
        assert_eq!(void.void_reason(), why);
        Some(())
    })
    .await;
}

/// Whether adatum has an account: operators are told, about whichever partner is active.
async fn has_account(programme: &Programme) -> bool {
    let mut reasons = Vec::new();
    for partner in ["partners/contoso", "partners/fabrikam"] {
        let request = CheckAccessRequest {
            partner: partner.into(),
            customer: "customers/adatum".into(),
            permission: Permission::ViewRecord.into(),
        };
        let mut access = programme.access.clone();
        let answer = access
            .check_access(with(&programme.operator, request))
            .await;
        let decision = answer.expect("an operator asks").into_inner().decision;
        reasons.push(decision.expect("a decision").reason());
    }
    !reasons.contains(&DenialReason::CustomerUnknown)
}

/// R31: a repeated `request_id` answers the same invitation and link; with other content it is
/// refused.
async fn a_repeated_request_changes_nothing(store: Store) {
    let system = System::started(store).await;
    let programme = Programme::of(&system);
    programme.connect().await;
    let request = InviteCustomerRequest {
        parent: "partners/contoso".into(),
        invitation: Some(Invitation {
            provider: "partners/fabrikam".into(),
            correlation_id: "crm-1".into(),
            ..Default::default()
        }),
        request_id: Clock::system().id().to_string(),
        ..Default::default()
    };
    let mut connections = programme.connections.clone();
    let mut answers = Vec::new();
    for _ in 0..3 {
        let answer = connections
            .invite_customer(with(&programme.contoso, request.clone()))
            .await;
        answers.push(answer.expect("invited").into_inner());
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[1], answers[2]);
    assert!(!answers[0].link.is_empty());

    let mut other = request.clone();
    other.invitation = Some(Invitation::default());
    let status = connections
        .invite_customer(with(&programme.contoso, other))
        .await
        .expect_err("the same id with other content");
    assert_eq!(status.code(), Code::AlreadyExists);
    assert_eq!(refused(&status).reason, "REQUEST_ID_REUSED");

    let accepted = programme
        .accept(&programme.adatum, "adatum", &answers[0].link)
        .await;
    accepted.expect("the link is good");
    let late = connections
        .invite_customer(with(&programme.contoso, request))
        .await;
    let late = late.expect("as it stands now").into_inner();
    assert_eq!(
        late.invitation.expect("it").state(),
        InvitationState::Accepted
    );
    assert!(late.link.is_empty() && late.draft.is_none());
}

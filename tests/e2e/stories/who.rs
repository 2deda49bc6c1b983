//! Who may act at all: roles in a partner, a customer's own say, and what a relationship takes.

use platform::keys::Grant;
use proto::customer::v1::Permission;
use proto::gateway::v1::InviteCustomerRequest;
use proto::relationship::v1::{ListCustomersRequest, PartnerKind};
use tests::{Programme, Store, System, new_subscription, on_both_stores, refused, with};
use tonic::Code;

on_both_stores!(roles_accounts_and_relationships_decide_who_acts);

/// R1, R2, R3, R4, R5: a partner's admins act for it and nobody else; accepting takes the
/// customer's Global admin; acting takes an account and the partner's own active relationship.
async fn roles_accounts_and_relationships_decide_who_acts(store: Store) {
    let system = System::started(store).await;
    let programme = Programme::of(&system);
    // R5: a reseller that never enrolled
    let invite = async |token: &str| {
        let request = InviteCustomerRequest {
            parent: "partners/contoso".into(),
            invitation: Some(Default::default()),
            request_id: platform::clock::Clock::system().id().to_string(),
            ..Default::default()
        };
        let mut connections = programme.connections.clone();
        connections.invite_customer(with(token, request)).await
    };
    let early = invite(&programme.contoso).await.expect_err("refused");
    assert_eq!(refused(&early).reason, "PARTNER_NOT_ACTIVE");
    programme.connect().await;

    // R1: two roles of the partner, every other one refused
    let list = ListCustomersRequest {
        parent: "partners/contoso".into(),
        ..Default::default()
    };
    for (roles, expected) in [
        (&["global-admin"][..], Code::Ok),
        (&["admin-agent"], Code::Ok),
        (&["helpdesk-agent"], Code::PermissionDenied),
        (&["Admin-Agent", "billing-admin"], Code::PermissionDenied),
        (&[], Code::PermissionDenied),
    ] {
        let grant = Grant::tenant("contoso").subject("ana");
        let grant = roles.iter().fold(grant, |grant, role| grant.role(role));
        let token = system.token(&grant);
        let mut relationships = programme.relationships.clone();
        let listed = relationships
            .list_customers(with(&token, list.clone()))
            .await;
        let code = listed.map_or_else(|status| status.code(), |_| Code::Ok);
        assert_eq!(code, expected, "{roles:?}");
        let invited = invite(&token).await;
        let code = invited.map_or_else(|status| status.code(), |_| Code::Ok);
        assert_eq!(code, expected, "{roles:?}");
    }

    // R1: accepting is the customer's Global admin's
    let invited = programme.invite().await;
    let agent = system.token(&Grant::tenant("adatum").role("admin-agent"));
    let consent = programme.inspect(&programme.adatum, &invited.link).await;
    let consent = consent.expect("the link is open");
    let consent = proto::invitation::v1::Consent {
        wording_id: consent.consent_wording_id,
        language: consent.consent_language,
    };
    let refusal = programme
        .accept_as_shown(&agent, "adatum", &invited.link, consent)
        .await
        .expect_err("refused");
    assert_eq!(refusal.code(), Code::PermissionDenied);

    // R2, R3, R4: no account, no relationship; nor by a partnership alone
    let reason = DenialFor {
        programme: &programme,
    };
    reason
        .is("contoso", Permission::ManageUsers, "RELATIONSHIP_REQUIRED")
        .await;
    reason
        .is(
            "fabrikam",
            Permission::SubmitOrders,
            "RELATIONSHIP_REQUIRED",
        )
        .await;
    programme
        .accept(&programme.adatum, "adatum", &invited.link)
        .await
        .expect("accepted");
    reason.is("contoso", Permission::ManageUsers, "").await;
    reason.is("fabrikam", Permission::SubmitOrders, "").await;
    let tailspin = system.token(&Grant::tenant("tailspin").role("global-admin"));
    let kind = PartnerKind::IndirectProvider;
    programme.enroll(&tailspin, "tailspin", kind).await;
    let order = new_subscription(1);
    let stranger = ("tailspin", "adatum");
    let id = platform::clock::Clock::system().id().to_string();
    let refusal = programme.order(&tailspin, stranger, order, &id).await;
    assert_eq!(
        refused(&refusal.expect_err("refused")).reason,
        "RELATIONSHIP_REQUIRED"
    );
}

struct DenialFor<'a> {
    programme: &'a Programme,
}

impl DenialFor<'_> {
    /// Why a partner may not do this for adatum, asked by itself; nothing where it may.
    async fn is(&self, partner: &str, permission: Permission, expected: &str) {
        let token = match partner {
            "contoso" => &self.programme.contoso,
            _ => &self.programme.fabrikam,
        };
        let decision = self.programme.check(token, partner, permission).await;
        let reason = decision.reason().as_str_name();
        let reason = reason.trim_start_matches("DENIAL_REASON_");
        let expected = match expected {
            "" => "UNSPECIFIED",
            reason => reason,
        };
        assert_eq!(reason, expected, "{partner} {permission:?}");
        assert_eq!(decision.allowed, expected == "UNSPECIFIED");
    }
}

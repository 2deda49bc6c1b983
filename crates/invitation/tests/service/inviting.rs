//! Creating and describing invitations, as the gateway does for a partner's admin.

use proto::customer::v1::Permission;
use proto::invitation::internal::v1::DraftAccess;
use proto::invitation::v1::invitation::BoundTo;
use proto::invitation::v1::{FinishInvitationRequest, Invitation, InvitationState, PartyRole};
use proto::relationship::v1::PartnerKind;
use tests::{Store, on_both_stores, refused, with};
use tonic::Code;

use crate::others::seconds_between;
use crate::world::{DAY, PUBLIC_URL, World, fields, joint, not_found, reason};

on_both_stores!(
    a_reseller_invites_alone,
    a_joint_invitation_names_both_parties,
    only_active_resellers_under_an_active_partnership_invite,
    every_malformed_field_is_named,
    a_draft_is_described_while_it_may_be_seen,
);

const MANAGING: [Permission; 4] = [
    Permission::ManageAccount,
    Permission::ManageSubscriptions,
    Permission::ManageLicenses,
    Permission::ManageUsers,
];

/// R12, R20, R21: an invitation by the reseller alone names nobody else, and nothing has happened
/// yet but its making.
async fn a_reseller_invites_alone(store: Store) {
    let world = World::start(&store).await;
    let description = world.invite(Invitation::default()).await;
    let invitation = description.invitation.unwrap();
    assert!(description.link.starts_with(&format!("{PUBLIC_URL}/i/k1.")));
    assert_eq!(invitation.state(), InvitationState::Open);
    assert_eq!(invitation.provider, "");
    let [reseller] = &invitation.parties[..] else {
        panic!("{:?}", invitation.parties)
    };
    assert_eq!(reseller.partner, "partners/contoso");
    assert_eq!(
        (reseller.display_name.as_str(), reseller.role()),
        ("CONTOSO", PartyRole::IndirectReseller)
    );
    let permissions: Vec<_> = reseller.permissions().collect();
    assert_eq!(
        permissions,
        [&MANAGING[..], &[Permission::ViewRecord]].concat()
    );
    assert_eq!(
        (invitation.lifetime_days, invitation.privilege_lifetime_days),
        (30, 0)
    );
    assert_eq!(
        seconds_between(invitation.create_time, invitation.expire_time),
        30 * DAY
    );
    assert_eq!(
        (invitation.language.as_str(), invitation.generation),
        ("en", 1)
    );
    assert_eq!(world.invitation(&invitation.name).await, invitation);
    world.idle().await;
    assert!(world.notices_of("contoso").await.is_empty());
    assert!(world.customers_of("contoso").await.is_empty());
}

/// R24, R25, R26, R27, R28, R31: one invitation names both parties, fixed with all that it says.
async fn a_joint_invitation_names_both_parties(store: Store) {
    let world = World::start(&store).await;
    let asked = Invitation {
        bound_to: Some(BoundTo::BoundEmail("Ana@Adatum.Example".to_owned())),
        correlation_id: "CRM-77 <script>' OR 1=1".to_owned(),
        acquisition: "a-new-way-2".to_owned(),
        language: "pt".to_owned(),
        message: "Olá!\n\n{{7*7}} 👩‍👩‍👧".to_owned(),
        lifetime_days: 90,
        privilege_lifetime_days: 730,
        // what a caller cannot set is ignored
        state: InvitationState::Accepted.into(),
        customer: "customers/woodgrove".to_owned(),
        generation: 7,
        ..joint()
    };
    let invitation = world.invite(asked.clone()).await.invitation.unwrap();
    let expected = Invitation {
        name: invitation.name.clone(),
        parties: invitation.parties.clone(),
        bound_to: Some(BoundTo::BoundEmail("ana@adatum.example".to_owned())),
        language: "pt-BR".to_owned(),
        state: InvitationState::Open.into(),
        customer: String::new(),
        generation: 1,
        create_time: invitation.create_time,
        state_time: invitation.create_time,
        expire_time: invitation.expire_time,
        etag: invitation.etag.clone(),
        ..asked
    };
    assert_eq!(invitation, expected);
    assert_eq!(
        seconds_between(invitation.create_time, invitation.expire_time),
        90 * DAY
    );
    let [reseller, provider] = &invitation.parties[..] else {
        panic!("{:?}", invitation.parties)
    };
    assert_eq!(
        (reseller.partner.as_str(), provider.partner.as_str()),
        ("partners/contoso", "partners/fabrikam")
    );
    assert_eq!(
        (provider.display_name.as_str(), provider.role()),
        ("FABRIKAM", PartyRole::IndirectProvider)
    );
    let permissions: Vec<_> = provider.permissions().collect();
    assert_eq!(
        permissions,
        [Permission::SubmitOrders, Permission::ViewRecord]
    );
}

/// R5, R28: who is not enrolled, not a reseller, not active, or not connected with the provider,
/// invites nobody.
async fn only_active_resellers_under_an_active_partnership_invite(store: Store) {
    let world = World::start(&store).await;
    world
        .enroll("proseware", PartnerKind::IndirectProvider)
        .await;
    let with_provider = |provider: &str| Invitation {
        provider: format!("partners/{provider}"),
        ..Default::default()
    };
    let refusals = [
        ("litware", Invitation::default(), "PARTNER_NOT_ACTIVE"),
        ("fabrikam", Invitation::default(), "RESELLER_REQUIRED"),
        (
            "contoso",
            with_provider("proseware"),
            "PARTNERSHIP_REQUIRED",
        ),
        ("contoso", with_provider("nobody"), "PARTNERSHIP_REQUIRED"),
    ];
    for (partner, invitation, expected) in refusals {
        let request_id = world.clock.id().to_string();
        let status = world
            .create(partner, invitation, &request_id)
            .await
            .unwrap_err();
        let refusal = refused(&status);
        assert_eq!(
            (refusal.code, refusal.reason.as_str()),
            (Code::FailedPrecondition, expected)
        );
        assert_eq!(refusal.domain, "partnerconnect.relationship");
    }
    world.suspend("contoso").await;
    let request_id = world.clock.id().to_string();
    let suspended = world
        .create("contoso", joint(), &request_id)
        .await
        .unwrap_err();
    assert_eq!(refused(&suspended).reason, "PARTNER_NOT_ACTIVE");
    world.reinstate("contoso").await;
    // what was refused was not done: the same request may come again
    world.create("contoso", joint(), &request_id).await.unwrap();
    world.end_partnership().await;
    let request_id = world.clock.id().to_string();
    let ended = world
        .create("contoso", joint(), &request_id)
        .await
        .unwrap_err();
    assert_eq!(refused(&ended).reason, "PARTNERSHIP_REQUIRED");
}

/// R12: every field that breaks its rule is named; the rules are those of the API's comments.
async fn every_malformed_field_is_named(store: Store) {
    let world = World::start(&store).await;
    let bound = |bound_to| Invitation {
        bound_to: Some(bound_to),
        ..joint()
    };
    let customer = |name: &str| bound(BoundTo::BoundCustomer(name.to_owned()));
    let email = |email: &str| bound(BoundTo::BoundEmail(email.to_owned()));
    let domain = |domain: &str| bound(BoundTo::BoundEmailDomain(domain.to_owned()));
    let cases = [
        (
            Invitation {
                provider: "partners/contoso".into(),
                ..joint()
            },
            "invitation.provider",
        ),
        (
            Invitation {
                provider: "fabrikam".into(),
                ..joint()
            },
            "invitation.provider",
        ),
        (
            Invitation {
                provider: "partners/Fabrikam".into(),
                ..joint()
            },
            "invitation.provider",
        ),
        (customer(""), "invitation.bound_customer"),
        (customer("customers/contoso"), "invitation.bound_customer"),
        (customer("customers/fabrikam"), "invitation.bound_customer"),
        (
            email("ana@adatum.example\r\nBcc: x@y.example"),
            "invitation.bound_email",
        ),
        (email("\"a b\"@adatum.example"), "invitation.bound_email"),
        (email("ana@аdatum.example"), "invitation.bound_email"),
        (domain("adatum"), "invitation.bound_email_domain"),
        (
            Invitation {
                correlation_id: "a".repeat(101),
                ..joint()
            },
            "invitation.correlation_id",
        ),
        (
            Invitation {
                correlation_id: "a\u{202e}b".into(),
                ..joint()
            },
            "invitation.correlation_id",
        ),
        (
            Invitation {
                acquisition: "Own Marketing".into(),
                ..joint()
            },
            "invitation.acquisition",
        ),
        (
            Invitation {
                language: "../../etc/passwd".into(),
                ..joint()
            },
            "invitation.language",
        ),
        (
            Invitation {
                language: "de".into(),
                ..joint()
            },
            "invitation.language",
        ),
        (
            Invitation {
                message: "é".repeat(1_001),
                ..joint()
            },
            "invitation.message",
        ),
        (
            Invitation {
                message: "a\0b".into(),
                ..joint()
            },
            "invitation.message",
        ),
        (
            Invitation {
                message: "  \n ".into(),
                ..joint()
            },
            "invitation.message",
        ),
        (
            Invitation {
                lifetime_days: -1,
                ..joint()
            },
            "invitation.lifetime_days",
        ),
        (
            Invitation {
                lifetime_days: 91,
                ..joint()
            },
            "invitation.lifetime_days",
        ),
        (
            Invitation {
                lifetime_days: 36_500,
                ..joint()
            },
            "invitation.lifetime_days",
        ),
        (
            Invitation {
                privilege_lifetime_days: 731,
                ..joint()
            },
            "invitation.privilege_lifetime_days",
        ),
    ];
    for (invitation, field) in cases {
        let request_id = world.clock.id().to_string();
        assert_eq!(
            fields(world.create("contoso", invitation, &request_id).await),
            [field]
        );
    }
    let two = Invitation {
        lifetime_days: -1,
        language: "xx".into(),
        ..joint()
    };
    let both = [
        "invitation.language",
        "invitation.lifetime_days",
        "request_id",
    ];
    assert_eq!(fields(world.create("contoso", two, "1").await), both);
    for missing in ["", "0d2d0e2c3c4f4b639a552a1d8f0d9b11"] {
        assert_eq!(
            fields(world.create("contoso", joint(), missing).await),
            ["request_id"]
        );
    }
}

/// R13, R16, R19: what a draft is made of is described while the invitation is open, for editing
/// until Done; to its own partner only.
async fn a_draft_is_described_while_it_may_be_seen(store: Store) {
    let world = World::start(&store).await;
    let made = world.invite(joint()).await;
    let name = made.invitation.clone().unwrap().name;
    assert_eq!(
        world.describe(&name, DraftAccess::Read).await.unwrap(),
        made
    );
    assert_eq!(
        world.describe(&name, DraftAccess::Edit).await.unwrap(),
        made
    );
    assert_eq!(
        fields(world.describe(&name, DraftAccess::Unspecified).await),
        ["access"]
    );
    let another = name.replace("contoso", "fabrikam");
    not_found(world.describe(&another, DraftAccess::Read).await);

    let finish = FinishInvitationRequest {
        name: name.clone(),
        ..Default::default()
    };
    world
        .public()
        .finish_invitation(with(&world.admin("contoso"), finish))
        .await
        .unwrap();
    assert_eq!(
        world.describe(&name, DraftAccess::Read).await.unwrap().link,
        made.link
    );
    let finished = world.describe(&name, DraftAccess::Edit).await;
    assert_eq!(
        refused(finished.as_ref().unwrap_err()).metadata["state"],
        "OPEN"
    );
    assert_eq!(reason(finished), "INVITATION_STATE");

    world.accept("adatum", &made.link).await.unwrap();
    for access in [DraftAccess::Read, DraftAccess::Edit] {
        let accepted = world.describe(&name, access).await;
        assert_eq!(
            refused(accepted.as_ref().unwrap_err()).metadata["state"],
            "ACCEPTED"
        );
        assert_eq!(reason(accepted), "INVITATION_STATE");
    }
}

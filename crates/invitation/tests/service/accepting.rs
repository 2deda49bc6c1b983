//! Accepting: who may, what it brings, and what every later caller of the same link is told.

use platform::keys::Grant;
use proto::invitation::v1::invitation::BoundTo;
use proto::invitation::v1::{
    AcceptInvitationRequest, AcceptanceState, AccountData, Consent, Invitation, InvitationState,
};
use proto::relationship::v1::PrivilegeState;
use tests::{Store, on_both_stores, refused};
use tonic::Code;

use crate::others::seconds_between;
use crate::world::{DAY, World, acceptance, fields, joint, not_found, reason};

on_both_stores!(
    a_joint_acceptance_establishes_both_relationships,
    an_acceptance_by_the_reseller_alone_establishes_one,
    a_bound_invitation_needs_proof,
    who_may_not_accept_is_told_why,
    an_account_is_opened_once,
);

/// R11, R21, R27, R33, R34, R36: one acceptance, and both partners list the customer at once; the
/// reseller has the privilege.
async fn a_joint_acceptance_establishes_both_relationships(store: Store) {
    let world = World::start(&store).await;
    let made = world
        .invite(Invitation {
            privilege_lifetime_days: 10,
            ..joint()
        })
        .await;
    assert!(world.customers_of("contoso").await.is_empty());
    let accepted = world.accept("adatum", &made.link).await.unwrap();
    for partner in ["contoso", "fabrikam"] {
        assert_eq!(world.customers_of(partner).await, ["customers/adatum"]);
    }
    assert_eq!(accepted.state(), AcceptanceState::Established);
    assert!(accepted.name.starts_with("customers/adatum/acceptances/"));
    let [reseller, provider] = &accepted.relationships[..] else {
        panic!("{accepted:?}")
    };
    assert!(reseller.starts_with("partners/contoso/relationships/"));
    assert!(provider.starts_with("partners/fabrikam/relationships/"));
    assert_eq!(
        accepted.message,
        "Your acceptance is complete: everything that you accepted is established."
    );
    assert_eq!(
        world.acceptance("adatum", &accepted.name).await.unwrap(),
        accepted
    );

    let [privilege] = &world.privileges_of("contoso").await[..] else {
        panic!("one privilege")
    };
    assert_eq!(
        (privilege.state(), privilege.permissions.len()),
        (PrivilegeState::Active, 4)
    );
    assert_eq!(
        seconds_between(privilege.grant_time, privilege.expire_time),
        10 * DAY
    );
    assert!(world.privileges_of("fabrikam").await.is_empty());

    let name = made.invitation.unwrap().name;
    let invitation = world.invitation(&name).await;
    assert_eq!(invitation.state(), InvitationState::Accepted);
    assert_eq!(invitation.customer, "customers/adatum");
    assert_eq!(
        (invitation.claim_time, invitation.state_time),
        (accepted.claim_time, accepted.decide_time)
    );
}

/// R11, R12, R22: an invitation that names the reseller alone establishes its relationship alone.
async fn an_acceptance_by_the_reseller_alone_establishes_one(store: Store) {
    let world = World::start(&store).await;
    let link = world.invite(Invitation::default()).await.link;
    let consent = Some(Consent {
        wording_id: "consent-2".into(),
        language: "pt-BR".into(),
    });
    let message = AcceptInvitationRequest {
        consent,
        ..acceptance("adatum", &link)
    };
    let accepted = world
        .accept_as(&world.admin("adatum"), message)
        .await
        .unwrap();
    assert_eq!(
        (accepted.relationships.len(), accepted.parties.len()),
        (1, 1)
    );
    assert!(accepted.message.starts_with("O seu aceite foi efetivado"));
    assert_eq!(world.customers_of("contoso").await, ["customers/adatum"]);
    assert!(world.customers_of("fabrikam").await.is_empty());
    let [privilege] = &world.privileges_of("contoso").await[..] else {
        panic!("one privilege")
    };
    assert_eq!(privilege.expire_time, None);
}

/// R18: what binds is proven by the accepting token, never by what is typed.
async fn a_bound_invitation_needs_proof(store: Store) {
    let world = World::start(&store).await;
    let of = |tenant: &str| Grant::tenant(tenant).role("global-admin").subject("ana");
    let cases = [
        (
            BoundTo::BoundCustomer("customers/adatum".into()),
            vec![],
            of("adatum"),
        ),
        (
            BoundTo::BoundEmail("mike@adatum.example".into()),
            vec![
                of("adatum").unverified_email("mike@adatum.example"),
                // the Kelvin sign, whose lower case is a k
                of("adatum").email("mi\u{212a}e@adatum.example"),
            ],
            of("adatum").email("MIKE@adatum.example"),
        ),
        (
            BoundTo::BoundEmailDomain("adatum.example".into()),
            vec![
                of("adatum").email("ana@sub.adatum.example"),
                of("adatum").email("@adatum.example"),
            ],
            of("adatum").email("rui@Adatum.Example"),
        ),
    ];
    for (bound_to, mut strangers, bound) in cases {
        let link = world
            .invite(Invitation {
                bound_to: Some(bound_to),
                ..joint()
            })
            .await
            .link;
        strangers.push(of("woodgrove"));
        for grant in &strangers {
            let token = world.system.token(grant);
            let parent = if format!("{grant:?}").contains("woodgrove") {
                "woodgrove"
            } else {
                "adatum"
            };
            // the domain that is typed is adatum's, and is no evidence
            let mut message = acceptance(parent, &link);
            message.account.as_mut().unwrap().domain = "adatum.example".to_owned();
            not_found(world.accept_as(&token, message).await);
        }
        let accepted = world
            .accept_as(&world.system.token(&bound), acceptance("adatum", &link))
            .await;
        assert_eq!(accepted.unwrap().state(), AcceptanceState::Established);
    }
}

/// R1, R2, R31: a party, another role, another customer, another wording, no account: refused, each
/// with its reason.
async fn who_may_not_accept_is_told_why(store: Store) {
    let world = World::start(&store).await;
    let (name, link) = world.invite_jointly().await;
    for party in ["contoso", "fabrikam"] {
        assert_eq!(
            reason(world.accept(party, &link).await),
            "PARTY_CANNOT_ACCEPT"
        );
        assert_eq!(
            reason(world.decline(party, &link).await),
            "PARTY_CANNOT_ACCEPT"
        );
    }
    for role in ["admin-agent", "user"] {
        let token = world.system.token(&Grant::tenant("adatum").role(role));
        let status = world
            .accept_as(&token, acceptance("adatum", &link))
            .await
            .unwrap_err();
        assert_eq!(
            (status.code(), refused(&status).reason.as_str()),
            (Code::PermissionDenied, "CALLER_NOT_ALLOWED")
        );
    }
    not_found(
        world
            .accept_as(&world.admin("woodgrove"), acceptance("adatum", &link))
            .await,
    );

    let admin = world.admin("adatum");
    for (wording_id, language) in [
        ("consent-2", "en"),
        ("joint-consent-1", "en"),
        ("joint-consent-2", "pt"),
        ("joint-consent-2", "EN"),
        ("joint-consent-2", "../../etc/passwd"),
    ] {
        let consent = Some(Consent {
            wording_id: wording_id.into(),
            language: language.into(),
        });
        let message = AcceptInvitationRequest {
            consent,
            ..acceptance("adatum", &link)
        };
        assert_eq!(
            reason(world.accept_as(&admin, message).await),
            "WORDING_NOT_CURRENT"
        );
    }
    let unknown = AcceptInvitationRequest {
        account: None,
        ..acceptance("adatum", &link)
    };
    assert_eq!(
        reason(world.accept_as(&admin, unknown).await),
        "ACCOUNT_REQUIRED"
    );

    let with_account = |account: AccountData| AcceptInvitationRequest {
        account: Some(account),
        ..acceptance("adatum", &link)
    };
    let good = acceptance("adatum", &link).account.unwrap();
    let malformed = [
        (
            AcceptInvitationRequest {
                parent: "adatum".into(),
                ..acceptance("adatum", &link)
            },
            vec!["parent"],
        ),
        (
            AcceptInvitationRequest {
                consent: None,
                ..acceptance("adatum", &link)
            },
            vec!["consent.wording_id", "consent.language"],
        ),
        (
            AcceptInvitationRequest {
                request_id: "7".into(),
                ..acceptance("adatum", &link)
            },
            vec!["request_id"],
        ),
        (
            with_account(AccountData {
                display_name: " ".into(),
                ..good.clone()
            }),
            vec!["account.display_name"],
        ),
        (
            with_account(AccountData {
                display_name: "a".repeat(101),
                ..good.clone()
            }),
            vec!["account.display_name"],
        ),
        (
            with_account(AccountData {
                country: "br".into(),
                ..good.clone()
            }),
            vec!["account.country"],
        ),
        (
            with_account(AccountData {
                domain: "a b".into(),
                ..good.clone()
            }),
            vec!["account.domain"],
        ),
        (
            with_account(AccountData::default()),
            vec!["account.display_name", "account.country", "account.domain"],
        ),
    ];
    for (message, expected) in malformed {
        assert_eq!(fields(world.accept_as(&admin, message).await), expected);
    }
    assert_eq!(world.invitation(&name).await.state(), InvitationState::Open);
}

/// R2: the data of an account may be left out where there is one, and is ignored there when it
/// comes.
async fn an_account_is_opened_once(store: Store) {
    let world = World::start(&store).await;
    let (_, first) = world.invite_jointly().await;
    world.accept("adatum", &first).await.unwrap();
    assert!(world.has_account("adatum").await);
    let (_, second) = world.invite_jointly().await;
    let without = AcceptInvitationRequest {
        account: None,
        ..acceptance("adatum", &second)
    };
    let accepted = world
        .accept_as(&world.admin("adatum"), without)
        .await
        .unwrap();
    assert_eq!(accepted.state(), AcceptanceState::Established);
    let (_, third) = world.invite_jointly().await;
    let mut renamed = acceptance("adatum", &third);
    renamed.account.as_mut().unwrap().display_name = "Another name".to_owned();
    world
        .accept_as(&world.admin("adatum"), renamed)
        .await
        .unwrap();
    assert_eq!(
        world.customer_names("contoso").await,
        ["ADATUM"],
        "the relationship, and the name, that there were"
    );
}

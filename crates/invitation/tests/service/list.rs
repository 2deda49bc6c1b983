//! Listing: a partner's invitations over every state.

use proto::invitation::v1::invitation::BoundTo;
use proto::invitation::v1::{
    Invitation, InvitationState, ListInvitationsRequest, ListInvitationsResponse,
    RevokeInvitationRequest,
};
use proto::relationship::v1::PartnerKind;
use tests::{Store, on_both_stores, with};
use tonic::Status;

use crate::world::{DAY, World, fields, joint, not_found};

on_both_stores!(
    the_list_holds_every_state,
    what_has_the_same_reference_is_found,
    pages_follow_each_other_for_their_caller_alone
);

async fn list(
    world: &World,
    message: ListInvitationsRequest,
) -> Result<ListInvitationsResponse, Status> {
    let answer = world
        .public()
        .list_invitations(with(&world.admin("contoso"), message))
        .await;
    answer.map(tonic::Response::into_inner)
}

fn everything() -> ListInvitationsRequest {
    ListInvitationsRequest {
        parent: "partners/contoso".to_owned(),
        ..Default::default()
    }
}

async fn names(world: &World, message: ListInvitationsRequest) -> Vec<String> {
    let answer = list(world, message).await.unwrap();
    assert_eq!(answer.next_page_token, "");
    answer
        .invitations
        .into_iter()
        .map(|invitation| invitation.name)
        .collect()
}

/// One invitation of every state, newest first, by each filter and by filters together.
async fn the_list_holds_every_state(store: Store) {
    let world = World::start(&store).await;
    let invite = |invitation: Invitation| async {
        let description = world.invite(invitation).await;
        (description.invitation.unwrap().name, description.link)
    };
    let (expired, _) = invite(Invitation {
        lifetime_days: 1,
        ..joint()
    })
    .await;
    world.clock.advance(DAY);
    let (void, link) = invite(joint()).await;
    world.suspend("contoso").await;
    world.accept("adatum", &link).await.unwrap_err();
    world.reinstate("contoso").await;
    let (accepted, link) = invite(Invitation::default()).await;
    let consent = proto::invitation::v1::Consent {
        wording_id: "consent-2".into(),
        language: "en".into(),
    };
    let message = proto::invitation::v1::AcceptInvitationRequest {
        consent: Some(consent),
        ..crate::world::acceptance("adatum", &link)
    };
    world
        .accept_as(&world.admin("adatum"), message)
        .await
        .unwrap();
    let (declined, link) = invite(joint()).await;
    world.decline("woodgrove", &link).await.unwrap();
    let (revoked, _) = invite(Invitation::default()).await;
    let revoke = RevokeInvitationRequest {
        name: revoked.clone(),
        ..Default::default()
    };
    world
        .public()
        .revoke_invitation(with(&world.admin("contoso"), revoke))
        .await
        .unwrap();
    let bound = BoundTo::BoundCustomer("customers/adatum".to_owned());
    let (open, _) = invite(Invitation {
        bound_to: Some(bound),
        ..joint()
    })
    .await;

    let all = [&open, &revoked, &declined, &accepted, &void, &expired].map(String::clone);
    assert_eq!(names(&world, everything()).await, all);
    let by_state = |state: InvitationState| ListInvitationsRequest {
        state: state.into(),
        ..everything()
    };
    for (state, expected) in [
        (InvitationState::Open, vec![&open]),
        (InvitationState::Claimed, vec![]),
        (InvitationState::Accepted, vec![&accepted]),
        (InvitationState::Void, vec![&void]),
        (InvitationState::Declined, vec![&declined]),
        (InvitationState::Revoked, vec![&revoked]),
        (InvitationState::Expired, vec![&expired]),
    ] {
        assert_eq!(
            names(&world, by_state(state))
                .await
                .iter()
                .collect::<Vec<_>>(),
            expected
        );
    }
    let joint = ListInvitationsRequest {
        provider: "partners/fabrikam".to_owned(),
        ..everything()
    };
    assert_eq!(
        names(&world, joint.clone()).await,
        [&open, &declined, &void, &expired].map(String::clone)
    );
    let adatum = ListInvitationsRequest {
        customer: "customers/adatum".to_owned(),
        ..everything()
    };
    assert_eq!(
        names(&world, adatum.clone()).await,
        [&open, &accepted, &void].map(String::clone)
    );
    let both = ListInvitationsRequest {
        state: InvitationState::Void.into(),
        provider: joint.provider,
        ..adatum
    };
    assert_eq!(
        names(&world, both.clone()).await,
        std::slice::from_ref(&void)
    );
    let time = world.invitation(&void).await.create_time;
    let since = ListInvitationsRequest {
        created_from: time,
        ..both.clone()
    };
    assert_eq!(names(&world, since).await, [void]);
    let before = ListInvitationsRequest {
        created_before: time,
        ..everything()
    };
    assert_eq!(names(&world, before.clone()).await, [expired]);
    let never = ListInvitationsRequest {
        created_from: time,
        ..before
    };
    assert!(names(&world, never).await.is_empty());
    let nobody = ListInvitationsRequest {
        customer: "customers/x-or-1-1".to_owned(),
        ..everything()
    };
    assert!(names(&world, nobody).await.is_empty());
}

/// P8: by the inviter's own reference, exactly, alone and with other filters.
async fn what_has_the_same_reference_is_found(store: Store) {
    let world = World::start(&store).await;
    let invite = |reference: &str, template: Invitation| {
        let invitation = Invitation {
            correlation_id: reference.to_owned(),
            ..template
        };
        let world = &world;
        async move { world.invite(invitation).await.invitation.unwrap().name }
    };
    let first = invite("CRM-7", joint()).await;
    let second = invite("CRM-7", Invitation::default()).await;
    for other in ["CRM-77", "crm-7", "", "CRM 7"] {
        invite(other, joint()).await;
    }
    let referred = |reference: &str| ListInvitationsRequest {
        correlation_id: reference.to_owned(),
        ..everything()
    };
    let found = names(&world, referred("CRM-7")).await;
    assert_eq!(found, [second, first.clone()]);
    let joint = ListInvitationsRequest {
        provider: "partners/fabrikam".to_owned(),
        ..referred("CRM-7")
    };
    assert_eq!(names(&world, joint).await, std::slice::from_ref(&first));
    let expired = ListInvitationsRequest {
        state: InvitationState::Expired.into(),
        ..referred("CRM-7")
    };
    assert!(names(&world, expired).await.is_empty());
    assert!(names(&world, referred("CRM-")).await.is_empty());
    assert!(names(&world, referred("' OR ''='")).await.is_empty());
    let long = "x".repeat(101);
    let answer = list(&world, referred(&long)).await;
    assert_eq!(fields(answer), ["correlation_id"]);
    assert_eq!(world.invitation(&first).await.correlation_id, "CRM-7");
}

/// Pages join up without gap or overlap; a page token is good for its list and its partner
/// only.
async fn pages_follow_each_other_for_their_caller_alone(store: Store) {
    let world = World::start(&store).await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.insert(0, world.invite(joint()).await.invitation.unwrap().name);
    }
    let mut seen = Vec::new();
    let mut page = ListInvitationsRequest {
        page_size: 3,
        ..everything()
    };
    loop {
        let answer = list(&world, page.clone()).await.unwrap();
        assert!(answer.invitations.len() <= 3);
        seen.extend(
            answer
                .invitations
                .into_iter()
                .map(|invitation| invitation.name),
        );
        if answer.next_page_token.is_empty() {
            break;
        }
        page.page_token = answer.next_page_token;
    }
    assert_eq!(seen, made);
    let token = page.page_token;
    let operator = world
        .public()
        .list_invitations(with(&world.operator(), everything()))
        .await;
    assert_eq!(operator.unwrap().into_inner().invitations.len(), 7);

    let bad = [
        (
            ListInvitationsRequest {
                page_size: -1,
                ..everything()
            },
            "page_size",
        ),
        (
            ListInvitationsRequest {
                page_token: format!("{token}A"),
                ..everything()
            },
            "page_token",
        ),
        (
            ListInvitationsRequest {
                page_token: "x".repeat(1 << 16),
                ..everything()
            },
            "page_token",
        ),
        (
            ListInvitationsRequest {
                page_token: token.clone(),
                state: InvitationState::Open.into(),
                ..everything()
            },
            "page_token",
        ),
        (
            ListInvitationsRequest {
                parent: "contoso".to_owned(),
                ..everything()
            },
            "parent",
        ),
        (
            ListInvitationsRequest {
                state: 999,
                ..everything()
            },
            "state",
        ),
        (
            ListInvitationsRequest {
                provider: "'; --".to_owned(),
                ..everything()
            },
            "provider",
        ),
        (
            ListInvitationsRequest {
                customer: "x".repeat(100 * 1024),
                ..everything()
            },
            "customer",
        ),
        (
            ListInvitationsRequest {
                created_from: Some(prost_types::Timestamp {
                    seconds: -62_135_596_801,
                    nanos: 0,
                }),
                ..everything()
            },
            "created_from",
        ),
    ];
    for (message, field) in bad {
        assert_eq!(fields(list(&world, message).await), [field]);
    }
    let many = ListInvitationsRequest {
        page_size: i32::MAX,
        ..everything()
    };
    assert_eq!(names(&world, many).await, made);
    let theirs = ListInvitationsRequest {
        parent: "partners/fabrikam".to_owned(),
        ..everything()
    };
    not_found(list(&world, theirs).await);
    world.enroll("litware", PartnerKind::IndirectReseller).await;
    let stolen = ListInvitationsRequest {
        parent: "partners/litware".to_owned(),
        page_token: token,
        ..Default::default()
    };
    let answer = world
        .public()
        .list_invitations(with(&world.admin("litware"), stolen))
        .await;
    assert_eq!(fields(answer), ["page_token"]);
}

//! What is bound to a customer: found without a link, and answered by its name.

use platform::keys::Grant;
use proto::invitation::v1::invitation::BoundTo;
use proto::invitation::v1::{
    AcceptInvitationRequest, AcceptanceState, DeclineInvitationRequest, InspectInvitationRequest,
    InspectInvitationResponse, Invitation, InvitationState, ListInvitationsRequest,
    ListInvitationsResponse, ResendInvitationRequest, RevokeInvitationRequest,
};
use tests::{Store, on_both_stores, refused, with};
use tonic::{Code, Status};

use crate::world::{DAY, World, acceptance, fields, joint, not_found, reason};

on_both_stores!(
    a_customer_finds_what_is_bound_to_it,
    what_is_bound_is_filtered_and_paged,
    a_bound_invitation_is_answered_by_its_name,
    a_name_tells_what_a_link_would_and_nothing_to_others,
);

async fn list(
    world: &World,
    token: &str,
    message: ListInvitationsRequest,
) -> Result<ListInvitationsResponse, Status> {
    let answer = world.public().list_invitations(with(token, message)).await;
    answer.map(tonic::Response::into_inner)
}

fn of(customer: &str) -> ListInvitationsRequest {
    ListInvitationsRequest {
        parent: format!("customers/{customer}"),
        ..Default::default()
    }
}

async fn names(world: &World, token: &str, message: ListInvitationsRequest) -> Vec<String> {
    let listed = list(world, token, message).await.unwrap().invitations;
    listed
        .into_iter()
        .map(|invitation| invitation.name)
        .collect()
}

/// Contoso and fabrikam invite somebody; answers the name and the link.
async fn invite(world: &World, bound_to: Option<BoundTo>) -> (String, String) {
    let invitation = Invitation {
        bound_to,
        correlation_id: "CRM-77".to_owned(),
        acquisition: "own-marketing".to_owned(),
        message: "Dear Ana".to_owned(),
        privilege_lifetime_days: 365,
        ..joint()
    };
    let made = world.invite(invitation).await;
    (made.invitation.unwrap().name, made.link)
}

fn to_customer(id: &str) -> Option<BoundTo> {
    Some(BoundTo::BoundCustomer(format!("customers/{id}")))
}

fn to_email(email: &str) -> Option<BoundTo> {
    Some(BoundTo::BoundEmail(email.to_owned()))
}

fn to_domain(domain: &str) -> Option<BoundTo> {
    Some(BoundTo::BoundEmailDomain(domain.to_owned()))
}

fn admin_of(tenant: &str) -> Grant {
    Grant::tenant(tenant).role("global-admin").subject("ana")
}

async fn inspect(
    world: &World,
    token: &str,
    name: &str,
) -> Result<InspectInvitationResponse, Status> {
    let message = InspectInvitationRequest {
        name: name.to_owned(),
        ..Default::default()
    };
    let answer = world
        .public()
        .inspect_invitation(with(token, message))
        .await;
    answer.map(tonic::Response::into_inner)
}

/// An acceptance by the name of the invitation.
fn by_name(customer: &str, name: &str) -> AcceptInvitationRequest {
    AcceptInvitationRequest {
        name: name.to_owned(),
        ..acceptance(customer, "")
    }
}

async fn decline(world: &World, token: &str, customer: &str, name: &str) -> Result<(), Status> {
    let message = DeclineInvitationRequest {
        parent: format!("customers/{customer}"),
        name: name.to_owned(),
        reason: "we chose another partner".to_owned(),
        ..Default::default()
    };
    let answer = world
        .public()
        .decline_invitation(with(token, message))
        .await;
    answer.map(drop)
}

/// P6: those bound to the customer's id, to the address that its token proves, or to the domain of
/// that address, newest first, and of each what its page would show; not those that another
/// organisation has answered.
async fn a_customer_finds_what_is_bound_to_it(store: Store) {
    let world = World::start(&store).await;
    let (by_id, _) = invite(&world, to_customer("adatum")).await;
    let (by_email, _) = invite(&world, to_email("Ana@Adatum.Example")).await;
    let (by_domain, _) = invite(&world, to_domain("adatum.example")).await;
    for others in [
        None,
        to_customer("woodgrove"),
        to_email("rui@adatum.example"),
        to_domain("sub.adatum.example"),
    ] {
        invite(&world, others).await;
    }
    let token = |grant: Grant| world.system.token(&grant);
    let ana = token(admin_of("adatum").email("ANA@adatum.example"));
    let found = [&by_domain, &by_email, &by_id].map(String::clone);
    assert_eq!(names(&world, &ana, of("adatum")).await, found);
    let unproven = admin_of("adatum").unverified_email("ana@adatum.example");
    for (token, expected) in [
        (token(admin_of("adatum")), &found[2..]),
        (token(unproven), &found[2..]),
        (
            token(admin_of("adatum").email("eva@adatum.example")),
            &[by_domain.clone(), by_id.clone()],
        ),
        (world.operator(), &found[2..]),
        (
            token(Grant::operator().email("ana@adatum.example")),
            &found[2..],
        ),
    ] {
        assert_eq!(names(&world, &token, of("adatum")).await, expected);
    }

    // what an inspection shows, what binds it, and nothing of the inviter's own
    let shown = list(&world, &ana, of("adatum")).await.unwrap().invitations;
    let whole = world.invitation(&by_email).await;
    let expected = Invitation {
        name: by_email.clone(),
        provider: whole.provider,
        parties: whole.parties,
        state: InvitationState::Open.into(),
        bound_to: to_email("ana@adatum.example"),
        language: "en".to_owned(),
        privilege_lifetime_days: 365,
        create_time: whole.create_time,
        expire_time: whole.expire_time,
        ..Default::default()
    };
    assert_eq!(shown[1], expected);
    for others in ["woodgrove", "contoso"] {
        not_found(list(&world, &world.admin(others), of("adatum")).await);
    }
    let agent = token(Grant::tenant("adatum").role("admin-agent"));
    let denied = list(&world, &agent, of("adatum")).await.unwrap_err();
    assert_eq!(
        (denied.code(), refused(&denied).reason.as_str()),
        (Code::PermissionDenied, "CALLER_NOT_ALLOWED")
    );

    // whoever of that domain answers first has it in its list, and nobody else
    let eva = token(admin_of("woodgrove").email("eva@adatum.example"));
    let message = by_name("woodgrove", &by_domain);
    world.accept_as(&eva, message).await.unwrap();
    assert_eq!(names(&world, &ana, of("adatum")).await, found[1..]);
    let own = list(&world, &eva, of("woodgrove"))
        .await
        .unwrap()
        .invitations;
    let own = own.iter().find(|it| it.name == by_domain).unwrap();
    assert_eq!(
        (own.state(), own.customer.as_str()),
        (InvitationState::Accepted, "customers/woodgrove")
    );
    assert!(own.claim_time.is_some() && own.consented_wording.is_some());
}

/// P6: by state and time, on pages that join up; what only a partner may ask for is refused.
async fn what_is_bound_is_filtered_and_paged(store: Store) {
    let world = World::start(&store).await;
    let ana = world
        .system
        .token(&admin_of("adatum").email("ana@adatum.example"));
    let (old, _) = invite(&world, to_customer("adatum")).await;
    world.clock.advance(31 * DAY);
    let mut made = Vec::new();
    for bound_to in [
        to_email("ana@adatum.example"),
        to_customer("adatum"),
        to_domain("adatum.example"),
        to_customer("adatum"),
    ] {
        made.insert(0, invite(&world, bound_to).await.0);
    }
    let state = |state: InvitationState| ListInvitationsRequest {
        state: state.into(),
        ..of("adatum")
    };
    decline(&world, &ana, "adatum", &made[1]).await.unwrap();
    assert_eq!(
        names(&world, &ana, state(InvitationState::Expired)).await,
        std::slice::from_ref(&old)
    );
    assert_eq!(
        names(&world, &ana, state(InvitationState::Declined)).await,
        made[1..2]
    );
    let open = [&made[0], &made[2], &made[3]].map(String::clone);
    assert_eq!(
        names(&world, &ana, state(InvitationState::Open)).await,
        open
    );
    let since = ListInvitationsRequest {
        created_from: world.invitation(&made[3]).await.create_time,
        ..of("adatum")
    };
    assert_eq!(names(&world, &ana, since).await, made);

    let mut page = ListInvitationsRequest {
        page_size: 2,
        ..of("adatum")
    };
    let mut seen = Vec::new();
    loop {
        let answer = list(&world, &ana, page.clone()).await.unwrap();
        assert!(answer.invitations.len() <= 2);
        seen.extend(answer.invitations.into_iter().map(|it| it.name));
        if answer.next_page_token.is_empty() {
            break;
        }
        page.page_token = answer.next_page_token;
    }
    made.push(old);
    assert_eq!(seen, made);
    let changed = ListInvitationsRequest {
        page_token: format!("{}A", page.page_token),
        ..of("adatum")
    };
    assert_eq!(fields(list(&world, &ana, changed).await), ["page_token"]);
    let partners = ListInvitationsRequest {
        provider: "partners/fabrikam".to_owned(),
        customer: "customers/adatum".to_owned(),
        correlation_id: "CRM-77".to_owned(),
        ..of("adatum")
    };
    assert_eq!(
        fields(list(&world, &ana, partners).await),
        ["provider", "customer", "correlation_id"]
    );
    let nobodys = ListInvitationsRequest {
        parent: "partnerships/adatum".to_owned(),
        ..Default::default()
    };
    assert_eq!(fields(list(&world, &ana, nobodys).await), ["parent"]);
}

/// P6, R36: inspected, accepted and declined by its name as by its present link; a repeat is
/// recognised, and the link finds the same acceptance.
async fn a_bound_invitation_is_answered_by_its_name(store: Store) {
    let world = World::start(&store).await;
    let ana = world
        .system
        .token(&admin_of("adatum").email("ana@adatum.example"));
    let (name, first) = invite(&world, to_email("ana@adatum.example")).await;
    let message = ResendInvitationRequest {
        name: name.clone(),
        ..Default::default()
    };
    let mut client = world.public();
    let resent = client
        .resend_invitation(with(&world.admin("contoso"), message))
        .await;
    let link = resent.unwrap().into_inner().link;
    assert_eq!(reason(world.inspect(&ana, &first).await), "SUPERSEDED");
    let shown = inspect(&world, &ana, &name).await.unwrap();
    assert_eq!(shown, world.inspect(&ana, &link).await.unwrap());

    let stale = {
        let mut message = by_name("adatum", &name);
        message.consent.as_mut().unwrap().wording_id = "joint-consent-0".to_owned();
        world.accept_as(&ana, message).await
    };
    assert_eq!(reason(stale), "WORDING_NOT_CURRENT");
    let without = AcceptInvitationRequest {
        account: None,
        ..by_name("adatum", &name)
    };
    assert_eq!(
        reason(world.accept_as(&ana, without).await),
        "ACCOUNT_REQUIRED"
    );
    let message = AcceptInvitationRequest {
        request_id: world.clock.id().to_string(),
        ..by_name("adatum", &name)
    };
    let accepted = world.accept_as(&ana, message.clone()).await.unwrap();
    assert_eq!(accepted.state(), AcceptanceState::Established);
    assert_eq!(accepted.relationships.len(), 2);
    for partner in ["contoso", "fabrikam"] {
        assert_eq!(world.customers_of(partner).await, ["customers/adatum"]);
    }
    assert_eq!(
        world.accept_as(&ana, message.clone()).await.unwrap(),
        accepted
    );
    let plain = by_name("adatum", &name);
    assert_eq!(world.accept_as(&ana, plain).await.unwrap(), accepted);
    let through_link = acceptance("adatum", &link);
    assert_eq!(world.accept_as(&ana, through_link).await.unwrap(), accepted);
    let reused = AcceptInvitationRequest {
        name: name.replace("contoso", "litware"),
        ..message
    };
    let reused = world.accept_as(&ana, reused).await.unwrap_err();
    assert_eq!(refused(&reused).reason, "REQUEST_ID_REUSED");
    assert_eq!(
        inspect(&world, &ana, &name).await.unwrap().acceptance,
        accepted.name
    );

    let (second, link) = invite(&world, to_domain("adatum.example")).await;
    decline(&world, &ana, "adatum", &second).await.unwrap();
    decline(&world, &ana, "adatum", &second).await.unwrap();
    let declined = world.invitation(&second).await;
    assert_eq!(
        (declined.state(), declined.decline_reason.as_str()),
        (InvitationState::Declined, "we chose another partner")
    );
    assert_eq!(reason(world.inspect(&ana, &link).await), "DECLINED");
    assert_eq!(reason(inspect(&world, &ana, &second).await), "DECLINED");
}

/// P6: what became of it is told as by a link; a name that is not bound to the caller is answered
/// as one that does not exist, and either the link or the name is given.
async fn a_name_tells_what_a_link_would_and_nothing_to_others(store: Store) {
    let world = World::start(&store).await;
    let adatum = world.admin("adatum");
    let (expired, _) = invite(&world, to_customer("adatum")).await;
    world.clock.advance(31 * DAY);
    let (revoked, _) = invite(&world, to_customer("adatum")).await;
    let message = RevokeInvitationRequest {
        name: revoked.clone(),
        ..Default::default()
    };
    let mut client = world.public();
    client
        .revoke_invitation(with(&world.admin("contoso"), message))
        .await
        .unwrap();
    for (name, expected) in [(&expired, "EXPIRED"), (&revoked, "REVOKED")] {
        assert_eq!(reason(inspect(&world, &adatum, name).await), expected);
        let accepted = world.accept_as(&adatum, by_name("adatum", name)).await;
        assert_eq!(reason(accepted), expected);
        assert_eq!(
            reason(decline(&world, &adatum, "adatum", name).await),
            expected
        );
    }

    let (anybodys, link) = invite(&world, None).await;
    let (others, _) = invite(&world, to_customer("woodgrove")).await;
    let (bound, _) = invite(&world, to_customer("adatum")).await;
    let (unproven, _) = invite(&world, to_email("ana@adatum.example")).await;
    let absent = "partners/contoso/invitations/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b";
    let another_inviters = bound.replace("contoso", "litware");
    for name in [
        &anybodys,
        &others,
        &unproven,
        absent,
        &another_inviters,
        &revoked.replace("contoso", "a"),
    ] {
        not_found(inspect(&world, &adatum, name).await);
        not_found(world.accept_as(&adatum, by_name("adatum", name)).await);
        let without = AcceptInvitationRequest {
            account: None,
            ..by_name("adatum", name)
        };
        not_found(world.accept_as(&adatum, without).await);
        not_found(decline(&world, &adatum, "adatum", name).await);
    }
    for token in [
        &world.admin("contoso"),
        &world.admin("woodgrove"),
        &world.operator(),
    ] {
        not_found(inspect(&world, token, &bound).await);
    }
    // the organisation is bound, whoever of it looks; its Global admin answers
    let user = world.system.token(&Grant::tenant("adatum"));
    assert!(inspect(&world, &user, &bound).await.is_ok());
    let denied = world.accept_as(&user, by_name("adatum", &bound)).await;
    assert_eq!(denied.unwrap_err().code(), Code::PermissionDenied);

    let both = |link: &str, name: &str| AcceptInvitationRequest {
        name: name.to_owned(),
        ..acceptance("adatum", link)
    };
    for (message, expected) in [
        (both("", ""), "link"),
        (both(&link, &bound), "name"),
        (both("", "invitations/7"), "name"),
    ] {
        let inspection = InspectInvitationRequest {
            link: message.link.clone(),
            name: message.name.clone(),
            ..Default::default()
        };
        let declination = DeclineInvitationRequest {
            parent: "customers/adatum".to_owned(),
            link: message.link.clone(),
            name: message.name.clone(),
            ..Default::default()
        };
        let inspected = client.inspect_invitation(with(&adatum, inspection)).await;
        assert_eq!(fields(inspected), [expected]);
        let declined = client.decline_invitation(with(&adatum, declination)).await;
        assert_eq!(fields(declined), [expected]);
        assert_eq!(fields(world.accept_as(&adatum, message).await), [expected]);
    }
}

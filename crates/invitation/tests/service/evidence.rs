//! Evidence: what is kept of an acceptance or a declination, and who reads how much of it.

use platform::keys::Grant;
use proto::invitation::v1::invitation::BoundTo;
use proto::invitation::v1::{
    AcceptInvitationRequest, Acceptance, AcceptanceState, AccountData, Consent, Declination,
    GetInvitationRequest, GetWordingRequest, Invitation, ListAcceptancesRequest,
    ListAcceptancesResponse, ListDeclinationsRequest, ListDeclinationsResponse,
    ListInvitationsRequest,
};
use sha2::{Digest, Sha256};
use tests::{Store, on_both_stores, refused, with};
use tonic::{Code, Status};

use crate::world::{World, acceptance, fields, joint, not_found};

on_both_stores!(
    what_was_consented_to_is_kept_and_read,
    who_declined_is_read_by_the_customer_and_operators,
    acceptances_are_paged_newest_first,
    a_customers_answers_are_its_own,
    the_provider_named_reads_the_invitation,
);

async fn acceptances(
    world: &World,
    token: &str,
    message: ListAcceptancesRequest,
) -> Result<ListAcceptancesResponse, Status> {
    let answer = world.public().list_acceptances(with(token, message)).await;
    answer.map(tonic::Response::into_inner)
}

async fn declinations(
    world: &World,
    token: &str,
    message: ListDeclinationsRequest,
) -> Result<ListDeclinationsResponse, Status> {
    let answer = world.public().list_declinations(with(token, message)).await;
    answer.map(tonic::Response::into_inner)
}

fn accepted_by(customer: &str) -> ListAcceptancesRequest {
    ListAcceptancesRequest {
        parent: format!("customers/{customer}"),
        ..Default::default()
    }
}

fn declined_by(customer: &str) -> ListDeclinationsRequest {
    ListDeclinationsRequest {
        parent: format!("customers/{customer}"),
        ..Default::default()
    }
}

/// P5: who consented, when, to which text in which language, with what data; whole to the customer
/// and operators, the text alone to the inviter.
async fn what_was_consented_to_is_kept_and_read(store: Store) {
    let world = World::start(&store).await;
    let made = world.invite(joint()).await;
    let admin = world.admin("adatum");
    let shown = {
        let message = proto::invitation::v1::InspectInvitationRequest {
            link: made.link.clone(),
            language: "pt-BR".to_owned(),
            ..Default::default()
        };
        let mut client = world.public();
        let answer = client.inspect_invitation(with(&admin, message)).await;
        answer.unwrap().into_inner()
    };
    let message = AcceptInvitationRequest {
        consent: Some(Consent {
            wording_id: shown.consent_wording_id.clone(),
            language: shown.consent_language.clone(),
        }),
        ..acceptance("adatum", &made.link)
    };
    let accepted = world.accept_as(&admin, message).await.unwrap();
    let name = made.invitation.unwrap().name;
    assert_eq!(accepted.invitation, name);
    let kept = accepted.consent.clone().unwrap();
    let caller = world.system.token(&Grant::operator());
    let hash = Sha256::digest(shown.consent_text.as_bytes());
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(kept.subject, "ana");
    assert_eq!(kept.issuer, "urn:partner-connect:local-issuer");
    assert_eq!(kept.consent_time, accepted.claim_time);
    assert_eq!(
        [&kept.wording_id, &kept.language, &kept.text_sha256],
        [&shown.consent_wording_id, "pt-BR", &hash]
    );
    let account = AccountData {
        display_name: "ADATUM".to_owned(),
        country: "BR".to_owned(),
        domain: "adatum.example".to_owned(),
    };
    assert_eq!(kept.account, Some(account));

    for token in [&admin, &caller] {
        let listed = acceptances(&world, token, accepted_by("adatum")).await;
        assert_eq!(
            listed.unwrap().acceptances,
            std::slice::from_ref(&accepted),
            "word for word what the acceptance answered"
        );
    }
    // which is enough to read the text again
    let asked = GetWordingRequest {
        wording_id: kept.wording_id.clone(),
        language: kept.language.clone(),
        terms: kept.terms.clone(),
    };
    let text = world.public().get_wording(with(&admin, asked)).await;
    assert_eq!(text.unwrap().into_inner().text_sha256, kept.text_sha256);
    let read: Invitation = world.invitation(&name).await;
    let wording = read.consented_wording.clone().unwrap();
    assert_eq!(
        [&wording.wording_id, &wording.language, &wording.text_sha256],
        [&kept.wording_id, &kept.language, &kept.text_sha256]
    );
    assert_eq!(read.claim_time, kept.consent_time);
    // P3: what it is called, and nothing else of its account
    assert_eq!(read.customer_display_name, "ADATUM");
    let all = format!("{read:?}");
    assert!(!all.contains(&kept.issuer) && !all.contains("adatum.example"));

    // an account that is there already needs no data, and none is kept
    let (_, second) = world.invite_jointly().await;
    let without = AcceptInvitationRequest {
        account: None,
        ..acceptance("adatum", &second)
    };
    let again = world.accept_as(&admin, without).await.unwrap();
    assert_eq!(again.consent.unwrap().account, None);
}

/// P5: who declined, when and why; the person to the customer and operators alone, the reason and
/// the time to the inviter as well.
async fn who_declined_is_read_by_the_customer_and_operators(store: Store) {
    let world = World::start(&store).await;
    let (name, link) = world.invite_jointly().await;
    let open = world.invitation(&name).await;
    world.decline("adatum", &link).await.unwrap();
    let declined = world.invitation(&name).await;
    let issuer = {
        let (_, other) = world.invite_jointly().await;
        let accepted = world.accept("adatum", &other).await.unwrap();
        accepted.consent.unwrap().issuer
    };
    let expected = Declination {
        invitation: name.clone(),
        parties: open.parties,
        issuer: issuer.clone(),
        subject: "ana".to_owned(),
        decline_time: declined.state_time,
        reason: "we chose another partner".to_owned(),
    };
    for token in [world.admin("adatum"), world.operator()] {
        let listed = declinations(&world, &token, declined_by("adatum")).await;
        assert_eq!(
            listed.unwrap().declinations,
            std::slice::from_ref(&expected)
        );
    }
    assert_eq!(declined.decline_reason, "we chose another partner");
    assert!(!format!("{declined:?}").contains(&issuer));
    // what was declined is no acceptance
    let listed = acceptances(&world, &world.admin("adatum"), accepted_by("adatum")).await;
    assert_eq!(listed.unwrap().acceptances.len(), 1);
}

/// P5: acceptances over every state, newest first, on pages that join up.
async fn acceptances_are_paged_newest_first(store: Store) {
    let world = World::start(&store).await;
    let admin = world.admin("adatum");
    let mut accepted: Vec<Acceptance> = Vec::new();
    for _ in 0..3 {
        let (_, link) = world.invite_jointly().await;
        accepted.insert(0, world.accept("adatum", &link).await.unwrap());
    }
    let (_, link) = world.invite_jointly().await;
    world.suspend("contoso").await;
    world.accept("adatum", &link).await.unwrap_err();
    let page = |size: i32, token: &str| ListAcceptancesRequest {
        page_size: size,
        page_token: token.to_owned(),
        ..accepted_by("adatum")
    };
    let first = acceptances(&world, &admin, page(2, "")).await.unwrap();
    let token = first.next_page_token.clone();
    let rest = acceptances(&world, &admin, page(2, &token)).await.unwrap();
    assert_eq!(rest.next_page_token, "");
    let all: Vec<_> = [first.acceptances, rest.acceptances].concat();
    assert_eq!(all[0].state(), AcceptanceState::Void);
    assert!(
        all[0].consent.is_some(),
        "what was refused was consented to"
    );
    assert_eq!(all[1..], accepted);

    assert_eq!(
        fields(acceptances(&world, &admin, page(-1, "")).await),
        ["page_size"]
    );
    for bad in [format!("{token}A"), "x".repeat(1 << 16)] {
        let answer = acceptances(&world, &admin, page(2, &bad)).await;
        assert_eq!(fields(answer), ["page_token"]);
    }
    let stolen = ListDeclinationsRequest {
        page_token: token,
        ..declined_by("adatum")
    };
    let answer = declinations(&world, &admin, stolen).await;
    assert_eq!(fields(answer), ["page_token"]);
    let unnamed = ListAcceptancesRequest::default();
    assert_eq!(
        fields(acceptances(&world, &admin, unnamed).await),
        ["parent"]
    );
}

/// P5: of another customer nothing is found, and a customer's other roles read nothing.
async fn a_customers_answers_are_its_own(store: Store) {
    let world = World::start(&store).await;
    let (_, link) = world.invite_jointly().await;
    world.accept("adatum", &link).await.unwrap();
    for foreign in ["woodgrove", "contoso", "fabrikam"] {
        let token = world.admin(foreign);
        not_found(acceptances(&world, &token, accepted_by("adatum")).await);
        not_found(declinations(&world, &token, declined_by("adatum")).await);
        let own = acceptances(&world, &token, accepted_by(foreign)).await;
        assert!(own.unwrap().acceptances.is_empty());
        let own = declinations(&world, &token, declined_by(foreign)).await;
        assert!(own.unwrap().declinations.is_empty());
    }
    let agent = Grant::tenant("adatum").role("admin-agent");
    let token = world.system.token(&agent);
    for status in [
        acceptances(&world, &token, accepted_by("adatum"))
            .await
            .unwrap_err(),
        declinations(&world, &token, declined_by("adatum"))
            .await
            .unwrap_err(),
    ] {
        assert_eq!(
            (status.code(), refused(&status).reason.as_str()),
            (Code::PermissionDenied, "CALLER_NOT_ALLOWED")
        );
    }
}

/// P5: the provider that an invitation names reads it, its consented wording included, without the
/// inviter's own reference, whom it invited, how it won the customer, what it wrote to it and what
/// the customer told the inviter; nobody else does, nor the provider another invitation.
async fn the_provider_named_reads_the_invitation(store: Store) {
    let world = World::start(&store).await;
    let asked = Invitation {
        correlation_id: "CRM-77".to_owned(),
        acquisition: "vendor-referral".to_owned(),
        message: "It was good to meet you.".to_owned(),
        bound_to: Some(BoundTo::BoundCustomer("customers/adatum".to_owned())),
        ..joint()
    };
    let made = world.invite(asked.clone()).await;
    let name = made.invitation.unwrap().name;
    let read = |token: String, name: String| {
        let mut client = world.public();
        async move {
            let message = GetInvitationRequest { name };
            let answer = client.get_invitation(with(&token, message)).await?;
            Ok::<_, Status>(answer.into_inner().invitation.unwrap())
        }
    };
    let provider = || world.admin("fabrikam");
    let without = |invitation: Invitation| Invitation {
        correlation_id: String::new(),
        acquisition: String::new(),
        message: String::new(),
        decline_reason: String::new(),
        bound_to: None,
        ..invitation
    };
    let whole = world.invitation(&name).await;
    assert_eq!(whole.correlation_id, "CRM-77");
    let seen = read(provider(), name.clone()).await.unwrap();
    assert_eq!(seen, without(whole));
    world.accept("adatum", &made.link).await.unwrap();
    let accepted = read(provider(), name.clone()).await.unwrap();
    assert!(accepted.consented_wording.is_some());
    assert_eq!(accepted, without(world.invitation(&name).await));

    let declined = world.invite(asked).await;
    world.decline("adatum", &declined.link).await.unwrap();
    let declined = declined.invitation.unwrap().name;
    let seen = read(provider(), declined.clone()).await.unwrap();
    let whole = world.invitation(&declined).await;
    assert_eq!(whole.customer, "customers/adatum");
    let of_nobody = Invitation {
        customer: String::new(),
        ..without(whole)
    };
    assert_eq!(seen, of_nobody);
    assert!(!format!("{seen:?}").contains("adatum"));

    let agent = Grant::tenant("fabrikam").role("admin-agent");
    assert!(read(world.system.token(&agent), name.clone()).await.is_ok());
    let user = world.system.token(&Grant::tenant("fabrikam"));
    let denied = read(user, name.clone()).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
    let alone = world.invite(Invitation::default()).await;
    let alone = alone.invitation.unwrap().name;
    for (token, name) in [
        (provider(), alone.clone()),
        (provider(), name.replace("contoso", "litware")),
        (provider(), name.replace("contoso", "fabrikam")),
        (world.admin("proseware"), name.clone()),
        (world.admin("adatum"), name.clone()),
    ] {
        not_found(read(token, name).await);
    }
    let listed = ListInvitationsRequest {
        parent: "partners/fabrikam".to_owned(),
        ..Default::default()
    };
    let listed = world
        .public()
        .list_invitations(with(&provider(), listed))
        .await;
    assert!(listed.unwrap().into_inner().invitations.is_empty());
}

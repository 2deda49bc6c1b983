//! What programs of 0.2 and 0.3 have kept is read: their stores as they left them (`kept_by_0_2`,
//! with a fact that was not delivered yet, and `kept_by_0_3`; SQLite).

use std::fs;
use std::path::Path;
use std::time::Duration;

use proto::customer::v1::{Availability, OrderKind, Permission};
use proto::gateway::v1::{GetCustomerRecordRequest, ListOrdersRequest};
use proto::invitation::v1::{
    GetWordingRequest, Invitation, InvitationState, ListAcceptancesRequest,
    ListDeclinationsRequest, ListInvitationsRequest, VoidReason,
};
use proto::notification::v1::NoticeKind;
use proto::relationship::v1::{
    self as relationship, ListDelegatedPrivilegesRequest, PartnerKind, PartnerState,
    PrivilegeState, Relationship, RelationshipState,
};
use sea_orm::{ConnectionTrait, Database};
use tests::{Programme, Role, Store, System, eventually, with};

const MANAGING: [Permission; 4] = [
    Permission::ManageAccount,
    Permission::ManageSubscriptions,
    Permission::ManageLicenses,
    Permission::ManageUsers,
];

/// What the rows have kept of the texts that adatum accepted: language and SHA-256.
const ACCEPTED: [(&str, &str); 2] = [
    (
        "pt-BR",
        "4f62a352d7987260f1764b7bc876a683d289cba8a43fe4e143c6ea1c37d6e631",
    ),
    (
        "en",
        "af395f4dfa3606144409439d20c4a500447eb3612f2dead01200a4d267897c4c",
    ),
];

/// P5, R36, R39: partners, relationships, privileges, invitations in every end, what portals have.
#[tokio::test]
async fn what_0_2_has_kept_is_read() {
    what_was_kept_is_read("kept_by_0_2").await;
}

/// P5, R36, R39: the same of the version before.
#[tokio::test]
async fn what_0_3_has_kept_is_read() {
    what_was_kept_is_read("kept_by_0_3").await;
}

async fn what_was_kept_is_read(folder: &str) {
    let store = Store::sqlite();
    for role in ["invitation", "relationship", "notification", "directory"] {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("e2e")
            .join(folder);
        let script = fs::read_to_string(kept.join(format!("{role}.sql"))).expect("a script");
        let url = format!("{}?mode=rwc", store.url(role));
        let db = Database::connect(url).await.expect("a new file");
        // tables are made in the order of their names
        let script = format!("PRAGMA foreign_keys = OFF; {script}");
        db.execute_unprepared(&script).await.expect("its rows");
        db.close().await.expect("it closes");
    }
    let system = System::started(store).await;
    let programme = Programme::of(&system);

    let contoso = programme.partner("contoso").await;
    assert_eq!(
        (contoso.kind(), contoso.state()),
        (PartnerKind::IndirectReseller, PartnerState::Active)
    );
    let invitations = invitations(&programme).await;
    let ends: Vec<_> = invitations.iter().map(Invitation::state).collect();
    let expected = [
        InvitationState::Void,
        InvitationState::Declined,
        InvitationState::Accepted,
    ];
    assert_eq!(ends, expected);
    assert_eq!(invitations[0].void_reason(), VoidReason::PartnershipEnded);
    assert_eq!(invitations[1].decline_reason, "another partner");
    assert_eq!(invitations[1].correlation_id, "CRM-7");
    assert!(invitations[2].parties[0].permissions().take(4).eq(MANAGING));

    let mut relationships = programme.relationships_of("adatum").await;
    relationships.sort_by(|one, other| one.name.cmp(&other.name));
    let states: Vec<_> = relationships
        .iter()
        .map(|one| (one.partner_kind(), one.state()))
        .collect();
    assert_eq!(
        states,
        [
            (PartnerKind::IndirectReseller, RelationshipState::Removed),
            (PartnerKind::IndirectProvider, RelationshipState::Active),
        ]
    );
    let accepted = [&invitations[2], &invitations[0]];
    texts_are_read_as_they_were(&programme, &relationships[0]).await;
    evidence_is_read(&programme, accepted, &invitations[1]).await;
    privileges_are_whole(&programme).await;
    what_portals_have_is_there(&programme).await;

    // 0.2 had not delivered it yet
    let told = eventually("the notice", Duration::from_secs(20), || async {
        let notices = programme.notices(&programme.contoso, "contoso").await;
        let void = |one: &proto::notification::v1::Notice| one.kind() == NoticeKind::InvitationVoid;
        notices.into_iter().find(void)
    });
    assert_eq!(told.await.void_reason(), VoidReason::PartnershipEnded);
    assert!(
        system
            .log(Role::Invitation)
            .lines()
            .all(|line| !line.contains("ERROR"))
    );
}

async fn invitations(programme: &Programme) -> Vec<Invitation> {
    let list = ListInvitationsRequest {
        parent: "partners/contoso".to_owned(),
        ..Default::default()
    };
    let mut client = programme.invitations.clone();
    let page = client
        .list_invitations(with(&programme.contoso, list))
        .await;
    page.expect("its own").into_inner().invitations
}

/// R40, P5: what was accepted under `joint-consent-1` and attested under `removal-1` is read word
/// for word, and its hash is the one that was kept.
async fn texts_are_read_as_they_were(programme: &Programme, removed: &Relationship) {
    let mut client = programme.invitations.clone();
    let list = ListAcceptancesRequest {
        parent: "customers/adatum".to_owned(),
        ..Default::default()
    };
    let page = client.list_acceptances(with(&programme.adatum, list)).await;
    let page = page.expect("its own").into_inner();
    // newest first
    assert_eq!(page.acceptances.len(), ACCEPTED.len());
    let accepted = page.acceptances.into_iter().rev();
    for (acceptance, (language, kept)) in accepted.zip(ACCEPTED) {
        let consent = acceptance.consent.expect("what was consented to");
        assert_eq!(consent.language, language);
        let asked = GetWordingRequest {
            wording_id: consent.wording_id,
            language: consent.language,
            terms: consent.terms,
        };
        let answer = client.get_wording(with(&programme.adatum, asked)).await;
        let told = answer.expect("anybody may").into_inner();
        assert!(told.text.starts_with("Contoso Cloud "), "{}", told.text);
        assert!(told.text.contains("Fabrikam Distribution"));
        assert_eq!((told.text_sha256.as_str(), told.current), (kept, false));
    }

    let kept = removed.removal.as_ref().expect("what was attested");
    assert_eq!(kept.wording_id, "removal-1");
    let asked = relationship::GetWordingRequest {
        wording_id: kept.wording_id.clone(),
        language: kept.language.clone(),
    };
    let mut client = programme.relationships.clone();
    let answer = client.get_wording(with(&programme.contoso, asked)).await;
    let told = answer.expect("anybody may").into_inner();
    assert!(told.text.contains("in line with your partner agreement"));
    assert_eq!(
        (&told.text_sha256, told.current),
        (&kept.text_sha256, false)
    );
}

/// P5: who accepted, when, and which text, by the customer and by an operator; who declined was not
/// kept then, and is not made up.
async fn evidence_is_read(
    programme: &Programme,
    accepted: [&Invitation; 2],
    declined: &Invitation,
) {
    let mut client = programme.invitations.clone();
    for token in [&programme.adatum, &programme.operator] {
        let list = ListAcceptancesRequest {
            parent: "customers/adatum".to_owned(),
            ..Default::default()
        };
        let page = client.list_acceptances(with(token, list)).await;
        let mut acceptances = page.expect("its own").into_inner().acceptances;
        // newest first
        acceptances.reverse();
        assert_eq!(acceptances.len(), accepted.len());
        for ((acceptance, invitation), (language, hash)) in
            acceptances.iter().zip(accepted).zip(ACCEPTED)
        {
            assert_eq!(acceptance.invitation, invitation.name);
            let consent = acceptance.consent.as_ref().expect("what was consented to");
            assert_eq!(consent.wording_id, "joint-consent-1");
            assert_eq!(
                (consent.language.as_str(), consent.text_sha256.as_str()),
                (language, hash)
            );
            let who = (consent.issuer.as_str(), consent.subject.as_str());
            assert_eq!(who, ("urn:partner-connect:local-issuer", "admin@adatum"));
            assert_eq!(consent.consent_time, acceptance.claim_time);
        }
    }
    let list = ListDeclinationsRequest {
        parent: declined.customer.clone(),
        ..Default::default()
    };
    let page = client
        .list_declinations(with(&programme.operator, list))
        .await;
    let declinations = page.expect("an operator reads").into_inner().declinations;
    let [declination] = &declinations[..] else {
        panic!("one: {declinations:?}")
    };
    assert_eq!(declination.invitation, declined.name);
    assert_eq!(declination.reason, "another partner");
    assert_eq!(declination.decline_time, declined.state_time);
    assert_eq!(
        (declination.issuer.as_str(), declination.subject.as_str()),
        ("", "")
    );
}

async fn privileges_are_whole(programme: &Programme) {
    let list = ListDelegatedPrivilegesRequest {
        parent: "partners/contoso".to_owned(),
        ..Default::default()
    };
    let mut client = programme.relationships.clone();
    let page = client
        .list_delegated_privileges(with(&programme.contoso, list))
        .await;
    let privileges = page.expect("its own").into_inner().privileges;
    for (customer, state) in [
        ("customers/adatum", PrivilegeState::Terminated),
        ("customers/wingtip", PrivilegeState::Active),
    ] {
        let found = privileges.iter().find(|one| one.customer == customer);
        let found = found.unwrap_or_else(|| panic!("one on {customer}"));
        assert_eq!(found.state(), state);
        assert!(found.permissions().eq(MANAGING), "{found:?}");
    }
}

async fn what_portals_have_is_there(programme: &Programme) {
    let name = "partners/fabrikam/customers/adatum".to_owned();
    let read = GetCustomerRecordRequest {
        name: name.clone(),
        ..Default::default()
    };
    let mut client = programme.connections.clone();
    let record = client
        .get_customer_record(with(&programme.fabrikam, read))
        .await;
    let record = record
        .expect("it may")
        .into_inner()
        .record
        .expect("a record");
    assert_eq!(
        record.account.expect("an account").display_name,
        "Adatum S.A."
    );
    let subscriptions = record.subscriptions.expect("a section");
    assert_eq!(subscriptions.availability(), Availability::Available);
    assert_eq!(subscriptions.subscriptions[0].assigned_quantity, 1);
    let list = ListOrdersRequest {
        parent: name,
        ..Default::default()
    };
    let orders = client.list_orders(with(&programme.fabrikam, list)).await;
    let orders = orders.expect("it may").into_inner().orders;
    assert_eq!(
        (orders.len(), orders[0].kind()),
        (1, OrderKind::NewSubscription)
    );
}

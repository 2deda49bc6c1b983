//! Removal: what a partner confirms, what it loses, what stays and who ends that, and that nobody
//! else is told.

use platform::keys::Grant;
use proto::customer::v1::Permission;
use proto::invitation::v1::{
    GetInvitationRequest, Invitation, ListAcceptancesRequest, ListDeclinationsRequest,
    ListInvitationsRequest,
};
use proto::notification::v1::Notice;
use proto::relationship::v1::{
    AccessBasis, AccessEntry, ChangeKind, ListRelationshipsRequest, PrivilegeState,
    RelationshipState,
};
use tests::{Programme, Store, System, Watcher, new_subscription, on_both_stores, refused, with};

use super::notices_are_there;

on_both_stores!(a_removal_from_the_preview_to_the_last_privilege);

/// R37, R38, R39, R40, R41, R42, R43: previewed, confirmed and gone from one list; the privilege
/// stays, is reported with its age, and is ended by the customer alone; of all this the provider
/// and the customer are told nothing.
async fn a_removal_from_the_preview_to_the_last_privilege(store: Store) {
    let system = System::started(store).await;
    let programme = Programme::of(&system);
    programme.connect().await;
    let (token, parent) = (&programme.contoso, "partners/contoso");
    let mut reseller = Watcher::of_nothing(&programme, token, parent).await;
    let (token, parent) = (&programme.fabrikam, "partners/fabrikam");
    let mut provider = Watcher::of_nothing(&programme, token, parent).await;
    let invited = programme.invite().await;
    let accepted = programme
        .accept(&programme.adatum, "adatum", &invited.link)
        .await;
    let accepted = accepted.expect("accepted").relationships;
    assert_eq!(reseller.change().await.events.len(), 2);
    assert_eq!(provider.change().await.events.len(), 1);
    notices_are_there(&programme).await;
    let notices = notices(&programme).await;
    let read = what_others_read(&programme, &invited.invitation).await;

    let granted = what_is_confirmed(&programme, &accepted[0]).await;
    let removed = programme.remove(&programme.contoso, &accepted[0]).await;
    assert_eq!(removed.state(), RelationshipState::Removed);
    // R38, R39: the customer is gone at once, the privilege stands as it was, and allows nothing
    let listed = programme.customers(&programme.contoso, "contoso").await;
    assert_eq!(listed, [""; 0]);
    let denied = programme
        .record(&programme.contoso, "contoso", "adatum")
        .await;
    let denied = refused(&denied.expect_err("refused"));
    assert_eq!(denied.reason, "RELATIONSHIP_REQUIRED");
    the_privilege_is_reported(&programme, &accepted[0], &granted).await;
    // R42: by no list is anybody else told
    let now = what_others_read(&programme, &invited.invitation).await;
    assert_eq!(now, read);
    the_provider_goes_on(&programme).await;

    // R39: only its end ends it, here by the customer
    let ended = programme.terminate(&programme.adatum, &granted).await;
    assert_eq!(ended.state(), PrivilegeState::Terminated);
    for (token, parent) in [
        (&programme.contoso, "partners/contoso"),
        (&programme.adatum, "customers/adatum"),
    ] {
        assert_eq!(residual(&programme, token, parent).await, []);
    }

    // R42: nobody is told, except the partner itself
    for expected in [
        ChangeKind::RelationshipEnded,
        ChangeKind::PrivilegeTerminated,
    ] {
        let change = reseller.change().await;
        let kinds: Vec<_> = change.events.iter().map(|event| event.kind()).collect();
        assert_eq!(kinds, [expected]);
    }
    what_comes_next(&system, &programme, &mut provider, &notices).await;
}

/// R41, R43: before it confirms, the partner reads the wording, what would stay, and the next step.
/// Answers the privilege.
async fn what_is_confirmed(programme: &Programme, relationship: &str) -> String {
    let shown = programme.preview(&programme.contoso, relationship).await;
    let shown = shown.expect("a preview");
    assert_eq!(shown.language, "pt-BR");
    assert!(!shown.text.is_empty() && !shown.next_step.is_empty());
    let [privilege] = &shown.remaining_privileges[..] else {
        panic!("one privilege would stay");
    };
    assert_eq!(privilege.state(), PrivilegeState::Active);
    privilege.name.clone()
}

/// R39: both sides are told what is still granted, and for how long it has outlived the
/// relationship.
async fn the_privilege_is_reported(programme: &Programme, relationship: &str, privilege: &str) {
    let [mine] = &residual(programme, &programme.contoso, "partners/contoso").await[..] else {
        panic!("one customer is left with a privilege of contoso's");
    };
    let [theirs] = &residual(programme, &programme.adatum, "customers/adatum").await[..] else {
        panic!("one partner is left with a privilege on adatum");
    };
    assert_eq!(mine.relationship, relationship);
    assert_eq!(mine.privileges.len(), 1);
    assert_eq!(mine.privileges[0].privilege, privilege);
    let age = |entry: &AccessEntry| {
        let age = entry.residual_age.expect("an age");
        (age.seconds, age.nanos)
    };
    assert!(age(mine) > (0, 0) && age(mine) < (60, 0), "{mine:?}");
    assert!(age(theirs) > age(mine), "it grows: {theirs:?}");
    let same = AccessEntry {
        residual_age: mine.residual_age,
        ..theirs.clone()
    };
    assert_eq!(mine, &same);
}

/// What the provider and the customer read in every list and history of theirs, and an operator of
/// the customer's.
async fn what_others_read(programme: &Programme, invited: &Option<Invitation>) -> Vec<String> {
    let (fabrikam, adatum) = (
        "partners/fabrikam".to_owned(),
        "customers/adatum".to_owned(),
    );
    let (provider, customer) = (&programme.fabrikam, &programme.adatum);
    let mut read = vec![format!(
        "{:?}",
        programme.customers(provider, "fabrikam").await
    )];
    for basis in [AccessBasis::Relationship, AccessBasis::ResidualPrivileges] {
        let listed = programme.list_access(provider, &fabrikam, basis).await;
        read.push(format!("{:?}", listed.expect("its own")));
    }
    let mut relationships = programme.relationships.clone();
    let list = ListRelationshipsRequest {
        parent: fabrikam,
        ..Default::default()
    };
    let listed = relationships.list_relationships(with(provider, list)).await;
    read.push(format!("{:?}", listed.expect("its own").into_inner()));

    let mut invitations = programme.invitations.clone();
    let name = invited.as_ref().expect("an invitation").name.clone();
    for token in [provider, &programme.operator] {
        let get = GetInvitationRequest { name: name.clone() };
        let got = invitations.get_invitation(with(token, get)).await;
        read.push(format!("{:?}", got.expect("it names it").into_inner()));
    }
    for token in [customer, &programme.operator] {
        let list = ListAcceptancesRequest {
            parent: adatum.clone(),
            ..Default::default()
        };
        let listed = invitations.list_acceptances(with(token, list)).await;
        read.push(format!("{:?}", listed.expect("its own").into_inner()));
        let list = ListDeclinationsRequest {
            parent: adatum.clone(),
            ..Default::default()
        };
        let listed = invitations.list_declinations(with(token, list)).await;
        read.push(format!("{:?}", listed.expect("its own").into_inner()));
    }
    let list = ListInvitationsRequest {
        parent: adatum,
        ..Default::default()
    };
    let listed = invitations.list_invitations(with(customer, list)).await;
    read.push(format!("{:?}", listed.expect("its own").into_inner()));
    read
}

/// R37: the other partner's relationship is none of it.
async fn the_provider_goes_on(programme: &Programme) {
    let token = &programme.fabrikam;
    let listed = programme.customers(token, "fabrikam").await;
    assert_eq!(listed, ["customers/adatum"]);
    let decision = programme
        .check(token, "fabrikam", Permission::SubmitOrders)
        .await;
    assert!(decision.allowed);
    let id = platform::clock::Clock::system().id().to_string();
    let pair = ("fabrikam", "adatum");
    let ordered = programme.order(token, pair, new_subscription(1), &id).await;
    ordered.expect("ordered");
}

/// The next thing that the provider's watcher is told is the next thing of the provider's own; and
/// nobody has a notice more than before, except of that.
async fn what_comes_next(
    system: &System,
    programme: &Programme,
    provider: &mut Watcher,
    notices: &[Vec<Notice>; 2],
) {
    assert_eq!(&self::notices(programme).await, notices);
    let invited = programme.invite().await;
    let tailspin = system.token(&Grant::tenant("tailspin").role("global-admin"));
    let accepted = programme.accept(&tailspin, "tailspin", &invited.link).await;
    let accepted = accepted.expect("accepted").relationships;
    let change = provider.change().await;
    assert_eq!(change.events.len(), 1);
    assert_eq!(change.events[0].relationship, accepted[1]);
    // the acceptance, which came last, has its notice, and nothing between has one
    let both = [
        (&programme.contoso, "contoso"),
        (&programme.fabrikam, "fabrikam"),
    ];
    for ((token, partner), before) in both.into_iter().zip(notices) {
        let more = tests::eventually("a notice more", super::SOON, || async {
            let now = programme.notices(token, partner).await;
            (now.len() > before.len()).then_some(now)
        });
        let more = more.await;
        assert_eq!(more.len(), before.len() + 1, "{partner}: {more:?}");
        assert_eq!(more[1..], before[..], "{partner}");
    }
}

async fn residual(programme: &Programme, token: &str, parent: &str) -> Vec<AccessEntry> {
    let basis = AccessBasis::ResidualPrivileges;
    let listed = programme.list_access(token, parent, basis).await;
    listed.expect("may ask")
}

async fn notices(programme: &Programme) -> [Vec<Notice>; 2] {
    [
        programme.notices(&programme.contoso, "contoso").await,
        programme.notices(&programme.fabrikam, "fabrikam").await,
    ]
}

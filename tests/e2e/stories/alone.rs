//! An invitation by the reseller alone, from the draft to the customer's record.

use proto::customer::v1::Permission;
use proto::gateway::v1::{GetDraftRequest, SaveDraftRequest};
use proto::invitation::v1::{FinishInvitationRequest, Invitation};
use tests::{Programme, Store, System, on_both_stores, refused, with};

on_both_stores!(a_reseller_invites_alone);

/// R12 to R23: R12, R13, R14, R15, R16, R17, R18, R19, R20, R21, R22, R23: one partner, one link;
/// drafted, edited, copied, finished, accepted, listed, managed, and its record read.
async fn a_reseller_invites_alone(store: Store) {
    let system = System::started(store).await;
    let programme = Programme::of(&system);
    programme.connect().await;
    let invitation = Invitation {
        acquisition: "vendor-referral".into(),
        ..Default::default()
    };
    let invited = programme.try_invite(invitation).await.expect("invited");
    let name = invited.invitation.expect("an invitation").name;
    let (link, draft) = (invited.link, invited.draft.expect("a draft"));
    // R14, R15: for a mail program in two ways, or copied
    assert!(draft.mailto.starts_with("mailto:") && !draft.eml.is_empty());
    assert_eq!(draft.text.lines().filter(|line| **line == link).count(), 1);

    // R16, R17: edited and kept; without the exact link it is not
    let save = async |text: String| {
        let request = SaveDraftRequest {
            name: name.clone(),
            subject: "Work with us".into(),
            text,
            etag: String::new(),
        };
        let mut connections = programme.connections.clone();
        connections
            .save_draft(with(&programme.contoso, request))
            .await
    };
    save(format!("Hello,\n\n{link}\n")).await.expect("kept");
    for (spoilt, reason) in [
        ("Hello".to_owned(), "LINK_MISSING"),
        (format!("Hello {link}"), "LINK_MISSING"),
        (format!("{link}\n{link}x"), "FOREIGN_LINK"),
    ] {
        let refusal = save(spoilt).await.expect_err("refused");
        assert_eq!(refused(&refusal).reason, reason);
    }
    let get = GetDraftRequest { name: name.clone() };
    let mut connections = programme.connections.clone();
    let kept = connections.get_draft(with(&programme.contoso, get)).await;
    let kept = kept
        .expect("its draft")
        .into_inner()
        .draft
        .expect("a draft");
    assert!(kept.edited && kept.text.contains("Hello"));

    // R18: it binds to the inviting partner; a changed link is worthless
    let shown = programme
        .inspect(&programme.adatum, &link)
        .await
        .expect("open");
    let parties: Vec<_> = shown
        .parties
        .iter()
        .map(|one| one.partner.as_str())
        .collect();
    assert_eq!(parties, ["partners/contoso"]);
    let (rest, last) = link.split_at(link.len() - 1);
    let other = if last == "A" { "B" } else { "A" };
    let altered = programme
        .inspect(&programme.adatum, &format!("{rest}{other}"))
        .await;
    assert_eq!(refused(&altered.expect_err("refused")).reason, "NOT_FOUND");

    // R19, R20, R21: done, twice; nobody is told, nothing is listed
    let finish = FinishInvitationRequest {
        name: name.clone(),
        ..Default::default()
    };
    for _ in 0..2 {
        let mut invitations = programme.invitations.clone();
        invitations
            .finish_invitation(with(&programme.contoso, finish.clone()))
            .await
            .expect("done");
    }
    let customers = || programme.customers(&programme.contoso, "contoso");
    assert!(customers().await.is_empty());
    let accepted = programme.accept(&programme.adatum, "adatum", &link).await;
    assert_eq!(accepted.expect("accepted").relationships.len(), 1);
    assert_eq!(customers().await, ["customers/adatum"]);
    let theirs = programme.customers(&programme.fabrikam, "fabrikam").await;
    assert!(theirs.is_empty(), "the provider was no party");

    // R22, R23: managed, and the record expanded
    for permission in [
        Permission::ManageAccount,
        Permission::ManageSubscriptions,
        Permission::ManageUsers,
        Permission::ManageLicenses,
    ] {
        let token = &programme.contoso;
        assert!(programme.check(token, "contoso", permission).await.allowed);
    }
    let record = programme
        .record(&programme.contoso, "contoso", "adatum")
        .await;
    let record = record.expect("its customer's");
    assert_eq!(record.account.expect("it").domain, "adatum.example");
    let unrelated = programme
        .record(&programme.fabrikam, "fabrikam", "adatum")
        .await;
    let refusal = refused(&unrelated.expect_err("refused"));
    assert_eq!(refusal.reason, "RELATIONSHIP_REQUIRED");
}

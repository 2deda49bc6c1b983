//! An invitation in every state, saved and read again.

use vocabulary::void_reason::VoidReason;

use super::*;

on_both_stores!(every_state_is_read_as_it_was_saved);

/// R12, R27, P3, P9: whatever an invitation says and wherever it stands, it is read as it was
/// written.
async fn every_state_is_read_as_it_was_saved(on: TestStore) {
    let (store, clock) = fresh(&on, LIMITS).await;
    let account = AccountData {
        display_name: "Adatum".to_owned(),
        country: Country::parse("BR").unwrap(),
        domain: Domain::parse("adatum.example").unwrap(),
    };
    let with_account = move |_: &Invitation| {
        Ok(Consent {
            account: Some(account),
            ..consent()
        })
    };
    let bound = |store: &Store, bound_to| {
        let store = store.clone();
        async move { create(&store, bound_to).await }
    };
    let open = bound(
        &store,
        BoundTo::Email(AsciiEmailAddress::parse("ana@adatum.example").unwrap()),
    )
    .await;
    let revoked = bound(&store, BoundTo::Customer(customer("adatum"))).await;
    let revoked = revoke(&store, revoked.id).await.unwrap().invitation;
    let domain = BoundTo::EmailDomain(Domain::parse("adatum.example").unwrap());
    let resent = resend(&store, bound(&store, domain).await.id)
        .await
        .unwrap()
        .invitation;
    let [first, second, third] = ["ana@adtum.example", "ana@a.example", "ana@adatum.example"]
        .map(|email| AsciiEmailAddress::parse(email).unwrap());
    let corrected = bound(&store, BoundTo::Email(first)).await.id;
    let correct = |email| move |i: Invitation, now| i.resend("k2", Some(email), now);
    let audited = || Update {
        audited: true,
        ..plain(corrected)
    };
    store.update(audited(), correct(second)).await.unwrap();
    let corrected = store.update(audited(), correct(third)).await;
    let corrected = corrected.unwrap().invitation;
    assert_eq!(corrected.former_emails.len(), 2);
    let said = "audit WHERE detail = 'the bound address was corrected'";
    assert_eq!(count(&store, said).await, 2);
    let finished = create(&store, BoundTo::Anybody).await;
    let finished = store
        .update(plain(finished.id), Invitation::finish)
        .await
        .unwrap()
        .invitation;
    let declined = create(&store, BoundTo::Anybody).await;
    let decline = |i: Invitation, now| {
        i.decline(
            Found::ByLink(Generation::FIRST),
            holder("adatum"),
            user(),
            "' OR 1=1 --".to_owned(),
            now,
        )
    };
    let declined = store
        .update(plain(declined.id), decline)
        .await
        .unwrap()
        .invitation;
    let claimed = create(&store, BoundTo::Anybody).await;
    let claim = |i: Invitation, now| {
        i.accept(
            Found::ByLink(Generation::FIRST),
            holder("adatum"),
            with_account,
            now,
        )
    };
    let claimed = store
        .update(plain(claimed.id), claim)
        .await
        .unwrap()
        .invitation;
    let mut all = vec![
        open, revoked, resent, corrected, finished, declined, claimed,
    ];
    for outcome in [
        Outcome::Established(established()),
        Outcome::Refused(VoidReason::PartnershipEnded),
        Outcome::Refused(VoidReason::ResellerNotActive),
        Outcome::Refused(VoidReason::ProviderNotActive),
    ] {
        let claimed = create(&store, BoundTo::Anybody).await;
        let claimed = accept(&store, claimed.id, "adatum")
            .await
            .unwrap()
            .invitation;
        let decided = store
            .confirm(claimed, decision("adatum", outcome))
            .await
            .unwrap();
        all.push(decided.invitation);
    }
    let mut solo = new(request(&clock, ""), terms(BoundTo::Anybody));
    solo.parties.joint = None;
    solo.terms = Terms {
        lifetime_days: 1,
        privilege_days: Some(730),
        ..solo.terms
    };
    all.push(store.create_invitation(solo).await.unwrap().invitation);
    for saved in &all {
        assert_eq!(store.invitation(saved.id).await.unwrap(), *saved);
        assert_eq!(
            store
                .invitation_of(&partner("contoso"), saved.id)
                .await
                .unwrap(),
            *saved
        );
        assert_eq!(
            shared(store.invitation_of(&partner("fabrikam"), saved.id).await),
            SharedRefusal::NotFound
        );
        let id = AcceptanceId::of(saved.id);
        let accepted = store.accepted_by(&customer("adatum"), id).await;
        assert_eq!(
            accepted.is_ok(),
            saved.acceptance().is_some(),
            "{:?}",
            saved.state_kind()
        );
        assert_eq!(
            shared(store.accepted_by(&customer("woodgrove"), id).await),
            SharedRefusal::NotFound
        );
    }
    let nobody = store.invitation(InvitationId::from(clock.id())).await;
    assert_eq!(shared(nobody), SharedRefusal::NotFound);
}

//! An invitation that is bound: answered by its name, and bound to another address.

use strum::VariantArray;
use vocabulary::domain::Domain;

use super::*;

/// P6: by its name an invitation is answered as by its present link, to its bound party alone; to
/// everybody else, and where it is not bound, it does not exist, whatever became of it.
#[test]
fn by_its_name_the_bound_party_alone_is_answered() {
    let answers = |invitation: &Invitation, found, who: &str| {
        let (holder, now) = (holder(who), at(2));
        let invitation = || invitation.clone();
        let shown = invitation().present(found, Some(&holder), now);
        let accepted = invitation().accept(found, holder.clone(), given, now);
        let declined = invitation().decline(found, holder, user(), String::new(), now);
        (shown, accepted, declined)
    };
    let nothing = (
        Err(Refusal::NotFound),
        Err(Refusal::NotFound),
        Err(Refusal::NotFound),
    );
    for state_kind in StateKind::VARIANTS {
        let to_adatum = bound(BoundTo::Customer(customer("adatum")));
        let resent = to_adatum.resend("k2", None, at(0)).unwrap();
        let found = brought(resent, *state_kind);
        let by_link = Found::ByLink(found.link.generation);
        assert_eq!(
            answers(&found, Found::ByName, "adatum"),
            answers(&found, by_link, "adatum"),
            "{state_kind:?}"
        );
        assert_eq!(answers(&found, Found::ByName, "woodgrove"), nothing);
        assert_eq!(found.present(Found::ByName, None, at(2)), nothing.0);
        let anybodys = in_state(*state_kind);
        assert_eq!(answers(&anybodys, Found::ByName, "adatum"), nothing);
    }
}

/// P9: a resend may correct the address that it is bound to; its kind stays. Whoever was bound by
/// an earlier link is told that it was superseded, and nothing of the new one.
#[test]
fn a_resend_corrects_the_address_alone() {
    let address = |text: &str| AsciiEmailAddress::parse(text).unwrap();
    let who = |email: &str| LinkHolder {
        email: Some(EmailAddress::parse(email).unwrap()),
        ..holder("adatum")
    };
    let (wrong, right) = ("ana@adtum.example", "ana@adatum.example");
    let first = bound(BoundTo::Email(address(wrong)));
    let second = first.clone().resend("k1", Some(address(right)), at(1));
    let second = second.unwrap();
    assert_eq!(second.terms.bound_to, BoundTo::Email(address(right)));
    assert_eq!(second.link.generation, Generation::kept(2));
    let shown = |generation, email| {
        let found = Found::ByLink(Generation::kept(generation));
        second.clone().present(found, Some(&who(email)), at(2))
    };
    assert_eq!(shown(2, right), Ok(LinkView::Open(second.clone())));
    assert_eq!(shown(1, right), Err(Refusal::Superseded));
    assert_eq!(shown(1, wrong), Err(Refusal::Superseded));
    assert_eq!(shown(2, wrong), Err(Refusal::NotFound));
    assert_eq!(shown(1, "rui@adatum.example"), Err(Refusal::NotFound));
    let by_name = second
        .clone()
        .present(Found::ByName, Some(&who(wrong)), at(2));
    assert_eq!(by_name, Err(Refusal::NotFound));

    let kept = second.clone().resend("k1", None, at(2)).unwrap();
    let same = second.clone().resend("k1", Some(address(right)), at(2));
    assert_eq!(same.unwrap(), kept);
    let back = second.clone().resend("k1", Some(address(wrong)), at(2));
    assert_eq!(back.unwrap().former_emails, [address(right)]);
    let mut many = second;
    for number in 0..20 {
        let next = address(&format!("ana{number}@adatum.example"));
        many = many.resend("k1", Some(next), at(2)).unwrap();
    }
    assert_eq!(many.former_emails.len(), FORMER_EMAILS);
    assert_eq!(many.former_emails[0], address("ana18@adatum.example"));

    let domain = BoundTo::EmailDomain(Domain::parse("adtum.example").unwrap());
    for other in [
        BoundTo::Anybody,
        BoundTo::Customer(customer("adatum")),
        domain,
    ] {
        let refused = bound(other).resend("k1", Some(address(right)), at(1));
        assert_eq!(refused, Err(Refusal::NotBoundToAddress));
    }
    let revoked = first.revoke(at(1)).unwrap();
    let refused = revoked.resend("k1", Some(address(right)), at(1));
    assert_eq!(refused, Err(Refusal::WrongState(StateKind::Revoked)));
}

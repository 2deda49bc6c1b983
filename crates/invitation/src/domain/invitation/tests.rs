//! The state × verb table of an invitation, and what each transition keeps and changes.

mod bound;

use vocabulary::email::{AsciiEmailAddress, EmailAddress};
use vocabulary::void_reason::VoidReason;

use super::*;
use crate::domain::samples::{
    at, consent, customer, decision, established, given, holder, parties, terms, user,
};
use crate::domain::{BoundTo, Fact, Found};

fn bound(bound_to: BoundTo) -> Invitation {
    let id = InvitationId::parse("0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b").unwrap();
    Invitation::create(id, parties(), terms(bound_to), "k1", at(0))
}

fn open() -> Invitation {
    bound(BoundTo::Anybody)
}

fn claimed() -> Invitation {
    open()
        .accept(
            Found::ByLink(Generation::FIRST),
            holder("adatum"),
            given,
            at(1),
        )
        .unwrap()
}

fn decided(outcome: Outcome) -> Invitation {
    claimed()
        .confirm(decision("adatum", outcome), at(1))
        .unwrap()
}

/// One invitation in each state, as adatum left it.
fn in_state(state_kind: StateKind) -> Invitation {
    brought(open(), state_kind)
}

/// An open invitation as adatum left it in this state.
fn brought(open: Invitation, state_kind: StateKind) -> Invitation {
    let open = || open.clone();
    let link = Found::ByLink(open().link.generation);
    let claimed = || open().accept(link, holder("adatum"), given, at(1)).unwrap();
    let decided = |outcome| {
        let decision = decision("adatum", outcome);
        claimed().confirm(decision, at(1)).unwrap()
    };
    match state_kind {
        StateKind::Open => open(),
        StateKind::Claimed => claimed(),
        StateKind::Accepted => decided(Outcome::Established(established())),
        StateKind::Void => decided(Outcome::Refused(VoidReason::PartnershipEnded)),
        StateKind::Declined => open()
            .decline(link, holder("adatum"), user(), "no".to_owned(), at(1))
            .unwrap(),
        StateKind::Revoked => open().revoke(at(1)).unwrap(),
        StateKind::Expired => open().seen_at(at(30)),
    }
}

type Verb = (
    &'static str,
    fn(Invitation, Time) -> Result<Invitation, Refusal>,
);

const VERBS: [Verb; 8] = [
    ("finish", |i, now| i.finish(now)),
    ("resend", |i, now| i.resend("k2", None, now)),
    ("revoke", |i, now| i.revoke(now)),
    ("accept, same", |i, now| {
        i.accept(
            Found::ByLink(Generation::FIRST),
            holder("adatum"),
            given,
            now,
        )
    }),
    ("accept, other", |i, now| {
        i.accept(
            Found::ByLink(Generation::FIRST),
            holder("woodgrove"),
            given,
            now,
        )
    }),
    ("decline, same", |i, now| {
        i.decline(
            Found::ByLink(Generation::FIRST),
            holder("adatum"),
            user(),
            "again".to_owned(),
            now,
        )
    }),
    ("decline, other", |i, now| {
        i.decline(
            Found::ByLink(Generation::FIRST),
            holder("woodgrove"),
            user(),
            String::new(),
            now,
        )
    }),
    ("confirm", |i, now| {
        i.confirm(decision("adatum", Outcome::Established(established())), now)
    }),
];

/// R19, R32: in every state, what every verb leads to: the next state, `=` where nothing
/// changes, or the refusal.
#[test]
fn every_verb_in_every_state() {
    #[rustfmt::skip]
    const TABLE: [(StateKind, [&str; 8]); 7] = [
        //                finish          resend          revoke          accept          , other       decline         , other     confirm
        (StateKind::Open,     ["OPEN",        "OPEN",         "REVOKED",      "CLAIMED",      "CLAIMED",    "DECLINED",     "DECLINED", "in OPEN"]),
        (StateKind::Claimed,  ["in CLAIMED",  "in CLAIMED",   "in CLAIMED",   "=",            "used",       "in CLAIMED",   "used",     "ACCEPTED"]),
        (StateKind::Accepted, ["in ACCEPTED", "in ACCEPTED",  "in ACCEPTED",  "=",            "used",       "in ACCEPTED",  "used",     "in ACCEPTED"]),
        (StateKind::Void,     ["in VOID",     "in VOID",      "in VOID",      "=",            "void",       "void, why",    "void",     "in VOID"]),
        (StateKind::Declined, ["in DECLINED", "in DECLINED",  "in DECLINED",  "declined",     "declined",   "=",            "declined", "in DECLINED"]),
        (StateKind::Revoked,  ["in REVOKED",  "in REVOKED",   "in REVOKED",   "revoked",      "revoked",    "revoked",      "revoked",  "in REVOKED"]),
        (StateKind::Expired,  ["in EXPIRED",  "OPEN",         "in EXPIRED",   "expired",      "expired",    "expired",      "expired",  "in EXPIRED"]),
    ];
    for (state_kind, expected) in TABLE {
        let before = in_state(state_kind);
        assert_eq!(before.state_kind(), state_kind);
        for ((verb, act), expected) in VERBS.into_iter().zip(expected) {
            let found = match act(before.clone(), at(2)) {
                Ok(after) if after == before => "=".to_owned(),
                Ok(after) => {
                    assert_eq!(
                        after.version,
                        before.version + 1,
                        "{verb} in {state_kind:?}"
                    );
                    assert_eq!(
                        after.state_time() == at(2),
                        verb != "finish",
                        "{verb} in {state_kind:?}"
                    );
                    after.state_kind().to_string()
                }
                Err(refusal) => told(&refusal),
            };
            assert_eq!(found, expected, "{verb} in {state_kind:?}");
        }
    }
}

fn told(refusal: &Refusal) -> String {
    match refusal {
        Refusal::WrongState(state_kind) => format!("in {state_kind}"),
        Refusal::AlreadyUsed => "used".to_owned(),
        Refusal::Void(None) => "void".to_owned(),
        Refusal::Void(Some(VoidReason::PartnershipEnded)) => "void, why".to_owned(),
        Refusal::Declined => "declined".to_owned(),
        Refusal::Revoked => "revoked".to_owned(),
        Refusal::Expired => "expired".to_owned(),
        other => format!("{other:?}"),
    }
}

/// An open invitation whose time is over has expired for every verb, to the microsecond,
/// recorded or not.
#[test]
fn an_invitation_expires_at_its_expire_time() {
    let last_moment = at(30) - Duration::from_micros(1);
    for (verb, act) in VERBS {
        let in_time = act(open(), last_moment);
        let too_late = act(open(), at(30));
        match verb {
            "resend" => assert_eq!(too_late.unwrap().link.expire_time, at(60)),
            "confirm" => assert_eq!(too_late, Err(Refusal::WrongState(StateKind::Open))),
            "finish" | "revoke" => {
                assert!(in_time.is_ok());
                assert_eq!(
                    too_late,
                    Err(Refusal::WrongState(StateKind::Expired)),
                    "{verb}"
                );
            }
            _ => {
                assert!(in_time.is_ok());
                assert_eq!(too_late, Err(Refusal::Expired), "{verb}");
            }
        }
    }
    let expired = open().seen_at(at(31));
    assert_eq!((expired.state_time(), expired.version), (at(30), 2));
    assert_eq!(
        expired.clone().seen_at(at(0)),
        expired,
        "a clock that steps back opens nothing again"
    );
    assert_eq!(
        claimed().seen_at(at(31)),
        claimed(),
        "a claim does not expire"
    );
}

/// R19, R32: Done ends drafting once, and acceptance never waits for it.
#[test]
fn finishing_ends_drafting_and_nothing_else() {
    let finished = open().edit(at(1)).unwrap().finish(at(1)).unwrap();
    assert_eq!(finished.link.finish_time, Some(at(1)));
    assert_eq!(finished.clone().finish(at(2)), Ok(finished.clone()));
    assert_eq!(finished.clone().edit(at(2)), Err(Refusal::Finished));
    let accepted = finished
        .accept(
            Found::ByLink(Generation::FIRST),
            holder("adatum"),
            given,
            at(2),
        )
        .unwrap();
    assert_eq!(accepted.state_kind(), StateKind::Claimed);
    assert_eq!(
        accepted.edit(at(2)),
        Err(Refusal::WrongState(StateKind::Claimed))
    );
}

/// A resend makes a new link with the full lifetime; whoever holds the old one is told so,
/// before anything else.
#[test]
fn a_resend_supersedes_the_link_before() {
    let second = open()
        .finish(at(1))
        .unwrap()
        .resend("k2", None, at(29))
        .unwrap();
    let link = &second.link;
    assert_eq!((link.generation.number(), link.key_id.as_str()), (2, "k2"));
    assert_eq!((link.expire_time, link.finish_time), (at(59), None));
    let with = |invitation: &Invitation, generation: i32, who: &str| {
        let link = Found::ByLink(Generation::kept(generation));
        invitation.clone().present(link, Some(&holder(who)), at(30))
    };
    assert_eq!(with(&second, 1, "adatum"), Err(Refusal::Superseded));
    assert_eq!(with(&second, 3, "adatum"), Err(Refusal::NotFound));
    assert_eq!(
        with(&second, 2, "adatum"),
        Ok(LinkView::Open(second.clone()))
    );
    let revoked = second.clone().revoke(at(30)).unwrap();
    assert_eq!(with(&revoked, 1, "adatum"), Err(Refusal::Superseded));
    let claimed = second
        .accept(
            Found::ByLink(Generation::kept(2)),
            holder("adatum"),
            given,
            at(30),
        )
        .unwrap();
    assert_eq!(
        with(&claimed, 1, "adatum"),
        Ok(LinkView::Own(claimed.clone()))
    );
    assert_eq!(with(&claimed, 1, "woodgrove"), Err(Refusal::Superseded));
    let expired_twice = open()
        .seen_at(at(30))
        .resend("k1", None, at(40))
        .unwrap()
        .seen_at(at(70));
    assert_eq!(
        (expired_twice.version, expired_twice.state_time()),
        (4, at(70))
    );
}

/// R18: nobody but the bound party learns that the invitation exists, in whatever state it is.
#[test]
fn a_bound_invitation_is_not_found_by_others() {
    let ana = LinkHolder {
        email: EmailAddress::parse("ana@adatum.example").ok(),
        ..holder("adatum")
    };
    let bound = bound(BoundTo::Email(
        AsciiEmailAddress::parse("ana@adatum.example").unwrap(),
    ));
    let revoked = bound.clone().revoke(at(1)).unwrap();
    for invitation in [&bound, &revoked, &bound.clone().seen_at(at(99))] {
        let found = invitation.clone().present(
            Found::ByLink(Generation::FIRST),
            Some(&holder("adatum")),
            at(1),
        );
        assert_eq!(found, Err(Refusal::NotFound));
    }
    assert_eq!(
        revoked.present(Found::ByLink(Generation::FIRST), Some(&ana), at(1)),
        Err(Refusal::Revoked)
    );
    assert_eq!(
        bound
            .clone()
            .present(Found::ByLink(Generation::FIRST), None, at(1)),
        Err(Refusal::NotFound)
    );
    let claimed = bound
        .accept(Found::ByLink(Generation::FIRST), ana, given, at(1))
        .unwrap();
    let colleague = claimed.clone().present(
        Found::ByLink(Generation::FIRST),
        Some(&holder("adatum")),
        at(1),
    );
    assert_eq!(colleague, Ok(LinkView::Own(claimed)));
}

/// R31: who consents to another wording than the one shown has not accepted; a repeat is not asked
/// again.
#[test]
fn consent_is_read_off_the_open_invitation() {
    let not_current = |_: &Invitation| Err(Refusal::WordingNotCurrent);
    let accept = |invitation: Invitation, who: &str| {
        invitation.accept(
            Found::ByLink(Generation::FIRST),
            holder(who),
            not_current,
            at(1),
        )
    };
    assert_eq!(accept(open(), "adatum"), Err(Refusal::WordingNotCurrent));
    assert_eq!(accept(open(), "contoso"), Err(Refusal::PartyCannotAccept));
    assert_eq!(accept(claimed(), "adatum"), Ok(claimed()));
}

/// R31: a party can neither accept nor decline its own invitation.
#[test]
fn a_party_cannot_answer() {
    for party in ["contoso", "fabrikam"] {
        let accepted = open().accept(
            Found::ByLink(Generation::FIRST),
            holder(party),
            given,
            at(1),
        );
        assert_eq!(accepted, Err(Refusal::PartyCannotAccept));
        let declined = open().decline(
            Found::ByLink(Generation::FIRST),
            holder(party),
            user(),
            String::new(),
            at(1),
        );
        assert_eq!(declined, Err(Refusal::PartyCannotAccept));
        let seen = open().present(
            Found::ByLink(Generation::FIRST),
            Some(&holder(party)),
            at(1),
        );
        assert!(matches!(seen, Ok(LinkView::Open(_))));
    }
}

/// R36: the decision is recorded as it is, also when it was taken for another customer than the
/// claim.
#[test]
fn a_decision_outranks_the_claim() {
    let own = decided(Outcome::Established(established()));
    let acceptance = own.acceptance().unwrap();
    assert_eq!(acceptance.claim.consent, Some(consent()));
    assert_eq!(
        acceptance.state,
        AcceptanceState::Established {
            time: at(1),
            relationships: established()
        }
    );

    let others = decision("woodgrove", Outcome::Established(established()));
    let confirmed = claimed().confirm(others, at(3)).unwrap();
    assert_eq!(confirmed.customer(), Some(&customer("woodgrove")));
    let claim = confirmed.acceptance().unwrap().claim;
    assert_eq!(claim.consent, None);
    assert_eq!(claim.customer_name.as_deref(), Some("woodgrove Ltda"));
    let claimant = confirmed.clone().accept(
        Found::ByLink(Generation::FIRST),
        holder("adatum"),
        given,
        at(4),
    );
    assert_eq!(claimant, Err(Refusal::AlreadyUsed));
    let owner = confirmed.clone().accept(
        Found::ByLink(Generation::FIRST),
        holder("woodgrove"),
        given,
        at(4),
    );
    assert_eq!(owner, Ok(confirmed));
}

/// Every party hears of an acceptance, the inviter of the rest; of Done, resend and revoke nobody.
#[test]
fn facts_follow_from_the_state() {
    let adatum = || customer("adatum");
    let void = VoidReason::PartnershipEnded;
    for (state_kind, expected) in [
        (StateKind::Open, None),
        (StateKind::Claimed, None),
        (StateKind::Revoked, None),
        (StateKind::Expired, Some(Fact::Expired)),
        (
            StateKind::Accepted,
            Some(Fact::Accepted {
                customer: adatum(),
                customer_name: Some("adatum Ltda".to_owned()),
            }),
        ),
        (
            StateKind::Void,
            Some(Fact::Voided {
                customer: adatum(),
                customer_name: Some("adatum Ltda".to_owned()),
                reason: void,
            }),
        ),
        (
            StateKind::Declined,
            Some(Fact::Declined {
                customer: adatum(),
                reason: "no".to_owned(),
            }),
        ),
    ] {
        assert_eq!(in_state(state_kind).state.fact(), expected);
    }
}

#[test]
fn the_customer_is_the_one_that_answered_or_else_the_bound_one() {
    assert_eq!(open().customer(), None);
    assert_eq!(claimed().customer(), Some(&customer("adatum")));
    assert_eq!(
        in_state(StateKind::Declined).customer(),
        Some(&customer("adatum"))
    );
    let bound = bound(BoundTo::Customer(customer("adatum")));
    assert_eq!(bound.customer(), Some(&customer("adatum")));
    assert_eq!(
        bound.revoke(at(1)).unwrap().customer(),
        Some(&customer("adatum"))
    );
}

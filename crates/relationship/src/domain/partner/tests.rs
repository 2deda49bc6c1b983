//! What each verb makes of an enrolment, and what stays of it.

use std::time::Duration;
use strum::VariantArray;

use super::*;

const ASKED: Time = Time::from_micros(1_000_000);
const LATER: Time = Time::from_micros(2_000_000);

/// A partner for the tests of other rules.
pub(crate) fn partner(id: &str, kind: PartnerKind, state: State) -> Partner {
    Partner {
        id: PartnerId::parse(id).unwrap(),
        kind,
        display_name: id.to_owned(),
        state,
        state_reason: "as before".to_owned(),
        create_time: ASKED,
        update_time: ASKED,
        approve_time: matches!(state, State::Active | State::Suspended).then_some(ASKED),
        activate_time: matches!(state, State::Active | State::Suspended).then_some(ASKED),
        version: 7,
    }
}

/// A reseller that is approved, and whose customers are being imported.
fn importing() -> Partner {
    let pending = partner("contoso", PartnerKind::IndirectReseller, State::Pending);
    let approved = pending.decide(Decision::Approve, "fine".into(), ASKED);
    approved.unwrap().0
}

type Verb = fn(Partner) -> Result<Partner, Refusal>;

const VERBS: [(&str, Verb); 8] = [
    ("enroll_again", |p| {
        let kind = p.kind;
        p.enroll_again(kind, "New".into(), Enrollment::Operator, LATER)
            .map(|(p, _)| p)
    }),
    ("approve", |p| {
        p.decide(Decision::Approve, "fine".into(), LATER)
            .map(|(p, _)| p)
    }),
    ("reject", |p| {
        p.decide(Decision::Reject, "no".into(), LATER)
            .map(|(p, _)| p)
    }),
    ("imported", |p| p.imported(LATER).map(|(p, _)| p)),
    ("refused", |p| {
        p.refused("unknown there".into(), LATER).map(|(p, _)| p)
    }),
    ("withdraw", |p| p.withdraw(LATER)),
    ("suspend", |p| p.suspend("overdue".into(), LATER)),
    ("reinstate", |p| p.reinstate(LATER)),
];

/// What each verb makes of each state of a provider; `None`: refused with the state found.
#[test]
fn every_state_and_verb() {
    use State::{Active, Failed, Pending, Suspended};
    let table = [
        // enroll_again, approve, reject, imported, refused, withdraw, suspend, reinstate
        (
            Pending,
            [
                None,
                Some(Active),
                Some(Failed),
                None,
                None,
                Some(Failed),
                None,
                None,
            ],
        ),
        (
            Active,
            [None, None, None, None, None, None, Some(Suspended), None],
        ),
        (
            Failed,
            [Some(Pending), None, None, None, None, None, None, None],
        ),
        (
            Suspended,
            [None, None, None, None, None, None, None, Some(Active)],
        ),
    ];
    assert_eq!(table.len(), State::VARIANTS.len());
    for (state, expected) in table {
        for ((verb, act), expected) in VERBS.iter().zip(expected) {
            let before = partner("fabrikam", PartnerKind::IndirectProvider, state);
            match (act(before.clone()), expected) {
                (Ok(after), Some(expected)) => {
                    assert_eq!(after.state, expected, "{state} {verb}");
                    assert_eq!(
                        (after.version, after.update_time),
                        (8, LATER),
                        "{state} {verb}"
                    );
                    assert_eq!(after.create_time, before.create_time);
                }
                (Err(refusal), None) => {
                    assert_eq!(refusal, Refusal::EnrollmentState { state }, "{verb}")
                }
                (outcome, _) => panic!("{state} {verb}: {outcome:?}"),
            }
        }
    }
}

/// R6: a reseller that is approved is PENDING until its customers are imported; only then it takes
/// part.
#[test]
fn a_reseller_imports_between_approval_and_activation() {
    use State::{Active, Failed, Pending};
    let importing = importing();
    assert!(importing.imports());
    assert_eq!(
        (importing.state, importing.activate_time),
        (Pending, None),
        "approved is not active"
    );
    let expected = [
        None,
        None,
        Some(Failed),
        Some(Active),
        Some(Failed),
        Some(Failed),
        None,
        None,
    ];
    for ((verb, act), expected) in VERBS.iter().zip(expected) {
        match act(importing.clone()) {
            Ok(after) => {
                assert_eq!(Some(after.state), expected, "{verb}");
                assert!(!after.imports(), "{verb}");
                let active = after.state == Active;
                assert_eq!(after.activate_time.is_some(), active, "{verb}");
                assert_eq!(after.approve_time.is_some(), active, "{verb}");
            }
            Err(refusal) => {
                assert_eq!(expected, None, "{verb}");
                let state = Refusal::EnrollmentState { state: Pending };
                assert!([state, Refusal::EnrollmentImporting].contains(&refusal));
            }
        }
    }
}

/// Whoever failed while importing asks again, and is decided again.
#[test]
fn an_enrolment_that_failed_begins_anew() {
    let (failed, fact) = importing().refused("unknown there".into(), LATER).unwrap();
    assert_eq!(failed.state_reason, "unknown there");
    assert!(matches!(
        fact,
        Some(Fact::EnrollmentDecided {
            approved: false,
            ..
        })
    ));
    let again = |by| {
        let kind = PartnerKind::IndirectReseller;
        let asked = failed.clone().enroll_again(kind, "New".into(), by, LATER);
        asked.unwrap().0
    };
    assert!(!again(Enrollment::Operator).imports());
    assert!(again(Enrollment::AtOnce).imports());
}

/// R5: nobody takes part by asking, unless the programme is set so.
#[test]
fn asking_is_pending_or_decided_at_once() {
    let ask = |by| {
        let id = PartnerId::parse("contoso").unwrap();
        Partner::enroll(
            id,
            PartnerKind::IndirectProvider,
            "Contoso".into(),
            by,
            ASKED,
        )
        .unwrap()
    };
    let (pending, fact) = ask(Enrollment::Operator);
    assert_eq!(
        (pending.state, pending.activate_time, fact),
        (State::Pending, None, None)
    );
    assert!(matches!(
        pending.check_active(),
        Err(Refusal::PartnerNotActive {
            state: Some(State::Pending),
            ..
        })
    ));

    let (active, fact) = ask(Enrollment::AtOnce);
    assert_eq!(
        (active.state, active.activate_time),
        (State::Active, Some(ASKED))
    );
    assert!(matches!(
        fact,
        Some(Fact::EnrollmentDecided {
            approved: true,
            version: 2,
            ..
        })
    ));
    assert_eq!(active.check_active(), Ok(()));
}

#[test]
fn the_kind_is_fixed_also_after_a_failure() {
    for state in State::VARIANTS {
        let other = PartnerKind::IndirectProvider;
        let asked = partner("contoso", PartnerKind::IndirectReseller, *state).enroll_again(
            other,
            "New".into(),
            Enrollment::AtOnce,
            LATER,
        );
        assert_eq!(
            asked.unwrap_err(),
            Refusal::KindFixed {
                kind: PartnerKind::IndirectReseller
            }
        );
    }
}

#[test]
fn the_reason_of_a_decision_or_suspension_stays_while_it_holds() {
    let rejected = partner("contoso", PartnerKind::IndirectProvider, State::Pending)
        .decide(Decision::Reject, "no papers".into(), LATER)
        .unwrap();
    assert!(
        matches!(&rejected.1, Some(Fact::EnrollmentDecided { approved: false, reason, .. }) if reason == "no papers")
    );
    let (again, _) = rejected
        .0
        .enroll_again(
            PartnerKind::IndirectProvider,
            "New".into(),
            Enrollment::Operator,
            LATER,
        )
        .unwrap();
    assert_eq!(
        (again.state_reason.as_str(), again.display_name.as_str()),
        ("no papers", "New")
    );
    let (active, _) = again
        .decide(Decision::Approve, String::new(), LATER)
        .unwrap();
    assert_eq!(active.state_reason, "");
    let back = active
        .suspend("overdue".into(), LATER)
        .unwrap()
        .reinstate(LATER)
        .unwrap();
    assert_eq!(back.state_reason, "");
}

#[test]
fn visibility_begins_once() {
    let (active, _) = partner("contoso", PartnerKind::IndirectProvider, State::Pending)
        .decide(Decision::Approve, String::new(), LATER)
        .unwrap();
    let later = LATER + Duration::from_secs(9);
    let back = active
        .suspend("overdue".into(), later)
        .unwrap()
        .reinstate(later)
        .unwrap();
    assert_eq!(back.activate_time, Some(LATER));
}

/// P9: a partner may be called otherwise in every state, and nothing else of it changes; who has
/// withdrawn may ask again.
#[test]
fn a_partner_renames_itself_and_withdraws() {
    for state in State::VARIANTS {
        let before = partner("contoso", PartnerKind::IndirectReseller, *state);
        let renamed = before.clone().rename("Contoso Ltd".into(), LATER);
        let expected = Partner {
            display_name: "Contoso Ltd".into(),
            update_time: LATER,
            version: before.version + 1,
            ..before
        };
        assert_eq!(renamed, expected);
    }
    let withdrawn = importing().withdraw(LATER).unwrap();
    assert!(!withdrawn.imports());
    assert_eq!(withdrawn.state_reason, "withdrawn by the partner");
    let (kind, by) = (withdrawn.kind, Enrollment::Operator);
    let again = withdrawn.enroll_again(kind, "Contoso".into(), by, LATER);
    assert_eq!(again.unwrap().0.state, State::Pending);
}

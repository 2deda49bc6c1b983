//! Every outcome, what it establishes, and what makes two acceptances the same.

use std::cell::Cell;

use strum::VariantArray;
use uuid::Uuid;

use super::super::partner::tests::partner;
use super::super::partnership::tests::partnership;
use super::super::privilege::tests::privilege;
use super::super::relationship::tests::relationship;
use super::*;

const NOW: Time = Time::from_micros(9_000_000);
const DAY: Duration = Duration::from_secs(86_400);

/// adatum accepts contoso, alone.
fn solo() -> Acceptance {
    Acceptance {
        id: AcceptanceId::from(Uuid::from_u128(10)),
        invitation: InvitationId::from(Uuid::from_u128(11)),
        customer: CustomerId::parse("adatum").unwrap(),
        reseller: PartnerId::parse("contoso").unwrap(),
        joint: None,
        privilege_lifetime: None,
        profile: None,
        user: ActingUser {
            issuer: "issuer".into(),
            subject: "bob".into(),
        },
        correlation_id: "crm-7".to_owned(),
    }
}

/// adatum accepts contoso together with fabrikam, under their partnership.
fn joint() -> Acceptance {
    let pinned = partnership(partnership::StateKind::Active).id;
    Acceptance {
        joint: Some((PartnerId::parse("fabrikam").unwrap(), pinned)),
        ..solo()
    }
}

fn ids() -> impl Fn() -> Uuid {
    let next = Cell::new(100);
    move || {
        next.set(next.get() + 1);
        Uuid::from_u128(next.get())
    }
}

/// R28, R36, and suspended parties: what refuses a joint acceptance, and which reason comes first.
#[test]
fn every_state_of_partnership_reseller_and_provider() {
    for of_partnership in partnership::StateKind::VARIANTS {
        for of_reseller in partner::State::VARIANTS {
            for of_provider in partner::State::VARIANTS {
                let parties = [
                    partner("contoso", PartnerKind::IndirectReseller, *of_reseller),
                    partner("fabrikam", PartnerKind::IndirectProvider, *of_provider),
                ];
                let expected = match (of_partnership, of_reseller, of_provider) {
                    (
                        partnership::StateKind::Active,
                        partner::State::Active,
                        partner::State::Active,
                    ) => Outcome::Established,
                    (partnership::StateKind::Active, partner::State::Active, _) => {
                        Outcome::Refused(VoidReason::ProviderNotActive)
                    }
                    (partnership::StateKind::Active, _, _) => {
                        Outcome::Refused(VoidReason::ResellerNotActive)
                    }
                    _ => Outcome::Refused(VoidReason::PartnershipEnded),
                };
                let found = partnership(*of_partnership);
                assert_eq!(joint().outcome(Some(&found), &parties), expected);
            }
        }
    }
}

/// What 0.2 kept is read, and what is kept now is what it kept.
#[test]
fn an_outcome_is_kept_by_its_name() {
    for (outcome, name) in [
        (Outcome::Established, "ESTABLISHED"),
        (
            Outcome::Refused(VoidReason::PartnershipEnded),
            "PARTNERSHIP_ENDED",
        ),
        (
            Outcome::Refused(VoidReason::ResellerNotActive),
            "RESELLER_NOT_ACTIVE",
        ),
        (
            Outcome::Refused(VoidReason::ProviderNotActive),
            "PROVIDER_NOT_ACTIVE",
        ),
    ] {
        assert_eq!(<&str>::from(outcome), name);
        assert_eq!(name.parse(), Ok(outcome));
    }
    assert!("VOID".parse::<Outcome>().is_err());
}

#[test]
fn alone_only_the_reseller_counts() {
    for state in partner::State::VARIANTS {
        let expected = match state {
            partner::State::Active => Outcome::Established,
            _ => Outcome::Refused(VoidReason::ResellerNotActive),
        };
        let parties = [partner("contoso", PartnerKind::IndirectReseller, *state)];
        assert_eq!(solo().outcome(None, &parties), expected);
    }
    let provider = [partner(
        "contoso",
        PartnerKind::IndirectProvider,
        partner::State::Active,
    )];
    assert_eq!(
        solo().outcome(None, &provider),
        Outcome::Refused(VoidReason::ResellerNotActive)
    );
    assert_eq!(
        solo().outcome(None, &[]),
        Outcome::Refused(VoidReason::ResellerNotActive)
    );
}

/// R31: only the partnership that the invitation is tied to counts, of just these two.
#[test]
fn another_partnership_does_not_do() {
    let parties = [
        partner(
            "contoso",
            PartnerKind::IndirectReseller,
            partner::State::Active,
        ),
        partner(
            "fabrikam",
            PartnerKind::IndirectProvider,
            partner::State::Active,
        ),
    ];
    let active = || partnership(partnership::StateKind::Active);
    let newer = Partnership {
        id: PartnershipId::from(Uuid::from_u128(99)),
        ..active()
    };
    let others = Partnership {
        provider: PartnerId::parse("northwind").unwrap(),
        ..active()
    };
    for found in [None, Some(&newer), Some(&others)] {
        assert_eq!(
            joint().outcome(found, &parties),
            Outcome::Refused(VoidReason::PartnershipEnded)
        );
    }
}

/// R27, R33, R34, R35: both relationships of one moment, and a privilege for the reseller alone.
#[test]
fn a_joint_acceptance_establishes_both() {
    let (decision, established) = joint().establish(&ExistingGrants::default(), ids(), NOW);
    let [reseller, provider] = &established.relationships[..] else {
        panic!("{established:?}")
    };
    assert_eq!(
        (reseller.partner.as_str(), reseller.partner_kind),
        ("contoso", PartnerKind::IndirectReseller)
    );
    assert_eq!(
        (provider.partner.as_str(), provider.partner_kind),
        ("fabrikam", PartnerKind::IndirectProvider)
    );
    for relationship in [reseller, provider] {
        assert_eq!(
            (relationship.establish_time, relationship.acceptance),
            (NOW, Some(joint().id))
        );
    }
    assert_eq!(decision.relationships(), [reseller.name(), provider.name()]);
    let granted = established.privilege.unwrap();
    assert_eq!(
        (granted.partner.as_str(), granted.areas),
        ("contoso", Areas::all())
    );
    assert_eq!((granted.grant_time, granted.expire_time), (NOW, None));
    assert_eq!(decision.outcome, Outcome::Established);
}

#[test]
fn a_privilege_lasts_as_long_as_was_shown_from_the_decision() {
    let dated = Acceptance {
        privilege_lifetime: Some(30 * DAY),
        ..solo()
    };
    let (_, established) = dated.establish(&ExistingGrants::default(), ids(), NOW);
    assert_eq!(
        established.privilege.unwrap().expire_time,
        Some(NOW + 30 * DAY)
    );
}

#[test]
fn what_stands_already_is_kept_and_shown() {
    let kept = relationship(
        "fabrikam",
        PartnerKind::IndirectProvider,
        relationship::State::Active,
    );
    let standing = ExistingGrants {
        relationships: vec![kept.clone()],
        privileges: vec![privilege(Areas::all(), None)],
    };
    let (decision, established) = joint().establish(&standing, ids(), NOW);
    assert_eq!(established.relationships.len(), 1);
    assert_eq!(established.relationships[0].partner.as_str(), "contoso");
    assert_eq!(established.privilege, None);
    assert_eq!(decision.provider_relationship, Some(kept.id));
    assert_eq!(decision.relationships().len(), 2);
}

#[test]
fn a_lesser_privilege_stays_beside_the_new_one() {
    for lesser in [
        privilege(Areas::ACCOUNT, None),
        privilege(Areas::all(), Some(NOW + DAY)),
    ] {
        let standing = ExistingGrants {
            relationships: Vec::new(),
            privileges: vec![lesser],
        };
        assert!(
            solo()
                .establish(&standing, ids(), NOW)
                .1
                .privilege
                .is_some()
        );
    }
}

#[test]
fn a_refusal_names_no_relationship() {
    let refused = joint().refuse(VoidReason::PartnershipEnded, NOW);
    assert!(refused.relationships().is_empty());
    assert_eq!(refused.fingerprint, joint().fingerprint());
}

#[test]
fn the_fingerprint_is_of_who_and_what_not_of_how() {
    let same = Acceptance {
        privilege_lifetime: Some(DAY),
        user: ActingUser {
            subject: "eve".into(),
            ..joint().user
        },
        ..joint()
    };
    assert_eq!(same.fingerprint(), joint().fingerprint());
    let (provider, pinned) = joint().joint.unwrap();
    let others = [
        Acceptance {
            invitation: InvitationId::from(Uuid::from_u128(12)),
            ..joint()
        },
        Acceptance {
            customer: CustomerId::parse("other").unwrap(),
            ..joint()
        },
        Acceptance {
            reseller: PartnerId::parse("other").unwrap(),
            ..joint()
        },
        Acceptance {
            joint: Some((PartnerId::parse("other").unwrap(), pinned)),
            ..joint()
        },
        Acceptance {
            joint: Some((provider, PartnershipId::from(Uuid::from_u128(99)))),
            ..joint()
        },
        solo(),
    ];
    for other in others {
        assert_ne!(other.fingerprint(), joint().fingerprint(), "{other:?}");
    }
}

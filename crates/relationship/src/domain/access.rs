//! Access: may this partner do this for that customer, and on what ground?
//!
//! "No" is an answer here, not a refusal: it carries the reason. Never a side effect.

use platform::clock::Time;
use vocabulary::id::{PrivilegeId, RelationshipId};
use vocabulary::partner_kind::PartnerKind;
use vocabulary::permission::Areas;
use vocabulary::permission::Permission;

use super::Programme;
use super::partner;
use super::privilege::{self, Privilege};

/// Why a permission is not granted, in the order in which the reasons are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// The partner is not enrolled, or not yet.
    #[error("the partner is not enrolled, or not yet")]
    PartnerNotEnrolled,
    /// The partner's enrolment is suspended.
    #[error("the partner's enrolment is suspended")]
    PartnerSuspended,
    /// There is no such customer. Told to those only who may know.
    #[error("there is no such customer")]
    CustomerUnknown,
    /// There is no active relationship between the two (R3).
    #[error("there is no active relationship with this customer: invite it")]
    RelationshipRequired,
    /// Partners of this kind never have this permission.
    #[error("partners of this kind never have this permission")]
    NotForThisKind,
    /// No active privilege gives it.
    #[error("no active privilege gives this permission")]
    PrivilegeRequired,
}

/// Who asks, and so what it may learn of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// The partner: not which customers there are.
    Partner,
    /// The customer: not which partners there are, nor how those stand that have nothing of it.
    Customer,
    /// A service or an operator: everything.
    Trusted,
}

/// What there is between one partner and one customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grounds {
    /// The partner's kind and state; `None` where it never asked for enrolment.
    pub partner: Option<(PartnerKind, partner::State)>,
    /// What the customer is known by.
    pub customer: Known,
    /// The active relationship.
    pub relationship: Option<RelationshipId>,
    /// The privileges that nobody has ended, some of which may have expired.
    pub privileges: Vec<Privilege>,
}

/// Whether a customer has an account here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Known {
    /// It has one.
    Yes,
    /// It has none (R2).
    #[default]
    No,
}

/// The answer to one question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Why not; `None`: allowed.
    pub denial: Option<Denial>,
    /// The active relationship, if there is one.
    pub relationship: Option<RelationshipId>,
    /// The privilege that grants it. Without a relationship: one that still stands, although it
    /// allows nothing here.
    pub privilege: Option<PrivilegeId>,
}

/// Answers one question as of `now`.
pub fn check(
    grounds: &Grounds,
    permission: Permission,
    viewer: Viewer,
    programme: Programme,
    now: Time,
) -> Access {
    use partner::State::{Active, Failed, Pending, Suspended};

    let denied = |denial| Access {
        denial: Some(denial),
        relationship: grounds.relationship,
        privilege: None,
    };
    let standing = |wanted: &dyn Fn(&Privilege) -> bool| newest(&grounds.privileges, now, wanted);
    let unrelated = grounds.relationship.is_none() && standing(&|_| true).is_none();
    let kind = match grounds.partner {
        // what it may have been given before it takes part is not visible, so it is not named
        // either
        None | Some((_, Pending | Failed)) => {
            let denial = match viewer {
                Viewer::Customer => Denial::RelationshipRequired,
                Viewer::Partner | Viewer::Trusted => Denial::PartnerNotEnrolled,
            };
            return Access {
                denial: Some(denial),
                ..Access::default()
            };
        }
        Some(_) if unrelated && viewer == Viewer::Customer => {
            return denied(Denial::RelationshipRequired);
        }
        Some((_, Suspended)) => return denied(Denial::PartnerSuspended),
        Some((kind, Active)) => kind,
    };
    if grounds.relationship.is_none() {
        let denial = match (viewer, grounds.customer) {
            (Viewer::Trusted, Known::No) => Denial::CustomerUnknown,
            _ => Denial::RelationshipRequired,
        };
        return Access {
            privilege: standing(&|_| true),
            ..denied(denial)
        };
    }
    if !granted_to(kind, programme).contains(&permission) {
        return denied(Denial::NotForThisKind);
    }
    let allowed = Access {
        denial: None,
        ..denied(Denial::PrivilegeRequired)
    };
    match permission.area() {
        None => allowed,
        Some(area) => match standing(&|privilege| privilege.areas.contains(area)) {
            Some(privilege) => Access {
                privilege: Some(privilege),
                ..allowed
            },
            None => denied(Denial::PrivilegeRequired),
        },
    }
}

/// The newest privilege of these that stands, whatever it gives.
pub fn newest_standing(privileges: &[Privilege], now: Time) -> Option<PrivilegeId> {
    newest(privileges, now, &|_| true)
}

fn newest(
    privileges: &[Privilege],
    now: Time,
    wanted: &dyn Fn(&Privilege) -> bool,
) -> Option<PrivilegeId> {
    let standing = privileges
        .iter()
        .filter(|one| one.state(now) == privilege::State::Active);
    let newest = standing
        .filter(|one| wanted(one))
        .max_by_key(|one| (one.grant_time, one.id));
    newest.map(|one| one.id)
}

/// What a partner of this kind may do for a customer that has accepted (R22, R33, R34, R35).
pub fn granted_to(kind: PartnerKind, programme: Programme) -> Vec<Permission> {
    let mut permissions = Vec::new();
    if kind == PartnerKind::IndirectReseller {
        permissions.extend(Areas::all().permissions());
    }
    if kind == PartnerKind::IndirectProvider || programme.reseller_orders {
        permissions.push(Permission::SubmitOrders);
    }
    permissions.push(Permission::ViewRecord);
    permissions
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::privilege::tests::privilege;
    use super::*;

    const NOW: Time = Time::from_micros(5_000_000);
    const BEFORE: Time = Time::from_micros(4_000_000);
    const MANAGE_USERS: Permission = Permission::ManageUsers;

    fn relationship() -> RelationshipId {
        RelationshipId::from(Uuid::from_u128(2))
    }

    /// A partner that takes part, a customer that has accepted it, a privilege for everything.
    fn grounds(kind: PartnerKind) -> Grounds {
        Grounds {
            partner: Some((kind, partner::State::Active)),
            customer: Known::Yes,
            relationship: Some(relationship()),
            privileges: vec![privilege(Areas::all(), None)],
        }
    }

    fn ask(grounds: &Grounds, permission: Permission) -> Access {
        check(
            grounds,
            permission,
            Viewer::Partner,
            Programme::default(),
            NOW,
        )
    }

    /// R22, R33, R34, R35, and whether a reseller orders: who has what once the customer has
    /// accepted.
    #[test]
    fn every_kind_and_permission() {
        let may_order = Programme {
            reseller_orders: true,
            ..Programme::default()
        };
        let table = [
            // kind, programme, manage, order, view
            (
                PartnerKind::IndirectReseller,
                Programme::default(),
                true,
                false,
                true,
            ),
            (PartnerKind::IndirectReseller, may_order, true, true, true),
            (
                PartnerKind::IndirectProvider,
                Programme::default(),
                false,
                true,
                true,
            ),
            (PartnerKind::IndirectProvider, may_order, false, true, true),
        ];
        for (kind, programme, manage, order, view) in table {
            for permission in Permission::ALL {
                let expected = match permission {
                    Permission::SubmitOrders => order,
                    Permission::ViewRecord => view,
                    _ => manage,
                };
                let access = check(&grounds(kind), *permission, Viewer::Partner, programme, NOW);
                let denial = (!expected).then_some(Denial::NotForThisKind);
                assert_eq!(access.denial, denial, "{kind} {permission}");
                assert_eq!(access.relationship, Some(relationship()));
                let by_privilege = expected && permission.area().is_some();
                assert_eq!(
                    access.privilege.is_some(),
                    by_privilege,
                    "{kind} {permission}"
                );
            }
        }
    }

    /// R3: without an active relationship nothing, whatever privilege is left.
    #[test]
    fn no_relationship_no_permission() {
        let removed = Grounds {
            relationship: None,
            ..grounds(PartnerKind::IndirectReseller)
        };
        for permission in [
            MANAGE_USERS,
            Permission::SubmitOrders,
            Permission::ViewRecord,
        ] {
            let access = ask(&removed, permission);
            assert_eq!(access.denial, Some(Denial::RelationshipRequired));
            assert_eq!(
                access.privilege,
                Some(removed.privileges[0].id),
                "what still stands is reported"
            );
        }
        let ended = Grounds {
            privileges: vec![privilege(Areas::all(), Some(BEFORE))],
            ..removed
        };
        assert_eq!(ask(&ended, MANAGE_USERS).privilege, None);
    }

    /// R2: who may know is told that there is no such customer, a partner is not.
    #[test]
    fn an_unknown_customer_looks_unrelated_to_a_partner() {
        let unknown = Grounds {
            customer: Known::No,
            relationship: None,
            privileges: Vec::new(),
            ..grounds(PartnerKind::IndirectReseller)
        };
        let unrelated = Grounds {
            customer: Known::Yes,
            ..unknown.clone()
        };
        assert_eq!(ask(&unknown, MANAGE_USERS), ask(&unrelated, MANAGE_USERS));
        let trusted = |grounds| {
            check(
                grounds,
                MANAGE_USERS,
                Viewer::Trusted,
                Programme::default(),
                NOW,
            )
            .denial
        };
        assert_eq!(trusted(&unknown), Some(Denial::CustomerUnknown));
        assert_eq!(trusted(&unrelated), Some(Denial::RelationshipRequired));
    }

    /// A customer cannot tell partners from others by asking, nor how they stand, unless they have
    /// something of it.
    #[test]
    fn a_customer_learns_nothing_of_partners_that_have_nothing_of_it() {
        let reason = |state: Option<partner::State>, related: bool| {
            let grounds = Grounds {
                partner: state.map(|state| (PartnerKind::IndirectReseller, state)),
                relationship: related.then(relationship),
                privileges: Vec::new(),
                ..grounds(PartnerKind::IndirectReseller)
            };
            let programme = Programme::default();
            check(&grounds, MANAGE_USERS, Viewer::Customer, programme, NOW).denial
        };
        use partner::State::{Active, Failed, Pending, Suspended};
        for state in [
            None,
            Some(Pending),
            Some(Failed),
            Some(Suspended),
            Some(Active),
        ] {
            assert_eq!(
                reason(state, false),
                Some(Denial::RelationshipRequired),
                "{state:?}"
            );
        }
        assert_eq!(
            reason(Some(Suspended), true),
            Some(Denial::PartnerSuspended)
        );
        assert_eq!(reason(Some(Active), true), Some(Denial::PrivilegeRequired));
    }

    /// R5, and a suspended partner: whatever it has, its enrolment comes first.
    #[test]
    fn only_a_partner_that_takes_part_has_permissions() {
        let with = |state| Grounds {
            partner: state,
            ..grounds(PartnerKind::IndirectReseller)
        };
        let kind = PartnerKind::IndirectReseller;
        let table = [
            (None, Some(Denial::PartnerNotEnrolled)),
            (
                Some((kind, partner::State::Pending)),
                Some(Denial::PartnerNotEnrolled),
            ),
            (
                Some((kind, partner::State::Failed)),
                Some(Denial::PartnerNotEnrolled),
            ),
            (
                Some((kind, partner::State::Suspended)),
                Some(Denial::PartnerSuspended),
            ),
            (Some((kind, partner::State::Active)), None),
        ];
        for (state, denial) in table {
            assert_eq!(
                ask(&with(state), Permission::ViewRecord).denial,
                denial,
                "{state:?}"
            );
        }
        assert_eq!(ask(&with(None), MANAGE_USERS).relationship, None);
        let suspended = ask(&with(Some((kind, partner::State::Suspended))), MANAGE_USERS);
        assert_eq!(
            (suspended.relationship, suspended.privilege),
            (Some(relationship()), None)
        );
    }

    /// Of several privileges one that gives the area is enough; those of other areas, expired or
    /// ended give nothing.
    #[test]
    fn each_area_needs_one_privilege_that_gives_it() {
        let users = Areas::USERS;
        let rest = Areas::all() - users;
        let mut terminated = privilege(Areas::all(), None);
        terminated.terminate_time = Some(BEFORE);
        let with = |privileges| Grounds {
            privileges,
            ..grounds(PartnerKind::IndirectReseller)
        };

        let both = with(vec![privilege(rest, None), privilege(users, None)]);
        for permission in Areas::all().permissions() {
            assert_eq!(ask(&both, permission).denial, None);
        }
        let lacking = with(vec![
            privilege(rest, None),
            privilege(Areas::all(), Some(NOW)),
            terminated,
        ]);
        assert_eq!(
            ask(&lacking, MANAGE_USERS).denial,
            Some(Denial::PrivilegeRequired)
        );
        assert_eq!(
            ask(&lacking, MANAGE_USERS).relationship,
            Some(relationship())
        );
        assert_eq!(ask(&lacking, Permission::ViewRecord).denial, None);
    }
}

//! Who can reach whom: by an active relationship, or by privileges that outlived one (R39).
//!
//! Of a partner and a customer one entry tells it: with the active relationship, else with the one
//! removed last. Never a permission: what may be done is asked of [`access`](super::access).

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use platform::clock::Time;
use vocabulary::id::{CustomerId, PartnerId, RelationshipId};

use super::Names;
use super::privilege::{self, Privilege};
use super::relationship::{self, Relationship};

/// The most privileges that an entry shows.
pub const SHOWN: usize = 10;

/// By what a partner can reach a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// An active relationship, perhaps with privileges.
    Relationship,
    /// Privileges that stand where no relationship is left. They allow nothing here.
    ResidualPrivileges,
}

impl Basis {
    /// Where the relationship of such an entry stands.
    pub fn state(self) -> relationship::State {
        match self {
            Self::Relationship => relationship::State::Active,
            Self::ResidualPrivileges => relationship::State::Removed,
        }
    }
}

/// That a partner can reach a customer, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The active relationship, or the one that the privileges have outlived.
    pub relationship: Relationship,
    /// What the two are called.
    pub names: Names,
    /// The privileges that stand, the newest first, at most [`SHOWN`].
    pub privileges: Vec<Privilege>,
}

impl Reach {
    /// By what.
    pub fn basis(&self) -> Basis {
        match self.relationship.state() {
            relationship::State::Active => Basis::Relationship,
            relationship::State::Removed => Basis::ResidualPrivileges,
        }
    }

    /// For how long no relationship has been left; `None` while there is one.
    pub fn residual_age(&self, now: Time) -> Option<Duration> {
        let end = self.relationship.end.as_ref()?;
        Some(now.since(end.time()))
    }
}

/// What was found of some relationships at one moment.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The relationships, each with what its partner and its customer are called.
    pub relationships: Vec<(Relationship, Names)>,
    /// The privileges of these partners on these customers that stand; one may come twice.
    pub privileges: Vec<Privilege>,
}

type Pair<'a> = (&'a PartnerId, &'a CustomerId);

impl Found {
    /// The removed relationships that privileges have outlived: of them must be asked whether a
    /// later one tells it.
    pub fn outlived(&self) -> Vec<RelationshipId> {
        let privileged: HashSet<Pair<'_>> = self.privileges.iter().map(pair_of_privilege).collect();
        self.relationships
            .iter()
            .filter(|(one, _)| one.state() == relationship::State::Removed)
            .filter(|(one, _)| privileged.contains(&pair(one)))
            .map(|(one, _)| one.id)
            .collect()
    }

    /// What these relationships tell at `now`, in their order. `followed` are the removed ones with
    /// a later one of the same two.
    pub fn reaches(self, followed: &HashSet<RelationshipId>, now: Time) -> Vec<Reach> {
        let mut privileges: HashMap<(PartnerId, CustomerId), Vec<Privilege>> = HashMap::new();
        for one in self.privileges {
            if one.state(now) == privilege::State::Active {
                let pair = (one.partner.clone(), one.customer.clone());
                privileges.entry(pair).or_default().push(one);
            }
        }
        for of_pair in privileges.values_mut() {
            of_pair.sort_by_key(|one| std::cmp::Reverse((one.grant_time, one.id)));
            of_pair.dedup_by_key(|one| one.id);
            of_pair.truncate(SHOWN);
        }
        let told = |(relationship, names): (Relationship, Names)| {
            let pair = (relationship.partner.clone(), relationship.customer.clone());
            let privileges = privileges.get(&pair).cloned().unwrap_or_default();
            let tells = match relationship.state() {
                relationship::State::Active => true,
                relationship::State::Removed => {
                    !privileges.is_empty() && !followed.contains(&relationship.id)
                }
            };
            tells.then_some(Reach {
                relationship,
                names,
                privileges,
            })
        };
        self.relationships.into_iter().filter_map(told).collect()
    }
}

fn pair(relationship: &Relationship) -> Pair<'_> {
    (&relationship.partner, &relationship.customer)
}

fn pair_of_privilege(privilege: &Privilege) -> Pair<'_> {
    (&privilege.partner, &privilege.customer)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use vocabulary::permission::Areas;

    use super::super::PartnerKind;
    use super::super::privilege::tests::privilege;
    use super::super::relationship::State;
    use super::super::relationship::tests::relationship;
    use super::*;
    use vocabulary::id::PrivilegeId;

    const NOW: Time = Time::from_micros(5_000_000);

    fn found(partner: &str, state: State, privileges: Vec<Privilege>) -> Found {
        let relationship = relationship(partner, PartnerKind::IndirectReseller, state);
        Found {
            relationships: vec![(relationship, Names::default())],
            privileges,
        }
    }

    /// R39: each state of a relationship, with and without a privilege that stands.
    #[test]
    fn every_state_and_privilege() {
        let standing = privilege(Areas::all(), None);
        let expired = privilege(Areas::all(), Some(NOW));
        let others = Privilege {
            customer: CustomerId::parse("tailspin").unwrap(),
            ..standing.clone()
        };
        for (state, privileges, expected) in [
            (State::Active, vec![], Some((Basis::Relationship, 0))),
            (
                State::Active,
                vec![standing.clone(), standing.clone()],
                Some((Basis::Relationship, 1)),
            ),
            (
                State::Active,
                vec![expired.clone()],
                Some((Basis::Relationship, 0)),
            ),
            (State::Removed, vec![], None),
            (
                State::Removed,
                vec![standing.clone()],
                Some((Basis::ResidualPrivileges, 1)),
            ),
            (State::Removed, vec![expired], None),
            (State::Removed, vec![others], None),
        ] {
            let told = found("contoso", state, privileges).reaches(&HashSet::new(), NOW);
            let told = told.first().map(|one| (one.basis(), one.privileges.len()));
            assert_eq!(told, expected, "{state}");
        }
    }

    /// R39: a removed relationship with a later one of the same two is told by that one.
    #[test]
    fn who_was_invited_again_is_told_once() {
        let removed = found(
            "contoso",
            State::Removed,
            vec![privilege(Areas::all(), None)],
        );
        let outlived = removed.outlived();
        assert_eq!(outlived, [removed.relationships[0].0.id]);
        assert_eq!(removed.clone().reaches(&HashSet::new(), NOW).len(), 1);
        let followed = outlived.into_iter().collect();
        assert!(removed.reaches(&followed, NOW).is_empty());

        let nothing_left = found("contoso", State::Removed, vec![]);
        assert!(
            nothing_left.outlived().is_empty(),
            "there is nothing to tell"
        );
        let active = found(
            "contoso",
            State::Active,
            vec![privilege(Areas::all(), None)],
        );
        assert!(active.outlived().is_empty(), "an active one is the last");
    }

    #[test]
    fn the_newest_privileges_are_shown() {
        let many = (1..=SHOWN as u128 + 5).map(|number| Privilege {
            id: PrivilegeId::from(Uuid::from_u128(number)),
            ..privilege(Areas::all(), None)
        });
        let told = found("contoso", State::Active, many.collect()).reaches(&HashSet::new(), NOW);
        let shown = &told[0].privileges;
        assert_eq!(shown.len(), SHOWN);
        let newest = PrivilegeId::from(Uuid::from_u128(SHOWN as u128 + 5));
        assert_eq!(shown[0].id, newest);
    }

    #[test]
    fn a_residual_privilege_is_as_old_as_the_removal() {
        let standing = || vec![privilege(Areas::all(), None)];
        let [residual] = found("contoso", State::Removed, standing())
            .reaches(&HashSet::new(), NOW)
            .try_into()
            .unwrap();
        assert_eq!(residual.residual_age(NOW), Some(Duration::from_secs(4)));
        let [active] = found("contoso", State::Active, standing())
            .reaches(&HashSet::new(), NOW)
            .try_into()
            .unwrap();
        assert_eq!(active.residual_age(NOW), None);
        for (reach, state) in [(residual, State::Removed), (active, State::Active)] {
            assert_eq!(reach.basis().state(), state);
        }
    }
}

//! What changes between partners and customers, as watchers are told it: all of one commit
//! together, to each partner its own.
//!
//! A kept relationship is no change, and a privilege that the end of one leaves is none either
//! (R39).
//! Nothing here is about a third partner: what one removes, no other is told (R42).

use std::collections::BTreeMap;
use std::time::Duration;

use platform::clock::Time;
use vocabulary::id::{CustomerId, PartnerId, PrivilegeId, RelationshipId};

use super::decision::Established;
use super::privilege::Privilege;
use super::relationship::Relationship;

/// One thing that changed, for one partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A customer authorised the partner.
    RelationshipEstablished(Between),
    /// The partner removed its relationship, or the customer ended it.
    RelationshipEnded(Between),
    /// So many existing customers were imported at the partner's enrolment.
    CustomersImported(i64),
    /// A privilege was granted.
    PrivilegeGranted(CustomerId, PrivilegeId),
    /// A privilege's time was over.
    PrivilegeExpired(CustomerId, PrivilegeId),
    /// The partner or the customer ended a privilege.
    PrivilegeTerminated(CustomerId, PrivilegeId),
}

/// The relationship that changed, seen from its partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Between {
    /// Whose it is.
    pub customer: CustomerId,
    /// Which one.
    pub relationship: RelationshipId,
    /// The partner's own reference; empty where there is none.
    pub correlation_id: String,
}

impl Between {
    fn of(relationship: &Relationship) -> Self {
        Self {
            customer: relationship.customer.clone(),
            relationship: relationship.id,
            correlation_id: relationship.correlation_id.clone(),
        }
    }
}

/// All that one commit changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// When; always after what the events end began, however the clocks of two processes differ:
    /// the numbers of changes that are numbered together follow it.
    pub time: Time,
    /// The events of each partner, in the order in which they are told.
    pub events: BTreeMap<PartnerId, Vec<Event>>,
}

impl Changes {
    /// What a decision established; nothing where every party kept what it had.
    pub fn established(established: &Established, now: Time) -> Self {
        let mut changes = Self::none(now);
        for made in &established.relationships {
            let event = Event::RelationshipEstablished(Between::of(made));
            changes.add(&made.partner, event);
        }
        if let Some(granted) = &established.privilege {
            let event = Event::PrivilegeGranted(granted.customer.clone(), granted.id);
            changes.add(&granted.partner, event);
        }
        changes
    }

    /// A relationship that is over.
    pub fn ended(relationship: &Relationship, now: Time) -> Self {
        let mut changes = Self::none(now.max(after(relationship.establish_time)));
        let event = Event::RelationshipEnded(Between::of(relationship));
        changes.add(&relationship.partner, event);
        changes
    }

    /// A privilege that somebody ended.
    pub fn terminated(privilege: &Privilege, now: Time) -> Self {
        let mut changes = Self::none(now.max(after(privilege.grant_time)));
        let event = Event::PrivilegeTerminated(privilege.customer.clone(), privilege.id);
        changes.add(&privilege.partner, event);
        changes
    }

    /// Privileges whose time was over.
    pub fn expired(privileges: &[Privilege], now: Time) -> Self {
        let began = privileges.iter().map(|one| after(one.grant_time)).max();
        let mut changes = Self::none(began.map_or(now, |began| now.max(began)));
        for expired in privileges {
            let event = Event::PrivilegeExpired(expired.customer.clone(), expired.id);
            changes.add(&expired.partner, event);
        }
        changes
    }

    /// An import that became visible with its partner's activation, if it brought any customer.
    pub fn imported(partner: &PartnerId, count: i64, now: Time) -> Self {
        let mut changes = Self::none(now);
        if count > 0 {
            changes.add(partner, Event::CustomersImported(count));
        }
        changes
    }

    fn none(time: Time) -> Self {
        Self {
            time,
            events: BTreeMap::new(),
        }
    }

    fn add(&mut self, partner: &PartnerId, event: Event) {
        self.events.entry(partner.clone()).or_default().push(event);
    }
}

/// The first moment behind a beginning.
fn after(beginning: Time) -> Time {
    beginning + Duration::from_micros(1)
}

#[cfg(test)]
mod tests {
    use vocabulary::permission::Areas;

    use super::super::PartnerKind;
    use super::super::privilege::tests::privilege;
    use super::super::relationship::State;
    use super::super::relationship::tests::relationship;
    use super::*;

    const NOW: Time = Time::from_micros(5_000_000);

    /// R36, R42: what one acceptance brought about is one commit's, and each partner has its own
    /// part of it.
    #[test]
    fn a_joint_acceptance_tells_each_partner_its_own() {
        let ours = relationship("contoso", PartnerKind::IndirectReseller, State::Active);
        let theirs = relationship("fabrikam", PartnerKind::IndirectProvider, State::Active);
        let granted = privilege(Areas::all(), None);
        let established = Established {
            relationships: vec![ours.clone(), theirs.clone()],
            privilege: Some(granted.clone()),
        };
        let changes = Changes::established(&established, NOW);
        let adatum = || ours.customer.clone();
        let expected = BTreeMap::from([
            (
                ours.partner.clone(),
                vec![
                    Event::RelationshipEstablished(Between::of(&ours)),
                    Event::PrivilegeGranted(adatum(), granted.id),
                ],
            ),
            (
                theirs.partner.clone(),
                vec![Event::RelationshipEstablished(Between::of(&theirs))],
            ),
        ]);
        assert_eq!((changes.time, changes.events), (NOW, expected));
        let kept = Changes::established(&Established::default(), NOW);
        assert!(kept.events.is_empty());
    }

    /// R6: one event for all of an import, and none for one that found nobody.
    #[test]
    fn an_import_is_one_event() {
        let contoso = PartnerId::parse("contoso").unwrap();
        let changes = Changes::imported(&contoso, 3, NOW);
        let expected = vec![Event::CustomersImported(3)];
        assert_eq!(
            changes.events,
            BTreeMap::from([(contoso.clone(), expected)])
        );
        assert!(Changes::imported(&contoso, 0, NOW).events.is_empty());
    }

    /// Another process, whose clock is ahead, may have begun what this one ends: it is told behind
    /// it all the same.
    #[test]
    fn an_end_is_told_behind_its_beginning() {
        let removed = relationship("contoso", PartnerKind::IndirectReseller, State::Removed);
        let lost = privilege(Areas::all(), Some(NOW));
        let early = Time::from_micros(0);
        for (changes, began) in [
            (Changes::ended(&removed, early), removed.establish_time),
            (Changes::terminated(&lost, early), lost.grant_time),
            (
                Changes::expired(std::slice::from_ref(&lost), early),
                lost.grant_time,
            ),
        ] {
            assert!(changes.time > began);
            assert!(changes.events.keys().eq([&removed.partner]));
        }
        assert_eq!(Changes::ended(&removed, NOW).time, NOW);
    }
}

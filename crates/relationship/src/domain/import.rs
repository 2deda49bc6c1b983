//! The import of a reseller's existing customers at its enrolment (R6–R11): which records count,
//! and how it stands.
//!
//! Imported relationships are there before anybody sees them: the partner's activation makes all of
//! them visible at once. Nothing here trusts the portals: a record that cannot be is skipped,
//! counted and shown with its reason.

use std::collections::{HashMap, HashSet};

use platform::clock::Time;
use uuid::Uuid;
use vocabulary::id::{CustomerId, PartnerId, PrivilegeId, RelationshipId};
use vocabulary::permission::Areas;
use vocabulary::portal::Portal;

use super::PartnerKind;
use super::account::Profile;
use super::privilege::Privilege;
use super::relationship::{self, Relationship};

/// How many skipped records are kept with their reasons.
pub const SKIPPED_KEPT: i64 = 100;

/// Where an import stands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// It gets on.
    Running,
    /// The portals are away, or broke off; it is tried again.
    Waiting,
    /// Every record was read.
    Complete,
    /// The portals refused, or the enrolment was rejected meanwhile.
    Failed,
}

/// Why a record is not imported.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum SkipReason {
    /// A field of it cannot be.
    Invalid,
    /// The same customer came before in this import.
    Duplicate,
    /// The customer is the partner itself.
    PartnerItself,
    /// The partner has removed its relationship with the customer before. Who imports never took
    /// part, and so has removed none: this is what stays true if that ever changes.
    RemovedBefore,
}

/// An import, the last one of its partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Whose customers.
    pub partner: PartnerId,
    /// Where it stands.
    pub state: State,
    /// Where the stream of the portals goes on.
    pub resume_token: String,
    /// What has become of the records so far.
    pub counts: Counts,
    /// What it waits for, or why it failed.
    pub detail: String,
    /// When the enrolment was approved.
    pub start_time: Time,
    /// When it last got on, or tried to.
    pub update_time: Time,
    /// When it ended.
    pub end_time: Option<Time>,
    /// How often in a row the portals were away.
    pub attempts: i32,
    /// Whoever finds another version has been overtaken.
    pub version: i64,
}

/// How many records there were, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub read: i64,
    /// Those with whose customer a relationship was imported.
    pub imported: i64,
    /// Those whose customer has a relationship from before.
    pub kept: i64,
    /// Those that were skipped.
    pub skipped: i64,
}

/// A portal's record that can be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number in the import, from 1 on.
    pub number: i64,
    /// The portal that knows the customer.
    pub portal: Portal,
    pub customer: CustomerId,
    /// What an account is opened with where there is none.
    pub profile: Profile,
    /// The privileges that the portal knows: what they give, and until when.
    pub privileges: Vec<(Areas, Option<Time>)>,
}

/// A record that is not imported, and why. What it says is kept as text, cut to a bounded length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its number in the import.
    pub number: i64,
    /// The portal as it names it.
    pub portal: String,
    /// The customer as it names it.
    pub customer: String,
    /// Why.
    pub reason: SkipReason,
    /// What is wrong with it.
    pub detail: String,
}

/// What one message of the portals holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// How many records.
    pub read: i64,
    /// Those that can be.
    pub records: Vec<Record>,
    /// Those that cannot.
    pub skipped: Vec<Skipped>,
    /// Where to go on; `None`: it was the last.
    pub resume_token: Option<String>,
}

/// What there is already between the partner and the customer of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// An active relationship, established then.
    Active(Time),
    /// One that the partner has removed.
    Removed,
}

/// What of a batch is imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sorted {
    /// The records to import, a customer each, in the order of their customers.
    pub records: Vec<Record>,
    /// How many customers have a relationship from before.
    pub kept: i64,
    /// What is skipped, in the order in which it came.
    pub skipped: Vec<Skipped>,
}

impl Import {
    /// Begins with the approval of an enrolment.
    pub fn begin(partner: PartnerId, now: Time) -> Self {
        Self {
            partner,
            state: State::Running,
            resume_token: String::new(),
            counts: Counts::default(),
            detail: String::new(),
            start_time: now,
            update_time: now,
            end_time: None,
            attempts: 0,
            version: 1,
        }
    }

    /// Decides about each record of a batch, from what there `found` already is.
    pub fn sort(&self, batch: Batch, found: &HashMap<CustomerId, Found>) -> Sorted {
        let mut seen = HashSet::new();
        let mut sorted = Sorted {
            skipped: batch.skipped,
            ..Sorted::default()
        };
        for record in batch.records {
            let reason = if record.customer.as_str() == self.partner.as_str() {
                SkipReason::PartnerItself
            } else if !seen.insert(record.customer.clone()) {
                SkipReason::Duplicate
            } else {
                match found.get(&record.customer) {
                    None => {
                        sorted.records.push(record);
                        continue;
                    }
                    Some(Found::Active(since)) if *since < self.start_time => {
                        sorted.kept += 1;
                        continue;
                    }
                    Some(Found::Active(_)) => SkipReason::Duplicate,
                    Some(Found::Removed) => SkipReason::RemovedBefore,
                }
            };
            sorted.skipped.push(Skipped::of(&record, reason));
        }
        // in one order everywhere, so that two imports of the same customers wait for each other in
        // turn
        sorted
            .records
            .sort_by(|one, other| one.customer.cmp(&other.customer));
        sorted.skipped.sort_by_key(|skipped| skipped.number);
        sorted
    }

    /// The import after a batch of so many records was sorted so.
    pub fn advance(
        self,
        read: i64,
        sorted: &Sorted,
        resume_token: Option<String>,
        now: Time,
    ) -> Self {
        let (imported, skipped) = (sorted.records.len() as i64, sorted.skipped.len() as i64);
        let (state, end_time) = match resume_token {
            Some(_) => (State::Running, None),
            None => (State::Complete, Some(now)),
        };
        Self {
            state,
            resume_token: resume_token.unwrap_or_default(),
            counts: Counts {
                read: self.counts.read + read,
                imported: self.counts.imported + imported,
                kept: self.counts.kept + sorted.kept,
                skipped: self.counts.skipped + skipped,
            },
            detail: String::new(),
            update_time: now,
            end_time,
            attempts: 0,
            ..self
        }
    }

    /// Tries again later: the portals are away, or broke off.
    pub fn wait(self, detail: String, now: Time) -> Self {
        Self {
            state: State::Waiting,
            detail,
            update_time: now,
            attempts: self.attempts.saturating_add(1),
            ..self
        }
    }

    /// Begins anew: the portals do not go on where it was.
    pub fn restart(self, now: Time) -> Self {
        let detail = "the portals do not go on where they were, and begin anew".to_owned();
        Self {
            resume_token: String::new(),
            counts: Counts::default(),
            ..self.wait(detail, now)
        }
    }

    /// Ends without success.
    pub fn fail(self, detail: String, now: Time) -> Self {
        Self {
            state: State::Failed,
            detail,
            update_time: now,
            end_time: Some(now),
            ..self
        }
    }

    /// How many more skipped records are kept with their reasons.
    pub fn room_for_skipped(&self) -> usize {
        usize::try_from(SKIPPED_KEPT - self.counts.skipped).unwrap_or(0)
    }

    /// The relationship that a record stands for.
    pub fn relationship(&self, record: &Record, id: RelationshipId, now: Time) -> Relationship {
        Relationship {
            id,
            partner: self.partner.clone(),
            partner_kind: PartnerKind::IndirectReseller,
            customer: record.customer.clone(),
            origin: relationship::BY_IMPORT.to_owned(),
            portal: Some(record.portal.as_str().to_owned()),
            acceptance: None,
            establish_time: now,
            correlation_id: String::new(),
            end: None,
            version: 1,
        }
    }

    /// The privileges that a record brings.
    pub fn privileges<'a>(
        &'a self,
        record: &'a Record,
        new_id: impl Fn() -> Uuid + 'a,
        now: Time,
    ) -> impl Iterator<Item = Privilege> + 'a {
        let known = record.privileges.iter();
        known.map(move |(areas, expire_time)| Privilege {
            id: PrivilegeId::from(new_id()),
            partner: self.partner.clone(),
            customer: record.customer.clone(),
            areas: *areas,
            grant_time: now,
            expire_time: *expire_time,
            terminate_time: None,
            version: 1,
        })
    }
}

impl Skipped {
    fn of(record: &Record, reason: SkipReason) -> Self {
        let detail = match reason {
            SkipReason::Invalid => "a field of it cannot be",
            SkipReason::Duplicate => "this customer came before: the first record counts",
            SkipReason::PartnerItself => "a partner is not its own customer",
            SkipReason::RemovedBefore => "the relationship with this customer has been removed",
        };
        Self {
            number: record.number,
            portal: record.portal.as_str().to_owned(),
            customer: record.customer.to_string(),
            reason,
            detail: detail.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;

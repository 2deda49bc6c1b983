//! The statements that have to stay cheap, for the tests that ask a store how it carries them out.

use std::collections::BTreeSet;

use platform::clock::{Day, Time};
use platform::page::PageRequest;
use sea_orm::{DbBackend, QueryTrait, Statement};
use vocabulary::id::{PartnerId, PartnershipId, PrivilegeId, RelationshipId};
use vocabulary::partner_kind::PartnerKind;

use super::access::{Pair, grounds};
use super::change;
use super::customer::{SearchBy, customers_by_key, customers_newest};
use super::expiry;
use super::partner::partners_newest;
use super::partnership::{
    partnerships_newest, proposals as partnership_proposals, with_names as partnerships_with_names,
};
use super::privilege::{privileges_newest, with_names as privileges_with_names};
use super::reach;
use super::relationship::{relationships_newest, with_names};
pub use crate::domain::account::Prefix;
pub use crate::domain::{Scope, partner, partnership, privilege, relationship};

/// A page of a list in the order of time.
pub type Newest<Id> = PageRequest<(Time, Id)>;
/// A page of a search.
pub type Found = PageRequest<(Vec<u8>, RelationshipId)>;

/// ListPartners.
pub fn partners(
    backend: DbBackend,
    kind: Option<PartnerKind>,
    state: Option<partner::State>,
    page: &Newest<PartnerId>,
) -> Statement {
    partners_newest(kind, state, page.after(), page.limit()).build(backend)
}

/// ListPartnerships, of a partner of this kind.
pub fn partnerships(
    backend: DbBackend,
    (kind, partner): (PartnerKind, &PartnerId),
    state: Option<partnership::StateKind>,
    page: &Newest<PartnershipId>,
) -> Statement {
    let select = partnerships_newest(kind, partner, state, page.after(), page.limit());
    partnerships_with_names(select).build(backend)
}

/// ProposePartnership: what this partner has proposed today.
pub fn proposals(backend: DbBackend, by: &PartnerId, other: &PartnerId, day: Day) -> Statement {
    backend.build(&partnership_proposals(by, other, day))
}

/// ListCustomers.
pub fn customers(
    backend: DbBackend,
    partner: &PartnerId,
    page: &Newest<RelationshipId>,
) -> Statement {
    customers_newest(partner, page.after(), page.limit()).build(backend)
}

/// ListCustomers by the beginning of the name.
pub fn customers_by_name(
    backend: DbBackend,
    partner: &PartnerId,
    prefix: &Prefix,
    page: &Found,
) -> Statement {
    customers_by_key(partner, SearchBy::Name, prefix, page.after(), page.limit()).build(backend)
}

/// ListCustomers by the beginning of the domain.
pub fn customers_by_domain(
    backend: DbBackend,
    partner: &PartnerId,
    prefix: &Prefix,
    page: &Found,
) -> Statement {
    customers_by_key(
        partner,
        SearchBy::Domain,
        prefix,
        page.after(),
        page.limit(),
    )
    .build(backend)
}

/// ListRelationships.
pub fn relationships(
    backend: DbBackend,
    scope: &Scope,
    state: Option<relationship::State>,
    page: &Newest<RelationshipId>,
) -> Statement {
    let select = relationships_newest(scope, state, page.after(), page.limit());
    with_names(select).build(backend)
}

/// ListDelegatedPrivileges.
pub fn privileges(
    backend: DbBackend,
    scope: &Scope,
    state: Option<privilege::State>,
    page: &Newest<PrivilegeId>,
) -> Statement {
    let select = privileges_newest(scope, state, page.after(), page.limit());
    privileges_with_names(select).build(backend)
}
/// CheckAccess and BatchCheckAccess.
pub fn access(backend: DbBackend, pairs: &BTreeSet<Pair>) -> Statement {
    backend.build(&grounds(pairs, Time::from_micros(0)))
}

/// ListAccess: the privileges beside a chunk of relationships.
pub fn standing(backend: DbBackend, pairs: &BTreeSet<Pair>) -> Statement {
    backend.build(&reach::standing_of(pairs, Time::from_micros(0)))
}

/// ListAccess: which removed relationships a later one tells.
pub fn followed(backend: DbBackend, removed: Vec<RelationshipId>) -> Statement {
    backend.build(&reach::followed_of(removed))
}

/// WatchRelationships: a part of the present state of all partners.
pub fn present(
    backend: DbBackend,
    after: Option<RelationshipId>,
    last: RelationshipId,
) -> [Statement; 2] {
    [
        reach::ids_behind(after, 100).build(backend),
        with_names(reach::relationships_by_id(after, last)).build(backend),
    ]
}

/// WatchRelationships: the changes behind a number, of one partner or of all.
pub fn changes(backend: DbBackend, partner: Option<&PartnerId>, number: i64) -> Statement {
    change::numbered(partner, number).build(backend)
}

/// The numberer: where the numbers stand.
pub fn head(backend: DbBackend) -> Statement {
    backend.build(&change::head())
}

/// The numberer: what has no number yet.
pub fn unnumbered(backend: DbBackend) -> Statement {
    change::unnumbered().build(backend)
}

/// The numberer: giving these commits their numbers.
pub fn give(backend: DbBackend, numbers: Vec<(uuid::Uuid, i64)>) -> Statement {
    backend.build(&change::give(numbers, Time::from_micros(0)))
}

/// Forgetting: the first changes that are not forgotten.
pub fn oldest_changes(backend: DbBackend) -> Statement {
    change::oldest(0).build(backend)
}

/// Privileges whose time is over, of which nobody was told.
pub fn expired(backend: DbBackend, now: Time) -> Statement {
    expiry::expired(now, 500).build(backend)
}

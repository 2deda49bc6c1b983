//! The statements that have to stay cheap, for the tests that ask a store how it carries them out.

use std::collections::BTreeSet;

use platform::clock::Time;
use platform::page::PageRequest;
use sea_orm::{DbBackend, QueryTrait, Statement};

use super::access::{Pair, grounds};
use super::customer::{SearchBy, customers_by_key, customers_newest};
use super::partner::partners_newest;
use super::partnership::partnerships_newest;
use super::privilege::privileges_newest;
use super::relationship::relationships_newest;
use crate::domain::account::Prefix;
use crate::domain::{PartnerId, PartnershipId, PrivilegeId, RelationshipId, Scope};
use crate::domain::{partner, partnership, privilege, relationship};

/// A page of a list in the order of time.
pub type Newest<Id> = PageRequest<(Time, Id)>;
/// A page of a search.
pub type Found = PageRequest<(Vec<u8>, RelationshipId)>;

/// ListPartners.
pub fn partners(
    backend: DbBackend,
    kind: Option<partner::Kind>,
    state: Option<partner::State>,
    page: &Newest<PartnerId>,
) -> Statement {
    partners_newest(kind, state, page.after(), page.limit()).build(backend)
}

/// ListPartnerships, of a partner of this kind.
pub fn partnerships(
    backend: DbBackend,
    (kind, partner): (partner::Kind, &PartnerId),
    state: Option<partnership::State>,
    page: &Newest<PartnershipId>,
) -> Statement {
    partnerships_newest(kind, partner, state, page.after(), page.limit()).build(backend)
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
    relationships_newest(scope, state, page.after(), page.limit()).build(backend)
}

/// ListDelegatedPrivileges.
pub fn privileges(
    backend: DbBackend,
    scope: &Scope,
    state: Option<privilege::State>,
    page: &Newest<PrivilegeId>,
) -> Statement {
    privileges_newest(scope, state, page.after(), page.limit()).build(backend)
}
/// CheckAccess and BatchCheckAccess.
pub fn access(backend: DbBackend, pairs: &BTreeSet<Pair>) -> Statement {
    backend.build(&grounds(pairs, Time::from_micros(0)))
}

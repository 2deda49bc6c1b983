//! Who can reach whom, a page at a time: relationships, the privileges beside them, and which of
//! them tell it.

use std::collections::{BTreeSet, HashSet};

use platform::clock::Time;
use platform::page::{MAX_SIZE, Page, PageRequest};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult,
    Iterable, QueryFilter, QueryOrder, QuerySelect, Select,
};
use vocabulary::id::{PartnerId, RelationshipId};

use super::access::{ASKED, CUSTOMER, PARTNER, Pair, values};
use super::entity::privilege;
use super::entity::relationship::{Column, Entity};
use super::partner::visible;
use super::privilege::lasting;
use super::relationship::{all, is_active, relationships_newest};
use super::{Error, Store, literal, padded};
use crate::domain::Scope;
use crate::domain::privilege::{Privilege, State};
use crate::domain::reach::{Basis, Found, Reach};
use crate::domain::relationship;

/// How many relationships are looked at with one statement.
const CHUNK: u64 = 100;

/// A relationship's place in the lists of them.
pub(crate) type Position = (Time, RelationshipId);

impl Store {
    /// A page of who can reach whom at `now`, the newest relationship first. It may be short
    /// although more follow: the relationships looked at are bounded.
    pub(crate) async fn list_access(
        &self,
        scope: &Scope,
        basis: Option<Basis>,
        now: Time,
        page: PageRequest<Position>,
    ) -> Result<Page<Reach>, Error> {
        let scope = scope.clone();
        self.db
            .snapshot(move |tx| Box::pin(async move { list(tx, &scope, basis, now, &page).await }))
            .await
    }

    /// A part of all that a partner, or that every partner can reach at `now`, and where the next
    /// one begins; `None` at the end.
    pub(crate) async fn present_state(
        &self,
        partner: Option<PartnerId>,
        after: Option<Position>,
        now: Time,
    ) -> Result<(Vec<Reach>, Option<Position>), Error> {
        self.db
            .snapshot(move |tx| {
                Box::pin(async move {
                    let Some(partner) = partner else {
                        return present_of_all(tx, after, now).await;
                    };
                    let scope = Scope::Partner(partner);
                    let select = relationships_newest(&scope, None, after.as_ref(), CHUNK);
                    let chunk = read(tx, select, now).await?;
                    let next = chunk.last.filter(|_| chunk.read == CHUNK);
                    Ok((chunk.reaches, next))
                })
            })
            .await
    }
}

/// A part of what every partner can reach: of so many relationships those that may be seen. Of an
/// import that has not ended there may be a million that may not.
async fn present_of_all(
    tx: &DatabaseTransaction,
    after: Option<Position>,
    now: Time,
) -> Result<(Vec<Reach>, Option<Position>), Error> {
    let after = after.map(|(_, id)| id);
    let ids: Vec<RelationshipId> = ids_behind(after, CHUNK).into_tuple().all(tx).await?;
    let Some(last) = ids.last().copied() else {
        return Ok((Vec::new(), None));
    };
    let chunk = read(tx, relationships_by_id(after, last), now).await?;
    let more = ids.len() as u64 == CHUNK;
    Ok((chunk.reaches, more.then_some((now, last))))
}

/// What some relationships tell, and how many they were.
struct Chunk {
    reaches: Vec<Reach>,
    read: u64,
    last: Option<Position>,
}

async fn list(
    tx: &DatabaseTransaction,
    scope: &Scope,
    basis: Option<Basis>,
    now: Time,
    page: &PageRequest<Position>,
) -> Result<Page<Reach>, Error> {
    let state = basis.map(Basis::state);
    let (mut found, mut looked_at) = (Vec::new(), 0);
    let mut after = page.after().copied();
    loop {
        let limit = std::cmp::min(CHUNK, MAX_SIZE as u64 + 1 - looked_at);
        let select = relationships_newest(scope, state, after.as_ref(), limit);
        let chunk = read(tx, select, now).await?;
        looked_at += chunk.read;
        found.extend(chunk.reaches);
        if found.len() > page.size() {
            return Ok(page.page(found, |one| position(&one.relationship)));
        }
        if chunk.read < limit {
            return Ok(page.page_until(found, None));
        }
        after = chunk.last;
        if looked_at > MAX_SIZE as u64 {
            return Ok(page.page_until(found, after));
        }
    }
}

async fn read(tx: &DatabaseTransaction, select: Select<Entity>, now: Time) -> Result<Chunk, Error> {
    let relationships = all(tx, select).await?;
    let read = relationships.len() as u64;
    let last = relationships.last().map(|(one, _)| position(one));
    let pairs: BTreeSet<Pair> = relationships
        .iter()
        .map(|(one, _)| (one.partner.clone(), one.customer.clone()))
        .collect();
    let found = Found {
        relationships,
        privileges: standing(tx, &pairs, now).await?,
    };
    let followed = followed(tx, found.outlived()).await?;
    Ok(Chunk {
        reaches: found.reaches(&followed, now),
        read,
        last,
    })
}

async fn standing(
    tx: &DatabaseTransaction,
    pairs: &BTreeSet<Pair>,
    now: Time,
) -> Result<Vec<Privilege>, DbErr> {
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let rows = tx.query_all(&standing_of(pairs, now)).await?;
    rows.iter()
        .map(|row| privilege::Model::from_query_result(row, "").map(Privilege::from))
        .collect()
}

async fn followed(
    tx: &DatabaseTransaction,
    removed: Vec<RelationshipId>,
) -> Result<HashSet<RelationshipId>, DbErr> {
    if removed.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = tx.query_all(&followed_of(removed)).await?;
    rows.iter().map(|row| row.try_get("", "id")).collect()
}

fn position(relationship: &relationship::Relationship) -> Position {
    (relationship.establish_time, relationship.id)
}

/// The ids of every partner's relationships, in an order of no meaning, seen or not.
pub(super) fn ids_behind(after: Option<RelationshipId>, limit: u64) -> Select<Entity> {
    let ids = Entity::find()
        .select_only()
        .column(Column::Id)
        .order_by_asc(Column::Id)
        .limit(limit);
    match after {
        Some(after) => ids.filter(Column::Id.gt(after)),
        None => ids,
    }
}

/// Every partner's relationships that may be seen, up to the last id of a chunk. There are no more
/// than that; saying so keeps PostgreSQL from planning for many.
pub(super) fn relationships_by_id(
    after: Option<RelationshipId>,
    last: RelationshipId,
) -> Select<Entity> {
    let mut select = Entity::find()
        .order_by_asc(Column::Id)
        .filter(visible(Expr::col(Column::Partner.as_column_ref())))
        .filter(Column::Id.lte(last))
        .limit(CHUNK);
    if let Some(after) = after {
        select = select.filter(Column::Id.gt(after));
    }
    select
}

/// The privileges of each pair that stand at a moment; some of them twice.
pub(super) fn standing_of(pairs: &BTreeSet<Pair>, now: Time) -> SelectStatement {
    let column = |name: &'static str| Expr::col(("privilege", name));
    let asked = |name| Expr::col((ASKED, name));
    let granted = column("partner")
        .eq(asked(PARTNER))
        .and(column("customer").eq(asked(CUSTOMER)))
        .and(column("state").eq(literal(State::Active.into())))
        .and(lasting(now));
    Query::select()
        .columns(privilege::Column::iter().map(|name| (privilege::Entity, name)))
        .from_values(values(pairs), ASKED)
        .inner_join(privilege::Entity, granted)
        .to_owned()
}

/// Which of these removed relationships have a later one of the same two: an active one, or one
/// that was removed later.
pub(super) fn followed_of(removed: Vec<RelationshipId>) -> SelectStatement {
    const LATER: &str = "later";
    let this = |column| Expr::col((Entity, column));
    let other = |column| Expr::col((LATER, column));
    let of_the_same = || {
        let mut select = Query::select();
        select
            .expr(Expr::value(1))
            .from_as(Entity, LATER)
            .and_where(other(Column::Partner).eq(this(Column::Partner)))
            .and_where(other(Column::Customer).eq(this(Column::Customer)));
        select
    };
    let active = of_the_same().and_where(is_active(LATER)).to_owned();
    let order = |of: &dyn Fn(Column) -> Expr| Expr::tuple([of(Column::RemoveTime), of(Column::Id)]);
    let removed_later = of_the_same()
        .and_where(other(Column::State).eq(literal(relationship::State::Removed.into())))
        .and_where(order(&other).gt(order(&this)))
        .to_owned();
    Query::select()
        .column((Entity, Column::Id))
        .from(Entity)
        .and_where(this(Column::Id).is_in(padded(removed)))
        .and_where(Expr::exists(active).or(Expr::exists(removed_later)))
        .to_owned()
}

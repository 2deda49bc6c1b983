//! What an import finds of the customers of a batch: one statement, which stays cheap while the
//! tables grow under it.

use std::collections::HashMap;

use platform::clock::Time;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use vocabulary::id::{CustomerId, PartnerId};

use crate::domain::import::{Batch, Found};
use crate::domain::relationship::State;
use crate::store::entity::relationship::{Column, Entity};
use crate::store::{literal, padded};

/// What there is between the partner and the customers of a batch. Nobody adds to it meanwhile: a
/// partner that imports cannot be established, and its import is locked.
pub(super) async fn found(
    tx: &DatabaseTransaction,
    partner: &PartnerId,
    batch: &Batch,
) -> Result<HashMap<CustomerId, Found>, DbErr> {
    let mut found = HashMap::new();
    if batch.records.is_empty() {
        return Ok(found);
    }
    let customers: Vec<_> = batch
        .records
        .iter()
        .map(|record| record.customer.as_str())
        .collect();
    for row in tx.query_all(&related(partner, customers)).await? {
        let customer: CustomerId = row.try_get("", CUSTOMER)?;
        let active: Option<Time> = row.try_get("", ACTIVE)?;
        let what = match active {
            Some(since) => Found::Active(since),
            None if row.try_get("", REMOVED)? => Found::Removed,
            None => continue,
        };
        found.insert(customer, what);
    }
    Ok(found)
}

/// The columns of the answer; the first as both stores name the column of a list of values.
const CUSTOMER: &str = "column1";
const ACTIVE: &str = "active";
const REMOVED: &str = "removed";

/// One look for each customer into each of the two indexes that have only such relationships: a
/// list of customers to choose from would be compared with every relationship of the partner.
fn related(partner: &PartnerId, customers: Vec<&str>) -> SelectStatement {
    const ASKED: &str = "asked";
    let column = |column: Column| Expr::col((Entity, column));
    let look = |state: State| {
        Query::select()
            .from(Entity)
            .and_where(column(Column::Partner).eq(partner.as_str()))
            .and_where(column(Column::Customer).eq(Expr::col((ASKED, CUSTOMER))))
            .and_where(column(Column::State).eq(literal(state.into())))
            .to_owned()
    };
    // of which there is one at most; an aggregate would be read along an index of times
    let mut active = look(State::Active);
    active.expr(column(Column::EstablishTime));
    let mut removed = look(State::Removed);
    removed.expr(Expr::value(1));
    Query::select()
        .column((ASKED, CUSTOMER))
        .expr_as(active, ACTIVE)
        .expr_as(Expr::exists(removed), REMOVED)
        .from_values(padded(customers), ASKED)
        .to_owned()
}

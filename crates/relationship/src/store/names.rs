//! Display names, read in the statement of the row that they stand beside.
//!
//! A name is looked up for each row that is answered and for no other, so that a list stays as
//! cheap as it is without names.

use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QuerySelect, Select};

use super::entity::{account, partner};
use crate::domain::Names;

/// A row of a partner and a customer, and what the two are called.
#[derive(FromQueryResult)]
pub(super) struct Named<M: FromQueryResult> {
    #[sea_orm(nested)]
    pub(super) row: M,
    partner_name: String,
    customer_name: String,
}

impl<M: FromQueryResult> Named<M> {
    /// The row, and the names beside it.
    pub(super) fn split(self) -> (M, Names) {
        let names = Names {
            partner: self.partner_name,
            customer: self.customer_name,
        };
        (self.row, names)
    }
}

/// The same rows as [`Named`]: each with what the partner and the customer in it are called.
pub(super) fn named<E: EntityTrait>(
    select: Select<E>,
    partner: E::Column,
    customer: E::Column,
) -> Select<E> {
    select
        .expr_as(partner_name(partner), "partner_name")
        .expr_as(customer_name(customer), "customer_name")
}

/// What the partner in this column is called.
pub(super) fn partner_name(column: impl ColumnTrait) -> Expr {
    let name = (partner::Entity, partner::Column::DisplayName);
    let id = (partner::Entity, partner::Column::Id);
    subquery(
        Query::select()
            .column(name)
            .from(partner::Entity)
            .and_where(Expr::col(id).equals(column.as_column_ref())),
    )
}

/// What the customer in this column is called; nothing where it has no account.
pub(super) fn customer_name(column: impl ColumnTrait) -> Expr {
    let name = (account::Entity, account::Column::DisplayName);
    let id = (account::Entity, account::Column::Id);
    subquery(
        Query::select()
            .column(name)
            .from(account::Entity)
            .and_where(Expr::col(id).equals(column.as_column_ref())),
    )
}

fn subquery(select: &SelectStatement) -> Expr {
    Expr::SubQuery(None, Box::new(select.clone().into()))
}

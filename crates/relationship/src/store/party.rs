//! Who would be party to an invitation: both partners and their partnership, in one statement.

use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition, JoinType, Query, SelectStatement};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, IdenStatic, Iterable};
use vocabulary::id::PartnerId;

use super::entity::{partner, partnership};
use super::partnership::not_ended;
use super::{Error, Store};
use crate::domain::partner::Partner;
use crate::domain::partnership::Partnership;
use crate::domain::party::Candidates;

impl Store {
    /// What there is of a reseller and, where one is named, a provider.
    pub(crate) async fn candidates(
        &self,
        reseller: &PartnerId,
        provider: Option<&PartnerId>,
    ) -> Result<Candidates, Error> {
        let Some(row) = self
            .db
            .reader()
            .query_one(&candidates(reseller, provider))
            .await?
        else {
            return Ok(Candidates::default());
        };
        let reseller = partner::Model::from_query_result(&row, RESELLER)?;
        let provider = Option::<partner::Model>::from_query_result(&row, PROVIDER)?;
        let partnership = Option::<partnership::Model>::from_query_result(&row, PARTNERSHIP)?;
        let partnership = partnership.map(Partnership::try_from).transpose()?;
        Ok(Candidates {
            reseller: Some(reseller.into()),
            provider: provider.map(Partner::from).zip(partnership),
        })
    }
}

/// What the tables are called in the statement, and what the names of their columns begin with.
const RESELLER: &str = "reseller_";
const PROVIDER: &str = "provider_";
const PARTNERSHIP: &str = "partnership_";

fn candidates(reseller: &PartnerId, provider: Option<&PartnerId>) -> SelectStatement {
    let mut select = Query::select();
    columns::<partner::Entity>(&mut select, RESELLER);
    columns::<partner::Entity>(&mut select, PROVIDER);
    columns::<partnership::Entity>(&mut select, PARTNERSHIP);
    let column = |table: &'static str, column: &'static str| Expr::col((table, column));
    select
        .from_as(partner::Entity, RESELLER)
        .join_as(
            JoinType::LeftJoin,
            partner::Entity,
            PROVIDER,
            column(PROVIDER, "id").eq(provider.map(PartnerId::as_str)),
        )
        .join_as(
            JoinType::LeftJoin,
            partnership::Entity,
            PARTNERSHIP,
            column(PARTNERSHIP, "reseller")
                .eq(column(RESELLER, "id"))
                .and(column(PARTNERSHIP, "provider").eq(column(PROVIDER, "id")))
                .and(not_ended(PARTNERSHIP))
                .into_condition(),
        )
        .and_where(column(RESELLER, "id").eq(reseller.as_str()));
    select
}

fn columns<E: EntityTrait>(select: &mut SelectStatement, table: &'static str) {
    for column in E::Column::iter() {
        select.expr_as(
            Expr::col((table, column)),
            format!("{table}{}", column.as_str()),
        );
    }
}

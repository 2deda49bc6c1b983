//! A partner's customers: those with whom it has an active relationship, listed and searched.

use platform::clock::Time;
use platform::page::{self, Page, PageRequest};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, SelectTwoRequired,
};
use vocabulary::id::{PartnerId, RelationshipId};

use super::entity::account;
use super::entity::relationship::{Column, Entity, Model};
use super::partner::visible;
use super::relationship::{is_active, relationships_newest};
use super::{Error, Store};
use crate::domain::Scope;
use crate::domain::account::{Account, Prefix};
use crate::domain::relationship::{Relationship, State};

/// A relationship, and the account of its customer.
pub(crate) type WithAccount = (Relationship, Account);

/// A statement that finds relationships, each with the account of its customer.
pub(super) type Customers = SelectTwoRequired<Entity, account::Entity>;

/// By what a partner's customers are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SearchBy {
    /// The beginning of the display name.
    Name,
    /// The beginning of the domain.
    Domain,
}

impl Store {
    /// A page of a partner's customers, the newest relationship first.
    pub(crate) async fn list_customers(
        &self,
        partner: &PartnerId,
        page: &PageRequest<(Time, RelationshipId)>,
    ) -> Result<Page<WithAccount>, Error> {
        let select = customers_newest(partner, page.after(), page.limit());
        let rows = select.all(self.db.reader()).await?;
        let page = page.page(rows, |(row, _)| (row.establish_time, row.id));
        with_accounts(page)
    }

    /// A page of those of a partner's customers that begin so, in the order of what is searched.
    pub(crate) async fn search_customers(
        &self,
        partner: &PartnerId,
        by: SearchBy,
        prefix: &Prefix,
        page: &PageRequest<(Vec<u8>, RelationshipId)>,
    ) -> Result<Page<WithAccount>, Error> {
        let select = customers_by_key(partner, by, prefix, page.after(), page.limit());
        let rows = select.all(self.db.reader()).await?;
        let page = page.page(rows, |(row, _)| match by {
            SearchBy::Name => (row.name_key.clone(), row.id),
            SearchBy::Domain => (row.domain_key.clone(), row.id),
        });
        with_accounts(page)
    }
}

/// The statement of a list of a partner's customers, the newest relationship first.
pub(super) fn customers_newest(
    partner: &PartnerId,
    after: Option<&(Time, RelationshipId)>,
    limit: u64,
) -> Customers {
    relationships_newest(
        &Scope::Partner(partner.clone()),
        Some(State::Active),
        after,
        limit,
    )
    .find_both_related(account::Entity)
}

/// The statement of a search among a partner's customers.
pub(super) fn customers_by_key(
    partner: &PartnerId,
    by: SearchBy,
    prefix: &Prefix,
    after: Option<&(Vec<u8>, RelationshipId)>,
    limit: u64,
) -> Customers {
    let key = match by {
        SearchBy::Name => Column::NameKey,
        SearchBy::Domain => Column::DomainKey,
    };
    let beginning = match after {
        None => key.gte(prefix.from.clone()),
        Some(after) => page::above((key.as_column_ref(), Column::Id.as_column_ref()), after),
    };
    Entity::find()
        .filter(Column::Partner.eq(partner.clone()))
        .filter(visible(Expr::val(partner.clone())))
        .filter(is_active("relationship"))
        .filter(beginning)
        .filter(key.lt(prefix.to.clone()))
        .order_by_asc(key)
        .order_by_asc(Column::Id)
        .limit(limit)
        .find_both_related(account::Entity)
}

fn with_accounts(page: Page<(Model, account::Model)>) -> Result<Page<WithAccount>, Error> {
    let items = page
        .items
        .into_iter()
        .map(|(row, account)| Ok((row.try_into()?, account.try_into()?)))
        .collect::<Result<_, DbErr>>()?;
    Ok(Page {
        items,
        next_page_token: page.next_page_token,
    })
}

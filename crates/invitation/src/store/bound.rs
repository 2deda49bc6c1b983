//! What is bound to a customer: the invitations that it finds without their links, newest first.
//!
//! Each way of being bound has an index, along which what others have answered stands apart and is
//! not read.

use std::cmp::Reverse;

use platform::page::{self, Page, PageRequest};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use vocabulary::id::CustomerId;

use super::entity::invitation::{Column, Entity, Model};
use super::list::{BUDGET, Position};
use super::{Store, read};
use crate::Error;
use crate::domain::{Filter, Invitation, LinkHolder};

impl Store {
    /// A page of the invitations that are bound to a holder and that no other customer has
    /// answered, each as it is now. Of the filter, the state and the times count; where it names a
    /// state, a page that is short, or empty, need not be the last.
    pub(crate) async fn list_bound(
        &self,
        holder: LinkHolder,
        filter: Filter,
        page: PageRequest<Position>,
    ) -> Result<Page<Invitation>, Error> {
        let now = self.clock.now();
        let budget = match filter.state_kind {
            None => page.size(),
            Some(_) => page.size().max(BUDGET),
        };
        let look = self.db.snapshot(move |tx| {
            Box::pin(async move {
                let mut rows = Vec::new();
                for way in ways(&holder) {
                    let newest = bound_newest(&way, &filter, page.after(), budget as u64 + 1);
                    rows.extend(newest.all(tx).await?);
                }
                rows.sort_by_key(|row| Reverse(position(row)));
                let mut more = rows.len() > budget;
                rows.truncate(budget);
                let (mut found, mut end) = (Vec::new(), None);
                for row in rows {
                    if found.len() == page.size() {
                        more = true;
                        break;
                    }
                    end = Some(position(&row));
                    let invitation = read(row)?.seen_at(now);
                    let by = invitation.customer();
                    let is_own = by.is_none_or(|by| *by == holder.customer);
                    if is_own && filter.admits(&invitation) {
                        found.push(invitation);
                    }
                }
                Ok(page.page_until(found, end.filter(|_| more)))
            })
        });
        look.await
    }
}

fn position(row: &Model) -> Position {
    (row.create_time, row.id)
}

/// One way of being bound to somebody: a column that says to what, and who has answered.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) bound: Column,
    pub(super) to: String,
    pub(super) answered: Answered,
}

/// By whom an invitation has been answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answered {
    /// By the customer that it is bound to, or not yet: nobody else can.
    ByTheBound,
    /// Not yet.
    ByNobody,
    /// By this customer.
    By(CustomerId),
}

/// Every way of being bound to a holder, without what others have answered. No invitation is bound
/// in two ways.
pub(super) fn ways(holder: &LinkHolder) -> Vec<Way> {
    let way = |bound, to: &str, answered| Way {
        bound,
        to: to.to_owned(),
        answered,
    };
    let id = holder.customer.as_str();
    let mut ways = vec![way(Column::BoundCustomer, id, Answered::ByTheBound)];
    if let Some(email) = &holder.email {
        for answered in [Answered::ByNobody, Answered::By(holder.customer.clone())] {
            ways.push(way(Column::BoundEmail, email.as_str(), answered.clone()));
            ways.push(way(Column::BoundEmailDomain, email.domain(), answered));
        }
    }
    ways
}

/// The rows that are bound in one way, after a position, along the index of that way.
pub(super) fn bound_newest(
    way: &Way,
    filter: &Filter,
    after: Option<&Position>,
    limit: u64,
) -> Select<Entity> {
    let bound = Entity::find().filter(way.bound.eq(way.to.clone()));
    // the same customer in every row; PostgreSQL knows it of a value, and not of none
    let mut select = match &way.answered {
        Answered::ByTheBound => bound,
        Answered::ByNobody => bound
            .filter(Column::Customer.is_null())
            .order_by_desc(Column::Customer),
        Answered::By(customer) => bound.filter(Column::Customer.eq(customer.clone())),
    };
    if let Some(from) = filter.created_from {
        select = select.filter(Column::CreateTime.gte(from));
    }
    if let Some(before) = filter.created_before {
        select = select.filter(Column::CreateTime.lt(before));
    }
    if let Some(after) = after {
        select = select.filter(page::below((Column::CreateTime, Column::Id), after));
    }
    select
        .order_by_desc(Column::CreateTime)
        .order_by_desc(Column::Id)
        .limit(limit)
}

#[cfg(test)]
mod tests;

//! A partner's invitations as a list: newest first, along the index that narrows most, looking at a
//! bounded number of rows.

use platform::clock::Time;
use platform::page::{self, Page, PageRequest};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use vocabulary::id::InvitationId;
use vocabulary::id::PartnerId;

use super::entity::invitation::{Column, Entity};
use super::{Store, in_state, read};
use crate::Error;
use crate::domain::{Filter, Invitation, StateKind};

/// Where a page of the list ends: newest first, those of one instant by their ids.
pub(crate) type Position = (Time, InvitationId);

/// How many rows a page looks at where filters are combined; a page larger than this looks at as
/// many as it has.
pub(super) const BUDGET: usize = 500;

impl Store {
    /// A page of a partner's invitations, each as it is now. One that is short, or empty, need not
    /// be the last.
    pub(crate) async fn list_invitations(
        &self,
        partner: PartnerId,
        filter: Filter,
        page: PageRequest<Position>,
    ) -> Result<Page<Invitation>, Error> {
        let search = Search {
            partner,
            filter,
            now: self.clock.now(),
        };
        if search.has_its_index() {
            let walk = search.walk(self.db.reader(), &page, page.size()).await?;
            return Ok(walk.page(&page));
        }
        let look = self.db.snapshot(move |tx| {
            Box::pin(async move {
                let mut walk = search.walk(tx, &page, page.size().max(BUDGET)).await?;
                if search.is_for_expired_alone() {
                    walk.merge(search.unrecorded(tx, &page).await?, page.size());
                }
                Ok(walk.page(&page))
            })
        });
        look.await
    }
}

/// What is looked for, as of one moment.
struct Search {
    partner: PartnerId,
    filter: Filter,
    now: Time,
}

/// What was found on the way along one index.
struct Walk {
    found: Vec<Invitation>,
    /// Where to go on; none at the end.
    end: Option<Position>,
}

impl Search {
    /// Whether every row along the index is one to show, so that one statement makes a page.
    fn has_its_index(&self) -> bool {
        let Filter {
            state_kind,
            provider,
            customer,
            correlation_id,
            ..
        } = &self.filter;
        let filters = [
            state_kind.is_some(),
            provider.is_some(),
            customer.is_some(),
            correlation_id.is_some(),
        ];
        filters.into_iter().filter(|set| *set).count() <= 1
            && *state_kind != Some(StateKind::Expired)
    }

    fn is_for_expired_alone(&self) -> bool {
        let Filter {
            state_kind,
            provider,
            customer,
            correlation_id,
            ..
        } = &self.filter;
        let others = provider.is_some() || customer.is_some() || correlation_id.is_some();
        *state_kind == Some(StateKind::Expired) && !others
    }

    /// Goes along the index until the page is full, the list ends, or `budget` rows have been
    /// looked at.
    async fn walk(
        &self,
        connection: &impl ConnectionTrait,
        page: &PageRequest<Position>,
        budget: usize,
    ) -> Result<Walk, Error> {
        let mut end = page.after().copied();
        let mut found = Vec::new();
        let mut looked_at = 0;
        loop {
            let chunk = page.size().max(looked_at).min(budget - looked_at);
            let one_more = chunk as u64 + 1;
            let query = along(&self.partner, &self.filter, end.as_ref(), one_more);
            let mut rows = query.all(connection).await?;
            let mut more = rows.len() > chunk;
            rows.truncate(chunk);
            looked_at += rows.len();
            let mut rows = rows.into_iter();
            while found.len() < page.size()
                && let Some(row) = rows.next()
            {
                end = Some((row.create_time, row.id));
                let invitation = read(row)?.seen_at(self.now);
                if self.filter.admits(&invitation) {
                    found.push(invitation);
                }
            }
            more |= rows.len() > 0;
            if !more || found.len() == page.size() || looked_at >= budget {
                return Ok(Walk {
                    found,
                    end: end.filter(|_| more),
                });
            }
        }
    }

    /// Those that have expired and are not recorded as such yet: the few since the last round.
    async fn unrecorded(
        &self,
        connection: &impl ConnectionTrait,
        page: &PageRequest<Position>,
    ) -> Result<Vec<Invitation>, Error> {
        let mut due = Vec::new();
        for row in due_of(&self.partner, self.now).all(connection).await? {
            let invitation = read(row)?.seen_at(self.now);
            let follows = page
                .after()
                .is_none_or(|after| position(&invitation) < *after);
            if follows && self.filter.admits(&invitation) {
                due.push(invitation);
            }
        }
        Ok(due)
    }
}

impl Walk {
    /// Adds what belongs into the same stretch of the list.
    fn merge(&mut self, others: Vec<Invitation>, size: usize) {
        let end = self.end;
        let within = |other: &Invitation| end.is_none_or(|end| position(other) > end);
        self.found.extend(others.into_iter().filter(within));
        self.found
            .sort_by_key(|invitation| std::cmp::Reverse(position(invitation)));
        if self.found.len() > size {
            self.found.truncate(size);
            self.end = self.found.last().map(position);
        }
    }

    fn page(self, page: &PageRequest<Position>) -> Page<Invitation> {
        page.page_until(self.found, self.end)
    }
}

fn position(invitation: &Invitation) -> Position {
    (invitation.create_time, invitation.id)
}

/// The rows of a partner after a position, along the index of the filter that narrows most. Times
/// narrow every index.
pub(super) fn along(
    partner: &PartnerId,
    filter: &Filter,
    after: Option<&Position>,
    limit: u64,
) -> Select<Entity> {
    let mut select = Entity::find().filter(Column::Partner.eq(partner.clone()));
    if let Some(correlation_id) = &filter.correlation_id {
        // the second says to a store that the index of just these rows will do
        select = select
            .filter(Column::CorrelationId.eq(correlation_id.clone()))
            .filter(Expr::col(Column::CorrelationId).ne(Expr::Constant("".into())));
    } else if let Some(customer) = &filter.customer {
        select = select.filter(Column::Customer.eq(customer.clone()));
    } else if let Some(provider) = &filter.provider {
        select = select.filter(Column::Provider.eq(provider.clone()));
    } else if let Some(state_kind) = filter.state_kind {
        select = select.filter(Column::State.eq(<&str>::from(state_kind)));
    }
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

/// A partner's rows that say OPEN although their time is over: at most as many as it may have open.
pub(super) fn due_of(partner: &PartnerId, now: Time) -> Select<Entity> {
    Entity::find()
        .filter(Column::Partner.eq(partner.clone()))
        .filter(in_state(StateKind::Open))
        .filter(Column::ExpireTime.lte(now))
}

#[cfg(test)]
mod tests;

//! What a customer has answered, as lists: its acceptances and its declinations, newest first, each
//! along an index of its own.

use platform::clock::Time;
use platform::page::{self, Page, PageRequest};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use vocabulary::id::{CustomerId, InvitationId};

use super::entity::invitation::{Column, Entity, Model};
use super::list::Position;
use super::{Store, in_state, read};
use crate::Error;
use crate::domain::{Invitation, StateKind};

impl Store {
    /// A page of the invitations that a customer has accepted, in the order of its acceptances,
    /// whatever became of them.
    pub(crate) async fn list_acceptances(
        &self,
        customer: &CustomerId,
        page: PageRequest<Position>,
    ) -> Result<Page<Invitation>, Error> {
        let rows = accepted_newest(customer, page.after(), page.limit());
        let rows = rows.all(self.db.reader()).await?;
        // a row without the time of its claim is not among them
        let position = |row: &Model| (row.claim_time.unwrap_or(row.state_time), row.id);
        self.read_page(page.page(rows, position))
    }

    /// A page of the invitations that a customer has declined, in the order in which it did.
    pub(crate) async fn list_declinations(
        &self,
        customer: &CustomerId,
        page: PageRequest<Position>,
    ) -> Result<Page<Invitation>, Error> {
        let rows = declined_newest(customer, page.after(), page.limit());
        let rows = rows.all(self.db.reader()).await?;
        self.read_page(page.page(rows, |row| (row.state_time, row.id)))
    }

    fn read_page(&self, page: Page<Model>) -> Result<Page<Invitation>, Error> {
        let items = page.items.into_iter().map(read);
        Ok(Page {
            items: items.collect::<Result<_, _>>()?,
            next_page_token: page.next_page_token,
        })
    }
}

/// ListAcceptances: what a customer has claimed, by the time of the claim.
pub(super) fn accepted_newest(
    customer: &CustomerId,
    after: Option<&Position>,
    limit: u64,
) -> Select<Entity> {
    let claimed = Entity::find()
        .filter(Column::Customer.eq(customer.clone()))
        .filter(Column::ClaimTime.is_not_null());
    newest(claimed, Column::ClaimTime, after, limit)
}

/// ListDeclinations: what a customer has declined, by the time when it did.
pub(super) fn declined_newest(
    customer: &CustomerId,
    after: Option<&Position>,
    limit: u64,
) -> Select<Entity> {
    let declined = Entity::find()
        .filter(Column::Customer.eq(customer.clone()))
        .filter(in_state(StateKind::Declined));
    newest(declined, Column::StateTime, after, limit)
}

fn newest(
    select: Select<Entity>,
    time: Column,
    after: Option<&(Time, InvitationId)>,
    limit: u64,
) -> Select<Entity> {
    let select = match after {
        Some(after) => select.filter(page::below((time, Column::Id), after)),
        None => select,
    };
    select
        .order_by_desc(time)
        .order_by_desc(Column::Id)
        .limit(limit)
}

#[cfg(test)]
mod tests;

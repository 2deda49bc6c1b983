//! Open invitations like a new one, and whether a new one would be within its partner's limits:
//! asked without making anything.

use platform::clock::Time;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};
use vocabulary::name::InvitationName;

use super::entity::invitation::{Column, Entity};
use super::{Store, in_state, quota};
use crate::Error;
use crate::domain::{BoundTo, Parties, StateKind, Terms};

impl Store {
    /// Whether an invitation could be made now, within the partner's limits; answers the open one
    /// like it, as of the same moment. Makes, counts and remembers nothing.
    pub(crate) async fn check_invitation(
        &self,
        parties: Parties,
        terms: Terms,
    ) -> Result<Option<InvitationName>, Error> {
        let (now, limits) = (self.clock.now(), self.limits);
        let look = self.db.snapshot(move |tx| {
            Box::pin(async move {
                let partner = &parties.reseller.partner;
                limits.admit_today(quota::used(tx, partner, now).await? + 1, now)?;
                limits.admit_open(quota::open(tx, partner, limits, now).await?)?;
                alike(tx, &parties, &terms, now).await
            })
        });
        look.await
    }
}

/// The newest open invitation of the same parties that is bound to the same. None of one that is
/// not bound: it may be for anybody.
pub(super) async fn alike(
    connection: &impl ConnectionTrait,
    parties: &Parties,
    terms: &Terms,
    now: Time,
) -> Result<Option<InvitationName>, Error> {
    let Some(select) = open_alike(parties, &terms.bound_to, now) else {
        return Ok(None);
    };
    let found = select.one(connection).await?;
    Ok(found.map(|row| InvitationName::new(&row.partner, row.id)))
}

/// The open invitations of these parties that are bound to the same, newest first.
pub(super) fn open_alike(
    parties: &Parties,
    bound_to: &BoundTo,
    now: Time,
) -> Option<Select<Entity>> {
    let (column, bound) = match bound_to {
        BoundTo::Anybody => return None,
        BoundTo::Customer(customer) => (Column::BoundCustomer, customer.as_str()),
        BoundTo::Email(email) => (Column::BoundEmail, email.as_str()),
        BoundTo::EmailDomain(domain) => (Column::BoundEmailDomain, domain.as_str()),
    };
    let provider = match parties.provider() {
        Some(party) => Column::Provider.eq(party.partner.as_str()),
        None => Column::Provider.is_null(),
    };
    let select = Entity::find()
        .filter(Column::Partner.eq(parties.reseller.partner.clone()))
        .filter(column.eq(bound))
        .filter(in_state(StateKind::Open))
        // negated, for SQLite takes a range for few rows, and would read all that are open
        .filter(Column::ExpireTime.lte(now).not())
        .filter(provider);
    let newest = select
        .order_by_desc(Column::CreateTime)
        .order_by_desc(Column::Id);
    Some(newest.limit(1))
}

#[cfg(test)]
mod tests;

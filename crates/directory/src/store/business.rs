//! Existing business: told in the order of customer and portal, and written by imports. Partners
//! that the portals refuse.

use std::collections::BTreeMap;

use platform::clock::Time;
use platform::page;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use vocabulary::country::Country;
use vocabulary::domain::Domain;
use vocabulary::id::{CustomerId, PartnerId};
use vocabulary::permission::Areas;
use vocabulary::portal::Portal;

use super::entity::business::{Column, Entity, Model};
use super::entity::refusal;
use super::{Error, Store, broken};
use crate::domain::Refusal;
use crate::domain::business::{Business, KnownPrivilege};
use crate::domain::record::Refused;

/// Where a partner's business goes on: behind this customer at this portal.
pub(crate) type BusinessCursor = (CustomerId, String);

impl Store {
    /// Refuses a partner that the portals do not tell of.
    pub(crate) async fn check_told(&self, partner: &PartnerId) -> Result<(), Error> {
        let found = refusal::Entity::find_by_id(partner.clone());
        match found.one(self.db.reader()).await? {
            None => Ok(()),
            Some(row) => Err(Refusal::PartnerRefused { reason: row.reason }.into()),
        }
    }

    /// Some of a partner's business, by customer and portal.
    pub(crate) async fn business(
        &self,
        partner: &PartnerId,
        after: Option<&BusinessCursor>,
        limit: u64,
    ) -> Result<Vec<Business>, Error> {
        let rows = business_of(partner, after, limit);
        let rows = rows.all(self.db.reader()).await?;
        Ok(rows
            .into_iter()
            .map(Business::try_from)
            .collect::<Result<_, _>>()?)
    }
}

/// The statement of a part of a partner's business.
pub(super) fn business_of(
    partner: &PartnerId,
    after: Option<&BusinessCursor>,
    limit: u64,
) -> Select<Entity> {
    let mut select = Entity::find()
        .filter(Column::Partner.eq(partner.clone()))
        .order_by_asc(Column::Customer)
        .order_by_asc(Column::Portal)
        .limit(limit);
    if let Some(after) = after {
        select = select.filter(page::above((Column::Customer, Column::Portal), after));
    }
    select
}

/// Keeps business, in place of what the same portal said of the same customer.
pub(super) async fn upsert(tx: &DatabaseTransaction, business: Vec<Business>) -> Result<(), DbErr> {
    // each row once, and in one order: a statement changes none twice, and two imports do not wait
    // for each other in turns
    let rows: BTreeMap<_, _> = business
        .into_iter()
        .map(|one| {
            (
                (
                    one.partner.clone(),
                    one.customer.clone(),
                    one.portal.clone(),
                ),
                one,
            )
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let replace = OnConflict::columns([Column::Partner, Column::Customer, Column::Portal])
        .update_columns([
            Column::DisplayName,
            Column::Country,
            Column::Domain,
            Column::Privileges,
        ])
        .to_owned();
    Entity::insert_many(
        rows.into_values()
            .map(|one| Model::from(one).into_active_model()),
    )
    .on_conflict(replace)
    .exec_without_returning(tx)
    .await
    .map(drop)
}

/// Keeps that the portals refuse a partner, or forgets it.
pub(super) async fn refuse(tx: &DatabaseTransaction, refused: Refused) -> Result<(), DbErr> {
    let Some(reason) = refused.reason else {
        let forgotten = refusal::Entity::delete_by_id(refused.partner);
        return forgotten.exec(tx).await.map(drop);
    };
    let row = refusal::Model {
        partner: refused.partner,
        reason,
    };
    let replace = OnConflict::column(refusal::Column::Partner)
        .update_column(refusal::Column::Reason)
        .to_owned();
    refusal::Entity::insert(row.into_active_model())
        .on_conflict(replace)
        .exec_without_returning(tx)
        .await
        .map(drop)
}

impl From<Business> for Model {
    fn from(business: Business) -> Self {
        let privileges: Vec<_> = business.privileges.iter().map(written).collect();
        Self {
            partner: business.partner,
            customer: business.customer,
            portal: business.portal.as_str().to_owned(),
            display_name: business.display_name,
            country: business.country.as_str().to_owned(),
            domain: business.domain.as_str().to_owned(),
            privileges: privileges.join(","),
        }
    }
}

impl TryFrom<Model> for Business {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let broken = || broken("business", &row.customer);
        let privileges = row.privileges.split(',').filter(|one| !one.is_empty());
        let privileges: Option<_> = privileges.map(read).collect();
        Ok(Self {
            portal: Portal::parse(&row.portal).map_err(|_| broken())?,
            country: Country::parse(&row.country).map_err(|_| broken())?,
            domain: Domain::kept(row.domain),
            privileges: privileges.ok_or_else(broken)?,
            partner: row.partner,
            customer: row.customer,
            display_name: row.display_name,
        })
    }
}

/// A privilege as a row has it.
fn written(privilege: &KnownPrivilege) -> String {
    let micros = privilege.expire_time.map(|time| time.micros().to_string());
    format!("{}:{}", privilege.areas.bits(), micros.unwrap_or_default())
}

fn read(text: &str) -> Option<KnownPrivilege> {
    let (bits, micros) = text.split_once(':')?;
    let expire_time = match micros {
        "" => None,
        micros => Some(Time::from_micros(micros.parse().ok()?)),
    };
    Some(KnownPrivilege {
        areas: Areas::from_bits_truncate(bits.parse().ok()?),
        expire_time,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_privilege_that_was_written_is_read() {
        for expire_time in [None, Some(0), Some(-5), Some(1_798_761_600_000_000)] {
            for bits in 0..16 {
                let privilege = KnownPrivilege {
                    areas: Areas::from_bits_truncate(bits),
                    expire_time: expire_time.map(Time::from_micros),
                };
                assert_eq!(read(&written(&privilege)), Some(privilege));
            }
        }
        for bad in ["", "15", "x:", "15:x", "256:"] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}

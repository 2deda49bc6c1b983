//! Customers' accounts: opened once, found, never changed by who comes later.

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, IntoActiveModel,
    QuerySelect, QueryTrait,
};

use super::entity::account::{Column, Entity, Model};
use super::{Error, Store, broken};
use crate::domain::CustomerId;
use crate::domain::account::{Account, Country, Domain, Profile};

impl Store {
    /// Whether a customer has an account.
    pub(crate) async fn has_account(&self, id: &CustomerId) -> Result<bool, Error> {
        Ok(Entity::find_by_id(id.clone())
            .one(self.db.reader())
            .await?
            .is_some())
    }
}

/// Opens an account, or answers the one there is, whatever it was opened with. Either way it is locked.
pub(super) async fn open(tx: &DatabaseTransaction, account: Account) -> Result<Account, DbErr> {
    let id = account.id.clone();
    let mut insert = Entity::insert(Model::from(account).into_active_model())
        // a change of nothing, which waits for the row, locks it and answers it
        .on_conflict(
            OnConflict::column(Column::Id)
                .update_column(Column::Id)
                .to_owned(),
        )
        .into_query();
    insert.returning_all();
    let row = tx
        .query_one(&insert)
        .await?
        .ok_or_else(|| broken("account", id))?;
    Model::from_query_result(&row, "")?.try_into()
}

/// The account that there is, locked.
pub(super) async fn lock(
    tx: &DatabaseTransaction,
    id: &CustomerId,
) -> Result<Option<Account>, DbErr> {
    let row = Entity::find_by_id(id.clone())
        .lock_exclusive()
        .one(tx)
        .await?;
    row.map(Account::try_from).transpose()
}

impl TryFrom<Model> for Account {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let broken = |_| broken("account", &row.id);
        let country = Country::parse(&row.country).map_err(broken)?;
        let domain = Domain::parse(&row.domain).map_err(broken)?;
        Ok(Self {
            id: row.id,
            profile: Profile {
                display_name: row.display_name,
                country,
                domain,
            },
            opened_by: row.opened_by,
            create_time: row.create_time,
        })
    }
}

impl From<Account> for Model {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            display_name: account.profile.display_name,
            country: account.profile.country.as_str().to_owned(),
            domain: account.profile.domain.as_str().to_owned(),
            opened_by: account.opened_by,
            create_time: account.create_time,
        }
    }
}

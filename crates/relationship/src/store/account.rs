//! Customers' accounts: opened once, found, never changed by who comes later, only by
//! ChangeAccount.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use vocabulary::country::Country;
use vocabulary::domain::Domain;
use vocabulary::id::CustomerId;
use vocabulary::name::PartnerCustomerName;

use super::access::{self, Pair};
use super::entity::account::{Column, Entity, Model};
use super::{Error, Store, broken, relationship};
use crate::domain::Refusal;
use crate::domain::access::Grounds;
use crate::domain::account::{Account, Profile};
use platform::clock::Time;
use platform::store::command::Command;

impl Store {
    /// A customer's account, if it has one.
    pub(crate) async fn account(&self, id: &CustomerId) -> Result<Option<Account>, Error> {
        Ok(find(self.db.reader(), id).await?)
    }

    /// What there is between a partner and a customer, and the customer's account, as of one
    /// moment.
    pub(crate) async fn grounds_with_account(
        &self,
        pair: Pair,
        now: Time,
    ) -> Result<(Grounds, Option<Account>), Error> {
        self.db
            .snapshot(move |tx| {
                Box::pin(async move {
                    let account = find(tx, &pair.1).await?;
                    Ok((access::between(tx, pair, now).await?, account))
                })
            })
            .await
    }

    /// Changes a customer's account for a partner that `may`, which answers on what ground, by a
    /// rule.
    pub(crate) async fn change_account(
        &self,
        (partner, customer): Pair,
        command: Command,
        may: impl FnOnce(&Grounds, Time) -> Result<String, Error> + Send + 'static,
        rule: impl FnOnce(Account, Time) -> Result<Account, Error> + Send + 'static,
    ) -> Result<Account, Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let name = PartnerCustomerName::new(&partner, &customer).to_string();
                    let repeated = command.repeats(tx, &name, &clock).await?.is_some();
                    let now = clock.now();
                    let pair = (partner, customer.clone());
                    // also of a repeat: it answers what others may have changed since
                    let ground = may(&access::between(tx, pair, now).await?, now)?;
                    if repeated {
                        let found = find(tx, &customer).await?;
                        return found.ok_or_else(|| Refusal::NotFound.into());
                    }
                    let found = lock(tx, &customer).await?.ok_or(Refusal::NotFound)?;
                    let account = rule(found, clock.now())?;
                    update(tx, &account).await?;
                    relationship::update_keys(tx, &account).await?;
                    let detail = format!("version {} by {ground}", account.version);
                    command.record(tx, &name, &detail, &clock).await?;
                    Ok(account)
                })
            })
            .await
    }
}

/// The account that there is.
pub(super) async fn find(
    connection: &impl ConnectionTrait,
    id: &CustomerId,
) -> Result<Option<Account>, DbErr> {
    let row = Entity::find_by_id(id.clone()).one(connection).await?;
    row.map(Account::try_from).transpose()
}

/// Opens an account, or answers the one there is, whatever it was opened with. Either way it is
/// locked.
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

/// Opens accounts, in the order of their ids, or finds those that there are; answers them in the
/// same order. Those that were there are locked: what they show does not change meanwhile.
pub(super) async fn open_many(
    tx: &DatabaseTransaction,
    accounts: Vec<Account>,
) -> Result<Vec<Account>, DbErr> {
    let rows = accounts.iter().cloned().map(Model::from);
    let mut insert = Entity::insert_many(rows.map(IntoActiveModel::into_active_model))
        .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
        .into_query();
    insert.returning_col(Column::Id);
    let opened = tx.query_all(&insert).await?;
    let opened = opened.iter().map(|row| row.try_get("", "id"));
    let opened: HashSet<CustomerId> = opened.collect::<Result<_, _>>()?;
    if opened.len() == accounts.len() {
        return Ok(accounts);
    }
    let others = accounts.iter().map(|account| &account.id);
    let others = others.filter(|id| !opened.contains(id)).cloned();
    let rows = Entity::find()
        .filter(Column::Id.is_in(others))
        .order_by_asc(Column::Id)
        .lock_shared()
        .all(tx)
        .await?;
    let there = rows
        .into_iter()
        .map(|row| Ok((row.id.clone(), row.try_into()?)));
    let mut there: HashMap<CustomerId, Account> = there.collect::<Result<_, DbErr>>()?;
    let now_there = accounts.into_iter().map(|account| {
        let found = there.remove(&account.id);
        found.unwrap_or(account)
    });
    Ok(now_there.collect())
}

/// Writes what a rule may change of an account.
pub(super) async fn update(tx: &DatabaseTransaction, account: &Account) -> Result<(), DbErr> {
    let row = Model::from(account.clone()).into_active_model();
    Entity::update(row.reset_all())
        .exec_without_returning(tx)
        .await
        .map(drop)
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
        Ok(Self {
            id: row.id,
            profile: Profile {
                display_name: row.display_name,
                country,
                domain: Domain::kept(row.domain),
            },
            opened_by: row.opened_by,
            create_time: row.create_time,
            update_time: row.update_time.unwrap_or(row.create_time),
            version: row.version,
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
            update_time: Some(account.update_time),
            version: account.version,
        }
    }
}

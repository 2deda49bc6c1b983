//! The rows of licences: found by whom they are of, locked, and written with the subscription that
//! counts them.

use std::collections::HashMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};
use vocabulary::id::{CustomerId, LicenseId, UserId};

use super::WithSubscription;
use crate::domain::Refusal;
use crate::domain::license::License;
use crate::store::entity::license::{Column, Entity, Model};
use crate::store::{Error, broken, subscription};

pub(super) fn of_users(users: impl IntoIterator<Item = UserId>) -> Select<Entity> {
    Entity::find()
        .filter(Column::Person.is_in(users))
        .filter(Column::WithdrawTime.is_null())
}

pub(super) fn point(customer: &CustomerId, id: LicenseId) -> Select<Entity> {
    Entity::find_by_id(id).filter(Column::Customer.eq(customer.clone()))
}

pub(super) async fn find(
    connection: &impl ConnectionTrait,
    customer: &CustomerId,
    id: LicenseId,
) -> Result<License, Error> {
    let row = point(customer, id).one(connection).await?;
    Ok(row.ok_or(Refusal::NotFound)?.into())
}

/// The assigned licences of a user that is locked, each with its subscription; both are locked
/// then.
pub(in crate::store) async fn lock_of_user(
    tx: &DatabaseTransaction,
    user: UserId,
) -> Result<Vec<WithSubscription>, DbErr> {
    // none is added while the user is locked; one may be withdrawn until its subscription is
    let seen = of_users([user]).all(tx).await?;
    let subscriptions = seen.into_iter().map(|license| license.subscription);
    let subscriptions = subscription::lock_all(tx, subscriptions).await?;
    let mut subscriptions: HashMap<_, _> =
        subscriptions.into_iter().map(|one| (one.id, one)).collect();
    let licenses = of_users([user]).order_by_asc(Column::Id).lock_exclusive();
    let licenses = licenses.all(tx).await?;
    let pairs = licenses.into_iter().map(|license| {
        let subscription = subscriptions.remove(&license.subscription);
        let subscription = subscription.ok_or_else(|| broken("license", license.id))?;
        Ok((license.into(), subscription))
    });
    pairs.collect()
}

/// The licences with these ids, and the assigned ones of these users. Their users and subscriptions
/// are locked.
pub(in crate::store) async fn all_of(
    tx: &DatabaseTransaction,
    ids: Vec<LicenseId>,
    users: Vec<UserId>,
) -> Result<Vec<License>, DbErr> {
    let mut rows = of_users(users).all(tx).await?;
    let named = Entity::find().filter(Column::Id.is_in(ids));
    rows.extend(named.all(tx).await?);
    Ok(rows.into_iter().map(License::from).collect())
}

/// Writes a licence and its subscription, which are locked.
pub(in crate::store) async fn update(
    tx: &DatabaseTransaction,
    (license, subscription): &WithSubscription,
) -> Result<(), DbErr> {
    let row = Model::from(license.clone()).into_active_model();
    Entity::update(row.reset_all())
        .exec_without_returning(tx)
        .await?;
    subscription::update(tx, subscription).await
}

/// Writes licences that are new or locked.
pub(in crate::store) async fn upsert(
    tx: &DatabaseTransaction,
    licenses: Vec<License>,
) -> Result<(), DbErr> {
    if licenses.is_empty() {
        return Ok(());
    }
    let replace = OnConflict::column(Column::Id)
        .update_column(Column::AssignTime)
        .to_owned();
    let rows = licenses.into_iter().map(Model::from);
    Entity::insert_many(rows.map(Model::into_active_model))
        .on_conflict(replace)
        .exec_without_returning(tx)
        .await
        .map(drop)
}

impl From<License> for Model {
    fn from(license: License) -> Self {
        Self {
            id: license.id,
            customer: license.customer,
            subscription: license.subscription,
            person: license.user,
            assign_time: license.assign_time,
            withdraw_time: license.withdraw_time,
        }
    }
}

impl From<Model> for License {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            customer: row.customer,
            subscription: row.subscription,
            user: row.person,
            assign_time: row.assign_time,
            withdraw_time: row.withdraw_time,
        }
    }
}

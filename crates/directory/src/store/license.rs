//! Licences: listed, assigned and withdrawn, each time with the subscription that counts them.

use std::collections::HashMap;

use platform::clock::Time;
use platform::page::{self, Page, PageRequest};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::entity::license::{Column, Entity, Model};
use super::{Act, Error, Store, broken, subscription, user};
use crate::domain::license::License;
use crate::domain::subscription::Subscription;
use crate::domain::user::User;
use crate::domain::{CustomerId, LicenseId, Refusal, SubscriptionId, UserId, name};

/// A licence, and the subscription that counts it.
pub(crate) type WithSubscription = (License, Subscription);

impl Store {
    /// A page of a customer's assigned licences, the newest first.
    pub(crate) async fn list_licenses(
        &self,
        customer: &CustomerId,
        page: &PageRequest<(Time, LicenseId)>,
    ) -> Result<Page<License>, Error> {
        let rows = licenses_newest(customer, page.after(), page.limit());
        let rows = rows.all(self.db.reader()).await?;
        let licenses = rows.into_iter().map(License::from).collect();
        Ok(page.page(licenses, |one: &License| (one.assign_time, one.id)))
    }

    /// Assigns a licence by a rule, which gets its id, the subscription, the user, and the licence that the user has.
    pub(crate) async fn assign_license(
        &self,
        customer: CustomerId,
        (subscription, user): (SubscriptionId, UserId),
        act: Act,
        rule: impl FnOnce(
            LicenseId,
            Subscription,
            &User,
            Option<LicenseId>,
            Time,
        ) -> Result<WithSubscription, Refusal>
        + Send
        + 'static,
    ) -> Result<License, Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let id = LicenseId::from(clock.id());
                    let name = name::license(&customer, id);
                    if let Some(earlier) = act.repeats(tx, &name, &clock).await? {
                        let (customer, id) = name::parse_license(&earlier)
                            .map_err(|_| broken("the act for", &earlier))?;
                        return find(tx, &customer, id).await;
                    }
                    let user = user::lock(tx, &customer, user).await?;
                    let found = subscription::lock(tx, &customer, subscription).await?;
                    let held = held(user.id, subscription).one(tx).await?;
                    let held = held.map(|license| license.id);
                    let (license, found) = rule(id, found, &user, held, clock.now())?;
                    let row = Model::from(license.clone()).into_active_model();
                    Entity::insert(row).exec_without_returning(tx).await?;
                    subscription::update(tx, &found).await?;
                    Ok(license)
                })
            })
            .await
    }

    /// Withdraws a customer's licence by a rule.
    pub(crate) async fn withdraw_license(
        &self,
        customer: CustomerId,
        id: LicenseId,
        act: Act,
        rule: impl FnOnce(License, Subscription, Time) -> Result<WithSubscription, Refusal>
        + Send
        + 'static,
    ) -> Result<License, Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let name = name::license(&customer, id);
                    if act.repeats(tx, &name, &clock).await?.is_some() {
                        return find(tx, &customer, id).await;
                    }
                    // of which subscription it is never changes, so it may be read before the lock
                    let of = find(tx, &customer, id).await?.subscription;
                    let found = subscription::lock(tx, &customer, of).await?;
                    let license = point(&customer, id).lock_exclusive().one(tx).await?;
                    let license = license.ok_or(Refusal::NotFound)?.into();
                    let withdrawn = rule(license, found, clock.now())?;
                    update(tx, &withdrawn).await?;
                    Ok(withdrawn.0)
                })
            })
            .await
    }
}

/// The statement of a list of a customer's licences.
pub(super) fn licenses_newest(
    customer: &CustomerId,
    after: Option<&(Time, LicenseId)>,
    limit: u64,
) -> Select<Entity> {
    let mut select = Entity::find()
        .filter(Column::Customer.eq(customer.clone()))
        .filter(Column::WithdrawTime.is_null())
        .order_by_desc(Column::AssignTime)
        .order_by_desc(Column::Id)
        .limit(limit);
    if let Some(after) = after {
        select = select.filter(page::below((Column::AssignTime, Column::Id), after));
    }
    select
}

/// The statement that finds the assigned licence of a user.
pub(super) fn held(user: UserId, subscription: SubscriptionId) -> Select<Entity> {
    of_users([user]).filter(Column::Subscription.eq(subscription))
}

fn of_users(users: impl IntoIterator<Item = UserId>) -> Select<Entity> {
    Entity::find()
        .filter(Column::Person.is_in(users))
        .filter(Column::WithdrawTime.is_null())
}

fn point(customer: &CustomerId, id: LicenseId) -> Select<Entity> {
    Entity::find_by_id(id).filter(Column::Customer.eq(customer.clone()))
}

async fn find(
    connection: &impl ConnectionTrait,
    customer: &CustomerId,
    id: LicenseId,
) -> Result<License, Error> {
    let row = point(customer, id).one(connection).await?;
    Ok(row.ok_or(Refusal::NotFound)?.into())
}

/// The assigned licences of a user that is locked, each with its subscription; both are locked then.
pub(super) async fn lock_of_user(
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

/// The licences with these ids, and the assigned ones of these users. Their users and subscriptions are locked.
pub(super) async fn all_of(
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
pub(super) async fn update(
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
pub(super) async fn upsert(tx: &DatabaseTransaction, licenses: Vec<License>) -> Result<(), DbErr> {
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

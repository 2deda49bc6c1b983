//! Licences: listed, assigned and withdrawn, each time with the subscription that counts them.

pub(super) mod rows;

use platform::clock::Time;
use platform::page::{self, Page, PageRequest};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};
use vocabulary::id::{CustomerId, LicenseId, SubscriptionId, UserId};
use vocabulary::name::LicenseName;

use self::rows::{find, of_users, point, update};
use super::entity::license::{Column, Entity, Model};
use super::{Command, Error, Store, broken, subscription, user};
use crate::domain::Refusal;
use crate::domain::license::License;
use crate::domain::subscription::Subscription;
use crate::domain::user::User;

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

    /// Assigns a licence by a rule, which gets its id, the subscription, the user, and the licence
    /// that the user has.
    pub(crate) async fn assign_license(
        &self,
        customer: CustomerId,
        (subscription, user): (SubscriptionId, UserId),
        command: Command,
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
                    let name = LicenseName::new(&customer, id).to_string();
                    if let Some(earlier) = command.repeats(tx, &name, &clock).await? {
                        let (customer, id) = LicenseName::ids_of(&earlier)
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
        command: Command,
        rule: impl FnOnce(License, Subscription, Time) -> Result<WithSubscription, Refusal>
        + Send
        + 'static,
    ) -> Result<License, Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let name = LicenseName::new(&customer, id).to_string();
                    if command.repeats(tx, &name, &clock).await?.is_some() {
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

//! Subscriptions: listed, changed by a rule, and locked for the rules of orders and licences.

use platform::clock::Time;
use platform::page::{self, Page, PageRequest};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};
use vocabulary::id::{CustomerId, SubscriptionId};
use vocabulary::name::SubscriptionName;

use super::entity::subscription::{Column, Entity, Model};
use super::{Command, Error, Store, broken};
use crate::domain::Refusal;
use crate::domain::field::Quantity;
use crate::domain::subscription::{State, Subscription};

impl Store {
    /// A page of a customer's subscriptions, the newest first.
    pub(crate) async fn list_subscriptions(
        &self,
        customer: &CustomerId,
        state: Option<State>,
        page: &PageRequest<(Time, SubscriptionId)>,
    ) -> Result<Page<Subscription>, Error> {
        let rows = subscriptions_newest(customer, state, page.after(), page.limit());
        let rows = all(rows, self.db.reader()).await?;
        Ok(page.page(rows, |one: &Subscription| (one.create_time, one.id)))
    }

    /// Changes a customer's subscription by a rule.
    pub(crate) async fn change_subscription(
        &self,
        customer: CustomerId,
        id: SubscriptionId,
        command: Command,
        rule: impl FnOnce(Subscription, Time) -> Result<Subscription, Error> + Send + 'static,
    ) -> Result<Subscription, Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let name = SubscriptionName::new(&customer, id).to_string();
                    if command.repeats(tx, &name, &clock).await?.is_some() {
                        return find(tx, &customer, id).await;
                    }
                    let found = lock(tx, &customer, id).await?;
                    let subscription = rule(found, clock.now())?;
                    update(tx, &subscription).await?;
                    Ok(subscription)
                })
            })
            .await
    }
}

/// The statement of a list of a customer's subscriptions.
pub(super) fn subscriptions_newest(
    customer: &CustomerId,
    state: Option<State>,
    after: Option<&(Time, SubscriptionId)>,
    limit: u64,
) -> Select<Entity> {
    let mut select = Entity::find()
        .filter(Column::Customer.eq(customer.clone()))
        .order_by_desc(Column::CreateTime)
        .order_by_desc(Column::Id)
        .limit(limit);
    if let Some(state) = state {
        select = select.filter(Column::State.eq(state));
    }
    if let Some(after) = after {
        select = select.filter(page::below((Column::CreateTime, Column::Id), after));
    }
    select
}

fn point(customer: &CustomerId, id: SubscriptionId) -> Select<Entity> {
    Entity::find_by_id(id).filter(Column::Customer.eq(customer.clone()))
}

/// A customer's subscription as it stands.
pub(super) async fn find(
    connection: &impl ConnectionTrait,
    customer: &CustomerId,
    id: SubscriptionId,
) -> Result<Subscription, Error> {
    let row = point(customer, id).one(connection).await?;
    Ok(row.ok_or(Refusal::NotFound)?.try_into()?)
}

/// A customer's subscription, which nobody changes while this transaction lasts.
pub(super) async fn lock(
    tx: &DatabaseTransaction,
    customer: &CustomerId,
    id: SubscriptionId,
) -> Result<Subscription, Error> {
    let row = point(customer, id).lock_exclusive().one(tx).await?;
    Ok(row.ok_or(Refusal::NotFound)?.try_into()?)
}

/// Those of these subscriptions that there are, locked in the order of their ids.
pub(super) async fn lock_all(
    tx: &DatabaseTransaction,
    ids: impl IntoIterator<Item = SubscriptionId>,
) -> Result<Vec<Subscription>, DbErr> {
    let select = Entity::find()
        .filter(Column::Id.is_in(ids))
        .order_by_asc(Column::Id)
        .lock_exclusive();
    all(select, tx).await
}

/// What a statement finds.
pub(super) async fn all(
    select: Select<Entity>,
    connection: &impl ConnectionTrait,
) -> Result<Vec<Subscription>, DbErr> {
    let rows = select.all(connection).await?;
    rows.into_iter().map(Subscription::try_from).collect()
}

/// Adds a subscription, which is not there yet.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    subscription: &Subscription,
) -> Result<(), DbErr> {
    let row = Model::from(subscription.clone()).into_active_model();
    Entity::insert(row)
        .exec_without_returning(tx)
        .await
        .map(drop)
}

/// Writes a subscription that is locked.
pub(super) async fn update(
    tx: &DatabaseTransaction,
    subscription: &Subscription,
) -> Result<(), DbErr> {
    let row = Model::from(subscription.clone()).into_active_model();
    Entity::update(row.reset_all())
        .exec_without_returning(tx)
        .await
        .map(drop)
}

/// Writes subscriptions that are new or locked.
pub(super) async fn upsert(
    tx: &DatabaseTransaction,
    subscriptions: Vec<Subscription>,
) -> Result<(), DbErr> {
    if subscriptions.is_empty() {
        return Ok(());
    }
    let replace = OnConflict::column(Column::Id)
        .update_columns([
            Column::Offer,
            Column::DisplayName,
            Column::State,
            Column::Renewal,
            Column::Quantity,
            Column::AssignedQuantity,
            Column::CreateTime,
            Column::UpdateTime,
            Column::Version,
        ])
        .to_owned();
    let rows = subscriptions.into_iter().map(Model::from);
    Entity::insert_many(rows.map(Model::into_active_model))
        .on_conflict(replace)
        .exec_without_returning(tx)
        .await
        .map(drop)
}

impl From<Subscription> for Model {
    fn from(subscription: Subscription) -> Self {
        Self {
            id: subscription.id,
            customer: subscription.customer,
            offer: subscription.offer,
            display_name: subscription.display_name,
            state: subscription.state,
            renewal: subscription.renewal,
            quantity: subscription.quantity.get(),
            assigned_quantity: subscription.assigned,
            create_time: subscription.create_time,
            update_time: subscription.update_time,
            version: subscription.version,
        }
    }
}

impl TryFrom<Model> for Subscription {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let quantity = Quantity::parse(row.quantity.into());
        Ok(Self {
            quantity: quantity.map_err(|_| broken("subscription", row.id))?,
            id: row.id,
            customer: row.customer,
            offer: row.offer,
            display_name: row.display_name,
            state: row.state,
            renewal: row.renewal,
            assigned: row.assigned_quantity,
            create_time: row.create_time,
            update_time: row.update_time,
            version: row.version,
        })
    }
}

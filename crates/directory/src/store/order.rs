//! Orders: taken with the subscription that they make or raise, in one transaction.

use platform::clock::Time;
use platform::page::{self, Page, PageRequest};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, Select,
};
use vocabulary::id::{CustomerId, OrderId, PartnerId, SubscriptionId};
use vocabulary::name::OrderName;

use super::entity::customer_order::{Column, Entity, Model};
use super::{Command, Error, Store, broken, subscription};
use crate::domain::Refusal;
use crate::domain::field::Quantity;
use crate::domain::order::Order;
use crate::domain::subscription::Subscription;

/// An order, and its subscription as it stands.
pub(crate) type WithSubscription = (Order, Subscription);

impl Store {
    /// A page of what a partner has ordered for a customer, the newest first.
    pub(crate) async fn list_orders(
        &self,
        customer: &CustomerId,
        partner: &PartnerId,
        page: &PageRequest<(Time, OrderId)>,
    ) -> Result<Page<Order>, Error> {
        let rows = orders_newest(customer, partner, page.after(), page.limit());
        let rows = rows.all(self.db.reader()).await?.into_iter();
        let orders = rows.map(Order::try_from).collect::<Result<_, _>>()?;
        Ok(page.page(orders, |order: &Order| (order.create_time, order.id)))
    }

    /// Takes an order of a new subscription: the rule gets the ids of both.
    pub(crate) async fn order_new(
        &self,
        customer: CustomerId,
        command: Command,
        rule: impl FnOnce((OrderId, SubscriptionId), Time) -> WithSubscription + Send + 'static,
    ) -> Result<WithSubscription, Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let id = OrderId::from(clock.id());
                    let name = OrderName::new(&customer, id).to_string();
                    if let Some(earlier) = command.repeats(tx, &name, &clock).await? {
                        return find(tx, &earlier).await;
                    }
                    let (order, made) = rule((id, clock.id().into()), clock.now());
                    subscription::insert(tx, &made).await?;
                    insert(tx, &order).await?;
                    Ok((order, made))
                })
            })
            .await
    }

    /// Takes an order of more licences on a customer's subscription.
    pub(crate) async fn order_more(
        &self,
        customer: CustomerId,
        subscription: SubscriptionId,
        command: Command,
        rule: impl FnOnce(OrderId, Subscription, Time) -> Result<WithSubscription, Refusal>
        + Send
        + 'static,
    ) -> Result<WithSubscription, Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let id = OrderId::from(clock.id());
                    let name = OrderName::new(&customer, id).to_string();
                    if let Some(earlier) = command.repeats(tx, &name, &clock).await? {
                        return find(tx, &earlier).await;
                    }
                    let found = subscription::lock(tx, &customer, subscription).await?;
                    let (order, raised) = rule(id, found, clock.now())?;
                    subscription::update(tx, &raised).await?;
                    insert(tx, &order).await?;
                    Ok((order, raised))
                })
            })
            .await
    }
}

/// The statement of a list of what a partner has ordered for a customer.
pub(super) fn orders_newest(
    customer: &CustomerId,
    partner: &PartnerId,
    after: Option<&(Time, OrderId)>,
    limit: u64,
) -> Select<Entity> {
    let select = Entity::find()
        .filter(Column::Customer.eq(customer.clone()))
        .filter(Column::Partner.eq(partner.clone()))
        .order_by_desc(Column::CreateTime)
        .order_by_desc(Column::Id)
        .limit(limit);
    match after {
        Some(after) => select.filter(page::below((Column::CreateTime, Column::Id), after)),
        None => select,
    }
}

/// The order of this name, which an earlier command made.
async fn find(connection: &impl ConnectionTrait, name: &str) -> Result<WithSubscription, Error> {
    let (customer, id) = OrderName::ids_of(name).map_err(|_| broken("the act for", name))?;
    let row = Entity::find_by_id(id)
        .filter(Column::Customer.eq(customer.clone()))
        .one(connection)
        .await?;
    let order = Order::try_from(row.ok_or(Refusal::NotFound)?)?;
    let subscription = subscription::find(connection, &customer, order.subscription).await?;
    Ok((order, subscription))
}

async fn insert(tx: &DatabaseTransaction, order: &Order) -> Result<(), DbErr> {
    let row = Model {
        id: order.id,
        customer: order.customer.clone(),
        partner: order.partner.clone(),
        kind: order.kind,
        subscription: order.subscription,
        quantity: order.quantity.get(),
        create_time: order.create_time,
    };
    Entity::insert(row.into_active_model())
        .exec_without_returning(tx)
        .await
        .map(drop)
}

impl TryFrom<Model> for Order {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let quantity = Quantity::parse(row.quantity.into());
        Ok(Self {
            quantity: quantity.map_err(|_| broken("customer_order", row.id))?,
            id: row.id,
            customer: row.customer,
            partner: row.partner,
            kind: row.kind,
            subscription: row.subscription,
            create_time: row.create_time,
        })
    }
}

//! Users: listed, added and removed. A removal withdraws the user's licences in the same
//! transaction.

use std::collections::BTreeSet;

use platform::clock::Time;
use platform::page::{self, Page, PageRequest};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};
use vocabulary::id::{CustomerId, UserId};
use vocabulary::name::UserName;

use super::entity::person::{Column, Entity, Model};
use super::license::rows as licenses;
use super::{Command, Error, Store, broken};
use crate::domain::Refusal;
use crate::domain::field::SignInName;
use crate::domain::user::User;

impl Store {
    /// A page of a customer's users, the newest first, without those removed.
    pub(crate) async fn list_users(
        &self,
        customer: &CustomerId,
        page: &PageRequest<(Time, UserId)>,
    ) -> Result<Page<User>, Error> {
        let rows = users_newest(customer, page.after(), page.limit());
        let rows = all(rows, self.db.reader()).await?;
        Ok(page.page(rows, |user: &User| (user.create_time, user.id)))
    }

    /// Adds a user by a rule, which gets its id.
    pub(crate) async fn add_user(
        &self,
        customer: CustomerId,
        command: Command,
        rule: impl FnOnce(UserId, Time) -> User + Send + 'static,
    ) -> Result<User, Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let id = UserId::from(clock.id());
                    let name = UserName::new(&customer, id).to_string();
                    if let Some(earlier) = command.repeats(tx, &name, &clock).await? {
                        let (customer, id) = UserName::ids_of(&earlier)
                            .map_err(|_| broken("the act for", &earlier))?;
                        return find(tx, &customer, id).await;
                    }
                    let user = rule(id, clock.now());
                    insert(tx, &user).await?;
                    Ok(user)
                })
            })
            .await
    }

    /// Removes a customer's user by a rule, and withdraws its licences.
    pub(crate) async fn remove_user(
        &self,
        customer: CustomerId,
        id: UserId,
        command: Command,
        rule: impl FnOnce(User, Time) -> Result<User, Refusal> + Send + 'static,
    ) -> Result<User, Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let name = UserName::new(&customer, id).to_string();
                    if command.repeats(tx, &name, &clock).await?.is_some() {
                        return find(tx, &customer, id).await;
                    }
                    let found = lock(tx, &customer, id).await?;
                    let held = licenses::lock_of_user(tx, id).await?;
                    let now = clock.now();
                    let user = rule(found, now)?;
                    update(tx, &user).await?;
                    for (license, subscription) in held {
                        let withdrawn = license.withdraw(subscription, now)?;
                        licenses::update(tx, &withdrawn).await?;
                    }
                    Ok(user)
                })
            })
            .await
    }
}

/// The statement of a list of a customer's users.
pub(super) fn users_newest(
    customer: &CustomerId,
    after: Option<&(Time, UserId)>,
    limit: u64,
) -> Select<Entity> {
    let mut select = Entity::find()
        .filter(Column::Customer.eq(customer.clone()))
        .filter(Column::RemoveTime.is_null())
        .order_by_desc(Column::CreateTime)
        .order_by_desc(Column::Id)
        .limit(limit);
    if let Some(after) = after {
        select = select.filter(page::below((Column::CreateTime, Column::Id), after));
    }
    select
}

fn point(customer: &CustomerId, id: UserId) -> Select<Entity> {
    Entity::find_by_id(id).filter(Column::Customer.eq(customer.clone()))
}

async fn find(
    connection: &impl ConnectionTrait,
    customer: &CustomerId,
    id: UserId,
) -> Result<User, Error> {
    let row = point(customer, id).one(connection).await?;
    Ok(row.ok_or(Refusal::NotFound)?.try_into()?)
}

/// A customer's user, whom nobody removes or gives a licence while this transaction lasts.
pub(super) async fn lock(
    tx: &DatabaseTransaction,
    customer: &CustomerId,
    id: UserId,
) -> Result<User, Error> {
    let row = point(customer, id).lock_exclusive().one(tx).await?;
    Ok(row.ok_or(Refusal::NotFound)?.try_into()?)
}

/// The users with these ids, whoever's they are, and those of these customers with these folded
/// sign-in names, locked in the order of their ids.
pub(super) async fn lock_all(
    tx: &DatabaseTransaction,
    mut ids: Vec<UserId>,
    (customers, keys): (BTreeSet<CustomerId>, Vec<String>),
) -> Result<Vec<User>, DbErr> {
    let named: Vec<UserId> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::SignInKey.is_in(keys))
        .filter(Column::Customer.is_in(customers))
        .filter(Column::RemoveTime.is_null())
        .into_tuple()
        .all(tx)
        .await?;
    ids.extend(named);
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
) -> Result<Vec<User>, DbErr> {
    let rows = select.all(connection).await?;
    rows.into_iter().map(User::try_from).collect()
}

/// Adds a user unless another one of the customer has its sign-in name.
async fn insert(tx: &DatabaseTransaction, user: &User) -> Result<(), Error> {
    let row = Model::from(user.clone()).into_active_model();
    let inserted = Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    // its id is new, so it is the name that was in the way
    match inserted {
        0 => Err(Refusal::SignInNameTaken.into()),
        _ => Ok(()),
    }
}

async fn update(tx: &DatabaseTransaction, user: &User) -> Result<(), DbErr> {
    let row = Model::from(user.clone()).into_active_model();
    Entity::update(row.reset_all())
        .exec_without_returning(tx)
        .await
        .map(drop)
}

/// Writes users that are new or locked. Those `renamed` give up their names first, which others of
/// them may take.
pub(super) async fn upsert(
    tx: &DatabaseTransaction,
    users: Vec<User>,
    renamed: Vec<UserId>,
) -> Result<(), DbErr> {
    if !renamed.is_empty() {
        Entity::update_many()
            // no name is without an @
            .col_expr(Column::SignInKey, Expr::col(Column::Id).cast_as("text"))
            .filter(Column::Id.is_in(renamed))
            .exec(tx)
            .await?;
    }
    if users.is_empty() {
        return Ok(());
    }
    let replace = OnConflict::column(Column::Id)
        .update_columns([
            Column::DisplayName,
            Column::SignInName,
            Column::SignInKey,
            Column::CreateTime,
        ])
        .to_owned();
    let rows = users.into_iter().map(Model::from);
    Entity::insert_many(rows.map(Model::into_active_model))
        .on_conflict(replace)
        .exec_without_returning(tx)
        .await
        .map(drop)
}

impl From<User> for Model {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            customer: user.customer,
            display_name: user.display_name,
            sign_in_key: user.sign_in_name.key(),
            sign_in_name: user.sign_in_name.as_str().to_owned(),
            create_time: user.create_time,
            remove_time: user.remove_time,
        }
    }
}

impl TryFrom<Model> for User {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        Ok(Self {
            sign_in_name: SignInName::kept(row.sign_in_name),
            id: row.id,
            customer: row.customer,
            display_name: row.display_name,
            create_time: row.create_time,
            remove_time: row.remove_time,
        })
    }
}

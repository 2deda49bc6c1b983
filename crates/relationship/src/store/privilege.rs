//! Delegated admin privileges: listed, read and ended. Granting them stands with the decision.

use platform::clock::Time;
use platform::page::{self, MAX_SIZE, Page, PageRequest};
use platform::store::command::Command;
use platform::store::db::BATCH;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};
use vocabulary::id::{CustomerId, PartnerId, PrivilegeId};
use vocabulary::name::PrivilegeName;
use vocabulary::permission::Areas;

use super::entity::privilege::{ActiveModel, Column, Entity, Model};
use super::names::{Named, named};
use super::partner::visible;
use super::{Error, Store, change};
use crate::domain::change::Changes;
use crate::domain::privilege::{Privilege, State};
use crate::domain::{Names, Refusal, Scope};

/// How many rows a statement inserts at most.
const INSERTED: usize = 1_000;

/// A privilege, and what its partner and its customer are called.
pub(crate) type WithNames = (Privilege, Names);

impl Store {
    /// A page of privileges, the newest first, in this state at `now`. A page may be short although
    /// more follow: the rows read are bounded.
    pub(crate) async fn list_privileges(
        &self,
        scope: &Scope,
        state: Option<State>,
        now: Time,
        page: &PageRequest<(Time, PrivilegeId)>,
    ) -> Result<Page<WithNames>, Error> {
        let limit = match state {
            None | Some(State::Terminated) => page.limit(),
            // which of the two a row is, only the time tells
            Some(State::Active | State::Expired) => MAX_SIZE as u64 + 1,
        };
        let select = with_names(privileges_newest(scope, state, page.after(), limit));
        let rows = select.into_model::<Named<Model>>();
        let rows = rows.all(self.db.reader()).await?;
        let count = rows.len() as u64;
        let mut privileges: Vec<_> = rows.into_iter().map(read).collect();
        let last_read = privileges.last().filter(|_| count == limit).map(position);
        privileges.retain(|(one, _)| state.is_none_or(|state| one.state(now) == state));
        if privileges.len() > page.size() {
            return Ok(page.page(privileges, position));
        }
        Ok(page.page_until(privileges, last_read))
    }

    /// A partner's privilege.
    pub(crate) async fn privilege(
        &self,
        partner: &PartnerId,
        id: PrivilegeId,
    ) -> Result<WithNames, Error> {
        find(self.db.reader(), partner, id).await
    }

    /// Ends a partner's privilege by a rule.
    pub(crate) async fn terminate_privilege(
        &self,
        partner: PartnerId,
        id: PrivilegeId,
        command: Command,
        rule: impl FnOnce(Privilege, Time) -> Result<Privilege, Error> + Send + 'static,
    ) -> Result<WithNames, Error> {
        let clock = self.clock.clone();
        let terminated = self
            .db
            .transaction(move |tx| {
                Box::pin(async move {
                    let name = PrivilegeName::new(&partner, id).to_string();
                    if command.repeats(tx, &name, &clock).await?.is_some() {
                        return find(tx, &partner, id).await;
                    }
                    let row = point(&partner, id).lock_exclusive();
                    let row = row.into_model::<Named<Model>>().one(tx).await?;
                    let (found, names) = read(row.ok_or(Refusal::NotFound)?);
                    let now = clock.now();
                    let privilege = rule(found, now)?;
                    update(tx, &privilege).await?;
                    change::append(tx, &Changes::terminated(&privilege, now), &clock).await?;
                    command
                        .record(tx, &name, privilege.state(now).into(), &clock)
                        .await?;
                    Ok((privilege, names))
                })
            })
            .await?;
        self.changed();
        Ok(terminated)
    }
}

/// The statement of a list of privileges. Those that stand and those that have expired are kept
/// alike.
pub(super) fn privileges_newest(
    scope: &Scope,
    state: Option<State>,
    after: Option<&(Time, PrivilegeId)>,
    limit: u64,
) -> Select<Entity> {
    let mut select = Entity::find()
        .order_by_desc(Column::GrantTime)
        .order_by_desc(Column::Id)
        .limit(limit);
    if let Some(partner) = scope.partner() {
        select = select.filter(Column::Partner.eq(partner.clone()));
    }
    if let Some(customer) = scope.customer() {
        select = select.filter(Column::Customer.eq(customer.clone()));
    }
    select = select.filter(visible(match scope.partner() {
        Some(partner) => Expr::val(partner.clone()),
        None => Expr::col(Column::Partner.as_column_ref()),
    }));
    if let Some(state) = state {
        let kept = if state == State::Terminated {
            State::Terminated
        } else {
            State::Active
        };
        select = select.filter(Column::State.eq(kept));
    }
    if let Some(after) = after {
        select = select.filter(page::below((Column::GrantTime, Column::Id), after));
    }
    select
}

/// The privileges of the partner on the customer that stand at a moment, the newest first.
pub(super) fn standing(
    partner: &PartnerId,
    customer: &CustomerId,
    now: Time,
    limit: u64,
) -> Select<Entity> {
    let both = Scope::Both(partner.clone(), customer.clone());
    privileges_newest(&both, Some(State::Active), None, limit).filter(lasting(now))
}

/// The privileges of the partner on the customer that stand now.
pub(super) async fn standing_now(
    tx: &DatabaseTransaction,
    partner: &PartnerId,
    customer: &CustomerId,
    now: Time,
) -> Result<Vec<Privilege>, DbErr> {
    let rows = Entity::find()
        .filter(Column::Partner.eq(partner.clone()))
        .filter(Column::Customer.eq(customer.clone()))
        .filter(Column::State.eq(State::Active))
        .filter(lasting(now))
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(Privilege::from).collect())
}

/// Whether a privilege's time is not over.
pub(super) fn lasting(now: Time) -> Expr {
    let expire_time = || Expr::col((Entity, Column::ExpireTime));
    expire_time().is_null().or(expire_time().gt(now))
}

/// Adds privileges, none of which is there yet.
pub(super) async fn insert_many(
    tx: &DatabaseTransaction,
    privileges: Vec<Privilege>,
) -> Result<(), DbErr> {
    // a statement binds so many values and no more
    for some in privileges.chunks(INSERTED) {
        let rows = some
            .iter()
            .map(|privilege| Model::from(privilege.clone()).into_active_model());
        Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Forgets at most a batch of the privileges of a partner that never took part; answers how many.
pub(super) async fn forget_of(tx: &DatabaseTransaction, partner: &PartnerId) -> Result<u64, DbErr> {
    let some = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Partner.eq(partner.clone()))
        .limit(BATCH)
        .into_query();
    let forgotten = Entity::delete_many().filter(Column::Id.in_subquery(some));
    Ok(forgotten.exec(tx).await?.rows_affected)
}

/// What a statement finds, each with what its partner and its customer are called.
pub(super) fn with_names(select: Select<Entity>) -> Select<Entity> {
    named(select, Column::Partner, Column::Customer)
}

fn point(partner: &PartnerId, id: PrivilegeId) -> Select<Entity> {
    let select = Entity::find_by_id(id)
        .filter(Column::Partner.eq(partner.clone()))
        .filter(visible(Expr::val(partner.clone())));
    with_names(select)
}

async fn find(
    connection: &impl ConnectionTrait,
    partner: &PartnerId,
    id: PrivilegeId,
) -> Result<WithNames, Error> {
    let row = point(partner, id).into_model::<Named<Model>>();
    let row = row.one(connection).await?;
    Ok(read(row.ok_or(Refusal::NotFound)?))
}

fn read(row: Named<Model>) -> WithNames {
    let (row, names) = row.split();
    (row.into(), names)
}

async fn update(tx: &DatabaseTransaction, privilege: &Privilege) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Unchanged(privilege.id),
        state: Set(kept(privilege)),
        terminate_time: Set(privilege.terminate_time),
        version: Set(privilege.version),
        ..Default::default()
    };
    Entity::update(row)
        .exec_without_returning(tx)
        .await
        .map(drop)
}

/// The state as a row has it: whether somebody has ended it.
fn kept(privilege: &Privilege) -> State {
    if privilege.terminate_time.is_some() {
        State::Terminated
    } else {
        State::Active
    }
}

fn position((privilege, _): &WithNames) -> (Time, PrivilegeId) {
    (privilege.grant_time, privilege.id)
}

impl From<Model> for Privilege {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            partner: row.partner,
            customer: row.customer,
            areas: Areas::from_bits_truncate(row.areas as u8),
            grant_time: row.grant_time,
            expire_time: row.expire_time,
            terminate_time: row.terminate_time,
            version: row.version,
        }
    }
}

impl From<Privilege> for Model {
    fn from(privilege: Privilege) -> Self {
        Self {
            state: kept(&privilege),
            id: privilege.id,
            partner: privilege.partner,
            customer: privilege.customer,
            areas: privilege.areas.bits().into(),
            grant_time: privilege.grant_time,
            expire_time: privilege.expire_time,
            terminate_time: privilege.terminate_time,
            version: privilege.version,
            expiry_told_time: None,
        }
    }
}

//! Partners: enrolled, decided, suspended, reinstated, read and listed.

use std::collections::BTreeSet;

use platform::clock::Time;
use platform::page::{self, Page, PageRequest};
use platform::store::command::Command;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};
use vocabulary::id::PartnerId;
use vocabulary::name::PartnerName;
use vocabulary::partner_kind::PartnerKind;

use super::entity::partner::{Column, Entity, Model};
use super::import::rows as imports;
use super::{Error, Store, tell};
use crate::domain::Refusal;
use crate::domain::fact::Fact;
use crate::domain::partner::{Partner, State};

impl Store {
    /// Enrols a partner: `first` makes it where there is none yet, `again` changes the one there
    /// is.
    pub(crate) async fn enroll_partner(
        &self,
        id: PartnerId,
        command: Command,
        first: impl FnOnce(Time) -> Result<(Partner, Option<Fact>), Error> + Send + 'static,
        again: impl FnOnce(Partner, Time) -> Result<(Partner, Option<Fact>), Error> + Send + 'static,
    ) -> Result<Partner, Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    if command
                        .repeats(tx, &PartnerName::new(&id).to_string(), &clock)
                        .await?
                        .is_some()
                    {
                        return find(tx, &id).await;
                    }
                    let mut now = clock.now();
                    let (mut partner, mut fact) = first(now)?;
                    if !insert(tx, &partner).await? {
                        let found = lock(tx, &id).await?;
                        now = clock.now();
                        (partner, fact) = again(found, now)?;
                        update(tx, &partner).await?;
                    }
                    if partner.imports() {
                        imports::begin(tx, &id, now).await?;
                    }
                    append(tx, fact.as_ref(), now).await?;
                    command
                        .record(tx, &partner.name(), partner.state.into(), &clock)
                        .await?;
                    Ok(partner)
                })
            })
            .await
    }

    /// Changes a partner by a rule, which may tell the partner of it.
    pub(crate) async fn change_partner(
        &self,
        id: PartnerId,
        command: Command,
        rule: impl FnOnce(Partner, Time) -> Result<(Partner, Option<Fact>), Error> + Send + 'static,
    ) -> Result<Partner, Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    if command
                        .repeats(tx, &PartnerName::new(&id).to_string(), &clock)
                        .await?
                        .is_some()
                    {
                        return find(tx, &id).await;
                    }
                    let found = lock(tx, &id).await?;
                    let (imported, now) = (found.imports(), clock.now());
                    let called = found.display_name.clone();
                    let (partner, fact) = rule(found, now)?;
                    update(tx, &partner).await?;
                    match (imported, partner.imports()) {
                        (false, true) => imports::begin(tx, &id, now).await?,
                        (true, false) => imports::reject(tx, &id, now).await?,
                        (false, false) | (true, true) => {}
                    }
                    append(tx, fact.as_ref(), now).await?;
                    let detail = if partner.display_name == called {
                        format!("{}: {}", partner.state, partner.state_reason)
                    } else {
                        format!("{} instead of {called}", partner.display_name)
                    };
                    command.record(tx, &partner.name(), &detail, &clock).await?;
                    Ok(partner)
                })
            })
            .await
    }

    pub(crate) async fn partner(&self, id: &PartnerId) -> Result<Partner, Error> {
        find(self.db.reader(), id).await
    }

    /// What a partner is; `None` where it never asked for enrolment.
    pub(super) async fn kind(&self, id: &PartnerId) -> Result<Option<PartnerKind>, DbErr> {
        let row = Entity::find_by_id(id.clone()).one(self.db.reader()).await?;
        Ok(row.map(|row| row.kind))
    }

    /// A page of partners, newest first.
    pub(crate) async fn list_partners(
        &self,
        kind: Option<PartnerKind>,
        state: Option<State>,
        page: &PageRequest<(Time, PartnerId)>,
    ) -> Result<Page<Partner>, Error> {
        let rows = partners_newest(kind, state, page.after(), page.limit())
            .all(self.db.reader())
            .await?;
        Ok(page
            .page(rows, |row| (row.create_time, row.id.clone()))
            .map(Partner::from))
    }
}

/// The statement of a list of partners.
pub(super) fn partners_newest(
    kind: Option<PartnerKind>,
    state: Option<State>,
    after: Option<&(Time, PartnerId)>,
    limit: u64,
) -> Select<Entity> {
    let mut select = Entity::find()
        .order_by_desc(Column::CreateTime)
        .order_by_desc(Column::Id)
        .limit(limit);
    if let Some(kind) = kind {
        select = select.filter(Column::Kind.eq(kind));
    }
    if let Some(state) = state {
        select = select.filter(Column::State.eq(state));
    }
    if let Some(after) = after {
        select = select.filter(page::below((Column::CreateTime, Column::Id), after));
    }
    select
}

/// Partners as they stand, which nobody suspends while this transaction lasts. In the order of
/// their ids.
pub(super) async fn lock_shared(
    tx: &DatabaseTransaction,
    ids: impl IntoIterator<Item = &PartnerId>,
) -> Result<Vec<Partner>, DbErr> {
    let ids: Vec<_> = ids.into_iter().cloned().collect();
    let rows = Entity::find()
        .filter(Column::Id.is_in(ids))
        .order_by_asc(Column::Id)
        .lock_shared()
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(Partner::from).collect())
}

/// The two partners of a proposal, those of them that there are, which nobody suspends while this
/// transaction lasts.
///
/// The row of the one that proposes is its own: so its proposals are counted one after the other.
/// The other's is not, or strangers could make it wait. In the order of their ids, as everywhere.
pub(super) async fn lock_proposer(
    tx: &DatabaseTransaction,
    by: &PartnerId,
    other: &PartnerId,
) -> Result<Vec<Partner>, DbErr> {
    let mut partners = Vec::new();
    for id in BTreeSet::from([by, other]) {
        let partner = Entity::find_by_id(id.clone());
        let partner = if id == by {
            partner.lock_exclusive()
        } else {
            partner.lock_shared()
        };
        partners.extend(partner.one(tx).await?.map(Partner::from));
    }
    Ok(partners)
}

/// A partner as it stands.
pub(super) async fn find(
    connection: &impl ConnectionTrait,
    id: &PartnerId,
) -> Result<Partner, Error> {
    let row = Entity::find_by_id(id.clone()).one(connection).await?;
    Ok(row.ok_or(Refusal::NotFound)?.into())
}

/// A partner as it stands, locked.
pub(super) async fn lock(tx: &DatabaseTransaction, id: &PartnerId) -> Result<Partner, Error> {
    let row = Entity::find_by_id(id.clone())
        .lock_exclusive()
        .one(tx)
        .await?;
    Ok(row.ok_or(Refusal::NotFound)?.into())
}

/// Whether the partner is new. One that another request enrols at the same time is waited for.
async fn insert(tx: &DatabaseTransaction, partner: &Partner) -> Result<bool, DbErr> {
    let inserted = Entity::insert(Model::from(partner.clone()).into_active_model())
        .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(inserted == 1)
}

/// The partner of a row has taken part at some time. Not a join: the order of the list is that of
/// its index.
pub(super) fn visible(partner: Expr) -> Expr {
    let activated = Query::select()
        .column(Column::ActivateTime)
        .from(Entity)
        .and_where(Expr::col(Column::Id.as_column_ref()).eq(partner))
        .to_owned();
    Expr::from(activated).is_not_null()
}

/// Writes a partner.
pub(super) async fn update(tx: &DatabaseTransaction, partner: &Partner) -> Result<(), DbErr> {
    let row = Model::from(partner.clone()).into_active_model().reset_all();
    Entity::update(row)
        .exec_without_returning(tx)
        .await
        .map(drop)
}

/// Appends what is told of a partner, if anything is.
pub(super) async fn append(
    tx: &DatabaseTransaction,
    fact: Option<&Fact>,
    now: Time,
) -> Result<(), DbErr> {
    match fact {
        Some(fact) => tell(tx, fact, now).await,
        None => Ok(()),
    }
}

impl From<Model> for Partner {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            display_name: row.display_name,
            state: row.state,
            state_reason: row.state_reason,
            create_time: row.create_time,
            update_time: row.update_time,
            activate_time: row.activate_time,
            approve_time: row.approve_time,
            version: row.version,
        }
    }
}

impl From<Partner> for Model {
    fn from(partner: Partner) -> Self {
        Self {
            id: partner.id,
            kind: partner.kind,
            display_name: partner.display_name,
            state: partner.state,
            state_reason: partner.state_reason,
            create_time: partner.create_time,
            update_time: partner.update_time,
            activate_time: partner.activate_time,
            approve_time: partner.approve_time,
            version: partner.version,
        }
    }
}

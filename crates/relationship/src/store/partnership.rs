//! Partnerships: proposed, accepted, ended and listed. Found only by a partner that is a side of
//! it.

use std::collections::BTreeMap;

use platform::clock::{Day, Time};
use platform::page::{self, Page, PageRequest};
use platform::store::command::Command;
use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr,
    EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};
use vocabulary::id::{PartnerId, PartnershipId};
use vocabulary::name::PartnershipName;
use vocabulary::partner_kind::PartnerKind;

use super::entity::partnership::{Column, Entity, Model};
use super::names::partner_name;
use super::{Error, Store, broken, literal, partner, tell};
use crate::domain::Refusal;
use crate::domain::fact::Fact;
use crate::domain::partner::Partner;
use crate::domain::partnership::{Names, Partnership, State, StateKind};
use crate::domain::quota::Proposed;

/// A partnership, and what its reseller and its provider are called.
pub(crate) type WithNames = (Partnership, Names);

/// A row, and what the two partners in it are called.
#[derive(FromQueryResult)]
struct Named {
    #[sea_orm(nested)]
    row: Model,
    reseller_name: String,
    provider_name: String,
}

impl Store {
    /// Proposes a partnership: the rule gets its id, the two partners, those of them that there
    /// are, and what the one has proposed today. One partner's proposals are made one after the
    /// other.
    pub(crate) async fn propose_partnership(
        &self,
        by: PartnerId,
        other: PartnerId,
        command: Command,
        rule: impl FnOnce(
            PartnershipId,
            Vec<Partner>,
            Proposed,
            Time,
        ) -> Result<(Partnership, Fact), Error>
        + Send
        + 'static,
    ) -> Result<WithNames, Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let id = PartnershipId::from(clock.id());
                    let name = PartnershipName::new(id).to_string();
                    if let Some(earlier) = command.repeats(tx, &name, &clock).await? {
                        let id = PartnershipName::ids_of(&earlier)
                            .map_err(|_| broken("the request for", &earlier))?;
                        return find(tx, id, &by).await;
                    }
                    let partners = partner::lock_proposer(tx, &by, &other).await?;
                    let now = clock.now();
                    let today = proposed(tx, &by, &other, Day::of(now)).await?;
                    let called: BTreeMap<_, _> = partners
                        .iter()
                        .map(|one| (one.id.clone(), one.display_name.clone()))
                        .collect();
                    let (partnership, fact) = rule(id, partners, today, now)?;
                    insert(tx, &partnership).await?;
                    tell(tx, &fact, now).await?;
                    let state = partnership.state_kind().into();
                    command.record(tx, &name, state, &clock).await?;
                    let name = |id| called.get(id).cloned().unwrap_or_default();
                    let names = Names {
                        reseller: name(&partnership.reseller),
                        provider: name(&partnership.provider),
                    };
                    Ok((partnership, names))
                })
            })
            .await
    }

    /// Accepts a partnership of this side: the rule gets it with both partners.
    pub(crate) async fn accept_partnership(
        &self,
        id: PartnershipId,
        side: PartnerId,
        command: Command,
        rule: impl FnOnce(Partnership, Vec<Partner>, Time) -> Result<(Partnership, Fact), Error>
        + Send
        + 'static,
    ) -> Result<WithNames, Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let name = PartnershipName::new(id).to_string();
                    if command.repeats(tx, &name, &clock).await?.is_some() {
                        return find(tx, id, &side).await;
                    }
                    let (found, names) = lock(tx, id, &side).await?;
                    let partners =
                        partner::lock_shared(tx, [&found.reseller, &found.provider]).await?;
                    let now = clock.now();
                    let (partnership, fact) = rule(found, partners, now)?;
                    update(tx, &partnership).await?;
                    tell(tx, &fact, now).await?;
                    let state = partnership.state_kind().into();
                    command.record(tx, &name, state, &clock).await?;
                    Ok((partnership, names))
                })
            })
            .await
    }

    /// Ends a partnership of this side.
    pub(crate) async fn end_partnership(
        &self,
        id: PartnershipId,
        side: PartnerId,
        command: Command,
        rule: impl FnOnce(Partnership, &Names, Time) -> Result<(Partnership, Fact), Error>
        + Send
        + 'static,
    ) -> Result<WithNames, Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let name = PartnershipName::new(id).to_string();
                    if command.repeats(tx, &name, &clock).await?.is_some() {
                        return find(tx, id, &side).await;
                    }
                    let (found, names) = lock(tx, id, &side).await?;
                    let now = clock.now();
                    let (partnership, fact) = rule(found, &names, now)?;
                    update(tx, &partnership).await?;
                    tell(tx, &fact, now).await?;
                    let state = partnership.state_kind().into();
                    command.record(tx, &name, state, &clock).await?;
                    Ok((partnership, names))
                })
            })
            .await
    }

    /// A partnership, whosoever it is.
    pub(crate) async fn partnership(&self, id: PartnershipId) -> Result<WithNames, Error> {
        one(self.db.reader(), Entity::find_by_id(id)).await
    }

    /// A page of a partner's partnerships, newest first; empty where it never asked for enrolment.
    pub(crate) async fn list_partnerships(
        &self,
        partner: &PartnerId,
        state: Option<StateKind>,
        page: &PageRequest<(Time, PartnershipId)>,
    ) -> Result<Page<WithNames>, Error> {
        // a partner's kind never changes: the two statements need not see the same moment
        let Some(kind) = self.kind(partner).await? else {
            return Ok(page.page_until(Vec::new(), None));
        };
        let select = partnerships_newest(kind, partner, state, page.after(), page.limit());
        let rows = with_names(select).into_model::<Named>();
        let rows = rows.all(self.db.reader()).await?;
        let found = rows.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(page.page(found, |(one, _): &WithNames| (one.create_time, one.id)))
    }
}

/// The statement of a list of the partnerships of a partner of this kind.
pub(super) fn partnerships_newest(
    kind: PartnerKind,
    partner: &PartnerId,
    state: Option<StateKind>,
    after: Option<&(Time, PartnershipId)>,
    limit: u64,
) -> Select<Entity> {
    let side = match kind {
        PartnerKind::IndirectReseller => Column::Reseller,
        PartnerKind::IndirectProvider => Column::Provider,
    };
    let mut select = Entity::find()
        .filter(side.eq(partner.clone()))
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

/// The partnership as it stands, which nobody ends while this transaction lasts.
pub(super) async fn lock_shared(
    tx: &DatabaseTransaction,
    id: PartnershipId,
) -> Result<Option<Partnership>, DbErr> {
    let row = Entity::find_by_id(id).lock_shared().one(tx).await?;
    row.map(Partnership::try_from).transpose()
}

/// The partnership in this table, or alias of it, has not ended: what the index says that has one
/// of two partners.
pub(super) fn not_ended(table: &'static str) -> Expr {
    Expr::col((table, Column::State)).ne(literal(StateKind::Ended.into()))
}

/// What a partner has proposed on this day, in all and to this other one.
async fn proposed(
    tx: &DatabaseTransaction,
    by: &PartnerId,
    other: &PartnerId,
    day: Day,
) -> Result<Proposed, DbErr> {
    let row = tx.query_one(&proposals(by, other, day)).await?;
    let row = row.ok_or_else(|| broken("partnership", by))?;
    let count = |column| Ok::<_, DbErr>(row.try_get::<i64>("", column)?.unsigned_abs());
    Ok(Proposed {
        in_all: count(IN_ALL)?,
        to_this: count(TO_THIS)?,
    })
}

const IN_ALL: &str = "in_all";
const TO_THIS: &str = "to_this";

/// The statement that counts a partner's proposals of a day: it reads no more rows than may have
/// been proposed.
pub(super) fn proposals(by: &PartnerId, other: &PartnerId, day: Day) -> SelectStatement {
    // `by` proposed, so that the other side is the partner that it proposed to
    let one: Expr = Expr::case(of_side(other), 1).into();
    // proposals of a clock a little ahead count, those of a clock that was far ahead do not
    let over = Day::of(day.end()).end();
    Query::select()
        .expr_as(Expr::col(Asterisk).count(), IN_ALL)
        .expr_as(one.count(), TO_THIS)
        .from(Entity)
        .and_where(Column::ProposedBy.eq(by.clone()))
        .and_where(Column::CreateTime.gte(day.start()))
        .and_where(Column::CreateTime.lt(over))
        .to_owned()
}

fn of_side(side: &PartnerId) -> Condition {
    Condition::any()
        .add(Column::Reseller.eq(side.clone()))
        .add(Column::Provider.eq(side.clone()))
}

/// What a statement finds, each with what its two partners are called.
pub(super) fn with_names(select: Select<Entity>) -> Select<Entity> {
    select
        .expr_as(partner_name(Column::Reseller), "reseller_name")
        .expr_as(partner_name(Column::Provider), "provider_name")
}

async fn one(
    connection: &impl ConnectionTrait,
    select: Select<Entity>,
) -> Result<WithNames, Error> {
    let row = with_names(select).into_model::<Named>();
    let row = row.one(connection).await?;
    Ok(read(row.ok_or(Refusal::NotFound)?)?)
}

fn read(row: Named) -> Result<WithNames, DbErr> {
    let names = Names {
        reseller: row.reseller_name,
        provider: row.provider_name,
    };
    Ok((row.row.try_into()?, names))
}

async fn find(
    connection: &impl ConnectionTrait,
    id: PartnershipId,
    side: &PartnerId,
) -> Result<WithNames, Error> {
    one(connection, Entity::find_by_id(id).filter(of_side(side))).await
}

async fn lock(
    tx: &DatabaseTransaction,
    id: PartnershipId,
    side: &PartnerId,
) -> Result<WithNames, Error> {
    let select = Entity::find_by_id(id).filter(of_side(side));
    one(tx, select.lock_exclusive()).await
}

/// Adds a partnership unless the two have one that has not ended.
async fn insert(tx: &DatabaseTransaction, partnership: &Partnership) -> Result<(), Error> {
    // repeated only where the partnership in the way ended between the two statements
    loop {
        let inserted = Entity::insert(Model::from(partnership.clone()).into_active_model())
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(tx)
            .await?;
        if inserted == 1 {
            return Ok(());
        }
        let other = Entity::find()
            .filter(Column::Reseller.eq(partnership.reseller.clone()))
            .filter(Column::Provider.eq(partnership.provider.clone()))
            .filter(not_ended("partnership"))
            .one(tx)
            .await?;
        if let Some(other) = other {
            let refusal = Refusal::PartnershipExists {
                partnership: other.id,
                state: other.state,
            };
            return Err(refusal.into());
        }
    }
}

async fn update(tx: &DatabaseTransaction, partnership: &Partnership) -> Result<(), DbErr> {
    let row = Model::from(partnership.clone())
        .into_active_model()
        .reset_all();
    Entity::update(row)
        .exec_without_returning(tx)
        .await
        .map(drop)
}

impl TryFrom<Model> for Partnership {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let state = match (row.state, row.accept_time, row.end_time, row.ended_by) {
            (StateKind::Proposed, ..) => State::Proposed,
            (StateKind::Active, Some(accept_time), ..) => State::Active { accept_time },
            (StateKind::Ended, accept_time, Some(end_time), Some(by)) => State::Ended {
                accept_time,
                end_time,
                by,
            },
            _ => return Err(broken("partnership", row.id)),
        };
        Ok(Self {
            id: row.id,
            reseller: row.reseller,
            provider: row.provider,
            proposed_by: row.proposed_by,
            state,
            create_time: row.create_time,
            version: row.version,
        })
    }
}

impl From<Partnership> for Model {
    fn from(partnership: Partnership) -> Self {
        let state = partnership.state_kind();
        let (accept_time, end_time, ended_by) = match partnership.state {
            State::Proposed => (None, None, None),
            State::Active { accept_time } => (Some(accept_time), None, None),
            State::Ended {
                accept_time,
                end_time,
                by,
            } => (accept_time, Some(end_time), Some(by)),
        };
        Self {
            id: partnership.id,
            reseller: partnership.reseller,
            provider: partnership.provider,
            proposed_by: partnership.proposed_by,
            state,
            create_time: partnership.create_time,
            accept_time,
            end_time,
            ended_by,
            version: partnership.version,
        }
    }
}

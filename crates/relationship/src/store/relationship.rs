//! Relationships: listed, read, removed and ended.
//!
//! Establishing them stands with the decision. What a partner has is found only once the partner
//! has taken part.

use platform::clock::Time;
use platform::page::{self, Page, PageRequest};
use platform::store::command::Command;
use platform::store::db::BATCH;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
};
use vocabulary::acting_user::ActingUser;
use vocabulary::id::{CustomerId, PartnerId, RelationshipId};
use vocabulary::name::RelationshipName;

use super::entity::relationship::{ActiveModel, Column, Entity, Model};
use super::names::{Named, named};
use super::partner::{self, visible};
use super::privilege::standing;
use super::{Error, Store, broken, change, literal};
use crate::domain::account::{Account, SearchKey};
use crate::domain::change::Changes;
use crate::domain::fact::Fact;
use crate::domain::privilege::Privilege;
use crate::domain::relationship::{End, Ending, Relationship, Removal, State, Wording};
use crate::domain::{Names, Refusal, Scope};

/// A relationship, and what its partner and its customer are called.
pub(crate) type WithNames = (Relationship, Names);

/// How many privileges a preview of a removal shows at most.
const PREVIEWED: u64 = 100;

impl Store {
    /// A page of relationships, the newest first.
    pub(crate) async fn list_relationships(
        &self,
        scope: &Scope,
        state: Option<State>,
        page: &PageRequest<(Time, RelationshipId)>,
    ) -> Result<Page<WithNames>, Error> {
        let select = relationships_newest(scope, state, page.after(), page.limit());
        let found = all(self.db.reader(), select).await?;
        Ok(page.page(found, |(one, _)| (one.establish_time, one.id)))
    }

    /// A partner's relationship.
    pub(crate) async fn relationship(
        &self,
        partner: &PartnerId,
        id: RelationshipId,
    ) -> Result<WithNames, Error> {
        find(self.db.reader(), partner, id).await
    }

    /// A partner's relationship, with the privileges on its customer that stand at `now`, at most
    /// 100.
    pub(crate) async fn relationship_with_privileges(
        &self,
        partner: PartnerId,
        id: RelationshipId,
        now: Time,
    ) -> Result<(WithNames, Vec<Privilege>), Error> {
        self.db
            .snapshot(move |tx| {
                Box::pin(async move {
                    let (relationship, names) = find(tx, &partner, id).await?;
                    let customer = &relationship.customer;
                    let rows = standing(&partner, customer, now, PREVIEWED).all(tx).await?;
                    let privileges = rows.into_iter().map(Privilege::from).collect();
                    Ok(((relationship, names), privileges))
                })
            })
            .await
    }

    /// Ends a partner's relationship by a rule, which may tell the partner of it. Writes the
    /// relationship, what is kept of the command, what the partner's watchers are told, the fact if
    /// there is one, and nothing else.
    pub(crate) async fn end_relationship(
        &self,
        partner: PartnerId,
        id: RelationshipId,
        command: Command,
        rule: impl FnOnce(Relationship, &Names, Time) -> Result<(Relationship, Option<Fact>), Error>
        + Send
        + 'static,
    ) -> Result<WithNames, Error> {
        let clock = self.clock.clone();
        let ended = self
            .db
            .transaction(move |tx| {
                Box::pin(async move {
                    let name = RelationshipName::new(&partner, id).to_string();
                    if command.repeats(tx, &name, &clock).await?.is_some() {
                        return find(tx, &partner, id).await;
                    }
                    let (found, names) = lock(tx, &partner, id).await?;
                    let now = clock.now();
                    let (relationship, fact) = rule(found, &names, now)?;
                    update(tx, &relationship).await?;
                    change::append(tx, &Changes::ended(&relationship, now), &clock).await?;
                    partner::append(tx, fact.as_ref(), now).await?;
                    let state = relationship.state().into();
                    command.record(tx, &name, state, &clock).await?;
                    Ok((relationship, names))
                })
            })
            .await?;
        self.changed();
        Ok(ended)
    }
}

/// The statement of a list of relationships, the newest first.
pub(super) fn relationships_newest(
    scope: &Scope,
    state: Option<State>,
    after: Option<&(Time, RelationshipId)>,
    limit: u64,
) -> Select<Entity> {
    let mut select = Entity::find()
        .order_by_desc(Column::EstablishTime)
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
        select = select.filter(Column::State.eq(state));
    }
    if let Some(after) = after {
        let order = (
            Column::EstablishTime.as_column_ref(),
            Column::Id.as_column_ref(),
        );
        select = select.filter(page::below(order, after));
    }
    select
}

/// What a statement finds, each with what its partner and its customer are called.
pub(super) fn with_names(select: Select<Entity>) -> Select<Entity> {
    named(select, Column::Partner, Column::Customer)
}

/// Carries out a statement, for the names beside what it finds as well.
pub(super) async fn all(
    connection: &impl ConnectionTrait,
    select: Select<Entity>,
) -> Result<Vec<WithNames>, DbErr> {
    let rows = with_names(select).into_model::<Named<Model>>();
    let rows = rows.all(connection).await?;
    rows.into_iter().map(read).collect()
}

/// The relationship in this table, or alias of it, is active: what the indexes say that have active
/// ones only.
pub(super) fn is_active(table: &'static str) -> Expr {
    Expr::col((table, Column::State)).eq(literal(State::Active.into()))
}

fn point(partner: &PartnerId, id: RelationshipId) -> Select<Entity> {
    let select = Entity::find_by_id(id)
        .filter(Column::Partner.eq(partner.clone()))
        .filter(visible(Expr::val(partner.clone())));
    with_names(select)
}

async fn find(
    connection: &impl ConnectionTrait,
    partner: &PartnerId,
    id: RelationshipId,
) -> Result<WithNames, Error> {
    let row = point(partner, id).into_model::<Named<Model>>();
    let row = row.one(connection).await?;
    Ok(read(row.ok_or(Refusal::NotFound)?)?)
}

async fn lock(
    tx: &DatabaseTransaction,
    partner: &PartnerId,
    id: RelationshipId,
) -> Result<WithNames, Error> {
    let row = point(partner, id).lock_exclusive();
    let row = row.into_model::<Named<Model>>().one(tx).await?;
    Ok(read(row.ok_or(Refusal::NotFound)?)?)
}

fn read(row: Named<Model>) -> Result<WithNames, DbErr> {
    let (row, names) = row.split();
    Ok((row.try_into()?, names))
}

/// Writes what a rule may change of a relationship.
async fn update(tx: &DatabaseTransaction, relationship: &Relationship) -> Result<(), DbErr> {
    let end = relationship.end.as_ref();
    let (wording, reason) = match end {
        None => (None, None),
        Some(End::Removed(removal)) => (Some(&removal.wording), None),
        Some(End::Ended(ending)) => (None, Some(ending.reason.clone())),
    };
    let row = ActiveModel {
        id: Unchanged(relationship.id),
        state: Set(relationship.state()),
        remove_time: Set(end.map(End::time)),
        remove_issuer: Set(end.map(|end| end.by().issuer.clone())),
        remove_subject: Set(end.map(|end| end.by().subject.clone())),
        wording_id: Set(wording.map(|wording| wording.id.clone())),
        wording_language: Set(wording.map(|wording| wording.language.clone())),
        wording_text_sha256: Set(wording.map(|wording| wording.text_sha256.clone())),
        end_reason: Set(reason),
        version: Set(relationship.version),
        ..Default::default()
    };
    Entity::update(row)
        .exec_without_returning(tx)
        .await
        .map(drop)
}

/// Adds relationships, each with its customer's account; at least one, and none that is there yet.
pub(super) async fn insert<'a>(
    tx: &DatabaseTransaction,
    relationships: impl IntoIterator<Item = (Relationship, &'a Account)>,
) -> Result<(), DbErr> {
    let rows = relationships
        .into_iter()
        .map(|(relationship, account)| ActiveModel {
            id: Set(relationship.id),
            state: Set(relationship.state()),
            partner: Set(relationship.partner),
            partner_kind: Set(relationship.partner_kind),
            customer: Set(relationship.customer),
            origin: Set(relationship.origin),
            portal: Set(relationship.portal),
            acceptance: Set(relationship.acceptance),
            establish_time: Set(relationship.establish_time),
            correlation_id: Set(relationship.correlation_id),
            name_key: Set(name_key(account)),
            domain_key: Set(domain_key(account)),
            version: Set(relationship.version),
            ..Default::default()
        });
    Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await
        .map(drop)
}

/// Forgets at most a batch of the relationships of a partner that never took part; answers how
/// many.
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

/// Writes on every relationship with a customer under what its account is searched now.
pub(super) async fn update_keys(tx: &DatabaseTransaction, account: &Account) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::NameKey, Expr::value(name_key(account)))
        .col_expr(Column::DomainKey, Expr::value(domain_key(account)))
        .filter(Column::Customer.eq(account.id.clone()))
        .exec(tx)
        .await
        .map(drop)
}

fn name_key(account: &Account) -> Vec<u8> {
    SearchKey::of(&account.profile.display_name).into_bytes()
}

fn domain_key(account: &Account) -> Vec<u8> {
    SearchKey::of(account.profile.domain.as_str()).into_bytes()
}

/// The active relationships of these partners with the customer, which nobody removes while this
/// transaction lasts.
pub(super) async fn lock_active(
    tx: &DatabaseTransaction,
    partners: impl IntoIterator<Item = &PartnerId>,
    customer: &CustomerId,
) -> Result<Vec<Relationship>, DbErr> {
    let partners: Vec<_> = partners.into_iter().cloned().collect();
    let rows = Entity::find()
        .filter(Column::Partner.is_in(partners))
        .filter(Column::Customer.eq(customer.clone()))
        .filter(is_active("relationship"))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx)
        .await?;
    rows.into_iter().map(Relationship::try_from).collect()
}

fn end(row: &Model) -> Option<End> {
    let time = row.remove_time?;
    let by = ActingUser {
        issuer: row.remove_issuer.clone()?,
        subject: row.remove_subject.clone()?,
    };
    let Some(reason) = row.end_reason.clone() else {
        let wording = Wording {
            id: row.wording_id.clone()?,
            language: row.wording_language.clone()?,
            text_sha256: row.wording_text_sha256.clone()?,
        };
        return Some(End::Removed(Removal { time, by, wording }));
    };
    Some(End::Ended(Ending { time, by, reason }))
}

impl TryFrom<Model> for Relationship {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let end = match (row.state, end(&row)) {
            (State::Active, None) => None,
            (State::Removed, Some(end)) => Some(end),
            _ => return Err(broken("relationship", row.id)),
        };
        Ok(Self {
            id: row.id,
            partner: row.partner,
            partner_kind: row.partner_kind,
            customer: row.customer,
            origin: row.origin,
            portal: row.portal,
            acceptance: row.acceptance,
            establish_time: row.establish_time,
            correlation_id: row.correlation_id,
            end,
            version: row.version,
        })
    }
}

//! Relationships: listed, read and removed.
//!
//! Establishing them stands with the decision. What a partner has is found only once the partner
//! has taken part.

use platform::clock::Time;
use platform::page::{self, Page, PageRequest};
use platform::store::command::Command;
use platform::store::db::BATCH;
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::sea_query::{Expr, ExprTrait, LockType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, SelectTwoRequired,
};
use vocabulary::acting_user::ActingUser;
use vocabulary::id::{CustomerId, PartnerId, RelationshipId};
use vocabulary::name::RelationshipName;

use super::entity::account;
use super::entity::relationship::{ActiveModel, Column, Entity, Model};
use super::partner::visible;
use super::privilege::standing;
use super::{Error, Store, broken, change, literal};
use crate::domain::account::{Account, SearchKey};
use crate::domain::change::Changes;
use crate::domain::privilege::Privilege;
use crate::domain::relationship::{Relationship, Removal, State, Wording};
use crate::domain::{Refusal, Scope};

/// A relationship, and the account of its customer.
pub(crate) type WithAccount = (Relationship, Account);

/// A statement that finds relationships, each with the account of its customer.
pub(super) type Relationships = SelectTwoRequired<Entity, account::Entity>;

/// How many privileges a preview of a removal shows at most.
const PREVIEWED: u64 = 100;

impl Store {
    /// A page of relationships, the newest first.
    pub(crate) async fn list_relationships(
        &self,
        scope: &Scope,
        state: Option<State>,
        page: &PageRequest<(Time, RelationshipId)>,
    ) -> Result<Page<WithAccount>, Error> {
        let select = relationships_newest(scope, state, page.after(), page.limit());
        let rows = select.all(self.db.reader()).await?;
        let page = page.page(rows, |(row, _)| (row.establish_time, row.id));
        with_accounts(page)
    }

    /// A partner's relationship.
    pub(crate) async fn relationship(
        &self,
        partner: &PartnerId,
        id: RelationshipId,
    ) -> Result<WithAccount, Error> {
        find(self.db.reader(), partner, id).await
    }

    /// A partner's relationship, with the privileges on its customer that stand at `now`, at most
    /// 100.
    pub(crate) async fn relationship_with_privileges(
        &self,
        partner: PartnerId,
        id: RelationshipId,
        now: Time,
    ) -> Result<(WithAccount, Vec<Privilege>), Error> {
        self.db
            .snapshot(move |tx| {
                Box::pin(async move {
                    let (relationship, account) = find(tx, &partner, id).await?;
                    let customer = &relationship.customer;
                    let rows = standing(&partner, customer, now, PREVIEWED).all(tx).await?;
                    let privileges = rows.into_iter().map(Privilege::from).collect();
                    Ok(((relationship, account), privileges))
                })
            })
            .await
    }

    /// Removes a partner's relationship by a rule. Writes the relationship, what is kept of the
    /// command, what the partner's watchers are told, and nothing else.
    pub(crate) async fn remove_relationship(
        &self,
        partner: PartnerId,
        id: RelationshipId,
        command: Command,
        rule: impl FnOnce(Relationship, Time) -> Result<Relationship, Error> + Send + 'static,
    ) -> Result<WithAccount, Error> {
        let clock = self.clock.clone();
        let removed = self
            .db
            .transaction(move |tx| {
                Box::pin(async move {
                    let name = RelationshipName::new(&partner, id).to_string();
                    if command.repeats(tx, &name, &clock).await?.is_some() {
                        return find(tx, &partner, id).await;
                    }
                    let (found, account) = lock(tx, &partner, id).await?;
                    let now = clock.now();
                    let relationship = rule(found, now)?;
                    update(tx, &relationship).await?;
                    change::append(tx, &Changes::ended(&relationship, now), &clock).await?;
                    let state = relationship.state().into();
                    command.record(tx, &name, state, &clock).await?;
                    Ok((relationship, account))
                })
            })
            .await?;
        self.changed();
        Ok(removed)
    }
}

/// The statement of a list of relationships, the newest first.
pub(super) fn relationships_newest(
    scope: &Scope,
    state: Option<State>,
    after: Option<&(Time, RelationshipId)>,
    limit: u64,
) -> Relationships {
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
    select.find_both_related(account::Entity)
}

/// The relationship in this table, or alias of it, is active: what the indexes say that have active
/// ones only.
pub(super) fn is_active(table: &'static str) -> Expr {
    Expr::col((table, Column::State)).eq(literal(State::Active.into()))
}

fn point(partner: &PartnerId, id: RelationshipId) -> Relationships {
    Entity::find_by_id(id)
        .filter(Column::Partner.eq(partner.clone()))
        .filter(visible(Expr::val(partner.clone())))
        .find_both_related(account::Entity)
}

async fn find(
    connection: &impl ConnectionTrait,
    partner: &PartnerId,
    id: RelationshipId,
) -> Result<WithAccount, Error> {
    let row = point(partner, id).one(connection).await?;
    Ok(with_account(row.ok_or(Refusal::NotFound)?)?)
}

/// The relationship alone is locked: its account is locked before it where both are.
async fn lock(
    tx: &DatabaseTransaction,
    partner: &PartnerId,
    id: RelationshipId,
) -> Result<WithAccount, Error> {
    let mut select = point(partner, id);
    QuerySelect::query(&mut select).lock_with_tables(LockType::Update, [Entity]);
    let row = select.one(tx).await?;
    Ok(with_account(row.ok_or(Refusal::NotFound)?)?)
}

/// Writes what a rule may change of a relationship.
async fn update(tx: &DatabaseTransaction, relationship: &Relationship) -> Result<(), DbErr> {
    let kept =
        |text: fn(&Removal) -> &String| Set(relationship.removal.as_ref().map(text).cloned());
    let row = ActiveModel {
        id: Unchanged(relationship.id),
        state: Set(relationship.state()),
        remove_time: Set(relationship.removal.as_ref().map(|removal| removal.time)),
        remove_issuer: kept(|removal| &removal.by.issuer),
        remove_subject: kept(|removal| &removal.by.subject),
        wording_id: kept(|removal| &removal.wording.id),
        wording_language: kept(|removal| &removal.wording.language),
        wording_text_sha256: kept(|removal| &removal.wording.text_sha256),
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

pub(super) fn with_account((row, account): (Model, account::Model)) -> Result<WithAccount, DbErr> {
    Ok((row.try_into()?, account.try_into()?))
}

pub(super) fn with_accounts(
    page: Page<(Model, account::Model)>,
) -> Result<Page<WithAccount>, Error> {
    let items = page
        .items
        .into_iter()
        .map(with_account)
        .collect::<Result<_, _>>()?;
    Ok(Page {
        items,
        next_page_token: page.next_page_token,
    })
}

fn removal(row: &Model) -> Option<Removal> {
    Some(Removal {
        time: row.remove_time?,
        by: ActingUser {
            issuer: row.remove_issuer.clone()?,
            subject: row.remove_subject.clone()?,
        },
        wording: Wording {
            id: row.wording_id.clone()?,
            language: row.wording_language.clone()?,
            text_sha256: row.wording_text_sha256.clone()?,
        },
    })
}

impl TryFrom<Model> for Relationship {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let removal = match (row.state, removal(&row)) {
            (State::Active, None) => None,
            (State::Removed, Some(removal)) => Some(removal),
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
            removal,
            version: row.version,
        })
    }
}

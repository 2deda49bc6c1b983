//! Where invitations are kept: each change is one transaction that loads, applies a rule of the
//! domain, saves, and appends what follows from it.
//!
//! The rules come as closures; none is here. Nothing is sent from here, and nothing is answered on
//! the wire's terms.

mod alike;
mod audit;
mod background;
mod bound;
mod entity;
mod evidence;
mod list;
mod migration;
mod quota;
mod record;

use platform::clock::{Clock, Time};
use platform::error::{Failure, SharedRefusal};
use platform::store::command::Command;
use platform::store::db::Db;
use platform::store::idempotency::{self, IdempotencyKey};
use platform::store::outbox;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect, Select,
};
use vocabulary::id::{AcceptanceId, InvitationId};
use vocabulary::id::{CustomerId, PartnerId};
use vocabulary::name::InvitationName;

use crate::Error;
use crate::domain::{Decision, Invitation, Limits, Parties, Refusal, StateKind, Target, Terms};
use crate::outbox::{LEASE, command_id, following};
use entity::invitation::{Column, Entity, Model};
pub(crate) use list::Position;
pub use migration::Migrator;

/// The invitations of one installation. Clones share the connections.
#[derive(Clone)]
pub(crate) struct Store {
    db: Db,
    clock: Clock,
    limits: Limits,
}

/// A new invitation, and who makes it.
pub(crate) struct New {
    /// Who asks.
    pub(crate) parties: Parties,
    /// What the inviter set.
    pub(crate) terms: Terms,
    /// The key that signs its first link.
    pub(crate) key_id: String,
    /// Who makes it, and how a repeat is recognised.
    pub(crate) command: Command,
}

/// An invitation that was asked for.
pub(crate) struct Created {
    /// As it is now.
    pub(crate) invitation: Invitation,
    /// The open one like it that there was before; not where a repeat made nothing.
    pub(crate) alike: Option<InvitationName>,
}

/// Which invitation is to be changed, and on what conditions.
pub(crate) struct Update {
    /// Which one.
    pub(crate) invitation: InvitationId,
    /// Whose it must be; none where a link has said which one it is.
    pub(crate) partner: Option<PartnerId>,
    /// The etag that it must still have.
    pub(crate) etag: Option<String>,
    /// Who changes it, and how a repeat is recognised.
    pub(crate) command: Command,
    /// Whether the audit keeps it; not where the row itself says who did it.
    pub(crate) audited: bool,
}

/// An invitation after an update.
#[derive(Clone)]
pub(crate) struct Updated {
    /// As it is now.
    pub(crate) invitation: Invitation,
    /// Whether this change is what made it so; not where a repeat or the rule changed nothing.
    pub(crate) by_this: bool,
}

impl Store {
    /// The store behind `db`, with these limits on what a partner may make.
    pub(crate) fn new(db: Db, clock: Clock, limits: Limits) -> Self {
        Self { db, clock, limits }
    }

    /// The time of this store's rows.
    pub(crate) fn now(&self) -> Time {
        self.clock.now()
    }

    /// One invitation, as it is now.
    pub(crate) async fn invitation(&self, id: InvitationId) -> Result<Invitation, Error> {
        self.one(Entity::find_by_id(id)).await
    }

    /// One invitation of a partner, as it is now.
    pub(crate) async fn invitation_of(
        &self,
        partner: &PartnerId,
        id: InvitationId,
    ) -> Result<Invitation, Error> {
        self.one(Entity::find_by_id(id).filter(Column::Partner.eq(partner.clone())))
            .await
    }

    /// One invitation of a partner, as it is now, if it names this provider.
    pub(crate) async fn invitation_naming(
        &self,
        provider: &PartnerId,
        partner: &PartnerId,
        id: InvitationId,
    ) -> Result<Invitation, Error> {
        let named = Entity::find_by_id(id)
            .filter(Column::Partner.eq(partner.clone()))
            .filter(Column::Provider.eq(provider.clone()));
        self.one(named).await
    }

    /// The invitation that somebody answers, as it is now. Whether it is there for them is not
    /// asked here.
    pub(crate) async fn target(&self, target: &Target) -> Result<Invitation, Error> {
        match &target.partner {
            Some(partner) => self.invitation_of(partner, target.invitation).await,
            None => self.invitation(target.invitation).await,
        }
    }

    /// The invitation that a customer has accepted with this acceptance.
    pub(crate) async fn accepted_by(
        &self,
        customer: &CustomerId,
        acceptance: AcceptanceId,
    ) -> Result<Invitation, Error> {
        let of_customer = Column::Customer.eq(customer.clone());
        let found = Entity::find()
            .filter(Column::Acceptance.eq(acceptance))
            .filter(of_customer);
        let invitation = self.one(found).await?;
        // a customer that is only bound, or has declined, has accepted nothing
        if invitation.acceptance().is_some() {
            Ok(invitation)
        } else {
            Err(SharedRefusal::NotFound.into())
        }
    }

    /// The resource of an earlier request with this key.
    pub(crate) async fn earlier(&self, request: &IdempotencyKey) -> Result<Option<String>, Error> {
        Ok(idempotency::find(self.db.reader(), request).await?)
    }

    /// Makes an invitation, within the partner's limits. A repeat answers the one that was made.
    pub(crate) async fn create_invitation(&self, new: New) -> Result<Created, Error> {
        let (clock, limits) = (self.clock.clone(), self.limits);
        let create = self
            .db
            .transaction(move |tx| Box::pin(create(tx, new, clock, limits)));
        create.await
    }

    /// Changes an invitation by a rule, which gets it as it is at the moment after its row was
    /// locked.
    pub(crate) async fn update(
        &self,
        update: Update,
        rule: impl FnOnce(Invitation, Time) -> Result<Invitation, Refusal> + Send + 'static,
    ) -> Result<Updated, Error> {
        let (clock, limits) = (self.clock.clone(), self.limits);
        let apply = self
            .db
            .transaction(move |tx| Box::pin(apply(tx, update, rule, clock, limits)));
        apply.await
    }

    /// Gives the command that has a claim decided to the relay: whoever claimed does not get on
    /// with it.
    pub(crate) async fn give_back(&self, claimed: &Invitation) -> Result<(), Error> {
        let (command, now) = (command_id(claimed), self.clock.now());
        let until = claimed.state_time() + LEASE;
        let give_back = self
            .db
            .transaction(move |tx| Box::pin(outbox::give_back(tx, command, until, now)));
        Ok(give_back.await?)
    }

    /// Records the decision about a claimed invitation and what follows, and marks the command as
    /// carried out. Answers the invitation as it is, also where another process was faster.
    pub(crate) async fn confirm(
        &self,
        claimed: Invitation,
        decision: Decision,
    ) -> Result<Updated, Error> {
        let clock = self.clock.clone();
        let confirm = self
            .db
            .transaction(move |tx| Box::pin(confirm(tx, claimed, decision, clock)));
        confirm.await
    }

    async fn one(&self, select: Select<Entity>) -> Result<Invitation, Error> {
        let row = select
            .one(self.db.reader())
            .await?
            .ok_or(SharedRefusal::NotFound)?;
        Ok(read(row)?.seen_at(self.clock.now()))
    }
}

impl Update {
    /// The update of the invitation that somebody answers, whatever its etag.
    pub(crate) fn of(target: Target, command: Command) -> Self {
        Self {
            invitation: target.invitation,
            partner: target.partner,
            etag: None,
            command,
            audited: true,
        }
    }
}

impl Updated {
    fn now(invitation: Invitation) -> Self {
        Self {
            invitation,
            by_this: true,
        }
    }

    fn before(invitation: Invitation) -> Self {
        Self {
            invitation,
            by_this: false,
        }
    }
}

async fn create(
    tx: &DatabaseTransaction,
    new: New,
    clock: Clock,
    limits: Limits,
) -> Result<Created, Error> {
    let New {
        parties,
        terms,
        key_id,
        command,
    } = new;
    let id = InvitationId::from(clock.id());
    let partner = parties.reseller.partner.clone();
    let name = InvitationName::new(&partner, id).to_string();
    if let Some(earlier) = command.repeats(tx, &name, &clock).await? {
        return Ok(Created {
            invitation: made(tx, &earlier, clock.now()).await?,
            alike: None,
        });
    }
    // the quota's row is locked from here on: a partner's invitations are made one after the other
    let now = clock.now();
    limits.admit_today(quota::count(tx, &partner, 1, now).await?, now)?;
    limits.admit_open(quota::open(tx, &partner, limits, now).await?)?;
    let alike = alike::alike(tx, &parties, &terms, now).await?;
    let invitation = Invitation::create(id, parties, terms, &key_id, now);
    let added = Entity::insert(record::added(&invitation));
    added.exec_without_returning(tx).await?;
    command.record(tx, &name, "", &clock).await?;
    Ok(Created { invitation, alike })
}

async fn apply(
    tx: &DatabaseTransaction,
    update: Update,
    rule: impl FnOnce(Invitation, Time) -> Result<Invitation, Refusal>,
    clock: Clock,
    limits: Limits,
) -> Result<Updated, Error> {
    let loaded = lock(tx, &update).await?;
    let name = loaded.name().to_string();
    let repeat = update.command.repeats(tx, &name, &clock).await?.is_some();
    // read only now: the row's lock, and another request of the same id, may have been waited for
    let now = clock.now();
    let seen = loaded.clone().seen_at(now);
    if repeat {
        return Ok(Updated::before(seen));
    }
    if update.etag.is_some_and(|etag| etag != seen.etag()) {
        return Err(SharedRefusal::EtagMismatch.into());
    }
    let next = rule(seen.clone(), now)?;
    if next.version == seen.version {
        return Ok(Updated::before(next));
    }
    if seen.state_kind() == StateKind::Expired && next.state_kind() == StateKind::Open {
        let partner = &next.parties.reseller.partner;
        quota::count(tx, partner, 0, now).await?;
        limits.admit_open(quota::open(tx, partner, limits, now).await?)?;
    }
    save(tx, &loaded, &next).await?;
    // an expiry that was not recorded before is told of as well
    let passed = [&seen, &next]
        .into_iter()
        .filter(|it| it.version > loaded.version);
    let messages = passed.filter_map(following).collect();
    outbox::append_many(tx, messages, now).await?;
    if update.audited {
        let detail = audit::detail(&seen, &next);
        update.command.record(tx, &name, detail, &clock).await?;
    }
    Ok(Updated::now(next))
}

async fn confirm(
    tx: &DatabaseTransaction,
    claimed: Invitation,
    decision: Decision,
    clock: Clock,
) -> Result<Updated, Error> {
    let now = clock.now();
    let next = claimed.clone().confirm(decision, now)?;
    let saved = try_save(tx, &claimed, &next).await?;
    outbox::delivered(tx, command_id(&claimed), now).await?;
    if !saved {
        let row = Entity::find_by_id(claimed.id).one(tx).await?;
        return Ok(Updated::before(read(row.ok_or(SharedRefusal::NotFound)?)?));
    }
    let fact = following(&next).into_iter().collect();
    outbox::append_many(tx, fact, now).await?;
    if next.customer() != claimed.customer() {
        audit::record_lost_claim(tx, &claimed, &clock).await?;
    }
    Ok(Updated::now(next))
}

/// The invitation that an earlier request made, as it is now.
async fn made(tx: &DatabaseTransaction, name: &str, now: Time) -> Result<Invitation, Error> {
    let id = InvitationName::parse(name)
        .map_err(Failure::other)?
        .invitation;
    let row = Entity::find_by_id(id)
        .one(tx)
        .await?
        .ok_or(SharedRefusal::NotFound)?;
    Ok(read(row)?.seen_at(now))
}

/// The invitation to be changed, its row locked until the transaction ends.
async fn lock(tx: &DatabaseTransaction, update: &Update) -> Result<Invitation, Error> {
    let mut select = Entity::find_by_id(update.invitation);
    if let Some(partner) = &update.partner {
        select = select.filter(Column::Partner.eq(partner.clone()));
    }
    let row = select.lock_exclusive().one(tx).await?;
    read(row.ok_or(SharedRefusal::NotFound)?)
}

fn read(row: Model) -> Result<Invitation, Error> {
    Ok(record::invitation(&row).map_err(Failure::other)?)
}

/// Saves a change of a row that this transaction has locked.
async fn save(
    tx: &DatabaseTransaction,
    before: &Invitation,
    after: &Invitation,
) -> Result<(), Error> {
    if try_save(tx, before, after).await? {
        return Ok(());
    }
    Err(Failure::other("a locked invitation was changed by somebody else").into())
}

/// Saves a change unless the row has changed since `before`; answers whether it did.
async fn try_save(
    tx: &DatabaseTransaction,
    before: &Invitation,
    after: &Invitation,
) -> Result<bool, DbErr> {
    let update = Entity::update_many()
        .set(record::changes(after))
        .filter(Column::Id.eq(before.id))
        .filter(Column::Version.eq(before.version));
    Ok(update.exec(tx).await?.rows_affected == 1)
}

/// A state as a literal of the statement: only so does a store know that an index of this state's
/// rows will do.
fn in_state(state_kind: StateKind) -> Expr {
    Expr::col(Column::State).eq(Expr::Constant(<&str>::from(state_kind).into()))
}

#[cfg(test)]
mod tests;

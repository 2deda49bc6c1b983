//! Decisions: an acceptance is decided once, with all that it establishes in the same transaction.
//!
//! A decision appends nothing to the outbox: the invitation service tells what became of an
//! invitation. Watchers are told what it established, which is all of one commit.

use platform::clock::{Clock, Time};
use platform::store::audit::{self, Entry};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, IntoActiveModel,
    QuerySelect,
};
use vocabulary::acting_user::ActingUser;
use vocabulary::id::AcceptanceId;
use vocabulary::name::AcceptanceName;

use super::entity::decision::{Column, Entity, Model};
use super::names::customer_name;
use super::{Error, Store, account, broken, change, partner, partnership, privilege, relationship};
use crate::domain::Refusal;
use crate::domain::account::Account;
use crate::domain::change::Changes;
use crate::domain::decision::{Acceptance, Decision, Established, ExistingGrants, Outcome};

/// Why a transaction that was to decide is rolled back.
enum DecideError {
    /// The acceptance was decided before.
    Decided,
    /// It cannot be decided, or not now.
    Failed(Error),
}

/// A decision, and what its customer is called, where it has an account.
pub(crate) type WithName = (Decision, Option<String>);

/// A row, and what the customer in it is called.
#[derive(FromQueryResult)]
struct Named {
    #[sea_orm(nested)]
    row: Model,
    customer_name: Option<String>,
}

impl Store {
    /// Decides an acceptance, or answers the decision that was taken about it before, as it was
    /// taken.
    ///
    /// One transaction: the decision and all that it establishes, or nothing. Who comes second,
    /// with this acceptance or with another of the same customer, waits until the first is done.
    pub(crate) async fn establish(&self, acceptance: Acceptance) -> Result<WithName, Error> {
        let id = acceptance.id;
        let clock = self.clock.clone();
        let attempt = self
            .db
            .transaction(move |tx| Box::pin(async move { decide(tx, &acceptance, &clock).await }))
            .await;
        match attempt {
            Ok(decision) => {
                self.changed();
                Ok(decision)
            }
            Err(DecideError::Failed(error)) => Err(error),
            Err(DecideError::Decided) => {
                let found = named(self.db.reader(), id).await?;
                Ok(found.ok_or_else(|| broken("decision", id))?)
            }
        }
    }
}

/// What was decided of an acceptance, with what its customer is called where it has an account.
async fn named(db: &impl ConnectionTrait, id: AcceptanceId) -> Result<Option<WithName>, DbErr> {
    let select = Entity::find_by_id(id);
    let select = select.expr_as(customer_name(Column::Customer), "customer_name");
    let row = select.into_model::<Named>().one(db).await?;
    Ok(row.map(|found| (found.row.into(), found.customer_name)))
}

async fn decide(
    tx: &DatabaseTransaction,
    acceptance: &Acceptance,
    clock: &Clock,
) -> Result<WithName, DecideError> {
    let partnership = match &acceptance.joint {
        Some((_, pinned)) => partnership::lock_shared(tx, *pinned).await?,
        None => None,
    };
    let parties = partner::lock_shared(tx, acceptance.parties()).await?;
    match acceptance.outcome(partnership.as_ref(), &parties) {
        Outcome::Established => establish(tx, acceptance, clock).await,
        Outcome::Refused(reason) => {
            let decision = acceptance.refuse(reason, clock.now());
            insert(tx, &decision).await?;
            record(tx, &decision, &Established::default(), clock).await?;
            let found = named(tx, acceptance.id).await?;
            Ok(found.unwrap_or((decision, None)))
        }
    }
}

async fn establish(
    tx: &DatabaseTransaction,
    acceptance: &Acceptance,
    clock: &Clock,
) -> Result<WithName, DecideError> {
    let account = account(tx, acceptance, clock.now()).await?;
    let standing = standing(tx, acceptance, &account, clock.now()).await?;
    let (decision, established) = acceptance.establish(&standing, || clock.id(), clock.now());
    insert(tx, &decision).await?;
    record(tx, &decision, &established, clock).await?;
    let changes = Changes::established(&established, decision.decide_time);
    change::append(tx, &changes, clock).await?;
    if !established.relationships.is_empty() {
        let made = established.relationships.into_iter();
        relationship::insert(tx, made.map(|made| (made, &account))).await?;
    }
    if let Some(granted) = established.privilege {
        privilege::insert_many(tx, vec![granted]).await?;
    }
    Ok((decision, Some(account.profile.display_name)))
}

/// The customer's account, locked: what the customer accepts at once is decided one after the
/// other.
async fn account(
    tx: &DatabaseTransaction,
    acceptance: &Acceptance,
    now: Time,
) -> Result<Account, DecideError> {
    if let Some(profile) = acceptance.profile.clone() {
        let id = acceptance.customer.clone();
        let new = Account::open(id, profile, acceptance.id.uuid(), now);
        return Ok(account::open(tx, new).await?);
    }
    if let Some(account) = account::lock(tx, &acceptance.customer).await? {
        return Ok(account);
    }
    // a decision that was taken stands, also where it could not be taken any more
    match Entity::find_by_id(acceptance.id).one(tx).await? {
        Some(_) => Err(DecideError::Decided),
        None => Err(DecideError::Failed(Refusal::AccountRequired.into())),
    }
}

async fn standing(
    tx: &DatabaseTransaction,
    acceptance: &Acceptance,
    account: &Account,
    now: Time,
) -> Result<ExistingGrants, DbErr> {
    // with an account that this acceptance has opened nobody had anything; one that it opened
    // before is decided already
    if account.opened_by == acceptance.id.uuid() {
        return Ok(ExistingGrants::default());
    }
    Ok(ExistingGrants {
        relationships: relationship::lock_active(tx, acceptance.parties(), &account.id).await?,
        privileges: privilege::standing_now(tx, &acceptance.reseller, &account.id, now).await?,
    })
}

/// Keeps the decision, unless the acceptance has one. One that is being taken at the same time is
/// waited for.
async fn insert(tx: &DatabaseTransaction, decision: &Decision) -> Result<(), DecideError> {
    let inserted = Entity::insert(Model::from(decision.clone()).into_active_model())
        .on_conflict(
            OnConflict::column(Column::Acceptance)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    if inserted == 1 {
        Ok(())
    } else {
        Err(DecideError::Decided)
    }
}

/// Keeps for good what the person who accepted has brought about.
async fn record(
    tx: &DatabaseTransaction,
    decision: &Decision,
    established: &Established,
    clock: &Clock,
) -> Result<(), DbErr> {
    let acceptance = AcceptanceName::new(&decision.customer, decision.acceptance).to_string();
    let relationships = established
        .relationships
        .iter()
        .map(|made| ("EstablishRelationship", made.name()));
    let privileges = established
        .privilege
        .iter()
        .map(|granted| ("GrantPrivilege", granted.name()));
    let acts: Vec<_> = [("DecideAcceptance", acceptance)]
        .into_iter()
        .chain(relationships)
        .chain(privileges)
        .collect();
    let entries = acts.iter().map(|(action, resource)| Entry {
        issuer: &decision.user.issuer,
        subject: &decision.user.subject,
        tenant: decision.customer.tenant(),
        action,
        resource,
        detail: decision.outcome.into(),
    });
    audit::append_many(tx, entries, clock).await
}

impl From<DbErr> for DecideError {
    fn from(error: DbErr) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Model> for Decision {
    fn from(row: Model) -> Self {
        Self {
            acceptance: row.acceptance,
            fingerprint: row.fingerprint,
            invitation: row.invitation,
            customer: row.customer,
            reseller: row.reseller,
            provider: row.provider,
            outcome: row.outcome,
            reseller_relationship: row.reseller_relationship,
            provider_relationship: row.provider_relationship,
            decide_time: row.decide_time,
            user: ActingUser {
                issuer: row.issuer,
                subject: row.subject,
            },
        }
    }
}

impl From<Decision> for Model {
    fn from(decision: Decision) -> Self {
        Self {
            acceptance: decision.acceptance,
            fingerprint: decision.fingerprint,
            invitation: decision.invitation,
            customer: decision.customer,
            reseller: decision.reseller,
            provider: decision.provider,
            outcome: decision.outcome,
            reseller_relationship: decision.reseller_relationship,
            provider_relationship: decision.provider_relationship,
            decide_time: decision.decide_time,
            issuer: decision.user.issuer,
            subject: decision.user.subject,
        }
    }
}

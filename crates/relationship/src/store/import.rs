//! Imports of existing customers: begun with an approval, taken up, committed batch by batch, and
//! ended.
//!
//! The row of an import is its lease and its fence: whoever writes finds the version that it took
//! the import up with, or has been overtaken and writes nothing. The last batch and the partner's
//! activation are one transaction.

mod found;
pub(super) mod rows;

use std::time::Duration;

use platform::clock::{Clock, Time};
use platform::store::audit::{self, Entry};
use platform::store::lease;
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use vocabulary::id::{PartnerId, RelationshipId};
use vocabulary::name::PartnerName;

use self::rows::{current, forget_skipped, is_unfinished, save, skipped_row};
use super::entity::enrollment_import::{Column, Entity};
use super::entity::skipped_record;
use super::{Error, Store, account, change, partner, privilege, relationship};
use crate::domain::account::Account;
use crate::domain::change::Changes;
use crate::domain::fact::Fact;
use crate::domain::import::{Batch, Import, Skipped, Sorted};
use crate::domain::partner::Partner;

/// How long an import that was taken up is left alone by others, unless it gets on: short enough
/// that what a killed process left is soon taken up.
const LEASE: Duration = Duration::from_secs(5);

/// The longest lease, and the longest wait between two tries.
pub(crate) const LONGEST_WAIT: Duration = LEASE;

/// Who does what an import does, as the audit names it.
const IMPORTER: &str = "partner-connect";

impl Store {
    /// Takes up an import that is due, if there is one. Nobody else gets it until its lease ends.
    pub(crate) async fn take_import(&self) -> Result<Option<Import>, Error> {
        let clock = self.clock.clone();
        // whoever only looks does not hold up who writes
        let now = clock.now();
        let there = unfinished(is_due(now).or(is_astray(now)));
        if there.one(self.db.reader()).await?.is_none() {
            return Ok(None);
        }
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let now = clock.now();
                    lease::bound::<Entity>(tx, Column::DueTime, is_unfinished(), now, LONGEST_WAIT)
                        .await?;
                    let row = unfinished(is_due(now))
                        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
                        .one(tx)
                        .await?;
                    match row {
                        Some(row) => Ok(Some(save(tx, row.into(), now + LEASE).await?)),
                        None => Ok(None),
                    }
                })
            })
            .await
    }

    /// Keeps an import for longer, while its next batch is waited for; `None`: it was overtaken.
    pub(crate) async fn hold_import(&self, import: Import) -> Result<Option<Import>, Error> {
        self.change_import(import, LEASE, |import, _| import).await
    }

    /// Tries an import again after a time: the portals are away, or broke off.
    pub(crate) async fn delay_import(
        &self,
        import: Import,
        detail: String,
        by: Duration,
    ) -> Result<(), Error> {
        let wait = move |import: Import, now| import.wait(detail, now);
        self.change_import(import, by, wait).await.map(drop)
    }

    /// Begins an import anew after a time.
    pub(crate) async fn restart_import(&self, import: Import, by: Duration) -> Result<(), Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    if !current(tx, &import).await? {
                        return Ok(());
                    }
                    forget_skipped(tx, &import.partner).await?;
                    let now = clock.now();
                    save(tx, import.restart(now), now + by).await.map(drop)?;
                    Ok(())
                })
            })
            .await
    }

    /// Forgets some of what an earlier attempt of a partner that never took part has imported;
    /// answers how many rows. `None`: it was overtaken.
    pub(crate) async fn forget_imported(
        &self,
        import: Import,
    ) -> Result<Option<(Import, u64)>, Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    partner::lock_shared(tx, [&import.partner]).await?;
                    if !current(tx, &import).await? {
                        return Ok(None);
                    }
                    let privileges = privilege::forget_of(tx, &import.partner).await?;
                    let relationships = relationship::forget_of(tx, &import.partner).await?;
                    let import = save(tx, import, clock.now() + LEASE).await?;
                    Ok(Some((import, privileges + relationships)))
                })
            })
            .await
    }

    /// Commits a batch; with the last one the partner takes part. `None`: it was overtaken, and
    /// nothing is written.
    pub(crate) async fn import_batch(
        &self,
        import: Import,
        batch: Batch,
    ) -> Result<Option<Import>, Error> {
        let clock = self.clock.clone();
        let committed: Result<_, Error> = self
            .db
            .transaction(move |tx| {
                Box::pin(async move {
                    // partners are locked before what is theirs, which refers to them
                    let last = match batch.resume_token {
                        Some(_) => {
                            partner::lock_shared(tx, [&import.partner]).await?;
                            None
                        }
                        None => Some(partner::lock(tx, &import.partner).await?),
                    };
                    if !current(tx, &import).await? {
                        return Ok(None);
                    }
                    let (read, resume_token) = (batch.read, batch.resume_token.clone());
                    let found = found::found(tx, &import.partner, &batch).await?;
                    let sorted = import.sort(batch, &found);
                    insert(tx, &import, &sorted, &clock).await?;
                    let now = clock.now();
                    let import = import.advance(read, &sorted, resume_token, now);
                    if let Some(partner) = last {
                        let counts = import.counts;
                        let detail = format!(
                            "ACTIVE: {} imported, {} kept, {} skipped",
                            counts.imported, counts.kept, counts.skipped
                        );
                        end(tx, partner.imported(now)?, &detail, &clock).await?;
                        // those of an attempt before, which are kept, become visible now as well
                        let count = counts.imported + counts.kept;
                        let changes = Changes::imported(&import.partner, count, now);
                        change::append(tx, &changes, &clock).await?;
                    }
                    Ok(Some(save(tx, import, now + LEASE).await?))
                })
            })
            .await;
        self.changed();
        committed
    }

    /// Lets the store look at the tables that an import has filled.
    pub(crate) async fn look_at_imported(&self) -> Result<(), Error> {
        let tables = ["account", "relationship", "privilege"];
        Ok(self.db.analyze(&tables).await?)
    }

    /// Ends an import that the portals refuse, and the enrolment with it.
    pub(crate) async fn refuse_import(&self, import: Import, reason: String) -> Result<(), Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let partner = partner::lock(tx, &import.partner).await?;
                    if !current(tx, &import).await? {
                        return Ok(());
                    }
                    let now = clock.now();
                    let detail = format!("FAILED: {reason}");
                    end(tx, partner.refused(reason.clone(), now)?, &detail, &clock).await?;
                    save(tx, import.fail(reason, now), now).await.map(drop)?;
                    Ok(())
                })
            })
            .await
    }

    /// A partner, its last import, and the first records that this skipped, as of one moment.
    pub(crate) async fn partner_with_import(
        &self,
        id: PartnerId,
    ) -> Result<(Partner, Option<(Import, Vec<Skipped>)>), Error> {
        self.db
            .snapshot(move |tx| {
                Box::pin(async move {
                    let partner = partner::find(tx, &id).await?;
                    let Some(row) = Entity::find_by_id(id.clone()).one(tx).await? else {
                        return Ok((partner, None));
                    };
                    let skipped = skipped_record::Entity::find()
                        .filter(skipped_record::Column::Partner.eq(id))
                        .order_by_asc(skipped_record::Column::Number)
                        .all(tx)
                        .await?;
                    let skipped = skipped.into_iter().map(Skipped::from).collect();
                    Ok((partner, Some((row.into(), skipped))))
                })
            })
            .await
    }

    async fn change_import(
        &self,
        import: Import,
        due_in: Duration,
        rule: impl FnOnce(Import, Time) -> Import + Send + 'static,
    ) -> Result<Option<Import>, Error> {
        let clock = self.clock.clone();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    if !current(tx, &import).await? {
                        return Ok(None);
                    }
                    let now = clock.now();
                    let import = save(tx, rule(import, now), now + due_in).await?;
                    Ok(Some(import))
                })
            })
            .await
    }
}

/// The imports of this kind that are not at their end, the one that waits longest first.
fn unfinished(of: Expr) -> Select<Entity> {
    Entity::find()
        .filter(is_unfinished())
        .filter(of)
        .order_by_asc(Column::DueTime)
}

fn is_due(now: Time) -> Expr {
    Column::DueTime.lte(now)
}

fn is_astray(now: Time) -> Expr {
    lease::is_astray(Column::DueTime, now, LONGEST_WAIT)
}

/// Writes the partner whose import has ended, tells of it, and keeps for good how it ended.
async fn end(
    tx: &DatabaseTransaction,
    (partner, fact): (Partner, Option<Fact>),
    detail: &str,
    clock: &Clock,
) -> Result<(), DbErr> {
    partner::update(tx, &partner).await?;
    partner::append(tx, fact.as_ref(), partner.update_time).await?;
    let entry = Entry {
        issuer: IMPORTER,
        subject: "import",
        tenant: "",
        action: "ImportCustomers",
        resource: &PartnerName::new(&partner.id).to_string(),
        detail,
    };
    audit::append(tx, entry, clock).await
}

async fn insert(
    tx: &DatabaseTransaction,
    import: &Import,
    sorted: &Sorted,
    clock: &Clock,
) -> Result<(), DbErr> {
    let room = import.room_for_skipped();
    let skipped = sorted.skipped.iter().take(room).cloned();
    let skipped: Vec<_> = skipped
        .map(|one| skipped_row(&import.partner, one).into_active_model())
        .collect();
    if !skipped.is_empty() {
        skipped_record::Entity::insert_many(skipped)
            .exec_without_returning(tx)
            .await?;
    }
    if sorted.records.is_empty() {
        return Ok(());
    }
    let (now, opened_by) = (clock.now(), clock.id());
    let opened = sorted.records.iter().map(|record| {
        let profile = record.profile.clone();
        Account::open(record.customer.clone(), profile, opened_by, now)
    });
    let accounts = account::open_many(tx, opened.collect()).await?;
    let relationships = sorted
        .records
        .iter()
        .zip(&accounts)
        .map(|(record, account)| {
            let id = RelationshipId::from(clock.id());
            (import.relationship(record, id, now), account)
        });
    relationship::insert(tx, relationships).await?;
    let records = sorted.records.iter();
    let privileges: Vec<_> = records
        .flat_map(|record| import.privileges(record, || clock.id(), now))
        .collect();
    privilege::insert_many(tx, privileges).await
}

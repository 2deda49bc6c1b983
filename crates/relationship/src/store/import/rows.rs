//! The rows of imports and of the records that they skipped: begun, ended by a rejection, written
//! under a new version.

use platform::clock::Time;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
};
use vocabulary::id::PartnerId;

use crate::domain::import::{Counts, Import, Skipped, State};
use crate::store::entity::enrollment_import::{Column, Entity, Model};
use crate::store::entity::skipped_record;

/// Begins an import in the transaction of its approval; what is left of an earlier one is
/// forgotten.
pub(in crate::store) async fn begin(
    tx: &DatabaseTransaction,
    partner: &PartnerId,
    now: Time,
) -> Result<(), DbErr> {
    forget_skipped(tx, partner).await?;
    let row = row(Import::begin(partner.clone(), now), now).into_active_model();
    let others = <Column as sea_orm::Iterable>::iter()
        .filter(|column| !matches!(column, Column::Partner | Column::Version));
    let mut again = OnConflict::column(Column::Partner);
    again.update_columns(others);
    // never a version that a writer from before may still hold
    again.value(Column::Version, Expr::col((Entity, Column::Version)).add(1));
    Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(tx)
        .await
        .map(drop)
}

pub(super) async fn forget_skipped(
    tx: &DatabaseTransaction,
    partner: &PartnerId,
) -> Result<(), DbErr> {
    skipped_record::Entity::delete_many()
        .filter(skipped_record::Column::Partner.eq(partner.clone()))
        .exec(tx)
        .await
        .map(drop)
}

/// Ends an import that runs, in the transaction that ends its enrolment. Nothing where none does.
pub(in crate::store) async fn reject(
    tx: &DatabaseTransaction,
    partner: &PartnerId,
    now: Time,
) -> Result<(), DbErr> {
    let row = Entity::find_by_id(partner.clone())
        .filter(is_unfinished())
        .lock_exclusive()
        .one(tx)
        .await?;
    if let Some(row) = row {
        let import =
            Import::from(row).fail("the enrolment was rejected or withdrawn".to_owned(), now);
        save(tx, import, now).await?;
    }
    Ok(())
}

/// The import has not ended.
pub(super) fn is_unfinished() -> Expr {
    Column::State.is_in([State::Running, State::Waiting])
}

/// Whether the import is still this caller's, and locked then.
pub(super) async fn current(tx: &DatabaseTransaction, import: &Import) -> Result<bool, DbErr> {
    let row = Entity::find_by_id(import.partner.clone())
        .filter(Column::Version.eq(import.version))
        .filter(is_unfinished())
        .lock_exclusive()
        .one(tx)
        .await?;
    Ok(row.is_some())
}

/// Writes the import under a new version.
pub(super) async fn save(
    tx: &DatabaseTransaction,
    import: Import,
    due_time: Time,
) -> Result<Import, DbErr> {
    let import = Import {
        version: import.version + 1,
        ..import
    };
    let row = row(import.clone(), due_time).into_active_model();
    Entity::update(sea_orm::ActiveModelTrait::reset_all(row))
        .exec_without_returning(tx)
        .await?;
    Ok(import)
}

fn row(import: Import, due_time: Time) -> Model {
    Model {
        partner: import.partner,
        state: import.state,
        resume_token: import.resume_token,
        read_count: import.counts.read,
        imported_count: import.counts.imported,
        kept_count: import.counts.kept,
        skipped_count: import.counts.skipped,
        detail: import.detail,
        start_time: import.start_time,
        update_time: import.update_time,
        end_time: import.end_time,
        due_time,
        attempts: import.attempts,
        version: import.version,
    }
}

impl From<Model> for Import {
    fn from(row: Model) -> Self {
        Self {
            partner: row.partner,
            state: row.state,
            resume_token: row.resume_token,
            counts: Counts {
                read: row.read_count,
                imported: row.imported_count,
                kept: row.kept_count,
                skipped: row.skipped_count,
            },
            detail: row.detail,
            start_time: row.start_time,
            update_time: row.update_time,
            end_time: row.end_time,
            attempts: row.attempts,
            version: row.version,
        }
    }
}

pub(super) fn skipped_row(partner: &PartnerId, skipped: Skipped) -> skipped_record::Model {
    skipped_record::Model {
        partner: partner.clone(),
        number: skipped.number,
        portal: skipped.portal,
        customer: skipped.customer,
        reason: skipped.reason,
        detail: skipped.detail,
    }
}

impl From<skipped_record::Model> for Skipped {
    fn from(row: skipped_record::Model) -> Self {
        Self {
            number: row.number,
            portal: row.portal,
            customer: row.customer,
            reason: row.reason,
            detail: row.detail,
        }
    }
}

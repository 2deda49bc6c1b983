//! The schema of a store: bringing it up to date, and refusing to run on one that does not fit this
//! program.
//!
//! Only programs that are told to migrate call [`migrate`]; all others call [`check`]. The
//! migrations themselves stand in the services.

use sea_orm::sea_query::{
    ColumnDef, Expr, ExprTrait, IndexCreateStatement, OnConflict, Query, Table,
    TableCreateStatement,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr};
use sea_orm_migration::{MigratorTrait, SchemaManager};
use semver::Version;

use crate::store::db::Db;

/// The version of this program, as migrations name it.
pub const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// The key of the lock that lets one process migrate at a time; any number that nobody else uses
/// would do.
const MIGRATION_LOCK: i64 = 0x7061_7274_6e65_7263;

/// Why a program may not run on a store.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The store lacks migrations that this program needs.
    #[error("the store is not up to date: run `migrate` first (missing: {0})")]
    NotMigrated(String),
    /// A newer program changed the store so that this one must not run on it.
    #[error("the store needs program version {needed} or newer, this is {PROGRAM}")]
    ProgramTooOld {
        /// The oldest version that may run on it.
        needed: String,
    },
    /// The store could not be asked.
    #[error("the store failed")]
    Store(#[from] DbErr),
}

/// Applies the migrations that the store lacks, all or none. Programs that do so at once wait for
/// each other.
pub async fn migrate<M: MigratorTrait>(db: &Db) -> Result<(), SchemaError> {
    let schema = db.schema().map(str::to_owned);
    db.migration(move |tx| {
        Box::pin(async move {
            if tx.get_database_backend() == DbBackend::Postgres {
                lock(tx, schema.as_deref()).await?;
            }
            program_fits(tx).await?;
            if !missing::<M>(tx).await?.is_empty() {
                M::up(tx, None).await?;
            }
            Ok(())
        })
    })
    .await
}

/// Refuses a store that lacks migrations, or that needs a newer program.
pub async fn check<M: MigratorTrait>(db: &Db) -> Result<(), SchemaError> {
    let missing = db
        .snapshot(|tx| {
            Box::pin(async move {
                program_fits(tx).await?;
                Ok::<_, SchemaError>(missing::<M>(tx).await?)
            })
        })
        .await?;
    if missing.is_empty() {
        Ok(())
    } else {
        Err(SchemaError::NotMigrated(missing.join(", ")))
    }
}

/// Records, inside a migration, the oldest program version that may run on the store from then on.
///
/// Every migration calls it: with the version that it comes with when older programs would do harm,
/// otherwise with the version that the migration before it named.
pub async fn oldest_program(manager: &SchemaManager<'_>, version: &str) -> Result<(), DbErr> {
    let mut table = Table::create();
    table
        .table(SCHEMA_VERSION)
        .if_not_exists()
        .col(ColumnDef::new("id").integer().not_null().primary_key())
        .col(ColumnDef::new("oldest_program").text().not_null());
    manager.create_table(table).await?;
    let mut row = Query::insert();
    row.into_table(SCHEMA_VERSION)
        .columns(["id", "oldest_program"])
        .values_panic([1.into(), version.into()])
        .on_conflict(
            OnConflict::column("id")
                .update_column("oldest_program")
                .to_owned(),
        );
    manager.get_connection().execute(&row).await?;
    Ok(())
}

/// Drops the PostgreSQL schema that the store was opened with, and all that is in it. Nothing on
/// SQLite.
pub async fn drop_schema(db: &Db) -> Result<(), DbErr> {
    let Some(schema) = db.schema() else {
        return Ok(());
    };
    let statement = format!("DROP SCHEMA IF EXISTS {schema} CASCADE");
    db.reader().execute_unprepared(&statement).await?;
    Ok(())
}

/// A table with its indexes, to be created by a migration. What a released migration creates never
/// changes again.
pub struct NewTable {
    table: TableCreateStatement,
    indexes: Vec<IndexCreateStatement>,
}

impl NewTable {
    /// A table without indexes of its own.
    pub fn new(table: &TableCreateStatement) -> Self {
        Self {
            table: table.clone(),
            indexes: Vec::new(),
        }
    }

    /// The same with one more index.
    pub fn index(mut self, index: &IndexCreateStatement) -> Self {
        self.indexes.push(index.clone());
        self
    }

    /// Creates it.
    pub async fn create(self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager.create_table(self.table).await?;
        for index in self.indexes {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

const SCHEMA_VERSION: &str = "schema_version";

async fn lock(tx: &DatabaseTransaction, schema: Option<&str>) -> Result<(), DbErr> {
    // a migration may take longer than any request
    for limit in [
        "statement_timeout",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
    ] {
        tx.execute_unprepared(&format!("SET LOCAL {limit} = 0"))
            .await?;
    }
    tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
        .await?;
    if let Some(schema) = schema {
        tx.execute_unprepared(&format!("CREATE SCHEMA IF NOT EXISTS {schema}"))
            .await?;
    }
    Ok(())
}

async fn missing<M: MigratorTrait>(tx: &DatabaseTransaction) -> Result<Vec<String>, DbErr> {
    let mut applied = Vec::new();
    if SchemaManager::new(tx)
        .has_table(M::migration_table_name().to_string())
        .await?
    {
        let mut select = Query::select();
        select.column("version").from(M::migration_table_name());
        for row in tx.query_all(&select).await? {
            applied.push(row.try_get::<String>("", "version")?);
        }
    }
    let names = M::migrations()
        .into_iter()
        .map(|migration| migration.name().to_owned());
    Ok(names.filter(|name| !applied.contains(name)).collect())
}

async fn program_fits(tx: &DatabaseTransaction) -> Result<(), SchemaError> {
    if !SchemaManager::new(tx).has_table(SCHEMA_VERSION).await? {
        return Ok(());
    }
    let mut select = Query::select();
    select
        .column("oldest_program")
        .from(SCHEMA_VERSION)
        .and_where(Expr::col("id").eq(1));
    let Some(row) = tx.query_one(&select).await? else {
        return Ok(());
    };
    let needed: String = row.try_get("", "oldest_program")?;
    if runs_on(PROGRAM, &needed) {
        Ok(())
    } else {
        Err(SchemaError::ProgramTooOld { needed })
    }
}

/// Whether a program of this version runs where that one is needed. One that cannot be read is
/// newer than any.
fn runs_on(program: &str, needed: &str) -> bool {
    let version = |text: &str| Version::parse(text);
    matches!((version(program), version(needed)), (Ok(program), Ok(needed)) if program >= needed)
}

#[cfg(test)]
mod tests {
    use sea_orm_migration::{MigrationName, MigrationTrait, async_trait};

    use super::*;
    use crate::store::db::tests::{TempDb, on_both_stores};

    /// A migrator of one migration, which needs this program version.
    macro_rules! migrator {
        ($migrator:ident, $migration:ident, $version:expr, [$($name:ident),*]) => {
            struct $migration;
            impl MigrationName for $migration {
                fn name(&self) -> &str {
                    stringify!($migration)
                }
            }
            #[async_trait::async_trait]
            impl MigrationTrait for $migration {
                async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
                    let mut table = Table::create();
                    table.table(stringify!($migration)).col(ColumnDef::new("id").integer().primary_key());
                    manager.create_table(table).await?;
                    oldest_program(manager, $version).await
                }
            }
            struct $migrator;
            #[async_trait::async_trait]
            impl MigratorTrait for $migrator {
                fn migrations() -> Vec<Box<dyn MigrationTrait>> {
                    vec![$(Box::new($name)),*]
                }
            }
        };
    }
    migrator!(First, One, PROGRAM, [One]);
    migrator!(Second, Two, PROGRAM, [One, Two]);
    migrator!(Future, Three, "999.0.0", [One, Two, Three]);

    on_both_stores! {
        a_store_is_refused_until_it_is_migrated,
        an_older_program_runs_on_a_newer_store_that_allows_it,
        an_older_program_is_refused_by_a_store_that_forbids_it,
        programs_that_migrate_at_once_wait_for_each_other,
    }

    async fn a_store_is_refused_until_it_is_migrated(temp: TempDb) {
        assert!(matches!(
            check::<First>(&temp.db).await,
            Err(SchemaError::NotMigrated(_))
        ));
        migrate::<First>(&temp.db).await.unwrap();
        check::<First>(&temp.db).await.unwrap();
        let refused = check::<Second>(&temp.db).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the store is not up to date: run `migrate` first (missing: Two)"
        );
    }

    async fn an_older_program_runs_on_a_newer_store_that_allows_it(temp: TempDb) {
        migrate::<Second>(&temp.db).await.unwrap();
        check::<First>(&temp.db).await.unwrap();
        migrate::<First>(&temp.db).await.unwrap();
    }

    async fn an_older_program_is_refused_by_a_store_that_forbids_it(temp: TempDb) {
        migrate::<Future>(&temp.db).await.unwrap();
        for refused in [
            check::<First>(&temp.db).await,
            migrate::<First>(&temp.db).await,
        ] {
            assert!(matches!(refused, Err(SchemaError::ProgramTooOld { .. })));
        }
    }

    async fn programs_that_migrate_at_once_wait_for_each_other(temp: TempDb) {
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let again = temp.again();
            racers.spawn(async move { migrate::<Second>(&again.await?).await });
        }
        while let Some(outcome) = racers.join_next().await {
            outcome.unwrap().unwrap();
        }
        check::<Second>(&temp.db).await.unwrap();
    }

    #[test]
    fn versions_compare_as_versions_do() {
        for (program, needed) in [
            ("0.10.0", "0.9.9"),
            ("0.3.0", "0.3.0-rc.1"),
            ("1.0.0", "1.0.0"),
        ] {
            assert!(runs_on(program, needed), "{program} on {needed}");
        }
        for (program, needed) in [
            ("0.9.9", "0.10.0"),
            ("0.3.0-rc.1", "0.3.0"),
            ("9.9.9", "next"),
        ] {
            assert!(!runs_on(program, needed), "{program} on {needed}");
        }
    }
}

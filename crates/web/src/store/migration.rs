//! How the table of sessions came to be. A released migration never changes again.

use platform::store::schema::{NewTable, oldest_program};
use sea_orm::DbErr;
use sea_orm::sea_query::{ColumnDef, Index, Table};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait};

use super::entity::session;

/// Every migration of this store, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Sessions)]
    }
}

struct Sessions;

impl MigrationName for Sessions {
    fn name(&self) -> &str {
        "m0001_sessions"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Sessions {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        sessions().create(manager).await?;
        oldest_program(manager, "0.4.0").await
    }
}

fn sessions() -> NewTable {
    use session::Column;
    let index = |name: &str, column: Column| {
        Index::create()
            .name(name)
            .table(session::Entity)
            .col(column)
            .to_owned()
    };
    NewTable::new(
        Table::create()
            .table(session::Entity)
            .col(
                ColumnDef::new(Column::IdHash)
                    .text()
                    .not_null()
                    .primary_key(),
            )
            .col(ColumnDef::new(Column::Sealed).binary().not_null())
            .col(ColumnDef::new(Column::Version).big_integer().not_null())
            .col(ColumnDef::new(Column::CreateTime).big_integer().not_null())
            .col(ColumnDef::new(Column::UseTime).big_integer().not_null())
            .col(ColumnDef::new(Column::RenewTime).big_integer().not_null()),
    )
    .index(&index("session_use_time", Column::UseTime))
    .index(&index("session_create_time", Column::CreateTime))
}

//! How the tables of this service came to be. A released migration never changes again.

use platform::store::audit;
use platform::store::schema::{NewTable, oldest_program};
use sea_orm::DbErr;
use sea_orm::sea_query::{ColumnDef, Index, IndexOrder, Table};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait};

use super::entity::{draft, inbox, notice};

/// Every migration of this service's store, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(DraftsAndNotices), Box::new(NamesInNotices)]
    }
}

struct DraftsAndNotices;

impl MigrationName for DraftsAndNotices {
    fn name(&self) -> &str {
        "m0001_drafts_and_notices"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for DraftsAndNotices {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        audit::table().create(manager).await?;
        drafts().create(manager).await?;
        inbox().create(manager).await?;
        notices().create(manager).await?;
        oldest_program(manager, "0.1.0").await
    }
}

/// What the partner and the customer in a notice are called, and whose reference it has.
struct NamesInNotices;

impl MigrationName for NamesInNotices {
    fn name(&self) -> &str {
        "m0002_names_in_notices"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for NamesInNotices {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use notice::Column;
        for column in [
            Column::CustomerName,
            Column::CounterpartName,
            Column::CorrelationId,
        ] {
            let mut column = ColumnDef::new(column).text().not_null().default("").take();
            let add = Table::alter()
                .table(notice::Entity)
                .add_column(&mut column)
                .take();
            manager.alter_table(add).await?;
        }
        // an older program does not know that a customer ends relationships, and lists no such
        // notice
        oldest_program(manager, "0.4.0").await
    }
}

fn drafts() -> NewTable {
    use draft::Column;
    NewTable::new(
        Table::create()
            .table(draft::Entity)
            .col(ColumnDef::new(Column::Partner).text().not_null())
            .col(ColumnDef::new(Column::Invitation).uuid().not_null())
            .col(ColumnDef::new(Column::Subject).text().not_null())
            .col(ColumnDef::new(Column::Text).text().not_null())
            .col(ColumnDef::new(Column::Version).big_integer().not_null())
            .col(ColumnDef::new(Column::UpdateTime).big_integer().not_null())
            .primary_key(Index::create().col(Column::Partner).col(Column::Invitation)),
    )
}

fn inbox() -> NewTable {
    use inbox::Column;
    NewTable::new(
        Table::create()
            .table(inbox::Entity)
            .col(
                ColumnDef::new(Column::FactId)
                    .uuid()
                    .not_null()
                    .primary_key(),
            )
            .col(ColumnDef::new(Column::ReceiveTime).big_integer().not_null()),
    )
    .index(
        Index::create()
            .name("inbox_receive_time")
            .table(inbox::Entity)
            .col(Column::ReceiveTime),
    )
}

fn notices() -> NewTable {
    use notice::Column;
    NewTable::new(
        Table::create()
            .table(notice::Entity)
            .col(ColumnDef::new(Column::Id).uuid().not_null().primary_key())
            .col(ColumnDef::new(Column::Partner).text().not_null())
            .col(ColumnDef::new(Column::Kind).text().not_null())
            .col(ColumnDef::new(Column::Subject).text().not_null())
            .col(ColumnDef::new(Column::Customer).text())
            .col(ColumnDef::new(Column::Counterpart).text())
            .col(ColumnDef::new(Column::Remark).text().not_null())
            .col(ColumnDef::new(Column::OccurTime).big_integer().not_null())
            .col(ColumnDef::new(Column::CreateTime).big_integer().not_null()),
    )
    .index(
        Index::create()
            .name("notice_partner_occur_time")
            .table(notice::Entity)
            .col(Column::Partner)
            .col((Column::OccurTime, IndexOrder::Desc))
            .col((Column::Id, IndexOrder::Desc)),
    )
    .index(
        Index::create()
            .name("notice_create_time")
            .table(notice::Entity)
            .col(Column::CreateTime),
    )
}

//! The audit trail of one service: who did what to which resource, and when. Rows are appended and
//! never change or go.

use sea_orm::sea_query::{ColumnDef, Index, Table};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, DbErr, EntityTrait};

use crate::clock::Clock;
use crate::store::schema::NewTable;
use entity::{ActiveModel, Column, Entity};

/// One act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Who vouched for the acting user.
    pub issuer: &'a str,
    /// The acting user, as the issuer names it.
    pub subject: &'a str,
    /// The organisation it acted for; empty for operators and services.
    pub tenant: &'a str,
    /// The verb, such as `RemoveRelationship`.
    pub action: &'a str,
    /// The name of the resource.
    pub resource: &'a str,
    /// What else must be known later; never a secret.
    pub detail: &'a str,
}

/// Appends one act, in its own transaction.
pub async fn append(
    tx: &DatabaseTransaction,
    entry: Entry<'_>,
    clock: &Clock,
) -> Result<(), DbErr> {
    append_many(tx, [entry], clock).await
}

/// Appends several acts with one statement; at least one.
pub async fn append_many(
    tx: &DatabaseTransaction,
    entries: impl IntoIterator<Item = Entry<'_>>,
    clock: &Clock,
) -> Result<(), DbErr> {
    let rows = entries.into_iter().map(|entry| ActiveModel {
        id: Set(clock.id()),
        time: Set(clock.now()),
        issuer: Set(entry.issuer.to_owned()),
        subject: Set(entry.subject.to_owned()),
        tenant: Set(entry.tenant.to_owned()),
        action: Set(entry.action.to_owned()),
        resource: Set(entry.resource.to_owned()),
        detail: Set(entry.detail.to_owned()),
    });
    Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await
        .map(drop)
}

/// The table, for a service's first migration.
pub fn table() -> NewTable {
    NewTable::new(
        Table::create()
            .table(Entity)
            .col(ColumnDef::new(Column::Id).uuid().not_null().primary_key())
            .col(ColumnDef::new(Column::Time).big_integer().not_null())
            .col(ColumnDef::new(Column::Issuer).text().not_null())
            .col(ColumnDef::new(Column::Subject).text().not_null())
            .col(ColumnDef::new(Column::Tenant).text().not_null())
            .col(ColumnDef::new(Column::Action).text().not_null())
            .col(ColumnDef::new(Column::Resource).text().not_null())
            .col(ColumnDef::new(Column::Detail).text().not_null()),
    )
    .index(
        Index::create()
            .name("audit_resource_time")
            .table(Entity)
            .col(Column::Resource)
            .col(Column::Time),
    )
}

#[allow(
    unreachable_pub,
    reason = "the derived items are public within this private module"
)]
mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub time: crate::clock::Time,
        pub issuer: String,
        pub subject: String,
        pub tenant: String,
        pub action: String,
        pub resource: String,
        pub detail: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::db::tests::{TempDb, on_both_stores};

    on_both_stores! {
        an_act_is_kept_with_its_transaction_only,
    }

    async fn an_act_is_kept_with_its_transaction_only(temp: TempDb) {
        temp.create(table()).await;
        let clock = Clock::system();
        for resource in ["things/kept", "things/undone"] {
            let clock = clock.clone();
            let outcome: Result<(), DbErr> = temp
                .db
                .transaction(move |tx| {
                    Box::pin(async move {
                        let entry = Entry {
                            issuer: "https://issuer",
                            subject: "ada",
                            tenant: "contoso",
                            action: "RemoveThing",
                            resource,
                            detail: "",
                        };
                        append(tx, entry, &clock).await?;
                        if resource == "things/kept" {
                            Ok(())
                        } else {
                            Err(DbErr::Custom("no".to_owned()))
                        }
                    })
                })
                .await;
            assert_eq!(outcome.is_ok(), resource == "things/kept");
        }
        let rows = Entity::find().all(temp.db.reader()).await.unwrap();
        assert_eq!(
            rows.iter()
                .map(|row| row.resource.as_str())
                .collect::<Vec<_>>(),
            ["things/kept"]
        );
        assert_eq!(
            (rows[0].subject.as_str(), rows[0].tenant.as_str()),
            ("ada", "contoso")
        );
    }
}

//! The schema, step by step. What a released step makes never changes again; a change is another step.
//!
//! Every list reads one index in its own order. What a rule allows only once is unique here as well.

use platform::schema::{self, NewTable};
use platform::{audit, outbox, request};
use sea_orm::DbErr;
use sea_orm::sea_query::{
    ColumnDef, ConditionalStatement, Expr, ExprTrait, ForeignKey, ForeignKeyCreateStatement, Index,
    IndexCreateStatement, Table,
};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait};

/// The steps, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(First)]
    }
}

/// The first release: everything.
struct First;

impl MigrationName for First {
    fn name(&self) -> &str {
        "relationship_1"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for First {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            request::table(),
            outbox::table(),
            audit::table(),
            partner(),
            partnership(),
            account(),
            relationship(),
            privilege(),
            decision(),
        ];
        for table in tables {
            table.create(manager).await?;
        }
        schema::oldest_program(manager, "0.1.0").await
    }
}

fn partner() -> NewTable {
    NewTable::new(
        Table::create()
            .table("partner")
            .col(ColumnDef::new("id").text().not_null().primary_key())
            .col(ColumnDef::new("kind").text().not_null())
            .col(ColumnDef::new("display_name").text().not_null())
            .col(ColumnDef::new("state").text().not_null())
            .col(ColumnDef::new("state_reason").text().not_null())
            .col(ColumnDef::new("create_time").big_integer().not_null())
            .col(ColumnDef::new("update_time").big_integer().not_null())
            .col(ColumnDef::new("activate_time").big_integer())
            .col(ColumnDef::new("version").big_integer().not_null()),
    )
    .index(&index("partner", ["create_time", "id"]))
    .index(&index("partner", ["state", "create_time", "id"]))
    .index(&index("partner", ["kind", "create_time", "id"]))
    .index(&index("partner", ["kind", "state", "create_time", "id"]))
}

fn partnership() -> NewTable {
    NewTable::new(
        Table::create()
            .table("partnership")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("reseller").text().not_null())
            .col(ColumnDef::new("provider").text().not_null())
            .col(ColumnDef::new("proposed_by").text().not_null())
            .col(ColumnDef::new("state").text().not_null())
            .col(ColumnDef::new("create_time").big_integer().not_null())
            .col(ColumnDef::new("accept_time").big_integer())
            .col(ColumnDef::new("end_time").big_integer())
            .col(ColumnDef::new("ended_by").text())
            .col(ColumnDef::new("version").big_integer().not_null())
            .foreign_key(&mut reference("partnership", "reseller", "partner"))
            .foreign_key(&mut reference("partnership", "provider", "partner")),
    )
    // of two partners at most one partnership has not ended
    .index(
        index("partnership", ["reseller", "provider"])
            .unique()
            .and_where(Expr::col("state").ne("ENDED")),
    )
    .index(&index("partnership", ["reseller", "create_time", "id"]))
    .index(&index("partnership", ["provider", "create_time", "id"]))
    .index(&index(
        "partnership",
        ["reseller", "state", "create_time", "id"],
    ))
    .index(&index(
        "partnership",
        ["provider", "state", "create_time", "id"],
    ))
}

fn account() -> NewTable {
    NewTable::new(
        Table::create()
            .table("account")
            .col(ColumnDef::new("id").text().not_null().primary_key())
            .col(ColumnDef::new("display_name").text().not_null())
            .col(ColumnDef::new("country").text().not_null())
            .col(ColumnDef::new("domain").text().not_null())
            .col(ColumnDef::new("opened_by").uuid().not_null())
            .col(ColumnDef::new("create_time").big_integer().not_null()),
    )
}

fn relationship() -> NewTable {
    let active = || Expr::col("state").eq("ACTIVE");
    NewTable::new(
        Table::create()
            .table("relationship")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("partner").text().not_null())
            .col(ColumnDef::new("partner_kind").text().not_null())
            .col(ColumnDef::new("customer").text().not_null())
            .col(ColumnDef::new("state").text().not_null())
            .col(ColumnDef::new("origin").text().not_null())
            .col(ColumnDef::new("acceptance").uuid())
            .col(ColumnDef::new("establish_time").big_integer().not_null())
            .col(ColumnDef::new("remove_time").big_integer())
            .col(ColumnDef::new("remove_issuer").text())
            .col(ColumnDef::new("remove_subject").text())
            .col(ColumnDef::new("wording_id").text())
            .col(ColumnDef::new("wording_language").text())
            .col(ColumnDef::new("wording_text_sha256").text())
            .col(ColumnDef::new("name_key").binary().not_null())
            .col(ColumnDef::new("domain_key").binary().not_null())
            .col(ColumnDef::new("version").big_integer().not_null())
            .foreign_key(&mut reference("relationship", "partner", "partner"))
            .foreign_key(&mut reference("relationship", "customer", "account")),
    )
    // of a partner and a customer at most one relationship is active
    .index(
        index("relationship", ["partner", "customer"])
            .unique()
            .and_where(active()),
    )
    .index(index("relationship", ["partner", "name_key", "id"]).and_where(active()))
    .index(index("relationship", ["partner", "domain_key", "id"]).and_where(active()))
    .index(&index("relationship", ["partner", "establish_time", "id"]))
    .index(&index(
        "relationship",
        ["partner", "state", "establish_time", "id"],
    ))
    .index(&index("relationship", ["customer", "establish_time", "id"]))
}

fn privilege() -> NewTable {
    NewTable::new(
        Table::create()
            .table("privilege")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("partner").text().not_null())
            .col(ColumnDef::new("customer").text().not_null())
            .col(ColumnDef::new("areas").small_integer().not_null())
            .col(ColumnDef::new("state").text().not_null())
            .col(ColumnDef::new("grant_time").big_integer().not_null())
            .col(ColumnDef::new("expire_time").big_integer())
            .col(ColumnDef::new("terminate_time").big_integer())
            .col(ColumnDef::new("version").big_integer().not_null())
            .foreign_key(&mut reference("privilege", "partner", "partner"))
            .foreign_key(&mut reference("privilege", "customer", "account")),
    )
    .index(&index("privilege", ["partner", "grant_time", "id"]))
    .index(&index(
        "privilege",
        ["partner", "state", "grant_time", "id"],
    ))
    .index(&index("privilege", ["customer", "grant_time", "id"]))
    .index(&index(
        "privilege",
        ["partner", "customer", "grant_time", "id"],
    ))
}

fn decision() -> NewTable {
    NewTable::new(
        Table::create()
            .table("decision")
            .col(ColumnDef::new("acceptance").uuid().not_null().primary_key())
            .col(ColumnDef::new("fingerprint").binary().not_null())
            .col(ColumnDef::new("invitation").uuid().not_null())
            .col(ColumnDef::new("customer").text().not_null())
            .col(ColumnDef::new("reseller").text().not_null())
            .col(ColumnDef::new("provider").text())
            .col(ColumnDef::new("outcome").text().not_null())
            .col(ColumnDef::new("reseller_relationship").uuid())
            .col(ColumnDef::new("provider_relationship").uuid())
            .col(ColumnDef::new("decide_time").big_integer().not_null())
            .col(ColumnDef::new("issuer").text().not_null())
            .col(ColumnDef::new("subject").text().not_null()),
    )
}

/// An index on these columns, named after them.
fn index<const N: usize>(table: &'static str, columns: [&'static str; N]) -> IndexCreateStatement {
    let mut index = Index::create();
    index
        .name(format!("{table}_{}", columns.join("_")))
        .table(table);
    for column in columns {
        index.col(column);
    }
    index
}

/// A column that holds the `id` of a row of another table. Its indexes are those of the lists.
fn reference(
    table: &'static str,
    column: &'static str,
    to: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, column)
        .to(to, "id")
        .to_owned()
}

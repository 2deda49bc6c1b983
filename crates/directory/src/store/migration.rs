//! The schema, step by step. What a released step makes never changes again; a change is another
//! step.
//!
//! Every list reads one index in its own order, every reference has one. What a rule allows only
//! once is unique here as well.

use platform::store::schema::{self, NewTable};
use sea_orm::sea_query::{
    ColumnDef, ConditionalStatement, Expr, ExprTrait, ForeignKey, ForeignKeyCreateStatement, Index,
    IndexCreateStatement, Table,
};
use sea_orm::{DbBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait};

/// The steps, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(First), Box::new(ListedOrders)]
    }
}

/// The first release: everything.
struct First;

impl MigrationName for First {
    fn name(&self) -> &str {
        "directory_1"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for First {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let tables = [
            act(),
            business(backend),
            refusal(backend),
            subscription(),
            person(),
            license(),
            customer_order(),
        ];
        for table in tables {
            table.create(manager).await?;
        }
        schema::oldest_program(manager, "0.2.0").await
    }
}

/// Orders listed by customer and partner.
struct ListedOrders;

impl MigrationName for ListedOrders {
    fn name(&self) -> &str {
        "directory_2"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for ListedOrders {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = ["customer", "partner", "create_time", "id"];
        manager.create_index(index("customer_order", columns)).await
    }
}

fn act() -> NewTable {
    NewTable::new(
        Table::create()
            .table("act")
            .col(ColumnDef::new("tenant").text().not_null())
            .col(ColumnDef::new("method").text().not_null())
            .col(ColumnDef::new("request_id").uuid().not_null())
            .col(ColumnDef::new("content_hash").binary().not_null())
            .col(ColumnDef::new("resource").text().not_null())
            .col(ColumnDef::new("partner").text().not_null())
            .col(ColumnDef::new("relationship").text().not_null())
            .col(ColumnDef::new("privilege").text())
            .col(ColumnDef::new("issuer").text().not_null())
            .col(ColumnDef::new("subject").text().not_null())
            .col(ColumnDef::new("act_time").big_integer().not_null())
            .primary_key(
                Index::create()
                    .col("tenant")
                    .col("method")
                    .col("request_id"),
            ),
    )
    .index(&index("act", ["resource", "act_time"]))
}

fn business(backend: DbBackend) -> NewTable {
    NewTable::new(
        Table::create()
            .table("business")
            .col(ordered("partner", backend))
            .col(ordered("customer", backend))
            .col(ordered("portal", backend))
            .col(ColumnDef::new("display_name").text().not_null())
            .col(ColumnDef::new("country").text().not_null())
            .col(ColumnDef::new("domain").text().not_null())
            .col(ColumnDef::new("privileges").text().not_null())
            .primary_key(Index::create().col("partner").col("customer").col("portal")),
    )
}

fn refusal(backend: DbBackend) -> NewTable {
    NewTable::new(
        Table::create()
            .table("refusal")
            .col(ordered("partner", backend).primary_key())
            .col(ColumnDef::new("reason").text().not_null()),
    )
}

fn subscription() -> NewTable {
    NewTable::new(
        Table::create()
            .table("subscription")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("customer").text().not_null())
            .col(ColumnDef::new("offer").text().not_null())
            .col(ColumnDef::new("display_name").text().not_null())
            .col(ColumnDef::new("state").text().not_null())
            .col(ColumnDef::new("renewal").text().not_null())
            .col(ColumnDef::new("quantity").integer().not_null())
            .col(ColumnDef::new("assigned_quantity").integer().not_null())
            .col(ColumnDef::new("create_time").big_integer().not_null())
            .col(ColumnDef::new("update_time").big_integer().not_null())
            .col(ColumnDef::new("version").big_integer().not_null())
            .check(Expr::col("assigned_quantity").gte(0))
            .check(Expr::col("assigned_quantity").lte(Expr::col("quantity"))),
    )
    .index(&index("subscription", ["customer", "create_time", "id"]))
    .index(&index(
        "subscription",
        ["customer", "state", "create_time", "id"],
    ))
}

fn person() -> NewTable {
    let present = || Expr::col("remove_time").is_null();
    NewTable::new(
        Table::create()
            .table("person")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("customer").text().not_null())
            .col(ColumnDef::new("display_name").text().not_null())
            .col(ColumnDef::new("sign_in_name").text().not_null())
            .col(ColumnDef::new("sign_in_key").text().not_null())
            .col(ColumnDef::new("create_time").big_integer().not_null())
            .col(ColumnDef::new("remove_time").big_integer()),
    )
    .index(index("person", ["customer", "create_time", "id"]).and_where(present()))
    // the users of a customer that are not removed have different names
    .index(
        index("person", ["sign_in_key", "customer"])
            .unique()
            .and_where(present()),
    )
}

fn license() -> NewTable {
    let assigned = || Expr::col("withdraw_time").is_null();
    NewTable::new(
        Table::create()
            .table("license")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("customer").text().not_null())
            .col(ColumnDef::new("subscription").uuid().not_null())
            .col(ColumnDef::new("person").uuid().not_null())
            .col(ColumnDef::new("assign_time").big_integer().not_null())
            .col(ColumnDef::new("withdraw_time").big_integer())
            .foreign_key(&mut reference("license", "subscription", "subscription"))
            .foreign_key(&mut reference("license", "person", "person")),
    )
    .index(index("license", ["customer", "assign_time", "id"]).and_where(assigned()))
    // of a person and a subscription at most one is assigned
    .index(
        index("license", ["person", "subscription"])
            .unique()
            .and_where(assigned()),
    )
    .index(&index("license", ["person"]))
    .index(&index("license", ["subscription"]))
}

fn customer_order() -> NewTable {
    NewTable::new(
        Table::create()
            .table("customer_order")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("customer").text().not_null())
            .col(ColumnDef::new("partner").text().not_null())
            .col(ColumnDef::new("kind").text().not_null())
            .col(ColumnDef::new("subscription").uuid().not_null())
            .col(ColumnDef::new("quantity").integer().not_null())
            .col(ColumnDef::new("create_time").big_integer().not_null())
            .foreign_key(&mut reference(
                "customer_order",
                "subscription",
                "subscription",
            )),
    )
    .index(&index("customer_order", ["subscription"]))
}

/// A text in whose order rows are told, which is that of its bytes on every store.
fn ordered(name: &'static str, backend: DbBackend) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text().not_null();
    match backend {
        DbBackend::Postgres => column.extra("COLLATE \"C\""),
        _ => &mut column,
    };
    column
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

/// A column that holds the `id` of a row of another table.
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

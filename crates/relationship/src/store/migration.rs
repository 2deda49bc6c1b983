//! The schema, step by step. What a released step makes never changes again; a change is another
//! step.
//!
//! Every list reads one index in its own order. What a rule allows only once is unique here as
//! well.

use platform::clock::Clock;
use platform::store::schema::{self, NewTable};
use platform::store::{audit, idempotency, outbox};
use sea_orm::sea_query::{
    ColumnDef, ConditionalStatement, Expr, ExprTrait, ForeignKey, ForeignKeyCreateStatement, Index,
    IndexCreateStatement, Query, Table,
};
use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait};

/// The steps, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(First),
            Box::new(ImportAndWatch),
            Box::new(CountedProposals),
            Box::new(EndedByCustomers),
        ]
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
            idempotency::table(),
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

/// Existing customers imported at an enrolment, accounts that change, and changes told to watchers.
struct ImportAndWatch;

impl MigrationName for ImportAndWatch {
    fn name(&self) -> &str {
        "relationship_2"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for ImportAndWatch {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, mut column) in [
            (
                "partner",
                ColumnDef::new("approve_time").big_integer().take(),
            ),
            (
                "account",
                ColumnDef::new("update_time").big_integer().take(),
            ),
            (
                "account",
                ColumnDef::new("version")
                    .big_integer()
                    .not_null()
                    .default(1)
                    .take(),
            ),
            ("relationship", ColumnDef::new("portal").text().take()),
            (
                "privilege",
                ColumnDef::new("expiry_told_time").big_integer().take(),
            ),
        ] {
            let add = Table::alter().table(table).add_column(&mut column).take();
            manager.alter_table(add).await?;
        }
        for index in [
            // what an import must not revive
            index("relationship", ["partner", "customer", "remove_time"])
                .and_where(Expr::col("state").eq("REMOVED"))
                .take(),
            // what has to be told when its time is over
            index("privilege", ["expire_time"])
                .and_where(Expr::col("state").eq("ACTIVE"))
                .and_where(Expr::col("expire_time").is_not_null())
                .and_where(Expr::col("expiry_told_time").is_null())
                .take(),
        ] {
            manager.create_index(index).await?;
        }
        // of what was over before there were watchers nobody is told
        let mut over = Query::update();
        over.table("privilege")
            .value("expiry_told_time", Expr::col("expire_time"))
            .and_where(Expr::col("expire_time").lte(Clock::system().now()));
        manager.get_connection().execute(&over).await?;
        for table in [
            enrollment_import(),
            skipped_record(),
            change(),
            change_counter(),
        ] {
            table.create(manager).await?;
        }
        let mut counter = Query::insert();
        counter
            .into_table("change_counter")
            .columns(["id", "last_number", "trimmed_number"])
            .values_panic([1.into(), 0.into(), 0.into()]);
        manager.get_connection().execute(&counter).await?;
        // an older program would change relationships and tell no watcher
        schema::oldest_program(manager, "0.2.0").await
    }
}

/// A partner's proposals, to be counted by the day.
struct CountedProposals;

impl MigrationName for CountedProposals {
    fn name(&self) -> &str {
        "relationship_3"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CountedProposals {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let proposals = index("partnership", ["proposed_by", "create_time"]);
        manager.create_index(proposals).await?;
        schema::oldest_program(manager, "0.2.0").await
    }
}

/// Relationships that their customers end, and that have the inviter's own reference.
struct EndedByCustomers;

impl MigrationName for EndedByCustomers {
    fn name(&self) -> &str {
        "relationship_4"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for EndedByCustomers {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut column in [
            ColumnDef::new("end_reason").text().take(),
            ColumnDef::new("correlation_id")
                .text()
                .not_null()
                .default("")
                .take(),
        ] {
            let add = Table::alter()
                .table("relationship")
                .add_column(&mut column)
                .take();
            manager.alter_table(add).await?;
        }
        // an older program could not read a relationship that its customer has ended
        schema::oldest_program(manager, "0.4.0").await
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

fn enrollment_import() -> NewTable {
    NewTable::new(
        Table::create()
            .table("enrollment_import")
            .col(ColumnDef::new("partner").text().not_null().primary_key())
            .col(ColumnDef::new("state").text().not_null())
            .col(ColumnDef::new("resume_token").text().not_null())
            .col(ColumnDef::new("read_count").big_integer().not_null())
            .col(ColumnDef::new("imported_count").big_integer().not_null())
            .col(ColumnDef::new("kept_count").big_integer().not_null())
            .col(ColumnDef::new("skipped_count").big_integer().not_null())
            .col(ColumnDef::new("detail").text().not_null())
            .col(ColumnDef::new("start_time").big_integer().not_null())
            .col(ColumnDef::new("update_time").big_integer().not_null())
            .col(ColumnDef::new("end_time").big_integer())
            .col(ColumnDef::new("due_time").big_integer().not_null())
            .col(ColumnDef::new("attempts").integer().not_null())
            .col(ColumnDef::new("version").big_integer().not_null())
            .foreign_key(&mut reference("enrollment_import", "partner", "partner")),
    )
    .index(&index("enrollment_import", ["state", "due_time"]))
}

fn skipped_record() -> NewTable {
    NewTable::new(
        Table::create()
            .table("skipped_record")
            .col(ColumnDef::new("partner").text().not_null())
            .col(ColumnDef::new("number").big_integer().not_null())
            .col(ColumnDef::new("portal").text().not_null())
            .col(ColumnDef::new("customer").text().not_null())
            .col(ColumnDef::new("reason").text().not_null())
            .col(ColumnDef::new("detail").text().not_null())
            .primary_key(Index::create().col("partner").col("number"))
            .foreign_key(&mut reference("skipped_record", "partner", "partner")),
    )
}

fn change() -> NewTable {
    NewTable::new(
        Table::create()
            .table("change")
            .col(ColumnDef::new("id").uuid().not_null())
            .col(ColumnDef::new("partner").text().not_null())
            .col(ColumnDef::new("number").big_integer())
            .col(ColumnDef::new("number_time").big_integer())
            .col(ColumnDef::new("change_time").big_integer().not_null())
            .col(ColumnDef::new("events").binary().not_null())
            .primary_key(Index::create().col("id").col("partner")),
    )
    .index(index("change", ["number", "partner"]).unique())
    .index(&index("change", ["partner", "number"]))
    // those that have no number yet
    .index(index("change", ["change_time", "id"]).and_where(Expr::col("number").is_null()))
}

fn change_counter() -> NewTable {
    NewTable::new(
        Table::create()
            .table("change_counter")
            .col(ColumnDef::new("id").integer().not_null().primary_key())
            .col(ColumnDef::new("last_number").big_integer().not_null())
            .col(ColumnDef::new("trimmed_number").big_integer().not_null()),
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

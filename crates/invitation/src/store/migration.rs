//! How the tables came to be, step by step. A released step never changes again: what must change
//! gets a new one.

use platform::store::schema::{self, NewTable};
use platform::store::{audit, idempotency, outbox};
use sea_orm::sea_query::{
    ColumnDef, ConditionalStatement, Expr, ExprTrait, Index, IndexCreateStatement, Table,
};
use sea_orm::{DbErr, DeriveIden};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait};

/// The migrations of this service, in their order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(First),
            Box::new(CountedResends),
            Box::new(ForCustomers),
        ]
    }
}

struct First;

impl MigrationName for First {
    fn name(&self) -> &str {
        "m0001_invitations"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for First {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            idempotency::table(),
            outbox::table(),
            audit::table(),
            invitation(),
            quota(),
        ] {
            table.create(manager).await?;
        }
        schema::oldest_program(manager, "0.1.0").await
    }
}

/// How often an invitation was sent again, by the day.
struct CountedResends;

impl MigrationName for CountedResends {
    fn name(&self) -> &str {
        "m0002_resends"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CountedResends {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [Invitation::ResendDay, Invitation::ResendCount] {
            let mut column = ColumnDef::new(column);
            column.big_integer().not_null().default(0);
            let mut add = Table::alter();
            add.table(Invitation::Table).add_column(&mut column);
            manager.alter_table(add).await?;
        }
        // an older program sends again without counting
        schema::oldest_program(manager, "0.1.0").await
    }
}

/// What customers ask for: what is bound to them, and what they have answered. And what partners
/// find again by their own reference, addresses that they have corrected, and how customers are
/// called.
struct ForCustomers;

impl MigrationName for ForCustomers {
    fn name(&self) -> &str {
        "m0003_for_customers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for ForCustomers {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [Invitation::FormerEmails, Invitation::CustomerName] {
            let mut column = ColumnDef::new(column);
            let mut add = Table::alter();
            add.table(Invitation::Table).add_column(column.text());
            manager.alter_table(add).await?;
        }
        let indexes = bound_indexes().into_iter().chain(answer_indexes());
        let indexes = indexes.chain([correlation_index()]);
        for index in indexes.chain(alike_indexes()) {
            manager.create_index(index).await?;
        }
        // an older program keeps who declined in the audit alone, and says of a link that it does
        // not exist to whom it was bound before a correction
        schema::oldest_program(manager, "0.4.0").await
    }
}

#[derive(Clone, DeriveIden)]
enum Invitation {
    Table,
    Id,
    Acceptance,
    Partner,
    PartnerName,
    PartnerPermissions,
    Provider,
    ProviderName,
    ProviderPermissions,
    Partnership,
    BoundCustomer,
    BoundEmail,
    BoundEmailDomain,
    CorrelationId,
    Acquisition,
    Language,
    Message,
    LifetimeDays,
    PrivilegeDays,
    CreateTime,
    Generation,
    KeyId,
    ExpireTime,
    FinishTime,
    State,
    StateTime,
    Customer,
    ClaimTime,
    UserIssuer,
    UserSubject,
    WordingId,
    WordingLanguage,
    #[sea_orm(iden = "wording_sha256")]
    WordingSha256,
    AccountName,
    AccountCountry,
    AccountDomain,
    ResellerRelationship,
    ProviderRelationship,
    VoidReason,
    DeclineReason,
    Version,
    ResendDay,
    ResendCount,
    FormerEmails,
    CustomerName,
}

fn invitation() -> NewTable {
    use Invitation as I;
    let required = |column: I| ColumnDef::new(column).text().not_null().take();
    let optional = |column: I| ColumnDef::new(column).text().take();
    let time = |column: I| ColumnDef::new(column).big_integer().not_null().take();
    let mut table = Table::create();
    table
        .table(I::Table)
        .col(ColumnDef::new(I::Id).uuid().not_null().primary_key())
        .col(ColumnDef::new(I::Acceptance).uuid().not_null())
        .col(required(I::Partner))
        .col(required(I::PartnerName))
        .col(required(I::PartnerPermissions))
        .col(optional(I::Provider))
        .col(optional(I::ProviderName))
        .col(optional(I::ProviderPermissions))
        .col(ColumnDef::new(I::Partnership).uuid())
        .col(optional(I::BoundCustomer))
        .col(optional(I::BoundEmail))
        .col(optional(I::BoundEmailDomain))
        .col(required(I::CorrelationId))
        .col(required(I::Acquisition))
        .col(required(I::Language))
        .col(required(I::Message))
        .col(ColumnDef::new(I::LifetimeDays).integer().not_null())
        .col(ColumnDef::new(I::PrivilegeDays).integer())
        .col(time(I::CreateTime))
        .col(ColumnDef::new(I::Generation).integer().not_null())
        .col(required(I::KeyId))
        .col(time(I::ExpireTime))
        .col(ColumnDef::new(I::FinishTime).big_integer())
        .col(required(I::State))
        .col(time(I::StateTime))
        .col(optional(I::Customer))
        .col(ColumnDef::new(I::ClaimTime).big_integer())
        .col(optional(I::UserIssuer))
        .col(optional(I::UserSubject))
        .col(optional(I::WordingId))
        .col(optional(I::WordingLanguage))
        .col(ColumnDef::new(I::WordingSha256).binary())
        .col(optional(I::AccountName))
        .col(optional(I::AccountCountry))
        .col(optional(I::AccountDomain))
        .col(ColumnDef::new(I::ResellerRelationship).uuid())
        .col(ColumnDef::new(I::ProviderRelationship).uuid())
        .col(optional(I::VoidReason))
        .col(optional(I::DeclineReason))
        .col(ColumnDef::new(I::Version).big_integer().not_null());
    let new = NewTable::new(&table).index(index("invitation_acceptance", [I::Acceptance]).unique());
    list_indexes()
        .into_iter()
        .chain(watch_indexes())
        .fold(new, |new, each| new.index(&each))
}

/// One for each way through the list, in its order.
fn list_indexes() -> [IndexCreateStatement; 4] {
    use Invitation as I;
    [
        index("invitation_ledger", [I::Partner, I::CreateTime, I::Id]),
        index(
            "invitation_by_state",
            [I::Partner, I::State, I::CreateTime, I::Id],
        ),
        index(
            "invitation_by_provider",
            [I::Partner, I::Provider, I::CreateTime, I::Id],
        )
        .and_where(Expr::col(I::Provider).is_not_null())
        .take(),
        index(
            "invitation_by_customer",
            [I::Partner, I::Customer, I::CreateTime, I::Id],
        )
        .and_where(Expr::col(I::Customer).is_not_null())
        .take(),
    ]
}

/// For the open ones of a partner that are bound to the same as a new one, in the order of the
/// list.
fn alike_indexes() -> [IndexCreateStatement; 3] {
    use Invitation as I;
    let open_bound = |name, bound: I| {
        let is_bound = Expr::col(bound.clone()).is_not_null();
        index(name, [I::Partner, bound, I::CreateTime, I::Id])
            .and_where(Expr::col(I::State).eq(Expr::Constant("OPEN".into())))
            .and_where(is_bound)
            .take()
    };
    [
        open_bound("invitation_open_customer", I::BoundCustomer),
        open_bound("invitation_open_email", I::BoundEmail),
        open_bound("invitation_open_email_domain", I::BoundEmailDomain),
    ]
}

/// For a partner's own reference, in the order of the list.
fn correlation_index() -> IndexCreateStatement {
    use Invitation as I;
    index(
        "invitation_by_correlation_id",
        [I::Partner, I::CorrelationId, I::CreateTime, I::Id],
    )
    .and_where(Expr::col(I::CorrelationId).ne(Expr::Constant("".into())))
    .take()
}

/// For what is bound to somebody, in the order of the list. What is bound to an address or a domain
/// may be answered by anybody of it: apart what nobody has answered, and what each customer has.
fn bound_indexes() -> [IndexCreateStatement; 3] {
    use Invitation as I;
    let is_bound = |column: I| Expr::col(column).is_not_null();
    [
        index(
            "invitation_bound_customer",
            [I::BoundCustomer, I::CreateTime, I::Id],
        )
        .and_where(is_bound(I::BoundCustomer))
        .take(),
        index(
            "invitation_bound_email",
            [I::BoundEmail, I::Customer, I::CreateTime, I::Id],
        )
        .and_where(is_bound(I::BoundEmail))
        .take(),
        index(
            "invitation_bound_email_domain",
            [I::BoundEmailDomain, I::Customer, I::CreateTime, I::Id],
        )
        .and_where(is_bound(I::BoundEmailDomain))
        .take(),
    ]
}

/// For what a customer has accepted, and for what it has declined, in the order in which it did.
fn answer_indexes() -> [IndexCreateStatement; 2] {
    use Invitation as I;
    [
        index("invitation_accepted_by", [I::Customer, I::ClaimTime, I::Id])
            .and_where(Expr::col(I::ClaimTime).is_not_null())
            .take(),
        index("invitation_declined_by", [I::Customer, I::StateTime, I::Id])
            .and_where(Expr::col(I::State).eq(Expr::Constant("DECLINED".into())))
            .take(),
    ]
}

/// For the loops and the keys in use; for a partner's open and due ones; for claims that wait too
/// long. Each holds only the rows of one state, which a row soon leaves.
fn watch_indexes() -> [IndexCreateStatement; 3] {
    use Invitation as I;
    let only = |state: &str| Expr::col(I::State).eq(Expr::Constant(state.into()));
    [
        index("invitation_open", [I::ExpireTime, I::KeyId])
            .and_where(only("OPEN"))
            .take(),
        index("invitation_open_of_partner", [I::Partner, I::ExpireTime])
            .and_where(only("OPEN"))
            .take(),
        index("invitation_claimed", [I::StateTime])
            .and_where(only("CLAIMED"))
            .take(),
    ]
}

fn index<const N: usize>(name: &str, columns: [Invitation; N]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(name).table(Invitation::Table);
    for column in columns {
        index.col(column);
    }
    index
}

#[derive(DeriveIden)]
enum Quota {
    Table,
    Partner,
    Day,
    Used,
}

fn quota() -> NewTable {
    NewTable::new(
        Table::create()
            .table(Quota::Table)
            .col(
                ColumnDef::new(Quota::Partner)
                    .text()
                    .not_null()
                    .primary_key(),
            )
            .col(ColumnDef::new(Quota::Day).big_integer().not_null())
            .col(ColumnDef::new(Quota::Used).big_integer().not_null()),
    )
}

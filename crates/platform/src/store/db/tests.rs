//! Tests of the store's own promises, and the temporary store that the tests of this crate use.

mod busy;

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sea_query::{ColumnDef, Expr, Func, Query, Table};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use sea_orm_migration::SchemaManager;
use tokio::sync::Notify;
use tonic_types::StatusExt;

use super::*;
use crate::clock::Clock;
use crate::error::Failure;
use crate::store::schema::{self, NewTable};
use crate::telemetry::observed;

/// Runs each `async fn name(temp: TempDb)` as the tests `name::sqlite` and `name::postgres`. One
/// that is not named here is dead code, which the build refuses.
macro_rules! on_both_stores {
    ($($name:ident),* $(,)?) => { $(
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                super::$name($crate::store::db::tests::TempDb::sqlite().await).await;
            }

            #[tokio::test]
            async fn postgres() {
                super::$name($crate::store::db::tests::TempDb::postgres().await).await;
            }
        }
    )* };
}
pub(crate) use on_both_stores;

/// An empty store that no other test uses, removed with it.
pub(crate) struct TempDb {
    pub(crate) db: Db,
    address: Address,
    options: DbOptions,
    _folder: tempfile::TempDir,
}

impl TempDb {
    /// An SQLite file.
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = Address::file(&folder.path().join("test.db")).unwrap();
        Self::at(folder, address, DbOptions::default()).await
    }

    /// A schema in the database that `PARTNER_CONNECT_TEST_POSTGRES` names. Panics without that
    /// variable: a test that has no PostgreSQL has not passed.
    pub(crate) async fn postgres() -> Self {
        let url = std::env::var("PARTNER_CONNECT_TEST_POSTGRES").expect(
            "PARTNER_CONNECT_TEST_POSTGRES names no database: start the tests with tests/run",
        );
        let schema = format!("platform_{}", Clock::system().id().simple());
        let options = DbOptions {
            schema: Some(schema),
            ..DbOptions::default()
        };
        let address = url.parse().unwrap();
        let temp = Self::at(tempfile::tempdir().unwrap(), address, options).await;
        let create = format!("CREATE SCHEMA {}", temp.db.schema().unwrap());
        temp.db.writer.execute_unprepared(&create).await.unwrap();
        temp
    }

    async fn at(folder: tempfile::TempDir, address: Address, options: DbOptions) -> Self {
        let db = Db::open(&address, options.clone()).await.unwrap();
        Self {
            db,
            address,
            options,
            _folder: folder,
        }
    }

    /// The same store, as another process opens it.
    pub(crate) fn again(&self) -> impl Future<Output = Result<Db, DbErr>> + Send + 'static {
        let (address, options) = (self.address.clone(), self.options.clone());
        async move { Ok(Db::open(&address, options).await.unwrap()) }
    }

    pub(crate) async fn create(&self, table: NewTable) {
        self.db
            .transaction(|tx| Box::pin(async move { table.create(&SchemaManager::new(tx)).await }))
            .await
            .unwrap();
    }

    async fn items(&self) -> i64 {
        count(self.db.reader()).await.unwrap()
    }
}

impl Drop for TempDb {
    fn drop(&mut self) {
        if self.options.schema.is_none() {
            return;
        }
        let again = self.again();
        let drop_schema = async move { schema::drop_schema(&again.await?).await };
        // the runtime of the test cannot wait in here
        let outcome = std::thread::spawn(|| {
            tokio::runtime::Runtime::new()
                .unwrap()
                .block_on(drop_schema)
        })
        .join();
        assert!(std::thread::panicking() || outcome.unwrap().is_ok());
    }
}

on_both_stores! {
    a_refusal_rolls_back,
    a_transaction_outlives_a_caller_that_stops_waiting,
    a_panic_rolls_back_and_leaves_the_writer_usable,
    a_snapshot_sees_one_moment_and_cannot_write,
    what_failed_is_not_committed,
    writers_take_turns,
}

/// With one table, `item(id)`.
async fn with_items(temp: TempDb) -> TempDb {
    let mut table = Table::create();
    table
        .table("item")
        .col(ColumnDef::new("id").integer().primary_key());
    temp.create(NewTable::new(&table)).await;
    temp
}

async fn insert(tx: &DatabaseTransaction, id: i32) -> Result<(), DbErr> {
    let mut row = Query::insert();
    row.into_table("item")
        .columns(["id"])
        .values_panic([id.into()]);
    tx.execute(&row).await.map(drop)
}

async fn count(connection: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let mut select = Query::select();
    select
        .expr_as(Func::count(Expr::col("id")), "n")
        .from("item");
    connection
        .query_one(&select)
        .await?
        .unwrap()
        .try_get("", "n")
}

#[derive(Debug, PartialEq)]
enum Refused {
    ByRule,
    Store(String),
}

impl From<DbErr> for Refused {
    fn from(error: DbErr) -> Self {
        Self::Store(error.to_string())
    }
}

async fn a_refusal_rolls_back(temp: TempDb) {
    let temp = with_items(temp).await;
    let refused: Result<(), _> = temp
        .db
        .transaction(|tx| {
            Box::pin(async move {
                insert(tx, 1).await?;
                Err(Refused::ByRule)
            })
        })
        .await;
    assert_eq!(refused, Err(Refused::ByRule));
    assert_eq!(temp.items().await, 0);
}

async fn a_transaction_outlives_a_caller_that_stops_waiting(temp: TempDb) {
    let temp = with_items(temp).await;
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let caller = tokio::spawn({
        let (db, begun, go_on) = (temp.db.clone(), begun.clone(), go_on.clone());
        async move {
            db.transaction(move |tx| {
                Box::pin(async move {
                    insert(tx, 1).await?;
                    begun.notify_one();
                    go_on.notified().await;
                    insert(tx, 2).await
                })
            })
            .await
        }
    });
    begun.notified().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    go_on.notify_one();
    let both = async {
        while temp.items().await < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), both)
        .await
        .unwrap();
}

async fn a_panic_rolls_back_and_leaves_the_writer_usable(temp: TempDb) {
    let temp = with_items(temp).await;
    let db = temp.db.clone();
    let panicked = tokio::spawn(async move {
        db.transaction::<(), DbErr, _>(|tx| {
            Box::pin(async move {
                insert(tx, 1).await?;
                panic!("in a transaction");
            })
        })
        .await
    });
    assert!(panicked.await.unwrap_err().is_panic());
    temp.db
        .transaction(|tx| Box::pin(insert(tx, 2)))
        .await
        .unwrap();
    assert_eq!(temp.items().await, 1);
}

#[tokio::test]
async fn a_session_of_postgresql_has_limits_and_its_schema() {
    let temp = TempDb::postgres().await;
    for (name, expected) in [
        ("statement_timeout", "10s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("search_path", temp.db.schema().unwrap()),
    ] {
        let show = sea_orm::Statement::from_string(DbBackend::Postgres, format!("SHOW {name}"));
        let row = temp.db.reader().query_one_raw(show).await.unwrap().unwrap();
        assert_eq!(
            row.try_get_by_index::<String>(0).unwrap(),
            expected,
            "{name}"
        );
    }
    let odd = DbOptions {
        schema: Some("a; drop".to_owned()),
        ..DbOptions::default()
    };
    let refused = Db::open(&temp.address, odd).await;
    assert!(matches!(refused, Err(OpenError::Unusable(_))));
}

async fn a_snapshot_sees_one_moment_and_cannot_write(temp: TempDb) {
    let temp = with_items(temp).await;
    let db = temp.db.clone();
    let (before, after) = temp
        .db
        .snapshot(move |tx| {
            Box::pin(async move {
                let before = count(tx).await?;
                db.transaction(|tx| Box::pin(insert(tx, 1))).await?;
                Ok::<_, DbErr>((before, count(tx).await?))
            })
        })
        .await
        .unwrap();
    assert_eq!((before, after, temp.items().await), (0, 0, 1));
    assert!(
        temp.db
            .snapshot(|tx| Box::pin(insert(tx, 2)))
            .await
            .is_err()
    );
}

async fn writers_take_turns(temp: TempDb) {
    let temp = with_items(temp).await;
    let mut writers = tokio::task::JoinSet::new();
    for id in 0..32 {
        let db = temp.db.clone();
        writers.spawn(async move {
            db.transaction(move |tx| {
                Box::pin(async move {
                    count(tx).await?;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    insert(tx, id).await
                })
            })
            .await
        });
    }
    while let Some(outcome) = writers.join_next().await {
        outcome.unwrap().unwrap();
    }
    assert_eq!(temp.items().await, 32);
}

#[tokio::test]
async fn the_file_is_set_up_to_lose_nothing() {
    let temp = TempDb::sqlite().await;
    let pragma = async |name: &str| {
        let row = temp
            .db
            .writer
            .query_one_raw(sea_orm::Statement::from_string(
                DbBackend::Sqlite,
                format!("PRAGMA {name}"),
            ));
        row.await.unwrap().unwrap()
    };
    assert_eq!(
        pragma("journal_mode")
            .await
            .try_get_by_index::<String>(0)
            .unwrap(),
        "wal"
    );
    assert_eq!(
        pragma("synchronous")
            .await
            .try_get_by_index::<i32>(0)
            .unwrap(),
        2
    );
    assert_eq!(
        pragma("foreign_keys")
            .await
            .try_get_by_index::<i32>(0)
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn a_transaction_is_seen_in_the_trace() {
    observed::subscribe();
    let temp = TempDb::sqlite().await;
    observed::take_stores();
    temp.db
        .transaction(|_| Box::pin(async { Ok::<_, DbErr>(()) }))
        .await
        .unwrap();
    temp.db
        .snapshot(|_| Box::pin(async { Ok::<_, DbErr>(()) }))
        .await
        .unwrap();
    assert_eq!(
        observed::take_stores(),
        [" sqlite test transaction", " sqlite test snapshot"]
    );
}

#[tokio::test]
async fn a_database_that_refuses_is_said_to_refuse() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://test@{}/test", port.local_addr().unwrap());
    drop(port);
    let options = DbOptions {
        acquire_timeout: Duration::from_millis(200),
        ..DbOptions::default()
    };
    let refused = Db::open(&url.parse().unwrap(), options).await;
    let Err(OpenError::Away(error)) = refused else {
        panic!("{refused:?}")
    };
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn a_lost_race_is_worth_repeating() {
    let temp = TempDb::postgres().await;
    let deadlock = "DO $$ BEGIN RAISE EXCEPTION 'secret' USING ERRCODE = '40P01'; END $$";
    let error = temp
        .db
        .writer
        .execute_unprepared(deadlock)
        .await
        .unwrap_err();
    let status = tonic::Status::from(Failure::from(error));
    assert_eq!(status.code(), tonic::Code::Aborted);
    assert_eq!(status.get_details_error_info().unwrap().reason, "TRY_AGAIN");
}

/// A statement that failed is the end of its transaction, whatever its body makes of it: PostgreSQL
/// answers the COMMIT of such a transaction with a rollback, and does not call it an error.
async fn what_failed_is_not_committed(temp: TempDb) {
    let temp = with_items(temp).await;
    let went_on = temp.db.transaction(|tx| {
        Box::pin(async move {
            insert(tx, 1).await?;
            assert!(insert(tx, 1).await.is_err());
            Ok::<_, DbErr>(())
        })
    });
    let refused = went_on.await.unwrap_err().to_string();
    assert!(refused.contains("went on"), "{refused}");
    assert_eq!(temp.items().await, 0);
}

/// F22: the engine ends a transaction by itself on a full disk. What is written afterwards is
/// either refused or there.
#[tokio::test]
async fn what_is_acknowledged_after_a_full_disk_is_there() {
    let temp = with_items(TempDb::sqlite().await).await;
    let limit = async |pages: u32| {
        let limit = format!("PRAGMA max_page_count = {pages}");
        temp.db.writer.execute_unprepared(&limit).await.unwrap();
    };
    limit(1).await;
    let full = temp.db.transaction(|tx| {
        Box::pin(async move {
            for id in 1_000..9_000 {
                insert(tx, id).await?;
            }
            Ok::<_, DbErr>(())
        })
    });
    assert!(full.await.unwrap_err().to_string().contains("full"));
    limit(u32::MAX - 1).await;
    let refused = temp.db.transaction(|tx| {
        Box::pin(async move {
            insert(tx, 1).await?;
            Err::<(), _>(Refused::ByRule)
        })
    });
    assert_eq!(refused.await, Err(Refused::ByRule));
    for id in 2..5 {
        let write = temp.db.transaction(move |tx| Box::pin(insert(tx, id)));
        write.await.unwrap();
    }
    let beside = temp.again().await.unwrap();
    assert_eq!(count(beside.reader()).await.unwrap(), 3);
}

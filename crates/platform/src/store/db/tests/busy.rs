//! A store that is busy is neither silent nor unready, and whoever waits for it gets what there is.

use sea_orm::{ConnAcquireErr, Statement};

use super::*;

/// One connection to PostgreSQL.
async fn narrow(temp: &TempDb, acquire_timeout: Duration, statement_timeout: Duration) -> Db {
    let options = DbOptions {
        max_connections: 1,
        acquire_timeout,
        statement_timeout,
        ..temp.options.clone()
    };
    Db::open(&temp.address, options).await.unwrap()
}

async fn run(tx: &DatabaseTransaction, sql: &str) -> Result<(), DbErr> {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    tx.query_one_raw(statement).await.map(drop)
}

/// Begins a transaction in the background, and answers once it has the connection.
async fn hold(
    db: &Db,
    sqls: &'static [&'static str],
) -> tokio::task::JoinHandle<Result<(), DbErr>> {
    let (db, begun) = (db.clone(), Arc::new(Notify::new()));
    let told = begun.clone();
    let holding = tokio::spawn(async move {
        db.transaction(move |tx| {
            Box::pin(async move {
                told.notify_one();
                for sql in sqls {
                    run(tx, sql).await?;
                }
                Ok(())
            })
        })
        .await
    });
    begun.notified().await;
    holding
}

/// F10: a statement may take what it is allowed to, although others wait in vain meanwhile.
#[tokio::test]
async fn connections_are_not_left_for_a_statement_that_takes_its_time() {
    let temp = TempDb::postgres().await;
    let db = narrow(&temp, Duration::from_millis(200), Duration::from_secs(2)).await;
    let before = db.writer.pool();
    let holding = hold(&db, &["SELECT pg_sleep(1)"]).await;
    let starved = db.transaction(|tx| Box::pin(run(tx, "SELECT 1"))).await;
    let in_vain = DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
    assert_eq!(starved, Err(in_vain));
    assert!(Arc::ptr_eq(&before, &db.writer.pool()));
    holding.await.unwrap().unwrap();
}

/// F10, F23: a statement without an answer is given up, and who waited for its connection gets a
/// new one.
#[tokio::test]
async fn who_waited_for_connections_that_are_left_gets_another() {
    let temp = TempDb::postgres().await;
    let db = narrow(&temp, Duration::from_secs(2), Duration::from_millis(100)).await;
    let sleep = &["SET LOCAL statement_timeout = 0", "SELECT pg_sleep(3)"];
    let silent = hold(&db, sleep).await;
    // who comes now waits for less long than the statement that is silent
    tokio::time::sleep(Duration::from_secs(1)).await;
    let waiting = db.transaction(|tx| Box::pin(run(tx, "SELECT 1")));
    assert_eq!(waiting.await, Ok(()));
    let unanswered = silent.await.unwrap().unwrap_err().to_string();
    assert!(unanswered.contains("does not answer"), "{unanswered}");
}

/// F7: the only writer of a file is busy for as long as this takes.
#[tokio::test]
async fn a_busy_writer_is_ready() {
    let temp = with_items(TempDb::sqlite().await).await;
    assert!(temp.db.is_ready().await);
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (db, told, end) = (temp.db.clone(), begun.clone(), go_on.clone());
    let writing = tokio::spawn(async move {
        db.transaction(move |tx| {
            Box::pin(async move {
                told.notify_one();
                end.notified().await;
                insert(tx, 1).await
            })
        })
        .await
    });
    begun.notified().await;
    temp.db.signals.proof.doubt();
    let asked = tokio::time::timeout(Duration::from_secs(1), temp.db.is_ready());
    assert!(asked.await.unwrap(), "as it was");
    let meanwhile = tokio::time::timeout(Duration::from_millis(400), temp.db.is_ready());
    assert!(meanwhile.await.unwrap(), "no second probe waits");
    go_on.notify_one();
    writing.await.unwrap().unwrap();
}

//! Which stores the service runs on: migrated ones, and none that needs a newer program.

use std::io::Cursor;

use directory::transfer::{self, ExportError, ImportError, Mode};
use directory::{Config, Migrator};
use platform::clock::Clock;
use platform::store::schema::{self, SchemaError};
use sea_orm::ConnectionTrait;
use tests::{Store, on_both_stores};

use crate::business::line;
use crate::support::Service;

on_both_stores!(
    a_store_without_its_tables_is_refused,
    a_store_of_a_newer_program_is_refused,
    migrating_again_changes_nothing,
);

async fn a_store_without_its_tables_is_refused(store: Store) {
    let db = store.open("directory").await;
    let clock = Clock::system();
    let service = directory::service(Config::default(), db.clone(), clock.clone()).await;
    assert!(matches!(
        service.err().unwrap(),
        SchemaError::NotMigrated(_)
    ));
    let lines = Cursor::new(line("contoso", "p", "adatum").into_bytes());
    let imported = transfer::import(&db, &clock, lines, Mode::KeepGood, |_| {}).await;
    let unfit = imported.unwrap_err();
    assert!(matches!(
        unfit,
        ImportError::SchemaError(SchemaError::NotMigrated(_))
    ));
    let exported = transfer::export(&db, Cursor::new(Vec::new())).await;
    let unfit = exported.unwrap_err();
    assert!(matches!(
        unfit,
        ExportError::SchemaError(SchemaError::NotMigrated(_))
    ));
}

async fn a_store_of_a_newer_program_is_refused(store: Store) {
    let db = store.open("directory").await;
    schema::migrate::<Migrator>(&db).await.unwrap();
    schema::check::<Migrator>(&db).await.unwrap();
    let newer = db.transaction(|tx| {
        Box::pin(async move {
            let statement = "UPDATE schema_version SET oldest_program = '99.0.0'";
            tx.execute_unprepared(statement).await
        })
    });
    newer.await.unwrap();
    let service = directory::service(Config::default(), db, Clock::system()).await;
    let unfit = service.err().unwrap();
    assert!(matches!(unfit, SchemaError::ProgramTooOld { needed } if needed == "99.0.0"));
}

async fn migrating_again_changes_nothing(store: Store) {
    let service = Service::start(&store).await;
    service.import(&line("contoso", "p", "adatum")).await;
    let before = service.export().await;
    schema::migrate::<Migrator>(&service.db).await.unwrap();
    assert_eq!(service.export().await, before);
    assert_eq!(service.count("business").await, 1);
}

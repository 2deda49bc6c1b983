//! Imports and exports: what is written is read back alike, what is there is replaced, all of it or
//! what is good.

use std::io::Cursor;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use directory::Migrator;
use directory::transfer::{self, Event, ExportError, Imported, Mode};
use platform::clock::Clock;
use platform::store::db::{Db, DbOptions};
use platform::store::schema;
use proto::customer::v1::SubscriptionState;
use tests::{Store, on_both_stores};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};

use crate::business::many;
use crate::support::{Service, import};

on_both_stores!(
    an_export_imported_is_exported_alike,
    a_line_replaces_what_is_there,
    importing_again_changes_nothing,
    all_or_nothing_leaves_the_store_as_it_was,
    all_or_nothing_takes_what_is_all_good,
    progress_is_told_batch_by_batch,
    an_export_that_nobody_takes_fails,
    what_is_imported_is_acted_on,
);

const SUBSCRIPTION: &str = "0197f3a0-0000-7000-8000-000000000001";
const USER: &str = "0197f3a0-0000-7000-8000-000000000002";
const LICENSE: &str = "0197f3a0-0000-7000-8000-000000000003";

/// A customer with everything, and a partner that is refused.
fn everything() -> String {
    format!(
        r#"{{"type":"refusal","partner":"litware","reason":"No agreement."}}
{{"type":"business","partner":"contoso","portal":"cloud-portal","customer":"adatum","display_name":"Adatum \"Ação\"","country":"BR","domain":"adatum.example","privileges":[{{"permissions":["manage_account","manage_users"],"expire_time":"2027-01-01T00:00:00Z"}},{{"permissions":["manage_licenses"]}}]}}
{{"type":"business","partner":"contoso","portal":"office-admin-center","customer":"adatum","display_name":"Adatum","country":"US","domain":"adatum.example"}}
{{"type":"subscription","customer":"adatum","id":"{SUBSCRIPTION}","offer":"office-365-e3","display_name":"Office","quantity":3,"renewal":"automatic","state":"active","create_time":"2020-02-29T12:00:00.000001Z","update_time":"2021-01-01T00:00:00Z"}}
{{"type":"user","customer":"adatum","id":"{USER}","display_name":"Ana","sign_in_name":"Ana@adatum.example","create_time":"2020-01-01T00:00:00Z"}}
{{"type":"license","customer":"adatum","id":"{LICENSE}","subscription":"{SUBSCRIPTION}","user":"{USER}","assign_time":"2020-03-01T00:00:00Z"}}
"#
    )
}

fn kept(lines: u64, kept: u64) -> Imported {
    Imported {
        lines,
        kept,
        bad: lines - kept,
    }
}

/// Out of one store, into an empty one, and out again: the same text, whatever was done in the
/// first.
async fn an_export_imported_is_exported_alike(store: Store) {
    let service = Service::start(&store).await;
    assert_eq!(service.export().await, "");
    assert_eq!(service.import(&everything()).await, kept(6, 6));
    assert_eq!(service.export().await, everything());

    // more than a batch of each, and what acts have left, removed users and withdrawn licences
    // included
    service.import(&many(2_500)).await;
    let stage = crate::world::Stage::set(service).await;
    for act in stage.acts() {
        stage.service.act(act).await.unwrap();
    }
    let subscription = stage.service.subscription("wingtip", 2_000).await.name;
    let id = subscription.rsplit('/').next().unwrap();
    let mut lines = String::new();
    for number in 0..1_200 {
        let [user, license] =
            [4, 5].map(|kind| format!("0000000{kind}-0000-7000-8000-{number:012x}"));
        lines += &format!(
            r#"{{"type":"user","customer":"wingtip","id":"{user}","display_name":"U","sign_in_name":"u{number}@w.example"}}
{{"type":"license","customer":"wingtip","id":"{license}","subscription":"{id}","user":"{user}"}}
"#
        );
    }
    stage.service.import(&lines).await;
    let text = stage.service.export().await;
    assert_eq!(text.matches(r#""type":"license""#).count(), 1_200 + 2);
    assert!(!text.contains(stage.user.rsplit('/').next().unwrap()));

    let empty = match store.backend() {
        sea_orm::DbBackend::Sqlite => Store::sqlite(),
        _ => Store::postgres().await,
    };
    let db = empty.open("directory").await;
    schema::migrate::<Migrator>(&db).await.unwrap();
    let (_, bad) = import(&db, &stage.service.clock, &text, Mode::AllOrNothing).await;
    assert_eq!(bad, []);
    let other = Service::start(&empty).await;
    assert_eq!(other.export().await, text);
}

/// Each kind under its own key, also where a file names it twice: the last line counts.
async fn a_line_replaces_what_is_there(store: Store) {
    let service = Service::start(&store).await;
    service.import(&everything()).await;
    let before = service.subscriptions("adatum").await.remove(0);
    let changed = everything()
        .replace("No agreement.", "Ended.")
        .replace(
            "\"display_name\":\"Adatum\"",
            "\"display_name\":\"Adatum Inc\"",
        )
        .replace("\"quantity\":3", "\"quantity\":4")
        .replace("\"state\":\"active\"", "\"state\":\"suspended\"")
        .replace("Ana@", "ana.lima@")
        .replace("2020-03-01", "2020-03-02");
    let twice = everything() + &changed;
    assert_eq!(service.import(&twice).await, kept(12, 12));
    assert_eq!(service.export().await, changed);
    let after = service.subscriptions("adatum").await.remove(0);
    assert_eq!((after.quantity, after.assigned_quantity), (4, 1));
    assert_eq!(after.state(), SubscriptionState::Suspended);
    assert_ne!(after.etag, before.etag);
    // sign-in names may be swapped within a file
    let other = USER.replace("02", "04");
    let user = |id: &str, name: &str| {
        format!(
            r#"{{"type":"user","customer":"adatum","id":"{id}","display_name":"U","sign_in_name":"{name}@adatum.example"}}
"#
        )
    };
    service
        .import(&(user(USER, "a") + &user(&other, "b")))
        .await;
    let swap = user(USER, "c") + &user(&other, "a") + &user(USER, "b");
    service.import(&swap).await;
    let names = service.users("adatum").await;
    let name = |id: &str| names.iter().find(|one| one.name.ends_with(id)).unwrap();
    assert_eq!(name(USER).sign_in_name, "b@adatum.example");
    assert_eq!(name(&other).sign_in_name, "a@adatum.example");
    // a refusal without a reason is lifted
    let lift = r#"{"type":"refusal","partner":"litware","reason":""}"#;
    service.import(lift).await;
    assert!(!service.export().await.contains("refusal"));
}

async fn importing_again_changes_nothing(store: Store) {
    let service = Service::start(&store).await;
    service.import(&everything()).await;
    let (subscriptions, text) = (
        service.subscriptions("adatum").await,
        service.export().await,
    );
    for mode in [Mode::KeepGood, Mode::AllOrNothing] {
        let (imported, bad) = service.import_lines(&text, mode).await;
        assert_eq!((imported, bad), (kept(6, 6), vec![]));
        assert_eq!(service.export().await, text);
        assert_eq!(service.subscriptions("adatum").await, subscriptions);
    }
}

/// One bad line, whether it is the first or the one before the last of five thousand, and nothing
/// is kept of the others.
async fn all_or_nothing_leaves_the_store_as_it_was(store: Store) {
    let service = Service::start(&store).await;
    service.import(&everything()).await;
    let before = service.export().await;
    let good = many(5_000);
    let unknown = format!(
        r#"{{"type":"license","customer":"adatum","id":"{USER}","subscription":"{USER}","user":"{USER}"}}"#
    );
    for (bad, reason) in [
        ("nonsense", "must be an object of JSON"),
        (
            &*unknown,
            "subscription is not there, nor in an earlier line",
        ),
    ] {
        for number in [1, 2_500, 5_000, 5_001] {
            let mut lines: Vec<_> = good.lines().collect();
            lines.insert(number - 1, bad);
            let changed = everything().replace("Adatum", "Other").replace("Ana", "Bo");
            let lines = lines.join("\n") + "\n" + &changed;
            let told = service.import_lines(&lines, Mode::AllOrNothing).await;
            let imported = Imported {
                lines: 5_007,
                kept: 0,
                bad: 1,
            };
            assert_eq!(told, (imported, vec![(number as u64, reason.to_owned())]));
            assert_eq!(service.export().await, before);
        }
    }
    // the same lines, where the good ones are kept
    let lines = good + &unknown;
    let (imported, _) = service.import_lines(&lines, Mode::KeepGood).await;
    assert_eq!(imported, kept(5_001, 5_000));
    assert_eq!(service.count("business").await, 5_002);
}

async fn all_or_nothing_takes_what_is_all_good(store: Store) {
    let service = Service::start(&store).await;
    let lines = many(2_500) + &everything();
    let told = service.import_lines(&lines, Mode::AllOrNothing).await;
    assert_eq!(told, (kept(2_506, 2_506), vec![]));
    assert_eq!(service.count("business").await, 2_502);
    assert_eq!(service.licenses("adatum").await.len(), 1);
}

/// A long file tells how far it is, after each thousand lines; bad lines before that, in their
/// order.
async fn progress_is_told_batch_by_batch(store: Store) {
    let service = Service::start(&store).await;
    let mut lines: Vec<_> = many(2_100).lines().map(str::to_owned).collect();
    lines[2_049] = "x".into();
    lines[1_999] = "x".into();
    lines.insert(5, String::new());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let told = heard.clone();
    let report = move |event| told.lock().unwrap().push(event);
    let text = Cursor::new(lines.join("\n").into_bytes());
    let import = transfer::import(&service.db, &service.clock, text, Mode::KeepGood, report);
    assert_eq!(import.await.unwrap(), kept(2_100, 2_098));
    let bad = |number| Event::BadLine {
        number,
        reason: "must be an object of JSON".into(),
    };
    let progress = |lines| Event::Progress { lines };
    let expected = [
        progress(1_000),
        bad(2_001),
        progress(2_000),
        bad(2_051),
        progress(2_100),
    ];
    assert_eq!(*heard.lock().unwrap(), expected);
}

/// Whoever reads it goes away in the middle: that is told, and the store is free again.
async fn an_export_that_nobody_takes_fails(store: Store) {
    let service = Service::start(&store).await;
    service.import(&many(5_000)).await;
    let (mut reader, writer) = tokio::io::duplex(1_000);
    let reading = async move {
        let mut some = [0; 5_000];
        reader.read_exact(&mut some).await.unwrap();
    };
    let (exported, ()) = tokio::join!(transfer::export(&service.db, writer), reading);
    assert!(matches!(exported.unwrap_err(), ExportError::Write(_)));
    assert_eq!(service.export().await.lines().count(), 5_000);
}

/// R22, R29, R33: what a file brought is ordered on, assigned and withdrawn like anything else.
async fn what_is_imported_is_acted_on(store: Store) {
    let service = Service::start(&store).await;
    service.import(&everything()).await;
    let subscription = format!("customers/adatum/subscriptions/{SUBSCRIPTION}");
    let license = format!("customers/adatum/licenses/{LICENSE}");
    let user = format!("customers/adatum/users/{USER}");
    assert_eq!(service.licenses("adatum").await[0].name, license);
    for act in [
        service.order_more(&subscription, 2),
        service.withdraw(&license),
        service.assign(&subscription, &user),
        service.remove(&user),
    ] {
        service.act(act).await.unwrap();
    }
    // what an act ended a file does not bring back
    let (imported, bad) = service.import_lines(everything(), Mode::KeepGood).await;
    assert_eq!(imported.bad, 2);
    let told: Vec<_> = bad.iter().map(|(number, why)| (*number, &**why)).collect();
    assert_eq!(
        told,
        [(5, "the user was removed"), (6, "the user was removed")]
    );
}

/// A slow reader (`export | less`) and a slow file are waited for, longer than an answer of the
/// store would be.
#[tokio::test]
async fn who_reads_or_writes_slowly_is_waited_for() {
    let store = Store::postgres().await;
    let options = DbOptions {
        statement_timeout: Duration::from_secs(1),
        schema: store.schema("directory"),
        ..DbOptions::default()
    };
    let db = Db::open(&store.address("directory"), options)
        .await
        .unwrap();
    schema::migrate::<Migrator>(&db).await.unwrap();
    let longer_than_an_answer = Duration::from_millis(3_200);

    let (mut file, lines) = tokio::io::duplex(64);
    let lines = BufReader::new(lines);
    let importing = {
        let (db, clock) = (db.clone(), Clock::system());
        async move { transfer::import(&db, &clock, lines, Mode::AllOrNothing, drop).await }
    };
    let importing = tokio::spawn(importing);
    tokio::time::sleep(longer_than_an_answer).await;
    file.write_all(everything().as_bytes()).await.unwrap();
    drop(file);
    assert_eq!(importing.await.unwrap().unwrap(), kept(6, 6));

    let (out, mut reader) = tokio::io::duplex(64);
    let exporting = tokio::spawn(async move { transfer::export(&db, out).await });
    tokio::time::sleep(longer_than_an_answer).await;
    let mut text = String::new();
    reader.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, everything());
    assert_eq!(exporting.await.unwrap().unwrap(), 6);
}

//! The role "demo": the whole story passes, on both stores, and leaves nothing behind.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use tempfile::TempDir;
use tests::Store;

use crate::{Ended, ended, program};

const STEPS: [&str; 18] = [
    "start",
    "enrol",
    "import",
    "record",
    "connect",
    "too early",
    "invite",
    "finish",
    "inspect",
    "accept",
    "list",
    "access",
    "refuse",
    "order",
    "remove",
    "stay",
    "residual",
    "notices",
];

/// Runs it with its temporary files in a folder of their own, which must be empty afterwards.
fn demo(arguments: &[&str]) -> Ended {
    let folder = TempDir::new().unwrap();
    let mut command = program(&[&["demo"], arguments].concat());
    command.env("TMPDIR", folder.path());
    let ended = ended(command);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "files are left behind"
    );
    ended
}

fn told_whole(demo: &Ended) {
    assert_eq!(
        (demo.code, demo.err.as_str()),
        (Some(0), ""),
        "{}",
        demo.out
    );
    let mut rest = demo.out.as_str();
    for (index, step) in STEPS.iter().enumerate() {
        let heading = format!("\n{:>2}  {step} ", index + 1);
        let found = rest
            .find(&heading)
            .unwrap_or_else(|| panic!("step {step} is missing in: {}", demo.out));
        rest = &rest[found + heading.len()..];
    }
    for words in [
        // The draft in Portuguese, with its link alone on its line.
        "\n    │ http://127.0.0.1:",
        "Foi um prazer conversar com vocês na semana passada.",
        "contoso: Adatum Ltda. (BR, adatum.example) · fabrikam: Adatum Ltda. (BR, adatum.example)",
        "Tailspin Toys (cloud-portal)",
        "the record of Wingtip Toys (DE, wingtip.example): ",
        "users Carla Weiß, Bo Chen, Ana Lima; 2 licences assigned",
        "orders a subscription for adatum: refused, RELATIONSHIP_REQUIRED",
        "accepted, office-365-e3 with 25 licences",
        "reach it without a relationship: contoso, by 1 privilege",
        "delegated admin privilege stayed ACTIVE",
        "Timings (ms): start ",
        "Every step went well, in ",
    ] {
        assert!(
            demo.out.contains(words),
            "{words:?} is missing in: {}",
            demo.out
        );
    }
    assert!(!demo.out.contains('\x1b'), "colours are for terminals");
}

/// R1, R4, R6–R8, R12–R15, R20–R23, R27–R29, R33–R44: the story on SQLite, from the import to the
/// removal.
#[test]
fn the_story_on_sqlite() {
    told_whole(&demo(&[]));
}

/// The same on PostgreSQL, whose schemas are dropped at its end.
#[tokio::test(flavor = "multi_thread")]
async fn the_story_on_postgres() {
    let database = OwnDatabase::create().await;
    told_whole(&demo(&["--postgres", &database.url]));
    database.drop_empty().await;
}

/// A signal in the middle of it ends it, and what it made is removed all the same.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_story_leaves_nothing() {
    let database = OwnDatabase::create().await;
    let folder = TempDir::new().unwrap();
    let mut process = program(&["demo", "--postgres", &database.url])
        .env("TMPDIR", folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    assert!(
        lines.any(|line| line.contains("enrol ")),
        "the story does not begin"
    );
    kill_process(Pid::from_child(&process), Signal::INT).unwrap();
    lines.for_each(drop);
    let ended = process.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(ended.stderr, b"partner-connect: stopped by a signal\n");
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "files are left behind"
    );
    database.drop_empty().await;
}

/// Nobody hears the story out, as in `demo | head`: the schemas are dropped all the same.
#[tokio::test(flavor = "multi_thread")]
async fn an_unheard_story_leaves_nothing() {
    let database = OwnDatabase::create().await;
    let mut process = program(&["demo", "--postgres", &database.url])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let begun = lines.any(|line| line.unwrap().contains("enrol "));
    assert!(begun, "the story does not begin");
    drop(lines);
    let ended = process.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), &*ended.stderr), (Some(0), &b""[..]));
    database.drop_empty().await;
}

/// A database of one test, beside the one that the tests were given.
pub(crate) struct OwnDatabase {
    admin: DatabaseConnection,
    name: String,
    pub(crate) url: String,
}

impl OwnDatabase {
    async fn create() -> Self {
        Self::create_with("").await
    }

    /// One with these options of CREATE DATABASE.
    pub(crate) async fn create_with(options: &str) -> Self {
        let store = Store::postgres().await;
        let (given, name) = (store.url("invitation"), store.schema("invitation").unwrap());
        let admin = Database::connect(&given).await.unwrap();
        admin
            .execute_unprepared(&format!("CREATE DATABASE {name} {options}"))
            .await
            .unwrap();
        let (server, _) = given.rsplit_once('/').unwrap();
        let url = format!("{server}/{name}");
        Self { admin, name, url }
    }

    /// Drops it; fails where a schema was left in it.
    async fn drop_empty(self) {
        let inside = Database::connect(&self.url).await.unwrap();
        let left = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'demo%'";
        let left = Statement::from_string(DbBackend::Postgres, left);
        assert!(
            inside.query_all_raw(left).await.unwrap().is_empty(),
            "schemas are left behind"
        );
        inside.close().await.unwrap();
        self.drop().await;
    }

    /// Drops it.
    pub(crate) async fn drop(self) {
        self.admin
            .execute_unprepared(&format!("DROP DATABASE {}", self.name))
            .await
            .unwrap();
    }
}

/// A story that cannot be told ends with the step that failed, here the first: there is no such
/// database.
#[tokio::test(flavor = "multi_thread")]
async fn a_failing_step_is_named() {
    let given = Store::postgres().await.url("invitation");
    let (server, _) = given.rsplit_once('/').unwrap();
    let ended = demo(&["--postgres", &format!("{server}/nowhere")]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended
            .err
            .starts_with("partner-connect: step start failed: "),
        "{}",
        ended.err
    );
    assert!(
        ended.err.contains("\"nowhere\" does not exist") && ended.err.lines().count() == 1,
        "{}",
        ended.err
    );
}

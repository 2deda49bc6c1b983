//! A role from its start to its end: the store that it needs, its health, and the signals that end
//! it.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use platform::store::schema;
use proto::relationship::v1::GetPartnerRequest;
use proto::relationship::v1::partner_service_client::PartnerServiceClient;
use rustix::process::{Pid, Signal, kill_process};
use sea_orm::ConnectionTrait;
use tests::{
    Process, Recovering, Role, Store, System, eventually, free_address, on_both_stores, with,
};
use tonic::transport::Endpoint;

use crate::configuration::refused;
use crate::demo::OwnDatabase;
use crate::{ended, program};

const SOON: Duration = Duration::from_secs(20);

on_both_stores!(
    a_store_must_be_migrated,
    a_store_for_a_newer_program_is_refused
);

/// Only `migrate` migrates, and does so as often as it is asked.
async fn a_store_must_be_migrated(store: Store) {
    let system = System::new(store.clone());
    let keys = format!("--keys={}", system.keys().display());
    let database = database(&store);
    let role = [&["notification", &keys, "--log=off"][..], &database.each()].concat();
    let refused = ended(program(&role));
    assert_eq!(
        (refused.code, refused.out.as_str()),
        (Some(1), ""),
        "{refused:?}"
    );
    assert!(
        refused.err.contains("run `migrate` first") && refused.err.lines().count() == 1,
        "{}",
        refused.err
    );

    let migrate = [&["migrate", "notification"][..], &database.each()].concat();
    for _ in 0..2 {
        let migrated = ended(program(&migrate));
        assert_eq!(
            (migrated.code, migrated.out.as_str()),
            (Some(0), "notification: migrated\n"),
            "{migrated:?}"
        );
    }
}

/// A program older than what the store's migrations allow neither runs on it nor migrates it.
async fn a_store_for_a_newer_program_is_refused(store: Store) {
    let db = store.open("notification").await;
    schema::migrate::<notification::Migrator>(&db)
        .await
        .unwrap();
    let (future, now) = ("999.0.0", schema::PROGRAM);
    // A reader of SQLite writes nothing.
    db.transaction(move |tx| {
        Box::pin(async move {
            tx.execute_unprepared(&format!(
                "UPDATE schema_version SET oldest_program = '{future}'"
            ))
            .await
        })
    })
    .await
    .unwrap();
    let system = System::new(store.clone());
    let keys = format!("--keys={}", system.keys().display());
    let database = database(&store);
    for role in [
        &["notification", &keys, "--log=off"][..],
        &["migrate", "notification"],
    ] {
        let refused = ended(program(&[role, &database.each()].concat()));
        assert_eq!(refused.code, Some(1), "{refused:?}");
        let line = format!(
            "partner-connect: the store needs program version {future} or newer, this is {now}\n"
        );
        assert_eq!(refused.err, line);
    }
}

/// A database in another encoding than UTF-8 would refuse a name in the middle of an acceptance, or
/// take anything.
#[tokio::test]
async fn a_database_in_another_encoding_is_refused() {
    let system = System::new(Store::sqlite());
    let keys = format!("--keys={}", system.keys().display());
    for encoding in ["LATIN1", "SQL_ASCII"] {
        let options =
            format!("ENCODING '{encoding}' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0");
        let database = OwnDatabase::create_with(&options).await;
        let url = format!("--database-url={}", database.url);
        for role in [
            &["migrate", "notification"][..],
            &["notification", &keys, "--log=off"],
        ] {
            let ended = ended(program(&[role, &[&url]].concat()));
            let line = refused(&ended);
            let told = [
                encoding,
                "createdb --encoding=UTF8 --locale=C --template=template0 NAME",
            ];
            assert!(told.iter().all(|told| line.contains(told)), "{line}");
        }
        database.drop().await;
    }
}

/// While PostgreSQL recovers a role waits, says so, is alive and not ready, and ends at once when
/// it is told to.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_waits_for_a_database_that_recovers() {
    let store = Store::postgres().await;
    let directly = database(&store);
    let migrate = [&["migrate", "notification"][..], &directly.each()].concat();
    assert_eq!(ended(program(&migrate)).code, Some(0));
    let recovering = Recovering::before(store.server()).await;
    let system = System::new(store.clone());
    let through = database(&store.through(recovering.address()));
    let address = system.health_address(Role::Notification);
    let role = [
        "notification".to_owned(),
        format!("--keys={}", system.keys().display()),
        format!("--listen={}", system.address(Role::Notification)),
        format!("--health-listen={address}"),
    ];
    let arguments: Vec<_> = role
        .iter()
        .map(String::as_str)
        .chain(through.each())
        .collect();
    let log = tempfile::NamedTempFile::new().unwrap();
    let health = |more: &'static [&'static str]| {
        let address = format!("--address={address}");
        async move { ended(program(&[&["healthcheck", &address], more].concat())).code == Some(0) }
    };

    let mut process = Process::start(&mut program(&arguments), log.path());
    let waits = || async {
        let said = process_log(&log).contains("waiting for the store");
        (said && health(&["--liveness"]).await).then_some(())
    };
    eventually("the role to wait", SOON, waits).await;
    assert!(!health(&[]).await, "it is not ready");
    let end = tokio::task::spawn_blocking(move || process.terminate());
    let ended = tokio::time::timeout(Duration::from_secs(3), end).await;
    ended.expect("it ends at once").unwrap();

    let mut process = Process::start(&mut program(&arguments), log.path());
    eventually("the role to wait", SOON, || async {
        health(&["--liveness"]).await.then_some(())
    })
    .await;
    recovering.recovered();
    eventually("the role to serve", SOON, || async {
        health(&[]).await.then_some(())
    })
    .await;
    assert!(process.runs());
}

/// What waiting cannot mend is told at once.
#[tokio::test]
async fn a_database_that_does_not_exist_is_not_waited_for() {
    let store = Store::postgres().await;
    let system = System::new(Store::sqlite());
    let keys = format!("--keys={}", system.keys().display());
    let given = store.url("notification");
    let (server, _) = given.rsplit_once('/').unwrap();
    let url = format!("--database-url={server}/nowhere");
    let ended = ended(program(&["notification", &keys, &url, "--log=off"]));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.err.contains("\"nowhere\" does not exist"),
        "{ended:?}"
    );
}

fn process_log(log: &tempfile::NamedTempFile) -> String {
    std::fs::read_to_string(log.path()).unwrap()
}

struct Database(Vec<String>);

impl Database {
    fn each(&self) -> Vec<&str> {
        self.0.iter().map(String::as_str).collect()
    }
}

fn database(store: &Store) -> Database {
    let url = format!("--database-url={}", store.url("notification"));
    let schema = store
        .schema("notification")
        .map(|schema| format!("--database-schema={schema}"));
    Database([url].into_iter().chain(schema).collect())
}

/// `healthcheck` succeeds exactly while a service serves.
#[tokio::test]
async fn healthcheck_follows_the_service() {
    let mut system = System::new(Store::sqlite());
    let health = format!("--address={}", system.health_address(Role::Notification));
    let check =
        |arguments: &[&str]| ended(program(&[&["healthcheck", &health], arguments].concat()));
    assert_eq!(check(&[]).code, Some(1), "nobody listens");
    system.start(Role::Notification).await;
    for arguments in [&[][..], &["--liveness"]] {
        let healthy = check(arguments);
        assert_eq!(
            (healthy.code, healthy.out.as_str(), healthy.err.as_str()),
            (Some(0), "", "")
        );
    }
    system.stop(Role::Notification);
    assert_eq!(check(&[]).code, Some(1), "nobody listens any more");
}

/// One that accepts connections and says nothing is not healthy, and does not hold the check up.
#[test]
fn healthcheck_is_bounded() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("--address={}", silent.local_addr().unwrap());
    let unanswered = ended(program(&["healthcheck", &address]));
    assert_eq!(unanswered.code, Some(1));
    assert!(
        unanswered.err.contains("did not answer within 2 s"),
        "{}",
        unanswered.err
    );
}

/// A gateway with a call open on it that nobody will answer.
struct Busy {
    process: Child,
    _silent: TcpListener,
    call: tokio::task::JoinHandle<()>,
}

impl Busy {
    async fn start() -> Self {
        let system = System::new(Store::sqlite());
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", silent.local_addr().unwrap());
        let (address, health) = (free_address(), free_address());
        let process = program(&["gateway", "--drain=60", "--log=off"])
            .arg(format!("--keys={}", system.keys().display()))
            .args(
                ["invitation", "relationship", "notification", "directory"]
                    .map(|name| format!("--{name}-url={url}")),
            )
            .args([
                format!("--listen={address}"),
                format!("--health-listen={health}"),
            ])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let health = format!("--address={health}");
        eventually("the gateway serves", Duration::from_secs(10), || async {
            (ended(program(&["healthcheck", &health])).code == Some(0)).then_some(())
        })
        .await;
        let token = system.token(&platform::keys::Grant::operator());
        let channel = Endpoint::new(format!("http://{address}"))
            .unwrap()
            .connect_lazy();
        let call = tokio::spawn(async move {
            let request = with(
                &token,
                GetPartnerRequest {
                    name: "partners/contoso".to_owned(),
                },
            );
            PartnerServiceClient::new(channel)
                .get_partner(request)
                .await
                .unwrap_err();
        });
        // The call is open once the gateway has connected to the one that stays silent.
        let accepting = silent.try_clone().unwrap();
        tokio::task::spawn_blocking(move || accepting.accept().map(std::mem::forget))
            .await
            .unwrap()
            .unwrap();
        Self {
            process,
            _silent: silent,
            call,
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process), signal).unwrap();
    }

    async fn code(&mut self) -> Option<i32> {
        eventually("the gateway ends", Duration::from_secs(5), || {
            let status = self.process.try_wait().unwrap();
            async move { status.map(|status| status.code()) }
        })
        .await
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.call.abort();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// F15: the first signal drains, which waits for the open call; a second one ends the process at
/// once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_at_once() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let mut busy = Busy::start().await;
        busy.signal(Signal::TERM);
        // It drains for up to 60 s: that it still runs a moment later is what the second signal is
        // for.
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(
            busy.process.try_wait().unwrap().is_none(),
            "it did not wait for the open call"
        );
        busy.signal(signal);
        assert_eq!(busy.code().await, Some(code));
    }
}

/// Without an open call the first signal is enough, and the end is a good one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_drains() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut busy = Busy::start().await;
        busy.call.abort();
        busy.signal(signal);
        assert_eq!(busy.code().await, Some(0));
    }
}

/// A shell's limit of file descriptors is for other programs: this one takes what the system would
/// give.
#[test]
fn a_low_limit_of_file_descriptors_is_raised() {
    let demo = program(&["demo"]);
    let mut limited = Command::new("sh");
    limited
        .env_clear()
        .arg("-c")
        .arg(r#"ulimit -Sn 40 && exec "$0" demo"#);
    let told = ended({
        limited.arg(demo.get_program());
        limited
    });
    assert_eq!(told.code, Some(0), "{}", told.err);
}

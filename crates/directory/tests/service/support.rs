//! A running directory service, who calls it, and a look into its store from beside it.

use std::io::Cursor;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use directory::transfer::{self, Event, Imported, Mode};
use directory::{Config, Migrator};
use platform::client::Upstream;
use platform::clock::Clock;
use platform::identity::{Peer, Verifier};
use platform::keys::{Grant, LocalIssuer, ServiceKeys};
use platform::serve::{self, Settings};
use platform::store::db::Db;
use platform::store::schema;
use proto::directory::v1::directory_service_client::DirectoryServiceClient;
use sea_orm::{ConnectionTrait, QueryResult, Statement};
use tests::{Store, refused};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Code, Response, Status};

/// How long a test waits for what happens in the background.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// A service that runs until it is dropped.
pub(crate) struct Service {
    pub(crate) clock: Clock,
    /// The store, for looks from beside the service.
    pub(crate) db: Db,
    issuer: LocalIssuer,
    keys: ServiceKeys,
    url: String,
    _stop: DropGuard,
}

impl Service {
    /// The service as it comes.
    pub(crate) async fn start(store: &Store) -> Self {
        Self::configured(store, Config::default()).await
    }

    /// The service, set differently.
    pub(crate) async fn configured(store: &Store, config: Config) -> Self {
        let (clock, stop) = (Clock::system(), CancellationToken::new());
        let (issuer, keys) = (LocalIssuer::generate(), ServiceKeys::generate());
        let db = store.open("directory").await;
        schema::migrate::<Migrator>(&db).await.unwrap();
        let service = directory::service(config, db, clock.clone()).await;
        let verifier = Verifier::local(&issuer);
        let settings = Settings::new(verifier, keys.verifier(Peer::Directory));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (service, told) = (service.unwrap(), stop.clone());
        tokio::spawn(serve::serve(service, listener, None, settings, told));
        Self {
            clock,
            db: store.open("directory").await,
            issuer,
            keys,
            url,
            _stop: stop.drop_guard(),
        }
    }

    /// The service, called by the gateway.
    pub(crate) fn directory(&self) -> DirectoryServiceClient<Upstream> {
        self.directory_as(Some(Peer::Gateway))
    }

    /// The service, called by the relationship service.
    pub(crate) fn portals(&self) -> DirectoryServiceClient<Upstream> {
        self.directory_as(Some(Peer::Relationship))
    }

    /// The service, called by any other, or by nobody that proves to be one.
    pub(crate) fn directory_as(&self, peer: Option<Peer>) -> DirectoryServiceClient<Upstream> {
        let signer = peer.map(|peer| self.keys.signer(peer));
        DirectoryServiceClient::new(Upstream::new(&self.url, Peer::Directory, signer).unwrap())
    }

    /// A user's token.
    pub(crate) fn token(&self, grant: &Grant) -> String {
        self.issuer.mint(grant, Duration::from_secs(600))
    }

    /// A UUID of the caller's making.
    pub(crate) fn uuid(&self) -> String {
        self.clock.id().to_string()
    }

    /// What a statement finds in the store.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let statement = Statement::from_string(self.db.backend(), sql);
        self.db.reader().query_all_raw(statement).await.unwrap()
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        let rows = self.rows(&format!("SELECT COUNT(*) FROM {table}")).await;
        rows[0].try_get_by_index(0).unwrap()
    }

    /// Takes lines that are all good.
    pub(crate) async fn import(&self, lines: &str) -> Imported {
        let (imported, bad) = self.import_lines(lines, Mode::KeepGood).await;
        assert_eq!(bad, []);
        imported
    }

    /// Takes lines; answers what came of it, and the bad ones with their reasons.
    pub(crate) async fn import_lines(
        &self,
        lines: impl AsRef<[u8]>,
        mode: Mode,
    ) -> (Imported, Vec<(u64, String)>) {
        import(&self.db, &self.clock, lines, mode).await
    }

    /// Everything there is, as lines.
    pub(crate) async fn export(&self) -> String {
        let mut text = Cursor::new(Vec::new());
        let count = transfer::export(&self.db, &mut text).await.unwrap();
        let text = String::from_utf8(text.into_inner()).unwrap();
        assert_eq!(count, text.lines().count() as u64);
        text
    }
}

/// Takes lines into a store; answers what came of it, and the bad ones with their reasons.
pub(crate) async fn import(
    db: &Db,
    clock: &Clock,
    lines: impl AsRef<[u8]>,
    mode: Mode,
) -> (Imported, Vec<(u64, String)>) {
    let bad = Arc::new(Mutex::new(Vec::new()));
    let heard = bad.clone();
    let report = move |event| match event {
        Event::BadLine { number, reason } => heard.lock().unwrap().push((number, reason)),
        Event::Progress { .. } => {}
    };
    let lines = Cursor::new(lines.as_ref().to_vec());
    let imported = transfer::import(db, clock, lines, mode, report).await;
    let bad = bad.lock().unwrap().clone();
    (imported.unwrap(), bad)
}

/// The reason of a refusal, or `OK`.
pub(crate) fn outcome<T>(answer: &Result<T, Status>) -> String {
    match answer {
        Ok(_) => "OK".to_owned(),
        Err(status) => reason(status),
    }
}

/// The reason of a refusal, with the state or number found where there is one:
/// `SUBSCRIPTION_STATE SUSPENDED`.
pub(crate) fn reason(status: &Status) -> String {
    let refused = refused(status);
    assert!(!refused.reason.is_empty(), "no refusal of ours: {status:?}");
    let found = ["state", "quantity"].map(|key| refused.metadata.get(key));
    match found.into_iter().flatten().next() {
        Some(found) => format!("{} {found}", refused.reason),
        None => refused.reason,
    }
}

/// The fields that a refusal names; none where it was no refusal.
pub(crate) fn fields<T>(answer: Result<Response<T>, Status>) -> Vec<String> {
    match answer {
        Ok(_) => Vec::new(),
        Err(status) => {
            let refused = refused(&status);
            assert_eq!(
                (refused.code, refused.reason.as_str()),
                (Code::InvalidArgument, "INVALID_FIELDS"),
                "{status:?}"
            );
            refused.fields
        }
    }
}

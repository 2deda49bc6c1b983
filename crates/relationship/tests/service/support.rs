//! A running relationship service, who calls it, and a look into its store from beside it.

use std::time::Duration;

use platform::client::Upstream;
use platform::clock::Clock;
use platform::identity::{Peer, Verifier};
use platform::keys::{Grant, LocalIssuer, ServiceKeys};
use platform::serve::{self, Settings};
use platform::store::db::Db;
use platform::store::{outbox, schema};
use proto::relationship::internal::v1::relationship_internal_service_client::RelationshipInternalServiceClient;
use proto::relationship::v1::access_service_client::AccessServiceClient;
use proto::relationship::v1::partner_service_client::PartnerServiceClient;
use proto::relationship::v1::relationship_service_client::RelationshipServiceClient;
use relationship::{Config, Limits, Migrator, Upstreams};
use sea_orm::{ConnectionTrait, Statement};
use tests::{Store, eventually, refused};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Code, Response, Status};

use crate::directory::Portals;
use crate::notification::Arrived;

/// How long a test waits for what happens in the background.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// A service that runs until it is dropped.
pub(crate) struct Service {
    pub(crate) clock: Clock,
    /// The facts that it has told the notification service.
    pub(crate) arrived: Arrived,
    /// The portals that it asks for existing business.
    pub(crate) portals: Portals,
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

    /// The service for partners that connect with each other again and again.
    pub(crate) async fn without_quota(store: &Store) -> Self {
        let proposals = Limits {
            per_day: u32::MAX,
            to_one: u32::MAX,
        };
        let config = Config {
            proposals,
            ..Config::default()
        };
        Self::configured(store, config).await
    }

    /// The service, set differently.
    pub(crate) async fn configured(store: &Store, config: Config) -> Self {
        let (clock, stop) = (Clock::system(), CancellationToken::new());
        let (issuer, keys) = (LocalIssuer::generate(), ServiceKeys::generate());
        let run = async |service, peer| {
            let settings = Settings::new(Verifier::local(&issuer), keys.verifier(peer));
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            tokio::spawn(serve::serve(
                service,
                listener,
                None,
                settings,
                stop.clone(),
            ));
            url
        };
        let arrived = Arrived::default();
        let notification = run(arrived.service(), Peer::Notification).await;
        let signer = keys.signer(Peer::Relationship);
        let notification = Upstream::new(&notification, Peer::Notification, Some(signer)).unwrap();

        let portals = Portals::new();
        let directory = run(portals.service(), Peer::Directory).await;
        let signer = keys.signer(Peer::Relationship);
        let directory = Upstream::new(&directory, Peer::Directory, Some(signer)).unwrap();
        let upstreams = Upstreams {
            notification,
            directory,
        };

        let db = store.open("relationship").await;
        schema::migrate::<Migrator>(&db).await.unwrap();
        let service = relationship::service(config, db, clock.clone(), upstreams).await;
        let url = run(service.unwrap(), Peer::Relationship).await;
        let db = store.open("relationship").await;
        Self {
            clock,
            arrived,
            portals,
            db,
            issuer,
            keys,
            url,
            _stop: stop.drop_guard(),
        }
    }

    pub(crate) fn token(&self, grant: &Grant) -> String {
        self.short_token(grant, Duration::from_secs(600))
    }

    /// A token that is valid for so long.
    pub(crate) fn short_token(&self, grant: &Grant, lifetime: Duration) -> String {
        self.issuer.mint(grant, lifetime)
    }

    /// The token of a partner's Admin agent.
    pub(crate) fn agent(&self, partner: &str) -> String {
        self.token(&Grant::tenant(partner).role("admin-agent").subject("ana"))
    }

    /// The token of an organisation's Global admin.
    pub(crate) fn admin(&self, organisation: &str) -> String {
        self.token(
            &Grant::tenant(organisation)
                .role("global-admin")
                .subject("bob"),
        )
    }

    pub(crate) fn operator(&self) -> String {
        self.token(&Grant::operator())
    }

    pub(crate) fn partners(&self) -> PartnerServiceClient<Upstream> {
        PartnerServiceClient::new(self.upstream(None))
    }

    pub(crate) fn relationships(&self) -> RelationshipServiceClient<Upstream> {
        RelationshipServiceClient::new(self.upstream(None))
    }

    pub(crate) fn access(&self) -> AccessServiceClient<Upstream> {
        AccessServiceClient::new(self.upstream(None))
    }

    /// The internal service, called by the invitation service.
    pub(crate) fn internal(&self) -> RelationshipInternalServiceClient<Upstream> {
        self.internal_as(Some(Peer::Invitation))
    }

    /// The internal service, called by another service, or by nobody that proves to be one.
    pub(crate) fn internal_as(
        &self,
        peer: Option<Peer>,
    ) -> RelationshipInternalServiceClient<Upstream> {
        RelationshipInternalServiceClient::new(self.upstream(peer))
    }

    fn upstream(&self, peer: Option<Peer>) -> Upstream {
        let signer = peer.map(|peer| self.keys.signer(peer));
        Upstream::new(&self.url, Peer::Relationship, signer).unwrap()
    }

    /// A UUID of the caller's making.
    pub(crate) fn uuid(&self) -> String {
        self.clock.id().to_string()
    }

    /// Waits until every fact has been told.
    pub(crate) async fn idle(&self) {
        eventually("the outbox to be delivered", SOON, async || {
            outbox::idle(&self.db).await.unwrap().then_some(())
        })
        .await;
    }

    /// The first column of what a statement finds in the store, as text.
    pub(crate) async fn lines(&self, sql: &str) -> Vec<String> {
        let statement = Statement::from_string(self.db.backend(), sql);
        let rows = self.db.reader().query_all_raw(statement).await.unwrap();
        rows.iter()
            .map(|row| row.try_get_by_index(0).unwrap())
            .collect()
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        let statement =
            Statement::from_string(self.db.backend(), format!("SELECT COUNT(*) FROM {table}"));
        let row = self.db.reader().query_one_raw(statement).await.unwrap();
        row.unwrap().try_get_by_index(0).unwrap()
    }
}

/// The reason of a refusal, or `OK`.
pub(crate) fn outcome<T>(answer: &Result<Response<T>, Status>) -> String {
    match answer {
        Ok(_) => "OK".to_owned(),
        Err(status) => reason(status),
    }
}

/// The reason of a refusal, with the state found where there is one: `RELATIONSHIP_STATE REMOVED`.
pub(crate) fn reason(status: &Status) -> String {
    let refused = refused(status);
    assert_ne!(refused.code, Code::Unknown, "{status:?}");
    assert!(!refused.reason.is_empty(), "no refusal of ours: {status:?}");
    match refused.metadata.get("state") {
        Some(state) => format!("{} {state}", refused.reason),
        None => refused.reason,
    }
}

//! The invitation service: invitations and their links, who claimed them, and what was decided.
//!
//! It never decides whether a relationship exists, and keeps no mail. Here the parts are put
//! together; `api` answers calls, `saga` takes acceptances to their end, `outbox` delivers, `store`
//! keeps, `domain` rules.

mod api;
mod background;
#[allow(
    unreachable_pub,
    reason = "its items are public within this private module"
)]
mod domain;
mod outbox;
mod relationship;
mod saga;
mod store;
mod wording;

use std::sync::Arc;
use std::time::Duration;

use platform::client::Upstream;
use platform::clock::Clock;
use platform::keys::SecretKey;
use platform::serve::Service;
use platform::store::db::Db;
use platform::store::outbox::Relay;
use platform::store::schema::SchemaError;
use proto::invitation::internal::v1::invitation_internal_service_server::InvitationInternalServiceServer;
use proto::invitation::v1::invitation_service_server::InvitationServiceServer;
use proto::notification::internal::v1::notification_internal_service_client::NotificationInternalServiceClient;
use proto::relationship::internal::v1::relationship_internal_service_client::RelationshipInternalServiceClient;
use sea_orm::DbErr;
use tonic::service::Routes;

use domain::{Limits, LinkConfigError, LinkKeys, PerMinute, Refusal};
pub use store::Migrator;

/// Why a call of this service gave no result.
type Error = platform::error::Error<Refusal>;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// How this service is set.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where customers reach the gateway: links begin with it. No path, no query.
    pub public_url: String,
    /// The keys of links: the first signs, all verify. There must be one.
    pub link_keys: Vec<SecretKey>,
    /// Invitations that a partner may make in one day (UTC).
    pub invitations_per_day: u32,
    /// Invitations that a partner may have open at one time.
    pub open_invitations: u32,
    /// Resends of one invitation in one day (UTC).
    pub resends_per_day: u32,
    /// Links that are none of ours, shown by one organisation in a minute; at least 1. Each process
    /// counts for itself.
    pub wrong_links_per_minute: u32,
    /// How long the caller of AcceptInvitation waits for the decision before it is told that one
    /// will come.
    pub decision_wait: Duration,
    /// How often expiries are recorded and old requests forgotten.
    pub background_interval: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:50051".to_owned(),
            link_keys: Vec::new(),
            invitations_per_day: 500,
            open_invitations: 5_000,
            resends_per_day: 20,
            wrong_links_per_minute: 30,
            decision_wait: Duration::from_secs(2),
            background_interval: Duration::from_secs(20),
        }
    }
}

/// The services that this one calls.
#[derive(Clone)]
pub struct Upstreams {
    /// Resolves parties, finds accounts, decides acceptances.
    pub relationship: Upstream,
    /// Takes the facts.
    pub notification: Upstream,
}

/// Why the service cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No link can be made or verified with this configuration.
    #[error(transparent)]
    Configuration(#[from] LinkConfigError),
    /// The store does not fit.
    #[error(transparent)]
    SchemaError(#[from] SchemaError),
    /// The store does not answer.
    #[error("the store failed")]
    Store(#[from] DbErr),
}

/// The service on a migrated store: its two gRPC services, its relay and its loops.
pub async fn service(
    config: Config,
    db: Db,
    clock: Clock,
    upstreams: Upstreams,
) -> Result<Service, StartError> {
    let links = Arc::new(LinkKeys::new(&config.public_url, config.link_keys)?);
    let limits = Limits {
        per_day: config.invitations_per_day,
        open: config.open_invitations,
        resends: config.resends_per_day,
    };
    let store = store::Store::new(db.clone(), clock.clone(), limits);
    warn_of_missing_keys(&store, &links).await?;

    let relationship = RelationshipInternalServiceClient::new(upstreams.relationship);
    let notification = NotificationInternalServiceClient::new(upstreams.notification);
    let saga = saga::Saga::new(store.clone(), relationship.clone(), config.decision_wait);
    let api = api::Api {
        store: store.clone(),
        saga: saga.clone(),
        links,
        limits,
        guesses: api::Guesses::new(PerMinute(config.wrong_links_per_minute)),
        relationship,
    };
    let routes = Routes::new(InvitationServiceServer::new(api.clone()))
        .add_service(InvitationInternalServiceServer::new(api));
    let relay = {
        let saga = saga.clone();
        Relay::new("invitation", db.clone(), clock, move |it| {
            let (saga, notification) = (saga.clone(), notification.clone());
            outbox::deliver(it, notification, async move |it| saga.carry_out(it).await)
        })
        .never_park(&[outbox::ESTABLISH])
    };
    let (claims, interval) = (store.clone(), config.background_interval);
    Ok(Service::new("invitation", routes, proto::descriptors())
        .descriptors(proto::FILE_DESCRIPTOR_SET)
        .store::<Migrator>(&db)
        .await?
        .task("relay", |stop| relay.run(stop))
        .task("acceptances", |stop| saga.finish(stop))
        .task("expiries", move |stop| {
            background::expire_and_forget(store, interval, stop)
        })
        .task("overdue", move |stop| {
            background::count_overdue(claims, interval, stop)
        }))
}

/// A key that was taken out too early: the links that it signed cannot be shown or accepted any
/// more.
async fn warn_of_missing_keys(store: &store::Store, links: &LinkKeys) -> Result<(), DbErr> {
    for key in store.keys_in_use().await? {
        if !links.ids().any(|id| id == key) {
            tracing::warn!(
                key,
                "an open invitation names a link key that is not configured"
            );
        }
    }
    Ok(())
}

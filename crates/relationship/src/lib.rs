//! The relationship service: who takes part, who works with whom, who may act for which customer,
//! and who decides that.
//!
//! The only owner of partners, partnerships, accounts, relationships, privileges and decisions. It
//! knows no links and no mail, and it trusts no cache: every answer comes from the primary store.

mod api;
mod background;
#[allow(
    unreachable_pub,
    reason = "its items are public within this private module"
)]
mod domain;
mod importer;
mod outbox;
mod store;
mod wording;

use std::time::Duration;

use platform::client::Upstream;
use platform::clock::Clock;
use platform::serve::Service;
use platform::store::db::Db;
use platform::store::outbox::Relay;
use platform::store::schema::SchemaError;
use proto::relationship::internal::v1::relationship_internal_service_server::RelationshipInternalServiceServer;
use proto::relationship::v1::access_service_server::AccessServiceServer;
use proto::relationship::v1::partner_service_server::PartnerServiceServer;
use proto::relationship::v1::relationship_service_server::RelationshipServiceServer;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

pub use domain::partner::Enrollment;
pub use domain::quota::Limits;
pub use store::Migrator;
#[doc(hidden)]
pub use store::plan;

/// What can be set, with its defaults.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who decides an enrolment: an operator.
    pub enrollment: Enrollment,
    /// Whether an indirect reseller may order for its customers as well as the provider: it may
    /// not.
    pub reseller_orders: bool,
    /// How many partnerships a partner may propose in a day: 50, to the same partner 5.
    pub proposals: Limits,
    /// How often requests that need not be remembered any more are looked for: every ten minutes.
    pub forget_every: Duration,
    /// How many watchers a process takes at once: 500, so that they fit beside other calls on a
    /// gateway's connection.
    pub watchers: usize,
    /// How long a change is kept for watchers that resume: 7 days.
    pub changes_kept: Duration,
    /// How often a watcher that is told nothing gets a token all the same: every 30 seconds.
    pub watch_quiet: Duration,
    /// How often other processes' changes, and the numbers that they gave, are looked for: four
    /// times a second.
    pub changes_every: Duration,
    /// How often privileges whose time is over are looked for: every second.
    pub expiry_every: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enrollment: Enrollment::Operator,
            reseller_orders: false,
            proposals: Limits::default(),
            forget_every: Duration::from_secs(10 * 60),
            watchers: 500,
            changes_kept: Duration::from_secs(7 * 24 * 3600),
            watch_quiet: Duration::from_secs(30),
            changes_every: Duration::from_millis(250),
            expiry_every: Duration::from_secs(1),
        }
    }
}

/// The services that this one calls.
#[derive(Clone)]
pub struct Upstreams {
    /// Where facts go.
    pub notification: Upstream,
    /// Whose portals know existing customers and subscriptions.
    pub directory: Upstream,
}

/// The service on a store, which must be migrated.
pub async fn service(
    config: Config,
    db: Db,
    clock: Clock,
    upstreams: Upstreams,
) -> Result<Service, SchemaError> {
    let programme = domain::Programme {
        enrollment: config.enrollment,
        reseller_orders: config.reseller_orders,
        proposals: config.proposals,
    };
    let store = store::Store::new(db.clone(), clock.clone());
    let (head, head_moved) = watch::channel(0);
    let draining = CancellationToken::new();
    let watchers = api::Watchers::new(
        config.watchers,
        config.watch_quiet,
        head_moved,
        draining.clone(),
    );
    let importer = importer::Importer::new(store.clone(), upstreams.directory.clone());
    let api = api::Api::new(
        store.clone(),
        programme,
        watchers,
        importer.clone(),
        upstreams.directory,
    );
    let routes = Routes::new(PartnerServiceServer::new(api.clone()))
        .add_service(RelationshipServiceServer::new(api.clone()))
        .add_service(AccessServiceServer::new(api.clone()))
        .add_service(RelationshipInternalServiceServer::new(api));
    let notification = upstreams.notification;
    let deliver = move |delivery| outbox::deliver(notification.clone(), delivery);
    let relay = Relay::new("relationship", db.clone(), clock.clone(), deliver);
    let (expiring, forgetting) = (store.clone(), store.clone());
    let service = Service::new("relationship", routes, proto::descriptors())
        .descriptors(proto::FILE_DESCRIPTOR_SET)
        .store::<Migrator>(&db)
        .await?
        .draining(draining)
        .task("relay", move |stop| relay.run(stop))
        .task("numberer", move |stop| {
            background::number_changes(store, head, config.changes_every, stop)
        })
        .task("expiry", move |stop| {
            background::tell_expired(expiring, config.expiry_every, stop)
        })
        .task("forget", move |stop| {
            background::forget(forgetting, config.forget_every, config.changes_kept, stop)
        });
    Ok((0..importer::AT_ONCE).fold(service, |service, _| {
        let importer = importer.clone();
        service.task("import", move |stop| importer.run(stop))
    }))
}

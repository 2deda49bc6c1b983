//! The notification service: how drafts of emails read, partners' edits of them, and the notices
//! that partners get.
//!
//! It sends nothing and calls nobody, and holds no live link at rest. It does not know whether an
//! invitation is open: the gateway asks that of the service that owns invitations, and hands the
//! link in.

mod api;
mod background;
#[allow(
    unreachable_pub,
    reason = "its items are public within this private module"
)]
mod domain;
mod store;
mod wording;

use std::time::Duration;

use platform::clock::Clock;
use platform::serve::Service;
use platform::store::db::Db;
use platform::store::schema::SchemaError;
use proto::notification::internal::v1::notification_internal_service_server::NotificationInternalServiceServer;
use proto::notification::v1::notification_service_server::NotificationServiceServer;
use tonic::service::Routes;

pub use domain::Limits;
pub use store::Migrator;
#[doc(hidden)]
pub use store::plan;

/// What can be set, with its defaults.
#[derive(Clone, Debug)]
pub struct Config {
    /// How long the parts of a draft may be.
    pub limits: Limits,
    /// How long a fact is recognised when it is delivered again: 30 days.
    pub inbox_kept: Duration,
    /// How long a notice is kept: 400 days.
    pub notices_kept: Duration,
    /// How often what has been kept long enough is looked for: every ten minutes.
    pub forget_every: Duration,
}

impl Default for Config {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self {
            limits: Limits::default(),
            inbox_kept: 30 * DAY,
            notices_kept: 400 * DAY,
            forget_every: Duration::from_secs(10 * 60),
        }
    }
}

/// The service on a store, which must be migrated.
pub async fn service(config: Config, db: Db, clock: Clock) -> Result<Service, SchemaError> {
    let store = store::Store::new(db.clone(), clock);
    let api = api::Api::new(store.clone(), config.limits.clone());
    let routes = Routes::new(NotificationServiceServer::new(api.clone()))
        .add_service(NotificationInternalServiceServer::new(api));
    Ok(Service::new("notification", routes, proto::descriptors())
        .descriptors(proto::FILE_DESCRIPTOR_SET)
        .store::<Migrator>(&db)
        .await?
        .task("forget", move |stop| {
            background::forget(store, config, stop)
        }))
}

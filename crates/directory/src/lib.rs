//! The directory service: the other portals, as a reference implementation of their contract.
//!
//! It knows who does business with whom and what customers have, and carries out what is asked of
//! it, once. It calls nobody, and it never decides who may: that was decided before.

mod api;
#[allow(
    unreachable_pub,
    reason = "its items are public within this private module"
)]
mod domain;
mod store;
pub mod transfer;

use platform::clock::Clock;
use platform::serve::Service;
use platform::store::db::Db;
use platform::store::schema::SchemaError;
use proto::directory::v1::directory_service_server::DirectoryServiceServer;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

pub use store::Migrator;
#[doc(hidden)]
pub use store::plan;

/// What can be set. The default is what the contract says.
#[derive(Clone, Debug)]
pub struct Config {
    /// How many records a message of existing business has at most: 1,000, which is also the most
    /// that it may be.
    pub records_per_message: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            records_per_message: api::RECORDS_MAX,
        }
    }
}

/// The service on a store, which must be migrated.
pub async fn service(config: Config, db: Db, clock: Clock) -> Result<Service, SchemaError> {
    let draining = CancellationToken::new();
    let store = store::Store::new(db.clone(), clock);
    let api = api::Api::new(store, config.records_per_message, draining.clone());
    let routes = Routes::new(DirectoryServiceServer::new(api));
    Ok(Service::new("directory", routes, proto::descriptors())
        .descriptors(proto::FILE_DESCRIPTOR_SET)
        .store::<Migrator>(&db)
        .await?
        .draining(draining))
}

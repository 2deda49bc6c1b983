//! The relationship service: who takes part, who works with whom, who may act for which customer, and who decides that.
//!
//! The only owner of partners, partnerships, accounts, relationships, privileges and decisions. It knows no links and
//! no mail, and it trusts no cache: every answer comes from the primary store.

mod api;
pub mod domain;
mod relay;
mod store;
mod wording;

use std::time::Duration;

use platform::client::Upstream;
use platform::clock::Clock;
use platform::db::Db;
use platform::outbox::Relay;
use platform::request;
use platform::schema::{self, Unfit};
use platform::serve::Service;
use proto::relationship::internal::v1::relationship_internal_service_server::RelationshipInternalServiceServer;
use proto::relationship::v1::access_service_server::AccessServiceServer;
use proto::relationship::v1::partner_service_server::PartnerServiceServer;
use proto::relationship::v1::relationship_service_server::RelationshipServiceServer;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

pub use domain::partner::Enrollment;
pub use store::Migrator;
#[doc(hidden)]
pub use store::plan;

/// What can be set. The default is what the requirements say.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who decides an enrolment: an operator.
    pub enrollment: Enrollment,
    /// Whether an indirect reseller may order for its customers as well as the provider: it may not.
    pub reseller_orders: bool,
    /// How often requests that need not be remembered any more are looked for: every ten minutes.
    pub sweep_every: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enrollment: Enrollment::Operator,
            reseller_orders: false,
            sweep_every: Duration::from_secs(10 * 60),
        }
    }
}

/// The service on a store, which must be migrated. Facts go to `notification`.
pub async fn service(
    config: Config,
    db: Db,
    clock: Clock,
    notification: Upstream,
) -> Result<Service, Unfit> {
    schema::check::<Migrator>(&db).await?;
    let programme = domain::Programme {
        enrollment: config.enrollment,
        reseller_orders: config.reseller_orders,
    };
    let api = api::Api::new(store::Store::new(db.clone(), clock.clone()), programme);
    let routes = Routes::new(PartnerServiceServer::new(api.clone()))
        .add_service(RelationshipServiceServer::new(api.clone()))
        .add_service(AccessServiceServer::new(api.clone()))
        .add_service(RelationshipInternalServiceServer::new(api));
    let deliver = move |delivery| relay::deliver(notification.clone(), delivery);
    let relay = Relay::new("relationship", db.clone(), clock.clone(), deliver);
    let swept = db.clone();
    Ok(Service::new("relationship", routes, api::ROWS)
        .descriptors(proto::FILE_DESCRIPTOR_SET)
        .ready(move || {
            let db = db.clone();
            async move { db.ping().await.is_ok() }
        })
        .task("relay", move |stop| relay.run(stop))
        .task("sweep", move |stop| {
            sweep(stop, swept, clock, config.sweep_every)
        }))
}

/// Forgets old requests now and then, until told to stop. One that fails is logged, and the next does its work.
async fn sweep(stop: CancellationToken, db: Db, clock: Clock, every: Duration) {
    let sweeping = async {
        loop {
            match request::sweep(&db, clock.now() - request::REMEMBERED).await {
                // a full batch may have left some over
                Ok(1..) => continue,
                Ok(0) => {}
                Err(error) => tracing::warn!(%error, "sweep failed"),
            }
            tokio::time::sleep(every).await;
        }
    };
    stop.run_until_cancelled(sweeping).await;
}

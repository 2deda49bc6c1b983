//! Health as `grpc.health.v1`: "" and "readiness" say whether the service can do its work now,
//! "liveness" that the process runs. Liveness never asks anything, least of all the database.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use super::Ready;

pub(super) const READINESS: [&str; 2] = ["", "readiness"];
pub(super) const LIVENESS: &str = "liveness";

/// How often readiness is asked, and how long the answer may take.
const INTERVAL: Duration = Duration::from_secs(1);

/// Keeps the health of one service up to date.
pub(super) struct Reporter(HealthReporter);

impl Reporter {
    /// Asks `ready` until `draining`, from when on the service is not ready whatever it says.
    pub(super) async fn start(ready: Ready, draining: CancellationToken) -> Self {
        let reporter = HealthReporter::new();
        reporter
            .set_service_status(LIVENESS, ServingStatus::Serving)
            .await;
        set(&reporter, ServingStatus::NotServing).await;
        tokio::spawn(keep(reporter.clone(), ready, draining));
        Self(reporter)
    }

    pub(super) fn service(&self) -> HealthServer<HealthService> {
        HealthServer::new(HealthService::from_health_reporter(self.0.clone()))
    }
}

async fn keep(reporter: HealthReporter, ready: Ready, draining: CancellationToken) {
    let asking = async {
        let mut said = ServingStatus::NotServing;
        loop {
            let serving = tokio::time::timeout(INTERVAL, ready())
                .await
                .unwrap_or(false);
            let now = match serving {
                true => ServingStatus::Serving,
                false => ServingStatus::NotServing,
            };
            // Whoever watches is woken each time that it is said.
            if now != said {
                set(&reporter, now).await;
                said = now;
            }
            tokio::time::sleep(INTERVAL).await;
        }
    };
    draining.run_until_cancelled(asking).await;
    set(&reporter, ServingStatus::NotServing).await;
}

async fn set(reporter: &HealthReporter, status: ServingStatus) {
    for name in READINESS {
        reporter.set_service_status(name, status).await;
    }
}

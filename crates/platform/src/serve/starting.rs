//! Health before there is a service: alive, and not ready.

use std::io;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

use super::LAST_MOMENT;
use super::health::{LIVENESS, READINESS};

/// Answers for a service on its socket for health until `start` has ended, however long that takes.
/// Answers what it came to, and the socket, on which no question of before is open any more.
pub async fn starting<T>(
    health: TcpListener,
    start: impl Future<Output = T>,
) -> io::Result<(TcpListener, T)> {
    let health = health.into_std()?;
    let beside = TcpListener::from_std(health.try_clone()?)?;
    let reporter = HealthReporter::new();
    for name in READINESS {
        reporter
            .set_service_status(name, ServingStatus::NotServing)
            .await;
    }
    reporter
        .set_service_status(LIVENESS, ServingStatus::Serving)
        .await;
    let service = HealthServer::new(HealthService::from_health_reporter(reporter.clone()));
    let stop = CancellationToken::new();
    let mut server = JoinSet::new();
    server.spawn(Server::builder().serve_with_incoming_shutdown(
        Routes::new(service).prepare(),
        TcpIncoming::from(beside),
        stop.clone().cancelled_owned(),
    ));
    let started = start.await;
    // whoever watches asks again, and is answered by the service
    for name in READINESS.into_iter().chain([LIVENESS]) {
        reporter.clone().clear_service_status(name).await;
    }
    stop.cancel();
    let _ = tokio::time::timeout(LAST_MOMENT, server.join_next()).await;
    Ok((TcpListener::from_std(health)?, started))
}

//! The role "healthcheck": asks a service whether it serves.

use std::time::Duration;

use anyhow::{Context, bail};
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::config::Healthcheck;

/// How long the answer may take, the connection included.
const PATIENCE: Duration = Duration::from_secs(2);

/// Succeeds when the service is serving.
pub(crate) async fn check(config: &Healthcheck) -> anyhow::Result<()> {
    let service = if config.liveness { "liveness" } else { "" };
    let endpoint = Endpoint::new(format!("http://{}", config.address))?;
    let answer = tokio::time::timeout(PATIENCE, async {
        let mut health = HealthClient::new(endpoint.connect().await?);
        anyhow::Ok(
            health
                .check(HealthCheckRequest {
                    service: service.to_owned(),
                })
                .await?
                .into_inner()
                .status(),
        )
    });
    match answer.await {
        Ok(Ok(ServingStatus::Serving)) => Ok(()),
        Ok(Ok(status)) => bail!("{}: {}", config.address, status.as_str_name()),
        Ok(Err(error)) => Err(error).with_context(|| format!("{} does not answer", config.address)),
        Err(_) => bail!(
            "{} did not answer within {} s",
            config.address,
            PATIENCE.as_secs()
        ),
    }
}

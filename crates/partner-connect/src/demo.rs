//! The role "demo": the main story, told step by step on a system of its own.
//!
//! Whatever happens, the system is stopped and its stores are removed before the process ends.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use demo::{StepReport, Teller, Users};
use platform::clock::Clock;
use platform::keys::{self, Contents};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::config::{Demo, Misconfigured};
use crate::output;
use crate::store::Location;
use crate::system::{Setup, Stores, System};
use crate::telemetry;

/// How long its tokens live: longer than any run.
const TOKEN_LIFETIME: Duration = Duration::from_secs(3600);
/// Tells the story. The error of a step that fails names it.
pub(crate) async fn run(config: Demo, stop: CancellationToken) -> anyhow::Result<()> {
    let folder = TempDir::with_prefix("partner-connect-demo-")
        .context("there is no place for temporary files")?;
    let stores = stores(&config, folder.path())?;
    let telemetry = telemetry::start("demo", &config.telemetry, telemetry::DEMO_LOG)?;
    let kind = if config.postgres.is_some() {
        "PostgreSQL, a schema for each service"
    } else {
        "SQLite, a file for each service"
    };
    let mut teller = Teller::begin(output::print);
    let title = format!("partner-connect: a joint invitation, from draft to removal ({kind})");
    let told = match teller.title(&title) {
        Ok(()) => tell(&mut teller, folder.path(), stores.clone(), &stop).await,
        unread => unread,
    };
    let removed = if config.postgres.is_some() {
        let dropped = stores.drop_schemas().await;
        dropped.context("the schemas of this run were not dropped")
    } else {
        Ok(())
    };
    telemetry.shutdown().await;
    let closed = folder
        .close()
        .context("the files of this run were not removed");
    output::graver(told, removed.and(closed))?;
    teller.end()
}

async fn tell(
    teller: &mut Teller,
    folder: &Path,
    stores: Stores,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let keys = folder.join("keys");
    let mut system = None;
    let told = teller.step("start", async {
        keys::write_keys(&keys, Contents::ServicesAndIssuer).map_err(Misconfigured::new)?;
        crate::all::business::load(stores.directory()).await?;
        let started = System::start(Setup {
            keys: keys.clone(),
            stores,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            pages_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            relationship: relationship::Config::default(),
            invitation: invitation::Config::default(),
            notification: notification::Config::default(),
            limits: None,
        })
        .await?;
        let ports = started
            .addresses()
            .map(|(service, address)| format!("{service} {address}"));
        let told = StepReport::line(ports.collect::<Vec<_>>().join(" · "));
        system = Some(started);
        Ok(told)
    });
    let told = told.await;
    let Some(mut system) = system else {
        return told;
    };
    let gateway = system.gateway();
    let going_on = async {
        told?;
        let users = Users::of(&keys, TOKEN_LIFETIME).map_err(Misconfigured::new)?;
        demo::tell(teller, gateway, &users).await
    };
    let told = tokio::select! {
        told = going_on => told,
        failed = system.failed() => Err(failed),
        () = stop.cancelled() => Err(anyhow::anyhow!("stopped by a signal")),
    };
    // What the story says comes first; a system that does not stop is a failure as well.
    let stopped = system.stop().await;
    output::graver(told, stopped)
}

/// Fresh stores: files in the folder, or schemas that are named for this run.
fn stores(config: &Demo, folder: &Path) -> Result<Stores, Misconfigured> {
    match &config.postgres {
        None => Stores::in_folder(folder),
        Some(url) if !url.is_postgres() => Err(Misconfigured::new(
            "--postgres: not of the form postgres://…",
        )),
        Some(url) => {
            let run = Clock::system().id().simple().to_string();
            Stores::each(|service| Location::schema(url, format!("demo_{run}_{service}")))
        }
    }
}

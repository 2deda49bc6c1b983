//! The roles that serve, each by itself in a process: configuration, telemetry, the socket for
//! health, store, the socket for calls, in this order, until told to stop. What is wrong with the
//! flags and files is said before the first socket opens, and what is wrong with the store before
//! anything is served.

use std::net::SocketAddr;

use anyhow::Context;
use platform::identity::Peer;
use platform::serve::{self, Service, Settings};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::{
    DirectoryServing, Gateway, Invitation, Notification, Relationship, Serving, Telemetry, Web,
};
use crate::keys::Keyring;
use crate::store::{Location, Opened};
use crate::{assemble, telemetry};

/// The role "web".
pub(crate) async fn web(config: Web, stop: CancellationToken) -> anyhow::Result<()> {
    let host = Host::of_people(config.serving, config.telemetry)?;
    let store = Location::of(&config.store)?;
    let sign_in = assemble::sign_in(&config.public_url, config.provider)?;
    let pages = assemble::Pages {
        config: web::Config {
            public_url: config.public_url,
            idle: config.sessions.session_idle,
            lifetime: config.sessions.session_lifetime,
            development: false,
        },
        sign_in,
        verifier: host.keys.verifier(),
        seal: host.keys.sessions()?,
        gateway_url: config.gateway_url,
    };
    host.run(stop, async {
        let store = store.opened_when_there().await?;
        Ok((assemble::web(pages, store.db.clone()).await?, Some(store)))
    })
    .await
}

/// The role "gateway".
pub(crate) async fn gateway(config: Gateway, stop: CancellationToken) -> anyhow::Result<()> {
    let host = Host::of(Peer::Gateway, config.serving, config.telemetry)?;
    let service = assemble::gateway(&config.upstreams.into(), host.keys.signer(Peer::Gateway)?)?;
    host.run(stop, async { Ok((service, None)) }).await
}

/// The role "invitation".
pub(crate) async fn invitation(config: Invitation, stop: CancellationToken) -> anyhow::Result<()> {
    let host = Host::of(Peer::Invitation, config.serving, config.telemetry)?;
    let signer = host.keys.signer(Peer::Invitation)?;
    let store = Location::of(&config.store)?;
    let settings = invitation::Config {
        public_url: config.public_url,
        link_keys: host.keys.links()?,
        ..config.quota.into()
    };
    let (relationship, notification) = (config.relationship_url, config.notification_url);
    host.run(stop, async {
        let store = store.opened_when_there().await?;
        let service = assemble::invitation(
            settings,
            store.db.clone(),
            &signer,
            &relationship,
            &notification,
        )
        .await?;
        Ok((service, Some(store)))
    })
    .await
}

/// The role "relationship".
pub(crate) async fn relationship(
    config: Relationship,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let host = Host::of(Peer::Relationship, config.serving, config.telemetry)?;
    let signer = host.keys.signer(Peer::Relationship)?;
    let store = Location::of(&config.store)?;
    let rules = assemble::rules(
        config.enrollment,
        &config.programme,
        &config.proposals,
        &config.watching,
    );
    let (notification, directory) = (config.notification_url, config.directory_url);
    host.run(stop, async {
        let store = store.opened_when_there().await?;
        let service =
            assemble::relationship(rules, store.db.clone(), &signer, &notification, &directory)
                .await?;
        Ok((service, Some(store)))
    })
    .await
}

/// The role "notification".
pub(crate) async fn notification(
    config: Notification,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let host = Host::of(Peer::Notification, config.serving, config.telemetry)?;
    let store = Location::of(&config.store)?;
    let kept = config.kept.into();
    host.run(stop, async {
        let store = store.opened_when_there().await?;
        Ok((
            assemble::notification(kept, store.db.clone()).await?,
            Some(store),
        ))
    })
    .await
}

/// The role "directory", where it serves.
pub(crate) async fn directory(
    config: DirectoryServing,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let host = Host::of(Peer::Directory, config.serving, config.telemetry)?;
    let store = Location::of(&config.store)?;
    host.run(stop, async {
        let store = store.opened_when_there().await?;
        Ok((assemble::directory(store.db.clone()).await?, Some(store)))
    })
    .await
}

/// What is alike in all of them.
struct Host {
    name: &'static str,
    keys: Keyring,
    settings: Settings,
    serving: Serving,
    telemetry: Telemetry,
}

impl Host {
    fn of(name: Peer, serving: Serving, telemetry: Telemetry) -> anyhow::Result<Self> {
        let keys = Keyring::open(&serving.keys, serving.issuers.as_deref())?;
        let settings = keys.settings(name)?;
        Ok(Self::with(name.name(), keys, settings, serving, telemetry))
    }

    /// Of the pages for people, which is no service to the others.
    fn of_people(serving: Serving, telemetry: Telemetry) -> anyhow::Result<Self> {
        let keys = Keyring::open(&serving.keys, serving.issuers.as_deref())?;
        let settings = keys.settings_for_people();
        Ok(Self::with("web", keys, settings, serving, telemetry))
    }

    fn with(
        name: &'static str,
        keys: Keyring,
        settings: Settings,
        serving: Serving,
        telemetry: Telemetry,
    ) -> Self {
        Self {
            name,
            keys,
            settings: serving.limits.on(settings, 1),
            serving,
            telemetry,
        }
    }

    /// Serves what `build` makes, with the store that it uses and may wait for.
    async fn run(
        self,
        stop: CancellationToken,
        build: impl Future<Output = anyhow::Result<(Service, Option<Opened>)>>,
    ) -> anyhow::Result<()> {
        let telemetry = telemetry::start(self.name, &self.telemetry, telemetry::ROLE_LOG)?;
        let served = self.serve(stop, build).await;
        telemetry.shutdown().await;
        served
    }

    async fn serve(
        self,
        stop: CancellationToken,
        build: impl Future<Output = anyhow::Result<(Service, Option<Opened>)>>,
    ) -> anyhow::Result<()> {
        let health = listen(self.serving.health_listen).await?;
        let (health, built) = serve::starting(health, stop.run_until_cancelled(build)).await?;
        let Some(built) = built else {
            return Ok(());
        };
        let (service, store) = built?;
        let listener = listen(self.serving.listen).await?;
        serve::serve(service, listener, Some(health), self.settings, stop).await?;
        if let Some(store) = store {
            store.close().await?;
        }
        Ok(())
    }
}

/// Opens a socket.
pub(crate) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))
}

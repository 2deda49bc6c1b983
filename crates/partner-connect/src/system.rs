//! All services in one process, each on a socket and a store of its own, meeting over gRPC on loopback.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use platform::db::Db;
use platform::identity::Peer;
use platform::serve::{self, Service};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::assemble;
use crate::config::{Enrollment, Programme};
use crate::keys::Keyring;
use crate::role::listen;
use crate::store::Location;

/// What a system is made of.
pub(crate) struct Setup {
    /// The folder of its keys, development issuer included.
    pub(crate) keys: PathBuf,
    /// Where its services keep their data; brought up to date at the start.
    pub(crate) stores: Stores,
    /// Where its gateway listens. The others take free ports of loopback.
    pub(crate) listen: SocketAddr,
    /// What links begin with; where the gateway listens unless given.
    pub(crate) public_url: Option<String>,
    /// Who decides enrolments.
    pub(crate) enrollment: Enrollment,
    /// The programme's rules.
    pub(crate) programme: Programme,
}

/// The store of each service that has one.
#[derive(Clone)]
pub(crate) struct Stores {
    invitation: Location,
    relationship: Location,
    notification: Location,
}

impl Stores {
    /// One for each service, by its name.
    pub(crate) fn each<E>(mut locate: impl FnMut(&str) -> Result<Location, E>) -> Result<Self, E> {
        Ok(Self {
            invitation: locate(Peer::Invitation.name())?,
            relationship: locate(Peer::Relationship.name())?,
            notification: locate(Peer::Notification.name())?,
        })
    }

    /// SQLite files in one folder.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        let file = |name: &str| Location::file(&folder.join(format!("{name}.db")));
        Self {
            invitation: file(Peer::Invitation.name()),
            relationship: file(Peer::Relationship.name()),
            notification: file(Peer::Notification.name()),
        }
    }

    /// Drops the PostgreSQL schemas.
    pub(crate) async fn drop_schemas(&self) -> anyhow::Result<()> {
        for store in [&self.invitation, &self.relationship, &self.notification] {
            store.drop_schema().await?;
        }
        Ok(())
    }
}

/// A running system.
pub(crate) struct System {
    addresses: Vec<(Peer, SocketAddr)>,
    running: JoinSet<(Peer, anyhow::Result<()>)>,
    stops: Vec<CancellationToken>,
    stores: Vec<Db>,
}

/// The sockets of a system, before anything answers on them.
struct Sockets {
    gateway: TcpListener,
    invitation: TcpListener,
    relationship: TcpListener,
    notification: TcpListener,
}

impl Sockets {
    async fn open(gateway: SocketAddr) -> anyhow::Result<Self> {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Ok(Self {
            gateway: listen(gateway).await?,
            invitation: listen(free).await?,
            relationship: listen(free).await?,
            notification: listen(free).await?,
        })
    }
}

fn url(listener: &TcpListener) -> anyhow::Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}

/// Where a browser on this machine finds the gateway, also when it listens on every address.
fn gateway_url(listener: &TcpListener) -> anyhow::Result<String> {
    Ok(format!("http://{}", reachable(listener.local_addr()?)))
}

impl System {
    /// Starts every service; they serve when this returns.
    pub(crate) async fn start(setup: Setup) -> anyhow::Result<Self> {
        let keys = Keyring::open(&setup.keys, None)?;
        let links = keys.links()?;
        let invitation_db = setup
            .stores
            .invitation
            .migrated::<invitation::Migrator>()
            .await?;
        let relationship_db = setup
            .stores
            .relationship
            .migrated::<relationship::Migrator>()
            .await?;
        let notification_db = setup
            .stores
            .notification
            .migrated::<notification::Migrator>()
            .await?;

        let sockets = Sockets::open(setup.listen).await?;
        let upstreams = gateway::Config {
            invitation_url: url(&sockets.invitation)?,
            relationship_url: url(&sockets.relationship)?,
            notification_url: url(&sockets.notification)?,
        };
        let notification = assemble::notification(notification_db.clone()).await?;
        let relationship = assemble::relationship(
            setup.enrollment,
            &setup.programme,
            relationship_db.clone(),
            &keys.signer(Peer::Relationship)?,
            &upstreams.notification_url,
        )
        .await?;
        let invitation = assemble::invitation(
            invitation::Config {
                public_url: setup
                    .public_url
                    .map_or_else(|| gateway_url(&sockets.gateway), Ok)?,
                link_keys: links,
                ..invitation::Config::default()
            },
            invitation_db.clone(),
            &keys.signer(Peer::Invitation)?,
            &upstreams.relationship_url,
            &upstreams.notification_url,
        )
        .await?;
        let gateway = assemble::gateway(&upstreams, keys.signer(Peer::Gateway)?)?;

        let mut system = Self {
            addresses: Vec::new(),
            running: JoinSet::new(),
            stops: Vec::new(),
            stores: vec![invitation_db, relationship_db, notification_db],
        };
        // Callers before those they call: they are stopped in this order.
        system.serve(Peer::Gateway, gateway, sockets.gateway, &keys)?;
        system.serve(Peer::Invitation, invitation, sockets.invitation, &keys)?;
        system.serve(
            Peer::Relationship,
            relationship,
            sockets.relationship,
            &keys,
        )?;
        system.serve(
            Peer::Notification,
            notification,
            sockets.notification,
            &keys,
        )?;
        Ok(system)
    }

    fn serve(
        &mut self,
        peer: Peer,
        service: Service,
        listener: TcpListener,
        keys: &Keyring,
    ) -> anyhow::Result<()> {
        self.addresses.push((peer, listener.local_addr()?));
        let (settings, stop) = (keys.settings(peer)?, CancellationToken::new());
        self.stops.push(stop.clone());
        self.running.spawn(async move {
            let served = serve::serve(service, listener, None, settings, stop).await;
            (peer, served.with_context(|| format!("the {peer} service")))
        });
        Ok(())
    }

    /// Where each service listens, the gateway first.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = (Peer, SocketAddr)> {
        self.addresses.iter().copied()
    }

    /// Where the gateway is found from this machine.
    pub(crate) fn gateway(&self) -> SocketAddr {
        reachable(self.addresses[0].1)
    }

    /// Why the first service ended that was not asked to; it takes as long as all go well.
    pub(crate) async fn failed(&mut self) -> anyhow::Error {
        match self.running.join_next().await {
            Some(Ok((_, Err(error)))) => error,
            Some(Ok((peer, Ok(())))) => anyhow!("the {peer} service ended by itself"),
            Some(Err(error)) => error.into(),
            None => anyhow!("no service runs"),
        }
    }

    /// Stops every service, each after those that call it, and closes the stores.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let mut outcome = Ok(());
        if self.running.len() < self.stops.len() {
            // One has ended by itself, so there is no order left to keep.
            self.stops.iter().for_each(CancellationToken::cancel);
        }
        for stop in &self.stops {
            stop.cancel();
            match self.running.join_next().await {
                Some(Ok((_, served))) => outcome = outcome.and(served),
                Some(Err(error)) => outcome = outcome.and(Err(error.into())),
                None => {}
            }
        }
        for store in &self.stores {
            store.close().await.context("a store does not close")?;
        }
        outcome
    }
}

/// An address of this machine for one that stands for all of them.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

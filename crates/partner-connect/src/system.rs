//! All services in one process, each on a socket and a store of its own, meeting over gRPC on
//! loopback; the pages for people before them, and the development sign-in beside them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use demo::sign_in;
use platform::identity::Peer;
use platform::keys::LocalIssuer;
use platform::serve::{self, Service, Settings};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::assemble::{self, Pages};
use crate::config::{Limits, Misconfigured, Provider};
use crate::keys::Keyring;
use crate::role::listen;
use crate::store::{Location, Opened};

/// What the pages for people are called, as a role, a store and a client of the sign-in.
const WEB: &str = "web";
/// What the development sign-in is called.
const SIGN_IN: &str = "sign-in";
/// How long people stay signed in: a day at work.
const SESSION_IDLE: Duration = Duration::from_secs(3600);
const SESSION_LIFETIME: Duration = Duration::from_secs(12 * 3600);

/// What a system is made of.
pub(crate) struct Setup {
    /// The folder of its keys, development issuer included.
    pub(crate) keys: PathBuf,
    /// Where its services keep their data; brought up to date at the start.
    pub(crate) stores: Stores,
    /// Where its gateway listens. The others take free ports of loopback.
    pub(crate) listen: SocketAddr,
    /// Where its pages for people listen: what links begin with.
    pub(crate) pages_listen: SocketAddr,
    /// Its relationship service.
    pub(crate) relationship: relationship::Config,
    /// Its invitation service; its links are the concern of `public_url` and `keys`.
    pub(crate) invitation: invitation::Config,
    /// Its notification service.
    pub(crate) notification: notification::Config,
    /// Limits on the calls that each service takes; the usual ones unless given.
    pub(crate) limits: Option<Limits>,
}

/// The store of each service that has one.
#[derive(Clone)]
pub(crate) struct Stores {
    invitation: Location,
    relationship: Location,
    notification: Location,
    directory: Location,
    web: Location,
}

impl Stores {
    /// One for each service, by its name.
    pub(crate) fn each<E>(mut locate: impl FnMut(&str) -> Result<Location, E>) -> Result<Self, E> {
        Ok(Self {
            invitation: locate(Peer::Invitation.name())?,
            relationship: locate(Peer::Relationship.name())?,
            notification: locate(Peer::Notification.name())?,
            directory: locate(Peer::Directory.name())?,
            web: locate(WEB)?,
        })
    }

    /// SQLite files in one folder.
    pub(crate) fn in_folder(folder: &Path) -> Result<Self, Misconfigured> {
        Self::each(|name| Location::file(&folder.join(format!("{name}.db"))))
    }

    /// That of the directory service.
    pub(crate) fn directory(&self) -> &Location {
        &self.directory
    }

    /// Drops the PostgreSQL schemas.
    pub(crate) async fn drop_schemas(&self) -> anyhow::Result<()> {
        let Self {
            invitation,
            relationship,
            notification,
            directory,
            web,
        } = self;
        for store in [invitation, relationship, notification, directory, web] {
            store.drop_schema().await?;
        }
        Ok(())
    }
}

/// A running system.
pub(crate) struct System {
    keys: Keyring,
    /// Where each service listens, in the order in which they were started: those that are called
    /// before their callers.
    addresses: Vec<(&'static str, SocketAddr)>,
    stops: Vec<CancellationToken>,
    running: JoinSet<anyhow::Result<()>>,
    stores: Vec<Opened>,
    limits: Option<Limits>,
}

/// The sockets of a system, before anything answers on them.
struct Sockets {
    gateway: TcpListener,
    invitation: TcpListener,
    relationship: TcpListener,
    notification: TcpListener,
    directory: TcpListener,
    web: TcpListener,
    sign_in: TcpListener,
}

impl Sockets {
    async fn open(gateway: SocketAddr, web: SocketAddr) -> anyhow::Result<Self> {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Ok(Self {
            gateway: listen(gateway).await?,
            invitation: listen(free).await?,
            relationship: listen(free).await?,
            notification: listen(free).await?,
            directory: listen(free).await?,
            web: listen(web).await?,
            sign_in: listen(free).await?,
        })
    }

    fn urls(&self) -> io::Result<gateway::Config> {
        let url = |socket: &TcpListener| socket.local_addr().map(|it| format!("http://{it}"));
        Ok(gateway::Config {
            invitation_url: url(&self.invitation)?,
            relationship_url: url(&self.relationship)?,
            notification_url: url(&self.notification)?,
            directory_url: url(&self.directory)?,
        })
    }
}

impl System {
    /// Starts every service; they serve when this returns.
    pub(crate) async fn start(setup: Setup) -> anyhow::Result<Self> {
        let mut system = Self {
            keys: Keyring::open(&setup.keys, None)?,
            addresses: Vec::new(),
            stops: Vec::new(),
            running: JoinSet::new(),
            stores: Vec::new(),
            limits: setup.limits.clone(),
        };
        let sockets = Sockets::open(setup.listen, setup.pages_listen).await?;
        let urls = sockets.urls()?;
        let public_url = format!("http://{}", sockets.web.local_addr()?);
        let gateway_url = format!("http://{}", reachable(sockets.gateway.local_addr()?));
        system.start_directory(&setup, sockets.directory).await?;
        system
            .start_notification(&setup, sockets.notification)
            .await?;
        system
            .start_relationship(&setup, sockets.relationship, &urls)
            .await?;
        system
            .start_invitation(&setup, sockets.invitation, &urls, public_url.clone())
            .await?;
        let gateway = assemble::gateway(&urls, system.keys.signer(Peer::Gateway)?)?;
        system.serve(Peer::Gateway, gateway, sockets.gateway)?;
        let issuer = system.start_sign_in(&setup, sockets.sign_in)?;
        system
            .start_web(&setup, sockets.web, public_url, issuer, gateway_url)
            .await?;
        Ok(system)
    }

    async fn start_directory(&mut self, setup: &Setup, socket: TcpListener) -> anyhow::Result<()> {
        let store = setup
            .stores
            .directory
            .migrated::<directory::Migrator>()
            .await?;
        let db = store.db.clone();
        self.stores.push(store);
        let service = assemble::directory(db).await?;
        self.serve(Peer::Directory, service, socket)
    }

    async fn start_notification(
        &mut self,
        setup: &Setup,
        socket: TcpListener,
    ) -> anyhow::Result<()> {
        let store = setup
            .stores
            .notification
            .migrated::<notification::Migrator>()
            .await?;
        let db = store.db.clone();
        self.stores.push(store);
        let service = assemble::notification(setup.notification.clone(), db).await?;
        self.serve(Peer::Notification, service, socket)
    }

    async fn start_relationship(
        &mut self,
        setup: &Setup,
        socket: TcpListener,
        urls: &gateway::Config,
    ) -> anyhow::Result<()> {
        let store = setup
            .stores
            .relationship
            .migrated::<relationship::Migrator>()
            .await?;
        let db = store.db.clone();
        self.stores.push(store);
        let signer = self.keys.signer(Peer::Relationship)?;
        let rules = setup.relationship.clone();
        let (notification, directory) = (&urls.notification_url, &urls.directory_url);
        let service = assemble::relationship(rules, db, &signer, notification, directory).await?;
        self.serve(Peer::Relationship, service, socket)
    }

    async fn start_invitation(
        &mut self,
        setup: &Setup,
        socket: TcpListener,
        urls: &gateway::Config,
        public_url: String,
    ) -> anyhow::Result<()> {
        let store = setup
            .stores
            .invitation
            .migrated::<invitation::Migrator>()
            .await?;
        let db = store.db.clone();
        self.stores.push(store);
        let signer = self.keys.signer(Peer::Invitation)?;
        let config = invitation::Config {
            public_url,
            link_keys: self.keys.links()?,
            ..setup.invitation.clone()
        };
        let (relationship, notification) = (&urls.relationship_url, &urls.notification_url);
        let service = assemble::invitation(config, db, &signer, relationship, notification).await?;
        self.serve(Peer::Invitation, service, socket)
    }

    /// Where people sign in; answers its name.
    fn start_sign_in(&mut self, setup: &Setup, socket: TcpListener) -> anyhow::Result<String> {
        let issuer = LocalIssuer::read(&setup.keys).map_err(Misconfigured::new)?;
        let address = socket.local_addr()?;
        self.addresses.push((SIGN_IN, address));
        let stop = CancellationToken::new();
        self.stops.push(stop.clone());
        self.running.spawn(async move {
            sign_in::serve(socket, issuer, stop.clone()).await?;
            ensure!(stop.is_cancelled(), "the sign-in ended by itself");
            Ok(())
        });
        Ok(format!("http://{address}"))
    }

    async fn start_web(
        &mut self,
        setup: &Setup,
        socket: TcpListener,
        public_url: String,
        issuer: String,
        gateway_url: String,
    ) -> anyhow::Result<()> {
        let store = setup.stores.web.migrated::<web::Migrator>().await?;
        let db = store.db.clone();
        self.stores.push(store);
        let provider = Provider {
            sign_in_issuer: issuer,
            sign_in_client: WEB.to_owned(),
            sign_in_secret_file: None,
            sign_in_scope: "openid".to_owned(),
            sign_in_resource: None,
            sign_in_ca_file: None,
        };
        let pages = Pages {
            sign_in: assemble::sign_in(&public_url, provider)?,
            config: web::Config {
                public_url,
                idle: SESSION_IDLE,
                lifetime: SESSION_LIFETIME,
                development: true,
            },
            verifier: self.keys.verifier(),
            seal: self.keys.sessions()?,
            gateway_url,
        };
        let service = assemble::web(pages, db).await?;
        self.serve_with(WEB, service, socket, self.keys.settings_for_people())
    }

    fn serve(&mut self, peer: Peer, service: Service, socket: TcpListener) -> anyhow::Result<()> {
        let usual = self.keys.settings(peer)?;
        self.serve_with(peer.name(), service, socket, usual)
    }

    fn serve_with(
        &mut self,
        peer: &'static str,
        service: Service,
        socket: TcpListener,
        usual: Settings,
    ) -> anyhow::Result<()> {
        self.addresses.push((peer, socket.local_addr()?));
        let settings = match &self.limits {
            // the pages for people beside the services
            Some(limits) => limits.on(usual, Peer::ALL.len() + 1),
            None => usual,
        };
        let stop = CancellationToken::new();
        self.stops.push(stop.clone());
        self.running.spawn(async move {
            let stopped = stop.clone();
            let served = serve::serve(service, socket, None, settings, stop).await;
            served.with_context(|| format!("the {peer} service"))?;
            ensure!(stopped.is_cancelled(), "the {peer} service ended by itself");
            Ok(())
        });
        Ok(())
    }

    /// Where each service listens, those that are called last.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = (&'static str, SocketAddr)> {
        self.addresses.iter().rev().copied()
    }

    /// Where the gateway is found from this machine.
    pub(crate) fn gateway(&self) -> SocketAddr {
        reachable(self.address(Peer::Gateway.name()))
    }

    /// Where the pages for people are.
    pub(crate) fn pages(&self) -> SocketAddr {
        self.address(WEB)
    }

    /// Where people sign in.
    pub(crate) fn sign_in(&self) -> SocketAddr {
        self.address(SIGN_IN)
    }

    fn address(&self, name: &str) -> SocketAddr {
        let mut all = self.addresses.iter();
        let found = all.find(|(named, _)| *named == name);
        let (_, address) = found.expect("every part of a system listens");
        *address
    }

    /// Why the first service ended that was not asked to; it takes as long as all go well.
    pub(crate) async fn failed(&mut self) -> anyhow::Error {
        match self.running.join_next().await {
            Some(Ok(Err(error))) => error,
            Some(Err(error)) => error.into(),
            Some(Ok(Ok(()))) | None => anyhow!("no service runs"),
        }
    }

    /// Stops every service, each after those that call it, and closes the stores.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let mut outcome = Ok(());
        if self.running.len() < self.stops.len() {
            // One has ended by itself, so there is no order left to keep.
            self.stops.iter().for_each(CancellationToken::cancel);
        }
        for stop in self.stops.iter().rev() {
            stop.cancel();
            match self.running.join_next().await {
                Some(Ok(served)) => outcome = outcome.and(served),
                Some(Err(error)) => outcome = outcome.and(Err(error.into())),
                None => {}
            }
        }
        for store in self.stores {
            store.close().await?;
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

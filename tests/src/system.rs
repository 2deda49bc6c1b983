//! The assembled system: every role a process of the real program, on one store.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use platform::keys::{self, Contents, Grant, LocalIssuer};
use serde_json::{Value, json};
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::{Process, Store, eventually, free_address, program};

/// A role of the program that serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Composes and forwards.
    Gateway,
    /// Owns invitations.
    Invitation,
    /// Owns relationships.
    Relationship,
    /// Owns drafts and notices.
    Notification,
    /// Owns what the other portals know.
    Directory,
    /// Shows pages to people.
    Web,
}

impl Role {
    /// Every service, in an order in which none waits for a later one. The pages for people are
    /// none: see [`System::start_pages`].
    pub const ALL: [Role; 5] = [
        Role::Directory,
        Role::Notification,
        Role::Relationship,
        Role::Invitation,
        Role::Gateway,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Role::Gateway => "gateway",
            Role::Invitation => "invitation",
            Role::Relationship => "relationship",
            Role::Notification => "notification",
            Role::Directory => "directory",
            Role::Web => "web",
        }
    }

    fn calls(self) -> &'static [Role] {
        match self {
            Role::Gateway => &[
                Role::Invitation,
                Role::Relationship,
                Role::Notification,
                Role::Directory,
            ],
            Role::Invitation => &[Role::Relationship, Role::Notification],
            Role::Relationship => &[Role::Notification, Role::Directory],
            Role::Web => &[Role::Gateway],
            Role::Notification | Role::Directory => &[],
        }
    }
}

/// Processes, their addresses and keys. All of it ends with this value.
pub struct System {
    processes: BTreeMap<Role, Process>,
    addresses: BTreeMap<Role, (SocketAddr, SocketAddr)>,
    detours: BTreeMap<(Role, Role), SocketAddr>,
    options: Vec<(Role, String)>,
    behind: Vec<String>,
    migrated: Vec<Role>,
    issuer: LocalIssuer,
    store: Store,
    folder: TempDir,
}

impl System {
    /// A system of which nothing runs yet.
    pub fn new(store: Store) -> System {
        let folder = TempDir::new().expect("a temporary folder");
        keys::write_keys(&folder.path().join("keys"), Contents::ServicesAndIssuer)
            .expect("keys are written");
        System {
            processes: BTreeMap::new(),
            addresses: Role::ALL
                .into_iter()
                .chain([Role::Web])
                .map(|role| (role, (free_address(), free_address())))
                .collect(),
            detours: BTreeMap::new(),
            options: Vec::new(),
            behind: Vec::new(),
            migrated: Vec::new(),
            issuer: LocalIssuer::read(&folder.path().join("keys")).expect("the issuer is read"),
            store,
            folder,
        }
    }

    /// The whole system, running.
    pub async fn started(store: Store) -> System {
        let mut system = System::new(store);
        for role in Role::ALL {
            system.start(role).await;
        }
        system
    }

    /// Sends what `from` says to `to` through another address, from its next start on.
    pub fn detour(&mut self, from: Role, to: Role, through: SocketAddr) {
        self.detours.insert((from, to), through);
    }

    /// Trusts another issuer, as its entry in the file of issuers says, for organisations; the
    /// development issuer then asserts operators and services alone.
    pub fn trust(&self, entry: Value) {
        let file = self.keys().join("issuers.json");
        let text = std::fs::read_to_string(&file).expect("the issuers are read");
        let mut list: Value = serde_json::from_str(&text).expect("the issuers are JSON");
        list["issuers"][0]["tenants"] = json!([]);
        let issuers = list["issuers"].as_array_mut();
        issuers.expect("a list of issuers").push(entry);
        std::fs::write(&file, list.to_string()).expect("the issuers are written");
    }

    /// Adds a flag, as `--name=value`, to a role, from its next start on.
    pub fn option(&mut self, role: Role, flag: &str) {
        self.options.push((role, flag.to_owned()));
    }

    /// Starts everything behind this command from now on, which must become the program.
    pub fn behind(&mut self, command: Vec<String>) {
        self.behind = command;
    }

    /// Starts a role and waits until it serves.
    pub async fn start(&mut self, role: Role) {
        let process = self.replica(role, self.addresses[&role]).await;
        self.processes.insert(role, process);
    }

    /// Starts a process of a role that serves, and answers for its health, at these addresses, and
    /// waits until it does. The caller ends it.
    pub async fn replica(&mut self, role: Role, at: (SocketAddr, SocketAddr)) -> Process {
        if role != Role::Gateway && !self.migrated.contains(&role) {
            self.migrate(role);
        }
        let mut command = self.command(role.name());
        let (address, health) = at;
        command
            .arg(format!("--listen={address}"))
            .arg(format!("--health-listen={health}"))
            .arg(format!("--keys={}", self.keys().display()));
        if role != Role::Gateway {
            command.args(self.database(role));
        }
        for called in role.calls() {
            let to = self.detours.get(&(role, *called)).copied();
            let to = to.unwrap_or(self.addresses[called].0);
            command.arg(format!("--{}-url=http://{to}", called.name()));
        }
        let is_named =
            |(to, flag): &(Role, String)| *to == role && flag.starts_with("--public-url");
        if matches!(role, Role::Invitation | Role::Web) && !self.options.iter().any(is_named) {
            command.arg(format!("--public-url={}", self.pages()));
        }
        for (_, flag) in self.options.iter().filter(|(to, _)| *to == role) {
            command.arg(flag);
        }
        let mut process = Process::start(&mut command, &self.log_file(role));
        wait_until_serving(&mut process, role, health).await;
        process
    }

    /// Starts the pages for people, who sign in as this client of an OpenID provider.
    pub async fn start_pages(&mut self, issuer: &str, client: &str) {
        self.option(Role::Web, &format!("--sign-in-issuer={issuer}"));
        self.option(Role::Web, &format!("--sign-in-client={client}"));
        self.start(Role::Web).await;
    }

    /// Where the pages for people are: what links begin with.
    pub fn pages(&self) -> String {
        format!("http://{}", self.addresses[&Role::Web].0)
    }

    /// Loads a file of JSON lines into the store of the directory service, which must not run where
    /// that is SQLite.
    pub fn import_business(&mut self, file: &Path) {
        if !self.migrated.contains(&Role::Directory) {
            self.migrate(Role::Directory);
        }
        let mut command = self.command(Role::Directory.name());
        command.arg("import").arg(file).arg("--all-or-nothing");
        succeeds(command.args(self.database(Role::Directory)));
    }

    /// Stops a role (SIGTERM) and waits until it has ended.
    pub fn stop(&mut self, role: Role) {
        let mut process = self.processes.remove(&role).expect("the role runs");
        process.terminate();
    }

    /// Kills a role, as `kill -9` does.
    pub fn kill(&mut self, role: Role) {
        let mut process = self.processes.remove(&role).expect("the role runs");
        process.kill();
    }

    /// Where a role serves.
    pub fn address(&self, role: Role) -> SocketAddr {
        self.addresses[&role].0
    }

    /// Where a role answers for its health.
    pub fn health_address(&self, role: Role) -> SocketAddr {
        self.addresses[&role].1
    }

    /// The id of a role's process.
    pub fn process(&self, role: Role) -> u32 {
        self.processes[&role].id()
    }

    /// Whether a role says that it is ready.
    pub async fn serves(&self, role: Role) -> bool {
        serves(self.health_address(role)).await
    }

    /// A connection to a role, made at its first use.
    pub fn channel(&self, role: Role) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.address(role)))
            .expect("an address is a URI")
            .connect_lazy()
    }

    /// A token of the development issuer, good for ten minutes.
    pub fn token(&self, grant: &Grant) -> String {
        self.issuer.mint(grant, Duration::from_secs(600))
    }

    /// The development issuer, for tokens that are good for longer.
    pub fn issuer(&self) -> &LocalIssuer {
        &self.issuer
    }

    /// The folder that `partner-connect keys --issuer` would have written.
    pub fn keys(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    /// The store of every service.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What a role has logged over all its starts.
    pub fn log(&self, role: Role) -> String {
        std::fs::read_to_string(self.log_file(role)).unwrap_or_default()
    }

    fn migrate(&mut self, role: Role) {
        let mut command = self.command("migrate");
        succeeds(command.arg(role.name()).args(self.database(role)));
        self.migrated.push(role);
    }

    fn database(&self, role: Role) -> Vec<String> {
        let mut flags = vec![format!("--database-url={}", self.store.url(role.name()))];
        if let Some(schema) = self.store.schema(role.name()) {
            flags.push(format!("--database-schema={schema}"));
        }
        flags
    }

    fn command(&self, role: &str) -> Command {
        let mut command = match self.behind.split_first() {
            None => Command::new(program()),
            Some((first, more)) => {
                let mut command = Command::new(first);
                command.args(more).arg(program());
                command
            }
        };
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path).arg(role);
        command
    }

    fn log_file(&self, role: Role) -> PathBuf {
        let folder: &Path = self.folder.path();
        folder.join(format!("{}.log", role.name()))
    }
}

async fn wait_until_serving(process: &mut Process, role: Role, health: SocketAddr) {
    eventually(role.name(), Duration::from_secs(30), || {
        assert!(process.runs(), "{} ended: {}", role.name(), process.log());
        async move { serves(health).await.then_some(()) }
    })
    .await;
}

async fn serves(health: SocketAddr) -> bool {
    let channel = Endpoint::from_shared(format!("http://{health}"))
        .expect("an address is a URI")
        .connect_lazy();
    let answer = HealthClient::new(channel)
        .check(HealthCheckRequest::default())
        .await;
    answer.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving)
}

/// Runs the program to its end, which must be a good one.
fn succeeds(command: &mut Command) {
    let output = command.output().expect("the program starts");
    assert!(
        output.status.success(),
        "{command:?} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

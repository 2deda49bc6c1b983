//! The roles that do one thing and end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use platform::identity::Role;
use vocabulary::email::EmailAddress;

use super::parse::{seconds, subject};
use super::{DatabaseUrl, Store, Telemetry};

/// The role "demo".
#[derive(Debug, Args)]
pub struct Demo {
    /// Use this PostgreSQL database, with schemas named for this run and dropped at its end
    /// [default: SQLite files]
    #[arg(long, env = "PARTNER_CONNECT_POSTGRES", value_name = "URL")]
    pub postgres: Option<DatabaseUrl>,
    /// How it reports.
    #[command(flatten)]
    pub telemetry: Telemetry,
}

/// The role "migrate".
#[derive(Debug, Args)]
pub struct Migrate {
    /// Whose store it is
    #[arg(value_name = "SERVICE")]
    pub service: Owner,
    /// Where it keeps its data.
    #[command(flatten)]
    pub store: Store,
}

/// A service that has a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Owner {
    /// Invitations
    Invitation,
    /// Relationships
    Relationship,
    /// Drafts and notices
    Notification,
    /// What the other portals know
    Directory,
    /// Sessions of people
    Web,
}

/// The role "keys".
#[derive(Debug, Args)]
pub struct Keys {
    /// The folder to write to, made where it is absent; no file in it is overwritten
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Write a development issuer as well, which `token` mints for
    #[arg(long)]
    pub issuer: bool,
    /// Leave the keys as they are where all are there already, and call that success; services that
    /// are new since they were written get theirs
    #[arg(long)]
    pub keep: bool,
}

/// The role "token".
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("who").required(true).args(["tenant", "operator", "service"]))]
pub struct Token {
    /// The folder that `partner-connect keys --issuer` wrote; for `all`, the folder keys in its
    /// data
    #[arg(long, env = "PARTNER_CONNECT_KEYS", value_name = "DIR")]
    pub keys: PathBuf,
    /// The caller's organisation, such as contoso
    #[arg(long, value_name = "ID")]
    pub tenant: Option<String>,
    // `requires` is not checked where an argument that is given conflicts with the one required: so
    // the conflicts are named here as well
    /// The caller's role in it, global-admin or admin-agent; may be repeated
    #[arg(long = "role", value_name = "ROLE", requires = "tenant", conflicts_with_all = ["operator", "service"])]
    pub roles: Vec<Role>,
    /// The caller's verified email address
    #[arg(long, value_name = "ADDRESS", value_parser = EmailAddress::parse, requires = "tenant", conflicts_with_all = ["operator", "service"])]
    pub email: Option<EmailAddress>,
    /// Mint for operations staff
    #[arg(long)]
    pub operator: bool,
    /// Mint for another service of the company
    #[arg(long)]
    pub service: bool,
    /// Who the caller is, the token's subject [default: local-user, local-operator or
    /// local-service]
    #[arg(long, value_name = "SUBJECT", value_parser = subject)]
    pub subject: Option<String>,
    /// How long it is valid, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "3600", value_parser = seconds)]
    pub ttl: Duration,
}

/// The role "healthcheck".
#[derive(Debug, Args)]
pub struct Healthcheck {
    /// Whom to ask: where the service answers health questions
    #[arg(
        long,
        env = "PARTNER_CONNECT_ADDRESS",
        value_name = "ADDR",
        default_value = "127.0.0.1:50061"
    )]
    pub address: SocketAddr,
    /// Ask only whether the process lives, not whether its store answers
    #[arg(long)]
    pub liveness: bool,
}

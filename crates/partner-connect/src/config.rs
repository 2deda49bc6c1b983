//! Everything that can be configured: flags, their environment variables, defaults and units, one
//! struct a role.
//!
//! A value is parsed here once, and refused here, before a socket opens; whoever holds a [`Cli`]
//! holds a usable one. Keys are named as files. The address of a database may hold a password and
//! may be a flag's value: [`DatabaseUrl`] never shows it, and it can be named as a file as well,
//! which keeps it out of the list of processes.

mod directory;
mod limits;
mod once;
mod parse;
mod web;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use directory::{Directory, DirectoryServing, Export, Import};
pub use limits::{Kept, Limits, Proposals, Quota, Watching};
pub use once::{Demo, Healthcheck, Keys, Migrate, Owner, Token};
pub use parse::{Asked, DatabaseUrl, Misconfigured};
use parse::{log_filter, loopback, public_url, service_url};
pub use web::{Provider, Sessions, Web};

/// Connects indirect resellers, indirect providers and their customers.
///
/// One program, a role a process. A flag that shows [env] can be set by that variable instead; the
/// flag wins. A variable that is empty is as if it were not set; one that begins with
/// PARTNER_CONNECT_ and that no role knows is refused. Exit codes: 0 done; 1 failed at work; 64
/// wrong or unknown configuration; 130 and 143 ended at once by a second signal.
#[derive(Debug, Parser)]
#[command(name = "partner-connect", version, max_term_width = 110)]
pub struct Cli {
    /// What this process does.
    #[command(subcommand)]
    pub role: Role,
}

/// What a process does.
#[derive(Debug, Subcommand)]
pub enum Role {
    /// Serves the pages for people: where customers answer invitations and partners work.
    Web(Web),
    /// Serves callers from outside: composes what crosses services and forwards the rest.
    Gateway(Gateway),
    /// Serves invitations, their links and acceptances.
    Invitation(Invitation),
    /// Serves partners, relationships, privileges and access answers.
    Relationship(Relationship),
    /// Serves drafts and notices.
    Notification(Notification),
    /// Serves what the other portals know: existing business, subscriptions, users, licences and
    /// orders.
    ///
    /// A reference implementation of the contract that a company implements over its own portals.
    /// With a command it fills its store from a file, or writes a file from its store, and ends.
    Directory(Directory),
    /// Runs all services in one process on this machine, with SQLite files and a sample, until a
    /// signal.
    ///
    /// Prints addresses and fresh tokens as shell lines; the rest of its output is comments.
    All(All),
    /// Tells the main story on services of its own, started for it and removed at its end.
    Demo(Demo),
    /// Creates or updates the tables of one service's store.
    Migrate(Migrate),
    /// Writes the keys with which links are signed and services prove themselves.
    Keys(Keys),
    /// Mints a token of the development issuer and prints it.
    Token(Token),
    /// Asks a service for its health; exits 0 when it is serving.
    Healthcheck(Healthcheck),
}

/// The role "gateway".
#[derive(Debug, Args)]
pub struct Gateway {
    /// Where the other services listen.
    #[command(flatten)]
    pub upstreams: GatewayUpstreams,
    /// How it serves.
    #[command(flatten)]
    pub serving: Serving,
    /// How it reports.
    #[command(flatten)]
    pub telemetry: Telemetry,
}

/// The services behind the gateway. They need not be up when it starts.
#[derive(Debug, Args)]
pub struct GatewayUpstreams {
    /// Where the invitation service listens, such as http://invitation:50051
    #[arg(long, env = "PARTNER_CONNECT_INVITATION_URL", value_name = "URL", value_parser = service_url)]
    pub invitation_url: String,
    /// Where the relationship service listens
    #[arg(long, env = "PARTNER_CONNECT_RELATIONSHIP_URL", value_name = "URL", value_parser = service_url)]
    pub relationship_url: String,
    /// Where the notification service listens
    #[arg(long, env = "PARTNER_CONNECT_NOTIFICATION_URL", value_name = "URL", value_parser = service_url)]
    pub notification_url: String,
    /// Where the directory service listens
    #[arg(long, env = "PARTNER_CONNECT_DIRECTORY_URL", value_name = "URL", value_parser = service_url)]
    pub directory_url: String,
}

impl From<GatewayUpstreams> for gateway::Config {
    fn from(upstreams: GatewayUpstreams) -> Self {
        let GatewayUpstreams {
            invitation_url,
            relationship_url,
            notification_url,
            directory_url,
        } = upstreams;
        Self {
            invitation_url,
            relationship_url,
            notification_url,
            directory_url,
        }
    }
}

/// The role "invitation".
#[derive(Debug, Args)]
pub struct Invitation {
    /// Where people reach the pages of the role web: what every link begins with, such as
    /// https://connect.example.com
    #[arg(long, env = "PARTNER_CONNECT_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: String,
    /// Where the relationship service listens, such as http://relationship:50051
    #[arg(long, env = "PARTNER_CONNECT_RELATIONSHIP_URL", value_name = "URL", value_parser = service_url)]
    pub relationship_url: String,
    /// Where the notification service listens
    #[arg(long, env = "PARTNER_CONNECT_NOTIFICATION_URL", value_name = "URL", value_parser = service_url)]
    pub notification_url: String,
    /// Limits on invitations.
    #[command(flatten)]
    pub quota: Quota,
    /// Where it keeps its data.
    #[command(flatten)]
    pub store: Store,
    /// How it serves.
    #[command(flatten)]
    pub serving: Serving,
    /// How it reports.
    #[command(flatten)]
    pub telemetry: Telemetry,
}

/// The role "relationship".
#[derive(Debug, Args)]
pub struct Relationship {
    /// Where the notification service listens, such as http://notification:50051
    #[arg(long, env = "PARTNER_CONNECT_NOTIFICATION_URL", value_name = "URL", value_parser = service_url)]
    pub notification_url: String,
    /// Where the directory service listens
    #[arg(long, env = "PARTNER_CONNECT_DIRECTORY_URL", value_name = "URL", value_parser = service_url)]
    pub directory_url: String,
    /// Who decides enrolments
    #[arg(
        long,
        env = "PARTNER_CONNECT_ENROLLMENT",
        value_name = "HOW",
        default_value = "operator"
    )]
    pub enrollment: Enrollment,
    /// The programme's rules.
    #[command(flatten)]
    pub programme: Programme,
    /// Limits on proposals.
    #[command(flatten)]
    pub proposals: Proposals,
    /// Limits on watching.
    #[command(flatten)]
    pub watching: Watching,
    /// Where it keeps its data.
    #[command(flatten)]
    pub store: Store,
    /// How it serves.
    #[command(flatten)]
    pub serving: Serving,
    /// How it reports.
    #[command(flatten)]
    pub telemetry: Telemetry,
}

/// Rules that differ from one programme to another.
#[derive(Debug, Args)]
pub struct Programme {
    /// Resellers may order for their customers as well, not only providers
    #[arg(long, env = "PARTNER_CONNECT_RESELLER_ORDERS", value_parser = BoolishValueParser::new())]
    pub reseller_orders: bool,
}

/// Who decides whether a partner takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Enrollment {
    /// An operator, with DecideEnrollment
    Operator,
    /// Nobody: whoever asks takes part at once
    AtOnce,
}

/// The role "notification".
#[derive(Debug, Args)]
pub struct Notification {
    /// Limits on what it keeps.
    #[command(flatten)]
    pub kept: Kept,
    /// Where it keeps its data.
    #[command(flatten)]
    pub store: Store,
    /// How it serves.
    #[command(flatten)]
    pub serving: Serving,
    /// How it reports.
    #[command(flatten)]
    pub telemetry: Telemetry,
}

/// How a service serves.
#[derive(Debug, Args)]
pub struct Serving {
    /// Where it listens
    #[arg(
        long,
        env = "PARTNER_CONNECT_LISTEN",
        value_name = "ADDR",
        default_value = "0.0.0.0:50051"
    )]
    pub listen: SocketAddr,
    /// Where it answers health questions, in plain text
    #[arg(
        long,
        env = "PARTNER_CONNECT_HEALTH_LISTEN",
        value_name = "ADDR",
        default_value = "0.0.0.0:50061"
    )]
    pub health_listen: SocketAddr,
    /// The folder that `partner-connect keys` wrote, or as much of it as this role needs:
    /// {role}.key.pem, services.jwks.json, link-keys.json for the role invitation, and
    /// session-keys.json alone for the role web
    #[arg(long, env = "PARTNER_CONNECT_KEYS", value_name = "DIR")]
    pub keys: PathBuf,
    /// Whose tokens are accepted [default: issuers.json in the folder of keys]
    #[arg(long, env = "PARTNER_CONNECT_ISSUERS", value_name = "FILE")]
    pub issuers: Option<PathBuf>,
    /// Limits on calls.
    #[command(flatten)]
    pub limits: Limits,
}

/// Where a service keeps its data.
#[derive(Debug, Args)]
pub struct Store {
    /// sqlite:PATH, taken as it stands, or postgres://…; what holds a password belongs into a file
    #[arg(
        long,
        env = "PARTNER_CONNECT_DATABASE_URL",
        value_name = "URL",
        conflicts_with = "database_url_file"
    )]
    pub database_url: Option<DatabaseUrl>,
    /// A file that holds that URL and nothing else
    #[arg(
        long,
        env = "PARTNER_CONNECT_DATABASE_URL_FILE",
        value_name = "FILE",
        required_unless_present = "database_url"
    )]
    pub database_url_file: Option<PathBuf>,
    /// The PostgreSQL schema that holds the tables, made by `migrate` [default: what the
    /// connection's search path says]
    #[arg(long, env = "PARTNER_CONNECT_DATABASE_SCHEMA", value_name = "NAME")]
    pub database_schema: Option<String>,
    /// The most connections of this process
    #[arg(long, env = "PARTNER_CONNECT_DATABASE_CONNECTIONS", value_name = "N", default_value = "16", value_parser = clap::value_parser!(u32).range(2..))]
    pub database_connections: u32,
}

/// How a process reports on itself.
#[derive(Clone, Debug, Args)]
pub struct Telemetry {
    /// Where a collector takes OTLP over gRPC, such as http://collector:4317 [default: nothing is
    /// exported]
    #[arg(long, env = "PARTNER_CONNECT_OTLP_ENDPOINT", value_name = "URL", value_parser = service_url)]
    pub otlp_endpoint: Option<String>,
    /// How the lines of the log on standard error look
    #[arg(
        long,
        env = "PARTNER_CONNECT_LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "text"
    )]
    pub log_format: LogFormat,
    /// What is logged: a level, or levels by module, such as info,sqlx=warn [default: info; all:
    /// warn; demo: error]
    #[arg(long, env = "PARTNER_CONNECT_LOG", value_name = "FILTER", value_parser = log_filter)]
    pub log: Option<String>,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// The role "all".
#[derive(Debug, Args)]
pub struct All {
    /// The folder with its keys and stores; an absent or empty one is filled, with a sample
    #[arg(
        long,
        env = "PARTNER_CONNECT_DATA",
        value_name = "DIR",
        default_value = "partner-connect-data"
    )]
    pub data: PathBuf,
    /// Where its gateway listens; port 0 takes a free one. The services behind it, and the sign-in,
    /// take free ports of 127.0.0.1
    #[arg(
        long,
        env = "PARTNER_CONNECT_LISTEN",
        value_name = "ADDR",
        default_value = "127.0.0.1:50051"
    )]
    pub listen: SocketAddr,
    /// Where its pages for people listen, on loopback, since nobody needs a password there; port 0
    /// takes a free one
    #[arg(
        long,
        env = "PARTNER_CONNECT_PAGES_LISTEN",
        value_name = "ADDR",
        default_value = "127.0.0.1:8080",
        value_parser = loopback
    )]
    pub pages_listen: SocketAddr,
    /// Who decides enrolments
    #[arg(
        long,
        env = "PARTNER_CONNECT_ENROLLMENT",
        value_name = "HOW",
        default_value = "at-once"
    )]
    pub enrollment: Enrollment,
    /// The programme's rules.
    #[command(flatten)]
    pub programme: Programme,
    /// Limits on proposals.
    #[command(flatten)]
    pub proposals: Proposals,
    /// Limits on watching.
    #[command(flatten)]
    pub watching: Watching,
    /// Limits on invitations.
    #[command(flatten)]
    pub quota: Quota,
    /// Limits on what is kept.
    #[command(flatten)]
    pub kept: Kept,
    /// Limits on the calls that each of its services takes.
    #[command(flatten)]
    pub limits: Limits,
    /// How it reports.
    #[command(flatten)]
    pub telemetry: Telemetry,
}

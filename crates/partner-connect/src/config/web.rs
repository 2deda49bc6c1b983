//! The role "web".

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::parse::{people_url, seconds, service_url};
use super::{Serving, Store, Telemetry};

/// The role "web".
#[derive(Debug, Args)]
pub struct Web {
    /// Where people reach the pages: what every link begins with, such as
    /// https://connect.example.com; http:// on this machine alone. Whatever stands before the
    /// process must pass on this host
    #[arg(long, env = "PARTNER_CONNECT_PUBLIC_URL", value_name = "URL", value_parser = people_url)]
    pub public_url: String,
    /// Where the gateway listens, such as http://gateway:50051
    #[arg(long, env = "PARTNER_CONNECT_GATEWAY_URL", value_name = "URL", value_parser = service_url)]
    pub gateway_url: String,
    /// Where people sign in.
    #[command(flatten)]
    pub provider: Provider,
    /// How long people stay signed in.
    #[command(flatten)]
    pub sessions: Sessions,
    /// Where it keeps its sessions.
    #[command(flatten)]
    pub store: Store,
    /// How it serves.
    #[command(flatten)]
    pub serving: Serving,
    /// How it reports.
    #[command(flatten)]
    pub telemetry: Telemetry,
}

/// The OpenID provider where people sign in. The access tokens that it gives must be those of an
/// issuer in the list of issuers.
#[derive(Debug, Args)]
pub struct Provider {
    /// The provider's name, which is its address, such as https://login.example.com
    #[arg(long, env = "PARTNER_CONNECT_SIGN_IN_ISSUER", value_name = "URL")]
    pub sign_in_issuer: String,
    /// As which of its clients the pages ask
    #[arg(long, env = "PARTNER_CONNECT_SIGN_IN_CLIENT", value_name = "ID")]
    pub sign_in_client: String,
    /// A file that holds the client's secret and nothing else [default: the client is public]
    #[arg(long, env = "PARTNER_CONNECT_SIGN_IN_SECRET_FILE", value_name = "FILE")]
    pub sign_in_secret_file: Option<PathBuf>,
    /// What is asked for, separated by spaces; openid among it, and offline_access where the
    /// provider gives a token that renews for that alone
    #[arg(
        long,
        env = "PARTNER_CONNECT_SIGN_IN_SCOPE",
        value_name = "SCOPES",
        default_value = "openid profile email"
    )]
    pub sign_in_scope: String,
    /// For which resource access is asked for (RFC 8707), where the provider wants to know
    #[arg(long, env = "PARTNER_CONNECT_SIGN_IN_RESOURCE", value_name = "URI")]
    pub sign_in_resource: Option<String>,
    /// The authorities that vouch for the provider's host, in PEM form [default: those that
    /// browsers know]
    #[arg(long, env = "PARTNER_CONNECT_SIGN_IN_CA_FILE", value_name = "FILE")]
    pub sign_in_ca_file: Option<PathBuf>,
}

/// How long people stay signed in.
#[derive(Debug, Args)]
pub struct Sessions {
    /// How long a session lasts in which no page is asked for, in seconds
    #[arg(long, env = "PARTNER_CONNECT_SESSION_IDLE", value_name = "SECONDS", default_value = "3600", value_parser = seconds)]
    pub session_idle: Duration,
    /// How long a session lasts at most, in seconds
    #[arg(long, env = "PARTNER_CONNECT_SESSION_LIFETIME", value_name = "SECONDS", default_value = "43200", value_parser = seconds)]
    pub session_lifetime: Duration,
}

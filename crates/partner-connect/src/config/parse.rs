//! How a command line and the environment become a [`Cli`], or one line that says what is wrong
//! with them.
//!
//! Nothing here reads a secret's value into a message.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::Resettable;
use clap::error::ErrorKind;
use clap::{Command, CommandFactory, FromArgMatches};
use http::Uri;
use platform::file;
use platform::identity::is_subject;
use platform::store::db::Address;

use super::{Cli, Store};

/// What the names of all our environment variables begin with.
const PREFIX: &str = "PARTNER_CONNECT_";
/// Variables of the tests, which this program leaves alone.
const TESTS_PREFIX: &str = "PARTNER_CONNECT_TEST_";

/// Why the configuration cannot be used, in one line. The program ends with 64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misconfigured(String);

impl Misconfigured {
    /// Says what is wrong, on one line.
    pub fn new(what: impl fmt::Display) -> Self {
        let what = what.to_string();
        Self(what.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

impl fmt::Display for Misconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Misconfigured {}

/// What a command line asks for.
#[derive(Debug)]
pub enum Asked {
    /// To run a role.
    Run(Box<Cli>),
    /// To read this: help or the version.
    Read(clap::Error),
}

impl Cli {
    /// Reads a command line, and the environment that this process has.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Asked, Misconfigured> {
        let command = command();
        refuse_unknown_variables(&command)?;
        let parsed = without_empty_variables(command)
            .try_get_matches_from(arguments)
            .and_then(|matches| Self::from_arg_matches(&matches));
        match parsed {
            Ok(cli) => Ok(Asked::Run(Box::new(cli))),
            Err(error) => match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ok(Asked::Read(error)),
                ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Err(Misconfigured::new(
                    "name a role; `partner-connect --help` lists them",
                )),
                _ => Err(Misconfigured::new(first_paragraph(&error))),
            },
        }
    }
}

/// The command with every role; values from the environment are not shown in its help.
fn command() -> Command {
    fn hide_values(command: Command) -> Command {
        command
            .mut_args(|argument| argument.hide_env_values(true))
            .mut_subcommands(hide_values)
    }
    hide_values(Cli::command())
}

/// The command as if variables that are empty were not set: whoever writes a manifest can often not
/// leave one out.
fn without_empty_variables(command: Command) -> Command {
    let is_empty = |variable: &OsStr| std::env::var_os(variable).is_some_and(|it| it.is_empty());
    command
        .mut_args(|argument| match argument.get_env() {
            Some(variable) if is_empty(variable) => argument.env(Resettable::Reset),
            _ => argument,
        })
        .mut_subcommands(without_empty_variables)
}

/// What clap says, without its label, its tips and the usage that follows.
fn first_paragraph(error: &clap::Error) -> String {
    let text = error.to_string();
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    paragraph
        .strip_prefix("error: ")
        .unwrap_or(paragraph)
        .to_owned()
}

/// Refuses a variable of ours that no role knows: it is a typing error, or was meant for another
/// version.
fn refuse_unknown_variables(command: &Command) -> Result<(), Misconfigured> {
    let known = variables(command);
    let unknown = std::env::vars_os().map(|(name, _)| name).find(|name| {
        let text = name.to_string_lossy();
        text.starts_with(PREFIX)
            && !text.starts_with(TESTS_PREFIX)
            && !known.contains(name.as_os_str())
    });
    match unknown {
        Some(name) => Err(Misconfigured::new(format_args!(
            "unknown environment variable {}",
            name.display()
        ))),
        None => Ok(()),
    }
}

/// The variables that this command, or one below it, knows.
fn variables(command: &Command) -> BTreeSet<&OsStr> {
    let own = command.get_arguments().filter_map(clap::Arg::get_env);
    own.chain(command.get_subcommands().flat_map(variables))
        .collect()
}

/// The address of a store. It may hold a password, so it is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

impl From<String> for DatabaseUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

impl DatabaseUrl {
    /// The address, of an SQLite file or of a PostgreSQL database.
    pub fn address(&self) -> Result<Address, Misconfigured> {
        self.0.parse().map_err(Misconfigured::new)
    }

    /// Whether it is the address of a PostgreSQL database.
    pub fn is_postgres(&self) -> bool {
        ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| self.0.starts_with(scheme))
    }
}

impl Store {
    /// The address of the store, read from its file where it stands in one.
    pub fn address(&self) -> Result<Address, Misconfigured> {
        let url = match (&self.database_url, &self.database_url_file) {
            (Some(url), _) => url.clone(),
            (None, Some(file)) => {
                let wrong = |what: &dyn fmt::Display| {
                    Misconfigured::new(format_args!("{}: {what}", file.display()))
                };
                let content = file::read(file).map_err(|error| wrong(&error))?;
                let content = String::from_utf8(content).map_err(|_| wrong(&"not UTF-8"))?;
                match content.trim() {
                    "" => return Err(wrong(&"the file is empty")),
                    url => DatabaseUrl(url.to_owned()),
                }
            }
            (None, None) => {
                return Err(Misconfigured::new(
                    "a store needs --database-url or --database-url-file",
                ));
            }
        };
        url.address()
    }
}

/// What is logged.
pub(super) fn log_filter(text: &str) -> Result<String, platform::telemetry::Error> {
    Ok(platform::telemetry::log_filter(text)?)
}

/// A time in whole seconds, at least one.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<u32>() {
        Ok(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds.into())),
        _ => Err("not a whole number of seconds from 1 on".to_owned()),
    }
}

/// Who a token is of: what no service would take is not minted.
pub(super) fn subject(text: &str) -> Result<String, &'static str> {
    match is_subject(text) {
        true => Ok(text.to_owned()),
        false => Err("must be 1 to 255 bytes, and no control characters"),
    }
}

/// Where a service of ours or a collector listens: these connections are plain text inside one
/// network.
pub(super) fn service_url(text: &str) -> Result<String, String> {
    base_url(text, &["http"])
}

/// An address that only this machine reaches.
pub(super) fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| "not of the form host:port".to_owned())?;
    match address.ip().is_loopback() {
        true => Ok(address),
        false => Err("must be of this machine alone: nobody needs a password there".to_owned()),
    }
}

/// Where people reach pages: over TLS, or on this machine.
pub(super) fn people_url(text: &str) -> Result<String, String> {
    let url = base_url(text, &["http", "https"])?;
    let host = url.strip_prefix("http://").map(|host| {
        let port = host.rfind(':').unwrap_or(host.len());
        if host.ends_with(']') {
            host
        } else {
            &host[..port]
        }
    });
    match host {
        None | Some("127.0.0.1" | "localhost" | "[::1]") => Ok(url),
        Some(_) => Err("must begin with https:// (http:// on this machine alone)".to_owned()),
    }
}

/// What links begin with.
pub(super) fn public_url(text: &str) -> Result<String, String> {
    base_url(text, &["http", "https"])
}

fn base_url(text: &str, schemes: &[&str]) -> Result<String, String> {
    let usable = Uri::from_str(text).ok().is_some_and(|uri| {
        let scheme = uri.scheme_str().unwrap_or_default();
        let authority = uri
            .authority()
            .map(|authority| authority.as_str())
            .unwrap_or_default();
        schemes.contains(&scheme)
            && !authority.contains('@')
            && uri.path() == "/"
            && uri.query().is_none()
    });
    if usable {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err(format!(
            "not of the form {}://host:port",
            schemes.join(":// or ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use platform::identity::{Peer, Verifier};
    use platform::keys::{LocalIssuer, ServiceKeys};
    use platform::serve::Settings;

    use super::*;
    use crate::assemble;
    use crate::config::Role;

    #[test]
    fn the_command_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn an_address_of_a_service_is_scheme_host_and_port() {
        assert_eq!(
            service_url("http://invitation:50051/").unwrap(),
            "http://invitation:50051"
        );
        for bad in [
            "",
            "invitation:50051",
            "https://a:1",
            "http://",
            "http://a:1/path",
            "http://u:p@a:1",
            "http://a:1?q",
        ] {
            assert!(service_url(bad).is_err(), "{bad}");
        }
        assert_eq!(
            public_url("https://connect.example.com").unwrap(),
            "https://connect.example.com"
        );
    }

    #[test]
    fn people_come_over_tls_or_from_this_machine() {
        for good in [
            "https://connect.example.com",
            "http://127.0.0.1:8080",
            "http://localhost:8080",
            "http://[::1]:8080",
        ] {
            assert_eq!(people_url(good).as_deref(), Ok(good));
        }
        for bad in [
            "http://connect.example.com",
            "http://127.0.0.1.example",
            "ftp://x",
            "x",
        ] {
            assert!(people_url(bad).is_err(), "{bad}");
        }
        assert!(loopback("127.0.0.1:8080").is_ok() && loopback("[::1]:0").is_ok());
        for bad in ["0.0.0.0:8080", "192.0.2.1:80", "localhost:80", ""] {
            assert!(loopback(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_time_is_at_least_a_second() {
        assert_eq!(seconds("10").unwrap(), Duration::from_secs(10));
        for bad in ["", "0", "-1", "1.5", "10s", "99999999999"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_with_a_password_is_never_shown() {
        let url = DatabaseUrl::from("mysql://ana:secret@db/x".to_owned());
        assert!(!format!("{url:?}").contains("secret"));
        assert!(!url.address().unwrap_err().to_string().contains("secret"));
    }

    fn parsed(arguments: &[&str]) -> Role {
        Cli::try_parse_from([&["partner-connect"], arguments].concat())
            .unwrap()
            .role
    }

    /// The defaults of the flags and those of the services are written twice, and must not drift
    /// apart.
    #[test]
    fn the_defaults_are_those_of_the_services() {
        let store = ["--keys=k", "--database-url=sqlite:x"];
        let Role::Notification(config) = parsed(&[&["notification"], &store[..]].concat()) else {
            panic!("another role")
        };
        let (kept, default) = (config.kept.into(), notification::Config::default());
        let notification::Config {
            limits,
            inbox_kept,
            notices_kept,
            ..
        }: notification::Config = kept;
        assert_eq!(format!("{limits:?}"), format!("{:?}", default.limits));
        assert_eq!(
            (inbox_kept, notices_kept),
            (default.inbox_kept, default.notices_kept)
        );

        let urls = ["--notification-url=http://a", "--directory-url=http://a"];
        let Role::Relationship(config) = parsed(&[&["relationship"], &store[..], &urls].concat())
        else {
            panic!("another role")
        };
        let rules = assemble::rules(
            config.enrollment,
            &config.programme,
            &config.proposals,
            &config.watching,
        );
        let default = relationship::Config::default();
        assert_eq!(format!("{rules:?}"), format!("{default:?}"));

        let urls = [
            "--public-url=http://a",
            "--relationship-url=http://a",
            "--notification-url=http://a",
        ];
        let Role::Invitation(config) = parsed(&[&["invitation"], &store[..], &urls].concat())
        else {
            panic!("another role")
        };
        let default = invitation::Config::default();
        assert_eq!(
            config.quota.invitations_per_day,
            default.invitations_per_day
        );
        assert_eq!(config.quota.open_invitations, default.open_invitations);
        assert_eq!(config.quota.resends_per_day, default.resends_per_day);
        assert_eq!(
            config.quota.wrong_links_per_minute,
            default.wrong_links_per_minute
        );
        assert_eq!(config.quota.decision_wait, default.decision_wait);

        let keys = ServiceKeys::generate();
        let verifier = Verifier::local(&LocalIssuer::generate());
        let default = Settings::new(verifier, keys.verifier(Peer::Invitation));
        let flags = config.serving.limits.on(default.clone(), 1);
        let limits = |settings: &Settings| {
            (
                (
                    settings.default_deadline,
                    settings.max_deadline,
                    settings.drain,
                ),
                (settings.max_in_flight, settings.max_in_flight_per_caller),
                (settings.max_request_bytes, settings.max_metadata_bytes),
                (settings.message_time, settings.connections.of_one_address),
            )
        };
        assert_eq!(limits(&flags), limits(&default));
    }
}

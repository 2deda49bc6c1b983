//! The program of partner-connect: one role a process, from its command line to its exit code.
//!
//! The only crate that knows every service, and nothing but how to put them together: no rule of
//! the programme is here.
// these end the program with a panic where the output is closed or full: see `output`
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod all;
mod assemble;
pub mod config;
mod demo;
mod descriptors;
mod health;
mod keys;
mod lock;
mod output;
mod role;
mod signals;
mod store;
mod system;
mod telemetry;
mod transfer;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;

use config::{Cli, Directory, Misconfigured, Role};

/// The exit code for wrong or unknown configuration, as in `sysexits.h`.
const MISCONFIGURED: u8 = 64;
/// How long work that blocks a thread may hold up the end of the process.
const LAST_MOMENT: Duration = Duration::from_secs(1);

/// Does what was asked for, to its end, and says how it went.
pub fn run(cli: Cli) -> ExitCode {
    descriptors::raise();
    let runtime = match tokio::runtime::Runtime::new().context("the runtime does not start") {
        Ok(runtime) => runtime,
        Err(error) => return end(&error),
    };
    let done = runtime.block_on(role(cli.role));
    runtime.shutdown_timeout(LAST_MOMENT);
    ended(done)
}

/// Shows help or the version, and says how it went.
pub fn show(text: &clap::Error) -> ExitCode {
    ended(output::show(text))
}

fn ended(done: anyhow::Result<()>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_unread(&error) => ExitCode::SUCCESS,
        Err(error) => end(&error),
    }
}

async fn role(role: Role) -> anyhow::Result<()> {
    match role {
        Role::Web(config) => role::web(config, signals::stop()?).await,
        Role::Gateway(config) => role::gateway(config, signals::stop()?).await,
        Role::Invitation(config) => role::invitation(config, signals::stop()?).await,
        Role::Relationship(config) => role::relationship(config, signals::stop()?).await,
        Role::Notification(config) => role::notification(config, signals::stop()?).await,
        Role::Directory(Directory::Serve(config)) => {
            role::directory(*config, signals::stop()?).await
        }
        Role::Directory(Directory::Import(config)) => transfer::import(config).await,
        Role::Directory(Directory::Export(config)) => transfer::export(config).await,
        Role::All(config) => all::run(config, signals::stop()?).await,
        Role::Demo(config) => demo::run(config, signals::stop()?).await,
        Role::Migrate(config) => store::migrate(config).await,
        Role::Keys(config) => keys::write(&config),
        Role::Token(config) => keys::mint(&config),
        Role::Healthcheck(config) => health::check(&config).await,
    }
}

/// Says in one line why the program ends, and with which code.
pub fn end(error: &anyhow::Error) -> ExitCode {
    // Nobody may be listening; the code says it as well.
    let _ = writeln!(io::stderr(), "partner-connect: {}", line(error));
    match error.is::<Misconfigured>() {
        true => ExitCode::from(MISCONFIGURED),
        false => ExitCode::FAILURE,
    }
}

/// An error and its causes on one line; a cause that the error before it has said already is left
/// out.
fn line(error: &anyhow::Error) -> String {
    let mut said: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        if said.last().is_none_or(|last| !last.ends_with(&cause)) {
            said.push(cause);
        }
    }
    said.join(": ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_on_one_line_and_once() {
        let inner = std::io::Error::other("the disk\nis full");
        let error = anyhow::Error::new(inner)
            .context("reading: the disk\nis full")
            .context("step x failed");
        assert_eq!(line(&error), "step x failed: reading: the disk is full");
    }
}

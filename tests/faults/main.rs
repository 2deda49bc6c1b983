//! Long runs of the system under faults, each with a bound that it must keep. `tests/run --faults`
//! builds and starts them.
//!
//! Each has a short form among the tests of every day; what is here is the same at full size. A run
//! says what it does line by line, then what it came to.

mod attack;
mod footprint;
mod neighbours;
mod rolling;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Runs the system under faults at full size, and checks its bounds. Exits 1 when one is broken.
///
/// Start it with `tests/run --faults`, which builds for release, starts a PostgreSQL of its own and
/// sets PARTNER_CONNECT_BIN and PARTNER_CONNECT_TEST_POSTGRES. Without a command each runs in turn.
#[derive(Parser)]
#[command(name = "faults")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Rolling restarts of relationship and invitation behind L4 balancers, under steady calls
    /// (about a minute)
    Rolling(rolling::Arguments),
    /// A caller beside neighbours that take and do not give, each for 30 s against two services
    /// (about 11 minutes)
    Neighbours(neighbours::Arguments),
    /// Such a neighbour, as the run above starts it
    #[command(hide = true)]
    Neighbour(attack::Arguments),
}

/// What a run came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Every bound was kept.
    Kept,
    /// One was not; the run has said which.
    Broken,
}

#[tokio::main]
async fn main() -> ExitCode {
    let command = Arguments::parse().command;
    let commands = match command {
        Some(command) => vec![command],
        None => vec![
            Command::Rolling(rolling::Arguments::default()),
            Command::Neighbours(neighbours::Arguments::default()),
        ],
    };
    let mut code = ExitCode::SUCCESS;
    for command in commands {
        let verdict = match command {
            Command::Rolling(arguments) => rolling::run(arguments).await,
            Command::Neighbours(arguments) => neighbours::run(arguments).await,
            Command::Neighbour(arguments) => attack::run(arguments).await,
        };
        if verdict == Verdict::Broken {
            code = ExitCode::FAILURE;
        }
    }
    code
}

/// A line that says what is going on.
fn say(what: impl std::fmt::Display) {
    println!("   {what}");
}

//! The benchmark: the services beside what they stand on, as ratios. `tests/run --bench` builds and
//! starts it.
//!
//! CheckAccess beside a bare tonic server that answers the same messages (`check_access`); joint
//! acceptances beside the database alone, which runs the statements that the services logged for
//! one of them (`acceptance`; what is the same there, and what is not, stands in `call`); lists of
//! very many customers beside those of a thousand (`lists`); pages beside the calls that they are
//! made of (`pages`). Short runs of the two take turns, so
//! that what else the machine does meets both; a ratio is the median over the rounds. Absolute
//! figures are those of one machine, and context only.
//!
//! `tests/run --import` starts `bench import`: very many existing customers beside the database
//! alone (`import`).

mod acceptance;
mod call;
mod capture;
mod census;
mod check_access;
mod copy_in;
mod echo;
mod existing;
mod import;
mod imported;
mod insert_loop;
mod lists;
mod load;
mod memory;
mod pages;
mod pgbench;
mod server_log;
mod service_log;
mod sqlite;
mod statistics;

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

use crate::statistics::{Measured, table};

/// Measures the services beside what they stand on, and prints the ratios.
///
/// Start it with `tests/run --bench`, which builds for release, starts a PostgreSQL of its own and
/// sets PARTNER_CONNECT_BIN, PARTNER_CONNECT_TEST_POSTGRES, PARTNER_CONNECT_TEST_POSTGRES_LOG and
/// PGBENCH. Takes about ten minutes on two cores.
#[derive(Parser)]
#[command(name = "bench")]
struct Arguments {
    /// How often each is measured; the median counts.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=99))]
    rounds: u32,
    /// About how long one measurement takes.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Only one of the four.
    #[arg(long)]
    only: Option<Subject>,
    /// How many customers a partner with very many has.
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(1_000..=9_999_999))]
    customers: u32,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    CheckAccess,
    Acceptance,
    Lists,
    Pages,
}

#[derive(Subcommand)]
enum Command {
    /// The bare server that CheckAccess is compared with; the benchmark starts it by itself.
    #[command(hide = true)]
    Echo {
        /// Where it listens.
        address: SocketAddr,
    },
    /// Imports very many existing customers, kills the service five times on the way, and checks
    /// the result exactly.
    ///
    /// Start it with `tests/run --import`.
    Import(import::Arguments),
}

/// How long and how often is measured.
#[derive(Clone, Copy)]
struct Plan {
    rounds: u32,
    run: Duration,
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    match &arguments.command {
        Some(Command::Echo { address }) => return echo::serve(*address).await,
        Some(Command::Import(arguments)) => {
            let table = import::measure(arguments).await;
            return println!("\n{table}");
        }
        None => {}
    }
    let plan = Plan {
        rounds: arguments.rounds,
        run: Duration::from_secs(arguments.seconds),
    };
    let wanted = |subject| arguments.only.is_none_or(|only| only == subject);
    let mut measured: Vec<Measured> = Vec::new();
    if wanted(Subject::CheckAccess) {
        measured.push(check_access::measure(plan).await);
    }
    if wanted(Subject::Acceptance) {
        measured.push(acceptance::measure(plan).await);
    }
    if wanted(Subject::Lists) {
        measured.push(lists::measure(plan, arguments.customers as usize).await);
    }
    if wanted(Subject::Pages) {
        measured.push(pages::measure(plan).await);
    }
    println!("\n{}", table(&measured, plan.rounds));
}

/// A line that says what is going on.
fn say(what: impl std::fmt::Display) {
    println!("   {what}");
}

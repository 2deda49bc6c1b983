//! The role "directory": a service like the others, or a command that works on its store and ends.
//!
//! Its flags belong to serving, and are not required where a command is named; each command has its
//! own.

use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};

use super::{Serving, Store, Telemetry};

/// What the role "directory" does.
#[derive(Debug)]
pub enum Directory {
    /// Serves until told to stop, as it does where no command is named.
    Serve(Box<DirectoryServing>),
    /// Fills its store.
    Import(Import),
    /// Writes what its store holds.
    Export(Export),
}

/// How the role "directory" serves.
#[derive(Debug, Args)]
pub struct DirectoryServing {
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

/// Loads JSON lines into the store, in batches.
///
/// A line that is not valid is reported on standard error with its number and its reason; the
/// others are kept. Repeating it loads nothing twice. Exit codes: 0 every line is kept; 1 one is
/// not.
#[derive(Debug, Args)]
pub struct Import {
    /// What is loaded; - is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Keep nothing where one line is not valid
    #[arg(long)]
    pub all_or_nothing: bool,
    /// Where it keeps its data.
    #[command(flatten)]
    pub store: Store,
}

/// Writes the store to standard output, as the JSON lines that `import` loads.
#[derive(Debug, Args)]
pub struct Export {
    /// Where it keeps its data.
    #[command(flatten)]
    pub store: Store,
}

/// The commands, as clap derives them: beside them stands serving, which has no word of its own.
#[derive(Subcommand)]
enum Named {
    Import(Import),
    Export(Export),
}

impl Args for Directory {
    fn augment_args(command: Command) -> Command {
        Named::augment_subcommands(DirectoryServing::augment_args(command))
            .args_conflicts_with_subcommands(true)
            .subcommand_negates_reqs(true)
            .disable_help_subcommand(true)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Directory {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(match matches.subcommand() {
            None => Self::Serve(Box::new(DirectoryServing::from_arg_matches(matches)?)),
            Some(_) => match Named::from_arg_matches(matches)? {
                Named::Import(import) => Self::Import(import),
                Named::Export(export) => Self::Export(export),
            },
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

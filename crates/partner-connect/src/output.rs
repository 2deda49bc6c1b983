//! Standard output: the only place that writes to it, and what becomes of a command that cannot.
//!
//! A reader that has gone away, as in `demo | head`, has what it wanted: the command cleans up and
//! ends quietly. Any other failure, such as a full disk, is the command's own.

use std::error::Error;
use std::fmt::{self, Display};
use std::io::{self, ErrorKind, Write as _};

use anyhow::Context;

/// Standard output takes no more.
#[derive(Debug)]
pub(crate) struct Unwritten(io::Error);

impl From<io::Error> for Unwritten {
    fn from(error: io::Error) -> Self {
        Self(error)
    }
}

impl Display for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("standard output")
    }
}

impl Error for Unwritten {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// Writes a text, and sees it out.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Unwritten(error).into())
}

/// Writes in one line what was done. If that fails, the error says it: it was done all the same.
pub(crate) fn conclude(done: impl Display) -> anyhow::Result<()> {
    print(&format!("{done}\n")).with_context(|| done.to_string())
}

/// Shows help or the version, in colours where the reader has them.
pub(crate) fn show(text: &clap::Error) -> anyhow::Result<()> {
    let shown = text.print().and_then(|()| io::stdout().flush());
    shown.map_err(|error| Unwritten(error).into())
}

/// Whether a command ended only because nobody reads what it says.
pub(crate) fn is_unread(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<Unwritten>()
        .is_some_and(|Unwritten(error)| error.kind() == ErrorKind::BrokenPipe)
}

/// What to say of two results, in this order; that nobody reads it is said last.
pub(crate) fn graver(first: anyhow::Result<()>, second: anyhow::Result<()>) -> anyhow::Result<()> {
    match first {
        Err(error) if is_unread(&error) => second.and(Err(error)),
        first => first.and(second),
    }
}

//! The commands of the role "directory": its store filled from a file of JSON lines, and written as
//! one.
//!
//! What is wrong with a line goes to standard error as it is found, how far it has come as well;
//! what came of it all is the last line on standard output. What a line holds is the concern of the
//! service.

use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use directory::transfer::{self, Event, ExportError, Imported, Mode};
use platform::clock::Clock;
use platform::store::db::Db;
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncWriteExt, BufReader, BufWriter};

use crate::config::{Export, Import};
use crate::output::{self, Unwritten};
use crate::store::Location;

/// The name of standard input.
const STANDARD_INPUT: &str = "-";
/// How much is read or written at once, in bytes.
const BUFFER: usize = 256 * 1024;
/// It is said how far it has come after this many lines, or after this time.
const LINES: u64 = 100_000;
const INTERVAL: Duration = Duration::from_secs(2);

/// The command "import".
pub(crate) async fn import(config: Import) -> anyhow::Result<()> {
    let location = Location::of(&config.store)?;
    let mode = match config.all_or_nothing {
        true => Mode::AllOrNothing,
        false => Mode::KeepGood,
    };
    let name = config.file.display().to_string();
    // Before the store is opened: what cannot be read locks nothing.
    let lines = lines(&config.file).await.with_context(|| name.clone())?;
    let store = location.opened().await?;
    let imported = load(&store.db, lines, mode, &name).await;
    store.close().await?;
    let Imported { lines, kept, bad } = imported?;
    let told = output::conclude(format_args!(
        "{name}: {lines} lines, {kept} kept, {bad} bad"
    ));
    let verdict = match (bad, mode) {
        (0, _) => Ok(()),
        (_, Mode::KeepGood) => Err(anyhow!("{name}: not every line is kept")),
        (_, Mode::AllOrNothing) => Err(anyhow!("{name}: nothing is kept")),
    };
    output::graver(told, verdict)
}

/// What is loaded.
type Lines = BufReader<Box<dyn AsyncRead + Unpin + Send>>;

async fn lines(file: &Path) -> io::Result<Lines> {
    let from: Box<dyn AsyncRead + Unpin + Send> = if file == Path::new(STANDARD_INPUT) {
        Box::new(tokio::io::stdin())
    } else {
        Box::new(File::open(file).await?)
    };
    Ok(BufReader::with_capacity(BUFFER, from))
}

async fn load(db: &Db, lines: Lines, mode: Mode, name: &str) -> anyhow::Result<Imported> {
    let (clock, mut report) = (Clock::system(), Report::begin(name));
    let imported = transfer::import(db, &clock, lines, mode, move |event| report.event(&event));
    imported.await.with_context(|| name.to_owned())
}

/// Tells whoever waits what happens, on standard error.
struct Report {
    name: String,
    told: Instant,
    lines: u64,
}

impl Report {
    fn begin(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            told: now(),
            lines: 0,
        }
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::BadLine { number, reason } => self.say(format_args!(":{number}: {reason}")),
            Event::Progress { lines } if self.due(*lines) => {
                self.say(format_args!(": {lines} lines so far"));
            }
            Event::Progress { .. } => {}
        }
    }

    fn due(&mut self, lines: u64) -> bool {
        let now = now();
        let due = lines / LINES > self.lines / LINES || now.duration_since(self.told) >= INTERVAL;
        if due {
            (self.told, self.lines) = (now, lines);
        }
        due
    }

    fn say(&self, what: fmt::Arguments<'_>) {
        // Nobody may be listening, which stops nothing.
        let _ = writeln!(io::stderr(), "{}{what}", self.name);
    }
}

#[allow(clippy::disallowed_methods, reason = "a silence is measured")]
fn now() -> Instant {
    Instant::now()
}

/// The command "export".
pub(crate) async fn export(config: Export) -> anyhow::Result<()> {
    let location = Location::of(&config.store)?;
    let store = location.opened().await?;
    let written = write(&store.db).await;
    store.close().await?;
    written
}

async fn write(db: &Db) -> anyhow::Result<()> {
    let mut out = BufWriter::with_capacity(BUFFER, tokio::io::stdout());
    match transfer::export(db, &mut out).await {
        Ok(_) => Ok(out.flush().await.map_err(Unwritten::from)?),
        Err(ExportError::Write(error)) => Err(Unwritten::from(error).into()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_how_far_it_has_come_now_and_then() {
        let mut report = Report::begin("portals.jsonl");
        // Far from now: only the lines count.
        report.told += Duration::from_secs(3600);
        let due = [1_000, 99_000, 100_000, 101_000, 199_999, 250_000].map(|lines| {
            let due = report.due(lines);
            report.told += Duration::from_secs(3600);
            due
        });
        assert_eq!(due, [false, false, true, false, false, true]);
        report.told -= INTERVAL + Duration::from_secs(7 * 3600);
        assert!(report.due(250_001), "nothing was said for a while");
    }
}

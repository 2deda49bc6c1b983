//! How the story is told: numbered steps on standard output, colours on a terminal alone, timings
//! at the end.

use std::env;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use anyhow::Context;

/// How wide the names of steps are.
const NAME: usize = 9;

/// Tells the steps and remembers how long they took.
pub struct Teller {
    print: fn(&str) -> anyhow::Result<()>,
    coloured: bool,
    steps: Vec<(&'static str, Duration)>,
}

/// What a step has to say: a line, perhaps a second one, and perhaps a text to show.
pub struct StepReport {
    lines: Vec<String>,
    shown: Option<String>,
}

impl StepReport {
    /// One line.
    pub fn line(line: impl Into<String>) -> Self {
        Self {
            lines: vec![line.into()],
            shown: None,
        }
    }

    /// One more line.
    pub fn and(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// A text below the lines.
    pub fn showing(mut self, text: impl Into<String>) -> Self {
        self.shown = Some(text.into());
        self
    }
}

impl Teller {
    /// Has told nothing yet. What it tells goes to `print`.
    pub fn begin(print: fn(&str) -> anyhow::Result<()>) -> Self {
        let coloured = io::stdout().is_terminal()
            && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            print,
            coloured,
            steps: Vec::new(),
        }
    }

    /// Says what the story is about.
    pub fn title(&self, title: &str) -> anyhow::Result<()> {
        (self.print)(&format!("{}\n\n", self.bold(title)))
    }

    /// Does one step and tells it. An error names the step.
    pub async fn step(
        &mut self,
        name: &'static str,
        doing: impl Future<Output = anyhow::Result<StepReport>>,
    ) -> anyhow::Result<()> {
        let started = now();
        let told = doing.await.with_context(|| format!("step {name} failed"))?;
        self.steps.push((name, started.elapsed()));
        (self.print)(&self.text(name, &told))
    }

    /// A step as it is told.
    fn text(&self, name: &str, told: &StepReport) -> String {
        let number = self.steps.len();
        let mut lines = Vec::new();
        for (index, line) in told.lines.iter().enumerate() {
            lines.push(match index {
                0 => format!(
                    "{number:>2}  {}  {line}",
                    self.bold(&format!("{name:NAME$}"))
                ),
                _ => format!("    {:NAME$}  {line}", ""),
            });
        }
        if let Some(text) = &told.shown {
            lines.push(String::new());
            let shown = text
                .lines()
                .map(|line| format!("    {} {line}", self.dim("│")));
            lines.extend(shown.map(|line| line.trim_end().to_owned()));
            lines.push(String::new());
        }
        lines.join("\n") + "\n"
    }

    /// Closes the story.
    pub fn end(&self) -> anyhow::Result<()> {
        let timings = self
            .steps
            .iter()
            .map(|(name, took)| format!("{name} {}", millis(*took)));
        let total = self.steps.iter().map(|(_, took)| *took).sum();
        let timings = format!("Timings (ms): {}", timings.collect::<Vec<_>>().join(" · "));
        let total = format!("Every step went well, in {} ms.", millis(total));
        (self.print)(&format!(
            "\n{}\n{}\n",
            self.dim(&timings),
            self.bold(&total)
        ))
    }

    fn bold(&self, text: &str) -> String {
        self.styled("1", text)
    }

    fn dim(&self, text: &str) -> String {
        self.styled("2", text)
    }

    fn styled(&self, style: &str, text: &str) -> String {
        if self.coloured {
            format!("\x1b[{style}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "measures how long a step takes, no time of day is read"
)]
fn now() -> Instant {
    Instant::now()
}

/// Milliseconds, with a fraction where they are few.
fn millis(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1000.0;
    if millis < 10.0 {
        format!("{millis:.1}")
    } else {
        format!("{millis:.0}")
    }
}

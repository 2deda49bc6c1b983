//! Medians, ratios and the table at the end. A ratio is taken within a round, from two runs that
//! follow each other.

use std::time::Duration;

/// What was measured, and under which load.
pub(crate) struct Measured {
    pub(crate) lines: Vec<Line>,
    pub(crate) note: String,
}

/// What a subject reached in each round beside its measure.
pub(crate) struct Line {
    /// What was measured, on which store.
    pub(crate) subject: String,
    /// What it is compared with.
    pub(crate) measure: &'static str,
    /// Calls per second of subject and measure, round by round.
    pub(crate) rounds: Vec<(f64, f64)>,
    /// Statements for one call.
    pub(crate) statements: String,
}

impl Line {
    fn row(&self) -> String {
        let ratios: Vec<f64> = self
            .rounds
            .iter()
            .map(|(subject, measure)| subject / measure)
            .collect();
        let (subjects, measures): (Vec<f64>, Vec<f64>) = self.rounds.iter().copied().unzip();
        format!(
            "| {} | {} | **{:.2}** ({:.2}–{:.2}) | {} | {} / {} |",
            self.subject,
            self.measure,
            median(&ratios),
            ratios.iter().copied().fold(f64::INFINITY, f64::min),
            ratios.iter().copied().fold(0.0, f64::max),
            self.statements,
            thousands(median(&subjects)),
            thousands(median(&measures)),
        )
    }
}

/// The table for the README here, with its notes below.
pub(crate) fn table(measured: &[Measured], rounds: u32) -> String {
    let head = format!(
        "| calls per second of | beside | ratio: median of {rounds} (spread) | statements per call | per second here |\n\
         |---|---|---|---|---|"
    );
    let rows = measured.iter().flat_map(|each| &each.lines).map(Line::row);
    let notes = measured.iter().map(|each| format!("\n{}", each.note));
    std::iter::once(head)
        .chain(rows)
        .chain(notes)
        .collect::<Vec<_>>()
        .join("\n")
}

/// An import of existing customers beside the database alone.
pub(crate) struct Import {
    /// How many customers, and on which store.
    pub(crate) subject: String,
    /// What it is compared with.
    pub(crate) measure: &'static str,
    pub(crate) customers: usize,
    /// From the approval to the active partner.
    pub(crate) import: Duration,
    /// What the database alone took for the same rows.
    pub(crate) alone: Duration,
    /// How often the service was killed on the way, and how long the import lay still for that.
    pub(crate) killed: usize,
    pub(crate) away: Duration,
    /// Most memory of the service, in bytes: that there ever was, and that was seen at once.
    pub(crate) peak: u64,
    pub(crate) seen: u64,
}

impl Import {
    fn rates(&self) -> (f64, f64) {
        let rate = |time: Duration| self.customers as f64 / time.as_secs_f64();
        (rate(self.import), rate(self.alone))
    }

    /// What came of it, on one line.
    pub(crate) fn told(&self) -> String {
        let (import, alone) = self.rates();
        format!(
            "{}: {}/s in {:.1} s, {} {}/s in {:.1} s; memory at most {:.1} MB, seen {:.1} MB",
            self.subject,
            thousands(import),
            self.import.as_secs_f64(),
            self.measure,
            thousands(alone),
            self.alone.as_secs_f64(),
            self.peak as f64 / 1e6,
            self.seen as f64 / 1e6,
        )
    }

    fn row(&self) -> String {
        let (import, alone) = self.rates();
        let killed = match self.killed {
            0 => "no".to_owned(),
            times => format!("{times} times, {:.0} s still", self.away.as_secs_f64()),
        };
        format!(
            "| {} | {} | **{:.2}** | {} / {} | {:.0} s | {killed} | {:.0} MB |",
            self.subject,
            self.measure,
            import / alone,
            thousands(import),
            thousands(alone),
            self.import.as_secs_f64(),
            self.peak as f64 / 1e6,
        )
    }
}

/// The table of the imports for the README here, with its note below.
pub(crate) fn import_table(imports: &[Import]) -> String {
    let head = "| customers per second of an import of | beside | ratio | per second here | took | killed | memory at most |\n\
         |---|---|---|---|---|---|---|";
    let note = "\nImports: one reseller's existing customers at its enrolment, from the approval to the active partner, every role a \
         process; each customer is an account, a relationship and a privilege. Killed is `kill -9` of the relationship service, started \
         again at once; the time that the import lies still for it counts, its lease of 5 s included. The result was exact each time. \
         Memory is the service's greatest resident set in any of its lives. Beside it the database alone takes the same rows, right \
         after, into the same tables with the same indexes and references: PostgreSQL by a COPY for each table, SQLite by prepared inserts \
         of bare sqlx, a row each, in transactions of 1,000 customers (the service writes many rows in a statement).";
    std::iter::once(head.to_owned())
        .chain(imports.iter().map(Import::row))
        .chain(std::iter::once(note.to_owned()))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The middle one, or the mean of the two in the middle.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    }
}

/// The latency that this part of the calls does not exceed.
pub(crate) fn percentile(sorted: &[Duration], part: f64) -> Duration {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index, between 0 and the length"
    )]
    let index = (sorted.len() as f64 * part) as usize;
    sorted
        .get(index.min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

/// A rate with separators: 12,345.
pub(crate) fn thousands(rate: f64) -> String {
    let digits = format!("{rate:.0}");
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).expect("digits are ASCII"))
        .collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_holds_median_and_spread_of_the_ratios() {
        let line = Line {
            subject: "CheckAccess, SQLite".into(),
            measure: "an echo",
            rounds: vec![(500.0, 1000.0), (1200.0, 2000.0), (12_345.0, 10_000.0)],
            statements: "1".into(),
        };
        assert_eq!(
            line.row(),
            "| CheckAccess, SQLite | an echo | **0.60** (0.50–1.23) | 1 | 1,200 / 2,000 |"
        );
        assert_eq!(median(&[1.0, 2.0, 4.0, 3.0]), 2.5);
    }

    #[test]
    fn an_import_says_what_it_cost() {
        let mut import = Import {
            subject: "20,000 customers, SQLite".into(),
            measure: "sqlx alone",
            customers: 20_000,
            import: Duration::from_secs(8),
            alone: Duration::from_secs(2),
            killed: 0,
            away: Duration::ZERO,
            peak: 61_400_000,
            seen: 60_000_000,
        };
        assert_eq!(
            import.row(),
            "| 20,000 customers, SQLite | sqlx alone | **0.25** | 2,500 / 10,000 | 8 s | no | 61 MB |"
        );
        (import.killed, import.away) = (5, Duration::from_secs(41));
        assert!(import.row().contains("| 5 times, 41 s still |"));
    }

    #[test]
    fn a_percentile_is_one_of_the_latencies() {
        let sorted: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(percentile(&sorted, 0.5), Duration::from_millis(51));
        assert_eq!(percentile(&sorted, 1.0), Duration::from_millis(100));
        assert_eq!(percentile(&[], 0.99), Duration::ZERO);
    }
}

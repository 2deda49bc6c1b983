//! What PostgreSQL logs about the statements it ran: the values of their parameters, which sqlx
//! never logs.
//!
//! `tests/run` starts a server whose log can be read and whose role may have its statements logged;
//! that is on while one call is captured, and off while anything is measured.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// A statement as the server ran it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Executed {
    pub(crate) sql: String,
    /// As text; `None` is NULL.
    pub(crate) values: Vec<Option<String>>,
}

/// The transactions and lone statements of a stretch of the log, in the order of their ends.
#[derive(Debug, Default)]
pub(crate) struct Ran(Vec<Vec<Executed>>);

/// The server's log file.
pub(crate) fn path() -> PathBuf {
    let path = std::env::var_os("PARTNER_CONNECT_TEST_POSTGRES_LOG");
    PathBuf::from(
        path.expect(
            "PARTNER_CONNECT_TEST_POSTGRES_LOG names no file: start with tests/run --bench",
        ),
    )
}

impl Ran {
    /// Reads a stretch of the log.
    pub(crate) fn read(log: &str) -> Ran {
        let mut ran = Ran::default();
        let mut open = BTreeMap::<String, Vec<Executed>>::new();
        let mut records = records(log).into_iter().peekable();
        while let Some(record) = records.next() {
            let Some((session, message)) = parts(&record) else {
                continue;
            };
            let Some(sql) = statement(message) else {
                continue;
            };
            // a detail is written together with what it belongs to
            let values = records
                .peek()
                .and_then(|next| values(parts(next)?.1))
                .unwrap_or_default();
            match sql {
                "BEGIN" => drop(open.insert(session.to_owned(), Vec::new())),
                "COMMIT" | "ROLLBACK" => ran.0.extend(open.remove(session)),
                _ => {
                    let executed = Executed {
                        sql: sql.to_owned(),
                        values,
                    };
                    match open.get_mut(session) {
                        Some(open) => open.push(executed),
                        None => ran.0.push(vec![executed]),
                    }
                }
            }
        }
        ran
    }

    /// The first that ran exactly these statements; it is not given out again.
    pub(crate) fn take(&mut self, statements: &[&str]) -> Option<Vec<Executed>> {
        let same = |ran: &Vec<Executed>| {
            ran.iter()
                .map(|executed| executed.sql.as_str())
                .eq(statements.iter().copied())
        };
        let position = self.0.iter().position(same)?;
        Some(self.0.remove(position))
    }
}

/// Records begin with a time; lines that go on with one begin with a tab.
fn records(log: &str) -> Vec<String> {
    let mut records: Vec<String> = Vec::new();
    for line in log.lines() {
        match (line.strip_prefix('\t'), records.last_mut()) {
            (Some(rest), Some(record)) => {
                record.push('\n');
                record.push_str(rest);
            }
            _ => records.push(line.to_owned()),
        }
    }
    records
}

/// `TIME [SESSION] MESSAGE`.
fn parts(record: &str) -> Option<(&str, &str)> {
    let (_, rest) = record.split_once(" [")?;
    rest.split_once("] ")
}

/// `LOG:  statement: SQL` or `LOG:  execute NAME: SQL`.
fn statement(message: &str) -> Option<&str> {
    let rest = message.strip_prefix("LOG:  ")?;
    rest.strip_prefix("statement: ").or_else(|| {
        rest.strip_prefix("execute ")?
            .split_once(": ")
            .map(|(_, sql)| sql)
    })
}

/// `DETAIL:  parameters: $1 = 'text', $2 = NULL`, quotes doubled within.
fn values(message: &str) -> Option<Vec<Option<String>>> {
    let mut values = Vec::new();
    // newer servers write "Parameters"
    let (_, mut rest) = message
        .strip_prefix("DETAIL:  ")?
        .split_once("arameters: ")?;
    while let Some((_, from)) = rest.split_once(" = ") {
        let Some(quoted) = from.strip_prefix('\'') else {
            values.push(None);
            rest = from;
            continue;
        };
        let mut value = String::new();
        let mut characters = quoted.char_indices().peekable();
        let mut end = quoted.len();
        while let Some((at, character)) = characters.next() {
            if character != '\'' {
                value.push(character);
            } else if characters.next_if(|(_, next)| *next == '\'').is_some() {
                value.push('\'');
            } else {
                end = at + 1;
                break;
            }
        }
        values.push(Some(value));
        rest = &quoted[end..];
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transactions_are_told_apart_by_session_and_their_values_read() {
        let log = "\
2026-01-01 00:00:00.000 UTC [7] LOG:  statement: BEGIN
2026-01-01 00:00:00.000 UTC [8] LOG:  statement: BEGIN
2026-01-01 00:00:00.000 UTC [7] LOG:  execute sqlx_s_1: INSERT $1, $2, $3
2026-01-01 00:00:00.000 UTC [7] DETAIL:  parameters: $1 = 'it''s = $9
\tsecond', $2 = NULL, $3 = '\\x00ff'
2026-01-01 00:00:00.000 UTC [8] LOG:  execute sqlx_s_1: SELECT 1
2026-01-01 00:00:00.000 UTC [9] LOG:  execute sqlx_s_1: SELECT $1
2026-01-01 00:00:00.000 UTC [9] DETAIL:  Parameters: $1 = ''
2026-01-01 00:00:00.000 UTC [7] LOG:  execute sqlx_s_2: COMMIT
2026-01-01 00:00:00.000 UTC [8] LOG:  execute sqlx_s_2: COMMIT
2026-01-01 00:00:00.000 UTC [3] LOG:  checkpoint complete
";
        let mut ran = Ran::read(log);
        let inserted = ran.take(&["INSERT $1, $2, $3"]).expect("ran");
        assert_eq!(
            inserted[0].values,
            [
                Some("it's = $9\nsecond".to_owned()),
                None,
                Some("\\x00ff".to_owned())
            ]
        );
        assert_eq!(
            ran.take(&["SELECT $1"]).expect("ran")[0].values,
            [Some(String::new())]
        );
        assert!(ran.take(&["SELECT 1"]).expect("ran")[0].values.is_empty());
        assert!(ran.take(&["SELECT 1"]).is_none());
    }
}

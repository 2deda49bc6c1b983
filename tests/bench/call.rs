//! One joint acceptance as the database alone repeats it, built from what a captured one ran.
//!
//! The same: the text of every statement, which are in one transaction, the isolation, the
//! durability, the rows read and written, the number of calls at once, and the types and sizes of
//! the values. Each repeat has its own invitation (a copy of an open one), customer, ids and
//! message, so that no two touch the same rows where two acceptances do not.
//!
//! Not the same: one client runs the transactions of a call after each other on one connection,
//! where each service has connections of its own; times and digests are those of the captured call;
//! pgbench prepares its statements anew in each run. On PostgreSQL tables are named with their
//! schema, and values that differ are put together in the statement, because pgbench cannot build
//! them. A relay that has much to do takes and leases up to sixteen messages at once, here each
//! call takes its own: this alone weighs, and in favour of the services. What no call waits for is
//! not repeated, and weighs against the services, which run it as they always do: the polls of idle
//! relays and importers, what is forgotten, and the numbering of changes for watchers, four
//! statements for all that was committed since the last time. A run of the services ends when all
//! of its changes have their numbers.

use std::collections::BTreeMap;

use ::tests::Role;

use crate::server_log::Ran;
use crate::service_log::{Logged, Unit};

/// Stands in the captured customer's name, where each repeat has its own number of as many digits.
pub(crate) const NUMBER: &str = "100000000000";

/// An acceptance: its transactions and lone statements in their order.
pub(crate) struct Call {
    pub(crate) steps: Vec<Step>,
}

/// A transaction, or a statement alone.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) service: Role,
    pub(crate) transaction: bool,
    pub(crate) statements: Vec<Statement>,
}

/// A statement with the values of its parameters.
#[derive(Clone)]
pub(crate) struct Statement {
    pub(crate) logged: Logged,
    pub(crate) values: Vec<Value>,
}

/// What a parameter is in every repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    /// As PostgreSQL names it, such as `INT8`.
    pub(crate) kind: String,
    /// The value as text; `None` is NULL.
    pub(crate) pieces: Option<Vec<Piece>>,
    /// Whether a `BYTEA` is the UTF-8 of that text, rather than its hexadecimal digits.
    pub(crate) utf8: bool,
}

/// A part of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// The same in every repeat.
    Same(String),
    /// The repeat's number.
    Number,
}

/// Ids of the captured call, each with what the ids of the repeats begin with. Those of things that
/// were there before stay as they are.
#[derive(Default)]
pub(crate) struct Ids {
    shared: Vec<String>,
    prefixes: BTreeMap<String, String>,
}

impl Ids {
    pub(crate) fn sharing(shared: &[&str]) -> Ids {
        Ids {
            shared: shared.iter().map(|id| (*id).to_owned()).collect(),
            ..Ids::default()
        }
    }

    /// With what the id of every repeat begins; its number is the rest.
    pub(crate) fn prefix(&mut self, id: &str) -> String {
        let next = self.prefixes.len();
        self.prefixes
            .entry(id.to_owned())
            .or_insert_with(|| format!("0197f3a0-0000-7{next:03x}-8000-"))
            .clone()
    }

    fn pieces(&mut self, text: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut same = String::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let id = rest
                .get(..36)
                .filter(|id| is_id(id) && !self.shared.iter().any(|shared| shared == id));
            let length = if let Some(id) = id {
                same.push_str(&self.prefix(id));
                36
            } else if rest.starts_with(NUMBER) {
                NUMBER.len()
            } else {
                same.push(character);
                rest = &rest[character.len_utf8()..];
                continue;
            };
            if !same.is_empty() {
                pieces.push(Piece::Same(std::mem::take(&mut same)));
            }
            pieces.push(Piece::Number);
            rest = &rest[length..];
        }
        if !same.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Same(same));
        }
        pieces
    }

    fn value(&mut self, kind: &str, text: Option<String>) -> Value {
        let value = |pieces, utf8| Value {
            kind: kind.to_owned(),
            pieces,
            utf8,
        };
        let Some(text) = text else {
            return value(None, false);
        };
        if kind == "BYTEA" {
            let words = bytes(&text)
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .filter(|words| !words.contains('\0'));
            let words = words
                .map(|words| self.pieces(&words))
                .filter(|pieces| pieces.contains(&Piece::Number));
            return match words {
                Some(pieces) => value(Some(pieces), true),
                None => value(Some(vec![Piece::Same(text)]), false),
            };
        }
        value(Some(self.pieces(&text)), false)
    }
}

fn is_id(text: &str) -> bool {
    text.char_indices().all(|(at, character)| match at {
        8 | 13 | 18 | 23 => character == '-',
        _ => character.is_ascii_digit() || matches!(character, 'a'..='f'),
    })
}

/// The bytes of `\x00ff`.
pub(crate) fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("\\x")?.as_bytes();
    digits
        .chunks(2)
        .map(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok())
        .collect()
}

impl Call {
    /// From what the services logged and the server ran. `kinds` answers the types of a statement's
    /// parameters.
    pub(crate) fn captured(
        units: &[Unit],
        ran: &mut Ran,
        ids: &mut Ids,
        kinds: &BTreeMap<(Role, String), Vec<String>>,
    ) -> Call {
        let step = |unit: &Unit| {
            let texts: Vec<&str> = unit
                .statements
                .iter()
                .map(|logged| logged.sql.as_str())
                .collect();
            let executed = ran
                .take(&texts)
                .unwrap_or_else(|| panic!("the server has not logged {texts:?}"));
            let statements = unit
                .statements
                .iter()
                .zip(executed)
                .map(|(logged, executed)| {
                    let kinds = &kinds[&(unit.service, logged.sql.clone())];
                    assert_eq!(
                        kinds.len(),
                        executed.values.len(),
                        "the values of {}",
                        logged.sql
                    );
                    let values = kinds
                        .iter()
                        .zip(executed.values)
                        .map(|(kind, text)| ids.value(kind, text))
                        .collect();
                    Statement {
                        logged: logged.clone(),
                        values,
                    }
                });
            Step {
                service: unit.service,
                transaction: unit.transaction,
                statements: statements.collect(),
            }
        };
        let mut call = Call {
            steps: units.iter().map(step).collect(),
        };
        call.take_own_message();
        call
    }

    /// The same call with what another store's services logged, whose statements may differ in how
    /// parameters are written and rows locked, and nowhere else. `shared`: ids here and there of
    /// what was there before.
    pub(crate) fn on_sqlite(&self, units: &[Unit], shared: (&str, &str)) -> Call {
        let plain: Vec<&Statement> = self
            .steps
            .iter()
            .flat_map(|step| &step.statements)
            .filter(|s| !s.sets_isolation())
            .collect();
        let mut values = plain.iter();
        let mut step = |unit: &Unit| {
            let statements = unit.statements.iter().map(|logged| {
                let same = values
                    .next()
                    .expect("SQLite runs no more statements than PostgreSQL");
                assert_eq!(
                    stripped(&same.logged.sql),
                    logged.sql,
                    "the stores run other statements"
                );
                let mut values = same.values.clone();
                for piece in values
                    .iter_mut()
                    .filter_map(|value| value.pieces.as_mut())
                    .flatten()
                {
                    if let Piece::Same(text) = piece {
                        *text = text.replace(shared.0, shared.1);
                    }
                }
                Statement {
                    logged: logged.clone(),
                    values,
                }
            });
            Step {
                service: unit.service,
                transaction: unit.transaction,
                statements: statements.collect(),
            }
        };
        let steps: Vec<Step> = units.iter().map(&mut step).collect();
        assert!(
            values.next().is_none(),
            "SQLite runs fewer statements than PostgreSQL"
        );
        Call { steps }
    }

    /// Lets every repeat find exactly its own message where a relay looks for what is due: by a due
    /// time of its own. Otherwise repeats would take each other's, and wait for each other in a
    /// circle.
    fn take_own_message(&mut self) {
        let all = || {
            self.steps
                .iter()
                .enumerate()
                .flat_map(|(s, step)| (0..step.statements.len()).map(move |t| (s, t)))
        };
        let found = all().find(|(s, t)| self.steps[*s].statements[*t].logged.finds_messages());
        let (s, t) = found.expect("a relay takes the message");
        let taken = self.steps[s].statements.get(t + 1).expect("and leases it");
        let message = taken
            .values
            .iter()
            .find(|value| value.kind == "UUID")
            .expect("by its id")
            .clone();
        let (column, append) = all()
            .filter_map(|(s, t)| {
                Some((
                    self.steps[s].statements[t].column_of_message("due_time", &message)?,
                    (s, t),
                ))
            })
            .next()
            .expect("the message was appended");
        let number = |then: &str| Some(vec![Piece::Number, Piece::Same(then.to_owned())]);
        self.steps[append.0].statements[append.1].values[column].pieces = number("1");
        let find = &mut self.steps[s].statements[t].values;
        let mut times: Vec<&mut Value> = find
            .iter_mut()
            .filter(|value| value.kind == "INT8")
            .collect();
        assert_eq!(times.len(), 3, "due before, or after, and how many");
        times[0].pieces = Some(vec![Piece::Same("0".to_owned())]);
        times[1].pieces = number("0");
        times[2].pieces = Some(vec![Piece::Same("1".to_owned())]);
    }
}

impl Statement {
    /// Whether it says how isolated its transaction is, which is said once a transaction, and on
    /// PostgreSQL only.
    pub(crate) fn sets_isolation(&self) -> bool {
        self.logged.sql.starts_with("SET TRANSACTION ")
    }

    /// Which parameter holds a column of this message, where this statement appends it.
    fn column_of_message(&self, column: &str, message: &Value) -> Option<usize> {
        let (columns, _) = self
            .logged
            .sql
            .strip_prefix(r#"INSERT INTO "outbox" ("#)?
            .split_once(')')?;
        self.values.contains(message).then_some(())?;
        columns
            .split(", ")
            .position(|name| name.trim_matches('"') == column)
    }
}

/// PostgreSQL's text as SQLite has it.
fn stripped(sql: &str) -> String {
    let unlocked = [" FOR UPDATE SKIP LOCKED", " FOR UPDATE", " FOR SHARE"]
        .iter()
        .fold(sql.to_owned(), |sql, lock| sql.replace(lock, ""));
    let mut parts = unlocked.split('$');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |sql, part| {
        sql + "?" + part.trim_start_matches(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_one_call_differs_from_repeat_to_repeat() {
        const SHARED: &str = "0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b";
        const OWN: &str = "0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5c";
        let mut ids = Ids::sharing(&[SHARED]);
        let same = |text: &str| Piece::Same(text.to_owned());
        let name = format!("customers/c{NUMBER}/acceptances/{OWN}");
        let expected = [
            same("customers/c"),
            Piece::Number,
            same("/acceptances/0197f3a0-0000-7000-8000-"),
            Piece::Number,
        ];
        assert_eq!(ids.pieces(&name), expected);
        assert_eq!(ids.pieces(SHARED), [same(SHARED)]);
        assert_eq!(ids.pieces(""), [same("")]);
        assert_eq!(ids.prefix(OWN), "0197f3a0-0000-7000-8000-");
        let key = ids.value("BYTEA", Some("\\x63313030303030303030303030".into()));
        assert_eq!(key.pieces, Some(vec![same("c"), Piece::Number]));
        assert!(key.utf8);
    }

    #[test]
    fn sqlite_writes_parameters_and_locks_otherwise() {
        assert_eq!(
            stripped("SELECT $1, $12 LIMIT $3 FOR UPDATE SKIP LOCKED"),
            "SELECT ?, ? LIMIT ?"
        );
    }
}

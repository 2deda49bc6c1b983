//! What the services log about their statements: read from JSON lines, and sorted by call.
//!
//! sqlx logs every statement at debug (`sqlx::query`), platform the begin and end of every
//! transaction (`platform::store::db`), both within the span of the transaction (`store`) and of
//! the call (`rpc`) or delivery (`deliver`). What stands in no call and no delivery is left out:
//! polls that found nothing, what is forgotten, and the numbering of changes for watchers.

use std::collections::BTreeMap;

use ::tests::{Role, System};
use serde_json::Value;

/// Flags that make a role log what is read here.
pub(crate) const FLAGS: [&str; 2] = [
    "--log-format=json",
    "--log=info,sqlx::query=debug,platform::store::db=debug",
];

/// Statements that a service ran for a call: a transaction, or one alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unit {
    /// When it began, as the log says it: sorts like the time.
    pub(crate) begun: String,
    pub(crate) service: Role,
    pub(crate) transaction: bool,
    pub(crate) statements: Vec<Logged>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Logged {
    pub(crate) sql: String,
    /// Rows written.
    pub(crate) affected: u64,
    /// Rows answered.
    pub(crate) returned: u64,
}

/// How far each role has logged.
pub(crate) fn mark(system: &System) -> BTreeMap<Role, usize> {
    let length = |role| (role, system.log(role).len());
    Role::ALL.into_iter().map(length).collect()
}

/// What belongs to the calls and deliveries logged since `mark`, in the order of their beginnings.
pub(crate) fn since(mark: &BTreeMap<Role, usize>, system: &System) -> Vec<Unit> {
    let mut units = Vec::new();
    for (role, length) in mark {
        units.extend(units_in(*role, &system.log(*role)[*length..]));
    }
    units.sort_by(|a, b| a.begun.cmp(&b.begun));
    units
}

fn units_in(service: Role, log: &str) -> Vec<Unit> {
    let mut units = Vec::new();
    // by the spans they stand in: of those that are the same, a quiet system has one at a time
    let mut open = BTreeMap::<String, (Unit, bool)>::new();
    for line in log.lines() {
        let Ok(event) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let begun = event["timestamp"].as_str().unwrap_or_default().to_owned();
        let called = spans(&event).any(|span| span["name"] == "rpc" || span["name"] == "deliver");
        let transaction = spans(&event)
            .any(|span| span["name"] == "store")
            .then(|| event["spans"].to_string());
        let unit = Unit {
            begun,
            service,
            transaction: transaction.is_some(),
            statements: Vec::new(),
        };
        match (event["target"].as_str(), transaction) {
            (Some("platform::store::db"), Some(spans)) => match event["message"].as_str() {
                Some("begin") => drop(open.entry(spans).or_insert((unit, called))),
                Some("commit") => {
                    let ended = open.remove(&spans);
                    units.extend(
                        ended
                            .filter(|(unit, called)| *called || takes(unit))
                            .map(|(unit, _)| unit),
                    );
                }
                // what was rolled back changed nothing, and is no part of what is compared
                _ => drop(open.remove(&spans)),
            },
            (Some("sqlx::query"), Some(spans)) => {
                // that which sets the isolation of a snapshot on PostgreSQL is logged before
                // "begin"
                let (unit, _) = open.entry(spans).or_insert((unit, called));
                unit.statements.extend(logged(&event));
            }
            (Some("sqlx::query"), None) if called => {
                units.push(Unit {
                    statements: logged(&event).into_iter().collect(),
                    ..unit
                });
            }
            _ => {}
        }
    }
    units.retain(|unit| !unit.statements.is_empty());
    units
}

fn spans(event: &Value) -> impl Iterator<Item = &Value> {
    event["spans"].as_array().into_iter().flatten()
}

/// The statement of an event; none where it only ends a transaction, which platform says as well.
fn logged(event: &Value) -> Option<Logged> {
    let whole = event["db.statement"].as_str().unwrap_or_default().trim();
    let short = event["summary"].as_str().unwrap_or_default();
    let sql = if whole.is_empty() { short } else { whole };
    (!matches!(sql, "COMMIT" | "ROLLBACK")).then(|| Logged {
        sql: sql.to_owned(),
        affected: event["rows_affected"].as_u64().unwrap_or_default(),
        returned: event["rows_returned"].as_u64().unwrap_or_default(),
    })
}

/// Whether a relay took rows to deliver here. It does so in no span of theirs.
fn takes(unit: &Unit) -> bool {
    unit.statements
        .iter()
        .any(|statement| statement.finds_messages() && statement.returned > 0)
}

impl Logged {
    /// Whether this is how a relay finds what is due.
    pub(crate) fn finds_messages(&self) -> bool {
        self.sql.starts_with("SELECT ") && self.sql.contains(r#"ORDER BY "outbox"."due_time""#)
    }
}

/// How many statements each service ran, as words.
pub(crate) fn counted(units: &[Unit]) -> String {
    let of = |service: Role| -> usize {
        units
            .iter()
            .filter(|unit| unit.service == service)
            .map(|unit| unit.statements.len())
            .sum()
    };
    let services = [
        Role::Invitation,
        Role::Relationship,
        Role::Notification,
        Role::Directory,
        Role::Gateway,
    ];
    let parts: Vec<String> = services
        .into_iter()
        .filter(|service| of(*service) > 0)
        .map(|service| format!("{} {}", service.name(), of(service)))
        .collect();
    let all: usize = units.iter().map(|unit| unit.statements.len()).sum();
    let transactions = units.iter().filter(|unit| unit.transaction).count();
    match (parts.len(), transactions) {
        (..=1, 0) => all.to_string(),
        _ => format!(
            "{all} in {transactions} transactions ({})",
            parts.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RPC: &str = r#"{"rpc.method":"x","name":"rpc"}"#;

    fn line(target: &str, field: &str, spans: &[&str]) -> String {
        format!(
            r#"{{"timestamp":"t","level":"DEBUG","target":"{target}",{field},"span":{{}},"spans":[{}]}}"#,
            spans.join(",")
        )
    }

    fn statement(sql: &str, returned: u64, spans: &[&str]) -> String {
        let fields = format!(
            r#""summary":"…","db.statement":"\n\n{sql}\n","rows_affected":1,"rows_returned":{returned}"#
        );
        line("sqlx::query", &fields, spans)
    }

    const STORE: &str = r#"{"db.operation.name":"transaction","name":"store"}"#;

    #[test]
    fn only_what_belongs_to_calls_and_deliveries_is_kept() {
        let find = r#"SELECT x FROM \"outbox\" ORDER BY \"outbox\".\"due_time\" ASC LIMIT 1"#;
        let log = [
            line("platform::store::db", r#""message":"begin""#, &[RPC, STORE]),
            line("platform::store::db", r#""message":"begin""#, &[STORE]),
            statement("INSERT 1", 0, &[RPC, STORE]),
            statement(find, 0, &[STORE]),
            line("platform::store::db", r#""message":"commit""#, &[STORE]),
            statement("COMMIT", 0, &[RPC, STORE]),
            line(
                "platform::store::db",
                r#""message":"commit""#,
                &[RPC, STORE],
            ),
            statement("SELECT alone", 1, &[RPC]),
            statement("DELETE forgotten", 1, &[]),
            line("platform::store::db", r#""message":"begin""#, &[STORE]),
            statement(find, 1, &[STORE]),
            line("platform::store::db", r#""message":"commit""#, &[STORE]),
        ];
        let units = units_in(Role::Invitation, &log.join("\n"));
        let kept: Vec<(bool, &str)> = units
            .iter()
            .map(|unit| (unit.transaction, unit.statements[0].sql.as_str()))
            .collect();
        assert_eq!(kept.len(), 3);
        assert_eq!(kept[..2], [(true, "INSERT 1"), (false, "SELECT alone")]);
        assert_eq!(units[0].statements.len(), 1);
        assert_eq!(counted(&units), "3 in 2 transactions (invitation 3)");
    }
}

//! The database alone on PostgreSQL: a captured call as a script of pgbench, over as many
//! connections as calls at once.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::Command;

use tempfile::TempDir;
use tests::Store;

use crate::call::{Call, Piece, Statement, Step, Value};

/// A script and the values that are the same in every repeat.
pub(crate) struct Script {
    folder: TempDir,
    url: String,
    clients: usize,
    same: Vec<String>,
}

impl Script {
    pub(crate) fn new(call: &Call, store: &Store, clients: usize) -> Script {
        let mut names = BTreeMap::new();
        // `n` is the number of this repeat: `made` counts those of this client
        let mut text =
            String::from("\\set made :made + 1\n\\set n :first + :client_id * :each + :made\n");
        for step in &call.steps {
            write_step(&mut text, step, store, &mut names);
        }
        let folder = TempDir::new().expect("a temporary folder");
        std::fs::write(folder.path().join("call.sql"), text).expect("the script is written");
        let same = names
            .into_iter()
            .map(|(value, name)| format!("--define={name}={value}"))
            .collect();
        Script {
            folder,
            url: store.url("invitation"),
            clients,
            same,
        }
    }

    /// Runs the calls with these numbers; answers how many a second.
    pub(crate) async fn run(&self, first: u64, calls: usize) -> f64 {
        let each = calls / self.clients;
        let program = std::env::var_os("PGBENCH")
            .expect("PGBENCH names no program: start with tests/run --bench");
        let mut command = Command::new(program);
        command
            .args([
                "--no-vacuum",
                "--protocol=prepared",
                "--jobs=2",
                "--file=call.sql",
            ])
            .arg(format!("--client={}", self.clients))
            .arg(format!("--transactions={each}"))
            .args([
                "--define=made=-1",
                &format!("--define=first={first}"),
                &format!("--define=each={each}"),
            ])
            .args(&self.same)
            .arg(&self.url)
            .current_dir(self.folder.path());
        let output = tokio::task::spawn_blocking(move || command.output())
            .await
            .expect("no panic");
        let output = output.expect("pgbench starts");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "pgbench: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let rate = said
            .lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.expect("pgbench says how many transactions it ran a second")
    }
}

fn write_step(text: &mut String, step: &Step, store: &Store, names: &mut BTreeMap<String, String>) {
    let schema = store
        .schema(step.service.name())
        .expect("a store on PostgreSQL");
    let mut line = |sql: &str| writeln!(text, "{sql};").expect("a string takes all");
    if step.transaction {
        line("BEGIN");
    }
    for statement in &step.statements {
        line(&filled(statement, &schema, names));
    }
    if step.transaction {
        line("COMMIT");
    }
}

/// The statement with its tables in their schema and its parameters as pgbench writes them.
fn filled(statement: &Statement, schema: &str, names: &mut BTreeMap<String, String>) -> String {
    let placed = ["FROM", "INTO", "UPDATE", "JOIN"]
        .iter()
        .fold(statement.logged.sql.clone(), |sql, word| {
            sql.replace(&format!("{word} \""), &format!("{word} {schema}.\""))
        });
    let mut parts = placed.split('$');
    let mut sql = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: usize = part[..digits].parse().expect("a parameter has a number");
        sql += &written(&statement.values[number - 1], names);
        sql += &part[digits..];
    }
    sql
}

fn written(value: &Value, names: &mut BTreeMap<String, String>) -> String {
    let Some(pieces) = &value.pieces else {
        return "NULL".to_owned();
    };
    let mut name = |text: &String| {
        if text.is_empty() {
            return "''".to_owned(); // which pgbench takes for no definition
        }
        let next = names.len();
        format!(
            ":{}",
            names
                .entry(text.clone())
                .or_insert_with(|| format!("v{next}"))
        )
    };
    let kind = &value.kind;
    if let [Piece::Same(text)] = pieces.as_slice() {
        return format!("{}::{kind}", name(text));
    }
    let texts: Vec<String> = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Same(text) => format!("{}::text", name(text)),
            Piece::Number => ":n::text".to_owned(),
        })
        .collect();
    let text = texts.join(" || ");
    if value.utf8 {
        format!("convert_to({text}, 'UTF8')")
    } else {
        format!("({text})::{kind}")
    }
}

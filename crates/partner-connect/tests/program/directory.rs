//! The role "directory": its flags and commands, and what goes into its store and comes out of it
//! as JSON lines.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use tempfile::TempDir;
use tests::{Role, Store, System, on_both_stores};

use crate::configuration::{folder, refuses};
use crate::{Ended, ended, program};

on_both_stores!(
    what_was_imported_is_exported,
    bad_lines_are_told_and_the_others_kept,
    nothing_is_kept_of_a_file_with_a_bad_line,
    standard_input_is_a_file,
    what_cannot_be_read_changes_nothing,
    it_serves_what_was_imported,
);

/// The sample of `all`: every kind of line.
const LINES: &str = demo::BUSINESS;

/// A store of the directory service, and a folder for files.
struct Portals {
    database: Vec<String>,
    folder: TempDir,
    _store: Store,
}

impl Portals {
    fn of(store: &Store) -> Self {
        let url = format!("--database-url={}", store.url("directory"));
        let schema = store.schema("directory");
        let schema = schema.map(|schema| format!("--database-schema={schema}"));
        let portals = Self {
            database: [url].into_iter().chain(schema).collect(),
            folder: TempDir::new().unwrap(),
            _store: store.clone(),
        };
        let migrated = portals.run(&["migrate", "directory"]);
        assert_eq!(
            (migrated.code, migrated.out.as_str()),
            (Some(0), "directory: migrated\n"),
            "{migrated:?}"
        );
        portals
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = program(arguments);
        command.args(&self.database);
        ended(command)
    }

    fn file(&self, content: &str) -> PathBuf {
        let file = self.folder.path().join("portals.jsonl");
        fs::write(&file, content).unwrap();
        file
    }

    fn import(&self, content: &str, more: &[&str]) -> Ended {
        let file = self.file(content);
        let import = ["directory", "import", file.to_str().unwrap()];
        self.run(&[&import, more].concat())
    }

    /// What is in the store, a line each, in no order.
    fn exported(&self) -> Vec<String> {
        let exported = self.run(&["directory", "export"]);
        assert_eq!(
            (exported.code, exported.err.as_str()),
            (Some(0), ""),
            "{exported:?}"
        );
        sorted(&exported.out)
    }
}

fn sorted(lines: &str) -> Vec<String> {
    let mut lines: Vec<_> = lines.lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

/// The lines of the sample, and a bad one behind the second and behind the last.
fn with_bad_lines() -> (String, usize) {
    let mut lines: Vec<_> = LINES.lines().collect();
    lines.insert(2, "{\"no\": \"end\"");
    lines.push("[]");
    (lines.join("\n") + "\n", lines.len())
}

/// R6, R7: what the portals know goes in by a file and comes out as one; loading that again changes
/// nothing.
async fn what_was_imported_is_exported(store: Store) {
    let portals = Portals::of(&store);
    assert_eq!(portals.exported(), [""; 0], "there is nothing yet");
    let count = LINES.lines().count();
    let loaded = portals.import(LINES, &[]);
    let file = portals.folder.path().join("portals.jsonl");
    let said = format!("{}: {count} lines, {count} kept, 0 bad\n", file.display());
    assert_eq!(
        (loaded.code, loaded.out.as_str(), loaded.err.as_str()),
        (Some(0), said.as_str(), "")
    );
    let exported = portals.exported();
    assert_eq!(exported.len(), count);

    // Everything again, in the words of the export, over what is there and into an empty store.
    let again = portals.import(&exported.join("\n"), &["--all-or-nothing"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(portals.exported(), exported);
    let another = Store::sqlite();
    let empty = Portals::of(&another);
    let order = portals.run(&["directory", "export"]).out;
    let copied = empty.import(&order, &[]);
    assert_eq!(copied.code, Some(0), "{copied:?}");
    assert_eq!(empty.exported(), exported);
}

/// Each bad line is named by its number and its reason, and does not keep the others out.
async fn bad_lines_are_told_and_the_others_kept(store: Store) {
    let portals = Portals::of(&store);
    let (lines, count) = with_bad_lines();
    let loaded = portals.import(&lines, &[]);
    assert_eq!(loaded.code, Some(1), "{loaded:?}");
    let file = portals.folder.path().join("portals.jsonl");
    let name = file.display();
    let kept = count - 2;
    assert_eq!(
        loaded.out,
        format!("{name}: {count} lines, {kept} kept, 2 bad\n")
    );
    let told: Vec<_> = loaded.err.lines().collect();
    let [first, second, end] = told[..] else {
        panic!("{told:?}")
    };
    let reason = |line: &str, number: usize| {
        let reason = line.strip_prefix(&format!("{name}:{number}: "));
        assert!(reason.is_some_and(|it| !it.is_empty()), "{line}");
    };
    reason(first, 3);
    reason(second, count);
    assert_eq!(
        end,
        format!("partner-connect: {name}: not every line is kept")
    );
    assert_eq!(portals.exported().len(), kept);
}

/// With `--all-or-nothing` a single bad line keeps out all of them.
async fn nothing_is_kept_of_a_file_with_a_bad_line(store: Store) {
    let portals = Portals::of(&store);
    let (lines, count) = with_bad_lines();
    let refused = portals.import(&lines, &["--all-or-nothing"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let name = portals.folder.path().join("portals.jsonl");
    let name = name.display();
    assert_eq!(
        refused.out,
        format!("{name}: {count} lines, 0 kept, 2 bad\n")
    );
    assert!(refused.err.contains(&format!("{name}:3: ")), "{refused:?}");
    let end = format!("partner-connect: {name}: nothing is kept\n");
    assert!(refused.err.ends_with(&end), "{refused:?}");
    assert_eq!(portals.exported(), [""; 0]);
    let good = portals.import(LINES, &["--all-or-nothing"]);
    assert_eq!(good.code, Some(0), "{good:?}");
    assert_eq!(portals.exported().len(), count - 2);
}

/// `-` is what is piped into it.
async fn standard_input_is_a_file(store: Store) {
    let portals = Portals::of(&store);
    let mut importing = program(&["directory", "import", "-"])
        .args(&portals.database)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (lines, count) = with_bad_lines();
    let mut input = importing.stdin.take().unwrap();
    input.write_all(lines.as_bytes()).unwrap();
    drop(input);
    let output = importing.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let kept = count - 2;
    let said = format!("-: {count} lines, {kept} kept, 2 bad\n");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), said);
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .starts_with("-:3: ")
    );
    assert_eq!(portals.exported().len(), kept);
}

/// A file that is missing is no wrong configuration; an empty one has no line that is bad.
async fn what_cannot_be_read_changes_nothing(store: Store) {
    let portals = Portals::of(&store);
    let absent = portals.folder.path().join("absent");
    let refused = portals.run(&["directory", "import", absent.to_str().unwrap()]);
    let line = format!("partner-connect: {}: No such file", absent.display());
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
    assert!(refused.err.starts_with(&line) && refused.err.lines().count() == 1);
    let empty = portals.import("", &[]);
    assert_eq!(empty.code, Some(0), "{empty:?}");
    assert_eq!(portals.exported(), [""; 0]);
}

/// A role that serves starts on a store that was filled before; on PostgreSQL it may be filled
/// meanwhile.
async fn it_serves_what_was_imported(store: Store) {
    let mut system = System::new(store.clone());
    let portals = Portals::of(&store);
    assert_eq!(portals.import(LINES, &[]).code, Some(0));
    system.start(Role::Directory).await;
    let beside = portals.import(LINES, &[]);
    let served_alone = store.schema("directory").is_none();
    assert_eq!(beside.code, Some(i32::from(served_alone)), "{beside:?}");
    let in_use = beside.err.contains("another process is using it");
    assert_eq!(in_use, served_alone, "{beside:?}");
    system.stop(Role::Directory);
}

/// The commands work on a store as it is, and do not make its tables.
#[test]
fn its_store_must_be_migrated() {
    let folder = TempDir::new().unwrap();
    let database = format!("--database-url=sqlite:{}/d.db", folder.path().display());
    for command in [&["import", "/dev/null"][..], &["export"]] {
        let arguments = [&["directory"], command, &[&database]].concat();
        let refused = ended(program(&arguments));
        assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""));
        assert!(refused.err.contains("run `migrate` first"), "{refused:?}");
    }
}

/// Serving needs what every role needs; a command needs its store alone, and takes no flag of
/// serving.
#[test]
fn wrong_flags_are_refused() {
    let folder = folder();
    let keys = format!("--keys={}", folder.path().join("keys").display());
    let store = "--database-url=sqlite:x";
    refuses(
        &["directory"],
        [
            (&[], "required arguments were not provided: --keys"),
            (&[&keys], "--database-url-file"),
            (&["delete"], "unrecognized subcommand 'delete'"),
            (&["import", store], "not provided: <FILE>"),
            (&["import", "x"], "--database-url-file"),
            (&["export"], "--database-url-file"),
            (&["export", "x", store], "unexpected argument 'x'"),
            (&["export", store, &keys], "unexpected argument '--keys'"),
            (&[&keys, "export", store], "cannot be used with '--keys"),
        ],
    );
    let url = [
        "--notification-url=http://a:1",
        "--invitation-url=http://a:1",
    ];
    refuses(
        &["relationship", &keys, store, url[0]],
        [
            (&[], "not provided: --directory-url"),
            (&["--directory-url=a:1"], "--directory-url"),
        ],
    );
    refuses(
        &[
            "gateway",
            &keys,
            "--relationship-url=http://a:1",
            url[0],
            url[1],
        ],
        [(&[], "not provided: --directory-url")],
    );
}

/// The environment of a role that serves is that of its commands as well, which run beside it.
#[test]
fn its_environment_is_that_of_its_commands() {
    let folder = TempDir::new().unwrap();
    let database = format!("sqlite:{}/d.db", folder.path().display());
    let with_environment = |arguments: &[&str]| {
        let mut command = program(arguments);
        command
            .env("PARTNER_CONNECT_DATABASE_URL", &database)
            .env("PARTNER_CONNECT_KEYS", "/absent")
            .env("PARTNER_CONNECT_LISTEN", "127.0.0.1:1");
        ended(command)
    };
    assert_eq!(with_environment(&["migrate", "directory"]).code, Some(0));
    for command in [&["import", "/dev/null"][..], &["export"]] {
        let done = with_environment(&[&["directory"], command].concat());
        assert_eq!(done.code, Some(0), "{done:?}");
    }
}

/// Its help has the flags of serving and the commands; that of a command its own, and no value of
/// the environment.
#[test]
fn help_has_flags_and_commands() {
    let help = |arguments: &[&str]| {
        let mut command = program(arguments);
        command.env("PARTNER_CONNECT_DATABASE_URL", "postgres://ana:hidden@db/x");
        let help = ended(command);
        assert_eq!((help.code, help.err.as_str()), (Some(0), ""));
        assert!(!help.out.contains("hidden"), "{arguments:?} shows a secret");
        help.out
    };
    let role = help(&["directory", "--help"]);
    for part in [
        "  import  ",
        "  export  ",
        "--listen <ADDR>",
        "--keys <DIR>",
    ] {
        assert!(role.contains(part), "{part} is missing in: {role}");
    }
    let import = help(&["directory", "import", "--help"]);
    let export = help(&["directory", "export", "--help"]);
    assert!(import.contains("<FILE>") && import.contains("--all-or-nothing"));
    for command in [import, export] {
        assert!(command.contains("[env: PARTNER_CONNECT_DATABASE_URL]"));
        assert!(!command.contains("--listen"), "{command}");
    }
}

/// Whoever copies lines waits for no PostgreSQL that is not there, and is told so.
#[test]
fn a_database_that_is_not_there_is_not_waited_for() {
    let nobody = tests::free_address();
    let database = format!("--database-url=postgres://test@{nobody}/test");
    for command in [&["import", "-"][..], &["export"]] {
        let mut role = program(&[&["directory"][..], command, &[&database]].concat());
        role.stdin(Stdio::null());
        let ended = ended(role);
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
        assert_eq!(ended.err.lines().count(), 1, "{ended:?}");
    }
}

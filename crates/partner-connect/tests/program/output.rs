//! What becomes of a command whose output goes nowhere: a reader that has gone away, and a disk
//! that is full.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::{Ended, ended, program};

const FULL: &str = "standard output: No space left on device (os error 28)\n";

/// A file on a disk that is full.
fn full() -> Stdio {
    File::create("/dev/full").unwrap().into()
}

/// A pipe that nobody reads from any more.
fn unread() -> Stdio {
    let (_, write) = std::io::pipe().unwrap();
    write.into()
}

/// How it ended, and what it said on standard error, with its output going there.
fn into(output: Stdio, mut command: Command) -> (Option<i32>, String) {
    let child = command.stdout(output).stderr(Stdio::piped()).spawn();
    let ended = child.unwrap().wait_with_output().unwrap();
    (
        ended.status.code(),
        String::from_utf8(ended.stderr).unwrap(),
    )
}

/// A folder with keys, a store of the directory, and a file for it.
struct Scene(TempDir);

impl Scene {
    fn new() -> Self {
        let scene = Self(TempDir::new().unwrap());
        let user = r#"{"type":"user","customer":"wingtip","id":"0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b","display_name":"Ana","sign_in_name":"ana@wingtip.example"}"#;
        fs::write(scene.path("good.jsonl"), format!("{user}\n")).unwrap();
        fs::write(scene.path("bad.jsonl"), format!("{user}\nnonsense\n")).unwrap();
        fs::create_dir(scene.path("tmp")).unwrap();
        for line in ["keys KEYS --issuer", "migrate directory STORE"] {
            assert_eq!(ended(scene.command(line)).code, Some(0), "{line}");
        }
        scene
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// A command line, with the scene's files in it.
    fn command(&self, line: &str) -> Command {
        let words = line.split(' ').map(|word| match word {
            "KEYS" => self.path("keys"),
            "NEW" => self.path("new-keys"),
            "STORE" => format!("--database-url=sqlite:{}", self.path("directory.db")),
            "DATA" => format!("--data={}", self.path("data")),
            file if file.ends_with(".jsonl") => self.path(file),
            word => word.to_owned(),
        });
        let words: Vec<_> = words.collect();
        let mut command = program(&words.iter().map(String::as_str).collect::<Vec<_>>());
        command.env("TMPDIR", self.path("tmp"));
        command
    }

    fn export(&self) -> Ended {
        ended(self.command("directory export STORE"))
    }

    fn is_tidy(&self) -> bool {
        fs::read_dir(self.path("tmp")).unwrap().count() == 0
    }
}

/// Every command that prints, and what it did all the same.
const COMMANDS: [(&str, &str); 10] = [
    ("--help", ""),
    ("--version", ""),
    ("gateway --help", ""),
    ("keys NEW", "keys written to "),
    ("keys KEYS --issuer --keep", "keys kept in "),
    ("token --keys KEYS --operator", ""),
    ("migrate directory STORE", "directory: migrated: "),
    (
        "directory import good.jsonl STORE",
        "good.jsonl: 1 lines, 1 kept, 0 bad: ",
    ),
    ("directory export STORE", ""),
    ("all DATA --listen=127.0.0.1:0", ""),
];

/// A full disk is told in one line, with what was done before it.
#[test]
fn a_full_disk_is_the_commands_own_error() {
    let scene = Scene::new();
    for (line, done) in COMMANDS.into_iter().chain([("demo", "")]) {
        let (code, err) = into(full(), scene.command(line));
        assert_eq!(code, Some(1), "{line}: {err}");
        assert!(
            err.starts_with("partner-connect: ") && err.ends_with(FULL) && err.contains(done),
            "{line}: {err}"
        );
        assert_eq!(err.lines().count(), 1, "{line}: {err}");
        assert!(scene.is_tidy(), "{line} leaves files behind");
    }
    assert_eq!(scene.export().out.lines().count(), 1, "it was imported");
}

/// A reader that has gone away wants to know nothing more: what is done is done, and the end is
/// quiet.
#[test]
fn a_reader_that_has_gone_is_no_error() {
    let scene = Scene::new();
    for (line, _) in COMMANDS.into_iter().chain([("demo", "")]) {
        let ended = into(unread(), scene.command(line));
        assert_eq!(ended, (Some(0), String::new()), "{line}");
        assert!(scene.is_tidy(), "{line} leaves files behind");
    }
    assert_eq!(scene.export().out.lines().count(), 1, "it was imported");
}

/// What went wrong is said, whoever has stopped reading what went well.
#[test]
fn an_error_is_told_without_a_reader() {
    let scene = Scene::new();
    let import = "directory import bad.jsonl STORE";
    let (code, err) = into(unread(), scene.command(import));
    assert_eq!(code, Some(1));
    assert!(err.contains("bad.jsonl: not every line is kept"), "{err}");
    let (code, err) = into(full(), scene.command(import));
    assert_eq!(code, Some(1));
    assert!(
        err.contains("2 lines, 1 kept, 1 bad: standard output: "),
        "{err}"
    );
}

/// `demo | head -n 1`: the rest of the story is not told, and nothing of it stays.
#[test]
fn a_story_that_nobody_hears_out_leaves_nothing() {
    let scene = Scene::new();
    let mut demo = scene.command("demo");
    let child = demo.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap();
    let mut first = String::new();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    reader.read_line(&mut first).unwrap();
    drop(reader);
    assert!(
        first.starts_with("partner-connect: a joint invitation"),
        "{first}"
    );
    let mut err = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut err)
        .unwrap();
    assert_eq!((child.wait().unwrap().code(), err.as_str()), (Some(0), ""));
    assert!(scene.is_tidy(), "files are left behind");
}

/// Standard error may be closed or full as well: the code still says how it went, and a log line
/// ends nothing.
#[test]
fn an_error_that_nobody_reads_keeps_its_code() {
    let scene = Scene::new();
    for output in [full, unread] {
        for (line, code) in [
            ("gateway", 64),
            ("directory import absent.jsonl STORE", 1),
            ("directory import bad.jsonl STORE", 1),
            ("demo --log=trace", 0),
        ] {
            let mut command = scene.command(line);
            let status = command.stdout(Stdio::null()).stderr(output()).status();
            assert_eq!(status.unwrap().code(), Some(code), "{line}");
        }
    }
}

//! The commands that the other READMEs show, run as they stand there, with their words in capitals
//! filled in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use tests::program;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).expect(file)
}

/// The commands of the program in a text: in code spans and after a prompt, in their order.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ partner-connect ") {
            let command = command.split('#').next().unwrap_or_default();
            found.push(command.trim().to_owned());
            continue;
        }
        for span in line.split('`').skip(1).step_by(2) {
            found.extend(span.strip_prefix("partner-connect ").map(str::to_owned));
        }
    }
    found
}

#[test]
fn what_the_deploy_readme_shows_works() {
    let folder = TempDir::new().expect("a temporary folder");
    let [keys, url] = ["keys", "url"].map(|name| folder.path().join(name));
    let sample = root().join("crates/demo/src/sample.jsonl");
    let run = |command: &str| {
        let words = command.split_whitespace().map(|word| match word {
            "DIR" => keys.display().to_string(),
            "FILE" if command.starts_with("directory") => sample.display().to_string(),
            "FILE" | "URL-FILE" => url.display().to_string(),
            word => word.to_owned(),
        });
        let output = Command::new(program()).args(words).env_clear().output();
        let output = output.expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "partner-connect {command}: {said}");
    };
    let at = |service: &str| {
        let store = folder.path().join(format!("{service}.db"));
        fs::write(&url, format!("sqlite:{}", store.display())).expect("a file");
    };
    let mut ran = 0;
    for command in commands(&read("deploy/README.md")) {
        ran += 1;
        let first = command.split(' ').next().unwrap_or_default();
        match first {
            "migrate" => {
                for service in ["relationship", "notification", "invitation", "directory"] {
                    at(service);
                    run(&command.replace("invitation", service));
                }
            }
            "ROLE" => {
                for role in [
                    "gateway",
                    "invitation",
                    "relationship",
                    "notification",
                    "directory",
                ] {
                    run(&command.replace("ROLE", role));
                }
            }
            _ => run(&command),
        }
        if command == "keys DIR" {
            // and so the next: a token takes an issuer
            fs::remove_dir_all(&keys).expect("they were written");
            run("keys DIR --issuer");
        }
    }
    assert!(ran >= 7, "{ran} commands");
}

#[test]
fn what_the_readmes_say_of_the_tests_is_there() {
    let help = Command::new("bash")
        .arg(root().join("tests/run"))
        .arg("--help")
        .output();
    let help = String::from_utf8(help.expect("bash runs").stdout).expect("a text");
    for readme in [
        "README.md",
        "tests/README.md",
        "tests/bench/README.md",
        "crates/README.md",
    ] {
        for span in read(readme).split('`').skip(1).step_by(2) {
            let Some(words) = span.strip_prefix("tests/run ") else {
                continue;
            };
            let flag = words.split([' ', '\n']).next().unwrap_or_default();
            assert!(help.contains(flag), "{readme} shows {span}");
        }
    }
}

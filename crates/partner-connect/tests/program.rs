//! The program as a process: what it refuses, what it prints, how it ends, and the stories that it
//! tells itself.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "program/all.rs"]
mod all;
#[path = "program/alone.rs"]
mod alone;
#[path = "program/configuration.rs"]
mod configuration;
#[path = "program/demo.rs"]
mod demo;
#[path = "program/directory.rs"]
mod directory;
#[path = "program/files.rs"]
mod files;
#[path = "program/keys.rs"]
mod keys;
#[path = "program/output.rs"]
mod output;
#[path = "program/running.rs"]
mod running;
#[path = "program/sample.rs"]
mod sample;

use std::process::{Command, Output};

/// The program with these arguments and nothing of our environment. Unless they say otherwise, a
/// role listens on ports of its own, on loopback: the default ones have room for one at a time.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_partner-connect"));
    command.env_clear().envs(ANYWHERE).args(arguments);
    command
}

/// The settings of a role that listens wherever there is room.
const ANYWHERE: [(&str, &str); 2] = [
    ("PARTNER_CONNECT_LISTEN", "127.0.0.1:0"),
    ("PARTNER_CONNECT_HEALTH_LISTEN", "127.0.0.1:0"),
];

/// How it ended, and what it said.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Runs it to its end.
fn ended(mut command: Command) -> Ended {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("it speaks UTF-8");
    Ended {
        code: status.code(),
        out: text(stdout),
        err: text(stderr),
    }
}

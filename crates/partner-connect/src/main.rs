//! The program: reads what is asked for, and does it. See the library beside it.

use std::process::ExitCode;

use partner_connect::config::{Asked, Cli};

fn main() -> ExitCode {
    match Cli::read(std::env::args_os()) {
        Ok(Asked::Run(cli)) => partner_connect::run(*cli),
        Ok(Asked::Read(text)) => partner_connect::show(&text),
        Err(misconfigured) => partner_connect::end(&misconfigured.into()),
    }
}

//! The program as a process: started, stopped, killed, by its own id.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

use rustix::process::{Pid, Signal, kill_process};

/// A running process. Dropping it kills it.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with its standard error kept in the file `log`.
    pub fn start(command: &mut Command, log: &Path) -> Process {
        let file = File::options()
            .create(true)
            .append(true)
            .open(log)
            .expect("the log opens");
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .expect("the program starts");
        Process {
            child,
            log: log.to_owned(),
        }
    }

    /// Ends it at once, as `kill -9` does.
    pub fn kill(&mut self) {
        // it may have ended by itself already
        let _ = self.child.kill();
        self.child.wait().expect("a child can be waited for");
    }

    /// Asks it to stop (SIGTERM) and waits until it has.
    pub fn terminate(&mut self) {
        let id = Pid::from_child(&self.child);
        kill_process(id, Signal::TERM).expect("the process takes a signal");
        self.child.wait().expect("a child can be waited for");
    }

    /// Its id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The program: `PARTNER_CONNECT_BIN`, or the one that the build put beside the tests.
pub fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("PARTNER_CONNECT_BIN") {
        return PathBuf::from(named);
    }
    let test = std::env::current_exe().expect("a test has a path");
    let built = test
        .ancestors()
        .nth(2)
        .expect("tests stand in a folder of the build")
        .join("partner-connect");
    assert!(
        built.exists(),
        "the program is not built: run `cargo build --workspace` first, or start the tests with tests/run"
    );
    built
}

/// A free port of loopback, below those that the system hands out by itself.
pub fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + (std::process::id() % 200) as u16 * 100;
    for _ in 0..2_000 {
        let port = 10_000 + (first - 10_000 + NEXT.fetch_add(1, Ordering::Relaxed)) % 22_000;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("no free port between 10000 and 32000");
}

//! Trouble below a store, made by others and switched on and off while the program runs: a full
//! disk, and I/O errors.
//!
//! The small disk is a tmpfs in a mount namespace of its own (`unshare`), which a process that does
//! nothing keeps alive; the I/O errors come from libfiu, which stands between SQLite and the C
//! library (`fiu-run`, `fiu-ctrl`). Both fail the test where they cannot be had: a test without its
//! trouble has shown nothing.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// Something that goes wrong below a store.
pub trait Trouble {
    /// What the program is started behind.
    fn before(&self) -> Vec<String>;
    /// Begins, for the program that runs as this process.
    fn begin(&mut self, process: u32);
    /// Ends.
    fn end(&mut self, process: u32);
    /// Where the store's folder is seen from outside.
    fn folder(&self) -> PathBuf;
}

/// The flags of `unshare` for a mount namespace: of a user namespace, or as root.
const OF_A_USER: &[&str] = &["--map-root-user", "--mount"];
const OF_ROOT: &[&str] = &["--mount"];

/// The flags with which this machine lets us mount something.
fn namespace() -> &'static [&'static str] {
    let works = |flags: &&&[&str]| {
        let tried = Command::new("unshare").args(**flags).arg("true").output();
        tried
            .expect("unshare, of util-linux, starts")
            .status
            .success()
    };
    let flags = [OF_A_USER, OF_ROOT];
    let found = flags.iter().find(works);
    found.expect("a user namespace or root may mount here, or this cannot be tested")
}

/// Begins a command that sees this file or folder, which must exist, as one that may only be read.
pub fn read_only(path: &Path) -> Command {
    let script = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\"";
    let mut command = Command::new("unshare");
    let search = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", search);
    command
        .args(namespace())
        .args(["sh", "-c", script])
        .arg(path);
    command
}

/// A disk of a few megabytes in the place of a folder, seen by what is started on it.
pub struct SmallDisk {
    holder: Child,
    namespace: &'static [&'static str],
    folder: PathBuf,
}

impl SmallDisk {
    /// Puts a disk of `mebibytes` over `folder`.
    pub fn over(folder: &Path, mebibytes: u32) -> SmallDisk {
        let script = "mount -t tmpfs -o size=$1m tmpfs \"$0\" && echo mounted && read -r _";
        let namespace = namespace();
        let mut holder = Command::new("unshare")
            .args(namespace)
            .args(["sh", "-c", script])
            .arg(folder)
            .arg(mebibytes.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare starts");
        let mut line = String::new();
        let said = holder.stdout.take().expect("a pipe");
        let read = BufReader::new(said).read_line(&mut line);
        read.expect("a pipe can be read");
        assert_eq!(line, "mounted\n", "no tmpfs may be mounted here");
        SmallDisk {
            holder,
            namespace,
            folder: folder.to_owned(),
        }
    }

    fn filler(&self) -> PathBuf {
        self.folder().join("filler")
    }
}

impl Trouble for SmallDisk {
    fn before(&self) -> Vec<String> {
        let target = format!("--target={}", self.holder.id());
        let mut before = vec!["nsenter".to_owned(), target, "--mount".to_owned()];
        if self.namespace == OF_A_USER {
            before.extend(["--user".to_owned(), "--preserve-credentials".to_owned()]);
        }
        before
    }

    fn begin(&mut self, _: u32) {
        let mut filler = File::create(self.filler()).expect("the disk takes a file");
        for piece in [64 * 1024, 4096, 1] {
            while write(&mut filler, piece) {}
        }
    }

    fn end(&mut self, _: u32) {
        fs::remove_file(self.filler()).expect("the filler goes");
    }

    fn folder(&self) -> PathBuf {
        let inside = self.folder.strip_prefix("/").expect("an absolute path");
        Path::new(&format!("/proc/{}/root", self.holder.id())).join(inside)
    }
}

/// Whether so much more fitted.
fn write(filler: &mut File, bytes: usize) -> bool {
    match filler.write_all(&vec![b'x'; bytes]) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::StorageFull => false,
        Err(error) => panic!("the disk is not filled: {error}"),
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // it ends with its standard input, and the disk with it
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}

/// Errors of the calls with which SQLite writes: each time of the next kind.
pub struct IoErrors {
    control: TempDir,
    folder: PathBuf,
    turn: usize,
}

/// The calls that fail: with the error EIO, or only a part is written.
const KINDS: [&[&str]; 4] = [
    &["posix/io/rw/pwrite"],
    &["posix/io/sync/fsync"],
    &["posix/io/rw/pwrite", "posix/io/sync/fsync"],
    &["posix/io/rw/pwrite/reduce", "posix/io/sync/fsync"],
];

impl IoErrors {
    /// For stores in `folder`.
    pub fn below(folder: &Path) -> IoErrors {
        IoErrors {
            control: TempDir::new().expect("a temporary folder"),
            folder: folder.to_owned(),
            turn: 0,
        }
    }

    fn control(&self) -> String {
        self.control.path().join("fiu").display().to_string()
    }

    fn tell(&self, what: &str, process: u32) {
        for name in KINDS[self.turn % KINDS.len()] {
            let told = Command::new("fiu-ctrl")
                .args(["-c", &format!("{what} name={name}"), "-f", &self.control()])
                .arg(process.to_string())
                .status()
                .expect("fiu-ctrl, of fiu-utils, starts");
            assert!(told.success(), "{name} cannot be switched");
        }
    }
}

impl Trouble for IoErrors {
    fn before(&self) -> Vec<String> {
        ["fiu-run", "-x", "-f", &self.control()]
            .map(str::to_owned)
            .into()
    }

    fn begin(&mut self, process: u32) {
        self.turn += 1;
        self.tell("enable", process);
    }

    fn end(&mut self, process: u32) {
        self.tell("disable", process);
    }

    fn folder(&self) -> PathBuf {
        self.folder.clone()
    }
}

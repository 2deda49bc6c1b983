//! Trouble below a store, made by others and switched on and off while the program runs: a full disk, and I/O errors.
//!
//! The small disk is a tmpfs in a mount namespace of its own (`unshare`), which a process that does nothing keeps alive;
//! the I/O errors come from libfiu, which stands between SQLite and the C library (`fiu-run`, `fiu-ctrl`). Both fail the
//! test where they cannot be had: a test without its trouble has shown nothing.

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

/// A disk of a few megabytes in the place of a folder, seen by what is started on it.
pub struct SmallDisk {
    holder: Child,
    with_user: bool,
    folder: PathBuf,
}

impl SmallDisk {
    /// Puts a disk of `mebibytes` over `folder`.
    pub fn over(folder: &Path, mebibytes: u32) -> SmallDisk {
        for with_user in [true, false] {
            if let Some(holder) = hold(folder, mebibytes, with_user) {
                let folder = folder.to_owned();
                return SmallDisk {
                    holder,
                    with_user,
                    folder,
                };
            }
        }
        panic!(
            "neither a user namespace nor root may mount a tmpfs here: the full disk cannot be tested"
        );
    }

    fn filler(&self) -> PathBuf {
        self.folder().join("filler")
    }
}

/// A process that mounts the disk and waits until nobody needs it any more.
fn hold(folder: &Path, mebibytes: u32, with_user: bool) -> Option<Child> {
    let mut command = Command::new("unshare");
    if with_user {
        command.arg("--map-root-user");
    }
    let script = "mount -t tmpfs -o size=$1m tmpfs \"$0\" && echo mounted && read -r _";
    let mut holder = command
        .args(["--mount", "sh", "-c", script])
        .arg(folder)
        .arg(mebibytes.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("unshare, of util-linux, starts");
    let mut line = String::new();
    let said = holder.stdout.as_mut().map(BufReader::new)?;
    let mounted = { said }.read_line(&mut line).is_ok() && line == "mounted\n";
    if !mounted {
        holder.wait().expect("a child can be waited for");
    }
    mounted.then_some(holder)
}

impl Trouble for SmallDisk {
    fn before(&self) -> Vec<String> {
        let target = format!("--target={}", self.holder.id());
        let mut before = vec!["nsenter".to_owned(), target, "--mount".to_owned()];
        if self.with_user {
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

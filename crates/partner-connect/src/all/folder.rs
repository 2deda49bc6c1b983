//! The folder of "all": whether it is ours, that one process has it at a time, and its keys.
//!
//! A start that was interrupted anywhere leaves a folder that the next one carries on with.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use platform::keys::{Contents, complete_keys, extend_keys, write_keys};

use crate::config::Misconfigured;
use crate::keys::{missing, names};
use crate::lock::Lock;

/// The first file in it: says that the folder is ours, and keeps a second process away.
const LOCK: &str = "partner-connect.lock";
/// The folder of its keys.
const KEYS: &str = "keys";
/// Its keys: of the services, and of an issuer for development.
const CONTENTS: Contents = Contents::ServicesAndIssuer;

/// A folder that is ours, and of this process alone until it is dropped.
pub(super) struct Folder {
    keys: PathBuf,
    _lock: Lock,
}

impl Folder {
    /// Makes the folder and its keys where they are missing. A folder with anything else in it is
    /// not ours to fill.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let refused =
            |error: io::Error| Misconfigured::new(format_args!("{}: {error}", path.display()));
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(refused)?;
        let (lock, keys) = (path.join(LOCK), path.join(KEYS));
        // In this order: another process may be filling it, and begins with the lock.
        let empty = fs::read_dir(path).map_err(refused)?.next().is_none();
        if !empty && !lock.exists() && !missing(&keys, CONTENTS).is_empty() {
            let what = "is neither empty nor the data of an earlier run";
            return Err(Misconfigured::new(format_args!("{}: {what}", path.display())).into());
        }
        let folder = Self {
            _lock: Lock::take(&lock, path)?,
            keys,
        };
        folder.complete(path)?;
        Ok(folder)
    }

    /// Its keys, all of them.
    pub(super) fn keys(&self) -> PathBuf {
        self.keys.clone()
    }

    /// Writes the keys where there is not a whole set, and those that are new since it was written.
    /// As long as there is no store, nothing was signed with any.
    fn complete(&self, path: &Path) -> anyhow::Result<()> {
        complete_keys(&self.keys).map_err(Misconfigured::new)?;
        extend_keys(&self.keys).map_err(Misconfigured::new)?;
        let missing = missing(&self.keys, CONTENTS);
        let Some(name) = missing.first() else {
            return Ok(());
        };
        let stored = |entry: io::Result<fs::DirEntry>| {
            entry.is_ok_and(|entry| entry.path().extension().is_some_and(|it| it == "db"))
        };
        if fs::read_dir(path)?.any(stored) {
            let what = "is missing, and the stores beside it go with the keys that were there";
            let keys = self.keys.display();
            return Err(Misconfigured::new(format_args!("{keys}: {name} {what}")).into());
        }
        for name in names(CONTENTS) {
            let half = self.keys.join(name);
            match fs::remove_file(&half) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| half.display().to_string());
                }
                _ => {}
            }
        }
        write_keys(&self.keys, CONTENTS).map_err(Misconfigured::new)?;
        Ok(())
    }
}

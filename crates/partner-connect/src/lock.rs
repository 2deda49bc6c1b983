//! One process at a time: a lock on a file, which the system lets go when the process ends, however
//! it ends.
//!
//! The file itself stays: removing it would let two processes lock two files of one name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, anyhow};

use crate::config::Misconfigured;

/// Who may read and write the file: its owner.
const MODE: u32 = 0o600;

/// A lock, held until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Locks this file, which is made where it is absent. `what` is what the lock stands for: an
    /// error names it when another process has the lock. Nobody waits.
    pub(crate) fn take(file: &Path, what: &Path) -> anyhow::Result<Self> {
        let opened = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(MODE)
            .open(file)
            .map_err(|error| refused(file, error))?;
        match opened.try_lock() {
            Ok(()) => Ok(Self { _file: opened }),
            Err(TryLockError::WouldBlock) => {
                Err(anyhow!("{}: another process is using it", what.display()))
            }
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("{}: no lock", file.display()))
            }
        }
    }
}

/// A file that cannot be there has to be named otherwise, or its folder mended; whatever else
/// happens may pass.
fn refused(file: &Path, error: io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Misconfigured::new(format_args!("{}: {error}", file.display())).into()
        }
        _ => anyhow::Error::new(error).context(format!("{}: no lock", file.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_until_it_is_dropped() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("lock");
        let held = Lock::take(&file, folder.path()).unwrap();
        let refused = Lock::take(&file, folder.path()).unwrap_err().to_string();
        assert_eq!(
            refused,
            format!("{}: another process is using it", folder.path().display())
        );
        drop(held);
        Lock::take(&file, folder.path()).unwrap();
    }
    #[test]
    fn only_what_has_to_be_configured_otherwise_is_a_misconfiguration() {
        let misconfigured = |kind: ErrorKind| {
            let refused = refused(Path::new("lock"), kind.into());
            refused.is::<Misconfigured>()
        };
        assert!(misconfigured(ErrorKind::NotFound));
        assert!(misconfigured(ErrorKind::PermissionDenied));
        assert!(misconfigured(ErrorKind::ReadOnlyFilesystem));
        assert!(!misconfigured(ErrorKind::StorageFull));
        assert!(!misconfigured(ErrorKind::Other));
    }
}

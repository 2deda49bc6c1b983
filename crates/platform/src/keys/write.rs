//! Writes a set of keys as a whole: an interruption leaves no set, or one that the next call
//! completes.
//!
//! The files are written into a folder of their own first. Once that folder has its second name the
//! set is decided, and its files only have to be moved, by this call or by the next.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::Error;

/// Where files are written, not yet complete.
const UNFINISHED: &str = ".new-keys.unfinished";
/// A complete set that is being moved to its place.
const DECIDED: &str = ".new-keys";

/// Who may read a file besides its owner.
#[derive(Clone, Copy)]
pub(super) enum Visibility {
    Private,
    Public,
}

/// A file to be written: its name, who may read it, and its content.
pub(super) type NewFile = (String, Visibility, String);

/// Writes all files, none of which may exist.
pub(super) fn write_set(dir: &Path, files: &[NewFile]) -> Result<(), Error> {
    fs::create_dir_all(dir).map_err(Error::file(dir))?;
    let decided = dir.join(DECIDED);
    if decided.exists() {
        let is_there = |name| dir.join(name).exists() || decided.join(name).exists();
        if files.iter().all(|(name, ..)| is_there(name)) {
            return complete(dir);
        }
        // its other files were taken away since: what is left was never used, and belongs to no set
        fs::remove_dir_all(&decided).map_err(Error::file(&decided))?;
    }
    for (name, ..) in files {
        let path = dir.join(name);
        if path.exists() {
            return Err(Error::malformed(
                &path,
                "exists already, and keys are never overwritten",
            ));
        }
    }
    place(dir, files)
}

/// Writes all files as one, over those of the same name.
pub(super) fn place(dir: &Path, files: &[NewFile]) -> Result<(), Error> {
    let unfinished = dir.join(UNFINISHED);
    match fs::remove_dir_all(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(Error::file(&unfinished)(error));
        }
        _ => fs::create_dir(&unfinished).map_err(Error::file(&unfinished))?,
    }
    for (name, visibility, text) in files {
        write_new(&unfinished.join(name), *visibility, text)?;
    }
    sync(&unfinished)?;
    decide(dir)?;
    complete(dir)
}

fn decide(dir: &Path) -> Result<(), Error> {
    let decided = dir.join(DECIDED);
    fs::rename(dir.join(UNFINISHED), &decided).map_err(Error::file(&decided))?;
    sync(dir)
}

/// Moves what a decided set still has to move, if there is one.
pub(super) fn complete(dir: &Path) -> Result<(), Error> {
    let decided = dir.join(DECIDED);
    let files = match fs::read_dir(&decided) {
        Ok(files) => files,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::file(&decided)(error)),
    };
    for file in files {
        let file = file.map_err(Error::file(&decided))?;
        let path = dir.join(file.file_name());
        fs::rename(file.path(), &path).map_err(Error::file(&path))?;
    }
    sync(dir)?;
    fs::remove_dir(&decided).map_err(Error::file(&decided))
}

/// Makes what was done to the names in a folder last.
fn sync(dir: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    File::open(dir)
        .and_then(|folder| folder.sync_all())
        .map_err(Error::file(dir))?;
    #[cfg(not(unix))]
    let _ = dir;
    Ok(())
}

fn write_new(path: &Path, visibility: Visibility, text: &str) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(match visibility {
            Visibility::Private => 0o600,
            Visibility::Public => 0o644,
        });
    }
    #[cfg(not(unix))]
    let _ = visibility;
    let mut file = options.open(path).map_err(Error::file(path))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(Error::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(content: &str) -> Vec<NewFile> {
        ["a", "b"]
            .map(|name| (name.to_owned(), Visibility::Private, content.to_owned()))
            .into()
    }

    fn read(dir: &Path) -> [String; 2] {
        ["a", "b"].map(|name| fs::read_to_string(dir.join(name)).unwrap())
    }

    fn names(dir: &Path) -> usize {
        fs::read_dir(dir).unwrap().count()
    }

    #[test]
    fn what_was_interrupted_early_is_begun_again() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        fs::create_dir(dir.join(UNFINISHED)).unwrap();
        fs::write(dir.join(UNFINISHED).join("a"), "half").unwrap();
        write_set(dir, &files("new")).unwrap();
        assert_eq!(read(dir), ["new", "new"]);
        assert_eq!(names(dir), 2, "nothing else is left behind");
    }

    #[test]
    fn what_was_interrupted_late_is_completed() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        fs::create_dir(dir.join(UNFINISHED)).unwrap();
        for (name, visibility, text) in files("first") {
            write_new(&dir.join(UNFINISHED).join(name), visibility, &text).unwrap();
        }
        decide(dir).unwrap();
        fs::rename(dir.join(DECIDED).join("a"), dir.join("a")).unwrap();
        super::super::complete_keys(dir).unwrap();
        assert_eq!(read(dir), ["first", "first"], "two sets never mix");
        assert_eq!(names(dir), 2);
        super::super::complete_keys(dir).unwrap();
        assert!(write_set(dir, &files("third")).is_err());
    }

    #[test]
    fn what_is_left_of_a_set_does_not_mix_with_another() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        fs::create_dir(dir.join(DECIDED)).unwrap();
        fs::write(dir.join(DECIDED).join("b"), "first").unwrap();
        write_set(dir, &files("second")).unwrap();
        assert_eq!(read(dir), ["second", "second"]);
        assert_eq!(names(dir), 2);
    }
}

//! SQLite files: found by their path whatever it holds, for their owner alone, and refused where
//! they may only be read.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;
use tests::{Role, Store, System, read_only};

use crate::alone::migrate;
use crate::configuration::refused;
use crate::{ANYWHERE, ended, program};

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    entries.map(|entry| name(entry.unwrap())).collect()
}

/// No character of a path means anything but itself, in a file's name or in that of its folder.
#[test]
fn a_store_is_found_by_its_path_as_it_stands() {
    for odd in [
        "x%20y",
        "x?mode=memory",
        "x#y",
        "x y",
        "file:x?vfs=none",
        ":memory:",
        "zażółć",
    ] {
        let folder = TempDir::new().unwrap();
        let inner = folder.path().join(odd);
        fs::create_dir(&inner).unwrap();
        assert_eq!(migrate(&inner.join(odd)).code, Some(0), "{odd}");
        let made = [odd.to_owned(), format!("{odd}.lock")];
        assert_eq!(names(&inner), made.into());
        assert_eq!(names(folder.path()), [odd.to_owned()].into());
    }
}

/// What cannot be a path is refused before anything is made.
#[test]
fn what_cannot_be_a_path_is_refused() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join(OsStr::from_bytes(b"\xff"));
    let mut all = program(&[
        "all",
        "--listen=127.0.0.1:0",
        "--pages-listen=127.0.0.1:0",
        "--data",
    ]);
    all.arg(&data);
    assert!(refused(&ended(all)).contains("UTF-8"));
    assert!(!data.exists());
    for (url, why) in [
        ("sqlite:", "not the path of a file"),
        ("sqlite://host/x.db", "without a host"),
        ("sqlite:/dev", "not the path of a file"),
        ("sqlite:/nowhere/x.db", "No such file"),
    ] {
        let database = format!("--database-url={url}");
        let ended = ended(program(&["migrate", "notification", &database]));
        assert!(refused(&ended).contains(why), "{ended:?}");
    }
}

/// The file and those beside it can be read by nobody else, as long as it is open too.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_for_its_owner_alone() {
    let store = Store::sqlite();
    let mut system = System::new(store.clone());
    system.start(Role::Notification).await;
    let names = names(store.folder());
    for beside in ["", "-shm", "-wal", ".lock"] {
        assert!(
            names.contains(&format!("notification.db{beside}")),
            "{names:?}"
        );
    }
    for name in names {
        let file = fs::metadata(store.folder().join(&name)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

/// A role that could not write would serve and fail at each write: it is refused at once.
#[test]
fn a_store_that_may_only_be_read_is_refused() {
    let folder = TempDir::new().unwrap();
    let store = folder.path().join("notification.db");
    assert_eq!(migrate(&store).code, Some(0));
    let keys = System::new(Store::sqlite());
    let keys_flag = format!("--keys={}", keys.keys().display());
    let database = format!("--database-url=sqlite:{}", store.display());
    for read in [store.as_path(), folder.path()] {
        for role in [
            &["notification", &keys_flag, "--log=off"][..],
            &["migrate", "notification"],
        ] {
            let mut command = read_only(read);
            command.arg(env!("CARGO_BIN_EXE_partner-connect"));
            command.envs(ANYWHERE).args(role).arg(&database);
            let ended = ended(command);
            assert!(refused(&ended).contains("Read-only"), "{ended:?}");
        }
    }
}

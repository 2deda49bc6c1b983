//! One process at a time on a folder of `all`, and on an SQLite file; as many as there are on
//! PostgreSQL.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tests::{Role, Store, System};

use crate::all::Running;
use crate::{Ended, ended, program};

/// It ended as one that failed, with a line that says why and names this.
fn in_use(ended: &Ended, what: &Path) {
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
    let line = format!(
        "partner-connect: {}: another process is using it\n",
        what.display()
    );
    assert_eq!(ended.err, line);
}

/// A second `all` on a folder serves nothing and changes nothing; once the first has ended, the
/// next has it.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_served_by_one_process() {
    let folder = TempDir::new().unwrap();
    let first = Running::start(folder.path());
    let second = || {
        let data = folder.path().to_str().unwrap();
        ended(program(&["all", "--listen=127.0.0.1:0", "--data", data]))
    };
    in_use(&second(), folder.path());

    // A single role that is pointed at one of its files is kept away as well.
    let store = folder.path().join("notification.db");
    in_use(&migrate(&store), &store);
    let directory = folder.path().join("directory.db");
    let database = format!("--database-url=sqlite:{}", directory.display());
    let import = ["directory", "import", "/dev/null", &database];
    in_use(&ended(program(&import)), &directory);
    first.stop();
    assert_eq!(migrate(&store).code, Some(0));
    Running::start(folder.path()).stop();
}

pub(crate) fn migrate(store: &Path) -> Ended {
    let database = format!("--database-url=sqlite:{}", store.display());
    ended(program(&["migrate", "notification", &database]))
}

/// A second process of a role is refused on an SQLite file, by whatever name it knows it, also
/// after the first was killed and another took its place.
#[tokio::test(flavor = "multi_thread")]
async fn an_sqlite_file_is_served_by_one_process() {
    let store = Store::sqlite();
    let mut system = System::new(store.clone());
    let url = store.url("notification");
    let file = Path::new(url.strip_prefix("sqlite:").unwrap());
    let folder = TempDir::new().unwrap();
    let link = folder.path().join("link.db");
    let keys = format!("--keys={}", system.keys().display());
    for _ in 0..2 {
        system.start(Role::Notification).await;
        if !link.exists() {
            std::os::unix::fs::symlink(file, &link).unwrap();
        }
        for name in [file, link.as_path()] {
            let database = format!("--database-url=sqlite:{}", name.display());
            let role = ["notification", &keys, &database, "--log=off"];
            in_use(&ended(program(&role)), name);
            in_use(&migrate(name), name);
        }
        system.kill(Role::Notification);
    }
    assert!(fs::exists(file.with_extension("db.lock")).unwrap());
}

/// Replicas share a PostgreSQL database.
#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_database_is_served_by_many() {
    let store = Store::postgres().await;
    let mut first = System::new(store.clone());
    let mut second = System::new(store);
    first.start(Role::Notification).await;
    second.start(Role::Notification).await;
}

//! A fresh store for each test: a folder of SQLite files, or schemas of the PostgreSQL that
//! `tests/run` started.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use platform::store::db::{Address, Db, DbOptions};
use sea_orm::{ConnectionTrait, Database, DbBackend};
use tempfile::TempDir;

/// Where a test's services keep what they own. Clones are the same store.
#[derive(Clone)]
pub struct Store(Arc<Kind>);

enum Kind {
    Sqlite { folder: TempDir },
    Postgres { url: String, prefix: String },
}

impl Store {
    /// SQLite files in a folder of their own, which goes with the store.
    pub fn sqlite() -> Store {
        Store(Arc::new(Kind::Sqlite {
            folder: TempDir::new().expect("a temporary folder"),
        }))
    }

    /// Schemas that no other test uses, in the database named by `PARTNER_CONNECT_TEST_POSTGRES`.
    ///
    /// Panics without that variable: a test that has no PostgreSQL has not passed.
    pub async fn postgres() -> Store {
        static TAKEN: AtomicU32 = AtomicU32::new(0);
        let url = std::env::var("PARTNER_CONNECT_TEST_POSTGRES").expect(
            "PARTNER_CONNECT_TEST_POSTGRES names no database: start the tests with tests/run",
        );
        let number = TAKEN.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("t{}_{number}", std::process::id());
        let admin = Database::connect(&url).await.expect("PostgreSQL answers");
        for service in ["invitation", "relationship", "notification", "directory"] {
            admin
                .execute_unprepared(&format!("CREATE SCHEMA {prefix}_{service}"))
                .await
                .expect("a new schema");
        }
        admin.close().await.expect("the connection closes");
        Store(Arc::new(Kind::Postgres { url, prefix }))
    }

    /// Where the PostgreSQL of this store listens.
    pub fn server(&self) -> SocketAddr {
        let Kind::Postgres { url, .. } = &*self.0 else {
            panic!("an SQLite file has no server")
        };
        let address = authority(url).parse();
        address.expect("tests/run names an address")
    }

    /// The same store, reached through another address.
    pub fn through(&self, other: SocketAddr) -> Store {
        let Kind::Postgres { url, prefix } = &*self.0 else {
            panic!("an SQLite file has no server")
        };
        Store(Arc::new(Kind::Postgres {
            url: url.replace(authority(url), &other.to_string()),
            prefix: prefix.clone(),
        }))
    }

    /// Which kind this is.
    pub fn backend(&self) -> DbBackend {
        match *self.0 {
            Kind::Sqlite { .. } => DbBackend::Sqlite,
            Kind::Postgres { .. } => DbBackend::Postgres,
        }
    }

    /// The folder of SQLite files.
    pub fn folder(&self) -> &Path {
        match &*self.0 {
            Kind::Sqlite { folder } => folder.path(),
            Kind::Postgres { .. } => panic!("PostgreSQL has no folder here"),
        }
    }

    /// URL of one service's store.
    pub fn url(&self, service: &str) -> String {
        match &*self.0 {
            Kind::Sqlite { folder } => {
                format!(
                    "sqlite:{}",
                    folder.path().join(format!("{service}.db")).display()
                )
            }
            Kind::Postgres { url, .. } => url.clone(),
        }
    }

    /// The same, as the program reads it.
    pub fn address(&self, service: &str) -> Address {
        self.url(service).parse().expect("the address of a store")
    }

    /// Schema of one service's store, on PostgreSQL.
    pub fn schema(&self, service: &str) -> Option<String> {
        match &*self.0 {
            Kind::Sqlite { .. } => None,
            Kind::Postgres { prefix, .. } => Some(format!("{prefix}_{service}")),
        }
    }

    /// Opens one service's store, beside the service or for a service of the test's own process.
    pub async fn open(&self, service: &str) -> Db {
        let options = DbOptions {
            max_connections: 8,
            schema: self.schema(service),
            ..DbOptions::default()
        };
        Db::open(&self.address(service), options)
            .await
            .expect("the store opens")
    }
}

/// The host and port of a URL.
fn authority(url: &str) -> &str {
    let (_, rest) = url.split_once("://").expect("a URL");
    let host = rest.split('/').next().unwrap_or_default();
    host.rsplit('@').next().unwrap_or_default()
}

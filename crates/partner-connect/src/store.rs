//! The store of one service: where it is, opening it, and bringing its tables up to date.
//!
//! An SQLite file is open in one process at a time; a PostgreSQL database in as many as there are
//! replicas.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use platform::store::db::{Address, Db, DbOptions, OpenError};
use platform::store::schema;
use sea_orm_migration::MigratorTrait;

use crate::config::{DatabaseUrl, Migrate, Misconfigured, Owner, Store};
use crate::lock::Lock;
use crate::output;

/// How long a role waits before it looks again whether its store is there.
const PAUSE: Duration = Duration::from_secs(1);

/// Where a store is.
#[derive(Clone)]
pub(crate) struct Location {
    address: Address,
    options: DbOptions,
}

impl Location {
    /// As configured.
    pub(crate) fn of(config: &Store) -> Result<Self, Misconfigured> {
        let options = DbOptions {
            max_connections: config.database_connections,
            schema: config.database_schema.clone(),
            ..DbOptions::default()
        };
        Ok(Self {
            address: config.address()?,
            options,
        })
    }

    /// An SQLite file.
    pub(crate) fn file(path: &Path) -> Result<Self, Misconfigured> {
        Ok(Self {
            address: Address::file(path).map_err(Misconfigured::new)?,
            options: DbOptions::default(),
        })
    }

    /// A schema of a PostgreSQL database.
    pub(crate) fn schema(url: &DatabaseUrl, schema: String) -> Result<Self, Misconfigured> {
        Ok(Self {
            address: url.address()?,
            options: DbOptions {
                schema: Some(schema),
                ..DbOptions::default()
            },
        })
    }

    async fn open(&self) -> anyhow::Result<Db> {
        let opened = Db::open(&self.address, self.options.clone()).await;
        opened.map_err(|error| match error {
            OpenError::Unusable(_) => Misconfigured::new(error).into(),
            OpenError::Away(_) | OpenError::Failed(_) => error.into(),
        })
    }

    /// The same, once the store is there: PostgreSQL may be starting or recovering, however long
    /// that takes.
    async fn open_when_there(&self) -> anyhow::Result<Db> {
        loop {
            match self.open().await {
                Err(error) if matches!(error.downcast_ref(), Some(OpenError::Away(_))) => {
                    let error = format!("{error:#}");
                    tracing::warn!(error, "waiting for the store");
                    tokio::time::sleep(PAUSE).await;
                }
                opened => return opened,
            }
        }
    }

    /// Opens the store. Whoever uses it asks whether its tables are as this program needs them.
    pub(crate) async fn opened(&self) -> anyhow::Result<Opened> {
        let lock = self.lock()?;
        let db = self.open().await?;
        Ok(Opened { db, _lock: lock })
    }

    /// The same for a role that serves, once the store is there.
    pub(crate) async fn opened_when_there(&self) -> anyhow::Result<Opened> {
        let lock = self.lock()?;
        let db = self.open_when_there().await?;
        Ok(Opened { db, _lock: lock })
    }

    /// Opens the store and brings its tables up to date.
    pub(crate) async fn migrated<M: MigratorTrait>(&self) -> anyhow::Result<Opened> {
        let lock = self.lock()?;
        let db = self.open().await?;
        schema::migrate::<M>(&db).await?;
        Ok(Opened { db, _lock: lock })
    }

    /// Keeps other processes away from an SQLite file. The lock is on a file beside it, by whatever
    /// path it is named.
    fn lock(&self) -> anyhow::Result<Option<Lock>> {
        let Address::File(store) = &self.address else {
            return Ok(None);
        };
        let mut file = fs::canonicalize(store)
            .unwrap_or_else(|_| store.clone())
            .into_os_string();
        file.push(".lock");
        Lock::take(&PathBuf::from(file), store).map(Some)
    }

    /// Drops the schema with all that is in it.
    pub(crate) async fn drop_schema(&self) -> anyhow::Result<()> {
        let db = self.open().await?;
        schema::drop_schema(&db).await?;
        Ok(db.close().await?)
    }
}

/// A store that is open here and, if it is an SQLite file, in no other process.
pub(crate) struct Opened {
    /// The store itself.
    pub(crate) db: Db,
    _lock: Option<Lock>,
}

impl Opened {
    /// Closes the store, and lets others have it then.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        self.db.close().await.context("the store does not close")
    }
}

/// The role "migrate".
pub(crate) async fn migrate(config: Migrate) -> anyhow::Result<()> {
    let location = Location::of(&config.store)?;
    let (name, store) = match config.service {
        Owner::Invitation => (
            "invitation",
            location.migrated::<invitation::Migrator>().await?,
        ),
        Owner::Relationship => (
            "relationship",
            location.migrated::<relationship::Migrator>().await?,
        ),
        Owner::Notification => (
            "notification",
            location.migrated::<notification::Migrator>().await?,
        ),
        Owner::Directory => (
            "directory",
            location.migrated::<directory::Migrator>().await?,
        ),
        Owner::Web => ("web", location.migrated::<web::Migrator>().await?),
    };
    store.close().await?;
    output::conclude(format_args!("{name}: migrated"))
}

//! Where a store is, read once at the edge: an SQLite file by its path, or a PostgreSQL database by
//! its URL.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

/// Where a store is. A URL may hold a password, so it is never shown.
#[derive(Clone)]
pub enum Address {
    /// The absolute path of an SQLite file.
    File(PathBuf),
    /// A PostgreSQL database.
    Postgres(Box<PgConnectOptions>),
}

/// Why something cannot be the address of a store, in one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoAddress(String);

impl Address {
    /// The SQLite file at this path, whatever characters it holds. SQLite knows only paths in
    /// UTF-8.
    pub fn file(path: &Path) -> Result<Self, NoAddress> {
        let no = |what: &str| NoAddress(format!("{}: {what}", path.display()));
        if path.to_str().is_none() {
            return Err(no("the path of an SQLite file must be UTF-8"));
        }
        if path.file_name().is_none() || path.is_dir() {
            return Err(no("is not the path of a file"));
        }
        // SQLite would take a relative one that begins with `file:` for a URL, and `:memory:` for
        // no file at all
        let absolute = std::path::absolute(path).map_err(|error| no(&error.to_string()))?;
        Ok(Self::File(absolute))
    }

    /// What traces call the store: its file's name without the ending, or its database's name.
    pub fn name(&self) -> &str {
        match self {
            Self::File(path) => path.file_stem().and_then(|stem| stem.to_str()),
            Self::Postgres(options) => options.get_database(),
        }
        .unwrap_or_default()
    }
}

impl FromStr for Address {
    type Err = NoAddress;

    /// Reads `sqlite:PATH`, of which everything behind the colon is the path as it stands, or
    /// `postgres://…`.
    fn from_str(text: &str) -> Result<Self, NoAddress> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            if path.starts_with("//") && !path.starts_with("///") {
                let no_host = "an SQLite file is named sqlite:PATH, without a host";
                return Err(NoAddress(no_host.to_owned()));
            }
            return Self::file(Path::new(path));
        }
        if ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| text.starts_with(scheme))
        {
            return PgConnectOptions::from_str(text)
                .map(|options| Self::Postgres(Box::new(options)))
                .map_err(|error| NoAddress(format!("the store: {error}")));
        }
        let schemes = "the address of a database begins with sqlite: or postgres://";
        Err(NoAddress(schemes.to_owned()))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use super::*;

    fn path(text: &str) -> PathBuf {
        match text.parse() {
            Ok(Address::File(path)) => path,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn everything_behind_the_colon_is_the_path() {
        for name in ["x%20y", "a?mode=ro", "a#b", " a ", "ł", "sqlite:x", "..."] {
            assert_eq!(
                path(&format!("sqlite:/data/{name}")),
                Path::new("/data").join(name)
            );
        }
        assert_eq!(path("sqlite:///data/x.db"), Path::new("/data/x.db"));
        let here = std::env::current_dir().unwrap();
        for name in ["file:x", ":memory:", "x.db"] {
            assert_eq!(path(&format!("sqlite:{name}")), here.join(name));
        }
    }

    #[test]
    fn what_cannot_be_a_path_or_a_url_is_refused() {
        for bad in [
            "sqlite:",
            "sqlite:/",
            "sqlite:/tmp",
            "sqlite:..",
            "sqlite://host/x",
            "mysql://x/y",
            "",
            "postgres://db:x/y",
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
        assert!(Address::file(Path::new(OsStr::from_bytes(b"/data/\xff.db"))).is_err());
    }

    #[test]
    fn a_store_is_named_without_its_password() {
        for (url, name) in [
            ("sqlite:/data/invitation.db", "invitation"),
            (
                "postgres://me:secret@host:5432/invitation?sslmode=require",
                "invitation",
            ),
            ("postgres://me:secret@host", ""),
        ] {
            let address: Address = url.parse().unwrap();
            assert_eq!(address.name(), name);
            assert!(!format!("{address:?}").contains("secret"));
        }
    }
}

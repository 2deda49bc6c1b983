//! The measure of an import on PostgreSQL: `COPY` of the rows that it wrote into the same tables,
//! indexes and references.
//!
//! The rows are written to files first, in the binary format, in the order in which they stand in
//! their tables; then what was imported is dropped, and only `COPY … FROM STDIN` is timed:
//! accounts, relationships, privileges, one after the other on one connection, each its own
//! transaction.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions};
use tempfile::TempDir;
use tests::{Role, Store};
use tokio_stream::StreamExt;

use crate::{census, existing, load};

/// What an import fills, in the order of their references.
pub(crate) const TABLES: [&str; 3] = ["account", "relationship", "privilege"];
/// What those refer to.
const BEFORE: &str = "partner";
/// How much is sent at once, in bytes.
const CHUNK: usize = 256 * 1024;

/// Copies what was imported into `from`, which is dropped; answers how long the server took, and
/// how many rows it has.
pub(crate) async fn run(from: &Store, customers: usize) -> Duration {
    let folder = TempDir::new().expect("a temporary folder");
    let mut source = connect(from).await;
    let mut files = Vec::new();
    for table in [BEFORE].iter().chain(&TABLES) {
        files.push(tell(from, &mut source, table, folder.path()).await);
    }
    let to = Store::postgres().await;
    existing::migrate(&to, Role::Relationship.name());
    forget(from).await;

    let mut server = connect(&to).await;
    take(&mut server, &files[0]).await;
    census::write_out(&to).await;
    let start = load::now();
    for file in &files[1..] {
        let rows = take(&mut server, file).await;
        assert_eq!(rows, customers as u64, "rows of {}", file.columns);
    }
    let elapsed = start.elapsed();
    drop((source, server));
    forget(&to).await;
    elapsed
}

/// Drops everything in a store.
pub(crate) async fn forget(store: &Store) {
    let mut connection = connect(store).await;
    for service in census::OWNERS {
        let schema = store.schema(service.name()).expect("a store on PostgreSQL");
        let drop = format!("DROP SCHEMA IF EXISTS {schema} CASCADE");
        let dropped = sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut connection);
        dropped.await.expect("the schema is dropped");
    }
}

/// The rows of a table.
struct Rows {
    /// The table, and its columns in parentheses.
    columns: String,
    file: PathBuf,
}

async fn connect(store: &Store) -> PgConnection {
    let service = Role::Relationship.name();
    let url = store.url(service);
    let options: PgConnectOptions = url.parse().expect("the URL of a store");
    let schema = store.schema(service).expect("a store on PostgreSQL");
    let options = options.options([("search_path", schema)]);
    options.connect().await.expect("PostgreSQL answers")
}

async fn tell(store: &Store, source: &mut PgConnection, table: &str, folder: &Path) -> Rows {
    let db = store.open(Role::Relationship.name()).await;
    let names = census::columns(&db, table).await;
    db.close().await.expect("the store closes");
    let columns = format!("{table} (\"{}\")", names.join("\", \""));
    let file = folder.join(table);
    let mut out = File::create(&file).expect("a new file");
    let statement = format!("COPY {columns} TO STDOUT (FORMAT binary)");
    let told = source.copy_out_raw(&statement).await;
    let mut told = told.expect("the rows are told");
    while let Some(chunk) = told.next().await {
        let chunk = chunk.expect("the rows are told");
        out.write_all(&chunk).expect("the rows are written");
    }
    Rows { columns, file }
}

async fn take(server: &mut PgConnection, rows: &Rows) -> u64 {
    let statement = format!("COPY {} FROM STDIN (FORMAT binary)", rows.columns);
    let mut file = File::open(&rows.file).expect("the rows are there");
    let mut taking = server
        .copy_in_raw(&statement)
        .await
        .expect("the server takes rows");
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk).expect("the rows are read") {
            0 => return taking.finish().await.expect("the server keeps the rows"),
            read => taking
                .send(&chunk[..read])
                .await
                .expect("the rows are sent"),
        };
    }
}

//! The pages for people: where a customer answers an invitation and sees who can reach it, and
//! where a partner invites, works and ends.
//!
//! A client of the public API like any other: it calls with the access token of whoever is signed
//! in, and has no authority, no rule of the programme and no data of its own but sessions.

mod assets;
mod cookie;
mod customer;
mod explain;
mod form;
mod home;
mod html;
mod partner;
mod person;
mod problem;
mod reader;
mod safety;
mod session;
mod sign_in;
mod store;
mod wording;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use platform::background::{Left, every, repeat};
use platform::client::Upstream;
use platform::clock::Clock;
use platform::identity::{SignIn, Verifier};
use platform::seal::Seal;
use platform::serve::Service;
use platform::store::db::Db;
use platform::store::schema::SchemaError;
use sea_orm::DbErr;
use tonic::service::Routes;

pub use store::Migrator;
use store::Store;

/// Where the browser comes back to from the provider, below the public address.
pub const RETURN: &str = "/sign-in/return";

/// The largest form that is read, in bytes: a text of a draft at its longest, as forms write it.
const LARGEST_FORM: usize = 256 * 1024;
/// Of how many partners it is remembered what they are.
const REMEMBERED: usize = 10_000;
/// How often sessions that have ended are looked for.
const FORGET_EVERY: Duration = Duration::from_secs(10 * 60);

/// What can be set.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where people reach the pages, such as "https://connect.example.com": what links begin with.
    pub public_url: String,
    /// How long a session lasts without a page being asked for: an hour.
    pub idle: Duration,
    /// How long a session lasts at most: twelve hours.
    pub lifetime: Duration,
    /// Whether people sign in without a password, for development: every page says so.
    pub development: bool,
}

/// What the pages stand on.
pub struct Parts {
    /// Where people sign in.
    pub sign_in: SignIn,
    /// Whom the access tokens that are given there belong to.
    pub verifier: Verifier,
    /// Seals what a browser or the store keeps.
    pub seal: Seal,
    /// Answers everything that is asked here, to whoever is signed in.
    pub gateway: Upstream,
}

/// The pages, on a store for sessions, which must be migrated.
pub async fn service(
    config: Config,
    db: Db,
    clock: Clock,
    parts: Parts,
) -> Result<Service, SchemaError> {
    let store = Store::new(db.clone(), clock.clone(), config.idle, config.lifetime);
    let sessions = store.clone();
    let host = config.public_url.split_once("://");
    let host = host.map_or("", |(_, host)| host).to_owned();
    let web = Web(Arc::new(Inner {
        secure: config.public_url.starts_with("https://"),
        host,
        config,
        clock,
        store,
        parts,
        areas: quick_cache::sync::Cache::new(REMEMBERED),
    }));
    // no method is served here
    Ok(Service::new("web", Routes::default(), proto::descriptors())
        .pages(router(web))
        .store::<Migrator>(&db)
        .await?
        .task("forget", move |stop| {
            let round = move || {
                let sessions = sessions.clone();
                async move {
                    sessions.forget().await?;
                    Ok::<_, DbErr>(Left::Nothing)
                }
            };
            repeat("forgetting", every(FORGET_EVERY), stop, round)
        }))
}

fn router(web: Web) -> Router {
    Router::new()
        .merge(home::routes())
        .merge(sign_in::routes())
        .merge(customer::routes())
        .merge(partner::routes())
        .merge(assets::routes())
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(from_fn_with_state(web.clone(), safety::guard))
        .layer(from_fn_with_state(web.clone(), explain::tell))
        .layer(from_fn(safety::headers))
        .with_state(web)
}

/// What every page may use. Clones share it.
#[derive(Clone)]
struct Web(Arc<Inner>);

struct Inner {
    config: Config,
    /// Whether people come over TLS.
    secure: bool,
    /// As browsers name whom they ask.
    host: String,
    clock: Clock,
    store: Store,
    parts: Parts,
    /// What partners are, which never changes.
    areas: quick_cache::sync::Cache<String, html::Area>,
}

impl std::ops::Deref for Web {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

//! Runs a service: its routes behind the layers that every call passes, health, reflection,
//! background tasks, and an end that is bounded. A handler holds none of this, and no layer knows
//! what a method does.

mod admission;
mod callers;
mod connection;
mod deadline;
mod guard;
mod health;
mod identify;
mod leave;
mod listen;
mod localize;
mod message;
mod metadata;
mod observe;
mod page;
mod socket;
mod starting;
mod tasks;
#[cfg(test)]
mod tests;

use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::middleware::{from_fn, from_fn_with_state};
use http::HeaderMap;
use prost_reflect::DescriptorPool;
use sea_orm_migration::MigratorTrait;
use tokio::net::TcpListener;
use tokio::task::{self, JoinSet};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tower::ServiceBuilder;

pub(crate) use connection::MAX_STREAMS;
pub use deadline::time_left;
pub(crate) use deadline::{GRPC_TIMEOUT, header as timeout_header, parse as timeout_of};
pub use guard::until;
pub use listen::Connections;
pub use localize::key as reason_key;
pub use starting::starting;

use callers::Callers;
use connection::Protocol;
use tasks::{Task, Tasks};

use crate::error::SharedRefusal;
use crate::identity::{Answers, Authenticator, MethodPolicy, Methods, PeerVerifier, Verifier};
use crate::store::db::Db;
use crate::store::schema::{self, SchemaError};
use crate::wording::Wording;

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
type Ready = Arc<dyn Fn() -> BoxFuture<bool> + Send + Sync>;

/// How long streams that were cut have to end, before they are dropped.
const LAST_MOMENT: Duration = Duration::from_secs(2);
/// How long tasks that were stopped have to end what they are doing, such as a delivery, before
/// they are dropped.
const LAST_WORK: Duration = Duration::from_secs(5);
/// What may be open without a token, in all and from one address: watches of health, which cost
/// little, and streams of reflection.
const WATCHES: [usize; 2] = [1024, 128];
const REFLECTIONS: [usize; 2] = [128, 32];
/// Connections to the port for health.
const HEALTH_CONNECTIONS: Connections = Connections {
    most: 256,
    of_one_address: 128,
};
/// When a refused call is worth repeating.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A service to be served: what it answers, to whom, and what it does meanwhile.
pub struct Service {
    name: &'static str,
    routes: Routes,
    policies: Vec<MethodPolicy>,
    forwarded: Vec<(String, Answers)>,
    pages: Option<axum::Router>,
    reasons: Option<&'static Wording>,
    descriptors: Option<Vec<u8>>,
    ready: Ready,
    draining: CancellationToken,
    tasks: Vec<Task>,
}

impl Service {
    /// A service with its gRPC routes. Who may call which of its methods, their descriptors say;
    /// one of which they say nothing cannot be called.
    pub fn new(name: &'static str, routes: Routes, descriptors: &DescriptorPool) -> Self {
        Self::with_policies(name, routes, MethodPolicy::all_of(name, descriptors))
    }

    pub(crate) fn with_policies(
        name: &'static str,
        routes: Routes,
        policies: Vec<MethodPolicy>,
    ) -> Self {
        Self {
            name,
            routes,
            policies,
            forwarded: Vec::new(),
            pages: None,
            reasons: None,
            descriptors: None,
            ready: Arc::new(|| Box::pin(async { true })),
            draining: CancellationToken::new(),
            tasks: Vec::new(),
        }
    }

    /// The encoded `FileDescriptorSet` that reflection serves.
    pub fn descriptors(mut self, set: impl Into<Vec<u8>>) -> Self {
        self.descriptors = Some(set.into());
        self
    }

    /// Methods ("/package.Service/Method") that another service decides on: any valid token is let
    /// through.
    pub fn forwards(mut self, methods: impl IntoIterator<Item = (String, Answers)>) -> Self {
        self.forwarded.extend(methods);
        self
    }

    /// HTTP pages, which need no token and may be asked for over HTTP/1.1. Bring routes, not a
    /// fallback: every path that is nobody's is 404.
    pub fn pages(mut self, pages: axum::Router) -> Self {
        self.pages = Some(pages);
        self
    }

    /// Texts in which every refusal says its reason to callers that name a language in
    /// `accept-language`, whoever refused; [`reason_key`] is the key of each.
    pub fn reasons(mut self, texts: &'static Wording) -> Self {
        self.reasons = Some(texts);
        self
    }

    /// Whether the service can do its work now; asked every second, and a second is the longest
    /// that it may take.
    pub fn ready<F: Future<Output = bool> + Send + 'static>(
        mut self,
        ready: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        self.ready = Arc::new(move || Box::pin(ready()));
        self
    }

    /// The store of a service, which must fit this program; while it cannot do its work, the
    /// service is not ready.
    pub async fn store<M: MigratorTrait>(self, db: &Db) -> Result<Self, SchemaError> {
        schema::check::<M>(db).await?;
        let db = db.clone();
        Ok(self.ready(move || {
            let db = db.clone();
            async move { db.is_ready().await }
        }))
    }

    /// Cancels this when the drain begins: a stream that would last longer ends itself then, and
    /// does not hold it up.
    pub fn draining(mut self, draining: CancellationToken) -> Self {
        self.draining = draining;
        self
    }

    /// Work beside the calls. It is told to stop after the last call; one that ends earlier ends
    /// the whole service.
    pub fn task<F: Future<Output = ()> + Send + 'static>(
        mut self,
        name: &'static str,
        start: impl FnOnce(CancellationToken) -> F + Send + 'static,
    ) -> Self {
        self.tasks.push(Task::new(name, start));
        self
    }

    /// The service's name.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

/// What a server needs to know besides its service.
#[derive(Clone)]
pub struct Settings {
    /// Verifies the tokens of users.
    pub verifier: Verifier,
    /// Verifies the identity of calling services; without, none is believed.
    pub peers: Option<PeerVerifier>,
    /// The time a call has when it names none.
    pub default_deadline: Duration,
    /// The time a call has at most.
    pub max_deadline: Duration,
    /// Calls that are worked on or answered at once; more are refused. A stream counts until it is
    /// open.
    pub max_in_flight: usize,
    /// Of these, the calls of one caller: an organisation, or a user or client of none. An eighth
    /// of them is worked on at once, and the others wait.
    pub max_in_flight_per_caller: usize,
    /// How long a request may take to arrive once its call has begun.
    pub message_time: Duration,
    /// The most metadata of a call, in bytes as HTTP/2 counts them; 32 KiB at most, whatever is
    /// set.
    pub max_metadata_bytes: usize,
    /// Connections at once.
    pub connections: Connections,
    /// The largest request, in bytes; 4 MiB at most, whatever is set.
    pub max_request_bytes: usize,
    /// How long open calls have to end at a shutdown.
    pub drain: Duration,
}

impl Settings {
    /// The defaults, with these keys.
    pub fn new(verifier: Verifier, peers: impl Into<Option<PeerVerifier>>) -> Self {
        Self {
            verifier,
            peers: peers.into(),
            default_deadline: Duration::from_secs(10),
            max_deadline: Duration::from_secs(30),
            max_in_flight: 1024,
            max_in_flight_per_caller: 128,
            message_time: Duration::from_secs(5),
            max_metadata_bytes: 16 * 1024,
            connections: Connections::default(),
            max_request_bytes: 1024 * 1024,
            drain: Duration::from_secs(10),
        }
    }
}

/// Why a service ended that was not asked to, or did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The descriptor set cannot be served.
    #[error("the descriptor set is not usable")]
    Descriptors(#[from] tonic_reflection::server::Error),
    /// A background task ended.
    #[error("the task \"{0}\" ended before it was asked to")]
    Task(&'static str),
    /// A task of the server itself panicked.
    #[error("the server panicked")]
    Panicked(#[from] task::JoinError),
}

/// What the layers share.
struct Layers {
    methods: Methods,
    authenticator: Authenticator,
    callers: Arc<Callers>,
    watches: Arc<Callers>,
    reflections: Arc<Callers>,
    pages: Arc<Callers>,
    reasons: Option<&'static Wording>,
    settings: Settings,
    /// Set when the drain has lasted long enough.
    cut: CancellationToken,
}

/// Serves until `shutdown`, then drains: health says NOT_SERVING, no new connection is taken, open
/// calls have `settings.drain` to end and are cut then, tasks are stopped last. On `health`, the
/// health service alone is served.
pub async fn serve(
    mut service: Service,
    listener: TcpListener,
    health: Option<TcpListener>,
    settings: Settings,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let drain = settings.drain;
    let draining = service.draining.clone();
    let [cut, stop, end] = [(); 3].map(|()| CancellationToken::new());
    // Whoever drops this future ends everything it started.
    let all = [draining.clone(), cut.clone(), stop.clone(), end.clone()];
    let _guards = all.map(CancellationToken::drop_guard);
    let mut tasks = Tasks::start(std::mem::take(&mut service.tasks), &stop);
    let reporter = health::Reporter::start(service.ready.clone(), draining.clone()).await;

    let mut keeping = JoinSet::new();
    let verifier = settings.verifier.clone();
    keeping.spawn(async move { verifier.keep_fresh().await });
    let mut beside = JoinSet::new();
    if let Some(listener) = health {
        let routes = Routes::new(reporter.service());
        let nothing = Beside::default();
        let routes = layered(routes, Vec::new(), nothing, &settings, &cut);
        let ends = [end.clone(), end.clone()];
        let limits = HEALTH_CONNECTIONS;
        beside.spawn(listen::accept(
            listener,
            routes,
            Protocol::Http2,
            limits,
            ends,
        ));
    }
    let name = service.name;
    let protocol = match service.pages {
        Some(_) => Protocol::Http2AndHttp1,
        None => Protocol::Http2,
    };
    let limits = settings.connections;
    let routes = routes(service, &settings, &reporter, &cut)?;
    let ends = [draining.clone(), end.clone()];
    let mut server = JoinSet::new();
    server.spawn(listen::accept(listener, routes, protocol, limits, ends));
    tracing::info!(service = name, "serving");

    let outcome = tokio::select! {
        () = shutdown.cancelled() => Ok(()),
        Some(ended) = server.join_next() => ended.map_err(Error::from),
        task = tasks.ended() => Err(Error::Task(task)),
    };
    tracing::info!(service = name, "draining");
    draining.cancel();
    if !ended_within(drain, &mut server).await {
        tracing::warn!(
            service = name,
            "calls were still open at the end of the drain"
        );
        cut.cancel();
        ended_within(LAST_MOMENT, &mut server).await;
    }
    stop.cancel();
    tasks.finish(LAST_WORK).await;
    outcome
}

/// Whether a server that drains has ended in this time.
async fn ended_within(time: Duration, server: &mut JoinSet<()>) -> bool {
    tokio::time::timeout(time, server.join_next()).await.is_ok()
}

/// The service's routes with health and reflection beside them, behind the layers; and its pages.
fn routes(
    service: Service,
    settings: &Settings,
    reporter: &health::Reporter,
    cut: &CancellationToken,
) -> Result<Routes, Error> {
    let mut routes = service.routes.add_service(reporter.service());
    if let Some(set) = &service.descriptors {
        // What every server answers: the details of a refusal, health, and reflection itself in
        // either version.
        let reflection = || {
            [
                set,
                tonic_types::pb::FILE_DESCRIPTOR_SET,
                tonic_health::pb::FILE_DESCRIPTOR_SET,
                tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
                tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
            ]
            .into_iter()
            .fold(
                tonic_reflection::server::Builder::configure().include_reflection_service(false),
                tonic_reflection::server::Builder::register_encoded_file_descriptor_set,
            )
        };
        routes = routes
            .add_service(reflection().build_v1()?)
            .add_service(reflection().build_v1alpha()?);
    }
    let beside = Beside {
        forwarded: service.forwarded,
        pages: service.pages,
        reasons: service.reasons,
    };
    Ok(layered(routes, service.policies, beside, settings, cut))
}

/// What a service has beside the methods that it answers itself.
#[derive(Default)]
struct Beside {
    forwarded: Vec<(String, Answers)>,
    pages: Option<axum::Router>,
    reasons: Option<&'static Wording>,
}

/// Routes behind the layers that every call passes, from the first to the last; and pages, which
/// have their place and their time as well.
fn layered(
    routes: Routes,
    policies: Vec<MethodPolicy>,
    beside: Beside,
    settings: &Settings,
    cut: &CancellationToken,
) -> Routes {
    let Beside {
        forwarded,
        pages,
        reasons,
    } = beside;
    let shared = |[all, of_one]: [usize; 2]| Callers::new(all, of_one);
    let layers = Arc::new(Layers {
        methods: Methods::new(policies, forwarded),
        authenticator: Authenticator::new(settings.verifier.clone(), settings.peers.clone()),
        callers: Callers::new(settings.max_in_flight, settings.max_in_flight_per_caller),
        watches: shared(WATCHES),
        reflections: shared(REFLECTIONS),
        // whoever reads pages may come through one proxy with everybody else
        pages: shared([settings.max_in_flight, settings.max_in_flight.div_ceil(2)]),
        reasons,
        settings: settings.clone(),
        cut: cut.clone(),
    });
    let chain = ServiceBuilder::new()
        .layer(from_fn_with_state(layers.clone(), observe::observe))
        .layer(from_fn_with_state(layers.clone(), localize::localize))
        .layer(from_fn_with_state(layers.clone(), guard::guard))
        .layer(from_fn_with_state(layers.clone(), metadata::metadata))
        .layer(from_fn_with_state(layers.clone(), deadline::deadline))
        .layer(from_fn_with_state(layers.clone(), identify::identify))
        .layer(from_fn_with_state(layers.clone(), message::message))
        .layer(from_fn(admission::admission));
    let router = routes.into_axum_router().layer(chain);
    Routes::from(match pages {
        Some(pages) => router.merge(pages.layer(from_fn_with_state(layers, page::page))),
        None => router,
    })
    .prepare()
}

/// What is more than the process, or its caller, may have at once. It is made once, since it is
/// said most when there is least time for it.
fn busy() -> axum::response::Response {
    static HEADERS: LazyLock<HeaderMap> = LazyLock::new(|| {
        refuse(SharedRefusal::Overloaded(RETRY_AFTER))
            .headers()
            .clone()
    });
    let mut response = axum::response::Response::default();
    response.headers_mut().clone_from(&HEADERS);
    response
}

/// A refusal as the response of a layer: headers only, with its details.
fn refuse(refusal: impl Into<tonic::Status>) -> axum::response::Response {
    refusal.into().into_http()
}

//! One connection: what it may hold of the process, when it has to say something, and its end.
//!
//! The limits of HTTP/2 here fit together: a stream that is not read holds its own window and no
//! more, and what is written and not taken is bounded. A call's rules are the layers'.

use std::cell::Cell;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tower::{Service, service_fn};

use super::busy;
use super::socket::Watched;
use crate::identity::is_open_stream;

/// A client that answers no ping for this long is gone.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
/// What a client says first, before anything is asked: the preface of HTTP/2.
const PREFACE: u64 = 24;
/// How long a client may take to say it.
const PREFACE_TIME: Duration = Duration::from_secs(5);
/// How long the head of an HTTP/1.1 request may take.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// A connection without a call for this long is ended; whoever still wants it makes another.
const IDLE_TIME: Duration = Duration::from_secs(300);
/// One that never had a call, for this long.
const UNUSED_TIME: Duration = Duration::from_secs(30);
/// How long a client has to go once it was told to and has no call any more; and where another
/// waits for its place.
const FAREWELL: Duration = Duration::from_secs(5);
const SHORT_FAREWELL: Duration = Duration::from_millis(200);

/// Calls that one connection may have open at once.
pub(crate) const MAX_STREAMS: u32 = 1024;
/// Calls that may be cancelled before they were looked at: as many as may be open, so that callers
/// who share the connection of a gateway do not end it for each other.
const MAX_PENDING_RESETS: usize = MAX_STREAMS as usize;
/// What a client may send of one message, and of all, before they are read. All are read at once,
/// but for questions to reflection whose answers are not: those leave the others as much again.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 2 * STREAM_WINDOW * OPEN_STREAMS as u32;
/// What is written of one answer and not taken yet.
const SEND_BUFFER: usize = 64 * 1024;
/// The longest list of headers that is read at all; how much of it is taken, the layers say.
const HEADER_LIST: u32 = 48 * 1024;
/// Streams without a token (health, reflection), and questions after health, that one connection
/// may have open at once.
const OPEN_STREAMS: usize = 16;

/// Which protocols a connection may speak.
#[derive(Clone, Copy, Debug)]
pub(super) enum Protocol {
    /// gRPC alone.
    Http2,
    /// Pages too.
    Http2AndHttp1,
}

/// The place of a stream that needs no token, among those of its connection.
#[derive(Clone)]
pub(super) struct StreamPlace(
    #[expect(dead_code, reason = "it is held")] Arc<OwnedSemaphorePermit>,
);

/// What is known of a connection while it is open. Calls find it in their extensions.
pub(crate) struct Connection {
    address: IpAddr,
    began: Instant,
    /// When the last call ended, in milliseconds since the beginning.
    idle_since: AtomicU64,
    calls: AtomicUsize,
    /// Whether there ever was a call.
    used: AtomicBool,
    read: Arc<AtomicU64>,
    leave: CancellationToken,
    /// Whether another waits for its place.
    makes_room: AtomicBool,
    streams: Arc<Semaphore>,
}

impl Connection {
    #[allow(clippy::disallowed_methods)] // a duration is measured, no time of day is read
    pub(super) fn new(address: IpAddr, leave: CancellationToken) -> Self {
        Self {
            address: network(address),
            began: Instant::now(),
            idle_since: AtomicU64::new(0),
            calls: AtomicUsize::new(0),
            used: AtomicBool::new(false),
            read: Arc::default(),
            leave,
            makes_room: AtomicBool::new(false),
            streams: Arc::new(Semaphore::new(OPEN_STREAMS)),
        }
    }

    /// Where it comes from; of IPv6 the network, whose addresses are one host's to choose from.
    pub(super) fn address(&self) -> IpAddr {
        self.address
    }

    /// Since when no call has been open; none while one is.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        let idle = self.calls.load(Ordering::Relaxed) == 0;
        let since = Duration::from_millis(self.idle_since.load(Ordering::Relaxed));
        idle.then(|| self.began + since)
    }

    /// Asks the client to go, and soon.
    pub(super) fn make_room(&self) {
        self.makes_room.store(true, Ordering::Relaxed);
        self.leave.cancel();
    }

    /// A place for a question that needs no token.
    pub(super) fn open_question(&self) -> Option<OwnedSemaphorePermit> {
        self.streams.clone().try_acquire_owned().ok()
    }

    /// Serves the connection to its end.
    pub(super) async fn serve(
        self: Arc<Self>,
        stream: TcpStream,
        routes: Routes,
        spoken: Protocol,
    ) {
        let builder = self.builder(spoken);
        let connection = self.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let (connection, routes) = (connection.clone(), routes.clone());
            connection.answer(routes, request.map(Body::new))
        });
        let io = TokioIo::new(Watched::new(stream, self.read.clone()));
        let mut serving = pin!(builder.serve_connection(io, TowerToHyperService::new(service)));
        let mut idle = pin!(self.stays_idle());
        tokio::select! {
            // How it ended is the client's affair.
            _ = serving.as_mut() => return,
            () = self.leave.cancelled() => {}
            () = idle.as_mut() => {}
        }
        if self.read.load(Ordering::Relaxed) < PREFACE {
            return;
        }
        serving.as_mut().graceful_shutdown();
        tokio::select! {
            _ = serving => {}
            () = self.has_left() => {}
        }
    }

    /// Answers a call. Streams without a token beyond those that it may have are refused before
    /// anything is done for them, so that a flood of them costs next to nothing.
    async fn answer(
        self: Arc<Self>,
        mut routes: Routes,
        mut request: Request<Body>,
    ) -> Result<Response, Infallible> {
        if is_open_stream(request.uri().path()) {
            let Ok(place) = self.streams.clone().try_acquire_owned() else {
                return Ok(busy());
            };
            request
                .extensions_mut()
                .insert(StreamPlace(Arc::new(place)));
        }
        request.extensions_mut().insert(self);
        Ok(routes.call(request).await?.map(Body::new))
    }

    fn builder(self: &Arc<Self>, spoken: Protocol) -> Builder<CallTasks> {
        let tasks = CallTasks(self.clone());
        let mut builder = match spoken {
            Protocol::Http2 => Builder::new(tasks).http2_only(),
            Protocol::Http2AndHttp1 => Builder::new(tasks),
        };
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT)
            .max_concurrent_streams(MAX_STREAMS)
            .max_pending_accept_reset_streams(MAX_PENDING_RESETS)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_send_buf_size(SEND_BUFFER)
            .max_header_list_size(HEADER_LIST);
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .keep_alive(false);
        builder
    }

    /// Ends when the client has kept silent for too long.
    async fn stays_idle(&self) {
        sleep(PREFACE_TIME).await;
        while self.read.load(Ordering::Relaxed) >= PREFACE {
            let time = match self.used.load(Ordering::Relaxed) {
                true => IDLE_TIME,
                false => UNUSED_TIME,
            };
            let end = self.idle_since().map(|since| since + time);
            match end {
                Some(end) if end.elapsed() > Duration::ZERO => return,
                Some(end) => sleep_until(end).await,
                None => sleep(IDLE_TIME).await,
            }
        }
    }

    /// Ends when a client that was asked to go has had no call for a while, and is still there.
    async fn has_left(&self) {
        let farewell = match self.makes_room.load(Ordering::Relaxed) {
            true => SHORT_FAREWELL,
            false => FAREWELL,
        };
        let mut wait = farewell;
        while !wait.is_zero() {
            sleep(wait).await;
            wait = match self.idle_since() {
                Some(since) => farewell.saturating_sub(since.elapsed()),
                None => farewell,
            };
        }
    }

    fn call_began(self: &Arc<Self>) -> OpenCall {
        self.used.store(true, Ordering::Relaxed);
        self.calls.fetch_add(1, Ordering::Relaxed);
        OpenCall(self.clone())
    }
}

/// An address, or of IPv6 the /64 that one host has.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let bits = address.to_bits() & !u128::from(u64::MAX);
            Ipv6Addr::from_bits(bits).into()
        }
        address => address,
    }
}

/// A call that is open on a connection.
struct OpenCall(Arc<Connection>);

impl Drop for OpenCall {
    fn drop(&mut self) {
        let connection = &self.0;
        let since = connection.began.elapsed().as_millis();
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        connection.idle_since.store(since, Ordering::Relaxed);
        connection.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

tokio::task_local! {
    /// When the call of the running task has to be over, its answer's last byte included.
    static END: Cell<Option<Instant>>;
}

/// Drops the running call at `end`, whatever of its answer has not been taken by then.
pub(super) fn end_call_at(end: Instant) {
    // outside of a connection there is nobody who could take too long
    let _ = END.try_with(|cell| cell.set(Some(end)));
}

/// Runs the calls of a connection, each on a task of its own.
#[derive(Clone)]
struct CallTasks(Arc<Connection>);

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for CallTasks {
    fn execute(&self, call: F) {
        let open = self.0.call_began();
        tokio::spawn(END.scope(Cell::new(None), async move {
            bounded(call).await;
            drop(open);
        }));
    }
}

/// Runs a call to its end, or to the time that [`end_call_at`] has set. A client that does not read
/// is not asked for anything any more, so that nobody but this task would notice.
async fn bounded(call: impl Future<Output = ()>) {
    let mut call = pin!(call);
    let mut end: Option<Pin<Box<Sleep>>> = None;
    std::future::poll_fn(|cx| {
        if call.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        if end.is_none() {
            end = END.with(Cell::get).map(|end| Box::pin(sleep_until(end)));
        }
        match &mut end {
            Some(end) => end.as_mut().poll(cx),
            None => Poll::Pending,
        }
    })
    .await;
}

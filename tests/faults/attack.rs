//! Neighbours that take and do not give, as a process of their own: its share of the machine can be
//! told from what it is done to. Each does one thing, and does it again whenever it is refused or
//! ended.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use clap::{Args, ValueEnum};
use h2::SendStream;
use h2::client::{ResponseFuture, SendRequest};
use prost::Message;
use proto::customer::v1::Permission;
use proto::relationship::v1::{
    CheckAccessRequest, ListCustomersRequest, WatchRelationshipsRequest,
};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::Verdict;

/// What a neighbour does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Attack {
    /// 600 pages of 500 customers and ten watchers, of which not a byte is read
    Unread,
    /// 1,024 calls over two connections whose messages never come
    Unsent,
    /// 80 calls at once, cancelled within 2 to 8 ms, ten times a second
    Cancelled,
    /// 1,064 connections on which nothing is said
    Idle,
    /// 150 health checks of 2 MB that are never finished, without a token
    HugeHealth,
    /// 10,000 health watches, without a token
    HealthWatches,
    /// 4,000 questions to reflection whose answers are not read, without a token
    UnreadReflection,
}

impl Attack {
    /// How much it means to hold at once: calls, or connections.
    pub(crate) fn many(self) -> usize {
        match self {
            Attack::Unread => 610,
            Attack::Unsent => 1_024,
            Attack::Cancelled => 80,
            Attack::Idle => 1_064,
            Attack::HugeHealth => 150,
            Attack::HealthWatches => 10_000,
            Attack::UnreadReflection => 4_000,
        }
    }

    /// Whether it brings a token, as a caller of another tenant does.
    pub(crate) fn has_token(self) -> bool {
        match self {
            Attack::Unread | Attack::Unsent | Attack::Cancelled | Attack::Idle => true,
            Attack::HugeHealth | Attack::HealthWatches | Attack::UnreadReflection => false,
        }
    }
}

/// The partner whose token the neighbour has.
pub(crate) const PARTNER: &str = "northwind";
/// The environment's name of its token.
pub(crate) const TOKEN: &str = "NEIGHBOUR_TOKEN";
/// How long it waits before it tries again what was refused, at least; twice as long at most, so
/// that not all come together.
const AGAIN: Duration = Duration::from_secs(4);

const LIST: &str = "/partnerconnect.relationship.v1.RelationshipService/ListCustomers";
const WATCH: &str = "/partnerconnect.relationship.v1.AccessService/WatchRelationships";
const CHECK: &str = "/partnerconnect.relationship.v1.AccessService/CheckAccess";
const HEALTH: &str = "/grpc.health.v1.Health/Check";
const HEALTH_WATCH: &str = "/grpc.health.v1.Health/Watch";
const REFLECTION: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

#[derive(Args)]
pub(crate) struct Arguments {
    /// What to do
    attack: Attack,
    /// To whom
    address: SocketAddr,
    /// For how long
    seconds: u64,
}

/// Does it until its time is over.
pub(crate) async fn run(arguments: Arguments) -> Verdict {
    let Arguments {
        attack,
        address,
        seconds,
    } = arguments;
    let doing = async move {
        let client = Arc::new(Client::new(attack, address));
        // How many calls share a connection.
        let shared = match attack {
            Attack::Unread => 305,
            Attack::Unsent => 512,
            Attack::HugeHealth => 10,
            Attack::HealthWatches => 100,
            Attack::UnreadReflection => 500,
            Attack::Cancelled => 80,
            Attack::Idle => 1,
        };
        let mut all: JoinSet<Infallible> = JoinSet::new();
        for number in 0..attack.many() {
            match attack {
                Attack::Idle => all.spawn(say_nothing(address)),
                Attack::Cancelled => all.spawn(client.clone().cancel(number)),
                _ => all.spawn(client.clone().hold(number / shared, number)),
            };
        }
        all.join_next().await;
    };
    // Its time is over before it is: that is how each of them ends.
    let _ = tokio::time::timeout(Duration::from_secs(seconds), doing).await;
    let [begun, most] = [&BEGUN, &MOST].map(|count| count.load(Ordering::Relaxed));
    println!("{begun} {most}");
    Verdict::Kept
}

/// What it has begun, what it holds at once, and the most that this ever was.
static BEGUN: AtomicUsize = AtomicUsize::new(0);
static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// A call or connection that is held.
struct Held;

impl Held {
    fn one() -> Self {
        BEGUN.fetch_add(1, Ordering::Relaxed);
        let held = HELD.fetch_add(1, Ordering::Relaxed) + 1;
        MOST.fetch_max(held, Ordering::Relaxed);
        Self
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn say_nothing(address: SocketAddr) -> Infallible {
    loop {
        if let Ok(mut stream) = TcpStream::connect(address).await {
            let _held = Held::one();
            // What the server says first is read, and that it has had enough.
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
        sleep(Duration::from_millis(100)).await;
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// HTTP/2 as no library of gRPC would speak it.
struct Client {
    attack: Attack,
    address: SocketAddr,
    token: Option<String>,
    connections: Mutex<HashMap<usize, SendRequest<Bytes>>>,
}

impl Client {
    fn new(attack: Attack, address: SocketAddr) -> Self {
        Self {
            attack,
            address,
            token: std::env::var(TOKEN).ok(),
            connections: Mutex::default(),
        }
    }

    /// Holds a call open for as long as the server lets it, again and again.
    async fn hold(self: Arc<Self>, connection: usize, number: usize) -> Infallible {
        loop {
            if let Ok((answer, _message)) = self.begin(connection, number).await {
                let _held = Held::one();
                if let Ok(answer) = answer.await {
                    let mut body = answer.into_body();
                    // Nothing is given back to the window: no more than it held is ever sent.
                    while let Some(Ok(_)) = body.data().await {}
                }
            }
            sleep(AGAIN + AGAIN * number as u32 / self.attack.many() as u32).await;
        }
    }

    /// Begins calls together with the others, and gives each up after a few milliseconds.
    async fn cancel(self: Arc<Self>, number: usize) -> Infallible {
        loop {
            let called = self.begin(0, number).await;
            let held = called.is_ok().then(Held::one);
            sleep(Duration::from_millis(2 + number as u64 % 7)).await;
            drop((called, held));
            sleep(Duration::from_millis(100)).await;
        }
    }

    async fn begin(
        &self,
        connection: usize,
        number: usize,
    ) -> Result<(ResponseFuture, SendStream<Bytes>), BoxError> {
        let mut request =
            http::Request::post(format!("http://{}{}", self.address, self.path(number)))
                .header("content-type", "application/grpc")
                .header("te", "trailers")
                .header("grpc-timeout", "30S");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(()).expect("a request");
        let mut ready = self.connection(connection).await?.ready().await?;
        let (answer, mut message) = ready.send_request(request, false)?;
        let (bytes, whole) = self.message(number);
        message.send_data(bytes, whole)?;
        Ok((answer, message))
    }

    /// The connection of this number, made again where it has ended.
    async fn connection(&self, number: usize) -> Result<SendRequest<Bytes>, BoxError> {
        let mut connections = self.connections.lock().await;
        if let Some(open) = connections.get(&number)
            && let Ok(ready) = open.clone().ready().await
        {
            return Ok(ready);
        }
        let stream = TcpStream::connect(self.address).await?;
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(match self.attack {
            // A window of one byte is as good as none.
            Attack::Unread | Attack::UnreadReflection => number as u32 % 2,
            _ => 65_535,
        });
        let (open, connection) = builder.handshake(stream).await?;
        tokio::spawn(connection);
        connections.insert(number, open.clone());
        Ok(open)
    }

    fn path(&self, number: usize) -> &'static str {
        match self.attack {
            Attack::Unread if number >= 600 => WATCH,
            Attack::Unread => LIST,
            Attack::Unsent | Attack::Cancelled | Attack::Idle => CHECK,
            Attack::HugeHealth => HEALTH,
            Attack::HealthWatches => HEALTH_WATCH,
            Attack::UnreadReflection => REFLECTION,
        }
    }

    /// What is sent of the message, and whether that is all.
    fn message(&self, number: usize) -> (Bytes, bool) {
        let partner = format!("partners/{PARTNER}");
        match self.attack {
            Attack::Unread if number >= 600 => {
                let watch = WatchRelationshipsRequest {
                    parent: partner,
                    ..Default::default()
                };
                (framed(&watch), true)
            }
            Attack::Unread => {
                let list = ListCustomersRequest {
                    parent: partner,
                    page_size: 500,
                    ..Default::default()
                };
                (framed(&list), true)
            }
            Attack::Cancelled => {
                let check = CheckAccessRequest {
                    partner,
                    customer: "customers/northwind-0000001".to_owned(),
                    permission: Permission::ManageUsers.into(),
                };
                (framed(&check), true)
            }
            Attack::Unsent | Attack::Idle => (begun(1_000, 8), false),
            Attack::HugeHealth => (begun(2_000_000, 1_990_000), false),
            Attack::HealthWatches => (Bytes::from_static(&[0; 5]), true),
            Attack::UnreadReflection => (reflection(), false),
        }
    }
}

/// A message as gRPC frames it.
fn framed(message: &impl Message) -> Bytes {
    let message = message.encode_to_vec();
    let length = u32::try_from(message.len()).expect("a small message");
    [&[0][..], &length.to_be_bytes(), &message].concat().into()
}

/// The beginning of a message that claims to be so long.
fn begun(length: u32, sent: usize) -> Bytes {
    let sent = vec![b'x'; sent];
    [&[0][..], &length.to_be_bytes(), &sent].concat().into()
}

/// A question for the file of the gateway's service: field 4 of `ServerReflectionRequest`.
fn reflection() -> Bytes {
    let symbol = b"partnerconnect.gateway.v1.ConnectionService";
    let length = symbol.len() as u8;
    let message = [&[4 << 3 | 2, length][..], symbol].concat();
    [&[0, 0, 0, 0, length + 2][..], &message].concat().into()
}

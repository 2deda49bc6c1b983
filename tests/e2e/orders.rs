//! Acts while everything between the partner and the portals fails: each is done once, whatever is
//! lost on the way.

use std::time::Duration;

use platform::clock::Clock;
use platform::store::db::Db;
use proto::customer::v1::Subscription;
use proto::gateway::v1::connection_service_client::ConnectionServiceClient;
use proto::gateway::v1::{AddUserRequest, SubmitOrderRequest};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use sea_orm::{ConnectionTrait, Statement, Value};
use tests::{
    Programme, Proxy, Role, Store, System, eventually, more_licenses, new_subscription,
    on_both_stores, refused,
};
use tonic::transport::Endpoint;
use tonic::{Code, Request, Status};
use uuid::Uuid;

on_both_stores!(a_thousand_faults_make_no_order_twice);

/// Faults that the caller feels. Some strike beside the mark: the answer is there before them.
const FAULTS: u64 = 1_000;
/// Every so many faults a process is killed instead.
const KILLED: u64 = 200;
/// Every so many faults strike the addition of a user instead of an order.
const USERS: u64 = 10;
const SOON: Duration = Duration::from_secs(90);
/// The time of a call that is repeated until there is an answer.
const PATIENCE: Duration = Duration::from_secs(12);
/// How long a connection may be silent.
const SILENT: Duration = Duration::from_secs(1);
/// The time of a call whose answer is held back.
const SHORT: Duration = Duration::from_millis(40);

/// What is said for a caller that is gone.
const GONE: &str = "the caller is gone";

/// What is done, once: by the provider more licences, by the reseller a user.
#[derive(Clone, Debug)]
enum Deed {
    Order { subscription: String, id: Uuid },
    User { sign_in_name: String, id: Uuid },
}

impl Deed {
    fn of(number: u64, subscription: &str) -> Deed {
        let id = Clock::system().id();
        if number % USERS == USERS - 1 {
            let sign_in_name = format!("user{number}@adatum.example");
            return Deed::User { sign_in_name, id };
        }
        let subscription = subscription.to_owned();
        Deed::Order { subscription, id }
    }

    fn id(&self) -> Uuid {
        match self {
            Deed::Order { id, .. } | Deed::User { id, .. } => *id,
        }
    }

    /// Asks for it, with this much time where it is not the usual.
    async fn ask(&self, programme: &Programme, time: Option<Duration>) -> Result<(), Status> {
        let mut connections = programme.connections.clone();
        match self {
            Deed::Order { subscription, id } => {
                let message = SubmitOrderRequest {
                    parent: "partners/fabrikam/customers/adatum".into(),
                    order: Some(more_licenses(subscription, 1)),
                    request_id: id.to_string(),
                };
                let request = within(time, tests::with(&programme.fabrikam, message));
                connections.submit_order(request).await.map(drop)
            }
            Deed::User { sign_in_name, id } => {
                let message = AddUserRequest {
                    parent: "partners/contoso/customers/adatum".into(),
                    display_name: "Ana Lima".into(),
                    sign_in_name: sign_in_name.clone(),
                    request_id: id.to_string(),
                };
                let request = within(time, tests::with(&programme.contoso, message));
                connections.add_user(request).await.map(drop)
            }
        }
    }
}

fn within<T>(time: Option<Duration>, mut request: Request<T>) -> Request<T> {
    if let Some(time) = time {
        request.set_timeout(time);
    }
    request
}

/// What goes wrong with one act.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// The portals take no connection.
    PortalsAway,
    /// It arrives, the portals' answer is lost.
    PortalsAnswerLost,
    /// It arrives, the portals' answer comes when its time is over.
    PortalsAnswerLate,
    /// The connection to the portals is cut some time after it was sent.
    PortalsCut(Duration),
    /// The answer of the gateway is lost.
    GatewayAnswerLost,
    /// The connection to the gateway is cut some time after it was sent.
    GatewayCut(Duration),
    /// The caller gives up after some time.
    CallerGone(Duration),
    /// The directory, or the gateway, is killed.
    Killed(Role),
}

impl Fault {
    fn by(chance: &mut StdRng, number: u64) -> Fault {
        if number % KILLED == KILLED / 2 {
            return Fault::Killed([Role::Directory, Role::Gateway][(number / KILLED % 2) as usize]);
        }
        let some_time = Duration::from_millis(chance.random_range(0..16));
        match chance.random_range(0..7) {
            0 => Fault::PortalsAway,
            1 => Fault::PortalsAnswerLost,
            2 => Fault::PortalsAnswerLate,
            3 => Fault::PortalsCut(some_time),
            4 => Fault::GatewayAnswerLost,
            5 => Fault::GatewayCut(some_time),
            _ => Fault::CallerGone(some_time),
        }
    }
}

/// How many faults the caller felt, by whether the act was done when it was told, and how many it
/// did not feel.
#[derive(Debug, Default)]
struct Felt {
    undone: u64,
    done: u64,
    nothing: u64,
}

/// The system with a proxy before the portals and one before the gateway.
struct Stage {
    system: System,
    portals: Proxy,
    gateway: Proxy,
    programme: Programme,
    /// The same, not by way of the proxy.
    straight: Programme,
}

/// R4, R29, R34: 1,000 faults around orders of more licences and new users, each with an id of its
/// own that is repeated until there is an answer: as many acts as ids, every licence counted once,
/// and every refusal of ours has its reason.
async fn a_thousand_faults_make_no_order_twice(store: Store) {
    let mut stage = Stage::set(store.clone()).await;
    let subscription = stage.first_order().await;
    let seed = std::env::var("PARTNER_CONNECT_TEST_SEED").ok();
    let seed = seed
        .and_then(|text| text.parse().ok())
        .unwrap_or(20_261_125);
    println!("seed {seed} (PARTNER_CONNECT_TEST_SEED)");
    let mut chance = StdRng::seed_from_u64(seed);
    let db = store.open("directory").await;
    let mut felt = Felt::default();
    let mut deeds = Vec::new();
    while felt.undone + felt.done < FAULTS {
        let number = deeds.len() as u64;
        let fault = Fault::by(&mut chance, number);
        let deed = Deed::of(number, &subscription.name);
        let outcome = stage.strike(fault, &deed).await;
        let done = times(&db, deed.id()).await > 0;
        match outcome {
            Ok(()) => {
                assert!(done, "{fault:?}: answered, and not done");
                felt.nothing += 1;
            }
            Err(status) => {
                tell_apart(fault, &status);
                let never_sent = matches!(fault, Fault::PortalsAway);
                assert!(!(done && never_sent), "{fault:?}: {status:?}");
                *if done {
                    &mut felt.done
                } else {
                    &mut felt.undone
                } += 1;
            }
        }
        stage.insist(fault, &deed).await;
        assert_eq!(times(&db, deed.id()).await, 1, "{fault:?} {deed:?}");
        deeds.push(deed);
        assert!(felt.nothing < FAULTS, "faults strike nothing: {felt:?}");
    }
    println!("{felt:?}");
    assert!(felt.done > FAULTS / 10, "answers were lost: {felt:?}");
    assert!(felt.undone > FAULTS / 10, "requests were lost: {felt:?}");
    everything_is_there_once(&stage, &db, &deeds).await;
    db.close().await.expect("closed");
}

/// Licences, orders, users and acts: as many as there were ids.
async fn everything_is_there_once(stage: &Stage, db: &Db, deeds: &[Deed]) {
    let is_order = |deed: &&Deed| matches!(deed, Deed::Order { .. });
    let orders = deeds.iter().filter(is_order).count() as i64;
    let acts = deeds.len() as i64;
    let users = acts - orders;
    let programme = &stage.straight;
    let record = programme
        .record(&programme.contoso, "contoso", "adatum")
        .await;
    let services = record
        .expect("the record")
        .subscriptions
        .expect("a section");
    let [now] = &services.subscriptions[..] else {
        panic!("one subscription");
    };
    assert_eq!(i64::from(now.quantity), 1 + orders, "every licence once");
    for (what, expected) in [
        ("COUNT(*) FROM customer_order", 1 + orders),
        ("COUNT(*) FROM person", users),
        ("COUNT(DISTINCT sign_in_name) FROM person", users),
        ("COUNT(*) FROM act", 1 + acts),
        ("COUNT(DISTINCT request_id) FROM act", 1 + acts),
    ] {
        assert_eq!(count(db, what, []).await, expected, "{what}");
    }
}

/// A refusal that reached the caller is one of ours, or what a broken connection looks like to a
/// client.
fn tell_apart(fault: Fault, status: &Status) {
    use std::error::Error;

    // what the client says by itself has a source, or is what this test says for it
    let gone = status.code() == Code::Cancelled && status.message() == GONE;
    if status.source().is_some() || gone {
        return;
    }
    let refusal = refused(status);
    let codes = [Code::Unavailable, Code::DeadlineExceeded];
    assert!(codes.contains(&refusal.code), "{fault:?}: {status:?}");
    assert!(!refusal.reason.is_empty(), "{fault:?}: {status:?}");
}

impl Stage {
    async fn set(store: Store) -> Stage {
        let mut system = System::new(store);
        let portals = Proxy::to(system.address(Role::Directory)).await;
        let gateway = Proxy::to(system.address(Role::Gateway)).await;
        system.detour(Role::Gateway, Role::Directory, portals.address());
        for role in Role::ALL {
            system.start(role).await;
        }
        let straight = Programme::of(&system);
        let through = Endpoint::from_shared(format!("http://{}", gateway.address()));
        // a connection that carries nothing any more is noticed, as a client in earnest would
        let channel = through
            .expect("an address is a URI")
            .http2_keep_alive_interval(SILENT)
            .keep_alive_timeout(SILENT)
            .connect_lazy();
        let programme = Programme {
            connections: ConnectionServiceClient::new(channel),
            ..straight.clone()
        };
        Stage {
            system,
            portals,
            gateway,
            programme,
            straight,
        }
    }

    async fn first_order(&self) -> Subscription {
        self.straight.connect().await;
        let invited = self.straight.invite().await;
        let accepted = self
            .straight
            .accept(&self.straight.adatum, "adatum", &invited.link)
            .await;
        accepted.expect("accepted");
        let id = Clock::system().id().to_string();
        let pair = ("fabrikam", "adatum");
        let token = &self.straight.fabrikam;
        let ordered = self
            .straight
            .order(token, pair, new_subscription(1), &id)
            .await;
        ordered.expect("ordered").subscription.expect("it")
    }

    /// Asks once, while this goes wrong.
    async fn strike(&mut self, fault: Fault, deed: &Deed) -> Result<(), Status> {
        match fault {
            Fault::PortalsAway => {
                self.portals.close();
                let outcome = deed.ask(&self.programme, None).await;
                self.portals.reopen();
                outcome
            }
            Fault::PortalsAnswerLost => {
                self.portals.hold_answers();
                let outcome = deed.ask(&self.programme, Some(SHORT)).await;
                self.portals.cut();
                self.portals.release_answers();
                outcome
            }
            Fault::PortalsAnswerLate => {
                self.portals.hold_answers();
                let outcome = deed.ask(&self.programme, Some(SHORT)).await;
                self.portals.release_answers();
                outcome
            }
            Fault::GatewayAnswerLost => {
                self.gateway.hold_answers();
                let outcome = deed.ask(&self.programme, Some(SHORT)).await;
                self.gateway.cut();
                self.gateway.release_answers();
                outcome
            }
            Fault::PortalsCut(after) => self.cut_after(&self.portals, after, deed).await,
            Fault::GatewayCut(after) => self.cut_after(&self.gateway, after, deed).await,
            Fault::CallerGone(after) => {
                let asking = tokio::time::timeout(after, deed.ask(&self.programme, None));
                asking.await.unwrap_or_else(|_| Err(gone()))
            }
            Fault::Killed(role) => {
                let asking = deed.ask(&self.programme, None);
                let outcome = tokio::time::timeout(Duration::from_millis(3), asking).await;
                self.system.kill(role);
                self.system.start(role).await;
                outcome.unwrap_or_else(|_| Err(gone()))
            }
        }
    }

    async fn cut_after(&self, proxy: &Proxy, after: Duration, deed: &Deed) -> Result<(), Status> {
        let mut asking = std::pin::pin!(deed.ask(&self.programme, None));
        match tokio::time::timeout(after, &mut asking).await {
            Ok(outcome) => outcome,
            Err(_) => {
                proxy.cut();
                asking.await
            }
        }
    }

    /// Repeats until there is an answer, and every refusal on the way says to.
    async fn insist(&self, fault: Fault, deed: &Deed) {
        eventually("an answer", SOON, || async {
            match deed.ask(&self.programme, Some(PATIENCE)).await {
                Ok(()) => Some(()),
                Err(status) => {
                    tell_apart(fault, &status);
                    None
                }
            }
        })
        .await;
    }
}

fn gone() -> Status {
    Status::cancelled(GONE)
}

/// How often an act was done that was asked for with this id.
async fn times(db: &Db, id: Uuid) -> i64 {
    count(db, "COUNT(*) FROM act WHERE request_id = $1", [id.into()]).await
}

async fn count<const N: usize>(db: &Db, what: &str, values: [Value; N]) -> i64 {
    let sql = format!("SELECT {what}");
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    let row = db.reader().query_one_raw(statement).await;
    let row = row.expect("the table can be read").expect("a row");
    row.try_get_by_index(0).expect("a count")
}

//! A caller of one tenant beside a neighbour that takes and does not give: of the caller's calls
//! none fails and p99 at most doubles, and the services' memory grows by at most 50 MiB.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use platform::keys::Grant;
use proto::customer::v1::Permission;
use proto::relationship::v1::access_service_client::AccessServiceClient;
use proto::relationship::v1::relationship_service_client::RelationshipServiceClient;
use proto::relationship::v1::{CheckAccessRequest, ListCustomersRequest, PartnerKind};
use tempfile::NamedTempFile;
use tests::{Programme, Role, Store, System, with};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

use crate::attack::{Attack, PARTNER, TOKEN};
use crate::footprint::Footprint;
use crate::{Verdict, say};

/// Customers of the neighbour's partner.
const CUSTOMERS: usize = 6_000;
/// What the caller beside asks in a second.
const RATE: u64 = 60;
/// How long it is watched alone, before and after.
const ALONE: Duration = Duration::from_secs(5);
/// How long everything has to be well again.
const RECOVERY: Duration = Duration::from_secs(5);
/// By how much memory may grow.
const GROWTH: u64 = 50 * 1024 * 1024;
/// Longer than the longest run.
const TOKENS: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Args)]
pub(crate) struct Arguments {
    /// How long each neighbour goes on, in seconds
    #[arg(long, value_name = "N", default_value_t = SECONDS)]
    seconds: u64,
    /// Only this one
    #[arg(long, value_name = "WHAT")]
    only: Option<Attack>,
}

const SECONDS: u64 = 30;

impl Default for Arguments {
    fn default() -> Self {
        Self {
            seconds: SECONDS,
            only: None,
        }
    }
}

/// Each neighbour against the gateway, and against relationship's own port, on PostgreSQL.
pub(crate) async fn run(arguments: Arguments) -> Verdict {
    let mut scene = Scene::start().await;
    let mut verdict = Verdict::Kept;
    for &attack in Attack::value_variants() {
        if arguments.only.is_some_and(|only| only != attack) {
            continue;
        }
        for role in [Role::Gateway, Role::Relationship] {
            scene.begin_anew().await;
            if scene.watch(attack, role, arguments.seconds).await == Verdict::Broken {
                verdict = Verdict::Broken;
            }
        }
    }
    verdict
}

/// A system with two tenants.
struct Scene {
    system: System,
    caller: String,
    neighbour: String,
}

impl Scene {
    async fn start() -> Self {
        let mut system = System::new(Store::postgres().await);
        let mut lines = NamedTempFile::new().expect("a temporary file");
        for number in 0..CUSTOMERS {
            writeln!(
                lines,
                r#"{{"type":"business","partner":"{PARTNER}","portal":"cloud-portal","customer":"{PARTNER}-{number:07}","display_name":"Customer {number}","country":"BR","domain":"c{number}.example","privileges":[{{"permissions":["manage_users"]}}]}}"#
            )
            .expect("a line is written");
        }
        system.import_business(lines.path());
        for role in Role::ALL {
            system.start(role).await;
        }
        let token = |tenant: &str| {
            let grant = Grant::tenant(tenant).role("global-admin").subject("ana");
            system.issuer().mint(&grant, TOKENS)
        };
        let (caller, neighbour) = (token("contoso"), token(PARTNER));
        let programme = Programme::of(&system);
        programme.connect().await;
        let reseller = PartnerKind::IndirectReseller;
        programme.enroll(&neighbour, PARTNER, reseller).await;
        Self {
            system,
            caller,
            neighbour,
        }
    }

    /// New processes, whose memory knows nothing of the last neighbour.
    async fn begin_anew(&mut self) {
        for role in [Role::Gateway, Role::Relationship] {
            self.system.stop(role);
            self.system.start(role).await;
        }
    }

    /// What becomes of the caller while the neighbour does this to that service.
    async fn watch(&self, attack: Attack, role: Role, seconds: u64) -> Verdict {
        let address = self.system.address(role);
        let servers = [Role::Gateway, Role::Relationship].map(|role| self.system.process(role));
        let servers = Footprint::of(servers.to_vec());
        let caller = Caller::new(address, self.caller.clone());
        let alone = caller.call_for(ALONE).await;
        let (memory, worked) = (servers.memory(), servers.worked());

        let neighbour = self.attack(attack, address, seconds);
        let its = Footprint::of(vec![neighbour.id()]);
        let watched = Duration::from_secs(seconds.saturating_sub(1));
        let (beside, most) = tokio::join!(caller.call_for(watched), async {
            let (mut most, end) = (memory, now() + watched);
            while now() < end {
                most = most.max(servers.memory());
                sleep(Duration::from_millis(100)).await;
            }
            most
        });
        let cores = seconds as f64 * cores();
        let (its, theirs) = (its.worked() / cores, (servers.worked() - worked) / cores);
        let told = neighbour
            .wait_with_output()
            .expect("a child can be waited for");
        let told = String::from_utf8_lossy(&told.stdout);
        let mut counts = told.split_whitespace().map(str::parse);
        let [begun, held]: [usize; 2] =
            [counts.next(), counts.next()].map(|count| count.expect("told").expect("a count"));
        sleep(RECOVERY).await;
        let after = caller.call_for(ALONE).await;

        let growth = most.saturating_sub(memory);
        let [ratio, later] =
            [&beside, &after].map(|calls| calls.p99().as_secs_f64() / alone.p99().as_secs_f64());
        let failed = [&alone, &beside, &after].map(|calls| calls.failed.len());
        // What is refused at once is not held; but a neighbour that does nothing shows nothing.
        let attacked = begun >= attack.many();
        let well = failed == [0; 3] && ratio <= 2.0 && later <= 2.0;
        let kept = attacked && well && growth <= GROWTH;
        say(format!(
            "{} {attack:?} against {} ({begun} begun, {held} at once): p99 alone {:.1?}, beside it {:.1?} ({ratio:.2} x), after it {:.1?}; failed {} of {}, after it {}; memory + {} MiB; of the cores the neighbour took {:.0} %, the services {:.0} %",
            if kept { "kept  " } else { "BROKEN" },
            role.name(),
            alone.p99(),
            beside.p99(),
            after.p99(),
            failed[1],
            beside.times.len() + failed[1],
            failed[2],
            growth / 1024 / 1024,
            its * 100.0,
            theirs * 100.0,
        ));
        for status in beside.failed.iter().chain(&after.failed).take(5) {
            say(format!("       {:?}: {}", status.code(), status.message()));
        }
        if kept { Verdict::Kept } else { Verdict::Broken }
    }

    fn attack(&self, attack: Attack, address: SocketAddr, seconds: u64) -> Child {
        let what = attack.to_possible_value().expect("none is skipped");
        let program = std::env::current_exe().expect("this program has a path");
        let mut command = Command::new(program);
        command
            .args(["neighbour", what.get_name(), &address.to_string()])
            .arg(seconds.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if attack.has_token() {
            command.env(TOKEN, &self.neighbour);
        }
        command.spawn().expect("this program starts")
    }
}

/// Calls that begin at a steady rate: two of three on a connection that is kept, the third on a new
/// one.
struct Caller {
    address: SocketAddr,
    kept: Channel,
    token: String,
}

/// How long they took, and why some failed.
#[derive(Default)]
struct Calls {
    times: Vec<Duration>,
    failed: Vec<Status>,
}

impl Calls {
    fn p99(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        let last = times.len().saturating_sub(1);
        times.get(last * 99 / 100).copied().unwrap_or_default()
    }
}

impl Caller {
    fn new(address: SocketAddr, token: String) -> Self {
        Self {
            address,
            kept: channel(address),
            token,
        }
    }

    async fn call_for(&self, time: Duration) -> Calls {
        let calls = Arc::<Mutex<Calls>>::default();
        let mut running = JoinSet::new();
        let mut tick = interval(Duration::from_secs(1) / RATE as u32);
        tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for number in 0..time.as_secs() * RATE {
            tick.tick().await;
            let channel = match number % 3 {
                0 => channel(self.address),
                _ => self.kept.clone(),
            };
            let (token, calls) = (self.token.clone(), calls.clone());
            running.spawn(async move {
                let began = now();
                let answer = ask(channel, &token, number).await;
                let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
                match answer {
                    Ok(()) => calls.times.push(began.elapsed()),
                    Err(status) => calls.failed.push(status),
                }
            });
        }
        running.join_all().await;
        let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut calls)
    }
}

async fn ask(channel: Channel, token: &str, number: u64) -> Result<(), Status> {
    let partner = "partners/contoso".to_owned();
    if number.is_multiple_of(2) {
        let list = ListCustomersRequest {
            parent: partner,
            ..Default::default()
        };
        let mut relationships = RelationshipServiceClient::new(channel);
        relationships.list_customers(with(token, list)).await?;
    } else {
        let question = CheckAccessRequest {
            partner,
            customer: "customers/adatum".to_owned(),
            permission: Permission::ManageUsers.into(),
        };
        let mut access = AccessServiceClient::new(channel);
        access.check_access(with(token, question)).await?;
    }
    Ok(())
}

fn channel(address: SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}"))
        .expect("an address is a URI")
        .timeout(Duration::from_secs(10))
        .tcp_nodelay(true)
        .connect_lazy()
}

fn cores() -> f64 {
    std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64)
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long calls take is what is told here"
)]
fn now() -> Instant {
    Instant::now()
}

//! Rolling restarts under load: replicas of relationship and invitation behind L4 balancers end
//! (SIGTERM) and come back one after the other, while callers go on calling the gateway, each with
//! its deadline.
//!
//! What a call may meet is that nobody answered it: UNAVAILABLE, at once. That its time is over may
//! be said only when it is, and nothing else goes wrong.

mod load;
mod tally;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use platform::keys::Grant;
use tokio::task::spawn_blocking;

use crate::balancer::Balancer;
use crate::{Process, Programme, Role, Store, System, free_address};
pub use load::Call;
use load::{Callers, Load};
pub use tally::{Failure, Tally};

/// How many processes each of the two roles has.
const REPLICAS: usize = 2;
/// The roles that are restarted, one replica of each in turn.
const RESTARTED: [Role; 2] = [Role::Relationship, Role::Invitation];
/// Longer than the longest run.
const TOKENS: Duration = Duration::from_secs(24 * 60 * 60);

/// How much is restarted under which load.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Processes that are ended and started again, one after the other.
    pub restarts: usize,
    /// Calls a second, begun whether earlier ones were answered or not.
    pub rate: u32,
    /// Calls begun at once beside them, whenever a process is asked to end: what it must not lose
    /// is what is under way.
    pub burst: usize,
}

/// One restart, and what became of the calls that ended meanwhile.
#[derive(Clone, Debug)]
pub struct Step {
    /// Which process: its role and number.
    pub process: String,
    /// From SIGTERM to its end.
    pub ended: Duration,
    /// From its start until it was ready.
    pub ready: Duration,
    /// The calls.
    pub calls: Tally,
}

/// Restarts by the plan on a new system in this store; tells every step, and answers what became of
/// all calls.
pub async fn roll(store: Store, plan: Plan, mut tell: impl FnMut(&Step)) -> Tally {
    let mut fleet = Fleet::start(store).await;
    let callers = fleet.callers().await;
    let load = Load::begin(callers, plan.rate);
    let mut all = Tally::default();
    for number in 0..plan.restarts {
        let step = fleet.restart(number, &load, plan.burst).await;
        all.absorb(step.calls.clone());
        tell(&step);
    }
    all.absorb(load.end().await);
    all
}

/// The system, of whose roles two have replicas.
struct Fleet {
    system: System,
    replicas: Vec<Replica>,
    _balancers: Vec<Balancer>,
}

struct Replica {
    role: Role,
    number: usize,
    at: (SocketAddr, SocketAddr),
    process: Option<Process>,
}

impl Fleet {
    async fn start(store: Store) -> Self {
        let mut system = System::new(store);
        for quota in ["invitations-per-day", "open-invitations"] {
            system.option(Role::Invitation, &format!("--{quota}=100000000"));
        }
        let (mut replicas, mut balancers) = (Vec::new(), Vec::new());
        for role in RESTARTED {
            let of_role = (1..=REPLICAS).map(|number| Replica {
                role,
                number,
                at: (free_address(), free_address()),
                process: None,
            });
            let of_role: Vec<_> = of_role.collect();
            let addresses = of_role.iter().map(|replica| replica.at.0).collect();
            let balancer = Balancer::before(addresses).await;
            for caller in [Role::Gateway, Role::Invitation] {
                system.detour(caller, role, balancer.address());
            }
            replicas.extend(of_role);
            balancers.push(balancer);
        }
        for role in [Role::Directory, Role::Notification, Role::Gateway] {
            system.start(role).await;
        }
        for replica in &mut replicas {
            replica.process = Some(system.replica(replica.role, replica.at).await);
        }
        // first one replica of either role, then the other one of either
        replicas.sort_by_key(|replica| replica.number);
        Self {
            system,
            replicas,
            _balancers: balancers,
        }
    }

    async fn callers(&self) -> Callers {
        let issuer = self.system.issuer();
        let admin = |tenant: &str| {
            let grant = Grant::tenant(tenant).role("global-admin").subject("ana");
            issuer.mint(&grant, TOKENS)
        };
        let programme = Programme {
            operator: issuer.mint(&Grant::operator(), TOKENS),
            contoso: admin("contoso"),
            fabrikam: admin("fabrikam"),
            adatum: admin("adatum"),
            ..Programme::of(&self.system)
        };
        programme.connect().await;
        let link = programme.invite().await.link;
        Callers { programme, link }
    }

    async fn restart(&mut self, number: usize, load: &Load, burst: usize) -> Step {
        let turn = number % self.replicas.len();
        let replica = &mut self.replicas[turn];
        let mut process = replica.process.take().expect("every replica runs");
        load.burst(burst);
        let start = now();
        // a process that drains is waited for beside the calls that it answers
        let ended = spawn_blocking(move || process.terminate());
        ended.await.expect("a process can be waited for");
        let (ended, start) = (start.elapsed(), now());
        let process = self.system.replica(replica.role, replica.at).await;
        replica.process = Some(process);
        Step {
            process: format!("{}/{}", replica.role.name(), replica.number),
            ended,
            ready: start.elapsed(),
            calls: load.so_far(),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long calls and restarts take is what is told here"
)]
fn now() -> Instant {
    Instant::now()
}

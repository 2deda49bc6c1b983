//! Takes connections, as many as there is room for: when there is none, the one that has been idle
//! longest makes room, and only where none is idle is the new one turned away. What a connection
//! may do is not known here.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::service::Routes;

use super::connection::{Connection, Protocol};

/// How many connections may be on their way out beside those that there may be.
const LEAVING: usize = 64;
/// How long nothing is accepted after the system had no file descriptor or memory for it.
const BREATHER: Duration = Duration::from_millis(50);

/// How many connections a server has at once.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// In all. What the process may open besides needs file descriptors as well.
    pub most: usize,
    /// From one address; callers behind one balancer or proxy share theirs.
    pub of_one_address: usize,
}

impl Default for Connections {
    fn default() -> Self {
        Self {
            most: 4096,
            of_one_address: 2048,
        }
    }
}

/// Serves what comes in until `draining`, and then ends once every connection has ended; those that
/// are left at `end` are dropped. The socket is closed as soon as the drain begins.
pub(super) async fn accept(
    listener: TcpListener,
    routes: Routes,
    protocol: Protocol,
    limits: Connections,
    [draining, end]: [CancellationToken; 2],
) {
    let open = Arc::new(Open {
        limits,
        connections: Mutex::default(),
    });
    let tracker = TaskTracker::new();
    loop {
        let (stream, address) = tokio::select! {
            () = draining.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::debug!(%error, "no connection could be accepted");
                    tokio::time::sleep(BREATHER).await;
                    continue;
                }
            },
        };
        // Small answers leave at once; where that cannot be set, they leave later.
        let _ = stream.set_nodelay(true);
        let Some(place) = open.admit(address.ip(), draining.child_token()) else {
            tracing::debug!("a connection was turned away: there are too many");
            continue;
        };
        let (routes, end) = (routes.clone(), end.clone());
        tracker.spawn(async move {
            let serving = place.connection.clone().serve(stream, routes, protocol);
            end.run_until_cancelled(serving).await;
            drop(place);
        });
    }
    drop(listener);
    tracker.close();
    tracker.wait().await;
}

/// The connections that are open.
struct Open {
    limits: Connections,
    connections: Mutex<Register>,
}

#[derive(Default)]
struct Register {
    next: u64,
    by_id: HashMap<u64, Arc<Connection>>,
    /// Those that were asked to make room and are still there.
    leaving: HashSet<u64>,
    by_address: HashMap<IpAddr, usize>,
}

impl Open {
    /// A place for a connection that leaves gracefully when `leave` says so; none where there is no
    /// room and none can be made.
    fn admit(
        self: &Arc<Self>,
        address: IpAddr,
        leave: CancellationToken,
    ) -> Option<OpenConnection> {
        let connection = Arc::new(Connection::new(address, leave));
        let address = connection.address();
        let mut register = self.register();
        let of_address = register.by_address.get(&address).copied().unwrap_or(0);
        if of_address >= self.limits.of_one_address {
            register.make_room(|connection| connection.address() == address)?;
        } else if register.by_id.len() >= self.limits.most {
            register.make_room(|_| true)?;
        }
        let id = register.next;
        register.next += 1;
        register.by_id.insert(id, connection.clone());
        *register.by_address.entry(address).or_default() += 1;
        Some(OpenConnection {
            id,
            connection,
            open: self.clone(),
        })
    }

    fn register(&self) -> MutexGuard<'_, Register> {
        // nothing panics while it is half changed
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Register {
    /// Lets the connection leave that has been idle longest among these; none where too many have
    /// been asked to and have not left.
    fn make_room(&mut self, among: impl Fn(&Connection) -> bool) -> Option<()> {
        if self.leaving.len() >= LEAVING {
            return None;
        }
        let (_, id) = self
            .by_id
            .iter()
            .filter(|(_, connection)| among(connection))
            .filter_map(|(&id, connection)| Some((connection.idle_since()?, id)))
            .min()?;
        let connection = self.by_id.remove(&id)?;
        self.leaving.insert(id);
        self.forget(connection.address());
        connection.make_room();
        Some(())
    }

    fn remove(&mut self, id: u64) {
        self.leaving.remove(&id);
        if let Some(connection) = self.by_id.remove(&id) {
            self.forget(connection.address());
        }
    }

    fn forget(&mut self, address: IpAddr) {
        if let Some(count) = self.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&address);
            }
        }
    }
}

/// The place of one connection, given back when it is dropped.
struct OpenConnection {
    id: u64,
    connection: Arc<Connection>,
    open: Arc<Open>,
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.open.register().remove(self.id);
    }
}

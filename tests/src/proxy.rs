//! A TCP proxy that can hold back answers, cut connections, and take none.
//!
//! It knows nothing of what it carries. With it a test stops a process between a
//! commit elsewhere and the answer to it, or takes a service away, without a hook in the program.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// Stands between a client and `target` until it is dropped.
pub struct Proxy {
    address: SocketAddr,
    answers: Arc<Mutex<Valve>>,
    open: Arc<AtomicBool>,
    carrying: Arc<Mutex<JoinSet<()>>>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free port of loopback.
    pub async fn to(target: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let answers = Arc::new(Mutex::new(Valve::default()));
        let valves = answers.clone();
        let open = Arc::new(AtomicBool::new(true));
        let carrying = Arc::new(Mutex::new(JoinSet::new()));
        let (takes, carried) = (open.clone(), carrying.clone());
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if !takes.load(Ordering::Relaxed) {
                    continue;
                }
                let Ok(server) = TcpStream::connect(target).await else {
                    continue;
                };
                // what is carried is not held back for more of it
                if client.set_nodelay(true).is_err() || server.set_nodelay(true).is_err() {
                    continue;
                }
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                let mut carried = carried.lock().expect("no panic with the lock");
                while carried.try_join_next().is_some() {}
                carried.spawn(carry(from_client, to_server, None));
                let valve = valves.lock().expect("no panic with the lock").subscribe();
                carried.spawn(carry(from_server, to_client, Some(valve)));
            }
        });
        Proxy {
            address,
            answers,
            open,
            carrying,
            accepting,
        }
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on nothing that the server says reaches a client.
    pub fn hold_answers(&self) {
        self.valve().now.send_replace(false);
    }

    /// Answers flow again, those held first.
    pub fn release_answers(&self) {
        self.valve().now.send_replace(true);
    }

    /// The connections there are never hear of the server again; new ones do.
    pub fn silence(&self) {
        let mut valve = self.valve();
        valve.now.send_replace(false);
        let silent = std::mem::replace(&mut valve.now, watch::Sender::new(true));
        valve.silent.push(silent);
    }

    fn valve(&self) -> MutexGuard<'_, Valve> {
        self.answers.lock().expect("no panic with the lock")
    }

    /// Cuts every connection; what was under way, and every answer held, is lost.
    pub fn cut(&self) {
        let mut carrying = self.carrying.lock().expect("no panic with the lock");
        carrying.abort_all();
    }

    /// From now on every connection is closed as soon as it is made, and those there are are cut.
    pub fn close(&self) {
        self.open.store(false, Ordering::Relaxed);
        self.cut();
    }

    /// Connections are taken again.
    pub fn reopen(&self) {
        self.open.store(true, Ordering::Relaxed);
    }
}

/// Whether answers pass, for the connections to come and for those that fell silent.
struct Valve {
    now: watch::Sender<bool>,
    silent: Vec<watch::Sender<bool>>,
}

impl Default for Valve {
    fn default() -> Self {
        Self {
            now: watch::Sender::new(true),
            silent: Vec::new(),
        }
    }
}

impl Valve {
    fn subscribe(&self) -> watch::Receiver<bool> {
        self.now.subscribe()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut open: Option<watch::Receiver<bool>>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(read @ 1..) = from.read(&mut buffer).await else {
            return;
        };
        if let Some(open) = &mut open
            && open.wait_for(|open| *open).await.is_err()
        {
            return;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

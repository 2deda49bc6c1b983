//! An L4 balancer: each connection goes to the next process that takes it, and stays there.
//!
//! It knows no protocol, looks after nobody's health, and closes what either side closes: as much,
//! and as little, as stands before replicas in a cluster.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Stands before replicas until it is dropped.
pub struct Balancer {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Balancer {
    /// Listens on a free port of loopback for connections to these, which need not be there yet.
    pub async fn before(replicas: Vec<SocketAddr>) -> Balancer {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let accepting = tokio::spawn(async move {
            let (mut next, mut carrying) = (0, JoinSet::new());
            while let Ok((client, _)) = listener.accept().await {
                while carrying.try_join_next().is_some() {}
                next = (next + 1) % replicas.len();
                let mut turn = replicas.clone();
                turn.rotate_left(next);
                carrying.spawn(carry(client, turn));
            }
        });
        Balancer { address, accepting }
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Carries a connection to the first of these that takes it; closes it where none does.
async fn carry(mut client: TcpStream, turn: Vec<SocketAddr>) {
    for replica in turn {
        let Ok(mut server) = TcpStream::connect(replica).await else {
            continue;
        };
        // what is carried is not held back for more of it
        if client.set_nodelay(true).is_ok() && server.set_nodelay(true).is_ok() {
            // whichever way it ends, both sides are closed
            let _ = copy_bidirectional(&mut client, &mut server).await;
        }
        return;
    }
}

//! A TCP proxy that can hold back answers: requests arrive, their callers never hear of it.
//!
//! It knows nothing of what it carries. With it a test stops a process between a
//! commit elsewhere and the answer to it, without a hook in the program.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Stands between a client and `target` until it is dropped.
pub struct Proxy {
    address: SocketAddr,
    answers: Arc<watch::Sender<bool>>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Listens on a free port of loopback.
    pub async fn to(target: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let answers = Arc::new(watch::channel(true).0);
        let gate = answers.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(target).await else {
                    continue;
                };
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(carry(from_client, to_server, None));
                tokio::spawn(carry(from_server, to_client, Some(gate.subscribe())));
            }
        });
        Proxy {
            address,
            answers,
            accepting,
        }
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on nothing that the server says reaches a client.
    pub fn hold_answers(&self) {
        self.answers.send_replace(false);
    }

    /// Answers flow again, those held first.
    pub fn release_answers(&self) {
        self.answers.send_replace(true);
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

//! A PostgreSQL that recovers: before a real one, in its own words, until it is let through.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// The length and the code of a request for TLS, to which `N` says no.
const TLS_WANTED: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
/// What PostgreSQL 15 answers while it recovers: ErrorResponse, with severity, SQLSTATE and
/// message.
const RECOVERS: &[u8] = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0";

/// Stands before a server until it is dropped.
pub struct Recovering {
    address: SocketAddr,
    recovered: Arc<AtomicBool>,
    accepting: JoinHandle<()>,
}

impl Recovering {
    /// Listens on a free port of loopback, before `server`.
    pub async fn before(server: SocketAddr) -> Recovering {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let recovered = Arc::new(AtomicBool::new(false));
        let passes = recovered.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                if !passes.load(Ordering::Relaxed) {
                    tokio::spawn(refuse(client));
                } else if let Ok(mut server) = TcpStream::connect(server).await {
                    tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
                }
            }
        });
        Recovering {
            address,
            recovered,
            accepting,
        }
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes connections from now on.
    pub fn recovered(&self) {
        self.recovered.store(true, Ordering::Relaxed);
    }
}

impl Drop for Recovering {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn refuse(mut client: TcpStream) -> std::io::Result<()> {
    let mut first = [0; 8];
    client.read_exact(&mut first).await?;
    if first == TLS_WANTED {
        client.write_all(b"N").await?;
        client.read_exact(&mut first).await?;
    }
    let length = u32::try_from(RECOVERS.len() + 4).expect("short");
    client.write_all(b"E").await?;
    client.write_all(&length.to_be_bytes()).await?;
    client.write_all(RECOVERS).await?;
    client.shutdown().await
}

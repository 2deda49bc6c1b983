//! What a browser finds here: nothing. The pages for people are elsewhere.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Gateway, StandIn};

/// R44: a link that somebody opens here, of a time before there were pages say, is looked up
/// nowhere and shows nothing.
#[tokio::test]
async fn there_is_no_page_here() {
    let mut owners = [
        StandIn::content().await,
        StandIn::content().await,
        StandIn::content().await,
    ];
    let gateway = Gateway::start(owners[0].address, owners[1].address, owners[2].address).await;
    for path in ["/", "/i/k1.AZfzoFt-fDqdWAwdLj9KWw.1.q83vEjRWeJA", "/i/x"] {
        let mut stream = TcpStream::connect(gateway.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", gateway.address);
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // how it is hung up on is not the point
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1"), "{path}");
    }
    assert!(owners.iter_mut().all(StandIn::is_untouched));
}

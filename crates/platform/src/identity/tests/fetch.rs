//! Documents fetched over TLS: from hosts whose certificates can be checked, and from no other.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::{entry, json, read};
use crate::identity::fetch::{Address, Fetcher};

const DOCUMENT: &str = "{}";

/// An authority of our own, with its certificate in a file.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new(folder: &Path, name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = folder.join(name);
        std::fs::write(&file, issuer.pem()).unwrap();
        Self { issuer, file }
    }

    /// Serves one document at this host's name; answers the port.
    async fn serve(&self, host: &str) -> u16 {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // a client that does not believe us goes away
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let length = DOCUMENT.len();
                let answer =
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{DOCUMENT}");
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        port
    }
}

async fn fetched(authorities: Option<&Path>, url: &str) -> Result<(), String> {
    let address = Address::parse(url).unwrap();
    let fetcher = Fetcher::new(authorities).unwrap();
    fetcher.get(&address).await.map(|document| {
        assert_eq!(document, DOCUMENT);
    })
}

/// A file of authorities with others in it is taken up, as the list is that names it.
#[test]
fn changed_authorities_are_taken_up() {
    let folder = TempDir::new().unwrap();
    let ours = Authority::new(folder.path(), "ca.pem");
    let mut issuer = entry("https://login.example", &["contoso"], &[]);
    issuer.as_object_mut().unwrap().remove("jwks_file");
    issuer["ca_file"] = json!("ca.pem");
    let verifier = read(folder.path(), &[issuer]).unwrap();
    let before = verifier.issuers();
    verifier.reread().unwrap();
    assert!(
        Arc::ptr_eq(&before, &verifier.issuers()),
        "nothing has changed"
    );
    let other = Authority::new(folder.path(), "other.pem");
    std::fs::copy(&other.file, &ours.file).unwrap();
    verifier.reread().unwrap();
    assert!(!Arc::ptr_eq(&before, &verifier.issuers()));
}

/// An authority that an operator names is believed, by its certificate alone and for its own hosts;
/// one that browsers do not know is not, nor is a certificate for another host.
#[tokio::test]
async fn only_hosts_with_a_certificate_are_believed() {
    let folder = TempDir::new().unwrap();
    let ours = Authority::new(folder.path(), "ours.pem");
    let other = Authority::new(folder.path(), "other.pem");
    let port = ours.serve("localhost").await;
    let localhost = format!("https://localhost:{port}/keys");
    fetched(Some(&ours.file), &localhost).await.unwrap();
    for (authorities, url) in [
        (None, &localhost),
        (Some(other.file.as_path()), &localhost),
        (
            Some(ours.file.as_path()),
            &format!("https://127.0.0.1:{port}/keys"),
        ),
    ] {
        let refused = fetched(authorities, url).await.unwrap_err();
        assert!(refused.contains("certificate"), "{refused}");
    }
}

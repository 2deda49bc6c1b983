//! What an identity provider answers, to a question for a document and to a form: small, in time,
//! over TLS, and from the address that was asked. A redirection is refused, wherever it leads.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::keys;

/// How long one fetch may take, and the largest document.
const PATIENCE: Duration = Duration::from_secs(5);
const MAX_BYTES: usize = 1024 * 1024;

/// Where a document is: an address with `https`, or with `http` on this machine alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address(Uri);

/// Fetches documents, and believes the hosts whose certificates it can check.
#[derive(Clone)]
pub(super) struct Fetcher {
    connector: TlsConnector,
    /// The file of the authorities, as it was read; nothing where they are those of browsers.
    authorities: Vec<u8>,
}

impl Address {
    /// Whether nobody on the way can answer for it.
    pub(super) fn is_secure(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    /// Reads an address.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let uri: Uri = text
            .parse()
            .map_err(|_| format!("{text} is not an address"))?;
        match (uri.scheme_str(), uri.host()) {
            (Some("https"), Some(_)) => Ok(Self(uri)),
            (Some("http"), Some("127.0.0.1" | "localhost" | "[::1]")) => Ok(Self(uri)),
            _ => Err(format!(
                "{text} must begin with https:// (http:// on this machine alone)"
            )),
        }
    }
}

impl Fetcher {
    /// Believes the authorities that browsers do, or those of this file alone.
    pub(super) fn new(authorities: Option<&Path>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        let mut read = Vec::new();
        match authorities {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(file) => {
                let shown = file.display();
                read = keys::read_file(file).map_err(|error| error.to_string())?;
                let certificates = CertificateDer::pem_slice_iter(&read)
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(|error| format!("{shown}: {error}"))?;
                let (added, _) = roots.add_parsable_certificates(certificates);
                if added == 0 {
                    return Err(format!(
                        "{shown}: no certificate of an authority in PEM form"
                    ));
                }
            }
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            authorities: read,
        })
    }

    /// Whether this one believes the same hosts.
    pub(super) fn believes_as(&self, other: &Self) -> bool {
        self.authorities == other.authorities
    }

    /// The document, or why there is none.
    pub(super) async fn get(&self, address: &Address) -> Result<Bytes, String> {
        match self.asked(address, Asked::document()).await? {
            (StatusCode::OK, document) => Ok(document),
            (status, _) => Err(format!("{}: answered {status}", address.0)),
        }
    }

    /// What is answered to a form, or why nothing is. `authorization` goes with it, and is secret.
    pub(super) async fn post_form(
        &self,
        address: &Address,
        form: String,
        authorization: Option<HeaderValue>,
    ) -> Result<(StatusCode, Bytes), String> {
        self.asked(address, Asked::form(form, authorization)).await
    }

    async fn asked(&self, address: &Address, asked: Asked) -> Result<(StatusCode, Bytes), String> {
        let answered = timeout(PATIENCE, self.asked_in_time(&address.0, asked));
        let outcome = answered
            .await
            .unwrap_or_else(|_| Err("no answer in 5 s".to_owned()));
        outcome.map_err(|what| format!("{}: {what}", address.0))
    }

    async fn asked_in_time(&self, uri: &Uri, asked: Asked) -> Result<(StatusCode, Bytes), String> {
        let host = uri.host().ok_or("no host")?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let secure = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let stream = TcpStream::connect((bare, port)).await.map_err(told)?;
        if !secure {
            return ask(stream, uri, asked).await;
        }
        let name = ServerName::try_from(bare.to_owned()).map_err(told)?;
        let stream = self.connector.connect(name, stream).await.map_err(told)?;
        ask(stream, uri, asked).await
    }
}

/// What is asked of an address.
struct Asked {
    method: Method,
    body: Bytes,
    authorization: Option<HeaderValue>,
}

impl Asked {
    fn document() -> Self {
        Self {
            method: Method::GET,
            body: Bytes::new(),
            authorization: None,
        }
    }

    fn form(form: String, authorization: Option<HeaderValue>) -> Self {
        Self {
            method: Method::POST,
            body: form.into(),
            authorization,
        }
    }
}

async fn ask<S>(stream: S, uri: &Uri, asked: Asked) -> Result<(StatusCode, Bytes), String>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(told)?;
    let connection = tokio::spawn(connection);
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::builder()
        .method(&asked.method)
        .uri(path)
        .header(HOST, authority)
        .header(ACCEPT, "application/json");
    if asked.method == Method::POST {
        request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    if let Some(mut authorization) = asked.authorization {
        authorization.set_sensitive(true);
        request = request.header(AUTHORIZATION, authorization);
    }
    let request = request.body(Full::new(asked.body)).map_err(told)?;
    let response = sender.send_request(request).await.map_err(told)?;
    let status = response.status();
    let body = Limited::new(response.into_body(), MAX_BYTES);
    let body = body.collect().await.map_err(|error| error.to_string())?;
    connection.abort();
    Ok((status, body.to_bytes()))
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

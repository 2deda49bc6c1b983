//! What an identity provider answers: a document that is fetched, or the answer to a form. Small,
//! in time, over TLS, and from the address that was asked. A redirection is followed nowhere.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
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

    /// The address with these parameters behind those that it has.
    pub(super) fn with(&self, parameters: &[(&str, &str)]) -> String {
        let joint = match self.0.query() {
            None => "?",
            Some("") => "",
            Some(_) => "&",
        };
        format!("{}{joint}{}", self.0, encoded(parameters))
    }

    /// Without parameters, for the log.
    fn bare(&self) -> String {
        let whole = self.0.to_string();
        whole.split('?').next().unwrap_or_default().to_owned()
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
        let (status, document) = self.ask(address, Request::default()).await?;
        if status != StatusCode::OK {
            return Err(format!("{}: answered {status}", address.bare()));
        }
        Ok(document)
    }

    /// The answer to a form, whatever its status is, or why there is none. With `basic`, the name
    /// and the password of HTTP's basic authentication, neither of which has a colon.
    pub(super) async fn post_form(
        &self,
        address: &Address,
        form: &[(&str, &str)],
        basic: Option<(&str, &str)>,
    ) -> Result<(StatusCode, Bytes), String> {
        let mut request = Request::new(Full::from(encoded(form)));
        *request.method_mut() = Method::POST;
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        if let Some((name, password)) = basic {
            let both = STANDARD.encode(format!("{name}:{password}"));
            let mut value = HeaderValue::try_from(format!("Basic {both}")).map_err(told)?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        self.ask(address, request).await
    }

    async fn ask(
        &self,
        address: &Address,
        request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, Bytes), String> {
        let answered = timeout(PATIENCE, self.ask_in_time(&address.0, request));
        let outcome = answered
            .await
            .unwrap_or_else(|_| Err("no answer in 5 s".to_owned()));
        outcome.map_err(|what| format!("{}: {what}", address.bare()))
    }

    async fn ask_in_time(
        &self,
        uri: &Uri,
        request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, Bytes), String> {
        let host = uri.host().ok_or("no host")?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let secure = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let stream = TcpStream::connect((bare, port)).await.map_err(told)?;
        if !secure {
            return exchange(stream, uri, request).await;
        }
        let name = ServerName::try_from(bare.to_owned()).map_err(told)?;
        let stream = self.connector.connect(name, stream).await.map_err(told)?;
        exchange(stream, uri, request).await
    }
}

async fn exchange<S>(
    stream: S,
    uri: &Uri,
    mut request: Request<Full<Bytes>>,
) -> Result<(StatusCode, Bytes), String>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(told)?;
    let connection = tokio::spawn(connection);
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = path.parse().map_err(told)?;
    let headers = request.headers_mut();
    headers.insert(HOST, HeaderValue::try_from(authority).map_err(told)?);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let response = sender.send_request(request).await.map_err(told)?;
    let status = response.status();
    let body = Limited::new(response.into_body(), MAX_BYTES);
    let body = body.collect().await.map_err(|error| error.to_string())?;
    connection.abort();
    Ok((status, body.to_bytes()))
}

/// Names and values as a form has them, and a query.
fn encoded(pairs: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(pairs).finish()
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

//! Somebody who reads pages without a browser: asks, follows redirections, keeps cookies, and fills
//! in forms as they stand; and says whatever a test wants said.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::net::TcpStream;

/// More redirections than this lead nowhere.
const MOST_STEPS: usize = 12;

/// What was answered, a redirection as well.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Answer {
    /// What a header says; nothing where it is not there.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// A form as a page has it.
#[derive(Clone, Debug)]
struct Form {
    action: String,
    fields: BTreeMap<String, String>,
}

/// Somebody with cookies of its own, at a page.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    language: String,
    cookies: BTreeMap<String, String>,
    /// Every address on the way to the page that is shown, redirections included.
    pub way: Vec<String>,
    /// What was said of cookies on that way, line by line.
    pub cookie_lines: Vec<String>,
    /// Where the page is that was shown last.
    pub address: String,
    /// That page.
    pub page: Answer,
}

impl Visitor {
    /// Somebody who has seen nothing yet, and reads this language.
    pub fn new(language: &str) -> Self {
        Self {
            language: language.to_owned(),
            ..Self::default()
        }
    }

    /// Shows a page, wherever that leads.
    pub async fn open(&mut self, address: &str) -> &Answer {
        let to = absolute(&self.address, address);
        self.follow(Method::GET, to, None).await
    }

    /// Follows the link with this text.
    pub async fn press(&mut self, text: &str) -> &Answer {
        let links = elements(&self.page.body, "a");
        let link = links.iter().find(|(_, inner)| plain(inner).trim() == text);
        let (tag, _) = link.unwrap_or_else(|| panic!("no link {text}: {}", self.text()));
        let href = attribute(tag, "href").expect("a link leads somewhere");
        self.open(&href).await
    }

    /// Sends the form whose address ends so, with these fields filled in, as a browser does.
    pub async fn submit(&mut self, action: &str, fields: &[(&str, &str)]) -> &Answer {
        let Form { action, fields } = self.filled(action, fields);
        let to = absolute(&self.address, &action);
        self.follow(Method::POST, to, Some(encoded(&fields))).await
    }

    /// The fields of the form whose address ends so, with these filled in, as they are sent.
    pub fn fields(&self, action: &str, fields: &[(&str, &str)]) -> String {
        encoded(&self.filled(action, fields).fields)
    }

    fn filled(&self, action: &str, fields: &[(&str, &str)]) -> Form {
        let forms = self.forms();
        let form = forms.into_iter().find(|form| form.action.ends_with(action));
        let mut form = form.unwrap_or_else(|| panic!("no form {action}: {}", self.text()));
        for (name, value) in fields {
            form.fields.insert((*name).to_owned(), (*value).to_owned());
        }
        form
    }

    /// Asks once, with these headers besides, and goes nowhere: neither cookies nor the page that
    /// is shown change.
    pub async fn ask(
        &self,
        method: Method,
        address: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        let to = absolute(&self.address, address);
        let mut request = self.request(method, &to, body);
        for (name, value) in headers {
            let name: HeaderName = name.parse().expect("the name of a header");
            let value: HeaderValue = value.parse().expect("the value of a header");
            request.headers_mut().insert(name, value);
        }
        asked(&to, request).await
    }

    /// Forgets a cookie; what it was.
    pub fn forget(&mut self, cookie: &str) -> Option<String> {
        self.cookies.remove(cookie)
    }

    /// Has a cookie from now on, whoever has set it.
    pub fn keep(&mut self, cookie: &str, value: &str) {
        self.cookies.insert(cookie.to_owned(), value.to_owned());
    }

    /// What a cookie says.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// What the page says.
    pub fn text(&self) -> String {
        plain(&self.page.body)
    }

    /// The addresses of all links and forms of the page.
    pub fn addresses(&self) -> Vec<String> {
        let links = elements(&self.page.body, "a");
        let links = links.iter().filter_map(|(tag, _)| attribute(tag, "href"));
        links
            .chain(self.forms().into_iter().map(|form| form.action))
            .collect()
    }

    /// Signs in at the page of an oidc-provider, of Keycloak or of the development sign-in that is
    /// shown.
    pub async fn sign_in(&mut self, name: &str) {
        for _ in 0..4 {
            let Some(form) = self.forms().into_iter().next() else {
                return;
            };
            let theirs = ["authorize", "/interaction/", "/login-actions/"];
            if !theirs.iter().any(|part| form.action.contains(part)) {
                return;
            }
            let fields = [
                ("login", name),
                ("username", name),
                ("password", "secret"),
                ("person", name),
            ];
            self.submit(&form.action, &fields).await;
        }
    }

    async fn follow(&mut self, method: Method, to: Uri, body: Option<String>) -> &Answer {
        let (mut method, mut to, mut body) = (method, to, body);
        self.way.clear();
        self.cookie_lines.clear();
        for _ in 0..MOST_STEPS {
            let answer = asked(&to, self.request(method, &to, body)).await;
            self.take(&answer.headers);
            self.address = to.to_string();
            self.way.push(self.address.clone());
            self.page = answer;
            if !self.page.status.is_redirection() {
                return &self.page;
            }
            to = absolute(&self.address, self.page.header(LOCATION.as_str()));
            (method, body) = (Method::GET, None);
        }
        panic!("sent around without an end, at last to {to}");
    }

    fn request(&self, method: Method, to: &Uri, body: Option<String>) -> Request<Full<Bytes>> {
        let path = to.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::builder()
            .method(&method)
            .uri(path)
            .header(HOST, to.authority().map_or("", |host| host.as_str()))
            .header(ACCEPT_LANGUAGE, &self.language);
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        if method == Method::POST {
            request = request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(ORIGIN, self.origin())
                .header("sec-fetch-site", "same-origin");
        }
        let body = Full::new(Bytes::from(body.unwrap_or_default()));
        request.body(body).expect("a request")
    }

    /// Whose page sends a form, as browsers say it: `null` where the page tells nobody where it is.
    fn origin(&self) -> String {
        let here = self.address.parse::<Uri>().ok();
        let host = here.as_ref().and_then(Uri::authority);
        match host {
            Some(host) if self.page.header("referrer-policy") != "no-referrer" => {
                format!("http://{host}")
            }
            _ => "null".to_owned(),
        }
    }

    fn take(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(SET_COOKIE) {
            let line = line.to_str().expect("a cookie in ASCII");
            self.cookie_lines.push(line.to_owned());
            let (pair, rest) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').expect("a cookie has a name");
            let is_over = rest.contains("Max-Age=0") || rest.contains("expires=Thu, 01 Jan 1970");
            if is_over || value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    fn forms(&self) -> Vec<Form> {
        let forms = elements(&self.page.body, "form");
        forms
            .into_iter()
            .map(|(tag, inner)| form(&tag, &inner))
            .collect()
    }
}

fn form(tag: &str, inner: &str) -> Form {
    let mut fields = BTreeMap::new();
    for tag in tags(inner, "input") {
        let is_box = attribute(&tag, "type").as_deref() == Some("checkbox");
        if let Some(name) = attribute(&tag, "name").filter(|_| !is_box) {
            fields.insert(name, attribute(&tag, "value").unwrap_or_default());
        }
    }
    for (tag, text) in elements(inner, "textarea") {
        if let Some(name) = attribute(&tag, "name") {
            fields.insert(name, unescaped(text.trim_start_matches('\n')));
        }
    }
    for (tag, options) in elements(inner, "select") {
        let options = tags(&options, "option");
        let chosen = options.iter().find(|tag| tag.contains(" selected"));
        if let (Some(name), Some(option)) = (attribute(&tag, "name"), chosen.or(options.first())) {
            fields.insert(name, attribute(option, "value").unwrap_or_default());
        }
    }
    Form {
        action: attribute(tag, "action").unwrap_or_default(),
        fields,
    }
}

async fn asked(to: &Uri, request: Request<Full<Bytes>>) -> Answer {
    let authority = to.authority().expect("an address has a host").as_str();
    let stream = TcpStream::connect(authority)
        .await
        .expect("somebody listens");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .expect("HTTP/1.1");
    let connection = tokio::spawn(connection);
    let response = sender.send_request(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a whole answer").to_bytes();
    connection.abort();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

fn absolute(base: &str, address: &str) -> Uri {
    let address = address.split('#').next().unwrap_or_default();
    if address.contains("://") {
        return address.parse().expect("an address");
    }
    let base: Uri = base.parse().expect("an address to begin with");
    let host = base.authority().map_or("", |host| host.as_str());
    let path = match address.strip_prefix('/') {
        Some(_) => address.to_owned(),
        None => {
            let (folder, _) = base.path().rsplit_once('/').unwrap_or_default();
            format!("{folder}/{address}")
        }
    };
    format!("http://{host}{path}").parse().expect("an address")
}

fn encoded(fields: &BTreeMap<String, String>) -> String {
    let escaped = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// The elements of this kind, none of which holds another: each opening tag, and what is in it.
fn elements(page: &str, kind: &str) -> Vec<(String, String)> {
    let (open, close) = (format!("<{kind}"), format!("</{kind}>"));
    let mut found = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once(&open) {
        rest = after;
        let Some((tag, inner)) = after.split_once('>').filter(|(tag, _)| begins(tag)) else {
            continue;
        };
        let (inner, after) = inner.split_once(&close).unwrap_or((inner, ""));
        found.push((format!("{tag} "), inner.to_owned()));
        rest = after;
    }
    found
}

/// The opening tags of this kind.
fn tags(page: &str, kind: &str) -> Vec<String> {
    let open = format!("<{kind}");
    let parts = page.split(&open).skip(1);
    let tags = parts.filter_map(|part| part.split_once('>'));
    tags.filter(|(tag, _)| begins(tag))
        .map(|(tag, _)| format!("{tag} "))
        .collect()
}

/// Whether the name of a tag ends here.
fn begins(tag: &str) -> bool {
    tag.is_empty() || tag.starts_with(char::is_whitespace)
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    value.split_once('"').map(|(value, _)| unescaped(value))
}

/// What a page says, without its tags.
fn plain(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        if !(after.starts_with("bdi") || after.starts_with("/bdi") || after.starts_with("/b>")) {
            text.push('\n');
        }
        rest = after.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let lines: Vec<_> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    unescaped(&lines.join("\n"))
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x3a;", ":")
        .replace("&#x2f;", "/")
        .replace("&#x3d;", "=")
        .replace("&amp;", "&")
}

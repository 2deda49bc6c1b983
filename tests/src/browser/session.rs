//! A session of a headless Chromium, and how it is asked: WebDriver, and the browser's own protocol
//! where WebDriver has no word.
//!
//! What a page is, and what is done on it, is not here.

use std::env;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::{ParseError, Url};

use crate::client::eventually;
use crate::process::{Process, free_address};

/// How long a page may take for anything at all.
pub(super) const SOON: Duration = Duration::from_secs(20);
/// The height of the window.
const HEIGHT: u32 = 900;
/// Of Chromium. Only pages of ours are read, and neither root nor most containers have its sandbox.
/// No other host can be named, not even by its address.
const FLAGS: [&str; 12] = [
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-sync",
    "--hide-scrollbars",
];
/// A page that says whether its scripts run.
const PROBE: &str =
    "data:text/html,<p>off</p><script>document.querySelector('p').textContent='on'</script>";

/// Who reads: in which language, with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// The one language that the browser says it reads: `en`, `pt-BR`.
    pub language: &'static str,
    /// Whether the scripts of pages run.
    pub scripts: bool,
    /// The width of the window in CSS pixels.
    pub width: u32,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            language: "en",
            scripts: true,
            width: 1280,
        }
    }
}

/// A driver of its own, and the one browser that it has started. Dropping it ends both.
pub(super) struct Session {
    client: Client,
    id: String,
    browser: Option<Pid>,
    address: SocketAddr,
    // dropped in this order: the driver is gone before its folder
    _driver: Process,
    _folder: TempDir,
}

impl Session {
    pub(super) async fn start(reader: Reader) -> Session {
        let folder = TempDir::new().expect("a temporary folder");
        let address = free_address();
        let mut command = Command::new(named("CHROMEDRIVER"));
        command
            .arg(format!("--port={}", address.port()))
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path());
        let mut driver = Process::start(&mut command, &folder.path().join("chromedriver.log"));
        eventually("chromedriver", SOON, || {
            assert!(driver.runs(), "it ended: {}", driver.log());
            async move { TcpStream::connect(address).ok() }
        })
        .await;

        let Value::Object(capabilities) = capabilities(reader, &folder) else {
            unreachable!("capabilities are an object");
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://{address}"))
            .await
            .unwrap_or_else(|error| panic!("no browser: {error}; {}", driver.log()));
        let id = client.session_id().await.expect("the driver answers");
        let process = client.capabilities().and_then(|all| {
            let id = all.get("goog:processID")?.as_i64()?;
            Pid::from_raw(i32::try_from(id).ok()?)
        });
        let session = Session {
            client,
            id: id.expect("a session has an id"),
            browser: process,
            address,
            _driver: driver,
            _folder: folder,
        };
        session.prove(reader).await;
        session.resize(reader.width).await;
        session
    }

    /// Shows that the browser is what was asked for: a setting that it no longer knows it ignores.
    async fn prove(&self, reader: Reader) {
        self.client.goto(PROBE).await.expect("a page of its own");
        let script = "return [document.querySelector('p').textContent, navigator.languages]";
        let is = self.run(script, &[]).await.expect("it tells");
        let scripts = if reader.scripts { "on" } else { "off" };
        assert_eq!(is, json!([scripts, [reader.language]]));
    }

    /// WebDriver itself.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// What a script says that runs inside the page, by the page's own scripts or not.
    pub(super) async fn run(&self, script: &str, arguments: &[Value]) -> Result<Value, CmdError> {
        self.client.execute(script, arguments.to_vec()).await
    }

    /// An element that a script has told of.
    pub(super) fn element(&self, told: &Value) -> Element {
        let id = told
            .as_object()
            .and_then(|told| told.values().next()?.as_str());
        let id = id.expect("an element is told by its id").to_owned();
        Element::from_element_id(self.client.clone(), id.into())
    }

    /// What a screen reader calls it.
    pub(super) async fn accessible_name(&self, element: &Element) -> String {
        let path = format!("element/{}/computedlabel", &*element.element_id());
        let command = Asked { path, body: None };
        let name = self.client.issue_cmd(command).await.unwrap_or_default();
        name.as_str().unwrap_or_default().to_owned()
    }

    /// A command of the browser's own protocol.
    pub(super) async fn browser(&self, command: &str, parameters: Value) -> Value {
        let asked = Asked {
            path: "goog/cdp/execute".into(),
            body: Some(json!({ "cmd": command, "params": parameters })),
        };
        let answer = self.client.issue_cmd(asked).await;
        answer.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// Gives the window another width; no window is as narrow as a telephone by itself.
    pub(super) async fn resize(&self, width: u32) {
        let metrics = json!({
            "width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": false,
        });
        let command = "Emulation.setDeviceMetricsOverride";
        self.browser(command, metrics).await;
        let is = self.run("return innerWidth", &[]).await;
        assert_eq!(is.expect("a width"), width, "the window has another width");
    }
}

impl Drop for Session {
    /// Has the driver end the browser, which would outlive it.
    fn drop(&mut self) {
        let ask = || {
            let mut stream = TcpStream::connect(self.address)?;
            stream.set_read_timeout(Some(SOON))?;
            let (id, address) = (&self.id, self.address);
            write!(
                stream,
                "DELETE /session/{id} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
            )?;
            stream.read(&mut [0])
        };
        if ask().is_ok_and(|read| read > 0) {
            return;
        }
        if let Some(browser) = self.browser {
            // it may have ended by itself already
            let _ = kill_process(browser, Signal::KILL);
        }
    }
}

/// A program or file of others, by the variable that `tests/run` sets.
pub(super) fn named(variable: &str) -> String {
    env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} names no file: start the tests with tests/run"))
}

fn capabilities(reader: Reader, folder: &TempDir) -> Value {
    let profile = folder.path().join("profile");
    let mut flags = FLAGS.map(str::to_owned).to_vec();
    flags.push(format!("--lang={}", reader.language));
    flags.push(format!("--user-data-dir={}", profile.display()));
    let mut preferences = json!({ "intl.accept_languages": reader.language });
    if !reader.scripts {
        preferences["profile.managed_default_content_settings.javascript"] = json!(2);
    }
    let patience = SOON.as_millis();
    json!({
        "goog:chromeOptions": {
            "binary": named("CHROMIUM"),
            "args": flags,
            "prefs": preferences,
        },
        "timeouts": { "implicit": 0, "pageLoad": patience, "script": patience },
    })
}

/// What WebDriver's client has no method for.
#[derive(Debug)]
struct Asked {
    path: String,
    /// Sent with POST; where there is none, the answer is only read.
    body: Option<Value>,
}

impl WebDriverCompatibleCommand for Asked {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/{}", self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        match &self.body {
            Some(body) => (Method::POST, Some(body.to_string())),
            None => (Method::GET, None),
        }
    }
}

//! Signing in at an OpenID provider that others made, with a client that others made.
//!
//! The provider is the npm package oidc-provider, as a process (`sign_in/provider.mjs`); the client
//! is openid-client (`sign_in/client.mjs`), which signs in anywhere.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::{Process, eventually, free_address};

/// Whom a provider's access tokens are for.
const AUDIENCE: &str = "partner-connect";
const SOON: Duration = Duration::from_secs(30);
/// What the provider says each time that its keys are asked for.
const ASKED: &str = "asked for its keys";
/// And each time that it renews an access token.
const RENEWED: &str = "renewed a token";

/// Who signs in, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// With a password, by an authorization code with PKCE.
    Person,
    /// With the credentials of a client.
    Service,
}

/// What a provider gives to who signs in.
#[derive(Debug, Clone)]
pub struct Given {
    /// For us.
    pub access_token: String,
    /// For the application alone.
    pub id_token: Option<String>,
}

/// Signs in at `issuer`. Where a `resource` is given, the access token is asked for that.
pub fn sign_in(issuer: &str, kind: Kind, name: &str, scope: &str, resource: &str) -> Given {
    let kind = match kind {
        Kind::Person => "person",
        Kind::Service => "service",
    };
    let mut command = node("client.mjs");
    command.args([issuer, scope, kind, name]);
    if !resource.is_empty() {
        command.env("RESOURCE", resource);
    }
    let output = command.output().expect("node starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} cannot sign in: {told}");
    let given: Value = serde_json::from_slice(&output.stdout).expect("the client answers in JSON");
    let token = |name: &str| given[name].as_str().map(str::to_owned);
    Given {
        access_token: token("access_token").expect("an access token"),
        id_token: token("id_token"),
    }
}

/// An OpenID provider on loopback. Dropping it ends it.
pub struct OpenIdProvider {
    process: Process,
    address: SocketAddr,
}

impl OpenIdProvider {
    /// Starts one that knows these people and services, by name, with the claims that their access
    /// tokens carry; its log goes to `folder`.
    pub async fn start(accounts: &Value, folder: &Path) -> OpenIdProvider {
        Self::start_with(accounts, folder, None).await
    }

    /// The same, with a client "web", whose secret is "secret": the pages at this address.
    pub async fn start_for(pages: &str, accounts: &Value, folder: &Path) -> OpenIdProvider {
        Self::start_with(accounts, folder, Some(pages)).await
    }

    async fn start_with(accounts: &Value, folder: &Path, pages: Option<&str>) -> OpenIdProvider {
        let address = free_address();
        let mut command = node("provider.mjs");
        command.args([&address.port().to_string(), AUDIENCE, &accounts.to_string()]);
        command.args(pages);
        let mut process = Process::start(&mut command, &folder.join("provider.log"));
        eventually("the OpenID provider", SOON, || {
            assert!(process.runs(), "it ended: {}", process.log());
            async move { TcpStream::connect(address).ok() }
        })
        .await;
        OpenIdProvider { process, address }
    }

    /// Its name, which is its address.
    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Signs in. The access token is for us.
    pub fn sign_in(&self, kind: Kind, name: &str) -> Given {
        let scope = match kind {
            Kind::Person => "openid",
            Kind::Service => "",
        };
        sign_in(&self.issuer(), kind, name, scope, "")
    }

    /// Signs in as a person, with an access token for another system.
    pub fn sign_in_elsewhere(&self, name: &str) -> Given {
        sign_in(&self.issuer(), Kind::Person, name, "openid", "urn:another")
    }

    /// Publishes these keys and no other, made when they are first named; signs with the first.
    pub fn rotate(&self, keys: &[&str]) {
        self.post(&format!("/rotate/{}", keys.join(",")));
    }

    /// Has access tokens live so many seconds from now on.
    pub fn shorten(&self, seconds: u32) {
        self.post(&format!("/shorten/{seconds}"));
    }

    fn post(&self, path: &str) {
        let mut stream = TcpStream::connect(self.address).expect("the provider is there");
        write!(stream, "POST {path} HTTP/1.0\r\n\r\n").expect("asked");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// How often its keys were asked for.
    pub fn asked(&self) -> usize {
        self.process.log().matches(ASKED).count()
    }

    /// How often an access token was renewed.
    pub fn renewed(&self) -> usize {
        self.process.log().matches(RENEWED).count()
    }

    /// Ends it, as `kill -9` does.
    pub fn kill(&mut self) {
        self.process.kill();
    }
}

/// A script beside the tests, with the packages that `tests/run` installed.
fn node(script: &str) -> Command {
    let packages = std::env::var_os("OIDC_PROVIDER")
        .expect("OIDC_PROVIDER names no folder: start the tests with tests/run");
    let scripts = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sign_in");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut command = Command::new("node");
    command.env_clear().env("PATH", path);
    command.env("OIDC_PROVIDER", packages);
    command.arg(scripts.join(script));
    command
}

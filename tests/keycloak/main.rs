//! The main story with people and services who sign in at a real Keycloak with organisations, by
//! the entry that stands for it in `deploy/README.md`. `tests/run --keycloak` starts it.
//!
//! It says what it does line by line, and ends badly where something is not as it should be.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use proto::customer::v1::Permission;
use proto::relationship::v1::{ListCustomersRequest, ListCustomersResponse};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{
    Kind, Process, Programme, Role, Store, System, Visitor, eventually, free_address, refused,
    sign_in, with,
};
use tokio::net::TcpStream;
use tonic::Status;

const README: &str = include_str!("../../deploy/README.md");
const REALM: &str = include_str!("realm.json");
/// It builds itself at its first start.
const STARTED: Duration = Duration::from_secs(300);

#[tokio::main]
async fn main() {
    let folder = TempDir::new().expect("a temporary folder");
    say("Keycloak starts, with three organisations in a realm");
    let mut system = System::new(Store::sqlite());
    let keycloak = Keycloak::start(folder.path(), &system.pages()).await;

    say("every role starts, with Keycloak's entry of deploy/README.md among its issuers");
    system.trust(keycloak.entry());
    for role in Role::ALL {
        system.start(role).await;
    }
    let person = |name: &str, scope: &str| {
        let scope = format!("openid {scope}");
        sign_in(&keycloak.issuer(), Kind::Person, name, &scope, "").access_token
    };
    let ana = person("ana", "organization");
    let crm = sign_in(&keycloak.issuer(), Kind::Service, "crm", "organization", "");
    let mut programme = Programme {
        contoso: ana.clone(),
        fabrikam: person("carla", "organization"),
        adatum: person("beto", "organization"),
        ..Programme::of(&system)
    };

    say("Ana of Contoso and Carla of Fabrikam enrol and connect (authorization code)");
    programme.connect().await;
    say("Contoso's CRM invites Adatum (client credentials), and Beto of Adatum accepts");
    programme.contoso = crm.access_token;
    let invited = programme.invite().await;
    let accepted = programme.accept(&programme.adatum, "adatum", &invited.link);
    accepted.await.expect("accepted");
    for (token, partner) in [(&ana, "contoso"), (&programme.fabrikam, "fabrikam")] {
        let may = programme.check(token, partner, Permission::ViewRecord);
        assert!(may.await.allowed, "{partner}");
    }

    say("Dora, of both partners, acts for the one that she names");
    let dora = person("dora", "organization:*");
    for partner in ["contoso", "fabrikam"] {
        let listed = list(&programme, &dora, partner, Some(partner)).await;
        let customers = listed.expect("its own list").customers;
        assert_eq!(customers.len(), 1, "{partner}");
    }
    for (named, reason) in [
        (None, "ORGANIZATION_REQUIRED"),
        (Some("fabrikam"), "NOT_FOUND"),
        (Some("adatum"), "ORGANIZATION_NOT_ASSERTED"),
    ] {
        let listed = list(&programme, &dora, "contoso", named).await;
        let refusal = refused(&listed.expect_err("refused"));
        assert_eq!(refusal.reason, reason, "{named:?}");
    }
    say("or for the one that she asked Keycloak for alone");
    let one = person("dora", "organization:fabrikam");
    let listed = list(&programme, &one, "fabrikam", None).await;
    listed.expect("its own list");

    say("Beto signs in to the pages, sees who can reach Adatum, and signs out here and there");
    system.option(Role::Web, "--sign-in-scope=openid organization");
    system.start_pages(&keycloak.issuer(), "web").await;
    browse(&system, &keycloak).await;

    say("every step went well");
}

/// What a person does on the pages who signs in at Keycloak.
async fn browse(system: &System, keycloak: &Keycloak) {
    let at = |path: &str| format!("{}{path}", system.pages());
    let mut beto = Visitor::new("en");
    beto.open(&at("/sign-in")).await;
    beto.sign_in("beto").await;
    beto.open(&at("/customer")).await;
    assert!(beto.text().contains("(contoso)"), "{}", beto.text());
    beto.submit("/sign-out", &[]).await;
    let refresh = beto.page.header("refresh").to_owned();
    let (_, there) = refresh.split_once("url=").expect("to Keycloak");
    beto.open(there).await;
    assert_eq!(beto.address, at("/signed-out"), "{}", beto.text());
    beto.open(&at("/customer")).await;
    assert_eq!(beto.page.status, 401, "{}", beto.text());
    beto.open(&at("/sign-in")).await;
    assert!(
        beto.address.starts_with(&keycloak.issuer()),
        "{}",
        beto.address
    );
    assert!(
        beto.page.body.contains("password"),
        "asked again: {}",
        beto.text()
    );
}

async fn list(
    programme: &Programme,
    token: &str,
    partner: &str,
    organization: Option<&'static str>,
) -> Result<ListCustomersResponse, Status> {
    let request = ListCustomersRequest {
        parent: format!("partners/{partner}"),
        ..Default::default()
    };
    let mut request = with(token, request);
    if let Some(named) = organization {
        let named = named.parse().expect("ASCII");
        request.metadata_mut().insert("x-organization", named);
    }
    let mut relationships = programme.relationships.clone();
    let listed = relationships.list_customers(request).await?;
    Ok(listed.into_inner())
}

/// Keycloak on loopback. Dropping it ends it.
struct Keycloak {
    process: Process,
    address: SocketAddr,
}

impl Keycloak {
    /// Starts a copy of what KEYCLOAK names, for it writes into its folder.
    async fn start(folder: &Path, pages: &str) -> Keycloak {
        let distribution = std::env::var_os("KEYCLOAK")
            .expect("KEYCLOAK names no folder: start this with tests/run --keycloak");
        let home = folder.join("keycloak");
        let mut copy = Command::new("cp");
        copy.arg("-a").arg(distribution).arg(&home);
        assert!(copy.status().expect("cp starts").success(), "not copied");
        let imports = home.join("data/import");
        fs::create_dir_all(&imports).expect("a folder for the realm");
        let realm = REALM.replace("http://pages.invalid", pages);
        fs::write(imports.join("realm.json"), realm).expect("the realm is written");

        let address = free_address();
        let mut command = Command::new(home.join("bin/kc.sh"));
        command.args(["start-dev", "--import-realm", "--db=dev-mem"]);
        command.arg("--http-host=127.0.0.1");
        command.arg(format!("--http-port={}", address.port()));
        let mut process = Process::start(&mut command, &folder.join("keycloak.log"));
        // it listens when the realm is there
        eventually("Keycloak", STARTED, || {
            assert!(process.runs(), "it ended: {}", process.log());
            async move { TcpStream::connect(address).await.ok() }
        })
        .await;
        Keycloak { process, address }
    }

    fn issuer(&self) -> String {
        format!("http://{}/realms/partners", self.address)
    }

    /// The entry that the README shows, with this issuer's name and the customer's organisation.
    fn entry(&self) -> Value {
        let (_, rest) = README.split_once("**Keycloak**").expect("an entry");
        let (_, rest) = rest.split_once("```json\n").expect("an entry in JSON");
        let (json, _) = rest.split_once("```").expect("an entry in JSON");
        let mut entry: Value = serde_json::from_str(json).expect("JSON");
        entry["issuer"] = json!(self.issuer());
        let tenants = entry["tenants"].as_array_mut();
        tenants.expect("organisations").push(json!("adatum"));
        entry
    }
}

impl Drop for Keycloak {
    /// By a signal that its script hands on to Java.
    fn drop(&mut self) {
        self.process.terminate();
    }
}

/// A line that says what is going on.
fn say(what: &str) {
    println!("   {what}");
}

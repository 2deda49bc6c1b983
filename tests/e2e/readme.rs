//! The README's grpcurl lines, run as they stand there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use platform::keys::Grant;
use tempfile::TempDir;
use tests::{Role, Store, System, Visitor, on_both_stores};

use crate::all::start_all;

const SECTION: &str = "## Operate it with grpcurl";

on_both_stores!(the_lines_walk_the_whole_flow_against_separate_roles);

/// R6, R8, R23, R27, R37, P5, P16: the whole flow by grpcurl alone: enrol, import, connect, invite,
/// inspect, accept, list, check, order, watch, remove, what is still granted then, which texts were
/// agreed to before, and a refusal in the caller's language.
#[tokio::test]
async fn the_lines_walk_the_whole_flow_against_all() {
    let folder = TempDir::new().expect("a temporary folder");
    let exports = folder.path().join("exports");
    let _all = start_all(folder.path(), &exports).await;
    let exports = fs::read_to_string(exports).expect("what it printed");
    walk(&exports, folder.path());
}

/// R6, R8, R23, R27, R37, P4, P5, P6, P16: the same where every role is a process of its own, as
/// the compose file starts them.
async fn the_lines_walk_the_whole_flow_against_separate_roles(store: Store) {
    let mut system = System::new(store);
    system.option(Role::Relationship, "--enrollment=at-once");
    // what `all` begins with
    system.import_business(&sample());
    for role in Role::ALL {
        system.start(role).await;
    }
    let tenant = |tenant: &str, role: &str| {
        let grant = Grant::tenant(tenant).role(role);
        system.token(&grant.email(&format!("admin@{tenant}.example")))
    };
    let exports = format!(
        "export GATEWAY={}\nexport RESELLER_TOKEN={}\nexport PROVIDER_TOKEN={}\nexport CUSTOMER_TOKEN={}\nexport SERVICE_TOKEN={}\nexport OPERATOR_TOKEN={}\n",
        system.address(Role::Gateway),
        tenant("contoso", "admin-agent"),
        tenant("fabrikam", "admin-agent"),
        tenant("adatum", "global-admin"),
        system.token(&Grant::service()),
        system.token(&Grant::operator()),
    );
    let folder = TempDir::new().expect("a temporary folder");
    walk(&exports, folder.path());
}

/// Runs the lines after `exports`, and looks for what each step answers.
fn walk(exports: &str, folder: &Path) {
    let script = format!("set -euo pipefail\nset -x\n{exports}\n{}", lines());
    let output = Command::new("bash")
        .arg("-c")
        .arg(&script)
        .env("PATH", path_with_grpcurl())
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("bash runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{log}");
    for expected in [
        // what was accepted, word for word
        "does so on the site where you accept",
        "option idempotency_level = NO_SIDE_EFFECTS;",
        "CALLER_KIND_CUSTOMER_ADMIN",
        "\"importedCount\": \"2\"",
        "\"name\": \"partners/contoso/customers/wingtip\"",
        "\"displayName\": \"Office 365 E3\"",
        "\"state\": \"PARTNERSHIP_STATE_ACTIVE\"",
        "\"reason\": \"RELATIONSHIP_REQUIRED\"",
        "\"state\": \"INVITATION_STATE_OPEN\"",
        "\"consentText\":",
        "\"state\": \"ACCEPTANCE_STATE_ESTABLISHED\"",
        "\"name\": \"partners/contoso/customers/adatum\"",
        "\"allowed\": true",
        "\"reason\": \"DENIAL_REASON_",
        "\"signInName\": \"ana@adatum.example\"",
        "\"assignedQuantity\": 1",
        "\"displayName\": \"Adatum S.A.\"",
        "\"presentState\": {",
        "\"basis\": \"ACCESS_BASIS_RESIDUAL_PRIVILEGES\"",
        "\"state\": \"PRIVILEGE_STATE_TERMINATED\"",
        "\"state\": \"RELATIONSHIP_STATE_REMOVED\"",
        "\"state\": \"PRIVILEGE_STATE_ACTIVE\"",
        "{reseller} e {provider} solicitam",
        "in line with your partner agreement",
        "\"boundEmail\": \"admin@adatum.example\"",
        "\"reason\": \"We order elsewhere.\"",
        "\"kind\": \"NOTICE_KIND_RELATIONSHIP_ENDED\"",
        "\"wordingId\": \"consent-2\"",
        "\"wordingId\": \"joint-consent-2\"",
        "\"reason\": \"ALREADY_USED\"",
        "\"message\": \"Este link já foi usado.\"",
    ] {
        assert!(said.contains(expected), "{expected} is not in:\n{said}");
    }
}

/// P1: what the README shows of a customer's page is what the page says, lines in their order.
#[tokio::test]
async fn the_page_in_the_readme_is_what_is_shown() {
    let folder = TempDir::new().expect("a temporary folder");
    let exports = folder.path().join("exports");
    let _all = start_all(folder.path(), &exports).await;
    let exports = fs::read_to_string(exports).expect("what it printed");
    let link = exports
        .lines()
        .find_map(|line| line.strip_prefix("export SAMPLE_LINK="));
    let mut visitor = Visitor::new("en");
    visitor.open(link.expect("the sample's link")).await;
    visitor.press("Sign in").await;
    visitor.sign_in("sample-customer").await;
    let readme = readme();
    let (_, shown) = readme.split_once("```text\n").expect("a page");
    let shown = shown.split("```").next().unwrap_or_default();
    assert!(shown.lines().count() >= 5, "{shown}");
    let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = squeezed(&visitor.text());
    assert!(said.contains(&squeezed(shown)), "{said}");
}

/// The business that `all` knows from the start.
fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/demo/src/sample.jsonl")
}

fn readme() -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    fs::read_to_string(readme).expect("there is a README")
}

/// The shell lines of the README's section, in their order.
fn lines() -> String {
    let text = readme();
    let (_, section) = text.split_once(SECTION).expect("the section is there");
    let section = section.split("\n## ").next().expect("a section");
    let mut script = String::new();
    for block in section.split("```sh\n").skip(1) {
        script.push_str(block.split("```").next().expect("a closed block"));
    }
    assert!(
        script.matches("Service/").count() >= 25,
        "the whole flow is there:\n{script}"
    );
    script
}

/// `tests/run` names the grpcurl it found or built; otherwise the one of the search path is used.
fn path_with_grpcurl() -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let Some(grpcurl) = std::env::var_os("GRPCURL").map(PathBuf::from) else {
        return path;
    };
    let folder = grpcurl.parent().expect("a file in a folder").to_owned();
    let folders = std::iter::once(folder).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).expect("folders without a colon")
}

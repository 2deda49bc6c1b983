//! `all`, as its reader starts it, and its development sign-in.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use proto::invitation::v1::ListInvitationsRequest;
use proto::invitation::v1::invitation_service_client::InvitationServiceClient;
use tempfile::TempDir;
use tests::{Kind, Process, eventually, program, refused, sign_in, with};
use tonic::Code;
use tonic::transport::Endpoint;

/// Starts `all` with fresh data and waits for its `# ready`; what it prints is in `exports`.
pub(crate) async fn start_all(folder: &Path, exports: &Path) -> Process {
    let log = folder.join("all.log");
    let mut command = Command::new("bash");
    // exec: the process to be ended is the program, not a shell
    command
        .arg("-c")
        .arg(
            "exec \"$0\" all --data=\"$1\" --listen=127.0.0.1:0 --pages-listen=127.0.0.1:0 >\"$2\"",
        )
        .arg(program())
        .arg(folder.join("data"))
        .arg(exports)
        .env_clear();
    File::create(exports).expect("a new file");
    let mut process = Process::start(&mut command, &log);
    let ready = || fs::read_to_string(exports).is_ok_and(|text| text.contains("# ready"));
    eventually("all to be ready", Duration::from_secs(60), || {
        assert!(process.runs(), "all ended: {}", process.log());
        let ready = ready();
        async move { ready.then_some(()) }
    })
    .await;
    process
}

/// One of the people whom `all` lists signs in with a client that others made, and calls with what
/// it is given; what the application alone is given opens nothing.
#[tokio::test]
async fn an_application_signs_in_at_the_development_sign_in() {
    let folder = TempDir::new().expect("a temporary folder");
    let exports = folder.path().join("exports");
    let _all = start_all(folder.path(), &exports).await;
    let exports = fs::read_to_string(exports).expect("what it printed");
    let lines = exports
        .lines()
        .filter_map(|line| line.strip_prefix("export "));
    let exports: HashMap<_, _> = lines.filter_map(|line| line.split_once('=')).collect();
    let given = sign_in(exports["SIGN_IN"], Kind::Person, "adatum", "openid", "");

    let gateway = Endpoint::new(format!("http://{}", exports["GATEWAY"])).expect("an address");
    let list = async |token: &str| {
        let mut invitations = InvitationServiceClient::new(gateway.connect_lazy());
        let request = ListInvitationsRequest {
            parent: "customers/adatum".into(),
            ..Default::default()
        };
        invitations.list_invitations(with(token, request)).await
    };
    let own = list(&given.access_token).await.expect("its own");
    assert_eq!(own.into_inner().invitations, []);
    let id_token = given.id_token.expect("asked for by its scope");
    let status = list(&id_token).await.expect_err("for the application");
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(refused(&status).reason, "TOKEN_INVALID");
}

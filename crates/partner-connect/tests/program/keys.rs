//! The roles "keys" and "token".

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use proto::notification::v1::ListNoticesRequest;
use proto::notification::v1::notification_service_client::NotificationServiceClient;
use tempfile::TempDir;
use tests::{Role, Store, System, with};
use tonic::Code;

use crate::{ended, program};

fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    files
        .map(|file| {
            (
                file.file_name().into_string().unwrap(),
                fs::read(file.path()).unwrap(),
            )
        })
        .collect()
}

/// Each service gets its key; the development issuer comes only where it is asked for.
#[test]
fn keys_are_written_for_their_owner_alone() {
    let folder = TempDir::new().unwrap();
    let keys = folder.path().join("deep/keys");
    let written = ended(program(&["keys", keys.to_str().unwrap()]));
    assert_eq!((written.code, written.err.as_str()), (Some(0), ""));
    let files = contents(&keys);
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    let services = [
        "gateway.key.pem",
        "invitation.key.pem",
        "link-keys.json",
        "notification.key.pem",
    ];
    assert_eq!(
        names,
        [
            &services[..],
            &["relationship.key.pem", "services.jwks.json"]
        ]
        .concat()
    );
    for name in names {
        let mode = fs::metadata(keys.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            mode,
            if name == "services.jwks.json" {
                0o644
            } else {
                0o600
            },
            "{name}"
        );
        assert!(
            !written
                .out
                .contains(std::str::from_utf8(&files[name]).unwrap()),
            "{name} is printed"
        );
    }
}

/// Nothing is overwritten: the links that were signed with it would all be worthless.
#[test]
fn keys_are_never_overwritten() {
    let folder = TempDir::new().unwrap();
    let keys = folder.path().to_str().unwrap();
    assert_eq!(ended(program(&["keys", keys])).code, Some(0));
    let before = contents(folder.path());
    for arguments in [&["keys", keys][..], &["keys", keys, "--issuer"]] {
        let again = ended(program(arguments));
        assert_eq!(again.code, Some(64), "{again:?}");
        assert!(again.err.contains("never overwritten"), "{}", again.err);
        assert_eq!(contents(folder.path()), before);
    }
}

/// A step that is repeated keeps what it made, and never completes what is half there with keys that do not belong to it.
#[test]
fn keys_can_be_kept() {
    let folder = TempDir::new().unwrap();
    let keep = [
        "keys",
        folder.path().to_str().unwrap(),
        "--issuer",
        "--keep",
    ];
    assert_eq!(ended(program(&keep)).code, Some(0));
    let before = contents(folder.path());
    assert_eq!(ended(program(&keep)).code, Some(0));
    assert_eq!(contents(folder.path()), before);
    fs::remove_file(folder.path().join("issuers.json")).unwrap();
    assert_eq!(ended(program(&keep)).code, Some(64));
    assert!(!folder.path().join("issuers.json").exists());
}

/// A token opens what its bearer may, and nothing else; a service that verifies it says so.
#[tokio::test]
async fn a_token_is_believed() {
    let mut system = System::new(Store::sqlite());
    system.start(Role::Notification).await;
    let keys = format!("--keys={}", system.keys().display());
    let mint = |arguments: &[&str]| {
        let minted = ended(program(&[&["token", &keys], arguments].concat()));
        assert_eq!((minted.code, minted.err.as_str()), (Some(0), ""));
        minted.out.strip_suffix('\n').unwrap().to_owned()
    };
    let mut client = NotificationServiceClient::new(system.channel(Role::Notification));
    let request = || ListNoticesRequest {
        parent: "partners/contoso".to_owned(),
        ..Default::default()
    };
    let cases = [
        (mint(&["--tenant=contoso", "--role=admin-agent"]), Code::Ok),
        (
            mint(&[
                "--tenant=contoso",
                "--role=sales-agent",
                "--role=global-admin",
            ]),
            Code::Ok,
        ),
        (mint(&["--operator", "--subject=olga"]), Code::Ok),
        (mint(&["--tenant=contoso"]), Code::PermissionDenied),
        (mint(&["--service"]), Code::PermissionDenied),
        (
            mint(&["--tenant=fabrikam", "--role=admin-agent"]),
            Code::NotFound,
        ),
        ("no.token.at-all".to_owned(), Code::Unauthenticated),
    ];
    for (index, (token, expected)) in cases.into_iter().enumerate() {
        let answer = client.list_notices(with(&token, request())).await;
        assert_eq!(
            answer.map_or_else(|status| status.code(), |_| Code::Ok),
            expected,
            "case {index}"
        );
    }
}

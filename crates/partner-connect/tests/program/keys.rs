//! The roles "keys" and "token".

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use platform::identity::Verifier;
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
        "directory.key.pem",
        "gateway.key.pem",
        "invitation.key.pem",
        "link-keys.json",
        "notification.key.pem",
    ];
    assert_eq!(
        names,
        [
            &services[..],
            &[
                "relationship.key.pem",
                "services.jwks.json",
                "session-keys.json"
            ]
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

/// A step that is repeated keeps what it made, and never completes what is half there with keys
/// that do not belong to it.
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
    let half = ended(program(&keep));
    assert_eq!(half.code, Some(64));
    assert!(half.err.contains("issuers.json is missing"), "{}", half.err);
    assert!(!folder.path().join("issuers.json").exists());
}

/// Makes of a set what it was when there was no directory service.
pub(crate) fn without_directory(keys: &Path) {
    let jwks = keys.join("services.jwks.json");
    let text = fs::read_to_string(&jwks).unwrap();
    let (head, rest) = text.split_once("\"kid\": \"directory\"").unwrap();
    let (head, _) = head.rsplit_once('{').unwrap();
    let (_, rest) = rest.split_once('}').unwrap();
    let head = head.trim_end().trim_end_matches(',');
    let rest = rest
        .strip_prefix(',')
        .filter(|_| head.ends_with('['))
        .unwrap_or(rest);
    fs::write(&jwks, format!("{head}{rest}")).unwrap();
    fs::remove_file(keys.join("directory.key.pem")).unwrap();
}

/// A set that an earlier version wrote gets the key of the service that is new, and stays as it is.
#[test]
fn keys_are_extended_by_those_of_new_services() {
    let folder = TempDir::new().unwrap();
    let keep = ["keys", folder.path().to_str().unwrap(), "--keep"];
    assert_eq!(ended(program(&keep)).code, Some(0));
    without_directory(folder.path());
    let before = contents(folder.path());

    let kept = ended(program(&keep));
    assert_eq!((kept.code, kept.err.as_str()), (Some(0), ""));
    assert!(kept.out.starts_with("directory.key.pem added to "));
    let mut after = contents(folder.path());
    assert!(after.remove("directory.key.pem").is_some());
    assert_ne!(after.remove("services.jwks.json"), None);
    assert!(after.iter().all(|(name, content)| before[name] == *content));
    assert_eq!(after.len() + 1, before.len());
}

/// A step that was interrupted while the set was moved to its place is carried on with, and the set
/// is one.
#[test]
fn interrupted_keys_are_completed() {
    for arguments in [&["--issuer"][..], &["--issuer", "--keep"]] {
        let folder = TempDir::new().unwrap();
        let keys = ["keys", folder.path().to_str().unwrap()];
        let command = [&keys[..], arguments].concat();
        assert_eq!(ended(program(&command)).code, Some(0));
        let whole = contents(folder.path());
        let moving = folder.path().join(".new-keys");
        fs::create_dir(&moving).unwrap();
        for name in ["issuers.json", "link-keys.json"] {
            fs::rename(folder.path().join(name), moving.join(name)).unwrap();
        }
        assert_eq!(ended(program(&command)).code, Some(0), "{arguments:?}");
        assert_eq!(contents(folder.path()), whole);
    }
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
                "--role=admin-agent",
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

/// The list of issuers that a deployment starts from is one that a role reads, beside the key sets
/// that it names.
#[test]
fn the_example_of_issuers_is_read() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_str().unwrap();
    assert_eq!(ended(program(&["keys", path, "--issuer"])).code, Some(0));
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/issuers.example.json");
    let text = fs::read_to_string(example).unwrap();
    let named: Vec<_> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("\"jwks_file\": \""))
        .map(|rest| rest.trim_end_matches("\","))
        .collect();
    assert_eq!(named.len(), 3, "one for each issuer");
    for name in named {
        fs::copy(
            folder.path().join("issuer.jwks.json"),
            folder.path().join(name),
        )
        .unwrap();
    }
    // a key is for the algorithms of its own kind
    let text = text.replace(r#"["RS256", "ES256"]"#, r#"["RS256"]"#);
    let issuers = folder.path().join("example.json");
    fs::write(&issuers, text.replace("RS256", "EdDSA")).unwrap();
    Verifier::read(&issuers).map(drop).unwrap();
}

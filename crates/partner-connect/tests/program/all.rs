//! The role "all": what it prints is enough to work with, and its folder keeps everything.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use proto::gateway::v1::connection_service_client::ConnectionServiceClient;
use proto::gateway::v1::{InviteCustomerRequest, SaveDraftRequest};
use proto::invitation::v1::invitation_service_client::InvitationServiceClient;
use proto::invitation::v1::{
    InspectInvitationRequest, InspectInvitationResponse, Invitation, InvitationState,
    ListInvitationsRequest, RevokeInvitationRequest,
};
use proto::relationship::v1::partner_service_client::PartnerServiceClient;
use proto::relationship::v1::{
    EnrollPartnerRequest, EnrollmentImport, GetPartnerRequest, ListPartnersRequest, PartnerKind,
    PartnerState,
};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tests::{eventually, refused, with};
use tonic::Code;
use tonic::transport::{Channel, Endpoint};

use crate::{ended, program};

/// Nobody else has these.
const LISTEN: [&str; 2] = ["--listen=127.0.0.1:0", "--pages-listen=127.0.0.1:0"];

/// A running `all`, and the variables that it printed.
pub(crate) struct Running {
    process: Child,
    exports: BTreeMap<String, String>,
}

impl Running {
    pub(crate) fn start(data: &Path) -> Self {
        Self::with(data, &[])
    }

    fn with(data: &Path, more: &[&str]) -> Self {
        let mut process = program(&["all", LISTEN[0], LISTEN[1], "--data"])
            .arg(data)
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut exports = BTreeMap::new();
        let lines = BufReader::new(process.stdout.take().unwrap())
            .lines()
            .map(Result::unwrap);
        let mut ready = false;
        for line in lines {
            match line
                .strip_prefix("export ")
                .and_then(|export| export.split_once('='))
            {
                Some((name, value)) => drop(exports.insert(name.to_owned(), value.to_owned())),
                None => assert!(
                    line.starts_with("# "),
                    "neither a comment nor an export: {line}"
                ),
            }
            ready = line == "# ready";
            if ready {
                break;
            }
        }
        assert!(ready, "it ended before it was ready");
        Self { process, exports }
    }

    pub(crate) fn channel(&self) -> Channel {
        Endpoint::new(format!("http://{}", self.exports["GATEWAY"]))
            .unwrap()
            .connect_lazy()
    }

    pub(crate) fn token(&self, name: &str) -> &str {
        &self.exports[name]
    }

    /// Enrols a partner, who is decided on at once, and waits until its import is done as well.
    pub(crate) async fn enroll(
        &self,
        token: &str,
        id: &str,
        kind: PartnerKind,
    ) -> EnrollmentImport {
        let mut client = PartnerServiceClient::new(self.channel());
        let name = format!("partners/{id}");
        let enroll = EnrollPartnerRequest {
            name: name.clone(),
            kind: kind.into(),
            display_name: id.to_owned(),
            ..Default::default()
        };
        let asked = client.enroll_partner(with(self.token(token), enroll)).await;
        asked.unwrap();
        eventually("the partner is active", Duration::from_secs(10), || {
            let mut client = client.clone();
            let request = with(self.token(token), GetPartnerRequest { name: name.clone() });
            async move {
                let read = client.get_partner(request).await.unwrap().into_inner();
                let active = read.partner.unwrap().state() == PartnerState::Active;
                active.then_some(read.customer_import.unwrap_or_default())
            }
        })
        .await
    }

    async fn inspect(&self, link: &str) -> Result<InspectInvitationResponse, tonic::Status> {
        let request = InspectInvitationRequest {
            link: link.to_owned(),
            language: String::new(),
            ..Default::default()
        };
        let token = self.token("SAMPLE_CUSTOMER_TOKEN");
        let mut client = InvitationServiceClient::new(self.channel());
        client
            .inspect_invitation(with(token, request))
            .await
            .map(tonic::Response::into_inner)
    }

    async fn invitations(&self) -> Vec<Invitation> {
        let list = ListInvitationsRequest {
            parent: "partners/sample-reseller".to_owned(),
            ..Default::default()
        };
        let mut client = InvitationServiceClient::new(self.channel());
        let reseller = self.token("SAMPLE_RESELLER_TOKEN");
        let answer = client.list_invitations(with(reseller, list)).await;
        answer.unwrap().into_inner().invitations
    }

    /// Ends it as a shell does.
    pub(crate) fn stop(mut self) {
        kill_process(Pid::from_child(&self.process), Signal::INT).unwrap();
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The sample is there once, with its link while it is open; keys, stores and links outlive a
/// restart.
#[tokio::test(flavor = "multi_thread")]
async fn its_folder_keeps_everything() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let first = Running::start(&data);
    let inspected = first.inspect(&first.exports["SAMPLE_LINK"]).await.unwrap();
    assert_eq!(inspected.state(), InvitationState::Open);
    let names: Vec<_> = inspected
        .parties
        .iter()
        .map(|party| party.partner.as_str())
        .collect();
    assert_eq!(
        names,
        ["partners/sample-reseller", "partners/sample-provider"]
    );
    let link = first.exports["SAMPLE_LINK"].clone();
    let (_, token) = link.split_once("/i/").unwrap();
    first.stop();

    let second = Running::start(&data);
    let again = &second.exports["SAMPLE_LINK"];
    assert_eq!(
        again.split_once("/i/").unwrap().1,
        token,
        "the same key signs the same link"
    );
    assert_eq!(
        second.inspect(again).await.unwrap().state(),
        InvitationState::Open
    );

    let reseller = second.token("SAMPLE_RESELLER_TOKEN");
    let mut client = InvitationServiceClient::new(second.channel());
    let invitations = second.invitations().await;
    let [sample] = &invitations[..] else {
        panic!("{} samples", invitations.len())
    };
    let revoke = RevokeInvitationRequest {
        name: sample.name.clone(),
        ..Default::default()
    };
    client
        .revoke_invitation(with(reseller, revoke))
        .await
        .unwrap();
    second.stop();

    let third = Running::start(&data);
    assert!(
        !third.exports.contains_key("SAMPLE_LINK"),
        "it is open no more"
    );
    third.stop();
}

/// The variables for a reader's own lines: nobody is enrolled but the sample, and who asks is
/// enrolled at once.
#[tokio::test(flavor = "multi_thread")]
async fn its_tokens_start_from_an_empty_state() {
    let folder = TempDir::new().unwrap();
    let running = Running::start(folder.path());
    let mut client = PartnerServiceClient::new(running.channel());
    let list = client
        .list_partners(with(
            running.token("OPERATOR_TOKEN"),
            ListPartnersRequest::default(),
        ))
        .await;
    let mut names: Vec<_> = list
        .unwrap()
        .into_inner()
        .partners
        .into_iter()
        .map(|partner| partner.name)
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["partners/sample-provider", "partners/sample-reseller"]
    );

    for (token, name, kind) in [
        ("RESELLER_TOKEN", "contoso", PartnerKind::IndirectReseller),
        ("PROVIDER_TOKEN", "fabrikam", PartnerKind::IndirectProvider),
    ] {
        running.enroll(token, name, kind).await;
    }
    let read = |name: &str| GetPartnerRequest {
        name: name.to_owned(),
    };
    for token in ["CUSTOMER_TOKEN", "SERVICE_TOKEN"] {
        let refused = client
            .get_partner(with(running.token(token), read("partners/contoso")))
            .await
            .unwrap_err();
        assert!(
            [Code::PermissionDenied, Code::NotFound].contains(&refused.code()),
            "{token}: {refused:?}"
        );
    }
    running.stop();
}

/// A folder with anything else in it is left alone.
#[test]
fn a_foreign_folder_is_refused() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("letter.txt"), "dear").unwrap();
    let refused = ended(program(&[
        "all",
        "--listen=127.0.0.1:0",
        "--data",
        folder.path().to_str().unwrap(),
    ]));
    assert_eq!(refused.code, Some(64), "{refused:?}");
    assert!(
        refused
            .err
            .contains("is neither empty nor the data of an earlier run"),
        "{}",
        refused.err
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// A start that failed does not spoil the folder: the sample comes with the first that goes well.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_start_is_made_good() {
    let folder = TempDir::new().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("--listen={}", taken.local_addr().unwrap());
    let failed = ended(program(&[
        "all",
        &listen,
        "--data",
        folder.path().to_str().unwrap(),
    ]));
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert!(failed.err.contains("cannot listen on"), "{}", failed.err);
    let running = Running::start(folder.path());
    assert!(running.exports.contains_key("SAMPLE_LINK"));
    running.stop();
}

/// A folder that was left half filled is filled: no store was there yet, so nothing was signed with
/// those keys.
#[tokio::test(flavor = "multi_thread")]
async fn half_written_keys_are_made_good() {
    let folder = TempDir::new().unwrap();
    let keys = folder.path().join("keys");
    fs::create_dir(&keys).unwrap();
    fs::write(folder.path().join("partner-connect.lock"), "").unwrap();
    fs::write(keys.join("link-keys.json"), "{\"keys\": [").unwrap();
    let running = Running::start(folder.path());
    assert!(running.exports.contains_key("SAMPLE_LINK"));
    running.stop();
}

/// Keys that are lost beside stores are not replaced: the links in those stores would all be
/// worthless.
#[tokio::test(flavor = "multi_thread")]
async fn lost_keys_are_missed() {
    let folder = TempDir::new().unwrap();
    Running::start(folder.path()).stop();
    let keys = folder.path().join("keys");
    fs::remove_file(keys.join("issuer.key.pem")).unwrap();
    let left = fs::read(keys.join("link-keys.json")).unwrap();
    let refused = ended(program(&[
        "all",
        "--listen=127.0.0.1:0",
        "--data",
        folder.path().to_str().unwrap(),
    ]));
    assert_eq!(refused.code, Some(64), "{refused:?}");
    assert!(
        refused.err.contains("issuer.key.pem is missing") && refused.err.lines().count() == 1,
        "{}",
        refused.err
    );
    assert_eq!(fs::read(keys.join("link-keys.json")).unwrap(), left);
}

/// A sample whose file was not written to its end is carried on with, and stays one invitation.
#[tokio::test(flavor = "multi_thread")]
async fn a_half_written_sample_is_made_good() {
    let folder = TempDir::new().unwrap();
    Running::start(folder.path()).stop();
    let file = folder.path().join("sample-invitation");
    let whole = fs::read_to_string(&file).unwrap();
    for part in ["", &whole[..whole.len() - 1]] {
        fs::write(&file, part).unwrap();
        let running = Running::start(folder.path());
        let link = &running.exports["SAMPLE_LINK"];
        assert_eq!(
            running.inspect(link).await.unwrap().state(),
            InvitationState::Open
        );
        assert_eq!(running.invitations().await.len(), 1);
        running.stop();
        assert_eq!(fs::read_to_string(&file).unwrap(), whole);
    }
}

/// The limits of the services can be set here as well: on invitations, on what is kept, and on
/// calls.
#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_to_the_limits_that_are_set() {
    let folder = TempDir::new().unwrap();
    let limits = [
        "--open-invitations=1",
        "--subject-characters=50",
        "--max-request-bytes=2048",
    ];
    let running = Running::with(folder.path(), &limits);
    let sample = running.invitations().await.remove(0).name;
    let reseller = running.token("SAMPLE_RESELLER_TOKEN");
    let mut client = ConnectionServiceClient::new(running.channel());

    let second = InviteCustomerRequest {
        parent: "partners/sample-reseller".to_owned(),
        invitation: Some(Invitation::default()),
        request_id: "01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
        ..Default::default()
    };
    let many = client.invite_customer(with(reseller, second)).await;
    let many = refused(&many.unwrap_err());
    assert_eq!(many.reason, "OPEN_QUOTA", "{many:?}");

    let draft = |subject: &str, text: String| SaveDraftRequest {
        name: sample.clone(),
        subject: subject.to_owned(),
        text,
        ..Default::default()
    };
    let text = format!("Dear all,\n\n{}\n", running.exports["SAMPLE_LINK"]);
    let fits = draft(&"s".repeat(50), text.clone());
    client.save_draft(with(reseller, fits)).await.unwrap();
    let long = draft(&"s".repeat(51), text.clone());
    let long = client.save_draft(with(reseller, long)).await;
    let long = refused(&long.unwrap_err());
    assert_eq!(
        (long.code, long.fields),
        (Code::InvalidArgument, vec!["subject".to_owned()])
    );

    let large = draft("s", text + &"more ".repeat(500));
    let large = client.save_draft(with(reseller, large)).await;
    let large = refused(&large.unwrap_err());
    assert_eq!(
        (large.code, large.reason.as_str()),
        (Code::ResourceExhausted, "REQUEST_TOO_LARGE")
    );
    running.stop();
}

//! The sample of an empty folder: two partners that are connected, and their open joint invitation.
//!
//! Made once, through the gateway like everything else; which invitation it is stands in a file
//! beside the stores. Every step may be repeated, so a start that was interrupted is carried on by
//! the next. The portals' part is not here.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use platform::keys::Grant;
use proto::gateway::v1::connection_service_client::ConnectionServiceClient;
use proto::gateway::v1::{GetDraftRequest, InviteCustomerRequest};
use proto::invitation::v1::Invitation;
use proto::relationship::v1::partner_service_client::PartnerServiceClient;
use proto::relationship::v1::{
    AcceptPartnershipRequest, DecideEnrollmentRequest, EnrollPartnerRequest, EnrollmentDecision,
    GetPartnerRequest, ListPartnershipsRequest, PartnerKind, PartnerState, Partnership,
    PartnershipState, ProposePartnershipRequest,
};
use tonic::{Code, Status};
use vocabulary::name::InvitationName;

use crate::user::{User, Users, admin_agent};

/// The inviting reseller.
pub const RESELLER: &str = "sample-reseller";
/// The provider that it invites together with.
pub const PROVIDER: &str = "sample-provider";
/// A customer that may accept, unknown until it does.
pub const CUSTOMER: &str = "sample-customer";

/// The file that holds the invitation's name.
const FILE: &str = "sample-invitation";
/// The same in every start, so that one that was interrupted leaves one invitation and not two.
const REQUEST_ID: &str = "0198c0de-5a4d-7000-8000-000000000001";

/// How long an enrolment may take, with the import of no customers, and how often it is looked at.
const PATIENCE: Duration = Duration::from_secs(15);
const INTERVAL: Duration = Duration::from_millis(20);

/// The sample in one folder.
pub struct Sample {
    file: PathBuf,
    operator: User,
    reseller: User,
    provider: User,
}

impl Sample {
    /// The sample of this folder, on the system behind this gateway.
    pub fn of(data: &Path, gateway: SocketAddr, users: &Users) -> anyhow::Result<Self> {
        Ok(Self {
            file: data.join(FILE),
            operator: users.user(gateway, &Grant::operator())?,
            reseller: users.user(gateway, &admin_agent(RESELLER))?,
            provider: users.user(gateway, &admin_agent(PROVIDER))?,
        })
    }

    /// Whether there is none in this folder yet, or not a whole one.
    pub fn is_missing(data: &Path) -> anyhow::Result<bool> {
        Ok(kept(&data.join(FILE))?.is_none())
    }

    /// The link of the sample's invitation, while it is open. Makes the sample where there is none
    /// yet.
    pub async fn link(&self) -> anyhow::Result<Option<String>> {
        let name = match kept(&self.file)? {
            Some(name) => name,
            None => {
                let name = self.seed().await?;
                self.keep(&name)
                    .with_context(|| self.file.display().to_string())?;
                name
            }
        };
        let draft = ConnectionServiceClient::new(self.reseller.clone())
            .get_draft(GetDraftRequest { name })
            .await;
        Ok(unless(&[Code::FailedPrecondition, Code::NotFound], draft)?
            .map(|draft| draft.into_inner().link))
    }

    /// Writes the file, whole or not at all.
    fn keep(&self, name: &str) -> io::Result<()> {
        let unfinished = self.file.with_extension("new");
        let mut file = File::create(&unfinished)?;
        file.write_all(name.as_bytes())?;
        file.sync_all()?;
        fs::rename(&unfinished, &self.file)
    }

    async fn seed(&self) -> anyhow::Result<String> {
        self.enrol(
            &self.reseller,
            RESELLER,
            PartnerKind::IndirectReseller,
            "Sample Reseller",
        )
        .await?;
        self.enrol(
            &self.provider,
            PROVIDER,
            PartnerKind::IndirectProvider,
            "Sample Provider",
        )
        .await?;
        self.connect().await?;
        let invited = ConnectionServiceClient::new(self.reseller.clone())
            .invite_customer(InviteCustomerRequest {
                parent: format!("partners/{RESELLER}"),
                invitation: Some(Invitation {
                    provider: format!("partners/{PROVIDER}"),
                    ..Default::default()
                }),
                request_id: REQUEST_ID.to_owned(),
                ..Default::default()
            })
            .await?;
        Ok(invited
            .into_inner()
            .invitation
            .context("the answer names no invitation")?
            .name)
    }

    async fn enrol(
        &self,
        user: &User,
        id: &str,
        kind: PartnerKind,
        display_name: &str,
    ) -> anyhow::Result<()> {
        let name = format!("partners/{id}");
        let asked = PartnerServiceClient::new(user.clone())
            .enroll_partner(EnrollPartnerRequest {
                name: name.clone(),
                kind: kind.into(),
                display_name: display_name.to_owned(),
                ..Default::default()
            })
            .await;
        // It was asked for before, or is decided at once: both are as it should be.
        unless(&[Code::FailedPrecondition], asked)?;
        let decided = PartnerServiceClient::new(self.operator.clone())
            .decide_enrollment(DecideEnrollmentRequest {
                name: name.clone(),
                decision: EnrollmentDecision::Approve.into(),
                ..Default::default()
            })
            .await;
        unless(&[Code::FailedPrecondition], decided)?;
        tokio::time::timeout(PATIENCE, self.active(&name))
            .await
            .with_context(|| format!("the enrolment of {id} takes too long"))?
    }

    /// Waits until the enrolment of a partner, its import included, is done.
    async fn active(&self, name: &str) -> anyhow::Result<()> {
        let mut operator = PartnerServiceClient::new(self.operator.clone());
        loop {
            let name = name.to_owned();
            let read = operator.get_partner(GetPartnerRequest { name }).await?;
            let partner = read.into_inner().partner.unwrap_or_default();
            match partner.state() {
                PartnerState::Active => return Ok(()),
                PartnerState::Failed => bail!("{} failed: {}", partner.name, partner.state_reason),
                PartnerState::Pending | PartnerState::Suspended | PartnerState::Unspecified => {}
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    async fn connect(&self) -> anyhow::Result<()> {
        let mut reseller = PartnerServiceClient::new(self.reseller.clone());
        let parent = format!("partners/{RESELLER}");
        let listed = reseller
            .list_partnerships(ListPartnershipsRequest {
                parent: parent.clone(),
                ..Default::default()
            })
            .await?;
        let standing = |partnership: &Partnership| partnership.state() != PartnershipState::Ended;
        let partnership = match listed.into_inner().partnerships.into_iter().find(standing) {
            Some(partnership) => partnership,
            None => {
                let propose = ProposePartnershipRequest {
                    parent,
                    partner: format!("partners/{PROVIDER}"),
                    ..Default::default()
                };
                reseller
                    .propose_partnership(propose)
                    .await?
                    .into_inner()
                    .partnership
                    .unwrap_or_default()
            }
        };
        if partnership.state() == PartnershipState::Proposed {
            let accept = AcceptPartnershipRequest {
                name: partnership.name,
                ..Default::default()
            };
            PartnerServiceClient::new(self.provider.clone())
                .accept_partnership(accept)
                .await?;
        }
        Ok(())
    }
}

/// The name of the sample's invitation, if this file holds a whole one.
fn kept(file: &Path) -> anyhow::Result<Option<String>> {
    match fs::read_to_string(file) {
        Ok(name) => Ok(Some(name).filter(|name| is_invitation(name))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| file.display().to_string()),
    }
}

/// Whether this is the name of an invitation of the sample's reseller.
fn is_invitation(name: &str) -> bool {
    InvitationName::parse(name).is_ok_and(|name| name.partner.as_str() == RESELLER)
}

/// An answer, or nothing where it is one of these refusals.
fn unless<T>(refusals: &[Code], answer: Result<T, Status>) -> Result<Option<T>, Status> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(status) if refusals.contains(&status.code()) => Ok(None),
        Err(status) => Err(status),
    }
}

//! The story itself: every step a few calls through the gateway, checked before it is told.
//!
//! This half leads to the relationships; the other, [`after`](crate::after), is what they allow and
//! how one ends.

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use platform::keys::Grant;
use proto::customer::v1::Permission;
use proto::gateway::v1::InviteCustomerRequest;
use proto::gateway::v1::connection_service_client::ConnectionServiceClient;
use proto::invitation::v1::invitation_service_client::InvitationServiceClient;
use proto::invitation::v1::{
    AcceptInvitationRequest, Acceptance, AcceptanceState, AccountData, Consent,
    FinishInvitationRequest, GetAcceptanceRequest, InspectInvitationRequest,
    InspectInvitationResponse, Invitation, InvitationState, Party,
};
use proto::relationship::v1::partner_service_client::PartnerServiceClient;
use proto::relationship::v1::{
    AcceptPartnershipRequest, DecideEnrollmentRequest, EnrollPartnerRequest, EnrollmentDecision,
    PartnerKind, PartnerState, PartnershipState, ProposePartnershipRequest,
};

use crate::teller::StepReport;
use crate::user::{User, Users, admin_agent, global_admin};
use crate::{CUSTOMER, OTHER_PROVIDER, PROVIDER, RESELLER, eventually};

/// The language of the draft, of the consent and of the attestation.
pub(crate) const LANGUAGE: &str = "pt-BR";

/// Who takes part, and what they have learned so far.
pub(crate) struct Story {
    pub(crate) operator: User,
    pub(crate) reseller: User,
    pub(crate) provider: User,
    pub(crate) other_provider: User,
    pub(crate) customer: User,
    invitation: String,
    link: String,
    inspected: InspectInvitationResponse,
    pub(crate) acceptance: Acceptance,
}

impl Story {
    /// Gives everybody a token for this system.
    pub(crate) fn begin(gateway: SocketAddr, users: &Users) -> anyhow::Result<Self> {
        let user = |grant: &Grant| users.user(gateway, grant);
        Ok(Self {
            operator: user(&Grant::operator())?,
            reseller: user(&admin_agent(RESELLER))?,
            provider: user(&admin_agent(PROVIDER))?,
            other_provider: user(&admin_agent(OTHER_PROVIDER))?,
            customer: user(&global_admin(CUSTOMER))?,
            invitation: String::new(),
            link: String::new(),
            inspected: InspectInvitationResponse::default(),
            acceptance: Acceptance::default(),
        })
    }

    /// Three partners ask for enrolment, an operator approves.
    pub(crate) async fn enrol(&self) -> anyhow::Result<StepReport> {
        let partners = [
            (
                &self.reseller,
                RESELLER,
                PartnerKind::IndirectReseller,
                "Contoso Cloud",
            ),
            (
                &self.provider,
                PROVIDER,
                PartnerKind::IndirectProvider,
                "Fabrikam Distribution",
            ),
            (
                &self.other_provider,
                OTHER_PROVIDER,
                PartnerKind::IndirectProvider,
                "Northwind Supply",
            ),
        ];
        for (user, id, kind, display_name) in partners {
            let name = format!("partners/{id}");
            let asked = PartnerServiceClient::new(user.clone())
                .enroll_partner(EnrollPartnerRequest {
                    name: name.clone(),
                    kind: kind.into(),
                    display_name: display_name.to_owned(),
                    ..Default::default()
                })
                .await?;
            let asked = asked.into_inner().partner.unwrap_or_default();
            ensure!(
                asked.state() == PartnerState::Pending,
                "{name} is {}",
                asked.state().as_str_name()
            );
            let decided = PartnerServiceClient::new(self.operator.clone())
                .decide_enrollment(DecideEnrollmentRequest {
                    name: name.clone(),
                    decision: EnrollmentDecision::Approve.into(),
                    ..Default::default()
                })
                .await?;
            let decided = decided.into_inner().partner.unwrap_or_default();
            ensure!(
                decided.state() == PartnerState::Active,
                "{name} is {}",
                decided.state().as_str_name()
            );
        }
        Ok(StepReport::line(format!("{RESELLER} asks as indirect reseller, {PROVIDER} and {OTHER_PROVIDER} as indirect providers: PENDING"))
            .and("an operator approves each: ACTIVE"))
    }

    /// The reseller proposes a partnership to each provider, and both accept.
    pub(crate) async fn connect(&self) -> anyhow::Result<StepReport> {
        for (provider, user) in [
            (PROVIDER, &self.provider),
            (OTHER_PROVIDER, &self.other_provider),
        ] {
            let proposed = PartnerServiceClient::new(self.reseller.clone())
                .propose_partnership(ProposePartnershipRequest {
                    parent: format!("partners/{RESELLER}"),
                    partner: format!("partners/{provider}"),
                    ..Default::default()
                })
                .await?;
            let name = proposed.into_inner().partnership.unwrap_or_default().name;
            let accepted = PartnerServiceClient::new(user.clone())
                .accept_partnership(AcceptPartnershipRequest {
                    name,
                    ..Default::default()
                })
                .await?;
            let accepted = accepted.into_inner().partnership.unwrap_or_default();
            ensure!(
                accepted.state() == PartnershipState::Active,
                "with {provider}: {}",
                accepted.state().as_str_name()
            );
        }
        Ok(StepReport::line(format!("{RESELLER} proposes a partnership to {PROVIDER} and to {OTHER_PROVIDER}; both accept: ACTIVE"))
            .and("that says nothing about customers yet"))
    }

    /// The reseller makes a joint invitation and reads the draft.
    pub(crate) async fn invite(&mut self) -> anyhow::Result<StepReport> {
        let invited = ConnectionServiceClient::new(self.reseller.clone())
            .invite_customer(InviteCustomerRequest {
                parent: format!("partners/{RESELLER}"),
                invitation: Some(Invitation {
                    provider: format!("partners/{PROVIDER}"),
                    language: LANGUAGE.to_owned(),
                    message: "Foi um prazer conversar com vocês na semana passada.".to_owned(),
                    correlation_id: "CRM-4711".to_owned(),
                    ..Default::default()
                }),
                request_id: request_id(),
                ..Default::default()
            })
            .await?
            .into_inner();
        let invitation = invited
            .invitation
            .context("the answer names no invitation")?;
        let draft = invited.draft.context("the answer has no draft")?;
        ensure!(
            draft.text.lines().any(|line| line == invited.link),
            "the link does not stand alone on a line of the draft"
        );
        ensure!(
            !draft.html.is_empty() && !draft.eml.is_empty(),
            "the draft has no HTML or no message file"
        );
        let told = StepReport::line(format!(
            "{RESELLER} invites a customer jointly with {PROVIDER}: one link, nothing is sent"
        ))
        .and(format!(
            "the draft as it sees it ({}; also as HTML, as .eml, as mailto: of {} bytes{}):",
            draft.language,
            draft.mailto.len(),
            if draft.mailto_shortened {
                " with a shorter text"
            } else {
                ""
            },
        ))
        .showing(format!("{}\n\n{}", draft.subject, draft.text));
        self.invitation = invitation.name;
        self.link = invited.link;
        Ok(told)
    }

    /// The reseller ends drafting; acceptance does not depend on it.
    pub(crate) async fn finish(&self) -> anyhow::Result<StepReport> {
        let finished = InvitationServiceClient::new(self.reseller.clone())
            .finish_invitation(FinishInvitationRequest {
                name: self.invitation.clone(),
                ..Default::default()
            })
            .await?;
        let finished = finished.into_inner().invitation.unwrap_or_default();
        ensure!(finished.finish_time.is_some(), "drafting has not ended");
        Ok(StepReport::line(format!(
            "{RESELLER} is done with the draft and mails it from its own mailbox"
        )))
    }

    /// The customer reads who asks for what.
    pub(crate) async fn inspect(&mut self) -> anyhow::Result<StepReport> {
        let inspected = InvitationServiceClient::new(self.customer.clone())
            .inspect_invitation(InspectInvitationRequest {
                link: self.link.clone(),
                language: LANGUAGE.to_owned(),
                ..Default::default()
            })
            .await?
            .into_inner();
        ensure!(
            inspected.state() == InvitationState::Open,
            "it is {}",
            inspected.state().as_str_name()
        );
        ensure!(
            inspected.parties.len() == 2,
            "it names {} parties",
            inspected.parties.len()
        );
        let asks: Vec<_> = inspected.parties.iter().map(asks).collect();
        let wording = format!(
            "{} ({})",
            inspected.consent_wording_id, inspected.consent_language
        );
        let told = StepReport::line(format!(
            "{CUSTOMER}'s Global admin opens the link: {}",
            asks[0]
        ))
        .and(format!("and {}; the consent wording is {wording}", asks[1]));
        self.inspected = inspected;
        Ok(told)
    }

    /// The customer accepts, once, for both.
    pub(crate) async fn accept(&mut self) -> anyhow::Result<StepReport> {
        let accepted = InvitationServiceClient::new(self.customer.clone())
            .accept_invitation(AcceptInvitationRequest {
                parent: format!("customers/{CUSTOMER}"),
                link: self.link.clone(),
                consent: Some(Consent {
                    wording_id: self.inspected.consent_wording_id.clone(),
                    language: self.inspected.consent_language.clone(),
                }),
                account: Some(AccountData {
                    display_name: "Adatum Ltda.".to_owned(),
                    country: "BR".to_owned(),
                    domain: "adatum.example".to_owned(),
                }),
                request_id: request_id(),
                ..Default::default()
            })
            .await?;
        let acceptance = accepted
            .into_inner()
            .acceptance
            .context("the answer names no acceptance")?;
        let acceptance = self.established(acceptance).await?;
        ensure!(
            acceptance.relationships.len() == 2,
            "{} relationships were established",
            acceptance.relationships.len()
        );
        let told = StepReport::line(format!(
            "{CUSTOMER} accepts once: ESTABLISHED, both relationships or neither"
        ))
        .and(format!("\"{}\"", acceptance.message));
        self.acceptance = acceptance;
        Ok(told)
    }

    /// The acceptance once it is decided, which may be a moment after it was received.
    async fn established(&self, acceptance: Acceptance) -> anyhow::Result<Acceptance> {
        let customer = InvitationServiceClient::new(self.customer.clone());
        eventually("the acceptance is decided", || {
            let (mut customer, name) = (customer.clone(), acceptance.name.clone());
            async move {
                let asked = customer
                    .get_acceptance(GetAcceptanceRequest { name })
                    .await?;
                let acceptance = asked.into_inner().acceptance.unwrap_or_default();
                Ok((acceptance.state() == AcceptanceState::Established).then_some(acceptance))
            }
        })
        .await
    }
}

/// A new id that makes repeating a request safe.
pub(crate) fn request_id() -> String {
    platform::clock::Clock::system().id().to_string()
}

/// What a party asks to do, as people say it.
fn asks(party: &Party) -> String {
    let permissions: Vec<_> = party.permissions().map(permission).collect();
    format!("{} asks to {}", party.display_name, permissions.join(", "))
}

/// A permission as people say it.
pub(crate) fn permission(permission: Permission) -> String {
    permission
        .as_str_name()
        .trim_start_matches("PERMISSION_")
        .to_lowercase()
        .replace('_', " ")
}

//! The verbs of the programme as a test says them, spoken to the gateway as any client would.

use std::time::Duration;

use platform::clock::Clock;
use platform::keys::Grant;
use proto::customer::v1::Permission;
use proto::gateway::v1::connection_service_client::ConnectionServiceClient;
use proto::gateway::v1::{InviteCustomerRequest, InviteCustomerResponse};
use proto::invitation::v1::invitation_service_client::InvitationServiceClient;
use proto::invitation::v1::{
    AcceptInvitationRequest, Acceptance, AccountData, Consent, GetAcceptanceRequest,
    GetInvitationRequest, InspectInvitationRequest, InspectInvitationResponse, Invitation,
};
use proto::notification::v1::notification_service_client::NotificationServiceClient;
use proto::notification::v1::{ListNoticesRequest, Notice};
use proto::relationship::v1::access_service_client::AccessServiceClient;
use proto::relationship::v1::partner_service_client::PartnerServiceClient;
use proto::relationship::v1::relationship_service_client::RelationshipServiceClient;
use proto::relationship::v1::{
    AcceptPartnershipRequest, AccessDecision, CheckAccessRequest, DecideEnrollmentRequest,
    EndPartnershipRequest, EnrollPartnerRequest, EnrollmentDecision, GetPartnerRequest,
    ListCustomersRequest, ListRelationshipsRequest, Partner, PartnerKind, PartnerState,
    ProposePartnershipRequest, Relationship, SuspendPartnerRequest,
};

use tonic::Status;
use tonic::transport::Channel;

use crate::{Role, System, eventually, with};

/// How long the import of a few existing customers may take.
const IMPORT: Duration = Duration::from_secs(30);

/// Everybody who takes part, with the clients to speak for them.
#[derive(Clone)]
pub struct Programme {
    /// Invites and drafts.
    pub connections: ConnectionServiceClient<Channel>,
    /// Invitations and their acceptance.
    pub invitations: InvitationServiceClient<Channel>,
    /// Enrolment and partnerships.
    pub partners: PartnerServiceClient<Channel>,
    /// Customers, relationships, privileges.
    pub relationships: RelationshipServiceClient<Channel>,
    /// Who may what.
    pub access: AccessServiceClient<Channel>,
    /// What partners are told.
    pub notices: NotificationServiceClient<Channel>,
    /// Token of operations staff.
    pub operator: String,
    /// Token of the reseller's Global admin.
    pub contoso: String,
    /// Token of the provider's Global admin.
    pub fabrikam: String,
    /// Token of the customer's Global admin.
    pub adatum: String,
}

impl Programme {
    /// Speaks through the gateway of `system`.
    pub fn of(system: &System) -> Programme {
        let gateway = system.channel(Role::Gateway);
        let admin = |tenant: &str| {
            let email = format!("admin@{tenant}.example");
            let grant = Grant::tenant(tenant).role("global-admin").subject("ana");
            system.token(&grant.email(&email))
        };
        Programme {
            connections: ConnectionServiceClient::new(gateway.clone()),
            invitations: InvitationServiceClient::new(gateway.clone()),
            partners: PartnerServiceClient::new(gateway.clone()),
            relationships: RelationshipServiceClient::new(gateway.clone()),
            access: AccessServiceClient::new(gateway.clone()),
            notices: NotificationServiceClient::new(gateway),
            operator: system.token(&Grant::operator()),
            contoso: admin("contoso"),
            fabrikam: admin("fabrikam"),
            adatum: admin("adatum"),
        }
    }

    /// Contoso (reseller) and Fabrikam (provider), enrolled and connected. Answers the
    /// partnership's name.
    pub async fn connect(&self) -> String {
        self.enroll(&self.contoso, "contoso", PartnerKind::IndirectReseller)
            .await;
        self.enroll(&self.fabrikam, "fabrikam", PartnerKind::IndirectProvider)
            .await;
        self.partner_up().await
    }

    /// Proposes and accepts a partnership of the two.
    pub async fn partner_up(&self) -> String {
        let propose = ProposePartnershipRequest {
            parent: "partners/contoso".into(),
            partner: "partners/fabrikam".into(),
            ..Default::default()
        };
        let proposed = self
            .partners
            .clone()
            .propose_partnership(with(&self.contoso, propose))
            .await
            .expect("proposed")
            .into_inner();
        let name = proposed.partnership.expect("a partnership").name;
        let accept = AcceptPartnershipRequest {
            name: name.clone(),
            ..Default::default()
        };
        self.partners
            .clone()
            .accept_partnership(with(&self.fabrikam, accept))
            .await
            .expect("accepted");
        name
    }

    /// Enrols a partner by the operator's decision, and waits until it is active.
    pub async fn enroll(&self, token: &str, id: &str, kind: PartnerKind) {
        self.ask(token, id, kind).await;
        self.decide(id, EnrollmentDecision::Approve).await;
        eventually(&format!("{id} to be active"), IMPORT, || async {
            let partner = self.partner(id).await;
            let state = partner.state();
            assert_ne!(state, PartnerState::Failed, "{}", partner.state_reason);
            (state == PartnerState::Active).then_some(())
        })
        .await;
    }

    /// Asks for a partner's enrolment.
    pub async fn ask(&self, token: &str, id: &str, kind: PartnerKind) {
        let request = EnrollPartnerRequest {
            name: format!("partners/{id}"),
            kind: kind.into(),
            display_name: format!("{id} Ltd"),
            ..Default::default()
        };
        let mut partners = self.partners.clone();
        let asked = partners.enroll_partner(with(token, request)).await;
        asked.expect("asked");
    }

    /// Decides a partner's enrolment, as the operator. Answers how it stands then.
    pub async fn decide(&self, id: &str, decision: EnrollmentDecision) -> PartnerState {
        let request = DecideEnrollmentRequest {
            name: format!("partners/{id}"),
            decision: decision.into(),
            ..Default::default()
        };
        let mut partners = self.partners.clone();
        let decided = partners
            .decide_enrollment(with(&self.operator, request))
            .await;
        let partner = decided.expect("decided").into_inner().partner;
        partner.expect("a partner").state()
    }

    /// A partner as it stands, as the operator reads it.
    pub async fn partner(&self, id: &str) -> Partner {
        let request = GetPartnerRequest {
            name: format!("partners/{id}"),
        };
        let mut partners = self.partners.clone();
        let answer = partners.get_partner(with(&self.operator, request)).await;
        let answer = answer.expect("an enrolled partner").into_inner();
        answer.partner.expect("a partner")
    }

    /// Contoso's joint invitation with Fabrikam.
    pub async fn invite(&self) -> InviteCustomerResponse {
        let invitation = Invitation {
            provider: "partners/fabrikam".into(),
            ..Default::default()
        };
        self.try_invite(invitation).await.expect("invited")
    }

    /// An invitation of Contoso's.
    pub async fn try_invite(
        &self,
        invitation: Invitation,
    ) -> Result<InviteCustomerResponse, Status> {
        let request = InviteCustomerRequest {
            parent: "partners/contoso".into(),
            invitation: Some(invitation),
            request_id: Clock::system().id().to_string(),
            ..Default::default()
        };
        let mut connections = self.connections.clone();
        let answer = connections
            .invite_customer(with(&self.contoso, request))
            .await?;
        Ok(answer.into_inner())
    }

    /// What the holder of a link is shown.
    pub async fn inspect(
        &self,
        token: &str,
        link: &str,
    ) -> Result<InspectInvitationResponse, Status> {
        let request = InspectInvitationRequest {
            link: link.to_owned(),
            language: String::new(),
            ..Default::default()
        };
        let mut invitations = self.invitations.clone();
        let answer = invitations.inspect_invitation(with(token, request)).await?;
        Ok(answer.into_inner())
    }

    /// Accepts for `customer`, consenting to what an inspection shows.
    pub async fn accept(
        &self,
        token: &str,
        customer: &str,
        link: &str,
    ) -> Result<Acceptance, Status> {
        let shown = self.inspect(token, link).await?;
        let consent = Consent {
            wording_id: shown.consent_wording_id,
            language: shown.consent_language,
        };
        self.accept_as_shown(token, customer, link, consent).await
    }

    /// Accepts for `customer` with a consent read before.
    pub async fn accept_as_shown(
        &self,
        token: &str,
        customer: &str,
        link: &str,
        consent: Consent,
    ) -> Result<Acceptance, Status> {
        let request = AcceptInvitationRequest {
            parent: format!("customers/{customer}"),
            link: link.to_owned(),
            consent: Some(consent),
            account: Some(AccountData {
                display_name: format!("{customer} Ltda"),
                country: "BR".into(),
                domain: format!("{customer}.example"),
            }),
            request_id: String::new(),
            ..Default::default()
        };
        let mut invitations = self.invitations.clone();
        let answer = invitations.accept_invitation(with(token, request)).await?;
        Ok(answer.into_inner().acceptance.expect("an acceptance"))
    }

    /// An acceptance as it stands.
    pub async fn acceptance(&self, name: &str) -> Result<Acceptance, Status> {
        let request = GetAcceptanceRequest {
            name: name.to_owned(),
        };
        let mut invitations = self.invitations.clone();
        let answer = invitations
            .get_acceptance(with(&self.operator, request))
            .await?;
        Ok(answer.into_inner().acceptance.expect("an acceptance"))
    }

    /// An invitation of Contoso's as it stands.
    pub async fn invitation(&self, name: &str) -> Invitation {
        let request = GetInvitationRequest {
            name: name.to_owned(),
        };
        let mut invitations = self.invitations.clone();
        let answer = invitations
            .get_invitation(with(&self.contoso, request))
            .await
            .expect("its own invitation");
        answer.into_inner().invitation.expect("an invitation")
    }

    /// The customers in a partner's list, by id.
    pub async fn customers(&self, token: &str, partner: &str) -> Vec<String> {
        let request = ListCustomersRequest {
            parent: format!("partners/{partner}"),
            ..Default::default()
        };
        let mut relationships = self.relationships.clone();
        let answer = relationships
            .list_customers(with(token, request))
            .await
            .expect("its own list");
        let customers = answer.into_inner().customers;
        customers.into_iter().map(|entry| entry.customer).collect()
    }

    /// Every relationship of a customer, removed ones included, as the operator sees them.
    pub async fn relationships_of(&self, customer: &str) -> Vec<Relationship> {
        let request = ListRelationshipsRequest {
            parent: format!("customers/{customer}"),
            ..Default::default()
        };
        let mut relationships = self.relationships.clone();
        let answer = relationships
            .list_relationships(with(&self.operator, request))
            .await
            .expect("an operator reads");
        answer.into_inner().relationships
    }

    /// Whether a partner may, as a partner asks it.
    pub async fn check(
        &self,
        token: &str,
        partner: &str,
        permission: Permission,
    ) -> AccessDecision {
        let asked = self.try_check(token, partner, permission).await;
        asked.expect("an answer")
    }

    /// The same, while processes may be away.
    pub async fn try_check(
        &self,
        token: &str,
        partner: &str,
        permission: Permission,
    ) -> Result<AccessDecision, Status> {
        let request = CheckAccessRequest {
            partner: format!("partners/{partner}"),
            customer: "customers/adatum".into(),
            permission: permission.into(),
        };
        let mut access = self.access.clone();
        let answer = access.check_access(with(token, request)).await?;
        Ok(answer.into_inner().decision.expect("a decision"))
    }

    /// A partner's notices, newest first.
    pub async fn notices(&self, token: &str, partner: &str) -> Vec<Notice> {
        let request = ListNoticesRequest {
            parent: format!("partners/{partner}"),
            ..Default::default()
        };
        let mut notices = self.notices.clone();
        let answer = notices
            .list_notices(with(token, request))
            .await
            .expect("its own notices");
        answer.into_inner().notices
    }

    /// Ends a partnership, as Fabrikam.
    pub async fn end(&self, partnership: &str) {
        let request = EndPartnershipRequest {
            name: partnership.to_owned(),
            ..Default::default()
        };
        let mut partners = self.partners.clone();
        partners
            .end_partnership(with(&self.fabrikam, request))
            .await
            .expect("ended");
    }

    /// Suspends a partner, as the operator.
    pub async fn suspend(&self, partner: &str) {
        let request = SuspendPartnerRequest {
            name: format!("partners/{partner}"),
            reason: "payment overdue".into(),
            ..Default::default()
        };
        let mut partners = self.partners.clone();
        partners
            .suspend_partner(with(&self.operator, request))
            .await
            .expect("suspended");
    }
}

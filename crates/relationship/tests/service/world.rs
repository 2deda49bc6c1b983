//! What most tests begin with: partners that take part, a partnership, customers that accepted.

use proto::customer::v1::Permission;
use proto::relationship::internal::v1::{
    ActingUser, DecideAcceptanceRequest, DecideAcceptanceResponse, NewAccount, Outcome,
};
use proto::relationship::v1::*;
use tests::with;
use tonic::Status;

use crate::support::Service;

pub(crate) const RESELLER: PartnerKind = PartnerKind::IndirectReseller;
pub(crate) const PROVIDER: PartnerKind = PartnerKind::IndirectProvider;

impl Service {
    /// Enrols contoso as reseller and fabrikam as provider and connects them; answers the
    /// partnership's name.
    pub(crate) async fn connected(&self) -> String {
        self.enrolled("contoso", RESELLER).await;
        self.enrolled("fabrikam", PROVIDER).await;
        self.connect("contoso", "fabrikam").await
    }

    /// Enrols a partner that an operator approves.
    pub(crate) async fn enrolled(&self, partner: &str, kind: PartnerKind) -> Partner {
        self.enroll(partner, kind).await.unwrap();
        self.decide(partner, EnrollmentDecision::Approve)
            .await
            .unwrap()
    }

    pub(crate) async fn enroll(&self, partner: &str, kind: PartnerKind) -> Result<Partner, Status> {
        let message = EnrollPartnerRequest {
            name: format!("partners/{partner}"),
            kind: kind.into(),
            display_name: format!("{partner} Ltd"),
            ..Default::default()
        };
        let answer = self
            .partners()
            .enroll_partner(with(&self.agent(partner), message))
            .await?;
        Ok(answer.into_inner().partner.unwrap())
    }

    pub(crate) async fn decide(
        &self,
        partner: &str,
        decision: EnrollmentDecision,
    ) -> Result<Partner, Status> {
        let message = DecideEnrollmentRequest {
            name: format!("partners/{partner}"),
            decision: decision.into(),
            reason: "as the papers say".to_owned(),
            ..Default::default()
        };
        let answer = self
            .partners()
            .decide_enrollment(with(&self.operator(), message))
            .await?;
        Ok(answer.into_inner().partner.unwrap())
    }

    /// Takes back what this partner has asked for.
    pub(crate) async fn withdraw(&self, partner: &str) -> Result<Partner, Status> {
        let message = WithdrawEnrollmentRequest {
            name: format!("partners/{partner}"),
            ..Default::default()
        };
        let answer = self
            .partners()
            .withdraw_enrollment(with(&self.agent(partner), message))
            .await?;
        Ok(answer.into_inner().partner.unwrap())
    }

    pub(crate) async fn suspend(&self, partner: &str) -> Result<Partner, Status> {
        let message = SuspendPartnerRequest {
            name: format!("partners/{partner}"),
            reason: "payment overdue".to_owned(),
            ..Default::default()
        };
        let answer = self
            .partners()
            .suspend_partner(with(&self.operator(), message))
            .await?;
        Ok(answer.into_inner().partner.unwrap())
    }

    pub(crate) async fn reinstate(&self, partner: &str) -> Result<Partner, Status> {
        let message = ReinstatePartnerRequest {
            name: format!("partners/{partner}"),
            ..Default::default()
        };
        let answer = self
            .partners()
            .reinstate_partner(with(&self.operator(), message))
            .await?;
        Ok(answer.into_inner().partner.unwrap())
    }

    /// Connects two partners; answers the partnership's name.
    pub(crate) async fn connect(&self, by: &str, other: &str) -> String {
        let proposed = self.propose(by, other).await.unwrap();
        self.accept(other, &proposed.name).await.unwrap().name
    }

    pub(crate) async fn propose(&self, by: &str, other: &str) -> Result<Partnership, Status> {
        let message = ProposePartnershipRequest {
            parent: format!("partners/{by}"),
            partner: format!("partners/{other}"),
            ..Default::default()
        };
        let answer = self
            .partners()
            .propose_partnership(with(&self.agent(by), message))
            .await?;
        Ok(answer.into_inner().partnership.unwrap())
    }

    pub(crate) async fn accept(&self, by: &str, partnership: &str) -> Result<Partnership, Status> {
        let message = AcceptPartnershipRequest {
            name: partnership.to_owned(),
            ..Default::default()
        };
        let answer = self
            .partners()
            .accept_partnership(with(&self.agent(by), message))
            .await?;
        Ok(answer.into_inner().partnership.unwrap())
    }

    pub(crate) async fn end(&self, by: &str, partnership: &str) -> Result<Partnership, Status> {
        let message = EndPartnershipRequest {
            name: partnership.to_owned(),
            ..Default::default()
        };
        let answer = self
            .partners()
            .end_partnership(with(&self.agent(by), message))
            .await?;
        Ok(answer.into_inner().partnership.unwrap())
    }

    /// The acceptance by a customer of an invitation by contoso alone.
    pub(crate) fn solo(&self, customer: &str) -> DecideAcceptanceRequest {
        DecideAcceptanceRequest {
            acceptance_id: self.uuid(),
            invitation: format!("partners/contoso/invitations/{}", self.uuid()),
            customer: format!("customers/{customer}"),
            reseller: "partners/contoso".to_owned(),
            account: Some(NewAccount {
                display_name: format!("{customer} Inc"),
                country: "BR".to_owned(),
                domain: format!("{customer}.example"),
            }),
            user: Some(ActingUser {
                issuer: "https://issuer.example".to_owned(),
                subject: "bob".to_owned(),
            }),
            ..Default::default()
        }
    }

    /// The acceptance by a customer of an invitation by contoso together with fabrikam.
    pub(crate) fn joint(&self, customer: &str, partnership: &str) -> DecideAcceptanceRequest {
        DecideAcceptanceRequest {
            provider: "partners/fabrikam".to_owned(),
            partnership: partnership.to_owned(),
            ..self.solo(customer)
        }
    }

    pub(crate) async fn establish(
        &self,
        message: &DecideAcceptanceRequest,
    ) -> Result<DecideAcceptanceResponse, Status> {
        Ok(self
            .internal()
            .decide_acceptance(message.clone())
            .await?
            .into_inner())
    }

    /// Decides an acceptance, which must succeed; answers the names of the relationships.
    pub(crate) async fn established(&self, message: &DecideAcceptanceRequest) -> Vec<String> {
        let decision = self.establish(message).await.unwrap();
        assert_eq!(decision.outcome(), Outcome::Established);
        decision.relationships
    }

    /// The customers that a partner's Admin agent sees, newest relationship first.
    pub(crate) async fn customers(&self, partner: &str) -> Vec<String> {
        let message = ListCustomersRequest {
            parent: format!("partners/{partner}"),
            ..Default::default()
        };
        let answer = self
            .relationships()
            .list_customers(with(&self.agent(partner), message))
            .await;
        answer
            .unwrap()
            .into_inner()
            .customers
            .into_iter()
            .map(|one| one.customer)
            .collect()
    }

    /// The privileges of a partner, as its Admin agent sees them, newest first.
    pub(crate) async fn privileges(&self, partner: &str) -> Vec<DelegatedPrivilege> {
        let message = ListDelegatedPrivilegesRequest {
            parent: format!("partners/{partner}"),
            ..Default::default()
        };
        let mut client = self.relationships();
        let answer = client
            .list_delegated_privileges(with(&self.agent(partner), message))
            .await;
        answer.unwrap().into_inner().privileges
    }

    /// Asks for access as an operator, who may know everything.
    pub(crate) async fn check(
        &self,
        partner: &str,
        customer: &str,
        permission: Permission,
    ) -> AccessDecision {
        self.check_as(&self.operator(), partner, customer, permission)
            .await
            .unwrap()
    }

    pub(crate) async fn check_as(
        &self,
        token: &str,
        partner: &str,
        customer: &str,
        permission: Permission,
    ) -> Result<AccessDecision, Status> {
        let message = question(partner, customer, permission);
        let answer = self.access().check_access(with(token, message)).await?;
        Ok(answer.into_inner().decision.unwrap())
    }

    /// Previews and attests the removal of a relationship as its partner's Admin agent.
    pub(crate) async fn remove(&self, relationship: &str) -> Result<Relationship, Status> {
        let partner = relationship.split('/').nth(1).unwrap();
        let message = RemoveRelationshipRequest {
            name: relationship.to_owned(),
            attestation: Some(attestation("en")),
            ..Default::default()
        };
        let mut client = self.relationships();
        let answer = client
            .remove_relationship(with(&self.agent(partner), message))
            .await?;
        Ok(answer.into_inner().relationship.unwrap())
    }

    /// Ends a relationship as its customer's Global admin.
    pub(crate) async fn end_relationship(
        &self,
        customer: &str,
        message: EndRelationshipRequest,
    ) -> Result<Relationship, Status> {
        let mut client = self.relationships();
        let answer = client
            .end_relationship(with(&self.admin(customer), message))
            .await?;
        Ok(answer.into_inner().relationship.unwrap())
    }

    pub(crate) async fn terminate(
        &self,
        token: &str,
        privilege: &str,
    ) -> Result<DelegatedPrivilege, Status> {
        let message = TerminateDelegatedPrivilegeRequest {
            name: privilege.to_owned(),
            ..Default::default()
        };
        let mut client = self.relationships();
        let answer = client
            .terminate_delegated_privilege(with(token, message))
            .await?;
        Ok(answer.into_inner().privilege.unwrap())
    }
}

pub(crate) fn question(
    partner: &str,
    customer: &str,
    permission: Permission,
) -> CheckAccessRequest {
    CheckAccessRequest {
        partner: format!("partners/{partner}"),
        customer: format!("customers/{customer}"),
        permission: permission.into(),
    }
}

/// Everything that is to be attested, read in this language.
pub(crate) fn attestation(language: &str) -> RemovalAttestation {
    RemovalAttestation {
        wording_id: "removal-2".to_owned(),
        language: language.to_owned(),
        good_faith: true,
        legitimate_business_purpose: true,
        in_line_with_agreement: true,
        hold_harmless: true,
    }
}

/// What manages a customer, each by itself.
pub(crate) const MANAGING: [Permission; 4] = [
    Permission::ManageAccount,
    Permission::ManageSubscriptions,
    Permission::ManageLicenses,
    Permission::ManageUsers,
];

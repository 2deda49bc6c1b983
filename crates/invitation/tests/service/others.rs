//! What the other services do in these tests, and what can be seen there afterwards.

use std::time::Duration;

use platform::identity::Peer;
use proto::notification::v1::notification_service_client::NotificationServiceClient;
use proto::notification::v1::{ListNoticesRequest, NoticeKind};
use proto::relationship::internal::v1::relationship_internal_service_client::RelationshipInternalServiceClient;
use proto::relationship::internal::v1::{
    DecideAcceptanceRequest, DecideAcceptanceResponse, HasAccountRequest,
};
use proto::relationship::v1::partner_service_client::PartnerServiceClient;
use proto::relationship::v1::relationship_service_client::RelationshipServiceClient;
use proto::relationship::v1::{
    AcceptPartnershipRequest, Customer, DelegatedPrivilege, EndPartnershipRequest,
    EnrollPartnerRequest, ListCustomersRequest, ListDelegatedPrivilegesRequest,
    ListPartnershipsRequest, PartnerKind, PartnershipState, ProposePartnershipRequest,
    ReinstatePartnerRequest, SuspendPartnerRequest,
};
use tests::{Role, eventually, with};
use tonic::Request;
use tonic::transport::Channel;

use crate::world::{PATIENCE, World};

impl World {
    fn partners(&self) -> PartnerServiceClient<Channel> {
        PartnerServiceClient::new(self.system.channel(Role::Relationship))
    }

    /// Enrols a partner, active at once: a reseller, or else a provider.
    pub(crate) async fn enroll(&self, partner: &str, kind: PartnerKind) {
        let message = EnrollPartnerRequest {
            name: format!("partners/{partner}"),
            kind: kind.into(),
            display_name: partner.to_uppercase(),
            request_id: String::new(),
        };
        self.partners()
            .enroll_partner(with(&self.admin(partner), message))
            .await
            .unwrap();
    }

    /// Connects a reseller and a provider.
    pub(crate) async fn connect(&self, reseller: &str, provider: &str) {
        let message = ProposePartnershipRequest {
            parent: format!("partners/{reseller}"),
            partner: format!("partners/{provider}"),
            request_id: String::new(),
        };
        let mut partners = self.partners();
        let proposed = partners
            .propose_partnership(with(&self.admin(reseller), message))
            .await;
        let name = proposed.unwrap().into_inner().partnership.unwrap().name;
        let message = AcceptPartnershipRequest {
            name,
            ..Default::default()
        };
        partners
            .accept_partnership(with(&self.admin(provider), message))
            .await
            .unwrap();
    }

    /// The name of contoso's active partnership.
    pub(crate) async fn partnership(&self) -> String {
        let message = ListPartnershipsRequest {
            parent: "partners/contoso".to_owned(),
            state: PartnershipState::Active.into(),
            ..Default::default()
        };
        let admin = self.admin("contoso");
        let found = self
            .partners()
            .list_partnerships(with(&admin, message))
            .await
            .unwrap();
        found.into_inner().partnerships.remove(0).name
    }

    /// Ends it.
    pub(crate) async fn end_partnership(&self) {
        let message = EndPartnershipRequest {
            name: self.partnership().await,
            ..Default::default()
        };
        let admin = self.admin("contoso");
        self.partners()
            .end_partnership(with(&admin, message))
            .await
            .unwrap();
    }

    pub(crate) async fn suspend(&self, partner: &str) {
        let message = SuspendPartnerRequest {
            name: format!("partners/{partner}"),
            reason: "under review".to_owned(),
            ..Default::default()
        };
        self.partners()
            .suspend_partner(with(&self.operator(), message))
            .await
            .unwrap();
    }

    pub(crate) async fn reinstate(&self, partner: &str) {
        let name = format!("partners/{partner}");
        let message = ReinstatePartnerRequest {
            name,
            ..Default::default()
        };
        self.partners()
            .reinstate_partner(with(&self.operator(), message))
            .await
            .unwrap();
    }

    /// The customers that a partner lists.
    pub(crate) async fn customers_of(&self, partner: &str) -> Vec<String> {
        self.listed(partner)
            .await
            .into_iter()
            .map(|customer| customer.customer)
            .collect()
    }

    /// Their names.
    pub(crate) async fn customer_names(&self, partner: &str) -> Vec<String> {
        self.listed(partner)
            .await
            .into_iter()
            .map(|customer| customer.display_name)
            .collect()
    }

    async fn listed(&self, partner: &str) -> Vec<Customer> {
        let mut client = RelationshipServiceClient::new(self.system.channel(Role::Relationship));
        let parent = format!("partners/{partner}");
        let message = ListCustomersRequest {
            parent,
            ..Default::default()
        };
        let found = client
            .list_customers(with(&self.admin(partner), message))
            .await
            .unwrap();
        found.into_inner().customers
    }

    /// The privileges that a partner has.
    pub(crate) async fn privileges_of(&self, partner: &str) -> Vec<DelegatedPrivilege> {
        let mut client = RelationshipServiceClient::new(self.system.channel(Role::Relationship));
        let parent = format!("partners/{partner}");
        let message = ListDelegatedPrivilegesRequest {
            parent,
            ..Default::default()
        };
        let found = client
            .list_delegated_privileges(with(&self.admin(partner), message))
            .await;
        found.unwrap().into_inner().privileges
    }

    /// The relationship service, called by the invitation service.
    fn relationship(&self) -> RelationshipInternalServiceClient<platform::client::Upstream> {
        let at = self.system.address(Role::Relationship);
        let upstream = self.upstream(at, Peer::Relationship);
        RelationshipInternalServiceClient::new(upstream)
    }

    /// Whether a customer has an account.
    pub(crate) async fn has_account(&self, customer: &str) -> bool {
        let name = format!("customers/{customer}");
        let message = HasAccountRequest { customer: name };
        let found = self
            .relationship()
            .has_account(with(&self.admin(customer), message))
            .await;
        found.unwrap().into_inner().exists
    }

    /// Decides an acceptance behind the back of the service under test.
    pub(crate) async fn establish(
        &self,
        message: DecideAcceptanceRequest,
    ) -> DecideAcceptanceResponse {
        self.relationship()
            .decide_acceptance(Request::new(message))
            .await
            .unwrap()
            .into_inner()
    }

    /// The notices about invitations that a partner has, newest first: which kind, and about which
    /// customer.
    pub(crate) async fn notices_of(&self, partner: &str) -> Vec<(NoticeKind, String)> {
        let mut client = NotificationServiceClient::new(self.system.channel(Role::Notification));
        let parent = format!("partners/{partner}");
        let message = ListNoticesRequest {
            parent,
            ..Default::default()
        };
        let found = client
            .list_notices(with(&self.admin(partner), message))
            .await
            .unwrap();
        let about_invitations = |kind: &NoticeKind| {
            matches!(
                kind,
                NoticeKind::InvitationAccepted
                    | NoticeKind::InvitationDeclined
                    | NoticeKind::InvitationExpired
                    | NoticeKind::InvitationVoid
            )
        };
        let notices = found.into_inner().notices.into_iter();
        let seen = notices.map(|notice| (notice.kind(), notice.customer));
        seen.filter(|(kind, _)| about_invitations(kind)).collect()
    }

    /// The notices that a partner has once there are so many.
    pub(crate) async fn told(&self, partner: &str, count: usize) -> Vec<(NoticeKind, String)> {
        let notices = eventually("notices", PATIENCE, || async {
            let notices = self.notices_of(partner).await;
            (notices.len() >= count).then_some(notices)
        });
        let notices = notices.await;
        assert_eq!(notices.len(), count, "{notices:?}");
        notices
    }

    /// Waits until the service under test has nothing left to deliver.
    pub(crate) async fn idle(&self) {
        let db = self.system.store().open("invitation").await;
        eventually("an idle outbox", PATIENCE, || async {
            platform::store::outbox::idle(&db)
                .await
                .unwrap()
                .then_some(())
        })
        .await;
        db.close().await.unwrap();
    }
}

/// So long after a moment, in seconds, as protobuf counts.
pub(crate) fn seconds_between(
    from: Option<prost_types::Timestamp>,
    to: Option<prost_types::Timestamp>,
) -> Duration {
    let (from, to) = (from.unwrap(), to.unwrap());
    Duration::from_secs(u64::try_from(to.seconds - from.seconds).unwrap())
}

//! A running invitation service with the services that it calls, and who calls it: contoso invites,
//! with fabrikam; customers answer.

use std::net::SocketAddr;
use std::time::Duration;

use invitation::{Config, Migrator, Upstreams};
use platform::client::Upstream;
use platform::clock::Clock;
use platform::identity::{Peer, PeerVerifier, ServiceSigner, Verifier};
use platform::keys::{self, Grant};
use platform::serve::{self, Settings};
use platform::store::schema;
use proto::invitation::internal::v1::invitation_internal_service_client::InvitationInternalServiceClient;
use proto::invitation::internal::v1::{
    CreateInvitationRequest, DescribeInvitationRequest, Description, DraftAccess,
};
use proto::invitation::v1::invitation_service_client::InvitationServiceClient;
use proto::invitation::v1::{
    AcceptInvitationRequest, Acceptance, AccountData, Consent, DeclineInvitationRequest,
    GetAcceptanceRequest, GetInvitationRequest, InspectInvitationRequest,
    InspectInvitationResponse, Invitation,
};
use proto::relationship::v1::PartnerKind;
use tests::{Role, Store, System, refused, with};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

/// The address that the links of these tests begin with.
pub(crate) const PUBLIC_URL: &str = "https://connect.example";
/// Longer than anything here should take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The service under test, in this process, and the others as processes of their own.
pub(crate) struct World {
    pub(crate) system: System,
    /// Moves the time of the service under test, and of nothing else.
    pub(crate) clock: Clock,
    url: String,
    /// Where the service under test finds the relationship service.
    pub(crate) relationship: SocketAddr,
    stop: CancellationToken,
    served: Option<JoinHandle<()>>,
}

impl World {
    /// The service as it comes; contoso and fabrikam are enrolled and connected.
    pub(crate) async fn start(store: &Store) -> Self {
        let config = Self::config();
        Self::configured(store, config).await
    }

    /// The configuration of these tests, which look at expiries more often than a service needs to.
    pub(crate) fn config() -> Config {
        Config {
            public_url: PUBLIC_URL.to_owned(),
            link_keys: vec![keys::SecretKey {
                id: "k1".to_owned(),
                secret: [1; 32],
            }],
            background_interval: Duration::from_millis(100),
            ..Config::default()
        }
    }

    /// The service, set differently.
    pub(crate) async fn configured(store: &Store, config: Config) -> Self {
        let mut system = System::new(store.clone());
        system.option(Role::Relationship, "--enrollment=at-once");
        system.start(Role::Directory).await;
        system.start(Role::Notification).await;
        system.start(Role::Relationship).await;
        let db = store.open("invitation").await;
        schema::migrate::<Migrator>(&db).await.unwrap();
        db.close().await.unwrap();
        let mut world = Self {
            relationship: system.address(Role::Relationship),
            system,
            clock: Clock::system(),
            url: String::new(),
            stop: CancellationToken::new(),
            served: None,
        };
        world.serve(config).await;
        world.enroll("contoso", PartnerKind::IndirectReseller).await;
        world
            .enroll("fabrikam", PartnerKind::IndirectProvider)
            .await;
        world.connect("contoso", "fabrikam").await;
        world
    }

    /// Ends the service and starts it again, as a new process would, with another configuration.
    pub(crate) async fn restart(&mut self, config: Config) {
        self.stop.cancel();
        self.served.take().unwrap().await.unwrap();
        self.serve(config).await;
    }

    async fn serve(&mut self, config: Config) {
        let db = self.system.store().open("invitation").await;
        let notification = self.system.address(Role::Notification);
        let upstreams = Upstreams {
            relationship: self.upstream(self.relationship, Peer::Relationship),
            notification: self.upstream(notification, Peer::Notification),
        };
        let service = invitation::service(config, db.clone(), self.clock.clone(), upstreams);
        let service = service.await.unwrap();
        let keys = self.system.keys();
        let verifier = Verifier::read(&keys.join(keys::ISSUERS)).unwrap();
        let peers = PeerVerifier::read(Peer::Invitation, &keys.join(keys::SERVICES_JWKS)).unwrap();
        let settings = Settings::new(verifier, peers);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.url = format!("http://{}", listener.local_addr().unwrap());
        self.stop = CancellationToken::new();
        let stop = self.stop.clone();
        self.served = Some(tokio::spawn(async move {
            serve::serve(service, listener, None, settings, stop)
                .await
                .unwrap();
            db.close().await.unwrap();
        }));
    }

    /// Another service, called by the one under test.
    pub(crate) fn upstream(&self, at: SocketAddr, peer: Peer) -> Upstream {
        Upstream::new(
            &format!("http://{at}"),
            peer,
            Some(self.signer(Peer::Invitation)),
        )
        .unwrap()
    }

    /// What a service proves itself with.
    pub(crate) fn signer(&self, peer: Peer) -> ServiceSigner {
        ServiceSigner::read(peer, &self.system.keys().join(keys::service_key(peer))).unwrap()
    }

    /// A token of an organisation's Global admin.
    pub(crate) fn admin(&self, organisation: &str) -> String {
        self.system.token(
            &Grant::tenant(organisation)
                .role("global-admin")
                .subject("ana"),
        )
    }

    /// A token of operations staff.
    pub(crate) fn operator(&self) -> String {
        self.system.token(&Grant::operator())
    }

    /// The public service under test.
    pub(crate) fn public(&self) -> InvitationServiceClient<Channel> {
        let endpoint = Endpoint::from_shared(self.url.clone()).unwrap();
        InvitationServiceClient::new(endpoint.connect_lazy())
    }

    /// The internal service under test, called by a service, or by nobody that proves to be one.
    pub(crate) fn internal(&self, by: Option<Peer>) -> InvitationInternalServiceClient<Upstream> {
        let signer = by.map(|peer| self.signer(peer));
        let upstream = Upstream::new(&self.url, Peer::Invitation, signer).unwrap();
        InvitationInternalServiceClient::new(upstream)
    }

    /// CreateInvitation through the gateway, by an admin of this partner.
    pub(crate) async fn create(
        &self,
        partner: &str,
        invitation: Invitation,
        request_id: &str,
    ) -> Result<Description, Status> {
        let message = CreateInvitationRequest {
            parent: format!("partners/{partner}"),
            invitation: Some(invitation),
            request_id: request_id.to_owned(),
            ..Default::default()
        };
        let mut gateway = self.internal(Some(Peer::Gateway));
        let answer = gateway
            .create_invitation(with(&self.admin(partner), message))
            .await?;
        Ok(answer.into_inner().description.unwrap())
    }

    /// Contoso invites.
    pub(crate) async fn invite(&self, invitation: Invitation) -> Description {
        let request_id = self.clock.id().to_string();
        self.create("contoso", invitation, &request_id)
            .await
            .unwrap()
    }

    /// Contoso and fabrikam invite; answers the name of the invitation and its link.
    pub(crate) async fn invite_jointly(&self) -> (String, String) {
        let description = self.invite(joint()).await;
        (description.invitation.unwrap().name, description.link)
    }

    /// DescribeInvitation through the gateway, by contoso's admin.
    pub(crate) async fn describe(
        &self,
        name: &str,
        access: DraftAccess,
    ) -> Result<Description, Status> {
        let message = DescribeInvitationRequest {
            name: name.to_owned(),
            access: access.into(),
        };
        let mut gateway = self.internal(Some(Peer::Gateway));
        let answer = gateway
            .describe_invitation(with(&self.admin("contoso"), message))
            .await?;
        Ok(answer.into_inner().description.unwrap())
    }

    pub(crate) async fn invitation(&self, name: &str) -> Invitation {
        let message = GetInvitationRequest {
            name: name.to_owned(),
        };
        let answer = self
            .public()
            .get_invitation(with(&self.admin("contoso"), message))
            .await;
        answer.unwrap().into_inner().invitation.unwrap()
    }

    pub(crate) async fn inspect(
        &self,
        token: &str,
        link: &str,
    ) -> Result<InspectInvitationResponse, Status> {
        let message = InspectInvitationRequest {
            link: link.to_owned(),
            ..Default::default()
        };
        Ok(self
            .public()
            .inspect_invitation(with(token, message))
            .await?
            .into_inner())
    }

    /// Accepts for a customer, with the data of its account.
    pub(crate) async fn accept(&self, customer: &str, link: &str) -> Result<Acceptance, Status> {
        self.accept_as(&self.admin(customer), acceptance(customer, link))
            .await
    }

    pub(crate) async fn accept_as(
        &self,
        token: &str,
        message: AcceptInvitationRequest,
    ) -> Result<Acceptance, Status> {
        let answer = self
            .public()
            .accept_invitation(with(token, message))
            .await?;
        Ok(answer.into_inner().acceptance.unwrap())
    }

    pub(crate) async fn decline(&self, customer: &str, link: &str) -> Result<(), Status> {
        let message = DeclineInvitationRequest {
            parent: format!("customers/{customer}"),
            link: link.to_owned(),
            reason: "we chose another partner".to_owned(),
            request_id: String::new(),
            ..Default::default()
        };
        self.public()
            .decline_invitation(with(&self.admin(customer), message))
            .await
            .map(drop)
    }

    pub(crate) async fn acceptance(
        &self,
        customer: &str,
        name: &str,
    ) -> Result<Acceptance, Status> {
        let message = GetAcceptanceRequest {
            name: name.to_owned(),
        };
        let answer = self
            .public()
            .get_acceptance(with(&self.admin(customer), message))
            .await?;
        Ok(answer.into_inner().acceptance.unwrap())
    }
}

/// What a joint invitation with fabrikam says.
pub(crate) fn joint() -> Invitation {
    Invitation {
        provider: "partners/fabrikam".to_owned(),
        ..Default::default()
    }
}

/// A customer's acceptance of a joint invitation, with the data of its account.
pub(crate) fn acceptance(customer: &str, link: &str) -> AcceptInvitationRequest {
    AcceptInvitationRequest {
        parent: format!("customers/{customer}"),
        link: link.to_owned(),
        consent: Some(Consent {
            wording_id: "joint-consent-2".to_owned(),
            language: "en".to_owned(),
        }),
        account: Some(AccountData {
            display_name: customer.to_uppercase(),
            country: "BR".to_owned(),
            domain: format!("{customer}.example"),
        }),
        request_id: String::new(),
        ..Default::default()
    }
}

/// The reason of a refusal of this service, which must be a failed precondition.
#[track_caller]
pub(crate) fn reason<T: std::fmt::Debug>(answer: Result<T, Status>) -> String {
    let refusal = refused(&answer.unwrap_err());
    assert_eq!(refusal.code, Code::FailedPrecondition, "{refusal:?}");
    assert_eq!(refusal.domain, "partnerconnect.invitation");
    refusal.reason
}

/// The fields that a request was refused for.
#[track_caller]
pub(crate) fn fields<T: std::fmt::Debug>(answer: Result<T, Status>) -> Vec<String> {
    let refusal = refused(&answer.unwrap_err());
    assert_eq!(refusal.code, Code::InvalidArgument, "{refusal:?}");
    assert_eq!(refusal.reason, "INVALID_FIELDS");
    refusal.fields
}

/// Whether an answer is the one that is given for what is not there, and says no more.
#[track_caller]
pub(crate) fn not_found<T: std::fmt::Debug>(answer: Result<T, Status>) {
    let status = answer.unwrap_err();
    let refusal = refused(&status);
    assert_eq!(
        (refusal.code, refusal.reason.as_str()),
        (Code::NotFound, "NOT_FOUND"),
        "{status:?}"
    );
    assert_eq!(status.message(), "not found, or not yours to see");
    assert!(refusal.metadata.is_empty());
}

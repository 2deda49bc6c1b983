//! A running notification service, who calls it, and what they call it with.

use std::time::Duration;

use notification::{Config, Migrator};
use platform::client::Upstream;
use platform::clock::Clock;
use platform::identity::{Peer, Verifier};
use platform::keys::{Grant, LocalIssuer, ServiceKeys};
use platform::serve::{self, Settings};
use platform::store::schema;
use proto::invitation::v1::Invitation;
use proto::notification::internal::v1::notification_internal_service_client::NotificationInternalServiceClient;
use proto::notification::internal::v1::{
    DeliverFactRequest, RenderDraftRequest, SaveDraftRequest, deliver_fact_request::Fact,
};
use proto::notification::v1::notification_service_client::NotificationServiceClient;
use proto::notification::v1::{Draft, ListNoticesRequest, ListNoticesResponse, Notice};
use sea_orm::{ConnectionTrait, QueryResult, Statement};
use tests::{Store, with};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::Status;

use crate::sample::joint;

/// A service that runs until it is dropped.
pub(crate) struct Service {
    pub(crate) clock: Clock,
    issuer: LocalIssuer,
    keys: ServiceKeys,
    url: String,
    _stop: DropGuard,
}

impl Service {
    /// The service as it comes.
    pub(crate) async fn start(store: &Store) -> Self {
        Self::configured(store, Config::default()).await
    }

    /// The service, set differently.
    pub(crate) async fn configured(store: &Store, config: Config) -> Self {
        let (clock, stop) = (Clock::system(), CancellationToken::new());
        let db = store.open("notification").await;
        schema::migrate::<Migrator>(&db).await.unwrap();
        let service = notification::service(config, db, clock.clone())
            .await
            .unwrap();

        let (issuer, keys) = (LocalIssuer::generate(), ServiceKeys::generate());
        let settings = Settings::new(Verifier::local(&issuer), keys.verifier(Peer::Notification));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve::serve(
            service,
            listener,
            None,
            settings,
            stop.clone(),
        ));
        Self {
            clock,
            issuer,
            keys,
            url,
            _stop: stop.drop_guard(),
        }
    }

    pub(crate) fn token(&self, grant: &Grant) -> String {
        self.issuer.mint(grant, Duration::from_secs(600))
    }

    /// The token of a partner's Admin agent.
    pub(crate) fn agent(&self, partner: &str) -> String {
        self.token(&Grant::tenant(partner).role("admin-agent").subject("ana"))
    }

    /// The public service, called by a user.
    pub(crate) fn public(&self) -> NotificationServiceClient<Upstream> {
        NotificationServiceClient::new(self.upstream(None))
    }

    /// The internal service, called by another service, or by nobody that proves to be one.
    pub(crate) fn internal(
        &self,
        peer: Option<Peer>,
    ) -> NotificationInternalServiceClient<Upstream> {
        NotificationInternalServiceClient::new(self.upstream(peer))
    }

    fn upstream(&self, peer: Option<Peer>) -> Upstream {
        Upstream::new(
            &self.url,
            Peer::Notification,
            peer.map(|peer| self.keys.signer(peer)),
        )
        .unwrap()
    }

    /// RenderDraft as the gateway, for contoso's Admin agent.
    pub(crate) async fn render(&self, invitation: Invitation, link: &str) -> Result<Draft, Status> {
        let message = RenderDraftRequest {
            invitation: Some(invitation),
            link: link.to_owned(),
        };
        let mut gateway = self.internal(Some(Peer::Gateway));
        let answer = gateway
            .render_draft(with(&self.agent("contoso"), message))
            .await?;
        Ok(answer.into_inner().draft.unwrap())
    }

    /// SaveDraft as the gateway, for contoso's Admin agent.
    pub(crate) async fn keep(
        &self,
        link: &str,
        subject: &str,
        text: &str,
        etag: &str,
    ) -> Result<Draft, Status> {
        let message = SaveDraftRequest {
            invitation: Some(joint("en")),
            link: link.to_owned(),
            subject: subject.to_owned(),
            text: text.to_owned(),
            etag: etag.to_owned(),
        };
        let mut gateway = self.internal(Some(Peer::Gateway));
        let answer = gateway
            .save_draft(with(&self.agent("contoso"), message))
            .await?;
        Ok(answer.into_inner().draft.unwrap())
    }

    /// DeliverFact as the service that owns the fact.
    pub(crate) async fn deliver(&self, request: DeliverFactRequest) -> Result<(), Status> {
        let owner = match request.fact {
            Some(
                Fact::PartnershipProposed(_)
                | Fact::PartnershipAccepted(_)
                | Fact::PartnershipEnded(_)
                | Fact::EnrollmentDecided(_)
                | Fact::RelationshipEnded(_),
            ) => Peer::Relationship,
            _ => Peer::Invitation,
        };
        self.internal(Some(owner))
            .deliver_fact(request)
            .await
            .map(drop)
    }

    /// ListNotices as a partner's Admin agent.
    pub(crate) async fn list(
        &self,
        partner: &str,
        request: ListNoticesRequest,
    ) -> Result<ListNoticesResponse, Status> {
        let request = ListNoticesRequest {
            parent: format!("partners/{partner}"),
            ..request
        };
        let answer = self
            .public()
            .list_notices(with(&self.agent(partner), request))
            .await?;
        Ok(answer.into_inner())
    }

    /// The first page of a partner's notices.
    pub(crate) async fn notices(&self, partner: &str) -> Vec<Notice> {
        self.list(partner, ListNoticesRequest::default())
            .await
            .unwrap()
            .notices
    }
}

/// What a statement finds in the service's store, beside the service.
pub(crate) async fn rows(store: &Store, sql: &str) -> Vec<QueryResult> {
    rows_of(store, Statement::from_string(store.backend(), sql)).await
}

/// The same of a statement with values.
pub(crate) async fn rows_of(store: &Store, statement: Statement) -> Vec<QueryResult> {
    let db = store.open("notification").await;
    let rows = db.reader().query_all_raw(statement).await.unwrap();
    db.close().await.unwrap();
    rows
}

//! Who is signed in, for which organisation, and the API as that person calls it.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use platform::client::Upstream;
use platform::identity::{Caller, Kind, ORGANIZATION, Role};
use proto::gateway::v1::connection_service_client::ConnectionServiceClient;
use proto::invitation::v1::invitation_service_client::InvitationServiceClient;
use proto::notification::v1::notification_service_client::NotificationServiceClient;
use proto::relationship::v1::access_service_client::AccessServiceClient;
use proto::relationship::v1::partner_service_client::PartnerServiceClient;
use proto::relationship::v1::relationship_service_client::RelationshipServiceClient;
use tonic::Status;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;

use crate::Web;
use crate::cookie::Cookie;
use crate::form::Expected;
use crate::problem::Problem;
use crate::reader::Reader;
use crate::session::{self, Open};
use crate::wording::Text;

/// Somebody signed in.
pub(crate) struct SignedIn {
    pub(crate) open: Open,
    pub(crate) reader: Reader,
    /// One for each organisation, at least one.
    pub(crate) callers: Vec<Arc<Caller>>,
}

/// Somebody signed in who acts for an organisation.
pub(crate) struct Person {
    /// What the person is called; nothing where the provider does not say.
    pub(crate) name: String,
    /// The organisation.
    pub(crate) tenant: String,
    /// Whether there are others to choose from.
    pub(crate) has_others: bool,
    roles: Vec<Role>,
    /// What every form of this session says.
    pub(crate) token: String,
    pub(crate) reader: Reader,
    gateway: Upstream,
    bearer: Bearer,
}

/// Says with every call who calls, for whom, and in which language answers are read.
#[derive(Clone)]
pub(crate) struct Bearer {
    authorization: MetadataValue<Ascii>,
    organization: Option<MetadataValue<Ascii>>,
    language: MetadataValue<Ascii>,
}

type Api = InterceptedService<Upstream, Bearer>;

impl Interceptor for Bearer {
    fn call(&mut self, mut request: tonic::Request<()>) -> Result<tonic::Request<()>, Status> {
        let metadata = request.metadata_mut();
        metadata.insert("authorization", self.authorization.clone());
        metadata.insert("accept-language", self.language.clone());
        if let Some(organization) = &self.organization {
            metadata.insert(ORGANIZATION, organization.clone());
        }
        Ok(request)
    }
}

impl SignedIn {
    /// The organisations to choose from; an operator and a service have none.
    pub(crate) fn organizations(&self) -> impl Iterator<Item = &str> {
        self.callers.iter().filter_map(|caller| caller.tenant())
    }

    /// What this person is called.
    pub(crate) fn name(&self) -> String {
        self.open.session.name.clone().unwrap_or_default()
    }

    fn person(self, web: &Web) -> Result<Person, Problem> {
        let name = self.name();
        let chosen = self.open.session.organization.as_deref();
        let caller = match (self.callers.as_slice(), chosen) {
            ([only], _) => only,
            (all, chosen) => all
                .iter()
                .find(|caller| chosen.is_some() && caller.tenant() == chosen)
                .ok_or(Problem::OrganizationNeeded)?,
        };
        let Kind::Tenant { tenant, roles } = &caller.kind else {
            return Err(Problem::NoOrganization);
        };
        let organization = (self.callers.len() > 1).then(|| tenant.parse().ok());
        let token = &self.open.session.access_token;
        let mut authorization: MetadataValue<Ascii> = format!("Bearer {token}")
            .parse()
            .map_err(|_| Problem::SignInNeeded)?;
        authorization.set_sensitive(true);
        let language = self.reader.text.language.to_string();
        Ok(Person {
            name,
            tenant: tenant.clone(),
            has_others: self.callers.len() > 1,
            roles: roles.clone(),
            token: self.open.session.token.clone(),
            gateway: web.parts.gateway.clone(),
            bearer: Bearer {
                authorization,
                organization: organization.flatten(),
                language: language.parse().map_err(|_| Problem::Unreadable)?,
            },
            reader: self.reader,
        })
    }
}

/// Somebody whose session is kept here, whatever the provider says by now: enough to end it.
pub(crate) struct Known {
    pub(crate) open: Open,
    pub(crate) reader: Reader,
}

impl FromRequestParts<Web> for Known {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let Ok(reader) = Reader::from_request_parts(parts, web).await;
        let id = Cookie::Session.read(web, &parts.headers);
        let open = session::known(web, &id.ok_or(Problem::SignInNeeded)?).await?;
        let open = open.ok_or(Problem::SignInNeeded)?;
        expect_its_forms(parts, &open);
        Ok(Self { open, reader })
    }
}

/// A form that follows must be of this session.
fn expect_its_forms(parts: &mut Parts, open: &Open) {
    let token = open.session.token.clone();
    parts.extensions.insert(Expected(token));
}

impl FromRequestParts<Web> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let Ok(reader) = Reader::from_request_parts(parts, web).await;
        let id = Cookie::Session.read(web, &parts.headers);
        let Some(id) = id else {
            return Err(Problem::SignInNeeded);
        };
        let open = session::find(web, &id).await?;
        let open = open.ok_or(Problem::SignInNeeded)?;
        let callers = web.parts.verifier.callers(&open.session.access_token).await;
        let callers = callers.map_err(|refusal| Problem::Refused(Status::from(refusal)))?;
        expect_its_forms(parts, &open);
        Ok(Self {
            open,
            reader,
            callers,
        })
    }
}

impl FromRequestParts<Web> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        SignedIn::from_request_parts(parts, web).await?.person(web)
    }
}

impl Person {
    pub(crate) fn text(&self) -> &Text {
        &self.reader.text
    }

    /// Whether the person answers for the organisation as a customer.
    pub(crate) fn is_global_admin(&self) -> bool {
        self.roles.contains(&Role::GlobalAdmin)
    }

    /// The organisation as a customer, where the person may act for it.
    pub(crate) fn customer(&self) -> Result<String, Problem> {
        match self.is_global_admin() {
            true => Ok(format!("customers/{}", self.tenant)),
            false => Err(Problem::RoleNeeded(Role::GlobalAdmin)),
        }
    }

    /// The organisation as a partner, where the person may act for it.
    pub(crate) fn partner(&self) -> Result<String, Problem> {
        match self.roles.is_empty() {
            false => Ok(format!("partners/{}", self.tenant)),
            true => Err(Problem::RoleNeeded(Role::AdminAgent)),
        }
    }

    fn api(&self) -> Api {
        InterceptedService::new(self.gateway.clone(), self.bearer.clone())
    }

    pub(crate) fn connections(&self) -> ConnectionServiceClient<Api> {
        ConnectionServiceClient::new(self.api())
    }

    pub(crate) fn invitations(&self) -> InvitationServiceClient<Api> {
        InvitationServiceClient::new(self.api())
    }

    pub(crate) fn relationships(&self) -> RelationshipServiceClient<Api> {
        RelationshipServiceClient::new(self.api())
    }

    pub(crate) fn partners(&self) -> PartnerServiceClient<Api> {
        PartnerServiceClient::new(self.api())
    }

    pub(crate) fn access(&self) -> AccessServiceClient<Api> {
        AccessServiceClient::new(self.api())
    }

    pub(crate) fn notices(&self) -> NotificationServiceClient<Api> {
        NotificationServiceClient::new(self.api())
    }
}

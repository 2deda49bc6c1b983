//! The people of the story and of the sample, as callers from outside: a connection to the gateway,
//! and a token.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use platform::keys::{self, Grant, LocalIssuer};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// Who calls, to be given to any generated client.
pub type User = InterceptedService<Channel, Bearer>;

/// Adds a token to every call.
#[derive(Clone)]
pub struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request
            .metadata_mut()
            .insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// Mints tokens of the development issuer, for callers of one gateway.
pub struct Users {
    issuer: LocalIssuer,
    lifetime: Duration,
}

impl Users {
    /// The issuer whose key is in this folder; its tokens live as long as said.
    pub fn of(keys: &Path, lifetime: Duration) -> Result<Self, keys::Error> {
        Ok(Self {
            issuer: LocalIssuer::read(keys)?,
            lifetime,
        })
    }

    /// A token.
    pub fn token(&self, grant: &Grant) -> String {
        self.issuer.mint(grant, self.lifetime)
    }

    /// A caller with a token, connected when it first calls.
    pub fn user(&self, gateway: SocketAddr, grant: &Grant) -> anyhow::Result<User> {
        let channel = Endpoint::new(format!("http://{gateway}"))?.connect_lazy();
        let mut token: MetadataValue<Ascii> = format!("Bearer {}", self.token(grant)).parse()?;
        token.set_sensitive(true);
        Ok(InterceptedService::new(channel, Bearer(token)))
    }
}

/// An indirect reseller's or provider's Admin agent.
pub fn admin_agent(tenant: &str) -> Grant {
    Grant::tenant(tenant)
        .role("admin-agent")
        .subject(&format!("agent@{tenant}"))
}

/// A customer's Global admin, with a verified address.
pub fn global_admin(tenant: &str) -> Grant {
    Grant::tenant(tenant)
        .role("global-admin")
        .subject(&format!("admin@{tenant}"))
        .email(&format!("admin@{tenant}.example"))
}

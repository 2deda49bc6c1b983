//! The door to callers outside: composes what crosses services, forwards the rest undecoded, says
//! why something was refused in the caller's language.
//!
//! It owns no data and decides no rule of the programme: the service that owns the data does.
//! Nothing internal can be reached through it, and a new RPC of a service does not touch it.

mod compose;
mod forward;
mod public;
mod wording;

use platform::client::Upstream;
use platform::identity::{Peer, ServiceSigner};
use platform::serve::Service;
use proto::gateway::v1::connection_service_server::ConnectionServiceServer;
use tokio_util::sync::CancellationToken;

pub use public::DescriptorError;

/// Where the services behind the gateway listen. They may come up after it, in any order.
#[derive(Clone, Debug)]
pub struct Config {
    /// The invitation service, such as "http://invitation:50051".
    pub invitation_url: String,
    /// The relationship service.
    pub relationship_url: String,
    /// The notification service.
    pub notification_url: String,
    /// The directory service, or a company's own implementation of its contract.
    pub directory_url: String,
}

/// Why the gateway cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address of a service cannot be used; that nothing answers there is no error.
    #[error("the address of a service is not usable")]
    Address(#[from] tonic::transport::Error),
    /// The descriptors do not say what to forward.
    #[error(transparent)]
    Descriptors(#[from] DescriptorError),
}

/// The gateway, in front of the services at these addresses. `signer` is what it proves itself with
/// to them.
pub fn service(config: &Config, signer: ServiceSigner) -> Result<Service, Error> {
    let public = public::Api::read(proto::FILE_DESCRIPTOR_SET)?;
    let upstream = |url: &str, peer| Upstream::new(url, peer, Some(signer.clone()));
    let connections = compose::Connections {
        invitation: upstream(&config.invitation_url, Peer::Invitation)?,
        relationship: upstream(&config.relationship_url, Peer::Relationship)?,
        notification: upstream(&config.notification_url, Peer::Notification)?,
        directory: upstream(&config.directory_url, Peer::Directory)?,
    };
    let owner = |peer| match peer {
        // The directory answers services only, and the gateway's own calls go nowhere else.
        Peer::Gateway | Peer::Directory => None,
        Peer::Invitation => Some(connections.invitation.unsigned()),
        Peer::Relationship => Some(connections.relationship.unsigned()),
        Peer::Notification => Some(connections.notification.unsigned()),
    };
    let (mut methods, draining) = (Vec::new(), CancellationToken::new());
    let mut forwarded = axum::Router::new();
    for service in public.services {
        // Whoever calls from outside is no service: what is forwarded carries the user's token
        // alone.
        let Some(upstream) = owner(service.owner) else {
            continue;
        };
        forward::add(&mut forwarded, &service, upstream, &draining);
        methods.extend(service.methods);
    }
    let mut routes = tonic::service::Routes::new(ConnectionServiceServer::new(connections));
    let router = std::mem::take(routes.axum_router_mut());
    *routes.axum_router_mut() = router.merge(forwarded);
    Ok(Service::new("gateway", routes, proto::descriptors())
        .forwards(methods)
        .draining(draining)
        .descriptors(public.descriptors)
        .reasons(&wording::WORDING))
}

//! Puts each service together: its configuration, its store, its identity, and the services that it
//! calls.
//!
//! Alike for a role of its own and for all of them in one process; they meet over gRPC in both.

use std::path::Path;
use std::time::Duration;

use platform::client::Upstream;
use platform::clock::Clock;
use platform::file;
use platform::identity::{Application, Peer, ServiceSigner, SignIn, Verifier};
use platform::seal::Seal;
use platform::serve::Service;
use platform::store::db::Db;

use crate::config::{Enrollment, Misconfigured, Programme, Proposals, Provider, Watching};

/// Another service as this one calls it: connected when first needed, so that they may start in any
/// order.
fn upstream(url: &str, peer: Peer, signer: &ServiceSigner) -> Result<Upstream, Misconfigured> {
    Upstream::new(url, peer, Some(signer.clone())).map_err(|_| {
        Misconfigured::new(format_args!(
            "the address of the {peer} service cannot be used"
        ))
    })
}

pub(crate) fn gateway(config: &gateway::Config, signer: ServiceSigner) -> anyhow::Result<Service> {
    Ok(gateway::service(config, signer)?)
}

pub(crate) async fn invitation(
    config: invitation::Config,
    db: Db,
    signer: &ServiceSigner,
    relationship_url: &str,
    notification_url: &str,
) -> anyhow::Result<Service> {
    let upstreams = invitation::Upstreams {
        relationship: upstream(relationship_url, Peer::Relationship, signer)?,
        notification: upstream(notification_url, Peer::Notification, signer)?,
    };
    Ok(invitation::service(config, db, Clock::system(), upstreams).await?)
}

pub(crate) async fn relationship(
    config: relationship::Config,
    db: Db,
    signer: &ServiceSigner,
    notification_url: &str,
    directory_url: &str,
) -> anyhow::Result<Service> {
    let upstreams = relationship::Upstreams {
        notification: upstream(notification_url, Peer::Notification, signer)?,
        directory: upstream(directory_url, Peer::Directory, signer)?,
    };
    Ok(relationship::service(config, db, Clock::system(), upstreams).await?)
}

/// The relationship service under the programme's rules, within limits.
pub(crate) fn rules(
    enrollment: Enrollment,
    programme: &Programme,
    proposals: &Proposals,
    watching: &Watching,
) -> relationship::Config {
    relationship::Config {
        enrollment: match enrollment {
            Enrollment::Operator => relationship::Enrollment::Operator,
            Enrollment::AtOnce => relationship::Enrollment::AtOnce,
        },
        reseller_orders: programme.reseller_orders,
        proposals: proposals.into(),
        watchers: watching.watchers as usize,
        changes_kept: Duration::from_secs(u64::from(watching.change_days) * 24 * 60 * 60),
        ..relationship::Config::default()
    }
}

pub(crate) async fn notification(config: notification::Config, db: Db) -> anyhow::Result<Service> {
    Ok(notification::service(config, db, Clock::system()).await?)
}

pub(crate) async fn directory(db: Db) -> anyhow::Result<Service> {
    Ok(directory::service(directory::Config::default(), db, Clock::system()).await?)
}

/// What the pages for people are made of.
pub(crate) struct Pages {
    pub(crate) config: web::Config,
    pub(crate) sign_in: SignIn,
    /// Whom access tokens are believed to be.
    pub(crate) verifier: Verifier,
    /// What sessions are sealed with.
    pub(crate) seal: Seal,
    pub(crate) gateway_url: String,
}

pub(crate) async fn web(pages: Pages, db: Db) -> anyhow::Result<Service> {
    let gateway = Upstream::new(&pages.gateway_url, Peer::Gateway, None)
        .map_err(|_| Misconfigured::new("the address of the gateway cannot be used"))?;
    let parts = web::Parts {
        sign_in: pages.sign_in,
        verifier: pages.verifier,
        seal: pages.seal,
        gateway,
    };
    Ok(web::service(pages.config, db, Clock::system(), parts).await?)
}

/// Where people sign in, and come back from to the pages at this address.
pub(crate) fn sign_in(public_url: &str, provider: Provider) -> Result<SignIn, Misconfigured> {
    let secret = match &provider.sign_in_secret_file {
        Some(file) => Some(secret(file)?),
        None => None,
    };
    SignIn::new(Application {
        issuer: provider.sign_in_issuer,
        client_id: provider.sign_in_client,
        client_secret: secret,
        redirect_uri: format!("{public_url}{}", web::RETURN),
        scope: provider.sign_in_scope,
        resource: provider.sign_in_resource,
        authorities: provider.sign_in_ca_file,
    })
    .map_err(Misconfigured::new)
}

fn secret(path: &Path) -> Result<String, Misconfigured> {
    let wrong = |what: &dyn std::fmt::Display| {
        Misconfigured::new(format_args!("{}: {what}", path.display()))
    };
    let text = file::read(path).map_err(|error| wrong(&error))?;
    let text = String::from_utf8(text).map_err(|_| wrong(&"not a text"))?;
    Ok(text.trim().to_owned())
}

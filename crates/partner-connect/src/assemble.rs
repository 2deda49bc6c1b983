//! Puts each service together: its configuration, its store, its identity, and the services that it
//! calls.
//!
//! Alike for a role of its own and for all of them in one process; they meet over gRPC in both.

use std::time::Duration;

use platform::client::Upstream;
use platform::clock::Clock;
use platform::identity::{Peer, ServiceSigner};
use platform::serve::Service;
use platform::store::db::Db;

use crate::config::{Enrollment, Misconfigured, Programme, Proposals, Watching};

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

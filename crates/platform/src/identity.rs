//! Who calls, and whether this method is for them: the policy of the called method decides, before
//! the handler runs. What needs the request's content (whose partner, whose customer) a handler
//! asks of its [`Identity`]. Nothing here knows what a method does, and nothing here trusts a
//! header that is not signed.

mod access_token;
mod algorithm;
mod caller;
mod claims;
mod fetch;
mod issuer;
mod jwks;
mod jwt;
mod policy;
mod published;
mod refusal;
mod service;
mod sign_in;
#[cfg(test)]
mod tests;
mod verifier;

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use tonic::metadata::MetadataValue;

pub use algorithm::Algorithm;
pub use caller::{Actor, Caller, Kind, Role, UnknownRole, is_subject};
pub(crate) use policy::{Access, Methods, is_open_stream};
pub use policy::{Answers, CallerKind, MethodPolicy, Peer, UnknownPeer};
pub(crate) use service::is_key_of;
pub use service::{PeerVerifier, SERVICE_AUTHORIZATION, ServiceSigner};
pub use sign_in::{Application, Begun, Kept, Renewed, SignIn, SignInError, SignedIn};
pub use verifier::Verifier;

use refusal::{Refused, UNKNOWN};
use verifier::KEYS_AWAY;
use vocabulary::id::{CustomerId, PartnerId};

use crate::error::SharedRefusal;

/// Who makes a call, as the layers in front of the handler have verified it.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    policy: Option<Arc<MethodPolicy>>,
    peer: Option<Peer>,
    user: Option<User>,
}

#[derive(Clone, Debug)]
struct User {
    caller: Arc<Caller>,
    /// The header that proved it, to be passed on.
    authorization: HeaderValue,
    /// For which of its organisations it acts, where the call says so; to be passed on.
    organization: Option<HeaderValue>,
}

/// The header in which a caller of several organisations says for which one it acts.
pub const ORGANIZATION: &str = "x-organization";

/// Who makes this call. A request that came past no identity layer is nobody's, and is refused
/// whatever it asks.
pub fn of<T>(request: &tonic::Request<T>) -> Identity {
    request.extensions().get().cloned().unwrap_or_default()
}

impl Identity {
    /// The bearer of the user's token.
    pub fn caller(&self) -> Result<&Caller, SharedRefusal> {
        self.user
            .as_ref()
            .map(|user| user.caller.as_ref())
            .ok_or(SharedRefusal::TokenMissing)
    }

    /// The service that calls, where the method's policy asks for one.
    pub fn peer(&self) -> Option<Peer> {
        self.peer
    }

    /// The caller, if it may act for this partner (or beyond every partner, where the policy says
    /// so). Another tenant's partner is NOT_FOUND; the own one without the role is
    /// PERMISSION_DENIED.
    pub fn as_partner(&self, partner: &PartnerId) -> Result<&Caller, SharedRefusal> {
        self.as_organisation(partner.tenant(), CallerKind::PartnerAdmin)
    }

    /// The caller, if it may act for this customer (or beyond every customer, where the policy says
    /// so). Another tenant's customer is NOT_FOUND; the own one without the role is
    /// PERMISSION_DENIED.
    pub fn as_customer(&self, customer: &CustomerId) -> Result<&Caller, SharedRefusal> {
        self.as_organisation(customer.tenant(), CallerKind::CustomerAdmin)
    }

    /// The caller's own organisation as a partner, where the request names none.
    pub fn as_own_partner(&self) -> Result<PartnerId, SharedRefusal> {
        let tenant = self
            .caller()?
            .tenant()
            .ok_or(SharedRefusal::CallerNotAllowed)?;
        let partner = PartnerId::parse(tenant).map_err(|_| SharedRefusal::CallerNotAllowed)?;
        self.as_partner(&partner).map(|_| partner)
    }

    /// A request to another service that carries the user's token.
    pub fn on_behalf<T>(&self, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        let authorization = self
            .user
            .as_ref()
            .map(|user| MetadataValue::try_from(user.authorization.as_bytes()));
        if let Some(Ok(mut value)) = authorization {
            value.set_sensitive(true);
            request.metadata_mut().insert(AUTHORIZATION.as_str(), value);
        }
        let organization = self
            .user
            .as_ref()
            .and_then(|user| user.organization.as_ref());
        let organization = organization.map(|value| MetadataValue::try_from(value.as_bytes()));
        if let Some(Ok(value)) = organization {
            request.metadata_mut().insert(ORGANIZATION, value);
        }
        request
    }

    fn as_organisation(
        &self,
        organisation: &str,
        kind: CallerKind,
    ) -> Result<&Caller, SharedRefusal> {
        let caller = self.caller()?;
        let policy = self
            .policy
            .as_ref()
            .ok_or(SharedRefusal::CallerNotAllowed)?;
        let allowed = match &caller.kind {
            Kind::Operator => policy.admits(CallerKind::Operator),
            Kind::Service => policy.admits(CallerKind::Service),
            Kind::Tenant { tenant, .. } if tenant != organisation => {
                return Err(SharedRefusal::NotFound);
            }
            Kind::Tenant { .. } => policy.admits(kind) && holds(caller, kind),
        };
        if allowed {
            Ok(caller)
        } else {
            Err(SharedRefusal::CallerNotAllowed)
        }
    }
}

/// Whether a caller is of this kind, in whatever organisation.
fn holds(caller: &Caller, kind: CallerKind) -> bool {
    match kind {
        CallerKind::PartnerAdmin => caller.is_partner_admin(),
        CallerKind::CustomerAdmin => caller.has(Role::GlobalAdmin),
        CallerKind::AnyTenant => caller.tenant().is_some(),
        CallerKind::Operator => caller.is_operator(),
        CallerKind::Service => caller.is_service(),
    }
}

/// Decides from a method's policy and a call's headers alone.
#[derive(Clone)]
pub(crate) struct Authenticator {
    verifier: Verifier,
    peers: Option<PeerVerifier>,
}

impl Authenticator {
    pub(crate) fn new(verifier: Verifier, peers: impl Into<Option<PeerVerifier>>) -> Self {
        Self {
            verifier,
            peers: peers.into(),
        }
    }

    /// The identity behind a call, or why it may not be made.
    pub(crate) async fn admit(
        &self,
        access: &Access,
        headers: &HeaderMap,
    ) -> Result<Identity, SharedRefusal> {
        match access {
            Access::Health(_) | Access::Reflection => Ok(Identity::default()),
            Access::Forwarded(_) => Ok(Identity {
                user: Some(self.user(headers).await?),
                ..Identity::default()
            }),
            Access::Policy(policy) => self.admit_to(policy, headers).await,
        }
    }

    async fn admit_to(
        &self,
        policy: &Arc<MethodPolicy>,
        headers: &HeaderMap,
    ) -> Result<Identity, SharedRefusal> {
        let peer = if policy.peers.is_empty() {
            None
        } else {
            Some(self.peer(policy, headers).await?)
        };
        if peer.is_some() && policy.callers.is_empty() {
            return Ok(Identity {
                policy: Some(policy.clone()),
                peer,
                user: None,
            });
        }
        let user = self.user(headers).await?;
        if !policy.callers.iter().any(|&kind| holds(&user.caller, kind)) {
            return Err(SharedRefusal::CallerNotAllowed);
        }
        Ok(Identity {
            policy: Some(policy.clone()),
            peer,
            user: Some(user),
        })
    }

    async fn user(&self, headers: &HeaderMap) -> Result<User, SharedRefusal> {
        let bearer = bearer(headers, AUTHORIZATION.as_str()).map_err(|reason| {
            self.verifier.refused(UNKNOWN, reason);
            SharedRefusal::TokenInvalid
        })?;
        let (token, authorization) = bearer.ok_or(SharedRefusal::TokenMissing)?;
        let verified = self.verifier.bearer(token).await;
        let bearer = verified.map_err(|reason| match reason {
            KEYS_AWAY => SharedRefusal::Unavailable,
            _ => SharedRefusal::TokenInvalid,
        })?;
        let organization = organization(headers)?;
        let named = organization.and_then(|value| value.to_str().ok());
        let caller = bearer.acting_for(named)?.clone();
        let mut authorization = authorization.clone();
        authorization.set_sensitive(true);
        Ok(User {
            caller,
            authorization,
            organization: organization.cloned(),
        })
    }

    async fn peer(
        &self,
        policy: &MethodPolicy,
        headers: &HeaderMap,
    ) -> Result<Peer, SharedRefusal> {
        let peers = self.peers.as_ref().ok_or(SharedRefusal::PeerNotAllowed)?;
        // Never TOKEN_INVALID: that would be told to the user on whose behalf the service calls.
        let bearer = bearer(headers, SERVICE_AUTHORIZATION).map_err(|reason| {
            peers.refused(UNKNOWN, reason);
            SharedRefusal::PeerTokenInvalid
        })?;
        let Some((token, _)) = bearer else {
            // A user's token, however good, opens no internal method.
            let user = self.user(headers).await;
            return user.and(Err(SharedRefusal::PeerNotAllowed));
        };
        let verified = peers.verify(token);
        let peer = verified.map_err(|_| SharedRefusal::PeerTokenInvalid)?;
        if policy.peers.contains(&peer) {
            Ok(peer)
        } else {
            Err(SharedRefusal::PeerNotAllowed)
        }
    }
}

/// For which organisation a caller says that it acts, if it does; two say nothing.
fn organization(headers: &HeaderMap) -> Result<Option<&HeaderValue>, SharedRefusal> {
    let mut values = headers.get_all(ORGANIZATION).iter();
    let named = values.next();
    match values.next() {
        None => Ok(named),
        Some(_) => Err(SharedRefusal::OrganizationRequired),
    }
}

/// The bearer token under this name, if there is one: two prove nothing.
fn bearer<'a>(
    headers: &'a HeaderMap,
    name: &str,
) -> Result<Option<(&'a str, &'a HeaderValue)>, Refused> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err("two headers");
    }
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err("not a bearer token");
    }
    Ok(Some((token, value)))
}

//! Policy × caller: what the layer decides by the policy alone, and what a handler may ask of the
//! identity it gets.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use std::time::Duration;
use vocabulary::id::{CustomerId, PartnerId};

use super::at_once;
use crate::error::SharedRefusal;
use crate::identity::{
    Access, Answers, Authenticator, CallerKind, Identity, MethodPolicy, Methods, Peer,
    PeerVerifier, SERVICE_AUTHORIZATION, ServiceSigner, Verifier,
};
use crate::keys::{Grant, LocalIssuer, ServiceKeys, SigningKey};

fn policies() -> Vec<MethodPolicy> {
    vec![
        public("/t/Partner", &[CallerKind::PartnerAdmin]),
        public(
            "/t/PartnerOrOperator",
            &[CallerKind::PartnerAdmin, CallerKind::Operator],
        ),
        public("/t/Customer", &[CallerKind::CustomerAdmin]),
        public(
            "/t/Both",
            &[CallerKind::PartnerAdmin, CallerKind::CustomerAdmin],
        ),
        public("/t/Any", &[CallerKind::AnyTenant]),
        public("/t/Service", &[CallerKind::Service]),
        internal("/t/Peer", &[Peer::Gateway], &[]),
        internal(
            "/t/PeerForUser",
            &[Peer::Gateway, Peer::Invitation],
            &[CallerKind::PartnerAdmin],
        ),
    ]
}

/// A public method, for callers with a token of their own.
fn public(method: &str, callers: &[CallerKind]) -> MethodPolicy {
    internal(method, &[], callers)
}

/// An internal method, for `peers` alone or, where `callers` is not empty, for peers that bring
/// such a caller's token.
fn internal(method: &str, peers: &[Peer], callers: &[CallerKind]) -> MethodPolicy {
    MethodPolicy {
        method: method.to_owned(),
        callers: callers.to_vec(),
        peers: peers.to_vec(),
        answers: Answers::One,
    }
}

struct Table {
    issuer: LocalIssuer,
    keys: ServiceKeys,
    authenticator: Authenticator,
    methods: Methods,
}

impl Table {
    fn new() -> Self {
        let (issuer, keys) = (LocalIssuer::generate(), ServiceKeys::generate());
        let authenticator =
            Authenticator::new(Verifier::local(&issuer), keys.verifier(Peer::Relationship));
        Self {
            issuer,
            keys,
            authenticator,
            methods: Methods::new(policies(), vec![("/t/Forwarded".to_owned(), Answers::One)]),
        }
    }

    fn admit(&self, method: &str, headers: &HeaderMap) -> Result<Identity, SharedRefusal> {
        let access = self.methods.access(method).expect("a policy of the table");
        at_once(self.authenticator.admit(access, headers))
    }

    fn user(&self, grant: &Grant) -> HeaderMap {
        let token = self.issuer.mint(grant, Duration::from_secs(60));
        [("authorization", format!("Bearer {token}"))]
            .into_iter()
            .map(header)
            .collect()
    }

    fn peer(&self, peer: Peer, audience: Peer) -> HeaderMap {
        let value = self.keys.signer(peer).header(audience);
        [(HeaderName::from_static(SERVICE_AUTHORIZATION), value)]
            .into_iter()
            .collect()
    }

    fn admitted(&self, method: &str, grant: &Grant) -> Identity {
        self.admit(method, &self.user(grant))
            .unwrap_or_else(|refusal| panic!("{method}: {refusal}"))
    }
}

fn header((name, value): (&'static str, String)) -> (HeaderName, HeaderValue) {
    (HeaderName::from_static(name), value.parse().unwrap())
}

fn agent() -> Grant {
    Grant::tenant("contoso").role("admin-agent")
}

fn global() -> Grant {
    Grant::tenant("contoso").role("global-admin")
}

fn user() -> Grant {
    Grant::tenant("contoso").role("sales-agent")
}

#[test]
fn a_policy_admits_its_kinds_of_caller_alone() {
    let table = Table::new();
    let callers = [
        agent(),
        global(),
        user(),
        Grant::operator(),
        Grant::service(),
    ];
    for (method, expected) in [
        ("/t/Partner", [true, true, false, false, false]),
        ("/t/PartnerOrOperator", [true, true, false, true, false]),
        ("/t/Customer", [false, true, false, false, false]),
        ("/t/Both", [true, true, false, false, false]),
        ("/t/Any", [true, true, true, false, false]),
        ("/t/Service", [false, false, false, false, true]),
        ("/t/Forwarded", [true, true, true, true, true]),
    ] {
        for (grant, expected) in callers.iter().zip(expected) {
            let admitted = table.admit(method, &table.user(grant));
            let outcome = admitted.as_ref().map(|_| ()).map_err(Clone::clone);
            let expected = if expected {
                Ok(())
            } else {
                Err(SharedRefusal::CallerNotAllowed)
            };
            assert_eq!(outcome, expected, "{method} for {grant:?}");
        }
        assert_eq!(
            table.admit(method, &HeaderMap::new()).unwrap_err(),
            SharedRefusal::TokenMissing,
            "{method}"
        );
    }
}

#[test]
fn an_internal_method_asks_for_the_service_first() {
    let table = Table::new();
    let gateway = table.peer(Peer::Gateway, Peer::Relationship);
    assert_eq!(
        table.admit("/t/Peer", &gateway).unwrap().peer(),
        Some(Peer::Gateway)
    );
    let others = table.peer(Peer::Notification, Peer::Relationship);
    assert_eq!(
        table.admit("/t/Peer", &others).unwrap_err(),
        SharedRefusal::PeerNotAllowed
    );
    let elsewhere = table.peer(Peer::Gateway, Peer::Invitation);
    assert_eq!(
        table.admit("/t/Peer", &elsewhere).unwrap_err(),
        SharedRefusal::PeerTokenInvalid,
        "the user, whose token may be good, is not told that it is not"
    );
    for grant in [agent(), Grant::operator(), Grant::service()] {
        assert_eq!(
            table.admit("/t/Peer", &table.user(&grant)).unwrap_err(),
            SharedRefusal::PeerNotAllowed
        );
    }
    assert_eq!(
        table.admit("/t/Peer", &HeaderMap::new()).unwrap_err(),
        SharedRefusal::TokenMissing
    );

    let mut both = table.peer(Peer::Invitation, Peer::Relationship);
    assert_eq!(
        table.admit("/t/PeerForUser", &both).unwrap_err(),
        SharedRefusal::TokenMissing
    );
    both.extend(table.user(&user()));
    assert_eq!(
        table.admit("/t/PeerForUser", &both).unwrap_err(),
        SharedRefusal::CallerNotAllowed
    );
    both.extend(table.user(&agent()));
    let identity = table.admit("/t/PeerForUser", &both).unwrap();
    assert_eq!(
        (identity.peer(), identity.caller().unwrap().tenant()),
        (Some(Peer::Invitation), Some("contoso"))
    );
}

#[test]
fn two_keys_of_a_service_stand_together_while_one_is_replaced() {
    let (old, new, other) = (
        SigningKey::generate(),
        SigningKey::generate(),
        SigningKey::generate(),
    );
    let jwks =
        json!({ "keys": [old.jwk("gateway"), new.jwk("gateway.new"), other.jwk("invitation")] });
    let issuer = LocalIssuer::generate();
    let authenticator = Authenticator::new(
        Verifier::local(&issuer),
        PeerVerifier::parse(Peer::Relationship, jwks.to_string().as_bytes()).unwrap(),
    );
    let methods = Methods::new(policies(), Vec::new());
    let admit = |key| {
        let value = ServiceSigner::new(Peer::Gateway, key).header(Peer::Relationship);
        let headers =
            HeaderMap::from_iter([(HeaderName::from_static(SERVICE_AUTHORIZATION), value)]);
        let access = methods.access("/t/Peer").unwrap();
        let admitted = at_once(authenticator.admit(access, &headers));
        admitted.map(|identity| identity.peer())
    };
    assert_eq!(admit(old), Ok(Some(Peer::Gateway)));
    assert_eq!(admit(new), Ok(Some(Peer::Gateway)));
    assert_eq!(admit(other), Err(SharedRefusal::PeerTokenInvalid));
    assert_eq!(
        admit(SigningKey::generate()),
        Err(SharedRefusal::PeerTokenInvalid)
    );
}

#[test]
fn a_users_token_is_no_services_token_nor_the_reverse() {
    let table = Table::new();
    let swap = |headers: HeaderMap, to: &'static str| {
        let value = headers.into_iter().next().unwrap().1;
        HeaderMap::from_iter([(HeaderName::from_static(to), value)])
    };
    let as_service = swap(table.user(&Grant::service()), SERVICE_AUTHORIZATION);
    assert_eq!(
        table.admit("/t/Peer", &as_service).unwrap_err(),
        SharedRefusal::PeerTokenInvalid
    );
    let as_user = swap(
        table.peer(Peer::Gateway, Peer::Relationship),
        "authorization",
    );
    assert_eq!(
        table.admit("/t/Any", &as_user).unwrap_err(),
        SharedRefusal::TokenInvalid
    );
}

#[test]
fn health_needs_no_token_and_an_unlisted_method_has_no_access() {
    let table = Table::new();
    let health = table.methods.access("/grpc.health.v1.Health/Check");
    assert!(matches!(health, Some(Access::Health(_))));
    assert!(table.methods.access("/t/Unlisted").is_none());
}

#[test]
fn a_partner_is_its_own_tenants_to_act_for() {
    let table = Table::new();
    let (own, other) = (
        PartnerId::parse("contoso").unwrap(),
        PartnerId::parse("fabrikam").unwrap(),
    );
    for grant in [agent(), global()] {
        let identity = table.admitted("/t/Partner", &grant);
        assert!(identity.as_partner(&own).is_ok());
        assert_eq!(
            identity.as_partner(&other).unwrap_err(),
            SharedRefusal::NotFound
        );
        assert_eq!(identity.as_own_partner().unwrap(), own);
    }
    let anybody = table.admitted("/t/Any", &global());
    assert_eq!(
        anybody.as_partner(&own).unwrap_err(),
        SharedRefusal::CallerNotAllowed,
        "the row admits no partner"
    );

    let operator = table.admitted("/t/PartnerOrOperator", &Grant::operator());
    assert!(operator.as_partner(&own).is_ok() && operator.as_partner(&other).is_ok());
    assert_eq!(
        operator.as_own_partner().unwrap_err(),
        SharedRefusal::CallerNotAllowed
    );
}

#[test]
fn a_customer_is_its_global_admins_to_act_for() {
    let table = Table::new();
    let (own, other) = (
        CustomerId::parse("contoso").unwrap(),
        CustomerId::parse("fabrikam").unwrap(),
    );
    let identity = table.admitted("/t/Both", &global());
    assert!(identity.as_customer(&own).is_ok());
    assert_eq!(
        identity.as_customer(&other).unwrap_err(),
        SharedRefusal::NotFound
    );

    let identity = table.admitted("/t/Both", &agent());
    assert_eq!(
        identity.as_customer(&own).unwrap_err(),
        SharedRefusal::CallerNotAllowed
    );
    assert!(
        identity
            .as_partner(&PartnerId::parse("contoso").unwrap())
            .is_ok()
    );

    let service = table.admitted("/t/Service", &Grant::service());
    assert!(service.as_customer(&own).is_ok() && service.as_customer(&other).is_ok());
}

#[test]
fn nobody_may_do_nothing() {
    let nobody = super::super::of(&tonic::Request::new(()));
    assert_eq!(nobody.caller().unwrap_err(), SharedRefusal::TokenMissing);
    assert_eq!(
        nobody
            .as_partner(&PartnerId::parse("contoso").unwrap())
            .unwrap_err(),
        SharedRefusal::TokenMissing
    );
    assert!(nobody.on_behalf(()).metadata().is_empty());
}

#[test]
fn a_request_on_behalf_carries_the_users_own_token() {
    let table = Table::new();
    let headers = table.user(&agent());
    let identity = table.admit("/t/Partner", &headers).unwrap();
    let request = identity.on_behalf("message");
    let carried = request.metadata().get("authorization").unwrap();
    assert_eq!(carried.as_bytes(), headers["authorization"].as_bytes());
    assert!(
        !format!("{identity:?}").contains(carried.to_str().unwrap()),
        "a token is never printed"
    );
}

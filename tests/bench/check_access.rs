//! CheckAccess beside the echo: the same requests byte for byte, token included, over as many connections and streams.
//!
//! The relationship service is a real process on its store, asked directly, and once more through the gateway. Every
//! call asks about a customer chosen anew, and every answer must be yes. One token asks them all, as another service of
//! the company would: its signature is verified once, not once a call.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use platform::client::Upstream;
use platform::identity::{Peer, ServiceSigner};
use platform::keys::{self, Grant, LocalIssuer};
use proto::relationship::internal::v1::relationship_internal_service_client::RelationshipInternalServiceClient;
use proto::relationship::internal::v1::{ActingUser, EstablishRequest, NewAccount, Outcome};
use proto::relationship::v1::access_service_client::AccessServiceClient;
use proto::relationship::v1::{CheckAccessRequest, Permission};
use tests::{Role, Store, System};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use uuid::Uuid;

use crate::load::{self, Load};
use crate::programme::Programme;
use crate::statistics::Line;
use crate::{Plan, capture, echo, say};

const CONNECTIONS: usize = 4;
const STREAMS: usize = 16;
const CUSTOMERS: usize = 5_000;
/// Longer than anything is measured here.
const HOUR: Duration = Duration::from_secs(3_600);

/// Measures it on both stores.
pub(crate) async fn measure(plan: Plan) -> Vec<Line> {
    say(format!(
        "CheckAccess: {CUSTOMERS} customers, {CONNECTIONS} connections with {STREAMS} calls at once each"
    ));
    let echo = echo::start().await;
    let mut systems = Vec::new();
    let mut subjects = Vec::new();
    let mut token = None;
    for (store, on) in [
        (Store::sqlite(), "SQLite"),
        (Store::postgres().await, "PostgreSQL"),
    ] {
        let system = seeded(store, on).await;
        let issuer = LocalIssuer::read(&system.keys()).expect("the issuer is readable");
        let bearer = format!("Bearer {}", issuer.mint(&Grant::service(), HOUR));
        let bearer: MetadataValue<Ascii> = bearer.parse().expect("a token is ASCII");
        token = Some(bearer.clone());
        for (role, way) in [
            (Role::Relationship, ""),
            (Role::Gateway, " through the gateway"),
        ] {
            let subject = format!("CheckAccess, {on}{way}");
            subjects.push((
                subject,
                Caller::to(system.address(role), &bearer),
                Vec::new(),
            ));
        }
        systems.push(system);
    }
    let statements = capture::of_check_access().await;
    let bare = Caller::to(echo.address, &token.expect("two systems"));

    for caller in subjects.iter().map(|(_, caller, _)| caller).chain([&bare]) {
        caller.run(Duration::from_secs(1)).await; // to warm up
    }
    for round in 1..=plan.rounds {
        let echoed = bare.run(plan.run).await;
        say(format!("round {round}: echo {echoed}"));
        for (subject, caller, rounds) in &mut subjects {
            let answered = caller.run(plan.run).await;
            say(format!("round {round}: {subject} {answered}"));
            rounds.push((answered.rate(), echoed.rate()));
        }
    }
    let line = |(subject, _, rounds)| Line {
        subject,
        measure: "bare tonic",
        rounds,
        statements: statements.clone(),
    };
    subjects.into_iter().map(line).collect()
}

/// A relationship service with its customers, and the gateway before it.
async fn seeded(store: Store, on: &str) -> System {
    let mut system = System::new(store);
    for role in [Role::Notification, Role::Relationship, Role::Gateway] {
        system.start(role).await;
    }
    let partnership = Programme::of(&system).connect().await;
    say(format!("establishing {CUSTOMERS} customers on {on}"));
    let client = establishing(&system);
    let established = Arc::new(AtomicUsize::new(0));
    let load = load::run(16, move |_| {
        let number = established.fetch_add(1, Ordering::Relaxed);
        let (mut client, request) = (client.clone(), establish(number, &partnership));
        (number < CUSTOMERS).then_some(async move {
            let answer = client.establish(request).await.expect("a decision");
            assert_eq!(answer.into_inner().outcome(), Outcome::Established);
        })
    })
    .await;
    say(format!("established: {load}"));
    system
}

/// What the invitation service would be.
fn establishing(system: &System) -> RelationshipInternalServiceClient<Upstream> {
    let key = system.keys().join(keys::service_key(Peer::Invitation));
    let signer = ServiceSigner::read(Peer::Invitation, &key).expect("the key is readable");
    let url = format!("http://{}", system.address(Role::Relationship));
    let upstream =
        Upstream::new(&url, Peer::Relationship, Some(signer)).expect("an address is a URI");
    RelationshipInternalServiceClient::new(upstream)
}

fn establish(number: usize, partnership: &str) -> EstablishRequest {
    let id = |kind: u8| Uuid::from_u64_pair(u64::from(kind), number as u64);
    EstablishRequest {
        acceptance_id: id(1).to_string(),
        invitation: format!("partners/contoso/invitations/{}", id(2)),
        customer: customer(number),
        reseller: "partners/contoso".into(),
        provider: "partners/fabrikam".into(),
        partnership: partnership.to_owned(),
        account: Some(NewAccount {
            display_name: format!("Customer {number}"),
            country: "BR".into(),
            domain: format!("c{number}.example"),
        }),
        user: Some(ActingUser {
            issuer: "https://issuer.example".into(),
            subject: "ana".into(),
        }),
        ..Default::default()
    }
}

fn customer(number: usize) -> String {
    format!("customers/customer-{number:06}")
}

/// Asks one server over its own connections.
struct Caller {
    clients: Vec<AccessServiceClient<Channel>>,
    token: MetadataValue<Ascii>,
}

impl Caller {
    fn to(address: SocketAddr, token: &MetadataValue<Ascii>) -> Caller {
        let endpoint =
            Endpoint::from_shared(format!("http://{address}")).expect("an address is a URI");
        let connect = |_| AccessServiceClient::new(endpoint.connect_lazy());
        Caller {
            clients: (0..CONNECTIONS).map(connect).collect(),
            token: token.clone(),
        }
    }

    async fn run(&self, time: Duration) -> Load {
        let (clients, token) = (self.clients.clone(), self.token.clone());
        let asked = Arc::new(AtomicUsize::new(0));
        let start = load::now();
        load::run(CONNECTIONS * STREAMS, move |caller| {
            // a step that has no divisor in common with the number of customers visits them all, in no order of theirs
            let number = asked.fetch_add(1, Ordering::Relaxed).wrapping_mul(7_919) % CUSTOMERS;
            let mut client = clients[caller % CONNECTIONS].clone();
            let mut request = tonic::Request::new(question(number));
            request
                .metadata_mut()
                .insert("authorization", token.clone());
            (start.elapsed() < time).then_some(async move {
                let answer = client
                    .check_access(request)
                    .await
                    .expect("an answer")
                    .into_inner();
                assert!(answer.decision.is_some_and(|decision| decision.allowed));
            })
        })
        .await
    }
}

/// May Contoso manage the users of this customer?
pub(crate) fn question(number: usize) -> CheckAccessRequest {
    CheckAccessRequest {
        partner: "partners/contoso".into(),
        customer: customer(number),
        permission: Permission::ManageUsers.into(),
    }
}

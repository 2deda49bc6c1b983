//! CheckAccess beside the echo: the same requests byte for byte, token included, over as many
//! connections and streams.
//!
//! The relationship service is a real process on its store, asked directly, and once more through
//! the gateway. Every call asks about a customer chosen anew, and every answer must be yes. One
//! token asks them all, as another service of the company would: its signature is verified once,
//! not once a call.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use platform::client::Upstream;
use platform::identity::{Peer, ServiceSigner};
use platform::keys::{self, Grant, LocalIssuer};
use prost::Message;
use proto::customer::v1::Permission;
use proto::relationship::internal::v1::relationship_internal_service_client::RelationshipInternalServiceClient;
use proto::relationship::internal::v1::{ActingUser, DecideAcceptanceRequest, NewAccount, Outcome};
use proto::relationship::v1::CheckAccessRequest;
use proto::relationship::v1::access_service_client::AccessServiceClient;
use tests::{Role, Store, System};
use tonic::Request;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use uuid::Uuid;

use crate::load::{self, Load};
use crate::statistics::{Line, Measured};
use crate::{Plan, capture, census, echo, say};
use tests::Programme;

const CONNECTIONS: usize = 4;
const STREAMS: usize = 16;
const CUSTOMERS: usize = 5_000;

/// Measures it on both stores.
pub(crate) async fn measure(plan: Plan) -> Measured {
    let mut note = format!(
        "CheckAccess: {CONNECTIONS} connections with {STREAMS} calls at once each, {CUSTOMERS} customers"
    );
    say(&note);
    let statements = capture::of_check_access().await;
    let echo = echo::start().await;
    let (sqlite, postgres) = (Store::sqlite(), Store::postgres().await);
    let systems = [
        (seeded(sqlite, "SQLite").await, "SQLite"),
        (seeded(postgres, "PostgreSQL").await, "PostgreSQL"),
    ];
    let ways = [
        (Role::Relationship, ""),
        (Role::Gateway, " through the gateway"),
    ];
    let (mut lines, mut callers) = (Vec::new(), Vec::<(Caller, Caller)>::new());
    for ((system, on), (role, way)) in systems
        .iter()
        .flat_map(|system| ways.map(|way| (system, way)))
    {
        let token = token(system);
        let caller = Caller::to(system.address(role), &token);
        let bare = Caller::to(echo.address, &token);
        assert_eq!(
            bare.sizes().await,
            caller.sizes().await,
            "the echo's messages"
        );
        for caller in [&bare, &caller] {
            caller.run(Duration::from_secs(1)).await; // to warm up
        }
        callers.push((bare, caller));
        lines.push(Line {
            subject: format!("CheckAccess, {on}{way}"),
            measure: "bare tonic",
            rounds: Vec::new(),
            statements: statements.clone(),
        });
    }
    let (request, answer) = callers[0].0.sizes().await;
    note += &format!(", messages of {request} and {answer} bytes.");
    for round in 1..=plan.rounds {
        for (line, (bare, caller)) in lines.iter_mut().zip(&callers) {
            let echoed = bare.run(plan.run).await;
            let answered = caller.run(plan.run).await;
            say(format!(
                "round {round}: {} {answered}, {} {echoed}",
                line.subject, line.measure
            ));
            line.rounds.push((answered.rate(), echoed.rate()));
        }
    }
    Measured { lines, note }
}

/// Another service's token, for as long as this takes.
fn token(system: &System) -> MetadataValue<Ascii> {
    let issuer = LocalIssuer::read(&system.keys()).expect("the issuer is readable");
    let token = issuer.mint(&Grant::service(), Duration::from_secs(3_600));
    format!("Bearer {token}").parse().expect("a token is ASCII")
}

/// A relationship service with its customers, and the gateway before it.
async fn seeded(store: Store, on: &str) -> System {
    let mut system = System::new(store);
    for role in [
        Role::Directory,
        Role::Notification,
        Role::Relationship,
        Role::Gateway,
    ] {
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
            let answer = client.decide_acceptance(request).await.expect("a decision");
            assert_eq!(answer.into_inner().outcome(), Outcome::Established);
        })
    })
    .await;
    say(format!("established: {load}"));
    census::settle(system.store()).await;
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

fn establish(number: usize, partnership: &str) -> DecideAcceptanceRequest {
    let id = |kind: u8| Uuid::from_u64_pair(u64::from(kind), number as u64);
    DecideAcceptanceRequest {
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
#[derive(Clone)]
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

    /// How long request and answer are.
    async fn sizes(&self) -> (usize, usize) {
        let request = self.request(0);
        let length = request.get_ref().encoded_len();
        let answer = self.clients[0].clone().check_access(request).await;
        (
            length,
            answer.expect("an answer").into_inner().encoded_len(),
        )
    }

    fn request(&self, number: usize) -> Request<CheckAccessRequest> {
        let mut request = Request::new(question(number));
        let metadata = request.metadata_mut();
        metadata.insert("authorization", self.token.clone());
        request
    }

    async fn run(&self, time: Duration) -> Load {
        let (this, asked) = (self.clone(), Arc::new(AtomicUsize::new(0)));
        let start = load::now();
        load::run(CONNECTIONS * STREAMS, move |caller| {
            // a step that has no divisor in common with the number of customers visits them all, in
            // no order of theirs
            let number = asked.fetch_add(1, Ordering::Relaxed).wrapping_mul(7_919) % CUSTOMERS;
            let mut client = this.clients[caller % CONNECTIONS].clone();
            let request = this.request(number);
            (start.elapsed() < time).then_some(async move {
                let answer = client.check_access(request).await;
                let decision = answer.expect("an answer").into_inner().decision;
                assert!(decision.is_some_and(|decision| decision.allowed));
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

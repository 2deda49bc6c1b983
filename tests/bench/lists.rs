//! ListCustomers of a partner with very many customers beside the same of a partner with a
//! thousand, in the same store.
//!
//! Both imported theirs, the larger one last; nothing has looked at the tables since but the
//! service itself. It is asked directly, by the partners' own people. CheckAccess about their
//! customers is asked in the same way.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proto::customer::v1::Permission;
use proto::relationship::v1::access_service_client::AccessServiceClient;
use proto::relationship::v1::relationship_service_client::RelationshipServiceClient;
use proto::relationship::v1::{CheckAccessRequest, ListCustomersRequest, ListCustomersResponse};
use tests::{Programme, Role, Store, System, with};
use tonic::transport::{Channel, Endpoint};

use crate::existing::{self, Reseller};
use crate::load::{self, Load};
use crate::statistics::{Line, Measured, thousands};
use crate::{Plan, capture, census, say};

const CONNECTIONS: usize = 4;
const STREAMS: usize = 4;
/// With so few customers every answer is cheap.
const SMALL: Reseller = Reseller {
    id: "northwind",
    customers: 1_000,
};
/// A page as it is where the request names no size.
const PAGE: usize = 50;
const LARGEST_PAGE: i32 = 500;
/// How nearly all names and domains begin: a search that finds far more than a page.
const NAMES: &str = "customer 00";
const DOMAINS: &str = "c00";

/// Measures it on both stores: `customers` is how many the large partner has.
pub(crate) async fn measure(plan: Plan, customers: usize) -> Measured {
    let large = Reseller {
        id: "contoso",
        customers,
    };
    // there are many of them
    let run = (plan.run / 3).max(Duration::from_secs(1));
    let (many, few) = (
        thousands(customers as f64),
        thousands(SMALL.customers as f64),
    );
    let note = format!(
        "ListCustomers, and CheckAccess beside it, with {many} customers and with {few} in the same store, both just imported: \
         {CONNECTIONS} connections with {STREAMS} calls at once each, pages of {PAGE}; the searches find at least {few}."
    );
    say(&note);
    let requests = [
        request(large, |_| {}),
        request(large, |request| request.name_prefix = NAMES.to_owned()),
        request(large, |request| request.domain_prefix = DOMAINS.to_owned()),
    ];
    let of_list = capture::of_list_customers(&requests).await;
    let of_check = capture::of_check_access().await;
    let (mut lines, mut callers, mut systems) = (Vec::new(), Vec::new(), Vec::new());
    for (store, on) in [
        (Store::sqlite(), "SQLite"),
        (Store::postgres().await, "PostgreSQL"),
    ] {
        say(format!("importing {few} and {many} customers on {on}"));
        let system = seeded(store, large).await;
        let subjects = Subject::all(&system, large).await;
        for (large, small) in subjects.into_iter().zip(Subject::all(&system, SMALL).await) {
            let statements = match large.asked {
                Asked::List(_) => &of_list,
                Asked::Access => &of_check,
            };
            lines.push(Line {
                subject: format!("{}, {on}, {many} customers", large.name),
                measure: "the same with 1,000 customers",
                rounds: Vec::new(),
                statements: statements.clone(),
            });
            let address = system.address(Role::Relationship);
            callers.push((Caller::to(address, large), Caller::to(address, small)));
        }
        census::write_out(system.store()).await;
        systems.push(system);
    }
    for (large, small) in &callers {
        large.run(run / 4).await; // to warm up
        small.run(run / 4).await;
    }
    for round in 1..=plan.rounds {
        for (line, (large, small)) in lines.iter_mut().zip(&callers) {
            let (many, few) = (large.run(run).await, small.run(run).await);
            say(format!(
                "round {round}: {} {many}, {} {few}",
                line.subject, line.measure
            ));
            line.rounds.push((many.rate(), few.rate()));
        }
    }
    Measured { lines, note }
}

/// A system whose two resellers have imported their customers.
async fn seeded(store: Store, large: Reseller) -> System {
    existing::load(&store, &[SMALL, large]);
    let mut system = System::new(store);
    for role in [
        Role::Directory,
        Role::Notification,
        Role::Relationship,
        Role::Gateway,
    ] {
        system.start(role).await;
    }
    let programme = Programme::of(&system);
    for reseller in [SMALL, large] {
        existing::import(&system, &programme, reseller).await;
    }
    system
}

fn request(of: Reseller, what: impl FnOnce(&mut ListCustomersRequest)) -> ListCustomersRequest {
    let mut request = ListCustomersRequest {
        parent: format!("partners/{}", of.id),
        ..Default::default()
    };
    what(&mut request);
    request
}

/// What one partner asks over and over.
struct Subject {
    name: &'static str,
    of: Reseller,
    token: String,
    asked: Asked,
    /// How many customers every answer has.
    rows: usize,
}

enum Asked {
    List(ListCustomersRequest),
    Access,
}

impl Subject {
    async fn all(system: &System, of: Reseller) -> Vec<Subject> {
        let token = of.token(system);
        let last = last_page(system, of, &token).await;
        let rows = (of.customers - 1) % PAGE + 1;
        let named = |name, rows, asked| Subject {
            name,
            of,
            token: token.clone(),
            asked,
            rows,
        };
        let listed = |what: &dyn Fn(&mut ListCustomersRequest)| Asked::List(request(of, what));
        vec![
            named("ListCustomers, first page", PAGE, listed(&|_| {})),
            named(
                "ListCustomers, last page",
                rows,
                listed(&|request| request.page_token = last.clone()),
            ),
            named(
                "ListCustomers, by name",
                PAGE,
                listed(&|request| request.name_prefix = NAMES.to_owned()),
            ),
            named(
                "ListCustomers, by domain",
                PAGE,
                listed(&|request| request.domain_prefix = DOMAINS.to_owned()),
            ),
            named("CheckAccess", 0, Asked::Access),
        ]
    }
}

/// The token of the last page: the others are passed over, first the largest, then those of the
/// usual size.
async fn last_page(system: &System, of: Reseller, token: &str) -> String {
    let mut client = RelationshipServiceClient::new(system.channel(Role::Relationship));
    let mut last = String::new();
    for size in [LARGEST_PAGE, 0] {
        loop {
            let page = request(of, |request| {
                (request.page_size, request.page_token) = (size, last.clone());
            });
            let answer = client.list_customers(with(token, page)).await;
            let next = answer.expect("its own list").into_inner().next_page_token;
            if next.is_empty() {
                break;
            }
            last = next;
        }
    }
    last
}

/// Asks the service over its own connections.
#[derive(Clone)]
struct Caller {
    lists: Vec<RelationshipServiceClient<Channel>>,
    access: Vec<AccessServiceClient<Channel>>,
    subject: Arc<Subject>,
}

impl Caller {
    fn to(address: SocketAddr, subject: Subject) -> Caller {
        let endpoint =
            Endpoint::from_shared(format!("http://{address}")).expect("an address is a URI");
        let channels: Vec<Channel> = (0..CONNECTIONS).map(|_| endpoint.connect_lazy()).collect();
        Caller {
            lists: channels
                .iter()
                .cloned()
                .map(RelationshipServiceClient::new)
                .collect(),
            access: channels.into_iter().map(AccessServiceClient::new).collect(),
            subject: Arc::new(subject),
        }
    }

    async fn run(&self, time: Duration) -> Load {
        let (this, asked) = (self.clone(), Arc::new(AtomicUsize::new(0)));
        let start = load::now();
        load::run(CONNECTIONS * STREAMS, move |caller| {
            let number = asked.fetch_add(1, Ordering::Relaxed);
            let (this, at) = (this.clone(), caller % CONNECTIONS);
            (start.elapsed() < time).then_some(async move { this.ask(at, number).await })
        })
        .await
    }

    async fn ask(&self, at: usize, number: usize) {
        let Subject {
            of, token, asked, ..
        } = &*self.subject;
        match asked {
            Asked::List(request) => {
                let mut client = self.lists[at].clone();
                let answer = client.list_customers(with(token, request.clone())).await;
                let page: ListCustomersResponse = answer.expect("its own list").into_inner();
                assert_eq!(page.customers.len(), self.subject.rows);
            }
            Asked::Access => {
                // no divisor in common with the number of customers: all are visited, in no order
                // of theirs
                let number = number.wrapping_mul(7_919) % of.customers;
                let request = CheckAccessRequest {
                    partner: format!("partners/{}", of.id),
                    customer: format!("customers/{}", of.customer(number)),
                    permission: Permission::ManageUsers.into(),
                };
                let mut client = self.access[at].clone();
                let answer = client.check_access(with(token, request)).await;
                let decision = answer.expect("an answer").into_inner().decision;
                assert!(decision.is_some_and(|decision| decision.allowed));
            }
        }
    }
}

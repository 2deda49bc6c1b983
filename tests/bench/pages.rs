//! A page beside the calls that it is made of: the list of 50 customers, as somebody signed in
//! reads it, and the ListCustomers through the gateway that it asks, with a token of the same
//! person.
//!
//! One after the other, by one reader: what is measured is how long a page takes, not how many a
//! machine makes. Each page is asked for on a connection of its own, as nobody's browser would.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use proto::relationship::v1::ListCustomersRequest;
use proto::relationship::v1::relationship_service_client::RelationshipServiceClient;
use serde_json::json;
use tempfile::TempDir;
use tests::{Kind, OpenIdProvider, Programme, Role, Store, System, Visitor, eventually, with};
use tonic::transport::Channel;

use crate::existing::{self, Reseller};
use crate::load::{self, Load};
use crate::statistics::{Line, Measured};
use crate::{Plan, say};

/// As many customers as a page shows.
const SHOWN: Reseller = Reseller {
    id: "contoso",
    customers: 50,
};
const SOON: Duration = Duration::from_secs(30);

/// Measures it on both stores.
pub(crate) async fn measure(plan: Plan) -> Measured {
    let note = format!(
        "Pages: one reader, one page after the other, {} customers on it.",
        SHOWN.customers
    );
    say(&note);
    let mut lines = Vec::new();
    for (store, on) in [
        (Store::sqlite(), "SQLite"),
        (Store::postgres().await, "PostgreSQL"),
    ] {
        let desk = Desk::open(store).await;
        desk.pages(plan.run / 4).await; // to warm up
        let mut rounds = Vec::new();
        for round in 1..=plan.rounds {
            let (pages, calls) = (desk.pages(plan.run).await, desk.calls(plan.run).await);
            say(format!(
                "round {round}: pages, {on} {pages}, ListCustomers {calls}"
            ));
            rounds.push((pages.rate(), calls.rate()));
        }
        lines.push(Line {
            subject: format!("pages of 50 customers, {on}"),
            measure: "its ListCustomers through the gateway",
            rounds,
            statements: "1, and 1 for the session".to_owned(),
        });
    }
    Measured { lines, note }
}

/// Somebody signed in, and the same person's calls.
struct Desk {
    reader: Arc<Visitor>,
    address: String,
    customers: RelationshipServiceClient<Channel>,
    token: Arc<str>,
    _system: System,
    _provider: OpenIdProvider,
    _folder: TempDir,
}

impl Desk {
    async fn open(store: Store) -> Desk {
        existing::load(&store, &[SHOWN]);
        let mut system = System::new(store);
        for role in Role::ALL {
            system.start(role).await;
        }
        let programme = Programme::of(&system);
        existing::import(&system, &programme, SHOWN).await;

        let folder = TempDir::new().expect("a temporary folder");
        let accounts = json!({ "ana": {
            "organization": [SHOWN.id], "realm_access": { "roles": ["admin-agent"] },
        } });
        let provider = OpenIdProvider::start_for(&system.pages(), &accounts, folder.path()).await;
        system.trust(json!({
            "issuer": provider.issuer(), "audience": "partner-connect", "tenants": [SHOWN.id],
            "claims": { "tenant": "organization", "roles": ["realm_access", "roles"] },
        }));
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "secret").expect("a file");
        let secret = format!("--sign-in-secret-file={}", secret.display());
        system.option(Role::Web, &secret);
        system.start_pages(&provider.issuer(), "web").await;

        let mut reader = Visitor::new("en");
        reader.open(&format!("{}/sign-in", system.pages())).await;
        reader.sign_in("ana").await;
        let address = format!("{}/partner/customers", system.pages());
        // every role takes the changed list of issuers up by itself
        eventually("the page", SOON, || async {
            let page = reader.ask(Method::GET, &address, &[], None).await;
            (page.body.matches("class=\"card\"").count() == SHOWN.customers).then_some(())
        })
        .await;
        Desk {
            reader: Arc::new(reader),
            address,
            customers: programme.relationships,
            token: provider.sign_in(Kind::Person, "ana").access_token.into(),
            _system: system,
            _provider: provider,
            _folder: folder,
        }
    }

    async fn pages(&self, time: Duration) -> Load {
        let (reader, address) = (self.reader.clone(), self.address.clone());
        let start = load::now();
        load::run(1, move |_| {
            let (reader, address) = (reader.clone(), address.clone());
            (start.elapsed() < time).then_some(async move {
                let page = reader.ask(Method::GET, &address, &[], None).await;
                assert_eq!(page.status, 200);
            })
        })
        .await
    }

    async fn calls(&self, time: Duration) -> Load {
        let (customers, token) = (self.customers.clone(), self.token.clone());
        let start = load::now();
        load::run(1, move |_| {
            let (mut customers, token) = (customers.clone(), token.clone());
            let request = ListCustomersRequest {
                parent: format!("partners/{}", SHOWN.id),
                ..Default::default()
            };
            (start.elapsed() < time).then_some(async move {
                let answer = customers.list_customers(with(&token, request)).await;
                let list = answer.expect("its own list").into_inner();
                assert_eq!(list.customers.len(), SHOWN.customers);
            })
        })
        .await
    }
}

//! Calls made in a quiet system whose services log their statements; on PostgreSQL the server logs
//! their values as well.

use std::collections::BTreeMap;
use std::time::Duration;

use platform::keys::Grant;
use platform::store::db::Db;
use platform::store::outbox;
use proto::invitation::v1::{AcceptanceState, Consent};
use proto::relationship::v1::access_service_client::AccessServiceClient;
use proto::relationship::v1::{ListCustomersRequest, PartnerKind};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Either, Executor, SqlSafeStr, Statement as _, TypeInfo};
use tests::{Role, Store, System, eventually, with};

use crate::call::NUMBER;
use crate::census::{self, Census, OWNERS};
use crate::check_access::question;
use crate::server_log::{self, Ran};
use crate::service_log::{self, Unit};
use tests::Programme;

/// An acceptance and what it left.
pub(crate) struct Captured {
    /// What the services ran for it, the delivery of its fact included.
    pub(crate) units: Vec<Unit>,
    /// What the server ran meanwhile; nothing on SQLite.
    pub(crate) ran: Ran,
    /// Rows that it wrote.
    pub(crate) written: Census,
    /// Ids of the accepted invitation, of its acceptance, of an open invitation alike, and of the
    /// partnership.
    pub(crate) invitation: String,
    pub(crate) acceptance: String,
    pub(crate) open: String,
    pub(crate) partnership: String,
}

/// Accepts one joint invitation, as the second of its kind in a new system on `store`.
pub(crate) async fn of_acceptance(store: &Store) -> Captured {
    log_values(store, "SET log_statement TO 'all'").await;
    let mut system = System::new(store.clone());
    for role in Role::ALL {
        log_statements(&mut system, role);
        system.start(role).await;
    }
    let db = store.open(Role::Invitation.name()).await;
    let relationship = store.open(Role::Relationship.name()).await;
    let programme = Programme::of(&system);
    let partnership = last(&programme.connect().await);
    let (first, second, open) = (
        programme.invite().await,
        programme.invite().await,
        programme.invite().await,
    );
    let consent = consent(&programme, &first.link).await;
    let accept = async |customer: &str, link: &str| {
        let token = system.token(&Grant::tenant(customer).role("global-admin").subject("ana"));
        let accepted = programme
            .accept_as_shown(&token, customer, link, consent.clone())
            .await
            .expect("accepted");
        assert_eq!(accepted.state(), AcceptanceState::Established);
        // what is done besides is over as well, and stands in no log that comes later
        delivered(&db).await;
        delivered(&relationship).await;
        numbered(&relationship).await;
        accepted
    };
    accept("customer-0", &first.link).await;

    let before = census::count(store).await;
    let (services, server) = (service_log::mark(&system), server_log(store).len());
    let accepted = accept(&format!("customer-{NUMBER}"), &second.link).await;
    let written = census::between(&before, &census::count(store).await);
    for db in [db, relationship] {
        db.close().await.expect("the store closes");
    }
    Role::ALL
        .into_iter()
        .rev()
        .for_each(|role| system.stop(role));
    log_values(store, "RESET log_statement").await;

    let id = |name: Option<String>| last(&name.expect("an invitation"));
    Captured {
        units: service_log::since(&services, &system),
        ran: Ran::read(&server_log(store)[server..]),
        written,
        invitation: id(second.invitation.map(|invitation| invitation.name)),
        acceptance: last(&accepted.name),
        open: id(open.invitation.map(|invitation| invitation.name)),
        partnership,
    }
}

/// To what a customer consents that accepts this link, or any other of the same kind.
pub(crate) async fn consent(programme: &Programme, link: &str) -> Consent {
    let shown = programme.inspect(&programme.adatum, link).await;
    let shown = shown.expect("the link is open");
    Consent {
        wording_id: shown.consent_wording_id,
        language: shown.consent_language,
    }
}

/// How many statements one CheckAccess runs, on either store.
pub(crate) async fn of_check_access() -> String {
    let mut counted = Vec::new();
    for store in [Store::sqlite(), Store::postgres().await] {
        let mut system = System::new(store);
        log_statements(&mut system, Role::Relationship);
        system.start(Role::Relationship).await;
        let mark = service_log::mark(&system);
        let mut client = AccessServiceClient::new(system.channel(Role::Relationship));
        let token = system.token(&Grant::service());
        client
            .check_access(with(&token, question(0)))
            .await
            .expect("an answer");
        system.stop(Role::Relationship);
        counted.push(service_log::counted(&service_log::since(&mark, &system)));
    }
    counted.dedup();
    counted.join(" / ")
}

/// How many statements each of these requests of Contoso runs, on either store.
pub(crate) async fn of_list_customers(requests: &[ListCustomersRequest]) -> String {
    let mut counted = Vec::new();
    for store in [Store::sqlite(), Store::postgres().await] {
        let mut system = System::new(store);
        log_statements(&mut system, Role::Relationship);
        for role in [
            Role::Directory,
            Role::Notification,
            Role::Relationship,
            Role::Gateway,
        ] {
            system.start(role).await;
        }
        let programme = Programme::of(&system);
        let reseller = PartnerKind::IndirectReseller;
        programme
            .enroll(&programme.contoso, "contoso", reseller)
            .await;
        let db = system.store().open(Role::Relationship.name()).await;
        delivered(&db).await;
        db.close().await.expect("the store closes");
        for request in requests {
            let mark = service_log::mark(&system);
            let mut relationships = programme.relationships.clone();
            relationships
                .list_customers(with(&programme.contoso, request.clone()))
                .await
                .expect("its own list");
            // what is logged of a call is there before its answer
            counted.push(service_log::counted(&service_log::since(&mark, &system)));
        }
        system.stop(Role::Relationship);
    }
    counted.dedup();
    counted.join(" / ")
}

/// The types of the parameters of every statement, as PostgreSQL takes them.
pub(crate) async fn kinds(store: &Store, units: &[Unit]) -> BTreeMap<(Role, String), Vec<String>> {
    let mut kinds = BTreeMap::new();
    for service in OWNERS {
        let schema = store.schema(service.name()).expect("a store on PostgreSQL");
        let options: PgConnectOptions = store
            .url(service.name())
            .parse()
            .expect("the URL of a store");
        let mut connection = options
            .options([("search_path", schema)])
            .connect()
            .await
            .expect("PostgreSQL answers");
        for logged in units
            .iter()
            .filter(|unit| unit.service == service)
            .flat_map(|unit| &unit.statements)
        {
            let sql = AssertSqlSafe(logged.sql.clone()).into_sql_str();
            let prepared = connection
                .prepare(sql)
                .await
                .expect("the statement can be prepared");
            let names = match prepared.parameters() {
                Some(Either::Left(types)) => {
                    types.iter().map(|kind| kind.name().to_owned()).collect()
                }
                _ => Vec::new(),
            };
            kinds.insert((service, logged.sql.clone()), names);
        }
    }
    kinds
}

/// Waits until every fact of a service has arrived. `db` is that service's.
pub(crate) async fn delivered(db: &Db) {
    eventually(
        "the facts to be delivered",
        Duration::from_secs(60),
        || async {
            outbox::idle(db)
                .await
                .expect("the store answers")
                .then_some(())
        },
    )
    .await;
}

/// Waits until every change is numbered for those who watch. `db` is the relationship service's.
pub(crate) async fn numbered(db: &Db) {
    let waiting = "SELECT 1 FROM change WHERE number IS NULL LIMIT 1";
    eventually(
        "the changes to be numbered",
        Duration::from_secs(60),
        || async {
            let waiting = Statement::from_string(db.backend(), waiting);
            let found = db.reader().query_one_raw(waiting).await;
            found.expect("the store answers").is_none().then_some(())
        },
    )
    .await;
}

fn log_statements(system: &mut System, role: Role) {
    for flag in service_log::FLAGS {
        system.option(role, flag);
    }
}

/// Whether PostgreSQL logs what sessions of this role begin to run from now on.
async fn log_values(store: &Store, setting: &str) {
    if store.backend() == DbBackend::Postgres {
        let db = store.open(Role::Invitation.name()).await;
        db.reader()
            .execute_unprepared(&format!("ALTER ROLE CURRENT_USER {setting}"))
            .await
            .expect(
                "the role may have its statements logged, as where tests/run started the server",
            );
        db.close().await.expect("the store closes");
    }
}

fn server_log(store: &Store) -> String {
    match store.backend() {
        DbBackend::Postgres => {
            let log = std::fs::read(server_log::path()).expect("the server's log is readable");
            String::from_utf8_lossy(&log).into_owned()
        }
        _ => String::new(),
    }
}

fn last(name: &str) -> String {
    name.rsplit('/').next().unwrap_or_default().to_owned()
}

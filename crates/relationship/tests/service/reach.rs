//! ListAccess: who can reach whom, by what, in both directions, and what outlives a relationship.

use std::collections::BTreeSet;
use std::time::Duration;

use proto::relationship::v1::*;
use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use tests::{Store, on_both_stores, with};
use tonic::Status;

use crate::fields::fields;
use crate::support::{Service, outcome};

on_both_stores!(
    both_sides_see_who_reaches_whom,
    who_was_invited_again_is_told_once,
    only_its_end_takes_a_residual_privilege_out,
    pages_are_complete,
    what_was_never_visible_is_not_told,
    a_list_asks_for_what_there_can_be,
);

/// So many that what tells of them does not fit into the buffers between the service and who does
/// not listen.
pub(crate) const MANY: u32 = 20_000;

const ANY: AccessBasis = AccessBasis::Unspecified;
const RELATED: AccessBasis = AccessBasis::Relationship;
const RESIDUAL: AccessBasis = AccessBasis::ResidualPrivileges;

impl Service {
    /// The access listed, as an operator sees it.
    pub(crate) async fn reaches(&self, parent: &str, basis: AccessBasis) -> Vec<AccessEntry> {
        let request = ListAccessRequest {
            parent: parent.to_owned(),
            basis: basis.into(),
            page_size: 500,
            ..Default::default()
        };
        self.reaches_as(&self.operator(), request).await.unwrap()
    }

    /// All pages of a list, each of them no longer than asked for.
    async fn reaches_as(
        &self,
        token: &str,
        mut request: ListAccessRequest,
    ) -> Result<Vec<AccessEntry>, Status> {
        let mut entries = Vec::new();
        loop {
            let mut client = self.access();
            let page = client.list_access(with(token, request.clone())).await?;
            let page = page.into_inner();
            let size = usize::try_from(request.page_size).unwrap();
            assert!(size == 0 || page.entries.len() <= size);
            entries.extend(page.entries);
            if page.next_page_token.is_empty() {
                return Ok(entries);
            }
            request.page_token = page.next_page_token;
        }
    }

    /// The names of a partner's active relationships, the newest first.
    pub(crate) async fn active(&self, partner: &str) -> Vec<String> {
        let entries = self.reaches(&format!("partners/{partner}"), RELATED).await;
        entries.into_iter().map(|one| one.relationship).collect()
    }
}

fn names(entries: &[AccessEntry]) -> Vec<&str> {
    let names = entries.iter().map(|one| one.relationship.as_str());
    names.collect()
}

/// R39: relationships with their privileges, and privileges that outlived one, with their age; the
/// newest first.
async fn both_sides_see_who_reaches_whom(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let [ours, theirs] = service
        .established(&service.joint("adatum", &partnership))
        .await
        .try_into()
        .unwrap();
    let mut ending = service.solo("tailspin");
    ending.privilege_lifetime_days = 30;
    let [other] = service.established(&ending).await.try_into().unwrap();
    service.remove(&ours).await.unwrap();
    let [of_tailspin, of_adatum] = service.privileges("contoso").await.try_into().unwrap();
    service.clock.advance(Duration::from_secs(3_600));

    let contoso = ListAccessRequest {
        parent: "partners/contoso".to_owned(),
        page_size: 1,
        ..Default::default()
    };
    for token in [service.agent("contoso"), service.outside()] {
        let listed = service.reaches_as(&token, contoso.clone()).await.unwrap();
        let [newest, residual] = listed.try_into().unwrap();
        assert_eq!(newest.relationship, other);
        assert_eq!(newest.partner, "partners/contoso");
        assert_eq!(newest.customer, "customers/tailspin");
        assert_eq!(newest.customer_display_name, "tailspin Inc");
        assert_eq!(
            (newest.basis(), newest.origin.as_str()),
            (RELATED, "invitation")
        );
        assert_eq!((newest.remove_time, newest.residual_age), (None, None));
        let expected = AccessPrivilege {
            privilege: of_tailspin.name.clone(),
            permissions: of_tailspin.permissions.clone(),
            grant_time: of_tailspin.grant_time,
            expire_time: of_tailspin.expire_time,
        };
        assert_eq!(newest.privileges, [expected]);
        assert!(newest.privileges[0].expire_time.is_some());
        assert_eq!(newest.privileges[0].permissions.len(), 4);

        assert_eq!(
            (residual.basis(), &residual.relationship),
            (RESIDUAL, &ours)
        );
        assert_eq!(residual.privileges[0].privilege, of_adatum.name);
        assert_eq!(residual.privileges[0].expire_time, None);
        assert!(residual.remove_time.is_some());
        let age = residual.residual_age.unwrap().seconds;
        assert!((3_600..3_700).contains(&age), "{age} s");
    }
    // the reverse, and one of the two bases alone
    let adatum = ListAccessRequest {
        parent: "customers/adatum".to_owned(),
        ..Default::default()
    };
    let token = service.admin("adatum");
    let listed = service.reaches_as(&token, adatum.clone()).await.unwrap();
    let listed: BTreeSet<_> = names(&listed).into_iter().map(str::to_owned).collect();
    assert_eq!(listed, BTreeSet::from([ours.clone(), theirs.clone()]));
    for (parent, basis, expected) in [
        ("customers/adatum", RELATED, vec![&*theirs]),
        ("customers/adatum", RESIDUAL, vec![&*ours]),
        ("partners/contoso", RELATED, vec![&*other]),
        ("partners/contoso", RESIDUAL, vec![&*ours]),
        ("partners/fabrikam", ANY, vec![&*theirs]),
        ("partners/fabrikam", RESIDUAL, vec![]),
    ] {
        assert_eq!(names(&service.reaches(parent, basis).await), expected);
    }
    for (counterpart, expected) in [
        ("partners/contoso", vec![&*ours]),
        ("partners/fabrikam", vec![&*theirs]),
        ("partners/nobody", vec![]),
    ] {
        let request = ListAccessRequest {
            counterpart: counterpart.to_owned(),
            ..adatum.clone()
        };
        let listed = service.reaches_as(&token, request).await.unwrap();
        assert_eq!(names(&listed), expected);
    }
}

/// R39, R43: of two who were connected more than once the last relationship tells it, with every
/// privilege that stands.
async fn who_was_invited_again_is_told_once(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let mut last = String::new();
    for _ in 0..3 {
        [last] = service
            .established(&service.solo("adatum"))
            .await
            .try_into()
            .unwrap();
        for parent in ["partners/contoso", "customers/adatum"] {
            assert_eq!(names(&service.reaches(parent, ANY).await), [&*last]);
            assert_eq!(names(&service.reaches(parent, RELATED).await), [&*last]);
            assert!(service.reaches(parent, RESIDUAL).await.is_empty());
        }
        service.remove(&last).await.unwrap();
        for parent in ["partners/contoso", "customers/adatum"] {
            assert_eq!(names(&service.reaches(parent, ANY).await), [&*last]);
            assert_eq!(names(&service.reaches(parent, RESIDUAL).await), [&*last]);
            assert!(service.reaches(parent, RELATED).await.is_empty());
        }
    }
    let [residual] = service
        .reaches("partners/contoso", ANY)
        .await
        .try_into()
        .unwrap();
    assert_eq!(residual.privileges.len(), 1, "each acceptance found it");
    assert_eq!(residual.relationship, last);
}

/// R39: a residual privilege ends by TerminateDelegatedPrivilege or by its expiry, and by nothing
/// else.
async fn only_its_end_takes_a_residual_privilege_out(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let mut ending = service.solo("tailspin");
    ending.privilege_lifetime_days = 1;
    for acceptance in [service.solo("adatum"), ending] {
        let [relationship] = service.established(&acceptance).await.try_into().unwrap();
        service.remove(&relationship).await.unwrap();
    }
    service.suspend("contoso").await.unwrap();
    let residual = async || {
        let listed = service.reaches("partners/contoso", RESIDUAL).await;
        let customers = listed.into_iter().map(|one| one.customer);
        customers.collect::<Vec<_>>()
    };
    assert_eq!(residual().await, ["customers/tailspin", "customers/adatum"]);
    service.clock.advance(Duration::from_secs(24 * 3_600));
    assert_eq!(residual().await, ["customers/adatum"]);
    let privilege = &service.privileges("contoso").await[1].name;
    let adatum = service.admin("adatum");
    service.terminate(&adatum, privilege).await.unwrap();
    assert_eq!(residual().await, [""; 0]);
}

/// Every entry is on one page, whatever the page's size, and however many relationships tell
/// nothing between them.
async fn pages_are_complete(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    fill(&service, 1_300).await;
    for (basis, expected) in [(ANY, 1_040), (RELATED, 910), (RESIDUAL, 130)] {
        for page_size in [500, 90] {
            let request = ListAccessRequest {
                parent: "partners/contoso".to_owned(),
                basis: basis.into(),
                page_size,
                ..Default::default()
            };
            let token = service.agent("contoso");
            let listed = service.reaches_as(&token, request).await.unwrap();
            let times: Vec<_> = listed
                .iter()
                .map(|one| one.establish_time.unwrap().seconds)
                .collect();
            assert!(times.is_sorted_by(|a, b| a > b), "the newest first");
            assert_eq!(listed.len(), expected, "{basis:?} by {page_size}");
            let distinct: BTreeSet<_> = listed.iter().map(|one| &one.customer).collect();
            assert_eq!(distinct.len(), expected);
        }
    }
}

/// R6: what a partner has whose enrolment was never active is not there, for nobody.
async fn what_was_never_visible_is_not_told(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    service.established(&service.solo("adatum")).await;
    execute(&service, "UPDATE partner SET activate_time = NULL").await;
    for parent in ["partners/contoso", "customers/adatum"] {
        assert!(service.reaches(parent, ANY).await.is_empty());
    }
    let mut all = service.watch(&service.outside(), "", "").await.unwrap();
    assert!(all.present().await.is_empty());
}

async fn a_list_asks_for_what_there_can_be(store: Store) {
    let service = Service::start(&store).await;
    let list = async |request: ListAccessRequest| {
        let mut client = service.access();
        client.list_access(with(&service.operator(), request)).await
    };
    let contoso = || ListAccessRequest {
        parent: "partners/contoso".to_owned(),
        ..Default::default()
    };
    for (field, request) in [
        ("parent", ListAccessRequest::default()),
        (
            "counterpart",
            ListAccessRequest {
                counterpart: "partners/fabrikam".to_owned(),
                ..contoso()
            },
        ),
        (
            "basis",
            ListAccessRequest {
                basis: 999,
                ..contoso()
            },
        ),
        (
            "page_size",
            ListAccessRequest {
                page_size: -1,
                ..contoso()
            },
        ),
        (
            "page_token",
            ListAccessRequest {
                page_token: "x".to_owned(),
                ..contoso()
            },
        ),
    ] {
        assert_eq!(fields(list(request).await), [field]);
    }
    assert_eq!(outcome(&list(contoso()).await), "OK");
}

/// Contoso with so many customers, each a second newer than the one before. Of ten: seven have a
/// relationship, some of them with a privilege, one has a privilege alone, two have nothing any
/// more.
pub(crate) async fn fill(service: &Service, count: u32) {
    let (id, key) = match service.db.backend() {
        DbBackend::Postgres => ("lpad(to_hex(n), 32, '0')::uuid", "''::bytea"),
        _ => ("unhex(printf('%032x', n))", "x''"),
    };
    let numbers = format!(
        "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})"
    );
    let removed = |kept: &str| format!("CASE WHEN n % 10 < 3 THEN {kept} ELSE NULL END");
    let (time, text) = (removed("CAST(n AS BIGINT) * 1000000 + 1"), removed("'x'"));
    let statements = [
        format!(
            "{numbers} INSERT INTO account (id, display_name, country, domain, opened_by, create_time)
             SELECT 'c' || n, 'C', 'BR', 'c.example', {id}, n FROM numbers"
        ),
        format!(
            "{numbers} INSERT INTO relationship
               (id, partner, partner_kind, customer, state, origin, establish_time, remove_time, remove_issuer,
                remove_subject, wording_id, wording_language, wording_text_sha256, name_key, domain_key, version)
             SELECT {id}, 'contoso', 'INDIRECT_RESELLER', 'c' || n,
               CASE WHEN n % 10 < 3 THEN 'REMOVED' ELSE 'ACTIVE' END, 'import', CAST(n AS BIGINT) * 1000000, {time}, {text}, {text},
               {text}, {text}, {text}, {key}, {key}, 1 FROM numbers"
        ),
        format!(
            "{numbers} INSERT INTO privilege (id, partner, customer, areas, state, grant_time, version)
             SELECT {id}, 'contoso', 'c' || n, 15, CASE WHEN n % 10 = 1 THEN 'TERMINATED' ELSE 'ACTIVE' END, n, 1
             FROM numbers WHERE n % 10 IN (0, 1, 5)"
        ),
    ];
    for statement in statements {
        execute(service, &statement).await;
    }
}

/// Writes beside the service.
pub(crate) async fn execute(service: &Service, sql: &str) {
    let sql = sql.to_owned();
    let executed: Result<(), DbErr> = service
        .db
        .transaction(move |tx| Box::pin(async move { tx.execute_unprepared(&sql).await.map(drop) }))
        .await;
    executed.unwrap();
}

//! What an import left, checked customer by customer: nothing more, nothing less, nothing twice.
//!
//! Through the lists as the partner sees them, and in the tables themselves.

use proto::relationship::v1::{
    Customer, EnrollmentImport, ImportState, ListCustomersRequest, ListCustomersResponse, Partner,
    PartnerState,
};
use sea_orm::DbBackend;
use tests::{Programme, Role, Store, System, with};

use crate::existing::{PORTALS, Reseller};
use crate::{census, say};

/// The largest page that there is.
const PAGE: i32 = 500;

/// Checks the import of this reseller's customers into a new store.
pub(crate) async fn check(
    system: &System,
    programme: &Programme,
    reseller: Reseller,
    (partner, import): (&Partner, &EnrollmentImport),
) {
    let all = i64::try_from(reseller.customers).expect("a count");
    assert_eq!(partner.state(), PartnerState::Active);
    assert_eq!(import.state(), ImportState::Complete);
    let counts = (
        import.imported_count,
        import.kept_count,
        import.skipped_count,
    );
    assert_eq!(counts, (all, 0, 0), "imported, kept, skipped");
    assert!(import.skipped.is_empty());

    every_customer_once(system, programme, reseller).await;
    tables(system.store(), all).await;
    say(format!(
        "exact: {all} customers in the pages of the list, each once, with an account, a relationship and a privilege each; none kept, none skipped"
    ));
}

async fn every_customer_once(system: &System, programme: &Programme, reseller: Reseller) {
    let token = reseller.token(system);
    let mut seen = vec![false; reseller.customers];
    let mut page_token = String::new();
    loop {
        let page = page(programme, &token, reseller.id, page_token).await;
        for customer in &page.customers {
            let number = number(reseller, customer);
            assert!(!seen[number], "{} is listed twice", customer.name);
            seen[number] = true;
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let missing = seen.iter().filter(|seen| !**seen).count();
    assert_eq!(missing, 0, "customers missing from the list");
}

/// Which of the reseller's customers this is; it must say what the portals said.
fn number(reseller: Reseller, customer: &Customer) -> usize {
    let id = customer.customer.strip_prefix("customers/");
    let number = id.and_then(|id| id.rsplit_once('-')?.1.parse().ok());
    let number: usize = number.unwrap_or_else(|| panic!("a stranger: {customer:?}"));
    assert!(number < reseller.customers, "a stranger: {customer:?}");
    assert_eq!(id, Some(reseller.customer(number).as_str()));
    assert_eq!(customer.display_name, reseller.display_name(number));
    assert_eq!(customer.domain, reseller.domain(number));
    assert_eq!(customer.country, "BR");
    number
}

async fn page(
    programme: &Programme,
    token: &str,
    partner: &str,
    page_token: String,
) -> ListCustomersResponse {
    let request = ListCustomersRequest {
        parent: format!("partners/{partner}"),
        page_size: PAGE,
        page_token,
        ..Default::default()
    };
    let mut relationships = programme.relationships.clone();
    let answer = relationships.list_customers(with(token, request)).await;
    answer.expect("its own list").into_inner()
}

async fn tables(store: &Store, all: i64) {
    let count = async |sql: &str| census::number(store, Role::Relationship, sql).await;
    for (table, active) in [
        ("account", ""),
        ("relationship", " WHERE state = 'ACTIVE'"),
        ("privilege", " WHERE state = 'ACTIVE'"),
    ] {
        let every = count(&format!("SELECT COUNT(*) FROM {table}")).await;
        assert_eq!(every, all, "rows of {table}");
        let active = count(&format!("SELECT COUNT(*) FROM {table}{active}")).await;
        assert_eq!(active, all, "active rows of {table}");
    }
    let everything = "SELECT COUNT(*) FROM (SELECT customer FROM privilege WHERE areas = 15 GROUP BY customer) AS each_once";
    assert_eq!(count(everything).await, all, "customers with a privilege");
    let skipped = "SELECT COUNT(*) FROM skipped_record";
    assert_eq!(count(skipped).await, 0, "records skipped");
    let mut of_portals = 0;
    for portal in PORTALS {
        let sql = format!("SELECT COUNT(*) FROM relationship WHERE portal = '{portal}'");
        let of_portal = count(&sql).await;
        assert!(of_portal > 0, "customers of {portal}");
        of_portals += of_portal;
    }
    assert_eq!(of_portals, all, "relationships that say their portal");
    if store.backend() == DbBackend::Sqlite {
        let broken = "SELECT COUNT(*) FROM pragma_foreign_key_check";
        assert_eq!(count(broken).await, 0, "references that lead nowhere");
    }
}

//! ListCustomers: exactly the partner's own, searched by the beginning of a name or domain.

use proto::customer::v1::Permission;
use proto::relationship::internal::v1::{DecideAcceptanceRequest, NewAccount};
use proto::relationship::v1::*;
use sea_orm::ConnectionTrait;
use tests::{Store, on_both_stores, with};
use tonic::Status;

use crate::support::Service;
use crate::world::RESELLER;

on_both_stores!(
    exactly_its_own,
    not_before_and_at_once_after_the_acceptance,
    nothing_before_the_partner_takes_part,
    by_the_beginning_of_name_or_domain,
    page_by_page_in_either_order,
);

async fn search(
    service: &Service,
    request: ListCustomersRequest,
) -> Result<ListCustomersResponse, Status> {
    let request = ListCustomersRequest {
        parent: "partners/contoso".to_owned(),
        ..request
    };
    let token = service.agent("contoso");
    let answer = service
        .relationships()
        .list_customers(with(&token, request))
        .await?;
    Ok(answer.into_inner())
}

/// Lets a customer accept contoso under this name and domain.
async fn accepted(service: &Service, customer: &str, display_name: &str, domain: &str) {
    let account = NewAccount {
        display_name: display_name.to_owned(),
        country: "BR".to_owned(),
        domain: domain.to_owned(),
    };
    let message = DecideAcceptanceRequest {
        account: Some(account),
        ..service.solo(customer)
    };
    service.established(&message).await;
}

/// R8: a partner lists exactly its own customers, newest relationship first, each with what its
/// account shows.
async fn exactly_its_own(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    service.enrolled("northwind", RESELLER).await;
    service.established(&service.solo("adatum")).await;
    let relationships = service
        .established(&service.joint("tailspin", &partnership))
        .await;
    let mut other = service.solo("wingtip");
    other.reseller = "partners/northwind".to_owned();
    other.invitation = other.invitation.replace("contoso", "northwind");
    service.established(&other).await;

    assert_eq!(
        service.customers("contoso").await,
        ["customers/tailspin", "customers/adatum"]
    );
    assert_eq!(service.customers("fabrikam").await, ["customers/tailspin"]);
    assert_eq!(service.customers("northwind").await, ["customers/wingtip"]);

    let page = search(&service, ListCustomersRequest::default())
        .await
        .unwrap();
    let tailspin = &page.customers[0];
    assert_eq!(tailspin.name, "partners/contoso/customers/tailspin");
    assert_eq!(tailspin.customer, "customers/tailspin");
    assert_eq!(
        (tailspin.display_name.as_str(), tailspin.country.as_str()),
        ("tailspin Inc", "BR")
    );
    assert_eq!(
        (&tailspin.domain, &tailspin.relationship),
        (&"tailspin.example".to_owned(), &relationships[0])
    );
    assert!(tailspin.establish_time.is_some());
    service.remove(&relationships[0]).await.unwrap();
    assert_eq!(service.customers("contoso").await, ["customers/adatum"]);
    assert_eq!(service.customers("fabrikam").await, ["customers/tailspin"]);
}

/// R11, R21: not listed before the acceptance is decided; in every list that is asked for after the
/// answer.
async fn not_before_and_at_once_after_the_acceptance(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    for number in 0..20 {
        let customer = format!("customer-{number}");
        let listed = format!("customers/{customer}");
        for partner in ["contoso", "fabrikam"] {
            assert!(!service.customers(partner).await.contains(&listed));
        }
        service
            .established(&service.joint(&customer, &partnership))
            .await;
        for partner in ["contoso", "fabrikam"] {
            assert_eq!(service.customers(partner).await[0], listed);
        }
    }
}

/// R6: what a partner was given while it is pending or failed is nowhere to be seen; once it takes
/// part, everywhere.
async fn nothing_before_the_partner_takes_part(store: Store) {
    let service = Service::start(&store).await;
    service.enrolled("contoso", RESELLER).await;
    let [relationship] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    let [privilege] = service.privileges("contoso").await.try_into().unwrap();
    service.enroll("northwind", RESELLER).await.unwrap();
    // as an import would: another partner's rows become those of a partner that is pending
    let hand_over = ["relationship", "privilege"]
        .map(|table| format!("UPDATE {table} SET partner = 'northwind'"))
        .join("; ");
    let handed_over: Result<(), sea_orm::DbErr> = service
        .db
        .transaction(move |tx| {
            Box::pin(async move { tx.execute_unprepared(&hand_over).await.map(drop) })
        })
        .await;
    handed_over.unwrap();
    let relationship = relationship.replace("contoso", "northwind");
    let privilege = privilege.name.replace("contoso", "northwind");

    let seen = async || {
        let agent = service.agent("northwind");
        let customer = service.admin("adatum");
        let relationships = async |token: &str, parent: &str| {
            let message = ListRelationshipsRequest {
                parent: parent.to_owned(),
                ..Default::default()
            };
            let answer = service
                .relationships()
                .list_relationships(with(token, message))
                .await;
            answer.unwrap().into_inner().relationships.len()
        };
        let privileges = async |token: &str, parent: &str| {
            let message = ListDelegatedPrivilegesRequest {
                parent: parent.to_owned(),
                ..Default::default()
            };
            let mut client = service.relationships();
            let answer = client.list_delegated_privileges(with(token, message)).await;
            answer.unwrap().into_inner().privileges.len()
        };
        let get = GetRelationshipRequest {
            name: relationship.clone(),
        };
        let get = service
            .relationships()
            .get_relationship(with(&agent, get))
            .await;
        let prefixed = ListCustomersRequest {
            parent: "partners/northwind".to_owned(),
            name_prefix: "a".to_owned(),
            ..Default::default()
        };
        let found = service
            .relationships()
            .list_customers(with(&agent, prefixed))
            .await
            .unwrap();
        let view = service
            .check("northwind", "adatum", Permission::ViewRecord)
            .await;
        [
            service.customers("northwind").await.len(),
            found.into_inner().customers.len(),
            relationships(&agent, "partners/northwind").await,
            relationships(&customer, "customers/adatum").await,
            privileges(&agent, "partners/northwind").await,
            privileges(&customer, "customers/adatum").await,
            usize::from(get.is_ok()),
            usize::from(!view.relationship.is_empty() && view.allowed),
        ]
    };
    assert_eq!(seen().await, [0; 8]);
    service
        .decide("northwind", EnrollmentDecision::Reject)
        .await
        .unwrap();
    assert_eq!(seen().await, [0; 8]);
    let status = service
        .terminate(&service.agent("northwind"), &privilege)
        .await
        .unwrap_err();
    assert_eq!(crate::support::reason(&status), "NOT_FOUND");
    let status = service.remove(&relationship).await.unwrap_err();
    assert_eq!(crate::support::reason(&status), "NOT_FOUND");
    // an import would forget what is there and begin anew: only that the partner takes part makes
    // the difference
    let takes_part =
        "UPDATE partner SET state = 'ACTIVE', activate_time = 1 WHERE id = 'northwind'";
    let activated: Result<(), sea_orm::DbErr> = service
        .db
        .transaction(move |tx| {
            Box::pin(async move { tx.execute_unprepared(takes_part).await.map(drop) })
        })
        .await;
    activated.unwrap();
    assert_eq!(seen().await, [1; 8]);
}

/// R8: case and accents do not count, nothing is a wildcard, and what does not begin so is not
/// found.
async fn by_the_beginning_of_name_or_domain(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    for (customer, display_name, domain) in [
        ("c1", "Ação Ltda", "acao.example"),
        ("c2", "ACAO Comércio", "zebra.example"),
        ("c3", "Açúcar", "acucar.example"),
        ("c4", "100% Legal", "legal.example"),
        ("c5", "100 Anos", "Acao-Norte.EXAMPLE"),
        ("c6", "e\u{301}toile 👩‍👩‍👧", "etoile.example"),
        ("c7", "' OR 1=1 --", "xn--bcher-kva.example"),
    ] {
        accepted(&service, customer, display_name, domain).await;
    }
    let found = async |name: &str, domain: &str| {
        let (name_prefix, domain_prefix) = (name.to_owned(), domain.to_owned());
        let request = ListCustomersRequest {
            name_prefix,
            domain_prefix,
            ..Default::default()
        };
        let page = search(&service, request).await.unwrap();
        let found: Vec<_> = page
            .customers
            .iter()
            .map(|one| one.customer.trim_start_matches("customers/"))
            .collect();
        found.join(" ")
    };
    assert_eq!(found("acao", "").await, "c2 c1");
    assert_eq!(found("AÇÃO L", "").await, "c1");
    assert_eq!(found("aç", "").await, "c2 c1 c3");
    assert_eq!(found("100", "").await, "c5 c4");
    assert_eq!(found("100%", "").await, "c4");
    assert_eq!(found("\u{c9}TOILE", "").await, "c6");
    assert_eq!(found("' or 1=1", "").await, "c7");
    for nothing in ["cao", "%", "_", "acao ltda.", "b"] {
        assert_eq!(found(nothing, "").await, "", "{nothing}");
    }
    assert_eq!(found("", "acao").await, "c5 c1");
    assert_eq!(found("", "ACAO.").await, "c1");
    assert_eq!(found("", "xn--").await, "c7");
    assert_eq!(found("", "example").await, "");
}

/// R8: every page goes on where the one before ended, whatever comes or goes in between.
async fn page_by_page_in_either_order(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    for number in 0..7 {
        let customer = format!("c{number}");
        accepted(
            &service,
            &customer,
            &format!("Same {}", number / 2),
            &format!("{customer}.example"),
        )
        .await;
    }
    for (name_prefix, expected) in [
        ("", "c6 c5 c4 c3 c2 c1 c0"),
        ("same", "c0 c1 c2 c3 c4 c5 c6"),
    ] {
        let (mut listed, mut page_token, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let name_prefix = name_prefix.to_owned();
            let request = ListCustomersRequest {
                name_prefix,
                page_size: 3,
                page_token,
                ..Default::default()
            };
            let page = search(&service, request).await.unwrap();
            let names = page.customers.into_iter().map(|one| one.customer);
            listed.extend(names.map(|name| name.trim_start_matches("customers/").to_owned()));
            (page_token, pages) = (page.next_page_token, pages + 1);
            if page_token.is_empty() {
                break;
            }
        }
        if !name_prefix.is_empty() {
            // of the same name in the order of ids, which are made in the order of time
            listed.sort();
        }
        assert_eq!((listed.join(" ").as_str(), pages), (expected, 3));
    }

    let first = ListCustomersRequest {
        page_size: 3,
        ..Default::default()
    };
    let page = search(&service, first).await.unwrap();
    accepted(&service, "newer", "Newer", "newer.example").await;
    service
        .remove(&page.customers[2].relationship)
        .await
        .unwrap();
    let next = ListCustomersRequest {
        page_size: 3,
        page_token: page.next_page_token,
        ..Default::default()
    };
    let rest = search(&service, next).await.unwrap();
    let rest: Vec<_> = rest.customers.into_iter().map(|one| one.customer).collect();
    assert_eq!(rest, ["customers/c3", "customers/c2", "customers/c1"]);
}

//! Accounts: opened by the first acceptance, and never changed by a later one.

use proto::relationship::internal::v1::{DecideAcceptanceRequest, HasAccountRequest, NewAccount};
use proto::relationship::v1::*;
use tests::{Store, on_both_stores, refused, with};
use tonic::Code;

use crate::support::{Service, reason};

on_both_stores!(
    who_opens_the_account_first_wins,
    an_acceptance_without_data_needs_an_account,
    the_customer_and_operators_read_it,
);

/// R2, R11: the first acceptance opens the account; what later ones bring is ignored.
async fn who_opens_the_account_first_wins(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    service.established(&service.solo("adatum")).await;
    let mut later = service.joint("adatum", &partnership);
    later.account = Some(NewAccount {
        display_name: "Impostor".to_owned(),
        country: "US".to_owned(),
        domain: "impostor.example".to_owned(),
    });
    service.established(&later).await;
    for partner in ["contoso", "fabrikam"] {
        let parent = format!("partners/{partner}");
        for (name_prefix, found) in [("adatum", 1), ("impostor", 0)] {
            let message = ListCustomersRequest {
                parent: parent.clone(),
                name_prefix: name_prefix.to_owned(),
                ..Default::default()
            };
            let token = service.agent(partner);
            let page = service
                .relationships()
                .list_customers(with(&token, message))
                .await
                .unwrap();
            let customers = page.into_inner().customers;
            assert_eq!(customers.len(), found, "{partner} {name_prefix}");
            assert!(customers.iter().all(|one| one.display_name == "adatum Inc"));
            assert!(
                customers
                    .iter()
                    .all(|one| one.country == "BR" && one.domain == "adatum.example")
            );
        }
    }
}

/// R2: acting needs an account: without data to open one, there must be one, and nothing is decided
/// otherwise.
async fn an_acceptance_without_data_needs_an_account(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let first = service.joint("adatum", &partnership);
    let without = DecideAcceptanceRequest {
        account: None,
        ..first.clone()
    };
    let status = service.establish(&without).await.unwrap_err();
    assert_eq!(
        (status.code(), refused(&status).fields),
        (Code::InvalidArgument, vec!["account".to_owned()])
    );
    for table in ["decision", "account", "relationship"] {
        assert_eq!(service.count(table).await, 0, "{table}");
    }
    service.established(&first).await;
    let message = HasAccountRequest {
        customer: "customers/adatum".to_owned(),
    };
    let found = service
        .internal()
        .has_account(with(&service.admin("adatum"), message))
        .await;
    assert!(found.unwrap().into_inner().exists);
    let again = DecideAcceptanceRequest {
        account: None,
        ..service.solo("adatum")
    };
    service.established(&again).await;
}

/// R2: a customer reads its own account once it has one, an operator anybody's, a partner none
/// here.
async fn the_customer_and_operators_read_it(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let read = async |token: String, name: &str| {
        let message = GetAccountRequest {
            name: name.to_owned(),
        };
        let answer = service
            .relationships()
            .get_account(with(&token, message))
            .await;
        answer.map(|answer| answer.into_inner().account.unwrap())
    };
    let adatum = "customers/adatum";
    let before = read(service.admin("adatum"), adatum).await.unwrap_err();
    assert_eq!(reason(&before), "NOT_FOUND");
    service.established(&service.solo("adatum")).await;
    for token in [service.admin("adatum"), service.operator()] {
        let account = read(token, adatum).await.unwrap();
        let shown = [
            &account.name,
            &account.display_name,
            &account.country,
            &account.domain,
        ];
        assert_eq!(shown, [adatum, "adatum Inc", "BR", "adatum.example"]);
        assert_eq!(account.etag, "1");
    }
    let other = read(service.admin("tailspin"), adatum).await.unwrap_err();
    assert_eq!(reason(&other), "NOT_FOUND");
    let partner = read(service.agent("contoso"), adatum).await.unwrap_err();
    assert_eq!(reason(&partner), "CALLER_NOT_ALLOWED");
    let malformed = read(service.operator(), "customers/").await.unwrap_err();
    assert_eq!(reason(&malformed), "INVALID_FIELDS");
}

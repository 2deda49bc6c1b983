//! What no acceptance can be: refused, with every field that is wrong, and nothing is decided.

use proto::relationship::internal::v1::{ActingUser, EstablishRequest, NewAccount};
use tests::{Store, on_both_stores};

use crate::fields::fields;
use crate::support::Service;

on_both_stores!(each_malformed_field_is_named);

async fn each_malformed_field_is_named(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let good = || service.joint("adatum", &partnership);
    let account = |change: fn(&mut NewAccount)| {
        let mut account = good().account.unwrap();
        change(&mut account);
        EstablishRequest {
            account: Some(account),
            ..good()
        }
    };
    let of = |text: &str| text.to_owned();
    let cases = [
        (
            EstablishRequest {
                acceptance_id: of("1"),
                ..good()
            },
            "acceptance_id",
        ),
        (
            EstablishRequest {
                invitation: of("invitations/1"),
                ..good()
            },
            "invitation",
        ),
        (
            EstablishRequest {
                customer: of("adatum"),
                ..good()
            },
            "customer",
        ),
        (
            EstablishRequest {
                customer: of("customers/contoso"),
                ..good()
            },
            "customer",
        ),
        (
            EstablishRequest {
                customer: of("customers/fabrikam"),
                ..good()
            },
            "customer",
        ),
        (
            EstablishRequest {
                reseller: of("partners/fabrikam"),
                ..good()
            },
            "reseller",
        ),
        (
            EstablishRequest {
                provider: of(""),
                ..good()
            },
            "provider",
        ),
        (
            EstablishRequest {
                partnership: of(""),
                ..good()
            },
            "partnership",
        ),
        (
            EstablishRequest {
                privilege_lifetime_days: -1,
                ..good()
            },
            "privilege_lifetime_days",
        ),
        (
            EstablishRequest {
                privilege_lifetime_days: 731,
                ..good()
            },
            "privilege_lifetime_days",
        ),
        (
            EstablishRequest {
                privilege_lifetime_days: i32::MAX,
                ..good()
            },
            "privilege_lifetime_days",
        ),
        (
            EstablishRequest {
                user: None,
                ..good()
            },
            "user",
        ),
        (
            EstablishRequest {
                user: Some(ActingUser::default()),
                ..good()
            },
            "user",
        ),
        (
            account(|account| account.display_name.clear()),
            "account.display_name",
        ),
        (
            account(|account| account.country = "br".to_owned()),
            "account.country",
        ),
        (
            account(|account| account.domain = "bücher.example".to_owned()),
            "account.domain",
        ),
        (
            account(|account| account.domain = "adatum".to_owned()),
            "account.domain",
        ),
    ];
    for (message, field) in cases {
        assert_eq!(
            fields(service.internal().establish(message.clone()).await),
            [field],
            "{message:?}"
        );
    }
    let nothing = service
        .internal()
        .establish(EstablishRequest::default())
        .await;
    let all = [
        "acceptance_id",
        "invitation",
        "customer",
        "reseller",
        "user",
    ];
    assert_eq!(fields(nothing), all);
    assert_eq!(service.count("decision").await, 0);
}

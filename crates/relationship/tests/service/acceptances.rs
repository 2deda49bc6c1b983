//! What no acceptance can be: refused, with every field that is wrong, and nothing is decided.

use proto::relationship::internal::v1::{ActingUser, DecideAcceptanceRequest, NewAccount};
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
        DecideAcceptanceRequest {
            account: Some(account),
            ..good()
        }
    };
    let of = |text: &str| text.to_owned();
    let cases = [
        (
            DecideAcceptanceRequest {
                acceptance_id: of("1"),
                ..good()
            },
            "acceptance_id",
        ),
        (
            DecideAcceptanceRequest {
                invitation: of("invitations/1"),
                ..good()
            },
            "invitation",
        ),
        (
            DecideAcceptanceRequest {
                customer: of("adatum"),
                ..good()
            },
            "customer",
        ),
        (
            DecideAcceptanceRequest {
                customer: of("customers/contoso"),
                ..good()
            },
            "customer",
        ),
        (
            DecideAcceptanceRequest {
                customer: of("customers/fabrikam"),
                ..good()
            },
            "customer",
        ),
        (
            DecideAcceptanceRequest {
                reseller: of("partners/fabrikam"),
                ..good()
            },
            "reseller",
        ),
        (
            DecideAcceptanceRequest {
                provider: of(""),
                ..good()
            },
            "provider",
        ),
        (
            DecideAcceptanceRequest {
                partnership: of(""),
                ..good()
            },
            "partnership",
        ),
        (
            DecideAcceptanceRequest {
                privilege_lifetime_days: -1,
                ..good()
            },
            "privilege_lifetime_days",
        ),
        (
            DecideAcceptanceRequest {
                privilege_lifetime_days: 731,
                ..good()
            },
            "privilege_lifetime_days",
        ),
        (
            DecideAcceptanceRequest {
                privilege_lifetime_days: i32::MAX,
                ..good()
            },
            "privilege_lifetime_days",
        ),
        (
            DecideAcceptanceRequest {
                user: None,
                ..good()
            },
            "user",
        ),
        (
            DecideAcceptanceRequest {
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
            fields(service.internal().decide_acceptance(message.clone()).await),
            [field],
            "{message:?}"
        );
    }
    let nothing = service
        .internal()
        .decide_acceptance(DecideAcceptanceRequest::default())
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

//! Page sizes and page tokens: what a list takes, and what it refuses.

use proto::relationship::v1::*;
use tests::{Store, on_both_stores, with};

use crate::fields::fields;
use crate::support::Service;

on_both_stores!(a_token_goes_on_in_its_own_list_only);

/// A page token works for the tenant, the list and the filters it was given for, unchanged.
async fn a_token_goes_on_in_its_own_list_only(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    for number in 0..3 {
        service
            .established(&service.solo(&format!("c{number}")))
            .await;
    }
    let list = async |token: &str, request: ListCustomersRequest| {
        let request = ListCustomersRequest {
            parent: "partners/contoso".to_owned(),
            ..request
        };
        service
            .relationships()
            .list_customers(with(token, request))
            .await
    };
    let agent = service.agent("contoso");
    let sized = |page_size| ListCustomersRequest {
        page_size,
        ..Default::default()
    };
    for negative in [-1, i32::MIN] {
        assert_eq!(fields(list(&agent, sized(negative)).await), ["page_size"]);
    }
    assert_eq!(
        list(&agent, sized(i32::MAX))
            .await
            .unwrap()
            .into_inner()
            .customers
            .len(),
        3
    );
    let page_token = list(&agent, sized(1))
        .await
        .unwrap()
        .into_inner()
        .next_page_token;
    let next = |page_token: &str| ListCustomersRequest {
        page_token: page_token.to_owned(),
        page_size: 2,
        ..Default::default()
    };
    assert_eq!(
        list(&agent, next(&page_token))
            .await
            .unwrap()
            .into_inner()
            .customers
            .len(),
        2
    );
    assert_eq!(
        list(&service.admin("contoso"), next(&page_token))
            .await
            .unwrap()
            .into_inner()
            .customers
            .len(),
        2
    );

    let mut altered = page_token.clone().into_bytes();
    altered[20] ^= 1;
    let altered = String::from_utf8(altered).unwrap();
    for bad in [
        &*altered,
        "x",
        "../../etc/passwd",
        &page_token[1..],
        &"A".repeat(100_000),
    ] {
        assert_eq!(fields(list(&agent, next(bad)).await), ["page_token"]);
    }
    assert_eq!(
        fields(list(&service.operator(), next(&page_token)).await),
        ["page_token"]
    );
    let filtered = ListCustomersRequest {
        name_prefix: "c".to_owned(),
        ..next(&page_token)
    };
    assert_eq!(fields(list(&agent, filtered).await), ["page_token"]);
    let parent = "partners/contoso".to_owned();
    let other = ListRelationshipsRequest {
        parent,
        page_token,
        ..Default::default()
    };
    let answer = service
        .relationships()
        .list_relationships(with(&agent, other))
        .await;
    assert_eq!(fields(answer), ["page_token"]);
}

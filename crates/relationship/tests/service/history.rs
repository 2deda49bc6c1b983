//! ListRelationships: the history that a partner and a customer have with each other.

use proto::relationship::v1::*;
use tests::{Store, on_both_stores, with};

use crate::support::{Service, outcome};

on_both_stores!(partner_and_customer_list_their_history);

/// R8: both sides read the same history, newest first, whole or by state or counterpart, page by
/// page.
async fn partner_and_customer_list_their_history(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let [first] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    service.remove(&first).await.unwrap();
    let [second, theirs] = service
        .established(&service.joint("adatum", &partnership))
        .await
        .try_into()
        .unwrap();
    let [other] = service
        .established(&service.solo("tailspin"))
        .await
        .try_into()
        .unwrap();

    let list = async |token: &str, parent: &str, counterpart: &str, state: RelationshipState| {
        let (mut listed, mut page_token) = (Vec::new(), String::new());
        loop {
            let message = ListRelationshipsRequest {
                parent: parent.to_owned(),
                counterpart: counterpart.to_owned(),
                state: state.into(),
                page_size: 1,
                page_token,
            };
            let page = service
                .relationships()
                .list_relationships(with(token, message))
                .await;
            let page = page.unwrap().into_inner();
            listed.extend(page.relationships.into_iter().map(|one| one.name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return listed;
            }
        }
    };
    let any = RelationshipState::Unspecified;
    let (active, removed) = (RelationshipState::Active, RelationshipState::Removed);
    for token in [service.agent("contoso"), service.operator()] {
        let parent = "partners/contoso";
        assert_eq!(
            list(&token, parent, "", any).await,
            [&*other, &*second, &*first]
        );
        assert_eq!(list(&token, parent, "", active).await, [&*other, &*second]);
        assert_eq!(list(&token, parent, "", removed).await, [&*first]);
        assert_eq!(
            list(&token, parent, "customers/adatum", any).await,
            [&*second, &*first]
        );
        assert_eq!(
            list(&token, parent, "customers/adatum", removed).await,
            [&*first]
        );
        assert_eq!(list(&token, parent, "customers/nobody", any).await, [""; 0]);
    }
    let (adatum, parent) = (service.admin("adatum"), "customers/adatum");
    // the two of one moment in the order of their ids
    let mut of_one_moment = list(&adatum, parent, "", active).await;
    of_one_moment.sort();
    assert_eq!(of_one_moment, [&*second, &*theirs]);
    assert_eq!(list(&adatum, parent, "", any).await.len(), 3);
    assert_eq!(
        list(&adatum, parent, "partners/contoso", any).await,
        [&*second, &*first]
    );
    assert_eq!(
        list(&adatum, parent, "partners/fabrikam", removed).await,
        [""; 0]
    );

    let foreign = ListRelationshipsRequest {
        parent: parent.to_owned(),
        ..Default::default()
    };
    let foreign = service
        .relationships()
        .list_relationships(with(&service.admin("tailspin"), foreign))
        .await;
    assert_eq!(outcome(&foreign), "NOT_FOUND");
}

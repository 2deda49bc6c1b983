//! The lists of a customer's answers on SQLite and PostgreSQL: whose they are, and what a page
//! costs.

use std::time::Duration;

use ::tests::{Store as TestStore, on_both_stores};
use platform::page::Query;
use sea_orm::QueryTrait;

use super::*;
use crate::domain::StateKind;
use crate::domain::samples::customer;
use crate::store::tests::fresh;
use crate::store::tests::many::{MANY, cost, seed};

on_both_stores!(answers_are_read_from_their_index);

/// P5: at 100,000 invitations a page of a customer's answers is a stretch of one index, in its
/// order, far down the list as at its beginning, and holds that customer's alone.
async fn answers_are_read_from_their_index(on: TestStore) {
    let (store, clock) = fresh(&on, MANY).await;
    let later = (clock.now() + Duration::from_secs(30 * 86_400)).micros();
    seed(&store, 100_000, &later.to_string()).await;
    let one = customer("customer-1");

    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let query = Query::new("customer-1", "ListAcceptances", &());
        let page = PageRequest::parse(500, &token, query).unwrap();
        let page = store.list_acceptances(&one, page).await.unwrap();
        seen.extend(page.items);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    let claims: Vec<_> = seen
        .iter()
        .map(|it| (it.acceptance().unwrap().claim.time, it.id))
        .collect();
    assert!(claims.is_sorted_by(|earlier, later| earlier > later));
    assert!(seen.iter().all(|it| it.customer() == Some(&one)));
    let kept = Entity::find()
        .filter(Column::Customer.eq(one.clone()))
        .filter(Column::State.is_in(["CLAIMED", "ACCEPTED", "VOID"]));
    let kept = kept.all(store.db.reader()).await.unwrap();
    assert_eq!((seen.len(), kept.len() > 500), (kept.len(), true));

    let query = Query::new("customer-2", "ListDeclinations", &());
    let page = PageRequest::parse(500, "", query).unwrap();
    let two = customer("customer-2");
    let declined = store.list_declinations(&two, page).await.unwrap().items;
    assert!(declined.len() > 50);
    let is_declined = |it: &Invitation| it.state_kind() == StateKind::Declined;
    assert!(declined.iter().all(is_declined));

    // as a parameter, the state would leave a prepared statement's plan without its index
    let sql = declined_newest(&two, None, 51)
        .build(store.db.backend())
        .sql;
    assert!(sql.contains("\"state\" = '"), "{sql}");
    let far_claim = claims[claims.len() / 2];
    let far = &declined[declined.len() / 2];
    let far_declination = (far.state_time(), far.id);
    for (first, later, index) in [
        (
            accepted_newest(&one, None, 51),
            accepted_newest(&one, Some(&far_claim), 51),
            "invitation_accepted_by",
        ),
        (
            declined_newest(&two, None, 51),
            declined_newest(&two, Some(&far_declination), 51),
            "invitation_declined_by",
        ),
    ] {
        let first = cost(&store, first, index).await;
        let later = cost(&store, later, index).await;
        assert!(
            first.abs_diff(later) * 4 <= first,
            "{index}: {first} at the beginning, {later} further on"
        );
    }
}

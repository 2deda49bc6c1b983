//! What is bound to a customer, on SQLite and PostgreSQL: against the rule itself, and what a page
//! costs.

use std::time::Duration;

use ::tests::{Store as TestStore, on_both_stores};
use platform::page::Query;
use vocabulary::email::EmailAddress;
use vocabulary::id::InvitationId;

use super::*;
use crate::domain::StateKind;
use crate::domain::samples::customer;
use crate::store::tests::fresh;
use crate::store::tests::many::{MANY, cost, seed};

on_both_stores!(
    what_is_bound_and_not_answered_by_others_is_listed,
    what_others_have_answered_costs_nothing,
);

fn holder(of: &str, email: Option<&str>) -> LinkHolder {
    LinkHolder {
        customer: customer(of),
        email: email.map(|email| EmailAddress::parse(email).unwrap()),
    }
}

/// The pages of a list, one after the other; the list must come to an end.
async fn pages(
    store: &Store,
    holder: &LinkHolder,
    filter: &Filter,
    size: i32,
) -> Vec<InvitationId> {
    let query = Query::new("adatum", "ListInvitations", &());
    let (mut listed, mut token) = (Vec::new(), String::new());
    for _ in 0..1000 {
        let page = PageRequest::parse(size, &token, query).unwrap();
        let page = store.list_bound(holder.clone(), filter.clone(), page);
        let page = page.await.unwrap();
        assert!(page.items.len() <= size as usize);
        listed.extend(page.items.iter().map(|invitation| invitation.id));
        token = page.next_page_token;
        if token.is_empty() {
            return listed;
        }
    }
    panic!("a list without an end: {filter:?}");
}

/// P6: for every holder, state and time, on pages of any size: what the rule says is bound to it
/// and no other customer has answered, newest first.
async fn what_is_bound_and_not_answered_by_others_is_listed(on: TestStore) {
    let (store, clock) = fresh(&on, MANY).await;
    let start = clock.now();
    let soon = (start + Duration::from_secs(3600)).micros();
    // every third of the open ones has expired, unrecorded
    let open_until = format!(
        "CASE WHEN i % 3 = 0 THEN {} ELSE {soon} END",
        start.micros()
    );
    seed(&store, 1600, &open_until).await;
    let rows = Entity::find().all(store.db.reader()).await.unwrap();
    let mut all: Vec<Invitation> = rows
        .into_iter()
        .map(|row| read(row).unwrap().seen_at(clock.now()))
        .collect();
    all.sort_by_key(|invitation| Reverse((invitation.create_time, invitation.id)));
    let (early, late) = (Some(all[1200].create_time), Some(all[300].create_time));

    let mut shown = 0;
    for holder in [
        holder("customer-8", None),
        holder("customer-8", Some("user@domain-8.example")),
        holder("customer-9", Some("user@domain-8.example")),
        holder("customer-15", Some("another@domain-15.example")),
        holder("customer-15", Some("user@domain-15.example")),
        holder("nobody", Some("user@nowhere.example")),
    ] {
        for state_kind in [
            None,
            Some(StateKind::Open),
            Some(StateKind::Expired),
            Some(StateKind::Accepted),
            Some(StateKind::Revoked),
        ] {
            for (created_from, created_before) in [(None, None), (early, late), (late, None)] {
                let filter = Filter {
                    state_kind,
                    created_from,
                    created_before,
                    ..Filter::default()
                };
                let is_own =
                    |it: &&Invitation| it.customer().is_none_or(|by| *by == holder.customer);
                let expected = all.iter().filter(|it| filter.admits(it));
                let expected = expected.filter(|it| it.terms.bound_to.binds(Some(&holder)));
                let expected: Vec<_> = expected.filter(is_own).map(|it| it.id).collect();
                for size in [7, 500] {
                    let listed = pages(&store, &holder, &filter, size).await;
                    assert_eq!(listed, expected, "{filter:?} by {size}");
                }
                shown += expected.len();
            }
        }
    }
    assert!(shown > 100, "something is bound: {shown}");
}

/// P6: at 100,000 invitations each way of being bound is a stretch of one index, in its order, far
/// down the list as at its beginning; what others have answered is passed over.
async fn what_others_have_answered_costs_nothing(on: TestStore) {
    let (store, clock) = fresh(&on, MANY).await;
    let later = (clock.now() + Duration::from_secs(30 * 86_400)).micros();
    seed(&store, 100_000, &later.to_string()).await;
    let everything = Filter::default();
    // what a customer has answered itself, among what is bound to one address, is little
    let is_own = |way: &Way| matches!(way.answered, Answered::By(_));
    let mut compared = 0;
    for holder in [
        holder("customer-8", Some("user@domain-8.example")),
        holder("customer-15", Some("user@domain-15.example")),
    ] {
        for way in ways(&holder).into_iter().filter(|way| !is_own(way)) {
            let index = match way.bound {
                Column::BoundCustomer => "invitation_bound_customer",
                Column::BoundEmail => "invitation_bound_email",
                _ => "invitation_bound_email_domain",
            };
            let rows = bound_newest(&way, &everything, None, 100_000);
            let rows = rows.all(store.db.reader()).await.unwrap();
            let first = cost(&store, bound_newest(&way, &everything, None, 11), index).await;
            if rows.len() < 102 {
                assert!(rows.is_empty() && first < 100, "{way:?}: {first}");
                continue;
            }
            let far = position(&rows[rows.len() / 3]);
            let further = bound_newest(&way, &everything, Some(&far), 11);
            let further = cost(&store, further, index).await;
            assert!(
                first.abs_diff(further) * 4 <= first,
                "{way:?}: {first} at the beginning, {further} further on"
            );
            compared += 1;
        }
    }
    assert!(compared >= 3, "{compared} ways have rows");
    // all that is bound to this domain has been answered, by another customer
    let stranger = holder("customer-9", Some("other@domain-8.example"));
    for way in ways(&stranger) {
        if matches!(way.bound, Column::BoundEmailDomain) && !is_own(&way) {
            let none = || bound_newest(&way, &everything, None, 11);
            assert!(none().all(store.db.reader()).await.unwrap().is_empty());
            let read = cost(&store, none(), "invitation_bound_email_domain").await;
            assert!(read < 50, "{way:?}: {read} were read");
        }
    }
}

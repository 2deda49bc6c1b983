//! The list on SQLite and PostgreSQL: every filter and combination against the rule itself, and
//! what a page costs.

use std::time::Duration;

use ::tests::{Store as TestStore, on_both_stores};
use platform::page::Query;
use proto::invitation::v1::ListInvitationsRequest;
use sea_orm::QueryTrait;
use strum::VariantArray;

use super::*;
use crate::domain::samples::{customer, partner};
use crate::store::background;
use crate::store::tests::fresh;
use crate::store::tests::many::{MANY, cost, seed};

on_both_stores!(
    every_filter_and_combination_shows_what_the_rule_admits,
    the_last_page_costs_what_the_first_does,
);

/// The pages of a list, one after the other; the list must come to an end.
async fn pages(store: &Store, filter: &Filter, size: i32) -> Vec<Vec<InvitationId>> {
    let request = ListInvitationsRequest {
        parent: format!("{filter:?}"),
        ..Default::default()
    };
    let query = Query::new("contoso", "ListInvitations", &request);
    let mut pages = Vec::new();
    let mut token = String::new();
    loop {
        let page = PageRequest::parse(size, &token, query).unwrap();
        let page = store
            .list_invitations(partner("contoso"), filter.clone(), page)
            .await
            .unwrap();
        pages.push(page.items.iter().map(|invitation| invitation.id).collect());
        token = page.next_page_token;
        assert!(pages.len() < 1000, "a list without an end: {filter:?}");
        if token.is_empty() {
            return pages;
        }
    }
}

/// The list holds every state; filters, alone and together, show exactly what they say,
/// newest first, on pages of any size, also where an expiry is not recorded yet.
async fn every_filter_and_combination_shows_what_the_rule_admits(on: TestStore) {
    let (store, clock) = fresh(&on, MANY).await;
    let start = clock.now();
    // every third of the open ones has expired, unrecorded
    let soon = (start + Duration::from_secs(3600)).micros();
    let open_until = format!(
        "CASE WHEN i % 3 = 0 THEN {} ELSE {soon} END",
        start.micros()
    );
    seed(&store, 320, &open_until).await;
    let rows = Entity::find().all(store.db.reader()).await.unwrap();
    let mut all: Vec<Invitation> = rows
        .into_iter()
        .map(|row| read(row).unwrap().seen_at(clock.now()))
        .collect();
    all.sort_by_key(|invitation| std::cmp::Reverse(position(invitation)));
    for state_kind in StateKind::VARIANTS {
        assert!(
            all.iter()
                .any(|invitation| invitation.state_kind() == *state_kind)
        );
    }

    let early = Some(all[250].create_time);
    let late = Some(all[60].create_time);
    let mut shown = 0;
    for state_kind in [None]
        .into_iter()
        .chain(StateKind::VARIANTS.iter().copied().map(Some))
    {
        for provider in [None, Some("fabrikam"), Some("nobody")] {
            for (by, reference) in [
                (None, None),
                (Some("customer-2"), None),
                (Some("customer-16"), None),
                (None, Some("CRM 16")),
                (Some("customer-16"), Some("CRM 16")),
            ] {
                for (created_from, created_before) in [
                    (None, None),
                    (early, None),
                    (None, late),
                    (early, late),
                    (late, early),
                ] {
                    let (provider, customer) = (provider.map(partner), by.map(customer));
                    let filter = Filter {
                        state_kind,
                        provider,
                        customer,
                        correlation_id: reference.map(str::to_owned),
                        created_from,
                        created_before,
                    };
                    let admitted = all.iter().filter(|invitation| filter.admits(invitation));
                    let expected: Vec<_> = admitted.map(|invitation| invitation.id).collect();
                    for size in [7, 500] {
                        let pages = pages(&store, &filter, size).await;
                        assert!(pages.iter().all(|page| page.len() <= size as usize));
                        assert_eq!(pages.concat(), expected, "{filter:?} by {size}");
                    }
                    shown += expected.len();
                }
            }
        }
    }
    assert!(shown > 3000, "the filters show something: {shown}");
}

/// P8: at 100,000 invitations a page is a stretch of one index, in its order, at the end of the
/// list as at its beginning; a combination of filters looks at a bounded number of rows.
async fn the_last_page_costs_what_the_first_does(on: TestStore) {
    let (store, clock) = fresh(&on, MANY).await;
    let start = clock.now();
    let later = (start + Duration::from_secs(30 * 86_400)).micros();
    seed(&store, 100_000, &later.to_string()).await;
    let contoso = partner("contoso");
    let everything = Filter::default();
    let open = Filter {
        state_kind: Some(StateKind::Open),
        ..everything.clone()
    };
    let joint = Filter {
        provider: Some(partner("fabrikam")),
        ..everything.clone()
    };
    let one = Filter {
        customer: Some(customer("customer-2")),
        ..everything.clone()
    };
    let referred = Filter {
        correlation_id: Some("CRM 1".to_owned()),
        ..everything.clone()
    };
    for (filter, index) in [
        (&referred, "invitation_by_correlation_id"),
        (&everything, "invitation_ledger"),
        (&open, "invitation_by_state"),
        (&joint, "invitation_by_provider"),
        (&one, "invitation_by_customer"),
    ] {
        let oldest = Filter {
            created_before: Some(start + Duration::from_secs(4000)),
            ..filter.clone()
        };
        let tail = along(&contoso, &oldest, None, 100_000)
            .all(store.db.reader())
            .await
            .unwrap();
        let end = &tail[tail.len() - 52];
        let end = (end.create_time, end.id);
        let first = cost(&store, along(&contoso, filter, None, 51), index).await;
        let last = cost(&store, along(&contoso, filter, Some(&end), 51), index).await;
        assert!(
            first.abs_diff(last) * 4 <= first,
            "{index}: {first} at the beginning, {last} at the end"
        );
    }
    // what looks only at the rows of one state goes along an index of just these
    for (few, index) in [
        (due_of(&contoso, start), "invitation_open_of_partner"),
        (background::due(start), "invitation_open"),
        (background::claimed_before(start), "invitation_claimed"),
    ] {
        // as a parameter, the state would leave a prepared statement's plan without such an index
        let sql = few.build(store.db.backend()).sql;
        assert!(sql.contains("\"state\" = '"), "{sql}");
        let read = cost(&store, few, index).await;
        assert!(read <= 50, "{index}: there is none, but {read} were read");
    }

    let rare = Filter {
        state_kind: Some(StateKind::Revoked),
        provider: Some(partner("fabrikam")),
        customer: Some(customer("customer-1")),
        ..everything
    };
    let pages = pages(&store, &rare, 50).await;
    assert!(
        pages.concat().is_empty() && pages.len() == 1000 / BUDGET,
        "{} pages",
        pages.len()
    );
}

//! The lists of what a customer has: complete, the newest first, page by page, and only the
//! customer's own.

use proto::customer::v1::{SubscriptionState, SubscriptionTransition};
use proto::directory::v1::*;
use tests::{Store, on_both_stores};

use crate::support::{Service, fields};

on_both_stores!(
    pages_are_complete_whatever_their_size,
    what_comes_and_goes_between_pages_disturbs_no_other,
    subscriptions_are_filtered_by_state,
    a_token_goes_on_in_its_own_list_only,
    sizes_have_both_ends,
    an_unknown_customer_has_nothing,
);

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    Subscriptions,
    Users,
    Licenses,
}

const LISTS: [List; 3] = [List::Subscriptions, List::Users, List::Licenses];

type Answer = Result<tonic::Response<(Vec<String>, String)>, tonic::Status>;

impl List {
    /// A page: the names on it, and where the next one begins.
    async fn page(self, service: &Service, customer: &str, size: i32, token: &str) -> Answer {
        let mut client = service.directory();
        let (parent, page_size) = (format!("customers/{customer}"), size);
        let page_token = token.to_owned();
        Ok(match self {
            List::Subscriptions => {
                let message = ListSubscriptionsRequest {
                    parent,
                    page_size,
                    page_token,
                    ..Default::default()
                };
                let answer = client.list_subscriptions(message).await?;
                answer.map(|page| {
                    let names = page.subscriptions.into_iter().map(|one| one.name);
                    (names.collect(), page.next_page_token)
                })
            }
            List::Users => {
                let message = ListUsersRequest {
                    parent,
                    page_size,
                    page_token,
                };
                let answer = client.list_users(message).await?;
                answer.map(|page| {
                    let names = page.users.into_iter().map(|one| one.name);
                    (names.collect(), page.next_page_token)
                })
            }
            List::Licenses => {
                let message = ListLicensesRequest {
                    parent,
                    page_size,
                    page_token,
                };
                let answer = client.list_licenses(message).await?;
                answer.map(|page| {
                    let names = page.licenses.into_iter().map(|one| one.name);
                    (names.collect(), page.next_page_token)
                })
            }
        })
    }

    /// All of it, in pages of this size.
    async fn all(self, service: &Service, customer: &str, size: i32) -> Vec<String> {
        let (mut all, mut token) = (Vec::new(), String::new());
        loop {
            let page = self.page(service, customer, size, &token).await.unwrap();
            let (names, next) = page.into_inner();
            assert!(names.len() <= size as usize);
            all.extend(names);
            if next.is_empty() {
                return all;
            }
            token = next;
        }
    }
}

/// A customer's subscriptions, users and licences, so many of each, the newest first; many of the
/// same microsecond.
async fn filled(service: &Service, customer: &str, count: u32) -> [Vec<String>; 3] {
    let id = |kind: u32, number: u32| {
        format!(
            "{kind:08x}-0000-7000-8000-{:012x}",
            number ^ (customer.len() as u32) << 20
        )
    };
    let named = |kind: &str, id: &str| format!("customers/{customer}/{kind}/{id}");
    let mut lines = String::new();
    let mut names = [Vec::new(), Vec::new(), Vec::new()];
    for number in 0..count {
        // three share a moment; within it the larger id is the newer
        let time = format!("2024-01-01T00:00:{:02}.5Z", number / 3 % 60);
        let [subscription, user, license] = [1, 2, 3].map(|kind| id(kind, number));
        lines += &format!(
            r#"{{"type":"subscription","customer":"{customer}","id":"{subscription}","offer":"x","display_name":"X","quantity":9,"renewal":"off","state":"active","create_time":"{time}"}}
{{"type":"user","customer":"{customer}","id":"{user}","display_name":"U","sign_in_name":"u{number}@a.example","create_time":"{time}"}}
{{"type":"license","customer":"{customer}","id":"{license}","subscription":"{subscription}","user":"{user}","assign_time":"{time}"}}
"#
        );
        names[0].insert(0, named("subscriptions", &subscription));
        names[1].insert(0, named("users", &user));
        names[2].insert(0, named("licenses", &license));
    }
    service.import(&lines).await;
    names
}

/// R23: nothing is lost or told twice between pages, and nothing of another customer is among it.
async fn pages_are_complete_whatever_their_size(store: Store) {
    let service = Service::start(&store).await;
    let adatum = filled(&service, "adatum", 20).await;
    let tailspin = filled(&service, "tailspin", 7).await;
    for (list, (ours, theirs)) in LISTS.into_iter().zip(adatum.iter().zip(&tailspin)) {
        for size in [1, 2, 3, 7, 19, 20, 21, 500] {
            assert_eq!(
                list.all(&service, "adatum", size).await,
                *ours,
                "{list:?} {size}"
            );
        }
        assert_eq!(list.all(&service, "tailspin", 5).await, *theirs, "{list:?}");
    }
}

/// Rows that were told may go, that where the token stands as well, and newer ones come: the rest
/// stays the rest.
async fn what_comes_and_goes_between_pages_disturbs_no_other(store: Store) {
    let service = Service::start(&store).await;
    for (list, customer) in [(List::Users, "adatum"), (List::Licenses, "tailspin")] {
        let [_, users, licenses] = filled(&service, customer, 9).await;
        let names = [&users, &licenses][usize::from(list == List::Licenses)];
        let page = list.page(&service, customer, 3, "").await.unwrap();
        let (page, token) = page.into_inner();
        assert_eq!(page, names[..3]);
        for at in [0, 2, 5] {
            let act = match list {
                List::Licenses => service.withdraw(&names[at]),
                List::Users | List::Subscriptions => service.remove(&names[at]),
            };
            service.act(act).await.unwrap();
        }
        let newer = service.user(customer, "newer@a.example").await;
        let subscription = service.subscriptions(customer).await[0].name.clone();
        service.assigned(&subscription, &newer.name).await;
        let rest = list.page(&service, customer, 500, &token).await.unwrap();
        let expected = [&names[3..5], &names[6..]].concat();
        assert_eq!(rest.into_inner(), (expected, String::new()), "{list:?}");
    }
}

async fn subscriptions_are_filtered_by_state(store: Store) {
    let service = Service::start(&store).await;
    let mut names = [Vec::new(), Vec::new()];
    for number in 0..10 {
        let made = service.subscription("adatum", 1).await.name;
        if number % 3 == 0 {
            let suspend = SubscriptionTransition::Suspend;
            let act = service.transition(&made, suspend);
            service.act(act).await.unwrap();
        }
        names[usize::from(number % 3 == 0)].insert(0, made);
    }
    let states = [SubscriptionState::Active, SubscriptionState::Suspended];
    for (state, expected) in states.into_iter().zip(&names) {
        let (mut found, mut page_token) = (Vec::new(), String::new());
        loop {
            let message = ListSubscriptionsRequest {
                parent: "customers/adatum".into(),
                state: state.into(),
                page_size: 2,
                page_token,
            };
            let answer = service.portals().list_subscriptions(message).await;
            let page = answer.unwrap().into_inner();
            assert!(page.subscriptions.iter().all(|one| one.state() == state));
            found.extend(page.subscriptions.into_iter().map(|one| one.name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(found, *expected, "{state:?}");
    }
    for unknown in [-1, 3, 999] {
        let message = ListSubscriptionsRequest {
            parent: "customers/adatum".into(),
            state: unknown,
            ..Default::default()
        };
        let answer = service.directory().list_subscriptions(message).await;
        assert_eq!(fields(answer), ["state"]);
    }
}

/// A token of another list, customer or filter, or one that was changed, is refused on
/// `page_token`.
async fn a_token_goes_on_in_its_own_list_only(store: Store) {
    let service = Service::start(&store).await;
    filled(&service, "adatum", 4).await;
    filled(&service, "tailspin", 4).await;
    for list in LISTS {
        let page = list.page(&service, "adatum", 2, "").await.unwrap();
        let token = page.into_inner().1;
        let mut altered = token.clone().into_bytes();
        altered[30] ^= 1;
        let altered = String::from_utf8(altered).unwrap();
        let huge = "A".repeat(100_000);
        for bad in [&*altered, "x", "../../etc/passwd", &token[1..], &huge, " "] {
            let answer = list.page(&service, "adatum", 2, bad).await;
            assert_eq!(fields(answer), ["page_token"], "{list:?} {bad:.40}");
        }
        let answer = list.page(&service, "tailspin", 2, &token).await;
        assert_eq!(fields(answer), ["page_token"]);
        for other in LISTS.into_iter().filter(|other| *other != list) {
            let answer = other.page(&service, "adatum", 2, &token).await;
            assert_eq!(fields(answer), ["page_token"]);
        }
        if list == List::Subscriptions {
            let message = ListSubscriptionsRequest {
                parent: "customers/adatum".into(),
                state: SubscriptionState::Active.into(),
                page_token: token.clone(),
                ..Default::default()
            };
            let answer = service.directory().list_subscriptions(message).await;
            assert_eq!(fields(answer), ["page_token"]);
        }
        // another size is the same list
        assert!(list.page(&service, "adatum", 1, &token).await.is_ok());
    }
}

/// Fifty unless asked, at most five hundred; a negative size is refused on `page_size`.
async fn sizes_have_both_ends(store: Store) {
    let service = Service::start(&store).await;
    filled(&service, "adatum", 501).await;
    for list in LISTS {
        for (size, expected) in [(0, 50), (1, 1), (500, 500), (501, 500), (i32::MAX, 500)] {
            let page = list.page(&service, "adatum", size, "").await.unwrap();
            assert_eq!(page.into_inner().0.len(), expected, "{list:?} {size}");
        }
        for negative in [-1, i32::MIN] {
            let answer = list.page(&service, "adatum", negative, "").await;
            assert_eq!(fields(answer), ["page_size"], "{list:?}");
        }
    }
}

async fn an_unknown_customer_has_nothing(store: Store) {
    let service = Service::start(&store).await;
    for list in LISTS {
        let page = list.page(&service, "nobody", 0, "").await.unwrap();
        assert_eq!(page.into_inner(), (Vec::new(), String::new()));
    }
}

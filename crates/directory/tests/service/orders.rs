//! SubmitOrder: both kinds, their quantities, and what an order must say.

use proto::customer::v1::*;
use proto::directory::v1::submit_order_request::Order as Asked;
use proto::directory::v1::*;
use tests::{Store, on_both_stores};

use crate::support::{Service, fields, outcome};
use crate::world::mandate;

on_both_stores!(
    an_order_makes_a_subscription,
    an_order_raises_a_subscription,
    quantities_have_both_ends,
    an_order_says_what_is_ordered,
    a_subscription_of_another_customer_is_not_found,
    they_are_listed_for_the_partner_that_placed_them,
);

/// R29, R34: a new subscription, as it was ordered, and what it is where the order does not say.
async fn an_order_makes_a_subscription(store: Store) {
    let service = Service::start(&store).await;
    let before = prost_types::Timestamp::from(service.clock.now());
    let offered = NewSubscription {
        offer: "office-365-e3".into(),
        display_name: "Escritório da Ação".into(),
        quantity: 7,
        renewal: Renewal::Off.into(),
    };
    let message = service.ordering("adatum", Some(Asked::NewSubscription(offered)));
    let answer = service.directory().submit_order(message).await.unwrap();
    let SubmitOrderResponse {
        order: Some(order),
        subscription: Some(subscription),
    } = answer.into_inner()
    else {
        panic!("an order and its subscription");
    };
    assert!(order.name.starts_with("customers/adatum/orders/"));
    assert_eq!(order.partner, "partners/contoso");
    assert_eq!(order.kind(), OrderKind::NewSubscription);
    assert_eq!(
        (&order.subscription, order.quantity),
        (&subscription.name, 7)
    );
    let time = order.create_time.unwrap();
    assert!((before.seconds, before.nanos) <= (time.seconds, time.nanos));
    let expected = Subscription {
        name: subscription.name.clone(),
        offer: "office-365-e3".into(),
        display_name: "Escritório da Ação".into(),
        state: SubscriptionState::Active.into(),
        renewal: Renewal::Off.into(),
        quantity: 7,
        assigned_quantity: 0,
        create_time: Some(time),
        update_time: Some(time),
        etag: subscription.etag.clone(),
    };
    assert_eq!(subscription, expected);
    assert!(!subscription.etag.is_empty());
    assert_eq!(service.subscriptions("adatum").await, [subscription]);

    let plain = service.subscription("adatum", 1).await;
    assert_eq!(plain.display_name, "office-365-e3");
    assert_eq!(plain.renewal(), Renewal::Automatic);
}

/// R29: more licences on an existing subscription, which stays what it is otherwise.
async fn an_order_raises_a_subscription(store: Store) {
    let service = Service::start(&store).await;
    let made = service.subscription("adatum", 10).await;
    let asked = MoreLicenses {
        subscription: made.name.clone(),
        quantity: 5,
    };
    let message = service.ordering("adatum", Some(Asked::MoreLicenses(asked)));
    let answer = service.directory().submit_order(message).await.unwrap();
    let answer = answer.into_inner();
    let (order, raised) = (answer.order.unwrap(), answer.subscription.unwrap());
    assert_eq!(order.kind(), OrderKind::MoreLicenses);
    assert_eq!((&order.subscription, order.quantity), (&made.name, 5));
    assert_eq!(order.create_time, raised.update_time);
    assert_ne!(raised.etag, made.etag);
    let expected = Subscription {
        quantity: 15,
        update_time: raised.update_time,
        etag: raised.etag.clone(),
        ..made
    };
    assert_eq!(raised, expected);
}

/// From one licence to a million, whether in one order or in several; nothing wraps around.
async fn quantities_have_both_ends(store: Store) {
    let service = Service::start(&store).await;
    let mut client = service.directory();
    let subscription = service.subscription("adatum", 999_999).await.name;
    for bad in [0, -1, 1_000_001, i32::MAX, i32::MIN] {
        let new = service.order_message("adatum", bad);
        let answer = client.submit_order(new).await;
        assert_eq!(fields(answer), ["new_subscription.quantity"], "{bad}");
        let asked = MoreLicenses {
            subscription: subscription.clone(),
            quantity: bad,
        };
        let more = service.ordering("adatum", Some(Asked::MoreLicenses(asked)));
        let answer = client.submit_order(more).await;
        assert_eq!(fields(answer), ["more_licenses.quantity"], "{bad}");
    }
    for (quantity, expected) in [
        (1_000_000, "QUANTITY_LIMIT 999999"),
        (2, "QUANTITY_LIMIT 999999"),
        (1, "OK"),
        (1, "QUANTITY_LIMIT 1000000"),
    ] {
        let answer = service.act(service.order_more(&subscription, quantity));
        assert_eq!(outcome(&answer.await), expected, "{quantity}");
    }
    assert_eq!(
        service.subscription("adatum", 1_000_000).await.quantity,
        1_000_000
    );
    assert_eq!(service.count("customer_order").await, 3);
}

/// An order without content is refused on the fields of which it must have one.
async fn an_order_says_what_is_ordered(store: Store) {
    let service = Service::start(&store).await;
    let mut client = service.directory();
    let nothing = service.ordering("adatum", None);
    let answer = client.submit_order(nothing).await;
    assert_eq!(fields(answer), ["new_subscription", "more_licenses"]);
    let empty = NewSubscription::default();
    let empty = service.ordering("adatum", Some(Asked::NewSubscription(empty)));
    assert_eq!(
        fields(client.submit_order(empty).await),
        ["new_subscription.offer", "new_subscription.quantity"]
    );
    let empty = service.ordering("adatum", Some(Asked::MoreLicenses(MoreLicenses::default())));
    assert_eq!(
        fields(client.submit_order(empty).await),
        ["more_licenses.subscription", "more_licenses.quantity"]
    );
    let answer = client.submit_order(SubmitOrderRequest::default()).await;
    let expected = [
        "mandate",
        "request_id",
        "customer",
        "new_subscription",
        "more_licenses",
    ];
    assert_eq!(fields(answer), expected);
    assert_eq!(service.count("subscription").await, 0);
    assert_eq!(service.count("act").await, 0);
}

async fn a_subscription_of_another_customer_is_not_found(store: Store) {
    let service = Service::start(&store).await;
    let subscription = service.subscription("adatum", 10).await.name;
    let claimed = subscription.replace("adatum", "wingtip");
    let answer = service.act(service.order_more(&claimed, 5)).await;
    assert_eq!(outcome(&answer), "NOT_FOUND");
    // and an order for one customer names no subscription of another
    let asked = MoreLicenses {
        subscription,
        quantity: 5,
    };
    let message = service.ordering("wingtip", Some(Asked::MoreLicenses(asked)));
    let answer = service.directory().submit_order(message).await;
    assert_eq!(fields(answer), ["more_licenses.subscription"]);
    assert_eq!(service.subscriptions("adatum").await[0].quantity, 10);
}

/// R29: a partner's orders for a customer, the newest first, page by page; nobody else's.
async fn they_are_listed_for_the_partner_that_placed_them(store: Store) {
    let service = Service::start(&store).await;
    let list = |customer: &str, partner: &str, page_token: &str| ListOrdersRequest {
        parent: format!("customers/{customer}"),
        partner: format!("partners/{partner}"),
        page_size: 2,
        page_token: page_token.to_owned(),
    };
    let mut placed = Vec::new();
    for (partner, customer) in [
        ("contoso", "adatum"),
        ("fabrikam", "adatum"),
        ("contoso", "tailspin"),
        ("contoso", "adatum"),
        ("contoso", "adatum"),
    ] {
        let mut message = service.order_message(customer, 5);
        message.mandate = Some(mandate(partner));
        let answer = service.directory().submit_order(message).await.unwrap();
        let order = answer.into_inner().order.unwrap();
        if (partner, customer) == ("contoso", "adatum") {
            placed.insert(0, order);
        }
    }
    let mut client = service.directory();
    let first = client.list_orders(list("adatum", "contoso", "")).await;
    let first = first.unwrap().into_inner();
    assert_eq!(first.orders, placed[..2]);
    let rest = list("adatum", "contoso", &first.next_page_token);
    let rest = client.list_orders(rest).await.unwrap().into_inner();
    assert_eq!(
        (&rest.orders[..], rest.next_page_token.as_str()),
        (&placed[2..], "")
    );

    let nobody = client.list_orders(list("northwind", "contoso", "")).await;
    assert_eq!(nobody.unwrap().into_inner(), ListOrdersResponse::default());
    // a token goes on in its own list only
    for (customer, partner) in [("adatum", "fabrikam"), ("tailspin", "contoso")] {
        let other = list(customer, partner, &first.next_page_token);
        assert_eq!(fields(client.list_orders(other).await), ["page_token"]);
    }
    let bad = client.list_orders(ListOrdersRequest::default()).await;
    assert_eq!(fields(bad), ["parent", "partner"]);
}

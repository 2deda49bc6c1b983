//! Bad input that every act or list may bring: each a refusal that names its field. Nothing
//! changes.

use proto::directory::v1::*;
use tests::{Store, on_both_stores, refused};

use crate::support::{Service, fields, reason};
use crate::world::{Act, GROUND, Stage, mandate};

on_both_stores!(names_of_resources, mandates, request_ids, texts_of_orders);

async fn names_of_resources(store: Store) {
    let stage = Stage::set(Service::start(&store).await).await;
    let service = &stage.service;
    let before = service.export().await;
    let uuid = service.uuid();
    let (long, huge) = ("a".repeat(64), "a".repeat(1 << 19));
    for bad in [
        "",
        "adatum",
        "customers/",
        "customers/Adatum",
        "customers/ação",
        "customers/a\0",
        "customers/..%2f",
        "customers/-",
        "partners/adatum",
        "customers/adatum/x",
        "customers/' OR 1=1 --",
        &format!("customers/{long}"),
        &huge,
    ] {
        let parent = bad.to_owned();
        let mut client = service.directory();
        let message = ListUsersRequest {
            parent: parent.clone(),
            ..Default::default()
        };
        assert_eq!(fields(client.list_users(message).await), ["parent"]);
        let message = ListLicensesRequest {
            parent: parent.clone(),
            ..Default::default()
        };
        assert_eq!(fields(client.list_licenses(message).await), ["parent"]);
        let message = ListSubscriptionsRequest {
            parent: parent.clone(),
            ..Default::default()
        };
        assert_eq!(fields(client.list_subscriptions(message).await), ["parent"]);
        let add = AddUserRequest {
            customer: parent.clone(),
            ..service.add_message("adatum", "dee@adatum.example")
        };
        assert_eq!(fields(client.add_user(add).await), ["customer"]);
        let order = SubmitOrderRequest {
            customer: parent,
            ..service.order_message("adatum", 5)
        };
        assert_eq!(fields(client.submit_order(order).await), ["customer"]);
        let partner = bad
            .replace("customers", "partners")
            .replace("partners/adatum", "x");
        let stream = StreamExistingBusinessRequest {
            partner,
            ..Default::default()
        };
        let answer = service.portals().stream_existing_business(stream).await;
        assert_eq!(fields(answer), ["partner"], "{bad:.80}");
    }
    let of = |kind: &str, id: &str| format!("customers/adatum/{kind}/{id}");
    for bad in ["", "1", "x/y", &uuid.to_uppercase(), &format!("{{{uuid}}}")] {
        let subscription = of("subscriptions", bad);
        for (act, field) in [
            (service.remove(&of("users", bad)), "user"),
            (service.withdraw(&of("licenses", bad)), "license"),
            (service.assign(&subscription, &stage.user), "subscription"),
            (
                service.assign(&stage.subscription, &of("users", bad)),
                "user",
            ),
            (
                service.change(&subscription, |change| change.renewal = 1),
                "subscription",
            ),
            (
                service.order_more(&subscription, 1),
                "more_licenses.subscription",
            ),
            // a name of another kind
            (service.remove(&stage.license), "user"),
        ] {
            assert_eq!(refused_fields(service, act).await, [field], "{bad}");
        }
    }
    assert_eq!(service.export().await, before);
}

/// In whose name must be said, whole and consistent, by every act.
async fn mandates(store: Store) {
    let stage = Stage::set(Service::start(&store).await).await;
    let service = &stage.service;
    let before = (service.export().await, service.count("act").await);
    let spoils: [Spoilt<Mandate, &[&str]>; 13] = [
        (|told| told.partner.clear(), &["mandate.partner"]),
        (
            |told| told.partner = "partners/A".into(),
            &["mandate.partner"],
        ),
        (|told| told.relationship.clear(), &["mandate.relationship"]),
        (
            |told| told.relationship = format!("partners/fabrikam/relationships/{GROUND}"),
            &["mandate.relationship"],
        ),
        (
            |told| told.relationship = format!("partners/contoso/privileges/{GROUND}"),
            &["mandate.relationship"],
        ),
        (|told| told.privilege = "x".into(), &["mandate.privilege"]),
        (
            |told| told.privilege = format!("partners/fabrikam/privileges/{GROUND}"),
            &["mandate.privilege"],
        ),
        (|told| told.issuer.clear(), &["mandate.issuer"]),
        (|told| told.issuer = "x".repeat(256), &["mandate.issuer"]),
        (|told| told.subject = " ".into(), &["mandate.subject"]),
        (|told| told.subject = "a\r\nb".into(), &["mandate.subject"]),
        (
            |told| told.subject = "x".repeat(1 << 19),
            &["mandate.subject"],
        ),
        (
            |told| *told = Mandate::default(),
            &[
                "mandate.partner",
                "mandate.relationship",
                "mandate.issuer",
                "mandate.subject",
            ],
        ),
    ];
    for act in stage.acts() {
        for (spoil, expected) in spoils {
            let mut spoilt = mandate("contoso");
            spoil(&mut spoilt);
            let fields = refused_fields(service, act.clone().under(spoilt)).await;
            assert_eq!(fields, expected, "{}", act.method());
        }
        let mut nobody = act;
        *nobody.mandated().0 = None;
        assert_eq!(refused_fields(service, nobody).await, ["mandate"]);
    }
    let after = (service.export().await, service.count("act").await);
    assert_eq!(after, before);
}

/// Every act needs one: without it a retry would act twice.
async fn request_ids(store: Store) {
    let stage = Stage::set(Service::start(&store).await).await;
    let service = &stage.service;
    let before = service.count("act").await;
    for act in stage.acts() {
        for bad in [
            "",
            "once",
            "6f1c2a0e8d1b4c5e9f3a2b7d4e6f8a90",
            &"a".repeat(1 << 19),
        ] {
            let fields = refused_fields(service, act.clone().known_as(bad)).await;
            assert_eq!(fields, ["request_id"], "{bad:.40}");
        }
    }
    assert_eq!(service.count("act").await, before);
}

async fn texts_of_orders(store: Store) {
    let service = Service::start(&store).await;
    use proto::customer::v1::NewSubscription;
    use submit_order_request::Order;
    let offered = |spoil: fn(&mut NewSubscription)| {
        let mut offered = NewSubscription {
            offer: "x".into(),
            quantity: 1,
            ..Default::default()
        };
        spoil(&mut offered);
        service.ordering("adatum", Some(Order::NewSubscription(offered)))
    };
    let spoils: [Spoilt<NewSubscription, &str>; 9] = [
        (|one| one.offer = " ".into(), "offer"),
        (|one| one.offer = "x".repeat(101), "offer"),
        (|one| one.offer = "x".repeat(1 << 19), "offer"),
        (|one| one.offer = "a\0".into(), "offer"),
        (
            |one| one.display_name = "\u{202e}gnp".into(),
            "display_name",
        ),
        (|one| one.display_name = "a\nb".into(), "display_name"),
        (|one| one.display_name = "\u{3000}".into(), "display_name"),
        (|one| one.renewal = 999, "renewal"),
        (|one| one.renewal = -1, "renewal"),
    ];
    for (spoil, field) in spoils {
        let answer = service.directory().submit_order(offered(spoil)).await;
        assert_eq!(fields(answer), [format!("new_subscription.{field}")]);
    }
    assert_eq!(service.count("subscription").await, 0);
    // plain text is kept as it came
    for text in ["' OR 1=1; --", "<b>{{7*7}}</b>", "🌍", &"é".repeat(100)] {
        let message = offered(|_| {});
        let offer = NewSubscription {
            offer: text.into(),
            quantity: 1,
            ..Default::default()
        };
        let message = SubmitOrderRequest {
            order: Some(Order::NewSubscription(offer)),
            ..message
        };
        let answer = service.directory().submit_order(message).await.unwrap();
        let made = answer.into_inner().subscription.unwrap();
        assert_eq!((&*made.offer, &*made.display_name), (text, text));
    }
}

/// What makes a message bad, and what is told of it.
type Spoilt<Message, Expected> = (fn(&mut Message), Expected);

async fn refused_fields(service: &Service, act: Act) -> Vec<String> {
    let refusal = service.act(act).await.unwrap_err();
    assert_eq!(reason(&refusal), "INVALID_FIELDS");
    refused(&refusal).fields
}

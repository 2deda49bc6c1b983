//! What is kept of an act: in whose name it was done, on what ground, and nothing of one that was
//! refused.

use platform::clock::Time;
use sea_orm::prelude::Uuid;
use tests::{Store, on_both_stores};

use crate::support::{Service, outcome};
use crate::world::{Act, GROUND, Stage, mandate};

on_both_stores!(
    who_did_it_is_kept_with_what_was_done,
    a_provider_acts_on_its_own_relationship_without_a_privilege,
    a_refusal_leaves_no_row,
);

/// A row of what is kept.
#[derive(Debug, PartialEq, Eq)]
struct Kept {
    tenant: String,
    method: String,
    request_id: String,
    resource: String,
    partner: String,
    relationship: String,
    privilege: Option<String>,
    issuer: String,
    subject: String,
}

/// R3, R22, R29, R33: each act is kept with the partner, the relationship and the privilege that
/// granted it, who acted as whose token says, and the `request_id`.
async fn who_did_it_is_kept_with_what_was_done(store: Store) {
    let stage = Stage::set(Service::start(&store).await).await;
    let service = &stage.service;
    for mut act in stage.acts() {
        let (before, method) = (service.clock.now(), act.method());
        let request_id = act.mandated().1.clone();
        let subject = format!("{method} / \"ção\"");
        let act = act.under(proto::directory::v1::Mandate {
            subject: subject.clone(),
            ..mandate("contoso")
        });
        let (resource, _) = service.act(act).await.unwrap();
        let (kept, act_time) = kept(service, &request_id).await;
        assert_eq!(
            kept,
            [Kept {
                tenant: "contoso".into(),
                method: method.into(),
                request_id,
                resource,
                partner: "partners/contoso".into(),
                relationship: format!("partners/contoso/relationships/{GROUND}"),
                privilege: Some(format!("partners/contoso/privileges/{GROUND}")),
                issuer: "https://issuer.example".into(),
                subject,
            }]
        );
        assert!(before <= act_time && act_time <= service.clock.now());
    }
}

/// R4, R34: a provider orders on its own relationship, for which it needs no privilege; the row
/// says which.
async fn a_provider_acts_on_its_own_relationship_without_a_privilege(store: Store) {
    let service = Service::start(&store).await;
    let mut act = service
        .order("adatum", 3)
        .under(proto::directory::v1::Mandate {
            privilege: String::new(),
            ..mandate("fabrikam")
        });
    let request_id = act.mandated().1.clone();
    service.act(act).await.unwrap();
    let (kept, _) = kept(&service, &request_id).await;
    assert_eq!(
        (kept[0].tenant.as_str(), &kept[0].privilege),
        ("fabrikam", &None)
    );
    let relationship = format!("partners/fabrikam/relationships/{GROUND}");
    assert_eq!(kept[0].relationship, relationship);
    let orders = service.rows("SELECT partner FROM customer_order").await;
    let partner: String = orders[0].try_get_by_index(0).unwrap();
    assert_eq!(partner, "fabrikam");
}

/// An act that is refused is no act: no row of it stays, and the same request may be done later.
async fn a_refusal_leaves_no_row(store: Store) {
    let stage = Stage::set(Service::start(&store).await).await;
    let (service, subscription) = (&stage.service, &stage.subscription);
    let absent = |kind: &str| format!("customers/adatum/{kind}/{}", service.uuid());
    let refusals: Vec<(Act, &str)> = vec![
        (
            service.order_more(subscription, 1_000_000),
            "QUANTITY_LIMIT 10",
        ),
        (service.order_more(&absent("subscriptions"), 1), "NOT_FOUND"),
        (
            service.change(subscription, |change| {
                change.display_name = "New".into();
                change.etag = "77".into();
            }),
            "ETAG_MISMATCH",
        ),
        (
            service.add("adatum", "BO@Adatum.Example"),
            "SIGN_IN_NAME_TAKEN",
        ),
        (
            service.assign(subscription, &stage.user),
            "LICENSE_ASSIGNED",
        ),
        (service.assign(subscription, &absent("users")), "NOT_FOUND"),
        (service.remove(&absent("users")), "NOT_FOUND"),
        (service.withdraw(&absent("licenses")), "NOT_FOUND"),
    ];
    let before = service.count("act").await;
    for (act, expected) in refusals {
        let answer = service.act(act).await;
        assert_eq!(outcome(&answer), expected);
    }
    assert_eq!(service.count("act").await, before);

    // what stood in the way is gone, and the very same request is done
    let taken = service.add("adatum", "bo@adatum.example");
    assert_eq!(
        outcome(&service.act(taken.clone()).await),
        "SIGN_IN_NAME_TAKEN"
    );
    service.act(service.remove(&stage.user)).await.unwrap();
    let (user, _) = service.act(taken.clone()).await.unwrap();
    assert_eq!(service.act(taken).await.unwrap().0, user);
    assert_eq!(service.count("act").await, before + 2);
}

async fn kept(service: &Service, request_id: &str) -> (Vec<Kept>, Time) {
    let rows = service.rows("SELECT * FROM act").await;
    let mut act_time = 0;
    let mut found = Vec::new();
    for row in rows {
        let text = |column: &str| row.try_get::<String>("", column).unwrap();
        let id: Uuid = row.try_get("", "request_id").unwrap();
        if id.to_string() != request_id {
            continue;
        }
        act_time = row.try_get("", "act_time").unwrap();
        found.push(Kept {
            tenant: text("tenant"),
            method: text("method"),
            request_id: id.to_string(),
            resource: text("resource"),
            partner: text("partner"),
            relationship: text("relationship"),
            privilege: row.try_get("", "privilege").unwrap(),
            issuer: text("issuer"),
            subject: text("subject"),
        });
    }
    (found, Time::from_micros(act_time))
}

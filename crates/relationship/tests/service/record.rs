//! A customer as its partner sees it: the account, who may change it, and what the portals add to a
//! preview.

use std::time::Duration;

use platform::identity::Peer;
use proto::customer::v1::{Availability, Subscription, SubscriptionState};
use proto::relationship::internal::v1::{DescribeCustomerRequest, DescribeCustomerResponse};
use proto::relationship::v1::*;
use tests::{Probe, Store, on_both_stores, refused, with};
use tonic::{Code, Status};

use crate::support::{Service, outcome, reason};

on_both_stores!(
    the_gateway_is_told_what_the_partner_may_see,
    the_record_is_for_the_gateway_alone,
    an_account_is_changed_and_found_under_what_it_shows_now,
    changing_an_account_needs_the_permission,
    a_changed_account_is_changed_once,
    an_account_is_read_as_an_earlier_program_kept_it,
    a_preview_shows_the_active_subscriptions_or_that_they_are_not_known,
);

async fn describe(
    service: &Service,
    token: &str,
    name: &str,
) -> Result<DescribeCustomerResponse, Status> {
    let message = DescribeCustomerRequest {
        name: name.to_owned(),
    };
    let mut internal = service.internal_as(Some(Peer::Gateway));
    let answer = internal.describe_customer(with(token, message)).await?;
    Ok(answer.into_inner())
}

async fn update(
    service: &Service,
    partner: &str,
    change: ChangeAccountRequest,
) -> Result<Account, Status> {
    let message = ChangeAccountRequest {
        name: format!("partners/{partner}/customers/adatum"),
        ..change
    };
    let mut client = service.relationships();
    let answer = client
        .change_account(with(&service.agent(partner), message))
        .await?;
    Ok(answer.into_inner().account.unwrap())
}

fn renamed(display_name: &str) -> ChangeAccountRequest {
    ChangeAccountRequest {
        display_name: display_name.to_owned(),
        ..Default::default()
    }
}

/// R23: the account, with the relationship and the privilege by which it is seen; nothing for who
/// is not related.
async fn the_gateway_is_told_what_the_partner_may_see(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let made = service
        .established(&service.joint("adatum", &partnership))
        .await;
    let privilege = service.privileges("contoso").await[0].name.clone();
    for (partner, relationship, privilege) in [
        ("contoso", &made[0], privilege.as_str()),
        ("fabrikam", &made[1], ""),
    ] {
        for token in [service.agent(partner), service.operator()] {
            let name = format!("partners/{partner}/customers/adatum");
            let told = describe(&service, &token, &name).await.unwrap();
            let decision = told.decision.unwrap();
            assert!(decision.allowed);
            assert_eq!(&decision.relationship, relationship);
            assert_eq!(decision.privilege, privilege);
            let account = told.account.unwrap();
            assert_eq!(
                (account.name.as_str(), account.display_name.as_str()),
                ("customers/adatum", "adatum Inc")
            );
        }
    }
    let stranger = "partners/contoso/customers/litware";
    for (token, denied) in [
        (service.agent("contoso"), DenialReason::RelationshipRequired),
        (service.operator(), DenialReason::CustomerUnknown),
    ] {
        let told = describe(&service, &token, stranger).await.unwrap();
        assert_eq!(told.decision.unwrap().reason(), denied);
        assert_eq!(told.account, None);
    }
    service.remove(&made[0]).await.unwrap();
    let name = "partners/contoso/customers/adatum";
    let told = describe(&service, &service.agent("contoso"), name).await;
    let told = told.unwrap();
    let decision = told.decision.unwrap();
    assert_eq!(decision.reason(), DenialReason::RelationshipRequired);
    assert_eq!(told.account, None, "a privilege that is left shows nothing");
}

async fn the_record_is_for_the_gateway_alone(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let (gateway, contoso) = (Some(Peer::Gateway), service.agent("contoso"));
    for (peer, token, expected) in [
        (gateway, &contoso, "OK"),
        (gateway, &service.operator(), "OK"),
        (gateway, &service.agent("fabrikam"), "NOT_FOUND"),
        (gateway, &service.admin("adatum"), "NOT_FOUND"),
        (Some(Peer::Invitation), &contoso, "PEER_NOT_ALLOWED"),
        (Some(Peer::Directory), &contoso, "PEER_NOT_ALLOWED"),
        (None, &service.operator(), "PEER_NOT_ALLOWED"),
    ] {
        let message = DescribeCustomerRequest {
            name: "partners/contoso/customers/adatum".to_owned(),
        };
        let mut client = service.internal_as(peer);
        let answer = client.describe_customer(with(token, message)).await;
        assert_eq!(outcome(&answer), expected, "{peer:?}");
    }
}

/// R22: whoever manages the account changes what it shows, and every partner finds the customer
/// under that.
async fn an_account_is_changed_and_found_under_what_it_shows_now(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    service
        .established(&service.joint("adatum", &partnership))
        .await;
    let (operator, name) = (service.operator(), "partners/contoso/customers/adatum");
    let before = describe(&service, &operator, name).await.unwrap();
    let before = before.account.unwrap();
    service.clock.advance(Duration::from_secs(5));
    let change = ChangeAccountRequest {
        domain: "Adatum.Example.COM".to_owned(),
        ..renamed("Ádatum S.A.")
    };
    let after = update(&service, "contoso", change).await.unwrap();
    assert_eq!(
        (after.display_name.as_str(), after.domain.as_str()),
        ("Ádatum S.A.", "adatum.example.com")
    );
    assert_eq!(
        (after.country, after.create_time),
        (before.country, before.create_time)
    );
    assert!(after.etag != before.etag && after.update_time != before.update_time);
    for partner in ["contoso", "fabrikam"] {
        let search = |name: &str, domain: &str| ListCustomersRequest {
            parent: format!("partners/{partner}"),
            name_prefix: name.to_owned(),
            domain_prefix: domain.to_owned(),
            ..Default::default()
        };
        for (search, found) in [
            (search("adatum s", ""), 1),
            (search("adatum inc", ""), 0),
            (search("", "adatum.example.c"), 1),
        ] {
            let mut client = service.relationships();
            let answer = client
                .list_customers(with(&service.agent(partner), search))
                .await;
            assert_eq!(
                answer.unwrap().into_inner().customers.len(),
                found,
                "{partner}"
            );
        }
    }
    // an acceptance that comes later changes nothing of it
    service.established(&service.solo("adatum")).await;
    let kept = describe(&service, &operator, name).await.unwrap();
    assert_eq!(kept.account.unwrap().display_name, "Ádatum S.A.");
}

/// R3, R33, R35: without the permission nothing is changed, and the reason is that of the access
/// service.
async fn changing_an_account_needs_the_permission(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let denied = async |partner, expected| {
        let refusal = update(&service, partner, renamed("Evil"))
            .await
            .unwrap_err();
        let refused = refused(&refusal);
        assert_eq!(refused.code, Code::PermissionDenied, "{partner}");
        assert_eq!(refused.domain, "partnerconnect.relationship");
        assert_eq!(refused.reason, expected, "{partner}");
    };
    denied("contoso", "RELATIONSHIP_REQUIRED").await;
    denied("tailspin", "PARTNER_NOT_ENROLLED").await;
    let made = service
        .established(&service.joint("adatum", &partnership))
        .await;
    denied("fabrikam", "NOT_FOR_THIS_KIND").await;
    service.suspend("contoso").await.unwrap();
    denied("contoso", "PARTNER_SUSPENDED").await;
    service.reinstate("contoso").await.unwrap();
    let privilege = service.privileges("contoso").await[0].name.clone();
    service
        .terminate(&service.agent("contoso"), &privilege)
        .await
        .unwrap();
    denied("contoso", "PRIVILEGE_REQUIRED").await;
    service.remove(&made[0]).await.unwrap();
    denied("contoso", "RELATIONSHIP_REQUIRED").await;
    let shown = service.lines("SELECT display_name FROM account").await;
    assert_eq!(shown, ["adatum Inc"]);

    for (change, field) in [
        (renamed(""), "display_name"),
        (renamed(&"x".repeat(101)), "display_name"),
        (renamed("a\r\nb"), "display_name"),
        (
            ChangeAccountRequest {
                country: "brazil".to_owned(),
                ..Default::default()
            },
            "country",
        ),
        (
            ChangeAccountRequest {
                domain: "localhost".to_owned(),
                ..Default::default()
            },
            "domain",
        ),
        (
            ChangeAccountRequest {
                domain: "1.2.3.4".to_owned(),
                ..Default::default()
            },
            "domain",
        ),
    ] {
        let refusal = update(&service, "contoso", change).await.unwrap_err();
        assert_eq!(refused(&refusal).fields, [field]);
    }
}

/// What an earlier program took for a domain is still shown, and is not taken again.
async fn an_account_is_read_as_an_earlier_program_kept_it(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    service.established(&service.solo("adatum")).await;
    let probe = Probe::open(&store, "relationship").await;
    probe.run("UPDATE account SET domain = '1.2.3.4'").await;
    let account = update(&service, "contoso", renamed("Adatum S.A.")).await;
    assert_eq!(account.unwrap().domain, "1.2.3.4");
}

async fn a_changed_account_is_changed_once(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    service.established(&service.solo("adatum")).await;
    let change = ChangeAccountRequest {
        request_id: service.uuid(),
        etag: "1".to_owned(),
        ..renamed("Adatum S.A.")
    };
    let first = update(&service, "contoso", change.clone()).await.unwrap();
    let again = update(&service, "contoso", change.clone()).await.unwrap();
    assert_eq!(first, again);
    let other = ChangeAccountRequest {
        display_name: "Other".to_owned(),
        ..change.clone()
    };
    let refusal = update(&service, "contoso", other).await.unwrap_err();
    assert_eq!(reason(&refusal), "REQUEST_ID_REUSED");
    let late = ChangeAccountRequest {
        request_id: String::new(),
        ..change
    };
    let refusal = update(&service, "contoso", late).await.unwrap_err();
    assert_eq!(reason(&refusal), "ETAG_MISMATCH");
    let acts = "audit WHERE action = 'ChangeAccount'";
    assert_eq!(service.count(acts).await, 1);
}

/// R37, R41: what the portals say of subscriptions helps the partner to decide, and never hinders a
/// removal.
async fn a_preview_shows_the_active_subscriptions_or_that_they_are_not_known(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let made = service.established(&service.solo("adatum")).await;
    let preview = async || {
        let message = PreviewRemovalRequest {
            name: made[0].clone(),
            language: String::new(),
        };
        let mut client = service.relationships();
        let answer = client
            .preview_removal(with(&service.agent("contoso"), message))
            .await;
        answer.unwrap().into_inner()
    };
    let known = Subscription {
        name: "customers/adatum/subscriptions/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b".to_owned(),
        state: SubscriptionState::Active.into(),
        ..Default::default()
    };
    service
        .portals
        .are(|told| told.subscriptions = Ok(vec![known.clone()]));
    let shown = preview().await;
    assert_eq!(shown.active_subscriptions, std::slice::from_ref(&known));
    let availability = shown.active_subscriptions_availability();
    assert_eq!(availability, Availability::Available);

    // another customer's, or one that is not active: what else is told is not believed either
    let foreign = Subscription {
        name: known.name.replace("adatum", "litware"),
        ..known.clone()
    };
    let suspended = Subscription {
        state: SubscriptionState::Suspended.into(),
        ..known.clone()
    };
    for lie in [foreign, suspended] {
        let told = vec![known.clone(), lie];
        service.portals.are(|it| it.subscriptions = Ok(told));
        let shown = preview().await;
        assert!(shown.active_subscriptions.is_empty());
        let availability = shown.active_subscriptions_availability();
        assert_eq!(availability, Availability::Unavailable);
    }

    service
        .portals
        .are(|told| told.subscriptions = Err(Status::internal("broken")));
    let shown = preview().await;
    assert!(shown.active_subscriptions.is_empty());
    let availability = shown.active_subscriptions_availability();
    assert_eq!(availability, Availability::Unavailable);
    assert!(!shown.text.is_empty() && !shown.wording_id.is_empty());
    service.remove(&made[0]).await.unwrap();
}

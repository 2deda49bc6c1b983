//! Delegated admin privileges: records of their own, listed and ended by either side, or by their
//! expiry.

use std::time::Duration;

use proto::customer::v1::Permission;
use proto::relationship::internal::v1::DecideAcceptanceRequest;
use proto::relationship::v1::*;
use tests::{Store, on_both_stores, with};

use crate::support::{Service, outcome, reason};
use crate::world::MANAGING;

on_both_stores!(
    its_partner_or_its_customer_ends_it,
    a_terminated_one_gives_nothing_and_leaves_the_relationship,
    its_time_ends_it,
    an_etag_must_be_the_present_one,
    read_by_its_partner_its_customer_and_operators,
    listed_by_state_and_counterpart,
    a_filter_by_time_reads_a_bounded_number_of_rows,
);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn list(
    service: &Service,
    token: &str,
    request: ListDelegatedPrivilegesRequest,
) -> Vec<DelegatedPrivilege> {
    let (mut listed, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListDelegatedPrivilegesRequest {
            page_token,
            ..request.clone()
        };
        let mut client = service.relationships();
        let page = client
            .list_delegated_privileges(with(token, request))
            .await
            .unwrap()
            .into_inner();
        listed.extend(page.privileges);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return listed;
        }
    }
}

/// R39: what each side reads is what the list shows, also after its end; a third finds nothing.
async fn read_by_its_partner_its_customer_and_operators(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    service.established(&service.solo("adatum")).await;
    let read = async |token: &str, name: &str| {
        let message = GetDelegatedPrivilegeRequest {
            name: name.to_owned(),
        };
        let mut client = service.relationships();
        let answer = client.get_delegated_privilege(with(token, message)).await;
        answer.map(|answer| answer.into_inner().privilege.unwrap())
    };
    let [agent, admin, operator] = [
        service.agent("contoso"),
        service.admin("adatum"),
        service.operator(),
    ];
    for state in [PrivilegeState::Active, PrivilegeState::Terminated] {
        let [listed] = service.privileges("contoso").await.try_into().unwrap();
        assert_eq!(listed.state(), state);
        for token in [&agent, &admin, &operator] {
            assert_eq!(read(token, &listed.name).await.unwrap(), listed);
        }
        let third = read(&service.agent("fabrikam"), &listed.name)
            .await
            .unwrap_err();
        assert_eq!(reason(&third), "NOT_FOUND");
        if state == PrivilegeState::Active {
            service.terminate(&agent, &listed.name).await.unwrap();
        }
    }
    let absent = "partners/contoso/privileges/00000000-0000-0000-0000-000000000009";
    assert_eq!(
        reason(&read(&operator, absent).await.unwrap_err()),
        "NOT_FOUND"
    );
    let refused = read(&operator, "partners/contoso").await.unwrap_err();
    assert_eq!(reason(&refused), "INVALID_FIELDS");
}

/// R39: its partner or its customer, and nobody else, ends a privilege; also one that outlived the
/// relationship.
async fn its_partner_or_its_customer_ends_it(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    for (customer, token) in [
        ("adatum", service.agent("contoso")),
        ("tailspin", service.admin("tailspin")),
    ] {
        let relationships = service
            .established(&service.joint(customer, &partnership))
            .await;
        service.remove(&relationships[0]).await.unwrap();
        let name = service.privileges("contoso").await[0].name.clone();
        for (stranger, told) in [
            (service.agent("fabrikam"), "NOT_FOUND"),
            (service.admin("wingtip"), "NOT_FOUND"),
            (service.agent(customer), "CALLER_NOT_ALLOWED"),
            (service.operator(), "CALLER_NOT_ALLOWED"),
        ] {
            assert_eq!(
                reason(&service.terminate(&stranger, &name).await.unwrap_err()),
                told
            );
        }
        let ended = service.terminate(&token, &name).await.unwrap();
        assert_eq!(ended.state(), PrivilegeState::Terminated);
        assert!(ended.terminate_time.is_some());
        let again = service.terminate(&token, &name).await.unwrap_err();
        assert_eq!(reason(&again), "PRIVILEGE_STATE TERMINATED");
        let elsewhere = name.replace("contoso", "fabrikam");
        let elsewhere = service
            .terminate(&service.agent("fabrikam"), &elsewhere)
            .await
            .unwrap_err();
        assert_eq!(reason(&elsewhere), "NOT_FOUND");
    }
    service.idle().await;
    let told = service.arrived.told();
    assert!(
        told.iter()
            .all(|fact| !fact.contains("adatum") && !fact.contains("tailspin")),
        "{told:?}"
    );
}

/// R22: managing needs an active privilege as well; the relationship, and what needs no privilege,
/// stays.
async fn a_terminated_one_gives_nothing_and_leaves_the_relationship(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let [relationship] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    let [privilege] = service.privileges("contoso").await.try_into().unwrap();
    service
        .terminate(&service.admin("adatum"), &privilege.name)
        .await
        .unwrap();
    for permission in MANAGING {
        let access = service.check("contoso", "adatum", permission).await;
        assert_eq!(access.reason(), DenialReason::PrivilegeRequired);
        assert_eq!(
            (access.relationship.as_str(), access.privilege.as_str()),
            (relationship.as_str(), "")
        );
    }
    assert!(
        service
            .check("contoso", "adatum", Permission::ViewRecord)
            .await
            .allowed
    );
    assert_eq!(service.customers("contoso").await, ["customers/adatum"]);
    // accepting again grants a new one, as none gives as much any more
    service.established(&service.solo("adatum")).await;
    assert!(
        service
            .check("contoso", "adatum", Permission::ManageUsers)
            .await
            .allowed
    );
}

/// R39: what has a lifetime ends by itself, with nothing written, and then nobody can end it.
async fn its_time_ends_it(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let message = DecideAcceptanceRequest {
        privilege_lifetime_days: 1,
        ..service.solo("adatum")
    };
    service.established(&message).await;
    let [privilege] = service.privileges("contoso").await.try_into().unwrap();
    assert_eq!(privilege.state(), PrivilegeState::Active);
    assert!(
        service
            .check("contoso", "adatum", Permission::ManageUsers)
            .await
            .allowed
    );

    service.clock.advance(DAY);
    let [expired] = service.privileges("contoso").await.try_into().unwrap();
    assert_eq!(
        (expired.state(), &expired.etag),
        (PrivilegeState::Expired, &privilege.etag)
    );
    let access = service
        .check("contoso", "adatum", Permission::ManageUsers)
        .await;
    assert_eq!(access.reason(), DenialReason::PrivilegeRequired);
    let late = service
        .terminate(&service.agent("contoso"), &privilege.name)
        .await
        .unwrap_err();
    assert_eq!(reason(&late), "PRIVILEGE_STATE EXPIRED");
}

async fn an_etag_must_be_the_present_one(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    service.established(&service.solo("adatum")).await;
    let [privilege] = service.privileges("contoso").await.try_into().unwrap();
    for (etag, told) in [("stale", "ETAG_MISMATCH"), (&privilege.etag, "OK")] {
        let (name, etag) = (privilege.name.clone(), etag.to_owned());
        let message = TerminateDelegatedPrivilegeRequest {
            name,
            etag,
            ..Default::default()
        };
        let token = service.agent("contoso");
        let mut client = service.relationships();
        assert_eq!(
            outcome(
                &client
                    .terminate_delegated_privilege(with(&token, message))
                    .await
            ),
            told
        );
    }
}

/// R39: both sides read the same privileges, newest first, ended and expired ones included.
async fn listed_by_state_and_counterpart(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    for (customer, days) in [
        ("adatum", 1),
        ("tailspin", 0),
        ("wingtip", 0),
        ("litware", 9),
    ] {
        let lifetime = DecideAcceptanceRequest {
            privilege_lifetime_days: days,
            ..service.solo(customer)
        };
        service.established(&lifetime).await;
    }
    let of = |privileges: &[DelegatedPrivilege]| {
        let customers = privileges
            .iter()
            .map(|one| one.customer.trim_start_matches("customers/"));
        customers.collect::<Vec<_>>().join(" ")
    };
    let agent = service.agent("contoso");
    let request = |counterpart: &str, state: PrivilegeState| ListDelegatedPrivilegesRequest {
        parent: "partners/contoso".to_owned(),
        counterpart: counterpart.to_owned(),
        state: state.into(),
        page_size: 1,
        ..Default::default()
    };
    let all = list(&service, &agent, request("", PrivilegeState::Unspecified)).await;
    assert_eq!(of(&all), "litware wingtip tailspin adatum");
    service
        .terminate(&service.admin("wingtip"), &all[1].name)
        .await
        .unwrap();
    service.clock.advance(2 * DAY);
    for (state, expected) in [
        (
            PrivilegeState::Unspecified,
            "litware wingtip tailspin adatum",
        ),
        (PrivilegeState::Active, "litware tailspin"),
        (PrivilegeState::Terminated, "wingtip"),
        (PrivilegeState::Expired, "adatum"),
    ] {
        let listed = list(&service, &agent, request("", state)).await;
        assert_eq!(of(&listed), expected, "{state:?}");
        assert!(
            state == PrivilegeState::Unspecified || listed.iter().all(|one| one.state() == state)
        );
    }
    let adatum = request("customers/adatum", PrivilegeState::Unspecified);
    assert_eq!(of(&list(&service, &agent, adatum).await), "adatum");
    for (token, counterpart, expected) in [
        (service.admin("adatum"), "", "adatum"),
        (service.operator(), "partners/contoso", "adatum"),
        (service.admin("adatum"), "partners/fabrikam", ""),
    ] {
        let parent = "customers/adatum".to_owned();
        let any = PrivilegeState::Unspecified;
        let request = ListDelegatedPrivilegesRequest {
            parent,
            ..request(counterpart, any)
        };
        assert_eq!(of(&list(&service, &token, request).await), expected);
    }
}

/// What only the time tells is looked for in a bounded number of rows: a page may be empty, and
/// more still follow.
async fn a_filter_by_time_reads_a_bounded_number_of_rows(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let ending = DecideAcceptanceRequest {
        privilege_lifetime_days: 1,
        ..service.solo("adatum")
    };
    service.established(&ending).await;
    for number in 0..600 {
        service
            .established(&service.solo(&format!("c{number}")))
            .await;
    }
    service.clock.advance(2 * DAY);
    let request = ListDelegatedPrivilegesRequest {
        parent: "partners/contoso".to_owned(),
        state: PrivilegeState::Expired.into(),
        ..Default::default()
    };
    let agent = service.agent("contoso");
    let mut client = service.relationships();
    let first = client
        .list_delegated_privileges(with(&agent, request.clone()))
        .await
        .unwrap();
    let first = first.into_inner();
    assert!(first.privileges.is_empty() && !first.next_page_token.is_empty());
    let listed = list(&service, &agent, request).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].customer, "customers/adatum");
}

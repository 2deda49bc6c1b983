//! Names: what a partner calls itself, and where it is shown beside its id.

use proto::relationship::internal::v1::DecideAcceptanceRequest;
use proto::relationship::v1::*;
use tests::{Store, on_both_stores, refused, with};
use tonic::{Code, Status};

use crate::removal::get;
use crate::support::{Service, reason};

on_both_stores!(
    names_stand_beside_ids,
    a_partner_renames_itself,
    nothing_else_is_changed,
    the_inviters_reference_is_the_inviters,
);

async fn rename(
    service: &Service,
    partner: Partner,
    paths: Option<&[&str]>,
) -> Result<Partner, Status> {
    let update_mask = paths.map(|paths| prost_types::FieldMask {
        paths: paths.iter().map(|&path| path.to_owned()).collect(),
    });
    let message = UpdatePartnerRequest {
        partner: Some(partner),
        update_mask,
        ..Default::default()
    };
    let token = service.admin("contoso");
    let mut partners = service.partners();
    let answer = partners.update_partner(with(&token, message));
    Ok(answer.await?.into_inner().partner.unwrap())
}

fn contoso(display_name: &str) -> Partner {
    Partner {
        name: "partners/contoso".to_owned(),
        display_name: display_name.to_owned(),
        ..Default::default()
    }
}

/// What everybody who may see them reads of contoso and adatum: in relationships, privileges, who
/// can reach whom, and partnerships, listed and got.
async fn shown(service: &Service, relationship: &str, partnership: &str) -> Vec<[String; 2]> {
    let mut shown = Vec::new();
    let (agent, adatum, operator) = (
        service.agent("contoso"),
        service.admin("adatum"),
        service.operator(),
    );
    for (token, parent) in [
        (&agent, "partners/contoso"),
        (&adatum, "customers/adatum"),
        (&operator, "customers/adatum"),
    ] {
        let one = get(service, token, relationship).await.unwrap();
        shown.push([one.partner_display_name, one.customer_display_name]);
        let message = ListRelationshipsRequest {
            parent: parent.to_owned(),
            ..Default::default()
        };
        let mut relationships = service.relationships();
        let page = relationships.list_relationships(with(token, message)).await;
        for one in page.unwrap().into_inner().relationships {
            shown.push([one.partner_display_name, one.customer_display_name]);
        }
        let message = ListDelegatedPrivilegesRequest {
            parent: parent.to_owned(),
            ..Default::default()
        };
        let page = relationships.list_delegated_privileges(with(token, message));
        for one in page.await.unwrap().into_inner().privileges {
            let message = GetDelegatedPrivilegeRequest {
                name: one.name.clone(),
            };
            let got = relationships.get_delegated_privilege(with(token, message));
            assert_eq!(
                got.await.unwrap().into_inner().privilege.as_ref(),
                Some(&one)
            );
            shown.push([one.partner_display_name, one.customer_display_name]);
        }
        let message = ListAccessRequest {
            parent: parent.to_owned(),
            ..Default::default()
        };
        let page = service.access().list_access(with(token, message)).await;
        for one in page.unwrap().into_inner().entries {
            shown.push([one.partner_display_name, one.customer_display_name]);
        }
    }
    let message = GetPartnershipRequest {
        name: partnership.to_owned(),
    };
    let mut partners = service.partners();
    let answer = partners.get_partnership(with(&agent, message));
    let one = answer.await.unwrap().into_inner().partnership.unwrap();
    let message = ListPartnershipsRequest {
        parent: "partners/fabrikam".to_owned(),
        ..Default::default()
    };
    let fabrikam = service.agent("fabrikam");
    let page = service
        .partners()
        .list_partnerships(with(&fabrikam, message))
        .await;
    let listed = page.unwrap().into_inner().partnerships;
    assert_eq!(listed, std::slice::from_ref(&one));
    assert_eq!(one.provider_display_name, "fabrikam Ltd");
    // beside contoso, where a customer would stand
    shown.push([one.reseller_display_name, "adatum Inc".to_owned()]);
    shown
}

/// P3: whoever may see a partner or a customer reads what it is called.
async fn names_stand_beside_ids(store: Store) {
    let service = Service::start(&store).await;
    let proposed = service.connected().await;
    let [ours] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    let shown = shown(&service, &ours, &proposed).await;
    assert_eq!(shown.len(), 3 * 4 + 1);
    for [partner, customer] in shown {
        assert_eq!([partner.as_str(), &customer], ["contoso Ltd", "adatum Inc"]);
    }
    // what a change answers has the names as well
    let ended = service.end("contoso", &proposed).await.unwrap();
    let again = service.propose("fabrikam", "contoso").await.unwrap();
    let accepted = service.accept("contoso", &again.name).await.unwrap();
    for one in [ended, again, accepted] {
        assert_eq!(
            [one.reseller_display_name, one.provider_display_name],
            ["contoso Ltd", "fabrikam Ltd"]
        );
    }
    let removed = service.remove(&ours).await.unwrap();
    assert_eq!(
        [removed.partner_display_name, removed.customer_display_name],
        ["contoso Ltd", "adatum Inc"]
    );
    let privilege = &service.privileges("contoso").await[0].name;
    let terminated = service.terminate(&service.admin("adatum"), privilege).await;
    let terminated = terminated.unwrap();
    assert_eq!(
        [
            terminated.partner_display_name,
            terminated.customer_display_name
        ],
        ["contoso Ltd", "adatum Inc"]
    );
}

/// P3, P9: a partner calls itself otherwise, and is shown so everywhere from the answer on.
async fn a_partner_renames_itself(store: Store) {
    let service = Service::start(&store).await;
    let proposed = service.connected().await;
    let [ours] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    for (name, paths) in [
        ("Contoso S.A.", None),
        ("Contoso", Some(&["display_name"][..])),
    ] {
        let renamed = rename(&service, contoso(name), paths).await.unwrap();
        assert_eq!(
            (renamed.display_name.as_str(), renamed.state()),
            (name, PartnerState::Active)
        );
        for [partner, _] in shown(&service, &ours, &proposed).await {
            assert_eq!(partner, name);
        }
    }
    let audit = "SELECT detail FROM audit WHERE action = 'UpdatePartner'";
    let mut kept = service.lines(audit).await;
    kept.sort();
    assert_eq!(
        kept,
        [
            "Contoso S.A. instead of contoso Ltd",
            "Contoso instead of Contoso S.A."
        ]
    );
}

/// P9: what cannot be changed is refused, and changes nothing.
async fn nothing_else_is_changed(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    for (partner, paths, field) in [
        (contoso(""), None, "partner.display_name"),
        (contoso(&"a".repeat(101)), None, "partner.display_name"),
        (contoso("C"), Some(&["kind"][..]), "update_mask"),
        (
            contoso("C"),
            Some(&["display_name", "kind"][..]),
            "update_mask",
        ),
        (contoso("C"), Some(&[][..]), "update_mask"),
    ] {
        let status = rename(&service, partner, paths).await.unwrap_err();
        assert_eq!(refused(&status).fields, [field]);
    }
    let stale = Partner {
        etag: "stale".to_owned(),
        ..contoso("C")
    };
    let stale = rename(&service, stale, None).await.unwrap_err();
    assert_eq!(
        (stale.code(), reason(&stale).as_str()),
        (Code::Aborted, "ETAG_MISMATCH")
    );
    let foreign = Partner {
        name: "partners/fabrikam".to_owned(),
        ..contoso("C")
    };
    let foreign = rename(&service, foreign, None).await.unwrap_err();
    assert_eq!(reason(&foreign), "NOT_FOUND");
    let audit = "SELECT detail FROM audit WHERE action = 'UpdatePartner'";
    assert_eq!(service.lines(audit).await, [""; 0]);
}

/// P8: what the inviter calls it stands in its customer's entry, in its relationship and in what
/// its watchers are told; the provider and the customer never read it.
async fn the_inviters_reference_is_the_inviters(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let acceptance = DecideAcceptanceRequest {
        correlation_id: "crm-7".to_owned(),
        ..service.joint("adatum", &partnership)
    };
    let mut watching = service.watch_own("contoso").await;
    let mut other = service.watch_own("fabrikam").await;
    let decision = service.establish(&acceptance).await.unwrap();
    assert_eq!(decision.customer_display_name, "adatum Inc");
    // asked again it answers the same, with a reference or without
    let again = DecideAcceptanceRequest {
        correlation_id: String::new(),
        ..acceptance
    };
    assert_eq!(service.establish(&again).await.unwrap(), decision);

    let [ours, theirs] = decision.relationships.try_into().unwrap();
    let (contoso, fabrikam, adatum, operator) = (
        service.agent("contoso"),
        service.agent("fabrikam"),
        service.admin("adatum"),
        service.operator(),
    );
    for (token, relationship, expected) in [
        (&contoso, &ours, "crm-7"),
        (&operator, &ours, "crm-7"),
        (&adatum, &ours, ""),
        (&fabrikam, &theirs, ""),
        (&operator, &theirs, ""),
    ] {
        let read = get(&service, token, relationship).await.unwrap();
        assert_eq!(read.correlation_id, expected, "{relationship}");
    }
    for (token, partner, expected) in [(&contoso, "contoso", "crm-7"), (&fabrikam, "fabrikam", "")]
    {
        let message = ListCustomersRequest {
            parent: format!("partners/{partner}"),
            ..Default::default()
        };
        let mut relationships = service.relationships();
        let page = relationships.list_customers(with(token, message)).await;
        let [entry] = page.unwrap().into_inner().customers.try_into().unwrap();
        assert_eq!(entry.correlation_id, expected, "{partner}");
    }
    let ending = EndRelationshipRequest {
        name: ours,
        ..Default::default()
    };
    service.end_relationship("adatum", ending).await.unwrap();
    let references = |change: &Change| -> Vec<String> {
        let of = |event: &ChangeEvent| event.correlation_id.clone();
        change.events.iter().map(of).collect()
    };
    // established with a privilege, and ended
    assert_eq!(references(&watching.change().await), ["crm-7", ""]);
    assert_eq!(references(&watching.change().await), ["crm-7"]);
    assert_eq!(references(&other.change().await), [""]);
}

//! DecideAcceptance: every relationship or none, once, as it was taken.

use std::time::Duration;

use proto::customer::v1::Permission;
use proto::relationship::internal::v1::{
    ActingUser, DecideAcceptanceRequest, HasAccountRequest, Outcome,
};
use proto::relationship::v1::*;
use tests::{Store, on_both_stores, with};
use tokio::task::JoinSet;

use crate::support::{Service, reason};
use crate::world::{MANAGING, PROVIDER, RESELLER};

on_both_stores!(
    a_joint_acceptance_establishes_both,
    a_reseller_alone_gets_its_own_relationship_only,
    a_refused_decision_establishes_nothing_and_opens_no_account,
    only_the_pinned_partnership_counts,
    a_repeat_is_answered_as_it_was_taken,
    a_repeat_of_a_refusal_stays_refused,
    a_refusal_says_what_the_customer_is_called,
    a_late_repeat_brings_no_removed_relationship_back,
    of_64_at_once_one_decides,
    what_stands_is_kept_and_shown,
    a_lesser_privilege_stays_beside_the_new_one,
    a_decision_tells_nobody_and_names_the_acting_user,
);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// R27, R33, R34, R35, R36: one decision, two relationships of one moment, a privilege for the
/// reseller, none for the provider.
async fn a_joint_acceptance_establishes_both(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let mut message = service.joint("adatum", &partnership);
    message.privilege_lifetime_days = 30;
    let before = service.clock.now();
    let [reseller, provider] = service.established(&message).await.try_into().unwrap();
    assert!(
        reseller.starts_with("partners/contoso/relationships/"),
        "{reseller}"
    );
    assert!(
        provider.starts_with("partners/fabrikam/relationships/"),
        "{provider}"
    );

    let read = async |name: &str| {
        let message = GetRelationshipRequest {
            name: name.to_owned(),
        };
        let answer = service
            .relationships()
            .get_relationship(with(&service.operator(), message))
            .await;
        answer.unwrap().into_inner().relationship.unwrap()
    };
    let (ours, theirs) = (read(&reseller).await, read(&provider).await);
    assert_eq!(ours.establish_time, theirs.establish_time);
    assert_eq!(
        (ours.partner_kind(), theirs.partner_kind()),
        (RESELLER, PROVIDER)
    );
    for one in [&ours, &theirs] {
        assert_eq!(one.state(), RelationshipState::Active);
        assert_eq!(
            (one.customer.as_str(), one.origin.as_str()),
            ("customers/adatum", "invitation")
        );
        assert_eq!(one.customer_display_name, "adatum Inc");
        let acceptance = format!("customers/adatum/acceptances/{}", message.acceptance_id);
        assert_eq!(one.acceptance, acceptance);
        assert_eq!((&one.removal, &one.remove_time), (&None, &None));
    }

    let [privilege] = service.privileges("contoso").await.try_into().unwrap();
    assert_eq!(privilege.permissions, MANAGING.map(i32::from));
    assert_eq!(privilege.grant_time, ours.establish_time);
    let end = platform::clock::Time::from_timestamp(&privilege.expire_time.unwrap()).unwrap();
    assert!(end.since(before) >= 30 * DAY && end.since(before) < 31 * DAY);
    assert_eq!(service.privileges("fabrikam").await, []);
}

/// R12: an acceptance of the reseller alone authorises the reseller alone.
async fn a_reseller_alone_gets_its_own_relationship_only(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let relationships = service.established(&service.solo("adatum")).await;
    assert_eq!(relationships.len(), 1);
    assert_eq!(service.customers("contoso").await, ["customers/adatum"]);
    assert_eq!(service.customers("fabrikam").await, [""; 0]);
    assert_eq!(service.privileges("contoso").await[0].expire_time, None);
}

/// R36, and a suspended party: refused whole, with the first reason there is; no relationship,
/// privilege or account.
async fn a_refused_decision_establishes_nothing_and_opens_no_account(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let decide = async || {
        service
            .establish(&service.joint("adatum", &partnership))
            .await
            .unwrap()
    };

    service.suspend("fabrikam").await.unwrap();
    assert_eq!(decide().await.outcome(), Outcome::ProviderNotActive);
    service.suspend("contoso").await.unwrap();
    assert_eq!(decide().await.outcome(), Outcome::ResellerNotActive);
    let alone = service.establish(&service.solo("adatum")).await.unwrap();
    assert_eq!(alone.outcome(), Outcome::ResellerNotActive);
    service.end("fabrikam", &partnership).await.unwrap();
    let decision = decide().await;
    assert_eq!(decision.outcome(), Outcome::PartnershipEnded);
    assert_eq!(decision.relationships, [""; 0]);
    assert_eq!(decision.customer, "customers/adatum");

    for table in ["account", "relationship", "privilege"] {
        assert_eq!(service.count(table).await, 0, "{table}");
    }
    assert_eq!(service.count("decision").await, 4);
    let message = HasAccountRequest {
        customer: "customers/adatum".to_owned(),
    };
    let found = service
        .internal()
        .has_account(with(&service.admin("adatum"), message))
        .await;
    assert!(!found.unwrap().into_inner().exists);
}

/// R28, R31: an invitation is tied to the partnership it was made under, of just these two; a newer
/// one does not do.
async fn only_the_pinned_partnership_counts(store: Store) {
    let service = Service::start(&store).await;
    let ended = service.connected().await;
    service.end("contoso", &ended).await.unwrap();
    let newer = service.connect("fabrikam", "contoso").await;
    assert_ne!(ended, newer);
    service.enrolled("northwind", PROVIDER).await;
    let others = service.connect("contoso", "northwind").await;
    let proposed = {
        service.enrolled("wingtip", PROVIDER).await;
        service.propose("contoso", "wingtip").await.unwrap().name
    };
    let unknown = format!("partnerships/{}", service.uuid());
    for pinned in [&ended, &others, &proposed, &unknown] {
        let decision = service
            .establish(&service.joint("adatum", pinned))
            .await
            .unwrap();
        assert_eq!(decision.outcome(), Outcome::PartnershipEnded);
    }
    assert_eq!(
        service
            .established(&service.joint("adatum", &newer))
            .await
            .len(),
        2
    );
}

/// R36: the first decision stands; who asks again, even with other content, is answered what was
/// decided.
async fn a_repeat_is_answered_as_it_was_taken(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let message = service.joint("adatum", &partnership);
    let first = service.establish(&message).await.unwrap();
    assert!(!first.content_differs);
    service.end("contoso", &partnership).await.unwrap();
    service.suspend("contoso").await.unwrap();
    assert_eq!(service.establish(&message).await.unwrap(), first);

    let other = DecideAcceptanceRequest {
        customer: "customers/tailspin".to_owned(),
        ..message.clone()
    };
    let without_data = DecideAcceptanceRequest {
        account: None,
        ..other.clone()
    };
    for differing in [other, without_data] {
        let repeat = service.establish(&differing).await.unwrap();
        assert!(repeat.content_differs);
        assert_eq!(
            (repeat.customer, repeat.outcome),
            (first.customer.clone(), first.outcome)
        );
        assert_eq!(repeat.relationships, first.relationships);
    }
    // who accepted and with what account is not what makes it another acceptance
    let same = DecideAcceptanceRequest {
        account: None,
        user: Some(ActingUser {
            issuer: "other".to_owned(),
            subject: "eve".to_owned(),
        }),
        ..message
    };
    assert_eq!(service.establish(&same).await.unwrap(), first);
    assert_eq!(service.count("relationship").await, 2);
    assert_eq!(service.count("account").await, 1);
}

/// P3: what a customer that has an account is called stands in a refusal, too, and when it is
/// repeated.
async fn a_refusal_says_what_the_customer_is_called(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    service.established(&service.solo("adatum")).await;
    service.suspend("fabrikam").await.unwrap();
    let message = service.joint("adatum", &partnership);
    let refused = service.establish(&message).await.unwrap();
    assert_eq!(refused.outcome(), Outcome::ProviderNotActive);
    assert_eq!(refused.customer_display_name, "adatum Inc");
    assert_eq!(service.establish(&message).await.unwrap(), refused);
}

/// R36: what was refused stays refused, also once nothing stands in the way any more.
async fn a_repeat_of_a_refusal_stays_refused(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    service.suspend("fabrikam").await.unwrap();
    let message = service.joint("adatum", &partnership);
    let refused = service.establish(&message).await.unwrap();
    assert_eq!(refused.outcome(), Outcome::ProviderNotActive);
    service.reinstate("fabrikam").await.unwrap();
    assert_eq!(service.establish(&message).await.unwrap(), refused);
    let without_data = DecideAcceptanceRequest {
        account: None,
        ..message
    };
    assert_eq!(service.establish(&without_data).await.unwrap(), refused);
    for table in ["account", "relationship", "privilege"] {
        assert_eq!(service.count(table).await, 0, "{table}");
    }
}

/// R38: a decision is for good, a relationship is not: a late repeat does not bring it back.
async fn a_late_repeat_brings_no_removed_relationship_back(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let message = service.joint("adatum", &partnership);
    let relationships = service.established(&message).await;
    service.remove(&relationships[0]).await.unwrap();
    assert_eq!(service.established(&message).await, relationships);
    assert_eq!(service.customers("contoso").await, [""; 0]);
    assert_eq!(service.customers("fabrikam").await, ["customers/adatum"]);
}

/// R36: the same acceptance 64 times at once is one decision with one pair of relationships.
async fn of_64_at_once_one_decides(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let message = service.joint("adatum", &partnership);
    let mut racers = JoinSet::new();
    for _ in 0..64 {
        let (mut client, message) = (service.internal(), message.clone());
        racers.spawn(async move {
            client
                .decide_acceptance(message)
                .await
                .unwrap()
                .into_inner()
        });
    }
    let decisions = racers.join_all().await;
    assert!(decisions.iter().all(|decision| *decision == decisions[0]));
    assert_eq!(decisions[0].relationships.len(), 2);
    for (table, rows) in [
        ("decision", 1),
        ("relationship", 2),
        ("privilege", 1),
        ("account", 1),
    ] {
        assert_eq!(service.count(table).await, rows, "{table}");
    }
}

/// Of two relationships one may stand already: it is kept, the other is established, and the answer
/// shows both.
async fn what_stands_is_kept_and_shown(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let [kept] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    let relationships = service
        .established(&service.joint("adatum", &partnership))
        .await;
    assert_eq!(relationships.len(), 2);
    assert_eq!(relationships[0], kept);
    assert_eq!(
        service
            .established(&service.joint("adatum", &partnership))
            .await,
        relationships
    );
    assert_eq!(service.count("relationship").await, 2);
    assert_eq!(
        service.privileges("contoso").await.len(),
        1,
        "one that gives as much is enough"
    );
}

/// R39: a lesser privilege stays as it is; each permission needs one that gives it.
async fn a_lesser_privilege_stays_beside_the_new_one(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let mut ending = service.solo("adatum");
    ending.privilege_lifetime_days = 1;
    service.established(&ending).await;
    let [lesser] = service.privileges("contoso").await.try_into().unwrap();

    service.established(&service.solo("adatum")).await;
    let [lasting, old] = service.privileges("contoso").await.try_into().unwrap();
    assert_eq!((old, lasting.expire_time), (lesser, None));
    let shorter = DecideAcceptanceRequest {
        privilege_lifetime_days: 730,
        ..service.solo("adatum")
    };
    service.established(&shorter).await;
    assert_eq!(
        service.privileges("contoso").await.len(),
        2,
        "the lasting one gives as much"
    );

    service.clock.advance(2 * DAY);
    let access = service
        .check("contoso", "adatum", Permission::ManageUsers)
        .await;
    assert_eq!((access.allowed, access.privilege), (true, lasting.name));
}

/// A decision appends nothing for notification; what it did is kept under the name of who accepted.
async fn a_decision_tells_nobody_and_names_the_acting_user(store: Store) {
    let service = Service::start(&store).await;
    let partnership = service.connected().await;
    let (outbox, audit) = (service.count("outbox").await, service.count("audit").await);
    let message = service.joint("adatum", &partnership);
    let relationships = service.established(&message).await;
    assert_eq!(service.count("outbox").await, outbox);
    let acts = service
        .lines(
            "SELECT action || ' ' || issuer || ' ' || subject || ' ' || tenant || ' ' || resource \
             FROM audit WHERE subject = 'bob' ORDER BY resource",
        )
        .await;
    let by = "https://issuer.example bob adatum";
    let privilege = &service.privileges("contoso").await[0].name;
    let mut expected = vec![
        format!(
            "DecideAcceptance {by} customers/adatum/acceptances/{}",
            message.acceptance_id
        ),
        format!("EstablishRelationship {by} {}", relationships[0]),
        format!("EstablishRelationship {by} {}", relationships[1]),
        format!("GrantPrivilege {by} {privilege}"),
    ];
    expected.sort_by_key(|act| act.rsplit(' ').next().unwrap().to_owned());
    assert_eq!(acts, expected);

    service.suspend("contoso").await.unwrap();
    service.establish(&service.solo("adatum")).await.unwrap();
    assert_eq!(service.count("audit").await, audit + 4 + 1 + 1);
    let status = service
        .establish(&DecideAcceptanceRequest::default())
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "INVALID_FIELDS");
}

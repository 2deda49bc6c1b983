//! Open invitations like a new one, on SQLite and PostgreSQL: which count, and what finding one
//! costs.

use std::time::Duration;

use ::tests::{Store as TestStore, on_both_stores};
use sea_orm::QueryTrait;
use vocabulary::domain::Domain;
use vocabulary::email::AsciiEmailAddress;

use super::*;
use crate::domain::samples::{customer, parties, partner, terms};
use crate::store::tests::fresh;
use crate::store::tests::many::{MANY, cost, seed};

on_both_stores!(the_newest_open_one_like_it_is_found_by_its_index);

/// P7: at 100,000 invitations, of the same parties and bound to the same, by a look at no more than
/// those of the partner that are open and bound to the same.
async fn the_newest_open_one_like_it_is_found_by_its_index(on: TestStore) {
    let (store, clock) = fresh(&on, MANY).await;
    let now = clock.now();
    let later = (now + Duration::from_secs(30 * 86_400)).micros();
    // every third has expired, unrecorded
    let open_until = format!("CASE WHEN i % 3 = 0 THEN {} ELSE {later} END", now.micros());
    seed(&store, 100_000, &open_until).await;
    let all = Entity::find()
        .order_by_desc(Column::CreateTime)
        .order_by_desc(Column::Id);
    let all = all.all(store.db.reader()).await.unwrap();
    let solo = Parties {
        joint: None,
        ..parties()
    };
    let with_proseware = {
        let mut parties = parties();
        parties.joint.as_mut().unwrap().provider.partner = partner("proseware");
        parties
    };
    let email = |text| BoundTo::Email(AsciiEmailAddress::parse(text).unwrap());
    let domain = |text| BoundTo::EmailDomain(Domain::parse(text).unwrap());
    let mut found = 0;
    for parties in [parties(), solo, with_proseware] {
        for bound_to in [
            BoundTo::Customer(customer("customer-10")),
            BoundTo::Customer(customer("customer-16")),
            BoundTo::Customer(customer("nobody")),
            email("user@domain-7.example"),
            email("user@domain-8.example"),
            domain("domain-15.example"),
            domain("domain-2.example"),
        ] {
            let provider = parties.provider().map(|party| party.partner.clone());
            let expected = all.iter().find(|row| {
                let row = crate::store::read((*row).clone()).unwrap().seen_at(now);
                row.terms.bound_to == bound_to
                    && row.parties.provider().map(|it| it.partner.clone()) == provider
                    && row.state_kind() == StateKind::Open
            });
            let expected = expected.map(|row| InvitationName::new(&row.partner, row.id));
            let asked = terms(bound_to.clone());
            let alike = store
                .check_invitation(parties.clone(), asked)
                .await
                .unwrap();
            assert_eq!(alike, expected, "{bound_to:?} with {provider:?}");
            found += usize::from(alike.is_some());
            let select = open_alike(&parties, &bound_to, now).unwrap();
            let sql = select.clone().build(store.db.backend()).sql;
            // as a parameter, the state would leave a prepared statement's plan without its index
            assert!(sql.contains("\"state\" = '"), "{sql}");
            // at most those bound to the same, of 37,500 that are open
            let bound = all.iter().filter(|row| {
                let row = crate::store::read((*row).clone()).unwrap();
                row.terms.bound_to == bound_to && row.state_kind() == StateKind::Open
            });
            let most = 250 + 10 * u64::try_from(bound.count()).unwrap();
            let read = cost(&store, select, index_of(&bound_to)).await;
            assert!(
                read < most && most < 8000,
                "{read} of {most} read for {bound_to:?}"
            );
        }
    }
    assert!(found >= 4, "{found} have one like them");
    let anybody = store.check_invitation(parties(), terms(BoundTo::Anybody));
    assert_eq!(anybody.await.unwrap(), None);
}

/// The index that finds open invitations bound like this.
fn index_of(bound_to: &BoundTo) -> &'static str {
    match bound_to {
        BoundTo::Anybody => unreachable!("nothing is looked for"),
        BoundTo::Customer(_) => "invitation_open_customer",
        BoundTo::Email(_) => "invitation_open_email",
        BoundTo::EmailDomain(_) => "invitation_open_email_domain",
    }
}

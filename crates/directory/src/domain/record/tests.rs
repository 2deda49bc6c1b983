//! Every way in which a line meets what is there: brought, replaced, unchanged, or not taken.

use uuid::Uuid;

use super::super::subscription::tests::{quantity, subscription};
use super::super::user::tests::user;
use super::*;

const NOW: Time = Time::from_micros(9_000_000);
const EARLIER: Time = Time::from_micros(3_000_000);

/// Adatum's subscription 1 with two licences, one of them assigned to user 2 as licence 3.
fn holdings() -> Holdings {
    let license = License {
        id: Uuid::from_u128(3).into(),
        customer: customer("adatum"),
        subscription: Uuid::from_u128(1).into(),
        user: Uuid::from_u128(2).into(),
        assign_time: EARLIER,
        withdraw_time: None,
    };
    Holdings::new(
        vec![subscription(State::Active)],
        vec![user(None)],
        vec![license],
    )
}

fn customer(id: &str) -> CustomerId {
    CustomerId::parse(id).unwrap()
}

fn subscription_line(id: u128) -> SubscriptionRecord {
    SubscriptionRecord {
        id: Uuid::from_u128(id).into(),
        create_time: None,
        update_time: None,
        ..subscription(State::Active).into()
    }
}

fn user_line(id: u128, name: &str) -> UserRecord {
    UserRecord {
        id: Uuid::from_u128(id).into(),
        sign_in_name: SignInName::parse(name).unwrap(),
        create_time: None,
        ..user(None).into()
    }
}

fn license_line(id: u128, subscription: u128, user: u128) -> LicenseRecord {
    LicenseRecord {
        id: Uuid::from_u128(id).into(),
        customer: customer("adatum"),
        subscription: Uuid::from_u128(subscription).into(),
        user: Uuid::from_u128(user).into(),
        assign_time: None,
    }
}

fn changes(holdings: &Holdings) -> [usize; 3] {
    [
        holdings.changed_subscriptions().len(),
        holdings.changed_users().len(),
        holdings.changed_licenses().len(),
    ]
}

#[test]
fn what_is_there_already_changes_nothing() {
    let mut holdings = holdings();
    holdings
        .take_subscription(subscription_line(1), NOW)
        .unwrap();
    holdings
        .take_user(user_line(2, "ana@adatum.example"), NOW)
        .unwrap();
    holdings.take_license(license_line(3, 1, 2), NOW).unwrap();
    assert_eq!(changes(&holdings), [0, 0, 0]);
}

#[test]
fn what_a_line_says_otherwise_is_replaced() {
    let mut holdings = holdings();
    let line = SubscriptionRecord {
        quantity: quantity(5),
        state: State::Suspended,
        ..subscription_line(1)
    };
    holdings.take_subscription(line, NOW).unwrap();
    let line = UserRecord {
        display_name: "Ana Lima".to_owned(),
        create_time: Some(EARLIER),
        ..user_line(2, "ANA@adatum.example")
    };
    holdings.take_user(line, NOW).unwrap();
    let line = LicenseRecord {
        assign_time: Some(NOW),
        ..license_line(3, 1, 2)
    };
    holdings.take_license(line, NOW).unwrap();

    let after = &holdings.changed_subscriptions()[0];
    assert_eq!(
        (after.quantity, after.state, after.assigned),
        (quantity(5), State::Suspended, 1)
    );
    assert_eq!((after.update_time, after.version), (NOW, 4));
    let after = &holdings.changed_users()[0];
    assert_eq!(
        (after.display_name.as_str(), after.create_time),
        ("Ana Lima", EARLIER)
    );
    assert_eq!(holdings.changed_licenses()[0].assign_time, NOW);
    assert_eq!(holdings.renamed_users().len(), 0, "case is no other name");
}

#[test]
fn new_ones_are_brought_with_their_times_or_this_one() {
    let mut holdings = Holdings::default();
    holdings
        .take_subscription(subscription_line(1), NOW)
        .unwrap();
    let timed = SubscriptionRecord {
        create_time: Some(EARLIER),
        ..subscription_line(2)
    };
    holdings.take_subscription(timed, NOW).unwrap();
    holdings
        .take_user(user_line(7, "bo@adatum.example"), NOW)
        .unwrap();
    holdings.take_license(license_line(8, 1, 7), NOW).unwrap();
    assert_eq!(changes(&holdings), [2, 1, 1]);
    let times: Vec<_> = holdings
        .changed_subscriptions()
        .iter()
        .map(|one| (one.create_time, one.update_time, one.assigned))
        .collect();
    assert_eq!(times, [(NOW, NOW, 1), (EARLIER, EARLIER, 0)]);
}

#[test]
fn a_subscription_is_not_taken_away_or_made_too_small() {
    let mut holdings = holdings();
    let foreign = SubscriptionRecord {
        customer: customer("wingtip"),
        ..subscription_line(1)
    };
    assert_eq!(
        holdings.take_subscription(foreign, NOW),
        Err(Rejection::ForeignId)
    );
    holdings
        .take_user(user_line(7, "bo@adatum.example"), NOW)
        .unwrap();
    holdings.take_license(license_line(8, 1, 7), NOW).unwrap();
    let small = SubscriptionRecord {
        quantity: quantity(1),
        ..subscription_line(1)
    };
    assert_eq!(
        holdings.take_subscription(small, NOW),
        Err(Rejection::QuantityBelowAssigned(2))
    );
}

#[test]
fn sign_in_names_are_taken_given_up_and_swapped() {
    let mut holdings = holdings();
    let taken = user_line(7, "ANA@adatum.example");
    assert_eq!(
        holdings.take_user(taken, NOW),
        Err(Rejection::SignInNameTaken)
    );
    let elsewhere = UserRecord {
        customer: customer("wingtip"),
        ..user_line(8, "ana@adatum.example")
    };
    holdings.take_user(elsewhere.clone(), NOW).unwrap();
    let foreign = UserRecord {
        customer: customer("wingtip"),
        ..user_line(2, "x@adatum.example")
    };
    assert_eq!(holdings.take_user(foreign, NOW), Err(Rejection::ForeignId));
    holdings
        .take_user(user_line(2, "bo@adatum.example"), NOW)
        .unwrap();
    holdings
        .take_user(user_line(7, "ana@adatum.example"), NOW)
        .unwrap();
    assert_eq!(holdings.renamed_users(), [Uuid::from_u128(2).into()]);

    let mut removed = Holdings::new(vec![], vec![user(Some(EARLIER))], vec![]);
    let back = user_line(2, "ana@adatum.example");
    assert_eq!(removed.take_user(back, NOW), Err(Rejection::UserRemoved));
    removed
        .take_user(user_line(7, "ana@adatum.example"), NOW)
        .unwrap();
    let line = license_line(3, 1, 2);
    assert_eq!(
        removed.take_license(line, NOW),
        Err(Rejection::SubscriptionUnknown)
    );
}

#[test]
fn a_licence_needs_its_subscription_its_user_and_one_to_spare() {
    let mut holdings = holdings();
    holdings
        .take_user(user_line(7, "bo@adatum.example"), NOW)
        .unwrap();
    holdings
        .take_user(user_line(9, "cy@adatum.example"), NOW)
        .unwrap();
    let foreign = LicenseRecord {
        customer: customer("wingtip"),
        ..license_line(8, 1, 7)
    };
    let table = [
        (foreign, Err(Rejection::SubscriptionUnknown)),
        (license_line(8, 5, 7), Err(Rejection::SubscriptionUnknown)),
        (license_line(8, 1, 5), Err(Rejection::UserUnknown)),
        (license_line(8, 1, 2), Err(Rejection::LicenseAssigned)),
        (license_line(3, 1, 7), Err(Rejection::OtherLicense)),
        (license_line(8, 1, 7), Ok(())),
        (license_line(10, 1, 9), Err(Rejection::LicensesExhausted(2))),
    ];
    for (line, expected) in table {
        assert_eq!(
            holdings.take_license(line.clone(), NOW),
            expected,
            "{line:?}"
        );
    }

    let withdrawn = License {
        id: Uuid::from_u128(3).into(),
        customer: customer("adatum"),
        subscription: Uuid::from_u128(1).into(),
        user: Uuid::from_u128(2).into(),
        assign_time: EARLIER,
        withdraw_time: Some(EARLIER),
    };
    let mut holdings = Holdings::new(
        vec![subscription(State::Active)],
        vec![user(None)],
        vec![withdrawn.clone()],
    );
    assert_eq!(
        holdings.take_license(license_line(3, 1, 2), NOW),
        Err(Rejection::LicenseWithdrawn)
    );
    holdings.take_license(license_line(4, 1, 2), NOW).unwrap();
    let mut holdings = Holdings::new(
        vec![subscription(State::Active)],
        vec![user(Some(EARLIER))],
        vec![withdrawn],
    );
    assert_eq!(
        holdings.take_license(license_line(4, 1, 2), NOW),
        Err(Rejection::UserRemoved)
    );
}

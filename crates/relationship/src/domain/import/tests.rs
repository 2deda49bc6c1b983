//! What becomes of each record, and of the import that it is part of.

use vocabulary::country::Country;
use vocabulary::domain::Domain;

use super::*;

const BEFORE: Time = Time::from_micros(1_000_000);
const START: Time = Time::from_micros(2_000_000);
const NOW: Time = Time::from_micros(3_000_000);

fn import() -> Import {
    Import::begin(PartnerId::parse("contoso").unwrap(), START)
}

fn record(number: i64, customer: &str) -> Record {
    Record {
        number,
        portal: Portal::parse("cloud-portal").unwrap(),
        customer: CustomerId::parse(customer).unwrap(),
        profile: Profile {
            display_name: "Wingtip Toys".into(),
            country: Country::parse("US").unwrap(),
            domain: Domain::parse("wingtip.example").unwrap(),
        },
        privileges: vec![(Areas::all(), None)],
    }
}

fn batch(customers: &[&str], resume_token: Option<&str>) -> Batch {
    Batch {
        read: customers.len() as i64,
        records: (1..).zip(customers).map(|(n, id)| record(n, id)).collect(),
        skipped: Vec::new(),
        resume_token: resume_token.map(str::to_owned),
    }
}

/// R6, R8: one relationship a customer, none with the partner itself, none twice, none revived.
#[test]
fn each_record_is_imported_kept_or_skipped() {
    let found = [
        ("kept", Found::Active(BEFORE)),
        ("twice", Found::Active(START)),
        ("gone", Found::Removed),
    ];
    let found = found.map(|(id, found)| (CustomerId::parse(id).unwrap(), found));
    let customers = [
        "wingtip", "contoso", "adatum", "wingtip", "kept", "twice", "gone",
    ];
    let sorted = import().sort(batch(&customers, None), &HashMap::from(found));
    let imported = sorted.records.iter().map(|record| record.customer.as_str());
    assert_eq!(imported.collect::<Vec<_>>(), ["adatum", "wingtip"]);
    assert_eq!(sorted.kept, 1);
    let skipped = sorted.skipped.iter().map(|one| (one.number, one.reason));
    assert_eq!(
        skipped.collect::<Vec<_>>(),
        [
            (2, SkipReason::PartnerItself),
            (4, SkipReason::Duplicate),
            (6, SkipReason::Duplicate),
            (7, SkipReason::RemovedBefore),
        ]
    );
}

#[test]
fn every_batch_counts_and_the_last_completes() {
    let nothing = HashMap::new();
    let mut import = import().wait("away".into(), NOW).wait("away".into(), NOW);
    assert_eq!((import.state, import.attempts), (State::Waiting, 2));
    for (batch, state) in [
        (batch(&["a", "b", "a"], Some("next")), State::Running),
        (batch(&["c"], None), State::Complete),
    ] {
        let (read, token) = (batch.read, batch.resume_token.clone());
        let sorted = import.sort(batch, &nothing);
        import = import.advance(read, &sorted, token, NOW);
        assert_eq!((import.state, import.attempts), (state, 0));
    }
    let counts = Counts {
        read: 4,
        imported: 3,
        kept: 0,
        skipped: 1,
    };
    assert_eq!((import.counts, import.end_time), (counts, Some(NOW)));
    assert_eq!(import.room_for_skipped(), 99);
}

/// R7: what is imported says from which portal it comes, whichever that is.
#[test]
fn a_record_becomes_a_relationship_and_its_privileges() {
    let (import, record) = (import(), record(1, "wingtip"));
    let made = import.relationship(&record, RelationshipId::from(Uuid::from_u128(1)), NOW);
    assert_eq!(
        (made.origin.as_str(), made.portal.as_deref()),
        ("import", Some("cloud-portal"))
    );
    let privileges: Vec<_> = import
        .privileges(&record, || Uuid::from_u128(2), NOW)
        .collect();
    assert_eq!(privileges.len(), 1);
    assert_eq!(
        (privileges[0].areas, privileges[0].grant_time),
        (Areas::all(), NOW)
    );
}

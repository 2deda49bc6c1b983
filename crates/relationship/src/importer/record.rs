//! What the portals send, read into the domain: each record can be, or is skipped with what is
//! wrong with it.
//!
//! The portals may be wrong in any field. What is kept of a wrong one is cut, and has no character
//! that could harm a reader.

use platform::clock::Time;
use platform::field::{self, Presence, Violations};
use proto::customer::v1 as customer;
use proto::directory::v1::{ExistingBusiness, KnownPrivilege, StreamExistingBusinessResponse};
use vocabulary::country::Country;
use vocabulary::domain::Domain;
use vocabulary::limits::DISPLAY_NAME_MAX;
use vocabulary::name::CustomerName;
use vocabulary::permission::Areas;
use vocabulary::permission::Permission;
use vocabulary::portal::Portal;

use crate::domain::account::Profile;
use crate::domain::import::{Batch, Import, Record, SkipReason, Skipped};

/// The most records of a message, and the longest resume token, in bytes: what the contract allows.
const RECORDS: usize = 1_000;
const TOKEN: usize = 1_024;
/// The most privileges that a record brings.
const PRIVILEGES: usize = 10;
/// How much of a wrong record is kept of each field, in characters.
const SHOWN: usize = 100;

/// Reads the next message of an import, or says what about it cannot be.
pub(super) fn read(
    message: StreamExistingBusinessResponse,
    import: &Import,
) -> Result<Batch, String> {
    let (token, read) = (&message.resume_token, import.counts.read);
    if message.records.len() > RECORDS {
        return Err(format!(
            "the portals send more than {RECORDS} records at once"
        ));
    }
    if token.len() > TOKEN || token.contains(char::is_control) {
        return Err("the portals send a resume token that cannot be kept".to_owned());
    }
    if message.records.is_empty() && !token.is_empty() && *token == import.resume_token {
        return Err("the portals send nothing new".to_owned());
    }
    let mut batch = Batch {
        read: message.records.len() as i64,
        resume_token: Some(message.resume_token).filter(|token| !token.is_empty()),
        ..Batch::default()
    };
    for (number, record) in (read + 1..).zip(message.records) {
        let (portal, customer) = (shown(&record.portal, SHOWN), shown(&record.customer, SHOWN));
        match read_record(number, record) {
            Ok(record) => batch.records.push(record),
            Err(detail) => batch.skipped.push(Skipped {
                number,
                portal,
                customer,
                reason: SkipReason::Invalid,
                detail,
            }),
        }
    }
    Ok(batch)
}

/// A text of the portals as it may be shown: its beginning, on one line, without what could harm a
/// reader.
pub(super) fn shown(text: &str, max: usize) -> String {
    text.chars()
        .take(max)
        .map(|character| match character {
            _ if character.is_whitespace() || field::is_unsafe(character) => ' ',
            _ => character,
        })
        .collect()
}

fn read_record(number: i64, record: ExistingBusiness) -> Result<Record, String> {
    let mut v = Violations::new();
    let portal = v.check("portal", Portal::parse(&record.portal));
    let customer = v.check("customer", CustomerName::ids_of(&record.customer));
    let display_name = field::line(
        "display_name",
        &record.display_name,
        DISPLAY_NAME_MAX,
        Presence::Required,
    );
    let display_name = v.take(display_name);
    let country = v.check("country", Country::parse(&record.country));
    let domain = v.check("domain", Domain::parse(&record.domain));
    if record.privileges.len() > PRIVILEGES {
        v.add("privileges", format!("must be at most {PRIVILEGES}"));
    }
    let privileges = record.privileges.iter().take(PRIVILEGES);
    let privileges: Option<Vec<_>> = privileges
        .map(|privilege| v.check("privileges", read_privilege(privilege)))
        .collect();
    let built = v.build(|| {
        Some(Record {
            number,
            portal: portal?,
            customer: customer?,
            profile: Profile {
                display_name: display_name?,
                country: country?,
                domain: domain?,
            },
            privileges: privileges?,
        })
    });
    built.map_err(|refusal| described(&refusal))
}

fn described(refusal: &platform::error::SharedRefusal) -> String {
    let platform::error::SharedRefusal::InvalidFields(violations) = refusal else {
        return refusal.to_string();
    };
    let wrong = violations
        .iter()
        .map(|one| format!("{} {}", one.field, one.description));
    wrong.collect::<Vec<_>>().join("; ")
}

fn read_privilege(privilege: &KnownPrivilege) -> Result<(Areas, Option<Time>), String> {
    let mut areas = Areas::empty();
    for number in &privilege.permissions {
        let permission = customer::Permission::try_from(*number).ok();
        let permission = permission.and_then(Option::<Permission>::from);
        let area = permission.and_then(Permission::area);
        areas |= area.ok_or_else(|| "must give managing permissions only".to_owned())?;
    }
    if areas.is_empty() {
        return Err("must give at least one permission".to_owned());
    }
    let expire_time = privilege.expire_time.as_ref().map(Time::from_timestamp);
    let expire_time = expire_time.transpose().map_err(|error| error.to_string())?;
    Ok((areas, expire_time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::id::PartnerId;

    fn import() -> Import {
        let import = Import::begin(PartnerId::parse("contoso").unwrap(), Time::from_micros(0));
        Import {
            resume_token: "41".into(),
            counts: crate::domain::import::Counts {
                read: 41,
                ..Default::default()
            },
            ..import
        }
    }

    #[test]
    fn a_message_beyond_the_contract_is_not_read() {
        let message = |records: usize, resume_token: &str| StreamExistingBusinessResponse {
            records: vec![good(); records],
            resume_token: resume_token.to_owned(),
        };
        for (message, good) in [
            (message(1_000, "next"), true),
            (message(0, "next"), true),
            (message(0, ""), true),
            (message(1_001, "next"), false),
            (message(0, "41"), false),
            (message(1, "a\0b"), false),
            (message(1, &"x".repeat(1_025)), false),
        ] {
            assert_eq!(read(message, &import()).is_ok(), good);
        }
    }

    fn good() -> ExistingBusiness {
        ExistingBusiness {
            portal: "office-admin-center".into(),
            customer: "customers/wingtip".into(),
            display_name: "Wingtip Toys".into(),
            country: "US".into(),
            domain: "Wingtip.example".into(),
            privileges: vec![KnownPrivilege {
                permissions: vec![
                    customer::Permission::ManageUsers.into(),
                    customer::Permission::ManageLicenses.into(),
                ],
                expire_time: None,
            }],
        }
    }

    /// R7: a portal that nobody has heard of is as good as another.
    #[test]
    fn a_good_record_is_read_whatever_its_portal() {
        for portal in ["office-admin-center", "cloud-portal", "x", "portal-2030"] {
            let record = ExistingBusiness {
                portal: portal.into(),
                ..good()
            };
            let read = read_record(7, record).unwrap();
            assert_eq!((read.number, read.portal.as_str()), (7, portal));
            assert_eq!(read.profile.domain.as_str(), "wingtip.example");
        }
    }

    #[test]
    fn a_wrong_field_is_named_and_what_is_kept_of_it_is_harmless() {
        type Spoil = fn(&mut ExistingBusiness);
        let long = "x".repeat(1_000_000);
        let spoils: [(&str, Spoil); 9] = [
            ("portal", |r| r.portal = "Office Admin".into()),
            ("portal", |r| r.portal = String::new()),
            ("customer", |r| r.customer = "customers/../etc".into()),
            ("customer", |r| r.customer = "wingtip".into()),
            ("display_name", |r| r.display_name = "\u{202e}evil".into()),
            ("country", |r| r.country = "usa".into()),
            ("domain", |r| r.domain = "localhost".into()),
            ("privileges", |r| r.privileges[0].permissions = vec![99]),
            ("privileges", |r| {
                r.privileges = vec![r.privileges[0].clone(); 11]
            }),
        ];
        for (field, spoil) in spoils {
            let mut record = good();
            spoil(&mut record);
            let detail = read_record(1, record).unwrap_err();
            assert!(detail.starts_with(field), "{detail}");
        }
        let message = StreamExistingBusinessResponse {
            records: vec![ExistingBusiness {
                portal: "a\r\nb\u{0}".into(),
                customer: long,
                ..good()
            }],
            resume_token: String::new(),
        };
        let batch = read(message, &import()).unwrap();
        assert_eq!((batch.read, batch.resume_token), (1, None));
        let skipped = &batch.skipped[0];
        assert_eq!((skipped.number, skipped.portal.as_str()), (42, "a  b "));
        assert_eq!(skipped.customer.len(), SHOWN);
    }
}

//! One line: the JSON of a record, read strictly and written.
//!
//! A field that is not known is an error, so that a misspelt one is not lost. Nothing here knows
//! what is in the store.

use std::fmt::Display;

use platform::clock::Time;
use platform::field::{self, Presence};
use prost_types::Timestamp;
use serde::{Deserialize, Serialize};
use vocabulary::country::Country;
use vocabulary::domain::Domain;
use vocabulary::id::{CustomerId, LicenseId, PartnerId, SubscriptionId, UserId};
use vocabulary::limits::REASON_MAX;
use vocabulary::permission::Areas;
use vocabulary::permission::Permission;
use vocabulary::portal::Portal;

use crate::domain::business::{Business, KnownPrivilege, PRIVILEGES_MAX};
use crate::domain::field::{Quantity, SignInName, TEXT_MAX};
use crate::domain::record::{LicenseRecord, Record, Refused, SubscriptionRecord, UserRecord};
use crate::domain::subscription::{Renewal, State};

/// The longest part of a reason that repeats what stands in the line, in characters.
const QUOTED_MAX: usize = 200;

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line {
    Business(BusinessLine),
    Subscription(SubscriptionLine),
    User(UserLine),
    License(LicenseLine),
    Refusal(RefusalLine),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BusinessLine {
    partner: String,
    portal: String,
    customer: String,
    display_name: String,
    country: String,
    domain: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    privileges: Vec<PrivilegeLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PrivilegeLine {
    permissions: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expire_time: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubscriptionLine {
    customer: String,
    id: String,
    offer: String,
    display_name: String,
    quantity: i64,
    renewal: RenewalWord,
    state: StateWord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    create_time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    update_time: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RenewalWord {
    Automatic,
    Off,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StateWord {
    Active,
    Suspended,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserLine {
    customer: String,
    id: String,
    display_name: String,
    sign_in_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    create_time: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LicenseLine {
    customer: String,
    id: String,
    subscription: String,
    user: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    assign_time: Option<String>,
}

/// A reason that is empty lifts the refusal.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RefusalLine {
    partner: String,
    reason: String,
}

/// Reads a line; the error says what is wrong with it.
pub(super) fn read(line: &[u8]) -> Result<Record, String> {
    let text = std::str::from_utf8(line).map_err(|_| "is not UTF-8".to_owned())?;
    if !text.trim_start().starts_with('{') {
        return Err("must be an object of JSON".to_owned());
    }
    match serde_json::from_str(text).map_err(json_error)? {
        Line::Business(line) => business(line).map(Record::Business),
        Line::Subscription(line) => subscription(line).map(Record::Subscription),
        Line::User(line) => user(line).map(Record::User),
        Line::License(line) => license(line).map(Record::License),
        Line::Refusal(line) => refusal(line).map(Record::Refused),
    }
}

/// Writes a record as a line, without its end.
pub(super) fn write(record: Record) -> String {
    let time = |time: Option<Time>| time.map(|time| time.to_string());
    let line = match record {
        Record::Business(business) => Line::Business(written(business)),
        Record::Refused(refused) => Line::Refusal(RefusalLine {
            partner: refused.partner.to_string(),
            reason: refused.reason.unwrap_or_default(),
        }),
        Record::Subscription(record) => Line::Subscription(SubscriptionLine {
            customer: record.customer.to_string(),
            id: record.id.to_string(),
            offer: record.offer,
            display_name: record.display_name,
            quantity: record.quantity.get().into(),
            renewal: match record.renewal {
                Renewal::Automatic => RenewalWord::Automatic,
                Renewal::Off => RenewalWord::Off,
            },
            state: match record.state {
                State::Active => StateWord::Active,
                State::Suspended => StateWord::Suspended,
            },
            create_time: time(record.create_time),
            update_time: time(record.update_time),
        }),
        Record::User(record) => Line::User(UserLine {
            customer: record.customer.to_string(),
            id: record.id.to_string(),
            display_name: record.display_name,
            sign_in_name: record.sign_in_name.as_str().to_owned(),
            create_time: time(record.create_time),
        }),
        Record::License(record) => Line::License(LicenseLine {
            customer: record.customer.to_string(),
            id: record.id.to_string(),
            subscription: record.subscription.to_string(),
            user: record.user.to_string(),
            assign_time: time(record.assign_time),
        }),
    };
    serde_json::to_string(&line).expect("texts and numbers are JSON")
}

fn business(line: BusinessLine) -> Result<Business, String> {
    if line.privileges.len() > PRIVILEGES_MAX {
        return Err(format!("privileges must be at most {PRIVILEGES_MAX}"));
    }
    let privileges = line.privileges.into_iter().map(privilege);
    Ok(Business {
        partner: told("partner", PartnerId::parse(&line.partner))?,
        customer: told("customer", CustomerId::parse(&line.customer))?,
        portal: told("portal", Portal::parse(&line.portal))?,
        display_name: text("display_name", &line.display_name)?,
        country: told("country", Country::parse(&line.country))?,
        domain: told("domain", Domain::parse(&line.domain))?,
        privileges: privileges.collect::<Result<_, _>>()?,
    })
}

fn privilege(line: PrivilegeLine) -> Result<KnownPrivilege, String> {
    let named = |name: &String| Areas::all().permissions().find(|one| word(*one) == *name);
    let areas = line.permissions.iter().map(|name| named(name)?.area());
    let areas: Option<Areas> = areas.collect();
    match areas {
        Some(areas) if !areas.is_empty() => Ok(KnownPrivilege {
            areas,
            expire_time: time("expire_time", line.expire_time)?,
        }),
        _ => {
            let names: Vec<_> = Areas::all().permissions().map(word).collect();
            Err(format!(
                "permissions must be at least one of {}",
                names.join(", ")
            ))
        }
    }
}

/// A permission as a line names it.
fn word(permission: Permission) -> String {
    permission.to_string().to_ascii_lowercase()
}

fn written(business: Business) -> BusinessLine {
    let privileges = business.privileges.into_iter().map(|one| PrivilegeLine {
        permissions: one.areas.permissions().map(word).collect(),
        expire_time: one.expire_time.map(|time| time.to_string()),
    });
    BusinessLine {
        partner: business.partner.to_string(),
        portal: business.portal.as_str().to_owned(),
        customer: business.customer.to_string(),
        display_name: business.display_name,
        country: business.country.as_str().to_owned(),
        domain: business.domain.as_str().to_owned(),
        privileges: privileges.collect(),
    }
}

fn subscription(line: SubscriptionLine) -> Result<SubscriptionRecord, String> {
    Ok(SubscriptionRecord {
        id: told("id", SubscriptionId::parse_foreign(&line.id))?,
        customer: told("customer", CustomerId::parse(&line.customer))?,
        offer: text("offer", &line.offer)?,
        display_name: text("display_name", &line.display_name)?,
        quantity: told("quantity", Quantity::parse(line.quantity))?,
        renewal: match line.renewal {
            RenewalWord::Automatic => Renewal::Automatic,
            RenewalWord::Off => Renewal::Off,
        },
        state: match line.state {
            StateWord::Active => State::Active,
            StateWord::Suspended => State::Suspended,
        },
        create_time: time("create_time", line.create_time)?,
        update_time: time("update_time", line.update_time)?,
    })
}

fn user(line: UserLine) -> Result<UserRecord, String> {
    Ok(UserRecord {
        id: told("id", UserId::parse_foreign(&line.id))?,
        customer: told("customer", CustomerId::parse(&line.customer))?,
        display_name: text("display_name", &line.display_name)?,
        sign_in_name: told("sign_in_name", SignInName::parse(&line.sign_in_name))?,
        create_time: time("create_time", line.create_time)?,
    })
}

fn license(line: LicenseLine) -> Result<LicenseRecord, String> {
    Ok(LicenseRecord {
        id: told("id", LicenseId::parse_foreign(&line.id))?,
        customer: told("customer", CustomerId::parse(&line.customer))?,
        subscription: told(
            "subscription",
            SubscriptionId::parse_foreign(&line.subscription),
        )?,
        user: told("user", UserId::parse_foreign(&line.user))?,
        assign_time: time("assign_time", line.assign_time)?,
    })
}

fn refusal(line: RefusalLine) -> Result<Refused, String> {
    let reason = field::line("reason", &line.reason, REASON_MAX, Presence::Optional);
    let reason = reason.map_err(|violation| format!("reason {}", violation.description))?;
    Ok(Refused {
        partner: told("partner", PartnerId::parse(&line.partner))?,
        reason: Some(reason).filter(|reason| !reason.is_empty()),
    })
}

fn told<T>(field: &str, parsed: Result<T, impl Display>) -> Result<T, String> {
    parsed.map_err(|error| format!("{field} {error}"))
}

fn text(name: &str, value: &str) -> Result<String, String> {
    let text = field::line(name, value, TEXT_MAX, Presence::Required);
    text.map_err(|violation| format!("{name} {}", violation.description))
}

/// Reads a time of RFC 3339, cut to the microsecond.
fn time(field: &str, text: Option<String>) -> Result<Option<Time>, String> {
    let Some(text) = text else {
        return Ok(None);
    };
    let malformed = || format!("{field} must be a time such as 2027-01-01T00:00:00Z");
    let timestamp: Timestamp = text.parse().map_err(|_| malformed())?;
    told(field, Time::from_timestamp(&timestamp)).map(Some)
}

/// What the reader of JSON says, with its column instead of "line 1", and not longer than a person
/// reads.
fn json_error(error: serde_json::Error) -> String {
    let told = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what: String = told
        .trim_end_matches(place.as_str())
        .chars()
        .take(QUOTED_MAX)
        .collect();
    match error.column() {
        0 => what,
        column => format!("{what}, at column {column}"),
    }
}

#[cfg(test)]
mod tests;

//! Which consent wording is read, and with what it was shown.

use platform::error::SharedRefusal;
use platform::field::{self, Presence, Violations};
use platform::wording::{Language, text_sha256};
use proto::customer::v1::Permission as WirePermission;
use proto::invitation::v1::{ConsentTerms, GetWordingRequest, GetWordingResponse};
use vocabulary::limits::DISPLAY_NAME_MAX;
use vocabulary::permission::Permission;

use super::creation::days;
use crate::domain::PRIVILEGE_DAYS;
use crate::wording::{Asked, AskingParty, ConsentWording};

/// A wording in one language, and what it was shown with.
pub(super) struct Reading {
    wording: &'static ConsentWording,
    language: Language,
    asked: Option<Asked>,
}

/// Reads which wording is asked for; one that never was is absent.
pub(super) fn read_wording(message: &GetWordingRequest) -> Result<Reading, SharedRefusal> {
    if message.wording_id.is_empty() {
        let rule = "must be the id of a consent wording";
        return Err(SharedRefusal::invalid("wording_id", rule));
    }
    let mut v = Violations::new();
    let wording = ConsentWording::find(&message.wording_id).ok_or(SharedRefusal::NotFound)?;
    let language = v.check("language", wording.language(&message.language));
    let asked = match &message.terms {
        None => Some(None),
        Some(terms) => read_terms(&mut v, terms, wording).map(Some),
    };
    v.build(|| {
        Some(Reading {
            wording,
            language: language?,
            asked: asked?,
        })
    })
}

fn read_terms(v: &mut Violations, terms: &ConsentTerms, of: &ConsentWording) -> Option<Asked> {
    let reseller = read_party(
        v,
        "reseller",
        &terms.reseller_display_name,
        &terms.reseller_permissions,
    );
    let (name, permissions) = (&terms.provider_display_name, &terms.provider_permissions);
    let provider = match of.joint {
        true => read_party(v, "provider", name, permissions).map(Some),
        false => {
            let rule = "must be left out: this wording names no provider";
            if !name.is_empty() {
                v.add("terms.provider_display_name", rule);
            }
            if !permissions.is_empty() {
                v.add("terms.provider_permissions", rule);
            }
            Some(None)
        }
    };
    let privilege = days(terms.privilege_lifetime_days, PRIVILEGE_DAYS);
    let privilege = v.check("terms.privilege_lifetime_days", privilege);
    Some(Asked {
        reseller: reseller?,
        provider: provider?,
        privilege_days: privilege?.unwrap_or_default(),
    })
}

fn read_party(
    v: &mut Violations,
    party: &str,
    display_name: &str,
    permissions: &[i32],
) -> Option<AskingParty> {
    let field = format!("terms.{party}_display_name");
    let display_name = field::line(&field, display_name, DISPLAY_NAME_MAX, Presence::Required);
    let display_name = v.take(display_name);
    let field = format!("terms.{party}_permissions");
    let permissions = v.check(&field, read_permissions(permissions));
    Some(AskingParty {
        display_name: display_name?,
        permissions: permissions?,
    })
}

/// Permissions as they were shown: in their order, each of them once.
fn read_permissions(numbers: &[i32]) -> Result<Vec<Permission>, &'static str> {
    let mut permissions = Vec::new();
    for number in numbers {
        let known = WirePermission::try_from(*number).ok();
        match known.and_then(Option::<Permission>::from) {
            Some(permission) if !permissions.contains(&permission) => permissions.push(permission),
            _ => return Err("must be permissions, each of them once"),
        }
    }
    match permissions.is_empty() {
        true => Err("must be given"),
        false => Ok(permissions),
    }
}

impl Reading {
    /// The wording as it is answered.
    pub(super) fn answer(&self) -> GetWordingResponse {
        let text = self.wording.text(&self.language, self.asked.as_ref());
        GetWordingResponse {
            wording_id: self.wording.id.to_owned(),
            language: self.language.to_string(),
            text_sha256: match self.asked {
                Some(_) => text_sha256(&text),
                None => String::new(),
            },
            text,
            current: self.wording.current,
        }
    }
}

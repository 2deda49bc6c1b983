//! Subject and text of a draft: written here in the name of the reseller, or edited by it.
//!
//! A letter holds a placeholder where the link stands, never the link.

use platform::clock::Time;
use platform::wording::Language;
use time::OffsetDateTime;
use vocabulary::permission::Permission;

use super::Refusal;
use super::invitation::{Invitation, Party};
use super::limits::Limits;
use super::link::{Link, PLACEHOLDER};
use crate::wording::WORDING;

/// The subject and the plain text of a draft.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    subject: String,
    text: String,
}

impl Letter {
    /// Writes the letter that a partner gets to review, in the invitation's language.
    pub fn compose(invitation: &Invitation, limits: &Limits) -> Self {
        Self {
            subject: subject(invitation, limits),
            text: paragraphs(invitation).join("\n\n"),
        }
    }

    /// Takes a partner's edit; refused without the exact link alone on a line of its text, or with
    /// another link of ours.
    ///
    /// Line ends become `\n`; everything else is kept as it came.
    pub fn edited(subject: String, text: &str, link: &Link) -> Result<Self, Refusal> {
        link.keep_out(&subject)?;
        let text = link.take_out(&text.replace("\r\n", "\n"))?;
        Ok(Self { subject, text })
    }

    /// A letter as the store has it.
    pub fn kept(subject: String, text: String) -> Self {
        Self { subject, text }
    }

    /// What is said where the whole has no room: who asks, the inviter's message if it is wanted,
    /// the link, who may accept, who signs.
    pub(super) fn short(invitation: &Invitation, message: &str) -> Self {
        let mut text = opening(invitation);
        text.extend((!message.is_empty()).then(|| message.to_owned()));
        text.extend(instruction(invitation));
        text.push(closing(invitation));
        Self {
            subject: WORDING.text(&invitation.language, "draft-subject-short", &[]),
            text: text.join("\n\n"),
        }
    }

    /// What is said where even the names have no room.
    pub(super) fn shortest(language: &Language) -> Self {
        let say = |key| WORDING.text(language, key, &[]);
        let text = [
            say("draft-greeting"),
            say("draft-short-instruction"),
            PLACEHOLDER.to_owned(),
            say("draft-closing"),
        ];
        Self {
            subject: say("draft-subject-short"),
            text: text.join("\n\n"),
        }
    }

    /// The subject, one line.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The text with its placeholder, lines ended by `\n`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same letter under another subject.
    pub(super) fn under(self, subject: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            ..self
        }
    }
}

fn subject(invitation: &Invitation, limits: &Limits) -> String {
    let reseller = invitation.reseller.name.as_str();
    let full = match &invitation.provider {
        None => WORDING.text(
            &invitation.language,
            "draft-subject-solo",
            &[("reseller", reseller.into())],
        ),
        Some(provider) => WORDING.text(
            &invitation.language,
            "draft-subject-joint",
            &[
                ("reseller", reseller.into()),
                ("provider", provider.name.as_str().into()),
            ],
        ),
    };
    if full.chars().count() <= limits.subject {
        full
    } else {
        WORDING.text(&invitation.language, "draft-subject-short", &[])
    }
}

fn paragraphs(invitation: &Invitation) -> Vec<String> {
    let reseller = invitation.reseller.name.as_str();
    let say = |key, args: &[_]| WORDING.text(&invitation.language, key, args);

    let mut paragraphs = opening(invitation);
    if !invitation.message.is_empty() {
        paragraphs.push(invitation.message.clone());
    }
    paragraphs.extend(instruction(invitation));
    paragraphs.push(list(
        say("draft-reseller-may", &[("reseller", reseller.into())]),
        &invitation.reseller,
        &invitation.language,
    ));
    if let Some(provider) = &invitation.provider {
        paragraphs.push(list(
            say(
                "draft-provider-may",
                &[("provider", provider.name.as_str().into())],
            ),
            provider,
            &invitation.language,
        ));
        paragraphs.push(say("draft-both", &[]));
    }
    paragraphs.push(match invitation.privilege_days {
        0 => say("draft-privilege-unlimited", &[]),
        days => say("draft-privilege-days", &[("days", days.into())]),
    });
    paragraphs.push(say(
        "draft-validity",
        &[(
            "date",
            date(invitation.expire_time, &invitation.language).into(),
        )],
    ));
    paragraphs.push(closing(invitation));
    paragraphs
}

/// The greeting, and who asks for what.
fn opening(invitation: &Invitation) -> Vec<String> {
    let reseller = invitation.reseller.name.as_str();
    let say = |key, args: &[_]| WORDING.text(&invitation.language, key, args);
    let request = match &invitation.provider {
        None => say("draft-request-solo", &[("reseller", reseller.into())]),
        Some(provider) => say(
            "draft-request-joint",
            &[
                ("reseller", reseller.into()),
                ("provider", provider.name.as_str().into()),
            ],
        ),
    };
    vec![say("draft-greeting", &[]), request]
}

/// Who may accept, and where the link stands.
fn instruction(invitation: &Invitation) -> [String; 2] {
    let say = WORDING.text(&invitation.language, "draft-instruction", &[]);
    [say, PLACEHOLDER.to_owned()]
}

/// The reseller signs.
fn closing(invitation: &Invitation) -> String {
    let regards = WORDING.text(&invitation.language, "draft-closing", &[]);
    format!("{regards}\n{}", invitation.reseller.name)
}

/// A heading and one line for each permission of a party.
fn list(heading: String, party: &Party, language: &Language) -> String {
    party.permissions.iter().fold(heading, |list, permission| {
        let key = match permission {
            Permission::ManageAccount => "draft-permission-manage-account",
            Permission::ManageSubscriptions => "draft-permission-manage-subscriptions",
            Permission::ManageLicenses => "draft-permission-manage-licenses",
            Permission::ManageUsers => "draft-permission-manage-users",
            Permission::SubmitOrders => "draft-permission-submit-orders",
            Permission::ViewRecord => "draft-permission-view-record",
        };
        format!("{list}\n- {}", WORDING.text(language, key, &[]))
    })
}

/// A time in words, to the minute, in UTC: nobody knows the customer's time zone.
fn date(time: Time, language: &Language) -> String {
    let time = OffsetDateTime::from_unix_timestamp(time.micros().div_euclid(1_000_000))
        .expect("a time between the years 1 and 9999, as every parsed one is");
    WORDING.text(
        language,
        "date",
        &[
            ("day", time.day().into()),
            ("month", u8::from(time.month()).into()),
            ("year", time.year().into()),
            ("hour", time.hour().into()),
            ("minute", format!("{:02}", time.minute()).into()),
        ],
    )
}

#[cfg(test)]
mod tests;

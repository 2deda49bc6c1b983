//! A draft in all its forms, and the rule by which an edit replaces the one before it.

use super::invitation::Invitation;
use super::letter::Letter;
use super::limits::Limits;
use super::link::Link;
use super::{Refusal, eml, html, mailto};

/// A draft with its link, in every form in which it is handed over. Nothing of it is sent from
/// here.
pub struct Draft {
    pub subject: String,
    /// Plain text, lines ended by `\n`, the link alone on its line.
    pub text: String,
    /// The same as an HTML document.
    pub html: String,
    /// The same, or a short text, as a `mailto:` URI.
    pub mailto: String,
    /// Whether `mailto` has the short text.
    pub mailto_shortened: bool,
    /// The same as a message file.
    pub eml: Vec<u8>,
}

impl Draft {
    /// Renders a letter with the invitation's present link.
    pub fn render(letter: &Letter, invitation: &Invitation, link: &Link, limits: &Limits) -> Self {
        let text = link.fill(letter.text());
        let html = html::document(letter, link, &invitation.language);
        let recipient = invitation.recipient.as_ref();
        let mailto = mailto::uri(letter, link, invitation, limits.mailto);
        Self {
            subject: letter.subject().to_owned(),
            eml: eml::file(letter.subject(), &text, &html, recipient),
            text,
            html,
            mailto: mailto.uri,
            mailto_shortened: mailto.shortened,
        }
    }
}

/// A partner's edit of a draft, as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Edit {
    /// What it says.
    pub letter: Letter,
    /// The how many-th edit of this draft it is, from 1.
    pub version: i64,
}

impl Edit {
    /// The etag of a draft: of its latest edit, or of one that was never edited.
    pub fn etag(edit: Option<&Self>) -> String {
        edit.map_or(0, |edit| edit.version).to_string()
    }

    /// Keeps a letter as the draft's next edit, if the draft still has `etag`; an empty one asks
    /// nothing.
    ///
    /// The letter that is kept already stays as it is, whatever the etag: so a caller that missed
    /// the answer may repeat.
    pub fn keep(before: Option<Self>, letter: Letter, etag: &str) -> Result<Self, Refusal> {
        match before {
            Some(edit) if edit.letter == letter => Ok(edit),
            before if !etag.is_empty() && etag != Self::etag(before.as_ref()) => {
                Err(Refusal::Stale)
            }
            before => Ok(Self {
                letter,
                version: before.map_or(0, |edit| edit.version) + 1,
            }),
        }
    }
}

#[cfg(test)]
mod tests;

//! The link of an invitation inside a text: where it stands, and what else of ours a text must not
//! hold.
//!
//! The link is a secret: it has no readable `Debug`, no refusal repeats it, and a text that is kept
//! has a placeholder.

use std::fmt;

use vocabulary::Malformed;
use vocabulary::link::{self, PATH, is_token_character};

use super::Refusal;

/// Stands for the link in a text that is kept: U+001A SUBSTITUTE, which no text of a caller
/// contains, because control characters are refused in every one of them.
pub(super) const PLACEHOLDER: &str = "\u{1A}";

/// The longest link: what the shortest `mailto:` URI still has room for, with every character of it
/// encoded.
const MAX_BYTES: usize = 400;

/// The present link of an invitation, `{public base URL}/i/{token}`.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    url: String,
    token: usize,
}

/// Where in a draft a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftField {
    /// In its subject, where no link of ours belongs.
    Subject,
    /// In its text.
    Text,
}

impl DraftField {
    /// The name of the field.
    pub fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Text => "text",
        }
    }
}

/// What an edited text lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The link: nothing in the text resembles it.
    Link,
    /// The exact link: the text has a changed copy.
    ExactLink,
    /// A line for the link alone: it stands within one.
    OwnLine,
}

impl Missing {
    /// The name of what is missing, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::ExactLink => "exact-link",
            Self::OwnLine => "own-line",
        }
    }

    /// What is missing and what to do about it, for people.
    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::Link => {
                "the invitation's link is missing: put it into the text exactly as GetDraft answers it, alone on a line"
            }
            Self::ExactLink => {
                "the exact link is missing, the text has a changed copy: put it back exactly as GetDraft answers it, alone on a line"
            }
            Self::OwnLine => {
                "a line for the link is missing: it must stand alone on its line, with nothing before or after it"
            }
        }
    }
}

impl Link {
    /// Reads a link. Only characters that need no escaping in text, HTML and mail are allowed in
    /// it.
    pub fn parse(url: &str) -> Result<Self, Malformed> {
        let refused = Malformed("a link: {public base URL}/i/{token}");
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        let is_plain = url
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b":/.-_~[]%".contains(&byte));
        let token = url.rfind(PATH).ok_or(refused)? + PATH.len();
        let has_token = token < url.len() && url[token..].chars().all(is_token_character);
        if url.len() <= MAX_BYTES && is_web && is_plain && has_token {
            Ok(Self {
                url: url.to_owned(),
                token,
            })
        } else {
            Err(refused)
        }
    }

    /// The link as it stands in a text.
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// Puts the link where the placeholder stands.
    pub(super) fn fill(&self, text: &str) -> String {
        text.replace(PLACEHOLDER, &self.url)
    }

    /// Takes the link out of an edited text and leaves the placeholder.
    ///
    /// The link must stand alone on one line, where space around it does not count, and nowhere
    /// else; any other link of ours, on whatever host, is refused.
    pub(super) fn take_out(&self, text: &str) -> Result<String, Refusal> {
        let mut lines = Vec::new();
        let mut alone = 0;
        let mut worst = None;
        for line in text.split('\n') {
            if line.trim() == self.url {
                alone += 1;
                lines.push(PLACEHOLDER);
            } else {
                worst = worst.max(self.worst_in(line));
                lines.push(line);
            }
        }
        match (alone, worst) {
            (1, None) => Ok(lines.join("\n")),
            (_, Some(Stray::Foreign)) => Err(Refusal::ForeignLink(DraftField::Text)),
            (0, Some(Stray::Inline)) => Err(Refusal::LinkMissing(Missing::OwnLine)),
            (0, Some(Stray::Changed)) => Err(Refusal::LinkMissing(Missing::ExactLink)),
            (0, None) => Err(Refusal::LinkMissing(Missing::Link)),
            _ => Err(Refusal::ForeignLink(DraftField::Text)),
        }
    }

    /// Refuses a subject that holds the link, or any other of ours.
    pub(super) fn keep_out(&self, subject: &str) -> Result<(), Refusal> {
        match self.worst_in(subject) {
            None => Ok(()),
            Some(_) => Err(Refusal::ForeignLink(DraftField::Subject)),
        }
    }

    /// The worst link of ours, or like ours, in a line that is not the link alone, whichever way
    /// the line is read.
    fn worst_in(&self, line: &str) -> Option<Stray> {
        let [written, read] = link::readings(line).map(|reading| {
            link::words(&reading)
                .filter_map(|(before, word)| self.stray(before, word))
                .max()
        });
        match (written, read) {
            // in disguise it is no exact copy
            (None, Some(Stray::Inline)) => Some(Stray::Changed),
            _ => written.max(read),
        }
    }

    /// What a word of a line is to this link, given what stands before it in the line.
    fn stray(&self, before: &str, word: &str) -> Option<Stray> {
        let (base, token) = self.url.split_at(self.token);
        let on_our_host = link::ends_with_base(before, base);
        let named = link::named_in(word);
        if !on_our_host && named.is_none() {
            return None;
        }
        Some(match named {
            _ if word == token && before.ends_with(base) => Stray::Inline,
            // another invitation, another generation, or our token on another host
            Some(_) if !on_our_host || named != link::named_in(token) => Stray::Foreign,
            _ => Stray::Changed,
        })
    }
}

/// A link of ours, or one that looks like ours, where it must not stand; the worse, the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stray {
    /// The present link, with something beside it on its line.
    Inline,
    /// A copy of the present link that was changed or cut.
    Changed,
    /// A superseded link, another invitation's, or ours on another host.
    Foreign,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link(…)")
    }
}

#[cfg(test)]
mod tests;

//! The draft as a `mailto:` URI (RFC 6068), short enough for every mail program and operating
//! system.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::invitation::{Invitation, Recipient};
use super::letter::Letter;
use super::link::Link;
use super::subject::Subject;

/// Everything but the unreserved characters of RFC 3986; `+` too, which some programs read as a
/// space.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const ENCODED_IN_ADDRESS: &AsciiSet = &ENCODED.remove(b'@');

/// A `mailto:` URI.
pub(super) struct Mailto {
    pub(super) uri: String,
    /// Whether it has a short text instead of the letter.
    pub(super) shortened: bool,
}

/// The URI of a letter; of a short one instead, where the whole would have more than `max` bytes.
///
/// What must give way gives way in this order: the lists of the text, the inviter's message, the
/// subject, the names, the recipient. A message that an edit has taken out does not come back.
pub(super) fn uri(letter: &Letter, link: &Link, invitation: &Invitation, max: usize) -> Mailto {
    let recipient = invitation.recipient.as_ref();
    let whole = encode(letter, link, recipient);
    if whole.len() <= max {
        return Mailto {
            uri: whole,
            shortened: false,
        };
    }
    let message = Some(invitation.message.as_str()).filter(|told| letter.text().contains(*told));
    let personal = Letter::short(invitation, message.unwrap_or_default());
    let plain = Letter::short(invitation, "");
    let shortest = Letter::shortest(&invitation.language);
    let uri = [
        personal.under(letter.subject()),
        plain.clone().under(letter.subject()),
        plain,
        shortest.clone().under(letter.subject()),
        shortest.clone(),
    ]
    .iter()
    .map(|letter| encode(letter, link, recipient))
    .find(|uri| uri.len() <= max)
    .unwrap_or_else(|| encode(&shortest, link, None));
    Mailto {
        uri,
        shortened: true,
    }
}

fn encode(letter: &Letter, link: &Link, recipient: Option<&Recipient>) -> String {
    let to = recipient
        .map(|recipient| recipient.address().to_string())
        .unwrap_or_default();
    // RFC 6068: a line break of the body is CR LF
    let body = link.fill(letter.text()).replace('\n', "\r\n");
    format!(
        "mailto:{}?subject={}&body={}",
        utf8_percent_encode(&to, ENCODED_IN_ADDRESS),
        utf8_percent_encode(&Subject(letter.subject()).field(), ENCODED),
        utf8_percent_encode(&body, ENCODED),
    )
}

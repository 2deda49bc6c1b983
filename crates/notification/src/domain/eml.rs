//! The draft as a message file (`.eml`) that mail programs open for editing and sending.
//!
//! A message of RFC 5322 it becomes when the partner sends it: its mail program fills in the
//! sender, the date and the message id, which a draft has not. The crate that writes it is built
//! without its transports, so nothing here can send.

use lettre::message::header::{
    ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue, MIME_VERSION_1_0, To,
};
use lettre::message::{Body, Mailbox, Mailboxes, MultiPart, MultiPartKind, SinglePart};

use super::invitation::Recipient;
use super::subject::Subject;

/// Divides the parts. It cannot occur in them: base64 has no underscore.
const BOUNDARY: &str = "=_partner-connect-draft";

/// A message file with the text and its HTML as alternatives.
///
/// Both are base64, so that no program on the way wraps a line, stuffs a dot or changes a line end.
pub(super) fn file(
    subject: &str,
    text: &str,
    html: &str,
    recipient: Option<&Recipient>,
) -> Vec<u8> {
    let mut message = MultiPart::builder()
        .header(Unsent)
        .header(Subject(subject))
        .header(MIME_VERSION_1_0);
    if let Some(recipient) = recipient {
        let mailbox = Mailbox::new(None, recipient.address().clone());
        message = message.header(To::from(Mailboxes::from(mailbox)));
    }
    message
        .kind(MultiPartKind::Alternative)
        .boundary(BOUNDARY)
        .singlepart(part(ContentType::TEXT_PLAIN, text))
        .singlepart(part(ContentType::TEXT_HTML, html))
        .formatted()
}

fn part(content_type: ContentType, content: &str) -> SinglePart {
    let body = Body::new_with_encoding(content.to_owned(), ContentTransferEncoding::Base64)
        .expect("base64 encodes every text");
    SinglePart::builder().header(content_type).body(body)
}

/// `X-Unsent: 1`, by which mail programs know a draft from a message received.
#[derive(Clone)]
struct Unsent;

impl Header for Unsent {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("X-Unsent")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "1".to_owned())
    }
}

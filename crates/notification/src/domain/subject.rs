//! A subject as it stands in a header, where mail programs decode what looks like an encoded word
//! (RFC 2047).
//!
//! A subject that holds `=?` is encoded as a whole, so that it is decoded once, to what the partner
//! wrote: no line break, address or link comes in by decoding that a subject is refused for.

use email_encoding::headers::rfc2047;
use email_encoding::headers::writer::EmailWriter;
use lettre::message::header::{Header, HeaderName, HeaderValue};

/// With what an encoded word begins, whatever its character set.
pub(super) const ENCODED_WORD: &str = "=?";

/// The subject of a message.
#[derive(Clone)]
pub(super) struct Subject<'a>(pub(super) &'a str);

impl Subject<'_> {
    /// The subject as the value of a field of a `mailto:` URI, before percent-encoding.
    ///
    /// Mail programs decode what looks encoded there as well (RFC 6068, section 5). Everything else
    /// is UTF-8 as it is.
    pub(super) fn field(&self) -> String {
        match self.encoded() {
            // a URI has no lines
            Some(encoded) => encoded.replace("\r\n", ""),
            None => self.0.to_owned(),
        }
    }

    /// The subject in encoded words, on as many lines as they need; `None` where nothing in it
    /// looks like one.
    fn encoded(&self) -> Option<String> {
        if !self.0.contains(ENCODED_WORD) {
            return None;
        }
        let mut encoded = String::new();
        let before = Self::name().len() + ": ".len();
        rfc2047::encode(
            self.0,
            &mut EmailWriter::new(&mut encoded, before, 0, false),
        )
        .expect("a string takes all that is written to it");
        Some(encoded)
    }
}

impl Header for Subject<'_> {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Subject")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Err("a subject is only written here".into())
    }

    fn display(&self) -> HeaderValue {
        let text = self.0.to_owned();
        match self.encoded() {
            Some(encoded) => HeaderValue::dangerous_new_pre_encoded(Self::name(), text, encoded),
            None => HeaderValue::new(Self::name(), text),
        }
    }
}

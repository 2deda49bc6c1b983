//! The address that a token proves: read once, at the edge, so that a text that is none proves
//! nothing.
//!
//! ASCII letters are folded and nothing else is: there are letters beyond ASCII whose lower case is
//! one of ASCII.

use std::fmt;

/// The longest address, and the longest part before its `@`, in bytes (RFC 5321).
const ADDRESS_MAX: usize = 254;
const LOCAL_PART_MAX: usize = 64;
/// What only a quoted part, a comment or a list may hold.
const SPECIALS: &str = "\"(),:;<>[\\]";

/// An email address, its ASCII letters in lower case. Personal: it has no `Display`, and its
/// `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

/// A text that is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an email address: a local part, @ and a domain name")]
pub struct NoAddress;

impl Address {
    /// Reads an address: a local part of at most 64 bytes, an `@` and a domain of two labels or
    /// more, 254 bytes in all. Characters beyond ASCII are taken as they are; quoted parts,
    /// comments and display names are not taken.
    pub fn parse(text: &str) -> Result<Self, NoAddress> {
        let (local, domain) = text.split_once('@').ok_or(NoAddress)?;
        let is_plain = |c: char| !(c.is_control() || c.is_whitespace() || SPECIALS.contains(c));
        let is_atom = |atom: &str| !atom.is_empty() && atom.chars().all(is_plain);
        let is_address = text.len() <= ADDRESS_MAX
            && local.len() <= LOCAL_PART_MAX
            && local.split('.').all(is_atom)
            && domain.contains('.')
            && domain.split('.').all(is_label);
        if is_address {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(NoAddress)
        }
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands behind the `@`.
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

/// Letters, digits and inner hyphens; beyond ASCII a label is compared as it is, so it may hold
/// anything.
fn is_label(label: &str) -> bool {
    let allowed = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || c == '-';
    !label.is_empty()
        && label.chars().all(allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_folded_and_nothing_else() {
        let read = |text: &str| Address::parse(text).unwrap().as_str().to_owned();
        assert_eq!(read("Ana@Adatum.Example"), "ana@adatum.example");
        assert_eq!(read("a.b+c!@X-y.z"), "a.b+c!@x-y.z");
        // the lower or upper case of each is, or holds, a letter of ASCII
        for beyond in ["mi\u{212a}e@A.b", "\u{130}@A.b", "\u{17f}@A.b"] {
            assert_eq!(read(beyond), beyond.to_ascii_lowercase());
            assert!(!read(beyond).is_ascii());
        }
        let domain = |text: &str| Address::parse(text).unwrap().domain().to_owned();
        assert_eq!(domain("Ana@Mail.Adatum.Example"), "mail.adatum.example");
        assert_eq!(domain("ana@\u{212a}.example"), "\u{212a}.example");
    }

    #[test]
    fn what_is_no_address_is_not_taken() {
        let long = format!("{}@a.example", "a".repeat(65));
        let longer = format!("a@{}example", "abcdefgh.".repeat(28));
        for none in [
            "",
            "@",
            "ana",
            "@adatum.example",
            " @adatum.example",
            "ana@",
            "ana@adatum",
            "ana@.example",
            "ana@adatum.",
            "ana@-adatum.example",
            "ana@[127.0.0.1]",
            "ana@adatum .example",
            "x@evil.example@adatum.example",
            "@evil.example@adatum.example",
            "\"a@b\"@adatum.example",
            ".ana@adatum.example",
            "a..b@adatum.example",
            "ana @adatum.example",
            "Ana <ana@adatum.example>",
            "a,b@adatum.example",
            "ana\u{a0}@adatum.example",
            "ana\0@adatum.example",
            "ana@adatum.example\n",
            &long,
            &longer,
        ] {
            assert_eq!(Address::parse(none), Err(NoAddress), "{none:?}");
        }
    }

    #[test]
    fn an_address_does_not_print() {
        let address = Address::parse("ana@adatum.example").unwrap();
        assert_eq!(format!("{address:?}"), "Address(…)");
    }
}

//! Email addresses: read once, at the edge, so that a text that is none proves nothing.
//!
//! ASCII letters are folded and nothing else is: there are letters beyond ASCII whose lower case is
//! one of ASCII.

use std::fmt;

use crate::Malformed;
use crate::domain::{Domain, is_domain};

/// The longest address, and the longest part before its `@`, in bytes (RFC 5321).
const ADDRESS_MAX: usize = 254;
const LOCAL_PART_MAX: usize = 64;
/// Says what an address is.
const NO_ADDRESS: Malformed = Malformed("an email address: a local part, @ and a domain name");
/// What only a quoted part, a comment or a list may hold.
const SPECIALS: &str = "\"(),:;<>[\\]";

/// An email address as issuers of tokens and people give it, its ASCII letters in lower case.
/// Personal: it has no `Display`, and its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads an address: a local part of at most 64 bytes, an `@` and a domain by the rule of
    /// [`Domain`], 254 bytes in all. Characters beyond ASCII are taken as they are; quoted parts,
    /// comments and display names are not taken.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let (local, domain) = text.split_once('@').ok_or(NO_ADDRESS)?;
        let is_plain = |c: char| !(c.is_control() || c.is_whitespace() || SPECIALS.contains(c));
        let is_atom = |atom: &str| !atom.is_empty() && atom.chars().all(is_plain);
        let is_address = text.len() <= ADDRESS_MAX
            && local.len() <= LOCAL_PART_MAX
            && local.split('.').all(is_atom)
            && is_domain(domain);
        if is_address {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(NO_ADDRESS)
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

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

/// A plain email address, all of it ASCII and in lower case. Personal: it has no `Display`, and its
/// `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct AsciiEmailAddress(String);

impl AsciiEmailAddress {
    /// Reads an address: a plain local part of at most 64 characters and a [`Domain`]. Quoted
    /// parts, comments, display names and characters beyond ASCII are refused: no two addresses
    /// that look alike are taken.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        const RULE: Malformed =
            Malformed("an email address: a plain local part, @ and a domain name");
        let (local, domain) = text.rsplit_once('@').ok_or(RULE)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c);
        let atom = |atom: &str| !atom.is_empty() && atom.chars().all(plain);
        if local.len() > LOCAL_PART_MAX || !local.split('.').all(atom) {
            return Err(RULE);
        }
        let domain = Domain::parse(domain).map_err(|_| RULE)?;
        let email = format!("{}@{}", local.to_ascii_lowercase(), domain.as_str());
        if email.len() > ADDRESS_MAX {
            Err(RULE)
        } else {
            Ok(Self(email))
        }
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AsciiEmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AsciiEmailAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_folded_and_nothing_else() {
        let read = |text: &str| EmailAddress::parse(text).unwrap().as_str().to_owned();
        assert_eq!(read("Ana@Adatum.Example"), "ana@adatum.example");
        assert_eq!(read("a.b+c!@X-y.z"), "a.b+c!@x-y.z");
        // the lower or upper case of each is, or holds, a letter of ASCII
        for beyond in ["mi\u{212a}e@A.b", "\u{130}@A.b", "\u{17f}@A.b"] {
            assert_eq!(read(beyond), beyond.to_ascii_lowercase());
            assert!(!read(beyond).is_ascii());
        }
        let domain = |text: &str| EmailAddress::parse(text).unwrap().domain().to_owned();
        assert_eq!(domain("Ana@Mail.Adatum.Example"), "mail.adatum.example");
        assert_eq!(domain("ana@\u{212a}.example"), "\u{212a}.example");
    }

    #[test]
    fn what_is_no_address_is_not_taken() {
        let long = format!("{}@a.example", "a".repeat(65));
        let longer = format!("a@{}example", "abcdefgh.".repeat(28));
        let long_label = format!("a@{}.example", "a".repeat(64));
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
            "ana@1.2.3.4",
            "ana@adatum.1",
            "ana@b\u{fc}cher.1",
            &long_label,
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
            assert_eq!(EmailAddress::parse(none), Err(NO_ADDRESS), "{none:?}");
        }
    }

    #[test]
    fn an_address_does_not_print() {
        let address = EmailAddress::parse("ana@adatum.example").unwrap();
        assert_eq!(format!("{address:?}"), "EmailAddress(…)");
    }

    #[test]
    fn plain_addresses_are_folded_or_refused() {
        for good in [
            "ana@adatum.example",
            "a.b+c@x-y.example",
            "ANA@XN--BCHER-KVA.EXAMPLE",
        ] {
            assert_eq!(
                AsciiEmailAddress::parse(good).unwrap().as_str(),
                good.to_ascii_lowercase()
            );
        }
        let long_local = format!("{}@a.example", "a".repeat(65));
        let long_domain = format!("a@{}.example", "a".repeat(64));
        let long = format!("{}@{}example", "a".repeat(64), "abcdefgh.".repeat(24));
        for bad in [
            "",
            "ana",
            "@",
            "ana@",
            "@a.example",
            "a@localhost",
            "a@1.2.3.4",
            "a..b@c.example",
            ".a@c.example",
            "a.@c.example",
            "a@c..example",
            "a@-c.example",
            "a@c-.example",
            "a@c.example.",
            "\"a b\"@c.example",
            "a b@c.example",
            "a@b@c.example",
            "<a@c.example>",
            "Ana <a@c.example>",
            "a@c.example,b@c.example",
            "a@c.example\r\nBcc: x@y.example",
            "a\0@c.example",
            "á@c.example",
            "a@аdatum.example",
            "a@[127.0.0.1]",
            &long_local,
            &long_domain,
            &long,
        ] {
            assert!(AsciiEmailAddress::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_plain_address_does_not_print() {
        assert_eq!(
            format!(
                "{:?}",
                AsciiEmailAddress::parse("ana@adatum.example").unwrap()
            ),
            "AsciiEmailAddress(…)"
        );
    }
}

//! Domain names, and the labels that they consist of.

use crate::Malformed;

/// The longest domain name, and the longest of its labels, in bytes (RFC 1035).
pub const DOMAIN_MAX: usize = 253;
const LABEL_MAX: usize = 63;

/// A domain name in lower case. Names beyond ASCII are given in their `xn--` form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain(String);

impl Domain {
    /// Reads a domain name: at least two labels of letters, digits and inner hyphens, folded to
    /// lower case. The last label is no number: `1.2.3.4` is an address, not a name.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if text.is_ascii() && is_domain(text) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(Malformed(
                "a domain name such as adatum.example, in ASCII (xn-- for other letters)",
            ))
        }
    }

    /// A domain name that a store has: it was read when it was kept, by the rule of that time.
    pub fn kept(text: String) -> Self {
        Self(text)
    }

    /// As it is kept and sent: lower case, without a dot at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Two labels or more, the last of them no number; letters beyond ASCII may be written as they are.
pub(crate) fn is_domain(text: &str) -> bool {
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    let is_name = text
        .rsplit_once('.')
        .is_some_and(|(_, last)| !is_number(last));
    text.len() <= DOMAIN_MAX && is_name && text.split('.').all(is_label)
}

/// Letters, digits and inner hyphens, at most 63 bytes. Beyond ASCII a label is compared as it is,
/// so it may hold anything.
pub(crate) fn is_label(label: &str) -> bool {
    let allowed = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || c == '-';
    (1..=LABEL_MAX).contains(&label.len())
        && label.chars().all(allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_ascii_labels_folded() {
        let label = "a".repeat(63);
        for (good, folded) in [
            ("adatum.example", "adatum.example"),
            ("Mail.ADATUM.Example", "mail.adatum.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("3.a", "3.a"),
            ("1.2.3.4a", "1.2.3.4a"),
            (&format!("{label}.example"), &format!("{label}.example")),
        ] {
            assert_eq!(Domain::parse(good).unwrap().as_str(), folded);
        }
        for bad in [
            "",
            "adatum",
            ".example",
            "adatum.",
            "a..b",
            "-a.example",
            "a-.example",
            "a b.example",
            "bücher.example",
            "a_b.example",
            "a\0.example",
            "a@b.example",
            "1.2.3.4",
            "adatum.1",
            &format!("a{label}.example"),
            &[&*label; 4].join("."),
        ] {
            assert!(Domain::parse(bad).is_err(), "{bad:?}");
        }
    }
}

//! The other portals that know customers.

use crate::Malformed;
use crate::domain::is_label;

/// Which portal knows something. Any may be new.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Portal(String);

impl Portal {
    /// Reads a portal's name: 1 to 63 of a-z, 0-9 and inner hyphens.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if is_label(text) && text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_uppercase())
        {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("1 to 63 of a-z, 0-9 and inner hyphens"))
        }
    }

    /// As it is kept and sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portals_are_labels_in_lower_case() {
        let label = "a".repeat(63);
        for good in ["office-admin-center", "3", &label] {
            assert_eq!(Portal::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "Portal",
            "-a",
            "a-",
            "a.b",
            "a_b",
            "ä",
            &format!("a{label}"),
        ] {
            assert!(Portal::parse(bad).is_err(), "{bad:?}");
        }
    }
}

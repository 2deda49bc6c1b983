//! Countries.

use crate::Malformed;

/// A country: two upper-case letters (ISO 3166-1 alpha-2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Country(String);

impl Country {
    /// Reads a country. Whether there is one of this code is not checked.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed("two upper-case letters (ISO 3166-1 alpha-2)"))
        }
    }

    /// As it is kept and sent: two capital letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_two_capitals() {
        assert_eq!(Country::parse("BR").unwrap().as_str(), "BR");
        for bad in ["", "B", "BRA", "br", "B1", "ÄB", "B ", "B\0"] {
            assert!(Country::parse(bad).is_err(), "{bad:?}");
        }
    }
}

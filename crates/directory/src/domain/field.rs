//! Values that requests and import lines share: quantities and sign-in names.
//!
//! One that exists was parsed. Nothing here knows which field it came from.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use vocabulary::Malformed;
use vocabulary::domain::Domain;
use vocabulary::limits::DISPLAY_NAME_MAX;
use vocabulary::text::is_ignorable;

/// The longest display name, and the longest id of an offer, in characters.
pub const TEXT_MAX: usize = DISPLAY_NAME_MAX;
/// The most licences of one subscription, and of one order.
pub const QUANTITY_MAX: i32 = 1_000_000;

/// A number of licences: 1 to 1,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i32);

impl Quantity {
    /// Reads a number of licences.
    pub fn parse(number: i64) -> Result<Self, Malformed> {
        match i32::try_from(number) {
            Ok(number) if (1..=QUANTITY_MAX).contains(&number) => Ok(Self(number)),
            _ => Err(Malformed("1 to 1,000,000")),
        }
    }

    pub fn get(self) -> i32 {
        self.0
    }

    /// Both together; `None` where they are too many.
    pub fn plus(self, more: Self) -> Option<Self> {
        Self::parse(i64::from(self.0) + i64::from(more.0)).ok()
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// With what a user signs in: a local part, an @ and a domain name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignInName(String);

/// The longest sign-in name, and its longest local part (RFC 5321).
const SIGN_IN_NAME_MAX: usize = 254;
const LOCAL_PART_MAX: usize = 64;

impl SignInName {
    /// Reads a sign-in name, and keeps it as it came.
    ///
    /// The local part has letters and digits of any script and what an unquoted address may have
    /// besides, an apostrophe for the O'Briens included: no space, line end, bracket or quotation
    /// mark, and no letter that nobody can see. How an accent is spelled does not matter.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let well_formed = text.chars().count() <= SIGN_IN_NAME_MAX
            && text.split_once('@').is_some_and(|(local, domain)| {
                is_local_part(local) && Domain::parse(domain).is_ok()
            });
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed(
                "a local part, an @ and a domain name, such as ana@adatum.example, at most 254 characters",
            ))
        }
    }

    /// A name that a store has: it was read when it was kept, by the rule of that time.
    pub fn kept(text: String) -> Self {
        Self(text)
    }

    /// The name as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What no two users of a customer have in common: case and ways of spelling the same character
    /// do not count.
    pub fn key(&self) -> String {
        let folded = self.0.nfkc().flat_map(char::to_lowercase);
        folded.nfkc().collect()
    }
}

fn is_local_part(local: &str) -> bool {
    let allowed = |character: char| {
        // some letters are never drawn, such as the Hangul fillers
        character.is_alphanumeric() && !is_ignorable(character)
            || ".!#$%&'*+-/=?^_`{|}~".contains(character)
    };
    (1..=LOCAL_PART_MAX).contains(&local.chars().count())
        && local.nfc().all(allowed)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_have_both_ends() {
        for good in [1, 1_000_000] {
            assert_eq!(i64::from(Quantity::parse(good).unwrap().get()), good);
        }
        for bad in [0, -1, 1_000_001, i64::MAX, i64::MIN, 1 << 32] {
            assert!(Quantity::parse(bad).is_err(), "{bad}");
        }
        let [one, most] = [1, 1_000_000].map(|number| Quantity::parse(number).unwrap());
        assert_eq!(one.plus(one).map(Quantity::get), Some(2));
        assert_eq!(most.plus(one), None);
    }

    #[test]
    fn sign_in_names_are_addresses_without_quoting() {
        for good in [
            "ana@adatum.example",
            "o'brien+x@a.b",
            "josé.lima@adatum.example",
            &format!("{}@a.b", "a".repeat(64)),
        ] {
            assert_eq!(SignInName::parse(good).unwrap().as_str(), good);
        }
        let long = format!("a@{}.b", ["a".repeat(62).as_str(); 4].join("."));
        for bad in [
            "",
            "ana",
            "@adatum.example",
            "ana@",
            "ana@adatum",
            "a@b@c.d",
            "a b@c.d",
            "a\n@c.d",
            "a\r\n@c.d",
            "\"a\"@c.d",
            "\u{3164}@c.d",
            "an\u{1160}a@c.d",
            "<a@c.d>",
            "a(b)@c.d",
            "a[b]@c.d",
            "a,b@c.d",
            "a;b@c.d",
            "a:b@c.d",
            "a\\b@c.d",
            ".a@c.d",
            "a.@c.d",
            "a..b@c.d",
            "a@c.d\n",
            "a\u{202e}@c.d",
            "a\0@c.d",
            &format!("{}@a.b", "a".repeat(65)),
            &long,
        ] {
            assert!(SignInName::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_key_of_a_sign_in_name_forgets_case_and_spelling_but_not_accents() {
        let key = |text: &str| SignInName::parse(text).unwrap().key();
        assert_eq!(key("ANA@Adatum.Example"), key("ana@adatum.example"));
        assert_eq!(key("jos\u{e9}@a.b"), key("jose\u{301}@a.b"));
        assert_eq!(key("\u{ff41}na@a.b"), key("ana@a.b"));
        assert_ne!(key("josé@a.b"), key("jose@a.b"));
    }
}

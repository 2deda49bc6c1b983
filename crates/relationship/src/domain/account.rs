//! Customers' accounts, and the keys under which customers are searched.
//!
//! Account data is for display: it proves nothing and grants nothing.

use platform::clock::Time;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use uuid::Uuid;
use vocabulary::country::Country;
use vocabulary::domain::Domain;
use vocabulary::id::CustomerId;

/// A customer's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: CustomerId,
    /// What it was opened with, and shows.
    pub profile: Profile,
    /// The acceptance or import that opened it.
    pub opened_by: Uuid,
    /// When it was opened.
    pub create_time: Time,
    /// When it last changed.
    pub update_time: Time,
    /// Counts its changes, the first included.
    pub version: i64,
}

/// What is to be changed of an account; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// The new display name.
    pub display_name: Option<String>,
    /// The new country.
    pub country: Option<Country>,
    /// The new domain.
    pub domain: Option<Domain>,
}

impl Account {
    /// The account with what is to be changed of it. Whether the caller may, the rules of access
    /// have said.
    pub fn update(self, update: Update, now: Time) -> Self {
        let profile = Profile {
            display_name: update.display_name.unwrap_or(self.profile.display_name),
            country: update.country.unwrap_or(self.profile.country),
            domain: update.domain.unwrap_or(self.profile.domain),
        };
        Self {
            profile,
            update_time: now,
            version: self.version + 1,
            ..self
        }
    }

    /// Opens an account with what is known of the customer.
    pub fn open(id: CustomerId, profile: Profile, opened_by: Uuid, now: Time) -> Self {
        Self {
            id,
            profile,
            opened_by,
            create_time: now,
            update_time: now,
            version: 1,
        }
    }
}

/// What an account shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The customer's display name, exactly as it was given.
    pub display_name: String,
    /// Where the customer is.
    pub country: Country,
    /// The customer's primary domain.
    pub domain: Domain,
}

/// A text as it is searched: case, accents and ways of spelling the same character do not count.
///
/// Kept as bytes, so that every store orders keys alike. The key of a text's beginning is the
/// beginning of its key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SearchKey(Vec<u8>);

impl SearchKey {
    /// Folds a text: compatibility decomposition, marks taken out, lower case.
    pub fn of(text: &str) -> Self {
        let folded: String = text
            .nfkd()
            // character by character: a rule that looks at neighbours, as for a final sigma, would
            // fold a beginning otherwise
            .flat_map(char::to_lowercase)
            .nfkd()
            .filter(|character| !is_combining_mark(*character))
            .collect();
        Self(folded.into_bytes())
    }

    /// The key's bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// The keys that begin alike: those from `from`, `to` excluded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// The first key that there could be.
    pub from: Vec<u8>,
    /// The first that begins otherwise.
    pub to: Vec<u8>,
}

impl Prefix {
    /// The keys of texts that begin with this one; `None` when nothing of it counts in a search.
    pub fn of(text: &str) -> Option<Self> {
        let from = SearchKey::of(text).into_bytes();
        let mut to = from.clone();
        // text in UTF-8 holds no byte of 0xFF, so the last one can always be raised
        *to.last_mut()? += 1;
        Some(Self { from, to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_spelling_do_not_count() {
        for (one, other) in [
            ("Ação", "ACAO"),
            ("caf\u{e9}", "cafe\u{301}"),
            ("İstanbul", "istanbul"),
            ("ﬁrst", "First"),
            ("Ａｄａｔｕｍ", "adatum"),
        ] {
            assert_eq!(SearchKey::of(one), SearchKey::of(other), "{one} {other}");
        }
        assert_ne!(
            SearchKey::of("a%"),
            SearchKey::of("ab"),
            "nothing is a wildcard"
        );
    }

    #[test]
    fn the_key_of_a_beginning_is_the_beginning_of_the_key() {
        for text in ["Ação Ltda", "ΣΑΣ ΑΕ", "İstanbul", "각하", "👩‍👩‍👧 GmbH"]
        {
            let whole = SearchKey::of(text).into_bytes();
            for (at, _) in text.char_indices() {
                let prefix = SearchKey::of(&text[..at]).into_bytes();
                assert!(whole.starts_with(&prefix), "{text} at {at}");
            }
        }
    }

    #[test]
    fn a_prefix_holds_what_begins_so_and_nothing_else() {
        let holds = |prefix: &str, text: &str| {
            let range = Prefix::of(prefix).unwrap();
            let key = SearchKey::of(text).into_bytes();
            range.from <= key && key < range.to
        };
        for (prefix, text) in [
            ("ada", "Adatum"),
            ("ADATUM", "adatum"),
            ("aç", "Ação"),
            ("a_", "A_b"),
        ] {
            assert!(holds(prefix, text), "{prefix} {text}");
        }
        for (prefix, text) in [
            ("ada", "Ad"),
            ("ada", "Adbtum"),
            ("a_", "ab"),
            ("%", "adatum"),
        ] {
            assert!(!holds(prefix, text), "{prefix} {text}");
        }
        assert_eq!(Prefix::of("\u{301}"), None);
    }
}

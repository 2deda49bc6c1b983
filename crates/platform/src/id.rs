//! Typed ids, and how they are read from resource names.
//!
//! Organisations have ids of their own choosing ([`PartnerId`], [`CustomerId`]); everything else has a UUID, which a
//! service declares with [`uuid_id!`](crate::uuid_id). An id that exists was parsed: nothing here holds an unchecked string.

use std::fmt;

use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use uuid::Uuid;

/// A text that is not an id of the kind that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {0}")]
pub struct Malformed(pub &'static str);

macro_rules! organisation_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
        pub struct $name(String);

        impl $name {
            /// Reads an organisation's id: `[a-z0-9][a-z0-9-]{0,62}`, compared exactly.
            pub fn parse(text: &str) -> Result<Self, Malformed> {
                if is_organisation(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Malformed("an organisation id: 1 to 63 of a-z, 0-9 and -, not starting with -"))
                }
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The tenant whose tokens act for this organisation: the same text.
            pub fn tenant(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl $crate::page::Cursor for $name {
            fn write(&self, out: &mut Vec<u8>) {
                self.0.write(out);
            }

            fn read(input: &mut &[u8]) -> Option<Self> {
                Self::parse(&String::read(input)?).ok()
            }
        }
    };
}

organisation_id! {
    /// The id of a partner: an indirect reseller or an indirect provider.
    PartnerId
}

organisation_id! {
    /// The id of a customer. The same text may also be a partner's: one organisation in two roles.
    CustomerId
}

impl PartnerId {
    /// The customer that is the same organisation.
    pub fn as_customer(&self) -> CustomerId {
        CustomerId(self.0.clone())
    }
}

fn is_organisation(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(allowed) && !text.starts_with('-')
}

/// Declares a typed UUID: `uuid_id! { /// What it names. pub struct InvitationId; }`.
///
/// The type has `parse` (only the canonical form: lower case, hyphenated), `parse_foreign`
/// (capitals as well), `uuid`, `Display` and `From<Uuid>`, is a value of the store and a part of a
/// page cursor. The declaring crate needs `sea-orm` and `uuid`.
#[macro_export]
macro_rules! uuid_id {
    ($(#[$doc:meta])* $vis:vis struct $name:ident;) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ::sea_orm::DeriveValueType)]
        $vis struct $name(::uuid::Uuid);

        #[allow(dead_code, reason = "every id has the same methods, used or not")]
        impl $name {
            /// Reads the canonical form of a UUID, and no other of its spellings.
            $vis fn parse(text: &str) -> Result<Self, $crate::id::Malformed> {
                $crate::id::uuid(text).map(Self)
            }

            /// Reads the id of something that others have named: capitals do not count.
            $vis fn parse_foreign(text: &str) -> Result<Self, $crate::id::Malformed> {
                $crate::id::foreign_uuid(text).map(Self)
            }

            /// The UUID itself.
            $vis fn uuid(self) -> ::uuid::Uuid {
                self.0
            }
        }

        impl From<::uuid::Uuid> for $name {
            fn from(uuid: ::uuid::Uuid) -> Self {
                Self(uuid)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, ::sea_orm::DbErr> {
                Err(::sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl $crate::page::Cursor for $name {
            fn write(&self, out: &mut Vec<u8>) {
                $crate::page::Cursor::write(&self.0, out);
            }

            fn read(input: &mut &[u8]) -> Option<Self> {
                $crate::page::Cursor::read(input).map(Self)
            }
        }
    };
}

/// Reads a UUID in its canonical form, 36 characters in lower case: one of ours, in a resource
/// name, which is compared exactly.
pub fn uuid(text: &str) -> Result<Uuid, Malformed> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(Malformed(
            "a UUID in lower case, as in 01890a5d-ac96-774b-bcce-b302099a8057",
        ));
    }
    foreign_uuid(text)
}

/// Reads a UUID that somebody else made: its 36 characters may be in capitals (RFC 9562), and are
/// the same UUID.
pub fn foreign_uuid(text: &str) -> Result<Uuid, Malformed> {
    match Uuid::try_parse(text) {
        Ok(uuid) if text.len() == 36 => Ok(uuid),
        _ => Err(Malformed(
            "a UUID, as in 01890a5d-ac96-774b-bcce-b302099a8057",
        )),
    }
}

/// The variable segments of a resource name: `segments("partners/{}/invitations/{}", name)`.
///
/// `None` when the name has another shape or an empty segment. `N` must be the number of `{}` in the template.
pub fn segments<'a, const N: usize>(template: &str, name: &'a str) -> Option<[&'a str; N]> {
    let mut found = [""; N];
    let mut filled = 0;
    let mut parts = name.split('/');
    for expected in template.split('/') {
        let part = parts.next()?;
        if expected == "{}" {
            *found.get_mut(filled)? = part;
            filled += 1;
        } else if expected != part {
            return None;
        }
    }
    let complete =
        parts.next().is_none() && filled == N && found.iter().all(|part| !part.is_empty());
    complete.then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    uuid_id! {
        /// For these tests.
        pub struct ThingId;
    }

    #[test]
    fn organisation_ids_are_taken_exactly() {
        for good in [
            "a",
            "0",
            "contoso",
            "north-wind-2",
            "01890a5d-ac96-774b-bcce-b302099a8057",
        ] {
            assert_eq!(PartnerId::parse(good).unwrap().as_str(), good);
        }
        assert!(PartnerId::parse(&"a".repeat(63)).is_ok());
        for bad in [
            "",
            "-a",
            "A",
            "a b",
            "a/b",
            "ä",
            "a\0",
            "..",
            "a.",
            &"a".repeat(64),
        ] {
            assert!(CustomerId::parse(bad).is_err(), "{bad:?}");
        }
    }

    /// RFC 9562: a UUID is written in lower case, and read in any.
    #[test]
    fn a_uuid_of_others_may_be_in_capitals() {
        let text = "01890a5d-ac96-774b-bcce-b302099a8057";
        let capitals = text.to_ascii_uppercase();
        for spelt in [text, &capitals, "01890A5d-ac96-774b-bcce-b302099a8057"] {
            assert_eq!(ThingId::parse_foreign(spelt).unwrap().to_string(), text);
        }
        let bare = text.replace('-', "");
        let urn = format!("urn:uuid:{text}");
        for bad in ["", &bare, &format!("{{{text}}}"), &urn, &text[1..]] {
            assert!(ThingId::parse_foreign(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn uuids_have_one_spelling() {
        let text = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert_eq!(ThingId::parse(text).unwrap().to_string(), text);
        for bad in [
            "",
            "01890A5D-AC96-774B-BCCE-B302099A8057",
            "01890a5dac96774bbcceb302099a8057",
            "{01890a5d-ac96-774b-bcce-b302099a8057}",
            "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
            "01890a5d-ac96-774b-bcce-b302099a805g",
        ] {
            assert!(ThingId::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn names_are_matched_segment_by_segment() {
        let template = "partners/{}/invitations/{}";
        assert_eq!(
            segments(template, "partners/p/invitations/i"),
            Some(["p", "i"])
        );
        for bad in [
            "",
            "partners/p",
            "partners/p/invitations/",
            "partners//invitations/i",
            "partners/p/invitations/i/",
            "partners/p/invitations/i/x",
            "/partners/p/invitations/i",
            "customers/p/invitations/i",
        ] {
            assert_eq!(segments::<2>(template, bad), None, "{bad:?}");
        }
        assert_eq!(segments::<1>(template, "partners/p/invitations/i"), None);
        assert_eq!(segments::<3>(template, "partners/p/invitations/i"), None);
    }
}

//! Ids: what tells one thing of a kind from all others.
//!
//! Organisations have ids of their own choosing ([`PartnerId`], [`CustomerId`]); everything else
//! has a UUID.

use std::fmt;

use uuid::Uuid;

use crate::Malformed;

macro_rules! organisation_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "store", derive(sea_orm::DeriveValueType))]
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

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                id.clone()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        #[cfg(feature = "store")]
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
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

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "store", derive(sea_orm::DeriveValueType))]
        pub struct $name(Uuid);

        impl $name {
            /// Reads the canonical form of a UUID, and no other of its spellings.
            pub fn parse(text: &str) -> Result<Self, Malformed> {
                uuid(text).map(Self)
            }

            /// Reads the id of something that others have named: capitals do not count.
            pub fn parse_foreign(text: &str) -> Result<Self, Malformed> {
                foreign_uuid(text).map(Self)
            }

            /// The UUID itself.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        #[cfg(feature = "store")]
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    };
}

uuid_id! {
    /// Names an invitation, together with its partner.
    InvitationId
}

uuid_id! {
    /// Names an acceptance, and so the decision about it. Derived from the invitation.
    AcceptanceId
}

impl AcceptanceId {
    /// The one acceptance that an invitation can have: the same id whoever accepts, however often
    /// it is tried.
    pub fn of(invitation: InvitationId) -> Self {
        Self::from(Uuid::new_v5(&invitation.uuid(), b"acceptance"))
    }
}

uuid_id! {
    /// Names a relationship of one partner with one customer.
    RelationshipId
}

uuid_id! {
    /// Names a partnership of an indirect reseller and an indirect provider.
    PartnershipId
}

uuid_id! {
    /// Names a delegated admin privilege.
    PrivilegeId
}

uuid_id! {
    /// Names a notice, together with its partner. Derived from the fact and the partner.
    NoticeId
}

uuid_id! {
    /// What a fact is recognised by when it is delivered again.
    FactId
}

uuid_id! {
    /// Names a subscription, together with its customer.
    SubscriptionId
}

uuid_id! {
    /// Names a user of a customer, together with that customer.
    UserId
}

uuid_id! {
    /// Names a licence, together with its customer.
    LicenseId
}

uuid_id! {
    /// Names an order, together with its customer.
    OrderId
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

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(UserId::parse_foreign(spelt).unwrap().to_string(), text);
        }
        let bare = text.replace('-', "");
        let urn = format!("urn:uuid:{text}");
        for bad in ["", &bare, &format!("{{{text}}}"), &urn, &text[1..]] {
            assert!(UserId::parse_foreign(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn uuids_have_one_spelling() {
        let text = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert_eq!(UserId::parse(text).unwrap().to_string(), text);
        for bad in [
            "",
            "01890A5D-AC96-774B-BCCE-B302099A8057",
            "01890a5dac96774bbcceb302099a8057",
            "{01890a5d-ac96-774b-bcce-b302099a8057}",
            "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057",
            "01890a5d-ac96-774b-bcce-b302099a805g",
        ] {
            assert!(UserId::parse(bad).is_err(), "{bad:?}");
        }
    }

    /// The id is the key of the decision in another store: changing how it is derived would decide
    /// twice.
    #[test]
    fn the_acceptance_id_never_changes() {
        let invitation = InvitationId::parse("0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b").unwrap();
        let pinned = "b0d97343-601c-54c5-a9b4-8c73ffd00598";
        assert_eq!(AcceptanceId::of(invitation).to_string(), pinned);
    }
}

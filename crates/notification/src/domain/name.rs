//! Names and ids of what drafts and notices are about. Each is parsed once, at the edge.

use std::fmt;

use platform::id::{CustomerId, Malformed, PartnerId, segments};
use platform::uuid_id;

uuid_id! {
    /// Names an invitation, together with its partner.
    pub struct InvitationId;
}

uuid_id! {
    /// Names a notice, together with its partner. Derived from the fact and the partner.
    pub struct NoticeId;
}

uuid_id! {
    /// What a fact is recognised by when it is delivered again.
    pub struct FactId;
}

uuid_id! {
    /// Names a partnership.
    pub struct PartnershipId;
}

/// `partners/{partner}/invitations/{invitation}`. The partner is the inviter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationName {
    /// The inviter.
    pub partner: PartnerId,
    /// Which of its invitations.
    pub id: InvitationId,
}

impl InvitationName {
    /// Reads the resource name of an invitation.
    pub fn parse(name: &str) -> Result<Self, Malformed> {
        let [partner, id] = segments("partners/{}/invitations/{}", name)
            .ok_or(Malformed("partners/{partner}/invitations/{invitation}"))?;
        Ok(Self {
            partner: PartnerId::parse(partner)?,
            id: InvitationId::parse(id)?,
        })
    }
}

impl fmt::Display for InvitationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "partners/{}/invitations/{}", self.partner, self.id)
    }
}

/// `partnerships/{partnership}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartnershipName(PartnershipId);

impl PartnershipName {
    /// Reads the resource name of a partnership.
    pub fn parse(name: &str) -> Result<Self, Malformed> {
        let [id] =
            segments("partnerships/{}", name).ok_or(Malformed("partnerships/{partnership}"))?;
        PartnershipId::parse(id).map(Self)
    }
}

impl fmt::Display for PartnershipName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "partnerships/{}", self.0)
    }
}

/// Reads `partners/{partner}`.
pub fn partner(name: &str) -> Result<PartnerId, Malformed> {
    let [id] = segments("partners/{}", name).ok_or(Malformed("partners/{partner}"))?;
    PartnerId::parse(id)
}

/// Reads `customers/{customer}`.
pub fn customer(name: &str) -> Result<CustomerId, Malformed> {
    let [id] = segments("customers/{}", name).ok_or(Malformed("customers/{customer}"))?;
    CustomerId::parse(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_exactly_and_print_as_they_came() {
        let name = "partners/contoso/invitations/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b";
        assert_eq!(InvitationName::parse(name).unwrap().to_string(), name);
        let name = "partnerships/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b";
        assert_eq!(PartnershipName::parse(name).unwrap().to_string(), name);
        assert_eq!(partner("partners/contoso").unwrap().as_str(), "contoso");
        assert_eq!(customer("customers/adatum").unwrap().as_str(), "adatum");
    }

    #[test]
    fn another_collection_another_spelling_or_a_part_is_refused() {
        for bad in [
            "",
            "contoso",
            "partners/",
            "partners/Contoso",
            "customers/contoso",
            "partners/contoso/invitations/1",
        ] {
            assert!(partner(bad).is_err(), "{bad:?}");
            assert!(InvitationName::parse(bad).is_err(), "{bad:?}");
            assert!(PartnershipName::parse(bad).is_err(), "{bad:?}");
        }
        assert!(customer("partners/adatum").is_err());
    }
}

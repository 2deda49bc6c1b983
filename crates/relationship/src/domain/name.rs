//! Resource names, written and read. A name that was read has ids that were parsed.

use platform::id::{Malformed, segments};

use super::{
    AcceptanceId, CustomerId, InvitationId, PartnerId, PartnershipId, PrivilegeId, RelationshipId,
};

/// The name of a partner, enrolled or not.
pub fn partner(id: &PartnerId) -> String {
    format!("partners/{id}")
}

/// The name of a customer, with or without an account.
pub fn customer(id: &CustomerId) -> String {
    format!("customers/{id}")
}

/// The name of a customer as an entry of a partner's list.
pub fn customer_of(partner: &PartnerId, customer: &CustomerId) -> String {
    format!("partners/{partner}/customers/{customer}")
}

/// The name of a partnership.
pub fn partnership(id: PartnershipId) -> String {
    format!("partnerships/{id}")
}

/// The name of a relationship.
pub fn relationship(partner: &PartnerId, id: RelationshipId) -> String {
    format!("partners/{partner}/relationships/{id}")
}

/// The name of a privilege.
pub fn privilege(partner: &PartnerId, id: PrivilegeId) -> String {
    format!("partners/{partner}/privileges/{id}")
}

/// The name of an acceptance, which the invitation service answers.
pub fn acceptance(customer: &CustomerId, id: AcceptanceId) -> String {
    format!("customers/{customer}/acceptances/{id}")
}

/// Whose something is: a partner's or a customer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parent {
    /// `partners/{partner}`.
    Partner(PartnerId),
    /// `customers/{customer}`.
    Customer(CustomerId),
}

/// Reads `partners/{partner}`.
pub fn parse_partner(name: &str) -> Result<PartnerId, Malformed> {
    let [id] = parts("partners/{}", name)?;
    PartnerId::parse(id)
}

/// Reads `customers/{customer}`.
pub fn parse_customer(name: &str) -> Result<CustomerId, Malformed> {
    let [id] = parts("customers/{}", name)?;
    CustomerId::parse(id)
}

/// Reads `partners/{partner}` or `customers/{customer}`.
pub fn parse_parent(name: &str) -> Result<Parent, Malformed> {
    match name.split_once('/') {
        Some(("partners", _)) => parse_partner(name).map(Parent::Partner),
        Some(("customers", _)) => parse_customer(name).map(Parent::Customer),
        _ => Err(Malformed("partners/{partner} or customers/{customer}")),
    }
}

/// Reads `partnerships/{partnership}`.
pub fn parse_partnership(name: &str) -> Result<PartnershipId, Malformed> {
    let [id] = parts("partnerships/{}", name)?;
    PartnershipId::parse(id)
}

/// Reads `partners/{partner}/relationships/{relationship}`.
pub fn parse_relationship(name: &str) -> Result<(PartnerId, RelationshipId), Malformed> {
    let [partner, id] = parts("partners/{}/relationships/{}", name)?;
    Ok((PartnerId::parse(partner)?, RelationshipId::parse(id)?))
}

/// Reads `partners/{partner}/customers/{customer}`.
pub fn parse_customer_of(name: &str) -> Result<(PartnerId, CustomerId), Malformed> {
    let [partner, customer] = parts("partners/{}/customers/{}", name)?;
    Ok((PartnerId::parse(partner)?, CustomerId::parse(customer)?))
}

/// Reads `partners/{partner}/privileges/{privilege}`.
pub fn parse_privilege(name: &str) -> Result<(PartnerId, PrivilegeId), Malformed> {
    let [partner, id] = parts("partners/{}/privileges/{}", name)?;
    Ok((PartnerId::parse(partner)?, PrivilegeId::parse(id)?))
}

/// Reads `partners/{partner}/invitations/{invitation}`.
pub fn parse_invitation(name: &str) -> Result<(PartnerId, InvitationId), Malformed> {
    let [partner, id] = parts("partners/{}/invitations/{}", name)?;
    Ok((PartnerId::parse(partner)?, InvitationId::parse(id)?))
}

fn parts<'a, const N: usize>(
    template: &'static str,
    name: &'a str,
) -> Result<[&'a str; N], Malformed> {
    segments(template, name).ok_or(Malformed(template))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let (contoso, adatum) = (
            PartnerId::parse("contoso").unwrap(),
            CustomerId::parse("adatum").unwrap(),
        );
        let number = Uuid::from_u128(7);
        assert_eq!(parse_partner(&partner(&contoso)), Ok(contoso.clone()));
        assert_eq!(parse_customer(&customer(&adatum)), Ok(adatum.clone()));
        assert_eq!(
            parse_partnership(&partnership(number.into())),
            Ok(number.into())
        );
        let named = customer_of(&contoso, &adatum);
        assert_eq!(
            parse_customer_of(&named),
            Ok((contoso.clone(), adatum.clone()))
        );
        let named = relationship(&contoso, number.into());
        assert_eq!(
            parse_relationship(&named),
            Ok((contoso.clone(), number.into()))
        );
        let named = privilege(&contoso, number.into());
        assert_eq!(
            parse_privilege(&named),
            Ok((contoso.clone(), number.into()))
        );
        assert_eq!(
            parse_parent("partners/contoso"),
            Ok(Parent::Partner(contoso))
        );
        assert_eq!(
            parse_parent("customers/adatum"),
            Ok(Parent::Customer(adatum))
        );
    }

    #[test]
    fn other_shapes_are_refused() {
        for bad in [
            "",
            "contoso",
            "partners/",
            "partners/Contoso",
            "partners/a/b",
            "people/contoso",
            "partners/..%2f",
        ] {
            assert!(
                parse_partner(bad).is_err() && parse_parent(bad).is_err(),
                "{bad:?}"
            );
        }
        assert!(parse_partnership("partnerships/1").is_err());
        assert!(
            parse_relationship("partners/contoso/privileges/01890a5d-ac96-774b-bcce-b302099a8057")
                .is_err()
        );
    }
}

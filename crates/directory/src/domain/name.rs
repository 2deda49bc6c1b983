//! Resource names, written and read. A name that was read has ids that were parsed.

use platform::id::{Malformed, segments};

use super::{
    CustomerId, LicenseId, OrderId, PartnerId, PrivilegeId, RelationshipId, SubscriptionId, UserId,
};

/// The name of a partner.
pub fn partner(id: &PartnerId) -> String {
    format!("partners/{id}")
}

/// The name of a customer.
pub fn customer(id: &CustomerId) -> String {
    format!("customers/{id}")
}

/// The name of a subscription.
pub fn subscription(customer: &CustomerId, id: SubscriptionId) -> String {
    format!("customers/{customer}/subscriptions/{id}")
}

/// The name of a user.
pub fn user(customer: &CustomerId, id: UserId) -> String {
    format!("customers/{customer}/users/{id}")
}

/// The name of a licence.
pub fn license(customer: &CustomerId, id: LicenseId) -> String {
    format!("customers/{customer}/licenses/{id}")
}

/// The name of an order.
pub fn order(customer: &CustomerId, id: OrderId) -> String {
    format!("customers/{customer}/orders/{id}")
}

/// The name of a relationship.
pub fn relationship(partner: &PartnerId, id: RelationshipId) -> String {
    format!("partners/{partner}/relationships/{id}")
}

/// The name of a privilege.
pub fn privilege(partner: &PartnerId, id: PrivilegeId) -> String {
    format!("partners/{partner}/privileges/{id}")
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

/// Reads `customers/{customer}/subscriptions/{subscription}`.
pub fn parse_subscription(name: &str) -> Result<(CustomerId, SubscriptionId), Malformed> {
    let [customer, id] = parts("customers/{}/subscriptions/{}", name)?;
    Ok((CustomerId::parse(customer)?, SubscriptionId::parse(id)?))
}

/// Reads `customers/{customer}/users/{user}`.
pub fn parse_user(name: &str) -> Result<(CustomerId, UserId), Malformed> {
    let [customer, id] = parts("customers/{}/users/{}", name)?;
    Ok((CustomerId::parse(customer)?, UserId::parse(id)?))
}

/// Reads `customers/{customer}/licenses/{license}`.
pub fn parse_license(name: &str) -> Result<(CustomerId, LicenseId), Malformed> {
    let [customer, id] = parts("customers/{}/licenses/{}", name)?;
    Ok((CustomerId::parse(customer)?, LicenseId::parse(id)?))
}

/// Reads `customers/{customer}/orders/{order}`.
pub fn parse_order(name: &str) -> Result<(CustomerId, OrderId), Malformed> {
    let [customer, id] = parts("customers/{}/orders/{}", name)?;
    Ok((CustomerId::parse(customer)?, OrderId::parse(id)?))
}

/// Reads `partners/{partner}/relationships/{relationship}`.
pub fn parse_relationship(name: &str) -> Result<(PartnerId, RelationshipId), Malformed> {
    let [partner, id] = parts("partners/{}/relationships/{}", name)?;
    Ok((PartnerId::parse(partner)?, RelationshipId::parse(id)?))
}

/// Reads `partners/{partner}/privileges/{privilege}`.
pub fn parse_privilege(name: &str) -> Result<(PartnerId, PrivilegeId), Malformed> {
    let [partner, id] = parts("partners/{}/privileges/{}", name)?;
    Ok((PartnerId::parse(partner)?, PrivilegeId::parse(id)?))
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
        let of_customer = |id| (adatum.clone(), id);
        assert_eq!(parse_partner(&partner(&contoso)), Ok(contoso.clone()));
        assert_eq!(parse_customer(&customer(&adatum)), Ok(adatum.clone()));
        let named = subscription(&adatum, number.into());
        assert_eq!(parse_subscription(&named), Ok(of_customer(number).map_id()));
        let named = user(&adatum, number.into());
        assert_eq!(parse_user(&named), Ok(of_customer(number).map_id()));
        let named = license(&adatum, number.into());
        assert_eq!(parse_license(&named), Ok(of_customer(number).map_id()));
        let named = order(&adatum, number.into());
        assert_eq!(parse_order(&named), Ok(of_customer(number).map_id()));
        let named = relationship(&contoso, number.into());
        assert_eq!(
            parse_relationship(&named),
            Ok((contoso.clone(), number.into()))
        );
        let named = privilege(&contoso, number.into());
        assert_eq!(parse_privilege(&named), Ok((contoso, number.into())));
    }

    trait MapId<Id> {
        fn map_id(self) -> (CustomerId, Id);
    }

    impl<Id: From<Uuid>> MapId<Id> for (CustomerId, Uuid) {
        fn map_id(self) -> (CustomerId, Id) {
            (self.0, self.1.into())
        }
    }

    #[test]
    fn other_shapes_are_refused() {
        let id = "0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b";
        for bad in [
            "",
            "adatum",
            "customers/",
            "customers/Adatum",
            "partners/adatum",
        ] {
            assert!(parse_customer(bad).is_err(), "{bad:?}");
        }
        for bad in [
            format!("customers/adatum/users/{id}"),
            format!("customers/adatum/subscriptions/{}", id.to_uppercase()),
            format!("customers//subscriptions/{id}"),
            "customers/adatum/subscriptions/1".to_owned(),
        ] {
            assert!(parse_subscription(&bad).is_err(), "{bad:?}");
        }
    }
}

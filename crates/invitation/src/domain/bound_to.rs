//! Who alone may accept an invitation, and what proves that somebody is it. What a customer types
//! is never evidence.

use vocabulary::domain::Domain;
use vocabulary::email::{AsciiEmailAddress, EmailAddress};
use vocabulary::id::CustomerId;

/// Who alone may accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoundTo {
    /// Anybody who holds the link.
    Anybody,
    /// One customer.
    Customer(CustomerId),
    /// Whoever proves this address.
    Email(AsciiEmailAddress),
    /// Whoever proves an address of this domain.
    EmailDomain(Domain),
}

/// Somebody who holds a link: an organisation, and the address that its token proves. Personal: it
/// has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkHolder {
    /// The organisation, as a customer.
    pub customer: CustomerId,
    /// The address that the issuer of the token has verified.
    pub email: Option<EmailAddress>,
}

impl BoundTo {
    /// Whether this holder may know of the invitation. No holder: somebody of no organisation, an
    /// operator say.
    pub fn admits(&self, holder: Option<&LinkHolder>) -> bool {
        let email = || holder?.email.as_ref();
        match self {
            Self::Anybody => true,
            Self::Customer(customer) => holder.is_some_and(|holder| holder.customer == *customer),
            Self::Email(bound) => email().is_some_and(|email| email.as_str() == bound.as_str()),
            Self::EmailDomain(bound) => {
                email().is_some_and(|email| email.domain() == bound.as_str())
            }
        }
    }

    /// Whether it is bound, and to this holder: who may find the invitation without its link.
    pub fn binds(&self, holder: Option<&LinkHolder>) -> bool {
        *self != Self::Anybody && self.admits(holder)
    }

    /// The customer that it is bound to by id.
    pub fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::Customer(customer) => Some(customer),
            Self::Anybody | Self::Email(_) | Self::EmailDomain(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(customer: &str, email: Option<&str>) -> LinkHolder {
        let customer = CustomerId::parse(customer).unwrap();
        LinkHolder {
            customer,
            email: email.map(|email| EmailAddress::parse(email).unwrap()),
        }
    }

    /// P6: a bound invitation is only for its bound party, and only proof counts. One that is not
    /// bound is nobody's without its link.
    #[test]
    fn only_the_bound_party_is_admitted() {
        let adatum = BoundTo::Customer(CustomerId::parse("adatum").unwrap());
        let ana = BoundTo::Email(AsciiEmailAddress::parse("Ana@Adatum.Example").unwrap());
        let domain = BoundTo::EmailDomain(Domain::parse("Adatum.Example").unwrap());
        let nobody = None;
        let stranger = holder("woodgrove", None);
        let proven = holder("adatum", Some("ana@adatum.example"));
        let colleague = holder("adatum", Some("rui@adatum.example"));
        let lookalike = holder("adatum-2", Some("ana@adatum.example.evil.example"));
        let below = holder("adatum-3", Some("ana@mail.adatum.example"));
        for (bound_to, admitted) in [
            (&BoundTo::Anybody, [true, true, true, true, true, true]),
            (&adatum, [false, false, true, true, false, false]),
            (&ana, [false, false, true, false, false, false]),
            (&domain, [false, false, true, true, false, false]),
        ] {
            let holders = [
                nobody,
                Some(&stranger),
                Some(&proven),
                Some(&colleague),
                Some(&lookalike),
                Some(&below),
            ];
            assert_eq!(
                holders.map(|holder| bound_to.admits(holder)),
                admitted,
                "{bound_to:?}"
            );
            let bound = *bound_to != BoundTo::Anybody;
            assert_eq!(
                holders.map(|holder| bound_to.binds(holder)),
                admitted.map(|admitted| admitted && bound),
                "{bound_to:?}"
            );
        }
    }

    /// Letters beyond ASCII are themselves and no others: the Kelvin sign is no k, though its lower
    /// case is.
    #[test]
    fn proof_folds_ascii_and_nothing_else() {
        let mike = BoundTo::Email(AsciiEmailAddress::parse("mike@kayak.example").unwrap());
        let domain = BoundTo::EmailDomain(Domain::parse("kayak.example").unwrap());
        for (email, admitted) in [
            ("MIKE@Kayak.Example", [true, true]),
            ("mi\u{212a}e@kayak.example", [false, true]),
            ("mike@\u{212a}aya\u{212a}.example", [false, false]),
            ("m\u{131}ke@kayak.example", [false, true]),
        ] {
            let holder = holder("adatum", Some(email));
            let admits = [&mike, &domain].map(|bound_to| bound_to.admits(Some(&holder)));
            assert_eq!(admits, admitted, "{email}");
        }
    }
}

//! Who alone may accept an invitation, and what proves that somebody is it. What a customer types
//! is never evidence.

use std::fmt;

use platform::id::CustomerId;
use platform::identity::Address;

/// Who alone may accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Anybody who holds the link.
    Anybody,
    /// One customer.
    Customer(CustomerId),
    /// Whoever proves this address.
    Email(Email),
    /// Whoever proves an address of this domain.
    EmailDomain(Domain),
}

/// Somebody who holds a link: an organisation, and the address that its token proves. Personal: it
/// has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Holder {
    /// The organisation, as a customer.
    pub customer: CustomerId,
    /// The address that the issuer of the token has verified.
    pub email: Option<Address>,
}

impl Binding {
    /// Whether this holder may know of the invitation. No holder: somebody of no organisation, an
    /// operator say.
    pub fn admits(&self, holder: Option<&Holder>) -> bool {
        let email = || holder?.email.as_ref();
        match self {
            Self::Anybody => true,
            Self::Customer(customer) => holder.is_some_and(|holder| holder.customer == *customer),
            Self::Email(bound) => email().is_some_and(|email| email.as_str() == bound.0),
            Self::EmailDomain(bound) => email().is_some_and(|email| email.domain() == bound.0),
        }
    }

    /// The customer that it is bound to by id.
    pub fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::Customer(customer) => Some(customer),
            Self::Anybody | Self::Email(_) | Self::EmailDomain(_) => None,
        }
    }
}

/// An email address in lower case. Personal: it has no `Display`, and its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Reads an address: a plain local part of at most 64 characters and a [`Domain`]. Quoted
    /// parts, comments, display names and characters beyond ASCII are refused: no two addresses
    /// that look alike are taken.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const RULE: &str = "must be an email address: a plain local part, @ and a domain name";
        let (local, domain) = text.rsplit_once('@').ok_or(RULE)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c);
        let atom = |atom: &str| !atom.is_empty() && atom.chars().all(plain);
        if local.len() > 64 || !local.split('.').all(atom) {
            return Err(RULE);
        }
        let domain = Domain::parse(domain).map_err(|_| RULE)?;
        let email = format!("{}@{}", local.to_ascii_lowercase(), domain.0);
        if email.len() > 254 {
            Err(RULE)
        } else {
            Ok(Self(email))
        }
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

/// A domain name in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain(String);

impl Domain {
    /// Reads a domain name of two labels or more: letters, digits and inner hyphens, at most 253
    /// characters. An internationalised name must come in its `xn--` form.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const RULE: &str = "must be a domain name such as adatum.example, in ASCII";
        let label = |label: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (1..=63).contains(&label.len())
                && label.bytes().all(allowed)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let numeric = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
        let (_, last) = text.rsplit_once('.').ok_or(RULE)?;
        if text.len() > 253 || !text.split('.').all(label) || numeric(last) {
            return Err(RULE);
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(customer: &str, email: Option<&str>) -> Holder {
        let customer = CustomerId::parse(customer).unwrap();
        Holder {
            customer,
            email: email.map(|email| Address::parse(email).unwrap()),
        }
    }

    /// A bound invitation is only for its bound party, and only proof counts.
    #[test]
    fn only_the_bound_party_is_admitted() {
        let adatum = Binding::Customer(CustomerId::parse("adatum").unwrap());
        let ana = Binding::Email(Email::parse("Ana@Adatum.Example").unwrap());
        let domain = Binding::EmailDomain(Domain::parse("Adatum.Example").unwrap());
        let nobody = None;
        let stranger = holder("woodgrove", None);
        let proven = holder("adatum", Some("ana@adatum.example"));
        let colleague = holder("adatum", Some("rui@adatum.example"));
        let lookalike = holder("adatum-2", Some("ana@adatum.example.evil.example"));
        let below = holder("adatum-3", Some("ana@mail.adatum.example"));
        for (binding, admitted) in [
            (&Binding::Anybody, [true, true, true, true, true, true]),
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
                holders.map(|holder| binding.admits(holder)),
                admitted,
                "{binding:?}"
            );
        }
    }

    /// Letters beyond ASCII are themselves and no others: the Kelvin sign is no k, though its lower
    /// case is.
    #[test]
    fn proof_folds_ascii_and_nothing_else() {
        let mike = Binding::Email(Email::parse("mike@kayak.example").unwrap());
        let domain = Binding::EmailDomain(Domain::parse("kayak.example").unwrap());
        for (email, admitted) in [
            ("MIKE@Kayak.Example", [true, true]),
            ("mi\u{212a}e@kayak.example", [false, true]),
            ("mike@\u{212a}aya\u{212a}.example", [false, false]),
            ("m\u{131}ke@kayak.example", [false, true]),
        ] {
            let holder = holder("adatum", Some(email));
            let admits = [&mike, &domain].map(|binding| binding.admits(Some(&holder)));
            assert_eq!(admits, admitted, "{email}");
        }
    }

    #[test]
    fn addresses_are_folded_or_refused() {
        for good in [
            "ana@adatum.example",
            "a.b+c@x-y.example",
            "ANA@XN--BCHER-KVA.EXAMPLE",
        ] {
            assert_eq!(
                Email::parse(good).unwrap().as_str(),
                good.to_ascii_lowercase()
            );
        }
        let long_local = format!("{}@a.example", "a".repeat(65));
        let long_domain = format!("a@{}.example", "a".repeat(64));
        let long = format!("{}@{}example", "a".repeat(64), "abcdefgh.".repeat(24));
        for bad in [
            "",
            "ana",
            "@",
            "ana@",
            "@a.example",
            "a@localhost",
            "a@1.2.3.4",
            "a..b@c.example",
            ".a@c.example",
            "a.@c.example",
            "a@c..example",
            "a@-c.example",
            "a@c-.example",
            "a@c.example.",
            "\"a b\"@c.example",
            "a b@c.example",
            "a@b@c.example",
            "<a@c.example>",
            "Ana <a@c.example>",
            "a@c.example,b@c.example",
            "a@c.example\r\nBcc: x@y.example",
            "a\0@c.example",
            "á@c.example",
            "a@аdatum.example",
            "a@[127.0.0.1]",
            &long_local,
            &long_domain,
            &long,
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_address_does_not_print() {
        assert_eq!(
            format!("{:?}", Email::parse("ana@adatum.example").unwrap()),
            "Email(…)"
        );
    }
}

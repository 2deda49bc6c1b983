//! The names of resources: what each kind of them is called, written once, for reading and for
//! writing alike.

use std::fmt::{self, Display};

use crate::Malformed;
use crate::id::{
    AcceptanceId, CustomerId, InvitationId, LicenseId, NoticeId, OrderId, PartnerId, PartnershipId,
    PrivilegeId, RelationshipId, SubscriptionId, UserId,
};

/// Declares the name of a kind of resource: its template, and what stands in its variable segments.
macro_rules! resource_name {
    ($(#[$doc:meta])* $name:ident = $template:literal { $($field:ident: $id:ty),+ }) => {
        $(#[$doc])*
        #[doc = concat!("\n\n`", $template, "`")]
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            $(
                #[doc = concat!("What stands for `{", stringify!($field), "}`.")]
                pub $field: $id,
            )+
        }

        impl $name {
            /// How such a name is built.
            pub const TEMPLATE: &'static str = $template;

            /// The name of the resource with these ids.
            pub fn new($($field: impl Into<$id>),+) -> Self {
                Self { $($field: $field.into()),+ }
            }

            /// Reads a name as what it consists of.
            #[allow(unused_parens, reason = "a name of one id consists of that id")]
            pub fn ids_of(name: &str) -> Result<($($id),+), Malformed> {
                Self::parse(name).map(Self::ids)
            }

            /// What the name consists of: its ids, in their order.
            #[allow(unused_parens, reason = "a name of one id consists of that id")]
            pub fn ids(self) -> ($($id),+) {
                ($(self.$field),+)
            }

            /// Reads a name. Another shape, another spelling or a part of a name is refused.
            pub fn parse(name: &str) -> Result<Self, Malformed> {
                let mut ids = segments($template, name)?;
                let mut next = || ids.next().ok_or(Malformed($template));
                Ok(Self { $($field: <$id>::parse(next()?)?),+ })
            }
        }

        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write($template, &[$(&self.$field),+], f)
            }
        }
    };
}

resource_name! {
    /// A partner, enrolled or not.
    PartnerName = "partners/{partner}" { partner: PartnerId }
}

resource_name! {
    /// A customer, with or without an account.
    CustomerName = "customers/{customer}" { customer: CustomerId }
}

resource_name! {
    /// A customer as an entry of a partner's list, and as what a partner acts on.
    PartnerCustomerName = "partners/{partner}/customers/{customer}" {
        partner: PartnerId,
        customer: CustomerId
    }
}

resource_name! {
    /// An invitation. The partner is the inviter.
    InvitationName = "partners/{partner}/invitations/{invitation}" {
        partner: PartnerId,
        invitation: InvitationId
    }
}

resource_name! {
    /// A customer's acceptance of an invitation.
    AcceptanceName = "customers/{customer}/acceptances/{acceptance}" {
        customer: CustomerId,
        acceptance: AcceptanceId
    }
}

resource_name! {
    /// A reseller relationship.
    RelationshipName = "partners/{partner}/relationships/{relationship}" {
        partner: PartnerId,
        relationship: RelationshipId
    }
}

resource_name! {
    /// A partnership of two partners.
    PartnershipName = "partnerships/{partnership}" { partnership: PartnershipId }
}

resource_name! {
    /// A delegated admin privilege.
    PrivilegeName = "partners/{partner}/privileges/{privilege}" {
        partner: PartnerId,
        privilege: PrivilegeId
    }
}

resource_name! {
    /// A notice to a partner.
    NoticeName = "partners/{partner}/notices/{notice}" { partner: PartnerId, notice: NoticeId }
}

resource_name! {
    /// A subscription of a customer.
    SubscriptionName = "customers/{customer}/subscriptions/{subscription}" {
        customer: CustomerId,
        subscription: SubscriptionId
    }
}

resource_name! {
    /// A user of a customer.
    UserName = "customers/{customer}/users/{user}" { customer: CustomerId, user: UserId }
}

resource_name! {
    /// A licence of a customer's user.
    LicenseName = "customers/{customer}/licenses/{license}" {
        customer: CustomerId,
        license: LicenseId
    }
}

resource_name! {
    /// An order for a customer.
    OrderName = "customers/{customer}/orders/{order}" { customer: CustomerId, order: OrderId }
}

/// Whose something is: a partner's or a customer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parent {
    /// `partners/{partner}`.
    Partner(PartnerId),
    /// `customers/{customer}`.
    Customer(CustomerId),
}

impl Parent {
    /// Reads `partners/{partner}` or `customers/{customer}`.
    pub fn parse(name: &str) -> Result<Self, Malformed> {
        match name.split_once('/') {
            Some(("partners", _)) => Ok(Self::Partner(PartnerName::parse(name)?.partner)),
            Some(("customers", _)) => Ok(Self::Customer(CustomerName::parse(name)?.customer)),
            _ => Err(Malformed("partners/{partner} or customers/{customer}")),
        }
    }
}

/// Whether a segment of a template is a variable one.
fn is_variable(segment: &str) -> bool {
    segment.starts_with('{')
}

/// What a name has in the variable segments of its template.
fn segments<'a>(
    template: &'static str,
    name: &'a str,
) -> Result<impl Iterator<Item = &'a str>, Malformed> {
    let pairs = template.split('/').zip(name.split('/'));
    let fits = pairs
        .clone()
        .all(|(expected, found)| match is_variable(expected) {
            true => !found.is_empty(),
            false => expected == found,
        });
    if !fits || template.split('/').count() != name.split('/').count() {
        return Err(Malformed(template));
    }
    Ok(pairs.filter_map(|(expected, found)| is_variable(expected).then_some(found)))
}

/// Writes a template with these in its variable segments.
fn write(template: &'static str, ids: &[&dyn Display], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut ids = ids.iter().peekable();
    for (at, segment) in template.split('/').enumerate() {
        if at > 0 {
            f.write_str("/")?;
        }
        match ids.next_if(|_| is_variable(segment)) {
            Some(id) => id.fmt(f)?,
            None => f.write_str(segment)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b";

    /// Reads the name that a template gives with these, and writes it again.
    macro_rules! read_and_written {
        ($($name:ident),+) => { $(
            let text = $name::TEMPLATE
                .replace("{partner}", "contoso")
                .replace("{customer}", "adatum");
            let text = text.split('/').map(|part| if is_variable(part) { ID } else { part });
            let text = text.collect::<Vec<_>>().join("/");
            assert_eq!($name::parse(&text).map(|name| name.to_string()), Ok(text.clone()));
            for bad in [
                String::new(),
                format!("{text}/"),
                format!("/{text}"),
                format!("{text}/x"),
                text.to_uppercase(),
                text.replace("contoso", "").replace("adatum", "").replace(ID, ""),
                text.replace("contoso", "..%2f").replace("adatum", "Adatum").replace(ID, "1"),
                text.replacen("partner", "people", 1).replacen("customer", "people", 1),
                text.rsplit_once('/').unwrap().0.to_owned(),
            ] {
                assert!($name::parse(&bad).is_err(), "{bad:?} is no {}", $name::TEMPLATE);
            }
        )+ };
    }

    #[test]
    fn what_is_read_is_written_and_nothing_else_is_read() {
        read_and_written!(
            PartnerName,
            CustomerName,
            PartnerCustomerName,
            InvitationName,
            AcceptanceName,
            RelationshipName,
            PartnershipName,
            PrivilegeName,
            NoticeName,
            SubscriptionName,
            UserName,
            LicenseName,
            OrderName
        );
    }

    #[test]
    fn a_refusal_says_how_the_name_is_built() {
        let refused = InvitationName::parse("contoso").unwrap_err().to_string();
        assert_eq!(
            refused,
            "must be partners/{partner}/invitations/{invitation}"
        );
    }

    #[test]
    fn a_parent_is_a_partner_or_a_customer() {
        let (contoso, adatum) = (PartnerId::parse("contoso"), CustomerId::parse("adatum"));
        assert_eq!(
            Parent::parse("partners/contoso"),
            Ok(Parent::Partner(contoso.unwrap()))
        );
        assert_eq!(
            Parent::parse("customers/adatum"),
            Ok(Parent::Customer(adatum.unwrap()))
        );
        for bad in ["", "contoso", "partners/", "people/contoso", "partners/a/b"] {
            assert!(Parent::parse(bad).is_err(), "{bad:?}");
        }
    }
}

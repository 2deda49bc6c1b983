//! The people of the development sign-in: those of the README, of the sample, and an operator.

use platform::keys::Grant;

use crate::sample;
use crate::user::{admin_agent, global_admin};

/// Somebody who can sign in.
#[derive(Debug, PartialEq, Eq)]
pub struct Person {
    /// What the choice is called in a form.
    pub id: &'static str,
    /// The name.
    pub name: &'static str,
    /// The organisation and the role, in words.
    pub role: &'static str,
    organization: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    AdminAgent,
    GlobalAdmin,
    Operator,
}

/// Everybody, in the order in which they are shown.
pub const PEOPLE: [Person; 7] = [
    Person {
        id: "adatum",
        name: "Beto Souza",
        role: "Global admin of the customer adatum",
        organization: "adatum",
        kind: Kind::GlobalAdmin,
    },
    Person {
        id: "contoso",
        name: "Ana Lima",
        role: "Admin agent of the indirect reseller contoso",
        organization: "contoso",
        kind: Kind::AdminAgent,
    },
    Person {
        id: "fabrikam",
        name: "Carla Dias",
        role: "Admin agent of the indirect provider fabrikam",
        organization: "fabrikam",
        kind: Kind::AdminAgent,
    },
    Person {
        id: sample::CUSTOMER,
        name: "Sam Carter",
        role: "Global admin of the sample's customer",
        organization: sample::CUSTOMER,
        kind: Kind::GlobalAdmin,
    },
    Person {
        id: sample::RESELLER,
        name: "Robin Reed",
        role: "Admin agent of the sample's indirect reseller",
        organization: sample::RESELLER,
        kind: Kind::AdminAgent,
    },
    Person {
        id: sample::PROVIDER,
        name: "Pat Price",
        role: "Admin agent of the sample's indirect provider",
        organization: sample::PROVIDER,
        kind: Kind::AdminAgent,
    },
    Person {
        id: "operator",
        name: "Olga Petrov",
        role: "Operations staff of the programme",
        organization: "",
        kind: Kind::Operator,
    },
];

/// The one of this id.
pub(super) fn find(id: &str) -> Option<&'static Person> {
    PEOPLE.iter().find(|person| person.id == id)
}

impl Person {
    /// What a token says of the person.
    pub fn grant(&self) -> Grant {
        match self.kind {
            Kind::AdminAgent => admin_agent(self.organization),
            Kind::GlobalAdmin => global_admin(self.organization),
            Kind::Operator => Grant::operator(),
        }
    }
}

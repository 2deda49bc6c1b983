//! Values that the tests of this crate share: contoso invites with fabrikam, adatum answers.

use std::time::Duration;

use platform::clock::Time;
use uuid::Uuid;
use vocabulary::acting_user::ActingUser;
use vocabulary::id::{CustomerId, PartnerId, PartnershipId, RelationshipId};
use vocabulary::permission::Permission;

use super::{
    BoundTo, Consent, Decision, Invitation, Joint, LinkHolder, Outcome, Parties, Party, Refusal,
    Relationships, Terms,
};

/// So many days after the day of these tests.
pub(crate) fn at(days: u32) -> Time {
    Time::from_micros(1_760_000_000_000_000) + Duration::from_secs(24 * 60 * 60) * days
}

pub(crate) fn customer(id: &str) -> CustomerId {
    CustomerId::parse(id).unwrap()
}

pub(crate) fn partner(id: &str) -> PartnerId {
    PartnerId::parse(id).unwrap()
}

pub(crate) fn holder(id: &str) -> LinkHolder {
    LinkHolder {
        customer: customer(id),
        email: None,
    }
}

pub(crate) fn parties() -> Parties {
    let provider = Party {
        partner: partner("fabrikam"),
        display_name: "Fabrikam".to_owned(),
        permissions: vec![Permission::SubmitOrders, Permission::ViewRecord],
    };
    let reseller = Party {
        partner: partner("contoso"),
        display_name: "Contoso".to_owned(),
        permissions: vec![Permission::ManageUsers, Permission::ViewRecord],
    };
    let partnership = PartnershipId::from(Uuid::from_u128(7));
    Parties {
        reseller,
        joint: Some(Joint {
            provider,
            partnership,
        }),
    }
}

pub(crate) fn terms(bound_to: BoundTo) -> Terms {
    Terms {
        bound_to,
        correlation_id: "CRM 77".to_owned(),
        acquisition: "own-marketing".to_owned(),
        language: "en".to_owned(),
        message: "Olá, 👩‍👩‍👧 {{7*7}}".to_owned(),
        lifetime_days: 30,
        privilege_days: None,
    }
}

/// Who answers for adatum.
pub(crate) fn user() -> ActingUser {
    ActingUser {
        issuer: "https://issuer.example".to_owned(),
        subject: "ana".to_owned(),
    }
}

pub(crate) fn consent() -> Consent {
    Consent {
        user: user(),
        wording_id: "joint-consent-2".to_owned(),
        language: "en".to_owned(),
        text_sha256: [1; 32],
        account: None,
    }
}

/// A customer that read what was shown.
pub(crate) fn given(_: &Invitation) -> Result<Consent, Refusal> {
    Ok(consent())
}

pub(crate) fn established() -> Relationships {
    let id = |number| RelationshipId::from(Uuid::from_u128(number));
    Relationships {
        reseller: id(1),
        provider: Some(id(2)),
    }
}

pub(crate) fn decision(id: &str, outcome: Outcome) -> Decision {
    Decision {
        customer: customer(id),
        customer_name: Some(format!("{id} Ltda")),
        outcome,
    }
}

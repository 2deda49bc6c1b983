//! Invitations, links and facts, as the services that own them describe them.

use proto::customer::v1::Permission;
use proto::invitation::v1::{Invitation, Party, PartyRole, invitation::BoundTo};
use proto::notification::internal::v1::{
    DeliverFactRequest, EnrollmentDecided, InvitationAccepted, InvitationDeclined,
    InvitationExpired, InvitationVoided, PartnershipAccepted, PartnershipEnded,
    PartnershipProposed, RelationshipEnded, deliver_fact_request::Fact,
};
use uuid::Uuid;

/// The name of an invitation of contoso.
pub(crate) const INVITATION: &str =
    "partners/contoso/invitations/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b";
/// The secret part of every link here.
pub(crate) const MAC: &str = "3Jq5xkz0cXn8mT2vYb7wLd4sHf9aPg1rEo6uKiCjQhM";

/// The link of that invitation, of this generation.
pub(crate) fn link(generation: u32) -> String {
    let mac = MAC.replace('5', &generation.to_string());
    format!("https://connect.example/i/k1.AZfzoFt-fDqdWAwdLj9KWw.{generation}.{mac}")
}

/// An invitation by contoso alone, as the invitation service describes it.
pub(crate) fn solo(language: &str) -> Invitation {
    let permissions = [
        Permission::ManageAccount,
        Permission::ManageSubscriptions,
        Permission::ManageLicenses,
        Permission::ManageUsers,
        Permission::ViewRecord,
    ];
    Invitation {
        name: INVITATION.to_owned(),
        language: language.to_owned(),
        parties: vec![party(
            "contoso",
            PartyRole::IndirectReseller,
            "Contoso",
            &permissions,
        )],
        bound_to: Some(BoundTo::BoundEmail("ana@adatum.example".to_owned())),
        message: "Até já — José 👋".to_owned(),
        privilege_lifetime_days: 365,
        expire_time: Some(prost_types::Timestamp {
            seconds: 1_798_000_000,
            nanos: 0,
        }),
        generation: 1,
        ..Default::default()
    }
}

/// The same together with fabrikam.
pub(crate) fn joint(language: &str) -> Invitation {
    let mut invitation = solo(language);
    let permissions = [Permission::SubmitOrders, Permission::ViewRecord];
    invitation.provider = "partners/fabrikam".to_owned();
    invitation.parties.push(party(
        "fabrikam",
        PartyRole::IndirectProvider,
        "Fabrikam",
        &permissions,
    ));
    invitation
}

fn party(partner: &str, role: PartyRole, display_name: &str, permissions: &[Permission]) -> Party {
    Party {
        partner: format!("partners/{partner}"),
        role: role.into(),
        display_name: display_name.to_owned(),
        permissions: permissions
            .iter()
            .map(|permission| (*permission).into())
            .collect(),
    }
}

/// A fact, the `number`-th, which happened that many seconds after the start of 2026.
pub(crate) fn fact(number: u64, fact: Fact) -> DeliverFactRequest {
    DeliverFactRequest {
        fact_id: Uuid::from_u128(number.into()).to_string(),
        occur_time: Some(prost_types::Timestamp {
            seconds: 1_767_225_600 + i64::try_from(number).unwrap(),
            nanos: 0,
        }),
        fact: Some(fact),
    }
}

/// The name of the partnership of contoso and fabrikam.
pub(crate) const RELATIONSHIP: &str =
    "partners/fabrikam/relationships/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5d";
pub(crate) const PARTNERSHIP: &str = "partnerships/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5c";

/// Adatum accepted contoso's invitation, which names these parties.
pub(crate) fn accepted(parties: &[&str]) -> Fact {
    Fact::InvitationAccepted(InvitationAccepted {
        invitation: INVITATION.to_owned(),
        parties: parties
            .iter()
            .map(|party| format!("partners/{party}"))
            .collect(),
        customer: "customers/adatum".to_owned(),
        customer_display_name: "Adatum".to_owned(),
        inviter_display_name: "Contoso".to_owned(),
        correlation_id: "crm-7".to_owned(),
    })
}

/// Adatum declined it.
pub(crate) fn declined(reason: &str) -> Fact {
    Fact::InvitationDeclined(InvitationDeclined {
        invitation: INVITATION.to_owned(),
        customer: "customers/adatum".to_owned(),
        reason: reason.to_owned(),
        correlation_id: "crm-7".to_owned(),
    })
}

/// Adatum's acceptance of it was refused.
pub(crate) fn voided(reason: impl Into<i32>) -> Fact {
    Fact::InvitationVoided(InvitationVoided {
        invitation: INVITATION.to_owned(),
        reason: reason.into(),
        customer: "customers/adatum".to_owned(),
        customer_display_name: "Adatum".to_owned(),
        correlation_id: "crm-7".to_owned(),
    })
}

/// Its time was over.
pub(crate) fn expired() -> Fact {
    Fact::InvitationExpired(InvitationExpired {
        invitation: INVITATION.to_owned(),
        correlation_id: "crm-7".to_owned(),
    })
}

/// Contoso did something to its partnership with fabrikam.
pub(crate) fn partnership() -> [Fact; 3] {
    let (partnership, by, other) = (
        PARTNERSHIP.to_owned(),
        "partners/contoso".to_owned(),
        "partners/fabrikam".to_owned(),
    );
    [
        Fact::PartnershipProposed(PartnershipProposed {
            partnership: partnership.clone(),
            by: by.clone(),
            other: other.clone(),
            by_display_name: "Contoso".to_owned(),
        }),
        Fact::PartnershipAccepted(PartnershipAccepted {
            partnership: partnership.clone(),
            by: by.clone(),
            other: other.clone(),
            by_display_name: "Contoso".to_owned(),
        }),
        Fact::PartnershipEnded(PartnershipEnded {
            partnership,
            by,
            other,
            by_display_name: "Contoso".to_owned(),
        }),
    ]
}

/// Adatum ended its relationship with fabrikam.
pub(crate) fn relationship_ended() -> Fact {
    Fact::RelationshipEnded(RelationshipEnded {
        relationship: RELATIONSHIP.to_owned(),
        customer: "customers/adatum".to_owned(),
        customer_display_name: "Adatum".to_owned(),
        correlation_id: "crm-7".to_owned(),
    })
}

/// An operator decided on a partner's enrolment.
pub(crate) fn decided(partner: &str, approved: bool, reason: &str) -> Fact {
    Fact::EnrollmentDecided(EnrollmentDecided {
        partner: format!("partners/{partner}"),
        approved,
        reason: reason.to_owned(),
    })
}

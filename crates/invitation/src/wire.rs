//! Names and values as the wire has them, and what the relationship service answers, read into the domain.
//!
//! Requests and answers of this service's own callers are in `api`.

use platform::id::{CustomerId, PartnerId, segments};
use proto::invitation::v1::ErrorReason;
use proto::relationship::internal::v1::{
    EstablishResponse, Outcome as WireOutcome, ResolvePartiesResponse, ResolvedParty,
};
use proto::relationship::v1::Permission as WirePermission;

use crate::domain::{
    Acceptance, Decision, Invitation, InvitationId, Joint, Outcome, Parties, PartnershipId, Party,
    Permission, RelationshipId, Relationships, VoidReason,
};

/// `partners/{partner}/invitations/{invitation}`
pub(crate) fn name(invitation: &Invitation) -> String {
    name_of(&invitation.parties.reseller.partner, invitation.id)
}

/// The same of an invitation that is not made yet.
pub(crate) fn name_of(partner: &PartnerId, id: InvitationId) -> String {
    format!("partners/{partner}/invitations/{id}")
}

/// The id in an invitation's name.
pub(crate) fn id_in(name: &str) -> Option<InvitationId> {
    let [_, id] = segments("partners/{}/invitations/{}", name)?;
    InvitationId::parse(id).ok()
}

/// `partners/{partner}`
pub(crate) fn partner(party: &Party) -> String {
    format!("partners/{}", party.partner)
}

/// `customers/{customer}`
pub(crate) fn customer(customer: &CustomerId) -> String {
    format!("customers/{customer}")
}

/// `customers/{customer}/acceptances/{acceptance}`
pub(crate) fn acceptance(acceptance: &Acceptance<'_>) -> String {
    format!(
        "{}/acceptances/{}",
        customer(&acceptance.claim.customer),
        acceptance.id
    )
}

/// `partners/{partner}/relationships/{relationship}` for each party, in their order.
pub(crate) fn relationships(parties: &Parties, established: &Relationships) -> Vec<String> {
    let ids = [Some(established.reseller), established.provider]
        .into_iter()
        .flatten();
    let named = |(party, id)| format!("{}/relationships/{id}", partner(party));
    parties.all().zip(ids).map(named).collect()
}

/// A reason as the wire has it.
pub(crate) fn void_reason(reason: VoidReason) -> ErrorReason {
    match reason {
        VoidReason::PartnershipEnded => ErrorReason::PartnershipEnded,
        VoidReason::ResellerNotActive => ErrorReason::ResellerNotActive,
        VoidReason::ProviderNotActive => ErrorReason::ProviderNotActive,
    }
}

/// A permission as the wire has it.
pub(crate) fn permission(permission: Permission) -> WirePermission {
    match permission {
        Permission::ManageAccount => WirePermission::ManageAccount,
        Permission::ManageSubscriptions => WirePermission::ManageSubscriptions,
        Permission::ManageLicenses => WirePermission::ManageLicenses,
        Permission::ManageUsers => WirePermission::ManageUsers,
        Permission::SubmitOrders => WirePermission::SubmitOrders,
        Permission::ViewRecord => WirePermission::ViewRecord,
    }
}

/// An answer of the relationship service that does not fit what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an answer of the relationship service cannot be read: {0}")]
pub(crate) struct Unreadable(&'static str);

/// The parties as the relationship service resolved them. A permission that this program does not know cannot be shown to
/// a customer, so such an answer cannot be read.
pub(crate) fn parties(response: ResolvePartiesResponse) -> Result<Parties, Unreadable> {
    let reseller = party(response.reseller.ok_or(Unreadable("reseller"))?)?;
    let joint = match response.provider {
        None => None,
        Some(provider) => {
            let [id] = segments("partnerships/{}", &response.partnership)
                .ok_or(Unreadable("partnership"))?;
            let partnership = PartnershipId::parse(id).map_err(|_| Unreadable("partnership"))?;
            Some(Joint {
                provider: party(provider)?,
                partnership,
            })
        }
    };
    Ok(Parties { reseller, joint })
}

fn party(party: ResolvedParty) -> Result<Party, Unreadable> {
    let [id] = segments("partners/{}", &party.partner).ok_or(Unreadable("partner"))?;
    let permissions = party.permissions().map(|known| {
        let same = |mine: &Permission| permission(*mine) == known;
        Permission::ALL
            .into_iter()
            .find(same)
            .ok_or(Unreadable("permission"))
    });
    Ok(Party {
        partner: PartnerId::parse(id).map_err(|_| Unreadable("partner"))?,
        permissions: permissions.collect::<Result<_, _>>()?,
        display_name: party.display_name,
    })
}

/// What the relationship service decided about an acceptance of these parties' invitation.
pub(crate) fn decision(
    parties: &Parties,
    response: &EstablishResponse,
) -> Result<Decision, Unreadable> {
    let [id] = segments("customers/{}", &response.customer).ok_or(Unreadable("customer"))?;
    let customer = CustomerId::parse(id).map_err(|_| Unreadable("customer"))?;
    let outcome = match response.outcome() {
        WireOutcome::Established => {
            Outcome::Established(one_each(parties, &response.relationships)?)
        }
        WireOutcome::PartnershipEnded => Outcome::Refused(VoidReason::PartnershipEnded),
        WireOutcome::ResellerNotActive => Outcome::Refused(VoidReason::ResellerNotActive),
        WireOutcome::ProviderNotActive => Outcome::Refused(VoidReason::ProviderNotActive),
        WireOutcome::Unspecified => return Err(Unreadable("outcome")),
    };
    Ok(Decision { customer, outcome })
}

/// Both or neither: one relationship for each party, and no other.
fn one_each(parties: &Parties, names: &[String]) -> Result<Relationships, Unreadable> {
    let of = |party: &Party, name: &String| {
        let [partner, id] = segments("partners/{}/relationships/{}", name)?;
        let id = RelationshipId::parse(id).ok()?;
        (party.partner.as_str() == partner).then_some(id)
    };
    let read = |party, name| of(party, name).ok_or(Unreadable("relationships"));
    match (parties.provider(), names) {
        (None, [reseller]) => Ok(Relationships {
            reseller: read(&parties.reseller, reseller)?,
            provider: None,
        }),
        (Some(party), [reseller, provider]) => Ok(Relationships {
            reseller: read(&parties.reseller, reseller)?,
            provider: Some(read(party, provider)?),
        }),
        _ => Err(Unreadable("relationships")),
    }
}

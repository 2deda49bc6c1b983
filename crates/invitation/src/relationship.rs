//! What the relationship service answers, read into the domain.

use proto::customer::v1::Permission as WirePermission;
use proto::relationship::internal::v1::{
    DecideAcceptanceResponse, Outcome as WireOutcome, ResolvePartiesResponse, ResolvedParty,
};
use vocabulary::id::PartnerId;
use vocabulary::name::{CustomerName, PartnerName, PartnershipName, RelationshipName};
use vocabulary::permission::Permission;
use vocabulary::void_reason::VoidReason;

use crate::domain::{Decision, Joint, Outcome, Parties, Party, Relationships};

/// `partners/{partner}/relationships/{relationship}` for each party, in their order.
pub(crate) fn relationships(parties: &Parties, established: &Relationships) -> Vec<String> {
    let ids = [Some(established.reseller), established.provider]
        .into_iter()
        .flatten();
    let named = |(party, id): (&Party, _)| RelationshipName::new(&party.partner, id).to_string();
    parties.all().zip(ids).map(named).collect()
}

/// An answer of the relationship service that does not fit what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an answer of the relationship service cannot be read: {0}")]
pub(crate) struct UnreadableAnswer(&'static str);

/// The parties as the relationship service resolved them: exactly those that were asked for. A
/// permission that this program does not know cannot be shown to a customer, so such an answer
/// cannot be read.
pub(crate) fn parties(
    reseller: &PartnerId,
    provider: Option<&PartnerId>,
    response: ResolvePartiesResponse,
) -> Result<Parties, UnreadableAnswer> {
    let resolved = party(response.reseller.ok_or(UnreadableAnswer("reseller"))?)?;
    if resolved.partner != *reseller {
        return Err(UnreadableAnswer("reseller"));
    }
    let joint = match (provider, response.provider) {
        (None, None) => None,
        (Some(asked), Some(provider)) => {
            let partnership = PartnershipName::parse(&response.partnership)
                .map_err(|_| UnreadableAnswer("partnership"))?
                .ids();
            let provider = party(provider)?;
            if provider.partner != *asked {
                return Err(UnreadableAnswer("provider"));
            }
            Some(Joint {
                provider,
                partnership,
            })
        }
        (None, Some(_)) | (Some(_), None) => return Err(UnreadableAnswer("provider")),
    };
    Ok(Parties {
        reseller: resolved,
        joint,
    })
}

fn party(party: ResolvedParty) -> Result<Party, UnreadableAnswer> {
    let partner = PartnerName::parse(&party.partner).map_err(|_| UnreadableAnswer("partner"))?;
    // the generated accessor would leave out what it does not know
    let permissions = party.permissions.iter().map(|number| {
        let known = WirePermission::try_from(*number).ok();
        let known = known.and_then(Option::<Permission>::from);
        known.ok_or(UnreadableAnswer("permission"))
    });
    Ok(Party {
        partner: partner.ids(),
        permissions: permissions.collect::<Result<_, _>>()?,
        display_name: party.display_name,
    })
}

/// What the relationship service decided about an acceptance of these parties' invitation.
pub(crate) fn decision(
    parties: &Parties,
    response: &DecideAcceptanceResponse,
) -> Result<Decision, UnreadableAnswer> {
    let customer = CustomerName::parse(&response.customer)
        .map_err(|_| UnreadableAnswer("customer"))?
        .ids();
    let outcome = match response.outcome() {
        WireOutcome::Established => {
            Outcome::Established(one_each(parties, &response.relationships)?)
        }
        WireOutcome::PartnershipEnded => Outcome::Refused(VoidReason::PartnershipEnded),
        WireOutcome::ResellerNotActive => Outcome::Refused(VoidReason::ResellerNotActive),
        WireOutcome::ProviderNotActive => Outcome::Refused(VoidReason::ProviderNotActive),
        WireOutcome::Unspecified => return Err(UnreadableAnswer("outcome")),
    };
    let name = &response.customer_display_name;
    Ok(Decision {
        customer,
        customer_name: (!name.is_empty()).then(|| name.clone()),
        outcome,
    })
}

/// Both or neither: one relationship for each party, and no other.
fn one_each(parties: &Parties, names: &[String]) -> Result<Relationships, UnreadableAnswer> {
    let of = |party: &Party, name: &String| {
        let (partner, id) = RelationshipName::parse(name).ok()?.ids();
        (party.partner == partner).then_some(id)
    };
    let read = |party, name| of(party, name).ok_or(UnreadableAnswer("relationships"));
    match (parties.provider(), names) {
        (None, [reseller]) => Ok(Relationships {
            reseller: read(&parties.reseller, reseller)?,
            provider: None,
        }),
        (Some(party), [reseller, provider]) => Ok(Relationships {
            reseller: read(&parties.reseller, reseller)?,
            provider: Some(read(party, provider)?),
        }),
        _ => Err(UnreadableAnswer("relationships")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples;

    const RESELLERS: &str = "partners/contoso/relationships/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b";
    const PROVIDERS: &str = "partners/fabrikam/relationships/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5c";

    fn answer(outcome: WireOutcome, relationships: &[&str]) -> DecideAcceptanceResponse {
        DecideAcceptanceResponse {
            customer: "customers/adatum".to_owned(),
            outcome: outcome.into(),
            relationships: relationships.iter().map(ToString::to_string).collect(),
            content_differs: false,
            customer_display_name: String::new(),
        }
    }

    /// R36: an answer that establishes other than all its parties is none.
    #[test]
    fn a_decision_is_for_every_party_or_for_none() {
        let joint = samples::parties();
        let solo = Parties {
            joint: None,
            ..samples::parties()
        };
        let established = WireOutcome::Established;
        let both = decision(&joint, &answer(established, &[RESELLERS, PROVIDERS])).unwrap();
        let Outcome::Established(found) = both.outcome else {
            panic!("{both:?}")
        };
        assert_eq!(relationships(&joint, &found), [RESELLERS, PROVIDERS]);
        assert!(decision(&solo, &answer(established, &[RESELLERS])).is_ok());
        for (parties, names) in [
            (&joint, &[][..]),
            (&joint, &[RESELLERS]),
            (&joint, &[PROVIDERS, RESELLERS]),
            (&joint, &[RESELLERS, PROVIDERS, PROVIDERS]),
            (&solo, &[RESELLERS, PROVIDERS]),
            (&solo, &["partners/contoso/relationships/7"]),
        ] {
            assert_eq!(
                decision(parties, &answer(established, names)),
                Err(UnreadableAnswer("relationships"))
            );
        }
        for (outcome, reason) in [
            (WireOutcome::PartnershipEnded, VoidReason::PartnershipEnded),
            (
                WireOutcome::ResellerNotActive,
                VoidReason::ResellerNotActive,
            ),
            (
                WireOutcome::ProviderNotActive,
                VoidReason::ProviderNotActive,
            ),
        ] {
            let refused = decision(&joint, &answer(outcome, &[])).unwrap();
            assert_eq!(refused.outcome, Outcome::Refused(reason));
        }
        let none = decision(&joint, &answer(WireOutcome::Unspecified, &[]));
        assert_eq!(none, Err(UnreadableAnswer("outcome")));
    }

    /// R31: parties that could not be shown to a customer, or were not asked for, are not taken.
    #[test]
    fn parties_are_read_whole_or_not_at_all() {
        let [contoso, fabrikam] = ["contoso", "fabrikam"].map(samples::partner);
        let parties = |response| super::parties(&contoso, Some(&fabrikam), response);
        let party = |id: &str, permissions: Vec<i32>| ResolvedParty {
            partner: format!("partners/{id}"),
            display_name: id.to_owned(),
            permissions,
        };
        let resolved = |permissions: Vec<i32>, partnership: &str| ResolvePartiesResponse {
            reseller: Some(party("contoso", vec![1, 2, 3, 4, 6])),
            provider: Some(party("fabrikam", permissions)),
            partnership: partnership.to_owned(),
            ..Default::default()
        };
        let partnership = "partnerships/0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b";
        let joint = parties(resolved(vec![5, 6], partnership)).unwrap();
        let privilege: Vec<_> = joint.privilege().collect();
        assert_eq!(privilege, Permission::ALL[..4]);
        assert_eq!(joint.provider().unwrap().permissions, Permission::ALL[4..]);
        assert_eq!(
            parties(resolved(vec![5, 6], "")),
            Err(UnreadableAnswer("partnership"))
        );
        assert_eq!(
            parties(resolved(vec![5, 0], partnership)),
            Err(UnreadableAnswer("permission"))
        );
        assert_eq!(
            parties(resolved(vec![5, 999], partnership)),
            Err(UnreadableAnswer("permission"))
        );
        assert_eq!(
            parties(ResolvePartiesResponse::default()),
            Err(UnreadableAnswer("reseller"))
        );
        let answered = || resolved(vec![5, 6], partnership);
        assert_eq!(
            super::parties(&fabrikam, None, answered()),
            Err(UnreadableAnswer("reseller"))
        );
        for provider in [None, Some(&contoso)] {
            let unasked = super::parties(&contoso, provider, answered());
            assert_eq!(unasked, Err(UnreadableAnswer("provider")));
        }
        let alone = ResolvePartiesResponse {
            provider: None,
            ..answered()
        };
        assert_eq!(parties(alone), Err(UnreadableAnswer("provider")));
    }
}

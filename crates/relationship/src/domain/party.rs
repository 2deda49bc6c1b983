//! Parties: who may invite a customer, alone or together with a provider, and what each may do once
//! it is accepted.

use vocabulary::id::{PartnerId, PartnershipId};
use vocabulary::partner_kind::PartnerKind;
use vocabulary::permission::Permission;

use super::access;
use super::partner::Partner;
use super::partnership::{self, Partnership};
use super::{Programme, Refusal};

/// What is there of those who would be party to an invitation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidates {
    /// The reseller that wants to invite, if it ever asked for enrolment.
    pub reseller: Option<Partner>,
    /// The provider named, if the two have a partnership that has not ended.
    pub provider: Option<(Partner, Partnership)>,
}

/// One party to an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    pub id: PartnerId,
    /// What the customer reads.
    pub display_name: String,
    /// What it may do for the customer once the customer has accepted.
    pub permissions: Vec<Permission>,
}

/// The parties to an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parties {
    /// The inviting reseller.
    pub reseller: Party,
    /// The provider, with the partnership that the invitation is tied to.
    pub provider: Option<(Party, PartnershipId)>,
}

/// Who may invite as things stand now: an active reseller alone, or together with a provider of an
/// active partnership.
pub fn resolve_parties(
    reseller: &PartnerId,
    provider: Option<&PartnerId>,
    found: Candidates,
    programme: Programme,
) -> Result<Parties, Refusal> {
    let reseller = found.reseller.ok_or_else(|| Refusal::PartnerNotActive {
        partner: reseller.clone(),
        state: None,
    })?;
    if reseller.kind != PartnerKind::IndirectReseller {
        return Err(Refusal::ResellerRequired);
    }
    let reseller = party(reseller, programme)?;
    let provider = match provider {
        None => None,
        Some(_) => {
            let active = |(_, partnership): &(_, Partnership)| {
                partnership.state_kind() == partnership::StateKind::Active
            };
            let (provider, partnership) = found
                .provider
                .filter(active)
                .ok_or(Refusal::PartnershipRequired)?;
            Some((party(provider, programme)?, partnership.id))
        }
    };
    Ok(Parties { reseller, provider })
}

fn party(partner: Partner, programme: Programme) -> Result<Party, Refusal> {
    partner.check_active()?;
    let permissions = access::granted_to(partner.kind, programme);
    Ok(Party {
        id: partner.id,
        display_name: partner.display_name,
        permissions,
    })
}

#[cfg(test)]
mod tests {
    use strum::VariantArray;

    use super::super::partner::{State, tests::partner};
    use super::super::partnership::tests::partnership;
    use super::*;

    fn resolve(provider: Option<&str>, found: Candidates) -> Result<Parties, Refusal> {
        let id = |text| PartnerId::parse(text).unwrap();
        resolve_parties(
            &id("contoso"),
            provider.map(id).as_ref(),
            found,
            Programme::default(),
        )
    }

    fn reseller(state: State) -> Partner {
        partner("contoso", PartnerKind::IndirectReseller, state)
    }

    fn found(provider: State, connected: partnership::StateKind) -> Candidates {
        let provider = partner("fabrikam", PartnerKind::IndirectProvider, provider);
        Candidates {
            reseller: Some(reseller(State::Active)),
            provider: Some((provider, partnership(connected))),
        }
    }

    fn not_active(partner: &str, state: Option<State>) -> Result<Parties, Refusal> {
        Err(Refusal::PartnerNotActive {
            partner: PartnerId::parse(partner).unwrap(),
            state,
        })
    }

    /// R5: a reseller that takes part invites, alone; nobody else does.
    #[test]
    fn alone_it_takes_an_active_reseller() {
        let alone = |reseller| {
            resolve(
                None,
                Candidates {
                    reseller,
                    provider: None,
                },
            )
        };
        let parties = alone(Some(reseller(State::Active))).unwrap();
        assert_eq!(
            (parties.reseller.display_name.as_str(), parties.provider),
            ("contoso", None)
        );
        let permissions = access::granted_to(PartnerKind::IndirectReseller, Programme::default());
        assert_eq!(parties.reseller.permissions, permissions);

        assert_eq!(alone(None), not_active("contoso", None));
        for state in State::VARIANTS
            .iter()
            .copied()
            .filter(|state| *state != State::Active)
        {
            assert_eq!(
                alone(Some(reseller(state))),
                not_active("contoso", Some(state))
            );
            let provider = partner("contoso", PartnerKind::IndirectProvider, state);
            assert_eq!(alone(Some(provider)), Err(Refusal::ResellerRequired));
        }
    }

    /// R28: together, the two need an active partnership, and the provider an active enrolment.
    #[test]
    fn together_it_takes_an_active_partnership() {
        let active = found(State::Active, partnership::StateKind::Active);
        let (provider, tied_to) = resolve(Some("fabrikam"), active).unwrap().provider.unwrap();
        assert_eq!(tied_to, partnership(partnership::StateKind::Active).id);
        let permissions = access::granted_to(PartnerKind::IndirectProvider, Programme::default());
        assert_eq!(provider.permissions, permissions);

        for connected in [
            partnership::StateKind::Proposed,
            partnership::StateKind::Ended,
        ] {
            let outcome = resolve(Some("fabrikam"), found(State::Active, connected));
            assert_eq!(outcome, Err(Refusal::PartnershipRequired));
        }
        let unrelated = Candidates {
            provider: None,
            ..found(State::Active, partnership::StateKind::Active)
        };
        assert_eq!(
            resolve(Some("fabrikam"), unrelated),
            Err(Refusal::PartnershipRequired)
        );
        let suspended = found(State::Suspended, partnership::StateKind::Active);
        assert_eq!(
            resolve(Some("fabrikam"), suspended),
            not_active("fabrikam", Some(State::Suspended))
        );
        let both = Candidates {
            reseller: Some(reseller(State::Suspended)),
            ..found(State::Suspended, partnership::StateKind::Ended)
        };
        assert_eq!(
            resolve(Some("fabrikam"), both),
            not_active("contoso", Some(State::Suspended))
        );
    }
}

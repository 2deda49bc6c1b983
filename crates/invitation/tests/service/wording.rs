//! The wording of consents: read by its id, current or not, and made again from what is kept.

use platform::keys::Grant;
use proto::customer::v1::Permission;
use proto::invitation::v1::{
    AcceptInvitationRequest, Consent, ConsentTerms, GetWordingRequest, GetWordingResponse,
    InspectInvitationResponse, Invitation, Party,
};
use tests::{Store, on_both_stores, with};
use tonic::Status;

use crate::world::{World, acceptance, fields, joint, not_found, reason};

on_both_stores!(
    what_was_read_can_be_read_again,
    a_wording_is_read_by_its_id,
    an_acceptance_outlives_its_wording,
);

async fn read(world: &World, message: GetWordingRequest) -> Result<GetWordingResponse, Status> {
    let anybody = world.system.token(&Grant::tenant("woodgrove"));
    let answer = world.public().get_wording(with(&anybody, message)).await?;
    Ok(answer.into_inner())
}

fn wording(wording_id: &str, language: &str, terms: Option<ConsentTerms>) -> GetWordingRequest {
    GetWordingRequest {
        wording_id: wording_id.to_owned(),
        language: language.to_owned(),
        terms,
    }
}

/// What a customer was shown, as an invitation or an acceptance tells it.
fn terms(seen: &InspectInvitationResponse) -> ConsentTerms {
    let party = |at: usize| seen.parties.get(at).cloned().unwrap_or_default();
    let [reseller, provider]: [Party; 2] = [party(0), party(1)];
    ConsentTerms {
        reseller_display_name: reseller.display_name,
        reseller_permissions: reseller.permissions,
        provider_display_name: provider.display_name,
        provider_permissions: provider.permissions,
        privilege_lifetime_days: seen.privilege_lifetime_days,
    }
}

/// P5: from the id, the language and what it names, anybody reads word for word what was shown, and
/// the hash that is kept of it.
async fn what_was_read_can_be_read_again(store: Store) {
    let world = World::start(&store).await;
    for asked in [
        Invitation {
            privilege_lifetime_days: 365,
            language: "pt-BR".to_owned(),
            ..joint()
        },
        Invitation::default(),
    ] {
        let link = world.invite(asked).await.link;
        let seen = world.inspect(&world.admin("adatum"), &link).await.unwrap();
        let message = wording(
            &seen.consent_wording_id,
            &seen.consent_language,
            Some(terms(&seen)),
        );
        let again = read(&world, message).await.unwrap();
        assert_eq!(again.text, seen.consent_text);
        assert_eq!(
            again.text_sha256,
            platform::wording::text_sha256(&again.text)
        );
        assert!(again.current);
        assert_eq!(
            (again.wording_id, again.language),
            (seen.consent_wording_id, seen.consent_language)
        );
    }
}

/// P5: without what it names there are placeholders; an id that was superseded is told as such, one
/// that never was is not there.
async fn a_wording_is_read_by_its_id(store: Store) {
    let world = World::start(&store).await;
    for (id, language, current, begins) in [
        ("consent-2", "", true, "{reseller} asks"),
        (
            "joint-consent-2",
            "pt",
            true,
            "{reseller} e {provider} solicitam",
        ),
        ("consent-1", "en", false, "{reseller} asks"),
        (
            "joint-consent-1",
            "pt-BR",
            false,
            "{reseller} e {provider} solicitam",
        ),
    ] {
        let told = read(&world, wording(id, language, None)).await.unwrap();
        assert_eq!((told.wording_id.as_str(), told.current), (id, current));
        assert!(told.text.starts_with(begins), "{}", told.text);
        assert_eq!(told.text_sha256, "");
    }
    for id in [
        "consent-3",
        "acceptance-claimed",
        "../consent-1",
        "removal-1",
    ] {
        not_found(read(&world, wording(id, "en", None)).await);
    }

    let party = |name: &str, permissions: &[Permission]| ConsentTerms {
        reseller_display_name: name.to_owned(),
        reseller_permissions: permissions.iter().map(|one| (*one).into()).collect(),
        ..Default::default()
    };
    let alone = party("Contoso", &[Permission::ManageUsers]);
    let both = ConsentTerms {
        provider_display_name: "Fabrikam".to_owned(),
        provider_permissions: vec![Permission::SubmitOrders.into()],
        ..alone.clone()
    };
    let twice = party("Contoso", &[Permission::ManageUsers; 2]);
    let [joint, solo] = ["joint-consent-1", "consent-1"];
    for (message, expected) in [
        (wording("", "", None), &["wording_id"][..]),
        (wording(solo, "de", None), &["language"]),
        (
            wording(joint, "", Some(alone)),
            &["terms.provider_display_name", "terms.provider_permissions"],
        ),
        (
            wording(solo, "", Some(both.clone())),
            &["terms.provider_display_name", "terms.provider_permissions"],
        ),
        (
            wording(solo, "", Some(party("a\nb", &[]))),
            &["terms.reseller_display_name", "terms.reseller_permissions"],
        ),
        (
            wording(solo, "", Some(twice)),
            &["terms.reseller_permissions"],
        ),
        (
            wording(
                joint,
                "",
                Some(ConsentTerms {
                    privilege_lifetime_days: 731,
                    ..both
                }),
            ),
            &["terms.privilege_lifetime_days"],
        ),
    ] {
        assert_eq!(fields(read(&world, message).await), expected);
    }
}

/// P5: a wording that was superseded is not agreed to any more; whoever has accepted gets its
/// acceptance, whichever wording its page still names.
async fn an_acceptance_outlives_its_wording(store: Store) {
    let world = World::start(&store).await;
    let (_, link) = world.invite_jointly().await;
    let superseded = AcceptInvitationRequest {
        consent: Some(Consent {
            wording_id: "joint-consent-1".to_owned(),
            language: "en".to_owned(),
        }),
        ..acceptance("adatum", &link)
    };
    let admin = world.admin("adatum");
    let early = world.accept_as(&admin, superseded.clone()).await;
    assert_eq!(reason(early), "WORDING_NOT_CURRENT");
    let accepted = world.accept("adatum", &link).await.unwrap();
    let again = world.accept_as(&admin, superseded).await.unwrap();
    assert_eq!(again.name, accepted.name);
}

//! What a removal takes: the wording beforehand and by its id, the whole attestation, and what is
//! kept of it.

use proto::relationship::v1::*;
use tests::{Store, on_both_stores, refused, with};
use tonic::{Code, Status};

use crate::removal::{get, remove_with};
use crate::support::{Service, reason};
use crate::world::attestation;

on_both_stores!(
    it_needs_the_whole_attestation,
    the_attestation_is_kept,
    the_wording_is_there_before_confirming,
    a_wording_is_read_by_its_id,
);

async fn preview(
    service: &Service,
    relationship: &str,
    language: &str,
) -> Result<PreviewRemovalResponse, Status> {
    let message = PreviewRemovalRequest {
        name: relationship.to_owned(),
        language: language.to_owned(),
    };
    let token = service.agent("contoso");
    let answer = service
        .relationships()
        .preview_removal(with(&token, message))
        .await?;
    Ok(answer.into_inner())
}

/// R40: each of the four points, and the wording that is current, in the language that was read.
async fn it_needs_the_whole_attestation(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let [ours] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    let told = async |attestation: RemovalAttestation| {
        remove_with(&service, &ours, attestation, "")
            .await
            .map_or_else(|status| reason(&status), |_| "OK".to_owned())
    };
    let complete = || attestation("en");
    for incomplete in [
        RemovalAttestation {
            good_faith: false,
            ..complete()
        },
        RemovalAttestation {
            legitimate_business_purpose: false,
            ..complete()
        },
        RemovalAttestation {
            in_line_with_agreement: false,
            ..complete()
        },
        RemovalAttestation {
            hold_harmless: false,
            ..complete()
        },
    ] {
        let status = remove_with(&service, &ours, incomplete, "")
            .await
            .unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::InvalidArgument, "ATTESTATION_INCOMPLETE")
        );
    }
    for other in [
        RemovalAttestation {
            wording_id: "removal-1".to_owned(),
            ..complete()
        },
        RemovalAttestation {
            language: "pt".to_owned(),
            ..complete()
        },
        RemovalAttestation {
            language: "../../etc/passwd".to_owned(),
            ..complete()
        },
    ] {
        assert_eq!(told(other).await, "WORDING_NOT_CURRENT");
    }
    assert_eq!(told(RemovalAttestation::default()).await, "INVALID_FIELDS");
    let message = RemoveRelationshipRequest {
        name: ours.clone(),
        ..Default::default()
    };
    let answer = service
        .relationships()
        .remove_relationship(with(&service.agent("contoso"), message))
        .await;
    assert_eq!(refused(&answer.unwrap_err()).fields, ["attestation"]);
    assert_eq!(service.customers("contoso").await, ["customers/adatum"]);
    assert_eq!(told(complete()).await, "OK");
}

/// R40, P5: who, when, which wording and language are kept; shown to the partner and operators, not
/// to the customer.
async fn the_attestation_is_kept(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let [ours] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    remove_with(&service, &ours, attestation("pt-BR"), "")
        .await
        .unwrap();
    for token in [service.agent("contoso"), service.operator()] {
        let removal = get(&service, &token, &ours).await.unwrap().removal.unwrap();
        assert_eq!(
            (removal.subject.as_str(), removal.wording_id.as_str()),
            ("ana", "removal-2")
        );
        assert_eq!(
            (removal.language.as_str(), removal.text_sha256.len()),
            ("pt-BR", 64)
        );
        assert!(removal.attest_time.is_some());
    }
    let customer = get(&service, &service.admin("adatum"), &ours)
        .await
        .unwrap();
    assert_eq!(
        (customer.state(), customer.removal),
        (RelationshipState::Removed, None)
    );
    let listed = ListRelationshipsRequest {
        parent: "customers/adatum".to_owned(),
        ..Default::default()
    };
    let listed = service
        .relationships()
        .list_relationships(with(&service.admin("adatum"), listed))
        .await;
    assert_eq!(listed.unwrap().into_inner().relationships[0].removal, None);

    let audit = "SELECT action || ' ' || subject || ' ' || tenant || ' ' || detail FROM audit \
         WHERE action = 'RemoveRelationship'";
    assert_eq!(
        service.lines(audit).await,
        ["RemoveRelationship ana contoso REMOVED"]
    );
}

/// R41, R43, R44: the wording with the duty of legal notice, what stays, and the next step; in the
/// language asked for.
async fn the_wording_is_there_before_confirming(store: Store) {
    let service = Service::start(&store).await;
    service.connected().await;
    let [ours] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    let privileges = service.privileges("contoso").await;
    for (asked, language, notice, next) in [
        ("", "en", "notice", "invite this customer again"),
        ("pt", "pt-BR", "avisos", "convidar este cliente novamente"),
        (
            "PT-br",
            "pt-BR",
            "avisos",
            "convidar este cliente novamente",
        ),
    ] {
        let preview = preview(&service, &ours, asked).await.unwrap();
        assert_eq!(
            (preview.wording_id.as_str(), preview.language.as_str()),
            ("removal-2", language)
        );
        assert!(preview.text.contains(notice), "{}", preview.text);
        assert!(preview.next_step.contains(next), "{}", preview.next_step);
        assert_eq!(preview.remaining_privileges, privileges);
        assert_eq!(preview.relationship.unwrap().name, ours);
    }
    let unknown = preview(&service, &ours, "tlh").await.unwrap_err();
    assert_eq!(refused(&unknown).fields, ["language"]);

    service
        .terminate(&service.agent("contoso"), &privileges[0].name)
        .await
        .unwrap();
    assert_eq!(
        preview(&service, &ours, "")
            .await
            .unwrap()
            .remaining_privileges,
        []
    );
    service.remove(&ours).await.unwrap();
    let removed = preview(&service, &ours, "").await.unwrap_err();
    assert_eq!(reason(&removed), "RELATIONSHIP_STATE REMOVED");
}

/// P5: anybody reads a wording by its id, current or not, and the hash that is kept of it; an id
/// that never was is not there.
async fn a_wording_is_read_by_its_id(store: Store) {
    let service = Service::start(&store).await;
    let read = async |wording_id: &str, language: &str| {
        let message = GetWordingRequest {
            wording_id: wording_id.to_owned(),
            language: language.to_owned(),
        };
        let mut client = service.relationships();
        let answer = client
            .get_wording(with(&service.admin("woodgrove"), message))
            .await;
        answer.map(tonic::Response::into_inner)
    };
    service.connected().await;
    let [ours] = service
        .established(&service.solo("adatum"))
        .await
        .try_into()
        .unwrap();
    let shown = preview(&service, &ours, "pt").await.unwrap();
    let current = read(&shown.wording_id, &shown.language).await.unwrap();
    assert!(current.current);
    assert_eq!(
        (current.text.as_str(), current.language.as_str()),
        (shown.text.as_str(), "pt-BR")
    );
    let removed = remove_with(&service, &ours, attestation("pt-BR"), "").await;
    let kept = removed.unwrap().removal.unwrap();
    assert_eq!(kept.text_sha256, current.text_sha256);

    let superseded = read("removal-1", "").await.unwrap();
    assert!(!superseded.current);
    assert!(
        superseded
            .text
            .contains("in line with your partner agreement")
    );
    assert_eq!(
        superseded.text_sha256,
        platform::wording::text_sha256(&superseded.text)
    );
    for never in ["removal-3", "removal-next-step", "consent-1"] {
        let status = read(never, "en").await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound);
    }
    for (id, language, field) in [("", "", "wording_id"), ("removal-1", "de", "language")] {
        let status = read(id, language).await.unwrap_err();
        assert_eq!(refused(&status).fields, [field]);
    }
}

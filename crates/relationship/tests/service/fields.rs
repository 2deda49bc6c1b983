//! Bad input: each a refusal that names the field, or plain text that is kept as it came. Nothing
//! changes.

use proto::relationship::v1::*;
use tests::{Store, on_both_stores, refused, with};
use tonic::{Code, Response, Status};
use tonic_types::StatusExt;

use crate::support::Service;
use crate::world::{PROVIDER, RESELLER};

on_both_stores!(
    names_of_resources,
    texts_and_enums,
    more_violations_than_a_header_holds,
    searches,
);

/// The fields that a refusal names; none where it was no refusal.
pub(crate) fn fields<T>(answer: Result<Response<T>, Status>) -> Vec<String> {
    match answer {
        Ok(_) => Vec::new(),
        Err(status) => {
            let refused = refused(&status);
            assert_eq!(
                (refused.code, refused.reason.as_str()),
                (Code::InvalidArgument, "INVALID_FIELDS"),
                "{status:?}"
            );
            refused.fields
        }
    }
}

async fn names_of_resources(store: Store) {
    let service = Service::start(&store).await;
    let operator = service.operator();
    let long = format!("partners/{}", "a".repeat(64));
    let huge = "a".repeat(1 << 19);
    for name in [
        "",
        "contoso",
        "partners/",
        "partners/Contoso",
        "partners/a\0",
        "partners/..%2f",
        "customers/contoso",
        "partners/contoso/x",
        &long,
        &huge,
    ] {
        let get = GetPartnerRequest {
            name: name.to_owned(),
        };
        assert_eq!(
            fields(service.partners().get_partner(with(&operator, get)).await),
            ["name"]
        );
        let list = ListCustomersRequest {
            parent: name.to_owned(),
            ..Default::default()
        };
        assert_eq!(
            fields(
                service
                    .relationships()
                    .list_customers(with(&operator, list))
                    .await
            ),
            ["parent"]
        );
        let get = GetRelationshipRequest {
            name: name.to_owned(),
        };
        assert_eq!(
            fields(
                service
                    .relationships()
                    .get_relationship(with(&operator, get))
                    .await
            ),
            ["name"]
        );
    }
    let uuid = service.uuid();
    for name in [
        format!("partners/contoso/relationships/{}", uuid.to_uppercase()),
        format!("partners/contoso/relationships/{}", uuid.replace('-', "")),
        "partners/contoso/relationships/1' OR '1'='1".to_owned(),
        format!("partners/contoso/privileges/{uuid}"),
    ] {
        let preview = PreviewRemovalRequest {
            name,
            ..Default::default()
        };
        assert_eq!(
            fields(
                service
                    .relationships()
                    .preview_removal(with(&operator, preview))
                    .await
            ),
            ["name"]
        );
    }
    for parent in ["", "people/adatum", "customers/Adatum"] {
        let list = ListRelationshipsRequest {
            parent: parent.to_owned(),
            ..Default::default()
        };
        assert_eq!(
            fields(
                service
                    .relationships()
                    .list_relationships(with(&operator, list))
                    .await
            ),
            ["parent"]
        );
    }
    // a counterpart is of the other kind
    let (parent, counterpart) = (
        "partners/contoso".to_owned(),
        "partners/fabrikam".to_owned(),
    );
    let list = ListDelegatedPrivilegesRequest {
        parent,
        counterpart,
        ..Default::default()
    };
    let answer = service
        .relationships()
        .list_delegated_privileges(with(&operator, list))
        .await;
    assert_eq!(fields(answer), ["counterpart"]);
}

async fn texts_and_enums(store: Store) {
    let service = Service::start(&store).await;
    let enroll = async |name: &str, kind: i32, display_name: &str| {
        let token = service.agent(name);
        let (name, display_name) = (format!("partners/{name}"), display_name.to_owned());
        let message = EnrollPartnerRequest {
            name,
            kind,
            display_name,
            ..Default::default()
        };
        service
            .partners()
            .enroll_partner(with(&token, message))
            .await
    };
    let long = "é".repeat(101);
    for bad in [
        "",
        "   ",
        "\u{3164}",
        "\u{200b}\u{2800}",
        "a\0b",
        "a\nb",
        "a\u{202e}b",
        "a\u{2066}b",
        &long,
    ] {
        assert_eq!(
            fields(enroll("contoso", RESELLER.into(), bad).await),
            ["display_name"],
            "{bad:?}"
        );
    }
    for kind in [0, 3, 999, -1, i32::MAX] {
        assert_eq!(
            fields(enroll("contoso", kind, "Contoso").await),
            ["kind"],
            "{kind}"
        );
    }
    assert_eq!(
        fields(enroll("contoso", 0, "").await),
        ["kind", "display_name"]
    );
    assert_eq!(service.count("partner").await, 0);
    let kept = [
        "👩‍👩‍👧 & <b>{{7*7}}</b>",
        "e\u{301}",
        "\u{e9}",
        "'; DROP TABLE partner; --",
    ];
    for (number, text) in kept.into_iter().enumerate() {
        let answer = enroll(&format!("p{number}"), PROVIDER.into(), text)
            .await
            .unwrap();
        assert_eq!(answer.into_inner().partner.unwrap().display_name, text);
    }

    let operator = service.operator();
    let decide = DecideEnrollmentRequest {
        name: "partners/p0".to_owned(),
        decision: 7,
        reason: "r".repeat(257),
        ..Default::default()
    };
    let answer = service
        .partners()
        .decide_enrollment(with(&operator, decide))
        .await;
    assert_eq!(fields(answer), ["decision", "reason"]);
    let suspend = SuspendPartnerRequest {
        name: "partners/p0".to_owned(),
        ..Default::default()
    };
    assert_eq!(
        fields(
            service
                .partners()
                .suspend_partner(with(&operator, suspend))
                .await
        ),
        ["reason"]
    );
    let list = ListPartnersRequest {
        state: 999,
        kind: -1,
        ..Default::default()
    };
    assert_eq!(
        fields(
            service
                .partners()
                .list_partners(with(&operator, list))
                .await
        ),
        ["kind", "state"]
    );
    let check = CheckAccessRequest {
        permission: 7,
        ..Default::default()
    };
    let answer = service
        .access()
        .check_access(with(&operator, check.clone()))
        .await;
    assert_eq!(fields(answer), ["partner", "customer", "permission"]);
    let batch = BatchCheckAccessRequest {
        questions: vec![check],
    };
    let answer = service
        .access()
        .batch_check_access(with(&operator, batch))
        .await;
    let named = [
        "questions[0].partner",
        "questions[0].customer",
        "questions[0].permission",
    ];
    assert_eq!(fields(answer), named);
}

/// However many fields are wrong, the refusal arrives: it names the first of them, and how many
/// more there are.
async fn more_violations_than_a_header_holds(store: Store) {
    let service = Service::start(&store).await;
    let wrong = CheckAccessRequest {
        permission: 7,
        ..Default::default()
    };
    let batch = BatchCheckAccessRequest {
        questions: vec![wrong; 100],
    };
    let answer = service
        .access()
        .batch_check_access(with(&service.operator(), batch))
        .await;
    let refusal = answer.unwrap_err();
    assert_eq!(refusal.code(), Code::InvalidArgument, "{refusal:?}");
    assert_eq!(refused(&refusal).reason, "INVALID_FIELDS");
    let told = refusal.get_details_bad_request().unwrap().field_violations;
    assert_eq!(told.len(), 11);
    assert_eq!(told[0].field, "questions[0].partner");
    assert_eq!(told[10].description, "290 more like these");
}

async fn searches(store: Store) {
    let service = Service::start(&store).await;
    let (agent, long) = (service.agent("contoso"), "a".repeat(100 << 10));
    for (name, domain, expected) in [
        ("a", "b", "domain_prefix"),
        ("\u{301}", "", "name_prefix"),
        ("   ", "", "name_prefix"),
        ("a\0", "", "name_prefix"),
        (&*long, "", "name_prefix"),
        ("", &*long, "domain_prefix"),
    ] {
        let (name_prefix, domain_prefix) = (name.to_owned(), domain.to_owned());
        let parent = "partners/contoso".to_owned();
        let list = ListCustomersRequest {
            parent,
            name_prefix,
            domain_prefix,
            ..Default::default()
        };
        let answer = service
            .relationships()
            .list_customers(with(&agent, list))
            .await;
        assert_eq!(fields(answer), [expected]);
    }
}

//! A customer's record: exactly its four parts, each by itself, and only for who may see them.

use std::time::Duration;

use platform::error::SharedRefusal;
use platform::identity::Peer;
use platform::keys::Grant;
use proto::customer::v1::Availability;
use proto::directory::v1::{ListLicensesRequest, ListSubscriptionsRequest, ListUsersRequest};
use proto::gateway::v1::connection_service_client::ConnectionServiceClient;
use proto::gateway::v1::{
    CustomerRecord, GetCustomerRecordRequest, LicenseSection, SubscriptionSection, UserSection,
};
use proto::relationship::internal::v1::DescribeCustomerRequest;
use proto::relationship::v1::DenialReason;
use tests::{refused, with};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::acting::{PARENT, Scene};
use crate::portals::{Answer, Asked, LISTS, license, subscription, user};
use crate::programme::{PRIVILEGE, Programme, RELATIONSHIP, account};
use crate::support::{Gateway, Keys, gone};

fn read() -> GetCustomerRecordRequest {
    GetCustomerRecordRequest {
        name: PARENT.to_owned(),
        ..Default::default()
    }
}

impl Scene {
    async fn record(&self, request: GetCustomerRecordRequest) -> Result<CustomerRecord, Status> {
        self.record_as(&self.gateway.agent(), request).await
    }

    async fn record_as(
        &self,
        token: &str,
        request: GetCustomerRecordRequest,
    ) -> Result<CustomerRecord, Status> {
        let answer = self
            .client
            .clone()
            .get_customer_record(with(token, request))
            .await?;
        Ok(answer.into_inner().record.unwrap())
    }
}

/// The whole record of adatum, with these of its sections out of reach.
fn record(away: &[&str]) -> CustomerRecord {
    let mut record = CustomerRecord {
        name: PARENT.to_owned(),
        relationship: RELATIONSHIP.to_owned(),
        privilege: PRIVILEGE.to_owned(),
        account: Some(account()),
        subscriptions: Some(SubscriptionSection {
            availability: Availability::Available.into(),
            subscriptions: vec![subscription("adatum")],
            next_page_token: "more subscriptions".to_owned(),
        }),
        users: Some(UserSection {
            availability: Availability::Available.into(),
            users: vec![user("adatum")],
            next_page_token: "more users".to_owned(),
        }),
        licenses: Some(LicenseSection {
            availability: Availability::Available.into(),
            licenses: vec![license("adatum")],
            next_page_token: "more licences".to_owned(),
        }),
    };
    let unavailable = Availability::Unavailable.into();
    if away.contains(&"ListSubscriptions") {
        record.subscriptions = Some(SubscriptionSection {
            availability: unavailable,
            ..Default::default()
        });
    }
    if away.contains(&"ListUsers") {
        record.users = Some(UserSection {
            availability: unavailable,
            ..Default::default()
        });
    }
    if away.contains(&"ListLicenses") {
        record.licenses = Some(LicenseSection {
            availability: unavailable,
            ..Default::default()
        });
    }
    record
}

/// R22, R23: the record is the account, the subscriptions, the users and the licences, and by what
/// they are seen.
#[tokio::test]
async fn a_record_is_whole() {
    let scene = Scene::start().await;
    assert_eq!(scene.record(read()).await.unwrap(), record(&[]));
    let asked = DescribeCustomerRequest {
        name: PARENT.to_owned(),
    };
    scene
        .programme
        .was(|state| assert_eq!(state.described, [asked]));
    assert_eq!(scene.portals.tokens(), 0, "no user's token goes there");
    let operator = scene.gateway.token(&Grant::operator());
    let seen = scene.record_as(&operator, read()).await.unwrap();
    assert_eq!(seen, record(&[]));
}

/// Pages and their sizes are the portals'.
#[tokio::test]
async fn pages_pass_through() {
    let scene = Scene::start().await;
    let request = GetCustomerRecordRequest {
        page_size: 7,
        subscriptions_page_token: "one".to_owned(),
        users_page_token: "two".to_owned(),
        licenses_page_token: "three".to_owned(),
        ..read()
    };
    scene.record(request).await.unwrap();
    let asked = scene.portals.asked();
    let parent = "customers/adatum".to_owned();
    for expected in [
        Asked::Subscriptions(ListSubscriptionsRequest {
            parent: parent.clone(),
            page_size: 7,
            page_token: "one".to_owned(),
            ..Default::default()
        }),
        Asked::Users(ListUsersRequest {
            parent: parent.clone(),
            page_size: 7,
            page_token: "two".to_owned(),
        }),
        Asked::Licenses(ListLicensesRequest {
            parent,
            page_size: 7,
            page_token: "three".to_owned(),
        }),
    ] {
        assert!(asked.contains(&expected), "{expected:?} in {asked:?}");
    }
    assert_eq!(asked.len(), 3);
}

/// R3, R23: for who may not see it there is no record, with the reason; the portals are not asked.
/// An operator is told also that there is no such customer (R2).
#[tokio::test]
async fn a_record_is_refused_where_access_is_denied() {
    let scene = Scene::start().await;
    let tokens = [
        scene.gateway.agent(),
        scene.gateway.token(&Grant::operator()),
    ];
    for (reason, name) in [
        (DenialReason::RelationshipRequired, "RELATIONSHIP_REQUIRED"),
        (DenialReason::PartnerSuspended, "PARTNER_SUSPENDED"),
        (DenialReason::PartnerNotEnrolled, "PARTNER_NOT_ENROLLED"),
        (DenialReason::CustomerUnknown, "CUSTOMER_UNKNOWN"),
    ] {
        scene.programme.denies(reason);
        for token in &tokens {
            let answer = refused(&scene.record_as(token, read()).await.unwrap_err());
            assert_eq!(
                (answer.code, answer.domain.as_str(), answer.reason.as_str()),
                (Code::PermissionDenied, "partnerconnect.relationship", name)
            );
        }
    }
    assert_eq!(scene.portals.asked(), []);
}

/// R1: others are not even asked for.
#[tokio::test]
async fn others_see_no_record() {
    let scene = Scene::start().await;
    for (grant, expected) in [
        (Grant::service(), Code::PermissionDenied),
        (Grant::tenant("contoso"), Code::PermissionDenied),
        (Grant::tenant("adatum"), Code::PermissionDenied),
        (Grant::tenant("adatum").role("global-admin"), Code::NotFound),
        (
            Grant::tenant("fabrikam").role("admin-agent"),
            Code::NotFound,
        ),
    ] {
        let token = scene.gateway.token(&grant);
        let status = scene.record_as(&token, read()).await.unwrap_err();
        assert_eq!(status.code(), expected, "{grant:?}");
    }
    for name in [
        "",
        "partners/contoso",
        "customers/adatum",
        "partners/contoso/customers/-",
    ] {
        let request = GetCustomerRecordRequest {
            name: name.to_owned(),
            ..read()
        };
        let answer = refused(&scene.record(request).await.unwrap_err());
        assert_eq!(
            (answer.code, answer.fields),
            (Code::InvalidArgument, vec!["name".to_owned()])
        );
    }
    assert!(scene.programme.was(|state| state.described.is_empty()));
    assert_eq!(scene.portals.asked(), []);
}

/// A section that cannot be read is marked, whatever went wrong there, and the others are shown.
#[tokio::test]
async fn each_section_stands_alone() {
    let scene = Scene::start().await;
    for away in LISTS {
        for answer in [
            Answer::Says(Status::unavailable("secret")),
            Answer::Says(Status::data_loss("secret")),
            Answer::Says(SharedRefusal::NotFound.into()),
            Answer::Says(SharedRefusal::PeerNotAllowed.into()),
            Answer::Says(SharedRefusal::invalid("parent", "must be known").into()),
            Answer::Says(Status::invalid_argument("secret")),
            Answer::Anothers,
        ] {
            scene.portals.answer(&[away], &answer);
            let seen = scene.record(read()).await.unwrap();
            assert_eq!(seen, record(&[away]), "{answer:?}");
        }
        scene.portals.answer(&[away], &Answer::Well);
    }
    scene.portals.answer(&LISTS, &Answer::Nothing);
    let seen = scene.record(read()).await.unwrap();
    let users = seen.users.unwrap();
    assert_eq!(
        (users.availability(), users.users),
        (Availability::Available, Vec::new()),
        "that there is nothing is an answer"
    );
}

/// How a section is to be paged is the caller's: where the portals refuse it, the field is named as
/// the caller knows it.
#[tokio::test]
async fn a_page_token_that_is_refused_is_the_callers() {
    let scene = Scene::start().await;
    let refusal = |field: &str| {
        Answer::Says(SharedRefusal::invalid(field, "must come from the page before").into())
    };
    for (list, field) in [
        ("ListSubscriptions", "subscriptions_page_token"),
        ("ListUsers", "users_page_token"),
        ("ListLicenses", "licenses_page_token"),
    ] {
        scene.portals.answer(&[list], &refusal("page_token"));
        let answer = refused(&scene.record(read()).await.unwrap_err());
        assert_eq!(
            (answer.code, answer.reason.as_str()),
            (Code::InvalidArgument, "INVALID_FIELDS")
        );
        assert_eq!(answer.fields, [field]);
        scene.portals.answer(&[list], &Answer::Well);
    }
    scene.portals.answer(&LISTS, &refusal("page_size"));
    let answer = refused(&scene.record(read()).await.unwrap_err());
    assert_eq!(answer.fields, ["page_size"], "said once");
    // not one of ours said so
    let mut foreign = ErrorDetails::new();
    foreign.add_bad_request_violation("page_token", "secret");
    #[expect(clippy::disallowed_methods, reason = "an answer of others")]
    let foreign = Status::with_error_details(Code::InvalidArgument, "secret", foreign);
    scene.portals.answer(&LISTS, &Answer::Says(foreign));
    assert_eq!(scene.record(read()).await.unwrap(), record(&LISTS));
}

/// While nobody answers for the portals the account is shown.
#[tokio::test]
async fn portals_that_are_away_take_only_their_sections() {
    let (keys, programme) = (Keys::generate(), Programme::default());
    let (relationship, _stop) = keys.serve(Peer::Relationship, programme.service()).await;
    let gateway = Gateway::before(keys, [gone(), relationship, gone(), gone()]).await;
    let mut client = ConnectionServiceClient::new(gateway.channel());
    let answer = client.get_customer_record(with(&gateway.agent(), read()));
    assert_eq!(
        answer.await.unwrap().into_inner().record,
        Some(record(&LISTS))
    );
}

/// Portals that do not answer do not eat the caller's time: what there is is shown before it is
/// over, and long before where the caller has much of it.
#[tokio::test]
async fn slow_portals_take_only_their_sections() {
    let mut keys = Keys::generate();
    keys.deadline = Duration::from_secs(1);
    let scene = Scene::with_keys(keys).await;
    scene.portals.answer(&LISTS, &Answer::Never);
    assert_eq!(scene.record(read()).await.unwrap(), record(&LISTS));

    let scene = Scene::start().await;
    scene.portals.answer(&["ListUsers"], &Answer::Never);
    let seen = tokio::time::timeout(Duration::from_secs(6), scene.record(read())).await;
    assert_eq!(
        seen.expect("the deadline is 10 s").unwrap(),
        record(&["ListUsers"])
    );
}

/// Without the relationship service there is no record; what it fails with is not passed on.
#[tokio::test]
async fn without_the_programme_there_is_no_record() {
    let scene = Scene::start().await;
    scene
        .programme
        .is(|state| state.status = Some(Status::unavailable("secret")));
    let status = scene.record(read()).await.unwrap_err();
    assert_eq!(
        (status.code(), refused(&status).reason.as_str()),
        (Code::Unavailable, "UNAVAILABLE")
    );
    scene.programme.is(|state| {
        (state.status, state.empty) = (None, true);
    });
    let status = scene.record(read()).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::Internal, "internal error")
    );
    assert_eq!(scene.portals.asked(), []);
}

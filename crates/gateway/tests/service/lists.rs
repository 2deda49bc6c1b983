//! Lists of what a customer has: the portals' own pages, for who may view the record.

use platform::error::SharedRefusal;
use platform::keys::Grant;
use proto::customer::v1::SubscriptionState;
use proto::directory::v1 as directory;
use proto::gateway::v1::{
    ListLicensesRequest, ListOrdersRequest, ListSubscriptionsRequest, ListUsersRequest,
};
use proto::relationship::v1::DenialReason;
use tests::{refused, with};
use tonic::{Code, Status};

use crate::acting::{PARENT, Scene};
use crate::portals::{Answer, Asked};

const METHODS: [&str; 4] = [
    "ListSubscriptions",
    "ListUsers",
    "ListLicenses",
    "ListOrders",
];

impl Scene {
    /// A page of a list: the names on it, and where the next one begins.
    async fn list(
        &self,
        token: &str,
        method: &str,
        parent: &str,
    ) -> Result<(Vec<String>, String), Status> {
        let (mut client, parent) = (self.client.clone(), parent.to_owned());
        let (page_size, page_token) = (7, "one".to_owned());
        Ok(match method {
            "ListSubscriptions" => {
                let message = ListSubscriptionsRequest {
                    parent,
                    state: SubscriptionState::Active.into(),
                    page_size,
                    page_token,
                };
                let page = client
                    .list_subscriptions(with(token, message))
                    .await?
                    .into_inner();
                let names = page.subscriptions.into_iter().map(|it| it.name);
                (names.collect(), page.next_page_token)
            }
            "ListUsers" => {
                let message = ListUsersRequest {
                    parent,
                    page_size,
                    page_token,
                };
                let page = client.list_users(with(token, message)).await?.into_inner();
                let names = page.users.into_iter().map(|it| it.name);
                (names.collect(), page.next_page_token)
            }
            "ListLicenses" => {
                let message = ListLicensesRequest {
                    parent,
                    page_size,
                    page_token,
                };
                let page = client
                    .list_licenses(with(token, message))
                    .await?
                    .into_inner();
                let names = page.licenses.into_iter().map(|it| it.name);
                (names.collect(), page.next_page_token)
            }
            _ => {
                let message = ListOrdersRequest {
                    parent,
                    page_size,
                    page_token,
                };
                let page = client.list_orders(with(token, message)).await?.into_inner();
                let names = page.orders.into_iter().map(|it| it.name);
                (names.collect(), page.next_page_token)
            }
        })
    }
}

/// R23: what is asked and what is answered passes through, in our own name, for a partner's admin
/// and for an operator.
#[tokio::test]
async fn pages_are_the_portals() {
    let scene = Scene::start().await;
    for token in [
        scene.gateway.agent(),
        scene.gateway.token(&Grant::operator()),
    ] {
        for (method, noun) in
            METHODS
                .into_iter()
                .zip(["subscriptions", "users", "licences", "orders"])
        {
            let (names, next) = scene.list(&token, method, PARENT).await.unwrap();
            assert_eq!((names.len(), next), (1, format!("more {noun}")), "{method}");
            assert!(names[0].starts_with("customers/adatum/"), "{names:?}");
        }
    }
    assert_eq!(scene.portals.tokens(), 0, "no user's token goes there");
    let (parent, page_size, page_token) = ("customers/adatum".to_owned(), 7, "one".to_owned());
    let asked = scene.portals.asked();
    let expected = [
        Asked::Subscriptions(directory::ListSubscriptionsRequest {
            parent: parent.clone(),
            state: SubscriptionState::Active.into(),
            page_size,
            page_token: page_token.clone(),
        }),
        Asked::Users(directory::ListUsersRequest {
            parent: parent.clone(),
            page_size,
            page_token: page_token.clone(),
        }),
        Asked::Licenses(directory::ListLicensesRequest {
            parent: parent.clone(),
            page_size,
            page_token: page_token.clone(),
        }),
        Asked::Orders(directory::ListOrdersRequest {
            parent,
            partner: "partners/contoso".to_owned(),
            page_size,
            page_token,
        }),
    ];
    assert_eq!(asked, [&expected[..], &expected[..]].concat());
}

/// R3: where access is denied the portals are not asked, and the reason is told.
#[tokio::test]
async fn who_may_not_view_the_record_lists_nothing() {
    let scene = Scene::start().await;
    scene.programme.denies(DenialReason::RelationshipRequired);
    for method in METHODS {
        let status = scene
            .list(&scene.gateway.agent(), method, PARENT)
            .await
            .unwrap_err();
        let answer = refused(&status);
        assert_eq!(
            (answer.code, answer.reason.as_str()),
            (Code::PermissionDenied, "RELATIONSHIP_REQUIRED"),
            "{method}"
        );
        for bad in ["", "partners/contoso", "customers/adatum"] {
            let status = scene
                .list(&scene.gateway.agent(), method, bad)
                .await
                .unwrap_err();
            assert_eq!(refused(&status).fields, ["parent"], "{method} {bad:?}");
        }
        let foreign = Grant::tenant("fabrikam").role("admin-agent");
        let foreign = scene.gateway.token(&foreign);
        let status = scene.list(&foreign, method, PARENT).await.unwrap_err();
        assert_eq!(status.code(), Code::NotFound, "{method}");
    }
    assert_eq!(scene.portals.asked(), []);
}

/// A refusal of the caller's own words is the caller's; what else goes wrong there is not, and what
/// another customer has is not shown.
#[tokio::test]
async fn what_goes_wrong_at_the_portals_is_told_as_what_it_is() {
    let scene = Scene::start().await;
    for (answer, code) in [
        (
            Answer::Says(SharedRefusal::invalid("page_token", "x").into()),
            Code::InvalidArgument,
        ),
        (
            Answer::Says(SharedRefusal::invalid("parent", "x").into()),
            Code::Internal,
        ),
        (
            Answer::Says(Status::unavailable("secret")),
            Code::Unavailable,
        ),
        (Answer::Anothers, Code::Internal),
    ] {
        scene.portals.answer(&METHODS, &answer);
        for method in METHODS {
            let status = scene
                .list(&scene.gateway.agent(), method, PARENT)
                .await
                .unwrap_err();
            assert_eq!(status.code(), code, "{method} {answer:?}");
            assert!(!status.message().contains("secret"), "{status:?}");
        }
    }
}

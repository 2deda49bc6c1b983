//! A gateway before a programme and portals that are stood in for, and everything that a partner
//! can do for a customer.

use platform::identity::Peer;
use platform::keys::Grant;
use proto::customer::v1::Permission;
use proto::customer::v1::{MoreLicenses, NewSubscription, Renewal, SubscriptionTransition};
use proto::directory::v1::{self as directory, Mandate};
use proto::gateway::v1 as gateway;
use proto::gateway::v1::connection_service_client::ConnectionServiceClient;
use proto::gateway::v1::submit_order_request::Order;
use tests::with;
use tokio_util::sync::DropGuard;
use tonic::Status;
use tonic::transport::Channel;

use crate::portals::{Asked, Portals, license, order, subscription, user};
use crate::programme::{PRIVILEGE, Programme, RELATIONSHIP};
use crate::support::{Gateway, Keys, gone};

/// The pair of every test: contoso acts for adatum.
pub(crate) const PARENT: &str = "partners/contoso/customers/adatum";
pub(crate) const REQUEST_ID: &str = "6f1c2a0e-8d1b-4c5e-9f3a-2b7d4e6f8a90";

/// A gateway with both services behind it.
pub(crate) struct Scene {
    pub(crate) programme: Programme,
    pub(crate) portals: Portals,
    pub(crate) gateway: Gateway,
    pub(crate) client: ConnectionServiceClient<Channel>,
    _stops: [DropGuard; 2],
}

impl Scene {
    pub(crate) async fn start() -> Self {
        Self::with_keys(Keys::generate()).await
    }

    /// In a system with these keys.
    pub(crate) async fn with_keys(keys: Keys) -> Self {
        let (programme, portals) = (Programme::default(), Portals::default());
        let (relationship, one) = keys.serve(Peer::Relationship, programme.service()).await;
        let (directory, other) = keys.serve(Peer::Directory, portals.service()).await;
        let gateway = Gateway::before(keys, [gone(), relationship, gone(), directory]).await;
        let client = ConnectionServiceClient::new(gateway.channel());
        Self {
            programme,
            portals,
            gateway,
            client,
            _stops: [one, other],
        }
    }

    /// Does it as contoso's Admin agent.
    pub(crate) async fn does(&self, act: Act) -> Result<(), Status> {
        self.does_as(&self.gateway.agent(), act, &Call::default())
            .await
    }

    /// Does it with this token, in these words.
    pub(crate) async fn does_as(&self, token: &str, act: Act, call: &Call) -> Result<(), Status> {
        act.call(self.client.clone(), token, call).await
    }
}

/// The token of this organisation's Admin agent.
pub(crate) fn agent(gateway: &Gateway, tenant: &str) -> String {
    gateway.token(&Grant::tenant(tenant).role("admin-agent"))
}

/// Everything that a partner can do for a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    OrderNew,
    OrderMore,
    Change,
    AddUser,
    RemoveUser,
    Assign,
    Withdraw,
}

impl Act {
    pub(crate) const ALL: [Act; 7] = [
        Act::OrderNew,
        Act::OrderMore,
        Act::Change,
        Act::AddUser,
        Act::RemoveUser,
        Act::Assign,
        Act::Withdraw,
    ];
}

/// What every act names, beside what it does.
pub(crate) struct Call {
    pub(crate) parent: String,
    pub(crate) request_id: String,
    /// Whose subscription, user or licence it names.
    pub(crate) owner: String,
}

impl Default for Call {
    fn default() -> Self {
        Self {
            parent: PARENT.to_owned(),
            request_id: REQUEST_ID.to_owned(),
            owner: "adatum".to_owned(),
        }
    }
}

fn new_subscription() -> NewSubscription {
    NewSubscription {
        offer: "office-365-e3".to_owned(),
        display_name: "Escritório".to_owned(),
        quantity: 10,
        renewal: Renewal::Off.into(),
    }
}

fn more_licenses(owner: &str) -> MoreLicenses {
    MoreLicenses {
        subscription: subscription(owner).name,
        quantity: 5,
    }
}

impl Act {
    /// What it must be granted.
    pub(crate) fn permission(self) -> Permission {
        match self {
            Act::OrderNew | Act::OrderMore => Permission::SubmitOrders,
            Act::Change => Permission::ManageSubscriptions,
            Act::AddUser | Act::RemoveUser => Permission::ManageUsers,
            Act::Assign | Act::Withdraw => Permission::ManageLicenses,
        }
    }

    /// The names of the customer's things in it.
    pub(crate) fn names(self) -> &'static [&'static str] {
        match self {
            Act::OrderNew | Act::AddUser => &[],
            Act::OrderMore => &["more_licenses.subscription"],
            Act::Change => &["subscription"],
            Act::RemoveUser => &["user"],
            Act::Assign => &["subscription", "user"],
            Act::Withdraw => &["license"],
        }
    }

    /// A field that the portals may refuse.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Act::OrderNew => "new_subscription.quantity",
            Act::OrderMore => "more_licenses.quantity",
            Act::Change => "display_name",
            Act::AddUser => "sign_in_name",
            Act::RemoveUser => "user",
            Act::Assign => "subscription",
            Act::Withdraw => "license",
        }
    }

    /// What the portals are asked, in contoso's name.
    pub(crate) fn asked(self) -> Asked {
        let mandate = Some(Mandate {
            partner: "partners/contoso".to_owned(),
            relationship: RELATIONSHIP.to_owned(),
            privilege: PRIVILEGE.to_owned(),
            issuer: "urn:partner-connect:local-issuer".to_owned(),
            subject: "local-user".to_owned(),
        });
        let (customer, request_id) = ("customers/adatum".to_owned(), REQUEST_ID.to_owned());
        let ordered = |order| {
            Asked::Order(directory::SubmitOrderRequest {
                customer: customer.clone(),
                order: Some(order),
                mandate: mandate.clone(),
                request_id: request_id.clone(),
            })
        };
        use directory::submit_order_request::Order;

        match self {
            Act::OrderNew => ordered(Order::NewSubscription(new_subscription())),
            Act::OrderMore => ordered(Order::MoreLicenses(more_licenses("adatum"))),
            Act::Change => Asked::Change(directory::ChangeSubscriptionRequest {
                subscription: subscription("adatum").name,
                display_name: "Escritório".to_owned(),
                renewal: Renewal::Automatic.into(),
                transition: SubscriptionTransition::Suspend.into(),
                etag: "3".to_owned(),
                mandate,
                request_id,
            }),
            Act::AddUser => Asked::AddUser(directory::AddUserRequest {
                customer,
                display_name: "Ana Lima".to_owned(),
                sign_in_name: "ana@adatum.example".to_owned(),
                mandate,
                request_id,
            }),
            Act::RemoveUser => Asked::RemoveUser(directory::RemoveUserRequest {
                user: user("adatum").name,
                mandate,
                request_id,
            }),
            Act::Assign => Asked::Assign(directory::AssignLicenseRequest {
                subscription: subscription("adatum").name,
                user: user("adatum").name,
                mandate,
                request_id,
            }),
            Act::Withdraw => Asked::Withdraw(directory::WithdrawLicenseRequest {
                license: license("adatum").name,
                mandate,
                request_id,
            }),
        }
    }

    /// Does it; what is answered is what the portals answered.
    pub(crate) async fn call(
        self,
        mut client: ConnectionServiceClient<Channel>,
        token: &str,
        call: &Call,
    ) -> Result<(), Status> {
        let (parent, request_id) = (call.parent.clone(), call.request_id.clone());
        match self {
            Act::OrderNew | Act::OrderMore => {
                let ordered = match self {
                    Act::OrderNew => Order::NewSubscription(new_subscription()),
                    _ => Order::MoreLicenses(more_licenses(&call.owner)),
                };
                submit(client, token, call, ordered).await?;
            }
            Act::Change => {
                let request = gateway::ChangeSubscriptionRequest {
                    parent,
                    subscription: subscription(&call.owner).name,
                    display_name: "Escritório".to_owned(),
                    renewal: Renewal::Automatic.into(),
                    transition: SubscriptionTransition::Suspend.into(),
                    etag: "3".to_owned(),
                    request_id,
                };
                let answer = client.change_subscription(with(token, request)).await?;
                assert_eq!(
                    answer.into_inner().subscription,
                    Some(subscription("adatum"))
                );
            }
            Act::AddUser => {
                let request = gateway::AddUserRequest {
                    parent,
                    display_name: "Ana Lima".to_owned(),
                    sign_in_name: "ana@adatum.example".to_owned(),
                    request_id,
                };
                let answer = client.add_user(with(token, request)).await?;
                assert_eq!(answer.into_inner().user, Some(user("adatum")));
            }
            Act::RemoveUser => {
                let request = gateway::RemoveUserRequest {
                    parent,
                    user: user(&call.owner).name,
                    request_id,
                };
                let answer = client.remove_user(with(token, request)).await?;
                assert_eq!(answer.into_inner().user, Some(user("adatum")));
            }
            Act::Assign => {
                let request = gateway::AssignLicenseRequest {
                    parent,
                    subscription: subscription("adatum").name,
                    user: user(&call.owner).name,
                    request_id,
                };
                let answer = client.assign_license(with(token, request)).await?;
                assert_eq!(answer.into_inner().license, Some(license("adatum")));
            }
            Act::Withdraw => {
                let request = gateway::WithdrawLicenseRequest {
                    parent,
                    license: license(&call.owner).name,
                    request_id,
                };
                let answer = client.withdraw_license(with(token, request)).await?;
                assert_eq!(answer.into_inner().license, Some(license("adatum")));
            }
        }
        Ok(())
    }
}

async fn submit(
    mut client: ConnectionServiceClient<Channel>,
    token: &str,
    call: &Call,
    ordered: Order,
) -> Result<(), Status> {
    let request = gateway::SubmitOrderRequest {
        parent: call.parent.clone(),
        order: Some(ordered),
        request_id: call.request_id.clone(),
    };
    let answer = client
        .submit_order(with(token, request))
        .await?
        .into_inner();
    assert_eq!(answer.order, Some(order("adatum")));
    assert_eq!(answer.subscription, Some(subscription("adatum")));
    Ok(())
}

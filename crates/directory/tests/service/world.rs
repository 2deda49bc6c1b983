//! What customers have and what is asked for them, as a test says it: every act as a message that
//! may be sent again.

use platform::client::Upstream;
use proto::customer::v1::*;
use proto::directory::v1::directory_service_client::DirectoryServiceClient;
use proto::directory::v1::submit_order_request::Order as Asked;
use proto::directory::v1::*;
use tonic::Status;

use crate::support::Service;

/// The relationship and the privilege that acts are done under.
pub(crate) const GROUND: &str = "0197f3a0-5b7e-7c3a-9d58-0c1d2e3f4a5b";

/// In the name of a partner, by its admin Ana, on a relationship and a privilege.
pub(crate) fn mandate(partner: &str) -> Mandate {
    Mandate {
        partner: format!("partners/{partner}"),
        relationship: format!("partners/{partner}/relationships/{GROUND}"),
        privilege: format!("partners/{partner}/privileges/{GROUND}"),
        issuer: "https://issuer.example".into(),
        subject: "ana".into(),
    }
}

/// One act, with whatever it is done to.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Order(SubmitOrderRequest),
    Change(ChangeSubscriptionRequest),
    Add(AddUserRequest),
    Remove(RemoveUserRequest),
    Assign(AssignLicenseRequest),
    Withdraw(WithdrawLicenseRequest),
}

impl Act {
    /// The method, as the store names it.
    pub(crate) fn method(&self) -> &'static str {
        match self {
            Act::Order(_) => "SubmitOrder",
            Act::Change(_) => "ChangeSubscription",
            Act::Add(_) => "AddUser",
            Act::Remove(_) => "RemoveUser",
            Act::Assign(_) => "AssignLicense",
            Act::Withdraw(_) => "WithdrawLicense",
        }
    }

    /// In whose name, and by which id a repeat is known.
    pub(crate) fn mandated(&mut self) -> (&mut Option<Mandate>, &mut String) {
        match self {
            Act::Order(message) => (&mut message.mandate, &mut message.request_id),
            Act::Change(message) => (&mut message.mandate, &mut message.request_id),
            Act::Add(message) => (&mut message.mandate, &mut message.request_id),
            Act::Remove(message) => (&mut message.mandate, &mut message.request_id),
            Act::Assign(message) => (&mut message.mandate, &mut message.request_id),
            Act::Withdraw(message) => (&mut message.mandate, &mut message.request_id),
        }
    }

    /// The same act in another's name.
    pub(crate) fn under(mut self, mandate: Mandate) -> Self {
        *self.mandated().0 = Some(mandate);
        self
    }

    /// The same act with another id.
    pub(crate) fn known_as(mut self, request_id: &str) -> Self {
        *self.mandated().1 = request_id.to_owned();
        self
    }

    /// Does it; answers the name of what it was done to, and all that was told.
    pub(crate) async fn send(
        self,
        mut client: DirectoryServiceClient<Upstream>,
    ) -> Result<(String, String), Status> {
        Ok(match self {
            Act::Order(message) => {
                let told = client.submit_order(message).await?.into_inner();
                (told.order.clone().unwrap().name, format!("{told:?}"))
            }
            Act::Change(message) => {
                let told = client.change_subscription(message).await?.into_inner();
                (told.subscription.clone().unwrap().name, format!("{told:?}"))
            }
            Act::Add(message) => {
                let told = client.add_user(message).await?.into_inner();
                (told.user.clone().unwrap().name, format!("{told:?}"))
            }
            Act::Remove(message) => {
                let told = client.remove_user(message).await?.into_inner();
                (told.user.clone().unwrap().name, format!("{told:?}"))
            }
            Act::Assign(message) => {
                let told = client.assign_license(message).await?.into_inner();
                (told.license.clone().unwrap().name, format!("{told:?}"))
            }
            Act::Withdraw(message) => {
                let told = client.withdraw_license(message).await?.into_inner();
                (told.license.clone().unwrap().name, format!("{told:?}"))
            }
        })
    }
}

/// What a customer has to begin with: a subscription of ten licences, a user with one of them and
/// one without.
pub(crate) struct Stage {
    pub(crate) service: Service,
    pub(crate) subscription: String,
    pub(crate) user: String,
    pub(crate) license: String,
    pub(crate) other_user: String,
}

impl Stage {
    pub(crate) async fn set(service: Service) -> Self {
        let subscription = service.subscription("adatum", 10).await.name;
        let user = service.user("adatum", "bo@adatum.example").await.name;
        let license = service.assigned(&subscription, &user).await.name;
        let other_user = service.user("adatum", "cy@adatum.example").await.name;
        Self {
            service,
            subscription,
            user,
            license,
            other_user,
        }
    }

    /// One act of every method, and both kinds of order; each can be done whichever was done
    /// before.
    pub(crate) fn acts(&self) -> Vec<Act> {
        let (service, subscription) = (&self.service, &self.subscription);
        vec![
            service.order("adatum", 5),
            service.order_more(subscription, 5),
            service.change(subscription, |change| change.display_name = "New".into()),
            service.add("adatum", "dee@adatum.example"),
            service.assign(subscription, &self.other_user),
            service.withdraw(&self.license),
            service.remove(&self.user),
        ]
    }
}

impl Service {
    pub(crate) fn order(&self, customer: &str, quantity: i32) -> Act {
        Act::Order(self.order_message(customer, quantity))
    }

    pub(crate) fn order_message(&self, customer: &str, quantity: i32) -> SubmitOrderRequest {
        let asked = NewSubscription {
            offer: "office-365-e3".into(),
            quantity,
            ..Default::default()
        };
        self.ordering(customer, Some(Asked::NewSubscription(asked)))
    }

    pub(crate) fn ordering(&self, customer: &str, order: Option<Asked>) -> SubmitOrderRequest {
        SubmitOrderRequest {
            customer: format!("customers/{customer}"),
            order,
            mandate: Some(mandate("contoso")),
            request_id: self.uuid(),
        }
    }

    pub(crate) fn order_more(&self, subscription: &str, quantity: i32) -> Act {
        let customer = subscription.split('/').nth(1).unwrap();
        let asked = MoreLicenses {
            subscription: subscription.into(),
            quantity,
        };
        Act::Order(self.ordering(customer, Some(Asked::MoreLicenses(asked))))
    }

    pub(crate) fn change_message(&self, subscription: &str) -> ChangeSubscriptionRequest {
        ChangeSubscriptionRequest {
            subscription: subscription.into(),
            mandate: Some(mandate("contoso")),
            request_id: self.uuid(),
            ..Default::default()
        }
    }

    pub(crate) fn change(
        &self,
        subscription: &str,
        what: impl FnOnce(&mut ChangeSubscriptionRequest),
    ) -> Act {
        let mut message = self.change_message(subscription);
        what(&mut message);
        Act::Change(message)
    }

    pub(crate) fn transition(&self, subscription: &str, what: SubscriptionTransition) -> Act {
        self.change(subscription, |change| change.transition = what.into())
    }

    pub(crate) fn add_message(&self, customer: &str, sign_in_name: &str) -> AddUserRequest {
        AddUserRequest {
            customer: format!("customers/{customer}"),
            display_name: "Dee".into(),
            sign_in_name: sign_in_name.into(),
            mandate: Some(mandate("contoso")),
            request_id: self.uuid(),
        }
    }

    pub(crate) fn add(&self, customer: &str, sign_in_name: &str) -> Act {
        Act::Add(self.add_message(customer, sign_in_name))
    }

    pub(crate) fn remove(&self, user: &str) -> Act {
        Act::Remove(RemoveUserRequest {
            user: user.into(),
            mandate: Some(mandate("contoso")),
            request_id: self.uuid(),
        })
    }

    pub(crate) fn assign(&self, subscription: &str, user: &str) -> Act {
        Act::Assign(AssignLicenseRequest {
            subscription: subscription.into(),
            user: user.into(),
            mandate: Some(mandate("contoso")),
            request_id: self.uuid(),
        })
    }

    pub(crate) fn withdraw(&self, license: &str) -> Act {
        Act::Withdraw(WithdrawLicenseRequest {
            license: license.into(),
            mandate: Some(mandate("contoso")),
            request_id: self.uuid(),
        })
    }

    /// Does it; answers the name of what it was done to, and all that was told.
    pub(crate) async fn act(&self, act: Act) -> Result<(String, String), Status> {
        act.send(self.directory()).await
    }

    /// A new subscription of a customer.
    pub(crate) async fn subscription(&self, customer: &str, quantity: i32) -> Subscription {
        let message = self.order_message(customer, quantity);
        let answer = self.directory().submit_order(message).await.unwrap();
        answer.into_inner().subscription.unwrap()
    }

    /// A new user of a customer.
    pub(crate) async fn user(&self, customer: &str, sign_in_name: &str) -> User {
        let message = self.add_message(customer, sign_in_name);
        let answer = self.directory().add_user(message).await.unwrap();
        answer.into_inner().user.unwrap()
    }

    /// A licence that a user has now.
    pub(crate) async fn assigned(&self, subscription: &str, user: &str) -> License {
        let name = self.act(self.assign(subscription, user)).await.unwrap().0;
        let customer = subscription.split('/').nth(1).unwrap();
        let mut all = self.licenses(customer).await;
        all.retain(|license| license.name == name);
        all.pop().unwrap()
    }

    /// The first page of a customer's subscriptions.
    pub(crate) async fn subscriptions(&self, customer: &str) -> Vec<Subscription> {
        let message = ListSubscriptionsRequest {
            parent: format!("customers/{customer}"),
            ..Default::default()
        };
        let answer = self.directory().list_subscriptions(message).await.unwrap();
        answer.into_inner().subscriptions
    }

    /// The first page of a customer's users.
    pub(crate) async fn users(&self, customer: &str) -> Vec<User> {
        let message = ListUsersRequest {
            parent: format!("customers/{customer}"),
            ..Default::default()
        };
        let answer = self.directory().list_users(message).await.unwrap();
        answer.into_inner().users
    }

    /// The first page of a customer's licences.
    pub(crate) async fn licenses(&self, customer: &str) -> Vec<License> {
        let message = ListLicensesRequest {
            parent: format!("customers/{customer}"),
            ..Default::default()
        };
        let answer = self.directory().list_licenses(message).await.unwrap();
        answer.into_inner().licenses
    }
}

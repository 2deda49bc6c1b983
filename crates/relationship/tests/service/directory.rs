//! A directory service that tells what a test gives it, in whatever way the test wants it told:
//! batch by batch, not at all, refused, or broken off. What is right about existing business, only
//! the relationship service decides.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use platform::error::precondition;
use platform::serve::Service;
use proto::customer::v1::Permission;
use proto::customer::v1::Subscription;
use proto::directory::v1::directory_service_server::{DirectoryService, DirectoryServiceServer};
use proto::directory::v1::*;
use tokio::sync::Semaphore;
use tokio_stream::{Stream, StreamExt};
use tonic::service::Routes;
use tonic::{Request, Response, Status};

/// The portals of a test. Clones are the same.
#[derive(Clone)]
pub(crate) struct Portals(Arc<Shared>);

struct Shared {
    script: Mutex<Script>,
    /// One for each message that may be sent while the gate is down.
    gate: Semaphore,
}

/// What the portals tell, and how.
pub(crate) struct Script {
    /// The business of each partner.
    pub(crate) business: HashMap<String, Vec<ExistingBusiness>>,
    /// Records a message.
    pub(crate) batch: usize,
    /// How they behave.
    pub(crate) mood: Mood,
    /// Whether a message waits for [`Portals::let_through`].
    pub(crate) gated: bool,
    /// What every customer subscribes to, or why that is not told.
    pub(crate) subscriptions: Result<Vec<Subscription>, Status>,
    /// The resume tokens asked with, in their order.
    pub(crate) asked: Vec<String>,
}

/// How the portals behave when asked for existing business.
#[derive(Clone)]
pub(crate) enum Mood {
    /// They tell everything.
    Fine,
    /// They answer this instead.
    Answer(Status),
    /// They tell so many messages, then end as if that were all.
    EndEarly(usize),
    /// They tell so many messages, then fail.
    Fail(usize, Status),
    /// They take so long to begin.
    Slow(Duration),
    /// They send this, and no more.
    Send(Vec<StreamExistingBusinessResponse>),
    /// They know no resume token, and tell everything to who brings none.
    Forgetful,
}

/// What the portals answer about a partner that they refuse.
pub(crate) fn refusal(why: &str) -> Status {
    let domain = "partnerconnect.customer";
    precondition(domain, "PARTNER_REFUSED", "partner", why, &[])
}

impl Portals {
    /// Portals that know nobody.
    pub(crate) fn new() -> Self {
        let script = Script {
            business: HashMap::new(),
            batch: 100,
            mood: Mood::Fine,
            gated: false,
            subscriptions: Ok(Vec::new()),
            asked: Vec::new(),
        };
        Self(Arc::new(Shared {
            script: Mutex::new(script),
            gate: Semaphore::new(0),
        }))
    }

    /// Changes what they tell.
    pub(crate) fn are(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.0.script.lock().unwrap());
    }

    /// What a partner does business with.
    pub(crate) fn know(&self, partner: &str, business: Vec<ExistingBusiness>) {
        self.are(|script| {
            script
                .business
                .insert(format!("partners/{partner}"), business);
        });
    }

    /// Lets so many messages through a gate.
    pub(crate) fn let_through(&self, messages: usize) {
        self.0.gate.add_permits(messages);
    }

    /// The resume tokens asked with so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.0.script.lock().unwrap().asked.clone()
    }

    /// The service, which tells relationship alone.
    pub(crate) fn service(&self) -> Service {
        let routes = Routes::new(DirectoryServiceServer::new(self.clone()));
        Service::new("directory", routes, proto::descriptors())
    }
}

/// A record of one portal, with these managing permissions where there are any.
pub(crate) fn business(
    portal: &str,
    customer: &str,
    permissions: &[Permission],
) -> ExistingBusiness {
    let privilege = KnownPrivilege {
        permissions: permissions.iter().map(|one| (*one).into()).collect(),
        expire_time: None,
    };
    ExistingBusiness {
        portal: portal.to_owned(),
        customer: format!("customers/{customer}"),
        display_name: format!("{customer} of the portals"),
        country: "US".to_owned(),
        domain: format!("{customer}.example"),
        privileges: (!permissions.is_empty())
            .then_some(privilege)
            .into_iter()
            .collect(),
    }
}

/// So many customers of one portal, each with one privilege for everything.
pub(crate) fn customers(count: usize) -> Vec<ExistingBusiness> {
    let one = |number| business("cloud-portal", &format!("c{number:07}"), &EVERYTHING);
    (0..count).map(one).collect()
}

/// All that a privilege can give.
pub(crate) const EVERYTHING: [Permission; 4] = [
    Permission::ManageAccount,
    Permission::ManageSubscriptions,
    Permission::ManageLicenses,
    Permission::ManageUsers,
];

type Messages =
    Pin<Box<dyn Stream<Item = Result<StreamExistingBusinessResponse, Status>> + Send + 'static>>;

#[tonic::async_trait]
impl DirectoryService for Portals {
    type StreamExistingBusinessStream = Messages;

    async fn stream_existing_business(
        &self,
        request: Request<StreamExistingBusinessRequest>,
    ) -> Result<Response<Messages>, Status> {
        let request = request.into_inner();
        let (records, batch, mood) = {
            let mut script = self.0.script.lock().unwrap();
            script.asked.push(request.resume_token.clone());
            let records = script.business.get(&request.partner).cloned();
            (
                records.unwrap_or_default(),
                script.batch,
                script.mood.clone(),
            )
        };
        let from = request.resume_token.parse().unwrap_or(0);
        let rest = records[from..].chunks(batch).map(<[_]>::to_vec);
        let mut messages = Vec::new();
        let mut next = from;
        for records in rest {
            next += records.len();
            messages.push(Ok(StreamExistingBusinessResponse {
                records,
                resume_token: next.to_string(),
            }));
        }
        if messages.is_empty() {
            messages.push(Ok(StreamExistingBusinessResponse::default()));
        }
        if let Some(Ok(last)) = messages.last_mut() {
            last.resume_token.clear();
        }
        match mood {
            Mood::Fine => {}
            Mood::Answer(status) => return Err(status),
            Mood::Slow(time) => tokio::time::sleep(time).await,
            Mood::Send(only) => messages = only.into_iter().map(Ok).collect(),
            Mood::Forgetful if !request.resume_token.is_empty() => {
                return Err(Status::invalid_argument("which token?"));
            }
            Mood::Forgetful => {}
            Mood::EndEarly(after) => messages.truncate(after),
            Mood::Fail(after, status) => {
                messages.truncate(after);
                messages.push(Err(status));
            }
        }
        let shared = self.0.clone();
        let paced = tokio_stream::iter(messages).then(move |message| {
            let shared = shared.clone();
            async move {
                let gated = shared.script.lock().unwrap().gated;
                if gated {
                    shared.gate.acquire().await.unwrap().forget();
                }
                message
            }
        });
        Ok(Response::new(Box::pin(paced)))
    }

    async fn list_subscriptions(
        &self,
        _: Request<ListSubscriptionsRequest>,
    ) -> Result<Response<ListSubscriptionsResponse>, Status> {
        let subscriptions = self.0.script.lock().unwrap().subscriptions.clone()?;
        Ok(Response::new(ListSubscriptionsResponse {
            subscriptions,
            next_page_token: String::new(),
        }))
    }

    async fn list_users(
        &self,
        _: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        Err(not_asked())
    }

    async fn list_licenses(
        &self,
        _: Request<ListLicensesRequest>,
    ) -> Result<Response<ListLicensesResponse>, Status> {
        Err(not_asked())
    }

    async fn list_orders(
        &self,
        _: Request<ListOrdersRequest>,
    ) -> Result<Response<ListOrdersResponse>, Status> {
        Err(not_asked())
    }

    async fn submit_order(
        &self,
        _: Request<SubmitOrderRequest>,
    ) -> Result<Response<SubmitOrderResponse>, Status> {
        Err(not_asked())
    }

    async fn change_subscription(
        &self,
        _: Request<ChangeSubscriptionRequest>,
    ) -> Result<Response<ChangeSubscriptionResponse>, Status> {
        Err(not_asked())
    }

    async fn add_user(
        &self,
        _: Request<AddUserRequest>,
    ) -> Result<Response<AddUserResponse>, Status> {
        Err(not_asked())
    }

    async fn remove_user(
        &self,
        _: Request<RemoveUserRequest>,
    ) -> Result<Response<RemoveUserResponse>, Status> {
        Err(not_asked())
    }

    async fn assign_license(
        &self,
        _: Request<AssignLicenseRequest>,
    ) -> Result<Response<AssignLicenseResponse>, Status> {
        Err(not_asked())
    }

    async fn withdraw_license(
        &self,
        _: Request<WithdrawLicenseRequest>,
    ) -> Result<Response<WithdrawLicenseResponse>, Status> {
        Err(not_asked())
    }
}

fn not_asked() -> Status {
    Status::unimplemented("relationship does not ask for this")
}

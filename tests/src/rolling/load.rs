//! Calls of the gateway that begin at a steady rate, whether earlier ones were answered or not.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use platform::clock::Clock;
use proto::customer::v1::Permission;
use proto::gateway::v1::InviteCustomerRequest;
use proto::invitation::v1::{InspectInvitationRequest, Invitation, ListInvitationsRequest};
use proto::relationship::v1::{CheckAccessRequest, ListCustomersRequest};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Status};

use super::now;
use super::tally::{Failure, Tally};
use crate::{Programme, with};

/// What a call's caller gives it; the last of four is in a hurry.
const DEADLINES: [Duration; 4] = [
    Duration::from_secs(10),
    Duration::from_secs(10),
    Duration::from_secs(10),
    Duration::from_secs(2),
];

/// Who calls: partners, a customer with a link, and what each asks.
#[derive(Clone)]
pub(super) struct Callers {
    pub(super) programme: Programme,
    pub(super) link: String,
}

/// What is called in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Relationship's, by one question of its store.
    CheckAccess,
    /// Relationship's, a page.
    ListCustomers,
    /// Invitation's, a page.
    ListInvitations,
    /// Composed of invitation's, which asks relationship, and notification's.
    InviteCustomer,
    /// Invitation's, for the holder of a link.
    InspectInvitation,
}

impl Call {
    const ALL: [Self; 5] = [
        Self::CheckAccess,
        Self::ListCustomers,
        Self::ListInvitations,
        Self::InviteCustomer,
        Self::InspectInvitation,
    ];
}

impl Callers {
    /// Makes a call with this deadline.
    async fn call(self, call: Call, deadline: Duration) -> Result<(), Status> {
        let Self { programme, link } = self;
        let parent = "partners/contoso".to_owned();
        match call {
            Call::CheckAccess => {
                let question = CheckAccessRequest {
                    partner: parent,
                    customer: "customers/adatum".into(),
                    permission: Permission::ManageUsers.into(),
                };
                let request = within(deadline, &programme.contoso, question);
                programme.access.clone().check_access(request).await?;
            }
            Call::ListCustomers => {
                let list = ListCustomersRequest {
                    parent,
                    ..Default::default()
                };
                let request = within(deadline, &programme.contoso, list);
                let mut relationships = programme.relationships;
                relationships.list_customers(request).await?;
            }
            Call::ListInvitations => {
                let list = ListInvitationsRequest {
                    parent,
                    page_size: 5,
                    ..Default::default()
                };
                let request = within(deadline, &programme.contoso, list);
                programme
                    .invitations
                    .clone()
                    .list_invitations(request)
                    .await?;
            }
            Call::InviteCustomer => {
                let invite = InviteCustomerRequest {
                    parent,
                    invitation: Some(Invitation {
                        provider: "partners/fabrikam".into(),
                        ..Default::default()
                    }),
                    request_id: Clock::system().id().to_string(),
                    ..Default::default()
                };
                let request = within(deadline, &programme.contoso, invite);
                programme
                    .connections
                    .clone()
                    .invite_customer(request)
                    .await?;
            }
            Call::InspectInvitation => {
                let inspect = InspectInvitationRequest {
                    link,
                    language: String::new(),
                    ..Default::default()
                };
                let request = within(deadline, &programme.adatum, inspect);
                programme
                    .invitations
                    .clone()
                    .inspect_invitation(request)
                    .await?;
            }
        }
        Ok(())
    }
}

fn within<T>(deadline: Duration, token: &str, message: T) -> Request<T> {
    let mut request = with(token, message);
    request.set_timeout(deadline);
    request
}

/// Calls that begin at a steady rate.
pub(super) struct Load {
    stop: CancellationToken,
    running: JoinHandle<()>,
    bursts: UnboundedSender<usize>,
    tally: Arc<Mutex<Tally>>,
}

impl Load {
    pub(super) fn begin(callers: Callers, rate: u32) -> Self {
        let (stop, tally) = (CancellationToken::new(), Arc::<Mutex<Tally>>::default());
        let (bursts, asked) = unbounded_channel();
        let calls = call_on(callers, rate, asked, stop.clone(), tally.clone());
        Self {
            stop,
            running: tokio::spawn(calls),
            bursts,
            tally,
        }
    }

    /// Begins so many calls at once.
    pub(super) fn burst(&self, calls: usize) {
        self.bursts.send(calls).expect("calls go on");
    }

    /// The calls that have ended since this was asked last.
    pub(super) fn so_far(&self) -> Tally {
        std::mem::take(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins no more calls, and waits for those under way.
    pub(super) async fn end(self) -> Tally {
        self.stop.cancel();
        let running = self.running;
        running.await.expect("no call panics");
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut tally)
    }
}

async fn call_on(
    callers: Callers,
    rate: u32,
    mut bursts: UnboundedReceiver<usize>,
    stop: CancellationToken,
    tally: Arc<Mutex<Tally>>,
) {
    let mut tick = interval(Duration::from_secs(1) / rate);
    // those that a busy machine is late with are made up for
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut calls, mut number) = (JoinSet::new(), 0);
    loop {
        let more = tokio::select! {
            () = stop.cancelled() => break,
            _ = tick.tick() => 1,
            Some(burst) = bursts.recv() => burst,
        };
        while calls.try_join_next().is_some() {}
        for number in number..number + more {
            let call = Call::ALL[number % Call::ALL.len()];
            let deadline = DEADLINES[number % DEADLINES.len()];
            calls.spawn(record(callers.clone(), call, deadline, tally.clone()));
        }
        number += more;
    }
    while let Some(call) = calls.join_next().await {
        call.expect("no call panics");
    }
}

/// Makes a call and keeps what became of it.
async fn record(callers: Callers, call: Call, deadline: Duration, tally: Arc<Mutex<Tally>>) {
    let start = now();
    let answer = callers.call(call, deadline).await;
    let elapsed = start.elapsed();
    let failure = answer.err().map(|status| Failure {
        call,
        code: code(&status),
        message: status.message().to_owned(),
        elapsed,
        deadline,
    });
    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    tally.add(failure);
}

/// The code of an answer. The client's channel keeps time as well, and calls it cancelled.
fn code(status: &Status) -> Code {
    let mut source = std::error::Error::source(status);
    while let Some(error) = source {
        if error.is::<tonic::TimeoutExpired>() {
            return Code::DeadlineExceeded;
        }
        source = error.source();
    }
    status.code()
}

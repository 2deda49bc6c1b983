//! The saga of an acceptance: from its claim to its decision, and to the record of that.
//!
//! Claim, decide, confirm: the claim and the record of the decision are this service's
//! transactions, the decision is the relationship service's. Every step may be repeated, by
//! anybody, at any time; nothing here decides anything.

use std::time::Duration;

use opentelemetry::metrics::Counter;
use platform::backoff::backoff;
use platform::client::Upstream;
use platform::clock::Time;
use platform::error::Failure;
use platform::store::outbox::{Delivered, Undelivered};
use platform::{serve, telemetry};
use proto::relationship::internal::v1::DecideAcceptanceRequest;
use proto::relationship::internal::v1::relationship_internal_service_client::RelationshipInternalServiceClient;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::Request;
use tracing::Instrument;
use vocabulary::name::InvitationName;

use crate::Error;
use crate::domain::{Invitation, Refusal, StateKind};
use crate::outbox;
use crate::relationship;
use crate::store::{Store, Update, Updated};

/// How long one try of a decision may take. Shorter than the lease: the relay does not begin before
/// it is over.
const TRY: Duration = Duration::from_secs(4);
/// What is left of a caller's time to answer it that it has to wait longer.
const ANSWER: Duration = Duration::from_millis(100);
/// The shortest and the longest pause between two looks at a claim that somebody else decides.
const SHORTEST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// Claims invitations, has the claims decided, and confirms the decisions. Clones share everything.
#[derive(Clone)]
pub(crate) struct Saga {
    store: Store,
    relationship: RelationshipInternalServiceClient<Upstream>,
    /// The acceptances under way, which outlive their callers.
    running: TaskTracker,
    longest_wait: Duration,
    contradictions: Counter<u64>,
}

impl Saga {
    /// A saga whose callers wait for a decision at most so long.
    pub(crate) fn new(
        store: Store,
        relationship: RelationshipInternalServiceClient<Upstream>,
        longest_wait: Duration,
    ) -> Self {
        let contradictions = telemetry::meter()
            .u64_counter("invitation.decisions.contradicting")
            .with_description("Decisions that were taken for another claim than the one at hand.")
            .build();
        let running = TaskTracker::new();
        Self {
            store,
            relationship,
            running,
            longest_wait,
            contradictions,
        }
    }

    /// Claims an invitation by a rule and has the claim decided, on a task that a caller who goes
    /// away does not stop.
    ///
    /// Answers the invitation as decided, or as claimed where that takes too long for the caller.
    pub(crate) async fn accept(
        &self,
        update: Update,
        rule: impl FnOnce(Invitation, Time) -> Result<Invitation, Refusal> + Send + 'static,
    ) -> Result<Invitation, Error> {
        let (tell, told) = oneshot::channel();
        let saga = self.clone();
        let accept = async move {
            let changed = saga.store.update(update, rule).await?;
            // a caller that has gone away need not be told
            let _ = tell.send(changed.clone());
            if changed.by_this {
                return Ok(saga.decide(changed.invitation).await);
            }
            Ok(changed.invitation)
        };
        let task = self.running.spawn(accept.in_current_span());
        let Ok(Updated {
            invitation,
            by_this,
        }) = told.await
        else {
            return task.await.map_err(Failure::other)?;
        };
        if !by_this {
            return Ok(self.settled(invitation).await);
        }
        let decided = async {
            match task.await {
                // where the first try failed, the relay is at it
                Ok(Ok(seen)) => self.look(seen).await,
                _ => invitation.clone(),
            }
        };
        let decided = timeout(self.wait(), decided).await;
        // not decided in time: the claim stands, and goes on without the caller
        Ok(decided.unwrap_or(invitation))
    }

    /// The invitation once somebody else has had its claim decided, or as it is after the longest
    /// wait.
    pub(crate) async fn settled(&self, invitation: Invitation) -> Invitation {
        let looked = timeout(self.wait(), self.look(invitation.clone())).await;
        looked.unwrap_or(invitation)
    }

    /// Looks at a claim until it is decided, by whomever.
    async fn look(&self, mut seen: Invitation) -> Invitation {
        let mut looks = 0;
        while seen.state_kind() == StateKind::Claimed {
            sleep(backoff(looks, SHORTEST_PAUSE, LONGEST_PAUSE)).await;
            looks += 1;
            // a store that does not answer is asked again
            seen = self.store.invitation(seen.id).await.unwrap_or(seen);
        }
        seen
    }

    /// Carries out the command that has a claim decided, for the relay.
    pub(crate) async fn carry_out(
        &self,
        command: DecideAcceptanceRequest,
    ) -> Result<Delivered, Undelivered> {
        let named = InvitationName::parse(&command.invitation)
            .map_err(|error| Undelivered::Failed(error.to_string()))?;
        let claimed = self.store.invitation(named.invitation).await?;
        if claimed.state_kind() != StateKind::Claimed {
            return Ok(Delivered::Unmarked);
        }
        self.establish(claimed, command).await?;
        Ok(Delivered::Marked)
    }

    /// Lets the acceptances under way come to an end, once `stop` says so.
    pub(crate) async fn finish(self, stop: CancellationToken) {
        stop.cancelled().await;
        self.running.close();
        self.running.wait().await;
    }

    /// The first try, by whoever claimed. What it leaves undone is given to the relay at once.
    async fn decide(&self, claimed: Invitation) -> Invitation {
        let Some(command) = outbox::establish(&claimed) else {
            return claimed;
        };
        match self.establish(claimed.clone(), command).await {
            Ok(changed) => changed.invitation,
            Err(error) => {
                tracing::warn!(%error, "not decided at the first try");
                // else the relay takes over when the lease ends
                if let Err(error) = self.store.give_back(&claimed).await {
                    tracing::warn!(%error, "not given back");
                }
                claimed
            }
        }
    }

    /// Has a claim decided and confirms the decision.
    async fn establish(
        &self,
        claimed: Invitation,
        command: DecideAcceptanceRequest,
    ) -> Result<Updated, Error> {
        let mut request = Request::new(command);
        request.set_timeout(TRY);
        let response = self
            .relationship
            .clone()
            .decide_acceptance(request)
            .await?
            .into_inner();
        let decision =
            relationship::decision(&claimed.parties, &response).map_err(Failure::other)?;
        let id = claimed.id;
        let differs = response.content_differs || claimed.customer() != Some(&decision.customer);
        let changed = self.store.confirm(claimed, decision).await?;
        if differs && changed.by_this {
            self.contradictions.add(1, &[]);
            tracing::error!(invitation = %id, "the decision was taken for another claim: was this store restored?");
        }
        Ok(changed)
    }

    /// How long the present caller may be kept waiting.
    fn wait(&self) -> Duration {
        let left = serve::time_left().map(|left| left.saturating_sub(ANSWER));
        left.map_or(self.longest_wait, |left| left.min(self.longest_wait))
    }
}

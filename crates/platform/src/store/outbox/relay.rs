//! The relay: takes due rows of the outbox, hands them to the service, and records what came of it.
//!
//! Any number of relays may run on one store; a lease keeps them apart, and only saves work: an
//! effect must be idempotent by the message's id. The relay never gives up on a receiver that is
//! merely away.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use tokio::task::{self, JoinSet};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::entity::{Column, Entity, Model, State};
use super::{Delivered, Delivery, KEPT, LONGEST_LEASE, Undelivered, forget};
use crate::background::{self, Left, every};
use crate::backoff::backoff;
use crate::clock::{Clock, Time};
use crate::store::db::{BATCH, Db};
use crate::store::lease;
use crate::telemetry;

/// How many deliveries of one kind run at once: a receiver that hangs holds up its own kind alone.
const PLACES: usize = 16;
/// How many rows are taken at once; a kind with fewer free places is left out.
const TAKEN: usize = PLACES / 2;
/// How often the relay looks for rows that nobody announced: other processes' and those due again.
const POLL: Duration = Duration::from_millis(250);
/// After this the delivery is given up, and tried again later.
const TIMEOUT: Duration = Duration::from_secs(6);
/// How long a taken row is left alone by other relays: past the timeout, and short enough that what
/// a killed process held is delivered soon.
const LEASE: Duration = LONGEST_LEASE;
/// The wait after the first try that failed.
const SHORTEST_BACKOFF: Duration = Duration::from_millis(200);
/// The longest wait between two tries; no longer than a lease.
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);
/// After so many tries that count, a message is parked.
const TRIES: i32 = 10;
/// How often metrics are recorded and old rows removed.
const HOUSEKEEPING: Duration = Duration::from_secs(10);
/// The longest error that is kept with a row, in characters.
const ERROR_LENGTH: usize = 500;

/// Delivers the messages of one service's outbox.
pub struct Relay<F> {
    service: &'static str,
    db: Db,
    clock: Clock,
    deliver: Arc<F>,
    never_park: &'static [&'static str],
}

impl<F, D> Relay<F>
where
    F: Fn(Delivery) -> D + Send + Sync + 'static,
    D: Future<Output = Result<Delivered, Undelivered>> + Send + 'static,
{
    /// A relay that hands each message to `deliver`; `service` names it in metrics.
    pub fn new(service: &'static str, db: Db, clock: Clock, deliver: F) -> Self {
        Self {
            service,
            db,
            clock,
            deliver: Arc::new(deliver),
            never_park: &[],
        }
    }

    /// Messages of these kinds are tried for as long as it takes.
    pub fn never_park(mut self, kinds: &'static [&'static str]) -> Self {
        self.never_park = kinds;
        self
    }

    /// Delivers until `shutdown`; then waits for the deliveries under way, for as long as the
    /// server waits for it.
    pub async fn run(self, shutdown: CancellationToken) {
        let relay = Arc::new(self);
        tokio::join!(
            relay.clone().deliver_until(&shutdown),
            relay.keep_house_until(&shutdown)
        );
    }

    async fn deliver_until(self: Arc<Self>, shutdown: &CancellationToken) {
        let mut running = Running::default();
        let mut poll = interval(POLL);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // whether rows may wait that can be taken, and the kinds that were left out when it was
        // last looked
        let (mut more, mut left_out) = (false, Vec::new());
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = self.db.appended().notified() => more = true,
                _ = poll.tick() => {
                    self.bound_leases().await;
                    more = true;
                }
                true = running.ended() => {}
            }
            let full = running.full();
            if !more && left_out.iter().all(|kind| full.contains(kind)) {
                continue;
            }
            left_out = full.clone();
            match self.take(full).await {
                Ok(rows) => {
                    more = rows.len() == TAKEN;
                    for row in rows {
                        running.start(row.kind.clone(), self.clone().attempt(row));
                    }
                }
                Err(error) => {
                    more = false;
                    tracing::warn!(service = self.service, %error, "outbox not readable");
                }
            }
        }
        while running.ended().await {}
    }

    /// Lets no row wait for longer than it may, whatever the clock said of who took it or put it
    /// off.
    async fn bound_leases(&self) {
        let now = self.clock.now();
        let bound = self.db.transaction(move |tx| {
            let waiting = Column::State.eq(State::Pending);
            Box::pin(lease::bound::<Entity>(
                tx,
                Column::DueTime,
                waiting,
                now,
                LONGEST_LEASE,
            ))
        });
        if let Err(error) = bound.await {
            tracing::warn!(service = self.service, %error, "leases not bounded");
        }
    }

    /// Takes a batch of due rows of other kinds than these: no other relay gets them until the
    /// lease ends.
    async fn take(&self, full: Vec<String>) -> Result<Vec<Model>, DbErr> {
        let now = self.clock.now();
        let taken_until = now + LEASE;
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    let mut rows = Entity::find()
                        .filter(Column::State.eq(State::Pending))
                        .filter(Column::DueTime.lte(now))
                        .filter(Column::Kind.is_not_in(full))
                        .order_by_asc(Column::DueTime)
                        .limit(TAKEN as u64)
                        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
                        .all(tx)
                        .await?;
                    if rows.is_empty() {
                        return Ok(rows);
                    }
                    Entity::update_many()
                        .col_expr(Column::DueTime, Expr::value(taken_until))
                        .filter(Column::Id.is_in(rows.iter().map(|row| row.id)))
                        .exec(tx)
                        .await?;
                    rows.iter_mut().for_each(|row| row.due_time = taken_until);
                    Ok(rows)
                })
            })
            .await
    }

    async fn attempt(self: Arc<Self>, row: Model) {
        let span = tracing::info_span!(parent: None, "deliver", otel.kind = "producer", kind = row.kind, id = %row.id);
        if let Some(traceparent) = &row.traceparent {
            telemetry::link(&span, traceparent);
        }
        async {
            let outcome = self.deliver(&row).await;
            // a row that cannot be marked is tried again when its lease ends
            if let Err(error) = self.record(row, outcome).await {
                tracing::warn!(service = self.service, %error, "outcome of a delivery not recorded");
            }
        }
        .instrument(span)
        .await;
    }

    async fn deliver(&self, row: &Model) -> Result<Delivered, Undelivered> {
        let delivery = Delivery {
            id: row.id,
            kind: row.kind.clone(),
            payload: row.payload.clone(),
            create_time: row.create_time,
        };
        let deliver = self.deliver.clone();
        // a task of its own, so that a panic ends nothing but itself
        let mut task = JoinSet::new();
        task.spawn(async move { deliver(delivery).await }.in_current_span());
        match timeout(TIMEOUT, task.join_next()).await {
            Ok(Some(Ok(outcome))) => outcome,
            Ok(_) => Err(Undelivered::Failed("the delivery panicked".to_owned())),
            Err(_) => Err(Undelivered::Away("the delivery took too long".to_owned())),
        }
    }

    async fn record(
        &self,
        row: Model,
        outcome: Result<Delivered, Undelivered>,
    ) -> Result<(), DbErr> {
        let now = self.clock.now();
        match outcome {
            Ok(Delivered::Marked) => Ok(()),
            Ok(Delivered::Unmarked) => {
                self.db
                    .transaction(move |tx| Box::pin(super::delivered(tx, row.id, now)))
                    .await
            }
            Err(error) => self.postpone(row, error, now).await,
        }
    }

    /// Records a failed try, unless the lease has passed to somebody else.
    async fn postpone(&self, row: Model, error: Undelivered, now: Time) -> Result<(), DbErr> {
        let attempts = row.attempts.saturating_add(1);
        let faults = row
            .faults
            .saturating_add(i32::from(matches!(error, Undelivered::Failed(_))));
        let park = faults >= TRIES && !self.never_park.contains(&row.kind.as_str());
        let (state, due) = if park {
            (State::Parked, now)
        } else {
            (
                State::Pending,
                now + backoff(attempts - 1, SHORTEST_BACKOFF, LONGEST_BACKOFF),
            )
        };
        if park {
            tracing::error!(service = self.service, kind = row.kind, id = %row.id, %error, "message parked");
        } else {
            tracing::debug!(service = self.service, kind = row.kind, id = %row.id, %error, attempts, "delivery failed");
        }
        let last_error: String = error.to_string().chars().take(ERROR_LENGTH).collect();
        self.db
            .transaction(move |tx| {
                Box::pin(async move {
                    Entity::update_many()
                        .col_expr(Column::State, Expr::value(state))
                        .col_expr(Column::DueTime, Expr::value(due))
                        .col_expr(Column::Attempts, Expr::value(attempts))
                        .col_expr(Column::Faults, Expr::value(faults))
                        .col_expr(Column::LastError, Expr::value(last_error))
                        .filter(Column::Id.eq(row.id))
                        .filter(Column::State.eq(State::Pending))
                        // earlier where another clock has bounded the lease
                        .filter(Column::DueTime.lte(row.due_time))
                        .exec(tx)
                        .await
                        .map(drop)
                })
            })
            .await
    }

    async fn keep_house_until(&self, shutdown: &CancellationToken) {
        let meter = telemetry::meter();
        let age = meter.f64_gauge("outbox.pending.age").with_unit("s").build();
        let parked = meter
            .u64_gauge("outbox.parked")
            .with_unit("{message}")
            .build();
        let service = [KeyValue::new("outbox.service", self.service)];
        let round = || async {
            let backlog = self.backlog().await?;
            age.record(backlog.oldest.as_secs_f64(), &service);
            parked.record(backlog.parked, &service);
            while forget(&self.db, self.clock.now() - KEPT).await? == BATCH {}
            Ok::<_, DbErr>(Left::Nothing)
        };
        background::repeat("outbox", every(HOUSEKEEPING), shutdown.clone(), round).await;
    }

    async fn backlog(&self) -> Result<Backlog, DbErr> {
        let oldest: Option<Option<Time>> = Entity::find()
            .select_only()
            .expr(Expr::col(Column::CreateTime).min())
            .filter(Column::State.eq(State::Pending))
            .into_tuple()
            .one(self.db.reader())
            .await?;
        let parked = Entity::find()
            .filter(Column::State.eq(State::Parked))
            .count(self.db.reader())
            .await?;
        let oldest = oldest
            .flatten()
            .map(|time| self.clock.now().since(time))
            .unwrap_or_default();
        Ok(Backlog { oldest, parked })
    }
}

/// The deliveries under way, each with its kind.
#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    kinds: HashMap<task::Id, String>,
}

impl Running {
    fn start(&mut self, kind: String, attempt: impl Future<Output = ()> + Send + 'static) {
        self.kinds.insert(self.tasks.spawn(attempt).id(), kind);
    }

    /// Waits until one has ended; `false` where there is none.
    async fn ended(&mut self) -> bool {
        let ended = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(error)) => error.id(),
            None => return false,
        };
        self.kinds.remove(&ended);
        true
    }

    /// The kinds that have no places left for a batch.
    fn full(&self) -> Vec<String> {
        let mut counts = HashMap::<&String, usize>::new();
        for kind in self.kinds.values() {
            *counts.entry(kind).or_default() += 1;
        }
        let full = counts.into_iter().filter(|&(_, n)| n > PLACES - TAKEN);
        full.map(|(kind, _)| kind.clone()).collect()
    }
}

/// What an outbox holds that has not arrived.
struct Backlog {
    /// The age of the oldest message that is waiting.
    oldest: Duration,
    parked: u64,
}

#[cfg(test)]
impl<F, D> Relay<F>
where
    F: Fn(Delivery) -> D + Send + Sync + 'static,
    D: Future<Output = Result<Delivered, Undelivered>> + Send + 'static,
{
    /// Takes what is due and tries it once; answers how many.
    pub(super) async fn round(self: &Arc<Self>) -> usize {
        self.bound_leases().await;
        let rows = self.take(Vec::new()).await.unwrap();
        let taken = rows.len();
        for row in rows {
            self.clone().attempt(row).await;
        }
        taken
    }

    pub(super) async fn parked(&self) -> u64 {
        self.backlog().await.unwrap().parked
    }

    pub(super) async fn oldest(&self) -> Duration {
        self.backlog().await.unwrap().oldest
    }

    pub(super) async fn take_only(&self) -> usize {
        self.bound_leases().await;
        self.take(Vec::new()).await.unwrap().len()
    }
}

//! Joint acceptances beside the database alone: pgbench on PostgreSQL, a bare loop of sqlx on
//! SQLite.
//!
//! Acceptances go through the gateway, sixteen at once over four connections, to the system as it
//! runs in production: every role a process. Each is of another customer, with a token of its own
//! and data for a new account. Invitations are made before. A run ends when the last fact has
//! arrived and the last change is numbered. What the database alone runs is told in `call`.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use platform::keys::Grant;
use platform::store::db::Db;
use proto::invitation::v1::AcceptanceState;
use tests::{Role, Store, System};

use crate::call::{Call, Ids};
use crate::capture::{self, Captured, delivered, numbered};
use crate::census::{self, Census};
use crate::load::{self, Load};
use crate::pgbench::Script;
use crate::sqlite::Loop;
use crate::statistics::{Line, Measured, thousands};
use crate::{Plan, say, service_log};
use tests::Programme;

const CONNECTIONS: usize = 4;
const AT_ONCE: usize = 16;
/// So many calls tell how many make a run.
const TO_WARM_UP: usize = 20 * AT_ONCE;
/// Numbers of the database's own repeats begin here, all of as many digits.
const FIRST: u64 = 200_000_000_000;

/// Measures them on both stores.
pub(crate) async fn measure(plan: Plan) -> Measured {
    let note = format!(
        "Joint acceptances: {AT_ONCE} at once over {CONNECTIONS} connections, through the gateway, facts delivered; BEGIN and COMMIT are not counted as statements, nor is the numbering of changes, which the services run besides."
    );
    say(&note);
    let (postgres, sqlite) = (Store::postgres().await, Store::sqlite());
    let mut on_postgres = capture::of_acceptance(&postgres).await;
    let on_sqlite = capture::of_acceptance(&sqlite).await;

    let mut ids = Ids::sharing(&[&on_postgres.partnership]);
    let prefixes = [
        ids.prefix(&on_postgres.invitation),
        ids.prefix(&on_postgres.acceptance),
    ];
    let kinds = capture::kinds(&postgres, &on_postgres.units).await;
    let call = Call::captured(&on_postgres.units, &mut on_postgres.ran, &mut ids, &kinds);
    let other = call.on_sqlite(
        &on_sqlite.units,
        (&on_postgres.partnership, &on_sqlite.partnership),
    );

    let script = Script::new(&call, &postgres, AT_ONCE);
    let mut alone = Alone::new(
        postgres,
        on_postgres,
        prefixes.clone(),
        Runner::Pgbench(script),
    );
    let first = beside(
        &mut alone,
        Store::postgres().await,
        "PostgreSQL",
        "pgbench",
        plan,
    )
    .await;
    let bare = Loop::new(other, &sqlite, AT_ONCE).await;
    let mut alone = Alone::new(sqlite, on_sqlite, prefixes, Runner::Sqlx(bare));
    let second = beside(&mut alone, Store::sqlite(), "SQLite", "sqlx alone", plan).await;
    Measured {
        lines: vec![second, first],
        note,
    }
}

/// Runs the services on `store` and the database alone in turn.
async fn beside(
    alone: &mut Alone,
    store: Store,
    on: &str,
    measure: &'static str,
    plan: Plan,
) -> Line {
    let statements = service_log::counted(&alone.captured.units);
    say(format!("one call on {on}: {statements}"));
    let mut services = Services::start(store, &alone.captured.written).await;
    let in_a_run = |rate: f64| {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count, well within bounds"
        )]
        let calls = (rate * plan.run.as_secs_f64()) as usize;
        calls.next_multiple_of(AT_ONCE)
    };
    services.invite(TO_WARM_UP).await;
    let calls = in_a_run(services.run(TO_WARM_UP).await.rate());
    let invited = services.invite(calls * plan.rounds as usize).await;
    say(format!("invitations on {on}: {invited}"));
    alone.copy(TO_WARM_UP).await;
    let repeats = in_a_run(alone.run(TO_WARM_UP).await);
    alone.copy(repeats * plan.rounds as usize).await;
    census::settle(&alone.store).await;

    let mut rounds = Vec::new();
    for round in 1..=plan.rounds {
        let accepted = services.run(calls).await;
        let repeated = alone.run(repeats).await;
        say(format!(
            "round {round}: {on} {accepted}, {measure} {}/s",
            thousands(repeated)
        ));
        rounds.push((accepted.rate(), repeated));
    }
    Line {
        subject: format!("joint acceptances, {on}"),
        measure,
        rounds,
        statements,
    }
}

/// The assembled system and the invitations that nobody has accepted yet.
struct Services {
    system: System,
    invitation: Db,
    relationship: Db,
    programmes: Vec<Programme>,
    invited: Vec<String>,
    accepted: usize,
    written: Census,
}

impl Services {
    async fn start(store: Store, written: &Census) -> Services {
        let mut system = System::new(store);
        system.option(Role::Invitation, "--invitations-per-day=1000000");
        system.option(Role::Invitation, "--open-invitations=1000000");
        for role in Role::ALL {
            system.start(role).await;
        }
        let open = async |role: Role| system.store().open(role.name()).await;
        let (invitation, relationship) =
            (open(Role::Invitation).await, open(Role::Relationship).await);
        let programmes: Vec<Programme> = (0..CONNECTIONS).map(|_| Programme::of(&system)).collect();
        programmes[0].connect().await;
        Services {
            system,
            invitation,
            relationship,
            programmes,
            invited: Vec::new(),
            accepted: 0,
            written: written.clone(),
        }
    }

    /// Makes so many joint invitations.
    async fn invite(&mut self, count: usize) -> Load {
        let (links, mut made) = tokio::sync::mpsc::unbounded_channel();
        let (programmes, begun) = (self.programmes.clone(), Arc::new(AtomicUsize::new(0)));
        let load = load::run(AT_ONCE, move |caller| {
            let (programme, links) = (programmes[caller % CONNECTIONS].clone(), links.clone());
            (begun.fetch_add(1, Ordering::Relaxed) < count).then_some(async move {
                links
                    .send(programme.invite().await.link)
                    .expect("somebody listens");
            })
        })
        .await;
        while let Some(link) = made.recv().await {
            self.invited.push(link);
        }
        load
    }

    /// Accepts so many of them, until every fact has arrived.
    async fn run(&mut self, count: usize) -> Load {
        let consent = capture::consent(&self.programmes[0], &self.invited[0]).await;
        let links = self.invited.split_off(self.invited.len() - count);
        let from = self.accepted;
        let acceptances = links.into_iter().enumerate().map(|(number, link)| {
            let customer = format!("customer-{:012}", from + number);
            let grant = Grant::tenant(&customer).role("global-admin").subject("ana");
            (self.system.token(&grant), customer, link)
        });
        let acceptances: Arc<Vec<_>> = Arc::new(acceptances.collect());
        self.accepted += count;
        let (programmes, next) = (self.programmes.clone(), Arc::new(AtomicUsize::new(0)));
        let before = census::count(self.system.store()).await;

        let start = load::now();
        let mut load = load::run(AT_ONCE, move |caller| {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let (token, customer, link) = acceptances.get(number)?.clone();
            let (programme, consent) = (programmes[caller % CONNECTIONS].clone(), consent.clone());
            Some(async move {
                let accepted = programme
                    .accept_as_shown(&token, &customer, &link, consent)
                    .await
                    .expect("accepted");
                assert_eq!(accepted.state(), AcceptanceState::Established);
            })
        })
        .await;
        delivered(&self.invitation).await;
        numbered(&self.relationship).await;
        load.elapsed = start.elapsed();

        let after = census::count(self.system.store()).await;
        assert_eq!(
            census::between(&before, &after),
            census::times(&self.written, count),
            "rows written"
        );
        load
    }
}

/// The database alone, with the rows that a captured call left and copies of an open invitation.
struct Alone {
    store: Store,
    captured: Captured,
    prefixes: [String; 2],
    runner: Runner,
    copied: u64,
    used: u64,
}

enum Runner {
    Pgbench(Script),
    Sqlx(Loop),
}

impl Alone {
    fn new(store: Store, captured: Captured, prefixes: [String; 2], runner: Runner) -> Alone {
        Alone {
            store,
            captured,
            prefixes,
            runner,
            copied: FIRST,
            used: FIRST,
        }
    }

    async fn copy(&mut self, count: usize) {
        let numbers: Range<u64> = self.copied..self.copied + count as u64;
        self.copied = numbers.end;
        census::copy_invitation(
            &self.store,
            &self.captured.open,
            self.prefixes.clone(),
            numbers,
        )
        .await;
    }

    /// Repeats the call so many times; answers how many a second.
    async fn run(&mut self, calls: usize) -> f64 {
        let before = census::count(&self.store).await;
        let rate = match &self.runner {
            Runner::Pgbench(script) => script.run(self.used, calls).await,
            Runner::Sqlx(bare) => bare.run(self.used, calls).await.rate(),
        };
        self.used += calls as u64;
        let after = census::count(&self.store).await;
        assert_eq!(
            census::between(&before, &after),
            census::times(&self.captured.written, calls),
            "rows written"
        );
        rate
    }
}

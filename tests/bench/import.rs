//! Imports of a reseller's existing customers at its enrolment, beside the database alone with the
//! same rows.
//!
//! Each runs in a system of its own, every role a process: first undisturbed, then with its
//! relationship service killed (`kill -9`) five times on the way and started again at once. The
//! result is checked row by row (`imported`), memory is read from outside while it runs, and right
//! after it the database alone takes the same rows (`copy_in`, `insert_loop`).

use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use proto::relationship::v1::{EnrollmentImport, PartnerState};
use sea_orm::DbBackend;
use tests::{Programme, Role, Store, System};
use tokio::time::{MissedTickBehavior, interval};

use crate::existing::{self, Reseller};
use crate::memory::Memory;
use crate::statistics::{Import, import_table, thousands};
use crate::{census, copy_in, imported, insert_loop, load, say};

/// How often the service is killed in an import that is.
const KILLS: usize = 5;
/// The most memory that the service may take, in bytes.
const MEMORY: u64 = 150_000_000;

/// What is imported.
#[derive(Args)]
pub(crate) struct Arguments {
    /// How many existing customers the reseller has on PostgreSQL.
    #[arg(long, default_value_t = 1_000_000, value_parser = customers)]
    postgres_customers: usize,
    /// How many it has on SQLite.
    #[arg(long, default_value_t = 200_000, value_parser = customers)]
    sqlite_customers: usize,
    /// Only on one of the stores.
    #[arg(long)]
    on: Option<On>,
    /// Only one of the two imports.
    #[arg(long)]
    run: Option<Run>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum On {
    Sqlite,
    Postgres,
}

/// What happens to the service on the way.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Run {
    /// Nothing.
    Undisturbed,
    /// It is killed five times.
    Killed,
}

/// Fewer would be over before they can be killed so often.
fn customers(text: &str) -> Result<usize, String> {
    let customers = text.parse().map_err(|_| "must be a number".to_owned())?;
    match customers {
        5_000..=9_999_999 => Ok(customers),
        _ => Err("must be 5,000 to 9,999,999".to_owned()),
    }
}

/// Imports on both stores; answers the table for the README here.
pub(crate) async fn measure(arguments: &Arguments) -> String {
    let mut lines = Vec::new();
    for on in [On::Sqlite, On::Postgres] {
        for run in [Run::Undisturbed, Run::Killed] {
            let wanted = arguments.on.is_none_or(|only| only == on)
                && arguments.run.is_none_or(|only| only == run);
            if wanted {
                lines.push(beside(arguments, on, run).await);
            }
        }
    }
    import_table(&lines)
}

async fn beside(arguments: &Arguments, on: On, run: Run) -> Import {
    let (name, measure, store, customers) = match on {
        On::Sqlite => {
            let customers = arguments.sqlite_customers;
            ("SQLite", "sqlx alone", Store::sqlite(), customers)
        }
        On::Postgres => {
            let customers = arguments.postgres_customers;
            ("PostgreSQL", "COPY", Store::postgres().await, customers)
        }
    };
    let (kills, how) = match run {
        Run::Undisturbed => (0, ""),
        Run::Killed => (KILLS, ", killed five times"),
    };
    let subject = format!("{} customers, {name}{how}", thousands(customers as f64));
    say(format!("import of {subject}"));
    let reseller = Reseller {
        id: "contoso",
        customers,
    };
    existing::load(&store, &[reseller]);
    let import = import(&store, reseller, kills).await;
    let alone = match store.backend() {
        DbBackend::Postgres => copy_in::run(&store, customers).await,
        _ => insert_loop::run(&store, customers).await,
    };
    let line = Import {
        subject,
        measure,
        customers,
        import: import.elapsed,
        alone,
        killed: kills,
        away: import.away,
        peak: import.peak,
        seen: import.seen,
    };
    say(line.told());
    line
}

/// How an import went.
struct Done {
    /// From its approval to the active partner.
    elapsed: Duration,
    /// How long of this nothing was imported, because what was killed held the import.
    away: Duration,
    peak: u64,
    seen: u64,
}

async fn import(store: &Store, reseller: Reseller, kills: usize) -> Done {
    let mut system = System::started(store.clone()).await;
    let programme = Programme::of(&system);
    existing::enroll(&system, &programme, reseller).await;
    census::write_out(store).await;
    let mut memories = vec![Memory::of(system.address(Role::Relationship))];

    let start = load::now();
    existing::approve(&system, &programme, reseller);
    let watching = watch(&mut system, &programme, reseller, kills, &mut memories);
    let away = tokio::time::timeout(existing::limit(reseller.customers), watching).await;
    let away = away.expect("the import is over in time");
    let elapsed = start.elapsed();

    let (partner, import) = existing::progress(&system, &programme, reseller)
        .await
        .expect("the service answers");
    say(format!(
        "active after {:.1} s, killed {kills} times",
        elapsed.as_secs_f64()
    ));
    imported::check(&system, &programme, reseller, (&partner, &import)).await;
    let peaks = memories.iter_mut().map(|memory| {
        memory.look();
        memory.peak()
    });
    let peaks: Vec<u64> = peaks.collect();
    let peak = peaks.iter().copied().max().unwrap_or_default();
    let megabytes: Vec<String> = peaks
        .iter()
        .map(|peak| format!("{:.0}", *peak as f64 / 1e6))
        .collect();
    say(format!(
        "at most {} MB in each life, the lists of all customers included",
        megabytes.join(", ")
    ));
    assert!(0 < peak && peak < MEMORY, "{peak} bytes of memory");
    Done {
        elapsed,
        away,
        peak,
        seen: memories.iter().map(Memory::seen).max().unwrap_or_default(),
    }
}

/// Until the partner is active, killing the service so often on the way; answers how long the
/// import lay still for that.
async fn watch(
    system: &mut System,
    programme: &Programme,
    reseller: Reseller,
    kills: usize,
    memories: &mut Vec<Memory>,
) -> Duration {
    let (mut killed, mut away) = (0, Away::default());
    let (start, mut tenths) = (load::now(), 1);
    let mut tick = interval(existing::LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Some(memory) = memories.last_mut() {
            memory.look();
        }
        let Some((partner, import)) = existing::progress(system, programme, reseller).await else {
            continue;
        };
        away.look(&import);
        if partner.state() == PartnerState::Active {
            assert_eq!(killed, kills, "it was over too soon: take more customers");
            return away.all;
        }
        assert_eq!(partner.state(), PartnerState::Pending);
        let imported = usize::try_from(import.imported_count).expect("a count");
        while imported * 10 >= reseller.customers * tenths {
            say(format!(
                "{tenths}0 % after {:.1} s",
                start.elapsed().as_secs_f64()
            ));
            tenths += 1;
        }
        if killed < kills && imported >= reseller.customers * (killed + 1) / (kills + 1) {
            if let Some(memory) = memories.last_mut() {
                memory.look();
            }
            system.kill(Role::Relationship);
            away.begin();
            killed += 1;
            say(format!(
                "killed at {} customers",
                thousands(imported as f64)
            ));
            system.start(Role::Relationship).await;
            memories.push(Memory::of(system.address(Role::Relationship)));
        }
    }
}

/// How long an import lies still after a kill: until the service runs again and the lease of what
/// was killed has ended.
#[derive(Default)]
struct Away {
    since: Option<Instant>,
    /// How many customers there were when the service answered again.
    stood: Option<i64>,
    all: Duration,
}

impl Away {
    fn begin(&mut self) {
        (self.since, self.stood) = (Some(load::now()), None);
    }

    fn look(&mut self, import: &EnrollmentImport) {
        let Some(since) = self.since else {
            return;
        };
        let stood = *self.stood.get_or_insert(import.imported_count);
        if import.imported_count > stood {
            self.all += since.elapsed();
            self.since = None;
        }
    }
}

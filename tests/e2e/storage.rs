//! What a store survives: a disk that is full for a while, and I/O errors, each time with a kill at
//! the end. Every write that was acknowledged is there afterwards, as somebody sees it who opens
//! the files without the program.

use std::collections::BTreeSet;
use std::time::Duration;

use platform::keys::Grant;
use proto::relationship::v1::partner_service_client::PartnerServiceClient;
use proto::relationship::v1::{EnrollPartnerRequest, ListPartnersRequest, PartnerKind};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use tempfile::TempDir;
use tests::{IoErrors, Proxy, Role, SmallDisk, Store, System, Trouble, eventually, refused, with};
use tokio::task::JoinSet;
use tonic::{Code, Status};

/// How often each trouble comes and goes.
const CYCLES: u32 = 20;
/// How many writes are refused before the trouble ends, and acknowledged afterwards.
const WRITES: usize = 5;
/// The most that are tried for that.
const TRIED: usize = 2_000;
/// Within this silence is noticed.
const NOTICED: Duration = Duration::from_secs(15);
const SOON: Duration = Duration::from_secs(20);

/// F11, F22: the disk below an SQLite file is full, and is freed again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let store = Store::sqlite();
    let disk = SmallDisk::over(store.folder(), 16);
    Writer::start(store, disk).await.cycles(CYCLES).await;
}

/// F22: the system's calls below SQLite fail with EIO, or write a part only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn io_errors_lose_nothing_that_was_acknowledged() {
    let store = Store::sqlite();
    let errors = IoErrors::below(store.folder());
    Writer::start(store, errors).await.cycles(CYCLES).await;
}

/// F10, F23: PostgreSQL, or the network before it, is silent on every connection there is, and
/// answers on new ones. That is noticed, and every place of the pool is good for something again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_connections_are_left_for_new_ones() {
    let store = Store::postgres().await;
    let proxy = Proxy::to(store.server()).await;
    let mut system = System::new(store.through(proxy.address()));
    system.option(Role::Relationship, "--database-connections=4");
    system.start(Role::Relationship).await;
    let channel = system.channel(Role::Relationship);
    let token = system.token(&Grant::operator());
    let ask = || {
        let mut partners = PartnerServiceClient::new(channel.clone());
        let request = ListPartnersRequest::default();
        let asked = with(&token, request);
        async move { partners.list_partners(asked).await.map(drop) }
    };
    let many = || (0..40).map(|_| ask()).collect::<JoinSet<_>>();
    // ten for each connection, so that each was used a moment ago, and its silence is that of a
    // statement
    for answer in many().join_all().await {
        answer.expect("all is well");
    }
    proxy.silence();
    // more than there are places, and they go on asking
    let asking = async {
        loop {
            let answers = many().join_all().await;
            if answers.iter().all(Result::is_ok) {
                return;
            }
        }
    };
    let answered = tokio::time::timeout(NOTICED, asking).await;
    assert!(answered.is_ok(), "silent for more than {NOTICED:?}");
    let left = || {
        let log = system.log(Role::Relationship);
        log.matches("left for new ones").count()
    };
    eventually("the log to say so", SOON, async || {
        (left() > 0).then_some(())
    })
    .await;
    assert_eq!(left(), 1, "{}", system.log(Role::Relationship));
}

/// The relationship service in trouble, and somebody who enrols one partner after the other.
struct Writer<T> {
    trouble: T,
    system: System,
    partners: PartnerServiceClient<tonic::transport::Channel>,
    asked: usize,
    acknowledged: BTreeSet<String>,
}

impl<T: Trouble> Writer<T> {
    async fn start(store: Store, trouble: T) -> Self {
        let mut system = System::new(store);
        system.behind(trouble.before());
        system.start(Role::Relationship).await;
        let channel = system.channel(Role::Relationship);
        Self {
            trouble,
            system,
            partners: PartnerServiceClient::new(channel),
            asked: 0,
            acknowledged: BTreeSet::new(),
        }
    }

    async fn cycles(mut self, cycles: u32) {
        for cycle in 0..cycles {
            let process = self.system.process(Role::Relationship);
            self.until(WRITES, Ok(())).await;
            self.trouble.begin(process);
            self.until(WRITES, Err(Code::Unavailable)).await;
            if cycle == 0 {
                self.turns(false).await;
            }
            self.trouble.end(process);
            self.until(WRITES, Ok(())).await;
            if cycle == 0 {
                self.turns(true).await;
            }
            self.system.kill(Role::Relationship);
            self.finds_what_was_acknowledged().await;
            self.system.start(Role::Relationship).await;
        }
    }

    /// Writes until so many were answered like this.
    async fn until(&mut self, times: usize, answer: Result<(), Code>) {
        let mut met = 0;
        for _ in 0..TRIED {
            let answered = self.write().await;
            if let Err(status) = &answered {
                assert_eq!(refused(status).code, Code::Unavailable, "{status}");
            }
            met += usize::from(answered.map_err(|status| status.code()) == answer);
            if met == times {
                return;
            }
        }
        panic!("{TRIED} writes, and {met} were answered with {answer:?}");
    }

    async fn write(&mut self) -> Result<(), Status> {
        self.asked += 1;
        let partner = format!("p{}", self.asked);
        let token = self
            .system
            .token(&Grant::tenant(&partner).role("global-admin"));
        let request = EnrollPartnerRequest {
            name: format!("partners/{partner}"),
            kind: PartnerKind::IndirectProvider.into(),
            display_name: partner.clone(),
            ..Default::default()
        };
        self.partners.enroll_partner(with(&token, request)).await?;
        self.acknowledged.insert(partner);
        Ok(())
    }

    /// Waits until readiness says so.
    async fn turns(&self, ready: bool) {
        let told = if ready { "ready" } else { "not ready" };
        eventually(told, SOON, || async {
            (self.system.serves(Role::Relationship).await == ready).then_some(())
        })
        .await;
    }

    async fn finds_what_was_acknowledged(&self) {
        let copy = TempDir::new().expect("a temporary folder");
        for name in ["relationship.db", "relationship.db-wal"] {
            let from = self.trouble.folder().join(name);
            std::fs::copy(from, copy.path().join(name)).expect("the files are read");
        }
        let file = SqliteConnectOptions::new().filename(copy.path().join("relationship.db"));
        let beside = SqlitePool::connect_with(file).await.expect("it opens");
        let found = sqlx::query_scalar("SELECT id FROM partner").fetch_all(&beside);
        let found: BTreeSet<String> = found.await.expect("it is read").into_iter().collect();
        let lost: Vec<_> = self.acknowledged.difference(&found).collect();
        let of = self.acknowledged.len();
        assert!(lost.is_empty(), "lost {} of {of}: {lost:?}", lost.len());
    }
}

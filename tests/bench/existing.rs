//! Resellers' existing customers: written as the portals' lines, loaded by the program, and
//! imported at an enrolment.
//!
//! Everything goes the way that a company's data would: `directory import` before the roles start,
//! `EnrollPartner`, an operator's approval. Nothing here writes into a store.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::process::Command;
use std::time::Duration;

use platform::keys::Grant;
use proto::relationship::v1::{
    DecideEnrollmentRequest, EnrollPartnerRequest, EnrollmentDecision, EnrollmentImport,
    GetPartnerRequest, ImportState, Partner, PartnerKind, PartnerState,
};
use tempfile::TempDir;
use tests::{Programme, Store, System, program, with};
use tokio::time::{MissedTickBehavior, interval};
use tonic::{Code, Status};

use crate::{load, say};

/// The portals that know them, in turn.
pub(crate) const PORTALS: [&str; 2] = ["office-admin-center", "cloud-portal"];
/// How often an import is looked at.
pub(crate) const LOOK: Duration = Duration::from_millis(50);
/// What the permissions of a privilege for everything are called.
const EVERYTHING: &str =
    r#"["manage_account","manage_subscriptions","manage_licenses","manage_users"]"#;
/// Names and domains lie scattered beside the customers' ids, as they do in life: this step, a
/// prime, meets them all.
const STEP: usize = 7_919;

/// A reseller and how many existing customers it has.
#[derive(Clone, Copy)]
pub(crate) struct Reseller {
    pub(crate) id: &'static str,
    pub(crate) customers: usize,
}

impl Reseller {
    /// The id of one of its customers, which no other reseller has.
    pub(crate) fn customer(&self, number: usize) -> String {
        format!("{}-{number:07}", self.id)
    }

    /// The display name of that customer.
    pub(crate) fn display_name(&self, number: usize) -> String {
        format!("Customer {:07}", self.scattered(number))
    }

    /// The domain of that customer.
    pub(crate) fn domain(&self, number: usize) -> String {
        format!("c{:07}.{}.example", self.scattered(number), self.id)
    }

    fn scattered(&self, number: usize) -> usize {
        number * STEP % self.customers
    }

    fn line(&self, number: usize, line: &mut String) {
        line.clear();
        write!(
            line,
            r#"{{"type":"business","partner":"{}","portal":"{}","customer":"{}","display_name":"{}","country":"BR","domain":"{}","privileges":[{{"permissions":{EVERYTHING}}}]}}"#,
            self.id,
            PORTALS[number % PORTALS.len()],
            self.customer(number),
            self.display_name(number),
            self.domain(number),
        )
        .expect("a string takes all");
        line.push('\n');
    }

    /// The token of its Global admin, good for hours.
    pub(crate) fn token(&self, system: &System) -> String {
        minted(
            system,
            &Grant::tenant(self.id).role("global-admin").subject("ana"),
        )
    }
}

/// A token of the development issuer that outlives the longest import.
pub(crate) fn minted(system: &System, grant: &Grant) -> String {
    let issuer = platform::keys::LocalIssuer::read(&system.keys());
    let issuer = issuer.expect("the issuer is readable");
    issuer.mint(grant, Duration::from_secs(6 * 3_600))
}

/// Lets the portals of a new store know the customers of these resellers. The role must not run
/// yet.
pub(crate) fn load(store: &Store, resellers: &[Reseller]) {
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("portals.jsonl");
    let mut file = BufWriter::new(File::create(&path).expect("a new file"));
    let (mut line, mut lines) = (String::new(), 0);
    for reseller in resellers {
        assert!(
            !reseller.customers.is_multiple_of(STEP),
            "names would not differ"
        );
        for number in 0..reseller.customers {
            reseller.line(number, &mut line);
            file.write_all(line.as_bytes()).expect("a line is written");
        }
        lines += reseller.customers;
    }
    file.flush().expect("the lines are written");
    drop(file);

    migrate(store, "directory");
    let start = load::now();
    let file = path.to_str().expect("a path in UTF-8");
    let said = run(store, "directory", &["directory", "import", file]);
    let expected = format!("{file}: {lines} lines, {lines} kept, 0 bad");
    assert_eq!(said.trim_end(), expected);
    say(format!(
        "the portals know {lines} customers after {:.1} s",
        start.elapsed().as_secs_f64()
    ));
}

/// Migrates the store of one service.
pub(crate) fn migrate(store: &Store, service: &str) {
    run(store, service, &["migrate", service]);
}

/// Runs a command of the program on the store of one service; answers what it said.
fn run(store: &Store, service: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program());
    command
        .env_clear()
        .args(arguments)
        .arg(format!("--database-url={}", store.url(service)));
    if let Some(schema) = store.schema(service) {
        command.arg(format!("--database-schema={schema}"));
    }
    let output = command.output().expect("the program starts");
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The reseller asks to take part.
pub(crate) async fn enroll(system: &System, programme: &Programme, reseller: Reseller) {
    let request = EnrollPartnerRequest {
        name: format!("partners/{}", reseller.id),
        kind: PartnerKind::IndirectReseller.into(),
        display_name: format!("{} Ltd", reseller.id),
        ..Default::default()
    };
    let mut partners = programme.partners.clone();
    let answer = partners.enroll_partner(with(&reseller.token(system), request));
    answer.await.expect("enrolled");
}

/// An operator approves it, and its import begins. The answer, which waits for a short import, is
/// nobody's concern: a service that is killed meanwhile gives none.
pub(crate) fn approve(system: &System, programme: &Programme, reseller: Reseller) {
    let request = DecideEnrollmentRequest {
        name: format!("partners/{}", reseller.id),
        decision: EnrollmentDecision::Approve.into(),
        ..Default::default()
    };
    let request = with(&system.token(&Grant::operator()), request);
    let mut partners = programme.partners.clone();
    tokio::spawn(async move {
        if let Err(status) = partners.decide_enrollment(request).await {
            assert!(is_away(&status), "{status:?}");
        }
    });
}

/// How far the import of a reseller is; nothing before its approval, and while the service is away.
pub(crate) async fn progress(
    system: &System,
    programme: &Programme,
    reseller: Reseller,
) -> Option<(Partner, EnrollmentImport)> {
    let request = GetPartnerRequest {
        name: format!("partners/{}", reseller.id),
    };
    // minted anew: an import may take longer than a token is good for
    let token = system.token(&Grant::operator());
    let mut partners = programme.partners.clone();
    let answer = match partners.get_partner(with(&token, request)).await {
        Ok(answer) => answer.into_inner(),
        Err(status) => {
            assert!(is_away(&status), "{status:?}");
            return None;
        }
    };
    let partner = answer.partner.expect("a partner");
    let import = answer.customer_import?;
    assert_ne!(import.state(), ImportState::Failed, "{}", import.detail);
    assert_eq!(import.skipped_count, 0, "{:?}", import.skipped);
    Some((partner, import))
}

fn is_away(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::Cancelled)
}

/// Enrols and approves a reseller, and waits until it is active.
pub(crate) async fn import(system: &System, programme: &Programme, reseller: Reseller) {
    enroll(system, programme, reseller).await;
    let start = load::now();
    approve(system, programme, reseller);
    let waiting = async {
        let mut tick = interval(LOOK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            let found = progress(system, programme, reseller).await;
            if found.is_some_and(|(partner, _)| partner.state() == PartnerState::Active) {
                return;
            }
        }
    };
    let waited = tokio::time::timeout(limit(reseller.customers), waiting).await;
    waited.expect("the reseller is active in time");
    say(format!(
        "{} imported {} customers in {:.1} s",
        reseller.id,
        reseller.customers,
        start.elapsed().as_secs_f64()
    ));
}

/// How long an import may take before it counts as stuck.
pub(crate) fn limit(customers: usize) -> Duration {
    Duration::from_secs(300 + customers as u64 / 200)
}

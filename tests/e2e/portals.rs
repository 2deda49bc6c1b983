//! Portals that are stopped, or say nothing: what waits for them, what is marked as missing, and
//! what is refused.

use std::fs;
use std::time::Duration;

use platform::clock::Clock;
use proto::customer::v1::Availability;
use proto::gateway::v1::{CustomerRecord, SubmitOrderRequest, SubmitOrderResponse};
use proto::relationship::v1::{EnrollmentDecision, ImportState, PartnerKind, PartnerState};
use tests::{
    Programme, Proxy, Role, Store, System, eventually, new_subscription, on_both_stores, refused,
    with,
};
use tonic::{Code, Status};

on_both_stores!(
    portals_that_are_stopped_are_waited_for_or_marked,
    portals_that_say_nothing_are_waited_for_or_marked,
);

const SOON: Duration = Duration::from_secs(40);
/// The time of an order: more than the gateway gives it, so that it is the gateway that says when
/// it is over.
const PATIENCE: Duration = Duration::from_secs(15);
/// What the gateway gives it.
const GATEWAYS: &str = "--max-deadline=4";

const BUSINESS: &str = r#"{"type":"business","partner":"contoso","portal":"cloud-portal","customer":"wingtip","display_name":"Wingtip Toys","country":"US","domain":"wingtip.example"}"#;

/// How the portals are away.
#[derive(Clone, Copy)]
enum Trouble {
    /// The directory does not run.
    Stopped,
    /// It takes everything, and nothing that it says arrives.
    Silent,
}

/// The system, which reaches portals that will be silent by way of a proxy.
struct Stage {
    system: System,
    way: Proxy,
    trouble: Trouble,
}

impl Stage {
    async fn set(store: Store, trouble: Trouble) -> Stage {
        let mut system = System::new(store);
        let file = system.keys().with_file_name("business.jsonl");
        fs::write(&file, BUSINESS).expect("the file is written");
        system.import_business(&file);
        system.option(Role::Gateway, GATEWAYS);
        let way = Proxy::to(system.address(Role::Directory)).await;
        match trouble {
            Trouble::Stopped => {}
            Trouble::Silent => {
                for role in [Role::Gateway, Role::Relationship] {
                    system.detour(role, Role::Directory, way.address());
                }
            }
        }
        for role in Role::ALL {
            system.start(role).await;
        }
        Stage {
            system,
            way,
            trouble,
        }
    }

    fn portals_go(&mut self) {
        match self.trouble {
            Trouble::Stopped => self.system.stop(Role::Directory),
            Trouble::Silent => self.way.hold_answers(),
        }
    }

    async fn portals_return(&mut self) {
        match self.trouble {
            Trouble::Stopped => self.system.start(Role::Directory).await,
            Trouble::Silent => self.way.release_answers(),
        }
    }
}

/// R6, R23, R34, R37, R41: with no directory an enrolment waits, a record shows the account, an
/// order is refused, a removal can be previewed and says what it does not know; with it back
/// everything goes on, and the order is made once.
async fn portals_that_are_stopped_are_waited_for_or_marked(store: Store) {
    portals_are_waited_for_or_marked(Stage::set(store, Trouble::Stopped).await).await;
}

/// R6, R23, R34, R37, R41: the same where the portals take what they are asked and do not answer.
async fn portals_that_say_nothing_are_waited_for_or_marked(store: Store) {
    portals_are_waited_for_or_marked(Stage::set(store, Trouble::Silent).await).await;
}

async fn portals_are_waited_for_or_marked(mut stage: Stage) {
    let programme = Programme::of(&stage.system);
    stage.portals_go();
    an_enrolment_waits(&programme).await;
    stage.portals_return().await;
    eventually("the enrolment to succeed", SOON, || async {
        (programme.partner("contoso").await.state() == PartnerState::Active).then_some(())
    })
    .await;
    let (token, provider) = (&programme.fabrikam, PartnerKind::IndirectProvider);
    let listed = programme.customers(&programme.contoso, "contoso").await;
    assert_eq!(listed, ["customers/wingtip"]);
    programme.enroll(token, "fabrikam", provider).await;
    programme.partner_up().await;
    let invited = programme.invite().await;
    let accepted = programme
        .accept(&programme.adatum, "adatum", &invited.link)
        .await;
    let ours = &accepted.expect("accepted").relationships[0];

    stage.portals_go();
    let record = read(&programme).await;
    let account = record.account.clone().expect("the account");
    assert_eq!(account.domain, "adatum.example");
    assert_eq!(availability(&record), [Availability::Unavailable; 3]);
    let shown = programme.preview(&programme.contoso, ours).await;
    let shown = shown.expect("a preview");
    assert!(!shown.text.is_empty() && shown.active_subscriptions.is_empty());
    assert_eq!(
        shown.active_subscriptions_availability(),
        Availability::Unavailable
    );
    let id = Clock::system().id().to_string();
    let status = order(&programme, &id, PATIENCE).await.expect_err("refused");
    let refusal = refused(&status);
    let expected = match stage.trouble {
        Trouble::Stopped => (Code::Unavailable, "UNAVAILABLE"),
        Trouble::Silent => (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
    };
    assert_eq!((refusal.code, refusal.reason.as_str()), expected);

    stage.portals_return().await;
    let ordered = eventually("an answer to the same order", SOON, || async {
        order(&programme, &id, PATIENCE).await.ok()
    })
    .await;
    let again = order(&programme, &id, PATIENCE).await.expect("again");
    assert_eq!(ordered.order, again.order);
    let record = read(&programme).await;
    assert_eq!(availability(&record), [Availability::Available; 3]);
    let services = record.subscriptions.expect("a section");
    assert_eq!(services.subscriptions.len(), 1, "ordered once");
    let shown = programme.preview(&programme.contoso, ours).await;
    let shown = shown.expect("a preview").active_subscriptions;
    assert_eq!(shown, services.subscriptions);
}

/// R6: approved, and not active while the portals do not tell; it says that it waits, and why.
async fn an_enrolment_waits(programme: &Programme) {
    let (token, reseller) = (&programme.contoso, PartnerKind::IndirectReseller);
    programme.ask(token, "contoso", reseller).await;
    let approved = programme.decide("contoso", EnrollmentDecision::Approve);
    assert_eq!(approved.await, PartnerState::Pending);
    let waiting = eventually("the import to wait", SOON, || async {
        let import = programme.import_of("contoso").await?;
        (import.state() == ImportState::Waiting).then_some(import)
    });
    let waiting = waiting.await;
    assert!(!waiting.detail.is_empty() && waiting.imported_count == 0);
    assert_eq!(
        programme.partner("contoso").await.state(),
        PartnerState::Pending
    );
    assert_eq!(programme.customers(token, "contoso").await, [""; 0]);
}

async fn read(programme: &Programme) -> CustomerRecord {
    let record = programme.record(&programme.contoso, "contoso", "adatum");
    record.await.expect("what can be shown")
}

fn availability(record: &CustomerRecord) -> [Availability; 3] {
    let subscriptions = record.subscriptions.as_ref().expect("a section");
    let users = record.users.as_ref().expect("a section");
    let licenses = record.licenses.as_ref().expect("a section");
    [
        subscriptions.availability(),
        users.availability(),
        licenses.availability(),
    ]
}

async fn order(
    programme: &Programme,
    id: &str,
    time: Duration,
) -> Result<SubmitOrderResponse, Status> {
    let message = SubmitOrderRequest {
        parent: "partners/fabrikam/customers/adatum".into(),
        order: Some(new_subscription(10)),
        request_id: id.to_owned(),
    };
    let mut request = with(&programme.fabrikam, message);
    request.set_timeout(time);
    let mut connections = programme.connections.clone();
    let answer = connections.submit_order(request).await?;
    Ok(answer.into_inner())
}

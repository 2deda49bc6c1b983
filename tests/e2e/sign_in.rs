//! People and services who sign in at an OpenID provider that others made.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use platform::clock::{Clock, Time};
use proto::customer::v1::Permission;
use proto::relationship::v1::{GetPartnerRequest, ListCustomersRequest};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{Kind, OpenIdProvider, Programme, Role, Store, System, refused, with};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tonic::{Code, Status};

/// 50 calls a second.
const BETWEEN_CALLS: Duration = Duration::from_millis(20);

/// The provider, and a system that trusts it. Every role has fetched its keys.
struct Trusting {
    provider: OpenIdProvider,
    system: System,
    _folder: TempDir,
}

impl Trusting {
    /// With these besides in the provider's entry among the issuers.
    async fn with(more: Value) -> Trusting {
        let global_admin = json!({ "roles": ["offline_access", "global-admin"] });
        let person = |organizations: Value, email: &str| {
            json!({
                "organization": organizations, "realm_access": global_admin,
                "email": email, "email_verified": true,
            })
        };
        let accounts = json!({
            "ana": person(json!(["contoso"]), "ana@contoso.example"),
            "carla": person(json!(["fabrikam"]), "carla@fabrikam.example"),
            "beto": person(json!({ "adatum": {} }), "beto@adatum.example"),
            "dora": person(json!(["contoso", "fabrikam", "stranger"]), "dora@contoso.example"),
            "crm": { "organization": "contoso", "realm_access": { "roles": ["admin-agent"] } },
        });
        let folder = TempDir::new().expect("a temporary folder");
        let provider = OpenIdProvider::start(&accounts, folder.path()).await;
        let mut entry = json!({
            "issuer": provider.issuer(), "audience": "partner-connect",
            "tenants": ["contoso", "fabrikam", "adatum"],
            "claims": { "tenant": "organization", "roles": ["realm_access", "roles"] },
        });
        if let (Some(entry), Value::Object(more)) = (entry.as_object_mut(), more) {
            entry.extend(more);
        }
        let mut system = System::new(Store::sqlite());
        system.trust(entry);
        for role in Role::ALL {
            system.start(role).await;
        }
        let all = "the keys in every role";
        tests::eventually(all, Duration::from_secs(10), || async {
            (provider.asked() >= Role::ALL.len()).then_some(())
        })
        .await;
        Trusting {
            provider,
            system,
            _folder: folder,
        }
    }

    /// The programme, each of its people signed in at the provider but for the operator.
    fn programme(&self) -> Programme {
        let token = |name| self.provider.sign_in(Kind::Person, name).access_token;
        Programme {
            contoso: token("ana"),
            fabrikam: token("carla"),
            adatum: token("beto"),
            ..Programme::of(&self.system)
        }
    }

    /// A new token of the reseller's service.
    fn service(&self) -> String {
        self.provider.sign_in(Kind::Service, "crm").access_token
    }
}

/// A person (authorization code with PKCE) and a service (client credentials) take the main
/// story to its end, each with a token of the provider.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_and_services_sign_in_at_a_provider_of_others() {
    let trusting = Trusting::with(json!({})).await;
    let mut programme = trusting.programme();
    programme.connect().await;
    let ana = std::mem::replace(&mut programme.contoso, trusting.service());
    let invited = programme.invite().await;
    // the service is an admin agent, and no more
    let accept = programme.accept(&programme.contoso, "contoso", &invited.link);
    let status = accept.await.expect_err("a Global admin's");
    assert_eq!(status.code(), Code::PermissionDenied, "{status:?}");
    let accepted = programme.accept(&programme.adatum, "adatum", &invited.link);
    accepted.await.expect("accepted");
    for (token, partner) in [(&ana, "contoso"), (&programme.fabrikam, "fabrikam")] {
        let may = programme.check(token, partner, Permission::ViewRecord);
        assert!(may.await.allowed, "{partner}");
    }
    let ours = trusting.provider.sign_in(Kind::Person, "ana");
    let id_token = ours.id_token.expect("asked for by its scope");
    let elsewhere = trusting.provider.sign_in_elsewhere("ana").access_token;
    for token in [id_token, elsewhere] {
        let status = get_contoso(&programme, &token).await.expect_err("refused");
        assert_eq!(status.code(), Code::Unauthenticated, "{status:?}");
    }
    // why is the operator's to read
    let log = trusting.system.log(Role::Gateway);
    let line = log.lines().find(|line| line.contains("tokens are refused"));
    let line = line.expect("a line about refused tokens");
    assert!(line.contains("for another audience"), "{line}");
    assert!(line.contains(&trusting.provider.issuer()), "{line}");
}

/// A person of several organisations says for which one it acts, of those it is in and we know.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_of_several_organisations_names_one() {
    let trusting = Trusting::with(json!({})).await;
    let programme = trusting.programme();
    programme.connect().await;
    let dora = trusting.provider.sign_in(Kind::Person, "dora").access_token;
    let list = async |partner: &str, organization: Option<&'static str>| {
        let request = ListCustomersRequest {
            parent: format!("partners/{partner}"),
            ..Default::default()
        };
        let mut request = with(&dora, request);
        if let Some(named) = organization {
            let named = named.parse().expect("ASCII");
            request.metadata_mut().insert("x-organization", named);
        }
        let mut relationships = programme.relationships.clone();
        let listed = relationships.list_customers(request).await;
        listed.map_err(|status| refused(&status).reason)
    };
    for partner in ["contoso", "fabrikam"] {
        list(partner, Some(partner)).await.expect("its own list");
    }
    for (organization, reason) in [
        (None, "ORGANIZATION_REQUIRED"),
        (Some("fabrikam"), "NOT_FOUND"),
        // of another, and of one that the issuer may not assert
        (Some("adatum"), "ORGANIZATION_NOT_ASSERTED"),
        (Some("stranger"), "ORGANIZATION_NOT_ASSERTED"),
    ] {
        let refused = list("contoso", organization).await.expect_err("refused");
        assert_eq!(refused, reason, "{organization:?}");
    }
}

/// Under 50 calls a second the provider takes a new key in, signs with it at once, and drops the
/// old one: no valid call fails, and the old key is dead at the next fetch, also for tokens seen
/// before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_under_calls_refuses_nothing_that_is_valid() {
    let kept = Duration::from_secs(40);
    let fresh = kept / 2 + Duration::from_secs(3);
    let trusting = Trusting::with(json!({ "keys_kept_seconds": kept.as_secs() })).await;
    let programme = trusting.programme();
    programme.connect().await;
    let valid = Arc::new(Mutex::new(vec![trusting.service()]));
    let calls = Calls::begin(&programme, valid.clone());

    sleep(Duration::from_secs(2)).await;
    trusting.provider.rotate(&["second", "first"]);
    let by_second = trusting.service();
    valid
        .lock()
        .expect("nobody panicked")
        .push(by_second.clone());
    sleep(fresh).await;
    let by_first = valid.lock().expect("nobody panicked").remove(0);
    assert_ne!(key_of(&by_first), key_of(&by_second));
    get_contoso(&programme, &by_first).await.expect("not yet");
    trusting.provider.rotate(&["second"]);
    sleep(fresh).await;
    let status = get_contoso(&programme, &by_first).await;
    assert_eq!(status.expect_err("dropped").code(), Code::Unauthenticated);

    let (made, failed) = calls.end().await;
    assert_eq!(failed, Vec::<String>::new());
    assert!(made > 1000, "{made} calls");
}

/// The provider is away: for 30 s nothing is refused that it signed before, and after the bound
/// everything is, as something that may be tried again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_away_is_believed_for_a_while() {
    let kept = Duration::from_secs(90);
    let mut trusting = Trusting::with(json!({ "keys_kept_seconds": kept.as_secs() })).await;
    let programme = trusting.programme();
    programme.connect().await;
    let seen = trusting.service();
    let unseen = trusting.service();
    get_contoso(&programme, &seen).await.expect("known");
    trusting.provider.kill();
    let away = Clock::system().now();
    let calls = Calls::begin(&programme, Arc::new(Mutex::new(vec![seen.clone()])));
    sleep(Duration::from_secs(30)).await;
    let (made, failed) = calls.end().await;
    assert_eq!(failed, Vec::<String>::new());
    assert!(made > 500, "{made} calls");
    get_contoso(&programme, &unseen).await.expect("by its key");

    sleep(kept.saturating_sub(since(away)) + Duration::from_secs(1)).await;
    for token in [&seen, &unseen] {
        let status = get_contoso(&programme, token).await.expect_err("too old");
        assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    }
    // others are not concerned
    let request = GetPartnerRequest {
        name: "partners/contoso".into(),
    };
    let mut partners = programme.partners.clone();
    let by_operator = partners.get_partner(with(&programme.operator, request));
    by_operator.await.expect("of another issuer");
}

/// 10,000 tokens by keys that nobody has make the gateway ask for the keys once in 10 s, and nobody
/// who has a key waits for them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_unknown_keys_are_asked_for_seldom() {
    let trusting = Trusting::with(json!({})).await;
    let programme = trusting.programme();
    programme.connect().await;
    let token = trusting.service();
    let (_, unsigned) = token.split_once('.').expect("a token");
    let unsigned = unsigned.to_owned();
    let before = trusting.provider.asked();
    let begin = Clock::system().now();
    let calls = Calls::begin(&programme, Arc::new(Mutex::new(vec![token])));
    let mut callers = JoinSet::new();
    for caller in 0..20 {
        let (programme, unsigned) = (programme.clone(), unsigned.clone());
        callers.spawn(async move {
            for number in 0..500 {
                let header =
                    json!({ "alg": "ES256", "typ": "at+jwt", "kid": format!("{caller}-{number}") });
                let header = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
                let status = get_contoso(&programme, &format!("{header}.{unsigned}")).await;
                let code = status.expect_err("refused").code();
                assert_eq!(code, Code::Unauthenticated);
            }
        });
    }
    callers.join_all().await;
    let spans = 1 + usize::try_from(since(begin).as_secs() / 10).expect("few");
    let asked = trusting.provider.asked() - before;
    assert!((1..=spans).contains(&asked), "{asked} times");
    let (_, failed) = calls.end().await;
    assert_eq!(failed, Vec::<String>::new());
    // a new key that comes now is known as soon as it may be asked for
    trusting.provider.rotate(&["second", "first"]);
    let by_second = trusting.service();
    tests::eventually("the new key", Duration::from_secs(15), || async {
        get_contoso(&programme, &by_second).await.ok()
    })
    .await;
}

/// Calls that go on in the background, with tokens that are valid at the time.
struct Calls {
    made: Arc<AtomicUsize>,
    failed: Arc<Mutex<Vec<String>>>,
    calling: tokio::task::JoinHandle<()>,
}

impl Calls {
    fn begin(programme: &Programme, valid: Arc<Mutex<Vec<String>>>) -> Calls {
        let made = Arc::new(AtomicUsize::new(0));
        let failed = Arc::new(Mutex::new(Vec::new()));
        let calling = {
            let (programme, made, failed) = (programme.clone(), made.clone(), failed.clone());
            async move {
                let mut pace = tokio::time::interval(BETWEEN_CALLS);
                loop {
                    pace.tick().await;
                    let token = {
                        let valid = valid.lock().expect("nobody panicked");
                        valid[made.fetch_add(1, Ordering::SeqCst) % valid.len()].clone()
                    };
                    let (programme, failed) = (programme.clone(), failed.clone());
                    tokio::spawn(async move {
                        if let Err(status) = get_contoso(&programme, &token).await {
                            failed
                                .lock()
                                .expect("nobody panicked")
                                .push(status.to_string());
                        }
                    });
                }
            }
        };
        let calling = tokio::spawn(calling);
        Calls {
            made,
            failed,
            calling,
        }
    }

    /// How many were made, and what was refused.
    async fn end(self) -> (usize, Vec<String>) {
        self.calling.abort();
        // the last ones are answered
        sleep(Duration::from_secs(1)).await;
        let failed = self.failed.lock().expect("nobody panicked").clone();
        (self.made.load(Ordering::SeqCst), failed)
    }
}

async fn get_contoso(programme: &Programme, token: &str) -> Result<(), Status> {
    let request = GetPartnerRequest {
        name: "partners/contoso".into(),
    };
    let mut partners = programme.partners.clone();
    partners.get_partner(with(token, request)).await.map(drop)
}

/// The id of the key that signed a token.
fn key_of(token: &str) -> String {
    let (header, _) = token.split_once('.').expect("a token");
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).expect("base64");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    header["kid"].as_str().expect("a key's id").to_owned()
}

fn since(time: Time) -> Duration {
    Duration::from_micros(
        (Clock::system().now().micros() - time.micros())
            .max(0)
            .unsigned_abs(),
    )
}
